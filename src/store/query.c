#include "query.h"

#include "lowtide/mem.h"
#include "lowtide/text.h"

void query_end(struct query *query) {
  if (query->statement == NULL) return;
  if (query->owned) {
    (void)sqlite3_finalize(query->statement);
  } else {
    (void)sqlite3_reset(query->statement);
  }
  query->statement = NULL;
}

bool query_start_once(struct query *query, struct store *store, const char *sql, struct err *err) {
  *query = (struct query){.store = store, .owned = true};
  int code = sqlite3_prepare_v3(store->db, sql, -1, 0, &query->statement, NULL);
  return code == SQLITE_OK || db_fail(store, code, err);
}

bool query_start(struct query *query, struct store *store, const char *sql, struct err *err) {
  *query = (struct query){.store = store};
  for (int i = 0; i < store->cached; i++) {
    if (store->cache[i].sql != sql) continue;
    query->statement = store->cache[i].statement;
    return true;
  }
  if (store->cached == DB_STATEMENTS_MAX) return query_start_once(query, store, sql, err);
  int code = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &query->statement, NULL);
  if (code != SQLITE_OK) return db_fail(store, code, err);
  store->cache[store->cached].sql = sql;
  store->cache[store->cached++].statement = query->statement;
  return true;
}

static void remember(struct query *query, int code) {
  if (query->code == SQLITE_OK) query->code = code;
}

void query_int(struct query *query, int64_t value) {
  remember(query, sqlite3_bind_int64(query->statement, ++query->bound, value));
}

void query_text(struct query *query, const char *text) {
  remember(query, sqlite3_bind_text(query->statement, ++query->bound, text, -1, SQLITE_STATIC));
}

void query_amount(struct query *query, struct amount amount) {
  if (amount.known) {
    query_int(query, amount.nano);
  } else {
    remember(query, sqlite3_bind_null(query->statement, ++query->bound));
  }
}

bool query_next(struct query *query, bool *found, struct err *err) {
  if (query->code != SQLITE_OK) return db_fail(query->store, query->code, err);
  int code = sqlite3_step(query->statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) return db_fail(query->store, code, err);
  *found = code == SQLITE_ROW;
  query->read = 0;
  return true;
}

bool query_run(struct query *query, struct err *err) {
  bool found = false;
  bool ok = query_next(query, &found, err);
  query_end(query);
  return ok;
}

int64_t query_get_int(struct query *query) {
  return sqlite3_column_int64(query->statement, query->read++);
}

bool query_get_bool(struct query *query) {
  return query_get_int(query) != 0;
}

struct amount query_get_amount(struct query *query) {
  bool known = sqlite3_column_type(query->statement, query->read) != SQLITE_NULL;
  int64_t nano = query_get_int(query);
  return (struct amount){.known = known, .nano = known ? nano : 0};
}

static const char *get_text(struct query *query) {
  const unsigned char *text = sqlite3_column_text(query->statement, query->read++);
  return text != NULL ? (const char *)text : "";
}

void query_get_text(struct query *query, char *out, size_t size) {
  (void)text_copy(out, size, get_text(query));
}

char *query_get_copy(struct query *query) {
  return mem_dup(get_text(query));
}

bool query_number(struct query *query, int64_t *number, struct err *err) {
  bool found = false;
  if (!query_next(query, &found, err)) return false;
  *number = found ? query_get_int(query) : 0;
  query_end(query);
  return true;
}
