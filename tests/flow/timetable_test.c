#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/timetable.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define NINE 1769677200000LL /* 2026-01-29 09:00:00 UTC */

static struct cron cron_of(const char *text) {
  struct cron cron;
  struct err err = {0};
  assert_true(cron_parse(text, &cron, &err));
  return cron;
}

static void a_slot_is_due_once(void **state) {
  (void)state;
  const struct cron cron = cron_of("@hourly");
  struct slot_clock clock = {.cron = &cron, .handled_ms = NINE - HOUR};
  int64_t slot_ms = 0;
  assert_false(slot_is_due(&clock, NINE - 1, true, &slot_ms));
  assert_true(slot_is_due(&clock, NINE, true, &slot_ms));
  assert_int_equal(slot_ms, NINE);
  assert_false(slot_is_due(&clock, NINE + 1, true, &slot_ms));
  assert_false(slot_is_due(&clock, NINE + HOUR - 1, true, &slot_ms));
}

static void a_slot_found_late_after_sleep_is_run_only_while_it_is_young(void **state) {
  (void)state;
  const struct cron cron = cron_of("@hourly");
  int64_t slot_ms = 0;
  struct slot_clock young = {.cron = &cron, .handled_ms = NINE - 8 * HOUR};
  assert_true(slot_is_due(&young, NINE + 5 * MINUTE, false, &slot_ms));
  struct slot_clock old = {.cron = &cron, .handled_ms = NINE - 8 * HOUR};
  assert_false(slot_is_due(&old, NINE + 5 * MINUTE + 1, false, &slot_ms));
  assert_true(slot_is_due(&old, NINE + HOUR, true, &slot_ms));
}

static void of_many_missed_slots_only_the_newest_is_run(void **state) {
  (void)state;
  const struct cron cron = cron_of("@hourly");
  struct slot_clock clock = {.cron = &cron, .handled_ms = NINE - 30 * HOUR};
  int64_t slot_ms = 0;
  assert_true(slot_is_due(&clock, NINE, false, &slot_ms));
  assert_int_equal(slot_ms, NINE);
  assert_false(slot_is_due(&clock, NINE, false, &slot_ms));
}

static void half_a_period_bounds_how_young_a_short_slot_is(void **state) {
  (void)state;
  const struct cron cron = cron_of("@every 2m");
  int64_t slot_ms = 0;
  struct slot_clock in_time = {.cron = &cron, .handled_ms = NINE - HOUR};
  assert_true(slot_is_due(&in_time, NINE + MINUTE, false, &slot_ms));
  struct slot_clock too_late = {.cron = &cron, .handled_ms = NINE - HOUR};
  assert_false(slot_is_due(&too_late, NINE + MINUTE + 1, false, &slot_ms));
  struct slot_clock awake = {.cron = &cron, .handled_ms = NINE - HOUR};
  assert_true(slot_is_due(&awake, NINE + MINUTE + 1, true, &slot_ms));
}

static void a_visit_of_the_clock_to_2038_does_not_block_what_comes_after(void **state) {
  (void)state;
  const int64_t far = 2147483647000LL / HOUR * HOUR;
  const struct cron cron = cron_of("@hourly");
  struct slot_clock clock = {.cron = &cron, .handled_ms = NINE};
  int64_t slot_ms = 0;
  assert_true(slot_is_due(&clock, far, false, &slot_ms));
  assert_int_equal(slot_ms, far);
  assert_true(slot_is_due(&clock, NINE + HOUR, false, &slot_ms));
  assert_int_equal(slot_ms, NINE + HOUR);
}

static void a_schedule_that_never_comes_is_never_due(void **state) {
  (void)state;
  const struct cron cron = cron_of("0 0 30 2 *");
  struct slot_clock clock = {.cron = &cron};
  int64_t slot_ms = 0;
  assert_false(slot_is_due(&clock, NINE, true, &slot_ms));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_slot_is_due_once),
      cmocka_unit_test(a_slot_found_late_after_sleep_is_run_only_while_it_is_young),
      cmocka_unit_test(of_many_missed_slots_only_the_newest_is_run),
      cmocka_unit_test(half_a_period_bounds_how_young_a_short_slot_is),
      cmocka_unit_test(a_visit_of_the_clock_to_2038_does_not_block_what_comes_after),
      cmocka_unit_test(a_schedule_that_never_comes_is_never_due),
  };
  return cmocka_run_group_tests_name("timetable", tests, NULL, NULL);
}
