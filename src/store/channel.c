/* What is remembered of a channel. */
#include "outbox_row.h"

static bool run_on(struct store *store, const char *sql, const char *channel, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store, sql, err)) return false;
  query_text(&query, channel);
  return query_run(&query, err);
}

bool channel_tell(struct store *store, const char *channel, int64_t posted_ms, const char *why, struct err *err) {
  QUERY query = {0};
  if (!query_start(
          &query, store,
          "INSERT INTO channel_state (channel, posted_ms, why) VALUES (?, ?, ?) ON CONFLICT (channel) DO UPDATE SET"
          " posted_ms = CASE WHEN excluded.posted_ms = 0 THEN channel_state.posted_ms ELSE excluded.posted_ms END,"
          " why = excluded.why",
          err))
    return false;
  query_text(&query, channel);
  query_int(&query, posted_ms);
  query_text(&query, why);
  return query_run(&query, err);
}

bool channel_disable(struct store *store, const char *channel, int64_t now_ms, const char *mark, struct err *err) {
  QUERY query = {0};
  /* Disabled again for the same reason, it is so since the first time. */
  if (!query_start(
          &query, store,
          "UPDATE channel_state SET disabled_ms = CASE WHEN disabled_ms <> 0 AND disabled_mark = ? THEN disabled_ms"
          " ELSE ? END, disabled_mark = ? WHERE channel = ?",
          err))
    return false;
  query_text(&query, mark);
  query_int(&query, now_ms != 0 ? now_ms : 1);
  query_text(&query, mark);
  query_text(&query, channel);
  return query_run(&query, err);
}

bool channel_enable(struct store *store, const char *channel, struct err *err) {
  return run_on(store,
                "UPDATE channel_state SET disabled_ms = 0, disabled_mark = '' WHERE channel = ? AND disabled_ms <> 0",
                channel, err);
}

bool channel_count_repeated(struct store *store, const char *channel, struct err *err) {
  return run_on(store, "UPDATE channel_state SET repeated = repeated + 1 WHERE channel = ?", channel, err);
}

bool channel_count_doubtful(struct store *store, const char *channel, int64_t more, struct err *err) {
  QUERY query = {0};
  if (more == 0) return true;
  if (!query_start(&query, store,
                   "INSERT INTO channel_state (channel, posted_ms, why, doubtful) VALUES (?, 0, '', ?)"
                   " ON CONFLICT (channel) DO UPDATE SET doubtful = channel_state.doubtful + excluded.doubtful",
                   err))
    return false;
  query_text(&query, channel);
  query_int(&query, more);
  return query_run(&query, err);
}

bool channel_remember_message(struct store *store, const char *channel, const char *id, uint64_t mark, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store, "UPDATE channel_state SET message_id = ?, message_mark = ? WHERE channel = ?", err))
    return false;
  query_text(&query, id);
  query_int(&query, (int64_t)mark);
  query_text(&query, channel);
  return query_run(&query, err);
}

bool store_channel_kept(struct store *store, const char *channel, struct channel_state *state, struct err *err) {
  QUERY query = {0};
  struct channel_state read = {0};
  bool found = false;
  if (!query_start(&query, store,
                   "SELECT posted_ms, why, disabled_ms, disabled_mark, repeated, doubtful, message_id, message_mark"
                   " FROM channel_state WHERE channel = ?",
                   err))
    return false;
  query_text(&query, channel);
  if (!query_next(&query, &found, err)) return false;
  if (found) {
    read.last_posted_ms = query_get_int(&query);
    read.posted = read.last_posted_ms != 0;
    query_get_text(&query, read.last_why, sizeof read.last_why);
    read.disabled_ms = query_get_int(&query);
    query_get_text(&query, read.disabled_mark, sizeof read.disabled_mark);
    read.repeated = query_get_int(&query);
    read.doubtful = query_get_int(&query);
    query_get_text(&query, read.message_id, sizeof read.message_id);
    read.message_mark = (uint64_t)query_get_int(&query);
  }
  *state = read;
  return true;
}

static bool count(struct store *store, const char *sql, const char *channel, int64_t *number, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store, sql, err)) return false;
  query_text(&query, channel);
  return query_number(&query, number, err);
}

static const char waiting_sql[] = "SELECT COUNT(DISTINCT key) FROM outbox WHERE channel = ? AND settled_ms = 0";
static const char refused_sql[] = "SELECT COUNT(DISTINCT key) FROM outbox WHERE channel = ? AND state = 'refused'";

bool store_channel_state(struct store *store, const char *channel, struct channel_state *state, struct err *err) {
  struct channel_state read = {0};
  if (!store_channel_kept(store, channel, &read, err) || !count(store, waiting_sql, channel, &read.waiting, err) ||
      !count(store, refused_sql, channel, &read.refused, err))
    return false;
  *state = read;
  return true;
}
