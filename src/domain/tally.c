#include "lowtide/tally.h"

#include "lowtide/text.h"

struct tally tally_of(int64_t from_ms, int64_t until_ms, int64_t patience_ms) {
  return (struct tally){.from_ms = from_ms, .until_ms = until_ms, .patience_ms = patience_ms, .since_ms = from_ms};
}

static int64_t sum(int64_t a, int64_t b) {
  int64_t total = 0;
  if (!__builtin_add_overflow(a, b, &total)) return total;
  return b < 0 ? INT64_MIN : INT64_MAX;
}

static bool is_other_series(const struct tally *tally, const char *provider, const struct reading *reading) {
  if (!tally->seen) return false;
  if (!text_eq(tally->provider, provider)) return true;
  return tally->known && reading_is_known(reading) && !text_eq(tally->last.unit, reading->unit);
}

/* What lies between two readings counts as watched as far as the first was known and the second is not too far away. */
static void watch(struct tally *tally, int64_t until_ms) {
  int64_t from_ms = reading_at_ms(&tally->newest);
  if (!tally->seen || !reading_is_known(&tally->newest)) return;
  int64_t end_ms = sum(from_ms, tally->patience_ms) < until_ms ? from_ms + tally->patience_ms : until_ms;
  if (from_ms < tally->from_ms) from_ms = tally->from_ms;
  if (end_ms > from_ms) tally->watched_ms += end_ms - from_ms;
}

static void spend(struct tally *tally, int64_t nano) {
  tally->spent = amount_of(sum(tally->spent.known ? tally->spent.nano : 0, nano));
}

static void take_left(struct tally *tally, const struct reading *before, const struct reading *after) {
  int64_t nano = 0;
  if (reading_rise(before, after, &nano)) {
    tally->topped_up_nano = sum(tally->topped_up_nano, nano);
    tally->topups++;
    spend(tally, 0);
  } else if (!__builtin_sub_overflow(before->available.nano, after->available.nano, &nano)) {
    bool reset = nano < 0 && after->kind != READING_PREPAID;
    spend(tally, reset ? 0 : nano);
  }
}

/* What was used between the last look and a reset nobody saw. */
static void take_used(struct tally *tally, const struct reading *before, const struct reading *after) {
  int64_t nano = 0;
  if (__builtin_sub_overflow(after->used.nano, before->used.nano, &nano)) return;
  if (nano < 0) nano = after->used.nano > 0 ? after->used.nano : 0;
  spend(tally, nano);
}

static void step(struct tally *tally, const struct reading *before, const struct reading *after) {
  if (before->kind != after->kind) return;
  bool left = before->available.known && after->available.known;
  bool used = before->used.known && after->used.known;
  if (left && (after->kind == READING_PREPAID || !used)) {
    take_left(tally, before, after);
  } else if (used) {
    take_used(tally, before, after);
  }
}

void tally_take(struct tally *tally, const char *provider, const struct reading *reading) {
  const int64_t now_ms = reading_at_ms(reading);
  if (now_ms > tally->until_ms) return;
  if (is_other_series(tally, provider, reading)) *tally = tally_of(tally->from_ms, tally->until_ms, tally->patience_ms);
  if (!tally->seen && now_ms > tally->from_ms) tally->since_ms = now_ms;
  watch(tally, now_ms);
  if (reading_is_known(reading)) {
    if (tally->known && now_ms > tally->from_ms) step(tally, &tally->last, reading);
    tally->last = *reading;
    tally->known = true;
  }
  tally->newest = *reading;
  tally->seen = true;
  (void)text_copy(tally->provider, sizeof tally->provider, provider);
}

void tally_end(struct tally *tally) {
  watch(tally, tally->until_ms);
  int64_t time_ms = tally->until_ms - tally->since_ms;
  tally->unknown_ms = time_ms > tally->watched_ms ? time_ms - tally->watched_ms : 0;
  if (tally->spent.known && tally->spent.nano < 0) tally->spent.nano = 0;
}

struct unit_sum *sums_of(struct sums *sums, const char *unit) {
  for (size_t i = 0; i < sums->count; i++) {
    if (text_eq(sums->units[i].unit, unit)) return &sums->units[i];
  }
  if (sums->count == SUM_UNITS_MAX) return NULL;
  struct unit_sum *sum = &sums->units[sums->count++];
  *sum = (struct unit_sum){.accounts = 0};
  (void)text_copy(sum->unit, sizeof sum->unit, unit);
  return sum;
}

void sum_add(struct unit_sum *sum, int part, struct amount amount) {
  if (amount.known) sum->part[part] += amount.nano;
  *(amount.known ? &sum->has[part] : &sum->lacks[part]) = true;
}
