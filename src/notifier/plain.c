#include "notifier/plain.h"

#include <string.h>

#include "lowtide/text.h"
#include "notifier/marks.h"

#define REPLACEMENT "\xEF\xBF\xBD"

struct writer {
  struct buf *out;
  bool html;
  bool bold;
  bool inside; /* foreign or raw: no line breaks */
};

static void add_bold(struct writer *w, bool bold) {
  if (w->html && bold != w->bold) buf_add(w->out, bold ? "<b>" : "</b>");
  w->bold = bold;
}

static void add_break(struct writer *w) {
  if (w->inside) {
    buf_add_char(w->out, ' ');
  } else {
    buf_add(w->out, w->html ? "<br>\n" : "\n");
  }
}

/* One character of visible text; answers its length. */
static size_t add_character(struct writer *w, const char *text) {
  size_t length = text_utf8_length(text, strnlen(text, 4));
  if (length == 0) {
    buf_add(w->out, REPLACEMENT);
    return 1;
  }
  if (length == 1 && ((unsigned char)*text < ' ' || *text == '\x7F')) {
    buf_add_char(w->out, ' ');
  } else if (w->html && *text == '&') {
    buf_add(w->out, "&amp;");
  } else if (w->html && *text == '<') {
    buf_add(w->out, "&lt;");
  } else if (w->html && *text == '>') {
    buf_add(w->out, "&gt;");
  } else {
    buf_add_n(w->out, text, length);
  }
  return length;
}

/* "<:moon:456>" and "<a:sun:7>" are ":moon:" and ":sun:" here. Answers the markup's length, 0 if it is no such emoji. */
static size_t add_emoji(struct writer *w, const char *text) {
  size_t start = text_starts(text, "<:") ? 1 : text_starts(text, "<a:") ? 2 : 0;
  if (start == 0) return 0;
  const char *name = text + start;
  size_t length = strspn(name + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
  const char *end = name + 1 + length;
  if (length == 0 || *end != ':') return 0;
  size_t digits = strspn(end + 1, "0123456789");
  if (end[1 + digits] != '>') return 0;
  buf_add_n(w->out, name, length + 2);
  return (size_t)(end + 1 + digits + 1 - text);
}

/* Takes what stands at text and answers how long it is. */
static size_t take(struct writer *w, const char *text, bool raw) {
  size_t emoji = raw ? add_emoji(w, text) : 0;
  if (emoji > 0) return emoji;
  if (*text == '\n') {
    add_break(w);
    return 1;
  }
  return add_character(w, text);
}

static void write_all(struct writer *w, const char *marked) {
  bool raw = false;
  while (*marked != '\0') {
    switch (*marked) {
    case BOLD_MARK: add_bold(w, true); break;
    case BOLD_END_MARK: add_bold(w, false); break;
    case FOREIGN_MARK: w->inside = true; break;
    case RAW_MARK: w->inside = raw = true; break;
    case FOREIGN_END_MARK:
    case RAW_END_MARK: w->inside = raw = false; break;
    default: marked += take(w, marked, raw); continue;
    }
    marked++;
  }
  add_bold(w, false);
}

void plain_text(const char *marked, struct buf *out) {
  struct writer w = {.out = out};
  write_all(&w, marked);
}

void plain_html(const char *marked, struct buf *out) {
  struct writer w = {.out = out, .html = true};
  write_all(&w, marked);
}

void plain_title(const char *text, char *out, size_t size) {
  while (*text == '\n' || *text == ' ')
    text++;
  (void)text_fmt(out, size, "%.*s", (int)strcspn(text, "\n"), text);
}

bool plain_message(const struct message *message, struct buf *out, struct err *err) {
  buf_init(out, (size_t)3 * MESSAGE_TEXT_MAX);
  plain_text(buf_text(&message->text), out);
  const char *text = buf_text(out);
  return text[strspn(text, " \n")] != '\0' || err_set(err, ERR_USAGE, "the message is empty");
}
