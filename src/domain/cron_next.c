#include "lowtide/cron.h"

#define HOUR_MINUTES 60
#define DAY_MINUTES 1440LL
#define HORIZON_DAYS (5 * 366)
#define HORIZON_MS (HORIZON_DAYS * DAY_MS)
/* No zone's clock is further from UTC. */
#define OFFSET_MS_LARGEST (26 * HOUR_MS)

static int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

static bool matches_day(const struct cron *cron, int64_t days) {
  int year = 0;
  int month = 0;
  int day = 0;
  date_of_days(days, &year, &month, &day);
  if ((cron->months >> month & 1U) == 0) return false;
  bool by_day = (cron->days >> day & 1U) != 0;
  bool by_weekday = (cron->weekdays >> date_weekday(days) & 1U) != 0;
  return cron->any_day || cron->any_weekday ? by_day && by_weekday : by_day || by_weekday;
}

/* The lowest bit at or above from, the highest at or below; -1 if there is none. */
static int bit_up(uint64_t bits, int from) {
  uint64_t above = from < 64 ? bits >> from << from : 0;
  return above != 0 ? __builtin_ctzll(above) : -1;
}

static int bit_down(uint64_t bits, int from) {
  uint64_t below = from >= 0 ? bits & (UINT64_MAX >> (63 - from)) : 0;
  return below != 0 ? 63 - __builtin_clzll(below) : -1;
}

/* Minutes of the day, at or after / at or before that one; -1 if there is none. */
static int minute_up(const struct cron *cron, int from) {
  int hour = bit_up(cron->hours, from / HOUR_MINUTES);
  if (hour < 0) return -1;
  int minute = bit_up(cron->minutes, hour == from / HOUR_MINUTES ? from % HOUR_MINUTES : 0);
  if (minute >= 0) return hour * HOUR_MINUTES + minute;
  hour = bit_up(cron->hours, hour + 1);
  return hour < 0 ? -1 : hour * HOUR_MINUTES + bit_up(cron->minutes, 0);
}

static int minute_down(const struct cron *cron, int from) {
  int hour = bit_down(cron->hours, from / HOUR_MINUTES);
  if (hour < 0) return -1;
  int minute = bit_down(cron->minutes, hour == from / HOUR_MINUTES ? from % HOUR_MINUTES : HOUR_MINUTES - 1);
  if (minute >= 0) return hour * HOUR_MINUTES + minute;
  hour = bit_down(cron->hours, hour - 1);
  return hour < 0 ? -1 : hour * HOUR_MINUTES + bit_down(cron->minutes, HOUR_MINUTES - 1);
}

/* --- on the local clock, in ms since 1970-01-01 00:00 local ----------------------------------------------------------- */

/* The first matching minute at or after from, before until. */
static bool local_up(const struct cron *cron, int64_t from_ms, int64_t until_ms, int64_t *out_ms) {
  int64_t from = floor_div(from_ms + MINUTE_MS - 1, MINUTE_MS);
  int64_t first_day = floor_div(from, DAY_MINUTES);
  for (int64_t day = first_day; day < first_day + HORIZON_DAYS && day * DAY_MS < until_ms; day++) {
    if (!matches_day(cron, day)) continue;
    int minute = minute_up(cron, day == first_day ? (int)(from - day * DAY_MINUTES) : 0);
    if (minute < 0) continue;
    int64_t found_ms = (day * DAY_MINUTES + minute) * MINUTE_MS;
    if (found_ms >= until_ms) return false;
    *out_ms = found_ms;
    return true;
  }
  return false;
}

