/* posix_zone: the rule at a TZif file's end, "CET-1CEST,M3.5.0,M10.5.0/3", for all time after its last listed change. */
#ifndef LOWTIDE_BASE_POSIX_ZONE_H
#define LOWTIDE_BASE_POSIX_ZONE_H

#include <stdbool.h>
#include <stdint.h>

enum posix_form {
  POSIX_JULIAN, /* J60: day 1 to 365, without the leap day */
  POSIX_DAY,    /* 59: day 0 to 365 */
  POSIX_WEEK    /* M3.5.0: month, week (5 is the last), weekday */
};

struct posix_change {
  enum posix_form form;
  int month;
  int week;
  int day;
  int32_t time_s; /* of the local clock before the change; -167 h to 167 h */
};

struct posix_zone {
  int32_t standard_s;
  bool has_summer;
  int32_t summer_s;
  struct posix_change to_summer;
  struct posix_change to_standard;
};

/* The whole text must be the rule. */
bool posix_zone_parse(const char *text, struct posix_zone *out);

/* The year's two changes, as seconds UTC. Needs has_summer. */
int64_t posix_zone_to_summer(const struct posix_zone *zone, int year);
int64_t posix_zone_to_standard(const struct posix_zone *zone, int year);

#endif
