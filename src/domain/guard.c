#include "lowtide/reading.h"

struct amount reading_left(const struct reading *reading) {
  int64_t nano = 0;
  if (reading->available.known) return reading->available;
  if (!reading->used.known || !reading->limit.known) return (struct amount){0};
  if (__builtin_sub_overflow(reading->limit.nano, reading->used.nano, &nano)) return (struct amount){0};
  return amount_of(nano);
}

/* Without a critical level for what is left an empty account is still not enough. */
static bool is_empty(const struct thresholds *thresholds, struct amount left) {
  return !thresholds->critical.left.known && left.known && left.nano <= 0;
}

enum guard guard_of(const struct reading *reading, enum level level, const struct thresholds *thresholds,
                    struct amount need) {
  if (!reading_is_known(reading)) return GUARD_UNKNOWN;
  const struct amount left = reading_left(reading);
  if (need.known && !left.known) return GUARD_UNKNOWN;
  if (need.known) return left.nano >= need.nano ? GUARD_ENOUGH : GUARD_TOO_LOW;
  return level == LEVEL_CRITICAL || is_empty(thresholds, left) ? GUARD_TOO_LOW : GUARD_ENOUGH;
}
