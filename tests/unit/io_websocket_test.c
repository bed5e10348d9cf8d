/* The WebSocket client against a server that misbehaves: how a connection begins and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <dlfcn.h>
#include <netdb.h>

#include "unit/io_websocket_peer.h"

/* --- the handshake */

static char heard_head[8192];

static void play_hello(struct link *link) {
  char heard[64];
  if (!link_upgrade(link)) return;
  (void)text_copy(heard_head, sizeof heard_head, link->head);
  (void)link_text(link, "hello");
  (void)link_hear(link, heard, sizeof heard);
  (void)link_text(link, heard);
  (void)link_close(link, 4009, "Session timed out.");
  link_drain(link);
}

static void say_hi(struct client *self) {
  assert_true(websocket_send(self->socket, "hi", 2));
}

static void a_message_goes_there_and_back(void **state) {
  (void)state;
  client.at_open = say_hi;
  play_to_end(play_hello);
  assert_int_equal(client.opened, 1);
  assert_int_equal(client.texts, 2);
  assert_string_equal(client.last, "hi");
  assert_end(ERR_NONE, "");
  assert_true(client.end.opened);
  assert_int_equal(client.end.code, 4009);
  assert_string_equal(client.end.reason, "Session timed out.");
}

static void the_request_says_what_it_must_and_offers_no_extension(void **state) {
  (void)state;
  char host[64];
  client.at_open = say_hi;
  play_to_end(play_hello);
  (void)text_fmt(host, sizeof host, "\r\nHost: 127.0.0.1:%u\r\n", peer.port);
  assert_true(text_starts(heard_head, "GET /gate?v=10&encoding=json HTTP/1.1\r\n"));
  assert_non_null(strstr(heard_head, host));
  assert_non_null(strstr(heard_head, "ser-agent: lowtide/" LOWTIDE_VERSION "\r\n"));
  assert_non_null(strstr(heard_head, "\r\nSec-WebSocket-Version: 13\r\n"));
  assert_null(strstr(heard_head, "Extensions"));
  assert_null(strstr(heard_head, "Protocol"));
}

static char wanted_answer[32768];

/* Sends wanted_answer, in which ACCEPT stands for the right key. */
static void play_answer(struct link *link) {
  char right[256];
  if (!link_read_head(link)) return;
  link_print_answer(link, right, sizeof right);
  const char *accept = strstr(right, "Accept: ") + strlen("Accept: ");
  const char *mark = strstr(wanted_answer, "ACCEPT");
  size_t before = mark != NULL ? (size_t)(mark - wanted_answer) : strlen(wanted_answer);
  (void)link_send(link, wanted_answer, before);
  if (mark != NULL) {
    (void)link_send(link, accept, strcspn(accept, "\r"));
    (void)link_send(link, mark + strlen("ACCEPT"), strlen(mark) - strlen("ACCEPT"));
  }
  link_drain(link);
}

#define SWITCH "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"

