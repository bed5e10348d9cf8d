/* Spending histories whose end is known: what an account of some kind spends hour by hour, its top-ups, and what an hourly
 * look at it would read, up to the moment at which it is empty. The same seed gives the same history on every machine of
 * one kind. Header only; nothing but the C library.
 *
 *     struct spending *history = spending_new(SPENDING_BURSTY, seed);
 *     for (int hour = 0; hour <= history->hours; hour++) {
 *       struct reading reading;
 *       if (spending_reading(history, hour, &reading)) …  false: nobody looked at that hour; the reading may be unknown
 *     }
 *     history->dry_ms is when it was empty
 *     free(history);
 */
#ifndef LOWTIDE_TESTS_FAKE_SPENDING_H
#define LOWTIDE_TESTS_FAKE_SPENDING_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "lowtide/reading.h"
#include "lowtide/text.h"
#include "lowtide/zone.h"

#define SPENDING_HOURS_MAX (24 * 100)
#define SPENDING_TOPUPS_MAX 4
#define SPENDING_UNUSED __attribute__((unused))
#define SPENDING_BEGIN_MS 1767225600000LL /* 2026-01-01T00:00:00Z */

#define SPENDING_KINDS(X)                                                                                                  \
  X(STEADY, "steady")                                                                                                      \
  X(BURSTY, "bursty")                                                                                                      \
  X(DAY_NIGHT, "day/night")                                                                                                \
  X(WEEKEND, "weekend")                                                                                                    \
  X(GROWING, "growing")                                                                                                    \
  X(STEP, "step change")                                                                                                   \
  X(CENTS, "coarse cents")

enum spending_kind {
#define SPENDING_ENUM(name, words) SPENDING_##name,
  SPENDING_KINDS(SPENDING_ENUM)
#undef SPENDING_ENUM
      SPENDING_KIND_COUNT
};

struct spending {
  enum spending_kind kind;
  uint64_t seed;
  int64_t begin_ms;
  int64_t dry_ms;                      /* when what is left reaches zero */
  int hours;                           /* whole hours before that */
  double expected[SPENDING_HOURS_MAX]; /* what chance moves around: dollars in the hour that begins then */
  int64_t spent_nano[SPENDING_HOURS_MAX];
  int64_t left_nano[SPENDING_HOURS_MAX]; /* at the hour's beginning, top-ups of that hour included */
  bool away[SPENDING_HOURS_MAX];         /* nobody looked */
  bool unknown[SPENDING_HOURS_MAX];      /* the vendor did not answer */
  int64_t step_nano;                     /* how coarse the vendor tells it */
  int topups;
  int topup_hour[SPENDING_TOPUPS_MAX];
  int64_t topup_nano[SPENDING_TOPUPS_MAX];
  uint64_t chance;
};

static SPENDING_UNUSED const char *spending_kind_name(enum spending_kind kind) {
  static const char *const names[] = {
#define SPENDING_NAME(name, words) words,
      SPENDING_KINDS(SPENDING_NAME)
#undef SPENDING_NAME
  };
  return names[kind];
}

/* --- chance (splitmix64) --------------------------------------------------------------------------------------------- */

