#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <time.h>

#include "io/http_exchange.h"
#include "unit/http_world.h"

#define PATIENCE_MS 1000

static int begin_with(void **state, int64_t patience_ms) {
  static struct http_world world;
  *state = &world;
  http_server_patience_ms = patience_ms;
  return http_begin(&world) ? 0 : -1;
}

/* Where nobody is to be cut, a busy machine must not make it so. */
static int begin(void **state) {
  return begin_with(state, LONG_MS);
}

static int begin_impatient(void **state) {
  return begin_with(state, PATIENCE_MS);
}

static bool still_serves(const struct http_world *world) {
  return http_says(world, "GET /alive HTTP/1.1\r\n" CLOSE "\r\n", "GET /alive ");
}

static void what_is_no_http_is_400(void **state) {
  struct http_world *world = *state;
  static const char *const wrong[] = {
      "GET / HTTP/1.1\r\n\r\n", /* no Host */
      "POST / HTTP/1.1\r\n" CLOSE "Content-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\n" CLOSE "Content-Length: 3x\r\n\r\nabc",
      "POST / HTTP/1.1\r\n" CLOSE "Content-Length: \r\n\r\n",
      "POST / HTTP/1.1\r\n" CLOSE "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      "POST / HTTP/1.1\r\n" CLOSE "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "POST / HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\n" CLOSE "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\n" CLOSE "Content-Length : 5\r\n\r\nabcde",
      "POST / HTTP/1.1\r\n" CLOSE "Content-Length: 5, 5\r\n\r\nabcde",
      "POST / HTTP/1.1\r\n" CLOSE "(Odd): 1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    if (!http_says(world, wrong[i], "HTTP/1.1 400 ")) fail_msg("number %zu", i);
  }
  assert_true(http_says(world, "POST / HTTP/1.1\r\n" CLOSE "Transfer-Encoding: gzip\r\n\r\nabc", "HTTP/1.1 501 "));
  assert_true(
      http_says(world, "POST / HTTP/1.1\r\n" CLOSE "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 501 "));
  assert_int_equal(world->requests, 0);
  assert_true(still_serves(world));
}

/* Each ends elsewhere for MHD than for a proxy in front, which would give the rest to somebody else. */
static void what_two_readers_end_in_two_places_is_400(void **state) {
#define POST "POST / HTTP/1.1\r\nHost: localhost\r\n"
#define REST "\r\n\r\nabcGET /rest HTTP/1.1\r\n" CLOSE "\r\n"
#define WRONG(text)                                                                                                        \
  { text, sizeof text - 1 }
  struct http_world *world = *state;
  static const struct {
    const char *bytes;
    size_t length;
  } wrong[] = {
      WRONG(POST "Content-Length:\r\n 3" REST),
      WRONG("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length:\r\n 3" REST),
      WRONG(POST "Content-Length: 3\r\n 0" REST),
      WRONG(POST "X-Other: 1\r\n\tContent-Length: 3" REST),
      WRONG(POST "X-Other: 1\r\n folded" REST),
      WRONG(POST ": nothing\r\nContent-Length: 3" REST),
      WRONG(POST ":\r\nContent-Length: 3" REST),
      WRONG(POST "\0\r\nContent-Length: 3" REST),
      WRONG(POST "Content-Length: 3\0" REST),
      WRONG(POST "Content-Length: 3\0"
                 "4" REST),
      WRONG(POST "X-Other: 1\0\r\nContent-Length: 3" REST),
      WRONG(POST "X-Other: 1\rContent-Length: 3" REST),
      WRONG(POST "X-Other: 1\nContent-Length: 3" REST),
      WRONG("POST / HTTP/1.1\nHost: localhost\n\nGET /rest HTTP/1.1\r\n" CLOSE "\r\n"),
      WRONG("POST / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0" REST),
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct buf heard;
    const char *said = http_talk(world, &heard, wrong[i].bytes, wrong[i].length);
    if (!text_starts(said, "HTTP/1.1 400 ") || world->requests > 0) fail_msg("number %zu: %s", i, said);
    buf_done(&heard);
  }
  assert_true(still_serves(world));
}

