#include "lowtide/runway.h"

#include <math.h>

#include "burn.h"

#define NEAR_H (60 * 24.0)      /* so far ahead shape and growth are followed */
#define GROWTH_H (14 * 24.0)    /* and growth no longer than that */
#define FAR_H (10 * 365 * 24.0) /* for ever */
#define AGE_MAX_MS (7 * DAY_MS) /* of the newest reading */
#define WATCHED_MIN_H 3
#define BUSY_MIN 3    /* blocks: one burst is no rate */
#define REACH_MAX 7.0 /* a claim reaches as far ahead as the history goes back, times its days, times this at most */
#define DAY_H 24.0
#define WIDEST 16.0  /* high to low: beyond that it says nothing */
#define EIGHTY 1.282 /* of a normal spread: 80 % lie within */

const char *runway_state_name(enum runway_state state) {
  switch (state) {
  case RUNWAY_NOT_ENOUGH: return "not enough history to tell";
  case RUNWAY_IDLE: return "nothing is being spent";
  case RUNWAY_RESETS: return "lasts until it resets";
  case RUNWAY_KNOWN: break;
  }
  return "known";
}

/* From then on, at most FAR_H. */
static double hours_until_spent(const struct burn *burn, int64_t from_ms, double nano) {
  double hours = 0;
  double rate = burn->rate;
  for (int64_t at_ms = from_ms; hours < NEAR_H;) {
    int64_t block = at_ms / TREND_BLOCK_MS;
    double length = (double)((block + 1) * TREND_BLOCK_MS - at_ms) / HOUR_MS;
    rate = burn->rate * exp(burn->growth * fmin(hours, GROWTH_H));
    double pace = rate * burn_weight(burn, block);
    if (pace * length >= nano) return hours + nano / pace;
    nano -= pace * length;
    hours += length;
    at_ms = (block + 1) * TREND_BLOCK_MS;
  }
  return rate * (FAR_H - hours) > nano ? hours + nano / rate : FAR_H;
}

/* The spread of a forecast over so many hours: a power of the time through the two that could be tried. */
static double spread_over(const struct burn *burn, double hours) {
  double power = log(burn->spread[2] / burn->spread[0]) / log(7);
  power = fmax(-0.5, fmin(1, power));
  return burn->spread[0] * pow(fmax(hours, 2) / DAY_H, power);
}

static int64_t ms_after(double hours, int64_t age_ms) {
  double ms = hours * HOUR_MS - (double)age_ms;
  return ms > 0 ? (int64_t)ms : 0;
}

static bool is_claimable(const struct burn *burn, double hours, double low, double high) {
  if (burn->watched_h < WATCHED_MIN_H || burn->busy < BUSY_MIN) return false;
  double reach = fmax(1, fmin(REACH_MAX, burn->watched_h / DAY_H));
  return hours <= reach * burn->watched_h && high <= WIDEST * low;
}

static void forecast(const struct trend *trend, const struct burn *burn, double nano, struct runway *runway) {
  double hours = hours_until_spent(burn, trend->time_ms, nano);
  double factor = exp(EIGHTY * spread_over(burn, fmin(hours, NEAR_H)));
  double low = hours_until_spent(burn, trend->time_ms, nano / factor);
  double high = hours_until_spent(burn, trend->time_ms, nano * factor);
  int64_t now_ms = runway->dry_at_ms;
  int64_t age_ms = now_ms > trend->time_ms ? now_ms - trend->time_ms : 0;
  runway->dry_at_ms = 0;
  if (hours >= FAR_H) {
    runway->state = RUNWAY_IDLE;
  } else if (trend->resets_ms > now_ms && now_ms + ms_after(hours, age_ms) >= trend->resets_ms) {
    runway->state = RUNWAY_RESETS;
  } else if (is_claimable(burn, hours, low, high)) {
    runway->state = RUNWAY_KNOWN;
    runway->runway_ms = ms_after(hours, age_ms);
    runway->low_ms = ms_after(low, age_ms);
    runway->high_ms = ms_after(high, age_ms);
    runway->dry_at_ms = now_ms + runway->runway_ms;
  }
}

struct runway runway_of(const struct trend *trend, int64_t now_ms, int64_t floor_nano) {
  struct runway runway = {.state = RUNWAY_NOT_ENOUGH};
  struct burn burn;
  if (!trend->begun || now_ms - trend->time_ms > AGE_MAX_MS) return runway;
  burn_of(trend, &burn);
  runway.burn_known = burn.watched_h >= DAY_H;
  if (burn.watched_h >= WATCHED_MIN_H && burn.busy >= BUSY_MIN) runway.burn_known = true;
  if (runway.burn_known) runway.burn_nano_per_day = (int64_t)fmin(burn.rate * DAY_H + 0.5, 9e18);
  if (!trend->left.known) return runway;
  double nano = (double)trend->left.nano - (double)floor_nano;
  if (nano <= 0) {
    runway.state = RUNWAY_KNOWN;
    runway.dry_at_ms = now_ms;
  } else if (burn.watched_h >= DAY_H && burn.rate <= 0) {
    runway.state = RUNWAY_IDLE;
  } else if (burn.rate > 0) {
    runway.dry_at_ms = now_ms;
    forecast(trend, &burn, nano, &runway);
  }
  return runway;
}

int64_t runway_claimed_ms(const struct runway *runway) {
  return runway->state == RUNWAY_KNOWN ? runway->runway_ms : -1;
}
