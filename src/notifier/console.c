#include "notifier/parts.h"

/* Marks triple at most on their way to plain text. */
#define CONSOLE_TEXT_MAX ((size_t)3 * MESSAGE_TEXT_MAX)

static bool console_render(const struct message *message, const struct channel *channel, struct parts *out,
                           struct err *err) {
  (void)channel;
  struct buf *part = parts_next(out, err);
  if (part == NULL) return false;
  buf_init(part, CONSOLE_TEXT_MAX);
  message_print_plain(part, buf_text(&message->text), false);
  if (!buf_ok(part)) return err_set(err, ERR_LIMIT, "the message is too long");
  return true;
}

static bool console_mark_repeat(const char *payload, struct buf *out, struct err *err) {
  buf_add(out, NOTIFIER_REPEAT_MARK);
  buf_add(out, payload);
  return buf_ok(out) ? true : err_set(err, ERR_LIMIT, "the message is too long");
}

static const struct setting console_settings[] = {{0}};

extern const struct notifier_plug console_plug;
const struct notifier_plug console_plug = {
    .name = "console",
    .about = "standard output",
    .settings = console_settings,
    .local = true,
    .render = console_render,
    .mark_repeat = console_mark_repeat,
};
