/* What the HTTP client decides without a network: when to try again, and who goes ahead to a host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "io/http_gate.h"
#include "io/http_transfer.h"

#define NOON INT64_C(1769688000000) /* 2026-01-29 12:00:00 UTC */

static void seconds_are_read_with_or_without_a_fraction(void **state) {
  (void)state;
  assert_true(http_retry_after_ms("0", 0, NOON) == 0);
  assert_true(http_retry_after_ms("30", 0, NOON) == 30000);
  assert_true(http_retry_after_ms("1.5", 0, NOON) == 1500);
  assert_true(http_retry_after_ms("0.0625", 0, NOON) == 62);
  assert_true(http_retry_after_ms("2.", 0, NOON) == 2000);
}

static void a_date_counts_from_the_servers_clock(void **state) {
  (void)state;
  const char *one_minute_past = "Thu, 29 Jan 2026 12:01:00 GMT";
  assert_true(http_retry_after_ms(one_minute_past, NOON, NOON + 999999) == 60000);
  assert_true(http_retry_after_ms(one_minute_past, 0, NOON + 20000) == 40000);
  assert_true(http_retry_after_ms(one_minute_past, NOON + 90000, 0) == 0);
}

static void a_wait_is_bounded_and_nonsense_is_none(void **state) {
  (void)state;
  assert_true(http_retry_after_ms("99999999999999999999999", 0, NOON) == HTTP_RETRY_AFTER_MS_MAX);
  assert_true(http_retry_after_ms("Fri, 29 Jan 2027 12:01:00 GMT", NOON, NOON) == HTTP_RETRY_AFTER_MS_MAX);
  const char *const nonsense[] = {"", "soon", "-5", "5 s", "1e3", "0x10", "."};
  for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++)
    assert_true(http_retry_after_ms(nonsense[i], 0, NOON) == -1);
}

#define CROWD 4

struct scene {
  struct http_gate *gate;
  struct transfer_list released;
  struct http_request requests[CROWD];
  struct http_transfer transfers[CROWD];
};

static int begin(void **state) {
  static struct scene scene;
  scene = (struct scene){.gate = http_gate_new()};
  for (int i = 0; i < CROWD; i++) {
    http_request_init(&scene.requests[i]);
    scene.transfers[i].request = &scene.requests[i];
    scene.transfers[i].released = &scene.released;
  }
  *state = &scene;
  return 0;
}

static int end(void **state) {
  struct scene *scene = *state;
  for (int i = 0; i < CROWD; i++) {
    transfer_list_take(&scene->transfers[i]);
    http_gate_leave(&scene->transfers[i], CURLE_OK);
    http_request_done(&scene->requests[i]);
  }
  for (int i = 0; i < CROWD; i++) /* heirs */
    http_gate_leave(&scene->transfers[i], CURLE_OK);
  http_gate_free(scene->gate);
  return 0;
}

static bool enter(struct scene *scene, int number, const char *url) {
  buf_clear(&scene->requests[number].url);
  (void)buf_add(&scene->requests[number].url, url);
  return http_gate_enter(scene->gate, &scene->transfers[number]);
}

static size_t count_released(const struct scene *scene) {
  size_t count = 0;
  for (const struct http_transfer *at = scene->released.first; at != NULL; at = at->next)
    count++;
  return count;
}

static void what_needs_no_finding_out_goes_on(void **state) {
  struct scene *scene = *state;
  const char *const plain[] = {"http://127.0.0.1:80/", "http://localhost/", "http://db.localhost:1/", "http://[::1]:8080/",
                               "nonsense"};
  for (int i = 0; i < CROWD; i++) {
    assert_true(enter(scene, i, plain[i]));
    assert_null(scene->transfers[i].name);
  }
}

static void a_crowd_waits_for_the_scouts_lookup(void **state) {
  struct scene *scene = *state;
  assert_true(enter(scene, 0, "http://a.example/1"));
  assert_false(enter(scene, 1, "http://a.example/2"));
  assert_false(enter(scene, 2, "http://user:pass@a.example?3"));
  assert_true(enter(scene, 3, "http://a.example:81/"));
  http_gate_lookup(&scene->transfers[0]);
  http_gate_open(&scene->transfers[0]);
  assert_int_equal(count_released(scene), 2);
  http_gate_leave(&scene->transfers[3], CURLE_OK);
  assert_true(enter(scene, 3, "http://a.example/4"));
}

static void over_tls_the_crowd_waits_for_the_first_words_too(void **state) {
  struct scene *scene = *state;
  assert_true(enter(scene, 0, "https://127.0.0.1/1"));
  assert_false(enter(scene, 1, "https://127.0.0.1/2"));
  http_gate_open(&scene->transfers[0]);
  assert_int_equal(count_released(scene), 0);
  assert_int_equal(http_gate_speech(&scene->transfers[0]), SPEECH_UNKNOWN);
  http_gate_heard(&scene->transfers[0], true);
  assert_int_equal(count_released(scene), 1);
  assert_int_equal(http_gate_speech(&scene->transfers[1]), SPEECH_HTTP2);
  http_gate_heard(&scene->transfers[1], false);
  assert_true(enter(scene, 2, "https://127.0.0.1/3"));
  assert_int_equal(http_gate_speech(&scene->transfers[2]), SPEECH_HTTP1);
}

