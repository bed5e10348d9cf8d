#include "judge.h"

/* What the rules can need of what is stored, and no more: a trend costs a decoding. */
static bool load(struct store *store, const struct account_key *key, int64_t now_ms, const struct reading *reading,
                 struct remembered *remembered, struct err *err) {
  bool known = reading_is_known(reading);
  bool noted = known && reading->available.known && reading->estimated;
  *remembered = (struct remembered){0};
  return store_account_state(store, key, &remembered->state, err) &&
         store_alert_memory(store, key, &remembered->memory, err) &&
         (!known || store_trend(store, key, now_ms, &remembered->trend, err)) &&
         (!noted || store_grants(store, key->account, reading->unit, now_ms, &remembered->grants, err));
}

static bool keep_grants(struct store *store, const struct grants *before, const struct grants *grants, struct err *err) {
  for (int i = 0; i < grants->count; i++) {
    const struct grant *grant = &grants->list[i];
    if (grant->told_days == before->list[i].told_days) continue;
    if (!store_grant_told(store, grant->id, grant->told_days, err)) return false;
  }
  return true;
}

static bool keep_reading(struct store *store, const struct account_key *key, const struct turn *turn,
                         const struct remembered *remembered, const struct standing *standing, struct err *err) {
  const struct reading *reading = &standing->reading;
  if (reading->reused) return true;
  return (!reading_is_known(reading) || store_trend_put(store, key, &remembered->trend, err)) &&
         store_reading_add(store, key, turn->id, reading, standing->level, err);
}

static bool judge(struct store *store, const struct account *account, const struct turn *turn,
                  const struct reading *reading, struct judged *judged, struct err *err) {
  const struct account_key key = {.account = account->name, .provider = account->provider};
  struct remembered remembered;
  if (!load(store, &key, turn->started_ms, reading, &remembered, err)) return false;
  const struct alert_memory memory = remembered.memory;
  const struct grants grants = remembered.grants;
  judge_reading(account, turn->started_ms, *reading, &remembered, judged);
  return keep_grants(store, &grants, &remembered.grants, err) &&
         keep_reading(store, &key, turn, &remembered, judged->standing, err) &&
         (alert_memory_same(&memory, &remembered.memory) || store_alert_memory_put(store, &key, &remembered.memory, err));
}

bool judge_account(struct store *store, const struct account *account, const struct turn *turn, struct reading reading,
                   struct judged *judged, struct err *err) {
  return judge(store, account, turn, &reading, judged, err) || err_wrap(err, "%s", account->name);
}
