#include <sys/file.h>
#include <sys/resource.h>

#include "lowtide/textlog.h"
#include "store_testing.h"

static struct store *store;
static struct textlog_report report;

static int open_it(void **state) {
  if (make_test_folder(state) != 0) return -1;
  store = open_writing();
  return 0;
}

static int close_it(void **state) {
  store_close(store);
  return remove_test_folder(state);
}

static const char *path_of(const char *name) {
  static char path[512];
  (void)text_fmt(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static void add(const char *name, const char *line) {
  begin(store);
  assert_ok(store_log_add(store, 1, path_of(name), line, false, &err));
  commit(store);
}

static void write_lines(void) {
  assert_ok(store_do(store, textlog_write, &report, &err));
}

static void put_file(const char *name, const char *text) {
  int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
  (void)close(fd);
}

static void assert_file(const char *name, const char *text) {
  static char is[1 << 20];
  int fd = open(path_of(name), O_RDONLY);
  if (fd < 0) fail_msg("%s is not there", name);
  ssize_t n = read(fd, is, sizeof is - 1);
  (void)close(fd);
  is[n > 0 ? n : 0] = '\0';
  assert_string_equal(is, text);
}

/* As after a crash: what is queued was queued by another connection. */
static void reopen(void) {
  store_close(store);
  store = open_writing();
}

static void lines_are_appended_and_forgotten(void **state) {
  (void)state;
  put_file("kimi.txt", "before\n");
  add("kimi.txt", "one");
  add("claude.txt", "two");
  add("kimi.txt", "three");
  write_lines();
  assert_int_equal(report.written, 3);
  assert_int_equal(report.paths, 0);
  assert_int_equal(report.err.code, ERR_NONE);
  assert_file("kimi.txt", "before\none\nthree\n");
  assert_file("claude.txt", "two\n");
  write_lines();
  assert_int_equal(report.written, 0);
  assert_file("kimi.txt", "before\none\nthree\n");
}

static void folders_and_files_are_made_private(void **state) {
  struct stat there;
  (void)state;
  add("a/b/kimi.txt", "one");
  write_lines();
  assert_file("a/b/kimi.txt", "one\n");
  assert_int_equal(stat(path_of("a/b/kimi.txt"), &there), 0);
  assert_int_equal(there.st_mode & 0777, 0600);
  assert_int_equal(stat(path_of("a/b"), &there), 0);
  assert_int_equal(there.st_mode & 0777, 0700);
}

static void a_renamed_file_is_begun_anew(void **state) {
  (void)state;
  char rotated[512];
  add("kimi.txt", "one");
  write_lines();
  (void)text_copy(rotated, sizeof rotated, path_of("kimi.txt.1"));
  assert_int_equal(rename(path_of("kimi.txt"), rotated), 0);
  add("kimi.txt", "two");
  write_lines();
  assert_file("kimi.txt", "two\n");
  assert_file("kimi.txt.1", "one\n");
}

static void a_symlink_to_a_file_is_followed(void **state) {
  (void)state;
  put_file("real.txt", "");
  assert_int_equal(symlink("real.txt", path_of("link.txt")), 0);
  add("link.txt", "one");
  write_lines();
  assert_file("real.txt", "one\n");
}

static void a_line_break_in_a_line_does_not_make_two(void **state) {
  (void)state;
  add("kimi.txt", "one\ntwo");
  write_lines();
  assert_file("kimi.txt", "one two\n");
}

static void lines_of_an_open_transaction_are_not_written(void **state) {
  (void)state;
  add("kimi.txt", "committed");
  begin(store);
  assert_ok(store_log_add(store, 1, path_of("kimi.txt"), "not yet", false, &err));
  assert_ok(textlog_write(store, &report, &err));
  assert_int_equal(report.written, 1);
  assert_file("kimi.txt", "committed\n");
  commit(store);
  write_lines();
  assert_file("kimi.txt", "committed\nnot yet\n");
}

static void held_lines_are_not_written(void **state) {
  (void)state;
  begin(store);
  assert_ok(store_log_add(store, 1, path_of("kimi.txt"), "POSTED", true, &err));
  commit(store);
  write_lines();
  assert_int_equal(report.written, 0);
}

static void a_path_that_fails_stops_no_other_and_keeps_its_lines(void **state) {
  (void)state;
  assert_int_equal(mkdir(path_of("folder"), 0700), 0);
  add("folder", "one");
  add("kimi.txt", "two");
  add("folder", "three");
  write_lines();
  assert_int_equal(report.written, 1);
  assert_int_equal(report.paths, 1);
  assert_int_equal(report.err.code, ERR_FILE);
  assert_non_null(strstr(report.err.text, "folder"));
  assert_true(report.err.hint[0] != '\0');
  assert_file("kimi.txt", "two\n");
  assert_int_equal(rmdir(path_of("folder")), 0);
  write_lines();
  assert_int_equal(report.written, 2);
  assert_file("folder", "one\nthree\n");
}

static void what_is_no_file_is_refused_and_does_not_hang(void **state) {
  (void)state;
  assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
  add("fifo", "one");
  write_lines();
  assert_int_equal(report.paths, 1);
  assert_non_null(strstr(report.err.text, "not a file"));
}

static void a_locked_file_waits_for_the_next_time(void **state) {
  (void)state;
  put_file("kimi.txt", "");
  int fd = open(path_of("kimi.txt"), O_RDONLY);
  assert_int_equal(flock(fd, LOCK_EX), 0);
  add("kimi.txt", "one");
  write_lines();
  assert_int_equal(report.paths, 1);
  assert_non_null(strstr(report.err.text, "locked"));
  (void)close(fd);
  write_lines();
  assert_file("kimi.txt", "one\n");
}

static void what_a_crash_left_written_is_not_written_twice(void **state) {
  (void)state;
  add("kimi.txt", "one");
  add("kimi.txt", "two");
  add("kimi.txt", "three");
  reopen();
  put_file("kimi.txt", "zero\none\ntwo\n");
  write_lines();
  assert_int_equal(report.written, 3);
  assert_file("kimi.txt", "zero\none\ntwo\nthree\n");
}

static void equal_lines_are_counted(void **state) {
  (void)state;
  add("kimi.txt", "same");
  add("kimi.txt", "same");
  reopen();
  put_file("kimi.txt", "same\n");
  add("kimi.txt", "same");
  write_lines();
  assert_file("kimi.txt", "same\nsame\nsame\n");
}

static void a_torn_line_is_made_whole(void **state) {
  (void)state;
  add("kimi.txt", "one");
  add("kimi.txt", "two and a half");
  reopen();
  put_file("kimi.txt", "one\ntwo an");
  write_lines();
  assert_file("kimi.txt", "one\ntwo and a half\n");
  put_file("kimi.txt", "somebody's own");
  add("kimi.txt", "three");
  write_lines();
  assert_file("kimi.txt", "somebody's own\nthree\n");
}

static void lines_of_a_commit_that_failed_are_compared(void **state) {
  (void)state;
  add("kimi.txt", "one");
  begin(store);
  assert_ok(textlog_write(store, &report, &err));
  db_roll_back(store);
  assert_file("kimi.txt", "one\n");
  write_lines();
  assert_int_equal(report.written, 1);
  assert_file("kimi.txt", "one\n");
}

static int write_on_a_full_disk(void *context) {
  char line[3000];
  (void)context;
  (void)signal(SIGXFSZ, SIG_IGN);
  store = open_writing();
  memset(line, 'x', sizeof line - 1);
  line[sizeof line - 1] = '\0';
  put_file("kimi.txt", "before\n");
  add("kimi.txt", "short");
  add("kimi.txt", line);
  const struct rlimit full = {.rlim_cur = 1000, .rlim_max = RLIM_INFINITY};
  const struct rlimit roomy = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  begin(store);
  if (setrlimit(RLIMIT_FSIZE, &full) != 0) return 1;
  bool ok = textlog_write(store, &report, &err);
  if (setrlimit(RLIMIT_FSIZE, &roomy) != 0) return 2;
  if (!ok || report.paths != 1 || report.written != 0) return 3;
  commit(store);
  assert_file("kimi.txt", "before\n");
  write_lines();
  if (report.written != 2) return 4;
  store_close(store);
  return 0;
}

static void a_full_disk_leaves_no_piece_of_a_line(void **state) {
  (void)state;
  assert_int_equal(in_child(write_on_a_full_disk, NULL), 0);
}

static void what_waits_too_long_is_dropped_oldest_first(void **state) {
  (void)state;
  char line[32];
  assert_int_equal(mkdir(path_of("folder"), 0700), 0);
  begin(store);
  for (int i = 0; i < TEXTLOG_WAITING_MAX + 5; i++) {
    (void)text_fmt(line, sizeof line, "line %d", i);
    assert_ok(store_log_add(store, 1, path_of("folder"), line, false, &err));
  }
  assert_ok(store_log_add(store, 1, path_of("kimi.txt"), "other", false, &err));
  commit(store);
  write_lines();
  assert_int_equal(report.dropped, 5);
  assert_file("kimi.txt", "other\n");
  write_lines();
  assert_int_equal(report.dropped, 0);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM log_line"), TEXTLOG_WAITING_MAX);
  assert_int_equal(rmdir(path_of("folder")), 0);
  write_lines();
  assert_int_equal(report.written, TEXTLOG_WAITING_MAX);
}

static int write_beside(void *context) {
  (void)context;
  store = open_writing();
  for (int i = 0; i < 40; i++) {
    write_lines();
  }
  store_close(store);
  return 0;
}

static void two_processes_write_each_line_once(void **state) {
  (void)state;
  char expected[4096] = "";
  char line[32];
  int status = 0;
  size_t used = 0;
  pid_t pid = fork();
  if (pid == 0) _exit(write_beside(NULL));
  for (int i = 0; i < 60; i++) {
    (void)text_fmt(line, sizeof line, "line %d", i);
    add("kimi.txt", line);
    if (i % 2 == 0) write_lines();
    used += (size_t)snprintf(expected + used, sizeof expected - used, "%s\n", line);
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  write_lines();
  assert_file("kimi.txt", expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_it, close_it)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(lines_are_appended_and_forgotten),
      TEST(folders_and_files_are_made_private),
      TEST(a_renamed_file_is_begun_anew),
      TEST(a_symlink_to_a_file_is_followed),
      TEST(a_line_break_in_a_line_does_not_make_two),
      TEST(lines_of_an_open_transaction_are_not_written),
      TEST(held_lines_are_not_written),
      TEST(a_path_that_fails_stops_no_other_and_keeps_its_lines),
      TEST(what_is_no_file_is_refused_and_does_not_hang),
      TEST(a_locked_file_waits_for_the_next_time),
      TEST(what_a_crash_left_written_is_not_written_twice),
      TEST(equal_lines_are_counted),
      TEST(a_torn_line_is_made_whole),
      TEST(lines_of_a_commit_that_failed_are_compared),
      cmocka_unit_test_setup_teardown(a_full_disk_leaves_no_piece_of_a_line, make_test_folder, remove_test_folder),
      TEST(what_waits_too_long_is_dropped_oldest_first),
      TEST(two_processes_write_each_line_once),
  };
  return cmocka_run_group_tests_name("textlog", tests, NULL, NULL);
}
