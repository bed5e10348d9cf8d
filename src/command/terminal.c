#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"

#define FIRST_SHOWN_MS 500
#define REFRESH_MS 200

static bool term_is_dumb(void) {
  const char *term = getenv("TERM");
  return term == NULL || text_eq(term, "dumb");
}

bool terminal_is_rich(void) {
  const char *no_color = getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_color == NULL || *no_color == '\0') && !term_is_dumb();
}

struct progress {
  struct timer *timer;
  const char *what;
  size_t (*done)(const void *work);
  const void *work;
  size_t total;
  bool shown;
};

static void show(void *context) {
  struct progress *progress = context;
  progress->shown = true;
  (void)fprintf(stderr, "\r\033[K%s: %zu of %zu …", progress->what, progress->done(progress->work), progress->total);
  timer_set(progress->timer, REFRESH_MS);
}

struct progress *progress_new(struct loop *loop, const char *what, size_t (*done)(const void *work), const void *work,
                              size_t total) {
  if (isatty(STDERR_FILENO) != 1 || term_is_dumb()) return NULL;
  struct progress *progress = mem_new(1, sizeof *progress);
  *progress = (struct progress){.what = what, .done = done, .work = work, .total = total};
  progress->timer = timer_new(loop, show, progress);
  timer_set(progress->timer, FIRST_SHOWN_MS);
  return progress;
}

void progress_free(struct progress *progress) {
  if (progress == NULL) return;
  if (progress->shown) (void)fputs("\r\033[K", stderr);
  timer_free(progress->timer);
  mem_free(progress);
}
