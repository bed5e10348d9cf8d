/* The connection: statements and transactions. */
#include "query.h"

bool db_exec(struct store *store, const char *sql, struct err *err) {
  int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
  return code == SQLITE_OK || db_fail(store, code, err);
}

bool db_pragma_int(struct store *store, const char *sql, int64_t *value, struct err *err) {
  QUERY query = {0};
  return query_start_once(&query, store, sql, err) && query_number(&query, value, err);
}

bool db_in_job(const struct store *store, struct err *err) {
  return sqlite3_get_autocommit(store->db) == 0 || err_set(err, ERR_STORE, "this needs a job's transaction");
}

void db_forget_lines(struct store *store) {
  if (store->lines_written) sqlite3_randomness(sizeof store->boot, &store->boot);
  store->lines_written = false;
}

bool db_begin(struct store *store, bool *busy, struct err *err) {
  int code = sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
  *busy = (code & 0xff) == SQLITE_BUSY;
  store->first_new_id = 0;
  return code == SQLITE_OK || db_fail(store, code, err);
}

void db_roll_back(struct store *store) {
  /* SQLite may have done it by itself: then there is nothing left to fail. */
  if (sqlite3_get_autocommit(store->db) == 0) (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
  db_forget_lines(store);
  store->first_new_id = 0;
}

bool db_is_gone(const struct store *store) {
  int moved = 0;
  return sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

bool db_commit(struct store *store, struct err *err) {
  if (!db_in_job(store, err) || !db_exec(store, "COMMIT", err)) {
    db_roll_back(store);
    return false;
  }
  store->lines_written = false;
  store->first_new_id = 0;
  return true;
}

bool store_do(struct store *store, store_job *job, void *context, struct err *err) {
  bool busy = false;
  if (!db_begin(store, &busy, err)) return false;
  if (job(store, context, err)) return db_commit(store, err);
  db_roll_back(store);
  return false;
}
