/* A fall to nothing is looked at twice. */
#include "rule_testing.h"

struct looking {
  struct alert_memory memory;
  struct reading last_known;
  int64_t now_ms;
  bool again;
};

static struct looking looking_from(int64_t left_cents) {
  return (struct looking){.now_ms = NINE, .last_known = {.available = amount_of(cents(left_cents)), .unit = "USD"}};
}

static struct reading look(struct looking *looking, int64_t after_ms, int64_t left_cents) {
  struct reading reading = {.available = amount_of(cents(left_cents)), .unit = "USD"};
  looking->now_ms += after_ms;
  reading.asked_ms = reading.time_ms = looking->now_ms;
  reading = reading_plausible(&reading, &looking->last_known, &looking->memory, &looking->again);
  if (reading_is_known(&reading)) looking->last_known = reading;
  return reading;
}

#define assert_believed(reading) assert_int_equal((reading).code, ERR_NONE)
#define assert_doubted(reading) assert_int_equal((reading).code, ERR_IMPLAUSIBLE)

static void ninety_percent_are_believed_more_is_not(void **state) {
  (void)state;
  struct looking looking = looking_from(10000);
  assert_believed(look(&looking, HOUR, 1000));
  looking = looking_from(10000);
  struct reading doubted = look(&looking, HOUR, 999);
  assert_doubted(doubted);
  assert_true(looking.again);
  assert_string_equal(doubted.detail, "$9.99 not confirmed yet");
  assert_false(doubted.available.known);
  assert_string_equal(doubted.unit, "USD");
}

static void two_looks_that_agree_are_believed(void **state) {
  (void)state;
  struct looking looking = looking_from(10000);
  assert_doubted(look(&looking, HOUR, 0));
  assert_believed(look(&looking, SECOND_LOOK_MS, 0));
  assert_false(looking.again);
  assert_false(looking.memory.suspect.known);
  assert_believed(look(&looking, HOUR, 0));
}

static void spending_between_the_looks_still_agrees(void **state) {
  (void)state;
  struct looking looking = looking_from(10000);
  assert_doubted(look(&looking, HOUR, 900));
  assert_believed(look(&looking, SECOND_LOOK_MS, 400));
}

static void a_second_look_as_before_the_fall_is_a_reading_like_others(void **state) {
  (void)state;
  struct looking looking = looking_from(10000);
  assert_doubted(look(&looking, HOUR, 0));
  assert_believed(look(&looking, SECOND_LOOK_MS, 9990));
  assert_doubted(look(&looking, HOUR, 0)); /* the first of two again */
  assert_true(looking.again);
}

static void two_falls_that_disagree_stay_unknown_and_a_third_decides(void **state) {
  (void)state;
  struct looking looking = looking_from(10000);
  assert_doubted(look(&looking, HOUR, 0));
  assert_doubted(look(&looking, SECOND_LOOK_MS, 900));
  assert_false(looking.again);
  assert_believed(look(&looking, HOUR, 900));
}

static void two_looks_of_the_same_moment_are_one(void **state) {
  (void)state;
  struct looking looking = looking_from(10000);
  assert_doubted(look(&looking, HOUR, 0));
  assert_doubted(look(&looking, 200, 0));
  assert_false(looking.again);
  assert_believed(look(&looking, SECOND_LOOK_MS, 0));
}

static void a_second_look_that_fails_decides_nothing(void **state) {
  (void)state;
  struct looking looking = looking_from(10000);
  struct err err = {0};
  (void)err_set(&err, ERR_SERVER, "HTTP 503");
  assert_doubted(look(&looking, HOUR, 0));
  struct reading failed = reading_unknown(looking.now_ms + SECOND_LOOK_MS, &err);
  failed = reading_plausible(&failed, &looking.last_known, &looking.memory, &looking.again);
  assert_int_equal(failed.code, ERR_SERVER);
  assert_true(looking.memory.suspect.known);
  assert_believed(look(&looking, HOUR, 0));
}

static void a_clock_set_back_does_not_hide_the_second_look(void **state) {
  (void)state;
  struct looking looking = looking_from(10000);
  assert_doubted(look(&looking, HOUR, 0));
  assert_believed(look(&looking, -400 * DAY, 0));
}

static void what_people_note_and_what_was_nothing_is_believed(void **state) {
  (void)state;
  struct looking looking = looking_from(0);
  assert_believed(look(&looking, HOUR, 0));
  assert_believed(look(&looking, HOUR, -100));
  looking = looking_from(10000);
  struct reading noted = {.available = amount_of(0), .unit = "USD", .estimated = true};
  assert_believed(reading_plausible(&noted, &looking.last_known, &looking.memory, &looking.again));
  struct reading other = {.available = amount_of(0), .unit = "EUR"};
  assert_believed(reading_plausible(&other, &looking.last_known, &looking.memory, &looking.again));
  struct reading first = {.available = amount_of(0), .unit = "USD"};
  assert_believed(reading_plausible(&first, NULL, &looking.memory, &looking.again));
  struct reading used = {.used = amount_of(5), .unit = "USD"};
  assert_believed(reading_plausible(&used, &looking.last_known, &looking.memory, &looking.again));
}

static void a_fall_into_debt_is_doubted_too(void **state) {
  (void)state;
  struct looking looking = looking_from(500);
  assert_doubted(look(&looking, HOUR, -100000));
  assert_believed(look(&looking, SECOND_LOOK_MS, -100000));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ninety_percent_are_believed_more_is_not),
      cmocka_unit_test(two_looks_that_agree_are_believed),
      cmocka_unit_test(spending_between_the_looks_still_agrees),
      cmocka_unit_test(a_second_look_as_before_the_fall_is_a_reading_like_others),
      cmocka_unit_test(two_falls_that_disagree_stay_unknown_and_a_third_decides),
      cmocka_unit_test(two_looks_of_the_same_moment_are_one),
      cmocka_unit_test(a_second_look_that_fails_decides_nothing),
      cmocka_unit_test(a_clock_set_back_does_not_hide_the_second_look),
      cmocka_unit_test(what_people_note_and_what_was_nothing_is_believed),
      cmocka_unit_test(a_fall_into_debt_is_doubted_too),
  };
  return cmocka_run_group_tests_name("rule_plausible", tests, NULL, NULL);
}
