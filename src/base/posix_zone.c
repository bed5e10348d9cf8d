#include "base/posix_zone.h"

#include "lowtide/zone.h"

#define DAY_S 86400
#define HOUR_S 3600

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool take_number(const char **p, int low, int high, int *out) {
  int value = 0;
  const char *start = *p;
  while (is_digit(**p) && value <= high)
    value = value * 10 + (*(*p)++ - '0');
  if (*p == start || value < low || value > high) return false;
  *out = value;
  return true;
}

static bool take_char(const char **p, char c) {
  if (**p != c) return false;
  (*p)++;
  return true;
}

/* "CET" or "<+0330>" */
static bool take_name(const char **p) {
  const char *start = *p;
  if (take_char(p, '<')) {
    while (is_letter(**p) || is_digit(**p) || **p == '+' || **p == '-')
      (*p)++;
    return *p - start > 3 && take_char(p, '>');
  }
  while (is_letter(**p))
    (*p)++;
  return *p - start >= 3;
}

/* "[+-]hh[:mm[:ss]]" */
static bool take_clock(const char **p, int hours_max, int32_t *seconds) {
  bool negative = **p == '-';
  int hours = 0;
  int parts[2] = {0, 0};
  if (**p == '-' || **p == '+') (*p)++;
  if (!take_number(p, 0, hours_max, &hours)) return false;
  for (int i = 0; i < 2 && take_char(p, ':'); i++) {
    if (!take_number(p, 0, 59, &parts[i])) return false;
  }
  int32_t total = hours * HOUR_S + parts[0] * 60 + parts[1];
  *seconds = negative ? -total : total;
  return true;
}

static bool take_day(const char **p, struct posix_change *out) {
  if (take_char(p, 'J')) {
    out->form = POSIX_JULIAN;
    return take_number(p, 1, 365, &out->day);
  }
  if (take_char(p, 'M')) {
    out->form = POSIX_WEEK;
    return take_number(p, 1, 12, &out->month) && take_char(p, '.') && take_number(p, 1, 5, &out->week) &&
           take_char(p, '.') && take_number(p, 0, 6, &out->day);
  }
  out->form = POSIX_DAY;
  return take_number(p, 0, 365, &out->day);
}

static bool take_change(const char **p, struct posix_change *out) {
  out->time_s = 2 * HOUR_S;
  if (!take_char(p, ',') || !take_day(p, out)) return false;
  return !take_char(p, '/') || take_clock(p, 167, &out->time_s);
}

bool posix_zone_parse(const char *text, struct posix_zone *out) {
  struct posix_zone zone = {0};
  const char *p = text;
  int32_t west_s = 0;
  if (!take_name(&p) || !take_clock(&p, 24, &west_s)) return false;
  zone.standard_s = -west_s;
  if (*p != '\0') {
    if (!take_name(&p)) return false;
    zone.has_summer = true;
    zone.summer_s = zone.standard_s + HOUR_S;
    if (*p != ',') {
      if (!take_clock(&p, 24, &west_s)) return false;
      zone.summer_s = -west_s;
    }
    if (!take_change(&p, &zone.to_summer) || !take_change(&p, &zone.to_standard)) return false;
  }
  if (*p != '\0') return false;
  *out = zone;
  return true;
}

static int64_t day_of_week_form(const struct posix_change *change, int year) {
  int64_t first = date_to_days(year, change->month, 1);
  int64_t next_month = change->month == 12 ? date_to_days(year + 1, 1, 1) : date_to_days(year, change->month + 1, 1);
  int64_t day = first + (change->day - date_weekday(first) + 7) % 7 + 7 * (change->week - 1);
  return day < next_month ? day : day - 7;
}

static int64_t change_day(const struct posix_change *change, int year) {
  int64_t new_year = date_to_days(year, 1, 1);
  switch (change->form) {
  case POSIX_JULIAN: {
    bool leap = date_to_days(year + 1, 1, 1) - new_year == 366;
    return new_year + change->day - 1 + (leap && change->day >= 60 ? 1 : 0);
  }
  case POSIX_DAY: return new_year + change->day;
  case POSIX_WEEK: break;
  }
  return day_of_week_form(change, year);
}

int64_t posix_zone_to_summer(const struct posix_zone *zone, int year) {
  return change_day(&zone->to_summer, year) * DAY_S + zone->to_summer.time_s - zone->standard_s;
}

int64_t posix_zone_to_standard(const struct posix_zone *zone, int year) {
  return change_day(&zone->to_standard, year) * DAY_S + zone->to_standard.time_s - zone->summer_s;
}
