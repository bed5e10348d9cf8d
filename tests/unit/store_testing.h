/* What the store's tests share: a state folder of their own, jobs in two calls, rows in one. */
#ifndef LOWTIDE_STORE_TESTING_H
#define LOWTIDE_STORE_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lowtide/mem.h"
#include "lowtide/store.h"
#include "lowtide/text.h"
#include "store/migrate.h"
#include "store/open.h"
#include "store/query.h"

#define UNUSED __attribute__((unused))
#define NOON 1769684400000LL /* 2026-01-29 11:00:00 UTC */
#define HOUR 3600000LL

static char folder[256];
static struct err err;

static UNUSED const char *in_folder(const char *name) {
  static char path[512];
  (void)text_fmt(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static UNUSED int make_test_folder(void **state) {
  (void)state;
  const char *tmp = getenv("TMPDIR");
  (void)text_fmt(folder, sizeof folder, "%s/lowtide-store-XXXXXX", tmp != NULL ? tmp : "/tmp");
  err = (struct err){0};
  return mkdtemp(folder) != NULL ? 0 : -1;
}

static UNUSED int remove_test_folder(void **state) {
  char command[512];
  (void)state;
  (void)text_fmt(command, sizeof command, "chmod -R u+rwX '%s' 2>/dev/null; rm -rf '%s'", folder, folder);
  return system(command) == 0 ? 0 : -1;
}

/* Fails with the sentence. */
#define assert_ok(call)                                                                                                    \
  do {                                                                                                                     \
    if (!(call)) fail_msg("%s: %s", #call, err.text);                                                                      \
  } while (0)

static UNUSED struct store *open_writing(void) {
  struct store *store = store_open(folder, STORE_WRITE, &err);
  if (store == NULL) fail_msg("%s", err.text);
  return store;
}

static UNUSED void begin(struct store *store) {
  bool busy = false;
  assert_ok(db_begin(store, &busy, &err));
}

static UNUSED void commit(struct store *store) {
  assert_ok(db_commit(store, &err));
}

static UNUSED int64_t number(struct store *store, const char *sql) {
  int64_t value = 0;
  assert_ok(db_pragma_int(store, sql, &value, &err));
  return value;
}

static UNUSED struct reading usd(int64_t at_ms, int64_t cents) {
  return (struct reading){
      .asked_ms = at_ms, .time_ms = at_ms, .available = amount_of(cents * (MONEY_NANO / 100)), .unit = "USD"};
}

static UNUSED struct reading failure(int64_t at_ms, const char *detail) {
  struct reading reading = {.asked_ms = at_ms, .time_ms = at_ms, .code = ERR_SERVER};
  (void)text_copy(reading.detail, sizeof reading.detail, detail);
  return reading;
}

static UNUSED void add_reading(struct store *store, const char *account, struct reading reading, enum level level) {
  const struct account_key key = {.account = account, .provider = "moonshot"};
  begin(store);
  assert_ok(store_reading_add(store, &key, 1, &reading, level, &err));
  commit(store);
}

/* The exit status of what a child does; -SIGNAL if one ended it. */
static UNUSED int in_child(int (*run)(void *context), void *context) {
  int status = 0;
  pid_t pid = fork();
  if (pid == 0) _exit(run(context));
  assert_true(pid > 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* In a job: something that shows. */
static __attribute__((unused)) bool remember(struct store *store, const char *account, enum alert_rank rank,
                                             int64_t episode, struct err *e) {
  const struct account_key key = {.account = account, .provider = "moonshot"};
  const struct alert_memory memory = {.low = {.told = rank, .episode = episode}};
  return store_alert_memory_put(store, &key, &memory, e);
}

#endif
