/* What is remembered of an account between rounds. */
#include "lowtide/text.h"
#include "row.h"

struct kept_reading {
  struct reading reading;
  enum level level;
  bool found;
};

static bool read_kept(struct store *store, int64_t account_id, int64_t seq, struct kept_reading *kept, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store,
                   "SELECT " ROW_COLUMNS " FROM reading r JOIN series s ON s.id = r.series_id"
                   " WHERE r.seq = ? AND r.account_id = ?",
                   err))
    return false;
  query_int(&query, seq);
  query_int(&query, account_id);
  *kept = (struct kept_reading){.level = LEVEL_UNKNOWN};
  if (!query_next(&query, &kept->found, err)) return false;
  if (kept->found) row_read(&query, &kept->reading, &kept->level);
  return true;
}

static bool read_both(struct store *store, int64_t account_id, int64_t last_seq, int64_t known_seq,
                      struct account_state *state, struct err *err) {
  struct kept_reading last;
  if (!read_kept(store, account_id, last_seq, &last, err)) return false;
  state->seen = last.found;
  state->last = last.reading;
  state->last_level = last.level;
  if (known_seq != last_seq && !read_kept(store, account_id, known_seq, &last, err)) return false;
  state->known = last.found;
  state->last_known = last.reading;
  state->known_level = last.level;
  return true;
}

bool store_account_state(struct store *store, const struct account_key *key, struct account_state *state, struct err *err) {
  QUERY query = {0};
  struct account_state read = {.last_level = LEVEL_UNKNOWN, .known_level = LEVEL_UNKNOWN};
  char provider[64];
  bool found = false;
  if (!query_start(&query, store, "SELECT id, last_seq, known_seq, provider FROM account_state WHERE account = ?", err))
    return false;
  query_text(&query, key->account);
  if (!query_next(&query, &found, err)) return false;
  if (found) {
    int64_t id = query_get_int(&query);
    int64_t last_seq = query_get_int(&query);
    int64_t known_seq = query_get_int(&query);
    query_get_text(&query, provider, sizeof provider);
    if (text_eq(provider, key->provider) && !read_both(store, id, last_seq, known_seq, &read, err)) return false;
  }
  *state = read;
  return true;
}

bool store_last_answer(struct store *store, const struct account_key *key, struct last_answer *answer, struct err *err) {
  QUERY query = {0};
  struct kept_reading kept = {0};
  bool found = false;
  if (!query_start(&query, store, "SELECT id, last_seq, ask_mark FROM account_state WHERE account = ? AND provider = ?",
                   err))
    return false;
  query_text(&query, key->account);
  query_text(&query, key->provider);
  if (!query_next(&query, &found, err)) return false;
  if (found) {
    int64_t id = query_get_int(&query);
    int64_t last_seq = query_get_int(&query);
    uint32_t ask_mark = (uint32_t)query_get_int(&query);
    if (!read_kept(store, id, last_seq, &kept, err)) return false;
    kept.reading.ask_mark = ask_mark;
  }
  *answer = (struct last_answer){.found = kept.found, .reading = kept.reading};
  return true;
}
