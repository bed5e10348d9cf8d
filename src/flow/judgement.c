#include <string.h>

#include "lowtide/judge.h"

static bool is_of_last_unit(const struct account_state *state, const struct reading *reading) {
  return state->known && (!reading_is_known(reading) || strcmp(state->last_known.unit, reading->unit) == 0);
}

/* The trend takes the reading, and says how long what is left lasts. */
static void forecast(struct trend *trend, int64_t now_ms, struct standing *standing) {
  const struct reading *reading = &standing->reading;
  if (!reading_is_known(reading)) return;
  if (!reading->reused) trend_update(trend, reading);
  const struct runway runway = runway_of(trend, now_ms, 0);
  standing_lasts(standing, runway_claimed_ms(&runway));
}

/* What is left of each grant if the one that runs out first was spent first. */
static void spend_first_first(struct grants *grants, int64_t left) {
  for (int i = grants->count - 1; i >= 0; i--) {
    struct grant *grant = &grants->list[i];
    if (grant->nano > left) grant->nano = left > 0 ? left : 0;
    left -= grant->nano;
  }
}

static void run_rules(const struct rule_view *seen, struct remembered *remembered, struct alerts *alerts) {
  const struct reading *reading = &seen->reading;
  struct grants grants = {.count = 0};
  if (reading_is_known(reading) && reading->available.known && reading->estimated) {
    grants = remembered->grants;
    spend_first_first(&grants, reading->available.nano);
  }
  struct rule_view view = *seen;
  view.grants = grants.list;
  view.grant_count = (size_t)grants.count;
  rules_judge(&view, &remembered->memory, alerts);
  for (int i = 0; i < grants.count; i++)
    remembered->grants.list[i].told_days = grants.list[i].told_days;
}

static void move_on(struct account_state *state, const struct standing *standing) {
  state->seen = true;
  state->last = standing->reading;
  state->last_level = standing->level;
  if (!reading_is_known(&standing->reading)) return;
  state->known = true;
  state->last_known = standing->reading;
  state->known_level = standing->level;
}

void judge_reading(const struct account *account, int64_t now_ms, struct reading reading, struct remembered *remembered,
                   struct judged *judged) {
  struct account_state *state = &remembered->state;
  const struct account_state before = *state;
  if (!reading.reused) reading.asked_ms = now_ms;
  const struct reading *last_known = is_of_last_unit(&before, &reading) ? &before.last_known : NULL;
  *judged = (struct judged){.standing = judged->standing};
  reading = reading_plausible(&reading, last_known, &remembered->memory, &judged->again);
  *judged->standing = standing_of(account, &reading, before.known ? &before.last_known : NULL, before.known_level);
  forecast(&remembered->trend, now_ms, judged->standing);
  judged->changed = !before.seen || judged->standing->level != before.last_level;
  const struct rule_view view = {
      .policy = &account->alerts,
      .zone = account->zone,
      .now_ms = now_ms,
      .stale_after_ms = account->stale_after_ms,
      .reading = reading,
      .level = judged->standing->level,
      .thresholds = judged->standing->thresholds,
      .runway_ms = judged->standing->runway_ms,
      .last_known = last_known,
  };
  run_rules(&view, remembered, &judged->alerts);
  judged->standing->muted_until_ms = remembered->memory.muted_until_ms;
  if (!reading.reused) move_on(state, judged->standing);
}
