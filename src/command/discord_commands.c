#include "discord_commands.h"

#include <inttypes.h>
#include <string.h>

#include "lowtide/json.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

#define HOST "https://discord.com"
#define PORTAL "https://discord.com/developers/applications"
#define DEADLINE_MS 20000
#define TEXT_LIMIT 65536
#define PATH_TEXT_MAX 96

/* --- one request ----------------------------------------------------------------------------------------------------- */

static void answered(void *context, const struct answer *answer) {
  struct discord_commands *commands = context;
  const struct http_answer *http = &answer->http;
  commands->answer.err = http->err;
  commands->answer.status = http->status;
  commands->answer.retry_after_ms = http->retry_after_ms;
  buf_clear(&commands->answer.body);
  buf_add_n(&commands->answer.body, http->body, http->length);
  loop_stop(commands->engine->real.loop);
}

static bool fill(const struct discord_commands *commands, const char *method, const char *path, const struct buf *body,
                 struct http_request *http, struct err *err) {
  const struct discord_settings *discord = commands->discord;
  (void)text_copy(http->method, sizeof http->method, method);
  buf_addf(&http->url, "%s/api/v10/applications/%s", discord->base_url != NULL ? discord->base_url : HOST, path);
  if (body != NULL) buf_add(&http->body, buf_text(body));
  if (!buf_ok(&http->url) || !buf_ok(&http->body)) return err_set(err, ERR_LIMIT, "base_url of [discord] is too long");
  return http_request_header(http, err, "Authorization: Bot %s", secret_expose(discord->token)) &&
         http_request_header(http, err, "User-Agent: DiscordBot (lowtide, %s)", LOWTIDE_VERSION) &&
         (body == NULL || http_request_header(http, err, "Content-Type: application/json"));
}

static bool tell_invitation(const struct discord_commands *commands, struct err *err) {
  return err_hint(err, HOST "/oauth2/authorize?client_id=%s&scope=bot+applications.commands", commands->application);
}

static bool refuse_place(const struct discord_commands *commands, const char *said, struct err *err) {
  const char *guild = commands->discord->guild;
  (void)err_set(err, ERR_FORBIDDEN, "the bot may not register commands %s%s (%s): %s invite it with this link",
                *guild != '\0' ? "in server " : "there", guild, said,
                *guild != '\0' ? "look whether guild is right, then" : "");
  return tell_invitation(commands, err);
}

/* What Discord's refusal means for whoever set this up. */
static bool refuse(const struct discord_commands *commands, struct err *err) {
  char said[120] = "";
  struct err ignored = {0};
  struct json *root = json_parse(buf_text(&commands->answer.body), commands->answer.body.len, &ignored);
  const char *message = json_string(json_member(root, "message"));
  if (message != NULL) text_clean(said, sizeof said, message);
  json_free(root);
  switch (commands->answer.status) {
  case 401:
    (void)err_set(err, ERR_AUTH, "Discord does not know the bot's token");
    return err_hint(err, "copy it anew from the bot's page of " PORTAL ", into [discord] token");
  case 403: return refuse_place(commands, said, err);
  case 404:
    (void)err_set(err, ERR_USAGE, "Discord knows no such application or server (%s)", said);
    return err_hint(err, "check application_id and guild in [discord]");
  case 429:
    (void)err_set(err, ERR_RATE_LIMITED, "Discord wants fewer requests: try again in %" PRId64 " s",
                  (commands->answer.retry_after_ms > 0 ? (commands->answer.retry_after_ms + 999) / 1000 : 60));
    return err_hint(err, "a server's commands can be made 200 times a day");
  default: break;
  }
  if (commands->answer.status >= 500) {
    (void)err_set(err, ERR_SERVER, "Discord stumbled (HTTP %d)", commands->answer.status);
    return err_hint(err, "try again in a minute");
  }
  return err_set(err, ERR_SERVER, "Discord refused the commands (HTTP %d%s%s)", commands->answer.status,
                 *said != '\0' ? ": " : "", said);
}

static bool request(struct discord_commands *commands, const char *method, const char *path, const struct buf *body,
                    struct err *err) {
  struct ask ask;
  const struct world *world = &commands->engine->world;
  ask_init(&ask);
  bool ok = fill(commands, method, path, body, &ask.http, err);
  if (ok) {
    (void)world->ask(world->context, &ask, DEADLINE_MS, answered, commands);
    loop_run(commands->engine->real.loop);
  }
  ask_done(&ask);
  if (!ok) return false;
  *err = commands->answer.err;
  if (err->code != ERR_NONE) return err_wrap(err, "Discord");
  return commands->answer.status == 200 || refuse(commands, err);
}

/* --- the steps ------------------------------------------------------------------------------------------------------- */

