/* [discord], [slack] and [http]: how people ask, and who may. */
#include <string.h>

#include "conf/conf.h"
#include "lowtide/signature.h"
#include "lowtide/text.h"

#define ID_LENGTH_MAX 32

static const char digits[] = "0123456789";
static const char capitals_and_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

struct id_kind {
  const char *allowed;
  const char *first;
  const char *mend;
};

static const struct id_kind snowflake = {digits, digits,
                                         "a number: in Discord switch on Developer Mode, right-click, Copy ID"};
static const struct id_kind member = {capitals_and_digits, "UW",
                                      "U0123456789: in Slack the profile's menu, Copy member ID"};
static const struct id_kind team = {capitals_and_digits, "TE",
                                    "T0123456789: it stands in Slack's address, app.slack.com/client/T…"};

bool config_list_has(const char *list, const char *id) {
  char word[CONF_NAME_MAX * 2];
  while (conf_next_word(&list, word, sizeof word)) {
    if (text_eq(word, id)) return true;
  }
  return false;
}

static bool refuse(const struct conf_load *load, const struct conf_section *section, const char *key, struct err *err) {
  (void)err_wrap(err, "%s", key);
  return conf_locate(load, conf_given(section, key)->line, err);
}

/* A name where an id belongs would never match, and nobody would learn why. */
static bool check_ids(const struct conf_load *load, const struct conf_section *section, const char *key,
                      const struct id_kind *kind, struct err *err) {
  char word[ID_LENGTH_MAX * 2];
  for (const char *p = conf_given_text(section, key, ""); conf_next_word(&p, word, sizeof word);) {
    bool right = word[strspn(word, kind->allowed)] == '\0' && strchr(kind->first, *word) != NULL;
    if (right && strlen(word) <= ID_LENGTH_MAX) continue;
    (void)err_set(err, ERR_CONFIG, "\"%.40s\" is not an id", word);
    (void)err_hint(err, "%s", kind->mend);
    return refuse(load, section, key, err);
  }
  return true;
}

/* An address is made of it. */
static bool check_one(const struct conf_load *load, const struct conf_section *section, const char *key, const char *mend,
                      struct err *err) {
  char word[ID_LENGTH_MAX * 2];
  size_t count = 0;
  for (const char *p = conf_given_text(section, key, ""); conf_next_word(&p, word, sizeof word);)
    count++;
  if (count < 2) return true;
  (void)err_set(err, ERR_CONFIG, "one id alone can stand here");
  (void)err_hint(err, "%s", mend);
  return refuse(load, section, key, err);
}

static bool check_discord_ids(const struct conf_load *load, const struct conf_section *section, struct err *err) {
  static const char *const keys[] = {"application_id", "guild", "allow_users", "allow_roles", "allow_guilds"};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    if (!check_ids(load, section, keys[i], &snowflake, err)) return false;
  }
  return check_one(load, section, "application_id", "that of the page General Information", err) &&
         check_one(load, section, "guild", "for several servers leave guild out, and name them in allow_guilds", err);
}

static bool check_public_key(const struct conf_load *load, const struct conf_section *section, struct err *err) {
  const char *key = conf_given_text(section, "public_key", "");
  if (*key == '\0' || signature_key_is_right(key)) return true;
  (void)err_set(err, ERR_CONFIG, "not a public key");
  (void)err_hint(err, "64 hex digits: Developer Portal, General Information");
  return refuse(load, section, "public_key", err);
}

/* What a way in needs: key is set, or missing for want of a variable, which stops nothing. */
struct way {
  enum commands_by by;
  const char *word;
  const char *key;
};

static enum commands_by choose_way(struct conf_load *load, const struct conf_section *section, const struct way *ways,
                                   bool *ok, struct err *err) {
  const struct conf_given *commands = conf_given(section, "commands");
  if (commands == NULL) return conf_given(section, ways[0].key) != NULL ? ways[0].by : COMMANDS_OFF;
  for (int i = 0; i < 2; i++) {
    if (!text_eq(commands->text, ways[i].word)) continue;
    if (conf_given(section, ways[i].key) != NULL) {
      if (ways[i].by == COMMANDS_HTTP) load->http_asked_line = commands->line;
      return ways[i].by;
    }
    if (section->missing != NULL) return COMMANDS_OFF;
    (void)err_set(err, ERR_CONFIG, "commands = %s needs \"%s\" in %s", ways[i].word, ways[i].key, section->title);
    *ok = conf_locate(load, commands->line, err);
  }
  return COMMANDS_OFF;
}

