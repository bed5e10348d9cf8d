#include "ladder.h"

/* 5 % above the level; a forecast sways more than an amount. */
#define REARM_PERCENT 105
#define REARM_RUNWAY_PERCENT 150
#define RISE_PART 20 /* 5 % of what was there */

/* Rounded up: "above" is not met by a fraction less. */
static int64_t raised(int64_t value, int percent) {
  money_wide above = ((money_wide)value * percent + 99) / 100;
  return above > INT64_MAX ? INT64_MAX : (int64_t)above;
}

/* The limits as they are while a level is told: so much above it to leave it. */
static struct limits rearmed(struct limits limits) {
  if (limits.left.known && limits.left.nano > 0) limits.left.nano = raised(limits.left.nano, REARM_PERCENT);
  limits.runway_ms = raised(limits.runway_ms, REARM_RUNWAY_PERCENT);
  return limits;
}

static enum alert_rank rank_of(enum level level) {
  switch (level) {
  case LEVEL_OK: return RANK_NONE;
  case LEVEL_WARNING:
  case LEVEL_UNKNOWN: return RANK_WARNING;
  case LEVEL_CRITICAL: break;
  }
  return RANK_CRITICAL;
}

/* The rank that still holds, seen through the limits of re-arming: hovering does not flap. */
static enum alert_rank held_rank(const struct rule_view *view, enum alert_rank told) {
  const struct thresholds thresholds = {.warning = rearmed(view->thresholds.warning),
                                        .critical = rearmed(view->thresholds.critical)};
  enum alert_rank rank = rank_of(level_with_runway(level_of(&view->reading, &thresholds), &thresholds, view->runway_ms));
  return rank < told ? rank : told;
}

static bool has_risen(const struct rule_view *view) {
  const struct reading *before = view->last_known;
  if (before == NULL || !before->available.known || !view->reading.available.known) return false;
  money_wide rise = (money_wide)view->reading.available.nano - before->available.nano;
  return rise > 0 && rise * RISE_PART >= before->available.nano;
}

/* No forecast is no good news: without a rise, what crossed by runway holds until there is one again. */
static bool is_silent(const struct rule_view *view) {
  bool limited = view->thresholds.warning.runway_ms > 0 || view->thresholds.critical.runway_ms > 0;
  return limited && view->runway_ms < 0 && !has_risen(view);
}

/* What is unknown says nothing about the amount: what was told still holds, and nobody is reminded of it. */
static void low_judge(const struct rule_view *view, struct alert_memory *memory, struct alerts *out) {
  if (view->level == LEVEL_UNKNOWN) return;
  enum alert_rank now = rank_of(view->level);
  if (now <= memory->low.told) now = held_rank(view, memory->low.told);
  if ((now < memory->low.told || now < memory->low.held) && is_silent(view)) return;
  ladder_judge(view, ALERT_LOW, now, &memory->low, memory, out);
}

const struct rule rule_low = {.kind = ALERT_LOW, .judge = low_judge};
