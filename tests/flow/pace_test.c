/* The pace: what keeps requests away from a limit, proven without a clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/pace.h"

#define MINUTE 60000LL

#define URL(number) "https://discord.com/api/webhooks/1/" number
#define HOOK(n, number)                                                                                                    \
  { .name = (n), .values = (const struct account_value[]){{.name = "url", .text = URL(number)}}, .value_count = 1 }

static const struct http_answer fine = {.status = 200};

/* Two hooks of Discord, a third that is the first again, a Slack hook and the console. */
enum { ONE, TWO, ONE_AGAIN, SLACK, CONSOLE, CHANNELS };
static struct channel channels[CHANNELS] = {HOOK("one", "1"), HOOK("two", "2"), HOOK("again", "1"), HOOK("slack", "3"),
                                            HOOK("console", "4")};

static int set_up(void **state) {
  for (int i = ONE; i <= ONE_AGAIN; i++)
    channels[i].plug = notifier_find("discord-webhook");
  channels[SLACK].plug = notifier_find("slack-webhook");
  channels[CONSOLE].plug = notifier_find("console");
  *state = pace_new(channels, CHANNELS, NULL);
  return 0;
}

static int tear_down(void **state) {
  pace_free(*state);
  return 0;
}

static void take(struct pace *pace, size_t index, int times, int64_t now_ms) {
  for (int i = 0; i < times; i++)
    pace_take(pace, index, now_ms);
}

static void a_webhook_gets_thirty_a_minute(void **state) {
  struct pace *pace = *state;
  for (int i = 0; i < 30; i++) {
    assert_int_equal(pace_wait(pace, ONE, i * 100), 0);
    pace_take(pace, ONE, i * 100);
  }
  assert_int_equal(pace_wait(pace, ONE, 3000), MINUTE - 3000);
  assert_int_equal(pace_wait(pace, TWO, 3000), 0);
  assert_int_equal(pace_wait(pace, ONE, MINUTE), 0);
  pace_take(pace, ONE, MINUTE);
  assert_int_equal(pace_wait(pace, ONE, MINUTE), 100);
}

static void what_did_not_go_out_does_not_count(void **state) {
  struct pace *pace = *state;
  take(pace, ONE, 29, 5);
  pace_take(pace, ONE, 7);
  assert_true(pace_wait(pace, ONE, 10) > 0);
  pace_give_back(pace, ONE, 7);
  assert_int_equal(pace_wait(pace, ONE, 10), 0);
  pace_give_back(pace, ONE, 6);
  pace_take(pace, ONE, 10);
  assert_true(pace_wait(pace, ONE, 10) > 0);
}

static void one_address_is_one_channel_by_whatever_name(void **state) {
  struct pace *pace = *state;
  take(pace, ONE, 15, 0);
  take(pace, ONE_AGAIN, 15, 0);
  assert_int_equal(pace_wait(pace, ONE, 0), MINUTE);
  assert_int_equal(pace_wait(pace, ONE_AGAIN, 0), MINUTE);
}

static void discord_gets_fifty_a_second_of_all_channels_together(void **state) {
  struct pace *pace = *state;
  take(pace, ONE, 25, 0);
  take(pace, TWO, 24, 10);
  assert_int_equal(pace_wait(pace, TWO, 20), 0);
  pace_take(pace, TWO, 20);
  assert_int_equal(pace_wait(pace, TWO, 20), 980);
  assert_int_equal(pace_wait(pace, ONE, 20), 980);
  assert_int_equal(pace_wait(pace, SLACK, 20), 0);
  assert_int_equal(pace_wait(pace, ONE, 1000), 0);
}

static void slack_gets_one_a_second_a_channel(void **state) {
  struct pace *pace = *state;
  pace_take(pace, SLACK, 0);
  assert_int_equal(pace_wait(pace, SLACK, 1), 999);
  assert_int_equal(pace_wait(pace, SLACK, 1000), 0);
}

static void nothing_goes_into_an_empty_bucket(void **state) {
  struct pace *pace = *state;
  struct verdict verdict = {.rate = {.remaining_told = true, .remaining = 1, .reset_told = true, .reset_after_ms = 2000}};
  assert_false(pace_hear(pace, ONE, 0, &fine, &verdict));
  assert_int_equal(pace_wait(pace, ONE, 0), 0);
  verdict.rate.remaining = 0;
  assert_false(pace_hear(pace, ONE, 100, &fine, &verdict));
  assert_int_equal(pace_wait(pace, ONE, 100), 2000);
  assert_int_equal(pace_wait(pace, TWO, 100), 0);
  assert_int_equal(pace_wait(pace, ONE, 2100), 0);
  verdict.rate.reset_told = false;
  (void)pace_hear(pace, TWO, 100, &fine, &verdict);
  assert_int_equal(pace_wait(pace, TWO, 100), 0);
}

