#include <string.h>

#include "lowtide/json.h"
#include "lowtide/text.h"
#include "notifier/slack.h"

#define HOST "https://slack.com"
#define WHERE "base_url"
#define DIGITS "0123456789"
#define CHANNEL_MAX 80

/* --- requests ------------------------------------------------------------------------------------------------------ */

static bool begin(const struct channel *channel, const char *method, struct http_request *http, struct err *err) {
  const char *token = channel_value(channel, "token");
  if (text_is_blank(token)) {
    (void)err_set(err, ERR_NOT_CONFIGURED, "the bot's token is missing");
    return err_hint(err, "set token here, or bot_token in [slack]");
  }
  if (!post_host(channel, HOST, &http->url, err)) return false;
  buf_addf(&http->url, "/api/%s", method);
  return http_request_header(http, err, "Authorization: Bearer %s", token);
}

/* "1503435956.000247" */
static bool is_stamp(const char *text) {
  size_t seconds = strspn(text, DIGITS);
  if (seconds == 0 || text[seconds] != '.') return false;
  size_t rest = strspn(text + seconds + 1, DIGITS);
  return rest > 0 && text[seconds + 1 + rest] == '\0' && seconds + rest < 30;
}

static bool post(const struct sending *sending, struct http_request *http, struct err *err) {
  if (!post_json(sending->channel, "", http, err)) return false;
  buf_add(&http->headers[http->header_count - 1], "; charset=utf-8");
  return buf_ok(&http->headers[http->header_count - 1]);
}

static bool bot_request(const struct sending *sending, struct ask *out, struct err *err) {
  const char *place = channel_value(sending->channel, "channel");
  const char *thread = channel_value(sending->channel, "thread");
  struct buf *body = &out->http.body;
  if (text_is_blank(place) || strlen(place) > CHANNEL_MAX)
    return err_set(err, ERR_CONFIG, "channel is not a Slack channel");
  if (!text_is_blank(thread) && !is_stamp(thread)) return err_set(err, ERR_CONFIG, "thread is not a message's ts");
  if (!begin(sending->channel, "chat.postMessage", &out->http, err)) return false;
  buf_add(body, "{\"channel\":");
  buf_add_json(body, place);
  if (!text_is_blank(thread)) buf_addf(body, ",\"thread_ts\":\"%s\"", thread);
  buf_addf(body, ",%s", *sending->payload != '\0' ? sending->payload + 1 : "");
  return post(sending, &out->http, err);
}

/* The id is CHANNEL:TS, since an edit wants the channel's id, and a config may have named it. */
static bool bot_edit(const struct sending *sending, struct ask *out, struct err *err) {
  const char *id = sending->message_id;
  const char *colon = id != NULL ? strchr(id, ':') : NULL;
  struct buf *body = &out->http.body;
  if (colon == NULL || colon == id || !is_stamp(colon + 1))
    return err_set(err, ERR_MALFORMED, "the message's id is none of Slack's");
  if (!begin(sending->channel, "chat.update", &out->http, err)) return false;
  size_t length = strlen(sending->payload);
  if (text_ends(sending->payload, SLACK_PAYLOAD_END)) length -= sizeof SLACK_PAYLOAD_END - 1;
  buf_addf(body, "{\"channel\":\"%.*s\",\"ts\":\"%s\",", (int)(colon - id), id, colon + 1);
  buf_add_n(body, sending->payload + 1, length - 1);
  buf_add_char(body, '}');
  return post(sending, &out->http, err);
}

static bool bot_probe(const struct channel *channel, struct ask *out, struct err *err) {
  const struct sending nothing = {.channel = channel};
  return begin(channel, "auth.test", &out->http, err) && buf_add(&out->http.body, "{}") && post(&nothing, &out->http, err);
}

/* --- verdicts ------------------------------------------------------------------------------------------------------ */

enum outcome { REFUSED, VOID, GONE, AGAIN };

