#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "unit/http_world.h"

static void a_request_arrives_whole_and_decoded(void **state) {
  struct http_world *world = *state;
  assert_true(http_says(world, "GET /a%20b%2Fc?x=1&q=50%25+off HTTP/1.1\r\n" CLOSE "X-MARK: seen\r\n\r\n",
                        "GET /a b/c mark=seen q=50% off local=1 body=0:"));
  assert_true(http_says(world, "GET /a?q HTTP/1.1\r\n" CLOSE "\r\n", "mark=- q= local"));
  assert_true(http_says(world, "GET /a?q= HTTP/1.1\r\n" CLOSE "\r\n", "mark=- q= local"));
  assert_true(http_says(world, "GET /a HTTP/1.1\r\n" CLOSE "\r\n", "mark=- q=- local"));
}

static void what_is_no_escape_stays_as_it_is(void **state) {
  struct http_world *world = *state;
  assert_true(http_says(world, "GET /%41%zz%4 HTTP/1.1\r\n" CLOSE "\r\n", "GET /A%zz%4 "));
  assert_true(http_says(world, "GET /healthz%00.html HTTP/1.1\r\n" CLOSE "\r\n", "GET /healthz%00.html "));
  assert_true(http_says(world, "GET /%ff%FE HTTP/1.1\r\n" CLOSE "\r\n", "GET /\xff\xfe "));
}

static void a_body_arrives_byte_by_byte_as_it_was_sent(void **state) {
  struct http_world *world = *state;
  struct buf heard;
  const char request[] = "POST / HTTP/1.1\r\n" CLOSE "Content-Length: 5\r\n\r\na\0b\r\n";
  const char *found = http_talk(world, &heard, request, sizeof request - 1);
  assert_non_null(strstr(found, " 200 OK"));
  assert_memory_equal(heard.data + heard.len - 5, "a\0b\r\n", 5);
  assert_non_null(strstr(found, "body=5:a"));
  buf_done(&heard);
}

static void a_chunked_body_arrives_whole(void **state) {
  assert_true(http_says(*state,
                        "POST / HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n"
                        "3\r\nabc\r\n1;ext=1\r\nd\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
                        "body=14:abcd0123456789"));
}

static void a_body_of_1_mib_is_taken_and_a_byte_more_is_413(void **state) {
  struct http_world *world = *state;
  struct buf request;
  struct buf heard;
  for (size_t more = 0; more < 2; more++) {
    size_t size = HTTP_SERVER_BODY_MAX + more;
    char *body = mem_new(1, size);
    memset(body, 'x', size);
    buf_init(&request, HTTP_SERVER_BODY_MAX + 4096);
    buf_addf(&request, "POST / HTTP/1.1\r\n" CLOSE "Content-Length: %zu\r\n\r\n", size);
    buf_add_n(&request, body, size);
    const char *found = http_talk(world, &heard, request.data, request.len);
    assert_non_null(strstr(found, more == 0 ? "body=1048576:xxx" : "HTTP/1.1 413 "));
    if (more > 0) assert_non_null(strstr(found, "\"status\":413,\"detail\":\"the body is larger than 1 MiB\""));
    buf_done(&heard);
    buf_done(&request);
    mem_free(body);
  }
  assert_int_equal(world->requests, 1);
}