static struct secret *given_secret(const struct conf_section *section, const char *key) {
  const struct conf_given *given = conf_given(section, key);
  return given != NULL ? given->secret : NULL;
}

bool conf_discord_read(struct conf_load *load, const struct conf_section *section, struct err *err) {
  static const struct way ways[] = {{COMMANDS_SOCKET, "gateway", "token"}, {COMMANDS_HTTP, "http", "public_key"}};
  struct discord_settings *discord = &load->config->discord;
  bool ok = true;
  *discord = (struct discord_settings){
      .token = given_secret(section, "token"),
      .application_id = conf_given_text(section, "application_id", ""),
      .public_key = conf_given_text(section, "public_key", ""),
      .guild = conf_given_text(section, "guild", ""),
      .commands_told = conf_given(section, "commands") != NULL,
      .allow_users = conf_given_text(section, "allow_users", ""),
      .allow_roles = conf_given_text(section, "allow_roles", ""),
      .allow_guilds = conf_given_text(section, "allow_guilds", ""),
      .presence = conf_given_number(section, "presence", 0) != 0,
      .base_url = conf_given_text(section, "base_url", NULL),
      .missing = section->missing,
      .missing_why = section->missing_why,
  };
  discord->commands = choose_way(load, section, ways, &ok, err);
  return ok && check_discord_ids(load, section, err) && check_public_key(load, section, err);
}

bool conf_slack_read(struct conf_load *load, const struct conf_section *section, struct err *err) {
  static const struct way ways[] = {{COMMANDS_SOCKET, "socket", "app_token"}, {COMMANDS_HTTP, "http", "signing_secret"}};
  struct slack_settings *slack = &load->config->slack;
  bool ok = true;
  *slack = (struct slack_settings){
      .bot_token = given_secret(section, "bot_token"),
      .app_token = given_secret(section, "app_token"),
      .signing_secret = given_secret(section, "signing_secret"),
      .commands_told = conf_given(section, "commands") != NULL,
      .allow_users = conf_given_text(section, "allow_users", ""),
      .allow_teams = conf_given_text(section, "allow_teams", ""),
      .base_url = conf_given_text(section, "base_url", NULL),
      .missing = section->missing,
      .missing_why = section->missing_why,
  };
  slack->commands = choose_way(load, section, ways, &ok, err);
  return ok && check_ids(load, section, "allow_users", &member, err) && check_ids(load, section, "allow_teams", &team, err);
}

/* "127.0.0.1:8787", "[::1]:8787", "/run/lowtide.sock" */
static bool is_place(const char *listen) {
  if (strchr(listen, '/') != NULL) return *listen == '/';
  const char *port = strrchr(listen, ':');
  if (port == NULL || port == listen || port[1] == '\0' || strlen(port) > sizeof "65535") return false;
  int number = 0;
  for (const char *p = port + 1; *p != '\0'; p++) {
    if (strchr(digits, *p) == NULL) return false;
    number = number * 10 + (*p - '0');
  }
  bool bare = *listen != '[' && strchr(listen, ':') == port;
  return number <= 65535 && (bare || (*listen == '[' && port[-1] == ']'));
}

bool conf_http_read(struct conf_load *load, const struct conf_section *section, struct err *err) {
  load->config->http = (struct http_settings){
      .listen = conf_given_text(section, "listen", ""),
      .hosts = conf_given_text(section, "hosts", ""),
      .origins = conf_given_text(section, "origins", ""),
  };
  if (conf_given(section, "listen") == NULL || is_place(load->config->http.listen)) return true;
  (void)err_set(err, ERR_CONFIG, "\"%.60s\" is no place to listen", load->config->http.listen);
  (void)err_hint(err, "127.0.0.1:8787, or a unix socket's path from / on");
  return refuse(load, section, "listen", err);
}

bool conf_doors_check(struct conf_load *load, struct err *err) {
  bool listens = load->config->http.listen[0] != '\0';
  if (load->http_asked_line == 0 || listens) return true;
  (void)err_set(err, ERR_CONFIG, "commands = http needs \"listen\" in [http]");
  return conf_locate(load, load->http_asked_line, err);
}
