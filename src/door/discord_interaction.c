#include "discord_interaction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/text.h"

#define TYPE_COMMAND "2"
#define TYPE_COMPONENT "3"
#define TYPE_COMPLETE "4"
#define COMMAND_SLASH "1"
#define OPTION_SUBCOMMAND "1"
#define OPTION_GROUP "2"
#define MAY_CHANGE ((1U << 5) | (1U << 3)) /* MANAGE_GUILD, ADMINISTRATOR */
#define ID_MAX 20
#define TOKEN_MAX 512
#define NAME_MAX_BYTES 128 /* 32 characters of a command or an option */
#define DEPTH_MAX 3        /* group, subcommand, options */

/* --- who asks ------------------------------------------------------------------------------------------------------- */

static bool is_id(const char *text) {
  size_t length = text != NULL ? strspn(text, "0123456789") : 0;
  return length > 0 && length <= ID_MAX && text[length] == '\0';
}

/* A bitset in decimal; of more bits than these nothing is known. */
static bool has_manage_right(const char *permissions) {
  if (!is_id(permissions)) return false;
  errno = 0;
  uint64_t bits = strtoull(permissions, NULL, 10);
  return errno == 0 && (bits & MAY_CHANGE) != 0;
}

static bool has_allowed_role(const struct json *member, const char *allow_roles) {
  const struct json *roles = json_member(member, "roles");
  if (json_type(roles) != JSON_ARRAY) return false;
  for (const struct json *role = json_first(roles); role != NULL; role = json_next(role)) {
    const char *id = json_string(role);
    if (is_id(id) && config_list_has(allow_roles, id)) return true;
  }
  return false;
}

/* Whoever wrote names down means these people; Discord's own right counts where nobody is named. */
static bool may_change(const struct json *member, const char *user, const struct discord_settings *settings) {
  bool named = !text_is_blank(settings->allow_users) || !text_is_blank(settings->allow_roles);
  if (config_list_has(settings->allow_users, user)) return true;
  if (member == NULL) return false; /* a direct message: no server stands for anybody there */
  if (named) return has_allowed_role(member, settings->allow_roles);
  return has_manage_right(json_string(json_member(member, "permissions")));
}

/* Somebody may have installed the application for herself: then it is not the server's, wherever she asks. */
static bool is_servers(const struct json *json) {
  const struct json *owners = json_member(json, "authorizing_integration_owners");
  return json_type(owners) != JSON_OBJECT || json_member(owners, "0") != NULL;
}

/* A bot that anybody may invite could be asked by strangers, but for these settings. A direct message is no server's. */
static bool may_ask(const struct json *json, const char *guild, const char *user, const struct discord_settings *settings) {
  const char *guilds = !text_is_blank(settings->allow_guilds) ? settings->allow_guilds : settings->guild;
  bool named = config_list_has(settings->allow_users, user);
  if (guild == NULL) return named;
  return text_is_blank(guilds) ? named || is_servers(json) : config_list_has(guilds, guild);
}

static bool read_person(const struct json *json, const struct discord_settings *settings, struct knock *knock,
                        struct err *err) {
  const struct json *member = json_member(json, "member");
  const char *guild = json_string(json_member(json, "guild_id"));
  const char *user = json_string(json_at(json, member != NULL ? "/member/user/id" : "/user/id"));
  if (!is_id(user)) return err_set(err, ERR_MALFORMED, "the interaction is nobody's");
  if (guild != NULL && !is_id(guild)) return err_set(err, ERR_MALFORMED, "the server's id is none");
  knock->who = user;
  knock->where = guild;
  knock->may_ask = may_ask(json, guild, user, settings);
  knock->may_change = knock->may_ask && may_change(guild != NULL ? member : NULL, user, settings);
  return true;
}

/* --- what is asked -------------------------------------------------------------------------------------------------- */

static bool add_word(struct knock *knock, const char *name, const char *value, struct err *err) {
  if (knock->word_count == CHAT_WORDS_MAX) return err_set(err, ERR_MALFORMED, "too many words");
  knock->words[knock->word_count++] = (struct chat_word){.name = name, .value = value};
  return true;
}

static bool is_name(const char *text) {
  return !text_is_blank(text) && strlen(text) < NAME_MAX_BYTES;
}

/* A yes to "public" is the word itself; a no is no word. */
static bool read_option(const struct json *option, struct knock *knock, struct err *err) {
  const char *name = json_string(json_member(option, "name"));
  const struct json *value = json_member(option, "value");
  if (!is_name(name)) return err_set(err, ERR_MALFORMED, "an option has no name");
  if (json_type(json_member(option, "focused")) == JSON_TRUE) knock->focused = name;
  switch (json_type(value)) {
  case JSON_STRING: return add_word(knock, name, json_string(value), err);
  case JSON_NUMBER: return add_word(knock, name, json_number_text(value), err);
  case JSON_TRUE: return add_word(knock, name, name, err);
  case JSON_FALSE: return true;
  case JSON_NULL:
  case JSON_ARRAY:
  case JSON_OBJECT: break;
  }
  return err_set(err, ERR_MALFORMED, "an option has no value");
}

