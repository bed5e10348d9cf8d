#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>

#include "unit/io_world.h"

#define MANY 600

static struct io_world world;
static _Atomic size_t most_under_way;
static _Atomic int64_t slow_ms;
static atomic_bool held_came;
static atomic_bool held_may_go;
static char elsewhere[64];

static void answer_text(struct local_script *script, int status, const char *lines, const char *body) {
  local_script_answer(script, status, lines, body, strlen(body));
}

static void echo(const struct local_request *request, struct local_script *script) {
  char text[400];
  const char *agent = local_request_header(request, "User-Agent");
  const char *key = local_request_header(request, "Authorization");
  const char *type = local_request_header(request, "Content-Type");
  (void)text_fmt(text, sizeof text, "%s|%s|%s|%s|%s|%u|%s", request->method, request->target, agent,
                 key != NULL ? key : "-", type != NULL ? type : "-", request->nth, request->body);
  answer_text(script, 200, "Date: Thu, 29 Jan 2026 09:00:00 GMT\r\n", text);
}

/* Bombs are made by hand (RFC 1951): this one of stored blocks of 32 KiB, which grows as it is sent. */
static void bomb(struct local_script *script) {
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
                             "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
  static char block[5 + 32768] = {0, 0x00, (char)0x80, (char)0xFF, 0x7F};
  local_script_send(script, head, sizeof head - 1);
  local_script_repeat(script, 0, block, sizeof block, 400);
  script->ending = LOCAL_CLOSE;
}

/* A code's bits go from its highest to its lowest into the bytes' lowest to highest. */
static void put_code(unsigned char *bytes, size_t *bit, int width, unsigned code) {
  for (int i = width - 1; i >= 0; i--, (*bit)++)
    bytes[*bit / 8] |= (unsigned char)((code >> i & 1U) << *bit % 8);
}

