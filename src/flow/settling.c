#include "settling.h"

#include "lowtide/text.h"

#define BACKOFF_FIRST_MS 1000
#define BACKOFF_LONGEST_MS HOUR_MS
#define BACKOFF_DOUBLINGS 12
#define GIVE_UP_AFTER_MS (72 * HOUR_MS)
#define GIVE_UP_TRIES 40 /* three days have some 150: less, and it is the clock that went ahead */

static bool may_repeat(const struct outbox_row *row) {
  for (enum message_kind kind = MESSAGE_SUMMARY; kind <= MESSAGE_TEST; kind++) {
    if (text_eq(message_kind_name(kind), row->kind)) return message_may_repeat(kind);
  }
  return false;
}

/* The first try that is in doubt counts: what a later one met may be a message of its own. */
static bool is_harmless(const struct attempt *attempt) {
  if (attempt->edits != NULL || attempt->plug->repeat_safe_ms == NOTIFIER_ALWAYS) return true;
  int64_t age_ms = attempt->now_ms - attempt->row->doubtful_ms;
  return age_ms >= 0 && age_ms < attempt->plug->repeat_safe_ms;
}

enum settling_plan settling_plan(const struct attempt *attempt) {
  if (!attempt->row->doubt || is_harmless(attempt)) return SETTLING_SEND;
  return may_repeat(attempt->row) ? SETTLING_SEND_MARKED : SETTLING_LEAVE;
}

struct outbox_settlement settling_leave(const struct attempt *attempt) {
  return (struct outbox_settlement){
      .id = attempt->row->id,
      .fence = attempt->row->fence,
      .verdict = OUTBOX_DOUBTFUL,
      .now_ms = attempt->now_ms,
      .why = "the program ended while it was sent: nobody knows whether it has arrived",
  };
}

/* Full jitter: anything between nothing and the doubled wait, so that many do not come back at once. */
static int64_t back_off_ms(int attempts, uint64_t chance) {
  int64_t ceiling_ms = BACKOFF_FIRST_MS << (attempts < BACKOFF_DOUBLINGS ? attempts : BACKOFF_DOUBLINGS);
  if (ceiling_ms > BACKOFF_LONGEST_MS) ceiling_ms = BACKOFF_LONGEST_MS;
  return BACKOFF_FIRST_MS + (int64_t)(chance % (uint64_t)ceiling_ms);
}

static void settle_retry(const struct attempt *attempt, const struct outcome *outcome, char why[static SETTLING_WHY_MAX],
                         struct outbox_settlement *settlement) {
  const struct outbox_row *row = attempt->row;
  int64_t wait_ms = back_off_ms(row->attempts, outcome->chance);
  if (wait_ms < outcome->verdict->after_ms) wait_ms = outcome->verdict->after_ms;
  settlement->verdict = OUTBOX_RETRY;
  settlement->due_ms = attempt->now_ms + wait_ms;
  settlement->doubt = outcome->unheard && attempt->edits == NULL;
  if (settlement->doubt && !may_repeat(row) && attempt->plug->repeat_safe_ms == 0) {
    settlement->verdict = OUTBOX_DOUBTFUL;
    (void)text_fmt(why, SETTLING_WHY_MAX, "%s: nobody knows whether it has arrived", outcome->verdict->why);
  } else if (attempt->now_ms - row->created_ms > GIVE_UP_AFTER_MS && row->attempts >= GIVE_UP_TRIES) {
    settlement->verdict = OUTBOX_REFUSED;
    (void)text_fmt(why, SETTLING_WHY_MAX, "%s: given up after 3 days", outcome->verdict->why);
  }
}

/* The message that was edited is gone: the next try posts a new one. */
static void settle_gone(const struct attempt *attempt, struct outbox_settlement *settlement) {
  settlement->verdict = OUTBOX_RETRY;
  settlement->due_ms = attempt->now_ms;
  settlement->untried = true;
  settlement->message_id = "";
}

static void settle_sent(const struct attempt *attempt, const struct outcome *outcome,
                        struct outbox_settlement *settlement) {
  settlement->verdict = OUTBOX_SENT;
  settlement->repeated = outcome->marked;
  settlement->message_mark = outcome->payload_mark;
  bool is_told = outcome->verdict->message_id[0] != '\0' || attempt->edits == NULL;
  settlement->message_id = is_told ? outcome->verdict->message_id : attempt->edits;
}

struct outbox_settlement settling_of(const struct attempt *attempt, const struct outcome *outcome,
                                     char why[static SETTLING_WHY_MAX]) {
  struct outbox_settlement settlement = {
      .id = attempt->row->id, .fence = attempt->row->fence, .now_ms = attempt->now_ms, .why = why};
  (void)text_copy(why, SETTLING_WHY_MAX, outcome->verdict->why);
  switch (outcome->verdict->kind) {
  case VERDICT_SENT: settle_sent(attempt, outcome, &settlement); break;
  case VERDICT_RETRY: settle_retry(attempt, outcome, why, &settlement); break;
  case VERDICT_REFUSED:
    settlement.verdict = OUTBOX_REFUSED;
    if (outcome->verdict->disabled) settlement.disabled_mark = outcome->address_mark;
    if (outcome->verdict->gone && attempt->edits != NULL) settle_gone(attempt, &settlement);
    break;
  }
  return settlement;
}
