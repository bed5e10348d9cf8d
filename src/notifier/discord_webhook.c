#include <string.h>

#include "lowtide/text.h"
#include "notifier/discord.h"

#define CODE_UNKNOWN_CHANNEL "10003"
#define NEW_WEBHOOK "make a new one and set DISCORD_WEBHOOK_URL"
#define WHERE "the webhook's url"

/* An address that was copied with its thread_id keeps it. */
static bool add_thread(const struct channel *channel, struct buf *url, struct err *err) {
  const char *thread = channel_value(channel, "thread");
  char pair[64];
  if (text_is_blank(thread)) return true;
  if (!discord_is_id(thread)) return err_set(err, ERR_CONFIG, "thread is not an id: digits only");
  if (strstr(buf_text(url), "thread_id=") != NULL) return true;
  (void)text_fmt(pair, sizeof pair, "thread_id=%s", thread);
  post_url_query(url, pair);
  return true;
}

static bool webhook_request(const struct sending *sending, struct ask *out, struct err *err) {
  const struct channel *channel = sending->channel;
  struct http_request *http = &out->http;
  if (!post_url(channel, "", true, &http->url, err) || !add_thread(channel, &http->url, err)) return false;
  /* Without it a message that was not saved is answered as if it were. */
  post_url_query(&http->url, "wait=true");
  return post_json(channel, sending->payload, http, err) && discord_agent(http, err);
}

static bool webhook_edit(const struct sending *sending, struct ask *out, struct err *err) {
  const struct channel *channel = sending->channel;
  struct http_request *http = &out->http;
  char under[64];
  if (!discord_is_id(sending->message_id)) return err_set(err, ERR_MALFORMED, "the message's id is none of Discord's");
  (void)text_fmt(under, sizeof under, "/messages/%s", sending->message_id);
  if (!post_url(channel, under, true, &http->url, err) || !add_thread(channel, &http->url, err)) return false;
  if (!discord_edited(sending->payload, &http->body, err) || !post_json(channel, "", http, err)) return false;
  (void)text_copy(http->method, sizeof http->method, "PATCH");
  return discord_agent(http, err);
}

static bool webhook_probe(const struct channel *channel, struct ask *out, struct err *err) {
  struct http_request *http = &out->http;
  if (!post_url(channel, "", false, &http->url, err)) return false;
  text_copy(http->method, sizeof http->method, "GET");
  http->ca_file = channel->ca_file;
  return discord_agent(http, err);
}

static struct verdict verdict_void(const char *why) {
  struct verdict verdict = verdict_refused(why);
  verdict.disabled = true;
  return verdict;
}

static struct verdict webhook_verdict(const struct answer *answer) {
  struct discord_complaint complaint;
  struct verdict verdict;
  if (discord_verdict(&answer->http, WHERE, &complaint, &verdict)) return verdict;
  switch (answer->http.status) {
  case 401:
  case 403: return verdict_void("Discord does not let this webhook post here: " NEW_WEBHOOK);
  case 404:
    if (text_eq(complaint.code, CODE_UNKNOWN_CHANNEL))
      return verdict_refused("the channel or thread does not exist any more: check thread_id in DISCORD_WEBHOOK_URL");
    return verdict_void("the webhook does not exist any more: " NEW_WEBHOOK);
  case 410: return verdict_void("the webhook does not exist any more: " NEW_WEBHOOK);
  default: return verdict;
  }
}

static const struct setting webhook_settings[] = {
    {.name = "url",
     .type = SETTING_SECRET,
     .required = true,
     .about = "the webhook's address, https://discord.com/api/webhooks/ID/TOKEN; ?thread_id=ID posts into a thread"},
    {.name = "thread", .type = SETTING_TEXT, .about = "id of a thread of the channel to post into"},
    {0}};

extern const struct notifier_plug discord_webhook_plug;
const struct notifier_plug discord_webhook_plug = {
    .name = "discord-webhook",
    .about = "a Discord channel, by a webhook of its settings",
    .settings = webhook_settings,
    .render = discord_render,
    .request = webhook_request,
    .edit = webhook_edit,
    .verdict = webhook_verdict,
    .probe = webhook_probe,
    .platform = &discord_platform,
    .limit = {.count = 30, .per_ms = 60000},
    .mark_repeat = discord_mark_repeat,
};
