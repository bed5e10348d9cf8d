#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "store_testing.h"

static unsigned mode_of(const char *name) {
  struct stat there;
  assert_int_equal(stat(name[0] == '/' ? name : in_folder(name), &there), 0);
  return there.st_mode & 07777;
}

static void a_writer_makes_a_private_folder_and_file(void **state) {
  (void)state;
  char deep[512];
  assert_true(text_fmt(deep, sizeof deep, "%s/a/b", folder));
  struct store *store = store_open(deep, STORE_WRITE, &err);
  assert_non_null(store);
  assert_int_equal(mode_of("a/b"), 0700);
  assert_int_equal(mode_of("a/b/lowtide.db"), 0600);
  assert_int_equal(mode_of("a/b/lowtide.db-wal"), 0600);
  store_close(store);
}

static void a_store_is_durable_checked_and_small(void **state) {
  (void)state;
  struct store *store = open_writing();
  assert_int_equal(number(store, "PRAGMA synchronous"), 2);
  assert_int_equal(number(store, "PRAGMA foreign_keys"), 1);
  assert_int_equal(number(store, "PRAGMA cache_size"), -1024);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"), 1);
  store_close(store);
}

static void a_reader_makes_nothing_and_changes_nothing(void **state) {
  (void)state;
  struct store *store = store_open(folder, STORE_READ, &err);
  assert_null(store);
  assert_int_equal(err.code, ERR_STORE);
  assert_non_null(strstr(err.text, "no store yet"));
  assert_int_equal(access(in_folder("lowtide.db"), F_OK), -1);
  store_close(open_writing());
  store = store_open(folder, STORE_READ, &err);
  assert_non_null(store);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM turn"), 0);
  assert_false(db_exec(store, "DELETE FROM turn", &err));
  assert_non_null(strstr(err.text, "cannot be written"));
  store_close(store);
}

static void a_reader_sees_what_a_writer_has_committed(void **state) {
  (void)state;
  struct store *writer = open_writing();
  struct store *reader = store_open(folder, STORE_READ, &err);
  assert_non_null(reader);
  begin(writer);
  assert_ok(remember(writer, "kimi", RANK_WARNING, 1, &err));
  assert_int_equal(number(reader, "SELECT COUNT(*) FROM alert_memory"), 0);
  commit(writer);
  assert_int_equal(number(reader, "SELECT COUNT(*) FROM alert_memory"), 1);
  store_close(reader);
  store_close(writer);
}

static bool alert_then_fail(struct store *store, void *context, struct err *e) {
  assert_true(remember(store, "kimi", RANK_WARNING, 1, e));
  return context != NULL ? true : err_set(e, ERR_LIMIT, "no");
}

static void a_job_is_whole_or_not_at_all(void **state) {
  (void)state;
  struct store *store = open_writing();
  assert_false(store_do(store, alert_then_fail, NULL, &err));
  assert_int_equal(err.code, ERR_LIMIT);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM alert_memory"), 0);
  assert_ok(store_do(store, alert_then_fail, store, &err));
  assert_int_equal(number(store, "SELECT COUNT(*) FROM alert_memory"), 1);
  store_close(store);
}

static void write_file(const char *name, const char *bytes, size_t length) {
  int fd = open(in_folder(name), O_WRONLY | O_CREAT, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes, length), (ssize_t)length);
  (void)close(fd);
}

static void what_is_no_database_is_told_so(void **state) {
  (void)state;
  static char text[8192];
  memset(text, 'x', sizeof text);
  write_file("lowtide.db", text, sizeof text);
  assert_null(store_open(folder, STORE_WRITE, &err));
  assert_int_equal(err.code, ERR_STORE);
  assert_non_null(strstr(err.text, "not a database"));
  assert_true(err.hint[0] != '\0');
  assert_null(store_open(folder, STORE_READ, &err));
  assert_non_null(strstr(err.text, "not a database"));
}

static void a_damaged_file_is_told_so(void **state) {
  (void)state;
  static char junk[1 << 16];
  struct store *store = open_writing();
  for (int i = 0; i < 50; i++) {
    add_reading(store, "kimi", usd(NOON + i, i), LEVEL_OK);
  }
  store_close(store);
  int fd = open(in_folder("lowtide.db"), O_WRONLY);
  memset(junk, 0xa5, sizeof junk);
  assert_true(pwrite(fd, junk, sizeof junk, 4096) > 0);
  (void)close(fd);
  store = store_open(folder, STORE_WRITE, &err);
  if (store != NULL) {
    const struct account_key key = {.account = "kimi", .provider = "moonshot"};
    struct account_state kept;
    assert_false(store_account_state(store, &key, &kept, &err));
    store_close(store);
  }
  assert_int_equal(err.code, ERR_STORE);
  assert_non_null(strstr(err.text, "damaged"));
}