static void what_is_no_upgrade_is_told(void **state) {
  (void)state;
  static const struct {
    const char *answer;
    const char *words;
  } cases[] = {
      {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "no WebSocket there: HTTP 403"},
      {"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "no WebSocket there: HTTP 401"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "no WebSocket there: HTTP 200"},
      {"HTTP/1.1 503 Later\r\n\r\n", "no WebSocket there: HTTP 503"},
      {"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n", "no WebSocket there: HTTP 302"},
      {"HTTP/1.1 307 Away\r\nLocation: ws://127.0.0.1:1/\r\n\r\n", "no WebSocket there: HTTP 307"},
      {SWITCH "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n", "no WebSocket there: Accept hash wrong"},
      {SWITCH "\r\n", "no WebSocket there: ACCEPT missing"},
      {SWITCH "Sec-WebSocket-Accept: ACCEPT\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
       "no WebSocket there: EXT: unknown ext"},
      {SWITCH "Sec-WebSocket-Accept: ACCEPT\r\nSec-WebSocket-Protocol: chat\r\n\r\n",
       "no WebSocket there: PROTOCOL malformed"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n",
       "no WebSocket there: Upgrade to something other than websocket"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    (void)text_copy(wanted_answer, sizeof wanted_answer, cases[i].answer);
    client.closed = 0;
    play_to_end(play_answer);
    assert_end(ERR_MALFORMED, cases[i].words);
    assert_false(client.end.opened);
    assert_int_equal(client.opened, 0);
    assert_int_equal(peer.links, 1);
  }
}

static void garbage_instead_of_http_opens_nothing(void **state) {
  (void)state;
  client.ask.connect_ms = 500;
  (void)text_copy(wanted_answer, sizeof wanted_answer, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\r\n");
  play_to_end(play_answer);
  assert_false(client.end.opened);
  assert_int_not_equal(client.end.err.code, ERR_NONE);
}

static void an_answer_without_end_is_given_up(void **state) {
  (void)state;
  client.ask.connect_ms = 1500;
  (void)text_copy(wanted_answer, sizeof wanted_answer, "HTTP/1.1 101 Switching Protocols\r\nX-Long: ");
  memset(wanted_answer + strlen(wanted_answer), 'a', 30000);
  play_to_end(play_answer);
  assert_false(client.end.opened);
  assert_int_not_equal(client.end.err.code, ERR_NONE);
}

static void play_silence(struct link *link) {
  link_drain(link);
}

static void an_answer_that_never_comes_is_a_timeout(void **state) {
  (void)state;
  client.ask.connect_ms = 1000;
  int64_t start_ms = loop_mono_ms();
  play_to_end(play_silence);
  assert_end(ERR_TIMEOUT, "connected, but no answer in time");
  assert_in_range(loop_mono_ms() - start_ms, 990, 20000);
}

static void play_half_an_answer(struct link *link) {
  if (link_read_head(link)) (void)link_send(link, SWITCH, strlen(SWITCH) - 9);
  (void)usleep(20000);
}

static void half_an_answer_is_a_cut(void **state) {
  (void)state;
  play_to_end(play_half_an_answer);
  assert_end(ERR_NETWORK, "connection closed without an answer");
}

static void play_answer_by_bytes(struct link *link) {
  char answer[256];
  const int at_once = 1;
  (void)setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  if (!link_read_head(link)) return;
  link_print_answer(link, answer, sizeof answer);
  for (const char *p = answer; *p != '\0'; p++) {
    (void)link_send(link, p, 1);
    (void)usleep(300);
  }
  (void)link_close(link, 1000, "");
  link_drain(link);
}

static void an_answer_may_come_byte_by_byte(void **state) {
  (void)state;
  play_to_end(play_answer_by_bytes);
  assert_end(ERR_NONE, "");
  assert_int_equal(client.end.code, 1000);
}

/* All in one write, more than lws reads at once. */
static void play_answer_and_messages(struct link *link) {
  char all[20000];
  if (!link_read_head(link)) return;
  link_print_answer(link, all, sizeof all);
  size_t used = strlen(all);
  for (int i = 0; i < 100; i++) {
    used += frame_head((unsigned char *)all + used, FIN | OP_TEXT, 100);
    memset(all + used, 'a' + i % 26, 100);
    used += 100;
  }
  (void)link_send(link, all, used);
  link_drain(link);
}

static void what_comes_with_the_answer_is_heard(void **state) {
  (void)state;
  client.texts_wanted = 100;
  begin_play(play_answer_and_messages);
  assert_true(client_run(&client, PATIENCE_MS));
  assert_int_equal(client.texts, 100);
  assert_int_equal(client.last_length, 100);
  websocket_drop(client.socket);
  peer_end(&peer);
}

/* --- addresses */

static void what_is_no_address_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *url;
    enum err_code code;
  } cases[] = {
      {"https://gateway.example/", ERR_MALFORMED},
      {"", ERR_MALFORMED},
      {"wss://", ERR_MALFORMED},
      {"wss:///path", ERR_MALFORMED},
      {"wss://host:0/", ERR_MALFORMED},
      {"wss://host:/", ERR_MALFORMED},
      {"wss://host:65536/", ERR_MALFORMED},
      {"wss://host:44x/", ERR_MALFORMED},
      {"wss://user@host/", ERR_MALFORMED},
      {"wss://[::1/", ERR_MALFORMED},
      {"wss://host/a b", ERR_MALFORMED},
      {"wss://host/\r\nX-Evil: 1", ERR_MALFORMED},
      {"wss://h\303\266st/", ERR_MALFORMED},
      {"wss://[::1]/", ERR_CONFIG},
      {"ws://gateway.example/", ERR_CONFIG},
      {"ws://127.example.com/", ERR_CONFIG},
      {"ws://192.168.0.1/", ERR_CONFIG},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    client.closed = 0;
    client_open(&client, cases[i].url);
    assert_int_equal(client.closed, 0);
    assert_true(client_run(&client, PATIENCE_MS));
    assert_int_equal(client.closed, 1);
    assert_int_equal(client.end.err.code, cases[i].code);
    assert_string_not_equal(client.end.err.text, "");
    assert_false(client.end.opened);
  }
}

static void an_address_as_long_as_it_may_be_arrives_whole(void **state) {
  (void)state;
  char url[WEBSOCKET_URL_MAX + 1];
  char line[WEBSOCKET_URL_MAX + 32];
  client.at_open = say_hi;
  assert_true(peer_begin(&peer, play_hello, NULL));
  (void)text_fmt(url, sizeof url, "ws://127.0.0.1:%u/", peer.port);
  size_t start = strlen(url);
  memset(url + start, 'x', WEBSOCKET_URL_MAX - 1 - start);
  url[WEBSOCKET_URL_MAX - 1] = '\0';
  client_open(&client, url);
  assert_true(client_run(&client, PATIENCE_MS));
  assert_true(client.end.opened);
  (void)text_fmt(line, sizeof line, "GET /%s HTTP/1.1\r\n", url + start);
  assert_true(text_starts(heard_head, line));
  url[WEBSOCKET_URL_MAX - 1] = 'x';
  url[WEBSOCKET_URL_MAX] = '\0';
  client_open(&client, url);
  assert_true(client_run(&client, PATIENCE_MS));
  assert_end(ERR_MALFORMED, "the WebSocket's address is not one: it is too long");
  peer_end(&peer);
}

static void nobody_there_is_told(void **state) {
  (void)state;
  client_open(&client, "ws://127.0.0.1:1/");
  assert_true(client_run(&client, PATIENCE_MS));
  assert_end(ERR_NETWORK, "no connection: refused, or no way there");
}

static void a_name_that_is_none_is_told(void **state) {
  (void)state;
  client_open(&client, "wss://a..b/");
  assert_true(client_run(&client, PATIENCE_MS));
  assert_end(ERR_NETWORK, "name not found");
  assert_string_not_equal(client.end.err.hint, "");
}

/* What localhost is, in place of what the system says; NULL at the end. */
static const char *const *localhost;

typedef int lookup_function(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list);

/* In the place of libc's. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list) {
  lookup_function *libc = NULL;
  *(void **)&libc = dlsym(RTLD_NEXT, "getaddrinfo");
  if (localhost == NULL || !text_eq(node, "localhost")) return libc(node, service, hints, list);
  for (const char *const *address = localhost; *address != NULL; address++) {
    int problem = libc(*address, service, hints, list);
    if (problem != 0) return problem;
    while (*list != NULL)
      list = &(*list)->ai_next;
  }
  return 0;
}

static void open_localhost(const char *const *addresses) {
  localhost = addresses;
  client.opened = 0;
  client_open_peer(&client, "ws://localhost", &peer);
  assert_true(client_run(&client, PATIENCE_MS));
  localhost = NULL;
}

static void the_next_address_of_a_name_is_tried(void **state) {
  (void)state;
  /* one that the system itself refuses, one that nobody listens on */
  static const char *const second[] = {"255.255.255.255", "127.0.0.2", "127.0.0.1", NULL};
  static const char *const none[] = {"127.0.0.2", "255.255.255.255", NULL};
  client.at_open = say_hi;
  assert_true(peer_begin(&peer, play_hello, NULL));
  open_localhost(second);
  assert_true(client.end.opened);
  assert_end(ERR_NONE, "");
  open_localhost(none);
  assert_false(client.end.opened);
  assert_end(ERR_NETWORK, "no connection: refused, or no way there");
  peer_end(&peer);
}

