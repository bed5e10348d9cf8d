/* Lines for text logs: queued in a turn's job, held until its summary is accepted where they say POSTED, then forgotten. */
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "lowtide/zone.h"
#include "query.h"

static void note_new(struct store *store, int64_t id) {
  if (store->first_new_id == 0) store->first_new_id = id;
}

bool store_log_add(struct store *store, int64_t turn_id, const char *path, const char *text, bool held, struct err *err) {
  QUERY query = {0};
  if (!db_in_job(store, err)) return false;
  if (!query_start(&query, store, "INSERT INTO log_line (turn_id, path, text, held, boot) VALUES (?, ?, ?, ?, ?)", err))
    return false;
  query_int(&query, turn_id);
  query_text(&query, path);
  query_text(&query, text);
  query_int(&query, held);
  query_int(&query, store->boot);
  if (!query_run(&query, err)) return false;
  note_new(store, sqlite3_last_insert_rowid(store->db));
  return true;
}

bool store_log_pending(struct store *store, int64_t after_id, struct log_entry *entries, int max, int *count,
                       struct err *err) {
  QUERY query = {0};
  bool found = false;
  int read = 0;
  if (!query_start(&query, store,
                   "SELECT id, path, text, boot FROM log_line WHERE held = 0 AND id > ? AND id < ? ORDER BY id LIMIT ?",
                   err))
    return false;
  query_int(&query, after_id);
  query_int(&query, store->first_new_id != 0 ? store->first_new_id : INT64_MAX);
  query_int(&query, max);
  bool ok = query_next(&query, &found, err);
  while (ok && found && read < max) {
    struct log_entry *entry = &entries[read++];
    entry->id = query_get_int(&query);
    entry->path = query_get_copy(&query);
    entry->text = query_get_copy(&query);
    entry->fresh = query_get_int(&query) == store->boot;
    ok = query_next(&query, &found, err);
  }
  while (!ok && read > 0) {
    read--;
    mem_free(entries[read].path);
    mem_free(entries[read].text);
  }
  if (ok) *count = read;
  return ok;
}

bool store_log_written(struct store *store, const int64_t *ids, int count, struct err *err) {
  if (!db_in_job(store, err)) return false;
  store->lines_written = true;
  for (int i = 0; i < count; i++) {
    QUERY query = {0};
    if (!query_start(&query, store, "DELETE FROM log_line WHERE id = ?", err)) return false;
    query_int(&query, ids[i]);
    if (!query_run(&query, err)) return false;
  }
  return true;
}

bool store_log_trim(struct store *store, const char *path, int keep, int64_t *dropped, struct err *err) {
  QUERY query = {0};
  if (!db_in_job(store, err)) return false;
  if (!query_start(&query, store,
                   "DELETE FROM log_line WHERE held = 0 AND path = ? AND id <= (SELECT id FROM log_line"
                   " WHERE held = 0 AND path = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                   err))
    return false;
  query_text(&query, path);
  query_text(&query, path);
  query_int(&query, keep);
  if (!query_run(&query, err)) return false;
  *dropped = sqlite3_changes64(store->db);
  return true;
}

/* As compose_log_stamp writes it; the store may not know compose. They get new ids, so that a file stays in order of time.
 */
bool log_release(struct store *store, int64_t turn_id, int64_t now_ms, struct err *err) {
  QUERY insert = {0};
  QUERY drop = {0};
  char time[ZONE_TIME_TEXT_MAX];
  char stamp[ZONE_TIME_TEXT_MAX + 4];
  time_print(time, NULL, now_ms);
  (void)text_fmt(stamp, sizeof stamp, "[%s] ", time);
  if (!query_start(&insert, store,
                   "INSERT INTO log_line (turn_id, path, text, held, boot) SELECT turn_id, path, ? || text, 0, ?"
                   " FROM log_line WHERE turn_id = ? AND held = 1 ORDER BY id",
                   err))
    return false;
  query_text(&insert, stamp);
  query_int(&insert, store->boot);
  query_int(&insert, turn_id);
  if (!query_run(&insert, err)) return false;
  int64_t added = sqlite3_changes64(store->db);
  if (added == 0) return true;
  note_new(store, sqlite3_last_insert_rowid(store->db) - added + 1);
  if (!query_start(&drop, store, "DELETE FROM log_line WHERE turn_id = ? AND held = 1", err)) return false;
  query_int(&drop, turn_id);
  return query_run(&drop, err);
}

bool log_drop_orphans(struct store *store, int64_t but_turn_id, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store,
                   "DELETE FROM log_line WHERE held = 1 AND turn_id <> ? AND NOT EXISTS (SELECT 1 FROM outbox o"
                   " WHERE o.turn_id = log_line.turn_id AND o.kind = 'summary' AND o.settled_ms = 0)",
                   err))
    return false;
  query_int(&query, but_turn_id);
  return query_run(&query, err);
}
