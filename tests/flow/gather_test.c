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

/* Three accounts of one recipe, told apart by the path in front of what they call. */
static const char three[] =
    "[account one]\nprovider = moonshot\nkey = k1\nbase_url = http://127.0.0.1:1/one\nlog = none\n"
    "[account two]\nprovider = moonshot\nkey = k2\nbase_url = http://127.0.0.1:1/two\nlog = none\n"
    "[account three]\nprovider = moonshot\nkey = k3\nbase_url = http://127.0.0.1:1/three\nlog = none\n"
    "deadline = 4s\n";

struct bench {
  struct fake_world fake;
  struct config *config;
  const struct account *accounts[3];
  struct gather *gather;
  int64_t ended_after_ms; /* -1: not yet */
  int64_t began_mono_ms;
};

static void ended(void *context) {
  struct bench *bench = context;
  assert_int_equal(bench->ended_after_ms, -1);
  bench->ended_after_ms = bench->fake.mono_ms - bench->began_mono_ms;
}

static int set_up(void **state) {
  struct bench *bench = mem_new(1, sizeof *bench);
  struct err err = {0};
  const struct config_source source = {.getenv = fake_getenv};
  fake_world_init(&bench->fake);
  bench->fake.test = bench;
  bench->config = config_parse("test.ini", three, strlen(three), &source, &err);
  if (bench->config == NULL) fail_msg("%s", err.text);
  for (size_t i = 0; i < 3; i++)
    bench->accounts[i] = &bench->config->accounts[i];
  bench->ended_after_ms = -1;
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

static void go(struct bench *bench, struct fake_answer (*answer)(struct fake_world *, const struct ask *)) {
  const struct gather_hooks hooks = {.done = ended, .context = bench};
  bench->fake.answer = answer;
  bench->began_mono_ms = bench->fake.mono_ms;
  bench->gather = gather_start(&bench->fake.world, bench->accounts, 3, &hooks);
  assert_int_equal(bench->ended_after_ms, -1);
  fake_run(&bench->fake, 60000);
  assert_int_not_equal(bench->ended_after_ms, -1);
}

static bool is_for(const struct ask *ask, const char *name) {
  return strstr(buf_text(&ask->http.url), name) != NULL;
}

static struct fake_answer all_good(struct fake_world *fake, const struct ask *ask) {
  (void)fake;
  (void)ask;
  return (struct fake_answer){.delay_ms = 100, .status = 200, .body = GOOD};
}

static void all_accounts_are_asked_at_once(void **state) {
  struct bench *bench = *state;
  go(bench, all_good);
  assert_int_equal(bench->fake.asks, 3);
  assert_int_equal(bench->ended_after_ms, 100);
  for (size_t i = 0; i < 3; i++) {
    const struct reading *reading = gather_reading(bench->gather, i);
    assert_true(reading_is_known(reading));
    assert_int_equal(reading->available.nano, 12340000000);
    assert_int_equal(reading->asked_ms, FAKE_START_MS);
  }
}

static struct fake_answer one_hangs(struct fake_world *fake, const struct ask *ask) {
  (void)fake;
  if (is_for(ask, "/three/")) return (struct fake_answer){.delay_ms = 3600000};
  return (struct fake_answer){.delay_ms = 100, .status = 200, .body = GOOD};
}

static void a_hanging_provider_times_out_at_its_own_deadline_and_spoils_no_other(void **state) {
  struct bench *bench = *state;
  go(bench, one_hangs);
  assert_int_equal(bench->ended_after_ms, 4000);
  assert_true(reading_is_known(gather_reading(bench->gather, 0)));
  assert_true(reading_is_known(gather_reading(bench->gather, 1)));
  const struct reading *reading = gather_reading(bench->gather, 2);
  assert_int_equal(reading->code, ERR_TIMEOUT);
  assert_string_equal(reading->detail, "timed out after 4 s");
  assert_false(reading->available.known);
}

static struct fake_answer first_503(struct fake_world *fake, const struct ask *ask) {
  (void)ask;
  if (fake->asks <= 3) return (struct fake_answer){.delay_ms = 10, .status = 503, .body = "busy"};
  return (struct fake_answer){.delay_ms = 10, .status = 200, .body = GOOD};
}

static void what_fails_in_passing_is_asked_a_second_time(void **state) {
  struct bench *bench = *state;
  go(bench, first_503);
  assert_int_equal(bench->fake.asks, 6);
  for (size_t i = 0; i < 3; i++)
    assert_true(reading_is_known(gather_reading(bench->gather, i)));
}

static struct fake_answer always_503(struct fake_world *fake, const struct ask *ask) {
  (void)fake;
  (void)ask;
  return (struct fake_answer){.delay_ms = 10, .status = 503, .body = "busy"};
}

static void what_fails_twice_is_unknown_and_never_zero(void **state) {
  struct bench *bench = *state;
  go(bench, always_503);
  assert_int_equal(bench->fake.asks, 6);
  const struct reading *reading = gather_reading(bench->gather, 0);
  assert_int_equal(reading->code, ERR_SERVER);
  assert_string_equal(reading->detail, "HTTP 503");
  assert_false(reading->available.known);
}

static struct fake_answer refused(struct fake_world *fake, const struct ask *ask) {
  (void)fake;
  (void)ask;
  return (struct fake_answer){
      .delay_ms = 10, .status = 401, .body = "{\"error\":{\"message\":\"Invalid Authentication\"}}"};
}

static void a_refused_key_is_not_tried_again(void **state) {
  struct bench *bench = *state;
  go(bench, refused);
  assert_int_equal(bench->fake.asks, 3);
  assert_int_equal(gather_reading(bench->gather, 0)->code, ERR_AUTH);
}

static struct fake_answer rate_limited_2s(struct fake_world *fake, const struct ask *ask) {
  if (!is_for(ask, "/one/") || fake->asks > 3) return all_good(fake, ask);
  return (struct fake_answer){.delay_ms = 10, .status = 429, .retry_after_ms = 2000, .body = ""};
}

static void retry_after_is_obeyed_where_it_fits_into_the_deadline(void **state) {
  struct bench *bench = *state;
  go(bench, rate_limited_2s);
  assert_true(reading_is_known(gather_reading(bench->gather, 0)));
  assert_int_equal(bench->ended_after_ms, 10 + 2000 + 100);
}

static struct fake_answer rate_limited_1h(struct fake_world *fake, const struct ask *ask) {
  (void)fake;
  (void)ask;
  return (struct fake_answer){.delay_ms = 10, .status = 429, .retry_after_ms = 3600000, .body = ""};
}

static void a_retry_after_beyond_the_deadline_is_not_waited_for_nor_ignored(void **state) {
  struct bench *bench = *state;
  go(bench, rate_limited_1h);
  assert_int_equal(bench->fake.asks, 3);
  assert_int_equal(gather_reading(bench->gather, 0)->code, ERR_RATE_LIMITED);
  assert_int_equal(bench->ended_after_ms, 10);
}

static struct fake_answer cut_late(struct fake_world *fake, const struct ask *ask) {
  if (fake->asks > 3) return (struct fake_answer){.delay_ms = 3600000};
  if (!is_for(ask, "/three/")) return all_good(fake, ask);
  return (struct fake_answer){.delay_ms = 2000, .code = ERR_NETWORK};
}

static void the_second_try_stays_within_the_first_deadline(void **state) {
  struct bench *bench = *state;
  go(bench, cut_late);
  assert_int_equal(bench->fake.asks, 4);
  assert_int_equal(bench->ended_after_ms, 4000);
  assert_string_equal(gather_reading(bench->gather, 2)->detail, "timed out after 4 s");
}

static void a_gather_that_is_given_up_leaves_nothing_behind(void **state) {
  struct bench *bench = *state;
  const struct gather_hooks hooks = {.done = ended, .context = bench};
  bench->fake.answer = one_hangs;
  bench->gather = gather_start(&bench->fake.world, bench->accounts, 3, &hooks);
  fake_run(&bench->fake, 50);
  gather_free(bench->gather);
  bench->gather = NULL;
  fake_run(&bench->fake, 60000);
  assert_int_equal(bench->ended_after_ms, -1);
}

static void nobody_to_ask_ends_at_once_but_not_from_inside(void **state) {
  struct bench *bench = *state;
  const struct gather_hooks hooks = {.done = ended, .context = bench};
  bench->began_mono_ms = bench->fake.mono_ms;
  bench->gather = gather_start(&bench->fake.world, bench->accounts, 0, &hooks);
  assert_int_equal(bench->ended_after_ms, -1);
  fake_run(&bench->fake, 1);
  assert_int_equal(bench->ended_after_ms, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(all_accounts_are_asked_at_once),
      TEST(a_hanging_provider_times_out_at_its_own_deadline_and_spoils_no_other),
      TEST(what_fails_in_passing_is_asked_a_second_time),
      TEST(what_fails_twice_is_unknown_and_never_zero),
      TEST(a_refused_key_is_not_tried_again),
      TEST(retry_after_is_obeyed_where_it_fits_into_the_deadline),
      TEST(a_retry_after_beyond_the_deadline_is_not_waited_for_nor_ignored),
      TEST(the_second_try_stays_within_the_first_deadline),
      TEST(a_gather_that_is_given_up_leaves_nothing_behind),
      TEST(nobody_to_ask_ends_at_once_but_not_from_inside),
  };
  return cmocka_run_group_tests_name("gather", tests, NULL, NULL);
}
