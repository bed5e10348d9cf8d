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
