/* What the doors remember: which interactions had their effect, and texts by name. */
#include "query.h"

#define REMEMBERED_MS DAY_MS

static bool forget_old(struct store *store, int64_t now_ms, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store, "DELETE FROM interaction WHERE at_ms < ?", err)) return false;
  query_int(&query, now_ms - REMEMBERED_MS);
  return query_run(&query, err);
}

bool store_interaction_add(struct store *store, const char *key, int64_t now_ms, bool *fresh, struct err *err) {
  QUERY query = {0};
  if (!db_in_job(store, err) || !forget_old(store, now_ms, err)) return false;
  if (!query_start(&query, store, "INSERT INTO interaction (key, at_ms) VALUES (?, ?) ON CONFLICT (key) DO NOTHING", err))
    return false;
  query_text(&query, key);
  query_int(&query, now_ms);
  if (!query_run(&query, err)) return false;
  *fresh = sqlite3_changes(store->db) == 1;
  return true;
}

bool store_memo_put(struct store *store, const char *name, const char *text, struct err *err) {
  QUERY query = {0};
  if (!db_in_job(store, err)) return false;
  if (!query_start(&query, store,
                   "INSERT INTO memo (name, text) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text",
                   err))
    return false;
  query_text(&query, name);
  query_text(&query, text);
  return query_run(&query, err);
}

bool store_memo(struct store *store, const char *name, char out[static STORE_MEMO_MAX], struct err *err) {
  QUERY query = {0};
  bool found = false;
  if (!query_start(&query, store, "SELECT text FROM memo WHERE name = ?", err)) return false;
  query_text(&query, name);
  if (!query_next(&query, &found, err)) return false;
  out[0] = '\0';
  if (found) query_get_text(&query, out, STORE_MEMO_MAX);
  return true;
}