static void a_client_that_expects_100_continue_gets_it_at_once(void **state) {
  struct http_world *world = *state;
  struct buf heard;
  int fd = http_dial(world);
  buf_init(&heard, HEARD_MAX);
  assert_true(http_put(fd, "POST / HTTP/1.1\r\n" CLOSE "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
  http_hear(fd, &heard, "\r\n\r\n", LONG_MS);
  assert_string_equal(buf_text(&heard), "HTTP/1.1 100 Continue\r\n\r\n");
  assert_true(http_put(fd, "abc"));
  http_hear(fd, &heard, "body=3:abc", LONG_MS);
  assert_non_null(strstr(buf_text(&heard), "body=3:abc"));
  (void)close(fd);
  buf_done(&heard);
}

static void a_body_far_too_big_is_refused_before_it_is_sent(void **state) {
  struct http_world *world = *state;
  assert_true(http_says(world, "POST / HTTP/1.1\r\n" CLOSE "Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n",
                        "HTTP/1.1 413 "));
  assert_int_equal(world->requests, 0);
}

static void head_is_answered_without_the_body_but_with_its_length(void **state) {
  struct http_world *world = *state;
  struct buf heard;
  const char request[] = "HEAD /lost HTTP/1.1\r\n" CLOSE "\r\n";
  const char *found = http_talk(world, &heard, request, sizeof request - 1);
  assert_non_null(strstr(found, "HTTP/1.1 404 Not Found\r\n"));
  assert_non_null(strstr(found, "Content-Length: 9"));
  assert_null(strstr(found, "about:blank"));
  buf_done(&heard);
}

static void a_failure_is_told_as_a_problem(void **state) {
  struct http_world *world = *state;
  assert_true(http_says(world, "GET /lost HTTP/1.1\r\n" CLOSE "\r\n", "Content-Type: application/problem+json\r\n"));
  assert_true(http_says(world, "GET /lost HTTP/1.1\r\n" CLOSE "\r\n",
                        "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
                        "\"detail\":\"there is \\\"no\\\" such page\"}"));
  assert_true(http_says(world, "GET / HTTP/1.1\r\n" CLOSE "\r\n", "X-Extra: yes\r\n"));
}

static void an_answer_may_come_later(void **state) {
  assert_true(http_says(*state, "GET /later HTTP/1.1\r\n" CLOSE "\r\n", "\r\n\r\nlater\n"));
}

static void a_connection_serves_one_request_after_the_other(void **state) {
  struct http_world *world = *state;
  struct buf heard;
  int fd = http_dial(world);
  buf_init(&heard, HEARD_MAX);
  for (int i = 0; i < 100; i++) {
    buf_clear(&heard);
    assert_true(http_put(fd, i % 2 == 0 ? "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nlast"
                                        : "GET /later HTTP/1.1\r\nHost: x\r\n\r\n"));
    http_hear(fd, &heard, i % 2 == 0 ? "body=4:last" : "later\n", LONG_MS);
    assert_non_null(strstr(buf_text(&heard), i % 2 == 0 ? "body=4:last" : "later\n"));
  }
  (void)close(fd);
  buf_done(&heard);
}

static void pipelined_requests_are_answered_in_their_order(void **state) {
  struct buf heard;
  const char requests[] = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /later HTTP/1.1\r\nHost: x\r\n\r\n"
                          "POST /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET /4 HTTP/1.1\r\n" CLOSE "\r\n";
  const char *found = http_talk(*state, &heard, requests, sizeof requests - 1);
  const char *first = strstr(found, "GET /1 ");
  const char *second = strstr(found, "later\n");
  const char *third = strstr(found, "POST /3 mark=- q=- local=1 body=2:hi");
  const char *fourth = strstr(found, "GET /4 ");
  assert_true(first != NULL && second > first && third > second && fourth > third);
  buf_done(&heard);
}

static void http_1_0_is_understood(void **state) {
  assert_true(http_says(*state, "GET /old HTTP/1.0\r\n\r\n", "GET /old "));
}

static void a_port_that_is_taken_is_said(void **state) {
  struct http_world *world = *state;
  struct err err = {0};
  char place[64];
  struct loop *loop = loop_new(&err);
  (void)text_fmt(place, sizeof place, "127.0.0.1:%u", world->port);
  assert_null(http_server_new(loop, place, http_handle, world, &err));
  assert_int_equal(err.code, ERR_NETWORK);
  assert_non_null(strstr(err.text, "cannot be listened on: Address already in use"));
  assert_true(err.hint[0] != '\0');
  loop_free(loop);
}

static void what_is_no_address_is_said(void **state) {
  (void)state;
  static const char *const wrong[] = {"8787",    "127.0.0.1",     ":80",     "127.0.0.1:",    "127.0.0.1:65536", "1.2.3:80",
                                      "[::1:80", "[]:1",          "::1:80",  "127.0.0.1:+80", "example:443",     "[zz]:80",
                                      "",        "127.0.0.1:80 ", "[::1]80", "1.2.3.4.5:1",   "[1.2.3.4]:1"};
  struct err err = {0};
  struct loop *loop = loop_new(&err);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    err = (struct err){0};
    assert_null(http_server_new(loop, wrong[i], http_handle, NULL, &err));
    assert_non_null(strstr(err.text, "is no address to listen on"));
  }
  err = (struct err){0};
  assert_null(http_server_new(loop, "192.0.2.1:80", http_handle, NULL, &err));
  assert_int_equal(err.code, ERR_NETWORK);
  loop_free(loop);
}

static void ipv6_is_listened_on(void **state) {
  (void)state;
  struct http_world world;
  if (!http_begin_on(&world, "[::1]:0")) {
    print_message("needs IPv6 on the loopback\n");
    skip();
  }
  int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(world.port), .sin6_addr = in6addr_loopback};
  struct buf heard;
  buf_init(&heard, HEARD_MAX);
  assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
  assert_true(http_put(fd, "GET / HTTP/1.1\r\n" CLOSE "\r\n"));
  http_hear(fd, &heard, NULL, LONG_MS);
  assert_non_null(strstr(buf_text(&heard), "local=1"));
  (void)close(fd);
  buf_done(&heard);
  http_end(&world);
}