static double spending_even(struct spending *s) {
  uint64_t x = s->chance += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

static double spending_between(struct spending *s, double low, double high) {
  return low + (high - low) * spending_even(s);
}

static double spending_normal(struct spending *s) {
  double u = 1 - spending_even(s);
  return sqrt(-2 * log(u)) * cos(6.283185307179586 * spending_even(s));
}

/* Around 1, never below 0. */
static double spending_noise(struct spending *s, double spread) {
  return exp(spread * spending_normal(s) - spread * spread / 2);
}

/* --- what is expected of an hour -------------------------------------------------------------------------------------- */

struct spending_nature {
  double day;     /* dollars */
  double night;   /* how much of the day's pace the night has; 1: no difference */
  double weekend; /* the same of the weekend */
  int local;      /* hours that the clock of those who spend is ahead */
  double growth;  /* a day */
  int step_hour;
  double step;  /* times as much from then on */
  double noise; /* of an hour */
  double day_noise;
  double burst_share;
  double bursts_a_day;
};

static struct spending_nature spending_nature_of(struct spending *s) {
  struct spending_nature n = {.night = 1, .weekend = 1, .step = 1, .noise = 0.35};
  n.day = exp(spending_between(s, log(0.5), log(200)));
  n.local = (int)spending_between(s, 0, 24);
  bool nights = spending_even(s) < 0.5;
  switch (s->kind) {
  case SPENDING_BURSTY:
    n.burst_share = spending_between(s, 0.5, 0.9);
    n.bursts_a_day = spending_between(s, 1, 5);
    break;
  case SPENDING_DAY_NIGHT: n.night = spending_between(s, 0.02, 0.2); break;
  case SPENDING_WEEKEND:
    n.weekend = spending_between(s, 0.1, 0.4);
    n.night = spending_between(s, 0.1, 0.6);
    break;
  case SPENDING_GROWING:
    n.growth = spending_between(s, 0.02, 0.07);
    n.day = exp(spending_between(s, log(0.5), log(20)));
    if (nights) n.night = spending_between(s, 0.1, 0.6);
    break;
  case SPENDING_STEP:
    n.step = spending_even(s) < 0.5 ? spending_between(s, 0.25, 0.6) : spending_between(s, 1.7, 4);
    if (nights) n.night = spending_between(s, 0.1, 0.6);
    break;
  case SPENDING_CENTS:
    n.day = exp(spending_between(s, log(0.04), log(0.5)));
    if (nights) n.night = spending_between(s, 0.1, 0.6);
    break;
  case SPENDING_STEADY:
  case SPENDING_KIND_COUNT: break;
  }
  if (s->kind != SPENDING_STEADY) n.day_noise = spending_between(s, 0.05, 0.2);
  return n;
}

static double spending_pace(const struct spending_nature *n, int hour) {
  int local = hour + n->local + 96; /* the first day is a Thursday */
  bool night = local % 24 < 8 || local % 24 >= 20;
  bool weekend = local / 24 % 7 == 6 || local / 24 % 7 == 0;
  double of_day = night ? n->night : 1;
  double of_week = weekend ? n->weekend : 1;
  double mean = (1 + n->night) / 2 * (5 + 2 * n->weekend) / 7;
  double stepped = hour >= n->step_hour ? n->step : 1;
  return n->day / 24 * of_day * of_week / mean * stepped * exp(n->growth * hour / 24);
}

/* Bursts of one to four hours in place of a share of the even spending. */
static void spending_add_bursts(struct spending *s, const struct spending_nature *n) {
  double chance = n->bursts_a_day / 24;
  double size = n->day * n->burst_share / n->bursts_a_day;
  for (int hour = 0; hour < SPENDING_HOURS_MAX; hour++) {
    if (spending_even(s) >= chance) continue;
    int length = 1 + (int)spending_between(s, 0, 4);
    double all = -log(1 - spending_even(s)) * size;
    for (int i = 0; i < length && hour + i < SPENDING_HOURS_MAX; i++)
      s->spent_nano[hour + i] += (int64_t)(all / length * 1e9);
  }
}

static void spending_spend(struct spending *s, const struct spending_nature *n) {
  double of_day = 1;
  for (int hour = 0; hour < SPENDING_HOURS_MAX; hour++) {
    if (hour % 24 == 0) of_day = spending_noise(s, n->day_noise);
    double pace = spending_pace(n, hour);
    s->expected[hour] = pace;
    pace *= (1 - n->burst_share) * of_day * spending_noise(s, n->noise);
    s->spent_nano[hour] = (int64_t)(pace * 1e9);
  }
  if (n->burst_share > 0) spending_add_bursts(s, n);
}

/* --- top-ups, gaps, the end ------------------------------------------------------------------------------------------- */

/* The amount is drawn, not the hour: an account runs dry when it spends. */
static void spending_end(struct spending *s, int first, int last) {
  int64_t sum[2] = {0, 0};
  for (int hour = 0; hour < last; hour++) {
    sum[1] += s->spent_nano[hour];
    if (hour < first) sum[0] = sum[1];
  }
  int64_t amount = sum[0] + (int64_t)((double)(sum[1] - sum[0]) * spending_even(s));
  int64_t spent = 0;
  int hour = 0;
  while (hour < last - 1 && spent + s->spent_nano[hour] <= amount)
    spent += s->spent_nano[hour++];
  int64_t of_hour = s->spent_nano[hour] > 0 ? s->spent_nano[hour] : 1;
  s->hours = hour;
  s->dry_ms = s->begin_ms + hour * HOUR_MS + (int64_t)((double)(amount - spent) / (double)of_hour * 3.6e6);
  s->left_nano[hour] = amount - spent;
}

static void spending_top_up(struct spending *s) {
  int last = s->hours - 8 * 24;
  int wanted = (int)spending_between(s, 0, SPENDING_TOPUPS_MAX);
  int hour = s->hours;
  for (int i = 0; i < wanted && last > 48; i++) {
    int at = (int)spending_between(s, last - 96 > 24 ? last - 96 : 24, last);
    s->topup_hour[s->topups++] = at;
    last = at - 72;
  }
  for (int i = 0; hour > 0;) {
    int64_t left = s->left_nano[hour];
    if (i < s->topups && s->topup_hour[i] == hour) {
      s->topup_nano[i] = (int64_t)((double)left * spending_between(s, 0.6, 0.9));
      left -= s->topup_nano[i++];
    }
    hour--;
    s->left_nano[hour] = left + s->spent_nano[hour];
  }
}

static void spending_look_away(struct spending *s) {
  int gaps = (int)spending_between(s, 0, 3);
  for (int i = 0; i < gaps; i++) {
    int from = (int)spending_between(s, 0, s->hours);
    int until = from + (int)spending_between(s, 2, 36);
    for (int hour = from; hour < until && hour < SPENDING_HOURS_MAX; hour++)
      s->away[hour] = true;
  }
  for (int hour = 0; hour < SPENDING_HOURS_MAX; hour++)
    s->unknown[hour] = spending_even(s) < 0.01;
}

static SPENDING_UNUSED struct spending *spending_new(enum spending_kind kind, uint64_t seed) {
  struct spending *s = calloc(1, sizeof *s);
  if (s == NULL) abort();
  *s = (struct spending){.kind = kind, .seed = seed, .chance = seed * 0xD1342543DE82EF95U + (uint64_t)kind};
  s->begin_ms = SPENDING_BEGIN_MS;
  s->step_nano = kind == SPENDING_CENTS ? 10000000 : 1000;
  struct spending_nature nature = spending_nature_of(s);
  int first = 14 * 24;
  int last = 45 * 24;
  if (kind == SPENDING_STEP) {
    nature.step_hour = (int)spending_between(s, 10 * 24, 30 * 24);
    first = nature.step_hour + 17 * 12;
    last = nature.step_hour + 16 * 24;
  }
  spending_spend(s, &nature);
  spending_end(s, first, last);
  spending_top_up(s);
  spending_look_away(s);
  return s;
}

/* What an hourly look finds; the money is rounded down to what the vendor tells. */
static SPENDING_UNUSED bool spending_reading(const struct spending *s, int hour, struct reading *reading) {
  if (hour < 0 || hour > s->hours || s->away[hour]) return false;
  *reading = (struct reading){.asked_ms = s->begin_ms + hour * HOUR_MS};
  reading->time_ms = reading->asked_ms;
  (void)text_copy(reading->unit, sizeof reading->unit, "USD");
  if (s->unknown[hour]) {
    reading->code = ERR_SERVER;
    return true;
  }
  reading->available = amount_of(s->left_nano[hour] - s->left_nano[hour] % s->step_nano);
  return true;
}

#endif
