#include <string.h>

#include "lowtide/runway.h"
#include "lowtide/text.h"

#define BACK_MAX_MS DAY_MS
#define TIME_MAX_MS 253402300800000LL /* the year 10000 */
#define BLOCK_S (TREND_BLOCK_MS / 1000)
#define CENT_NANO (MONEY_NANO / 100)

/* What happened between two readings. */
struct change {
  bool counted; /* spent_nano is known */
  int64_t spent_nano;
  int64_t topup_nano; /* 0: none */
};

static struct amount clamped(money_wide nano) {
  if (nano > INT64_MAX || nano < INT64_MIN) return (struct amount){0};
  return amount_of((int64_t)nano);
}

static struct amount left_of(const struct reading *reading) {
  if (reading->available.known) return reading->available;
  if (!reading_is_limited(reading) || !reading->used.known) return (struct amount){0};
  return clamped((money_wide)reading->limit.nano - reading->used.nano);
}

/* The largest power of ten up to a cent, or up to one of what is counted, in which all amounts so far are whole. */
static int64_t quantum_with(int64_t quantum_nano, struct amount amount) {
  while (amount.known && quantum_nano > 1 && amount.nano % quantum_nano != 0)
    quantum_nano /= 10;
  return quantum_nano;
}

static void take(struct trend *trend, const struct reading *reading, int64_t time_ms) {
  trend->begun = true;
  trend->left = left_of(reading);
  trend->used = reading->used;
  trend->time_ms = time_ms;
  trend->resets_ms = reading->resets_ms > 0 ? reading->resets_ms : 0;
  trend->quantum_nano = quantum_with(trend->quantum_nano, trend->left);
  if (!trend->left.known) trend->quantum_nano = quantum_with(trend->quantum_nano, trend->used);
}

static void begin(struct trend *trend, const struct reading *reading, int64_t time_ms) {
  *trend = (struct trend){.kind = reading->kind, .until_ms = time_ms};
  (void)text_copy(trend->unit, sizeof trend->unit, reading->unit);
  trend->quantum_nano = unit_is_currency(trend->unit) ? CENT_NANO : MONEY_NANO;
  take(trend, reading, time_ms);
}

static int64_t slot_of(int64_t block) {
  return block % TREND_BLOCKS;
}

static void forget_blocks(struct trend *trend, int64_t first, int64_t last) {
  if (last - first >= TREND_BLOCKS) first = last - TREND_BLOCKS + 1;
  for (int64_t block = first; block <= last; block++) {
    trend->spent_nano[slot_of(block)] = 0;
    trend->watched_s[slot_of(block)] = 0;
  }
}

static void advance(struct trend *trend, int64_t time_ms) {
  forget_blocks(trend, trend->until_ms / TREND_BLOCK_MS + 1, time_ms / TREND_BLOCK_MS);
  trend->until_ms = time_ms;
}

/* The clock was far ahead: what it counted there would stand in the way of the time that comes. */
static void go_back(struct trend *trend, int64_t time_ms) {
  forget_blocks(trend, time_ms / TREND_BLOCK_MS, trend->until_ms / TREND_BLOCK_MS);
  trend->until_ms = time_ms;
  if (trend->topup_ms > time_ms) trend->topup_ms = trend->topup_nano = 0;
}

static int64_t day_spent_nano(const struct trend *trend) {
  money_wide spent = 0;
  int64_t watched_s = 0;
  for (int i = 0; i < TREND_BLOCKS; i++) {
    spent += trend->spent_nano[i];
    watched_s += trend->watched_s[i];
  }
  if (watched_s < 3600 || spent <= 0) return 0;
  struct amount day = clamped(spent * 86400 / watched_s);
  return day.known ? day.nano : INT64_MAX;
}

/* A rise that is no top-up: two steps of coarse amounts, or a correction that is small beside a day's spending and beside
 * what is there. */
static bool is_noise(const struct trend *trend, int64_t rise_nano) {
  if (rise_nano <= 2 * trend->quantum_nano && trend->quantum_nano > 1) return true;
  int64_t left = trend->left.known ? trend->left.nano : 0;
  return rise_nano <= left / 200 && rise_nano <= day_spent_nano(trend) / 4;
}

