/* ask: what a provider wants from the world, as a value, and what came back. A provider is pure: it says what to ask and
 * reads the answer; flow asks. */
#ifndef LOWTIDE_ASK_H
#define LOWTIDE_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/http.h"
#include "lowtide/money.h"

#define ASK_ARGS_MAX 64
#define ASK_OUTPUT_MAX 65536 /* 64 KiB */
#define ASK_SQL_FIELD_MAX 256

enum ask_kind {
  ASK_HTTP,
  ASK_SQL,     /* a person's own query, on their own server */
  ASK_PROGRAM, /* a program's output; no shell, an environment of PATH, HOME, LANG and TZ only */
  ASK_NOTE     /* what people noted with `set` and `topup` */
};

/* Keys as libpq names them. Borrowed from the account. */
struct sql_ask {
  const char *dsn; /* NULL: the five below */
  const char *host;
  const char *port;
  const char *user;
  const char *password;
  const char *database;
  const char *sslmode; /* never NULL; holds for a dsn too, whatever it says itself */
  const char *ca_file; /* NULL: the system's */
  const char *query;
};

struct program_ask {
  const char *args[ASK_ARGS_MAX + 1]; /* NULL-terminated, borrowed */
};

struct note_ask {
  const char *account;
  const char *unit;
};

struct ask {
  enum ask_kind kind;
  const char *who; /* the account that asks, for the log; NULL: a channel, whose paths are secret. Borrowed */
  struct http_request http;
  struct sql_ask sql;
  struct program_ask program;
  struct note_ask note;
};

/* The first row of at most two columns, as text. */
struct sql_answer {
  size_t rows;
  size_t columns;
  bool null[2];
  char field[2][ASK_SQL_FIELD_MAX];
  bool second_is_time; /* the second column has a date or timestamp type */
};

struct program_answer {
  int exit_code; /* -1: killed by a signal */
  const char *output;
  size_t length;
};

struct note_answer {
  bool noted;
  struct amount balance; /* the last `set` and every `topup` since */
  int64_t time_ms;       /* of the last of them */
};

struct answer {
  struct err err; /* the ask itself failed; for ASK_HTTP see http.err, which is the same */
  struct http_answer http;
  struct sql_answer sql;
  struct program_answer program;
  struct note_answer note;
};

void ask_init(struct ask *ask);
void ask_done(struct ask *ask); /* wipes */

#endif
