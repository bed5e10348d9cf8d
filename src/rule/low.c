#include "lowtide/rule.h"

/* 5 % above the level. */
#define REARM_NUMERATOR 105
#define REARM_DENOMINATOR 100

/* The limits as they are while a level is told: an amount left must be 5 % above its level to leave it. */
static struct limits rearmed(struct limits limits) {
  if (!limits.left.known || limits.left.nano <= 0) return limits;
  money_wide level = (money_wide)limits.left.nano * REARM_NUMERATOR;
  /* Rounded up: "above" is not met by a fraction less. */
  money_wide above = (level + REARM_DENOMINATOR - 1) / REARM_DENOMINATOR;
  limits.left.nano = above > INT64_MAX ? INT64_MAX : (int64_t)above;
  return limits;
}

/* The level that still holds, seen through the limits of re-arming. */
static enum level held_level(const struct rule_view *view) {
  struct thresholds thresholds = {.warning = rearmed(view->thresholds.warning),
                                  .critical = rearmed(view->thresholds.critical)};
  enum level level = level_of(&view->reading, &thresholds);
  return level < view->alerted ? level : view->alerted;
}

/* A level re-arms once the amount is 5 % above it (used and percent: below their limit), so that hovering does not flap. */
static enum level low_level(const struct rule_view *view) {
  if (view->level == LEVEL_UNKNOWN) return view->alerted;
  return view->level > view->alerted ? view->level : held_level(view);
}

const struct rule rule_low = {.name = "low", .level = low_level};
