/* What the tests of the asker share: an asker on this thread's loop, a server that misbehaves on another's. */
#ifndef LOWTIDE_TESTS_IO_WORLD_H
#define LOWTIDE_TESTS_IO_WORLD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lowtide/asker.h"
#include "lowtide/local_server.h"
#include "lowtide/text.h"

#define HEARD_BODY_MAX 512
#define PATIENCE_MS 60000 /* for what comes; a busy machine may take its time */

struct io_world {
  struct loop *loop;
  struct asker *asker;
  struct loop *server_loop;
  struct local_server *server;
  pthread_t thread;
  uint16_t port;
  size_t waiting; /* asks not yet answered; the loop stops at none */
};

/* What came back, kept past the call. */
struct heard {
  struct io_world *world;
  unsigned times;
  struct answer answer;
  char body[HEARD_BODY_MAX]; /* of an HTTP answer or of a program, cut */
};

static inline void *io_serve(void *context) {
  loop_run(context);
  return NULL;
}

static inline void io_end_server(void *context) {
  struct io_world *world = context;
  local_server_free(world->server);
  loop_stop(world->server_loop);
}

static inline bool io_begin(struct io_world *world, local_handler *handler, void *context) {
  struct err err = {0};
  *world = (struct io_world){.loop = loop_new(&err)};
  world->asker = asker_new(world->loop, &err);
  if (handler == NULL) return world->asker != NULL;
  world->server_loop = loop_new(&err);
  world->server = local_server_new(world->server_loop, 0, handler, context, &err);
  if (world->server == NULL) return false;
  world->port = local_server_port(world->server);
  return pthread_create(&world->thread, NULL, io_serve, world->server_loop) == 0;
}

static inline void io_end(struct io_world *world) {
  asker_free(world->asker);
  loop_free(world->loop);
  if (world->server == NULL) return;
  loop_post(world->server_loop, io_end_server, world);
  (void)pthread_join(world->thread, NULL);
  loop_free(world->server_loop);
}

static inline void io_hear(void *context, const struct answer *answer) {
  struct heard *heard = context;
  heard->times++;
  heard->answer = *answer;
  (void)text_copy(heard->body, sizeof heard->body, answer->program.output != NULL ? answer->program.output : "");
  if (answer->http.body != NULL && answer->http.length > 0) {
    (void)text_copy(heard->body, sizeof heard->body, answer->http.body);
  }
  if (--heard->world->waiting == 0) loop_stop(heard->world->loop);
}

static inline struct asked *io_ask(struct io_world *world, struct ask *ask, int64_t deadline_ms, struct heard *heard) {
  *heard = (struct heard){.world = world};
  world->waiting++;
  return asker_ask(world->asker, ask, deadline_ms, io_hear, heard);
}

static inline void io_url(struct ask *ask, const char *method, const char *url) {
  ask_init(ask);
  (void)text_copy(ask->http.method, sizeof ask->http.method, method);
  (void)buf_add(&ask->http.url, url);
}

/* Asks the server for the path. */
static inline struct asked *io_get(struct io_world *world, const char *path, int64_t deadline_ms, struct heard *heard) {
  struct ask ask;
  io_url(&ask, "GET", "");
  (void)buf_addf(&ask.http.url, "http://127.0.0.1:%u%s", world->port, path);
  return io_ask(world, &ask, deadline_ms, heard);
}

static inline void io_wait(struct io_world *world) {
  if (world->waiting > 0) loop_run(world->loop);
}

static inline void io_get_now(struct io_world *world, const char *path, struct heard *heard) {
  (void)io_get(world, path, PATIENCE_MS, heard);
  io_wait(world);
}

static inline int io_bind(uint16_t *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0) {
    (void)getsockname(fd, (struct sockaddr *)&address, &size);
    *port = ntohs(address.sin_port);
    return fd;
  }
  (void)close(fd);
  return -1;
}

/* A port of this machine that nobody listens on, nor will: it stays bound. */
static inline uint16_t io_dead_port(void) {
  uint16_t port = 0;
  if (io_bind(&port) < 0) abort();
  return port;
}

/* A port for a server that is started next; not one of those that the system hands out. */
static inline uint16_t io_free_port(void) {
  uint16_t port = (uint16_t)(12000 + getpid() % 20000);
  int fd;
  while ((fd = io_bind(&port)) < 0)
    port = port < 32000 ? (uint16_t)(port + 1) : 12000;
  (void)close(fd);
  return port;
}

/* Tests whose peer is not installed are skipped by name, unless LOWTIDE_NO_SKIP=1 (CI). */
static inline bool io_may_skip(void) {
  const char *no_skip = getenv("LOWTIDE_NO_SKIP");
  return no_skip == NULL || strcmp(no_skip, "1") != 0;
}

#endif
