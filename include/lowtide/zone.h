/* zone: wall-clock times. Instants are int64 milliseconds UTC since 1970 (`…_ms`); a zone turns them into a local date
 * and back. Zones are read from the system's IANA database, are immutable, and may be used from every thread. */
#ifndef LOWTIDE_ZONE_H
#define LOWTIDE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/err.h"

#define ZONE_TIME_TEXT_MAX 40

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS) /* of a clock that is not moved; a local day may be longer or shorter */

struct zone; /* opaque */

struct local_time {
  int year;    /* 2026 */
  int month;   /* 1 to 12 */
  int day;     /* 1 to 31 */
  int hour;    /* 0 to 23 */
  int minute;  /* 0 to 59 */
  int second;  /* 0 to 59 */
  int weekday; /* 0 is Sunday */
};

/* "UTC", "Europe/Berlin". An unknown name is ERR_CONFIG with the nearest hint there is. Free with zone_free. */
struct zone *zone_new(const char *name, struct err *err) MUST_CHECK;
void zone_free(struct zone *zone);
const char *zone_name(const struct zone *zone);

/* NULL stands for UTC in all of these. */
struct local_time zone_local(const struct zone *zone, int64_t ms);

/* The stretch of time around an instant in which the offset stays the same: from_ms <= ms < until_ms. Neighbours may have
 * the same offset. Without a change on that side it is millions of years long. */
struct zone_span {
  int64_t from_ms;
  int64_t until_ms;
  int32_t offset_s;
};
struct zone_span zone_span(const struct zone *zone, int64_t ms);

/* The instant of a local time. A time that DST skips maps to the first instant after the gap and *skipped is true; one
 * that comes twice maps to the earlier. skipped may be NULL. */
int64_t zone_instant(const struct zone *zone, struct local_time local, bool *skipped);

/* Days since 1970-01-01 of a proleptic Gregorian date, and back; 0 is Sunday. */
int64_t date_to_days(int year, int month, int day);
void date_of_days(int64_t days, int *year, int *month, int *day);
int date_weekday(int64_t days);

/* Of a struct local_time: "Jan", "Sun". */
const char *date_month_name(int month);
const char *date_weekday_name(int weekday);

/* "2026-01-29 09:00:00" in the zone; "2026-01-29T09:00:00Z" (always UTC, milliseconds only where they are not zero). */
void time_print(char out[static ZONE_TIME_TEXT_MAX], const struct zone *zone, int64_t ms);
void time_print_minute(char out[static ZONE_TIME_TEXT_MAX], const struct zone *zone, int64_t ms); /* 2026-01-29 09:00 */
void time_print_rfc3339(char out[static ZONE_TIME_TEXT_MAX], int64_t ms);

/* RFC 3339, "2026-01-29 09:00:00[.123456][+00[:00]]" (without an offset: UTC), or "2026-01-29" (midnight UTC). */
bool time_parse(const char *text, int64_t *ms, struct err *err) MUST_CHECK;

#endif
