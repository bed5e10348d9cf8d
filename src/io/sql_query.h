/* sql_query: a person's own query on their own PostgreSQL, read-only, on the loop. */
#ifndef LOWTIDE_IO_SQL_QUERY_H
#define LOWTIDE_IO_SQL_QUERY_H

#include "lowtide/ask.h"
#include "lowtide/loop.h"

struct sql_query;

typedef void sql_done(void *context, const struct err *err, const struct sql_answer *answer);

/* What ask points to is borrowed until done, which is called once and never from inside this call, or until cancelled.
 * The caller watches the deadline; the server is told it too. */
struct sql_query *sql_query_start(struct loop *loop, const struct sql_ask *ask, int64_t deadline_ms, sql_done *done,
                                  void *context);

/* done is not called any more. */
void sql_query_cancel(struct sql_query *query);

#endif
