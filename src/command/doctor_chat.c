#include <string.h>

#include "discord_commands.h"
#include "doctor.h"
#include "lowtide/door.h"
#include "lowtide/http_server.h"
#include "lowtide/notifier.h"
#include "lowtide/text.h"

#define DEADLINE_MS 10000
#define SAID_MAX 512
#define HOST_MAX 256
#define URL_SHOWN_MAX 200

struct chats {
  struct doctor *doctor;
  const struct config *config;
  struct engine *engine;
  void (*hear)(struct chats *chats, const struct answer *answer);
  const struct door_probe *probe; /* that is being asked */
};

static void answered(void *context, const struct answer *answer) {
  struct chats *chats = context;
  chats->hear(chats, answer);
  loop_stop(chats->engine->real.loop);
}

static void ask_and_hear(struct chats *chats, struct ask *ask,
                         void (*hear)(struct chats *chats, const struct answer *answer)) {
  const struct world *world = &chats->engine->world;
  chats->hear = hear;
  (void)world->ask(world->context, ask, DEADLINE_MS, answered, chats);
  loop_run(chats->engine->real.loop);
}

static void say_missing(struct chats *chats, const char *what, const char *why) {
  char said[SAID_MAX];
  (void)text_fmt(said, sizeof said, "not configured (%s)", why);
  doctor_say(chats->doctor, FINDING_NOTE, what, said, "put that right, or take the section out");
}

/* --- connections ---------------------------------------------------------------------------------------------------- */

static void hear_probe(struct chats *chats, const struct answer *answer) {
  char said[DOOR_SAID_MAX] = "";
  struct err err = {0};
  if (chats->probe->judge(answer, said, &err)) {
    doctor_say(chats->doctor, FINDING_FINE, chats->probe->name, said, "");
  } else {
    doctor_say(chats->doctor, FINDING_FAULT, chats->probe->name, err.text, err.hint);
  }
}

/* One after the other: there are few. */
static void look_at_doors(struct chats *chats) {
  for (const struct door_probe *const *probe = door_probes; *probe != NULL; probe++) {
    struct err err = {0};
    struct ask ask;
    if (!(*probe)->is_wanted(chats->config)) continue;
    ask_init(&ask);
    chats->probe = *probe;
    if ((*probe)->request(chats->config, &ask, &err)) {
      ask_and_hear(chats, &ask, hear_probe);
    } else {
      doctor_say(chats->doctor, FINDING_FAULT, (*probe)->name, err.text, err.hint);
    }
    ask_done(&ask);
  }
}

/* --- Discord ------------------------------------------------------------------------------------------------------- */

/* The bot is online then, and nobody hears what it is asked. */
static void look_at_delivery(struct chats *chats, struct discord_commands *theirs) {
  char url[URL_SHOWN_MAX];
  char said[SAID_MAX];
  struct err ignored = {0};
  if (theirs->discord->commands != COMMANDS_SOCKET || !discord_commands_endpoint(theirs, url, sizeof url, &ignored) ||
      *url == '\0')
    return;
  (void)text_fmt(said, sizeof said, "what is asked goes to %s, and not to the gateway", url);
  doctor_say(chats->doctor, FINDING_FAULT, "Discord, delivery", said,
             "empty Interactions Endpoint URL in the Developer Portal, General Information, or set `commands = http`");
}

static void say_registered(struct chats *chats, const struct discord_found *found) {
  const char *name = "chat commands";
  if (!found->here.same) {
    doctor_say(chats->doctor, FINDING_NOTE, name, "not registered with Discord as they are now", "`lowtide register`");
  } else if (found->everywhere.own > 0) {
    doctor_say(chats->doctor, FINDING_NOTE, name, "registered in all servers, too, so people see each twice",
               "`lowtide register --replace`");
  } else {
    doctor_say(chats->doctor, FINDING_FINE, name, "registered with Discord", "");
  }
}

static void look_at_commands(struct chats *chats, const struct discord_settings *discord) {
  struct discord_commands theirs;
  struct discord_found found;
  struct err err = {0};
  discord_commands_init(&theirs, discord, chats->engine);
  if (discord_commands_look(&theirs, &found, &err)) {
    say_registered(chats, &found);
    look_at_delivery(chats, &theirs);
  } else if (err.code != ERR_AUTH || discord->commands != COMMANDS_SOCKET) { /* the gateway has said it already */
    doctor_say(chats->doctor, err.code == ERR_AUTH ? FINDING_FAULT : FINDING_NOTE, "chat commands", err.text, err.hint);
  }
  discord_commands_done(&theirs);
}

