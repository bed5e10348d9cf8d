#include "lowtide/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log_json.h"
#include "lowtide/buf.h"
#include "lowtide/mem.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"
#include "lowtide/zone.h"

#define SENTENCE_MAX 65536 /* before secrets are blotted: a cut in front of that could leave half of one */
#define SHOWN_MAX 4096
#define LINE_LONGEST 25000

static _Atomic int shown_level = LOG_LEVEL_INFO;
static _Atomic int line_form = LOG_LINES_TEXT;

void log_set_level(enum log_level level) {
  atomic_store(&shown_level, (int)level);
}

void log_set_lines(enum log_lines lines) {
  atomic_store(&line_form, (int)lines);
}

bool log_shows(enum log_level level) {
  return (int)level <= atomic_load(&shown_level);
}

static const char *level_word(enum log_level level) {
  switch (level) {
  case LOG_LEVEL_ERROR: return "error";
  case LOG_LEVEL_WARNING: return "warning";
  case LOG_LEVEL_INFO: return "info";
  case LOG_LEVEL_DEBUG: break;
  }
  return "debug";
}

/* As syslog(3) counts, which the journal reads in "<6>". */
static int level_priority(enum log_level level) {
  switch (level) {
  case LOG_LEVEL_ERROR: return 3;
  case LOG_LEVEL_WARNING: return 4;
  case LOG_LEVEL_INFO: return 6;
  case LOG_LEVEL_DEBUG: break;
  }
  return 7;
}

/* systemd names the journal's socket as "DEVICE:INODE": the variable alone is inherited by programs whose stderr has been
 * sent elsewhere since. */
static bool stderr_is_journal(void) {
  const char *stream = getenv("JOURNAL_STREAM");
  struct stat status;
  if (stream == NULL || fstat(STDERR_FILENO, &status) != 0) return false;
  char expected[64];
  (void)text_fmt(expected, sizeof expected, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
  return text_eq(stream, expected);
}

static void print_now(char out[static ZONE_TIME_TEXT_MAX]) {
  struct timespec now = {0};
  (void)clock_gettime(CLOCK_REALTIME, &now);
  time_print_rfc3339(out, (int64_t)now.tv_sec * 1000);
}

static void add_line(struct buf *line, enum log_level level, const char *room, const char *sentence) {
  char now[ZONE_TIME_TEXT_MAX];
  bool journal = stderr_is_journal();
  print_now(now);
  if (journal) buf_addf(line, "<%d>", level_priority(level));
  if (atomic_load(&line_form) == LOG_LINES_JSON) {
    log_json_add(line, now, level_word(level), room, sentence);
  } else if (journal) {
    buf_addf(line, "%s: %s\n", room, sentence);
  } else {
    buf_addf(line, "%s %s %s: %s\n", now, level_word(level), room, sentence);
  }
}

/* In one call, so that lines of several threads do not mix. A stderr that takes nothing is nothing to die of. */
static void put_line(const struct buf *line) {
  ssize_t written = write(STDERR_FILENO, buf_text(line), line->len);
  (void)written;
}

void log_write(enum log_level level, const char *room, const char *format, ...) {
  if (!log_shows(level)) return;
  struct buf sentence;
  buf_init(&sentence, SENTENCE_MAX);
  va_list args;
  va_start(args, format);
  bool fits = buf_addv(&sentence, format, args);
  va_end(args);
  if (!fits) {
    buf_clear(&sentence);
    (void)buf_addf(&sentence, "a sentence too long for the log: %.60s", format);
  }
  (void)secret_blot(sentence.data);
  char *shown = mem_new(SHOWN_MAX, 1);
  text_clean(shown, SHOWN_MAX, buf_text(&sentence));
  struct buf line;
  buf_init(&line, LINE_LONGEST);
  add_line(&line, level, room, shown);
  put_line(&line);
  buf_done(&line);
  mem_free(shown);
  buf_wipe(&sentence);
}
