#include "lowtide/asker.h"

#include <inttypes.h>
#include <sys/resource.h>

#include "io/http_client.h"
#include "io/mail_client.h"
#include "io/program.h"
#include "io/sql_query.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define FILES_WANTED 65536
#define SQL_IN_FLIGHT_MAX 64
#define PROGRAMS_IN_FLIGHT_MAX 64
#define MAILS_IN_FLIGHT_MAX 16
#define KINDS (ASK_MAIL + 1)
/* A crowd of requests starts so many at a time, so that what else waits on the loop, a question in a chat, is not held up.
 * Their answers then come as they went. */
#define HTTP_STARTS_MAX 16
#define HTTP_PAUSE_MS 1 /* not 0: libuv 1.44 runs a timer of 0 ms that a timer sets before it looks at sockets again */

static const size_t in_flight_max[KINDS] = {
    [ASK_HTTP] = ASKER_IN_FLIGHT_MAX,
    [ASK_SQL] = SQL_IN_FLIGHT_MAX,
    [ASK_PROGRAM] = PROGRAMS_IN_FLIGHT_MAX,
    [ASK_NOTE] = 1,
    [ASK_LAST] = 1,
    [ASK_MAIL] = MAILS_IN_FLIGHT_MAX,
};

enum asked_state { ASKED_WAITS, ASKED_UNDER_WAY };

struct asked {
  struct asker *asker;
  struct asked *next;
  struct asked *previous;
  enum asked_state state;
  struct ask ask;
  int64_t deadline_ms;
  int64_t asked_ms;
  struct timer *timer;
  asker_done *done;
  void *context;
  struct http_transfer *transfer;
  struct mail_transfer *mail;
  struct sql_query *query;
  struct program *program;
  struct err *failure; /* NULL: none; known at the start, told a turn of the loop later */
};

struct asked_list {
  struct asked *first;
  struct asked *last;
};

/* Of one kind: those that wait, in order, and those under way. */
struct lane {
  struct asked_list waiting;
  struct asked_list going;
  size_t in_flight;
};

struct asker {
  struct loop *loop;
  struct http_client *client;
  struct mail_client *mails;
  struct program_yard yard;
  struct lane lanes[KINDS];
  size_t http_starts; /* since the last pause */
  struct timer *http_pause;
};

static void list_add(struct asked_list *list, struct asked *asked) {
  asked->next = NULL;
  asked->previous = list->last;
  if (list->last != NULL) list->last->next = asked;
  list->last = asked;
  if (list->first == NULL) list->first = asked;
}

static void list_take(struct asked_list *list, struct asked *asked) {
  if (asked->next != NULL) asked->next->previous = asked->previous;
  if (asked->previous != NULL) asked->previous->next = asked->next;
  if (list->first == asked) list->first = asked->next;
  if (list->last == asked) list->last = asked->previous;
}

static struct lane *lane_of(const struct asked *asked) {
  return &asked->asker->lanes[asked->ask.kind];
}

static void free_asked(struct asked *asked) {
  timer_free(asked->timer);
  mem_free(asked->failure);
  ask_done(&asked->ask);
  mem_free(asked);
}

/* Ends the work itself; answers whether a request may have left. */
static bool stop_work(struct asked *asked) {
  bool written = false;
  if (asked->transfer != NULL) written = http_transfer_cancel(asked->transfer);
  if (asked->mail != NULL) written = mail_transfer_cancel(asked->mail);
  if (asked->query != NULL) sql_query_cancel(asked->query);
  if (asked->program != NULL) program_cancel(asked->program);
  asked->transfer = NULL;
  asked->mail = NULL;
  asked->query = NULL;
  asked->program = NULL;
  return written;
}

static void start_next(struct asker *asker, enum ask_kind kind);

static void leave_lane(struct asked *asked) {
  struct lane *lane = lane_of(asked);
  if (asked->state == ASKED_WAITS) {
    list_take(&lane->waiting, asked);
    return;
  }
  list_take(&lane->going, asked);
  lane->in_flight--;
  start_next(asked->asker, asked->ask.kind);
}

static void finish(struct asked *asked, const struct answer *answer) {
  leave_lane(asked);
  timer_stop(asked->timer);
  asked->done(asked->context, answer);
  free_asked(asked);
}

static void finish_failed(struct asked *asked, const struct err *err, bool written) {
  const struct answer answer = {
      .err = *err,
      .http = {.err = *err, .retry_after_ms = -1, .body = "", .written = written},
      .program = {.output = ""},
      .mail = {.written = written},
  };
  finish(asked, &answer);
}

static void on_http(void *context, const struct http_answer *http) {
  struct asked *asked = context;
  const struct answer answer = {.err = http->err, .http = *http};
  asked->transfer = NULL;
  finish(asked, &answer);
}

static void on_sql(void *context, const struct err *err, const struct sql_answer *sql) {
  struct asked *asked = context;
  const struct answer answer = {.err = *err, .sql = *sql};
  asked->query = NULL;
  finish(asked, &answer);
}

static void on_program(void *context, const struct err *err, const struct program_answer *program) {
  struct asked *asked = context;
  const struct answer answer = {.err = *err, .program = *program};
  asked->program = NULL;
  finish(asked, &answer);
}

static void on_mail(void *context, const struct err *err, const struct mail_answer *mail) {
  struct asked *asked = context;
  const struct answer answer = {.err = *err, .mail = *mail};
  asked->mail = NULL;
  finish(asked, &answer);
}