/* A bot is public from the start, and its id stands in its profile: anybody may invite it to a server of their own. */
static void look_at_strangers(struct chats *chats, const struct discord_settings *discord) {
  bool named = !text_is_blank(discord->allow_users) || !text_is_blank(discord->allow_roles);
  if (!text_is_blank(discord->guild) || !text_is_blank(discord->allow_guilds)) return;
  doctor_say(chats->doctor, FINDING_NOTE, "Discord, allow_guilds",
             named ? "empty: every server that has the bot may ask"
                   : "empty: every server that has the bot may ask, and its managers may change",
             "name yours there, or in guild");
}

/* What is there for questions alone, though there is no way in for any. */
static void look_for_token(struct chats *chats, const struct discord_settings *discord) {
  bool meant = *discord->public_key != '\0' || !text_is_blank(discord->guild) || !text_is_blank(discord->allow_users) ||
               !text_is_blank(discord->allow_roles) || !text_is_blank(discord->allow_guilds) || discord->presence;
  if (discord->commands != COMMANDS_OFF || discord->commands_told || discord->missing != NULL || !meant) return;
  doctor_say(chats->doctor, FINDING_NOTE, "Discord, commands", "off, for token is not set: nobody is answered",
             *discord->public_key != '\0' ? "set `commands = http` in [discord], or token" : "set token in [discord]");
}

static void look_at_discord(struct chats *chats) {
  const struct discord_settings *discord = &chats->config->discord;
  look_for_token(chats, discord);
  if (discord->missing != NULL) say_missing(chats, "Discord", discord->missing_why);
  if (discord->commands != COMMANDS_OFF && discord->token != NULL) look_at_commands(chats, discord);
  if (discord->commands != COMMANDS_OFF) look_at_strangers(chats, discord);
}

/* --- Slack --------------------------------------------------------------------------------------------------------- */

static void hear_bot(struct chats *chats, const struct answer *answer) {
  struct verdict verdict = notifier_judge(notifier_find("slack-bot"), answer);
  if (verdict.kind == VERDICT_SENT) {
    doctor_say(chats->doctor, FINDING_FINE, "Slack, bot_token", "known to Slack", "");
  } else {
    doctor_say(chats->doctor, FINDING_FAULT, "Slack, bot_token", verdict.why, "");
  }
}

/* As a channel of the bot would be asked for. */
static void look_at_bot(struct chats *chats, const struct slack_settings *slack) {
  const struct account_value token = {.name = "token", .secret = slack->bot_token};
  const struct channel bot = {
      .name = "slack", .plug = notifier_find("slack-bot"), .values = &token, .value_count = 1, .base_url = slack->base_url};
  struct err err = {0};
  struct ask ask;
  if (slack->bot_token == NULL) {
    doctor_say(chats->doctor, FINDING_NOTE, "Slack, bot_token", "not set: answers have no pictures",
               "set bot_token in [slack], of a bot with the scope files:write");
    return;
  }
  ask_init(&ask);
  if (bot.plug->probe(&bot, &ask, &err)) {
    ask_and_hear(chats, &ask, hear_bot);
  } else {
    doctor_say(chats->doctor, FINDING_FAULT, "Slack, bot_token", err.text, err.hint);
  }
  ask_done(&ask);
}

static void look_for_app_token(struct chats *chats, const struct slack_settings *slack) {
  bool meant = slack->bot_token != NULL || slack->signing_secret != NULL || !text_is_blank(slack->allow_users) ||
               !text_is_blank(slack->allow_teams);
  if (slack->commands != COMMANDS_OFF || slack->commands_told || slack->missing != NULL || !meant) return;
  doctor_say(chats->doctor, FINDING_NOTE, "Slack, commands", "off, for app_token is not set: nobody is answered",
             slack->signing_secret != NULL ? "set `commands = http` in [slack], or app_token"
                                           : "set app_token (xapp-…) in [slack], or `commands = off` if that is meant");
}

static void look_at_slack(struct chats *chats) {
  const struct slack_settings *slack = &chats->config->slack;
  look_for_app_token(chats, slack);
  if (slack->missing != NULL) say_missing(chats, "Slack", slack->missing_why);
  if (slack->commands == COMMANDS_OFF) return;
  look_at_bot(chats, slack);
  if (text_is_blank(slack->allow_users)) {
    doctor_say(chats->doctor, FINDING_NOTE, "Slack, allow_users", "empty: everybody may ask, nobody may change anything",
               "put member ids there (the profile's menu, Copy member ID)");
  }
}

/* --- HTTP ---------------------------------------------------------------------------------------------------------- */

