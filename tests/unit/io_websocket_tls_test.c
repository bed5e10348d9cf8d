/* The WebSocket client over TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/websocket_wire.h"
#include "unit/io_certificates.h"
#include "unit/io_websocket_peer.h"

static int begin_trusting(void **state) {
  int result = begin(state);
  client.ask.ca_file = ca_file;
  return result;
}

static SSL_CTX *tls_of(const char *certificate) {
  char file[96];
  SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
  (void)text_fmt(file, sizeof file, "%s/%s.pem", certificates, certificate);
  assert_int_equal(SSL_CTX_use_certificate_file(tls, file, SSL_FILETYPE_PEM), 1);
  (void)text_fmt(file, sizeof file, "%s/%s.key", certificates, certificate);
  assert_int_equal(SSL_CTX_use_PrivateKey_file(tls, file, SSL_FILETYPE_PEM), 1);
  return tls;
}

static void play_over(SSL_CTX *tls, void (*play)(struct link *link), const char *host) {
  char start[128];
  (void)text_fmt(start, sizeof start, "wss://%s", host);
  client.closed = 0;
  client.opened = 0;
  begin_play_at(start, tls, play);
  end_play();
  SSL_CTX_free(tls);
}

static char heard_name[64];

static void play_bye(struct link *link) {
  const char *name = SSL_get_servername(link->tls, TLSEXT_NAMETYPE_host_name);
  (void)text_copy(heard_name, sizeof heard_name, name != NULL ? name : "");
  if (!link_upgrade(link)) return;
  (void)link_text(link, "hello");
  (void)link_close(link, 1000, "");
  link_drain(link);
}

static void a_certificate_that_ca_file_signs_is_good(void **state) {
  (void)state;
  play_over(tls_of("server"), play_bye, "localhost");
  assert_end(ERR_NONE, "");
  assert_true(client.end.opened);
  assert_string_equal(client.last, "hello");
  assert_string_equal(heard_name, "localhost");
  play_over(tls_of("server"), play_bye, "127.0.0.1");
  assert_end(ERR_NONE, "");
  assert_true(client.end.opened);
}

static int trusted_at_open;

static void count_trusted(struct client *self) {
  X509_STORE *store = SSL_CTX_get_cert_store(self->websockets->trusts->tls);
  trusted_at_open = sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
}

static void what_is_trusted_is_in_memory_only_for_the_handshake(void **state) {
  (void)state;
  trusted_at_open = -1;
  client.at_open = count_trusted;
  play_over(tls_of("server"), play_bye, "localhost");
  assert_end(ERR_NONE, "");
  assert_int_equal(trusted_at_open, 0);
}

static void a_certificate_for_another_host_is_refused(void **state) {
  (void)state;
  play_over(tls_of("other"), play_bye, "localhost");
  assert_end(ERR_TLS, "certificate is for another host name");
  assert_string_not_equal(client.end.err.hint, "");
  assert_int_equal(client.opened, 0);
  play_over(tls_of("other"), play_bye, "127.0.0.1");
  assert_end(ERR_TLS, "certificate is for another host name");
}

static void a_certificate_of_a_stranger_is_refused(void **state) {
  (void)state;
  client.ask.ca_file = stranger_file;
  play_over(tls_of("server"), play_bye, "localhost");
  assert_end(ERR_TLS, "certificate is signed by an unknown authority");
  assert_string_not_equal(client.end.err.hint, "");
  client.ask.ca_file = NULL;
  play_over(tls_of("server"), play_bye, "localhost");
  assert_end(ERR_TLS, "certificate is signed by an unknown authority");
  client.ask.ca_file = ca_file;
  play_over(tls_of("server"), play_bye, "localhost");
  assert_end(ERR_NONE, "");
  client.ask.ca_file = stranger_file;
  play_over(tls_of("server"), play_bye, "localhost");
  assert_end(ERR_TLS, "certificate is signed by an unknown authority");
}

static void an_expired_certificate_is_refused(void **state) {
  (void)state;
  play_over(tls_of("expired"), play_bye, "localhost");
  assert_end(ERR_TLS, "certificate has expired");
}

static void a_certificate_that_signs_itself_is_refused(void **state) {
  (void)state;
  play_over(tls_of("stranger"), play_bye, "localhost");
  assert_int_equal(client.end.err.code, ERR_TLS);
  assert_false(client.end.opened);
}

static void a_file_of_certificates_that_is_none_is_told(void **state) {
  (void)state;
  client.ask.ca_file = "/nowhere/ca.pem";
  client_open(&client, "wss://127.0.0.1:1/");
  assert_true(client_run(&client, PATIENCE_MS));
  assert_end(ERR_TLS, "the file of trusted certificates cannot be read");
}

static void old_versions_are_refused(void **state) {
  (void)state;
  SSL_CTX *tls = tls_of("server");
  (void)SSL_CTX_set_max_proto_version(tls, TLS1_1_VERSION);
  (void)SSL_CTX_set_cipher_list(tls, "ALL:@SECLEVEL=0");
  play_over(tls, play_bye, "localhost");
  assert_int_equal(client.end.err.code, ERR_TLS);
  assert_true(text_starts(client.end.err.text, "TLS handshake failed: "));
}

static void the_version_before_the_newest_is_good(void **state) {
  (void)state;
  SSL_CTX *tls = tls_of("server");
  (void)SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION);
  play_over(tls, play_bye, "localhost");
  assert_end(ERR_NONE, "");
}

static void play_plain(struct link *link) {
  if (link_send(link, "HTTP/1.1 400 Bad Request\r\n\r\n", 28)) link_drain(link);
}

static void a_port_without_tls_is_told(void **state) {
  (void)state;
  play_over(NULL, play_plain, "localhost");
  assert_end(ERR_TLS, "TLS handshake failed: wrong version number");
  assert_string_not_equal(client.end.err.hint, "");
}

static void play_cut(struct link *link) {
  char hello[64];
  (void)link_read(link, hello, sizeof hello);
}

static void a_handshake_that_is_cut_is_no_fault_of_tls(void **state) {
  (void)state;
  play_over(NULL, play_cut, "localhost");
  assert_end(ERR_NETWORK, "connection cut short during the TLS handshake");
}

static void play_silence(struct link *link) {
  link_drain(link);
}

static void a_handshake_that_never_ends_is_a_timeout(void **state) {
  (void)state;
  client.ask.connect_ms = 1000;
  play_over(NULL, play_silence, "localhost");
  assert_end(ERR_TIMEOUT, "connected, but no answer in time");
}

static void play_cut_later(struct link *link) {
  if (!link_upgrade(link)) return;
  (void)link_send(link, "\x81\x05hel", 5);
  (void)usleep(20000);
}

static void a_connection_without_an_end_of_tls_is_cut(void **state) {
  (void)state;
  play_over(tls_of("server"), play_cut_later, "localhost");
  assert_end(ERR_NETWORK, "connection cut short");
}

static void play_shutdown(struct link *link) {
  if (link_upgrade(link)) (void)SSL_shutdown(link->tls);
  (void)usleep(50000);
}

static void an_end_of_tls_without_a_close_frame_is_a_cut(void **state) {
  (void)state;
  play_over(tls_of("server"), play_shutdown, "localhost");
  assert_end(ERR_NETWORK, "connection cut short");
}

static void play_breach(struct link *link) {
  if (link_upgrade(link)) (void)link_send(link, "\x83\x01x", 3);
  link_drain(link);
}

static void a_breach_over_tls_is_one(void **state) {
  (void)state;
  play_over(tls_of("server"), play_breach, "localhost");
  assert_end(ERR_MALFORMED, "the other side broke the rules of WebSocket");
}

/* In one record with the answer, and many records at once: OpenSSL has read what no descriptor tells of any more. */
static void play_much(struct link *link) {
  static char all[256000];
  if (!link_read_head(link)) return;
  link_print_answer(link, all, sizeof all);
  size_t used = strlen(all);
  for (int i = 0; i < 1000; i++) {
    used += frame_head((unsigned char *)all + used, FIN | OP_TEXT, 200);
    memset(all + used, 'a' + i % 26, 200);
    used += 200;
  }
  (void)link_send(link, all, used);
  link_drain(link);
}