/* --- unix sockets ----------------------------------------------------------------------------------------------------- */

struct spot {
  char folder[64];
  char path[96];
};

static struct spot spot_new(void) {
  struct spot spot = {.folder = "/tmp/lowtide-http-XXXXXX"};
  assert_non_null(mkdtemp(spot.folder));
  (void)text_fmt(spot.path, sizeof spot.path, "%s/http.sock", spot.folder);
  return spot;
}

static void a_unix_socket_is_its_owners_alone_and_goes_with_the_server(void **state) {
  (void)state;
  struct spot spot = spot_new();
  struct http_world world;
  struct stat file;
  struct buf heard;
  assert_true(http_begin_on(&world, spot.path));
  assert_int_equal(world.port, 0);
  assert_int_equal(stat(spot.path, &file), 0);
  assert_int_equal(file.st_mode & 0777, 0600);
  int fd = http_dial_path(spot.path);
  buf_init(&heard, HEARD_MAX);
  assert_true(http_put(fd, "GET / HTTP/1.1\r\n" CLOSE "\r\n"));
  http_hear(fd, &heard, NULL, LONG_MS);
  assert_non_null(strstr(buf_text(&heard), "local=1"));
  (void)close(fd);
  buf_done(&heard);
  http_end(&world);
  assert_int_not_equal(stat(spot.path, &file), 0);
  assert_int_equal(rmdir(spot.folder), 0);
}

static void a_dead_ones_socket_is_replaced_and_a_live_ones_is_not(void **state) {
  (void)state;
  struct spot spot = spot_new();
  struct sockaddr_un dead = {.sun_family = AF_UNIX};
  struct http_world world;
  struct err err = {0};
  (void)text_copy(dead.sun_path, sizeof dead.sun_path, spot.path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&dead, sizeof dead), 0);
  (void)close(fd);
  assert_true(http_begin_on(&world, spot.path));
  struct loop *loop = loop_new(&err);
  assert_null(http_server_new(loop, spot.path, http_handle, NULL, &err));
  assert_non_null(strstr(err.text, "Address already in use"));
  loop_free(loop);
  fd = http_dial_path(spot.path);
  assert_true(fd >= 0);
  (void)close(fd);
  http_end(&world);
  assert_int_equal(rmdir(spot.folder), 0);
}

