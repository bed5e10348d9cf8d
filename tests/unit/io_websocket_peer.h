/* What the tests of the WebSocket client share: a server that does byte for byte what a test says, on a thread of its
 * own, and a client that keeps what it heard. */
#ifndef LOWTIDE_TESTS_IO_WEBSOCKET_PEER_H
#define LOWTIDE_TESTS_IO_WEBSOCKET_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "lowtide/websocket.h"

#define FIN 0x80
#define OP_MORE 0
#define OP_TEXT 1
#define OP_BINARY 2
#define OP_CLOSE 8
#define OP_PING 9
#define OP_PONG 10

#define PATIENCE_MS 60000 /* for what comes; a busy machine may take its time */

/* --- the server */

struct link {
  int fd;
  SSL *tls;
  unsigned number;
  char head[8192]; /* of the request */
  struct peer *peer;
};

struct peer {
  int listening;
  uint16_t port;
  SSL_CTX *tls;
  void (*play)(struct link *link);
  pthread_t thread;
  atomic_uint links;
  pthread_mutex_t lock;
  int fd; /* of the link under way, or -1; under the lock */
  bool ended;
};

static inline bool link_send(struct link *link, const void *bytes, size_t length) {
  const char *p = bytes;
  while (length > 0) {
    ssize_t sent = link->tls != NULL ? SSL_write(link->tls, p, (int)length) : send(link->fd, p, length, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    p += sent;
    length -= (size_t)sent;
  }
  return true;
}

static inline bool link_read(struct link *link, void *bytes, size_t length) {
  char *p = bytes;
  while (length > 0) {
    ssize_t got = link->tls != NULL ? SSL_read(link->tls, p, (int)length) : recv(link->fd, p, length, 0);
    if (got <= 0) return false;
    p += got;
    length -= (size_t)got;
  }
  return true;
}

/* Until the other side is gone, or the test is over. */
static inline void link_drain(struct link *link) {
  char byte;
  while (link_read(link, &byte, 1)) {
  }
}

static inline bool link_read_head(struct link *link) {
  size_t length = 0;
  while (length + 1 < sizeof link->head && link_read(link, link->head + length, 1)) {
    link->head[++length] = '\0';
    if (text_ends(link->head, "\r\n\r\n")) return true;
  }
  return false;
}

static inline void link_print_answer(const struct link *link, char *out, size_t size) {
  static const char name[] = "Sec-WebSocket-Key: ";
  char joined[128];
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned char accept[64];
  unsigned digest_length = 0;
  const char *key = strstr(link->head, name);
  int key_length = key != NULL ? (int)strcspn(key + strlen(name), "\r") : 0;
  (void)text_fmt(joined, sizeof joined, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key_length,
                 key != NULL ? key + strlen(name) : "");
  (void)EVP_Digest(joined, strlen(joined), digest, &digest_length, EVP_sha1(), NULL);
  (void)EVP_EncodeBlock(accept, digest, (int)digest_length);
  (void)text_fmt(out, size,
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: %s\r\n\r\n",
                 (const char *)accept);
}

static inline bool link_upgrade(struct link *link) {
  char answer[256];
  if (!link_read_head(link)) return false;
  link_print_answer(link, answer, sizeof answer);
  return link_send(link, answer, strlen(answer));
}

/* A frame's head; its length as it is to be told. */
static inline size_t frame_head(unsigned char *out, unsigned first, uint64_t length) {
  size_t used = 0;
  unsigned wide = length < 126 ? 0 : length < 65536 ? 2 : 8;
  out[used++] = (unsigned char)first;
  out[used++] = (unsigned char)(wide == 0 ? length : wide == 2 ? 126 : 127);
  while (wide > 0)
    out[used++] = (unsigned char)(length >> (8 * --wide) & 0xFF);
  return used;
}

static inline bool link_frame(struct link *link, unsigned first, const void *payload, size_t length) {
  unsigned char *bytes = mem_new(1, length + 16);
  size_t used = frame_head(bytes, first, length);
  if (length > 0) memcpy(bytes + used, payload, length);
  bool sent = link_send(link, bytes, used + length);
  mem_free(bytes);
  return sent;
}

static inline bool link_text(struct link *link, const char *text) {
  return link_frame(link, FIN | OP_TEXT, text, strlen(text));
}

static inline bool link_close(struct link *link, unsigned code, const char *reason) {
  char payload[128] = {(char)(code >> 8), (char)(code & 0xFF)};
  (void)text_copy(payload + 2, sizeof payload - 2, reason);
  return link_frame(link, FIN | OP_CLOSE, payload, 2 + strlen(reason));
}

/* The next frame of the client, unmasked and with a NUL; its first byte, or 0. Its head is checked: it must be masked. */
static inline unsigned link_hear(struct link *link, char *payload, size_t size) {
  unsigned char head[2];
  unsigned char wide[8];
  unsigned char mask[4];
  payload[0] = '\0';
  if (!link_read(link, head, 2) || (head[1] & 0x80) == 0) return 0;
  size_t length = head[1] & 0x7F;
  size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (extra > 0 && !link_read(link, wide, extra)) return 0;
  if (extra > 0) length = 0;
  for (size_t i = 0; i < extra; i++)
    length = length << 8 | wide[i];
  if (!link_read(link, mask, 4)) return 0;
  for (size_t i = 0; i < length; i++) {
    char byte;
    if (!link_read(link, &byte, 1)) return 0;
    if (i + 1 < size) {
      payload[i] = (char)(byte ^ mask[i % 4]);
      payload[i + 1] = '\0';
    }
  }
  return head[0];
}

static inline void link_reset(struct link *link) {
  const struct linger at_once = {.l_onoff = 1};
  (void)setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/* Reads nothing until the test is over. */
static inline void link_sleep(const struct link *link) {
  bool ended = false;
  while (!ended) {
    (void)usleep(1000);
    (void)pthread_mutex_lock(&link->peer->lock);
    ended = link->peer->ended;
    (void)pthread_mutex_unlock(&link->peer->lock);
  }
}

static inline void peer_hold(struct peer *peer, int fd) {
  (void)pthread_mutex_lock(&peer->lock);
  peer->fd = fd;
  if (peer->ended && fd >= 0) (void)shutdown(fd, SHUT_RDWR);
  (void)pthread_mutex_unlock(&peer->lock);
}

static inline void peer_answer(struct peer *peer, int fd) {
  struct link link = {.fd = fd, .number = atomic_fetch_add(&peer->links, 1), .peer = peer};
  peer_hold(peer, fd);
  if (peer->tls != NULL) {
    link.tls = SSL_new(peer->tls);
    (void)SSL_set_fd(link.tls, fd);
  }
  if (link.tls == NULL || SSL_accept(link.tls) == 1) peer->play(&link);
  if (link.tls != NULL) SSL_free(link.tls);
  peer_hold(peer, -1);
  (void)close(fd);
}

static inline void *peer_run(void *context) {
  struct peer *peer = context;
  int fd;
  while ((fd = accept4(peer->listening, NULL, NULL, SOCK_CLOEXEC)) >= 0)
    peer_answer(peer, fd);
  return NULL;
}

static inline bool peer_listen(struct peer *peer, int family) {
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
  } address = {.four = four};
  if (family == AF_INET6) address.six = six;
  socklen_t size = family == AF_INET6 ? sizeof six : sizeof four;
  peer->listening = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(peer->listening, &address.any, size) != 0 || listen(peer->listening, 64) != 0) return false;
  (void)getsockname(peer->listening, &address.any, &size);
  peer->port = ntohs(family == AF_INET6 ? address.six.sin6_port : address.four.sin_port);
  return true;
}

