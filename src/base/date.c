#include "lowtide/zone.h"

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years start in March, so that the leap day is last. */
#define ERA_YEARS 400
#define ERA_DAYS 146097
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

static int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

int64_t date_to_days(int year, int month, int day) {
  int64_t y = (int64_t)year - (month <= 2 ? 1 : 0);
  int64_t era = floor_div(y, ERA_YEARS);
  int64_t year_of_era = y - era * ERA_YEARS;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * ERA_DAYS + day_of_era - DAYS_TO_1970;
}

void date_of_days(int64_t days, int *year, int *month, int *day) {
  int64_t z = days + DAYS_TO_1970;
  int64_t era = floor_div(z, ERA_DAYS);
  int64_t day_of_era = z - era * ERA_DAYS;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t march_month = (5 * day_of_year + 2) / 153;
  *day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
  *month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
  *year = (int)(year_of_era + era * ERA_YEARS + (*month <= 2 ? 1 : 0));
}

int date_weekday(int64_t days) {
  static const int thursday = 4; /* 1970-01-01 */
  return (int)(((days + thursday) % 7 + 7) % 7);
}

const char *date_month_name(int month) {
  static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return names[month - 1];
}

const char *date_weekday_name(int weekday) {
  static const char *const names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  return names[weekday];
}
