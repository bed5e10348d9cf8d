#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "lowtide/loop.h"
#include "store_testing.h"

#define ACCOUNTS 5
#define KILLS 25

/* --- the writer thread --- */

struct task {
  struct writer *writer;
  struct loop *loop;
  char name[32];
  bool fails;
  bool done;
  int order;
  int runs;
  int64_t seen; /* rows that another connection sees when done is called */
  struct err err;
};

static int finished;
static int expected;

static bool run_task(struct store *store, void *context, struct err *e) {
  struct task *task = context;
  task->runs++;
  if (!remember(store, task->name, RANK_WARNING, 1, e)) return false;
  return !task->fails || err_set(e, ERR_LIMIT, "%s will not", task->name);
}

static void task_done(void *context, const struct err *e) {
  struct task *task = context;
  task->err = *e;
  task->done = true;
  task->order = finished++;
  struct store *reader = store_open(folder, STORE_READ, &err);
  if (reader != NULL) task->seen = number(reader, "SELECT COUNT(*) FROM alert_memory");
  store_close(reader);
  if (finished == expected) loop_stop(task->loop);
}

struct scene {
  struct loop *loop;
  struct writer *writer;
  struct task tasks[200];
};

static struct scene scene;

static int begin_writer(void) {
  scene = (struct scene){.loop = loop_new(&err)};
  scene.writer = writer_new(scene.loop, folder, &err);
  finished = 0;
  expected = 0;
  return scene.writer != NULL ? 0 : -1;
}

static int begin_scene(void **state) {
  return make_test_folder(state) == 0 ? begin_writer() : -1;
}

static int end_scene(void **state) {
  writer_free(scene.writer);
  loop_free(scene.loop);
  return remove_test_folder(state);
}

static void start_task(int i, bool fails) {
  struct task *task = &scene.tasks[i];
  *task = (struct task){.writer = scene.writer, .loop = scene.loop, .fails = fails};
  (void)text_fmt(task->name, sizeof task->name, "a%d", i);
  expected++;
  writer_do(scene.writer, run_task, task_done, task);
}

static void jobs_are_answered_in_order_and_after_the_commit(void **state) {
  (void)state;
  for (int i = 0; i < 150; i++) {
    start_task(i, false);
  }
  loop_run(scene.loop);
  for (int i = 0; i < 150; i++) {
    assert_int_equal(scene.tasks[i].order, i);
    assert_int_equal(scene.tasks[i].err.code, ERR_NONE);
    assert_int_equal(scene.tasks[i].runs, 1);
    assert_true(scene.tasks[i].seen > i);
  }
}

static void a_job_that_fails_takes_no_other_along(void **state) {
  (void)state;
  start_task(0, false);
  start_task(1, true);
  start_task(2, false);
  loop_run(scene.loop);
  assert_int_equal(scene.tasks[0].err.code, ERR_NONE);
  assert_int_equal(scene.tasks[1].err.code, ERR_LIMIT);
  assert_string_equal(scene.tasks[1].err.text, "a1 will not");
  assert_int_equal(scene.tasks[2].err.code, ERR_NONE);
  assert_int_equal(scene.tasks[2].seen, 2);
}

static void ending_finishes_what_is_queued(void **state) {
  (void)state;
  for (int i = 0; i < 100; i++) {
    start_task(i, false);
  }
  writer_free(scene.writer);
  scene.writer = NULL;
  struct store *store = open_writing();
  assert_int_equal(number(store, "SELECT COUNT(*) FROM alert_memory"), 100);
  store_close(store);
  loop_run(scene.loop);
  assert_int_equal(finished, 100);
}

/* 200 are four batches, none of which waits for itself. */
static void at_the_end_a_store_that_others_hold_is_not_waited_for_long(void **state) {
  (void)state;
  struct store *other = open_writing();
  begin(other);
  for (int i = 0; i < 200; i++) {
    start_task(i, false);
  }
  int64_t began_ms = loop_mono_ms();
  writer_free(scene.writer);
  scene.writer = NULL;
  assert_in_range(loop_mono_ms() - began_ms, 0, 2500);
  commit(other);
  store_close(other);
  loop_run(scene.loop);
  for (int i = 0; i < 200; i++) {
    assert_int_equal(scene.tasks[i].err.code, ERR_STORE);
    assert_int_equal(scene.tasks[i].runs, 0);
  }
}