/* MHD takes a line feed for the end of a chunk's line, where others look for more. */
static void who_sends_chunks_is_heard_once(void **state) {
  struct http_world *world = *state;
  assert_true(http_says(world,
                        POST "Transfer-Encoding: chunked\r\n\r\n3;x\nabc\r\n0\r\n\r\nGET /rest HTTP/1.1\r\n" CLOSE "\r\n",
                        "Connection: close\r\n"));
  assert_int_equal(world->requests, 1);
}

static void noise_is_not_served(void **state) {
  struct http_world *world = *state;
  char noise[4096];
  struct buf heard;
  uint32_t seed = 7;
  for (int round = 0; round < 50; round++) {
    for (size_t i = 0; i < sizeof noise; i++) {
      seed = seed * 1664525 + 1013904223;
      noise[i] = (char)(unsigned char)(seed >> 24);
    }
    noise[sizeof noise - 1] = '\n';
    int fd = http_dial(world);
    buf_init(&heard, HEARD_MAX);
    (void)http_put_n(fd, noise, sizeof noise);
    (void)shutdown(fd, SHUT_WR);
    http_hear(fd, &heard, NULL, LONG_MS);
    assert_null(strstr(buf_text(&heard), " 200 "));
    (void)close(fd);
    buf_done(&heard);
  }
  assert_true(still_serves(world));
}

static void a_huge_head_is_431_and_a_huge_target_414(void **state) {
  struct http_world *world = *state;
  struct buf request;
  buf_init(&request, 262144);
  buf_add(&request, "GET / HTTP/1.1\r\n" CLOSE);
  for (int i = 0; i < 1000; i++)
    buf_addf(&request, "X-Header-%d: 0123456789012345678901234567890123456789\r\n", i);
  buf_add(&request, "\r\n");
  assert_true(http_says(world, buf_text(&request), "HTTP/1.1 431 "));
  buf_clear(&request);
  buf_add(&request, "GET /");
  for (int i = 0; i < 3000; i++)
    buf_add(&request, "0123456789");
  buf_add(&request, " HTTP/1.1\r\n" CLOSE "\r\n");
  assert_true(http_says(world, buf_text(&request), "HTTP/1.1 414 "));
  buf_done(&request);
  assert_int_equal(world->requests, 0);
}

static void a_head_of_6_kib_is_taken(void **state) {
  struct buf request;
  buf_init(&request, 65536);
  buf_add(&request, "GET /big-head HTTP/1.1\r\n" CLOSE);
  for (int i = 0; i < 6; i++) {
    buf_addf(&request, "X-Header-%d: ", i);
    for (int j = 0; j < 100; j++)
      buf_add(&request, "0123456789");
    buf_add(&request, "\r\n");
  }
  buf_add(&request, "\r\n");
  assert_true(http_says(*state, buf_text(&request), "GET /big-head "));
  buf_done(&request);
}

/* A byte now and then keeps MHD's own time-out away. */
static void who_sends_too_slowly_is_cut(void **state) {
  struct http_world *world = *state;
  static const char *const starts[] = {
      "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", "GET /"};
  int64_t began_ms = loop_mono_ms();
  int fds[3];
  bool closed[3] = {false, false, false};
  for (size_t i = 0; i < 3; i++) {
    fds[i] = http_dial(world);
    assert_true(http_put(fds[i], starts[i]));
  }
  while (!(closed[0] && closed[1] && closed[2]) && loop_mono_ms() - began_ms < LONG_MS) {
    (void)usleep(200000);
    for (size_t i = 0; i < 3; i++)
      closed[i] = closed[i] || !http_put(fds[i], "x") || http_is_closed(fds[i], 0);
  }
  int64_t took_ms = loop_mono_ms() - began_ms;
  for (size_t i = 0; i < 3; i++) {
    assert_true(closed[i]);
    (void)close(fds[i]);
  }
  assert_in_range(took_ms, 2 * PATIENCE_MS - 100, LONG_MS);
  assert_int_equal(world->requests, 0);
  assert_true(still_serves(world));
}