static bool is_subcommand(const struct json *option) {
  const char *type = json_number_text(json_member(option, "type"));
  return text_eq(type, OPTION_SUBCOMMAND) || text_eq(type, OPTION_GROUP);
}

/* "/lowtide mute kimi" is the command "mute": what stands in front only groups. */
static bool read_command(const struct json *data, struct knock *knock, struct err *err) {
  const char *name = json_string(json_member(data, "name"));
  const char *type = json_number_text(json_member(data, "type"));
  const struct json *holder = data;
  if (!is_name(name)) return err_set(err, ERR_MALFORMED, "the command has no name");
  if (type != NULL && !text_eq(type, COMMAND_SLASH)) return err_set(err, ERR_UNSUPPORTED, "it is no slash command");
  const struct json *first = json_first(json_member(holder, "options"));
  for (int depth = 0; depth < DEPTH_MAX && is_subcommand(first); depth++) {
    holder = first;
    name = json_string(json_member(holder, "name"));
    first = json_first(json_member(holder, "options"));
  }
  if (!is_name(name)) return err_set(err, ERR_MALFORMED, "the subcommand has no name");
  if (holder != data || !text_eq(name, "lowtide")) {
    if (!add_word(knock, NULL, name, err)) return false;
  }
  for (const struct json *option = first; option != NULL; option = json_next(option)) {
    if (!read_option(option, knock, err)) return false;
  }
  return true;
}

/* The custom_id of a button, the chosen value of a select: words, as we wrote them there. */
static bool read_press(const struct json *data, struct discord_interaction *out, struct err *err) {
  const char *chosen = json_string(json_first(json_member(data, "values")));
  const char *words = chosen != NULL ? chosen : json_string(json_member(data, "custom_id"));
  if (text_is_blank(words)) return err_set(err, ERR_MALFORMED, "what was pressed says nothing");
  if (!text_copy(out->words, sizeof out->words, words))
    return err_set(err, ERR_MALFORMED, "what was pressed says too much");
  for (char *at = out->words; *at != '\0';) {
    at += strspn(at, " ");
    size_t length = strcspn(at, " ");
    bool more = at[length] != '\0';
    at[length] = '\0';
    if (length > 0 && !add_word(&out->knock, NULL, at, err)) return false;
    at += length + (more ? 1 : 0);
  }
  return true;
}

static bool read_question(const struct json *json, struct discord_interaction *out, struct err *err) {
  const char *type = json_number_text(json_member(json, "type"));
  const struct json *data = json_member(json, "data");
  if (text_eq(type, TYPE_COMPONENT)) {
    out->knock.kind = KNOCK_PRESSED;
    return read_press(data, out, err);
  }
  bool completes = text_eq(type, TYPE_COMPLETE);
  if (!completes && !text_eq(type, TYPE_COMMAND))
    return err_set(err, ERR_UNSUPPORTED, "interactions of that type are not known");
  out->knock.kind = completes ? KNOCK_COMPLETE : KNOCK_QUESTION;
  if (!read_command(data, &out->knock, err)) return false;
  return !completes || out->knock.focused != NULL || err_set(err, ERR_MALFORMED, "nothing is to be completed");
}

static bool read_ids(const struct json *json, struct discord_interaction *out, struct err *err) {
  out->id = json_string(json_member(json, "id"));
  out->application_id = json_string(json_member(json, "application_id"));
  out->token = json_string(json_member(json, "token"));
  if (!is_id(out->id) || !is_id(out->application_id)) return err_set(err, ERR_MALFORMED, "the interaction has no id");
  if (text_is_blank(out->token) || strlen(out->token) > TOKEN_MAX)
    return err_set(err, ERR_MALFORMED, "the interaction has no token");
  out->knock.key = out->key;
  return text_fmt(out->key, sizeof out->key, "discord:%s", out->id);
}

bool discord_interaction_read(const struct json *json, const struct discord_settings *settings,
                              struct discord_interaction *out, struct err *err) {
  *out = (struct discord_interaction){.id = NULL};
  return read_ids(json, out, err) && read_person(json, settings, &out->knock, err) && read_question(json, out, err);
}

/* --- what is said --------------------------------------------------------------------------------------------------- */

void discord_callback_defer(bool in_public, struct buf *out) {
  buf_add(out, in_public ? "{\"type\":5}" : "{\"type\":5,\"data\":{\"flags\":64}}");
}

void discord_callback_answer(const char *payload, struct buf *out) {
  buf_addf(out, "{\"type\":4,\"data\":%s}", payload);
}

void discord_callback_choices(const struct chat_choices *choices, struct buf *out) {
  buf_add(out, "{\"type\":8,\"data\":{\"choices\":[");
  for (size_t i = 0; i < choices->count; i++) {
    buf_addf(out, "%s{\"name\":", i > 0 ? "," : "");
    buf_add_json(out, choices->name[i]);
    buf_add(out, ",\"value\":");
    buf_add_json(out, choices->value[i]);
    buf_add_char(out, '}');
  }
  buf_add(out, "]}}");
}
