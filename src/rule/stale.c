#include "ladder.h"

/* Since when nothing is known: as of the last known reading, or since the first that was asked for. */
static int64_t since_ms(const struct rule_view *view, const struct alert_memory *memory) {
  if (memory->unknown_since_ms > 0 && memory->unknown_since_ms <= view->now_ms) return memory->unknown_since_ms;
  if (view->reading.code == ERR_STALE) return view->reading.time_ms;
  return view->last_known != NULL && view->last_known->time_ms <= view->now_ms ? view->last_known->time_ms : view->now_ms;
}

static void stale_judge(const struct rule_view *view, struct alert_memory *memory, struct alerts *out) {
  bool known = reading_is_known(&view->reading);
  int64_t since = known ? memory->unknown_since_ms : since_ms(view, memory);
  bool stale = !known && view->stale_after_ms > 0 && view->now_ms - since >= view->stale_after_ms;
  memory->unknown_since_ms = known ? 0 : since;
  /* Short of the time nothing is over yet either: only an answer ends it. */
  enum alert_rank now = known ? RANK_NONE : stale ? RANK_WARNING : memory->stale.told;
  int before = out->count;
  ladder_judge(view, ALERT_STALE, now, &memory->stale, memory, out);
  for (int i = before; i < out->count; i++)
    out->list[i].at_ms = since;
}

const struct rule rule_stale = {.kind = ALERT_STALE, .judge = stale_judge};
