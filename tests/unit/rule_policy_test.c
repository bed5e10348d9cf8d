/* When what holds is told, told again, kept back: reminders, cooldown, quiet hours, mute, acknowledgement. */
#include "rule_testing.h"

static struct life quiet_life(void) {
  struct life life = life_begin();
  struct err err = {0};
  assert_true(quiet_parse("22:00-07:00", &life.policy.quiet, &err));
  return life;
}

static void look_after(const struct life *life, int64_t after_ms) {
  assert_int_equal(life->alerts.look_ms == 0 ? 0 : life->alerts.look_ms - life->now_ms, after_ms);
}

/* --- reminders ---------------------------------------------------------------------------------------------------- */

static void without_a_wish_nobody_is_reminded(void **state) {
  (void)state;
  struct life life = life_begin();
  told(check(&life, 0, 300), "low:kimi:1:warning");
  look_after(&life, 0);
  for (int day = 0; day < 30; day++)
    told(check(&life, DAY, 300), "");
}

static void daily_reminds_once_a_day_while_it_holds(void **state) {
  (void)state;
  struct life life = life_begin();
  life.policy.remind = REMIND_EVERY;
  life.policy.remind_ms = DAY;
  told(check(&life, 0, 300), "low:kimi:1:warning");
  told(check(&life, DAY - 1 * HOUR, 300), "");
  look_after(&life, HOUR);
  told(check(&life, HOUR, 300), "low:kimi:1:warning:r1");
  told(check(&life, HOUR, 300), "");
  told(check(&life, 23 * HOUR, 300), "low:kimi:1:warning:r2");
  told(check(&life, DAY, 2000), "low:kimi:1:over");
  told(check(&life, DAY, 2000), "");
}

static void getting_worse_begins_the_reminders_anew(void **state) {
  (void)state;
  struct life life = life_begin();
  life.policy.remind = REMIND_EVERY;
  life.policy.remind_ms = 6 * HOUR;
  told(check(&life, 0, 300), "low:kimi:1:warning");
  told(check(&life, 5 * HOUR, 50), "low:kimi:1:critical");
  told(check(&life, HOUR, 50), "");
  told(check(&life, 5 * HOUR, 50), "low:kimi:1:critical:r1");
}

static void diminishing_reminds_after_1_2_4_and_8_hours(void **state) {
  (void)state;
  struct life life = life_begin();
  life.policy.remind = REMIND_DIMINISHING;
  told(check(&life, 0, 300), "low:kimi:1:warning");
  int reminders = 0;
  int64_t at[5] = {0};
  for (int hour = 1; hour <= 31; hour++) {
    if (*check(&life, HOUR, 300) != '\0') at[reminders++] = hour;
  }
  assert_int_equal(reminders, 5);
  for (int i = 0; i < 5; i++)
    assert_int_equal(at[i], (2 << i) - 1);
}

static void diminishing_ends_at_three_weeks(void **state) {
  (void)state;
  struct life life = life_begin();
  life.policy.remind = REMIND_DIMINISHING;
  (void)check(&life, 0, 300);
  int reminders = 0;
  for (int hour = 0; hour < 365 * 24; hour++)
    reminders += *check(&life, HOUR, 300) != '\0';
  assert_int_equal(reminders, 9 + (365 * 24 - 511) / 512);
}

static void a_minute_short_of_a_reminder_is_the_time_for_it(void **state) {
  (void)state;
  struct life life = life_begin();
  life.policy.remind = REMIND_EVERY;
  life.policy.remind_ms = HOUR;
  told(check(&life, 0, 300), "low:kimi:1:warning");
  told(check(&life, HOUR - 200, 300), "low:kimi:1:warning:r1");
}

static void a_clock_set_back_does_not_delay_reminders_for_years(void **state) {
  (void)state;
  struct life life = life_begin();
  life.policy.remind = REMIND_EVERY;
  life.policy.remind_ms = HOUR;
  (void)check(&life, 12LL * 365 * DAY, 300);
  told(check(&life, -12LL * 365 * DAY, 300), "");
  told(check(&life, HOUR, 300), "low:kimi:1:warning:r1");
}

/* --- cooldown ----------------------------------------------------------------------------------------------------- */

static struct life cool_life(void) {
  struct life life = life_begin();
  life.policy.cooldown_ms = HOUR;
  return life;
}

