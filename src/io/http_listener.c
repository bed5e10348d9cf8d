#include "io/http_listener.h"

#include <errno.h>
#include <unistd.h>

#include "io/http_place.h"
#include "io/loop_uv.h"
#include "lowtide/mem.h"

#define PAUSE_MS 1000

struct http_listener {
  uv_poll_t poll;
  struct timer *pause;
  struct http_place place;
  struct http_taker taker;
};

/* The socket stays readable while nobody can be taken: to look again at once would be all that the loop does. */
static bool lacks_means(int problem) {
  return problem == EMFILE || problem == ENFILE || problem == ENOBUFS || problem == ENOMEM;
}

static void take_all(struct http_listener *listener) {
  const struct http_taker *taker = &listener->taker;
  struct sockaddr_storage from;
  while (taker->has_room(taker->context)) {
    socklen_t size = sizeof from;
    int fd = accept4(listener->place.fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && lacks_means(errno)) {
      (void)uv_poll_stop(&listener->poll);
      timer_set(listener->pause, PAUSE_MS);
    }
    if (fd < 0) return;
    taker->take(taker->context, fd, (struct sockaddr *)&from, size);
  }
  (void)uv_poll_stop(&listener->poll);
}

static void on_ready(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  take_all(poll->data);
}

static void on_pause_over(void *context) {
  http_listener_go_on(context);
}

void http_listener_go_on(struct http_listener *listener) {
  (void)uv_poll_start(&listener->poll, UV_READABLE, on_ready);
}

struct http_listener *http_listener_new(struct loop *loop, const char *where, const struct http_listener *before,
                                        const struct http_taker *taker, struct err *err) {
  struct http_place place;
  if (!http_place_open(where, before != NULL ? &before->place : NULL, &place, err)) return NULL;
  struct http_listener *listener = mem_new(1, sizeof *listener);
  *listener = (struct http_listener){.place = place, .taker = *taker};
  listener->pause = timer_new(loop, on_pause_over, listener);
  (void)uv_poll_init(loop_uv(loop), &listener->poll, place.fd);
  listener->poll.data = listener;
  http_listener_go_on(listener);
  return listener;
}

uint16_t http_listener_port(const struct http_listener *listener) {
  return listener->place.port;
}

bool http_listener_is_found(const struct http_listener *listener) {
  return http_place_is_found(&listener->place);
}

static void on_closed(uv_handle_t *poll) {
  mem_free(poll->data);
}

void http_listener_free(struct http_listener *listener) {
  if (listener == NULL) return;
  if (uv_is_active((uv_handle_t *)&listener->poll)) take_all(listener);
  (void)uv_poll_stop(&listener->poll);
  timer_free(listener->pause);
  http_place_close(&listener->place);
  uv_close((uv_handle_t *)&listener->poll, on_closed);
}
