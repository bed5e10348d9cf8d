/* The end of a daemon on the real world: loop, writer thread and store as `lowtide run` has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/engine.h"
#include "lowtide/daemon.h"
#include "lowtide/deliver.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "store/query.h"

struct bench {
  char folder[64];
  struct config *config;
  struct engine engine;
  struct store *other; /* another process's connection */
  int64_t began_ms;
  int ended;
};

static const char *no_variable(const char *name) {
  return text_eq(name, "HOME") ? "/nonexistent" : NULL;
}

static int set_up(void **state) {
  struct bench *bench = mem_new(1, sizeof *bench);
  struct err err = {0};
  char text[512];
  log_set_level((enum log_level) - 1);
  (void)text_copy(bench->folder, sizeof bench->folder, "/tmp/lowtide-stop-XXXXXX");
  if (mkdtemp(bench->folder) == NULL) return -1;
  (void)text_fmt(text, sizeof text,
                 "[lowtide]\nstate_dir = %s\n[account kimi]\nprovider = moonshot\nkey = k1\n"
                 "base_url = http://127.0.0.1:1\nlog = none\n"
                 "[channel team]\ntype = discord-webhook\nurl = http://127.0.0.1:1/api/webhooks/1/t\n",
                 bench->folder);
  const struct config_source source = {.getenv = no_variable};
  bench->config = config_parse("test.ini", text, strlen(text), &source, &err);
  if (bench->config == NULL || !engine_start(&bench->engine, bench->config, ENGINE_WRITES, &err)) {
    print_error("%s\n", err.text);
    return -1;
  }
  *state = bench;
  return 0;
}

static int tear_down(void **state) {
  struct bench *bench = *state;
  char command[128];
  engine_stop(&bench->engine);
  store_close(bench->other);
  config_release(bench->config);
  (void)text_fmt(command, sizeof command, "rm -rf '%s'", bench->folder);
  mem_free(bench);
  return system(command) == 0 ? 0 : -1;
}

static void on_ready(void *context, const struct round_report *report, bool was_slot) {
  (void)context;
  (void)report;
  (void)was_slot;
}

static void on_ended(void *context) {
  struct bench *bench = context;
  bench->ended++;
  loop_stop(bench->engine.real.loop);
}

static struct daemon *start(struct bench *bench) {
  const struct daemon_hooks hooks = {.ready = on_ready, .ended = on_ended, .context = bench};
  return daemon_start(&bench->engine.world, bench->config, &hooks);
}

static void lock_store(struct bench *bench) {
  struct err err = {0};
  bool busy = false;
  bench->other = store_open(bench->folder, STORE_WRITE, &err);
  assert_non_null(bench->other);
  assert_true(db_begin(bench->other, &busy, &err));
}

/* Its first jobs are still with the writer then. */
static void a_daemon_that_is_stopped_as_it_starts_ends(void **state) {
  struct bench *bench = *state;
  struct daemon *daemon = start(bench);
  daemon_stop(daemon);
  loop_run(bench->engine.real.loop);
  engine_end_writer(&bench->engine);
  daemon_free(daemon);
  assert_int_equal(bench->ended, 1);
}

static void what_the_writer_answers_last_reaches_nobody_who_is_gone(void **state) {
  struct bench *bench = *state;
  struct deliver *deliver = deliver_new(&bench->engine.world, bench->config, NULL, true);
  deliver_wake(deliver);
  engine_end_writer(&bench->engine);
  deliver_free(deliver);
}

static void a_locked_store_holds_up_the_end_by_seconds_only(void **state) {
  struct bench *bench = *state;
  lock_store(bench);
  struct deliver *deliver = deliver_new(&bench->engine.world, bench->config, NULL, true);
  deliver_wake(deliver);
  usleep(200000);
  bench->began_ms = loop_mono_ms();
  engine_end_writer(&bench->engine);
  assert_in_range(loop_mono_ms() - bench->began_ms, 0, 15000); /* while it runs, it waits for 30 s */
  deliver_free(deliver);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_daemon_that_is_stopped_as_it_starts_ends),
      TEST(what_the_writer_answers_last_reaches_nobody_who_is_gone),
      TEST(a_locked_store_holds_up_the_end_by_seconds_only),
  };
  return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