/* 16 KiB of this, decoded, are 16 MiB: one fixed-Huffman block of a zero and many copies of 258 zeros (RFC 1951). */
static void dense_bomb(struct local_script *script) {
  static unsigned char body[16 + 20000];
  static const unsigned char start[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
  size_t bit = sizeof start * 8;
  memset(body, 0, sizeof body);
  memcpy(body, start, sizeof start);
  put_code(body, &bit, 3, 6);    /* the last block, fixed Huffman codes */
  put_code(body, &bit, 8, 0x30); /* literal 0 */
  while (bit / 8 < 16384) {
    put_code(body, &bit, 8, 0xC5); /* length 258 */
    put_code(body, &bit, 5, 0);    /* distance 1 */
  }
  local_script_answer(script, 200, "Content-Encoding: gzip\r\n", (const char *)body, 16384);
}

static void misbehave(const char *path, struct local_script *script) {
  static char piece[65536];
  if (text_eq(path, "/garbage")) {
    local_script_send(script, "220 mail.example ESMTP ready\r\n", 30);
    script->ending = LOCAL_CLOSE;
  } else if (text_eq(path, "/huge")) {
    local_script_repeat(script, 0, "HTTP/1.1 200 OK\r\n\r\n", 19, 1);
    local_script_repeat(script, 0, piece, sizeof piece, 160);
    script->ending = LOCAL_CLOSE;
  } else if (text_eq(path, "/huge-told")) {
    local_script_send(script, "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n", 45);
    script->ending = LOCAL_HANG;
  } else if (text_eq(path, "/headers")) {
    local_script_send(script, "HTTP/1.1 200 OK\r\n", 17);
    local_script_repeat(script, 0, "X-More: 0123456789012345678901234567890123456789\r\n", 50, 4000);
  } else if (text_eq(path, "/drip")) {
    local_script_send(script, "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n", 39);
    local_script_repeat(script, 1000, "x", 1, 30);
  } else if (text_eq(path, "/half")) {
    local_script_send(script, "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nhalf", 43);
    script->ending = LOCAL_CLOSE;
  } else if (text_eq(path, "/reset")) {
    local_script_wait(script, 5);
    script->ending = LOCAL_RESET;
  } else if (text_eq(path, "/hang")) {
    script->ending = LOCAL_HANG;
  } else {
    script->ending = LOCAL_CLOSE;
  }
}

static void send_elsewhere(const struct local_request *request, struct local_script *script) {
  char line[128];
  const char *target = request->query;
  (void)text_fmt(line, sizeof line, "Location: %s\r\n", text_eq(target, "other") ? elsewhere : target);
  answer_text(script, text_eq(request->path, "/307") ? 307 : 302, line, "moved");
}

static void serve_test(void *context, const struct local_request *request, struct local_script *script) {
  (void)context;
  const char *path = request->path;
  if (text_starts(path, "/echo")) {
    echo(request, script);
  } else if (text_starts(path, "/30")) {
    send_elsewhere(request, script);
  } else if (text_eq(path, "/loop")) {
    answer_text(script, 301, "Location: /loop\r\n", "");
  } else if (text_eq(path, "/500")) {
    answer_text(script, 500, "", "broken");
  } else if (text_eq(path, "/429")) {
    char line[128];
    (void)text_fmt(line, sizeof line, "Retry-After: 30\r\nDate: Thu, 29 Jan 2026 09:00:00 GMT\r\n");
    answer_text(script, 429, line, "");
  } else if (text_eq(path, "/429-date")) {
    answer_text(script, 429, "Date: Thu, 29 Jan 2026 09:00:00 GMT\r\nRetry-After: Thu, 29 Jan 2026 09:02:00 GMT\r\n", "");
  } else if (text_eq(path, "/429-limits")) {
    answer_text(script, 429,
                "X-RateLimit-Limit: 5\r\nx-ratelimit-remaining: 0\r\nX-RateLimit-Reset-After: 1.3371\r\n"
                "X-RateLimit-Bucket: abcd1234\r\nX-RateLimit-Scope: global\r\n",
                "");
  } else if (text_eq(path, "/429-shared")) {
    answer_text(script, 429, "X-RateLimit-Scope: shared\r\nX-RateLimit-Remaining: x\r\nX-RateLimit-Reset-After: -1\r\n",
                "");
  } else if (text_eq(path, "/bomb")) {
    bomb(script);
  } else if (text_eq(path, "/dense-bomb")) {
    dense_bomb(script);
  } else if (text_eq(path, "/slow")) {
    struct local_counts counts = local_server_counts(world.server);
    if (counts.under_way_most > most_under_way) most_under_way = counts.under_way_most;
    local_script_wait(script, slow_ms);
    answer_text(script, 200, "", "slow");
  } else if (text_eq(path, "/held")) {
    held_came = true;
    while (!held_may_go)
      (void)usleep(1000);
    answer_text(script, 200, "", "held");
  } else {
    misbehave(path, script);
  }
}

static int begin(void **state) {
  (void)state;
  bool good = io_begin(&world, serve_test, NULL);
  (void)text_fmt(elsewhere, sizeof elsewhere, "http://localhost:%u/echo", world.port);
  return good ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  io_end(&world);
  return 0;
}

static void assert_fault(const char *path, enum err_code code, const char *words) {
  struct heard heard;
  io_get_now(&world, path, &heard);
  assert_int_equal(heard.times, 1);
  assert_string_equal(heard.answer.err.text, words);
  assert_int_equal(heard.answer.err.code, code);
  assert_int_equal(heard.answer.http.err.code, code);
  assert_string_equal(heard.answer.http.err.text, words);
}

static void an_answer_comes_whole_with_its_date(void **state) {
  (void)state;
  struct heard heard;
  io_get_now(&world, "/echo?key=1", &heard);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_int_equal(heard.answer.http.status, 200);
  assert_string_equal(heard.body, "GET|/echo?key=1|lowtide/" LOWTIDE_VERSION "|-|-|1|");
  assert_int_equal(heard.answer.http.length, strlen(heard.body));
  assert_true(heard.answer.http.date_ms == INT64_C(1769677200000));
  assert_true(heard.answer.http.retry_after_ms == -1);
  assert_true(heard.answer.http.written);
}

static void headers_and_a_body_go_with_a_post_and_the_ask_is_taken(void **state) {
  (void)state;
  struct heard heard;
  struct ask ask;
  struct err err = {0};
  io_url(&ask, "PATCH", "");
  (void)buf_addf(&ask.http.url, "http://127.0.0.1:%u/echo", world.port);
  assert_true(http_request_header(&ask.http, &err, "Authorization: Bearer %s", "k1"));
  assert_true(http_request_header(&ask.http, &err, "Content-Type: application/json"));
  (void)buf_add(&ask.http.body, "{\"a\":1}");
  (void)io_ask(&world, &ask, PATIENCE_MS, &heard);
  assert_null(ask.http.url.data);
  assert_int_equal(ask.http.header_count, 0);
  io_wait(&world);
  assert_string_equal(heard.body, "PATCH|/echo|lowtide/" LOWTIDE_VERSION "|Bearer k1|application/json|1|{\"a\":1}");
}

static void connections_are_used_again_by_gets_and_never_by_posts(void **state) {
  (void)state;
  struct heard heard;
  struct ask ask;
  io_get_now(&world, "/echo", &heard);
  io_get_now(&world, "/echo", &heard);
  assert_non_null(strstr(heard.body, "|2|"));
  io_url(&ask, "POST", "");
  (void)buf_addf(&ask.http.url, "http://127.0.0.1:%u/echo", world.port);
  (void)io_ask(&world, &ask, PATIENCE_MS, &heard);
  io_wait(&world);
  assert_non_null(strstr(heard.body, "|1|"));
}

static void a_post_that_may_come_twice_goes_over_a_kept_connection(void **state) {
  (void)state;
  struct heard heard;
  struct ask ask;
  io_get_now(&world, "/echo", &heard);
  io_url(&ask, "POST", "");
  (void)buf_addf(&ask.http.url, "http://127.0.0.1:%u/echo", world.port);
  ask.http.harmless = true;
  (void)io_ask(&world, &ask, PATIENCE_MS, &heard);
  io_wait(&world);
  assert_non_null(strstr(heard.body, "|2|"));
}

static void a_rest_closes_what_is_idle_and_asking_goes_on(void **state) {
  (void)state;
  struct heard heard;
  io_get_now(&world, "/echo", &heard);
  asker_rest(world.asker);
  asker_rest(world.asker);
  io_get_now(&world, "/echo", &heard);
  assert_non_null(strstr(heard.body, "|1|"));
}

static void other_statuses_are_whole_answers(void **state) {
  (void)state;
  struct heard heard;
  io_get_now(&world, "/500", &heard);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_int_equal(heard.answer.http.status, 500);
  assert_string_equal(heard.body, "broken");
}

static void limits_are_read_from_the_headers(void **state) {
  (void)state;
  struct heard heard;
  io_get_now(&world, "/429-limits", &heard);
  const struct http_rate *rate = &heard.answer.http.rate;
  assert_true(rate->remaining_told && rate->reset_told && rate->global && !rate->shared);
  assert_int_equal(rate->remaining, 0);
  assert_true(rate->reset_after_ms == 1338);
  assert_string_equal(rate->bucket, "abcd1234");
  io_get_now(&world, "/429-shared", &heard);
  assert_true(rate->shared && !rate->global && !rate->remaining_told && !rate->reset_told);
  io_get_now(&world, "/500", &heard);
  assert_false(rate->shared);
}

static void retry_after_is_read_in_both_forms(void **state) {
  (void)state;
  struct heard heard;
  io_get_now(&world, "/429", &heard);
  assert_true(heard.answer.http.retry_after_ms == 30000);
  io_get_now(&world, "/429-date", &heard);
  assert_true(heard.answer.http.retry_after_ms == 120000);
}

static void what_is_not_http_is_malformed(void **state) {
  (void)state;
  assert_fault("/garbage", ERR_MALFORMED, "the answer is not HTTP");
}

static void a_big_answer_is_cut_at_once(void **state) {
  (void)state;
  assert_fault("/huge", ERR_MALFORMED, "answer too big");
  assert_fault("/huge-told", ERR_MALFORMED, "answer too big");
  assert_fault("/headers", ERR_MALFORMED, "answer too big");
}

static void a_bomb_is_measured_after_unpacking(void **state) {
  (void)state;
  assert_fault("/bomb", ERR_MALFORMED, "answer too big");
  assert_fault("/dense-bomb", ERR_MALFORMED, "answer too big");
}

static void a_cut_connection_is_a_network_fault(void **state) {
  (void)state;
  assert_fault("/half", ERR_NETWORK, "connection cut short");
  assert_fault("/reset", ERR_NETWORK, "connection cut short");
  assert_fault("/nothing", ERR_NETWORK, "connection closed without an answer");
}

static void the_deadline_is_that_of_the_whole_ask(void **state) {
  (void)state;
  struct heard drip;
  struct heard hang;
  int64_t start_ms = loop_mono_ms();
  (void)io_get(&world, "/drip", 300, &drip);
  (void)io_get(&world, "/hang", 1000, &hang);
  io_wait(&world);
  assert_in_range(loop_mono_ms() - start_ms, 990, 20000);
  assert_int_equal(drip.answer.err.code, ERR_TIMEOUT);
  assert_string_equal(drip.answer.err.text, "timed out after 300 ms");
  assert_string_equal(hang.answer.http.err.text, "timed out after 1 s");
  assert_true(hang.answer.http.written);
}

static void a_redirect_on_the_same_host_is_followed(void **state) {
  (void)state;
  struct heard heard;
  io_get_now(&world, "/302?/echo/there", &heard);
  assert_int_equal(heard.answer.http.status, 200);
  assert_non_null(strstr(heard.body, "GET|/echo/there|"));
  io_get_now(&world, "/307?/302?/echo", &heard);
  assert_non_null(strstr(heard.body, "GET|/echo|"));
}

static void a_redirect_elsewhere_is_refused(void **state) {
  (void)state;
  assert_fault("/302?other", ERR_MALFORMED, "redirect to localhost");
  assert_fault("/302?https://127.0.0.1/echo", ERR_MALFORMED, "redirect to 127.0.0.1");
  assert_fault("/302?http://127.0.0.1:1/echo", ERR_MALFORMED, "redirect to 127.0.0.1");
  assert_fault("/302?http://evil.example/echo?token=1", ERR_MALFORMED, "redirect to evil.example");
  assert_fault("/loop", ERR_MALFORMED, "redirected more than 3 times");
}

static void a_redirected_post_is_refused(void **state) {
  (void)state;
  struct heard heard;
  struct ask ask;
  io_url(&ask, "POST", "");
  (void)buf_addf(&ask.http.url, "http://127.0.0.1:%u/307?/echo", world.port);
  (void)io_ask(&world, &ask, PATIENCE_MS, &heard);
  io_wait(&world);
  assert_string_equal(heard.answer.err.text, "redirect to 127.0.0.1");
}

static void a_refused_port_and_an_unknown_name_are_told_apart(void **state) {
  (void)state;
  struct heard heard[3];
  struct ask ask;
  io_url(&ask, "GET", "");
  (void)buf_addf(&ask.http.url, "http://127.0.0.1:%u/", io_dead_port());
  (void)io_ask(&world, &ask, PATIENCE_MS, &heard[0]);
  for (int i = 1; i < 3; i++) {
    io_url(&ask, "GET", "http://nowhere.invalid/?token=abc");
    (void)io_ask(&world, &ask, PATIENCE_MS, &heard[i]);
  }
  io_wait(&world);
  assert_int_equal(heard[0].answer.err.code, ERR_NETWORK);
  assert_string_equal(heard[0].answer.err.text, "connection refused");
  assert_false(heard[0].answer.http.written);
  for (int i = 1; i < 3; i++) {
    assert_int_equal(heard[i].answer.err.code, ERR_NETWORK);
    assert_string_equal(heard[i].answer.err.text, "name not found");
    assert_false(heard[i].answer.http.written);
  }
}

static void only_http_and_https_are_asked(void **state) {
  (void)state;
  const char *const wrong[] = {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/"};
  for (size_t i = 0; i < 3; i++) {
    struct heard heard;
    struct ask ask;
    io_url(&ask, "GET", wrong[i]);
    (void)io_ask(&world, &ask, PATIENCE_MS, &heard);
    io_wait(&world);
    assert_int_equal(heard.answer.err.code, ERR_MALFORMED);
    assert_string_equal(heard.answer.err.text, "only http:// and https:// are asked");
  }
}

static void a_proxy_is_not_asked_for_this_machine(void **state) {
  (void)state;
  struct heard heard;
  char proxy[64];
  (void)text_fmt(proxy, sizeof proxy, "http://127.0.0.1:%u", io_dead_port());
  assert_int_equal(setenv("http_proxy", proxy, 1), 0);
  io_get_now(&world, "/echo", &heard);
  assert_int_equal(heard.answer.http.status, 200);
  struct ask ask;
  char named[64];
  (void)text_fmt(named, sizeof named, "http://vendor.localhost:%u/echo", world.port);
  io_url(&ask, "GET", named);
  (void)io_ask(&world, &ask, PATIENCE_MS, &heard);
  io_wait(&world);
  assert_int_equal(heard.answer.http.status, 200);
  const char *const others[] = {"http://vendor.invalid/", "http://127.vendor.invalid/"};
  for (size_t i = 0; i < 2; i++) {
    io_url(&ask, "GET", others[i]);
    (void)io_ask(&world, &ask, PATIENCE_MS, &heard);
    io_wait(&world);
    assert_string_equal(heard.answer.err.text, "connection refused");
  }
  assert_int_equal(unsetenv("http_proxy"), 0);
}

/* Both ends of each connection are in this process. */
static void need_files(void) {
  struct rlimit limit;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max >= 4 * ASKER_IN_FLIGHT_MAX) return;
  print_message("needs %d open files: ulimit -Hn\n", 4 * ASKER_IN_FLIGHT_MAX);
  skip();
}

static void ask_many(struct heard *heard) {
  int64_t start_ms = loop_mono_ms();
  for (int i = 0; i < MANY; i++)
    (void)io_get(&world, "/slow", PATIENCE_MS, &heard[i]);
  io_wait(&world);
  for (int i = 0; i < MANY; i++) {
    assert_int_equal(heard[i].times, 1);
    assert_int_equal(heard[i].answer.err.code, ERR_NONE);
    assert_string_equal(heard[i].body, "slow");
  }
  assert_true(loop_mono_ms() - start_ms >= 2 * slow_ms);
}

/* A busy machine needs longer to send so many: then they are answered later. */
static void many_at_once_wait_their_turn(void **state) {
  (void)state;
  static struct heard heard[MANY];
  need_files();
  most_under_way = 0;
  for (slow_ms = 300; most_under_way < 300 && slow_ms < PATIENCE_MS / 3; slow_ms = slow_ms * 3)
    ask_many(heard);
  assert_in_range(most_under_way, 300, ASKER_IN_FLIGHT_MAX);
}

static void one_that_waits_too_long_was_never_written(void **state) {
  (void)state;
  static struct heard heard[ASKER_IN_FLIGHT_MAX + 1];
  need_files();
  for (int i = 0; i < ASKER_IN_FLIGHT_MAX; i++)
    (void)io_get(&world, "/hang", 700, &heard[i]);
  (void)io_get(&world, "/echo", 200, &heard[ASKER_IN_FLIGHT_MAX]);
  io_wait(&world);
  assert_string_equal(heard[ASKER_IN_FLIGHT_MAX].answer.err.text, "timed out after 200 ms");
  assert_false(heard[ASKER_IN_FLIGHT_MAX].answer.http.written);
}

static void stop_loop(void *context) {
  loop_stop(context);
}

static void a_cancelled_ask_is_not_answered(void **state) {
  (void)state;
  struct heard cancelled[3];
  struct heard heard;
  struct ask ask;
  held_came = held_may_go = false;
  struct asked *asked = io_get(&world, "/held", PATIENCE_MS, &cancelled[0]);
  asker_cancel(io_get(&world, "/echo", PATIENCE_MS, &cancelled[1]));
  io_url(&ask, "GET", "http://nowhere.invalid/");
  asker_cancel(io_ask(&world, &ask, PATIENCE_MS, &cancelled[2]));
  world.waiting -= 3;
  struct timer *timer = timer_new(world.loop, stop_loop, world.loop);
  for (int i = 0; i < PATIENCE_MS && !held_came; i++) {
    timer_set(timer, 1);
    loop_run(world.loop);
  }
  timer_free(timer);
  asker_cancel(asked);
  held_may_go = true;
  (void)io_get(&world, "/echo", PATIENCE_MS, &heard); /* the server answers one after the other */
  io_wait(&world);
  assert_string_not_equal(heard.body, "");
  for (int i = 0; i < 3; i++)
    assert_int_equal(cancelled[i].times, 0);
}

static void ask_again(void *context, const struct answer *answer) {
  unsigned *times = context;
  assert_int_equal(answer->http.status, 200);
  if (++*times == 5) {
    loop_stop(world.loop);
    return;
  }
  struct ask ask;
  io_url(&ask, "GET", "");
  (void)buf_addf(&ask.http.url, "http://127.0.0.1:%u/echo", world.port);
  (void)asker_ask(world.asker, &ask, PATIENCE_MS, ask_again, times);
  asker_rest(world.asker);
}

static void an_answer_may_ask_again_and_rest(void **state) {
  (void)state;
  unsigned times = 0;
  struct ask ask;
  io_url(&ask, "GET", "");
  (void)buf_addf(&ask.http.url, "http://127.0.0.1:%u/echo", world.port);
  (void)asker_ask(world.asker, &ask, PATIENCE_MS, ask_again, &times);
  loop_run(world.loop);
  assert_int_equal(times, 5);
}

static void fail_if_called(void *context, const struct answer *answer) {
  (void)context;
  (void)answer;
  fail_msg("an asker that is gone has answered");
}

static void ask_and_forget(struct asker *asker, const char *host, int count) {
  for (int i = 0; i < count; i++) {
    struct ask ask;
    char url[64];
    (void)text_fmt(url, sizeof url, "http://%s:%u/hang", host, world.port);
    io_url(&ask, "GET", url);
    (void)asker_ask(asker, &ask, 5000, fail_if_called, NULL);
  }
}

static void an_asker_may_go_with_things_under_way(void **state) {
  (void)state;
  struct err err = {0};
  struct loop *loop = loop_new(&err);
  struct asker *asker = asker_new(loop, &err);
  struct timer *timer = timer_new(loop, stop_loop, loop);
  ask_and_forget(asker, "127.0.0.1", 15);
  timer_set(timer, 30);
  loop_run(loop);
  ask_and_forget(asker, "nowhere.invalid", 5);
  asker_free(asker);
  asker_free(NULL);
  timer_free(timer);
  loop_free(loop);
}

static void notes_are_not_answered_here(void **state) {
  (void)state;
  struct heard heard;
  struct ask ask;
  ask_init(&ask);
  ask.kind = ASK_NOTE;
  (void)io_ask(&world, &ask, PATIENCE_MS, &heard);
  assert_int_equal(heard.times, 0);
  io_wait(&world);
  assert_int_equal(heard.answer.err.code, ERR_USAGE);
}

static void the_limit_of_open_files_is_raised(void **state) {
  (void)state;
  struct rlimit limit;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  assert_true(limit.rlim_cur >= 65536 || limit.rlim_cur == limit.rlim_max);
}

static void no_socket_is_left_to_programs(void **state) {
  (void)state;
  struct heard heard;
  io_get_now(&world, "/echo", &heard);
  struct sockaddr_in address;
  size_t sockets = 0;
  for (int fd = 3; fd < 200; fd++) {
    socklen_t size = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &size) != 0 || address.sin_family != AF_INET) continue;
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    sockets++;
  }
  assert_true(sockets > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_answer_comes_whole_with_its_date),
      TEST(headers_and_a_body_go_with_a_post_and_the_ask_is_taken),
      TEST(connections_are_used_again_by_gets_and_never_by_posts),
      TEST(a_post_that_may_come_twice_goes_over_a_kept_connection),
      TEST(a_rest_closes_what_is_idle_and_asking_goes_on),
      TEST(other_statuses_are_whole_answers),
      TEST(limits_are_read_from_the_headers),
      TEST(retry_after_is_read_in_both_forms),
      TEST(what_is_not_http_is_malformed),
      TEST(a_big_answer_is_cut_at_once),
      TEST(a_bomb_is_measured_after_unpacking),
      TEST(a_cut_connection_is_a_network_fault),
      TEST(the_deadline_is_that_of_the_whole_ask),
      TEST(a_redirect_on_the_same_host_is_followed),
      TEST(a_redirect_elsewhere_is_refused),
      TEST(a_redirected_post_is_refused),
      TEST(a_refused_port_and_an_unknown_name_are_told_apart),
      TEST(only_http_and_https_are_asked),
      TEST(a_proxy_is_not_asked_for_this_machine),
      TEST(many_at_once_wait_their_turn),
      TEST(one_that_waits_too_long_was_never_written),
      TEST(a_cancelled_ask_is_not_answered),
      TEST(an_answer_may_ask_again_and_rest),
      TEST(an_asker_may_go_with_things_under_way),
      TEST(notes_are_not_answered_here),
      TEST(the_limit_of_open_files_is_raised),
      TEST(no_socket_is_left_to_programs),
  };
  return cmocka_run_group_tests_name("io asker", tests, NULL, NULL);
}
