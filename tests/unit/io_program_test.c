#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>

#include "unit/io_world.h"

static struct io_world world;

static int begin(void **state) {
  (void)state;
  return io_begin(&world, NULL, NULL) ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  io_end(&world);
  return 0;
}

static void add_word(struct ask *ask, const char *word) {
  assert_true(buf_add_n(&ask->program.words, word, strlen(word) + 1));
}

static struct asked *run(const char *const *args, int64_t deadline_ms, struct heard *heard) {
  struct ask ask;
  ask_init(&ask);
  ask.kind = ASK_PROGRAM;
  for (size_t i = 0; args[i] != NULL; i++)
    add_word(&ask, args[i]);
  return io_ask(&world, &ask, deadline_ms, heard);
}

static struct heard run_shell(const char *script, int64_t deadline_ms) {
  struct heard heard;
  const char *const args[] = {"sh", "-c", script, NULL};
  (void)run(args, deadline_ms, &heard);
  io_wait(&world);
  assert_int_equal(heard.times, 1);
  return heard;
}

/* A process of that id is there and no zombie. */
static bool is_running(long pid) {
  char path[64];
  char line[256];
  (void)text_fmt(path, sizeof path, "/proc/%ld/stat", pid);
  FILE *file = fopen(path, "re");
  if (file == NULL) return false;
  bool there = fgets(line, sizeof line, file) != NULL && strstr(line, ") Z") == NULL;
  (void)fclose(file);
  return there;
}

static bool goes_away(long pid) {
  for (int i = 0; i < 3000 && is_running(pid); i++)
    (void)usleep(10000);
  return !is_running(pid);
}

static void words_are_passed_as_they_are(void **state) {
  (void)state;
  struct heard heard;
  const char *const args[] = {"printf", "%s|%s", "a b; $HOME `id`", "*", NULL};
  (void)run(args, PATIENCE_MS, &heard);
  io_wait(&world);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_int_equal(heard.answer.program.exit_code, 0);
  assert_string_equal(heard.body, "a b; $HOME `id`|*");
  assert_int_equal(heard.answer.program.length, strlen(heard.body));
}

static void an_exit_code_and_a_signal_are_told(void **state) {
  (void)state;
  struct heard heard = run_shell("echo out; echo more >&2; exit 3", PATIENCE_MS);
  assert_int_equal(heard.answer.program.exit_code, 3);
  assert_string_equal(heard.body, "out\n");
  heard = run_shell("kill -9 $$", PATIENCE_MS);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_int_equal(heard.answer.program.exit_code, -1);
}

static void it_reads_nothing_and_sees_four_variables(void **state) {
  (void)state;
  assert_int_equal(setenv("LOWTIDE_TEST_KEY", "planted", 1), 0);
  assert_int_equal(setenv("TZ", "UTC", 1), 0);
  assert_int_equal(setenv("LANG", "C", 1), 0);
  assert_int_equal(setenv("HOME", "/tmp", 1), 0);
  struct heard heard;
  const char *const args[] = {"env", NULL};
  (void)run(args, PATIENCE_MS, &heard);
  io_wait(&world);
  char wanted[HEARD_BODY_MAX];
  (void)text_fmt(wanted, sizeof wanted, "PATH=%s\nHOME=/tmp\nLANG=C\nTZ=UTC\n", getenv("PATH"));
  assert_string_equal(heard.body, wanted);
  assert_int_equal(run_shell("cat", PATIENCE_MS).answer.program.length, 0);
}

static void without_a_path_there_is_still_one(void **state) {
  (void)state;
  char *path = strdup(getenv("PATH"));
  assert_int_equal(unsetenv("PATH"), 0);
  assert_int_equal(unsetenv("TZ"), 0);
  struct heard heard;
  const char *const args[] = {"env", NULL};
  (void)run(args, PATIENCE_MS, &heard);
  io_wait(&world);
  assert_int_equal(setenv("PATH", path, 1), 0);
  free(path);
  assert_string_equal(heard.body, "PATH=/usr/local/bin:/usr/bin:/bin\nHOME=/tmp\nLANG=C\n");
}

static void no_file_of_ours_is_inherited(void **state) {
  (void)state;
  int fd = dup(STDERR_FILENO);
  assert_true(fd > 2);
  struct heard heard = run_shell(
      "for f in /proc/self/fd/*; do n=${f##*/}; [ $n -gt 2 ] && [ -e /proc/$$/fd/$n ] && echo $n; done; :", PATIENCE_MS);
  (void)close(fd);
  assert_string_equal(heard.body, "");
}