/* Its queue of connections is full, so that what comes is dropped. */
static int listen_deaf(const char *address, uint16_t port, int *callers, size_t count) {
  struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(port)};
  int deaf = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  (void)inet_pton(AF_INET, address, &where.sin_addr);
  if (bind(deaf, (struct sockaddr *)&where, sizeof where) != 0 || listen(deaf, 0) != 0) return -1;
  for (size_t i = 0; i < count; i++) {
    callers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    (void)connect(callers[i], (struct sockaddr *)&where, sizeof where);
  }
  return deaf;
}

static void an_address_that_does_not_answer_leaves_time_for_the_next(void **state) {
  (void)state;
  static const char *const both[] = {"127.0.0.2", "127.0.0.1", NULL};
  int callers[3];
  client.at_open = say_hi;
  client.ask.connect_ms = 3000;
  assert_true(peer_begin(&peer, play_hello, NULL));
  int deaf = listen_deaf("127.0.0.2", peer.port, callers, 3);
  assert_true(deaf >= 0);
  int64_t start_ms = loop_mono_ms();
  open_localhost(both);
  assert_true(loop_mono_ms() - start_ms >= 1400);
  assert_true(client.end.opened);
  static const char *const one[] = {"127.0.0.2", NULL};
  client.ask.connect_ms = 200;
  open_localhost(one);
  assert_end(ERR_TIMEOUT, "no connection in time");
  for (int i = 0; i < 3; i++)
    (void)close(callers[i]);
  (void)close(deaf);
  peer_end(&peer);
}