static void another_programs_database_is_left_alone(void **state) {
  (void)state;
  sqlite3 *db = NULL;
  for (int version = 0; version < 2; version++) {
    assert_int_equal(sqlite3_open(in_folder("lowtide.db"), &db), SQLITE_OK);
    (void)sqlite3_exec(db, "CREATE TABLE theirs (a)", NULL, NULL, NULL);
    if (version == 1) (void)sqlite3_exec(db, "PRAGMA user_version = 1", NULL, NULL, NULL);
    (void)sqlite3_close(db);
    assert_null(store_open(folder, STORE_WRITE, &err));
    assert_non_null(strstr(err.text, "another program's"));
  }
}

/* --- migrations: each released schema is one step, and every older store must come through --- */

static const char *const first_only[] = {"CREATE TABLE a (x BIGINT); INSERT INTO a VALUES (7);", NULL};
static const char *const with_second[] = {"CREATE TABLE a (x BIGINT); INSERT INTO a VALUES (7);",
                                          "ALTER TABLE a ADD COLUMN y BIGINT NOT NULL DEFAULT 8;", NULL};
static const char *const with_broken[] = {"CREATE TABLE a (x BIGINT); INSERT INTO a VALUES (7);",
                                          "ALTER TABLE a ADD COLUMN y BIGINT NOT NULL DEFAULT 8; CREATE nonsense;", NULL};

static struct store *open_steps(const char *const *steps, enum store_mode mode) {
  struct store *store = NULL;
  return store_open_with(folder, mode, steps, &store, &err) ? store : NULL;
}

static void an_older_schema_is_brought_up_to_date(void **state) {
  (void)state;
  store_close(open_steps(first_only, STORE_WRITE));
  assert_null(open_steps(with_second, STORE_READ));
  assert_non_null(strstr(err.text, "older lowtide"));
  struct store *store = open_steps(with_second, STORE_WRITE);
  assert_non_null(store);
  assert_int_equal(number(store, "SELECT x + y FROM a"), 15);
  assert_int_equal(number(store, "PRAGMA user_version"), 2);
  store_close(store);
}

static void a_newer_schema_is_refused_with_a_sentence(void **state) {
  (void)state;
  store_close(open_steps(with_second, STORE_WRITE));
  assert_null(open_steps(first_only, STORE_WRITE));
  assert_int_equal(err.code, ERR_STORE);
  assert_non_null(strstr(err.text, "newer lowtide (schema 2, this one knows 1)"));
  assert_null(open_steps(first_only, STORE_READ));
}

static void a_migration_that_fails_leaves_the_old_schema(void **state) {
  (void)state;
  store_close(open_steps(first_only, STORE_WRITE));
  assert_null(open_steps(with_broken, STORE_WRITE));
  struct store *store = open_steps(first_only, STORE_WRITE);
  assert_non_null(store);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM pragma_table_info('a')"), 1);
  store_close(store);
}

static void nobody_migrates_while_another_has_it_open(void **state) {
  (void)state;
  struct store *old = open_steps(first_only, STORE_WRITE);
  assert_null(open_steps(with_second, STORE_WRITE));
  assert_non_null(strstr(err.text, "in use"));
  assert_int_equal(number(old, "SELECT x FROM a"), 7);
  store_close(old);
  store_close(open_steps(with_second, STORE_WRITE));
}

static int open_and_close(void *context) {
  (void)context;
  struct store *store = store_open(folder, STORE_WRITE, &err);
  if (store == NULL) (void)fprintf(stderr, "# %s\n", err.text);
  store_close(store);
  return store != NULL ? 0 : 1;
}

static void several_who_make_the_store_at_once_make_one(void **state) {
  (void)state;
  int status = 0;
  for (int i = 0; i < 6; i++) {
    if (fork() == 0) _exit(open_and_close(NULL));
  }
  for (int i = 0; i < 6; i++) {
    assert_true(wait(&status) > 0);
    assert_int_equal(status, 0);
  }
}

/* --- disks and folders that will not --- */

static int as_nobody(void *context) {
  int (*run)(void) = *(int (**)(void))context;
  if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 99;
  return run();
}

static int open_unwritable(void) {
  if (store_open(folder, STORE_WRITE, &err) != NULL) return 1;
  return err.code == ERR_STORE && err.hint[0] != '\0' ? 0 : 2;
}

static void a_folder_that_may_not_be_written_is_told_so(void **state) {
  (void)state;
  int (*run)(void) = open_unwritable;
  assert_int_equal(chmod(folder, 0555), 0);
  assert_int_equal(in_child(as_nobody, &run), 0);
}

