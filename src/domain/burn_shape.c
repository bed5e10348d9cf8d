#include "burn.h"

#include <math.h>

#define DAYS_FOR_DAY 3
#define WEEKS_FOR_WEEK 2
#define SHAPE_FLOOR 0.02
#define CAUTION 2.0 /* times: rather no shape than a false one */

/* Ratios to a level, by slot: where in the day, or which day of the week. */
struct slots {
  int count;
  double sum[TREND_DAY_BLOCKS]; /* of weight * ratio */
  double square[TREND_DAY_BLOCKS];
  double weight[TREND_DAY_BLOCKS];
};

static void slot_add(struct slots *slots, int64_t slot, double ratio, double weight) {
  slots->sum[slot] += weight * ratio;
  slots->square[slot] += weight * ratio * ratio;
  slots->weight[slot] += weight;
}

/* Means by slot, drawn towards 1 by as much as chance alone would have them differ (James and Stein). */
static void slots_shape(const struct slots *slots, double weight_needed, double *shape) {
  double differ = 0;
  double chance = 0;
  double total = 0;
  bool enough = true;
  for (int i = 0; i < slots->count; i++) {
    shape[i] = 1;
    enough = enough && slots->weight[i] >= weight_needed;
  }
  if (!enough) return;
  for (int i = 0; i < slots->count; i++) {
    shape[i] = slots->sum[i] / slots->weight[i];
    total += shape[i];
    double variance = slots->square[i] / slots->weight[i] - shape[i] * shape[i];
    if (slots->weight[i] > 1) chance += fmax(variance, 0) / (slots->weight[i] - 1);
  }
  double mean = total / slots->count;
  for (int i = 0; i < slots->count; i++)
    differ += (shape[i] - mean) * (shape[i] - mean);
  double keep = differ > 0 && mean > 0 ? fmax(0, 1 - CAUTION * chance / differ) : 0;
  total = 0;
  for (int i = 0; i < slots->count; i++) {
    shape[i] = fmax(SHAPE_FLOOR, 1 + keep * (mean > 0 ? shape[i] / mean - 1 : 0));
    total += shape[i];
  }
  for (int i = 0; i < slots->count; i++)
    shape[i] *= slots->count / total;
}

/* Nano an hour over `length` blocks around the middle, moved so that it lies within what there is;
 * -1 if less than half of that was watched. */
static double level_around(const struct burn *burn, int middle, int length) {
  int first = middle - length / 2;
  if (first + length > burn->count) first = burn->count - length;
  if (first < 0) first = 0;
  int last = first + length < burn->count ? first + length : burn->count;
  struct stretch around = burn_stretch(burn, first, last);
  return around.hours > length ? around.spent / around.hours : -1;
}

static void shape_day(struct burn *burn) {
  struct slots slots = {.count = TREND_DAY_BLOCKS};
  for (int i = 0; i < burn->count; i++) {
    double level = level_around(burn, i, TREND_DAY_BLOCKS);
    if (level <= 0 || burn->hours[i] <= 0) continue;
    slot_add(&slots, (burn->oldest + i) % TREND_DAY_BLOCKS, burn->spent[i] / burn->hours[i] / level, burn->hours[i] / 2);
  }
  slots_shape(&slots, DAYS_FOR_DAY - 0.5, burn->of_day);
}

static void shape_week(struct burn *burn) {
  struct slots slots = {.count = 7};
  int first = (int)((TREND_DAY_BLOCKS - burn->oldest % TREND_DAY_BLOCKS) % TREND_DAY_BLOCKS);
  for (int day = first; day + TREND_DAY_BLOCKS <= burn->count; day += TREND_DAY_BLOCKS) {
    double level = level_around(burn, day + TREND_DAY_BLOCKS / 2, 7 * TREND_DAY_BLOCKS);
    double today = level_around(burn, day + TREND_DAY_BLOCKS / 2, TREND_DAY_BLOCKS);
    if (level > 0 && today >= 0) slot_add(&slots, (burn->oldest + day) / TREND_DAY_BLOCKS % 7, today / level, 1);
  }
  slots_shape(&slots, WEEKS_FOR_WEEK, burn->of_week);
}

double burn_weight(const struct burn *burn, int64_t block) {
  return burn->of_day[block % TREND_DAY_BLOCKS] * burn->of_week[block / TREND_DAY_BLOCKS % 7];
}

static void sum_up(struct burn *burn) {
  for (int i = 0; i < burn->count; i++) {
    const struct stretch *sum = &burn->before[i];
    burn->before[i + 1] =
        (struct stretch){sum->spent + burn->spent[i], sum->weight + burn->weight[i], sum->hours + burn->hours[i]};
  }
}

void burn_shape(struct burn *burn) {
  sum_up(burn);
  shape_day(burn);
  shape_week(burn);
  for (int i = 0; i < burn->count; i++)
    burn->weight[i] = burn->hours[i] * burn_weight(burn, burn->oldest + i);
  sum_up(burn);
}
