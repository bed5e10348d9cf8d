/* Vendors that say how often they want to be asked: OpenRouter's credits, at most once in 60 s. */
#include "fake/bench.h"

#define OPENROUTER                                                                                                         \
  "[account router]\nprovider = openrouter\nkey = k-router\nlabel = router\nemoji = 🌙\n"                                \
  "base_url = http://127.0.0.1:1/router\n"

struct vendor {
  int asks;
  int status;
  enum err_code code;
  bool written;
  int64_t retry_after_ms;
};

static struct vendor vendor;

static struct fake_answer vendor_answer(struct fake_world *fake, const struct ask *ask) {
  if (strcmp(ask->http.method, "GET") != 0) return bench_answer(fake, ask);
  vendor.asks++;
  return (struct fake_answer){.delay_ms = 50,
                              .status = vendor.status,
                              .code = vendor.code,
                              .written = vendor.written,
                              .retry_after_ms = vendor.retry_after_ms,
                              .body = "{\"data\":{\"total_credits\":120,\"total_usage\":37.5}}"};
}

static int set_up_router(void **state) {
  int result = set_up(state);
  struct bench *bench = *state;
  char text[1024];
  bench->fake.answer = vendor_answer;
  vendor = (struct vendor){.status = 200};
  assert_true(text_fmt(text, sizeof text, HOURLY OPENROUTER "log = %s/router.log\n" CHANNEL("team"), bench->fake.folder));
  configure(bench, text);
  return result;
}

static int lines_with(struct bench *bench, const char *word) {
  char path[128];
  char line[256];
  int count = 0;
  (void)text_fmt(path, sizeof path, "%s/router.log", bench->fake.folder);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  while (fgets(line, sizeof line, file) != NULL)
    count += strstr(line, word) != NULL;
  (void)fclose(file);
  return count;
}

/* run_slot lets 30 s pass. */
static void a_second_round_within_the_time_asks_nobody_and_records_nothing_twice(void **state) {
  struct bench *bench = *state;
  run_slot(bench, 0);
  assert_non_null(strstr(take_message(bench, "team"), "router:** $82.50"));
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 1);
  assert_int_equal(count_readings(bench, "router"), 1);
  assert_non_null(strstr(take_message(bench, "team"), "router:** $82.50"));
  assert_int_equal(lines_with(bench, "router: $82.50"), 1);
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 2);
  assert_int_equal(count_readings(bench, "router"), 2);
  assert_int_equal(lines_with(bench, "router: $82.50"), 2);
}

static void what_is_reused_does_not_put_off_the_next_question(void **state) {
  struct bench *bench = *state;
  begin(bench);
  configure(bench, "[lowtide]\nschedule = @every 20s\n" OPENROUTER "log = none\n" CHANNEL("team"));
  daemon_reload(bench->daemon, bench->config);
  fake_run(&bench->fake, 10 * MINUTE + 5000);
  assert_in_range(vendor.asks, 9, 11);
  assert_int_equal(count_readings(bench, "router"), vendor.asks);
}

static void a_schedule_of_just_that_period_asks_each_time(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\nschedule = * * * * *\n" OPENROUTER "log = none\n" CHANNEL("team"));
  begin(bench);
  fake_run(&bench->fake, 10 * MINUTE + 1000);
  assert_in_range(vendor.asks, 10, 11);
}

static void a_clock_that_was_set_back_asks_again(void **state) {
  struct bench *bench = *state;
  run_slot(bench, 0);
  bench->fake.wall_ms -= HOUR;
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 2);
}

static void another_key_asks_again(void **state) {
  struct bench *bench = *state;
  run_slot(bench, 0);
  configure(bench, HOURLY "[account router]\nprovider = openrouter\nkey = k-other\nlog = none\n"
                          "base_url = http://127.0.0.1:1/router\n" CHANNEL("team"));
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 2);
}

static void the_wish_to_be_asked_less_is_kept(void **state) {
  struct bench *bench = *state;
  vendor.status = 429;
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 1);
  vendor.status = 200;
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 1);
  assert_int_equal(count_readings(bench, "router"), 1);
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 2);
}

static void a_failure_is_not_tried_again_at_once_but_in_the_next_round(void **state) {
  struct bench *bench = *state;
  vendor.status = 503;
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 1);
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 2);
  vendor = (struct vendor){.code = ERR_NETWORK, .written = true};
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 1);
}

static void what_the_vendor_did_not_hear_or_allows_is_tried_again(void **state) {
  struct bench *bench = *state;
  vendor = (struct vendor){.code = ERR_NETWORK};
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 2);
  vendor = (struct vendor){.status = 503, .retry_after_ms = 1000};
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 2);
}

static void what_went_stale_meanwhile_is_recorded_as_stale(void **state) {
  struct bench *bench = *state;
  run_slot(bench, 0);
  configure(bench, HOURLY OPENROUTER "log = none\nstale_after = 20s\n" CHANNEL("team"));
  run_slot(bench, 0);
  assert_int_equal(vendor.asks, 1);
  assert_int_equal(count_readings(bench, "router"), 2);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_router, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_second_round_within_the_time_asks_nobody_and_records_nothing_twice),
      TEST(what_is_reused_does_not_put_off_the_next_question),
      TEST(a_schedule_of_just_that_period_asks_each_time),
      TEST(a_clock_that_was_set_back_asks_again),
      TEST(another_key_asks_again),
      TEST(the_wish_to_be_asked_less_is_kept),
      TEST(a_failure_is_not_tried_again_at_once_but_in_the_next_round),
      TEST(what_the_vendor_did_not_hear_or_allows_is_tried_again),
      TEST(what_went_stale_meanwhile_is_recorded_as_stale),
  };
  return cmocka_run_group_tests_name("every", tests, NULL, NULL);
}