static void who_says_when_to_come_again_is_obeyed(void **state) {
  struct pace *pace = *state;
  struct verdict verdict = {.kind = VERDICT_RETRY, .after_ms = 5000};
  const struct http_answer limited = {.status = 429};
  assert_false(pace_hear(pace, ONE, 0, &limited, &verdict));
  assert_int_equal(pace_wait(pace, ONE, 0), 5000);
  assert_int_equal(pace_wait(pace, TWO, 0), 0);
  verdict.after_ms = 0;
  (void)pace_hear(pace, ONE, 10, &limited, &verdict);
  assert_int_equal(pace_wait(pace, ONE, 10), 4990);
}

static void a_global_limit_holds_all_of_the_platform(void **state) {
  struct pace *pace = *state;
  const struct verdict verdict = {.kind = VERDICT_RETRY, .after_ms = 5000, .rate = {.global = true}};
  const struct http_answer limited = {.status = 429};
  (void)pace_hear(pace, ONE, 0, &limited, &verdict);
  assert_int_equal(pace_wait(pace, TWO, 0), 5000);
  assert_int_equal(pace_wait(pace, SLACK, 0), 0);
}

static void after_a_hundred_wrong_requests_a_platform_gets_none(void **state) {
  struct pace *pace = *state;
  const struct verdict refused = {.kind = VERDICT_REFUSED};
  const int statuses[] = {401, 403, 404, 429};
  for (int i = 0; i < PACE_INVALID_MAX - 1; i++) {
    const struct http_answer answer = {.status = statuses[i % 4]};
    assert_false(pace_hear(pace, i % 2 == 0 ? ONE : TWO, i, &answer, &refused));
  }
  const struct http_answer others[] = {
      {.status = 200}, {.status = 400}, {.status = 500}, {.status = 429, .rate = {.shared = true}}};
  for (size_t i = 0; i < 4; i++)
    assert_false(pace_hear(pace, ONE, 100, &others[i], &refused));
  assert_int_equal(pace_wait(pace, ONE, 100), 0);
  const struct http_answer last = {.status = 404};
  assert_true(pace_hear(pace, ONE, 100, &last, &refused));
  assert_false(pace_hear(pace, ONE, 100, &last, &refused)); /* said once */
  assert_int_equal(pace_wait(pace, ONE, 200), PACE_INVALID_PER_MS + 1 - 200);
  assert_int_equal(pace_wait(pace, TWO, 200), PACE_INVALID_PER_MS + 1 - 200);
  assert_int_equal(pace_wait(pace, SLACK, 200), 0);
  assert_int_equal(pace_wait(pace, ONE, PACE_INVALID_PER_MS + 100), 0);
}

static void what_shares_nothing_is_not_counted_together(void **state) {
  struct pace *pace = *state;
  const struct verdict refused = {.kind = VERDICT_REFUSED, .rate = {.global = true}};
  const struct http_answer answer = {.status = 404};
  for (int i = 0; i < 3 * PACE_INVALID_MAX; i++)
    assert_false(pace_hear(pace, CONSOLE, 0, &answer, &refused));
  take(pace, CONSOLE, 1000, 0);
  assert_int_equal(pace_wait(pace, CONSOLE, 0), 0);
}

static void a_reload_forgets_nothing(void **state) {
  struct pace *pace = *state;
  const struct verdict verdict = {.kind = VERDICT_RETRY, .after_ms = 5000};
  const struct http_answer limited = {.status = 429};
  take(pace, ONE, 30, 0);
  (void)pace_hear(pace, SLACK, 0, &limited, &verdict);
  take(pace, TWO, 20, 0);
  const struct channel renamed[] = {channels[SLACK], channels[TWO], channels[ONE]};
  struct pace *next = pace_new(renamed, 3, pace);
  assert_int_equal(pace_wait(next, 0, 0), 5000);
  assert_int_equal(pace_wait(next, 1, 0), 1000);
  assert_int_equal(pace_wait(next, 2, 0), MINUTE);
  pace_free(next);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_webhook_gets_thirty_a_minute),
      TEST(what_did_not_go_out_does_not_count),
      TEST(one_address_is_one_channel_by_whatever_name),
      TEST(discord_gets_fifty_a_second_of_all_channels_together),
      TEST(slack_gets_one_a_second_a_channel),
      TEST(nothing_goes_into_an_empty_bucket),
      TEST(who_says_when_to_come_again_is_obeyed),
      TEST(a_global_limit_holds_all_of_the_platform),
      TEST(after_a_hundred_wrong_requests_a_platform_gets_none),
      TEST(what_shares_nothing_is_not_counted_together),
      TEST(a_reload_forgets_nothing),
  };
  return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