static struct change by_used(const struct trend *trend, const struct reading *reading) {
  struct change change = {0};
  if (!trend->used.known || !reading->used.known) return change;
  if (__builtin_sub_overflow(reading->used.nano, trend->used.nano, &change.spent_nano)) return change;
  change.counted = change.spent_nano >= 0 || is_noise(trend, -change.spent_nano);
  return change;
}

static struct change by_left(const struct trend *trend, const struct reading *reading, struct amount left) {
  struct change change = {0};
  if (__builtin_sub_overflow(trend->left.nano, left.nano, &change.spent_nano)) return change;
  change.counted = change.spent_nano >= 0 || (change.spent_nano > -INT64_MAX && is_noise(trend, -change.spent_nano));
  if (change.counted) return change;
  money_wide rise = -(money_wide)change.spent_nano;
  change = by_used(trend, reading);
  if (change.spent_nano < 0) change.counted = false;
  struct amount topup = clamped(rise + (change.counted ? change.spent_nano : 0));
  change.topup_nano = topup.known ? topup.nano : INT64_MAX;
  return change;
}

static struct change change_to(const struct trend *trend, const struct reading *reading) {
  struct amount left = left_of(reading);
  bool both = trend->left.known && left.known;
  if (trend->kind != READING_PREPAID && trend->used.known && reading->used.known) {
    struct change change = by_used(trend, reading);
    bool rose = both && !change.counted && left.nano > trend->left.nano;
    if (rose) change.topup_nano = clamped((money_wide)left.nano - trend->left.nano).nano;
    return change;
  }
  if (!both) return by_used(trend, reading);
  if (trend->left.nano <= 0 && left.nano == trend->left.nano) return (struct change){0};
  return by_left(trend, reading, left);
}

/* Evenly over the time between, exact in sum. */
static void spread(struct trend *trend, int64_t from_ms, int64_t until_ms, int64_t spent_nano) {
  int64_t oldest = until_ms / TREND_BLOCK_MS - TREND_BLOCKS + 1;
  int64_t block = from_ms / TREND_BLOCK_MS;
  if (block < oldest) block = oldest;
  int64_t at_ms = from_ms > block * TREND_BLOCK_MS ? from_ms : block * TREND_BLOCK_MS;
  for (; at_ms < until_ms; block++) {
    int64_t end_ms = (block + 1) * TREND_BLOCK_MS < until_ms ? (block + 1) * TREND_BLOCK_MS : until_ms;
    money_wide before = (money_wide)spent_nano * (at_ms - from_ms) / (until_ms - from_ms);
    money_wide after = (money_wide)spent_nano * (end_ms - from_ms) / (until_ms - from_ms);
    int64_t *spent = &trend->spent_nano[slot_of(block)];
    struct amount sum = clamped(*spent + after - before);
    if (sum.known) *spent = sum.nano;
    int64_t watched_s = trend->watched_s[slot_of(block)] + end_ms / 1000 - at_ms / 1000;
    trend->watched_s[slot_of(block)] = (uint16_t)(watched_s < BLOCK_S ? watched_s : BLOCK_S);
    at_ms = end_ms;
  }
}

void trend_update(struct trend *trend, const struct reading *reading) {
  int64_t time_ms = reading->time_ms != 0 ? reading->time_ms : reading->asked_ms;
  if (!reading_is_known(reading) || time_ms <= 0 || time_ms >= TIME_MAX_MS) return;
  if (!trend->begun || trend->kind != reading->kind || !text_eq(trend->unit, reading->unit)) {
    begin(trend, reading, time_ms);
    return;
  }
  if (time_ms == trend->time_ms) return;
  if (time_ms < trend->until_ms - BACK_MAX_MS) go_back(trend, time_ms);
  if (time_ms > trend->time_ms) {
    struct change change = change_to(trend, reading);
    bool seen = trend->time_ms < trend->until_ms;
    int64_t from_ms = trend->time_ms;
    if (time_ms > trend->until_ms) advance(trend, time_ms);
    if (change.counted && !seen) spread(trend, from_ms, time_ms, change.spent_nano);
    if (change.topup_nano > 0) {
      trend->topup_ms = time_ms;
      trend->topup_nano = change.topup_nano;
    }
  }
  take(trend, reading, time_ms);
}
