/* TLS against real servers: openssl's for its faults, nginx for HTTP/2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "unit/io_certificates.h"
#include "unit/io_world.h"

#define LONG_BYTES 8000
#define MANY 300

static struct io_world world;

/* What nginx asks for its clients: tells which of their connections it was, slowly enough that all are under way at once.
 */
static void serve_plain(void *context, const struct local_request *request, struct local_script *script) {
  (void)context;
  char text[64];
  const char *client = local_request_header(request, "X-Client");
  (void)text_fmt(text, sizeof text, "%s", client != NULL ? client : "");
  local_script_wait(script, 150);
  local_script_answer(script, 200, "", text, strlen(text));
}

static int begin(void **state) {
  (void)state;
  return io_begin(&world, serve_plain, NULL) ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  io_end(&world);
  return 0;
}

/* Starts openssl's server with the certificate of that name; its port, or 0. */
static unsigned start_server(struct child *server, const char *name, const char *version) {
  char certificate[96];
  char key[96];
  char line[256];
  (void)text_fmt(certificate, sizeof certificate, "%s/%s.pem", certificates, name);
  (void)text_fmt(key, sizeof key, "%s/%s.key", certificates, name);
  const char *const args[] = {"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",           certificate, "-key",
                              key,       "-www",     version,   "-cipher",     "ALL:@SECLEVEL=0", NULL};
  if (!child_start(server, args)) return 0;
  while (child_line(server, line, sizeof line)) {
    const char *colon = strrchr(line, ':');
    if (text_starts(line, "ACCEPT") && colon != NULL) return (unsigned)strtoul(colon + 1, NULL, 10);
  }
  return 0;
}

static struct heard ask_https(const char *host, unsigned port, const char *trusted) {
  struct heard heard;
  struct ask ask;
  io_url(&ask, "GET", "");
  (void)buf_addf(&ask.http.url, "https://%s:%u/", host, port);
  ask.http.ca_file = trusted;
  (void)io_ask(&world, &ask, PATIENCE_MS, &heard);
  io_wait(&world);
  return heard;
}

static void assert_fault(struct heard heard, enum err_code code, const char *words) {
  assert_string_equal(heard.answer.err.text, words);
  assert_int_equal(heard.answer.err.code, code);
}

static void a_certificate_that_ca_file_signs_is_good(void **state) {
  (void)state;
  struct child server;
  unsigned port = start_server(&server, "server", "-tls1_2");
  assert_int_equal(ask_https("localhost", port, ca_file).answer.http.status, 200);
  assert_int_equal(ask_https("127.0.0.1", port, ca_file).answer.http.status, 200);
  (void)child_end(&server, SIGKILL);
}

static void a_certificate_of_a_stranger_is_refused(void **state) {
  (void)state;
  struct child server;
  unsigned port = start_server(&server, "server", "-tls1_3");
  const char words[] = "certificate is signed by an unknown authority";
  assert_fault(ask_https("localhost", port, NULL), ERR_TLS, words);
  assert_fault(ask_https("localhost", port, stranger_file), ERR_TLS, words);
  assert_int_equal(ask_https("localhost", port, ca_file).answer.http.status, 200);
  struct heard heard = ask_https("localhost", port, "/nowhere/ca.pem");
  assert_fault(heard, ERR_TLS, "the file of trusted certificates cannot be read");
  assert_false(heard.answer.http.written);
  (void)child_end(&server, SIGKILL);
}

static void an_expired_certificate_is_refused(void **state) {
  (void)state;
  struct child server;
  unsigned port = start_server(&server, "expired", "-tls1_2");
  struct heard heard = ask_https("localhost", port, ca_file);
  assert_fault(heard, ERR_TLS, "certificate has expired");
  assert_string_not_equal(heard.answer.err.hint, "");
  (void)child_end(&server, SIGKILL);
}

static void a_certificate_for_another_host_is_refused(void **state) {
  (void)state;
  struct child server;
  unsigned port = start_server(&server, "other", "-tls1_2");
  assert_fault(ask_https("localhost", port, ca_file), ERR_TLS, "certificate is for another host name");
  assert_fault(ask_https("127.0.0.1", port, ca_file), ERR_TLS, "certificate is for another host name");
  (void)child_end(&server, SIGKILL);
}

static void old_versions_are_refused(void **state) {
  (void)state;
  struct child server;
  unsigned port = start_server(&server, "server", "-tls1_1");
  struct heard heard = ask_https("localhost", port, ca_file);
  assert_int_equal(heard.answer.err.code, ERR_TLS);
  assert_true(text_starts(heard.answer.err.text, "TLS handshake failed"));
  (void)child_end(&server, SIGKILL);
}

static void a_port_without_tls_is_told(void **state) {
  (void)state;
  struct heard heard = ask_https("127.0.0.1", world.port, ca_file);
  assert_fault(heard, ERR_TLS, "TLS handshake failed: wrong version number");
  assert_string_not_equal(heard.answer.err.hint, "");
}

