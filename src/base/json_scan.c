#include "base/json_scan.h"

#include <string.h>

#include "lowtide/json.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define EXPONENT_MAX 300

struct scan {
  const char *text;
  size_t length;
  size_t at;
  size_t values;
  const char *why;
  struct json_marks *marks;
  size_t depth;
  char closers[JSON_DEPTH_MAX];
};

static void mark(struct scan *scan) {
  struct json_marks *marks = scan->marks;
  if (marks->count == marks->room) {
    marks->room = marks->room > 0 ? marks->room * 2 : 64;
    marks->at = mem_grow(marks->at, marks->room, sizeof *marks->at);
  }
  marks->at[marks->count++] = scan->at;
}

static bool fail(struct scan *scan, const char *why) {
  scan->why = why;
  return false;
}

/* The byte at the cursor; NUL at the end, which is nowhere allowed in the text itself. */
static char here(const struct scan *scan) {
  return scan->at < scan->length ? scan->text[scan->at] : '\0';
}

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static void skip_space(struct scan *scan) {
  const char *end = scan->text + scan->length;
  const char *p = scan->text + scan->at;
  while (p < end && is_space(*p))
    p++;
  scan->at = (size_t)(p - scan->text);
}

/* The four digits behind "\u"; -1 if they are not four. Moves behind them. */
static int scan_unit(struct scan *scan) {
  int unit = 0;
  for (int i = 0; i < 4; i++) {
    int digit = text_hex_digit(here(scan));
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
    scan->at++;
  }
  return unit;
}

static bool scan_unicode_escape(struct scan *scan) {
  int unit = scan_unit(scan);
  if (unit < 0) return fail(scan, "\\u without four hexadecimal digits");
  if (unit == 0) return fail(scan, "\\u0000 in a string");
  if (unit < 0xD800 || unit > 0xDFFF) return true;
  if (unit > 0xDBFF || scan->length - scan->at < 2 || memcmp(scan->text + scan->at, "\\u", 2) != 0) {
    return fail(scan, "half a surrogate pair");
  }
  scan->at += 2;
  int low = scan_unit(scan);
  return (low >= 0xDC00 && low <= 0xDFFF) || fail(scan, "half a surrogate pair");
}

static bool scan_escape(struct scan *scan) {
  scan->at++;
  char c = here(scan);
  if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL) return fail(scan, "an unknown escape");
  scan->at++;
  return c != 'u' || scan_unicode_escape(scan);
}

/* The usual letters of a string, at once. */
static void skip_plain(struct scan *scan) {
  const char *end = scan->text + scan->length;
  const char *p = scan->text + scan->at;
  while (p < end && *p >= 0x20 && *p <= 0x7e && *p != '"' && *p != '\\')
    p++;
  scan->at = (size_t)(p - scan->text);
}

static bool scan_string(struct scan *scan) {
  scan->at++;
  for (skip_plain(scan); scan->at < scan->length; skip_plain(scan)) {
    unsigned char c = (unsigned char)scan->text[scan->at];
    if (c == '"') {
      scan->at++;
      return true;
    }
    if (c < 0x20) return fail(scan, "a control character in a string");
    if (c == '\\') {
      if (!scan_escape(scan)) return false;
      continue;
    }
    size_t step = text_utf8_length(scan->text + scan->at, scan->length - scan->at);
    if (step == 0) return fail(scan, "a byte that is not UTF-8");
    scan->at += step;
  }
  return fail(scan, "a string without an end");
}

static size_t scan_digits(struct scan *scan) {
  size_t start = scan->at;
  while (is_digit(here(scan)))
    scan->at++;
  return scan->at - start;
}

static bool scan_exponent(struct scan *scan) {
  scan->at++;
  if (here(scan) == '-' || here(scan) == '+') scan->at++;
  if (!is_digit(here(scan))) return fail(scan, "a number without its digits");
  int exponent = 0;
  for (; is_digit(here(scan)); scan->at++) {
    exponent = exponent * 10 + (here(scan) - '0');
    if (exponent > EXPONENT_MAX) return fail(scan, "a number out of reach");
  }
  return true;
}

