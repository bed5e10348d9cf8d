/* What people noted with `set` and `topup`, and what was handed in with `push`. */
#include "query.h"

bool store_note_add(struct store *store, const struct note *note, struct err *err) {
  QUERY query = {0};
  if (!db_in_job(store, err)) return false;
  if (!query_start(
          &query, store,
          "INSERT INTO note (account, unit, kind, nano, time_ms, expires_ms, spent_before) VALUES (?, ?, ?, ?, ?, ?, ?)",
          err))
    return false;
  query_text(&query, note->account);
  query_text(&query, note->unit);
  query_int(&query, note->kind == NOTE_SET ? 0 : 1);
  query_int(&query, note->nano);
  query_int(&query, note->time_ms);
  query_int(&query, note->expires_ms);
  query_amount(&query, note->spent_before);
  return query_run(&query, err);
}

static bool add_up(struct store *store, const char *account, const char *unit, struct note_answer *answer,
                   struct err *err) {
  QUERY query = {0};
  struct note_answer sum = {.balance = amount_of(0)};
  bool found = false;
  if (!query_start(&query, store,
                   "SELECT kind, nano, time_ms, spent_before FROM note WHERE account = ? AND unit = ? ORDER BY time_ms, id",
                   err))
    return false;
  query_text(&query, account);
  query_text(&query, unit);
  if (!query_next(&query, &found, err)) return false;
  while (found) {
    bool is_set = query_get_int(&query) == 0;
    int64_t nano = query_get_int(&query);
    sum.time_ms = query_get_int(&query);
    struct amount spent_before = query_get_amount(&query);
    if (is_set || !sum.noted) {
      sum.balance.nano = 0;
      sum.noted_ms = sum.time_ms;
      sum.spent_before = spent_before;
    }
    sum.noted = true;
    if (__builtin_add_overflow(sum.balance.nano, nano, &sum.balance.nano))
      return err_set(err, ERR_STORE, "%s: the notes add up to more than fits", account);
    if (!query_next(&query, &found, err)) return false;
  }
  if (!sum.noted) sum.balance = (struct amount){0};
  *answer = sum;
  return true;
}

static bool find_push(struct store *store, const char *account, const char *unit, struct note_answer *answer,
                      struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store, "SELECT available, cash, voucher, time_ms FROM pushed WHERE account = ? AND unit = ?",
                   err))
    return false;
  query_text(&query, account);
  query_text(&query, unit);
  if (!query_next(&query, &answer->pushed, err)) return false;
  if (!answer->pushed) return true;
  answer->push.available = query_get_amount(&query);
  answer->push.cash = query_get_amount(&query);
  answer->push.voucher = query_get_amount(&query);
  answer->push.time_ms = query_get_int(&query);
  return true;
}

bool store_note_balance(struct store *store, const char *account, const char *unit, struct note_answer *answer,
                        struct err *err) {
  struct note_answer found = {0};
  if (!add_up(store, account, unit, &found, err) || !find_push(store, account, unit, &found, err)) return false;
  *answer = found;
  return true;
}

bool store_push_put(struct store *store, const struct push_note *note, bool *fresh, struct err *err) {
  QUERY query = {0};
  if (!db_in_job(store, err)) return false;
  if (!query_start(&query, store,
                   "INSERT INTO pushed (account, unit, available, cash, voucher, time_ms) VALUES (?, ?, ?, ?, ?, ?)"
                   " ON CONFLICT (account, unit) DO UPDATE SET available = excluded.available, cash = excluded.cash,"
                   " voucher = excluded.voucher, time_ms = excluded.time_ms"
                   " WHERE pushed.time_ms <= excluded.time_ms OR pushed.time_ms > ?",
                   err))
    return false;
  query_text(&query, note->account);
  query_text(&query, note->unit);
  query_amount(&query, note->push.available);
  query_amount(&query, note->push.cash);
  query_amount(&query, note->push.voucher);
  query_int(&query, note->push.time_ms);
  query_int(&query, note->now_ms);
  if (!query_run(&query, err)) return false;
  *fresh = sqlite3_changes64(store->db) > 0;
  return true;
}