static inline bool peer_begin_at(struct peer *peer, int family, void (*play)(struct link *link), SSL_CTX *tls) {
  *peer = (struct peer){.play = play, .tls = tls, .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};
  return peer_listen(peer, family) && pthread_create(&peer->thread, NULL, peer_run, peer) == 0;
}

static inline bool peer_begin(struct peer *peer, void (*play)(struct link *link), SSL_CTX *tls) {
  return peer_begin_at(peer, AF_INET, play, tls);
}

/* Whoever still waits for the client waits no more. */
static inline void peer_end(struct peer *peer) {
  (void)pthread_mutex_lock(&peer->lock);
  peer->ended = true;
  if (peer->fd >= 0) (void)shutdown(peer->fd, SHUT_RDWR);
  (void)pthread_mutex_unlock(&peer->lock);
  (void)shutdown(peer->listening, SHUT_RDWR);
  (void)pthread_join(peer->thread, NULL);
  (void)close(peer->listening);
}

/* --- the client */

struct client {
  struct loop *loop;
  struct websockets *websockets;
  struct websocket *socket; /* NULL once it is gone */
  struct websocket_ask ask;
  char url[64];
  unsigned opened;
  unsigned closed;
  unsigned texts;
  unsigned texts_wanted; /* the loop stops at so many */
  char *last;
  size_t last_length;
  struct websocket_end end;
  void (*at_open)(struct client *client);
  void (*at_text)(struct client *client);
  void (*at_close)(struct client *client);
  struct timer *patience;
  bool late;
};