static void a_file_that_may_not_be_written_is_told_so(void **state) {
  (void)state;
  int (*run)(void) = open_unwritable;
  store_close(open_writing());
  assert_int_equal(chmod(folder, 0777), 0);
  assert_int_equal(chmod(in_folder("lowtide.db"), 0444), 0);
  assert_int_equal(chmod(in_folder("store.lock"), 0666), 0);
  assert_int_equal(in_child(as_nobody, &run), 0);
}

static int read_only(void) {
  struct store *store = store_open(folder, STORE_READ, &err);
  if (store == NULL) (void)fprintf(stderr, "# %s\n", err.text);
  store_close(store);
  return store != NULL ? 0 : 1;
}

static void a_reader_may_read_where_it_may_not_write(void **state) {
  (void)state;
  int (*run)(void) = read_only;
  struct store *store = open_writing();
  add_reading(store, "kimi", usd(NOON, 1), LEVEL_OK);
  assert_int_equal(chmod(in_folder("lowtide.db"), 0444), 0);
  assert_int_equal(chmod(in_folder("lowtide.db-wal"), 0444), 0);
  assert_int_equal(chmod(in_folder("lowtide.db-shm"), 0444), 0);
  assert_int_equal(chmod(folder, 0555), 0);
  assert_int_equal(in_child(as_nobody, &run), 0);
  store_close(store);
  assert_int_equal(in_child(as_nobody, &run), 0);
}

/* A turn of many readings that cannot fit. */
static bool fill(struct store *store, void *context, struct err *e) {
  const struct account_key key = {.account = "kimi", .provider = "moonshot"};
  for (int i = 0; i < 3000; i++) {
    struct reading reading = failure(NOON + i, "a reason that takes some room on the disk, again and again and again");
    if (!store_reading_add(store, &key, 1, &reading, LEVEL_UNKNOWN, e)) return false;
  }
  (*(int *)context)++;
  return true;
}

static int fill_the_disk(void *context) {
  int filled = 0;
  (void)context;
  (void)signal(SIGXFSZ, SIG_IGN);
  struct store *store = store_open(folder, STORE_WRITE, &err);
  if (store == NULL) return 1;
  add_reading(store, "kimi", usd(NOON, 1), LEVEL_OK);
  const struct rlimit limit = {.rlim_cur = 300 * 1024, .rlim_max = RLIM_INFINITY};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
  if (store_do(store, fill, &filled, &err)) return 3;
  if (strstr(err.text, "writing it failed") == NULL || err.hint[0] == '\0') return 4;
  if (number(store, "SELECT COUNT(*) FROM reading") != 1) return 5;
  add_reading(store, "kimi", usd(NOON + 1, 2), LEVEL_OK);
  store_close(store);
  return 0;
}

static void a_full_quota_is_told_and_nothing_is_half_written(void **state) {
  (void)state;
  assert_int_equal(in_child(fill_the_disk, NULL), 0);
  struct store *store = open_writing();
  assert_int_equal(number(store, "SELECT COUNT(*) FROM reading"), 2);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
  store_close(store);
}

static int fill_a_small_disk(void *context) {
  int filled = 0;
  (void)context;
  struct store *store = store_open(folder, STORE_WRITE, &err);
  if (store == NULL) return 1;
  if (store_do(store, fill, &filled, &err)) return 3;
  if (strstr(err.text, "disk is full") == NULL) return 4;
  bool none = number(store, "SELECT COUNT(*) FROM reading") == 0;
  store_close(store);
  return none ? 0 : 5;
}

static void a_small_disk_that_is_full_is_told(void **state) {
  (void)state;
  if (mount("lowtide-test", folder, "tmpfs", 0, "size=400k") != 0) {
    print_message("needs the right to mount a small disk\n");
    skip();
  }
  int result = in_child(fill_a_small_disk, NULL);
  assert_int_equal(umount2(folder, MNT_DETACH), 0);
  assert_int_equal(result, 0);
}

/* --- others at the store --- */

static int hold_the_store(void *context) {
  const int *fds = context;
  char go = 'g';
  struct store *store = open_writing();
  begin(store);
  if (write(fds[1], &go, 1) != 1) return 1;
  (void)usleep(300000);
  assert_ok(remember(store, "claude", RANK_WARNING, 1, &err));
  commit(store);
  store_close(store);
  return 0;
}

