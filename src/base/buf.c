#include "lowtide/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"

void buf_init(struct buf *buf, size_t limit) {
  *buf = (struct buf){.limit = limit};
}

void buf_done(struct buf *buf) {
  free(buf->data);
  *buf = (struct buf){.limit = buf->limit};
}

void buf_clear(struct buf *buf) {
  buf->len = 0;
  buf->full = false;
  if (buf->data != NULL) buf->data[0] = '\0';
}

void buf_wipe(struct buf *buf) {
  if (buf->data != NULL) explicit_bzero(buf->data, buf->cap);
  buf_done(buf);
}

static bool make_room(struct buf *buf, size_t more) {
  if (buf->full || more > buf->limit - buf->len) {
    buf->full = true;
    return false;
  }
  size_t need = buf->len + more + 1;
  if (need <= buf->cap) return true;
  size_t cap = buf->cap > 0 ? buf->cap : 128;
  while (cap < need)
    cap *= 2;
  if (cap > buf->limit) cap = buf->limit + 1;
  /* Not realloc: the old memory may hold a secret, which buf_wipe must be able to reach. */
  char *grown = mem_new(cap, 1);
  if (buf->data != NULL) {
    memcpy(grown, buf->data, buf->len);
    explicit_bzero(buf->data, buf->cap);
    free(buf->data);
  }
  buf->data = grown;
  buf->cap = cap;
  return true;
}

bool buf_add_n(struct buf *buf, const char *bytes, size_t length) {
  if (!make_room(buf, length)) return false;
  if (length > 0) memcpy(buf->data + buf->len, bytes, length);
  buf->len += length;
  buf->data[buf->len] = '\0';
  return true;
}

bool buf_add(struct buf *buf, const char *text) {
  return buf_add_n(buf, text, strlen(text));
}

bool buf_add_char(struct buf *buf, char c) {
  return buf_add_n(buf, &c, 1);
}

bool buf_addv(struct buf *buf, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  size_t room = buf->full ? 0 : buf->cap - buf->len;
  int length = vsnprintf(room > 0 ? buf->data + buf->len : NULL, room, format, args);
  bool printed = length >= 0 && (size_t)length < room;
  if (room > 0 && !printed) buf->data[buf->len] = '\0';
  bool fits = printed || (length >= 0 && make_room(buf, (size_t)length));
  if (fits && !printed) (void)vsnprintf(buf->data + buf->len, (size_t)length + 1, format, again);
  if (fits) buf->len += (size_t)length;
  va_end(again);
  return fits;
}

bool buf_addf(struct buf *buf, const char *format, ...) {
  va_list args;
  va_start(args, format);
  bool fits = buf_addv(buf, format, args);
  va_end(args);
  return fits;
}

static void add_json_control(struct buf *buf, unsigned char c) {
  switch (c) {
  case '\n': buf_add(buf, "\\n"); break;
  case '\r': buf_add(buf, "\\r"); break;
  case '\t': buf_add(buf, "\\t"); break;
  default: buf_addf(buf, "\\u%04x", c); break;
  }
}

bool buf_add_json(struct buf *buf, const char *text) {
  size_t left = strlen(text);
  buf_add_char(buf, '"');
  while (left > 0) {
    size_t length = text_utf8_length(text, left);
    unsigned char c = (unsigned char)*text;
    if (length == 0) {
      buf_add(buf, "\xEF\xBF\xBD");
      length = 1;
    } else if (c < 0x20 || c == 0x7F) {
      add_json_control(buf, c);
    } else {
      if (c == '"' || c == '\\') buf_add_char(buf, '\\');
      buf_add_n(buf, text, length);
    }
    text += length;
    left -= length;
  }
  return buf_add_char(buf, '"');
}

bool buf_add_percent(struct buf *buf, const char *text) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (; *text != '\0'; text++) {
    if (strchr(plain, *text) != NULL) {
      buf_add_char(buf, *text);
    } else {
      buf_addf(buf, "%%%02X", (unsigned char)*text);
    }
  }
  return buf_ok(buf);
}

bool buf_add_base64(struct buf *buf, const char *bytes, size_t length) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t at = 0; at < length; at += 3) {
    size_t have = length - at < 3 ? length - at : 3;
    uint32_t group = 0;
    for (size_t i = 0; i < 3; i++)
      group = group << 8 | (i < have ? (unsigned char)bytes[at + i] : 0U);
    for (size_t i = 0; i < 4; i++)
      buf_add_char(buf, i <= have ? digits[group >> (18 - 6 * i) & 63U] : '=');
  }
  return buf_ok(buf);
}

bool buf_ok(const struct buf *buf) {
  return !buf->full;
}

const char *buf_text(const struct buf *buf) {
  return buf->data != NULL ? buf->data : "";
}
