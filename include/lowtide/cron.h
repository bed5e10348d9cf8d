/* cron: when something is due. Five fields with lists, ranges, steps and names, `@hourly @daily @weekly @monthly @yearly`,
 * `@every 30m` (1 s at least, counted from midnight 1970 UTC so that every process agrees on its slots). */
#ifndef LOWTIDE_CRON_H
#define LOWTIDE_CRON_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/err.h"
#include "lowtide/zone.h"

struct cron {
  int64_t every_ms; /* 0: the fields count */
  uint64_t minutes; /* bit n: minute n */
  uint32_t hours;
  uint32_t days;     /* bits 1 to 31 */
  uint32_t months;   /* bits 1 to 12 */
  uint32_t weekdays; /* bits 0 to 6 */
  bool any_day;      /* the day field was * : if neither is, either may match, as in cron */
  bool any_weekday;
  bool any_hour; /* the hour field was * or a step over all: follows elapsed time through DST */
};

bool cron_parse(const char *text, struct cron *out, struct err *err) MUST_CHECK;

/* The first slot strictly after after_ms; 0 if there is none within five years ("0 0 30 2 *"). DST: a schedule with fixed
 * hours runs once by local date (in the skipped hour: at its end; in the repeated one: the first time), one with any hour
 * follows elapsed time. */
int64_t cron_next(const struct cron *cron, const struct zone *zone, int64_t after_ms);

/* The last slot at or before at_ms; 0 if there is none within five years. */
int64_t cron_previous(const struct cron *cron, const struct zone *zone, int64_t at_ms);

/* "every hour on the hour", "every 6 hours", "daily at 09:00": words that follow "Runs ", without the zone; the cron text
 * itself where nothing nicer is true. */
void cron_describe(const struct cron *cron, const char *text, char *out, size_t size);

#endif
