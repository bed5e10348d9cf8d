#include "io/sql_query.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <sys/ioctl.h>

#include "io/loop_uv.h"
#include "io/name_lookup.h"
#include "io/sql_fault.h"
#include "io/sql_target.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define HEARD_MAX (1024 * 1024) /* bytes of one answer */
#define ROWS_MAX 2
#define SERVER_PATIENCE_MS 500 /* the server gives up a little later than we do */

/* Of PostgreSQL's catalogue, fixed for ever. */
enum { TYPE_DATE = 1082, TYPE_TIMESTAMP = 1114, TYPE_TIMESTAMPTZ = 1184 };

enum stage { STAGE_NAMES, STAGE_CONNECT, STAGE_BEGIN, STAGE_ASK, STAGE_OVER };

struct watch {
  uv_poll_t poll;
  struct sql_query *query;
};

struct sql_query {
  struct loop *loop;
  const struct sql_ask *ask;
  int64_t deadline_ms;
  sql_done *done;
  void *context;
  enum stage stage;
  struct timer *later; /* tells what was known at once */
  struct sql_target target;
  size_t host_at;
  struct name_lookup *lookup;
  PGconn *conn;
  struct watch *watch;
  size_t heard;
  struct sql_answer answer;
  struct err err;
};

static void on_ready(uv_poll_t *poll, int status, int events);
static void next_host(struct sql_query *query);

static void free_watch(uv_handle_t *handle) {
  mem_free(handle->data);
}

static void unwatch(struct sql_query *query) {
  if (query->watch != NULL) uv_close((uv_handle_t *)&query->watch->poll, free_watch);
  query->watch = NULL;
}

static void watch(struct sql_query *query, int events) {
  if (query->watch == NULL) {
    query->watch = mem_new(1, sizeof *query->watch);
    query->watch->query = query;
    if (uv_poll_init_socket(loop_uv(query->loop), &query->watch->poll, PQsocket(query->conn)) != 0) {
      mem_free(query->watch);
      query->watch = NULL;
      return;
    }
    query->watch->poll.data = query->watch;
  }
  (void)uv_poll_start(&query->watch->poll, events, on_ready);
}

static void free_query(struct sql_query *query) {
  unwatch(query);
  name_lookup_cancel(query->lookup);
  PQfinish(query->conn);
  sql_target_done(&query->target);
  timer_free(query->later);
  mem_free(query);
}

void sql_query_cancel(struct sql_query *query) {
  free_query(query);
}

/* The last thing done with a query: it is gone afterwards. */
static void finish(void *context) {
  struct sql_query *query = context;
  query->done(query->context, &query->err, &query->answer);
  free_query(query);
}

static void finish_later(struct sql_query *query) {
  query->stage = STAGE_OVER;
  unwatch(query);
  timer_set(query->later, 0);
}

/* --- the answer */

static void take_row(struct sql_query *query, const PGresult *result) {
  struct sql_answer *answer = &query->answer;
  if (++answer->rows > 1) return;
  for (int i = 0; i < 2 && i < PQnfields(result); i++) {
    answer->null[i] = PQgetisnull(result, 0, i) != 0;
    if (text_copy(answer->field[i], ASK_SQL_FIELD_MAX, PQgetvalue(result, 0, i))) continue;
    err_set(&query->err, ERR_DATABASE, "column %d is longer than %d characters", i + 1, ASK_SQL_FIELD_MAX - 1);
    err_hint(&query->err, "the first column is the balance, the second its time");
  }
}

static void take_columns(struct sql_query *query, const PGresult *result) {
  int columns = PQnfields(result);
  query->answer.columns = (size_t)columns;
  if (columns < 2) return;
  Oid type = PQftype(result, 1);
  query->answer.second_is_time = type == TYPE_DATE || type == TYPE_TIMESTAMP || type == TYPE_TIMESTAMPTZ;
}

static void take_result(struct sql_query *query, const PGresult *result) {
  ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
    sql_result_fault(result, &query->err);
  } else if (status == PGRES_EMPTY_QUERY) {
    err_set(&query->err, ERR_DATABASE, "the query is empty");
  } else if (status == PGRES_COPY_OUT || status == PGRES_COPY_IN || status == PGRES_COPY_BOTH) {
    err_set(&query->err, ERR_DATABASE, "COPY is not a query for a balance");
    err_hint(&query->err, "write a SELECT");
  } else if (query->stage == STAGE_ASK && (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK)) {
    take_columns(query, result);
    if (status == PGRES_SINGLE_TUPLE) take_row(query, result);
  }
}

static bool is_over(const struct sql_query *query) {
  return query->err.code != ERR_NONE || query->answer.rows >= ROWS_MAX;
}

/* --- the conversation */

static void cut_short(struct sql_query *query) {
  err_set(&query->err, ERR_NETWORK, "connection cut short");
}

static void begin(struct sql_query *query) {
  char text[320];
  query->stage = STAGE_BEGIN;
  (void)PQsetnonblocking(query->conn, 1);
  /* Not as connection options, which poolers refuse. */
  (void)text_fmt(text, sizeof text,
                 "BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = %" PRId64
                 "; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'",
                 query->deadline_ms + SERVER_PATIENCE_MS);
  if (PQsendQuery(query->conn, text) != 1) cut_short(query);
}