static void a_store_that_was_deleted_is_made_anew(void **state) {
  (void)state;
  char command[512];
  start_task(0, false);
  loop_run(scene.loop);
  (void)text_fmt(command, sizeof command, "rm -f '%s'/*", folder);
  assert_int_equal(system(command), 0);
  start_task(1, false);
  loop_run(scene.loop);
  assert_int_equal(scene.tasks[1].err.code, ERR_NONE);
  assert_int_equal(scene.tasks[1].seen, 1);
}

static void a_store_whose_file_alone_was_deleted_is_made_anew(void **state) {
  (void)state;
  start_task(0, false);
  loop_run(scene.loop);
  assert_int_equal(unlink(in_folder("lowtide.db")), 0);
  start_task(1, false);
  loop_run(scene.loop);
  assert_int_equal(scene.tasks[1].err.code, ERR_NONE);
  assert_int_equal(scene.tasks[1].seen, 1);
  writer_free(scene.writer);
  scene.writer = NULL;
  struct store *store = open_writing();
  assert_int_equal(number(store, "SELECT COUNT(*) FROM alert_memory"), 1);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
  store_close(store);
}

static bool speechless(struct store *store, void *context, struct err *e) {
  (void)store;
  (void)context;
  (void)e;
  return false;
}

static void a_job_that_fails_without_a_word_is_a_failure(void **state) {
  (void)state;
  scene.tasks[0] = (struct task){.loop = scene.loop};
  expected = 1;
  writer_do(scene.writer, run_task, NULL, &(struct task){.name = "unanswered"});
  writer_do(scene.writer, speechless, task_done, &scene.tasks[0]);
  loop_run(scene.loop);
  assert_int_equal(scene.tasks[0].err.code, ERR_STORE);
  assert_int_equal(scene.tasks[0].seen, 1);
}

static int hold(int peer) {
  char go = 0;
  if (read(peer, &go, 1) != 1) return 1;
  struct store *store = open_writing();
  begin(store);
  if (write(peer, "g", 1) != 1) return 1;
  (void)usleep(200000);
  commit(store);
  store_close(store);
  return 0;
}

/* Forks before there is a thread: what another one holds at that moment, malloc's lock too, would stay locked in the child.
 */
static void a_busy_writer_in_another_process_is_waited_for(void **state) {
  (void)state;
  int peers[2];
  int status = 0;
  char go = 0;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, peers), 0);
  pid_t pid = fork();
  if (pid == 0) _exit(hold(peers[1]));
  assert_int_equal(begin_writer(), 0);
  assert_int_equal(write(peers[0], "g", 1), 1);
  assert_int_equal(read(peers[0], &go, 1), 1);
  for (int i = 0; i < 10; i++) {
    start_task(i, false);
  }
  loop_run(scene.loop);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  for (int i = 0; i < 10; i++) {
    assert_int_equal(scene.tasks[i].err.code, ERR_NONE);
  }
  (void)close(peers[0]);
  (void)close(peers[1]);
}

static bool fill(struct store *store, void *context, struct err *e) {
  const struct account_key key = {.account = "big", .provider = "x"};
  (void)context;
  for (int i = 0; i < 3000; i++) {
    struct reading reading = failure(NOON + i, "a reason that takes some room on the disk, again and again and again");
    if (!store_reading_add(store, &key, 1, &reading, LEVEL_UNKNOWN, e)) return false;
  }
  return true;
}

static int fill_with_writer(void *context) {
  (void)context;
  (void)signal(SIGXFSZ, SIG_IGN);
  struct loop *loop = loop_new(&err);
  struct writer *writer = writer_new(loop, folder, &err);
  const struct rlimit full = {.rlim_cur = 300 * 1024, .rlim_max = RLIM_INFINITY};
  const struct rlimit roomy = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  struct task big = {.loop = loop};
  struct task small = {.loop = loop, .name = "small"};
  if (writer == NULL || setrlimit(RLIMIT_FSIZE, &full) != 0) return 1;
  expected = 1;
  finished = 0;
  writer_do(writer, fill, task_done, &big);
  loop_run(loop);
  if (big.err.code != ERR_STORE || big.err.text[0] == '\0') return 2;
  if (setrlimit(RLIMIT_FSIZE, &roomy) != 0) return 3;
  finished = 0;
  writer_do(writer, run_task, task_done, &small);
  loop_run(loop);
  if (small.err.code != ERR_NONE || small.seen != 1) return 4;
  writer_free(writer);
  loop_free(loop);
  return 0;
}

static void a_full_disk_fails_the_job_and_the_next_one_works_when_there_is_room(void **state) {
  (void)state;
  assert_int_equal(in_child(fill_with_writer, NULL), 0);
  struct store *store = open_writing();
  assert_int_equal(number(store, "SELECT COUNT(*) FROM reading"), 0);
  store_close(store);
}

