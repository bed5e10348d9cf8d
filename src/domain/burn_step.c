#include <math.h>
#include <stdlib.h>

#include "burn.h"

#define WINDOW (4 * TREND_DAY_BLOCKS) /* compared on both sides of a step */
#define AFTER_MIN (TREND_DAY_BLOCKS / 2)
#define BEFORE_MIN (2 * TREND_DAY_BLOCKS)
#define STEP_MIN 0.45       /* of the logarithm: by half as much again */
#define DAY_SPREAD_MIN 0.08 /* chance moves every day by that much */
#define CERTAIN 4.0         /* times what chance would do */

static double rate_of(struct stretch stretch) {
  return stretch.weight > 0 ? stretch.spent / stretch.weight : 0;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

/* By how much a day's logarithm usually differs by chance: from the median step from day to day, which one great step does
 * not move. Infinite where there are too few days. */
static double day_spread(const struct burn *burn) {
  double steps[TREND_DAYS];
  int count = 0;
  double before = 0;
  for (int end = burn->count; end >= TREND_DAY_BLOCKS; end -= TREND_DAY_BLOCKS) {
    struct stretch day = burn_stretch(burn, end - TREND_DAY_BLOCKS, end);
    double rate = day.hours > 12 ? rate_of(day) : 0;
    if (rate > 0 && before > 0) steps[count++] = fabs(log(rate / before));
    before = rate;
  }
  if (count < 3) return INFINITY;
  qsort(steps, (size_t)count, sizeof steps[0], compare);
  return fmax(DAY_SPREAD_MIN, steps[count / 2] / 0.954); /* the median of |a - b| for normal a and b of spread 1 */
}

static double certainty(const struct burn *burn, int at, double spread) {
  int first = at - WINDOW > 0 ? at - WINDOW : 0;
  int last = at + WINDOW < burn->count ? at + WINDOW : burn->count;
  struct stretch before = burn_stretch(burn, first, at);
  struct stretch after = burn_stretch(burn, at, last);
  if (rate_of(before) <= 0 || rate_of(after) <= 0 || before.hours < 24 || after.hours < 12) return 0;
  double step = fabs(log(rate_of(after) / rate_of(before)));
  if (step < STEP_MIN) return 0;
  return step / (spread * sqrt(24 / before.hours + 24 / after.hours));
}

int burn_step(const struct burn *burn) {
  double spread = day_spread(burn);
  if (!isfinite(spread)) return 0;
  for (int at = burn->count - AFTER_MIN; at >= BEFORE_MIN; at--) {
    double here = certainty(burn, at, spread);
    if (here < CERTAIN) continue;
    int best = at;
    for (int near = at - 1; near >= BEFORE_MIN && near > at - WINDOW; near--) {
      double there = certainty(burn, near, spread);
      if (there <= here) continue;
      best = near;
      here = there;
    }
    return best;
  }
  return 0;
}
