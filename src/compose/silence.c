/* What a person hears who mutes, unmutes or acknowledges. */
#include "lowtide/compose.h"

static const char *what_is(enum alert_rank low, enum alert_rank stale) {
  if (low == RANK_CRITICAL) return "critical level";
  if (low == RANK_WARNING) return "warning";
  return stale != RANK_NONE ? "unknown balance" : NULL;
}

void compose_muted(const struct account *account, const struct alert_memory *memory, struct buf *out) {
  char until[ZONE_TIME_TEXT_MAX];
  time_print_minute(until, account->zone, memory->muted_until_ms);
  message_add_foreign(out, account->label);
  buf_addf(out, " is silent until %s %s; ", until, zone_name(account->zone));
  if (memory->muted == RANK_CRITICAL) {
    buf_add(out, "it is as bad as it gets, so only a recovery is told");
  } else {
    buf_add(out, "a critical level is told all the same");
  }
}

void compose_unmuted(const struct account *account, const struct alert_memory *memory, bool was_muted, struct buf *out) {
  const char *held = what_is(memory->low.held, memory->stale.held);
  message_add_foreign(out, account->label);
  buf_add(out, was_muted ? " is heard again" : " was not muted");
  if (held == NULL) return;
  buf_addf(out, "; a%s %s was kept back: the next look at it tells it, if it still holds", *held == 'u' ? "n" : "", held);
}

void compose_acked(const struct account *account, const struct alert_memory *memory, struct buf *out) {
  const char *told = what_is(memory->low.told, memory->stale.told);
  if (told == NULL) {
    buf_add(out, "Nothing is told of ");
    message_add_foreign(out, account->label);
    buf_add(out, " now that could be acknowledged");
    return;
  }
  message_add_foreign(out, account->label);
  buf_addf(out, "'s %s is acknowledged: no reminders until it gets worse", told);
}

void compose_silence(const struct account *account, const struct alert_memory *memory, int64_t now_ms, struct buf *out) {
  if (alert_is_muted(memory, now_ms)) {
    char until[ZONE_TIME_TEXT_MAX];
    time_print_minute(until, account->zone, memory->muted_until_ms);
    buf_addf(out, "muted until %s", until);
  } else if (alert_is_acked(memory)) {
    buf_add(out, "acknowledged");
  }
}
