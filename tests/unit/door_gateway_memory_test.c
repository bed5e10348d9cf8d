#include "door_gateway_testing.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY GATEWAY_DAY_MS

/* --- the budget ---------------------------------------------------------------------------------------------------- */

static void five_sessions_are_had_at_once_and_the_rest_ever_further_apart(void **state) {
  (void)state;
  static const int64_t apart_ms[] = {5500, 5500, 5500, 5500, MINUTE, MINUTE};
  struct gateway_budget budget = {.count = 0};
  int64_t now_ms = WALL_MS;
  int64_t ends_ms = 0;
  for (int i = 0; i < GATEWAY_IDENTIFIES_MAX; i++) {
    int64_t wait_ms = gateway_budget_wait_ms(&budget, now_ms);
    if (i == 0) assert_int_equal(wait_ms, 0);
    if (i > 0 && i <= 6) assert_int_equal(wait_ms, apart_ms[i - 1]);
    now_ms += wait_ms;
    assert_int_equal(gateway_budget_wait_ms(&budget, now_ms), 0);
    gateway_budget_spend(&budget, now_ms);
    ends_ms = now_ms;
  }
  assert_true(ends_ms < WALL_MS + DAY);
  assert_int_equal(gateway_budget_wait_ms(&budget, now_ms), WALL_MS + DAY - now_ms);
}

static void never_more_than_fifty_in_any_day(void **state) {
  (void)state;
  struct gateway_budget budget = {.count = 0};
  static int64_t spent_ms[1000];
  int64_t now_ms = WALL_MS;
  for (int i = 0; i < 1000; i++) {
    now_ms += gateway_budget_wait_ms(&budget, now_ms);
    spent_ms[i] = now_ms;
    gateway_budget_spend(&budget, now_ms);
    if (i >= GATEWAY_IDENTIFIES_MAX) assert_true(spent_ms[i] - spent_ms[i - GATEWAY_IDENTIFIES_MAX] >= DAY);
  }
}

static void what_the_clock_says_of_the_future_counts_as_now(void **state) {
  (void)state;
  struct gateway_budget budget = {.count = 0};
  for (int i = 0; i < 7; i++)
    gateway_budget_spend(&budget, WALL_MS + 400 * DAY);
  assert_int_equal(gateway_budget_wait_ms(&budget, WALL_MS), MINUTE);
  assert_int_equal(gateway_budget_wait_ms(&budget, WALL_MS + MINUTE), 0);
  assert_int_equal(budget.count, 7);
}

/* --- the memo ------------------------------------------------------------------------------------------------------ */

static struct gateway_memory sample(void) {
  struct gateway_memory memory = {
      .session = {.id = "abc-123", .url = "wss://resume.discord.gg", .sequence = 9007199254740993}};
  gateway_budget_spend(&memory.budget, WALL_MS);
  gateway_budget_spend(&memory.budget, WALL_MS + 5000);
  return memory;
}

static void write_memo(const struct gateway_memory *memory, char *out, size_t size) {
  struct buf memo;
  buf_init(&memo, GATEWAY_MEMO_MAX - 1);
  gateway_memory_write(memory, TOKEN, NULL, &memo);
  assert_true(buf_ok(&memo));
  assert_true(text_copy(out, size, buf_text(&memo)));
  buf_done(&memo);
}

static void what_is_written_is_read(void **state) {
  (void)state;
  char memo[GATEWAY_MEMO_MAX];
  struct gateway_memory read;
  const struct gateway_memory memory = sample();
  write_memo(&memory, memo, sizeof memo);
  gateway_memory_read(memo, TOKEN, NULL, &read);
  assert_string_equal(read.session.id, "abc-123");
  assert_string_equal(read.session.url, "wss://resume.discord.gg");
  assert_int_equal(read.session.sequence, 9007199254740993);
  assert_int_equal(read.budget.count, 2);
  assert_int_equal(read.budget.at_ms[1], WALL_MS + 6000); /* whole seconds, rounded up */
}

static void the_fullest_memo_fits(void **state) {
  (void)state;
  char memo[GATEWAY_MEMO_MAX];
  struct gateway_memory memory = sample();
  memset(memory.session.id, '"', sizeof memory.session.id - 1);
  memset(memory.session.url + 6, 'x', sizeof memory.session.url - 40);
  for (int i = 0; i < 60; i++)
    gateway_budget_spend(&memory.budget, INT64_MAX);
  write_memo(&memory, memo, sizeof memo);
}

static void the_memo_holds_nothing_of_the_token(void **state) {
  (void)state;
  char memo[GATEWAY_MEMO_MAX];
  const struct gateway_memory memory = sample();
  write_memo(&memory, memo, sizeof memo);
  for (const char *part = TOKEN; strlen(part) >= 8; part++) {
    char piece[9];
    (void)text_fmt(piece, sizeof piece, "%.8s", part);
    assert_null(strstr(memo, piece));
  }
}

static void another_token_or_host_has_no_session_and_another_application_no_budget(void **state) {
  (void)state;
  char memo[GATEWAY_MEMO_MAX];
  struct gateway_memory read;
  const struct gateway_memory memory = sample();
  write_memo(&memory, memo, sizeof memo);
  gateway_memory_read(memo, "NzcxMTIz.Gnew.another-one", NULL, &read); /* of the same application */
  assert_false(gateway_session_is_held(&read.session));
  assert_int_equal(read.budget.count, 2);
  gateway_memory_read(memo, "ODgyMjM0.Gabcde.secret-part-of-the-token", NULL, &read);
  assert_false(gateway_session_is_held(&read.session));
  assert_int_equal(read.budget.count, 0);
  gateway_memory_read(memo, TOKEN, "http://127.0.0.1:1", &read);
  assert_false(gateway_session_is_held(&read.session));
}

