/* The server runs on a loop in a thread of its own; the test is a plain blocking client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lowtide/local_server.h"
#include "lowtide/text.h"

struct scene {
  struct loop *loop;
  struct local_server *server;
  pthread_t thread;
  uint16_t port;
};
static struct scene scene;

static void answer_by_path(void *context, const struct local_request *request, struct local_script *script) {
  (void)context;
  char text[256];
  const char *name = local_request_header(request, "x-name");
  if (text_eq(request->path, "/echo")) {
    (void)text_fmt(text, sizeof text, "%s %s %s %s %u %s", request->method, request->path, request->query,
                   name != NULL ? name : "-", request->nth, request->body);
    local_script_wait(script, 5);
    local_script_answer(script, 200, "X-Is: echo\r\n", text, strlen(text));
  } else if (text_eq(request->path, "/drip")) {
    local_script_repeat(script, 10, "ab", 2, 5);
    script->ending = LOCAL_CLOSE;
  } else if (text_eq(request->path, "/much")) {
    static char piece[65536];
    local_script_repeat(script, 0, piece, sizeof piece, 160);
    script->ending = LOCAL_CLOSE;
  } else if (text_eq(request->path, "/reset")) {
    local_script_send(script, "HTTP/1.1 2", 10);
    local_script_wait(script, 20);
    script->ending = LOCAL_RESET;
  } else {
    script->ending = text_eq(request->path, "/hang") ? LOCAL_HANG : LOCAL_CLOSE;
  }
}

static void *run_loop(void *context) {
  loop_run(context);
  return NULL;
}

static void free_and_stop(void *context) {
  (void)context;
  local_server_free(scene.server);
  loop_stop(scene.loop);
}

static int begin(void **state) {
  struct err err = {0};
  (void)state;
  scene.loop = loop_new(&err);
  scene.server = local_server_new(scene.loop, 0, answer_by_path, NULL, &err);
  if (scene.server == NULL) return -1;
  scene.port = local_server_port(scene.server);
  return pthread_create(&scene.thread, NULL, run_loop, scene.loop);
}

static int end(void **state) {
  (void)state;
  loop_post(scene.loop, free_and_stop, NULL);
  (void)pthread_join(scene.thread, NULL);
  loop_free(scene.loop);
  return 0;
}

static int dial(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(scene.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  struct timeval patience = {.tv_sec = 60};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_true(fd >= 0);
  assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

static void say(int fd, const char *text) {
  assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads until the text has come, or to the end if it is NULL; answers how much. */
static size_t hear(int fd, char *out, size_t size, const char *until) {
  size_t length = 0;
  for (;;) {
    ssize_t got = recv(fd, out + length, size - 1 - length, 0);
    if (got <= 0) return length;
    length += (size_t)got;
    out[length] = '\0';
    if (until != NULL && strstr(out, until) != NULL) return length;
    if (length == size - 1) return length;
  }
}

static void a_request_is_answered_as_the_script_says(void **state) {
  (void)state;
  char heard[1024];
  int fd = dial();
  say(fd, "POST /echo?a=1 HTTP/1.1\r\nHost: x\r\nX-Name:  ann \r\nContent-Length: 4\r\n\r\nbody");
  hear(fd, heard, sizeof heard, "body");
  assert_string_equal(heard, "HTTP/1.1 200 OK\r\nContent-Length: 25\r\nX-Is: echo\r\n\r\nPOST /echo a=1 ann 1 body");
  close(fd);
}

static void requests_sent_at_once_are_answered_in_order(void **state) {
  (void)state;
  char heard[2048];
  int fd = dial();
  say(fd, "GET /echo?1 HTTP/1.1\r\n\r\nGET /echo?2 HTTP/1.1\r\n\r\nGET /ec");
  hear(fd, heard, sizeof heard, "/echo 2");
  say(fd, "ho?3 HTTP/1.1\r\nConnection: close\r\n\r\n");
  size_t length = strlen(heard);
  hear(fd, heard + length, sizeof heard - length, NULL);
  const char *first = strstr(heard, "GET /echo 1 - 1 ");
  const char *second = strstr(heard, "GET /echo 2 - 2 ");
  const char *third = strstr(heard, "GET /echo 3 - 3 ");
  assert_true(first != NULL && second > first && third > second);
  close(fd);
}

static void a_body_may_come_in_pieces(void **state) {
  (void)state;
  char heard[1024];
  int fd = dial();
  say(fd, "POST /echo HTTP/1.1\r\ncontent-length: 10\r\n\r\nhalf");
  usleep(20000);
  say(fd, " whole");
  hear(fd, heard, sizeof heard, "half whole");
  assert_non_null(strstr(heard, "1 half whole"));
  close(fd);
}