static inline void client_opened(void *context) {
  struct client *client = context;
  client->opened++;
  if (client->at_open != NULL) client->at_open(client);
}

static inline void client_text(void *context, const char *text, size_t length) {
  struct client *client = context;
  mem_free(client->last);
  client->last = mem_new(1, length + 1);
  memcpy(client->last, text, length + 1);
  client->last_length = length;
  client->texts++;
  if (client->texts == client->texts_wanted) loop_stop(client->loop);
  if (client->at_text != NULL) client->at_text(client);
}

static inline void client_closed(void *context, const struct websocket_end *end) {
  struct client *client = context;
  client->closed++;
  client->end = *end;
  client->socket = NULL;
  if (client->at_close != NULL) client->at_close(client);
  loop_stop(client->loop);
}

static inline void client_late(void *context) {
  struct client *client = context;
  client->late = true;
  loop_stop(client->loop);
}

static inline bool client_begin(struct client *client) {
  struct err err = {0};
  *client = (struct client){.loop = loop_new(&err)};
  client->websockets = websockets_new(client->loop, &err);
  client->patience = timer_new(client->loop, client_late, client);
  return client->websockets != NULL;
}

static inline void client_end(struct client *client) {
  websockets_free(client->websockets);
  timer_free(client->patience);
  loop_free(client->loop);
  mem_free(client->last);
}

static inline void client_open(struct client *client, const char *url) {
  const struct websocket_hooks hooks = {client_opened, client_text, client_closed, client};
  client->ask.url = url;
  client->socket = websocket_open(client->websockets, &client->ask, &hooks);
}

/* start: the address without its port. */
static inline void client_open_peer(struct client *client, const char *start, const struct peer *peer) {
  (void)text_fmt(client->url, sizeof client->url, "%s:%u/gate?v=10&encoding=json", start, peer->port);
  client_open(client, client->url);
}

/* Runs the loop until something stops it; false if nothing did in time. */
static inline bool client_run(struct client *client, int64_t patience_ms) {
  client->late = false;
  timer_set(client->patience, patience_ms);
  loop_run(client->loop);
  timer_stop(client->patience);
  return !client->late;
}

/* --- one of each, as most tests want them */

static struct peer peer;
static struct client client;

static inline int begin(void **state) {
  (void)state;
  return client_begin(&client) ? 0 : -1;
}

static inline int end(void **state) {
  (void)state;
  client_end(&client);
  return 0;
}

static inline void begin_play_at(const char *start, SSL_CTX *tls, void (*play)(struct link *link)) {
  assert_true(peer_begin(&peer, play, tls));
  client_open_peer(&client, start, &peer);
}

static inline void begin_play(void (*play)(struct link *link)) {
  begin_play_at("ws://127.0.0.1", NULL, play);
}

/* Until closed was called. */
static inline void end_play(void) {
  assert_true(client_run(&client, PATIENCE_MS));
  assert_int_equal(client.closed, 1);
  peer_end(&peer);
}

static inline void play_to_end(void (*play)(struct link *link)) {
  begin_play(play);
  end_play();
}

static inline void assert_end(enum err_code code, const char *words) {
  assert_string_equal(client.end.err.text, words);
  assert_int_equal(client.end.err.code, code);
}

#endif
