#include "lowtide/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The longest whole UTF-8 prefix of text that takes at most size bytes. */
static size_t whole_characters(const char *text, size_t size) {
  size_t used = 0;
  while (used < size && text[used] != '\0') {
    size_t length = text_utf8_length(text + used, size - used);
    if (length == 0 && ((unsigned char)text[used] & 0x80U) != 0 && size - used < 4) break;
    used += length > 0 ? length : 1;
  }
  return used;
}

bool text_fmtv(char *out, size_t size, const char *format, va_list args) {
  int length = vsnprintf(out, size, format, args);
  if (length >= 0 && (size_t)length < size) return true;
  if (size > 0) out[length >= 0 ? whole_characters(out, size - 1) : 0] = '\0';
  return false;
}

bool text_fmt(char *out, size_t size, const char *format, ...) {
  va_list args;
  va_start(args, format);
  bool fits = text_fmtv(out, size, format, args);
  va_end(args);
  return fits;
}

bool text_copy(char *out, size_t size, const char *text) {
  size_t length = strnlen(text, size);
  if (length == size) return text_fmt(out, size, "%s", text);
  memmove(out, text, length + 1);
  return true;
}

bool text_eq(const char *a, const char *b) {
  if (a == NULL || b == NULL) return a == b;
  return strcmp(a, b) == 0;
}

bool text_starts(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix) {
  size_t length = strlen(text);
  size_t tail = strlen(suffix);
  return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

bool text_is_blank(const char *text) {
  return text == NULL || text[strspn(text, " \t\r\n\v\f")] == '\0';
}

uint64_t text_hash(const char *bytes, size_t length) {
  uint64_t hash = 0xCBF29CE484222325U;
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001B3U;
  return hash;
}

const char *text_plural(int64_t count) {
  return count == 1 ? "" : "s";
}

static bool is_tail(unsigned char c) {
  return (c & 0xC0U) == 0x80U;
}

size_t text_utf8_length(const char *text, size_t left) {
  const unsigned char *p = (const unsigned char *)text;
  if (left == 0) return 0;
  if (p[0] < 0x80U) return 1;
  if (p[0] < 0xC2U || p[0] > 0xF4U || left < 2 || !is_tail(p[1])) return 0;
  if (p[0] < 0xE0U) return 2;
  if (left < 3 || !is_tail(p[2])) return 0;
  if (p[0] < 0xF0U) {
    bool overlong = p[0] == 0xE0U && p[1] < 0xA0U;
    bool surrogate = p[0] == 0xEDU && p[1] > 0x9FU;
    return overlong || surrogate ? 0 : 3;
  }
  if (left < 4 || !is_tail(p[3])) return 0;
  bool overlong = p[0] == 0xF0U && p[1] < 0x90U;
  bool too_high = p[0] == 0xF4U && p[1] > 0x8FU;
  return overlong || too_high ? 0 : 4;
}

bool text_is_utf8(const char *text, size_t length) {
  for (size_t at = 0; at < length;) {
    size_t step = text_utf8_length(text + at, length - at);
    if (step == 0) return false;
    at += step;
  }
  return true;
}

/* C1 controls, line and paragraph separators and bidirectional overrides break a line's layout as a line feed does. */
static bool breaks_layout(const unsigned char *p, size_t length) {
  if (length == 1) return p[0] < 0x20U || p[0] == 0x7FU;
  if (length == 2) return p[0] == 0xC2U && p[1] < 0xA0U;
  if (length != 3 || p[0] != 0xE2U) return false;
  bool separator_or_override = p[1] == 0x80U && p[2] >= 0xA8U && p[2] <= 0xAEU;
  bool isolate = p[1] == 0x81U && p[2] >= 0xA6U && p[2] <= 0xA9U;
  return separator_or_override || isolate;
}

void text_clean(char *out, size_t size, const char *text) {
  size_t used = 0;
  size_t left = strlen(text);
  if (size == 0) return;
  while (left > 0) {
    size_t length = text_utf8_length(text, left);
    bool bad = length == 0 || breaks_layout((const unsigned char *)text, length);
    size_t width = bad ? 1 : length;
    if (used + width >= size) break;
    if (bad) {
      out[used] = ' ';
    } else {
      memcpy(out + used, text, length);
    }
    used += width;
    text += length > 0 ? length : 1;
    left -= length > 0 ? length : 1;
  }
  out[used] = '\0';
}

#define NAME_MAX_COMPARED 48

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

static bool same_letter(char a, char b) {
  return strncasecmp(&a, &b, 1) == 0;
}

/* Damerau-Levenshtein (adjacent swaps count once), case folded, over three rows. */
static size_t edit_distance(const char *a, const char *b) {
  size_t rows[3][NAME_MAX_COMPARED + 1];
  size_t n = strlen(b);
  for (size_t j = 0; j <= n; j++)
    rows[0][j] = j;
  for (size_t i = 1; a[i - 1] != '\0'; i++) {
    size_t *row = rows[i % 3];
    const size_t *above = rows[(i + 2) % 3];
    const size_t *above2 = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= n; j++) {
      size_t change = above[j - 1] + (same_letter(a[i - 1], b[j - 1]) ? 0U : 1U);
      row[j] = smaller(change, smaller(above[j], row[j - 1]) + 1);
      bool swapped = i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]);
      if (swapped) row[j] = smaller(row[j], above2[j - 2] + 1);
    }
  }
  return rows[strlen(a) % 3][n];
}

/* "token" for bot_token, "ki" for kimi. */
static const char *first_that_holds(const char *typed, size_t length, const char *const *names) {
  for (; *names != NULL; names++) {
    const char *at = strcasestr(*names, typed);
    if (at != NULL && length >= (at == *names ? 2U : 4U)) return *names;
  }
  return NULL;
}

const char *text_nearest(const char *typed, const char *const *names) {
  const char *best = NULL;
  const char *const *begin = names;
  size_t length = strlen(typed);
  if (length > NAME_MAX_COMPARED) return NULL;
  size_t best_distance = length / 3 + 2;
  for (; *names != NULL; names++) {
    if (strlen(*names) > NAME_MAX_COMPARED) continue;
    size_t distance = edit_distance(typed, *names);
    bool near_enough = distance < strlen(*names);
    if (distance < best_distance && near_enough) {
      best = *names;
      best_distance = distance;
    }
  }
  return best != NULL ? best : first_that_holds(typed, length, begin);
}

int text_hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
