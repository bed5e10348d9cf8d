/* query: one run of a statement. Parameters are bound in the order of the calls, columns read in theirs.
 *
 *     QUERY query = {0};
 *     if (!query_start(&query, store, "SELECT id FROM turn WHERE schedule = ?", err)) return false;
 *     query_text(&query, schedule);
 *     if (!query_next(&query, &found, err)) return false;
 *     if (found) id = query_get_int(&query);
 */
#ifndef LOWTIDE_STORE_QUERY_H
#define LOWTIDE_STORE_QUERY_H

#include "db.h"
#include "lowtide/money.h"

struct query {
  const struct store *store;
  sqlite3_stmt *statement;
  bool owned; /* not from the cache */
  int bound;
  int read;
  int code; /* the first failure of a bind */
};

void query_end(struct query *query);

#define QUERY __attribute__((cleanup(query_end))) struct query

/* sql is a literal: its statement is kept for the next time. */
bool query_start(struct query *query, struct store *store, const char *sql, struct err *err) MUST_CHECK;
/* For sql that was put together. */
bool query_start_once(struct query *query, struct store *store, const char *sql, struct err *err) MUST_CHECK;

void query_int(struct query *query, int64_t value);
void query_text(struct query *query, const char *text); /* must live until query_end */
void query_amount(struct query *query, struct amount amount);

bool query_next(struct query *query, bool *found, struct err *err) MUST_CHECK;
/* All of a statement that gives no rows. */
bool query_run(struct query *query, struct err *err) MUST_CHECK;

int64_t query_get_int(struct query *query);
bool query_get_bool(struct query *query);
struct amount query_get_amount(struct query *query);
void query_get_text(struct query *query, char *out, size_t size);
char *query_get_copy(struct query *query); /* mem_free */

/* For the common one-liners: one number of the first row, 0 if there is none. */
bool query_number(struct query *query, int64_t *number, struct err *err) MUST_CHECK;

#endif
