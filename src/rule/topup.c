#include "ladder.h"

static void topup_judge(const struct rule_view *view, struct alert_memory *memory, struct alerts *out) {
  int64_t nano = 0;
  if (view->last_known == NULL || !reading_rise(view->last_known, &view->reading, &nano)) return;
  struct alert *alert = alerts_add(out, ALERT_TOPUP, ALERT_NOTICED);
  alert->episode = ++memory->topups;
  alert->amount = amount_of(nano);
}

const struct rule rule_topup = {.kind = ALERT_TOPUP, .judge = topup_judge};
