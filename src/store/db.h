/* db: what the store's own files share: the connection, its statements, and how SQLite's failures become sentences. */
#ifndef LOWTIDE_STORE_DB_H
#define LOWTIDE_STORE_DB_H

#include <sqlite3.h>

#include "lowtide/store.h"
#include "process.h"

#define DB_PATH_MAX 4096
#define DB_STATEMENTS_MAX 64
#define DB_BUSY_MS 10000

struct store {
  sqlite3 *db;
  char path[DB_PATH_MAX];
  int lock_fd; /* shared while the store is open, exclusive while it migrates; -1: none */
  char owner[PROCESS_NAME_MAX];
  int64_t boot;         /* marks the log lines of this connection */
  int64_t first_new_id; /* of the log lines of the open transaction; 0: none */
  bool lines_written;   /* the open transaction takes log lines off the queue */
  int cached;
  struct {
    const char *sql; /* compared by address: statements are literals */
    sqlite3_stmt *statement;
  } cache[DB_STATEMENTS_MAX];
};

/* A sentence for SQLite's result code. Answers false. */
bool db_fail(const struct store *store, int code, struct err *err);

/* Statements without parameters and rows. */
bool db_exec(struct store *store, const char *sql, struct err *err) MUST_CHECK;
bool db_pragma_int(struct store *store, const char *sql, int64_t *value, struct err *err) MUST_CHECK;

/* False with ERR_STORE outside a transaction. */
bool db_in_job(const struct store *store, struct err *err) MUST_CHECK;

/* BEGIN IMMEDIATE; *busy tells that another process would not let go. */
bool db_begin(struct store *store, bool *busy, struct err *err) MUST_CHECK;
bool db_commit(struct store *store, struct err *err) MUST_CHECK; /* rolls back if it fails */
void db_roll_back(struct store *store);
/* The file was deleted or replaced since it was opened. */
bool db_is_gone(const struct store *store);
/* The log lines that a rolled-back job touched are in doubt. */
void db_forget_lines(struct store *store);

/* Deletes held log lines of turns whose summary nobody can accept any more. */
bool log_drop_orphans(struct store *store, int64_t but_turn_id, struct err *err) MUST_CHECK;
/* What was imported belongs to the past: the trend is built anew. */
bool trend_forget(struct store *store, const char *account, struct err *err) MUST_CHECK;
bool log_release(struct store *store, int64_t turn_id, int64_t now_ms, struct err *err) MUST_CHECK;

#endif