static void nothing_stays_in_the_records(void **state) {
  (void)state;
  client.texts_wanted = 1000;
  assert_true(peer_begin(&peer, play_much, tls_of("server")));
  client_open_peer(&client, "wss://localhost", &peer);
  assert_true(client_run(&client, PATIENCE_MS));
  assert_int_equal(client.last_length, 200);
  websocket_close(client.socket, 1000);
  assert_true(client_run(&client, PATIENCE_MS));
  peer_end(&peer);
  SSL_CTX_free(peer.tls);
}

static char echoed[300000];
static char big[sizeof echoed];

static void play_echo(struct link *link) {
  if (!link_upgrade(link)) return;
  (void)link_hear(link, echoed, sizeof echoed);
  (void)link_text(link, echoed);
  (void)link_close(link, 1000, "");
  link_drain(link);
}

static void send_big(struct client *self) {
  memset(big, 'x', sizeof big - 1);
  assert_true(websocket_send(self->socket, big, sizeof big - 1));
}

static void a_big_message_goes_there_and_back(void **state) {
  (void)state;
  client.at_open = send_big;
  play_over(tls_of("server"), play_echo, "localhost");
  assert_end(ERR_NONE, "");
  assert_int_equal(client.last_length, sizeof big - 1);
  assert_string_equal(client.last, big);
}

