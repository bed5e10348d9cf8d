/* What is remembered of an account between rounds. */
#include "lowtide/text.h"
#include "row.h"

static bool read_reading(struct store *store, int64_t account_id, int64_t seq, struct reading *reading, enum level *level,
                         bool *found, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store,
                   "SELECT " ROW_COLUMNS " FROM reading r JOIN series s ON s.id = r.series_id"
                   " WHERE r.seq = ? AND r.account_id = ?",
                   err))
    return false;
  query_int(&query, seq);
  query_int(&query, account_id);
  if (!query_next(&query, found, err)) return false;
  if (*found) row_read(&query, reading, level);
  return true;
}

bool store_account_state(struct store *store, const struct account_key *key, struct account_state *state, struct err *err) {
  QUERY query = {0};
  struct account_state read = {.last_level = LEVEL_UNKNOWN, .known_level = LEVEL_UNKNOWN};
  char provider[64];
  bool found = false;
  if (!query_start(&query, store,
                   "SELECT id, provider, last_seq, known_seq, alerted, episode FROM account_state WHERE account = ?", err))
    return false;
  query_text(&query, key->account);
  if (!query_next(&query, &found, err)) return false;
  if (found) {
    int64_t id = query_get_int(&query);
    query_get_text(&query, provider, sizeof provider);
    int64_t last_seq = query_get_int(&query);
    int64_t known_seq = query_get_int(&query);
    enum level alerted = (enum level)query_get_int(&query);
    read.episode = query_get_int(&query); /* goes on over a change of provider: alerts' keys hold it */
    if (text_eq(provider, key->provider)) {
      read.alerted = alerted;
      if (!read_reading(store, id, last_seq, &read.last, &read.last_level, &read.seen, err)) return false;
      read.last_known = read.last;
      read.known_level = read.last_level;
      read.known = read.seen && known_seq == last_seq;
      if (!read.known && !read_reading(store, id, known_seq, &read.last_known, &read.known_level, &read.known, err))
        return false;
    }
  }
  *state = read;
  return true;
}

bool store_account_alerted(struct store *store, const char *account, enum level alerted, int64_t episode, struct err *err) {
  QUERY query = {0};
  if (!db_in_job(store, err)) return false;
  if (!query_start(&query, store,
                   "INSERT INTO account_state (account, provider, series_id, seq, last_seq, known_seq, alerted, episode)"
                   " VALUES (?, '', 0, 0, 0, 0, ?, ?)"
                   " ON CONFLICT (account) DO UPDATE SET alerted = excluded.alerted, episode = excluded.episode",
                   err))
    return false;
  query_text(&query, account);
  query_int(&query, (int64_t)alerted);
  query_int(&query, episode);
  return query_run(&query, err);
}