static void a_busy_store_is_waited_for(void **state) {
  (void)state;
  int fds[2];
  int status = 0;
  char go = 0;
  store_close(open_writing());
  assert_int_equal(pipe(fds), 0);
  pid_t pid = fork();
  if (pid == 0) _exit(hold_the_store(fds));
  assert_int_equal(read(fds[0], &go, 1), 1);
  struct store *store = open_writing();
  assert_ok(store_do(store, alert_then_fail, store, &err));
  assert_int_equal(number(store, "SELECT COUNT(*) FROM alert_memory"), 2);
  store_close(store);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  (void)close(fds[0]);
  (void)close(fds[1]);
}

static int holder(void *context) {
  (void)context;
  return state_lock_holder(folder) == getppid() ? 0 : 1;
}

static int take_lock(void *context) {
  (void)context;
  struct state_lock *lock = state_lock_take(folder, &err);
  return lock == NULL && strstr(err.text, "pid") != NULL && err.hint[0] != '\0' ? 0 : 1;
}

static void the_daemons_lock_tells_its_pid_and_dies_with_it(void **state) {
  (void)state;
  assert_int_equal(state_lock_holder(folder), 0);
  struct state_lock *lock = state_lock_take(folder, &err);
  assert_non_null(lock);
  assert_int_equal(mode_of("daemon.lock"), 0600);
  assert_int_equal(state_lock_holder(folder), getpid());
  assert_int_equal(in_child(holder, NULL), 0); /* asking did not give it away */
  assert_int_equal(in_child(take_lock, NULL), 0);
  assert_null(state_lock_take(folder, &err));
  assert_int_equal(in_child(holder, NULL), 0);
  state_lock_free(lock);
  assert_int_equal(state_lock_holder(folder), 0);
  lock = state_lock_take(folder, &err);
  assert_non_null(lock);
  state_lock_free(lock);
  state_lock_free(NULL);
}

static volatile sig_atomic_t nudges;

static void count_nudge(int number) {
  (void)number;
  nudges++;
}

static int nudge(void *context) {
  (void)context;
  state_lock_nudge(folder);
  return 0;
}

static void only_who_holds_the_lock_now_is_nudged(void **state) {
  (void)state;
  struct sigaction count = {.sa_handler = count_nudge, .sa_flags = SA_RESTART};
  struct sigaction before;
  assert_int_equal(sigaction(SIGUSR1, &count, &before), 0);
  nudges = 0;
  state_lock_nudge("/proc/nowhere");
  assert_int_equal(in_child(nudge, NULL), 0);
  struct state_lock *lock = state_lock_take(folder, &err);
  assert_non_null(lock);
  assert_int_equal(nudges, 0);
  state_lock_nudge(folder);
  assert_int_equal(nudges, 0); /* it knows what it wrote */
  assert_int_equal(in_child(nudge, NULL), 0);
  assert_int_equal(nudges, 1);
  state_lock_free(lock);
  assert_int_equal(in_child(nudge, NULL), 0); /* the file is still there, and so is its former holder */
  assert_int_equal(nudges, 1);
  assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
}

static void a_lock_in_no_folder_is_told(void **state) {
  (void)state;
  assert_null(state_lock_take("/proc/nowhere", &err));
  assert_int_equal(err.code, ERR_STORE);
  assert_null(store_open("/proc/nowhere", STORE_WRITE, &err));
  assert_null(store_open("", STORE_WRITE, &err));
  assert_null(store_open("/dev/null", STORE_READ, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_test_folder, remove_test_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_writer_makes_a_private_folder_and_file),
      TEST(a_store_is_durable_checked_and_small),
      TEST(a_reader_makes_nothing_and_changes_nothing),
      TEST(a_reader_sees_what_a_writer_has_committed),
      TEST(a_job_is_whole_or_not_at_all),
      TEST(what_is_no_database_is_told_so),
      TEST(a_damaged_file_is_told_so),
      TEST(another_programs_database_is_left_alone),
      TEST(an_older_schema_is_brought_up_to_date),
      TEST(a_newer_schema_is_refused_with_a_sentence),
      TEST(a_migration_that_fails_leaves_the_old_schema),
      TEST(nobody_migrates_while_another_has_it_open),
      TEST(several_who_make_the_store_at_once_make_one),
      TEST(a_folder_that_may_not_be_written_is_told_so),
      TEST(a_file_that_may_not_be_written_is_told_so),
      TEST(a_reader_may_read_where_it_may_not_write),
      TEST(a_full_quota_is_told_and_nothing_is_half_written),
      TEST(a_small_disk_that_is_full_is_told),
      TEST(a_busy_store_is_waited_for),
      TEST(the_daemons_lock_tells_its_pid_and_dies_with_it),
      TEST(only_who_holds_the_lock_now_is_nudged),
      TEST(only_who_holds_the_lock_now_is_nudged),
      TEST(a_lock_in_no_folder_is_told),
  };
  return cmocka_run_group_tests_name("store_open", tests, NULL, NULL);
}