static void an_address_may_be_of_the_new_kind(void **state) {
  (void)state;
  client.at_open = say_hi;
  if (!peer_begin_at(&peer, AF_INET6, play_hello, NULL)) {
    print_message("needs IPv6 on the loopback\n");
    skip();
  }
  client_open_peer(&client, "ws://[::1]", &peer);
  assert_true(client_run(&client, PATIENCE_MS));
  assert_true(client.end.opened);
  peer_end(&peer);
}

/* What the environment says of proxies is not for us. */
static void a_proxy_of_the_environment_is_not_used(void **state) {
  (void)state;
  client.at_open = say_hi;
  assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
  play_to_end(play_hello);
  assert_int_equal(unsetenv("http_proxy"), 0);
  assert_true(client.end.opened);
}

/* --- the end */

static void play_reset(struct link *link) {
  char heard[8];
  if (!link_upgrade(link)) return;
  (void)link_text(link, "hello");
  (void)link_hear(link, heard, sizeof heard); /* what was not read yet goes with a reset */
  link_reset(link);
}

static void a_reset_is_a_cut(void **state) {
  (void)state;
  client.at_text = say_hi;
  play_to_end(play_reset);
  assert_int_equal(client.texts, 1);
  assert_end(ERR_NETWORK, "connection cut short");
  assert_true(client.end.opened);
  assert_int_equal(client.end.code, 0);
}

static void play_half_a_frame(struct link *link) {
  if (!link_upgrade(link)) return;
  (void)link_text(link, "hello");
  (void)link_send(link, "\x81\x05hal", 5);
}

static void half_a_frame_is_a_cut(void **state) {
  (void)state;
  play_to_end(play_half_a_frame);
  assert_int_equal(client.texts, 1);
  assert_end(ERR_NETWORK, "connection cut short");
}

static unsigned wanted_code;
static const char *wanted_reason;
static unsigned echoed;
static char echoed_payload[8];

static void play_close(struct link *link) {
  if (!link_upgrade(link)) return;
  if (wanted_code != 0) {
    (void)link_close(link, wanted_code, wanted_reason);
  } else {
    (void)link_frame(link, FIN | OP_CLOSE, NULL, 0);
  }
  echoed = link_hear(link, echoed_payload, sizeof echoed_payload);
  link_drain(link);
}