static bool is_id(const char *text) {
  size_t length = text != NULL ? strspn(text, "0123456789") : 0;
  return length > 0 && length <= 20 && text[length] == '\0';
}

static bool ask_application(struct discord_commands *commands, char id[static DISCORD_ID_MAX], struct err *err) {
  struct err ignored = {0};
  if (!request(commands, "GET", "@me", NULL, err)) return false;
  struct json *root = json_parse(buf_text(&commands->answer.body), commands->answer.body.len, &ignored);
  const char *own = json_string(json_member(root, "id"));
  bool ok = is_id(own) && text_copy(id, DISCORD_ID_MAX, own);
  json_free(root);
  if (ok) return true;
  (void)err_set(err, ERR_MALFORMED, "Discord does not say which application the bot is of");
  return err_hint(err, "copy it from " PORTAL " into [discord] application_id");
}

static bool find_application(struct discord_commands *commands, struct err *err) {
  const char *told = commands->discord->application_id;
  if (is_id(told)) return text_copy(commands->application, sizeof commands->application, told);
  return ask_application(commands, commands->application, err);
}

/* Discord says of another's application only that it is not ours. */
static bool suspect_application(struct discord_commands *commands, struct err *err) {
  char own[DISCORD_ID_MAX];
  struct err ignored = {0};
  bool doubtful = is_id(commands->discord->application_id) && (err->code == ERR_FORBIDDEN || err->code == ERR_USAGE);
  if (!doubtful || !ask_application(commands, own, &ignored) || text_eq(own, commands->application)) return false;
  (void)err_set(err, ERR_USAGE, "application_id of [discord] is %s, but the token is of application %s",
                commands->application, own);
  return err_hint(err, "take application_id out: the token tells it; or put that application's token there");
}

/* "ID/guilds/GUILD/commands" */
static void print_path(const struct discord_commands *commands, enum register_scope scope, char *out, size_t size) {
  bool here = scope == REGISTER_GUILD;
  (void)text_fmt(out, size, "%s%s%s/commands", commands->application, here ? "/guilds/" : "",
                 here ? commands->discord->guild : "");
}

void discord_commands_init(struct discord_commands *commands, const struct discord_settings *discord,
                           struct engine *engine) {
  *commands = (struct discord_commands){.discord = discord, .engine = engine};
  commands->scope = *discord->guild != '\0' ? REGISTER_GUILD : REGISTER_EVERYWHERE;
  buf_init(&commands->answer.body, HTTP_ANSWER_BODY_MAX);
}

void discord_commands_done(struct discord_commands *commands) {
  buf_done(&commands->answer.body);
}

static bool look(struct discord_commands *commands, enum register_scope scope, struct registered *found, struct err *err) {
  char path[PATH_TEXT_MAX];
  print_path(commands, scope, path, sizeof path);
  const struct buf *body = &commands->answer.body;
  return request(commands, "GET", path, NULL, err) &&
         register_discord_compare(buf_text(body), body->len, scope, found, err);
}

bool discord_commands_look(struct discord_commands *commands, struct discord_found *found, struct err *err) {
  *found = (struct discord_found){0};
  if (!find_application(commands, err)) return false;
  if (!look(commands, commands->scope, &found->here, err)) return suspect_application(commands, err);
  return commands->scope == REGISTER_EVERYWHERE || look(commands, REGISTER_EVERYWHERE, &found->everywhere, err);
}

bool discord_commands_endpoint(struct discord_commands *commands, char *out, size_t size, struct err *err) {
  if (!request(commands, "GET", "@me", NULL, err)) return false;
  struct json *root = json_parse(buf_text(&commands->answer.body), commands->answer.body.len, err);
  const char *url = json_string(json_member(root, "interactions_endpoint_url"));
  bool read = root != NULL;
  text_clean(out, size, url != NULL ? url : "");
  json_free(root);
  return read;
}

static bool put(struct discord_commands *commands, enum register_scope scope, struct buf *list, struct err *err) {
  char path[PATH_TEXT_MAX];
  print_path(commands, scope, path, sizeof path);
  bool ok = request(commands, "PUT", path, list, err);
  buf_done(list);
  return ok;
}

bool discord_commands_put(struct discord_commands *commands, struct err *err) {
  struct buf list;
  buf_init(&list, TEXT_LIMIT);
  register_discord(commands->scope, &list);
  return put(commands, commands->scope, &list, err);
}

bool discord_commands_clear_everywhere(struct discord_commands *commands, struct err *err) {
  struct buf none;
  buf_init(&none, TEXT_LIMIT);
  buf_add(&none, "[]");
  return put(commands, REGISTER_EVERYWHERE, &none, err);
}
