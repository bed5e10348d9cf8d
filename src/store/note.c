/* What people noted with `set` and `topup`. */
#include "query.h"

bool store_note_add(struct store *store, const struct note *note, struct err *err) {
  QUERY query = {0};
  if (!db_in_job(store, err)) return false;
  if (!query_start(&query, store,
                   "INSERT INTO note (account, unit, kind, nano, time_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?)", err))
    return false;
  query_text(&query, note->account);
  query_text(&query, note->unit);
  query_int(&query, note->kind == NOTE_SET ? 0 : 1);
  query_int(&query, note->nano);
  query_int(&query, note->time_ms);
  query_int(&query, note->expires_ms);
  return query_run(&query, err);
}

bool store_note_balance(struct store *store, const char *account, const char *unit, struct note_answer *answer,
                        struct err *err) {
  QUERY query = {0};
  struct note_answer sum = {.balance = amount_of(0)};
  bool found = false;
  if (!query_start(&query, store,
                   "SELECT kind, nano, time_ms FROM note WHERE account = ? AND unit = ? ORDER BY time_ms, id", err))
    return false;
  query_text(&query, account);
  query_text(&query, unit);
  if (!query_next(&query, &found, err)) return false;
  while (found) {
    bool is_set = query_get_int(&query) == 0;
    int64_t nano = query_get_int(&query);
    sum.time_ms = query_get_int(&query);
    sum.noted = true;
    if (is_set) sum.balance.nano = 0;
    if (__builtin_add_overflow(sum.balance.nano, nano, &sum.balance.nano))
      return err_set(err, ERR_STORE, "%s: the notes add up to more than fits", account);
    if (!query_next(&query, &found, err)) return false;
  }
  if (!sum.noted) sum.balance = (struct amount){0};
  *answer = sum;
  return true;
}
