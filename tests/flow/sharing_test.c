/* Accounts that ask the same ask once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake/world.h"
#include "lowtide/config.h"
#include "lowtide/gather.h"

#define GOOD                                                                                                               \
  "{\"code\":0,\"data\":{\"available_balance\":12.34,\"voucher_balance\":3.45,\"cash_balance\":8.89},\"scode\":\"0x0\","   \
  "\"status\":true}"
#define PROJECTS "{\"projects\":[{\"project_id\":\"p1\"}]}"
#define BALANCES "{\"balances\":[{\"units\":\"usd\",\"amount\":1.5},{\"units\":\"hour\",\"amount\":3}]}"
#define KEY_GOOD                                                                                                           \
  "{\"data\":{\"label\":\"k\",\"limit\":50,\"limit_remaining\":31.5,\"limit_reset\":\"monthly\",\"usage\":18.5,"           \
  "\"usage_monthly\":18.5,\"is_free_tier\":false}}"
#define ACCOUNTS_MAX 500

#define ACCOUNT(name, provider, key, more)                                                                                 \
  "[account " name "]\nprovider = " provider "\nkey = " key "\nbase_url = http://127.0.0.1:1\nlog = none\n" more

struct bench {
  struct fake_world fake;
  struct config *config;
  struct gather *gather;
  int ended;
  int shown; /* answers, each told to each account */
  int64_t delay_ms;
  int failures; /* so many asks answer 503 first */
};

static struct fake_answer answer(struct fake_world *fake, const struct ask *ask) {
  struct bench *bench = fake->test;
  const char *url = buf_text(&ask->http.url);
  const char *body = text_ends(url, "/v1/projects") ? PROJECTS : text_ends(url, "/balances") ? BALANCES : GOOD;
  if (text_ends(url, "/credits")) return (struct fake_answer){.delay_ms = 10, .status = 403, .body = "{}"};
  if (text_ends(url, "/key")) body = KEY_GOOD;
  if (bench->failures-- > 0) return (struct fake_answer){.delay_ms = 10, .status = 503, .body = "busy"};
  return (struct fake_answer){.delay_ms = bench->delay_ms, .status = 200, .body = body};
}

static int set_up(void **state) {
  struct bench *bench = mem_new(1, sizeof *bench);
  fake_world_init(&bench->fake);
  bench->fake.test = bench;
  bench->fake.answer = answer;
  bench->delay_ms = 100;
  *state = bench;
  return 0;
}

static int tear_down(void **state) {
  struct bench *bench = *state;
  gather_free(bench->gather);
  fake_world_done(&bench->fake);
  config_release(bench->config);
  mem_free(bench);
  return 0;
}

static void ended(void *context) {
  struct bench *bench = context;
  bench->ended++;
}

static void shown(void *context, const struct account *account, const struct answer *got) {
  struct bench *bench = context;
  assert_non_null(account);
  if (got->http.status == 200) assert_true(got->http.length > 0);
  bench->shown++;
}

static void start(struct bench *bench, const char *text) {
  struct err err = {0};
  const struct config_source source = {.getenv = fake_getenv};
  const struct gather_hooks hooks = {.done = ended, .answered = shown, .context = bench};
  const struct account *accounts[ACCOUNTS_MAX];
  bench->config = config_parse("test.ini", text, strlen(text), &source, &err);
  if (bench->config == NULL) fail_msg("%s", err.text);
  size_t count = bench->config != NULL ? bench->config->account_count : 0;
  for (size_t i = 0; i < count; i++)
    accounts[i] = &bench->config->accounts[i];
  bench->gather = gather_start(&bench->fake.world, accounts, count, &hooks);
}

static void go(struct bench *bench, const char *text) {
  start(bench, text);
  fake_run(&bench->fake, 60000);
  assert_int_equal(bench->ended, 1);
}

static void assert_all_known(struct bench *bench) {
  for (size_t i = 0; i < bench->config->account_count; i++)
    assert_true(reading_is_known(gather_reading(bench->gather, i)));
}

static void two_accounts_with_one_key_ask_once_and_both_hear_the_answer(void **state) {
  struct bench *bench = *state;
  go(bench, ACCOUNT("a", "moonshot", "k1", "") ACCOUNT("b", "moonshot", "k1", "warning = 20\n"));
  assert_int_equal(bench->fake.asks, 1);
  assert_int_equal(bench->shown, 2);
  assert_all_known(bench);
  assert_int_equal(gather_reading(bench->gather, 1)->available.nano, 12340000000);
}

static void what_differs_in_anything_is_asked_apart(void **state) {
  struct bench *bench = *state;
  go(bench, ACCOUNT("a", "moonshot", "k1", "") ACCOUNT("b", "moonshot", "k2", "")
                ACCOUNT("c", "moonshot", "k1", "ca_file = /etc/hosts\n")
                    ACCOUNT("d", "deepseek", "k1",
                            "") "[account e]\nprovider = moonshot\nkey = k1\nbase_url = http://127.0.0.1:2\nlog = none\n");
  assert_int_equal(bench->fake.asks, 5);
}

