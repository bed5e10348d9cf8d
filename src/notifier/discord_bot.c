#include <string.h>

#include "lowtide/text.h"
#include "notifier/discord.h"

#define HOST "https://discord.com"
#define WHERE "the channel's settings"
#define NONCE_MAX 25
#define NONCE_HOLDS_MS 120000 /* "the past few minutes" */

/* A thread is a channel of its own there. */
static bool begin(const struct channel *channel, struct http_request *http, struct err *err) {
  const char *token = channel_value(channel, "token");
  const char *place = channel_value(channel, "channel");
  const char *thread = channel_value(channel, "thread");
  if (text_is_blank(token)) {
    (void)err_set(err, ERR_NOT_CONFIGURED, "the bot's token is missing");
    return err_hint(err, "set token here, or in [discord]");
  }
  if (!discord_is_id(place)) return err_set(err, ERR_CONFIG, "channel is not a Discord channel's id: digits only");
  if (!text_is_blank(thread) && !discord_is_id(thread)) return err_set(err, ERR_CONFIG, "thread is not an id: digits only");
  if (!post_host(channel, HOST, &http->url, err)) return false;
  buf_addf(&http->url, "/api/v10/channels/%s", text_is_blank(thread) ? place : thread);
  http->ca_file = channel->ca_file;
  return http_request_header(http, err, "Authorization: Bot %s", token) && discord_agent(http, err);
}

/* The same nonce of the same bot within some minutes is answered with the first message in place of a second one. */
static void add_body(const char *payload, const char *nonce, struct buf *body) {
  size_t length = strlen(payload);
  buf_add_n(body, payload, length > 0 ? length - 1 : 0);
  buf_addf(body, ",\"nonce\":\"%.*s\",\"enforce_nonce\":true}", NONCE_MAX, nonce);
}

static bool bot_request(const struct sending *sending, struct ask *out, struct err *err) {
  struct http_request *http = &out->http;
  if (!begin(sending->channel, http, err)) return false;
  buf_add(&http->url, "/messages");
  add_body(sending->payload, sending->nonce, &http->body);
  return post_json(sending->channel, "", http, err);
}

static bool bot_edit(const struct sending *sending, struct ask *out, struct err *err) {
  struct http_request *http = &out->http;
  if (!discord_is_id(sending->message_id)) return err_set(err, ERR_MALFORMED, "the message's id is none of Discord's");
  if (!begin(sending->channel, http, err)) return false;
  buf_addf(&http->url, "/messages/%s", sending->message_id);
  if (!discord_edited(sending->payload, &http->body, err) || !post_json(sending->channel, "", http, err)) return false;
  return text_copy(http->method, sizeof http->method, "PATCH");
}

static bool bot_probe(const struct channel *channel, struct ask *out, struct err *err) {
  return text_copy(out->http.method, sizeof out->http.method, "GET") && begin(channel, &out->http, err);
}

/* Discord's JSON error codes that a person can mend; the others are told as they are. */
static const struct {
  const char *code;
  const char *why;
} complaints[] = {
    {"10003", "the channel does not exist, or the bot is not in its server: check channel, and invite the bot"},
    {"20016", "the channel is in slow mode and the bot may not pass it: give it Manage Messages"},
    {"50001", "the bot cannot see the channel: give it View Channel there"},
    {"50008", "the channel takes no messages: name a text channel"},
    {"50013", "the bot may not post in the channel: give it Send Messages (in a thread: Send Messages in Threads)"},
    {"50083", "the thread is archived: open it again, or name another"},
    {"160005", "the thread is locked: unlock it, or name another"},
    {"40333", "Discord blocks this client (code 40333)"},
};

static struct verdict bot_verdict(const struct answer *answer) {
  struct discord_complaint complaint;
  struct verdict verdict;
  if (discord_verdict(&answer->http, WHERE, &complaint, &verdict)) return verdict;
  const char *why = NULL;
  for (size_t i = 0; i < sizeof complaints / sizeof *complaints; i++) {
    if (text_eq(complaints[i].code, complaint.code)) why = complaints[i].why;
  }
  verdict.disabled = answer->http.status == 401;
  if (verdict.disabled) why = "Discord does not know the bot's token: copy it anew from the developer portal";
  if (why != NULL) (void)text_copy(verdict.why, sizeof verdict.why, why);
  return verdict;
}

static bool bot_answers(const struct config *config) {
  return config->discord.commands != COMMANDS_OFF;
}

static const struct setting bot_settings[] = {
    {.name = "token", .type = SETTING_SECRET, .about = "the bot's token; that of [discord] by default"},
    {.name = "channel", .type = SETTING_TEXT, .required = true, .about = "id of the channel to post into"},
    {.name = "thread", .type = SETTING_TEXT, .about = "id of a thread of the channel to post into"},
    {0}};

extern const struct notifier_plug discord_bot_plug;
const struct notifier_plug discord_bot_plug = {
    .name = "discord-bot",
    .about = "a Discord channel, by a bot: what is tried again cannot come twice",
    .settings = bot_settings,
    .answers = bot_answers,
    .render = discord_render,
    .request = bot_request,
    .edit = bot_edit,
    .verdict = bot_verdict,
    .probe = bot_probe,
    .platform = &discord_platform,
    .repeat_safe_ms = NONCE_HOLDS_MS,
    .mark_repeat = discord_mark_repeat,
};