/* --- kill -9 at any moment --- */

static bool whole_turn(struct store *store, void *context, struct err *e) {
  int64_t slot = *(int64_t *)context;
  struct turn turn = {.schedule = "0 * * * *", .slot_ms = slot, .started_ms = slot};
  bool fresh = false;
  char name[16];
  if (!store_turn_add(store, &turn, &fresh, e) || !fresh) return false;
  for (int i = 0; i < ACCOUNTS; i++) {
    (void)text_fmt(name, sizeof name, "a%d", i);
    const struct account_key key = {.account = name, .provider = "moonshot"};
    struct reading reading = usd(slot, i);
    if (!store_reading_add(store, &key, turn.id, &reading, LEVEL_OK, e)) return false;
    if (!store_log_add(store, turn.id, "/nowhere", "a line", i == 0, e)) return false;
  }
  struct outbox_row row = {.turn_id = turn.id, .kind = "summary", .channel = "team", .payload = (char *)(uintptr_t) "text"};
  (void)text_fmt(row.key, sizeof row.key, "summary:%d", (int)turn.id);
  return store_outbox_add(store, &row, &fresh, e);
}

static int run_turns(void *context) {
  int fd = *(int *)context;
  struct store *store = open_writing();
  struct turn last;
  assert_ok(store_turn_last(store, NULL, &last, &err));
  for (int64_t slot = last.slot_ms + 1;; slot++) {
    if (!store_do(store, whole_turn, &slot, &err)) return 1;
    if (write(fd, &slot, sizeof slot) != sizeof slot) return 2;
  }
}

static int64_t kill_in_the_middle(unsigned *seed, int patience) {
  int fds[2];
  int status = 0;
  int64_t slot = 0;
  int64_t told = 0;
  *seed = *seed * 1103515245u + 12345u;
  const struct timespec pause = {.tv_nsec = 1000000L + (long)(*seed >> 8) % 40000000L * patience};
  assert_int_equal(pipe(fds), 0);
  pid_t pid = fork();
  if (pid == 0) _exit(run_turns(&fds[1]));
  (void)close(fds[1]);
  (void)nanosleep(&pause, NULL);
  (void)kill(pid, SIGKILL);
  while (read(fds[0], &slot, sizeof slot) == sizeof slot) {
    told = slot;
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status));
  (void)close(fds[0]);
  return told;
}

static void a_kill_leaves_whole_turns_and_all_that_were_told(void **state) {
  (void)state;
  unsigned seed = 1;
  int64_t turns = 0;
  /* A busy machine may need longer for the first turn. */
  for (int i = 0; i < KILLS || (turns == 0 && i < 20 * KILLS); i++) {
    int64_t told = kill_in_the_middle(&seed, 1 + i / KILLS);
    struct store *store = open_writing();
    turns = number(store, "SELECT COUNT(*) FROM turn");
    assert_true(turns >= told);
    assert_int_equal(number(store, "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
    assert_int_equal(number(store, "SELECT COUNT(*) FROM reading"), turns * ACCOUNTS);
    assert_int_equal(number(store, "SELECT COUNT(*) FROM log_line WHERE held = 0"), turns * (ACCOUNTS - 1));
    assert_int_equal(number(store, "SELECT COUNT(*) FROM outbox"), turns);
    assert_int_equal(number(store, "SELECT COUNT(*) FROM outbox WHERE settled_ms = 0"), turns > 0);
    store_close(store);
  }
  assert_true(turns > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_scene, end_scene)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(jobs_are_answered_in_order_and_after_the_commit),
      TEST(a_job_that_fails_takes_no_other_along),
      TEST(ending_finishes_what_is_queued),
      TEST(at_the_end_a_store_that_others_hold_is_not_waited_for_long),
      TEST(a_store_whose_file_alone_was_deleted_is_made_anew),
      TEST(a_store_that_was_deleted_is_made_anew),
      TEST(a_job_that_fails_without_a_word_is_a_failure),
      cmocka_unit_test_setup_teardown(a_busy_writer_in_another_process_is_waited_for, make_test_folder, end_scene),
      cmocka_unit_test_setup_teardown(a_full_disk_fails_the_job_and_the_next_one_works_when_there_is_room, make_test_folder,
                                      remove_test_folder),
      cmocka_unit_test_setup_teardown(a_kill_leaves_whole_turns_and_all_that_were_told, make_test_folder,
                                      remove_test_folder),
  };
  return cmocka_run_group_tests_name("store_writer", tests, NULL, NULL);
}