static void a_file_that_is_no_socket_is_left_alone(void **state) {
  (void)state;
  struct spot spot = spot_new();
  struct err err = {0};
  struct stat status;
  FILE *file = fopen(spot.path, "w");
  (void)fclose(file);
  struct loop *loop = loop_new(&err);
  assert_null(http_server_new(loop, spot.path, http_handle, NULL, &err));
  assert_int_equal(stat(spot.path, &status), 0);
  assert_true(S_ISREG(status.st_mode));
  err = (struct err){0};
  assert_null(http_server_new(loop, "/no/such/folder/http.sock", http_handle, NULL, &err));
  assert_non_null(strstr(err.text, "No such file"));
  char longer[256] = "/";
  memset(longer + 1, 'x', 200);
  assert_null(http_server_new(loop, longer, http_handle, NULL, &err));
  assert_non_null(strstr(err.text, "too long"));
  loop_free(loop);
  (void)unlink(spot.path);
  assert_int_equal(rmdir(spot.folder), 0);
}

/* A new server has taken the path since: it keeps its file. */
static void anothers_socket_is_not_taken_away(void **state) {
  (void)state;
  struct spot spot = spot_new();
  struct http_world first;
  struct http_world second;
  struct stat file;
  assert_true(http_begin_on(&first, spot.path));
  assert_int_equal(unlink(spot.path), 0);
  assert_true(http_begin_on(&second, spot.path));
  http_end(&first);
  assert_int_equal(stat(spot.path, &file), 0);
  http_end(&second);
  assert_int_equal(rmdir(spot.folder), 0);
}

/* In a child, whose descriptor 3 it is: sd_listen_fds(3). */
static int serve_managers_socket(void) {
  struct http_world world;
  char pid[16];
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof any;
  if (bind(fd, (struct sockaddr *)&any, size) != 0 || listen(fd, 8) != 0) return 1;
  if (getsockname(fd, (struct sockaddr *)&any, &size) != 0 || dup2(fd, 3) != 3) return 2;
  (void)text_fmt(pid, sizeof pid, "%d", (int)getpid());
  (void)setenv("LISTEN_FDS", "1", 1);
  (void)setenv("LISTEN_PID", pid, 1);
  for (int turn = 0; turn < 2; turn++) { /* it is there for the next server too */
    if (!http_begin_on(&world, "192.0.2.1:1")) return 3;
    if (world.port != ntohs(any.sin_port)) return 4;
    if (!http_says(&world, "GET /handed HTTP/1.1\r\n" CLOSE "\r\n", "GET /handed ")) return 5;
    http_end(&world);
  }
  (void)setenv("LISTEN_PID", "1", 1);
  struct err err = {0};
  struct loop *loop = loop_new(&err);
  if (http_server_new(loop, "192.0.2.1:1", http_handle, &world, &err) != NULL) return 6; /* meant for another */
  loop_free(loop);
  return 0;
}

static void a_service_managers_socket_is_taken(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) _exit(serve_managers_socket());
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_request_arrives_whole_and_decoded, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(what_is_no_escape_stays_as_it_is, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(a_body_arrives_byte_by_byte_as_it_was_sent, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(a_chunked_body_arrives_whole, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(a_body_of_1_mib_is_taken_and_a_byte_more_is_413, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(a_client_that_expects_100_continue_gets_it_at_once, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(a_body_far_too_big_is_refused_before_it_is_sent, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(head_is_answered_without_the_body_but_with_its_length, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(a_failure_is_told_as_a_problem, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(an_answer_may_come_later, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(a_connection_serves_one_request_after_the_other, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(pipelined_requests_are_answered_in_their_order, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(http_1_0_is_understood, http_set_up, http_tear_down),
      cmocka_unit_test_setup_teardown(a_port_that_is_taken_is_said, http_set_up, http_tear_down),
      cmocka_unit_test(what_is_no_address_is_said),
      cmocka_unit_test(ipv6_is_listened_on),
      cmocka_unit_test(a_unix_socket_is_its_owners_alone_and_goes_with_the_server),
      cmocka_unit_test(a_dead_ones_socket_is_replaced_and_a_live_ones_is_not),
      cmocka_unit_test(a_file_that_is_no_socket_is_left_alone),
      cmocka_unit_test(anothers_socket_is_not_taken_away),
      cmocka_unit_test(a_service_managers_socket_is_taken),
  };
  return cmocka_run_group_tests_name("http_server", tests, NULL, NULL);
}
