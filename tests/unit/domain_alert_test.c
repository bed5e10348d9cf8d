/* Reminders and quiet hours as people write them, and when quiet hours end. */
#include "rule_testing.h"

static struct quiet quiet_of(const char *text) {
  struct quiet quiet = {0};
  struct err err = {0};
  if (!quiet_parse(text, &quiet, &err)) fail_msg("%s", err.text);
  return quiet;
}

static void reminders_are_read_as_people_write_them(void **state) {
  (void)state;
  static const struct {
    const char *text;
    enum remind remind;
    int64_t remind_ms;
  } cases[] = {{"once", REMIND_ONCE, 0},
               {"diminishing", REMIND_DIMINISHING, 0},
               {"daily", REMIND_EVERY, DAY},
               {"1h", REMIND_EVERY, HOUR},
               {"1d 12h", REMIND_EVERY, 36 * HOUR}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    enum remind remind = REMIND_EVERY;
    int64_t ms = -1;
    struct err err = {0};
    assert_true(remind_parse(cases[i].text, &remind, &ms, &err));
    assert_int_equal(remind, cases[i].remind);
    assert_int_equal(ms, cases[i].remind_ms);
  }
}

static void a_reminder_that_means_nothing_is_refused_with_what_would(void **state) {
  (void)state;
  static const char *const wrong[] = {"", "hourly", "never", "1", "-1h", "1x"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    enum remind remind = REMIND_ONCE;
    int64_t ms = -1;
    struct err err = {0};
    assert_false(remind_parse(wrong[i], &remind, &ms, &err));
    assert_int_equal(ms, -1);
    assert_non_null(strstr(err.hint, "diminishing"));
  }
}

static void quiet_hours_that_are_none_are_refused(void **state) {
  (void)state;
  static const char *const wrong[] = {
      "",           "22",          "22:00",        "22:00-",      "22:00-7",     "24:00-07:00",
      "22:60-7:00", "22:00-22:00", "22:00-07:00x", "222:0-07:00", "22:0-07:000", "-"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct quiet quiet = {0};
    struct err err = {0};
    if (quiet_parse(wrong[i], &quiet, &err)) fail_msg("\"%s\" is taken", wrong[i]);
    assert_false(quiet.set);
    assert_non_null(strstr(err.hint, "22:00-07:00"));
  }
  struct quiet quiet = quiet_of("9:30-17:00");
  assert_int_equal(quiet.from_minute, 570);
  assert_int_equal(quiet.to_minute, 1020);
}

static void quiet_hours_end_at_their_end(void **state) {
  (void)state;
  const struct quiet night = quiet_of("22:00-07:00");
  const struct quiet noon = quiet_of("12:00-13:00");
  const struct quiet none = {0};
  assert_int_equal(quiet_until(&none, NULL, NINE), 0);
  assert_int_equal(quiet_until(&night, NULL, NINE), 0);
  assert_int_equal(quiet_until(&night, NULL, NINE - 2 * HOUR), 0); /* 07:00 is day */
  assert_int_equal(quiet_until(&night, NULL, NINE - 2 * HOUR - 1), NINE - 2 * HOUR);
  assert_int_equal(quiet_until(&night, NULL, NINE + 13 * HOUR), NINE + 22 * HOUR);
  assert_int_equal(quiet_until(&night, NULL, NINE + 13 * HOUR - 1), 0);
  assert_int_equal(quiet_until(&night, NULL, NINE + 15 * HOUR), NINE + 22 * HOUR);
  assert_int_equal(quiet_until(&noon, NULL, NINE + 3 * HOUR), NINE + 4 * HOUR);
  assert_int_equal(quiet_until(&noon, NULL, NINE + 4 * HOUR), 0);
}

static void quiet_hours_follow_daylight_saving(void **state) {
  (void)state;
  struct err err = {0};
  struct zone *berlin = zone_new("Europe/Berlin", &err);
  assert_non_null(berlin);
  const struct quiet night = quiet_of("22:00-07:00");
  const int64_t march = 1774735200000LL; /* 2026-03-28 22:00 UTC, 23:00 there; clocks go forward that night */
  assert_int_equal(quiet_until(&night, berlin, march), march + 7 * HOUR);
  const int64_t october = 1792875600000LL; /* 2026-10-24 21:00 UTC, 23:00 there; clocks go back that night */
  assert_int_equal(quiet_until(&night, berlin, october), october + 9 * HOUR);
  const struct quiet skipped = quiet_of("01:00-02:30"); /* 02:30 does not exist on 2026-03-29 */
  const int64_t half_past_one = march + 2 * HOUR + 30 * MINUTE;
  assert_int_equal(quiet_until(&skipped, berlin, half_past_one), half_past_one + 30 * MINUTE);
  const int64_t second_run = 1792888200000LL; /* 2026-10-25 00:30 UTC is 02:30 the first time, 01:30 UTC the second */
  const struct quiet twice = quiet_of("02:00-02:45");
  assert_int_equal(quiet_until(&twice, berlin, second_run), second_run + 15 * MINUTE);
  assert_int_equal(quiet_until(&twice, berlin, second_run + HOUR), second_run + HOUR + MINUTE);
  zone_free(berlin);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reminders_are_read_as_people_write_them),
      cmocka_unit_test(a_reminder_that_means_nothing_is_refused_with_what_would),
      cmocka_unit_test(quiet_hours_that_are_none_are_refused),
      cmocka_unit_test(quiet_hours_end_at_their_end),
      cmocka_unit_test(quiet_hours_follow_daylight_saving),
  };
  return cmocka_run_group_tests_name("domain_alert", tests, NULL, NULL);
}