static void what_cannot_be_started_says_why(void **state) {
  (void)state;
  struct heard heard;
  const char *const missing[] = {"/nowhere/balance", NULL};
  (void)run(missing, PATIENCE_MS, &heard);
  assert_int_equal(heard.times, 0);
  io_wait(&world);
  assert_int_equal(heard.answer.err.code, ERR_COMMAND);
  assert_string_equal(heard.answer.err.text, "/nowhere/balance is not there");
  assert_string_not_equal(heard.answer.err.hint, "");
  const char *const forbidden[] = {"/etc/passwd", NULL};
  (void)run(forbidden, PATIENCE_MS, &heard);
  io_wait(&world);
  assert_string_equal(heard.answer.err.text, "/etc/passwd may not be run");
  const char *const none[] = {NULL};
  (void)run(none, PATIENCE_MS, &heard);
  io_wait(&world);
  assert_string_equal(heard.answer.err.text, "no program is named");
}

/* Two numbers in the file. */
static bool read_pids(int fd, long *pids) {
  char text[64] = "";
  char *rest = NULL;
  (void)!pread(fd, text, sizeof text - 1, 0);
  pids[0] = strtol(text, &rest, 10);
  pids[1] = strtol(rest, NULL, 10);
  return pids[0] > 1 && pids[1] > 1;
}

/* On a busy machine it may be ended before it has started anything: then it is given more time. */
static void one_that_hangs_is_ended_with_all_it_started(void **state) {
  (void)state;
  char path[] = "/tmp/lowtide-program-XXXXXX";
  char script[256];
  char words[64];
  long pids[2] = {0, 0};
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  /* The grandchild does not listen to SIGTERM. */
  (void)text_fmt(script, sizeof script,
                 "(trap '' TERM; sh -c 'echo $$ >>%s; exec sleep 60') & echo $$ >>%s; trap '' TERM; wait; sleep 60", path,
                 path);
  for (int deadline_ms = 300; !read_pids(fd, pids) && deadline_ms < 20000; deadline_ms += 1500) {
    assert_int_equal(ftruncate(fd, 0), 0);
    int64_t start_ms = loop_mono_ms();
    struct heard heard = run_shell(script, deadline_ms);
    (void)text_fmt(words, sizeof words, "timed out after %d ms", deadline_ms);
    assert_int_equal(heard.answer.err.code, ERR_TIMEOUT);
    assert_string_equal(heard.answer.err.text, words);
    assert_in_range(loop_mono_ms() - start_ms, deadline_ms - 10, deadline_ms + 20000);
    (void)run_shell("sleep 1.3", PATIENCE_MS);
  }
  (void)close(fd);
  (void)unlink(path);
  assert_true(goes_away(pids[0]));
  assert_true(goes_away(pids[1]));
}

static void what_is_left_running_ends_with_the_program(void **state) {
  (void)state;
  struct heard heard = run_shell("sleep 60 & echo $!", PATIENCE_MS);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_int_equal(heard.answer.program.exit_code, 0);
  long pid = strtol(heard.body, NULL, 10);
  assert_true(pid > 1);
  assert_true(goes_away(pid));
}

static void a_pipe_kept_open_elsewhere_holds_nothing_up(void **state) {
  (void)state;
  int64_t start_ms = loop_mono_ms();
  struct heard heard = run_shell("setsid sh -c 'sleep 20' & echo 12.5", PATIENCE_MS);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_string_equal(heard.body, "12.5\n");
  assert_true(loop_mono_ms() - start_ms < 15000);
}

static void too_much_output_is_refused(void **state) {
  (void)state;
  struct heard heard = run_shell("head -c 65536 /dev/zero", PATIENCE_MS);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_int_equal(heard.answer.program.length, 65536);
  int64_t start_ms = loop_mono_ms();
  heard = run_shell("while :; do echo 0123456789; done", PATIENCE_MS);
  assert_int_equal(heard.answer.err.code, ERR_COMMAND);
  assert_string_equal(heard.answer.err.text, "the program printed too much");
  assert_true(loop_mono_ms() - start_ms < PATIENCE_MS / 2);
}