static void a_repeated_crossing_waits_for_the_cooldown_and_is_told_if_it_holds(void **state) {
  (void)state;
  struct life life = cool_life();
  told(check(&life, 0, 499), "low:kimi:1:warning");
  told(check(&life, 10 * MINUTE, 600), "low:kimi:1:over");
  told(check(&life, 10 * MINUTE, 499), "low:kimi:2:warning held cooldown");
  look_after(&life, 40 * MINUTE);
  told(check(&life, 10 * MINUTE, 499), "");
  look_after(&life, 30 * MINUTE);
  told(check(&life, 30 * MINUTE, 499), "low:kimi:2:warning");
  assert_false(life.alerts.list[0].first);
}

static void what_is_over_within_the_cooldown_is_dropped_and_said_so(void **state) {
  (void)state;
  struct life life = cool_life();
  told(check(&life, 0, 499), "low:kimi:1:warning");
  told(check(&life, 10 * MINUTE, 600), "low:kimi:1:over");
  told(check(&life, 10 * MINUTE, 499), "low:kimi:2:warning held cooldown");
  told(check(&life, 10 * MINUTE, 600), "low:kimi:2:warning dropped over before it was told");
  told(check(&life, 2 * HOUR, 600), "");
  told(check(&life, HOUR, 499), "low:kimi:2:warning");
}

static void cooldown_never_delays_what_is_worse(void **state) {
  (void)state;
  struct life life = cool_life();
  told(check(&life, 0, 499), "low:kimi:1:warning");
  told(check(&life, MINUTE, 99), "low:kimi:1:critical");
  told(check(&life, MINUTE, 2000), "low:kimi:1:over");
  told(check(&life, MINUTE, 99), "low:kimi:2:critical held cooldown");
  told(check(&life, HOUR, 99), "low:kimi:2:critical");
}

static void a_cooldown_that_began_in_the_future_is_not_believed(void **state) {
  (void)state;
  struct life life = cool_life();
  (void)check(&life, 12LL * 365 * DAY, 499);
  (void)check(&life, MINUTE, 600);
  told(check(&life, -12LL * 365 * DAY, 499), "low:kimi:2:warning");
}

/* --- quiet hours -------------------------------------------------------------------------------------------------- */

static void a_warning_at_night_is_told_in_the_morning_if_it_holds(void **state) {
  (void)state;
  struct life life = quiet_life();
  told(check(&life, 14 * HOUR, 300), "low:kimi:1:warning held quiet hours");
  assert_true(life.alerts.list[0].first);
  look_after(&life, 8 * HOUR);
  told(check(&life, 4 * HOUR, 300), "");
  told(check(&life, 4 * HOUR, 300), "low:kimi:1:warning");
}

static void what_is_critical_is_told_at_night(void **state) {
  (void)state;
  struct life life = quiet_life();
  told(check(&life, 14 * HOUR, 300), "low:kimi:1:warning held quiet hours");
  told(check(&life, HOUR, 50), "low:kimi:1:critical");
  told(check(&life, HOUR, 2000), "low:kimi:1:over");
}

static void a_reminder_waits_for_the_morning(void **state) {
  (void)state;
  struct life life = quiet_life();
  life.policy.remind = REMIND_EVERY;
  life.policy.remind_ms = 4 * HOUR;
  told(check(&life, 12 * HOUR, 300), "low:kimi:1:warning");
  told(check(&life, 4 * HOUR, 300), "");
  look_after(&life, 6 * HOUR);
  told(check(&life, 6 * HOUR, 300), "low:kimi:1:warning:r1");
}

/* --- mute and acknowledgement ------------------------------------------------------------------------------------- */

static void a_mute_keeps_back_until_its_end_and_lets_worse_through(void **state) {
  (void)state;
  struct life life = life_begin();
  assert_int_equal(alert_mute(&life.memory, life.now_ms + 6 * HOUR), RANK_WARNING);
  told(check(&life, HOUR, 300), "low:kimi:1:warning held muted");
  look_after(&life, 5 * HOUR);
  told(check(&life, HOUR, 300), "");
  told(check(&life, 4 * HOUR, 300), "low:kimi:1:warning");
  (void)alert_mute(&life.memory, life.now_ms + 6 * HOUR);
  told(check(&life, HOUR, 50), "low:kimi:1:critical");
  assert_int_equal(alert_mute(&life.memory, life.now_ms + 6 * HOUR), RANK_CRITICAL);
  told(check(&life, HOUR, 2000), "low:kimi:1:over");
  told(check(&life, HOUR, 50), "low:kimi:2:critical held muted");
  alert_unmute(&life.memory);
  told(check(&life, HOUR, 50), "low:kimi:2:critical");
}

static void a_mute_silences_reminders(void **state) {
  (void)state;
  struct life life = life_begin();
  life.policy.remind = REMIND_EVERY;
  life.policy.remind_ms = HOUR;
  told(check(&life, 0, 300), "low:kimi:1:warning");
  (void)alert_mute(&life.memory, life.now_ms + 3 * HOUR);
  told(check(&life, HOUR, 300), "");
  told(check(&life, HOUR, 300), "");
  told(check(&life, HOUR, 300), "low:kimi:1:warning:r1");
}

