/* The WebSocket client against a server that misbehaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/io_websocket_peer.h"

static struct peer peer;
static struct client client;

static int begin(void **state) {
  (void)state;
  return client_begin(&client) ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  client_end(&client);
  return 0;
}

/* Opens a connection to a server that plays that; the client's end. */
static void begin_play(void (*play)(struct link *link)) {
  char url[64];
  assert_true(peer_begin(&peer, play, NULL));
  (void)text_fmt(url, sizeof url, "ws://127.0.0.1:%u/gate?v=10&encoding=json", peer.port);
  client_open(&client, url);
}

static void end_play(void) {
  peer_end(&peer);
}

static void play_to_end(void (*play)(struct link *link)) {
  begin_play(play);
  assert_true(client_run(&client, 6000));
  assert_int_equal(client.closed, 1);
  end_play();
}

static void assert_end(enum err_code code, const char *words) {
  assert_string_equal(client.end.err.text, words);
  assert_int_equal(client.end.err.code, code);
}

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
  assert_true(text_starts(heard_head, "GET /gate?v=10&encoding=json HTTP/1.1\r\n"));
  assert_non_null(strstr(heard_head, "ser-agent: lowtide/" LOWTIDE_VERSION "\r\n"));
  assert_null(strstr(heard_head, "Extensions"));
}

static void play_403(struct link *link) {
  if (link_read_head(link)) (void)link_send(link, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 45);
  link_drain(link);
}

static void a_refusal_is_told(void **state) {
  (void)state;
  play_to_end(play_403);
  assert_end(ERR_MALFORMED, "no WebSocket there: HTTP 403");
  assert_false(client.end.opened);
}

static void play_reset(struct link *link) {
  if (!link_upgrade(link)) return;
  (void)link_text(link, "hello");
  (void)usleep(20000);
  link_reset(link);
}

static void a_reset_is_a_cut(void **state) {
  (void)state;
  play_to_end(play_reset);
  assert_int_equal(client.texts, 1);
  assert_end(ERR_NETWORK, "connection cut short");
  assert_true(client.end.opened);
  assert_int_equal(client.end.code, 0);
}

static void nobody_there_is_told(void **state) {
  (void)state;
  client_open(&client, "ws://127.0.0.1:1/");
  assert_true(client_run(&client, 5000));
  assert_end(ERR_NETWORK, "no connection: refused, or no way there");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_message_goes_there_and_back),
      TEST(a_refusal_is_told),
      TEST(a_reset_is_a_cut),
      TEST(nobody_there_is_told),
  };
  return cmocka_run_group_tests_name("io websocket", tests, NULL, NULL);
}
