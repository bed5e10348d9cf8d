#include "judge.h"

#include <string.h>

#include "lowtide/runway.h"

/* What is left of each grant if the one that runs out first was spent first. */
static void spend_first_first(struct grants *grants, int64_t left) {
  for (int i = grants->count - 1; i >= 0; i--) {
    struct grant *grant = &grants->list[i];
    if (grant->nano > left) grant->nano = left > 0 ? left : 0;
    left -= grant->nano;
  }
}

static bool read_grants(struct store *store, const struct account *account, const struct rule_view *view,
                        struct grants *grants, struct err *err) {
  const struct reading *reading = &view->reading;
  if (!reading_is_known(reading) || !reading->available.known || !reading->estimated) return true;
  if (!store_grants(store, account->name, reading->unit, view->now_ms, grants, err)) return false;
  spend_first_first(grants, reading->available.nano);
  return true;
}

static bool keep_grants(struct store *store, const struct grants *before, const struct grants *grants, struct err *err) {
  for (int i = 0; i < grants->count; i++) {
    const struct grant *grant = &grants->list[i];
    if (grant->told_days == before->list[i].told_days) continue;
    if (!store_grant_told(store, grant->id, grant->told_days, err)) return false;
  }
  return true;
}

static bool run_rules(struct store *store, const struct account *account, const struct rule_view *seen,
                      struct alert_memory *memory, struct alerts *alerts, struct err *err) {
  struct grants grants = {.count = 0};
  if (!read_grants(store, account, seen, &grants, err)) return false;
  const struct grants before = grants;
  struct rule_view view = *seen;
  view.grants = grants.list;
  view.grant_count = (size_t)grants.count;
  rules_judge(&view, memory, alerts);
  return keep_grants(store, &before, &grants, err);
}

static bool is_of_last_unit(const struct account_state *state, const struct reading *reading) {
  return state->known && (!reading_is_known(reading) || strcmp(state->last_known.unit, reading->unit) == 0);
}

/* The trend takes the reading, and says how long what is left lasts. */
static bool forecast(struct store *store, const struct account_key *key, const struct turn *turn, struct standing *standing,
                     struct err *err) {
  struct trend trend = {0};
  const struct reading *reading = &standing->reading;
  if (!reading_is_known(reading)) return true;
  if (!store_trend(store, key, turn->started_ms, &trend, err)) return false;
  if (!reading->reused) trend_update(&trend, reading);
  const struct runway runway = runway_of(&trend, turn->started_ms, 0);
  standing_lasts(standing, runway_claimed_ms(&runway));
  return reading->reused || store_trend_put(store, key, &trend, err);
}

static bool judge(struct store *store, const struct account *account, const struct turn *turn, struct reading reading,
                  struct judged *judged, struct err *err) {
  const struct account_key key = {.account = account->name, .provider = account->provider};
  struct account_state state = {0};
  struct alert_memory memory;
  if (!store_account_state(store, &key, &state, err) || !store_alert_memory(store, &key, &memory, err)) return false;
  const struct alert_memory before = memory;
  if (!reading.reused) reading.asked_ms = turn->started_ms;
  const struct reading *last_known = is_of_last_unit(&state, &reading) ? &state.last_known : NULL;
  reading = reading_plausible(&reading, last_known, &memory, &judged->again);
  judged->standing = standing_of(account, &reading, state.known ? &state.last_known : NULL, state.known_level);
  if (!forecast(store, &key, turn, &judged->standing, err)) return false;
  judged->changed = !state.seen || judged->standing.level != state.last_level;
  const struct rule_view view = {
      .policy = &account->alerts,
      .zone = account->zone,
      .now_ms = turn->started_ms,
      .stale_after_ms = account->stale_after_ms,
      .reading = reading,
      .level = judged->standing.level,
      .thresholds = judged->standing.thresholds,
      .runway_ms = judged->standing.runway_ms,
      .last_known = last_known,
  };
  return run_rules(store, account, &view, &memory, &judged->alerts, err) &&
         (reading.reused || store_reading_add(store, &key, turn->id, &reading, judged->standing.level, err)) &&
         (alert_memory_same(&before, &memory) || store_alert_memory_put(store, &key, &memory, err));
}

bool judge_account(struct store *store, const struct account *account, const struct turn *turn, struct reading reading,
                   struct judged *judged, struct err *err) {
  return judge(store, account, turn, reading, judged, err) || err_wrap(err, "%s", account->name);
}
