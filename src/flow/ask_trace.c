#include "ask_trace.h"

#include <inttypes.h>
#include <string.h>

#include "lowtide/log.h"
#include "lowtide/loop.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define PLACE_MAX 256

struct ask_trace {
  int64_t began_ms;
  enum ask_kind kind;
  char who[80];
  char place[PLACE_MAX];
};

/* "GET host:port/path": no scheme, no user, no query. */
static void print_http(char *out, size_t size, const struct ask *ask) {
  const char *url = buf_text(&ask->http.url);
  const char *scheme_end = strstr(url, "://");
  const char *host = scheme_end != NULL ? scheme_end + 3 : url;
  size_t length = strcspn(host, "/?#");
  const char *user_end = memrchr(host, '@', length);
  if (user_end != NULL) {
    length -= (size_t)(user_end + 1 - host);
    host = user_end + 1;
  }
  if (ask->who != NULL) length += strcspn(host + length, "?#");
  (void)text_fmt(out, size, "%s %.*s", ask->http.method, (int)length, host);
}

static void print_place(char *out, size_t size, const struct ask *ask) {
  switch (ask->kind) {
  case ASK_HTTP: print_http(out, size, ask); break;
  case ASK_SQL: (void)text_fmt(out, size, "a query of %s", ask->sql.dsn != NULL ? "its dsn" : ask->sql.host); break;
  case ASK_PROGRAM: (void)text_fmt(out, size, "the program %s", buf_text(&ask->program.words)); break;
  case ASK_NOTE: (void)text_copy(out, size, "the notes"); break;
  case ASK_LAST: (void)text_copy(out, size, "the last reading"); break;
  case ASK_MAIL: (void)text_fmt(out, size, "the mail server %s", buf_text(&ask->mail.url)); break;
  }
}

struct ask_trace *ask_trace_new(const struct ask *ask) {
  if (!log_shows(LOG_LEVEL_DEBUG)) return NULL;
  struct ask_trace *trace = mem_new(1, sizeof *trace);
  trace->began_ms = loop_mono_ms();
  trace->kind = ask->kind;
  (void)text_copy(trace->who, sizeof trace->who, ask->who != NULL ? ask->who : "a channel");
  print_place(trace->place, sizeof trace->place, ask);
  log_debug("ask", "%s asks %s", trace->who, trace->place);
  return trace;
}

static int64_t taken_ms(const struct ask_trace *trace) {
  return loop_mono_ms() - trace->began_ms;
}

void ask_trace_answered(struct ask_trace *trace, const struct answer *answer) {
  if (trace == NULL) return;
  const struct err *err = answer->err.code != ERR_NONE ? &answer->err : &answer->http.err;
  if (err->code != ERR_NONE) {
    log_debug("ask", "%s has no answer from %s: %s code=%s ms=%" PRId64, trace->who, trace->place, err->text,
              err_code_name(err->code), taken_ms(trace));
  } else if (trace->kind == ASK_HTTP) {
    log_debug("ask", "%s has an answer from %s status=%d bytes=%zu ms=%" PRId64, trace->who, trace->place,
              answer->http.status, answer->http.length, taken_ms(trace));
  } else {
    log_debug("ask", "%s has an answer from %s ms=%" PRId64, trace->who, trace->place, taken_ms(trace));
  }
  mem_free(trace);
}

void ask_trace_given_up(struct ask_trace *trace) {
  if (trace == NULL) return;
  log_debug("ask", "%s has given up on %s ms=%" PRId64, trace->who, trace->place, taken_ms(trace));
  mem_free(trace);
}