static void a_cancelled_one_does_not_outlive_the_asker(void **state) {
  (void)state;
  char path[] = "/tmp/lowtide-program-XXXXXX";
  char script[128];
  struct heard heard;
  int fd = mkstemp(path);
  (void)text_fmt(script, sizeof script, "trap '' TERM; echo $$ >%s; while :; do sleep 1; done", path);
  const char *const args[] = {"sh", "-c", script, NULL};
  struct asked *asked = run(args, PATIENCE_MS, &heard);
  char pid[16] = "";
  for (int i = 0; i < 3000 && pread(fd, pid, sizeof pid - 1, 0) <= 0; i++)
    (void)usleep(10000);
  asker_cancel(asked);
  world.waiting--;
  asker_free(world.asker);
  world.asker = NULL;
  assert_true(strtol(pid, NULL, 10) > 1);
  assert_false(is_running(strtol(pid, NULL, 10)));
  assert_int_equal(heard.times, 0);
  (void)close(fd);
  (void)unlink(path);
}

static void many_programs_wait_their_turn(void **state) {
  (void)state;
  static struct heard heard[100];
  const char *const args[] = {"echo", "1", NULL};
  for (int i = 0; i < 100; i++)
    (void)run(args, PATIENCE_MS, &heard[i]);
  io_wait(&world);
  for (int i = 0; i < 100; i++)
    assert_string_equal(heard[i].body, "1\n");
}

/* Runs it with that many bytes, "x…x\n", on its standard input. */
static struct heard run_fed(const char *script, size_t length, bool talks, int64_t deadline_ms) {
  struct heard heard;
  struct ask ask;
  ask_init(&ask);
  ask.kind = ASK_PROGRAM;
  assert_true(program_ask_split(&ask.program, "sh -c", &heard.answer.err));
  add_word(&ask, script);
  ask.program.talks = talks;
  for (size_t i = 0; i + 1 < length; i++)
    buf_add_char(&ask.program.input, 'x');
  if (length > 0) buf_add_char(&ask.program.input, '\n');
  (void)io_ask(&world, &ask, deadline_ms, &heard);
  io_wait(&world);
  assert_int_equal(heard.times, 1);
  return heard;
}

static void a_program_reads_what_it_is_fed_to_its_end(void **state) {
  (void)state;
  assert_string_equal(run_fed("cat", 3, false, PATIENCE_MS).body, "xx\n");
  assert_string_equal(run_fed("wc -c | tr -d ' '", 1000000, false, PATIENCE_MS).body, "1000000\n");
}

static void a_program_that_reads_nothing_is_no_fault(void **state) {
  (void)state;
  struct heard heard = run_fed("echo done", 1000000, false, PATIENCE_MS);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_int_equal(heard.answer.program.exit_code, 0);
  heard = run_fed("exec <&-; sleep 0.1; echo closed", 1000000, false, PATIENCE_MS);
  assert_string_equal(heard.body, "closed\n");
}

static void a_program_that_hangs_while_it_is_fed_is_ended(void **state) {
  (void)state;
  assert_int_equal(run_fed("sleep 30", 1000000, true, 200).answer.err.code, ERR_TIMEOUT);
}

static void one_that_talks_is_heard_on_both_outputs(void **state) {
  (void)state;
  assert_string_equal(run_fed("echo one; echo two >&2; echo three", 0, true, PATIENCE_MS).body, "one\ntwo\nthree\n");
  assert_string_equal(run_fed("echo one; echo two >&2", 0, false, PATIENCE_MS).body, "one\n");
}

static void one_that_talks_too_much_goes_on(void **state) {
  (void)state;
  struct heard heard = run_fed("head -c 300000 /dev/zero | tr '\\0' y; exit 3", 2, true, PATIENCE_MS);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_int_equal(heard.answer.program.exit_code, 3);
  assert_true(heard.answer.program.length <= ASK_OUTPUT_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(words_are_passed_as_they_are),
      TEST(an_exit_code_and_a_signal_are_told),
      TEST(it_reads_nothing_and_sees_four_variables),
      TEST(without_a_path_there_is_still_one),
      TEST(no_file_of_ours_is_inherited),
      TEST(what_cannot_be_started_says_why),
      TEST(one_that_hangs_is_ended_with_all_it_started),
      TEST(what_is_left_running_ends_with_the_program),
      TEST(a_pipe_kept_open_elsewhere_holds_nothing_up),
      TEST(too_much_output_is_refused),
      TEST(a_program_reads_what_it_is_fed_to_its_end),
      TEST(a_program_that_reads_nothing_is_no_fault),
      TEST(a_program_that_hangs_while_it_is_fed_is_ended),
      TEST(one_that_talks_is_heard_on_both_outputs),
      TEST(one_that_talks_too_much_goes_on),
      TEST(a_cancelled_one_does_not_outlive_the_asker),
      TEST(many_programs_wait_their_turn),
  };
  return cmocka_run_group_tests_name("io program", tests, NULL, NULL);
}
