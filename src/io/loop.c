#include "lowtide/loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include "io/loop_uv.h"
#include "lowtide/mem.h"

struct post {
  struct post *next;
  void (*fire)(void *context);
  void *context;
};

struct loop {
  uv_loop_t uv;
  uv_async_t wake;
  bool stopped;
  pthread_mutex_t lock; /* over the two below */
  struct post *first;
  struct post **end;
};

struct timer {
  uv_timer_t uv;
  void (*fire)(void *context);
  void *context;
};

struct signal_watch {
  uv_signal_t uv;
  void (*fire)(void *context);
  void *context;
};

uv_loop_t *loop_uv(struct loop *loop) {
  return &loop->uv;
}

static void deliver_posts(struct loop *loop) {
  pthread_mutex_lock(&loop->lock);
  struct post *post = loop->first;
  loop->first = NULL;
  loop->end = &loop->first;
  pthread_mutex_unlock(&loop->lock);
  while (post != NULL) {
    struct post *next = post->next;
    post->fire(post->context);
    mem_free(post);
    post = next;
  }
}

static void on_wake(uv_async_t *wake) {
  deliver_posts(wake->data);
}

struct loop *loop_new(struct err *err) {
  struct loop *loop = mem_new(1, sizeof *loop);
  int problem = uv_loop_init(&loop->uv);
  if (problem == 0) {
    problem = uv_async_init(&loop->uv, &loop->wake, on_wake);
    if (problem != 0) (void)uv_loop_close(&loop->uv);
  }
  if (problem != 0) {
    mem_free(loop);
    err_set(err, ERR_LIMIT, "the event loop does not start: %s", uv_strerror(problem));
    return NULL;
  }
  loop->wake.data = loop;
  loop->end = &loop->first;
  pthread_mutex_init(&loop->lock, NULL);
  /* Neither libuv nor OpenSSL guards its writes: a peer that is gone must not end the program. */
  (void)signal(SIGPIPE, SIG_IGN);
  return loop;
}

static void close_handle(uv_handle_t *handle, void *context) {
  (void)context;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

void loop_free(struct loop *loop) {
  if (loop == NULL) return;
  while (loop->first != NULL)
    deliver_posts(loop);
  uv_walk(&loop->uv, close_handle, NULL);
  while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0) { /* a stop that came too late makes it return early */
  }
  (void)uv_loop_close(&loop->uv);
  pthread_mutex_destroy(&loop->lock);
  mem_free(loop);
}

/* The wake handle keeps uv_run waiting, so this ends by loop_stop only. */
void loop_run(struct loop *loop) {
  while (!loop->stopped)
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
  loop->stopped = false;
}

void loop_stop(struct loop *loop) {
  loop->stopped = true;
  uv_stop(&loop->uv);
}

static int64_t clock_ms(clockid_t clock) {
  struct timespec now;
  (void)clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t loop_mono_ms(void) {
  return clock_ms(CLOCK_MONOTONIC);
}

int64_t loop_wall_ms(void) {
  return clock_ms(CLOCK_REALTIME);
}

struct timer *timer_new(struct loop *loop, void (*fire)(void *context), void *context) {
  struct timer *timer = mem_new(1, sizeof *timer);
  (void)uv_timer_init(&loop->uv, &timer->uv);
  timer->uv.data = timer;
  timer->fire = fire;
  timer->context = context;
  return timer;
}

static void on_timer(uv_timer_t *uv) {
  struct timer *timer = uv->data;
  timer->fire(timer->context);
}

void timer_set(struct timer *timer, int64_t delay_ms) {
  /* libuv counts from its cached time, which a long callback leaves behind: the timer would fire early. */
  uv_update_time(timer->uv.loop);
  (void)uv_timer_start(&timer->uv, on_timer, delay_ms > 0 ? (uint64_t)delay_ms : 0, 0);
}

void timer_stop(struct timer *timer) {
  (void)uv_timer_stop(&timer->uv);
}

static void free_data(uv_handle_t *handle) {
  mem_free(handle->data);
}

void timer_free(struct timer *timer) {
  if (timer != NULL) uv_close((uv_handle_t *)&timer->uv, free_data);
}

static void on_signal(uv_signal_t *uv, int number) {
  (void)number;
  struct signal_watch *watch = uv->data;
  watch->fire(watch->context);
}

struct signal_watch *signal_watch_new(struct loop *loop, int number, void (*fire)(void *context), void *context) {
  struct signal_watch *watch = mem_new(1, sizeof *watch);
  (void)uv_signal_init(&loop->uv, &watch->uv);
  watch->uv.data = watch;
  watch->fire = fire;
  watch->context = context;
  (void)uv_signal_start(&watch->uv, on_signal, number);
  return watch;
}

void signal_watch_free(struct signal_watch *watch) {
  if (watch != NULL) uv_close((uv_handle_t *)&watch->uv, free_data);
}

struct work {
  uv_work_t uv;
  void (*run)(void *context);
  void (*done)(void *context);
  void *context;
};

/* Pictures and look-ups give way to the loop, which has somebody waiting. Linux keeps a priority for each thread. */
static void give_way(void) {
#ifdef __linux__
  static _Thread_local bool given;
  if (!given) (void)setpriority(PRIO_PROCESS, 0, 10);
  given = true;
#endif
}

static void on_work(uv_work_t *uv) {
  give_way();
  struct work *work = uv->data;
  work->run(work->context);
}

static void on_worked(uv_work_t *uv, int status) {
  (void)status; /* nothing is ever cancelled */
  struct work *work = uv->data;
  work->done(work->context);
  mem_free(work);
}

void loop_work(struct loop *loop, void (*run)(void *context), void (*done)(void *context), void *context) {
  struct work *work = mem_new(1, sizeof *work);
  *work = (struct work){.uv.data = work, .run = run, .done = done, .context = context};
  (void)uv_queue_work(&loop->uv, &work->uv, on_work, on_worked);
}

void loop_post(struct loop *loop, void (*fire)(void *context), void *context) {
  struct post *post = mem_new(1, sizeof *post);
  post->fire = fire;
  post->context = context;
  pthread_mutex_lock(&loop->lock);
  *loop->end = post;
  loop->end = &post->next;
  pthread_mutex_unlock(&loop->lock);
  (void)uv_async_send(&loop->wake);
}
