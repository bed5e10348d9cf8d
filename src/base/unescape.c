#include "unescape.h"

#include <string.h>

#include "lowtide/mem.h"

bool view_of(struct view *view, const char *text, size_t length) {
  *view = (struct view){.length = length};
  if (length >= UINT32_MAX) return false;
  view->text = mem_new(length + 1, 1);
  view->from = mem_new(length + 1, sizeof *view->from);
  memcpy(view->text, text, length);
  for (size_t i = 0; i <= length; i++)
    view->from[i] = (uint32_t)i;
  return true;
}

void view_done(struct view *view) {
  if (view->text != NULL) explicit_bzero(view->text, view->length);
  mem_free(view->text);
  mem_free(view->from);
  *view = (struct view){.length = 0};
}

/* The four hex digits of \uXXXX at p; -1 if that is not there. */
static long read_unit(const char *p, size_t left) {
  static const char digits[] = "0123456789abcdef0123456789ABCDEF";
  long unit = 0;
  if (left < 6 || p[0] != '\\' || p[1] != 'u') return -1;
  for (int i = 2; i < 6; i++) {
    const char *digit = p[i] != '\0' ? strchr(digits, p[i]) : NULL;
    if (digit == NULL) return -1;
    unit = unit * 16 + (digit - digits) % 16;
  }
  return unit;
}

/* The character's UTF-8, four bytes at most; half a pair comes out as what is no UTF-8, and is found nowhere. */
static size_t encode(unsigned long c, char out[static 4]) {
  size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = length; i > 1; i--, c >>= 6)
    out[i - 1] = (char)(0x80 | (c & 0x3F));
  out[0] = (char)(lead[length] | c);
  return length;
}

static size_t read_character(const char *p, size_t left, char out[static 4], size_t *made) {
  long unit = read_unit(p, left);
  *made = 0;
  if (unit < 0) return 0;
  long low = unit >= 0xD800 && unit < 0xDC00 ? read_unit(p + 6, left - 6) : -1;
  if (low >= 0xDC00 && low < 0xE000) {
    *made = encode(0x10000UL + (((unsigned long)unit - 0xD800) << 10) + ((unsigned long)low - 0xDC00), out);
    return 12;
  }
  *made = encode((unsigned long)unit, out);
  return 6;
}

/* How many bytes at p are one escape, 0 if none is there; what it stands for in out. */
static size_t read_escape(const char *p, size_t left, char out[static 4], size_t *made) {
  static const char names[] = "\"\\/bfnrt";
  static const char values[] = "\"\\/\b\f\n\r\t";
  if (left < 2 || *p != '\\') return 0;
  const char *name = p[1] != '\0' ? strchr(names, p[1]) : NULL;
  if (name == NULL) return read_character(p, left, out, made);
  out[0] = values[name - names];
  *made = 1;
  return 2;
}

/* What is read is never longer than what it is read from: in place. */
bool view_unescape(struct view *view) {
  if (memchr(view->text, '\\', view->length) == NULL) return false;
  size_t used = 0;
  bool any = false;
  for (size_t at = 0; at < view->length;) {
    char bytes[4] = {view->text[at]};
    size_t made = 1;
    uint32_t from = view->from[at];
    size_t taken = read_escape(view->text + at, view->length - at, bytes, &made);
    any = any || taken > 0;
    if (taken == 0) made = 1;
    at += taken > 0 ? taken : 1;
    for (size_t i = 0; i < made; i++, used++) {
      view->text[used] = bytes[i];
      view->from[used] = from;
    }
  }
  view->from[used] = view->from[view->length];
  view->text[used] = '\0';
  view->length = used;
  return any;
}
