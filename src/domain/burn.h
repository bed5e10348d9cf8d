/* burn: what a trend says about the days to come: a shape of day and week, a level, its growth, and how far off forecasts
 * made in the same way would have been until now. Forecasts are doubles: no amount that an account holds is. Private to the
 * room. */
#ifndef LOWTIDE_DOMAIN_BURN_H
#define LOWTIDE_DOMAIN_BURN_H

#include "lowtide/runway.h"

#define BURN_HORIZONS 3 /* forecasts are tried for one day, for three and for seven */

/* What some blocks hold together. */
struct stretch {
  double spent;
  double weight;
  double hours;
};

struct burn {
  int64_t oldest; /* the number of the first block: its time / TREND_BLOCK_MS */
  int count;      /* blocks */
  double spent[TREND_BLOCKS];
  double hours[TREND_BLOCKS];              /* watched; 0 to 2 */
  double weight[TREND_BLOCKS];             /* hours by their shape: an hour of night weighs less than one of day */
  struct stretch before[TREND_BLOCKS + 1]; /* the sums of all blocks before one */
  double watched_h;
  double spent_nano;
  int busy;                        /* blocks in which something was spent */
  double of_day[TREND_DAY_BLOCKS]; /* mean 1 */
  double of_week[7];               /* mean 1; by day since 1970-01-01 */
  double rate;                     /* nano an hour of weight 1, now */
  double growth;                   /* by how much the rate's logarithm rises an hour */
  double spread[BURN_HORIZONS];    /* of the logarithm of what was spent to what had been forecast */
};

void burn_of(const struct trend *trend, struct burn *burn);

/* How much an hour of that block weighs. */
double burn_weight(const struct burn *burn, int64_t block);

/* The blocks from first on, before last. */
static inline struct stretch burn_stretch(const struct burn *burn, int first, int last) {
  const struct stretch *from = &burn->before[first];
  const struct stretch *to = &burn->before[last];
  return (struct stretch){to->spent - from->spent, to->weight - from->weight, to->hours - from->hours};
}

/* burn_shape.c: fills of_day, of_week, weight and before. */
void burn_shape(struct burn *burn);

/* burn_step.c: the block at which the newest step of the level began that chance does not explain; 0 if there is none. */
int burn_step(const struct burn *burn);

#endif
