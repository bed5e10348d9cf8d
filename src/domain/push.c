#include "lowtide/push.h"

#include <string.h>
#include <strings.h>

#include "lowtide/json.h"
#include "lowtide/text.h"
#include "lowtide/zone.h"

#define SHOWN_MAX 40
#define BARE_MAX 64

struct push_reader {
  const struct json *root;
  const char *unit;
  int64_t now_ms;
  struct err *err;
};

static bool refuse_amount(const char *name, const char *typed, struct err *err) {
  char shown[SHOWN_MAX];
  text_clean(shown, sizeof shown, typed);
  (void)err_set(err, ERR_MALFORMED, "%s%s\"%s\" is not an amount", name, *name != '\0' ? ": " : "", shown);
  return err_hint(err, "write it as 8.07");
}

static bool read_amount(const struct push_reader *reader, const char *name, struct amount *out) {
  const struct json *value = json_member(reader->root, name);
  const char *text = json_type(value) == JSON_STRING ? json_string(value) : json_number_text(value);
  struct err ignored = {0};
  int64_t nano;
  if (json_type(value) == JSON_NULL) return true;
  if (text == NULL) {
    (void)err_set(reader->err, ERR_MALFORMED, "%s is neither a number nor a decimal string", name);
    return err_hint(reader->err, "write it as 8.07 or \"8.07\"");
  }
  if (!money_parse(text, &nano, &ignored)) return refuse_amount(name, text, reader->err);
  *out = amount_of(nano);
  return true;
}

static bool check_unit(const struct push_reader *reader) {
  char shown[SHOWN_MAX];
  const struct json *value = json_member(reader->root, "unit");
  const char *text = json_string(value);
  if (json_type(value) == JSON_NULL || (text != NULL && strcasecmp(text, reader->unit) == 0)) return true;
  text_clean(shown, sizeof shown, text == NULL ? "no text" : text);
  (void)err_set(reader->err, ERR_MALFORMED, "unit: %s, but this account is in %s", shown, reader->unit);
  return err_hint(reader->err, "hand in %s, or write the other `unit = …` into the account's section", reader->unit);
}

static bool read_time(const struct push_reader *reader, int64_t *ms) {
  char shown[SHOWN_MAX];
  struct err ignored = {0};
  int64_t found_ms;
  const struct json *value = json_member(reader->root, "time");
  const char *text = json_string(value);
  if (json_type(value) == JSON_NULL) return true;
  text_clean(shown, sizeof shown, text == NULL ? "no text" : text);
  if (text == NULL || !time_parse(text, &found_ms, &ignored)) {
    (void)err_set(reader->err, ERR_MALFORMED, "time: \"%s\" is not a time", shown);
    return err_hint(reader->err, "write it as 2026-01-29T09:00:00Z, or leave it out");
  }
  if (found_ms > reader->now_ms + PUSH_AHEAD_MS) {
    (void)err_set(reader->err, ERR_MALFORMED, "time: %s is in the future", shown);
    return err_hint(reader->err, "check the clock and the offset (Z is UTC), or leave `time` out");
  }
  *ms = found_ms < reader->now_ms ? found_ms : reader->now_ms;
  return true;
}

static bool check_names(const struct push_reader *reader) {
  static const char *const known[] = {"available", "unit", "cash", "voucher", "time", NULL};
  for (const struct json *member = json_first(reader->root); member != NULL; member = json_next(member)) {
    char shown[SHOWN_MAX];
    const char *const *name = known;
    while (*name != NULL && !text_eq(*name, json_key(member)))
      name++;
    if (*name != NULL) continue;
    text_clean(shown, sizeof shown, json_key(member));
    (void)err_set(reader->err, ERR_MALFORMED, "\"%s\" is none of available, unit, cash, voucher and time", shown);
    (void)err_suggest(reader->err, shown, known);
    return false;
  }
  return true;
}

static bool read_members(const struct push_reader *reader, struct push *push) {
  if (!check_names(reader) || !read_amount(reader, "available", &push->available) ||
      !read_amount(reader, "cash", &push->cash) || !read_amount(reader, "voucher", &push->voucher) || !check_unit(reader) ||
      !read_time(reader, &push->time_ms)) {
    return false;
  }
  if (push->available.known) return true;
  (void)err_set(reader->err, ERR_MALFORMED, "\"available\" is missing");
  return err_hint(reader->err, "write {\"available\":\"8.07\"}");
}

static bool read_json(const char *text, size_t length, struct push_reader *reader, struct push *push) {
  struct json *root = json_parse(text, length, reader->err);
  if (root == NULL) return err_wrap(reader->err, "not JSON");
  reader->root = root;
  bool read = read_members(reader, push);
  json_free(root);
  return read;
}

/* "$8.07" is what a scraper finds on a page. */
static bool read_bare(const char *text, size_t length, const struct push_reader *reader, struct push *push) {
  char bare[BARE_MAX];
  struct err ignored = {0};
  int64_t nano;
  bool whole = text_fmt(bare, sizeof bare, "%.*s", (int)length, text) && strlen(bare) == length;
  bool has_sign = *bare == '$' && text_eq(reader->unit, "USD");
  if (!whole || !money_parse(bare + (has_sign ? 1 : 0), &nano, &ignored)) return refuse_amount("", bare, reader->err);
  push->available = amount_of(nano);
  return true;
}

bool push_parse(const char *text, size_t length, const char *unit, int64_t now_ms, struct push *out, struct err *err) {
  static const char blank[] = " \t\r\n";
  struct push_reader reader = {.unit = unit, .now_ms = now_ms, .err = err};
  struct push push = {.time_ms = now_ms};
  while (length > 0 && memchr(blank, text[length - 1], sizeof blank - 1) != NULL)
    length--;
  while (length > 0 && memchr(blank, *text, sizeof blank - 1) != NULL) {
    text++;
    length--;
  }
  if (length == 0) {
    (void)err_set(err, ERR_MALFORMED, "nothing was handed in");
    return err_hint(err, "hand in an amount such as 8.07, or {\"available\":\"8.07\"}");
  }
  if (length > PUSH_TEXT_MAX) return err_set(err, ERR_MALFORMED, "longer than %d bytes", PUSH_TEXT_MAX);
  bool read = *text == '{' ? read_json(text, length, &reader, &push) : read_bare(text, length, &reader, &push);
  if (!read) return false;
  *out = push;
  return true;
}