static void an_acknowledged_alert_is_quiet_until_it_gets_worse(void **state) {
  (void)state;
  struct life life = life_begin();
  life.policy.remind = REMIND_EVERY;
  life.policy.remind_ms = HOUR;
  assert_int_equal(alert_ack(&life.memory), RANK_NONE);
  told(check(&life, 0, 300), "low:kimi:1:warning");
  assert_int_equal(alert_ack(&life.memory), RANK_WARNING);
  told(check(&life, 2 * HOUR, 300), "");
  told(check(&life, 2 * HOUR, 50), "low:kimi:1:critical");
  told(check(&life, HOUR, 50), "low:kimi:1:critical:r1");
  assert_int_equal(alert_ack(&life.memory), RANK_CRITICAL);
  told(check(&life, 2 * HOUR, 300), ""); /* better: still quiet */
  told(check(&life, 2 * HOUR, 300), "");
  told(check(&life, HOUR, 2000), "low:kimi:2:over");
  told(check(&life, HOUR, 300), "low:kimi:3:warning"); /* another time is news */
}

/* --- unknown for too long ----------------------------------------------------------------------------------------- */

static void unknown_for_too_long_is_told_once_and_so_is_its_end(void **state) {
  (void)state;
  struct life life = life_begin();
  told(check(&life, 0, 2000), "");
  told(check_unknown(&life, HOUR), "");
  told(check_unknown(&life, HOUR), "");
  told(check_unknown(&life, HOUR), "stale:kimi:1:unknown");
  assert_int_equal(life.now_ms - life.alerts.list[0].at_ms, 3 * HOUR);
  told(check_unknown(&life, HOUR), "");
  told(check(&life, HOUR, 2000), "stale:kimi:1:over");
  told(check_unknown(&life, HOUR), "");
  told(check(&life, HOUR, 2000), "");
}

static void never_known_counts_from_the_first_try(void **state) {
  (void)state;
  struct life life = life_begin();
  told(check_unknown(&life, 0), "");
  told(check_unknown(&life, 2 * HOUR), "");
  told(check_unknown(&life, HOUR), "stale:kimi:1:unknown");
}

static void low_and_unknown_are_two_matters(void **state) {
  (void)state;
  struct life life = life_begin();
  told(check(&life, 0, 300), "low:kimi:1:warning");
  told(check_unknown(&life, 3 * HOUR), "stale:kimi:1:unknown");
  told(check(&life, HOUR, 2000), "low:kimi:1:over; stale:kimi:1:over");
}

static void a_stale_answer_counts_from_what_it_tells(void **state) {
  (void)state;
  struct life life = life_begin();
  struct err err = {0};
  (void)err_set(&err, ERR_STALE, "4 h old");
  struct reading reading = reading_unknown(life.now_ms, &err);
  reading.time_ms = life.now_ms - 4 * HOUR;
  life_judge(&life, &reading);
  told(life.told, "stale:kimi:1:unknown");
}

static void a_clock_at_1970_makes_nothing_stale_before_its_time(void **state) {
  (void)state;
  struct life life = life_begin();
  told(check(&life, 0, 2000), "");
  told(check_unknown(&life, -life.now_ms + HOUR), "");
  told(check_unknown(&life, HOUR), "");
}

/* --- top-ups and expiries ----------------------------------------------------------------------------------------- */

static void a_rise_is_a_top_up_a_refund_of_cents_is_not(void **state) {
  (void)state;
  struct life life = life_begin();
  life.with_topups = true;
  told(check(&life, 0, 10000), "");
  told(check(&life, HOUR, 10499), "");
  told(check(&life, HOUR, 10400), "");
  told(check(&life, HOUR, 11000), "topup:kimi:1");
  assert_int_equal(life.alerts.list[0].amount.nano, cents(600));
  told(check(&life, HOUR, 1000), "");
  told(check(&life, HOUR, 1099), "");
  told(check(&life, HOUR, 1199), "topup:kimi:2");
}

static void a_top_up_may_be_a_recovery_as_well(void **state) {
  (void)state;
  struct life life = life_begin();
  life.with_topups = true;
  (void)check(&life, 0, 300);
  told(check(&life, HOUR, 2000), "low:kimi:1:over; topup:kimi:1");
}

