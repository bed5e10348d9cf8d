/* Tells Discord which commands there are; prints what Slack is to be told. */
#include "lowtide/register.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "engine.h"
#include "lowtide/json.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

#define HOST "https://discord.com"
#define PORTAL "https://discord.com/developers/applications"
#define DEADLINE_MS 20000
#define TEXT_LIMIT 65536

struct registering {
  const struct discord_settings *discord;
  enum register_scope scope;
  struct engine engine;
  char application[24];
  /* The answer to the last request. */
  struct err err;
  int status;
  int64_t retry_after_ms;
  struct buf body;
};

/* --- one request ----------------------------------------------------------------------------------------------------- */

static void answered(void *context, const struct answer *answer) {
  struct registering *registering = context;
  const struct http_answer *http = &answer->http;
  registering->err = http->err;
  registering->status = http->status;
  registering->retry_after_ms = http->retry_after_ms;
  buf_clear(&registering->body);
  buf_add_n(&registering->body, http->body, http->length);
  loop_stop(registering->engine.real.loop);
}

static bool fill(const struct registering *registering, const char *method, const char *path, const struct buf *body,
                 struct http_request *http, struct err *err) {
  const struct discord_settings *discord = registering->discord;
  (void)text_copy(http->method, sizeof http->method, method);
  buf_addf(&http->url, "%s/api/v10/applications/%s", discord->base_url != NULL ? discord->base_url : HOST, path);
  if (body != NULL) buf_add(&http->body, buf_text(body));
  if (!buf_ok(&http->url) || !buf_ok(&http->body)) return err_set(err, ERR_LIMIT, "base_url of [discord] is too long");
  return http_request_header(http, err, "Authorization: Bot %s", secret_expose(discord->token)) &&
         http_request_header(http, err, "User-Agent: DiscordBot (lowtide, %s)", LOWTIDE_VERSION) &&
         (body == NULL || http_request_header(http, err, "Content-Type: application/json"));
}

static bool tell_invitation(const struct registering *registering, struct err *err) {
  return err_hint(err, HOST "/oauth2/authorize?client_id=%s&scope=bot+applications.commands", registering->application);
}

/* What Discord's refusal means for whoever set this up. */
static bool refuse(const struct registering *registering, struct err *err) {
  char said[120] = "";
  struct err ignored = {0};
  struct json *root = json_parse(buf_text(&registering->body), registering->body.len, &ignored);
  const char *message = json_string(json_member(root, "message"));
  if (message != NULL) text_clean(said, sizeof said, message);
  json_free(root);
  switch (registering->status) {
  case 401:
    (void)err_set(err, ERR_AUTH, "Discord does not know the bot's token");
    return err_hint(err, "copy it anew from the bot's page of " PORTAL ", into [discord] token");
  case 403:
    (void)err_set(err, ERR_FORBIDDEN, "the bot may not register commands there (%s): invite it with this link", said);
    return tell_invitation(registering, err);
  case 404:
    (void)err_set(err, ERR_USAGE, "Discord knows no such application or server (%s)", said);
    return err_hint(err, "check application_id and guild in [discord]");
  case 429:
    (void)err_set(err, ERR_RATE_LIMITED, "Discord wants fewer requests: try again in %lld s",
                  (long long)(registering->retry_after_ms > 0 ? (registering->retry_after_ms + 999) / 1000 : 60));
    return err_hint(err, "a server's commands can be made 200 times a day");
  default: break;
  }
  if (registering->status >= 500) {
    (void)err_set(err, ERR_SERVER, "Discord stumbled (HTTP %d)", registering->status);
    return err_hint(err, "try again in a minute");
  }
  return err_set(err, ERR_SERVER, "Discord refused the commands (HTTP %d%s%s)", registering->status,
                 *said != '\0' ? ": " : "", said);
}

static bool request(struct registering *registering, const char *method, const char *path, const struct buf *body,
                    struct err *err) {
  struct ask ask;
  const struct world *world = &registering->engine.world;
  ask_init(&ask);
  bool ok = fill(registering, method, path, body, &ask.http, err);
  if (ok) {
    (void)world->ask(world->context, &ask, DEADLINE_MS, answered, registering);
    loop_run(registering->engine.real.loop);
  }
  ask_done(&ask);
  if (!ok) return false;
  *err = registering->err;
  if (err->code != ERR_NONE) return err_wrap(err, "Discord");
  return registering->status == 200 || refuse(registering, err);
}

/* --- the steps ------------------------------------------------------------------------------------------------------- */

static bool is_id(const char *text) {
  size_t length = text != NULL ? strspn(text, "0123456789") : 0;
  return length > 0 && length <= 20 && text[length] == '\0';
}

static bool find_application(struct registering *registering, struct err *err) {
  const char *told = registering->discord->application_id;
  struct err ignored = {0};
  if (is_id(told)) return text_copy(registering->application, sizeof registering->application, told);
  if (!request(registering, "GET", "@me", NULL, err)) return false;
  struct json *root = json_parse(buf_text(&registering->body), registering->body.len, &ignored);
  const char *id = json_string(json_member(root, "id"));
  bool ok = is_id(id) && text_copy(registering->application, sizeof registering->application, id);
  json_free(root);
  if (ok) return true;
  (void)err_set(err, ERR_MALFORMED, "Discord does not say which application the bot is of");
  return err_hint(err, "copy it from " PORTAL " into [discord] application_id");
}