static void a_failed_lookup_is_everybodys(void **state) {
  struct scene *scene = *state;
  assert_true(enter(scene, 0, "https://a.example/"));
  assert_false(enter(scene, 1, "https://a.example/"));
  assert_false(enter(scene, 2, "https://a.example/"));
  http_gate_leave(&scene->transfers[0], CURLE_COULDNT_RESOLVE_HOST);
  assert_int_equal(count_released(scene), 2);
  assert_int_equal(scene->transfers[1].fault, CURLE_COULDNT_RESOLVE_HOST);
  assert_int_equal(scene->transfers[2].fault, CURLE_COULDNT_RESOLVE_HOST);
}

static void another_failure_lets_all_try(void **state) {
  struct scene *scene = *state;
  assert_true(enter(scene, 0, "https://a.example/"));
  assert_false(enter(scene, 1, "https://a.example/"));
  assert_false(enter(scene, 2, "https://a.example/"));
  http_gate_leave(&scene->transfers[0], CURLE_SSL_CONNECT_ERROR);
  assert_int_equal(count_released(scene), 2);
  assert_int_equal(scene->transfers[1].fault, CURLE_OK);
}

static void a_scout_that_is_given_up_has_an_heir(void **state) {
  struct scene *scene = *state;
  assert_true(enter(scene, 0, "https://a.example/"));
  assert_false(enter(scene, 1, "https://a.example/"));
  assert_false(enter(scene, 2, "https://a.example/"));
  http_gate_leave(&scene->transfers[0], CURLE_OK);
  assert_int_equal(count_released(scene), 1);
  assert_ptr_equal(scene->released.first, &scene->transfers[1]);
  http_gate_open(&scene->transfers[1]);
  http_gate_heard(&scene->transfers[1], false);
  assert_int_equal(count_released(scene), 2);
}

static void a_slow_answer_holds_nobody_up_for_long(void **state) {
  struct scene *scene = *state;
  assert_true(enter(scene, 0, "https://a.example/"));
  assert_false(enter(scene, 1, "https://a.example/"));
  (void)usleep(1000 * (HTTP_SCOUT_MS + 20));
  assert_true(http_gate_hurry(scene->gate)); /* still looking the name up */
  http_gate_open(&scene->transfers[0]);
  assert_false(http_gate_hurry(scene->gate));
  assert_int_equal(count_released(scene), 1);
}

/* The others would wait in curl otherwise, with a handle each. */
static void over_tls_http1_has_so_many_connections_at_once(void **state) {
  const struct scene *scene = *state;
  static struct http_transfer crowd[HTTP1_CONNECTIONS_MAX + 2];
  struct transfer_list released = {0};
  struct http_request request;
  http_request_init(&request);
  (void)buf_add(&request.url, "https://127.0.0.1/");
  for (size_t i = 0; i < HTTP1_CONNECTIONS_MAX + 2; i++) {
    crowd[i] = (struct http_transfer){.request = &request, .released = &released};
    assert_int_equal(http_gate_enter(scene->gate, &crowd[i]), i < HTTP1_CONNECTIONS_MAX);
    if (i == 0) http_gate_heard(&crowd[0], false);
  }
  assert_null(released.first);
  http_gate_leave(&crowd[7], CURLE_OK);
  struct http_transfer *next = released.first;
  assert_ptr_equal(next, &crowd[HTTP1_CONNECTIONS_MAX]);
  assert_null(next->next);
  transfer_list_take(next);
  assert_true(http_gate_go(next));
  transfer_list_take(&crowd[HTTP1_CONNECTIONS_MAX + 1]);
  assert_false(http_gate_go(&crowd[HTTP1_CONNECTIONS_MAX + 1]));
  for (size_t i = 0; i < HTTP1_CONNECTIONS_MAX + 2; i++) {
    transfer_list_take(&crowd[i]);
    http_gate_leave(&crowd[i], CURLE_OK);
  }
  assert_null(released.first);
  http_request_done(&request);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(seconds_are_read_with_or_without_a_fraction),
      cmocka_unit_test(a_date_counts_from_the_servers_clock),
      cmocka_unit_test(a_wait_is_bounded_and_nonsense_is_none),
      TEST(what_needs_no_finding_out_goes_on),
      TEST(a_crowd_waits_for_the_scouts_lookup),
      TEST(over_tls_the_crowd_waits_for_the_first_words_too),
      TEST(a_failed_lookup_is_everybodys),
      TEST(another_failure_lets_all_try),
      TEST(a_scout_that_is_given_up_has_an_heir),
      TEST(a_slow_answer_holds_nobody_up_for_long),
      TEST(over_tls_http1_has_so_many_connections_at_once),
  };
  return cmocka_run_group_tests_name("io http", tests, NULL, NULL);
}