static void refuse(void *context, struct http_exchange *exchange) {
  (void)context;
  http_exchange_fail(exchange, 503, "nobody serves here yet");
}

static bool is_free(struct chats *chats, const char *listen, struct err *err) {
  struct http_server *server = http_server_new(chats->engine->real.loop, listen, refuse, NULL, err);
  bool ok = server != NULL;
  http_server_free(server);
  return ok;
}

static void hear_health(struct chats *chats, const struct answer *answer) {
  const struct http_answer *http = &answer->http;
  char said[SAID_MAX];
  bool ok = http->err.code == ERR_NONE && http->status == 200 && text_eq(http->body, "ok\n");
  (void)text_fmt(said, sizeof said, "%s: %s", chats->config->http.listen,
                 ok ? "the daemon answers there" : "something else than the daemon answers there");
  doctor_say(chats->doctor, ok ? FINDING_FINE : FINDING_FAULT, "HTTP", said,
             ok ? "" : "stop that, or set another listen in [http], and reload");
}

/* Who listens on all addresses is asked at this machine's own. */
static void print_health_url(const char *listen, struct buf *out) {
  static const char all_v4[] = "0.0.0.0:";
  static const char all_v6[] = "[::]:";
  if (text_starts(listen, all_v4)) {
    buf_addf(out, "http://127.0.0.1:%s/healthz", listen + sizeof all_v4 - 1);
  } else if (text_starts(listen, all_v6)) {
    buf_addf(out, "http://[::1]:%s/healthz", listen + sizeof all_v6 - 1);
  } else {
    buf_addf(out, "http://%s/healthz", listen);
  }
}

static void ask_health(struct chats *chats) {
  struct ask ask;
  ask_init(&ask);
  (void)text_copy(ask.http.method, sizeof ask.http.method, "GET");
  print_health_url(chats->config->http.listen, &ask.http.url);
  ask_and_hear(chats, &ask, hear_health);
  ask_done(&ask);
}

static void look_at_place(struct chats *chats) {
  const char *listen = chats->config->http.listen;
  bool runs = state_lock_holder(chats->config->state_dir) != 0;
  bool has_url = strchr(listen, '/') == NULL;
  char said[SAID_MAX];
  struct err err = {0};
  if (has_url && text_ends(listen, ":0")) return; /* any port will do */
  bool is_there = !is_free(chats, listen, &err);
  if (is_there && runs && has_url) {
    ask_health(chats);
  } else if (is_there && runs) {
    (void)text_fmt(said, sizeof said, "%s is served", listen);
    doctor_say(chats->doctor, FINDING_FINE, "HTTP", said, "");
  } else if (is_there) {
    doctor_say(chats->doctor, FINDING_FAULT, "HTTP", err.text, err.hint);
  } else {
    (void)text_fmt(said, sizeof said, "%s %s", listen, runs ? "is not served by the daemon" : "can be listened on");
    doctor_say(chats->doctor, runs ? FINDING_FAULT : FINDING_FINE, "HTTP", said,
               runs ? "the log says why; SIGHUP makes it try again" : "");
  }
}

static void say_address(struct chats *chats, const char *what, const char *path, const char *mend) {
  const char *hosts = chats->config->http.hosts + strspn(chats->config->http.hosts, ", \t");
  char host[HOST_MAX];
  char said[SAID_MAX];
  (void)text_fmt(host, sizeof host, "%.*s", (int)strcspn(hosts, ", \t"), hosts);
  (void)text_fmt(said, sizeof said, "https://%s%s must lead here", *host != '\0' ? host : "YOUR.HOST", path);
  doctor_say(chats->doctor, FINDING_NOTE, what, said, mend);
}

static void look_at_http(struct chats *chats) {
  const struct config *config = chats->config;
  bool discord = config->discord.commands == COMMANDS_HTTP;
  bool slack = config->slack.commands == COMMANDS_HTTP;
  if (config->http.listen[0] == '\0') return;
  look_at_place(chats);
  if (discord) {
    say_address(chats, "Discord's address", "/discord/interactions",
                "enter it in the Developer Portal, General Information, Interactions Endpoint URL");
  }
  if (slack) {
    say_address(chats, "Slack's addresses", "/slack/…",
                "`lowtide register --slack-manifest --url https://YOUR.HOST` has them");
  }
}

void doctor_chat(struct doctor *doctor, const struct config *config, struct engine *engine) {
  struct chats chats = {.doctor = doctor, .config = config, .engine = engine};
  look_at_doors(&chats);
  look_at_discord(&chats);
  look_at_slack(&chats);
  look_at_http(&chats);
}
