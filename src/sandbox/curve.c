#include "sandbox/curve.h"

#include "lowtide/zone.h"

#define BEGIN_MS 1735689600000LL /* 2025-01-01T00:00:00Z, a Wednesday */
#define WEEK_HOURS 168
#define FIRST_HOUR 72 /* of a week that begins on Sunday */
#define WEIGHT_SCALE 1000
#define DAY_WEIGHT 374 /* of an average day: a seventh of a week's */

static const int hour_weights[24] = {2, 1, 1, 1, 1, 2, 4, 6, 9, 11, 12, 12, 10, 11, 12, 12, 11, 9, 7, 6, 5, 4, 3, 2};

/* splitmix64 */
static uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

static int64_t weight_of(int64_t hour) {
  int64_t of_week = (hour + FIRST_HOUR) % WEEK_HOURS;
  int64_t day = of_week / 24;
  return (day == 0 || day == 6 ? 1 : 3) * hour_weights[of_week % 24];
}

/* What was spent up to the beginning of an hour, in thousandths of a weight. Chance moves a part of the hour's own spending
 * before its beginning: hours differ, and the sum never falls. */
static int64_t spent_before(uint64_t seed, int64_t hour) {
  int64_t week = 0;
  int64_t part = 0;
  for (int64_t i = 0; i < WEEK_HOURS; i++) {
    week += weight_of(i);
    if (i < hour % WEEK_HOURS) part += weight_of(i);
  }
  int64_t early = (int64_t)(mix(seed ^ (uint64_t)hour) % (uint64_t)(WEIGHT_SCALE * weight_of(hour)));
  return WEIGHT_SCALE * (hour / WEEK_HOURS * week + part) + early;
}

struct curve_point curve_at(const struct curve *curve, uint64_t seed, int64_t time_ms) {
  int64_t since_ms = time_ms > BEGIN_MS ? time_ms - BEGIN_MS : 0;
  int64_t hour = since_ms / HOUR_MS;
  int64_t before = spent_before(seed, hour);
  int64_t spent = before + (spent_before(seed, hour + 1) - before) * (since_ms % HOUR_MS) / HOUR_MS;
  int64_t unit_nano = curve->day_nano / (DAY_WEIGHT * WEIGHT_SCALE);
  int64_t phase_nano = (int64_t)(mix(~seed) % (uint64_t)curve->topup_nano);

  int64_t used_nano = phase_nano + spent * unit_nano;
  used_nano -= used_nano % curve->step_nano;
  int64_t bought_nano = curve->floor_nano + (used_nano / curve->topup_nano + 1) * curve->topup_nano;
  return (struct curve_point){.balance_nano = bought_nano - used_nano, .used_nano = used_nano, .bought_nano = bought_nano};
}
