/* Forecasts of when simulated accounts are empty, ours and others, side by side. Header only.
 *
 * The rivals are the two straight lines that a person would draw, each in its two readings, of which the better one counts:
 * the line of least squares down to zero, or only its slope, going on from the newest amount. The oracle knows what is
 * expected of each hour, and only not the chance in it: nobody can do much better. */
#ifndef LOWTIDE_TESTS_FAKE_FORECASTS_H
#define LOWTIDE_TESTS_FAKE_FORECASTS_H

#include <stdlib.h>

#include "fake/spending.h"
#include "lowtide/runway.h"

#define FORECAST_FAR_H (60 * 24.0)

enum forecaster {
  FORECAST_OURS,
  FORECAST_DAY_FIT,
  FORECAST_DAY_SLOPE,
  FORECAST_ALL_FIT,
  FORECAST_ALL_SLOPE,
  FORECAST_ORACLE,
  FORECASTERS
};

static const int forecast_horizons[] = {7, 3, 1};
#define FORECAST_HORIZONS 3

/* Hours from the newest reading. */
struct forecast {
  double hours[FORECASTERS];
  struct runway runway;
  double true_hours;
};

struct forecast_line {
  double slope; /* dollars an hour, falling is positive */
  double zero;  /* hours from the newest point */
};

/* Through the readings from the hour on. */
static struct forecast_line forecast_fit(const struct spending *s, int from, int until) {
  double n = 0;
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  for (int hour = from; hour <= until; hour++) {
    struct reading reading;
    if (!spending_reading(s, hour, &reading) || !reading.available.known) continue;
    double at = hour - until;
    double left = (double)reading.available.nano / 1e9;
    n += 1;
    x += at;
    y += left;
    xx += at * at;
    xy += at * left;
  }
  struct forecast_line line = {0, FORECAST_FAR_H};
  if (n * xx - x * x <= 0) return line;
  double slope = (n * xy - x * y) / (n * xx - x * x);
  line.slope = -slope;
  if (slope < 0) line.zero = (y - slope * x) / n / -slope;
  return line;
}

static double forecast_bounded(double hours) {
  return hours >= 0 ? (hours < FORECAST_FAR_H ? hours : FORECAST_FAR_H) : 0;
}

static void forecast_lines(const struct spending *s, int now, double left, struct forecast *out) {
  int cut = 0;
  for (int i = 0; i < s->topups; i++) {
    if (s->topup_hour[i] <= now && s->topup_hour[i] > cut) cut = s->topup_hour[i];
  }
  int day = now - 24 > cut ? now - 24 : cut;
  struct forecast_line lines[] = {forecast_fit(s, day, now), forecast_fit(s, cut, now)};
  for (int i = 0; i < 2; i++) {
    out->hours[FORECAST_DAY_FIT + 2 * i] = forecast_bounded(lines[i].zero);
    out->hours[FORECAST_DAY_SLOPE + 2 * i] = lines[i].slope > 0 ? forecast_bounded(left / lines[i].slope) : FORECAST_FAR_H;
  }
}

static double forecast_oracle(const struct spending *s, int now, double left) {
  int hour = now;
  while (hour < SPENDING_HOURS_MAX - 1 && left > s->expected[hour])
    left -= s->expected[hour++];
  return hour - now + left / s->expected[hour];
}

/* The newest hour at or before `hour` at which a reading was good; -1 if there is none. */
static SPENDING_UNUSED int forecast_hour(const struct spending *s, int hour) {
  struct reading reading;
  while (hour >= 0 && !(spending_reading(s, hour, &reading) && reading.available.known))
    hour--;
  return hour;
}

/* trend has seen all readings up to that hour, which is one of a good reading. */
static SPENDING_UNUSED struct forecast forecast_at(const struct spending *s, const struct trend *trend, int hour) {
  struct forecast forecast = {0};
  struct reading reading = {0};
  (void)spending_reading(s, hour, &reading);
  double left = (double)reading.available.nano / 1e9;
  forecast.true_hours = (double)(s->dry_ms - reading.time_ms) / 3.6e6;
  forecast.runway = runway_of(trend, reading.time_ms, 0);
  bool known = forecast.runway.state == RUNWAY_KNOWN;
  forecast.hours[FORECAST_OURS] = known ? forecast_bounded((double)forecast.runway.runway_ms / 3.6e6) : FORECAST_FAR_H;
  forecast_lines(s, hour, left, &forecast);
  forecast.hours[FORECAST_ORACLE] = forecast_oracle(s, hour, left);
  return forecast;
}

