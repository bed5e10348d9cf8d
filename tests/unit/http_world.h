/* What the tests of the HTTP server share: a server on a thread of its own, and a client that sends what it likes. */
#ifndef LOWTIDE_TESTS_HTTP_WORLD_H
#define LOWTIDE_TESTS_HTTP_WORLD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lowtide/buf.h"
#include "lowtide/http_server.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define HEARD_MAX (4 * 1024 * 1024)
#define HELD_MAX 512
#define CLOSE "Host: localhost\r\nConnection: close\r\n"
#define LONG_MS 60000 /* for what comes; a busy machine may take its time */

struct http_world {
  struct loop *loop;
  struct http_server *server;
  pthread_t thread;
  uint16_t port;
  struct http_exchange *held[HELD_MAX]; /* of /hold; the server's thread's */
  size_t held_count;
  size_t requests;
};

/* /hold is answered when the test says so; /later by a timer; /big is 1 MiB; all else at once with what was heard. */
struct later {
  struct http_exchange *exchange;
  struct timer *timer;
};

static inline void http_answer_later(void *context) {
  struct later *later = context;
  timer_free(later->timer);
  http_exchange_answer(later->exchange, 200, "text/plain", "later\n", 6);
  mem_free(later);
}

static inline void http_echo(struct http_exchange *exchange) {
  struct buf out;
  size_t length;
  const char *body = http_exchange_body(exchange, &length);
  const char *mark = http_exchange_header(exchange, "x-mark");
  const char *asked = http_exchange_query(exchange, "q");
  buf_init(&out, HTTP_SERVER_BODY_MAX + 4096);
  buf_addf(&out, "%s %s mark=%s q=%s local=%d body=%zu:", http_exchange_method(exchange), http_exchange_path(exchange),
           mark != NULL ? mark : "-", asked != NULL ? asked : "-", http_exchange_is_local(exchange), length);
  buf_add_n(&out, body, length);
  http_exchange_add_header(exchange, "X-Extra", "yes");
  http_exchange_answer(exchange, 200, "text/plain", buf_text(&out), out.len);
  buf_done(&out);
}

static inline void http_answer_big(struct http_exchange *exchange) {
  char *big = mem_new(1, 1048576);
  memset(big, 'b', 1048576);
  http_exchange_answer(exchange, 200, "text/plain", big, 1048576);
  mem_free(big);
}

static inline void http_handle(void *context, struct http_exchange *exchange) {
  struct http_world *world = context;
  const char *path = http_exchange_path(exchange);
  __atomic_add_fetch(&world->requests, 1, __ATOMIC_SEQ_CST);
  if (text_eq(path, "/hold")) {
    world->held[world->held_count] = exchange;
    __atomic_add_fetch(&world->held_count, 1, __ATOMIC_SEQ_CST);
  } else if (text_eq(path, "/later")) {
    struct later *later = mem_new(1, sizeof *later);
    later->exchange = exchange;
    later->timer = timer_new(world->loop, http_answer_later, later);
    timer_set(later->timer, 20);
  } else if (text_eq(path, "/big")) {
    http_answer_big(exchange);
  } else if (text_eq(path, "/lost")) {
    http_exchange_fail(exchange, 404, "there is \"no\" such page");
  } else {
    http_echo(exchange);
  }
}

static inline void *http_serve(void *context) {
  loop_run(context);
  return NULL;
}

static inline bool http_begin_on(struct http_world *world, const char *listen) {
  struct err err = {0};
  *world = (struct http_world){.loop = loop_new(&err)};
  world->server = http_server_new(world->loop, listen, http_handle, world, &err);
  if (world->server == NULL) return false;
  world->port = http_server_port(world->server);
  return pthread_create(&world->thread, NULL, http_serve, world->loop) == 0;
}

static inline bool http_begin(struct http_world *world) {
  return http_begin_on(world, "127.0.0.1:0");
}