/* The last matching minute at or before at, not before from. */
static bool local_down(const struct cron *cron, int64_t at_ms, int64_t from_ms, int64_t *out_ms) {
  int64_t at = floor_div(at_ms, MINUTE_MS);
  int64_t last_day = floor_div(at, DAY_MINUTES);
  for (int64_t day = last_day; day > last_day - HORIZON_DAYS && (day + 1) * DAY_MS > from_ms; day--) {
    if (!matches_day(cron, day)) continue;
    int minute = minute_down(cron, day == last_day ? (int)(at - day * DAY_MINUTES) : (int)DAY_MINUTES - 1);
    if (minute < 0) continue;
    int64_t found_ms = (day * DAY_MINUTES + minute) * MINUTE_MS;
    if (found_ms < from_ms) return false;
    *out_ms = found_ms;
    return true;
  }
  return false;
}

/* --- any hour: each stretch of one offset has its own slots ----------------------------------------------------------- */

static int64_t next_elapsed(const struct cron *cron, const struct zone *zone, int64_t after_ms) {
  int64_t from_ms = after_ms + 1;
  int64_t horizon_ms = after_ms + HORIZON_MS;
  while (from_ms < horizon_ms) {
    struct zone_span span = zone_span(zone, from_ms);
    int64_t until_ms = span.until_ms < horizon_ms ? span.until_ms : horizon_ms;
    int64_t offset_ms = span.offset_s * 1000LL;
    int64_t found_ms = 0;
    if (local_up(cron, from_ms + offset_ms, until_ms + offset_ms, &found_ms)) return found_ms - offset_ms;
    from_ms = until_ms;
  }
  return 0;
}

static int64_t previous_elapsed(const struct cron *cron, const struct zone *zone, int64_t at_ms) {
  int64_t until_ms = at_ms;
  int64_t horizon_ms = at_ms - HORIZON_MS;
  while (until_ms > horizon_ms) {
    struct zone_span span = zone_span(zone, until_ms);
    int64_t from_ms = span.from_ms > horizon_ms ? span.from_ms : horizon_ms;
    int64_t offset_ms = span.offset_s * 1000LL;
    int64_t found_ms = 0;
    if (local_down(cron, until_ms + offset_ms, from_ms + offset_ms, &found_ms)) return found_ms - offset_ms;
    until_ms = from_ms - 1;
  }
  return 0;
}

/* --- fixed hours: a local minute counts when the local clock first reaches or passes it ---------------------------- */

/* The furthest that the local clock has come by then. */
static int64_t local_reached_ms(const struct zone *zone, int64_t at_ms) {
  struct zone_span span = zone_span(zone, at_ms);
  int64_t reached_ms = at_ms + span.offset_s * 1000LL;
  while (span.from_ms > at_ms - OFFSET_MS_LARGEST) {
    int64_t end_ms = span.from_ms - 1;
    span = zone_span(zone, end_ms);
    int64_t ended_ms = end_ms + span.offset_s * 1000LL;
    if (ended_ms > reached_ms) reached_ms = ended_ms;
  }
  return reached_ms;
}

static int64_t instant_of(const struct zone *zone, int64_t local_ms) {
  struct local_time local = zone_local(NULL, local_ms);
  return zone_instant(zone, local, NULL);
}

int64_t cron_next(const struct cron *cron, const struct zone *zone, int64_t after_ms) {
  if (cron->every_ms > 0) return (floor_div(after_ms, cron->every_ms) + 1) * cron->every_ms;
  if (cron->any_hour) return next_elapsed(cron, zone, after_ms);
  int64_t found_ms = 0;
  if (!local_up(cron, local_reached_ms(zone, after_ms) + 1, INT64_MAX, &found_ms)) return 0;
  return instant_of(zone, found_ms);
}

int64_t cron_previous(const struct cron *cron, const struct zone *zone, int64_t at_ms) {
  if (cron->every_ms > 0) return floor_div(at_ms, cron->every_ms) * cron->every_ms;
  if (cron->any_hour) return previous_elapsed(cron, zone, at_ms);
  int64_t found_ms = 0;
  if (!local_down(cron, local_reached_ms(zone, at_ms), INT64_MIN, &found_ms)) return 0;
  return instant_of(zone, found_ms);
}