static void a_broken_memo_is_no_session(void **state) {
  (void)state;
  char memo[GATEWAY_MEMO_MAX];
  struct gateway_memory read;
  const struct gateway_memory memory = sample();
  write_memo(&memory, memo, sizeof memo);
  for (size_t length = strlen(memo); length-- > 0;) {
    memo[length] = '\0';
    gateway_memory_read(memo, TOKEN, NULL, &read);
    assert_false(gateway_session_is_held(&read.session));
    assert_int_equal(read.budget.count, 0);
  }
}

static void what_is_odd_in_a_memo_is_left_out(void **state) {
  (void)state;
  char memo[GATEWAY_MEMO_MAX];
  struct gateway_memory read;
  struct gateway_memory memory = sample();
  (void)text_copy(memory.session.url, sizeof memory.session.url, "ws://evil.example");
  write_memo(&memory, memo, sizeof memo);
  gateway_memory_read(memo, TOKEN, NULL, &read);
  assert_true(gateway_session_is_held(&read.session));
  assert_string_equal(read.session.url, "");
  memory.session.sequence = -1;
  write_memo(&memory, memo, sizeof memo);
  gateway_memory_read(memo, TOKEN, NULL, &read);
  assert_false(gateway_session_is_held(&read.session));
}

/* --- addresses and numbers ----------------------------------------------------------------------------------------- */

static void only_wss_or_this_machine_is_fit(void **state) {
  (void)state;
  static const char *const fit[] = {"wss://gateway.discord.gg", "wss://gateway.discord.gg/", "wss://a.b:443/x?y=1",
                                    "ws://127.0.0.1:8080",      "ws://[::1]:8080/",          "ws://localhost/"};
  static const char *const unfit[] = {"",
                                      "ws://gateway.discord.gg",
                                      "https://gateway.discord.gg",
                                      "wss://",
                                      "wss:///x",
                                      "wss://user@host",
                                      "wss://host/#x",
                                      "wss://ho st",
                                      "wss://h\xc3\xb6st",
                                      "WSS://host",
                                      "gateway.discord.gg",
                                      "ws://127.0.0.1.example.com"};
  for (size_t i = 0; i < sizeof fit / sizeof *fit; i++)
    assert_true(gateway_url_is_fit(fit[i]));
  for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
    assert_false(gateway_url_is_fit(unfit[i]));
  assert_false(gateway_url_is_fit(NULL));
  char endless[GATEWAY_URL_MAX * 2];
  memset(endless, 'x', sizeof endless);
  memcpy(endless, "wss://", 6);
  endless[sizeof endless - 1] = '\0';
  assert_false(gateway_url_is_fit(endless));
}

static void version_and_encoding_are_added_once(void **state) {
  (void)state;
  static const char *const urls[][2] = {
      {"wss://gateway.discord.gg", "wss://gateway.discord.gg/?v=10&encoding=json"},
      {"wss://gateway.discord.gg/", "wss://gateway.discord.gg/?v=10&encoding=json"},
      {"wss://gateway.discord.gg/?v=6&compress=zlib-stream", "wss://gateway.discord.gg/?v=10&encoding=json"},
      {"ws://127.0.0.1:81/proxy", "ws://127.0.0.1:81/proxy/?v=10&encoding=json"}};
  char out[GATEWAY_URL_MAX];
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
    assert_true(gateway_url_complete(urls[i][0], out, sizeof out));
    assert_string_equal(out, urls[i][1]);
  }
}

static void numbers_are_whole_and_fit(void **state) {
  (void)state;
  static const struct {
    const char *text;
    bool fits;
    int64_t value;
  } numbers[] = {{"0", true, 0},
                 {"-12", true, -12},
                 {"9223372036854775807", true, INT64_MAX},
                 {"9223372036854775808", false, 0},
                 {"99999999999999999999999999", false, 0},
                 {"1.0", false, 0},
                 {"1e3", false, 0},
                 {"\"5\"", false, 0},
                 {"null", false, 0},
                 {"true", false, 0}};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct err err = {0};
    int64_t value = 77;
    struct json *root = json_parse(numbers[i].text, strlen(numbers[i].text), &err);
    assert_int_equal(json_whole(root, &value), numbers[i].fits);
    assert_int_equal(value, numbers[i].fits ? numbers[i].value : 77);
    json_free(root);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(five_sessions_are_had_at_once_and_the_rest_ever_further_apart),
      cmocka_unit_test(never_more_than_fifty_in_any_day),
      cmocka_unit_test(what_the_clock_says_of_the_future_counts_as_now),
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(the_fullest_memo_fits),
      cmocka_unit_test(the_memo_holds_nothing_of_the_token),
      cmocka_unit_test(another_token_or_host_has_no_session_and_another_application_no_budget),
      cmocka_unit_test(a_broken_memo_is_no_session),
      cmocka_unit_test(what_is_odd_in_a_memo_is_left_out),
      cmocka_unit_test(only_wss_or_this_machine_is_fit),
      cmocka_unit_test(version_and_encoding_are_added_once),
      cmocka_unit_test(numbers_are_whole_and_fit),
  };
  return cmocka_run_group_tests_name("door gateway memory", tests, NULL, NULL);
}
