/* Low, critical, over: one crossing is one alert. */
#include "rule_testing.h"

static void one_crossing_is_one_alert(void **state) {
  (void)state;
  struct life life = life_begin();
  told(check(&life, 0, 500), "");
  told(check(&life, HOUR, 499), "low:kimi:1:warning");
  told(check(&life, HOUR, 300), "");
  told(check(&life, HOUR, 100), "");
  told(check(&life, HOUR, 99), "low:kimi:1:critical");
  told(check(&life, HOUR, 0), "");
  told(check(&life, HOUR, -300), "");
}

static void straight_into_critical_is_one_alert_too(void **state) {
  (void)state;
  struct life life = life_begin();
  told(check(&life, 0, 99), "low:kimi:1:critical");
  told(check(&life, HOUR, 99), "");
}

static void a_level_rearms_five_percent_above_it(void **state) {
  (void)state;
  struct life life = life_begin();
  told(check(&life, 0, 499), "low:kimi:1:warning");
  told(check(&life, HOUR, 500), "");
  told(check(&life, HOUR, 524), "");
  told(check(&life, HOUR, 525), "low:kimi:1:over");
  told(check(&life, HOUR, 499), "low:kimi:2:warning");
}

static void five_percent_are_rounded_up(void **state) {
  (void)state;
  struct life life = life_begin();
  life.thresholds.warning.left = amount_of(3);
  life.thresholds.critical.left = amount_of(1);
  struct reading reading = {.available = amount_of(2), .unit = "USD"};
  life_judge(&life, &reading);
  told(life.told, "low:kimi:1:warning");
  reading.available.nano = 3;
  life_judge(&life, &reading);
  told(life.told, "");
  reading.available.nano = 4;
  life_judge(&life, &reading);
  told(life.told, "low:kimi:1:over");
}

static void a_level_at_the_end_of_numbers_does_not_wrap(void **state) {
  (void)state;
  struct life life = life_begin();
  life.thresholds.warning.left = amount_of(INT64_MAX);
  told(check(&life, 0, 100), "low:kimi:1:warning");
  told(check(&life, HOUR, 101), "");
}

static void a_level_of_zero_or_below_needs_no_five_percent(void **state) {
  (void)state;
  struct life life = life_begin();
  life.thresholds.warning.left = amount_of(0);
  life.thresholds.critical.left = (struct amount){0};
  told(check(&life, 0, -1), "low:kimi:1:warning");
  told(check(&life, HOUR, 0), "low:kimi:1:over");
}

static void hovering_around_a_level_is_told_once(void **state) {
  (void)state;
  struct life life = life_begin();
  told(check(&life, 0, 499), "low:kimi:1:warning");
  for (int i = 0; i < 100; i++)
    told(check(&life, HOUR, i % 2 == 0 ? 515 : 499), "");
}

static void critical_again_after_a_rise_above_it_is_another_episode(void **state) {
  (void)state;
  struct life life = life_begin();
  told(check(&life, 0, 80), "low:kimi:1:critical");
  told(check(&life, HOUR, 104), ""); /* above it, but not by 5 % */
  told(check(&life, HOUR, 90), "");
  told(check(&life, HOUR, 300), "");
  told(check(&life, HOUR, 80), "low:kimi:2:critical");
}

static void what_is_over_was_as_bad_as_its_worst(void **state) {
  (void)state;
  struct life life = life_begin();
  (void)check(&life, 0, 80);
  (void)check(&life, HOUR, 300);
  told(check(&life, HOUR, 2000), "low:kimi:2:over");
  assert_int_equal(life.alerts.list[0].rank, RANK_CRITICAL);
  (void)check(&life, HOUR, 300);
  told(check(&life, HOUR, 2000), "low:kimi:3:over");
  assert_int_equal(life.alerts.list[0].rank, RANK_WARNING);
}

static void what_is_unknown_is_neither_low_nor_over(void **state) {
  (void)state;
  struct life life = life_begin();
  told(check_unknown(&life, 0), "");
  told(check(&life, HOUR, 300), "low:kimi:1:warning");
  told(check_unknown(&life, HOUR), "");
  told(check(&life, HOUR, 300), "");
  told(check_unknown(&life, HOUR), "");
  told(check(&life, HOUR, 2000), "low:kimi:1:over");
}