static bool scan_number(struct scan *scan) {
  size_t start = scan->at;
  mark(scan);
  if (here(scan) == '-') scan->at++;
  bool zero = here(scan) == '0';
  size_t digits = scan_digits(scan);
  if (digits == 0) return fail(scan, "a number without its digits");
  if (zero && digits > 1) return fail(scan, "a number with a zero in front");
  if (here(scan) == '.') {
    scan->at++;
    if (scan_digits(scan) == 0) return fail(scan, "a number without its digits");
  }
  if ((here(scan) == 'e' || here(scan) == 'E') && !scan_exponent(scan)) return false;
  if (scan->at - start > JSON_NUMBER_MAX) return fail(scan, "a number of more than 40 characters");
  return true;
}

static bool scan_literal(struct scan *scan) {
  static const char *const literals[] = {"true", "false", "null"};
  for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
    size_t length = strlen(literals[i]);
    if (scan->length - scan->at < length || memcmp(scan->text + scan->at, literals[i], length) != 0) continue;
    scan->at += length;
    return true;
  }
  return fail(scan, scan->at < scan->length ? "no value where one should be" : "it ends too early");
}

static bool scan_scalar(struct scan *scan) {
  char c = here(scan);
  if (c == '"') return scan_string(scan);
  if (c == '-' || is_digit(c)) return scan_number(scan);
  return scan_literal(scan);
}

static bool scan_key(struct scan *scan) {
  skip_space(scan);
  if (here(scan) != '"') return fail(scan, "no key where one should be");
  if (!scan_string(scan)) return false;
  skip_space(scan);
  if (here(scan) != ':') return fail(scan, "a key without its colon");
  scan->at++;
  return true;
}

/* Enters containers until a value stands complete: a scalar or an empty container. */
static bool scan_value(struct scan *scan) {
  for (;;) {
    skip_space(scan);
    if (++scan->values > JSON_VALUES_MAX) return fail(scan, "too many values");
    char opener = here(scan);
    if (opener != '[' && opener != '{') return scan_scalar(scan);
    if (scan->depth == JSON_DEPTH_MAX) return fail(scan, "more than 64 levels");
    char closer = opener == '[' ? ']' : '}';
    if (opener == '{') mark(scan);
    scan->closers[scan->depth++] = closer;
    scan->at++;
    skip_space(scan);
    if (here(scan) == closer) return true;
    if (opener == '{' && !scan_key(scan)) return false;
  }
}

/* Behind a value: closes what ends here. Stands behind a comma or at depth 0 afterwards. */
static bool scan_after(struct scan *scan) {
  for (; scan->depth > 0; scan->depth--) {
    skip_space(scan);
    char closer = scan->closers[scan->depth - 1];
    if (here(scan) == ',') {
      scan->at++;
      return closer == ']' || scan_key(scan);
    }
    if (here(scan) != closer)
      return fail(scan, scan->at < scan->length ? "no comma where one should be" : "it ends too early");
    scan->at++;
  }
  return true;
}

static bool scan_document(struct scan *scan) {
  do {
    if (!scan_value(scan) || !scan_after(scan)) return false;
  } while (scan->depth > 0);
  skip_space(scan);
  return scan->at == scan->length || fail(scan, "something behind its end");
}

bool json_scan(const char *text, size_t length, struct json_marks *marks, struct err *err) {
  struct scan scan = {.text = text, .length = length, .marks = marks};
  skip_space(&scan);
  if (scan.at == length) return err_set(err, ERR_MALFORMED, "not JSON: nothing is there");
  if (scan_document(&scan)) return true;
  return err_set(err, ERR_MALFORMED, "not JSON: %s, at byte %zu", scan.why, scan.at);
}