static void each_close_code_arrives_and_is_answered(void **state) {
  (void)state;
  static const struct {
    unsigned sent;
    int told;
    const char *reason;
  } cases[] = {
      {1000, 1000, "bye"},
      {1001, 1001, ""},
      {4000, 4000, "Unknown error."},
      {4004, 4004, "Authentication failed."},
      {4009, 4009, ""},
      {4014, 4014, "Intent"},
      {1012, 1002, "restart"},
      {0, 0, ""},
      {4999, 4999, "\033[31mred"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    wanted_code = cases[i].sent;
    wanted_reason = cases[i].reason;
    client.closed = 0;
    echoed = 0;
    play_to_end(play_close);
    assert_end(ERR_NONE, "");
    assert_true(client.end.opened);
    assert_int_equal(client.end.code, cases[i].told);
    assert_string_equal(client.end.reason, cases[i].sent == 4999 ? " [31mred" : cases[i].reason);
    assert_int_equal(echoed, FIN | OP_CLOSE);
  }
}

static void close_politely(struct client *self) {
  assert_true(websocket_send(self->socket, "last words", 10));
  websocket_close(self->socket, 4321);
  assert_false(websocket_send(self->socket, "too late", 8));
}

static char heard_first[64];
static unsigned heard_code;

static void play_hear_close(struct link *link) {
  char payload[64];
  if (!link_upgrade(link)) return;
  (void)link_hear(link, heard_first, sizeof heard_first);
  if (link_hear(link, payload, sizeof payload) != (FIN | OP_CLOSE)) return;
  heard_code = (unsigned char)payload[0] * 256U + (unsigned char)payload[1];
  (void)link_text(link, "not heard any more");
  (void)link_close(link, heard_code, "");
  link_drain(link);
}

static void a_close_comes_after_what_was_queued(void **state) {
  (void)state;
  client.at_open = close_politely;
  play_to_end(play_hear_close);
  assert_string_equal(heard_first, "last words");
  assert_int_equal(heard_code, 4321);
  assert_int_equal(client.texts, 0);
  assert_end(ERR_NONE, "");
}

static void play_deaf(struct link *link) {
  if (link_upgrade(link)) link_drain(link);
}

static void a_close_that_nobody_answers_takes_two_seconds(void **state) {
  (void)state;
  client.at_open = close_politely;
  int64_t start_ms = loop_mono_ms();
  play_to_end(play_deaf);
  assert_in_range(loop_mono_ms() - start_ms, 1900, 20000);
  assert_end(ERR_NONE, "");
  assert_int_equal(client.end.code, 0);
}

static void a_close_before_it_is_open_ends_it(void **state) {
  (void)state;
  begin_play(play_silence);
  websocket_close(client.socket, 1000);
  assert_int_equal(client.closed, 0);
  assert_true(client_run(&client, PATIENCE_MS));
  assert_int_equal(client.closed, 1);
  assert_false(client.end.opened);
  peer_end(&peer);
}

/* --- what is sent */

static void play_stop_reading(struct link *link) {
  if (link_upgrade(link)) link_sleep(link);
}

static void fill_queue(struct client *self) {
  static char block[65536];
  size_t sent = 0;
  memset(block, 'x', sizeof block);
  assert_true(websocket_send(self->socket, block, 0));
  while (websocket_send(self->socket, block, sizeof block))
    sent += sizeof block;
  assert_in_range(sent, WEBSOCKET_QUEUE_MAX - 2 * sizeof block, WEBSOCKET_QUEUE_MAX);
  size_t small = 0;
  while (websocket_send(self->socket, "x", 1))
    small++;
  assert_in_range(small, 1, 2000);
  loop_stop(self->loop);
}

static void the_queue_of_messages_has_an_end(void **state) {
  (void)state;
  client.at_open = fill_queue;
  begin_play(play_stop_reading);
  assert_true(client_run(&client, PATIENCE_MS));
  assert_false(client_run(&client, 100));
  assert_int_equal(client.closed, 0);
  websocket_drop(client.socket);
  peer_end(&peer);
}

static void close_a_full_queue(struct client *self) {
  static char block[WEBSOCKET_QUEUE_MAX];
  memset(block, 'x', sizeof block);
  assert_true(websocket_send(self->socket, block, sizeof block));
  websocket_close(self->socket, 1000);
}

static void play_sleep(struct link *link) {
  const int little = 4096;
  (void)setsockopt(link->fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
  if (link_upgrade(link)) link_sleep(link);
}

static void who_takes_no_messages_is_left_after_two_seconds(void **state) {
  (void)state;
  client.at_open = close_a_full_queue;
  begin_play(play_sleep);
  int64_t start_ms = loop_mono_ms();
  assert_true(client_run(&client, PATIENCE_MS));
  assert_in_range(loop_mono_ms() - start_ms, 1900, 20000);
  peer_end(&peer);
}

static size_t heard_length;

static void play_hear_much(struct link *link) {
  static char payload[WEBSOCKET_QUEUE_MAX + 1];
  if (!link_upgrade(link)) return;
  (void)link_hear(link, payload, sizeof payload);
  heard_length = strspn(payload, "x");
  (void)link_close(link, 1000, "");
  link_drain(link);
}

static void send_much(struct client *self) {
  static char block[WEBSOCKET_QUEUE_MAX];
  memset(block, 'x', sizeof block);
  assert_true(websocket_send(self->socket, block, sizeof block));
}

static void a_message_of_one_mebibyte_is_sent_whole(void **state) {
  (void)state;
  client.at_open = send_much;
  play_to_end(play_hear_much);
  assert_int_equal(heard_length, WEBSOCKET_QUEUE_MAX);
  assert_int_equal(client.end.code, 1000);
}

/* --- hooks that change everything */

static void drop_self(struct client *self) {
  websocket_drop(self->socket);
  self->socket = NULL;
  loop_stop(self->loop);
}

static void a_socket_may_be_dropped_when_it_opens(void **state) {
  (void)state;
  client.at_open = drop_self;
  begin_play(play_hello);
  assert_true(client_run(&client, PATIENCE_MS));
  assert_false(client_run(&client, 100));
  assert_int_equal(client.closed, 0);
  assert_int_equal(client.texts, 0);
  peer_end(&peer);
}

static void a_socket_may_be_dropped_when_it_hears(void **state) {
  (void)state;
  client.at_text = drop_self;
  begin_play(play_answer_and_messages);
  assert_true(client_run(&client, PATIENCE_MS));
  assert_false(client_run(&client, 100));
  assert_int_equal(client.closed, 0);
  assert_int_equal(client.texts, 1);
  peer_end(&peer);
}

static unsigned again_left;

static void open_again(struct client *self) {
  static const char gone[] = "ws://127.0.0.1:1/";
  if (again_left-- > 0) client_open(self, again_left % 2 == 0 ? gone : self->url);
}

static void drop_or_wait(struct client *self) {
  if (again_left % 3 == 0) websocket_close(self->socket, 1000);
}

static size_t open_descriptors(void) {
  size_t count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (folder != NULL && readdir(folder) != NULL)
    count++;
  if (folder != NULL) (void)closedir(folder);
  return count;
}

static void a_closed_hook_may_open_the_next_one_again_and_again(void **state) {
  (void)state;
  wanted_code = 1000;
  wanted_reason = "";
  again_left = 120;
  client.at_close = open_again;
  client.at_open = drop_or_wait;
  begin_play(play_close);
  while (client.closed < 10)
    assert_true(client_run(&client, PATIENCE_MS));
  size_t before = open_descriptors();
  while (client.closed < 121)
    assert_true(client_run(&client, PATIENCE_MS));
  assert_false(client_run(&client, 50));
  assert_in_range(open_descriptors(), before - 4, before + 2);
  peer_end(&peer);
}

static void a_socket_may_be_dropped_at_any_moment(void **state) {
  (void)state;
  assert_true(peer_begin(&peer, play_hello, NULL));
  for (int wait_ms = 0; wait_ms < 12; wait_ms++) {
    client_open_peer(&client, wait_ms % 2 == 0 ? "ws://localhost" : "ws://127.0.0.1", &peer);
    (void)client_run(&client, wait_ms);
    if (client.socket != NULL) websocket_drop(client.socket);
  }
  peer_end(&peer);
}

/* One is in the middle of a look-up, one connects, and one is open. */
static void all_sockets_go_with_what_they_share(void **state) {
  (void)state;
  client.texts_wanted = 1;
  begin_play(play_hello);
  assert_true(client_run(&client, PATIENCE_MS));
  client_open_peer(&client, "ws://127.0.0.1", &peer);
  (void)client_run(&client, 20);
  client_open_peer(&client, "ws://localhost", &peer);
  websockets_free(client.websockets);
  client.websockets = NULL;
  assert_int_equal(client.closed, 0);
  peer_end(&peer);
}

static void close_all_at_once(struct client *self) {
  (void)self;
  websocket_close(client.socket, 1000);
}

/* A hook of one may end another. */
static void a_hook_may_end_another_socket(void **state) {
  (void)state;
  struct client other;
  struct peer other_peer;
  assert_true(client_begin(&other));
  websockets_free(other.websockets);
  other.websockets = client.websockets;
  timer_free(other.patience);
  loop_free(other.loop);
  other.loop = client.loop;
  assert_true(peer_begin(&other_peer, play_deaf, NULL));
  client_open_peer(&other, "ws://127.0.0.1", &other_peer);
  client.texts_wanted = 1;
  begin_play(play_hello);
  assert_true(client_run(&client, PATIENCE_MS));
  while (other.opened == 0)
    (void)client_run(&client, 10);
  websocket_drop(other.socket);
  close_all_at_once(&client);
  assert_true(client_run(&client, PATIENCE_MS));
  assert_int_equal(other.closed, 0);
  mem_free(other.last);
  peer_end(&peer);
  peer_end(&other_peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_message_goes_there_and_back),
      TEST(the_request_says_what_it_must_and_offers_no_extension),
      TEST(what_is_no_upgrade_is_told),
      TEST(garbage_instead_of_http_opens_nothing),
      TEST(an_answer_without_end_is_given_up),
      TEST(an_answer_that_never_comes_is_a_timeout),
      TEST(half_an_answer_is_a_cut),
      TEST(an_answer_may_come_byte_by_byte),
      TEST(what_comes_with_the_answer_is_heard),
      TEST(what_is_no_address_is_refused),
      TEST(an_address_as_long_as_it_may_be_arrives_whole),
      TEST(nobody_there_is_told),
      TEST(a_name_that_is_none_is_told),
      TEST(the_next_address_of_a_name_is_tried),
      TEST(an_address_that_does_not_answer_leaves_time_for_the_next),
      TEST(an_address_may_be_of_the_new_kind),
      TEST(a_proxy_of_the_environment_is_not_used),
      TEST(a_reset_is_a_cut),
      TEST(half_a_frame_is_a_cut),
      TEST(each_close_code_arrives_and_is_answered),
      TEST(a_close_comes_after_what_was_queued),
      TEST(a_close_that_nobody_answers_takes_two_seconds),
      TEST(a_close_before_it_is_open_ends_it),
      TEST(the_queue_of_messages_has_an_end),
      TEST(who_takes_no_messages_is_left_after_two_seconds),
      TEST(a_message_of_one_mebibyte_is_sent_whole),
      TEST(a_socket_may_be_dropped_when_it_opens),
      TEST(a_socket_may_be_dropped_when_it_hears),
      TEST(a_closed_hook_may_open_the_next_one_again_and_again),
      TEST(a_socket_may_be_dropped_at_any_moment),
      TEST(all_sockets_go_with_what_they_share),
      TEST(a_hook_may_end_another_socket),
  };
  return cmocka_run_group_tests_name("io websocket", tests, NULL, NULL);
}
