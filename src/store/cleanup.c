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
/* Of a channel that is not in the config any more: nobody takes them. A young one may bear an old time all the same: it was
 * made while the clock was wrong. */
static const char left_messages[] =
    "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE settled_ms = 0 AND created_ms < ? AND turn_id" OLD_TURN
    " LIMIT ?)";
static const char lines[] = "DELETE FROM log_line WHERE id IN (SELECT l.id FROM log_line l JOIN turn t ON t.id = l.turn_id"
                            " WHERE l.held = 1 AND t.started_ms < ? LIMIT ?)";
static const char alerts[] =
    "DELETE FROM outbox_alert WHERE (channel, alert) IN (SELECT channel, alert FROM outbox_alert o WHERE told_ms < ?"
    " AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.key = o.message AND b.channel = o.channel) LIMIT ?)";
/* A monthly digest's slot is a matter of weeks. */
static const char turns[] = "DELETE FROM turn WHERE id IN (SELECT id FROM turn WHERE started_ms < ? AND id" OLD_TURN
                            " AND schedule NOT LIKE 'digest:%' ORDER BY id LIMIT ?)";

static bool clean(struct store *store, const char *sql, struct cleanup_chunk *chunk, int64_t *deleted, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store, sql, err)) return false;
  query_int(&query, chunk->before_ms);
  query_int(&query, chunk->limit);
  if (!query_run(&query, err)) return false;
  *deleted = sqlite3_changes64(store->db);
  if (*deleted >= chunk->limit) chunk->more = true;
  return true;
}

bool store_cleanup(struct store *store, struct cleanup_chunk *chunk, struct err *err) {
  static const char *const others[] = {rollups, messages, left_messages, alerts, lines, turns};
  int64_t count = 0;
  chunk->more = false;
  if (!db_in_job(store, err) || !clean(store, readings, chunk, &chunk->deleted, err)) return false;
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    if (!clean(store, others[i], chunk, &count, err)) return false;
  }
  return true;
}

bool store_oldest_reading(struct store *store, int64_t *at_ms, struct err *err) {
  QUERY query = {0};
  bool found = false;
  if (!query_start(&query, store, "SELECT MIN(at_ms) FROM reading", err) || !query_next(&query, &found, err)) return false;
  struct amount oldest = found ? query_get_amount(&query) : (struct amount){0};
  *at_ms = oldest.known ? oldest.nano : INT64_MAX;
  return true;
}
