#include "notifier/split.h"

#include <string.h>

#include "lowtide/message.h"
#include "lowtide/text.h"
#include "notifier/marks.h"

#define PIECE_MAX (64 * 1024)

/* Where the current line can be cut: before `spaces` bytes of white space at `at`. */
struct cut {
  size_t at; /* 0: nowhere yet */
  size_t spaces;
  bool bold;
};

struct splitter {
  const struct dialect *dialect;
  split_piece *each;
  void *context;
  struct err *err;
  struct buf piece; /* whole lines */
  struct buf line;  /* the line that grows */
  size_t line_units;
  struct buf spaces; /* written only if something visible follows on the line */
  struct buf atom;
  struct cut cut;
  size_t blank_lines; /* likewise: only if a line follows in the piece */
  bool bold;          /* in the line */
  bool want_bold;     /* in the text */
  bool spoke;
  bool failed;
};

size_t split_units(const char *text, size_t length) {
  size_t units = 0;
  for (size_t at = 0; at < length;) {
    size_t step = text_utf8_length(text + at, length - at);
    units += step == 4 ? 2 : 1;
    at += step > 0 ? step : 1;
  }
  return units;
}

char stretch_before(const struct stretch *stretch, size_t at) {
  return at > 0 ? stretch->text[at - 1] : '\0';
}

char stretch_after(const struct stretch *stretch, size_t at) {
  return at + 1 < stretch->length ? stretch->text[at + 1] : '\0';
}

static size_t units_of(const struct buf *buf) {
  return split_units(buf_text(buf), buf->len);
}

static void add_to_line(struct splitter *s, const char *text, size_t length) {
  buf_add_n(&s->line, text, length);
  s->line_units += split_units(text, length);
}

static void add_bold(struct splitter *s) {
  add_to_line(s, s->dialect->bold, strlen(s->dialect->bold));
}

static void speak(struct splitter *s, const struct buf *text) {
  if (s->failed || text->len == 0) return;
  s->spoke = true;
  s->failed = !s->each(s->context, text->data, s->err);
}

static void flush_piece(struct splitter *s) {
  speak(s, &s->piece);
  buf_clear(&s->piece);
  s->blank_lines = 0;
}

/* Speaks the line up to the cut and keeps the rest. */
static void cut_line(struct splitter *s) {
  if (s->spaces.len > 0 || s->cut.at == 0) s->cut = (struct cut){.at = s->line.len, .bold = s->bold};
  struct buf rest;
  buf_init(&rest, PIECE_MAX);
  size_t from = s->cut.at + s->cut.spaces;
  bool whole = from == s->line.len;
  if (!whole && s->cut.bold) buf_add(&rest, s->dialect->bold);
  buf_add_n(&rest, buf_text(&s->line) + from, s->line.len - from);

  flush_piece(s);
  buf_add_n(&s->piece, buf_text(&s->line), s->cut.at);
  if (s->cut.bold) buf_add(&s->piece, s->dialect->bold);
  flush_piece(s);

  buf_done(&s->line);
  s->line = rest;
  s->line_units = units_of(&rest);
  s->bold = s->bold && !whole;
  s->cut = (struct cut){0};
  buf_clear(&s->spaces);
}

static bool atom_fits(const struct splitter *s) {
  size_t marker = split_units(s->dialect->bold, strlen(s->dialect->bold));
  size_t markers = (s->bold != s->want_bold ? 1U : 0U) + (s->want_bold ? 1U : 0U);
  return s->line_units + s->spaces.len + units_of(&s->atom) + markers * marker <= s->dialect->limit;
}

/* Bold opens right before a visible character and closes right behind one: no platform takes "* Kimi *" for bold. */
static void add_atom(struct splitter *s) {
  if (s->atom.len == 0) return;
  while (!atom_fits(s) && s->line.len + s->spaces.len > 0)
    cut_line(s);
  if (s->bold && !s->want_bold) add_bold(s);
  bool opens = s->want_bold && !s->bold;
  if (s->spaces.len > 0 && s->line.len > 0)
    s->cut = (struct cut){.at = s->line.len, .spaces = s->spaces.len, .bold = s->bold && s->want_bold};
  add_to_line(s, buf_text(&s->spaces), s->spaces.len);
  buf_clear(&s->spaces);
  if (opens) add_bold(s);
  s->bold = s->want_bold;
  add_to_line(s, s->atom.data, s->atom.len);
  buf_clear(&s->atom);
}

