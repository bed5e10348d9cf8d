#include "io/nested_loop.h"

#include "io/loop_uv.h"
#include "lowtide/mem.h"

#define TURNS_AT_ONCE 4
#define SETTLE_TURNS_MAX 1000

struct nested_loop {
  uv_loop_t inner;
  uv_poll_t door; /* on the outer loop: something happened to what the inner one watches */
  struct timer *timer;
};

/* As libuv's own test of embedding does: its descriptor is watched, and its next timer is ours. */
static void run(struct nested_loop *nested) {
  int wait_ms = 0;
  for (int turn = 0; turn < TURNS_AT_ONCE && wait_ms == 0; turn++) {
    (void)uv_run(&nested->inner, UV_RUN_NOWAIT);
    wait_ms = uv_backend_timeout(&nested->inner);
  }
  if (wait_ms < 0 || uv_loop_alive(&nested->inner) == 0) {
    timer_stop(nested->timer);
  } else {
    timer_set(nested->timer, wait_ms);
  }
}

static void on_door(uv_poll_t *door, int status, int events) {
  (void)status;
  (void)events;
  run(door->data);
}

static void on_timer(void *context) {
  run(context);
}

struct nested_loop *nested_loop_new(struct loop *outer, struct err *err) {
  struct nested_loop *nested = mem_new(1, sizeof *nested);
  int problem = uv_loop_init(&nested->inner);
  if (problem == 0) {
    problem = uv_poll_init(loop_uv(outer), &nested->door, uv_backend_fd(&nested->inner));
    if (problem != 0) (void)uv_loop_close(&nested->inner);
  }
  if (problem != 0) {
    mem_free(nested);
    err_set(err, ERR_LIMIT, "no loop for WebSockets: %s", uv_strerror(problem));
    return NULL;
  }
  nested->door.data = nested;
  nested->timer = timer_new(outer, on_timer, nested);
  (void)uv_poll_start(&nested->door, UV_READABLE, on_door);
  return nested;
}

uv_loop_t *nested_loop_uv(struct nested_loop *nested) {
  return &nested->inner;
}

void nested_loop_stir(struct nested_loop *nested) {
  timer_set(nested->timer, 0);
}

void nested_loop_settle(struct nested_loop *nested) {
  int turns = 0;
  while (uv_run(&nested->inner, UV_RUN_NOWAIT) != 0 && turns < SETTLE_TURNS_MAX)
    turns++;
}

static void close_handle(uv_handle_t *handle, void *context) {
  (void)context;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static void on_door_closed(uv_handle_t *door) {
  mem_free(door->data);
}

void nested_loop_free(struct nested_loop *nested) {
  if (nested == NULL) return;
  timer_free(nested->timer);
  uv_close((uv_handle_t *)&nested->door, on_door_closed);
  uv_walk(&nested->inner, close_handle, NULL);
  nested_loop_settle(nested);
  (void)uv_loop_close(&nested->inner);
}