static void percent_and_used_leave_their_level_below_it(void **state) {
  (void)state;
  static const struct {
    int64_t used;
    const char *told;
  } steps[] = {
      {79, ""}, {80, "low:kimi:1:warning"}, {96, "low:kimi:1:critical"}, {95, ""}, {94, ""}, {95, "low:kimi:2:critical"},
      {80, ""}, {79, "low:kimi:3:over"}};
  struct life life = life_begin();
  life.thresholds =
      (struct thresholds){.warning.percent = amount_of(80 * MONEY_NANO), .critical.percent = amount_of(95 * MONEY_NANO)};
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    struct reading reading = {.kind = READING_QUOTA, .unit = "credits", .limit = amount_of(100 * MONEY_NANO)};
    reading.used = amount_of(steps[i].used * MONEY_NANO);
    life_judge(&life, &reading);
    told(life.told, steps[i].told);
  }
}

/* --- runway ----------------------------------------------------------------------------------------------------- */

static void a_short_runway_is_low_however_much_is_left(void **state) {
  (void)state;
  struct life life = life_begin();
  life.thresholds.warning.runway_ms = 3 * DAY;
  life.thresholds.critical.runway_ms = DAY;
  life.runway_ms = 4 * DAY;
  told(check(&life, 0, 90000), "");
  life.runway_ms = 3 * DAY;
  told(check(&life, HOUR, 90000), "low:kimi:1:warning");
  life.runway_ms = DAY;
  told(check(&life, HOUR, 90000), "low:kimi:1:critical");
  life.runway_ms = DAY + 12 * HOUR; /* half above it is what it takes */
  told(check(&life, HOUR, 90000), "");
  life.runway_ms = DAY + 13 * HOUR;
  told(check(&life, HOUR, 90000), "");
  life.runway_ms = 4 * DAY + 13 * HOUR;
  told(check(&life, HOUR, 90000), "low:kimi:2:over");
}

static void a_forecast_that_falls_silent_is_no_recovery(void **state) {
  (void)state;
  struct life life = life_begin();
  life.policy.remind = REMIND_EVERY;
  life.policy.remind_ms = HOUR;
  life.thresholds.warning.runway_ms = 3 * DAY;
  life.runway_ms = 2 * DAY;
  told(check(&life, 0, 9000), "low:kimi:1:warning");
  life.runway_ms = -1;
  told(check(&life, 2 * HOUR, 9000), ""); /* nor is anybody reminded of what nobody knows */
  told(check(&life, 2 * HOUR, 9400), "");
  told(check(&life, 2 * HOUR, 80), "low:kimi:1:critical");
  told(check(&life, HOUR, 80), "low:kimi:1:critical:r1");
  told(check(&life, 2 * HOUR, 20000), "low:kimi:1:over");
  told(check(&life, 2 * HOUR, 20000), "");
}

static void what_is_kept_back_waits_for_a_forecast_as_well(void **state) {
  (void)state;
  struct life life = life_begin();
  life.thresholds.warning.runway_ms = 3 * DAY;
  (void)alert_mute(&life.memory, NINE + 2 * HOUR);
  life.runway_ms = 2 * DAY;
  told(check(&life, 0, 9000), "low:kimi:1:warning held muted");
  life.runway_ms = -1;
  told(check(&life, 3 * HOUR, 9000), "");
  life.runway_ms = 2 * DAY;
  told(check(&life, HOUR, 9000), "low:kimi:1:warning");
}

static void a_runway_that_is_not_known_says_nothing(void **state) {
  (void)state;
  struct life life = life_begin();
  life.thresholds.warning.runway_ms = 3 * DAY;
  told(check(&life, 0, 90000), "");
  life.runway_ms = 0;
  told(check(&life, HOUR, 90000), "low:kimi:1:warning");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_crossing_is_one_alert),
      cmocka_unit_test(straight_into_critical_is_one_alert_too),
      cmocka_unit_test(a_level_rearms_five_percent_above_it),
      cmocka_unit_test(five_percent_are_rounded_up),
      cmocka_unit_test(a_level_at_the_end_of_numbers_does_not_wrap),
      cmocka_unit_test(a_level_of_zero_or_below_needs_no_five_percent),
      cmocka_unit_test(hovering_around_a_level_is_told_once),
      cmocka_unit_test(critical_again_after_a_rise_above_it_is_another_episode),
      cmocka_unit_test(what_is_over_was_as_bad_as_its_worst),
      cmocka_unit_test(what_is_unknown_is_neither_low_nor_over),
      cmocka_unit_test(percent_and_used_leave_their_level_below_it),
      cmocka_unit_test(a_short_runway_is_low_however_much_is_left),
      cmocka_unit_test(a_forecast_that_falls_silent_is_no_recovery),
      cmocka_unit_test(what_is_kept_back_waits_for_a_forecast_as_well),
      cmocka_unit_test(a_runway_that_is_not_known_says_nothing),
  };
  return cmocka_run_group_tests_name("rule_low", tests, NULL, NULL);
}