static inline void http_answer_held(void *context) {
  struct http_world *world = context;
  for (size_t i = 0; i < world->held_count; i++)
    http_exchange_answer(world->held[i], 200, "text/plain", "held\n", 5);
  world->held_count = 0;
}

static inline void http_end_server(void *context) {
  struct http_world *world = context;
  http_server_free(world->server);
  http_answer_held(world);
  loop_stop(world->loop);
}

static inline void http_end(struct http_world *world) {
  loop_post(world->loop, http_end_server, world);
  (void)pthread_join(world->thread, NULL);
  loop_free(world->loop);
}

static inline int http_set_up(void **state) {
  static struct http_world world;
  *state = &world;
  return http_begin(&world) ? 0 : -1;
}

static inline int http_tear_down(void **state) {
  http_end(*state);
  return 0;
}

/* Whether the counter gets there. */
static inline bool http_reaches(const size_t *counter, size_t wanted) {
  for (int i = 0; i < LONG_MS; i++) {
    if (__atomic_load_n(counter, __ATOMIC_SEQ_CST) >= wanted) return true;
    (void)usleep(1000);
  }
  return false;
}

/* Whether the server's thread has the processor for so little of a span. A machine that others share may charge it for
 * their time now and then. */
static inline bool http_rests(const struct http_world *world, useconds_t span_us, int64_t most_us) {
  clockid_t clock;
  struct timespec before;
  struct timespec after;
  if (pthread_getcpuclockid(world->thread, &clock) != 0) return false;
  for (int tries = 0; tries < 5; tries++) {
    (void)clock_gettime(clock, &before);
    (void)usleep(span_us);
    (void)clock_gettime(clock, &after);
    if ((after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000 < most_us) return true;
  }
  return false;
}

/* --- the client ------------------------------------------------------------------------------------------------------ */

static inline int http_dial_port(uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) return fd;
  (void)close(fd);
  return -1;
}

static inline int http_dial(const struct http_world *world) {
  return http_dial_port(world->port);
}

static inline int http_dial_path(const char *path) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  (void)text_copy(to.sun_path, sizeof to.sun_path, path);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) return fd;
  (void)close(fd);
  return -1;
}

static inline bool http_put_n(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    length -= (size_t)sent;
  }
  return true;
}

static inline bool http_put(int fd, const char *text) {
  return http_put_n(fd, text, strlen(text));
}

/* What comes until the server closes, nothing comes for wait_ms, or enough (NULL: never) is in it. */
static inline void http_hear(int fd, struct buf *out, const char *enough, int wait_ms) {
  static _Thread_local char piece[65536];
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
  while (poll(&poll_fd, 1, wait_ms) > 0) {
    ssize_t got = recv(fd, piece, sizeof piece, 0);
    if (got <= 0 || !buf_add_n(out, piece, (size_t)got)) return;
    if (enough != NULL && strstr(out->data, enough) != NULL) return;
  }
}

static inline bool http_is_closed(int fd, int wait_ms) {
  char byte;
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
  return poll(&poll_fd, 1, wait_ms) > 0 && recv(fd, &byte, 1, 0) <= 0;
}

/* Sends, and hears all until the server closes. The caller's buffer is begun here. */
static inline const char *http_talk(const struct http_world *world, struct buf *out, const char *bytes, size_t length) {
  int fd = http_dial(world);
  buf_init(out, HEARD_MAX);
  (void)http_put_n(fd, bytes, length);
  http_hear(fd, out, NULL, LONG_MS);
  (void)close(fd);
  return buf_text(out);
}

static inline bool http_says(const struct http_world *world, const char *request, const char *wanted) {
  struct buf heard;
  bool said = strstr(http_talk(world, &heard, request, strlen(request)), wanted) != NULL;
  if (!said) (void)fprintf(stderr, "heard: %s\n", buf_text(&heard));
  buf_done(&heard);
  return said;
}

static inline void http_reset(int fd) {
  struct linger now = {.l_onoff = 1, .l_linger = 0};
  (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  (void)close(fd);
}

#endif