static void start_mail(struct asked *asked, int64_t left_ms, struct err *failure) {
  asked->mail = mail_client_send(asked->asker->mails, &asked->ask.mail, left_ms, on_mail, asked);
  if (asked->mail == NULL) err_set(failure, ERR_NETWORK, "no thread can be had for the mail");
}

static void deadline_words(char out[static 32], int64_t ms) {
  if (ms % 1000 == 0) {
    (void)text_fmt(out, 32, "%" PRId64 " s", ms / 1000);
  } else {
    (void)text_fmt(out, 32, "%" PRId64 " ms", ms);
  }
}

static void on_time(void *context) {
  struct asked *asked = context;
  struct err err = {0};
  char words[32];
  if (asked->failure != NULL) {
    err = *asked->failure;
  } else {
    deadline_words(words, asked->deadline_ms);
    err_set(&err, ERR_TIMEOUT, "timed out after %s", words);
  }
  bool written = stop_work(asked);
  finish_failed(asked, &err, written);
}

static void fail_soon(struct asked *asked, const struct err *err) {
  asked->failure = mem_new(1, sizeof *asked->failure);
  *asked->failure = *err;
  timer_set(asked->timer, 0);
}

static void start_work(struct asked *asked) {
  struct asker *asker = asked->asker;
  int64_t left_ms = asked->deadline_ms - (loop_mono_ms() - asked->asked_ms);
  struct err failure = {0};
  if (left_ms < 1) left_ms = 1;
  switch (asked->ask.kind) {
  case ASK_HTTP: asked->transfer = http_client_send(asker->client, &asked->ask.http, left_ms, on_http, asked); break;
  case ASK_SQL: asked->query = sql_query_start(asker->loop, &asked->ask.sql, left_ms, on_sql, asked); break;
  case ASK_PROGRAM: asked->program = program_start(&asker->yard, &asked->ask.program, on_program, asked, &failure); break;
  case ASK_NOTE:
  case ASK_LAST: err_set(&failure, ERR_USAGE, "notes and readings are the store's to answer"); break;
  case ASK_MAIL: start_mail(asked, left_ms, &failure); break;
  }
  if (failure.code != ERR_NONE) fail_soon(asked, &failure);
}

static bool may_start(struct asker *asker, enum ask_kind kind) {
  if (asker->lanes[kind].in_flight >= in_flight_max[kind]) return false;
  if (kind != ASK_HTTP) return true;
  if (asker->http_starts == 0) timer_set(asker->http_pause, HTTP_PAUSE_MS);
  return asker->http_starts++ < HTTP_STARTS_MAX;
}

static void start_next(struct asker *asker, enum ask_kind kind) {
  struct lane *lane = &asker->lanes[kind];
  while (lane->waiting.first != NULL && may_start(asker, kind)) {
    struct asked *asked = lane->waiting.first;
    list_take(&lane->waiting, asked);
    list_add(&lane->going, asked);
    lane->in_flight++;
    asked->state = ASKED_UNDER_WAY;
    start_work(asked);
  }
}

static void on_http_pause(void *context) {
  struct asker *asker = context;
  asker->http_starts = 0;
  start_next(asker, ASK_HTTP);
}

struct asked *asker_ask(struct asker *asker, struct ask *ask, int64_t deadline_ms, asker_done *done, void *context) {
  struct asked *asked = mem_new(1, sizeof *asked);
  asked->asker = asker;
  asked->ask = *ask;
  ask_init(ask);
  asked->deadline_ms = deadline_ms;
  asked->asked_ms = loop_mono_ms();
  asked->done = done;
  asked->context = context;
  asked->timer = timer_new(asker->loop, on_time, asked);
  timer_set(asked->timer, deadline_ms);
  list_add(&lane_of(asked)->waiting, asked);
  start_next(asker, asked->ask.kind);
  return asked;
}

bool asker_cancel(struct asked *asked) {
  bool written = stop_work(asked);
  leave_lane(asked);
  free_asked(asked);
  return written;
}

/* 512 connections and the rest of the program need more than the usual 1,024 in all. */
static void raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= FILES_WANTED) return;
  limit.rlim_cur = limit.rlim_max < FILES_WANTED ? limit.rlim_max : FILES_WANTED;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

struct asker *asker_new(struct loop *loop, struct err *err) {
  struct http_client *client = http_client_new(loop, err);
  if (client == NULL) return NULL;
  raise_file_limit();
  struct asker *asker = mem_new(1, sizeof *asker);
  asker->loop = loop;
  asker->client = client;
  asker->mails = mail_client_new(loop);
  asker->http_pause = timer_new(loop, on_http_pause, asker);
  asker->yard.loop = loop;
  return asker;
}

static void drop_all(struct asked_list *list) {
  while (list->first != NULL) {
    struct asked *asked = list->first;
    list_take(list, asked);
    (void)stop_work(asked);
    free_asked(asked);
  }
}

void asker_free(struct asker *asker) {
  if (asker == NULL) return;
  for (int kind = 0; kind < KINDS; kind++) {
    drop_all(&asker->lanes[kind].waiting);
    drop_all(&asker->lanes[kind].going);
  }
  timer_free(asker->http_pause);
  program_yard_clear(&asker->yard);
  mail_client_free(asker->mails);
  http_client_free(asker->client);
  mem_free(asker);
}

void asker_rest(struct asker *asker) {
  http_client_rest(asker->client);
}
