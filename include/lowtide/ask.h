/* ask: what a provider or a channel wants from the world, as a value, and what came back. Both are pure: they say what to
 * ask and read the answer; flow asks. */
#ifndef LOWTIDE_ASK_H
#define LOWTIDE_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/http.h"
#include "lowtide/money.h"
#include "lowtide/push.h"
#include "lowtide/reading.h"

#define ASK_ARGS_MAX 64
#define ASK_OUTPUT_MAX 65536 /* 64 KiB */
#define ASK_SQL_FIELD_MAX 256
#define ASK_WORDS_MAX 4096    /* of a command line */
#define ASK_INPUT_MAX 2097152 /* 2 MiB, of a program or a mail */
#define MAIL_REPLY_MAX 160

enum ask_kind {
  ASK_HTTP,
  ASK_SQL,     /* a person's own query, on their own server */
  ASK_PROGRAM, /* a program's output; no shell, an environment of PATH, HOME, LANG and TZ only */
  ASK_NOTE,    /* what people noted with `set` and `topup`, and what was handed in with `push` */
  ASK_LAST,    /* the account's newest reading that is recorded */
  ASK_MAIL     /* a mail to a server, or a look whether it lets us in */
};

/* Keys as libpq names them. Borrowed from the account. */
struct sql_ask {
  const char *dsn; /* NULL: the five below */
  const char *host;
  const char *port;
  const char *user;
  const char *password;
  const char *database;
  const char
      *sslmode; /* as written, before what a dsn says; NULL: the dsn's, else verify-full unless all hosts are local */
  const char *ca_file; /* NULL: the system's */
  const char *query;
};

struct program_ask {
  struct buf words; /* the program and its arguments, a NUL behind each; ASK_ARGS_MAX at most */
  struct buf input; /* for its standard input; empty: none */
  bool talks;       /* its output is words for people: standard error is among it, and what is too much of it is dropped */
};

/* Splits as a shell would, but expands nothing: quotes and backslashes. ERR_CONFIG ("a quote (') is not closed"). */
bool program_ask_split(struct program_ask *ask, const char *command, struct err *err) MUST_CHECK;

/* SMTP. TLS is a must and verified, unless the host is this machine and no ca_file is given. */
struct mail_ask {
  struct buf url;   /* smtp://host:587 or smtps://host:465 */
  const char *user; /* NULL: no login; borrowed, as password and ca_file */
  const char *password;
  const char *ca_file;
  struct buf from; /* an address alone */
  struct buf to;   /* addresses, a line each */
  struct buf text; /* RFC 5322, lines end in CRLF; empty: log in and leave */
};

struct note_ask {
  const char *account;
  const char *unit;
};

struct last_ask {
  const char *account;
  const char *provider;
};

struct ask {
  enum ask_kind kind;
  const char *who; /* the account that asks, for the log; NULL: a channel, whose paths are secret. Borrowed */
  struct http_request http;
  struct sql_ask sql;
  struct program_ask program;
  struct note_ask note;
  struct last_ask last;
  struct mail_ask mail;
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
  struct amount balance;      /* the last `set` and every `topup` since */
  int64_t time_ms;            /* of the last of them */
  int64_t noted_ms;           /* of the last `set`; without any, of the first `topup` */
  struct amount spent_before; /* what that day had cost until then, where it was known */
  bool pushed;
  struct push push; /* the newest by its own time */
};

struct last_answer {
  bool found;
  struct reading reading;
};

/* The connection's own failures are in answer.err, ERR_NETWORK, ERR_TLS, ERR_TIMEOUT. A server's no is ERR_AUTH (the login)
 * or ERR_SERVER. */
struct mail_answer {
  int code;                   /* of the server's last reply that mattered, 550; 0: none */
  char reply[MAIL_REPLY_MAX]; /* that reply, code included */
  int refused;                /* recipients that the server did not take; the others have their mail if there is no err */
  bool written;               /* the mail may have reached the server: only then is a failure in doubt */
};

struct answer {
  struct err err; /* the ask itself failed; for ASK_HTTP see http.err, which is the same */
  struct http_answer http;
  struct sql_answer sql;
  struct program_answer program;
  struct note_answer note;
  struct last_answer last;
  struct mail_answer mail;
};

void ask_init(struct ask *ask);
void ask_done(struct ask *ask); /* wipes */

#endif
