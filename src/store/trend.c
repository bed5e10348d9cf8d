/* How fast an account burns, kept from reading to reading. */
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "query.h"

static bool rebuild(struct store *store, const struct account_key *key, int64_t now_ms, struct trend *trend,
                    struct err *err) {
  const char *const names[] = {key->account, NULL};
  return store_trends_rebuild(store, names, now_ms, trend, err);
}

bool store_trend(struct store *store, const struct account_key *key, int64_t now_ms, struct trend *trend, struct err *err) {
  QUERY query = {0};
  bool found = false;
  char provider[64];
  if (!query_start(&query, store, "SELECT provider, value FROM trend WHERE account = ?", err)) return false;
  query_text(&query, key->account);
  if (!query_next(&query, &found, err)) return false;
  if (!found) return rebuild(store, key, now_ms, trend, err);
  query_get_text(&query, provider, sizeof provider);
  char *value = query_get_copy(&query);
  struct err damaged = {0};
  bool ours = text_eq(provider, key->provider) && trend_decode(value, trend, &damaged);
  mem_free(value);
  if (!ours) *trend = (struct trend){0};
  return true;
}

bool store_trend_put(struct store *store, const struct account_key *key, const struct trend *trend, struct err *err) {
  QUERY query = {0};
  struct buf value;
  if (!db_in_job(store, err)) return false;
  if (!query_start(&query, store, "INSERT OR REPLACE INTO trend (account, provider, value) VALUES (?, ?, ?)", err))
    return false;
  buf_init(&value, TREND_TEXT_MAX);
  trend_encode(trend, &value);
  query_text(&query, key->account);
  query_text(&query, key->provider);
  query_text(&query, buf_text(&value));
  bool ok = query_run(&query, err);
  buf_done(&value);
  return ok;
}

bool trend_forget(struct store *store, const char *account, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store, "DELETE FROM trend WHERE account = ?", err)) return false;
  query_text(&query, account);
  return query_run(&query, err);
}