/* What comes inside HTTP 200. VOID: the login itself; GONE: the message to edit. */
static const struct complaint {
  const char *word;
  enum outcome outcome;
  const char *why;
} complaints[] = {
    {"invalid_auth", VOID, "Slack does not know the bot's token: copy it anew (Bot User OAuth Token, xoxb-…)"},
    {"not_authed", VOID, "Slack got no token: set token, or bot_token in [slack]"},
    {"token_revoked", VOID, "the bot's token is revoked: install the app again and copy the new one"},
    {"token_expired", VOID, "the bot's token has expired: install the app again and copy the new one"},
    {"account_inactive", VOID, "the bot's account is switched off: install the app again"},
    {"org_login_required", VOID, "the workspace has moved to an organisation: install the app there"},
    {"not_allowed_token_type", VOID, "the token is of the wrong kind: take the Bot User OAuth Token, xoxb-…"},
    {"missing_scope", REFUSED, "the app lacks a scope: add chat:write and install it again"},
    {"no_permission", REFUSED, "the app lacks a scope: add chat:write and install it again"},
    {"ekm_access_denied", REFUSED, "a rule of the Slack workspace forbids the post: ask its administrator"},
    {"restricted_action", REFUSED, "a rule of the Slack workspace forbids the post: ask its administrator"},
    {"not_in_channel", REFUSED, "the bot is not in the channel: /invite it there, or add the scope chat:write.public"},
    {"channel_not_found", REFUSED,
     "the channel does not exist, or the bot cannot see it: check channel, and /invite the bot"},
    {"is_archived", REFUSED, "the channel is archived: unarchive it, or name another"},
    {"msg_too_long", REFUSED, "Slack takes no message of that length (msg_too_long)"},
    {"no_text", REFUSED, "Slack could not read the message (no_text)"},
    {"invalid_blocks", REFUSED, "Slack could not read the message (invalid_blocks)"},
    {"cannot_reply_to_message", REFUSED, "the thread takes no answers: correct the channel's thread"},
    {"thread_not_found", REFUSED, "the thread does not exist: correct the channel's thread"},
    {"invalid_thread_ts", REFUSED, "the thread does not exist: correct the channel's thread"},
    {"message_not_found", GONE, "the message cannot be edited any more"},
    {"cant_update_message", GONE, "the message cannot be edited any more"},
    {"edit_window_closed", GONE, "the message cannot be edited any more"},
    {"ratelimited", AGAIN, "too many posts (ratelimited)"},
    {"rate_limited", AGAIN, "too many posts (rate_limited)"},
    {"message_limit_exceeded", AGAIN, "too many posts (message_limit_exceeded)"},
    {"internal_error", AGAIN, "Slack stumbled (internal_error)"},
    {"fatal_error", AGAIN, "Slack stumbled (fatal_error)"},
    {"service_unavailable", AGAIN, "Slack stumbled (service_unavailable)"},
    {"request_timeout", AGAIN, "Slack stumbled (request_timeout)"},
    {"accesslimited", AGAIN, "Slack stumbled (accesslimited)"},
};

static struct verdict verdict_of_error(const char *error, const struct http_answer *answer) {
  struct verdict verdict = {.kind = VERDICT_REFUSED};
  char shown[60];
  for (size_t i = 0; i < sizeof complaints / sizeof *complaints; i++) {
    const struct complaint *complaint = &complaints[i];
    if (!text_eq(complaint->word, error)) continue;
    if (complaint->outcome == AGAIN) return verdict_retry(answer->retry_after_ms, complaint->why);
    verdict = verdict_refused(complaint->why);
    verdict.disabled = complaint->outcome == VOID;
    verdict.gone = complaint->outcome == GONE;
    return verdict;
  }
  text_clean(shown, sizeof shown, error);
  text_fmt(verdict.why, sizeof verdict.why, "Slack refused the message (%s): check the channel's settings", shown);
  return verdict;
}

static void take_id(const struct json *root, struct verdict *verdict) {
  const char *channel = json_string(json_member(root, "channel"));
  const char *ts = json_string(json_member(root, "ts"));
  if (channel == NULL || ts == NULL || !is_stamp(ts)) return;
  if (*channel == '\0' || channel[strspn(channel, DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0') return;
  char id[NOTIFIER_MESSAGE_ID_MAX];
  if (text_fmt(id, sizeof id, "%s:%s", channel, ts)) memcpy(verdict->message_id, id, sizeof id);
}

static struct verdict bot_verdict(const struct answer *answer) {
  const struct http_answer *http = &answer->http;
  struct err ignored = {0};
  struct verdict verdict;
  bool agreed = post_verdict(http, WHERE, &verdict);
  if (agreed && verdict.kind != VERDICT_SENT) return verdict;
  struct json *root = json_parse(http->body, http->length, &ignored);
  const char *error = json_string(json_member(root, "error"));
  if (json_type(json_member(root, "ok")) == JSON_TRUE && agreed) {
    take_id(root, &verdict);
  } else if (error != NULL) {
    verdict = verdict_of_error(error, http);
  } else if (agreed) {
    verdict = verdict_retry(0, "the answer is not Slack's: check " WHERE);
  } else {
    text_fmt(verdict.why, sizeof verdict.why, "Slack refused the message (HTTP %d): check " WHERE, http->status);
  }
  json_free(root);
  return verdict;
}

static bool bot_answers(const struct config *config) {
  return config->slack.commands != COMMANDS_OFF;
}

static const struct setting bot_settings[] = {
    {.name = "token", .type = SETTING_SECRET, .about = "the bot's token, xoxb-…; bot_token of [slack] by default"},
    {.name = "channel", .type = SETTING_TEXT, .required = true, .about = "id of the channel to post into, C0123456789"},
    {.name = "thread", .type = SETTING_TEXT, .about = "ts of the message whose thread to post into"},
    {0}};

extern const struct notifier_plug slack_bot_plug;
const struct notifier_plug slack_bot_plug = {
    .name = "slack-bot",
    .about = "a Slack channel, by an app's bot",
    .settings = bot_settings,
    .answers = bot_answers,
    .render = slack_render,
    .request = bot_request,
    .edit = bot_edit,
    .verdict = bot_verdict,
    .platform = &slack_platform,
    .limit = SLACK_LIMIT,
    .mark_repeat = slack_mark_repeat,
    .probe = bot_probe,
};