/* --- many of them -------------------------------------------------------------------------------------------------- */

struct forecast_score {
  double median[FORECASTERS]; /* hours by which the dry date is missed */
  int histories;
  int known;  /* ours said something */
  int inside; /* of these, the truth was between low and high */
};

static int forecast_compare(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

static double forecast_median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, forecast_compare);
  return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void forecast_history(enum spending_kind kind, uint64_t seed, struct forecast at[FORECAST_HORIZONS]) {
  struct spending *s = spending_new(kind, seed);
  struct trend trend = {0};
  int hour = 0;
  for (int i = 0; i < FORECAST_HORIZONS; i++) {
    int until = forecast_hour(s, (int)((s->dry_ms - s->begin_ms) / HOUR_MS) - 24 * forecast_horizons[i]);
    for (; hour <= until; hour++) {
      struct reading reading;
      if (spending_reading(s, hour, &reading)) trend_update(&trend, &reading);
    }
    at[i] = forecast_at(s, &trend, until);
  }
  free(s);
}

/* The seeds are first, first + 1, … */
static SPENDING_UNUSED void forecast_race(enum spending_kind kind, uint64_t first, int count,
                                          struct forecast_score scores[FORECAST_HORIZONS]) {
  double *errors = calloc((size_t)count * FORECAST_HORIZONS * FORECASTERS, sizeof *errors);
  if (errors == NULL) abort();
  for (int h = 0; h < FORECAST_HORIZONS; h++)
    scores[h] = (struct forecast_score){.histories = count};
  for (int n = 0; n < count; n++) {
    struct forecast at[FORECAST_HORIZONS];
    forecast_history(kind, first + (uint64_t)n, at);
    for (int h = 0; h < FORECAST_HORIZONS; h++) {
      for (int f = 0; f < FORECASTERS; f++)
        errors[(h * FORECASTERS + f) * count + n] = fabs(at[h].hours[f] - at[h].true_hours);
      if (at[h].runway.state != RUNWAY_KNOWN) continue;
      scores[h].known++;
      double low = (double)at[h].runway.low_ms / 3.6e6;
      double high = (double)at[h].runway.high_ms / 3.6e6;
      if (at[h].true_hours >= low && at[h].true_hours <= high) scores[h].inside++;
    }
  }
  for (int h = 0; h < FORECAST_HORIZONS; h++) {
    struct forecast_score *score = &scores[h];
    for (int f = 0; f < FORECASTERS; f++)
      score->median[f] = forecast_median(&errors[(h * FORECASTERS + f) * count], count);
  }
  free(errors);
}

/* --- what is claimed in a young history ------------------------------------------------------------------------------ */

/* Up to so many hours after the first reading. */
static const int claim_ages_h[] = {12, 24, 48, 96, 168, 336};
#define CLAIM_AGES 6

struct claims {
  int asked;
  int told;
  int inside;
  int wild; /* wrong by more than twice */
};

/* Asks each history without top-ups every six hours. */
static SPENDING_UNUSED void forecast_claims(enum spending_kind kind, uint64_t seed, struct claims claims[CLAIM_AGES]) {
  struct spending *s = spending_new(kind, seed);
  struct trend trend = {0};
  int age = 0;
  for (int hour = 0; s->topups == 0 && hour <= s->hours && age < CLAIM_AGES; hour++) {
    struct reading reading;
    if (!spending_reading(s, hour, &reading)) continue;
    trend_update(&trend, &reading);
    if (hour > claim_ages_h[age]) age++;
    if (hour % 6 != 0 || age == CLAIM_AGES) continue;
    struct runway runway = runway_of(&trend, reading.time_ms, 0);
    int64_t truth_ms = s->dry_ms - reading.time_ms;
    claims[age].asked++;
    if (runway.state != RUNWAY_KNOWN || runway.runway_ms >= RUNWAY_TOLD_MS) continue;
    claims[age].told++;
    claims[age].inside += runway.low_ms <= truth_ms && truth_ms <= runway.high_ms;
    claims[age].wild += runway.runway_ms > 2 * truth_ms || truth_ms > 2 * runway.runway_ms;
  }
  free(s);
}

#endif
