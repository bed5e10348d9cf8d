/* Retention, in chunks between other jobs. */
#include "query.h"

static const char readings[] =
    "DELETE FROM reading WHERE (seq, account_id) IN (SELECT r.seq, r.account_id FROM reading r"
    " JOIN account_state a ON a.id = r.account_id"
    " WHERE r.at_ms < ? AND r.seq <> a.last_seq AND r.seq <> a.known_seq ORDER BY r.at_ms LIMIT ?)";
static const char rollups[] =
    "DELETE FROM rollup WHERE (span_ms, start_ms, series_id) IN (SELECT span_ms, start_ms, series_id FROM rollup"
    " WHERE span_ms = 3600000 AND start_ms <= ? - 3600000 LIMIT ?)";
/* However short the keep, the newest thousand turns stay: they say which slots are done. */
#define OLD_TURN " <= (SELECT MAX(id) FROM turn) - 1000"
static const char messages[] =
    "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE settled_ms <> 0 AND settled_ms < ? AND turn_id" OLD_TURN
    " ORDER BY id LIMIT ?)";
static const char lines[] = "DELETE FROM log_line WHERE id IN (SELECT l.id FROM log_line l JOIN turn t ON t.id = l.turn_id"
                            " WHERE l.held = 1 AND t.started_ms < ? LIMIT ?)";
static const char turns[] =
    "DELETE FROM turn WHERE id IN (SELECT id FROM turn WHERE started_ms < ? AND id" OLD_TURN " ORDER BY id LIMIT ?)";

static bool clean(struct store *store, const char *sql, int64_t before_ms, int limit, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store, sql, err)) return false;
  query_int(&query, before_ms);
  query_int(&query, limit);
  return query_run(&query, err);
}

bool store_cleanup(struct store *store, int64_t before_ms, int limit, int64_t *deleted, struct err *err) {
  if (!db_in_job(store, err) || !clean(store, readings, before_ms, limit, err)) return false;
  int64_t count = sqlite3_changes64(store->db);
  if (!clean(store, rollups, before_ms, limit, err) || !clean(store, messages, before_ms, limit, err) ||
      !clean(store, lines, before_ms, limit, err) || !clean(store, turns, before_ms, limit, err))
    return false;
  *deleted = count;
  return true;
}