static void bytes_drip_one_repetition_at_a_time(void **state) {
  (void)state;
  char heard[64];
  int fd = dial();
  int64_t start_ms = loop_mono_ms();
  say(fd, "GET /drip HTTP/1.1\r\n\r\n");
  assert_int_equal(hear(fd, heard, sizeof heard, NULL), 10);
  assert_string_equal(heard, "ababababab");
  assert_in_range(loop_mono_ms() - start_ms, 45, 20000);
  close(fd);
}

static void ten_mebibytes_arrive_whole(void **state) {
  (void)state;
  static char heard[65536];
  size_t total = 0;
  int fd = dial();
  say(fd, "GET /much HTTP/1.1\r\n\r\n");
  for (ssize_t got; (got = recv(fd, heard, sizeof heard, 0)) > 0;)
    total += (size_t)got;
  assert_int_equal(total, 160 * 65536);
  close(fd);
}

static void a_reset_is_a_reset_and_a_close_is_none(void **state) {
  (void)state;
  char heard[64];
  int fd = dial();
  say(fd, "GET /reset HTTP/1.1\r\n\r\n");
  assert_int_equal(hear(fd, heard, sizeof heard, "2"), 10);
  assert_int_equal(recv(fd, heard, sizeof heard, 0), -1);
  assert_int_equal(errno, ECONNRESET);
  close(fd);
  fd = dial();
  say(fd, "GET /nothing HTTP/1.1\r\n\r\n");
  assert_int_equal(recv(fd, heard, sizeof heard, 0), 0);
  close(fd);
}

static void a_hang_sends_nothing(void **state) {
  (void)state;
  char heard[64];
  struct timeval patience = {.tv_usec = 50000};
  int fd = dial();
  assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
  say(fd, "GET /hang HTTP/1.1\r\n\r\n");
  assert_int_equal(recv(fd, heard, sizeof heard, 0), -1);
  assert_int_equal(errno, EAGAIN);
  close(fd);
}

static void what_is_not_http_gets_400(void **state) {
  (void)state;
  static char long_head[LOCAL_REQUEST_HEAD_MAX + 100];
  memset(long_head, 'a', sizeof long_head - 1);
  const char *const wrong[] = {
      "hello\r\n\r\n",
      "GET /\r\n\r\n",
      "GET / SMTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nno colon\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
      "POST / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n",
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
      long_head,
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    char heard[256] = "";
    int fd = dial();
    say(fd, wrong[i]);
    hear(fd, heard, sizeof heard, NULL);
    assert_true(text_starts(heard, "HTTP/1.1 400 "));
    close(fd);
  }
}

static void a_taken_port_is_told(void **state) {
  (void)state;
  struct err err = {0};
  struct loop *loop = loop_new(&err);
  assert_null(local_server_new(loop, scene.port, answer_by_path, NULL, &err));
  assert_int_equal(err.code, ERR_NETWORK);
  assert_non_null(strstr(err.text, "address already in use"));
  loop_free(loop);
}

static void four_hundred_connections_are_open_at_once(void **state) {
  (void)state;
  enum { MANY = 400 };
  int fds[MANY];
  char heard[256];
  for (int i = 0; i < MANY; i++)
    fds[i] = dial();
  for (int i = 0; i < MANY; i++)
    say(fds[i], "GET /echo HTTP/1.1\r\n\r\n");
  for (int i = 0; i < MANY; i++) {
    hear(fds[i], heard, sizeof heard, "GET /echo  - 1 ");
    assert_non_null(strstr(heard, "200 OK"));
    close(fds[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_is_answered_as_the_script_says),
      cmocka_unit_test(requests_sent_at_once_are_answered_in_order),
      cmocka_unit_test(a_body_may_come_in_pieces),
      cmocka_unit_test(bytes_drip_one_repetition_at_a_time),
      cmocka_unit_test(ten_mebibytes_arrive_whole),
      cmocka_unit_test(a_reset_is_a_reset_and_a_close_is_none),
      cmocka_unit_test(a_hang_sends_nothing),
      cmocka_unit_test(what_is_not_http_gets_400),
      cmocka_unit_test(a_taken_port_is_told),
      cmocka_unit_test(four_hundred_connections_are_open_at_once),
  };
  return cmocka_run_group_tests_name("io local server", tests, begin, end);
}