static void a_grant_that_runs_out_is_told_30_7_and_1_days_before(void **state) {
  (void)state;
  struct life life = life_begin();
  struct grant grant = {.id = 12, .nano = cents(5000), .noted_ms = NINE, .expires_ms = NINE + 60 * DAY};
  life.grants = &grant;
  life.grant_count = 1;
  char all[256] = "";
  for (int day = 0; day < 70; day++) {
    const char *now = check(&life, DAY, 9000);
    if (*now == '\0') continue;
    size_t length = strlen(all);
    (void)snprintf(all + length, sizeof all - length, "%d %s\n", day + 1, now);
  }
  assert_string_equal(all, "30 expiry:kimi:12:30\n53 expiry:kimi:12:7\n59 expiry:kimi:12:1\n");
}

static void days_before_that_were_past_when_it_was_bought_are_not_told(void **state) {
  (void)state;
  struct life life = life_begin();
  struct grant grant = {.id = 1, .nano = cents(5000), .noted_ms = NINE, .expires_ms = NINE + 5 * DAY};
  life.grants = &grant;
  life.grant_count = 1;
  told(check(&life, HOUR, 9000), "");
  told(check(&life, 4 * DAY, 9000), "expiry:kimi:1:1");
}

static void after_a_long_absence_only_the_nearest_day_is_told(void **state) {
  (void)state;
  struct life life = life_begin();
  struct grant grants[] = {{.id = 1, .nano = cents(100), .noted_ms = NINE, .expires_ms = NINE + 60 * DAY},
                           {.id = 2, .nano = 0, .noted_ms = NINE, .expires_ms = NINE + 60 * DAY}};
  life.grants = grants;
  life.grant_count = 2;
  told(check(&life, 59 * DAY + HOUR, 9000), "expiry:kimi:1:1");
  told(check(&life, HOUR, 9000), "");
}

static void an_expiry_waits_for_quiet_hours_and_mutes(void **state) {
  (void)state;
  struct life life = quiet_life();
  struct grant grant = {.id = 1, .nano = cents(100), .noted_ms = NINE, .expires_ms = NINE + 30 * DAY + 14 * HOUR};
  life.grants = &grant;
  life.grant_count = 1;
  told(check(&life, 14 * HOUR, 9000), "");
  look_after(&life, 8 * HOUR);
  told(check(&life, 8 * HOUR, 9000), "expiry:kimi:1:30");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_a_wish_nobody_is_reminded),
      cmocka_unit_test(daily_reminds_once_a_day_while_it_holds),
      cmocka_unit_test(getting_worse_begins_the_reminders_anew),
      cmocka_unit_test(diminishing_reminds_after_1_2_4_and_8_hours),
      cmocka_unit_test(diminishing_ends_at_three_weeks),
      cmocka_unit_test(a_minute_short_of_a_reminder_is_the_time_for_it),
      cmocka_unit_test(a_clock_set_back_does_not_delay_reminders_for_years),
      cmocka_unit_test(a_repeated_crossing_waits_for_the_cooldown_and_is_told_if_it_holds),
      cmocka_unit_test(what_is_over_within_the_cooldown_is_dropped_and_said_so),
      cmocka_unit_test(cooldown_never_delays_what_is_worse),
      cmocka_unit_test(a_cooldown_that_began_in_the_future_is_not_believed),
      cmocka_unit_test(a_warning_at_night_is_told_in_the_morning_if_it_holds),
      cmocka_unit_test(what_is_critical_is_told_at_night),
      cmocka_unit_test(a_reminder_waits_for_the_morning),
      cmocka_unit_test(a_mute_keeps_back_until_its_end_and_lets_worse_through),
      cmocka_unit_test(a_mute_silences_reminders),
      cmocka_unit_test(an_acknowledged_alert_is_quiet_until_it_gets_worse),
      cmocka_unit_test(unknown_for_too_long_is_told_once_and_so_is_its_end),
      cmocka_unit_test(never_known_counts_from_the_first_try),
      cmocka_unit_test(low_and_unknown_are_two_matters),
      cmocka_unit_test(a_stale_answer_counts_from_what_it_tells),
      cmocka_unit_test(a_clock_at_1970_makes_nothing_stale_before_its_time),
      cmocka_unit_test(a_rise_is_a_top_up_a_refund_of_cents_is_not),
      cmocka_unit_test(a_top_up_may_be_a_recovery_as_well),
      cmocka_unit_test(a_grant_that_runs_out_is_told_30_7_and_1_days_before),
      cmocka_unit_test(days_before_that_were_past_when_it_was_bought_are_not_told),
      cmocka_unit_test(after_a_long_absence_only_the_nearest_day_is_told),
      cmocka_unit_test(an_expiry_waits_for_quiet_hours_and_mutes),
  };
  return cmocka_run_group_tests_name("rule_policy", tests, NULL, NULL);
}
