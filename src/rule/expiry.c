#include "ladder.h"

static const int days_before[] = {1, 7, 30}; /* the nearest first */
#define DAYS_COUNT (sizeof days_before / sizeof days_before[0])

/* The nearest of the days before that has come since the grant was noted; 0: none. */
static int days_reached(const struct grant *grant, int64_t now_ms) {
  for (size_t i = 0; i < DAYS_COUNT; i++) {
    int64_t at_ms = grant->expires_ms - days_before[i] * DAY_MS;
    if (at_ms <= now_ms && at_ms > grant->noted_ms) return days_before[i];
  }
  return 0;
}

static void judge_grant(const struct rule_view *view, struct grant *grant, struct alert_memory *memory,
                        struct alerts *out) {
  int days = days_reached(grant, view->now_ms);
  bool told = grant->told_days != 0 && grant->told_days <= days;
  if (days == 0 || told || grant->nano <= 0 || grant->expires_ms <= view->now_ms) return;
  struct alert wait = {0};
  struct alert_memory warm = *memory;
  warm.last_told_ms = 0; /* a date that comes is no flapping */
  if (alert_waits(view, &warm, RANK_WARNING, &wait)) {
    alerts_look(out, wait.until_ms);
    return;
  }
  struct alert *alert = alerts_add(out, ALERT_EXPIRY, ALERT_NOTICED);
  alert->rank = RANK_WARNING;
  alert->episode = grant->id;
  alert->step = days;
  alert->amount = amount_of(grant->nano);
  alert->at_ms = grant->expires_ms;
  grant->told_days = days;
}

static void expiry_judge(const struct rule_view *view, struct alert_memory *memory, struct alerts *out) {
  for (size_t i = 0; i < view->grant_count && out->count < ALERTS_MAX; i++)
    judge_grant(view, &view->grants[i], memory, out);
}

const struct rule rule_expiry = {.kind = ALERT_EXPIRY, .judge = expiry_judge};