/* While certificates are read on another thread, too. */
static void a_socket_may_be_dropped_at_any_moment(void **state) {
  (void)state;
  SSL_CTX *tls = tls_of("server");
  client.ask.ca_file = NULL;
  assert_true(peer_begin(&peer, play_bye, tls));
  for (int wait_ms = 0; wait_ms < 40; wait_ms += 3) {
    client_open_peer(&client, wait_ms % 2 == 0 ? "wss://localhost" : "wss://127.0.0.1", &peer);
    (void)client_run(&client, wait_ms);
    if (client.socket != NULL) websocket_drop(client.socket);
  }
  client_open_peer(&client, "wss://localhost", &peer);
  (void)client_run(&client, 1);
  websockets_free(client.websockets);
  client.websockets = NULL;
  peer_end(&peer);
  SSL_CTX_free(tls);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_trusting, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_certificate_that_ca_file_signs_is_good),
      TEST(what_is_trusted_is_in_memory_only_for_the_handshake),
      TEST(a_certificate_for_another_host_is_refused),
      TEST(a_certificate_of_a_stranger_is_refused),
      TEST(an_expired_certificate_is_refused),
      TEST(a_certificate_that_signs_itself_is_refused),
      TEST(a_file_of_certificates_that_is_none_is_told),
      TEST(old_versions_are_refused),
      TEST(the_version_before_the_newest_is_good),
      TEST(a_port_without_tls_is_told),
      TEST(a_handshake_that_is_cut_is_no_fault_of_tls),
      TEST(a_handshake_that_never_ends_is_a_timeout),
      TEST(a_connection_without_an_end_of_tls_is_cut),
      TEST(an_end_of_tls_without_a_close_frame_is_a_cut),
      TEST(a_breach_over_tls_is_one),
      TEST(nothing_stays_in_the_records),
      TEST(a_big_message_goes_there_and_back),
      TEST(a_socket_may_be_dropped_at_any_moment),
  };
  return cmocka_run_group_tests_name("io websocket tls", tests, certificates_begin, certificates_end);
}
