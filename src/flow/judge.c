#include "judge.h"

/* An episode tells each level once. So a new one begins with the first level told, and with a level that is left while a
 * lesser one still holds: the next crossing into it is news. */
static bool begins_episode(enum level before, const struct rule_outcome *outcome) {
  if (before == LEVEL_OK) return outcome->event == RULE_CROSSED;
  return outcome->alerted != LEVEL_OK && outcome->alerted < before;
}

bool judge_account(struct store *store, const struct account *account, const struct turn *turn, struct reading reading,
                   struct judged *judged, struct err *err) {
  const struct account_key key = {.account = account->name, .provider = account->provider};
  struct account_state state = {0};
  if (!store_account_state(store, &key, &state, err)) return err_wrap(err, "%s", account->name);
  if (!reading.reused) reading.asked_ms = turn->started_ms;
  judged->standing = standing_of(account, &reading, state.known ? &state.last_known : NULL, state.known_level);
  judged->changed = !state.seen || judged->standing.level != state.last_level;
  const struct rule_view view = {
      .alerted = state.alerted,
      .reading = reading,
      .level = judged->standing.level,
      .thresholds = judged->standing.thresholds,
  };
  judged->alerted = state.alerted;
  judged->outcome = rules_judge(&view);
  judged->episode = state.episode + (begins_episode(state.alerted, &judged->outcome) ? 1 : 0);
  if (!reading.reused && !store_reading_add(store, &key, turn->id, &reading, judged->standing.level, err))
    return err_wrap(err, "%s", account->name);
  if (judged->outcome.event == RULE_NOTHING && judged->outcome.alerted == state.alerted) return true;
  return store_account_alerted(store, account->name, judged->outcome.alerted, judged->episode, err) ||
         err_wrap(err, "%s", account->name);
}