static bool overwrite(struct registering *registering, const char *path, struct err *err) {
  struct buf list;
  buf_init(&list, TEXT_LIMIT);
  register_discord(registering->scope, &list);
  bool ok = request(registering, "PUT", path, &list, err);
  buf_done(&list);
  return ok;
}

static bool refuse_foreign(const struct registered *found, struct err *err) {
  (void)err_set(err, ERR_USAGE, "the application has other commands, which would go: %s", found->foreign);
  return err_hint(err, "use an application of lowtide's own, or `lowtide register --replace`");
}

static bool register_it(struct registering *registering, bool replace, bool *changed, struct err *err) {
  char path[96];
  struct registered found = {0};
  const char *guild = registering->discord->guild;
  if (!find_application(registering, err)) return false;
  (void)text_fmt(path, sizeof path, "%s%s%s/commands", registering->application, *guild != '\0' ? "/guilds/" : "", guild);
  if (!request(registering, "GET", path, NULL, err)) return false;
  if (!register_discord_compare(buf_text(&registering->body), registering->body.len, registering->scope, &found, err))
    return false;
  bool foreign = *found.foreign != '\0';
  *changed = !found.same || (foreign && replace);
  if (!*changed) return true;
  if (foreign && !replace) return refuse_foreign(&found, err);
  return overwrite(registering, path, err);
}

/* --- what is said ---------------------------------------------------------------------------------------------------- */

static int tell(const struct registering *registering, bool changed) {
  char line[200];
  const char *guild = registering->discord->guild;
  (void)text_fmt(line, sizeof line, "/balance and /lowtide %s %s%s",
                 changed ? "are registered now" : "were registered already",
                 *guild != '\0' ? "in server " : "in all servers of the bot", guild);
  int result = command_print(line);
  if (registering->discord->commands == COMMANDS_OFF) {
    (void)fputs("lowtide: nobody answers them yet: set `commands = gateway` in [discord]\n", stderr);
  }
  return result;
}

static int register_with_discord(const struct config *config, bool replace) {
  struct err err = {0};
  bool changed = false;
  struct registering registering = {.discord = &config->discord};
  registering.scope = *config->discord.guild != '\0' ? REGISTER_GUILD : REGISTER_EVERYWHERE;
  if (config->discord.token == NULL) {
    const char *why = config->discord.missing_why;
    err_set(&err, ERR_NOT_CONFIGURED, "the bot's token is missing%s%s", why != NULL ? ": " : "", why != NULL ? why : "");
    err_hint(&err, "make a bot at " PORTAL " and put its token into [discord] token");
    return command_fail(&err);
  }
  if (!engine_start(&registering.engine, config, ENGINE_READS, &err)) return command_fail(&err);
  buf_init(&registering.body, HTTP_ANSWER_BODY_MAX);
  bool ok = register_it(&registering, replace, &changed, &err);
  engine_stop(&registering.engine);
  buf_done(&registering.body);
  return ok ? tell(&registering, changed) : command_fail(&err);
}

/* --- only printed ---------------------------------------------------------------------------------------------------- */

static int print_text(struct buf *text) {
  int result = command_print(buf_text(text));
  buf_done(text);
  return result;
}

static int print_manifest(const struct invocation *invocation, const struct config *config) {
  struct buf text;
  struct err err = {0};
  const char *url = invocation_flag(invocation, "url");
  char base[1024] = "";
  if (url == NULL && config->slack.commands == COMMANDS_HTTP) {
    err_set(&err, ERR_USAGE, "with `commands = http` the manifest must say where Slack finds lowtide");
    err_hint(&err, "lowtide register --slack-manifest --url https://lowtide.example.com");
    return command_fail(&err);
  }
  if (url != NULL && (!text_starts(url, "https://") || !text_copy(base, sizeof base, url))) {
    err_set(&err, ERR_USAGE, "--url wants an address that Slack can reach, https://…");
    return command_fail(&err);
  }
  for (size_t length = strlen(base); length > 0 && base[length - 1] == '/'; length--)
    base[length - 1] = '\0';
  buf_init(&text, TEXT_LIMIT);
  register_slack(base, &text);
  return print_text(&text);
}

static int print_list(const struct config *config) {
  struct buf text;
  buf_init(&text, TEXT_LIMIT);
  register_discord(*config->discord.guild != '\0' ? REGISTER_GUILD : REGISTER_EVERYWHERE, &text);
  return print_text(&text);
}

static int register_run(const struct invocation *invocation) {
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  int result = EXIT_TROUBLE;
  if (invocation_has(invocation, "slack-manifest")) {
    result = print_manifest(invocation, config);
  } else if (invocation_has(invocation, "print")) {
    result = print_list(config);
  } else {
    result = register_with_discord(config, invocation_has(invocation, "replace"));
  }
  config_release(config);
  return result;
}

static const struct flag flags[] = {
    {"print", NULL, "print what Discord would be told, and tell it nothing"},
    {"replace", NULL, "take away the commands of the same application that are not lowtide's"},
    {"slack-manifest", NULL, "print the manifest to make a Slack app from"},
    {"url", "https://…", "where Slack finds lowtide, for `commands = http`"},
    {0},
};

const struct command command_register = {
    .name = "register",
    .usage = "",
    .about = "tell Discord which commands can be asked; or print Slack's manifest",
    .more = "With `guild` in [discord] they are there at once, in that server alone; without, in all servers of the bot. "
            "Nothing\n"
            "is sent where they are registered already.",
    .flags = flags,
    .run = register_run,
};
