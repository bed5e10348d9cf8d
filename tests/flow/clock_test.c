/* A clock that jumps while there is something to tell: nothing false, nothing twice, nothing lost. The slots themselves are
 * schedule_test's. */
#include "fake/bench.h"

#define YEAR_2038_MS 2147483647000LL

/* By how much the clock is wrong for a while. */
static const int64_t jumps_ms[] = {HOUR, -HOUR, DAY, -DAY, 8 * HOUR, -FAKE_START_MS, YEAR_2038_MS - FAKE_START_MS};
#define JUMPS (sizeof jumps_ms / sizeof jumps_ms[0])

static void step_clock(struct bench *bench, int64_t by_ms) {
  bench->fake.wall_ms += by_ms;
}

/* Runs the test on a bench of its own for each jump, so that none hides behind another. */
static void for_each_jump(void (*test)(struct bench *bench, int64_t by_ms)) {
  for (size_t i = 0; i < JUMPS; i++) {
    void *state = NULL;
    assert_int_equal(set_up(&state), 0);
    test(state, jumps_ms[i]);
    assert_int_equal(tear_down(&state), 0);
  }
}

static void live_fine(struct bench *bench, int64_t by_ms) {
  struct peer *team = peer_of(bench, "team");
  begin(bench);
  fake_run(&bench->fake, 2 * HOUR);
  step_clock(bench, by_ms);
  fake_run(&bench->fake, 2 * HOUR);
  step_clock(bench, -by_ms);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team->alerts, 0);
  assert_int_equal(team->recoveries, 0);
  assert_true(team->summaries >= 4);
}

static void an_account_that_is_fine_is_never_told_as_low(void **state) {
  (void)state;
  for_each_jump(live_fine);
}

static void live_low(struct bench *bench, int64_t by_ms) {
  struct peer *team = peer_of(bench, "team");
  peer_of(bench, "kimi")->cents = 420;
  begin(bench);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team->alerts, 1);
  step_clock(bench, by_ms);
  fake_run(&bench->fake, 2 * HOUR);
  step_clock(bench, -by_ms);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team->alerts, 1);
  assert_int_equal(team->recoveries, 0);
}

static void what_was_told_before_is_not_told_again(void **state) {
  (void)state;
  for_each_jump(live_low);
}

static void cross_there(struct bench *bench, int64_t by_ms) {
  struct peer *team = peer_of(bench, "team");
  begin(bench);
  fake_run(&bench->fake, 2 * HOUR);
  step_clock(bench, by_ms);
  peer_of(bench, "kimi")->cents = 420;
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team->alerts, 1);
  step_clock(bench, -by_ms);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team->alerts, 1);
  peer_of(bench, "kimi")->cents = 2000;
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team->recoveries, 1);
}

static void a_crossing_while_the_clock_is_wrong_is_told_once_and_its_end_too(void **state) {
  (void)state;
  for_each_jump(cross_there);
}

static void wait_there(struct bench *bench, int64_t by_ms) {
  struct peer *team = peer_of(bench, "team");
  begin(bench);
  fake_run(&bench->fake, HOUR + 10 * MINUTE);
  team->status = 503;
  peer_of(bench, "kimi")->cents = 420;
  fake_run(&bench->fake, HOUR);
  step_clock(bench, by_ms);
  fake_run(&bench->fake, HOUR);
  step_clock(bench, -by_ms);
  team->status = 200;
  fake_run(&bench->fake, 3 * HOUR);
  if (team->alerts != 1) fail_msg("clock off by %lld ms: %d alerts", (long long)by_ms, team->alerts);
}

static void an_alert_that_waits_while_the_clock_is_behind_arrives_once(void **state) {
  (void)state;
  hush(true);
  for_each_jump(wait_there);
  hush(false);
}

static int summaries_over(struct bench *bench, const char *schedule, int64_t from_ms, int days) {
  char text[1024];
  struct peer *team = peer_of(bench, "team");
  (void)text_fmt(text, sizeof text, "[lowtide]\nschedule = %s\ntimezone = Europe/Berlin\n%s%s", schedule, ACCOUNT("kimi"),
                 CHANNEL("team"));
  configure(bench, text);
  run_until(bench, from_ms);
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  int first = team->summaries;
  fake_run(&bench->fake, days * DAY);
  return team->summaries - first;
}

#define MARCH_27_2026 1774612800000LL   /* 12:00 UTC; the clocks go forward on the 29th */
#define OCTOBER_23_2026 1792756800000LL /* 12:00 UTC; the clocks go back on the 25th */

static void an_hourly_schedule_over_the_change_to_summer_time_follows_elapsed_time(void **state) {
  assert_int_equal(summaries_over(*state, "@hourly", MARCH_27_2026, 4), 4 * 24);
}

static void an_hourly_schedule_over_the_change_to_winter_time_follows_elapsed_time(void **state) {
  assert_int_equal(summaries_over(*state, "@hourly", OCTOBER_23_2026, 4), 4 * 24);
}

static void a_fixed_hour_over_the_change_to_winter_time_is_run_once_a_day(void **state) {
  assert_int_equal(summaries_over(*state, "30 2 * * *", OCTOBER_23_2026, 4), 4);
}

static void a_fixed_hour_that_summer_time_leaves_out_is_run_nevertheless(void **state) {
  assert_int_equal(summaries_over(*state, "30 2 * * *", MARCH_27_2026, 4), 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_account_that_is_fine_is_never_told_as_low),
      cmocka_unit_test(what_was_told_before_is_not_told_again),
      cmocka_unit_test(a_crossing_while_the_clock_is_wrong_is_told_once_and_its_end_too),
      cmocka_unit_test(an_alert_that_waits_while_the_clock_is_behind_arrives_once),
      TEST(an_hourly_schedule_over_the_change_to_summer_time_follows_elapsed_time),
      TEST(an_hourly_schedule_over_the_change_to_winter_time_follows_elapsed_time),
      TEST(a_fixed_hour_over_the_change_to_winter_time_is_run_once_a_day),
      TEST(a_fixed_hour_that_summer_time_leaves_out_is_run_nevertheless),
  };
  return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
