#include <stdio.h>
#include <string.h>

#include "lowtide/text.h"
#include "lowtide/zone.h"

void time_print(char out[static ZONE_TIME_TEXT_MAX], const struct zone *zone, int64_t ms) {
  struct local_time t = zone_local(zone, ms);
  (void)text_fmt(out, ZONE_TIME_TEXT_MAX, "%04d-%02d-%02d %02d:%02d:%02d", t.year, t.month, t.day, t.hour, t.minute,
                 t.second);
}

void time_print_minute(char out[static ZONE_TIME_TEXT_MAX], const struct zone *zone, int64_t ms) {
  struct local_time t = zone_local(zone, ms);
  (void)text_fmt(out, ZONE_TIME_TEXT_MAX, "%04d-%02d-%02d %02d:%02d", t.year, t.month, t.day, t.hour, t.minute);
}

void time_print_rfc3339(char out[static ZONE_TIME_TEXT_MAX], int64_t ms) {
  struct local_time t = zone_local(NULL, ms);
  int fraction = (int)((ms % 1000 + 1000) % 1000);
  char fraction_text[8] = "";
  if (fraction != 0) (void)text_fmt(fraction_text, sizeof fraction_text, ".%03d", fraction);
  (void)text_fmt(out, ZONE_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", t.year, t.month, t.day, t.hour, t.minute,
                 t.second, fraction_text);
}

static bool take_digits(const char **p, int count, int high, int *out) {
  int value = 0;
  for (int i = 0; i < count; i++) {
    char c = *(*p);
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
    (*p)++;
  }
  *out = value;
  return value <= high;
}

static bool take_any(const char **p, const char *set) {
  if (**p == '\0' || strchr(set, **p) == NULL) return false;
  (*p)++;
  return true;
}

static bool take_date(const char **p, int64_t *days) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take_digits(p, 4, 9999, &year) || !take_any(p, "-") || !take_digits(p, 2, 12, &month) || !take_any(p, "-") ||
      !take_digits(p, 2, 31, &day)) {
    return false;
  }
  *days = date_to_days(year, month, day);
  int month_back = 0;
  int day_back = 0;
  date_of_days(*days, &year, &month_back, &day_back);
  return month_back == month && day_back == day && month > 0;
}

/* Milliseconds are kept, what is finer is cut off. */
static bool take_fraction(const char **p, int64_t *ms) {
  int64_t scale = 100;
  const char *start = *p;
  *ms = 0;
  for (; **p >= '0' && **p <= '9'; (*p)++) {
    *ms += (**p - '0') * scale;
    scale /= 10;
  }
  return *p > start;
}

/* Second 60 is a leap second: the instant after 59. */
static bool take_clock(const char **p, int64_t *ms) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  int64_t fraction = 0;
  if (!take_digits(p, 2, 23, &hour) || !take_any(p, ":") || !take_digits(p, 2, 59, &minute) || !take_any(p, ":") ||
      !take_digits(p, 2, 60, &second)) {
    return false;
  }
  if (take_any(p, ".") && !take_fraction(p, &fraction)) return false;
  *ms = hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + fraction;
  return true;
}

/* "Z", "+00", "+05:30", "+0530", or nothing. */
static bool take_offset(const char **p, int64_t *ms) {
  int hour = 0;
  int minute = 0;
  *ms = 0;
  if (**p == '\0' || take_any(p, "Zz")) return true;
  bool west = **p == '-';
  if (!take_any(p, "+-") || !take_digits(p, 2, 23, &hour)) return false;
  bool colon = take_any(p, ":");
  if ((colon || **p != '\0') && !take_digits(p, 2, 59, &minute)) return false;
  *ms = (hour * 60 + minute) * 60000LL * (west ? -1 : 1);
  return true;
}

static bool parse(const char *p, int64_t *ms) {
  int64_t days = 0;
  int64_t clock_ms = 0;
  int64_t offset_ms = 0;
  if (!take_date(&p, &days)) return false;
  if (*p != '\0' && (!take_any(&p, "Tt ") || !take_clock(&p, &clock_ms) || !take_offset(&p, &offset_ms))) return false;
  if (*p != '\0') return false;
  *ms = days * DAY_MS + clock_ms - offset_ms;
  return true;
}

bool time_parse(const char *text, int64_t *ms, struct err *err) {
  if (parse(text, ms)) return true;
  char shown[41];
  text_clean(shown, sizeof shown, text);
  err_set(err, ERR_MALFORMED, "\"%s\" is not a time", shown);
  return err_hint(err, "write it as 2026-01-29T09:00:00Z or 2026-01-29");
}
