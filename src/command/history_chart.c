#include "history_chart.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lowtide/chart.h"
#include "lowtide/loop.h"
#include "lowtide/mem.h"
#include "lowtide/runway.h"
#include "lowtide/store.h"
#include "lowtide/text.h"

#define PATH_SIZE 4096
#define SPARKLINE_WIDTH 60
#define BEFORE_MS DAY_MS /* what held when the range began was read before it */

struct drawing {
  const struct account *account;
  struct chart *chart;
  int64_t from_ms;
  int64_t now_ms;
  size_t readings;
};

/* --- where it goes ---------------------------------------------------------------------------------------------------- */

static bool is_standard_output(const char *path) {
  return text_eq(path, "-");
}

static bool check_target(const char *path, struct err *err) {
  struct stat st;
  if (*path == '\0') return err_set(err, ERR_USAGE, "--chart needs a file's name");
  if (is_standard_output(path)) {
    if (isatty(STDOUT_FILENO) != 1) return true;
    err_set(err, ERR_USAGE, "a picture is nothing for a terminal");
    return err_hint(err, "name a file, or send it somewhere: --chart - | …");
  }
  if (lstat(path, &st) != 0 || S_ISREG(st.st_mode)) return true;
  err_set(err, ERR_FILE, "%.200s is no regular file", path);
  return err_hint(err, "it stays as it is; name another file");
}

static bool write_all(int fd, const struct buf *png) {
  size_t written = 0;
  while (written < png->len) {
    ssize_t count = write(fd, png->data + written, png->len - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    written += (size_t)count;
  }
  return true;
}

/* Beside its place first: who looks at it meanwhile sees the old picture or the new one. */
static bool write_file(const char *path, const struct buf *png, struct err *err) {
  char beside[PATH_SIZE];
  if (!text_fmt(beside, sizeof beside, "%s.%ld.new", path, (long)getpid())) {
    return err_set(err, ERR_FILE, "the file's name is too long");
  }
  int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  bool ok = fd >= 0 && write_all(fd, png) && fsync(fd) == 0;
  if (fd >= 0 && close(fd) != 0) ok = false;
  ok = ok && rename(beside, path) == 0;
  if (ok) return true;
  err_set(err, ERR_FILE, "%.180s cannot be written: %s", path, strerror(errno));
  if (fd >= 0) (void)unlink(beside);
  return false;
}

static int write_chart(const struct drawing *drawing, const char *path, const struct buf *png) {
  struct err err = {0};
  struct buf line;
  if (is_standard_output(path)) {
    if (write_all(STDOUT_FILENO, png)) return EXIT_FINE;
    err_set(&err, ERR_FILE, "standard output does not take it: %s", strerror(errno));
    return command_fail(&err);
  }
  if (!write_file(path, png, &err)) return command_fail(&err);
  buf_init(&line, PATH_SIZE * 2);
  buf_addf(&line, "the chart of %s is in %s", drawing->account->name, path);
  int result = command_print(buf_text(&line));
  buf_done(&line);
  return result;
}

/* --- what it shows ---------------------------------------------------------------------------------------------------- */

static bool each_row(void *context, const struct history_row *row) {
  struct drawing *drawing = context;
  if (!text_eq(row->provider, drawing->account->provider)) return true; /* another series */
  chart_take(drawing->chart, &row->reading);
  if (row->reading.asked_ms >= drawing->from_ms) drawing->readings++;
  return true;
}

static bool read_store(struct drawing *drawing, struct store *store, struct err *err) {
  const char *const names[] = {drawing->account->name, NULL};
  const struct history_query query = {.accounts = names, .since_ms = drawing->from_ms - BEFORE_MS};
  const struct account_key key = {drawing->account->name, drawing->account->provider};
  struct trend *trend = mem_new(1, sizeof *trend);
  bool ok = store_history(store, &query, each_row, drawing, err) && store_trend(store, &key, drawing->now_ms, trend, err);
  if (ok) {
    struct runway runway = runway_of(trend, drawing->now_ms, 0);
    chart_project(drawing->chart, &runway);
  }
  mem_free(trend);
  return ok;
}

static bool read_history(struct drawing *drawing, const struct config *config, struct err *err) {
  struct store *store = store_open(config->state_dir, STORE_READ, err);
  if (store == NULL) return false;
  bool ok = read_store(drawing, store, err);
  store_close(store);
  if (!ok || drawing->readings > 0) return ok;
  err_set(err, ERR_USAGE, "there is no reading of %s in that time", drawing->account->name);
  return err_hint(err, "ask for more with --since, or take one with `lowtide update`");
}

/* Where nothing can be drawn a line of text stands for the picture, but not for success. */
static int print_sparkline(const struct drawing *drawing, const struct err *err) {
  struct buf line;
  buf_init(&line, PATH_SIZE);
  chart_sparkline(drawing->chart, SPARKLINE_WIDTH, &line);
  (void)command_print(buf_text(&line));
  buf_done(&line);
  return command_fail(err);
}

static int draw(struct drawing *drawing, const char *path, enum chart_theme theme) {
  struct err err = {0};
  struct buf png;
  buf_init(&png, CHART_PNG_MAX);
  int result = EXIT_TROUBLE;
  if (chart_png(drawing->chart, theme, &png, &err)) {
    result = write_chart(drawing, path, &png);
  } else if (chart_is_drawn() || is_standard_output(path)) {
    result = command_fail(&err);
  } else {
    result = print_sparkline(drawing, &err);
  }
  buf_done(&png);
  return result;
}

/* --- whose ------------------------------------------------------------------------------------------------------------ */

static const struct account *choose(const struct invocation *invocation, const struct config *config, struct err *err) {
  struct buf names;
  if (invocation->arg_count == 0 && config->account_count == 1) return &config->accounts[0];
  if (invocation->arg_count == 1) return command_account(config, invocation->args[0]);
  buf_init(&names, ERR_HINT_MAX - 1);
  buf_add(&names, "name one:");
  for (size_t i = 0; i < config->account_count; i++)
    buf_addf(&names, " %s", config->accounts[i].name);
  err_set(err, ERR_USAGE, "a chart shows one account");
  err_hint(err, "%s%s", buf_text(&names), buf_ok(&names) ? "" : " …");
  buf_done(&names);
  (void)command_fail(err);
  return NULL;
}

int history_chart_run(const struct invocation *invocation, const struct config *config, int64_t since_ms) {
  struct err err = {0};
  const char *path = invocation_flag(invocation, "chart");
  if (!check_target(path, &err)) return command_fail(&err);
  struct drawing drawing = {.account = choose(invocation, config, &err), .now_ms = loop_wall_ms()};
  if (drawing.account == NULL) return EXIT_TROUBLE;
  drawing.from_ms = drawing.now_ms - since_ms;
  drawing.chart = chart_new(&(struct chart_frame){drawing.account, drawing.from_ms, drawing.now_ms});
  enum chart_theme theme = invocation_has(invocation, "light") ? CHART_LIGHT : CHART_DARK;
  bool ok = read_history(&drawing, config, &err);
  int result = ok ? draw(&drawing, path, theme) : command_fail(&err);
  chart_free(drawing.chart);
  return result;
}