static bool write_nginx_config(const char *path, unsigned port) {
  FILE *file = fopen(path, "we");
  if (file == NULL) return false;
  (void)fprintf(file,
                "daemon off; master_process off; pid %s/nginx.pid; error_log %s/error.log;\n"
                "events { worker_connections 1024; }\n"
                "http { access_log off; client_body_temp_path %s; proxy_temp_path %s; fastcgi_temp_path %s;\n"
                "uwsgi_temp_path %s; scgi_temp_path %s;\n"
                "server { listen 127.0.0.1:%u ssl http2; ssl_certificate %s/server.pem;\n"
                "ssl_certificate_key %s/server.key; location /long { root %s; }\n"
                "location / { proxy_pass http://127.0.0.1:%u;\n"
                "proxy_set_header X-Client \"$server_protocol $connection\"; } } }\n",
                certificates, certificates, certificates, certificates, certificates, certificates, certificates, port,
                certificates, certificates, certificates, world.port);
  return fclose(file) == 0;
}

/* A word on each connection that carried an answer. */
static size_t count_connections(const struct heard *heard, size_t count) {
  size_t different = 0;
  for (size_t i = 0; i < count; i++) {
    size_t earlier = 0;
    while (earlier < i && !text_eq(heard[earlier].body, heard[i].body))
      earlier++;
    if (earlier == i) different++;
  }
  return different;
}

static bool write_long(void) {
  char path[96];
  (void)text_fmt(path, sizeof path, "%s/long", certificates);
  FILE *file = fopen(path, "we");
  return file != NULL && fprintf(file, "%0*d", LONG_BYTES, 0) == LONG_BYTES && fclose(file) == 0;
}

/* Answers its port. */
static unsigned start_nginx(struct child *server) {
  char config[96];
  unsigned port = io_free_port();
  bool is_there = access("/usr/sbin/nginx", X_OK) == 0;
  if (!is_there && io_may_skip()) {
    print_message("needs nginx: make test-deps\n");
    skip();
  }
  (void)text_fmt(config, sizeof config, "%s/nginx.conf", certificates);
  assert_true(write_nginx_config(config, port) && write_long());
  const char *const args[] = {"/usr/sbin/nginx", "-c", config, "-e", "/dev/null", NULL};
  assert_true(child_start(server, args));
  for (int i = 0; i < 1000 && ask_https("localhost", port, ca_file).answer.http.status != 200; i++)
    (void)usleep(20000);
  asker_rest(world.asker);
  return port;
}

static void ask_many(unsigned port, const char *path, struct heard *heard) {
  for (int i = 0; i < MANY; i++) {
    struct ask ask;
    io_url(&ask, "GET", "");
    (void)buf_addf(&ask.http.url, "https://localhost:%u/%s", port, path);
    ask.http.ca_file = ca_file;
    (void)io_ask(&world, &ask, PATIENCE_MS, &heard[i]);
  }
  io_wait(&world);
  for (int i = 0; i < MANY; i++)
    assert_string_equal(heard[i].answer.err.text, "");
}

static void many_share_a_few_connections_of_http2(void **state) {
  (void)state;
  static struct heard heard[MANY];
  struct child server;
  unsigned port = start_nginx(&server);
  ask_many(port, "", heard);
  for (int i = 0; i < MANY; i++)
    assert_true(text_starts(heard[i].body, "HTTP/2.0 "));
  assert_in_range(count_connections(heard, MANY), 1, 4);
  struct ask post;
  io_url(&post, "POST", "");
  (void)buf_addf(&post.http.url, "https://localhost:%u/", port);
  (void)buf_add(&post.http.body, "{}");
  post.http.ca_file = ca_file;
  (void)io_ask(&world, &post, PATIENCE_MS, &heard[0]);
  io_wait(&world);
  assert_int_equal(heard[0].answer.http.status, 200);
  assert_true(heard[0].answer.http.written);
  (void)child_end(&server, SIGTERM);
}

/* curl 7.88 forgets a transfer now and then if a frame does not fit into its buffer. */
static void long_answers_on_shared_connections_all_come(void **state) {
  (void)state;
  static struct heard heard[MANY];
  struct child server;
  unsigned port = start_nginx(&server);
  for (int i = 0; i < 5; i++)
    ask_many(port, "long", heard);
  for (int i = 0; i < MANY; i++)
    assert_int_equal(heard[i].answer.http.length, LONG_BYTES);
  (void)child_end(&server, SIGTERM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_certificate_that_ca_file_signs_is_good),
      TEST(a_certificate_of_a_stranger_is_refused),
      TEST(an_expired_certificate_is_refused),
      TEST(a_certificate_for_another_host_is_refused),
      TEST(old_versions_are_refused),
      TEST(a_port_without_tls_is_told),
      TEST(many_share_a_few_connections_of_http2),
      TEST(long_answers_on_shared_connections_all_come),
  };
  return cmocka_run_group_tests_name("io tls", tests, certificates_begin, certificates_end);
}