static void end_line(struct splitter *s) {
  if (s->bold) add_bold(s);
  s->bold = false;
  buf_clear(&s->spaces);
  s->cut = (struct cut){0};
  if (s->line.len == 0) {
    s->blank_lines++;
    return;
  }
  size_t breaks = s->piece.len > 0 ? s->blank_lines + 1 : 0;
  if (units_of(&s->piece) + breaks + s->line_units > s->dialect->limit) {
    flush_piece(s);
    breaks = 0;
  }
  for (; breaks > 0; breaks--)
    buf_add_char(&s->piece, '\n');
  buf_add_n(&s->piece, s->line.data, s->line.len);
  buf_clear(&s->line);
  s->line_units = 0;
  s->blank_lines = 0;
}

static bool is_space(char c) {
  return (c > '\0' && c <= ' ') || c == '\x7F';
}

/* Takes the character at `at` of a stretch and answers its length. */
static size_t take_character(struct splitter *s, const struct stretch *stretch, size_t at, bool foreign) {
  size_t length = text_utf8_length(stretch->text + at, stretch->length - at);
  if (length == 1 && is_space(stretch->text[at])) {
    buf_add_char(&s->spaces, ' ');
    return 1;
  }
  if (length == 0) {
    buf_add(&s->atom, "\xEF\xBF\xBD");
  } else if (foreign) {
    s->dialect->foreign(stretch, at, length, &s->atom);
  } else {
    s->dialect->own(stretch->text + at, length, &s->atom);
  }
  add_atom(s);
  return length > 0 ? length : 1;
}

static void take_foreign(struct splitter *s, const struct stretch *stretch) {
  for (size_t at = 0; at < stretch->length;)
    at += take_character(s, stretch, at, true);
}

static void take_raw(struct splitter *s, const struct stretch *stretch) {
  s->dialect->raw(stretch, &s->atom);
  if (units_of(&s->atom) > s->dialect->limit / 2) buf_clear(&s->atom); /* markup is short, or it is none */
  add_atom(s);
}

/* A stretch up to its closing mark, or to the end. */
static struct stretch stretch_up_to(const char *text, char mark) {
  const char *end = strchr(text, mark);
  return (struct stretch){.text = text, .length = end != NULL ? (size_t)(end - text) : strlen(text)};
}

/* Takes what stands at text and answers where the next thing stands. */
static const char *take_next(struct splitter *s, const char *text) {
  struct stretch stretch;
  switch (*text) {
  case '\n': end_line(s); return text + 1;
  case BOLD_MARK: s->want_bold = true; return text + 1;
  case BOLD_END_MARK: s->want_bold = false; return text + 1;
  case FOREIGN_MARK:
    stretch = stretch_up_to(text + 1, FOREIGN_END_MARK);
    take_foreign(s, &stretch);
    break;
  case RAW_MARK:
    stretch = stretch_up_to(text + 1, RAW_END_MARK);
    take_raw(s, &stretch);
    break;
  default:
    stretch = (struct stretch){.text = text, .length = strnlen(text, 4)};
    return text + take_character(s, &stretch, 0, false);
  }
  const char *end = stretch.text + stretch.length;
  return *end != '\0' ? end + 1 : end;
}

bool split_text(const char *marked, const char *first, const struct dialect *dialect, split_piece *each, void *context,
                struct err *err) {
  struct splitter s = {.dialect = dialect, .each = each, .context = context, .err = err};
  buf_init(&s.piece, PIECE_MAX);
  buf_init(&s.line, PIECE_MAX);
  buf_init(&s.spaces, MESSAGE_TEXT_MAX);
  buf_init(&s.atom, PIECE_MAX);
  buf_add(&s.atom, first);
  add_atom(&s);
  if (*first != '\0') buf_add_char(&s.spaces, ' ');
  while (*marked != '\0' && !s.failed)
    marked = take_next(&s, marked);
  end_line(&s);
  flush_piece(&s);
  buf_done(&s.piece);
  buf_done(&s.line);
  buf_done(&s.spaces);
  buf_done(&s.atom);
  if (!s.failed && !s.spoke) return err_set(err, ERR_USAGE, "the message is empty");
  return !s.failed;
}