static void a_second_try_is_one_for_all(void **state) {
  struct bench *bench = *state;
  bench->failures = 1;
  go(bench, ACCOUNT("a", "moonshot", "k1", "") ACCOUNT("b", "moonshot", "k1", "") ACCOUNT("c", "moonshot", "k1", ""));
  assert_int_equal(bench->fake.asks, 2);
  assert_int_equal(bench->shown, 6);
  assert_all_known(bench);
}

static void a_second_failure_is_told_to_all(void **state) {
  struct bench *bench = *state;
  bench->failures = 2;
  go(bench, ACCOUNT("a", "moonshot", "k1", "") ACCOUNT("b", "moonshot", "k1", ""));
  assert_int_equal(bench->fake.asks, 2);
  assert_int_equal(gather_reading(bench->gather, 0)->code, ERR_SERVER);
  assert_int_equal(gather_reading(bench->gather, 1)->code, ERR_SERVER);
}

static void asks_one_after_the_other_stay_joined(void **state) {
  struct bench *bench = *state;
  go(bench, ACCOUNT("a", "deepgram", "k1", "unit = USD\n") ACCOUNT("b", "deepgram", "k1", "unit = hour\n"));
  assert_int_equal(bench->fake.asks, 2);
  assert_string_equal(gather_reading(bench->gather, 0)->unit, "USD");
  assert_string_equal(gather_reading(bench->gather, 1)->unit, "hour");
  assert_all_known(bench);
}

static void who_has_less_time_gives_up_alone(void **state) {
  struct bench *bench = *state;
  bench->delay_ms = 6000;
  start(bench, ACCOUNT("a", "moonshot", "k1", "deadline = 4s\n") ACCOUNT("b", "moonshot", "k1", "deadline = 8s\n")
                   ACCOUNT("c", "moonshot", "k1", "deadline = 5s\n"));
  fake_run(&bench->fake, 4500);
  assert_int_equal(gather_answered(bench->gather), 1);
  fake_run(&bench->fake, 60000);
  assert_int_equal(bench->ended, 1);
  assert_int_equal(bench->fake.asks, 1);
  assert_int_equal(gather_reading(bench->gather, 0)->code, ERR_TIMEOUT);
  assert_string_equal(gather_reading(bench->gather, 0)->detail, "timed out after 4 s");
  assert_true(reading_is_known(gather_reading(bench->gather, 1)));
  assert_string_equal(gather_reading(bench->gather, 2)->detail, "timed out after 5 s");
}

static void who_has_more_time_than_what_is_under_way_asks_alone(void **state) {
  struct bench *bench = *state;
  bench->delay_ms = 6000;
  go(bench, ACCOUNT("a", "openrouter", "k1", "deadline = 10s\n") ACCOUNT("b", "openrouter-key", "k1", "deadline = 4s\n"));
  assert_int_equal(bench->fake.asks, 3);
  assert_true(reading_is_known(gather_reading(bench->gather, 0)));
  assert_int_equal(gather_reading(bench->gather, 1)->code, ERR_TIMEOUT);
}

static void a_second_try_goes_to_those_who_have_the_time(void **state) {
  struct bench *bench = *state;
  bench->failures = 1;
  go(bench, ACCOUNT("a", "moonshot", "k1", "deadline = 1s\n") ACCOUNT("b", "moonshot", "k1", "deadline = 8s\n"));
  assert_int_equal(bench->fake.asks, 2);
  assert_true(reading_is_known(gather_reading(bench->gather, 1)));
}

static void given_up_before_and_during_the_second_try_nothing_is_left(void **state) {
  struct bench *bench = *state;
  bench->failures = 1;
  start(bench, ACCOUNT("a", "moonshot", "k1", "") ACCOUNT("b", "moonshot", "k1", "") ACCOUNT("c", "moonshot", "k2", ""));
  fake_run(&bench->fake, 50);
  gather_free(bench->gather);
  bench->gather = NULL;
  fake_run(&bench->fake, 60000);
  assert_int_equal(bench->ended, 0);
}

static void five_hundred_of_one_key_are_one_ask(void **state) {
  struct bench *bench = *state;
  struct buf text;
  buf_init(&text, 1 << 20);
  for (int i = 0; i < ACCOUNTS_MAX; i++)
    buf_addf(&text, ACCOUNT("a%d", "moonshot", "k1", ""), i);
  go(bench, buf_text(&text));
  buf_done(&text);
  assert_int_equal(bench->fake.asks, 1);
  assert_int_equal(bench->shown, ACCOUNTS_MAX);
  assert_all_known(bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(two_accounts_with_one_key_ask_once_and_both_hear_the_answer),
      TEST(what_differs_in_anything_is_asked_apart),
      TEST(a_second_try_is_one_for_all),
      TEST(a_second_failure_is_told_to_all),
      TEST(asks_one_after_the_other_stay_joined),
      TEST(who_has_less_time_gives_up_alone),
      TEST(who_has_more_time_than_what_is_under_way_asks_alone),
      TEST(a_second_try_goes_to_those_who_have_the_time),
      TEST(given_up_before_and_during_the_second_try_nothing_is_left),
      TEST(five_hundred_of_one_key_are_one_ask),
  };
  return cmocka_run_group_tests_name("sharing", tests, NULL, NULL);
}
