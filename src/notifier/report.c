#include "notifier/report.h"

#include "lowtide/zone.h"
#include "notifier/parts.h"
#include "notifier/plain.h"
#include "notifier/post.h"

#define TITLE_MAX 256

static void add_time(int64_t ms, struct buf *out) {
  char text[ZONE_TIME_TEXT_MAX];
  if (ms == 0) {
    buf_add(out, "null");
    return;
  }
  time_print_rfc3339(text, ms);
  buf_add_json(out, text);
}

static void add_message(const struct message *message, const char *text, bool with_accounts, struct buf *out) {
  char title[TITLE_MAX];
  bool any = message->accounts.len > 0;
  plain_title(text, title, sizeof title);
  buf_addf(out, "{\"kind\":\"%s\",\"time\":", message_kind_name(message->kind));
  add_time(message->time_ms, out);
  buf_add(out, ",\"title\":");
  buf_add_json(out, title);
  buf_add(out, ",\"text\":");
  buf_add_json(out, text);
  buf_addf(out, ",\"silent\":%s,\"accounts\":", message->silent ? "true" : "false");
  buf_addf(out, "[%s]", any && with_accounts ? buf_text(&message->accounts) : "");
  buf_add(out, any && !with_accounts ? ",\"accounts_left_out\":true}" : "}");
}

bool report_render(const struct message *message, const struct channel *channel, struct parts *out, struct err *err) {
  (void)channel;
  struct buf text;
  struct buf *part = parts_next(out, err);
  if (part == NULL) return false;
  bool said = plain_message(message, &text, err);
  for (int with_accounts = buf_ok(&message->accounts) ? 1 : 0; said && with_accounts >= 0; with_accounts--) {
    buf_done(part);
    buf_init(part, REPORT_MAX);
    add_message(message, buf_text(&text), with_accounts != 0, part);
    if (buf_ok(part)) break;
  }
  bool fits = buf_ok(part) && buf_ok(&text);
  buf_done(&text);
  if (!said) return false;
  return fits ? true : err_set(err, ERR_LIMIT, "the message is too long");
}

bool report_mark_repeat(const char *payload, struct buf *out, struct err *err) {
  static const char *const openings[] = {",\"title\":\"", ",\"text\":\"", NULL};
  return post_mark_repeat(payload, openings, out, err);
}

bool report_body(const struct sending *sending, struct buf *out, struct err *err) {
  buf_done(out);
  buf_init(out, REPORT_MAX + 256);
  buf_add(out, "{\"id\":");
  buf_add_json(out, sending->nonce);
  buf_addf(out, ",%s", *sending->payload != '\0' ? sending->payload + 1 : "");
  return buf_ok(out) ? true : err_set(err, ERR_LIMIT, "the message is too long");
}
