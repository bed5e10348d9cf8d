#include "lowtide/log_import.h"

#include <string.h>

#include "lowtide/text.h"
#include "lowtide/zone.h"

#define TIME_LENGTH 19 /* 2026-01-29 09:00:00 */
#define LINE_MAX_BYTES 1024
#define HALF_A_CENT (MONEY_NANO / 200)
#define HALF_A_COUNT (MONEY_NANO / 2)

static const struct sign {
  const char *sign;
  const char *unit;
} signs[] = {{"$", "USD"}, {"¥", "CNY"}, {"€", "EUR"}, {"£", "GBP"}};

/* Each of these moves *at behind what it takes, or leaves it. */
static bool take(const char **at, const char *word) {
  if (!text_starts(*at, word)) return false;
  *at += strlen(word);
  return true;
}

static bool take_time(const char **at, int64_t *ms) {
  char time[TIME_LENGTH + 1];
  struct err err;
  if (strlen(*at) < TIME_LENGTH || (*at)[10] != ' ') return false;
  memcpy(time, *at, TIME_LENGTH);
  time[TIME_LENGTH] = '\0';
  if (!time_parse(time, ms, &err)) return false;
  *at += TIME_LENGTH;
  return true;
}

static bool take_number(const char **at, int64_t *nano) {
  char number[MONEY_TEXT_MAX];
  struct err err;
  size_t length = strspn(*at, "0123456789.,");
  while (length > 0 && strchr(".,", (*at)[length - 1]) != NULL) {
    length--; /* of the sentence, as in "$292.02 used, no limit" */
  }
  if (length == 0 || length >= sizeof number) return false;
  memcpy(number, *at, length);
  number[length] = '\0';
  if (!money_parse(number, nano, &err)) return false;
  *at += length;
  return true;
}

/* Where the unit's name ends: a vendor's own may be of several words. */
static size_t unit_length(const char *at) {
  static const char *const next[] = {" of ", " used", " spent", " available", " left", " ("};
  size_t length = strlen(at);
  for (size_t i = 0; i < sizeof next / sizeof next[0]; i++) {
    const char *found = strstr(at, next[i]);
    if (found != NULL && (size_t)(found - at) < length) length = (size_t)(found - at);
  }
  return length;
}

/* From the space before it. */
static void take_unit(const char **at, char unit[static UNIT_MAX]) {
  size_t length = unit_length(*at);
  if (length < 2 || length > UNIT_MAX || **at != ' ') return;
  memcpy(unit, *at + 1, length - 1);
  unit[length - 1] = '\0';
  *at += length;
}

struct read_amount {
  struct amount amount;
  char unit[UNIT_MAX];
  bool tiny; /* "<$0.01" */
};

static bool take_amount(const char **at, struct read_amount *out) {
  const char *start = *at;
  bool negative = take(at, "-");
  int64_t nano = 0;
  *out = (struct read_amount){.tiny = take(at, "<")};
  for (size_t i = 0; i < sizeof signs / sizeof signs[0] && out->unit[0] == '\0'; i++) {
    if (take(at, signs[i].sign)) (void)text_copy(out->unit, sizeof out->unit, signs[i].unit);
  }
  if (!take_number(at, &nano)) {
    *at = start;
    return false;
  }
  if (out->unit[0] == '\0') take_unit(at, out->unit);
  if (out->tiny) nano = nano >= MONEY_NANO ? HALF_A_COUNT : HALF_A_CENT;
  out->amount = amount_of(negative ? -nano : nano);
  return true;
}

/* "unknown (HTTP 503)" */
static bool read_unknown(const char *at, struct reading *reading) {
  if (!take(&at, "unknown")) return false;
  size_t length = strlen(at);
  if (length > 3 && text_starts(at, " (") && at[length - 1] == ')') {
    (void)text_fmt(reading->detail, sizeof reading->detail, "%.*s", (int)(length - 3), at + 2);
  } else if (length != 0) {
    return false;
  }
  reading->code = text_starts(reading->detail, "timed out") ? ERR_TIMEOUT : ERR_SERVER;
  return true;
}

/* " of $50.00 spent this month", " of 58,770 characters used", " used, no limit", " used, resets Thu 14:00" */
static bool read_spend(const char *at, const struct read_amount *first, struct reading *reading) {
  struct read_amount limit = {0};
  if (take(&at, " of ")) {
    if (!take_amount(&at, &limit) || (!text_starts(at, " spent") && !text_starts(at, " used"))) return false;
    if (limit.unit[0] != '\0') memcpy(reading->unit, limit.unit, sizeof limit.unit);
    bool spend = text_starts(at, " spent") || unit_is_currency(reading->unit);
    reading->kind = spend ? READING_SPEND : READING_QUOTA;
    reading->limit = limit.amount;
  } else if (!text_starts(at, " used") && !text_starts(at, " spent")) {
    return false;
  } else {
    bool percent = text_eq(first->unit, "%");
    reading->kind = percent ? READING_QUOTA : READING_SPEND;
    if (percent) reading->limit = amount_of(100 * MONEY_NANO);
  }
  reading->used = first->amount;
  return true;
}

