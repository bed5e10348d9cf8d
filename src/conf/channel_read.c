#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define TYPES_MAX 32

static bool refuse_type(const char *typed, struct err *err) {
  const char *names[TYPES_MAX + 1];
  size_t count = 0;
  for (const struct notifier_plug *const *plug = notifier_plugs; *plug != NULL && count < TYPES_MAX; plug++)
    names[count++] = (*plug)->name;
  names[count] = NULL;
  (void)err_set(err, ERR_CONFIG, "unknown type \"%.60s\"", typed);
  (void)err_suggest(err, typed, names);
  return false;
}

/* The type decides which keys there are, so it is looked up before the others are read. NULL if it is none. */
static const struct notifier_plug *read_type(struct conf_load *load, const struct conf_section *section, struct err *err) {
  const struct notifier_plug *plug = NULL;
  const struct pair *pair = conf_section_pair(section, "type");
  if (pair == NULL) {
    (void)conf_fault(load, section->line, err, "%s needs \"type\"", section->title);
    return NULL;
  }
  struct conf_expansion name;
  conf_expansion_init(&name);
  bool ok = conf_expand(load->source, pair->value, &name, err);
  if (ok && name.missing[0] != '\0') {
    ok = err_set(err, ERR_CONFIG, "type: %s", name.why);
  }
  if (ok) plug = notifier_find(buf_text(&name.text));
  if (ok && plug == NULL) (void)refuse_type(buf_text(&name.text), err);
  if (plug == NULL) (void)conf_locate(load, pair->line, err);
  conf_expansion_done(&name);
  return plug;
}

/* With accounts from the environment, a name may stand for a vendor whose variable is not set today. */
static bool knows_account(const struct conf_load *load, const char *name) {
  if (config_account(load->config, name) != NULL) return true;
  return load->automatic && config_recipe(load->config, name) != NULL;
}

static bool check_accounts(struct conf_load *load, const struct conf_section *section, struct err *err) {
  const struct conf_given *given = conf_given(section, "accounts");
  const struct config *config = load->config;
  char name[CONF_NAME_MAX * 2];
  if (given == NULL) return true;
  for (const char *p = given->text; conf_next_word(&p, name, sizeof name);) {
    if (knows_account(load, name)) continue;
    const char **names = mem_new(config->account_count + 1, sizeof *names);
    for (size_t i = 0; i < config->account_count; i++)
      names[i] = config->accounts[i].name;
    (void)err_set(err, ERR_CONFIG, "there is no [account %s]", name);
    (void)err_suggest(err, name, names);
    mem_free(names);
    return conf_locate(load, given->line, err);
  }
  return true;
}

/* A bot's channel may leave its token and host to [discord] or [slack]. */
static void inherit(struct conf_load *load, struct channel *channel) {
  const struct discord_settings *discord = &load->config->discord;
  const struct slack_settings *slack = &load->config->slack;
  bool is_discord = text_eq(channel->plug->name, "discord-bot");
  if (!is_discord && !text_eq(channel->plug->name, "slack-bot")) return;
  if (channel->base_url == NULL) channel->base_url = is_discord ? discord->base_url : slack->base_url;
  if (channel_value(channel, "token") != NULL || channel->missing != NULL) return;
  struct secret *token = is_discord ? discord->token : slack->bot_token;
  if (token == NULL) {
    channel->missing = is_discord ? discord->missing : slack->missing;
    channel->missing_why = is_discord ? discord->missing_why : slack->missing_why;
    return;
  }
  struct account_value *values = arena_alloc(load->arena, (channel->value_count + 1) * sizeof *values);
  memcpy(values, channel->values, channel->value_count * sizeof *values);
  values[channel->value_count++] = (struct account_value){.name = "token", .secret = token};
  channel->values = values;
}

static bool check_mode(struct conf_load *load, const struct conf_section *section, const struct channel *channel,
                       struct err *err) {
  const struct conf_given *given = conf_given(section, "mode");
  if (channel->mode == CHANNEL_POST || channel->plug->edit != NULL) return true;
  return conf_fault(load, given->line, err, "mode = edit: %s cannot change what it has posted", channel->plug->name);
}

/* A request is made and thrown away: an address that cannot be one shows at the start, not at the first alert. */
static bool check_request(struct conf_load *load, const struct conf_section *section, const struct channel *channel,
                          struct err *err) {
  const struct sending sending = {.channel = channel, .payload = "", .nonce = "", .message_id = ""};
  struct ask ask;
  if (channel->plug->local || channel->missing != NULL) return true;
  ask_init(&ask);
  bool ok = channel->plug->request(&sending, &ask, err);
  ask_done(&ask);
  if (ok) return true;
  const struct pair *url = section->line == 0 ? conf_section_pair(section, "url") : NULL;
  (void)err_wrap(err, "%s", url != NULL ? url->value : section->title);
  return conf_locate(load, section->line, err);
}

bool conf_channel_read(struct conf_load *load, struct conf_section *section, struct err *err) {
  struct config *config = load->config;
  const struct notifier_plug *plug = read_type(load, section, err);
  if (plug == NULL) return false;
  section->lenient = true;
  section->tables[0] = conf_channel_settings;
  section->tables[1] = plug->settings;
  if (!conf_section_read(load, section, err) || !check_accounts(load, section, err)) return false;

  config->channels = mem_grow(config->channels, config->channel_count + 1, sizeof *config->channels);
  struct channel *channel = &config->channels[config->channel_count++];
  *channel = (struct channel){
      .name = arena_dup(load->arena, section->name),
      .plug = plug,
      .sends = (unsigned)conf_given_number(section, "sends", 0),
      .mention = conf_given_text(section, "mention", ""),
      .accounts = conf_given_text(section, "accounts", ""),
      .min_level = (enum level)conf_given_number(section, "min_level", LEVEL_OK),
      .summary_when = (enum summary_when)conf_given_number(section, "summary_when", SUMMARY_ALWAYS),
      .mode = (enum channel_mode)conf_given_number(section, "mode", CHANNEL_POST),
      .base_url = conf_given_text(section, "base_url", NULL),
      .ca_file = conf_given_text(section, "ca_file", NULL),
      .missing = section->missing,
      .missing_why = section->missing_why,
  };
  channel->values = conf_section_values(load, section, &channel->value_count);
  inherit(load, channel);
  return check_mode(load, section, channel, err) && check_request(load, section, channel, err);
}