static void who_is_silent_is_cut(void **state) {
  struct http_world *world = *state;
  int64_t began_ms = loop_mono_ms();
  int nothing = http_dial(world);
  int half = http_dial(world);
  int idle = http_dial(world);
  struct buf heard;
  buf_init(&heard, HEARD_MAX);
  assert_true(http_put(half, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"));
  assert_true(http_put(idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  http_hear(idle, &heard, "body=0:", LONG_MS);
  assert_true(http_is_closed(nothing, LONG_MS));
  assert_true(http_is_closed(half, LONG_MS));
  assert_true(http_is_closed(idle, LONG_MS));
  assert_in_range(loop_mono_ms() - began_ms, PATIENCE_MS / 2, LONG_MS / 2);
  (void)close(nothing);
  (void)close(half);
  (void)close(idle);
  buf_done(&heard);
}

/* The handler may take longer than a client may. */
static void who_waits_for_an_answer_is_not_cut(void **state) {
  struct http_world *world = *state;
  struct buf heard;
  int fd = http_dial(world);
  buf_init(&heard, HEARD_MAX);
  assert_true(http_put(fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
  assert_true(http_reaches(&world->held_count, 1));
  assert_false(http_is_closed(fd, 3 * PATIENCE_MS));
  loop_post(world->loop, http_answer_held, world);
  http_hear(fd, &heard, "held\n", LONG_MS);
  assert_non_null(strstr(buf_text(&heard), "held\n"));
  (void)close(fd);
  buf_done(&heard);
}

static void who_does_not_read_is_cut(void **state) {
  struct http_world *world = *state;
  struct buf heard;
  int small = 4096;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons(world->port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
  for (int i = 0; i < 8; i++)
    assert_true(http_put(fd, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n"));
  (void)usleep(4 * PATIENCE_MS * 1000);
  buf_init(&heard, 16 * 1024 * 1024);
  http_hear(fd, &heard, NULL, 1000);
  assert_true(heard.len < 8 * 1048576);
  (void)close(fd);
  buf_done(&heard);
  assert_true(still_serves(world));
}

/* --- peers that leave ------------------------------------------------------------------------------------------------- */

static void an_answer_to_who_has_left_is_lost_and_no_more(void **state) {
  struct http_world *world = *state;
  for (int i = 0; i < 20; i++) {
    int fd = http_dial(world);
    assert_true(http_put(fd, "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"));
    assert_true(http_reaches(&world->held_count, (size_t)i + 1));
    if (i % 2 == 0) {
      http_reset(fd);
    } else {
      (void)close(fd);
    }
  }
  (void)usleep(50000);
  assert_int_equal(world->held_count, 20);
  loop_post(world->loop, http_answer_held, world);
  assert_true(still_serves(world));
}

static void a_reset_in_the_middle_of_a_request_or_an_answer_does_no_harm(void **state) {
  struct http_world *world = *state;
  static const char *const parts[] = {"G",
                                      "GET / HTTP/1.1\r\nHost",
                                      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
                                      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                                      "GET /big HTTP/1.1\r\nHost: x\r\n\r\n",
                                      "GET /later HTTP/1.1\r\nHost: x\r\n\r\n",
                                      "GET /later HTTP/1.1\r\nHost: x\r\n\r\nGET /big HTTP/1.1\r\nHost: x\r\n\r\n"};
  for (size_t i = 0; i < 20 * sizeof parts / sizeof parts[0]; i++) {
    int fd = http_dial(world);
    (void)http_put(fd, parts[i / 20]);
    (void)usleep((useconds_t)(i % 20) * 500);
    http_reset(fd);
  }
  assert_true(still_serves(world));
  (void)usleep(100000); /* /later's are answered */
}

static void what_is_under_way_at_the_end_is_told_503(void **state) {
  (void)state;
  struct http_world world;
  struct buf heard;
  assert_true(http_begin(&world));
  int fd = http_dial(&world);
  int half = http_dial(&world);
  buf_init(&heard, HEARD_MAX);
  assert_true(http_put(half, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"));
  assert_true(http_put(fd, "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"));
  assert_true(http_reaches(&world.held_count, 1));
  http_end(&world);
  http_hear(fd, &heard, NULL, LONG_MS);
  assert_non_null(strstr(buf_text(&heard), "HTTP/1.1 503 Service Unavailable"));
  assert_true(http_is_closed(half, LONG_MS));
  (void)close(fd);
  (void)close(half);
  buf_done(&heard);
}

/* As `printf … | nc -N` does. MHD 0.9.75 cuts it, though, if the answer comes later. */
static void who_says_no_more_may_still_listen(void **state) {
  struct http_world *world = *state;
  struct buf heard;
  int fd = http_dial(world);
  assert_true(http_put(fd, "GET /now HTTP/1.1\r\nHost: x\r\n\r\n"));
  (void)shutdown(fd, SHUT_WR);
  buf_init(&heard, HEARD_MAX);
  http_hear(fd, &heard, "HTTP/1.1 200 ", LONG_MS);
  assert_non_null(strstr(buf_text(&heard), "HTTP/1.1 200 "));
  (void)close(fd);
  buf_done(&heard);
}

/* --- crowds ----------------------------------------------------------------------------------------------------------- */

#define CROWD 300

static void more_than_256_wait_and_are_served_as_others_go(void **state) {
  struct http_world *world = *state;
  static int fds[CROWD];
  struct buf heard;
  for (size_t i = 0; i < CROWD; i++) {
    fds[i] = http_dial(world);
    assert_true(fds[i] >= 0);
    assert_true(http_put(fds[i], "GET /hold HTTP/1.1\r\n" CLOSE "\r\n"));
  }
  assert_true(http_reaches(&world->held_count, HTTP_SERVER_CONNECTIONS_MAX));
  (void)usleep(100000);
  assert_int_equal(world->held_count, HTTP_SERVER_CONNECTIONS_MAX);
  int64_t began_ms = loop_mono_ms();
  loop_post(world->loop, http_answer_held, world);
  assert_true(http_reaches(&world->requests, CROWD));
  assert_true(loop_mono_ms() - began_ms < LONG_MS / 2); /* and not for want of patience */
  loop_post(world->loop, http_answer_held, world);
  for (size_t i = 0; i < CROWD; i++) {
    buf_init(&heard, HEARD_MAX);
    http_hear(fds[i], &heard, "held\n", LONG_MS);
    assert_non_null(strstr(buf_text(&heard), "held\n"));
    (void)close(fds[i]);
    buf_done(&heard);
  }
  assert_true(still_serves(world));
}

/* 64 bodies of 1 MiB but for a byte would be 64 MiB. Those that are whole make room for what a busy machine has not read
 * yet. */
static void bodies_together_have_a_bound(void **state) {
  struct http_world *world = *state;
  static int fds[64];
  size_t refused = 0;
  char *body = mem_new(1, HTTP_SERVER_BODY_MAX);
  struct buf heard;
  for (size_t i = 0; i < 64; i++) {
    fds[i] = http_dial(world);
    (void)http_put(fds[i], "POST / HTTP/1.1\r\n" CLOSE "Content-Length: 1048576\r\n\r\n");
    (void)http_put_n(fds[i], body, HTTP_SERVER_BODY_MAX - 1);
  }
  for (size_t i = 0; i < 64; i++) {
    buf_init(&heard, HEARD_MAX);
    (void)http_put(fds[i], "x");
    http_hear(fds[i], &heard, NULL, LONG_MS);
    refused += strstr(buf_text(&heard), "HTTP/1.1 503 ") != NULL;
    (void)close(fds[i]);
    buf_done(&heard);
  }
  mem_free(body);
  assert_in_range(refused, 16, 56);
  assert_true(still_serves(world));
}

static void endless_chunks_are_cut(void **state) {
  struct http_world *world = *state;
  char chunk[65536 + 16];
  int fd = http_dial(world);
  size_t sent = 0;
  memset(chunk, 'x', sizeof chunk);
  memcpy(chunk, "10000\r\n", 7);
  memcpy(chunk + 7 + 65536, "\r\n", 2);
  assert_true(http_put(fd, "POST / HTTP/1.1\r\n" CLOSE "Transfer-Encoding: chunked\r\n\r\n"));
  while (sent < 64 * 1048576 && http_put_n(fd, chunk, 7 + 65536 + 2))
    sent += 65536;
  assert_true(sent < 32 * 1048576);
  (void)close(fd);
  assert_int_equal(world->requests, 0);
}

/* With an idle connection, one that waits for its answer, and one that has sent half. */
static void nothing_is_done_while_nothing_happens(void **state) {
  struct http_world *world = *state;
  int idle = http_dial(world);
  int held = http_dial(world);
  int half = http_dial(world);
  assert_true(http_put(held, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\nGET /pipelined HTTP/1.1\r\nHost: x\r\n\r\n"));
  assert_true(http_put(half, "GET / HTTP/1.1\r\nHo"));
  assert_true(http_reaches(&world->held_count, 1));
  assert_true(http_rests(world, 800000, 5000));
  (void)close(idle);
  (void)close(held);
  (void)close(half);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_is_no_http_is_400, begin, http_tear_down),
      cmocka_unit_test_setup_teardown(what_two_readers_end_in_two_places_is_400, begin, http_tear_down),
      cmocka_unit_test_setup_teardown(who_sends_chunks_is_heard_once, begin, http_tear_down),
      cmocka_unit_test_setup_teardown(noise_is_not_served, begin, http_tear_down),
      cmocka_unit_test_setup_teardown(a_huge_head_is_431_and_a_huge_target_414, begin, http_tear_down),
      cmocka_unit_test_setup_teardown(a_head_of_6_kib_is_taken, begin, http_tear_down),
      cmocka_unit_test_setup_teardown(who_sends_too_slowly_is_cut, begin_impatient, http_tear_down),
      cmocka_unit_test_setup_teardown(who_is_silent_is_cut, begin_impatient, http_tear_down),
      cmocka_unit_test_setup_teardown(who_waits_for_an_answer_is_not_cut, begin_impatient, http_tear_down),
      cmocka_unit_test_setup_teardown(who_does_not_read_is_cut, begin_impatient, http_tear_down),
      cmocka_unit_test_setup_teardown(an_answer_to_who_has_left_is_lost_and_no_more, begin, http_tear_down),
      cmocka_unit_test_setup_teardown(a_reset_in_the_middle_of_a_request_or_an_answer_does_no_harm, begin, http_tear_down),
      cmocka_unit_test(what_is_under_way_at_the_end_is_told_503),
      cmocka_unit_test_setup_teardown(who_says_no_more_may_still_listen, begin, http_tear_down),
      cmocka_unit_test_setup_teardown(more_than_256_wait_and_are_served_as_others_go, begin, http_tear_down),
      cmocka_unit_test_setup_teardown(bodies_together_have_a_bound, begin, http_tear_down),
      cmocka_unit_test_setup_teardown(endless_chunks_are_cut, begin, http_tear_down),
      cmocka_unit_test_setup_teardown(nothing_is_done_while_nothing_happens, begin, http_tear_down),
  };
  return cmocka_run_group_tests_name("http_server_wrong", tests, NULL, NULL);
}