/* What stands behind an amount and changes nothing: " available", " (noted 2026-01-20)". */
static bool is_trimmings(const char *at) {
  (void)(take(&at, " available") || take(&at, " left"));
  return *at == '\0' || (text_starts(at, " (") && at[strlen(at) - 1] == ')');
}

static bool read_value(const char *at, struct reading *reading) {
  struct read_amount first;
  if (read_unknown(at, reading)) return true;
  reading->estimated = take(&at, "≈ ");
  if (!take_amount(&at, &first)) return false;
  reading->estimated = reading->estimated || first.tiny;
  memcpy(reading->unit, first.unit, sizeof first.unit);
  if (is_trimmings(at)) {
    reading->available = first.amount;
    return true;
  }
  return read_spend(at, &first, reading);
}

/* "Kimi: $12.34"; a label may hold ": " too, and so may the reason of a failure. */
static bool read_short(const char *at, struct log_import *out) {
  const struct reading empty = out->reading;
  for (const char *colon = strstr(at, ": "); colon != NULL; colon = strstr(colon + 1, ": ")) {
    out->reading = empty;
    if (!read_value(colon + 2, &out->reading)) continue;
    return text_fmt(out->label, sizeof out->label, "%.*s", (int)(colon - at), at) && out->label[0] != '\0';
  }
  return false;
}

static bool read_field(const char *at, struct reading *reading) {
  struct read_amount value;
  struct amount *field = NULL;
  if (take(&at, "Available: "))
    field = &reading->available;
  else if (take(&at, "Voucher: "))
    field = &reading->voucher;
  else if (take(&at, "Cash: "))
    field = &reading->cash;
  else if (take(&at, "Used: "))
    field = &reading->used;
  else if (take(&at, "Limit: "))
    field = &reading->limit;
  else
    return read_unknown(at, reading);
  if (field == &reading->available && read_unknown(at, reading)) return true;
  bool estimated = take(&at, "≈ ");
  if (!take_amount(&at, &value) || !is_trimmings(at)) return false;
  reading->estimated = reading->estimated || estimated || value.tiny;
  if (value.unit[0] != '\0') memcpy(reading->unit, value.unit, sizeof value.unit);
  *field = value.amount;
  return true;
}

/* "Available: $12.34 | Voucher: $3.45 | Cash: $8.89" */
static bool read_detailed(const char *at, struct reading *reading) {
  char field[LINE_MAX_BYTES];
  for (;;) {
    const char *bar = strstr(at, " | ");
    size_t length = bar != NULL ? (size_t)(bar - at) : strlen(at);
    if (!text_fmt(field, sizeof field, "%.*s", (int)length, at) || !read_field(field, reading)) return false;
    if (bar == NULL) break;
    at = bar + 3;
  }
  bool quota = reading->limit.known && !unit_is_currency(reading->unit);
  if (reading->used.known && !reading->available.known) reading->kind = quota ? READING_QUOTA : READING_SPEND;
  return !reading_is_known(reading) || reading->available.known || reading->used.known;
}

enum log_import_kind log_import_line(const char *line, struct log_import *out) {
  char copy[LINE_MAX_BYTES];
  struct log_import read = {0};
  const char *at = copy;
  if (text_is_blank(line)) return LOG_IMPORT_NOTHING;
  if (!text_copy(copy, sizeof copy, line)) return LOG_IMPORT_STRANGE;
  for (size_t length = strlen(copy); length > 0 && strchr(" \t\r", copy[length - 1]) != NULL; length--) {
    copy[length - 1] = '\0';
  }
  bool bracket = take(&at, "[");
  if (!take_time(&at, &read.reading.time_ms)) return LOG_IMPORT_STRANGE;
  read.reading.asked_ms = read.reading.time_ms;
  if (!take(&at, bracket ? "] " : " | ")) return LOG_IMPORT_STRANGE;
  if (text_ends(at, " (simulated)")) return LOG_IMPORT_NOTHING;
  if (bracket && (text_starts(at, "POSTED: ") || text_starts(at, "ALERT: "))) return LOG_IMPORT_NOTHING;
  if (!(bracket ? read_short(at, &read) : read_detailed(at, &read.reading))) return LOG_IMPORT_STRANGE;
  *out = read;
  return LOG_IMPORT_READING;
}