/* The extended protocol takes one statement only: nothing can end the read-only transaction and write. */
static void ask(struct sql_query *query) {
  query->stage = STAGE_ASK;
  bool sent = PQsendQueryParams(query->conn, query->ask->query, 0, NULL, NULL, NULL, NULL, 0) == 1;
  if (!sent || PQsetSingleRowMode(query->conn) != 1) cut_short(query);
}

static void hear(struct sql_query *query) {
  int waiting = 0;
  (void)ioctl(PQsocket(query->conn), FIONREAD, &waiting);
  query->heard += (size_t)waiting;
  if (query->heard > HEARD_MAX) {
    err_set(&query->err, ERR_DATABASE, "the query's answer is too big");
    err_hint(&query->err, "one row of one or two columns is enough");
  } else if (PQconsumeInput(query->conn) != 1) {
    cut_short(query);
  }
}

/* Takes what has come; answers whether the present statement has been answered in full. */
static bool take_results(struct sql_query *query) {
  while (!is_over(query) && PQisBusy(query->conn) == 0) {
    PGresult *result = PQgetResult(query->conn);
    if (result == NULL) return true;
    take_result(query, result);
    PQclear(result);
  }
  return false;
}

static void converse(struct sql_query *query) {
  bool whole = false;
  hear(query);
  if (!is_over(query)) whole = take_results(query);
  if (whole && query->stage == STAGE_BEGIN) {
    ask(query);
    whole = false;
  }
  if (whole || is_over(query)) {
    unwatch(query);
    finish(query);
    return;
  }
  watch(query, UV_READABLE | (PQflush(query->conn) == 1 ? UV_WRITABLE : 0));
}

static void connect_on(struct sql_query *query) {
  /* libpq closes sockets and opens others, perhaps of the same number: nothing may be watched meanwhile. */
  unwatch(query);
  switch (PQconnectPoll(query->conn)) {
  case PGRES_POLLING_READING: watch(query, UV_READABLE); return;
  case PGRES_POLLING_WRITING: watch(query, UV_WRITABLE); return;
  case PGRES_POLLING_OK:
    begin(query);
    if (!is_over(query)) watch(query, UV_READABLE | (PQflush(query->conn) == 1 ? UV_WRITABLE : 0));
    break;
  case PGRES_POLLING_FAILED:
  case PGRES_POLLING_ACTIVE: sql_connect_fault(query->conn, &query->err); break;
  }
  if (is_over(query)) finish(query);
}

static void on_ready(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  const struct watch *watched = poll->data;
  struct sql_query *query = watched->query;
  if (query->stage == STAGE_CONNECT) {
    connect_on(query);
  } else {
    converse(query);
  }
}

/* --- where to */

/* libpq would print a server's notices on stderr. */
static void ignore_notice(void *context, const PGresult *notice) {
  (void)context;
  (void)notice;
}

static void open_connection(struct sql_query *query) {
  struct sql_target *target = &query->target;
  query->stage = STAGE_CONNECT;
  sql_target_close(target);
  query->conn = PQconnectStartParams(target->keys, target->values, 0);
  if (query->conn == NULL || PQstatus(query->conn) == CONNECTION_BAD) {
    if (query->conn != NULL) sql_connect_fault(query->conn, &query->err);
    finish_later(query);
    return;
  }
  (void)PQsetNoticeReceiver(query->conn, ignore_notice, NULL);
  watch(query, UV_WRITABLE);
}

static void on_found(void *context, const struct name_addresses *found) {
  struct sql_query *query = context;
  query->lookup = NULL;
  const struct sql_host *host = &query->target.hosts[query->host_at++];
  for (size_t i = 0; i < found->count; i++)
    sql_target_address(&query->target, host, found->address[i]);
  next_host(query);
}

static void next_host(struct sql_query *query) {
  struct sql_target *target = &query->target;
  for (; query->host_at < target->host_count; query->host_at++) {
    const struct sql_host *host = &target->hosts[query->host_at];
    if (!host->needs_lookup) {
      sql_target_address(target, host, NULL);
      continue;
    }
    query->lookup = name_lookup_start(query->loop, host->name, on_found, query);
    if (query->lookup != NULL) return;
  }
  if (target->listed > 0) {
    open_connection(query);
    return;
  }
  err_set(&query->err, ERR_NETWORK, "name not found");
  err_hint(&query->err, "look at the host's spelling, and at the DNS");
  finish_later(query);
}

struct sql_query *sql_query_start(struct loop *loop, const struct sql_ask *ask_for, int64_t deadline_ms, sql_done *done,
                                  void *context) {
  struct sql_query *query = mem_new(1, sizeof *query);
  query->loop = loop;
  query->ask = ask_for;
  query->deadline_ms = deadline_ms;
  query->done = done;
  query->context = context;
  query->later = timer_new(loop, finish, query);
  if (sql_target_init(&query->target, ask_for, &query->err)) {
    next_host(query);
  } else {
    finish_later(query);
  }
  return query;
}
