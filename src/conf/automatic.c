#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define TITLE_MAX 80

static bool is_named(const struct conf_load *load, const char *variable) {
  for (size_t i = 0; i < load->named_count; i++) {
    if (text_eq(load->named[i], variable)) return true;
  }
  return false;
}

static bool vendor_is_named(const struct config *config, const char *provider) {
  for (size_t i = 0; i < config->account_count; i++) {
    if (text_eq(config->accounts[i].provider, provider)) return true;
  }
  return false;
}

static bool is_wanted(struct conf_load *load, const struct recipe_about *about) {
  if (text_is_blank(about->env) || conf_getenv(load->source, about->env) == NULL) return false;
  if (is_named(load, about->env) || vendor_is_named(load->config, about->name)) return false;
  if (config_account(load->config, about->name) == NULL) return true;
  conf_warn(load, "%s is set, but [account %s] is another provider's: no account was made of it", about->env, about->name);
  return false;
}

/* Variables of the first program of this kind, kept for those who come from it. */
static size_t add_openrouter_pairs(const struct conf_load *load, struct pair *pairs) {
  static const struct {
    const char *variable;
    struct pair pair;
  } known[] = {
      {"OPENROUTER_BASE_URL", {"base_url", "${OPENROUTER_BASE_URL}", 0}},
      {"CREDIT_WARNING_THRESHOLD", {"warning_used", "${CREDIT_WARNING_THRESHOLD}", 0}},
      {"CREDIT_CRITICAL_THRESHOLD", {"critical_used", "${CREDIT_CRITICAL_THRESHOLD}", 0}},
      {"CREDIT_ALERT_COOLDOWN_HOURS", {"cooldown", "${CREDIT_ALERT_COOLDOWN_HOURS}h", 0}},
  };
  size_t count = 0;
  if (load->account_sections > 0) return 0;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (conf_getenv(load->source, known[i].variable) != NULL) pairs[count++] = known[i].pair;
  }
  return count;
}

/* People's value is often the address of the API itself, https://openrouter.ai/api/v1; the recipe brings that path. */
static void cut_api_path(struct conf_load *load, struct account *account) {
  static const char path[] = "/api/v1";
  if (account->base_url == NULL) return;
  size_t length = strlen(account->base_url);
  while (length > 0 && account->base_url[length - 1] == '/')
    length--;
  size_t cut = sizeof path - 1;
  if (length >= cut && strncmp(account->base_url + length - cut, path, cut) == 0) length -= cut;
  account->base_url = arena_dup_n(load->arena, account->base_url, length);
}

static bool make_account(struct conf_load *load, const struct recipe_about *about, struct err *err) {
  char key[TITLE_MAX];
  char title[TITLE_MAX];
  (void)text_fmt(key, sizeof key, "${%s}", about->env);
  (void)text_fmt(title, sizeof title, "[account %s]", about->name);
  struct pair pairs[8] = {{"provider", about->name, 0}, {"key", key, 0}};
  size_t count = 2;
  bool is_openrouter = text_starts(about->name, "openrouter");
  if (is_openrouter) count += add_openrouter_pairs(load, pairs + count);
  struct conf_section section = {.title = title, .name = about->name, .pairs = pairs, .pair_count = count};
  if (!conf_account_read(load, &section, err)) return false;
  if (is_openrouter) cut_api_path(load, &load->config->accounts[load->config->account_count - 1]);
  return true;
}

/* Recipes are sorted by name: where several read one variable, the first takes it. */
bool conf_automatic_accounts(struct conf_load *load, struct err *err) {
  if (!load->automatic) return true;
  for (size_t i = 0; i < load->config->recipe_count; i++) {
    const struct recipe_about *about = recipe_about(load->config->recipes[i]);
    if (is_wanted(load, about) && !make_account(load, about, err)) return false;
  }
  return true;
}

static bool make_channel(struct conf_load *load, const char *name, const char *type, const char *variable,
                         struct err *err) {
  char url[TITLE_MAX];
  char title[TITLE_MAX];
  (void)text_fmt(url, sizeof url, "${%s}", variable);
  (void)text_fmt(title, sizeof title, "[channel %s]", name);
  struct pair pairs[] = {{"type", type, 0}, {"url", url, 0}};
  struct conf_section section = {.title = title, .name = name, .pairs = pairs, .pair_count = *variable != '\0' ? 2 : 1};
  return conf_channel_read(load, &section, err);
}

bool conf_automatic_channels(struct conf_load *load, struct err *err) {
  static const char *const known[][3] = {
      {"discord", "discord-webhook", "DISCORD_WEBHOOK_URL"},
      {"slack", "slack-webhook", "SLACK_WEBHOOK_URL"},
  };
  const struct config *config = load->config;
  if (config->channel_count > 0) return true;
  for (size_t i = 0; i < sizeof known / sizeof known[0] && !load->source->simulated; i++) {
    bool there = conf_getenv(load->source, known[i][2]) != NULL;
    if (there && !make_channel(load, known[i][0], known[i][1], known[i][2], err)) return false;
  }
  return config->channel_count > 0 || make_channel(load, "console", "console", "", err);
}

void conf_note_console_only(struct conf_load *load) {
  size_t count = 0;
  for (const struct console_only *vendor = console_only_vendors; vendor->env != NULL; vendor++)
    count++;
  const struct console_only **seen = arena_alloc(load->arena, (count + 1) * sizeof(const struct console_only *));
  load->config->console_only = seen;
  for (const struct console_only *vendor = console_only_vendors; vendor->env != NULL; vendor++) {
    bool there = load->automatic && conf_getenv(load->source, vendor->env) != NULL;
    if (there && !is_named(load, vendor->env)) *seen++ = vendor;
  }
}
