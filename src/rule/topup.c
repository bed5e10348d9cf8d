#include "ladder.h"

/* A refund or a correction of cents is no top-up: 5 % of what was there, and 1 unit at least. */
#define TOPUP_PART 20
#define TOPUP_LEAST_NANO MONEY_NANO

static bool rise(const struct rule_view *view, int64_t *nano) {
  const struct reading *reading = &view->reading;
  const struct reading *before = view->last_known;
  if (!reading_is_known(reading) || reading->kind != READING_PREPAID || before == NULL) return false;
  if (!reading->available.known || !before->available.known) return false;
  if (__builtin_sub_overflow(reading->available.nano, before->available.nano, nano)) return false;
  return *nano >= TOPUP_LEAST_NANO && *nano >= before->available.nano / TOPUP_PART;
}

static void topup_judge(const struct rule_view *view, struct alert_memory *memory, struct alerts *out) {
  int64_t nano = 0;
  if (!rise(view, &nano)) return;
  struct alert *alert = alerts_add(out, ALERT_TOPUP, ALERT_NOTICED);
  alert->episode = ++memory->topups;
  alert->amount = amount_of(nano);
}

const struct rule rule_topup = {.kind = ALERT_TOPUP, .judge = topup_judge};
