#include "judge.h"

#include <string.h>

#include "lowtide/runway.h"

#define GRANTS_MAX 32

/* What is left of each grant if the one that runs out first was spent first. */
static void spend_first_first(struct grant *grants, int count, int64_t left) {
  for (int i = count - 1; i >= 0; i--) {
    if (grants[i].nano > left) grants[i].nano = left > 0 ? left : 0;
    left -= grants[i].nano;
  }
}

static bool read_grants(struct store *store, const struct account *account, const struct rule_view *view,
                        struct grant *grants, int *count, struct err *err) {
  *count = 0;
  if (!reading_is_known(&view->reading) || !view->reading.available.known || !view->reading.estimated) return true;
  if (!store_grants(store, account->name, view->reading.unit, view->now_ms, grants, GRANTS_MAX, count, err)) return false;
  spend_first_first(grants, *count, view->reading.available.nano);
  return true;
}

static bool keep_grants(struct store *store, const struct grant *before, const struct grant *grants, int count,
                        struct err *err) {
  for (int i = 0; i < count; i++) {
    if (grants[i].told_days == before[i].told_days) continue;
    if (!store_grant_told(store, grants[i].id, grants[i].told_days, err)) return false;
  }
  return true;
}

static bool run_rules(struct store *store, const struct account *account, struct rule_view *view,
                      struct alert_memory *memory, struct alerts *alerts, struct err *err) {
  struct grant grants[GRANTS_MAX];
  struct grant before[GRANTS_MAX];
  int count = 0;
  if (!read_grants(store, account, view, grants, &count, err)) return false;
  memcpy(before, grants, (size_t)count * sizeof grants[0]);
  view->grants = grants;
  view->grant_count = (size_t)count;
  rules_judge(view, memory, alerts);
  return keep_grants(store, before, grants, count, err);
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
  struct alert_memory before;
  if (!store_account_state(store, &key, &state, err) || !store_alert_memory(store, &key, &memory, err)) return false;
  memcpy(&before, &memory, sizeof before);
  if (!reading.reused) reading.asked_ms = turn->started_ms;
  const struct reading *last_known = is_of_last_unit(&state, &reading) ? &state.last_known : NULL;
  reading = reading_plausible(&reading, last_known, &memory, &judged->again);
  judged->standing = standing_of(account, &reading, state.known ? &state.last_known : NULL, state.known_level);
  if (!forecast(store, &key, turn, &judged->standing, err)) return false;
  judged->changed = !state.seen || judged->standing.level != state.last_level;
  struct rule_view view = {
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
         (memcmp(&before, &memory, sizeof before) == 0 || store_alert_memory_put(store, &key, &memory, err));
}

bool judge_account(struct store *store, const struct account *account, const struct turn *turn, struct reading reading,
                   struct judged *judged, struct err *err) {
  return judge(store, account, turn, reading, judged, err) || err_wrap(err, "%s", account->name);
}
