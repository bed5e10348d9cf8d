#include "lowtide/compose.h"

struct standing standing_of(const struct account *account, const struct reading *reading, const struct reading *last_known,
                            enum level last_level) {
  struct standing standing = {
      .account = account,
      .reading = *reading,
      .last_level = last_known != NULL ? last_level : LEVEL_UNKNOWN,
      .last_known = last_known != NULL ? *last_known : (struct reading){.code = ERR_NOT_CONFIGURED},
      .thresholds = thresholds_for(&account->thresholds, reading),
      .runway_ms = -1,
  };
  standing.level = level_of(reading, &standing.thresholds);
  return standing;
}

void standing_lasts(struct standing *standing, int64_t runway_ms) {
  standing->runway_ms = runway_ms;
  standing->level = level_with_runway(standing->level, &standing->thresholds, runway_ms);
}

struct standing standing_now(const struct standing *standing, int64_t now_ms) {
  const struct reading *reading = &standing->reading;
  const struct account *account = standing->account;
  if (!reading_is_known(reading)) return *standing;
  const struct reading fresh = reading_fresh(*reading, account->stale_after_ms, now_ms);
  struct standing result = *standing;
  if (!reading_is_known(&fresh)) {
    result = standing_of(account, &fresh, reading, standing->level);
    result.muted_until_ms = standing->muted_until_ms;
    return result;
  }
  int64_t age_ms = now_ms - reading->asked_ms;
  int64_t left_ms = result.runway_ms;
  if (left_ms >= 0 && age_ms > 0) left_ms = left_ms > age_ms ? left_ms - age_ms : 0;
  result.level = level_of(reading, &result.thresholds);
  standing_lasts(&result, left_ms);
  return result;
}
