#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "lowtide/loop.h"

#define POSTS 2000

struct scene {
  struct loop *loop;
  struct timer *timer;
  struct timer *other;
  int fired;
  int order[POSTS + 1];
  int posted;
};

static int begin(void **state) {
  static struct scene scene;
  struct err err = {0};
  scene = (struct scene){.loop = loop_new(&err)};
  *state = &scene;
  return scene.loop != NULL ? 0 : -1;
}

static int end(void **state) {
  struct scene *scene = *state;
  loop_free(scene->loop);
  return 0;
}

static void stop(void *context) {
  struct scene *scene = context;
  scene->fired++;
  loop_stop(scene->loop);
}

static void a_timer_fires_once_and_not_early(void **state) {
  struct scene *scene = *state;
  struct timer *timer = timer_new(scene->loop, stop, scene);
  int64_t start_ms = loop_mono_ms();
  timer_set(timer, 30);
  loop_run(scene->loop);
  assert_in_range(loop_mono_ms() - start_ms, 29, 20000);
  assert_int_equal(scene->fired, 1);
  timer_free(timer);
}

static void note_post(void *context) {
  int *place = context;
  *place = 1;
}

static void set_from_a_late_callback(void *context) {
  struct scene *scene = context;
  const struct timespec work = {.tv_nsec = 60 * 1000000};
  (void)nanosleep(&work, NULL);
  scene->order[0] = (int)(loop_mono_ms() & 0xFFFFFFF);
  timer_set(scene->other, 50);
  loop_post(scene->loop, note_post, &scene->posted); /* wakes the loop up before that */
}

static void a_timer_set_after_long_work_still_waits_its_whole_time(void **state) {
  struct scene *scene = *state;
  scene->timer = timer_new(scene->loop, set_from_a_late_callback, scene);
  scene->other = timer_new(scene->loop, stop, scene);
  timer_set(scene->timer, 1);
  loop_run(scene->loop);
  assert_in_range((int)(loop_mono_ms() & 0xFFFFFFF) - scene->order[0], 49, 20000);
  timer_free(scene->timer);
  timer_free(scene->other);
}

static void never(void *context) {
  (void)context;
  fail_msg("a stopped timer fired");
}

static void a_stopped_timer_does_not_fire(void **state) {
  struct scene *scene = *state;
  struct timer *stopped = timer_new(scene->loop, never, scene);
  struct timer *freed = timer_new(scene->loop, never, scene);
  struct timer *timer = timer_new(scene->loop, stop, scene);
  timer_set(stopped, 1);
  timer_set(freed, 1);
  timer_set(timer, 20);
  timer_stop(stopped);
  timer_free(freed);
  timer_free(NULL);
  loop_run(scene->loop);
  timer_free(stopped);
  timer_free(timer);
}

struct numbered {
  struct scene *scene;
  int number;
};
static struct numbered numbered[POSTS];

static void note_order(void *context) {
  struct numbered *item = context;
  struct scene *scene = item->scene;
  scene->order[scene->fired++] = item->number;
  if (scene->fired == POSTS) loop_stop(scene->loop);
}

static void *post_all(void *context) {
  struct scene *scene = context;
  for (int i = 0; i < POSTS; i++) {
    numbered[i] = (struct numbered){.scene = scene, .number = i};
    loop_post(scene->loop, note_order, &numbered[i]);
  }
  return NULL;
}

static void posts_of_another_thread_come_in_order(void **state) {
  struct scene *scene = *state;
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, post_all, scene), 0);
  loop_run(scene->loop);
  (void)pthread_join(thread, NULL);
  for (int i = 0; i < POSTS; i++)
    assert_int_equal(scene->order[i], i);
}

static void what_was_posted_is_fired_even_when_the_loop_goes(void **state) {
  struct scene *scene = *state;
  struct err err = {0};
  int fired = 0;
  loop_post(scene->loop, note_post, &fired);
  loop_free(scene->loop);
  assert_int_equal(fired, 1);
  scene->loop = loop_new(&err);
  loop_free(NULL);
}

static void a_stop_before_the_run_is_not_lost(void **state) {
  struct scene *scene = *state;
  loop_stop(scene->loop);
  loop_run(scene->loop);
  loop_post(scene->loop, stop, scene);
  loop_run(scene->loop);
  assert_int_equal(scene->fired, 1);
}

static void a_signal_is_told_on_the_loop(void **state) {
  struct scene *scene = *state;
  struct signal_watch *watch = signal_watch_new(scene->loop, SIGUSR1, stop, scene);
  assert_int_equal(kill(getpid(), SIGUSR1), 0);
  loop_run(scene->loop);
  assert_int_equal(scene->fired, 1);
  signal_watch_free(watch);
  signal_watch_free(NULL);
}

static long waits_so_far(void) {
  struct rusage usage;
  assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
  return usage.ru_nvcsw;
}

static void an_idle_loop_does_not_wake_up(void **state) {
  struct scene *scene = *state;
  struct timer *timer = timer_new(scene->loop, stop, scene);
  long waits = 4;
  for (int tries = 0; waits > 3 && tries < 5; tries++) { /* a page that is read from the disk is a wait, too */
    timer_set(timer, 300);
    long before = waits_so_far();
    loop_run(scene->loop);
    waits = waits_so_far() - before;
  }
  assert_in_range(waits, 0, 3);
  timer_free(timer);
}

static void both_clocks_run(void **state) {
  (void)state;
  assert_true(loop_wall_ms() > INT64_C(1700000000000));
  assert_true(loop_mono_ms() > 0);
}

#ifdef __linux__
static struct loop *worked;

static void note_priority(void *context) {
  int *priority = context;
  *priority = getpriority(PRIO_PROCESS, 0);
}

static void stop_loop(void *context) {
  (void)context;
  loop_stop(worked);
}

static void work_gives_way_to_the_loop(void **state) {
  struct scene *scene = *state;
  int before = getpriority(PRIO_PROCESS, 0), priority = before;
  worked = scene->loop;
  loop_work(scene->loop, note_priority, stop_loop, &priority);
  loop_run(scene->loop);
  assert_true(priority > before || before > 9);
  assert_int_equal(getpriority(PRIO_PROCESS, 0), before);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_timer_fires_once_and_not_early, begin, end),
      cmocka_unit_test_setup_teardown(a_timer_set_after_long_work_still_waits_its_whole_time, begin, end),
#ifdef __linux__
      cmocka_unit_test_setup_teardown(work_gives_way_to_the_loop, begin, end),
#endif
      cmocka_unit_test_setup_teardown(a_stopped_timer_does_not_fire, begin, end),
      cmocka_unit_test_setup_teardown(posts_of_another_thread_come_in_order, begin, end),
      cmocka_unit_test_setup_teardown(what_was_posted_is_fired_even_when_the_loop_goes, begin, end),
      cmocka_unit_test_setup_teardown(a_stop_before_the_run_is_not_lost, begin, end),
      cmocka_unit_test_setup_teardown(a_signal_is_told_on_the_loop, begin, end),
      cmocka_unit_test_setup_teardown(an_idle_loop_does_not_wake_up, begin, end),
      cmocka_unit_test(both_clocks_run),
  };
  return cmocka_run_group_tests_name("io loop", tests, NULL, NULL);
}
