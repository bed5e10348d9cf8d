/* What a period's readings say was spent and topped up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lowtide/tally.h"
#include "lowtide/zone.h"

#define FROM_MS INT64_C(1769590800000)
#define UNTIL_MS (FROM_MS + 24 * HOUR_MS)
#define AT(hours) (FROM_MS + (hours)*HOUR_MS)

static struct tally tally;

static int begin(void **state) {
  (void)state;
  tally = tally_of(FROM_MS, UNTIL_MS, 3 * HOUR_MS);
  return 0;
}

static struct amount cents(int64_t count) {
  return amount_of(count * (MONEY_NANO / 100));
}

static struct reading left_at(int64_t at_ms, int64_t count) {
  return (struct reading){.asked_ms = at_ms, .time_ms = at_ms, .available = cents(count), .unit = "USD"};
}

static void take(const struct reading *reading) {
  tally_take(&tally, "moonshot", reading);
}

static void left(int64_t at_ms, int64_t count) {
  const struct reading reading = left_at(at_ms, count);
  take(&reading);
}

static void unknown(int64_t at_ms) {
  struct err err = {0};
  (void)err_set(&err, ERR_SERVER, "HTTP 503");
  const struct reading reading = reading_unknown(at_ms, &err);
  take(&reading);
}

static void used(int64_t at_ms, int64_t count) {
  const struct reading reading = {
      .kind = READING_SPEND, .asked_ms = at_ms, .time_ms = at_ms, .used = cents(count), .unit = "USD"};
  take(&reading);
}

static void expect(int64_t spent, int64_t topped_up, int topups) {
  tally_end(&tally);
  assert_true(tally.spent.known);
  assert_int_equal(tally.spent.nano, cents(spent).nano);
  assert_int_equal(tally.topped_up_nano, cents(topped_up).nano);
  assert_int_equal(tally.topups, topups);
}

static void falls_are_spent(void **state) {
  (void)state;
  left(AT(0), 1000);
  left(AT(1), 900);
  left(AT(2), 900);
  left(AT(3), 625);
  expect(375, 0, 0);
  assert_int_equal(tally.last.available.nano, cents(625).nano);
}

static void a_top_up_is_not_counted_against_what_was_spent(void **state) {
  (void)state;
  left(AT(0), 1000);
  left(AT(1), 400);
  left(AT(2), 2400);
  left(AT(3), 2300);
  expect(700, 2000, 1);
}

static void a_correction_of_cents_is(void **state) {
  (void)state;
  left(AT(0), 1000);
  left(AT(1), 990);
  left(AT(2), 1000);
  left(AT(3), 980);
  expect(20, 0, 0);
}

static void a_correction_alone_makes_nobody_spend_less_than_nothing(void **state) {
  (void)state;
  left(AT(0), 1000);
  left(AT(1), 1003);
  expect(0, 0, 0);
}

static void a_fall_counts_where_it_was_seen(void **state) {
  (void)state;
  left(AT(-2), 1200);
  left(AT(-1), 1000);
  left(AT(1), 700);
  left(AT(24), 650);
  left(AT(25), 100);
  expect(350, 0, 0);
  assert_int_equal(tally.last.available.nano, cents(650).nano);
}

static void unknown_is_bridged_and_never_zero(void **state) {
  (void)state;
  left(AT(0), 1000);
  for (int hour = 1; hour <= 20; hour++)
    left(AT(hour), 1000);
  unknown(AT(21));
  unknown(AT(22));
  unknown(AT(23));
  left(AT(24), 800);
  expect(200, 0, 0);
  assert_int_equal(tally.unknown_ms, 3 * HOUR_MS);
}

static void one_reading_tells_nothing_about_spending(void **state) {
  (void)state;
  left(AT(3), 1000);
  tally_end(&tally);
  assert_false(tally.spent.known);
  assert_true(tally.known);
  assert_int_equal(tally.since_ms, AT(3));
}

static void nothing_known_is_all_unknown(void **state) {
  (void)state;
  unknown(AT(-1));
  unknown(AT(12));
  tally_end(&tally);
  assert_false(tally.known);
  assert_false(tally.spent.known);
  assert_int_equal(tally.unknown_ms, 24 * HOUR_MS);
  assert_int_equal(tally.since_ms, FROM_MS);
}

static void a_time_in_which_nobody_looked_is_unknown_after_a_while(void **state) {
  (void)state;
  left(AT(0), 1000);
  left(AT(1), 1000);
  left(AT(10), 900); /* three of the nine hours are trusted */
  left(AT(22), 900); /* three of the twelve */
  expect(100, 0, 0);
  assert_int_equal(tally.unknown_ms, (6 + 9) * HOUR_MS);
}

static void what_is_used_counts_from_a_reset_on(void **state) {
  (void)state;
  used(AT(0), 4000);
  used(AT(1), 4500);
  used(AT(2), 200); /* the month is over */
  used(AT(3), 350);
  expect(500 + 200 + 150, 0, 0);
}

static void a_quota_that_rises_is_reset_not_topped_up(void **state) {
  (void)state;
  struct reading reading = left_at(AT(0), 10000);
  reading.kind = READING_QUOTA;
  take(&reading);
  reading.asked_ms = AT(1);
  reading.available = cents(4000);
  take(&reading);
  reading.asked_ms = AT(2);
  reading.available = cents(10000);
  take(&reading);
  expect(6000, 0, 0);
}

static void another_unit_or_provider_begins_anew(void **state) {
  (void)state;
  left(AT(0), 100000);
  struct reading yuan = left_at(AT(2), 1000);
  memcpy(yuan.unit, "CNY", 4);
  take(&yuan);
  yuan.asked_ms = AT(3);
  yuan.available = cents(900);
  take(&yuan);
  expect(100, 0, 0);
  assert_int_equal(tally.since_ms, AT(2));
  tally_take(&tally, "deepseek", &yuan);
  assert_false(tally.spent.known);
}

static void what_does_not_fit_stays_at_the_edge(void **state) {
  (void)state;
  struct reading reading = left_at(AT(0), 0);
  reading.kind = READING_SPEND;
  reading.available.known = false;
  for (int hour = 0; hour < 6; hour++) {
    reading.asked_ms = AT(hour);
    reading.used = amount_of(hour % 2 == 0 ? 0 : INT64_MAX - 5);
    take(&reading);
  }
  tally_end(&tally);
  assert_int_equal(tally.spent.nano, INT64_MAX);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(falls_are_spent),
      TEST(a_top_up_is_not_counted_against_what_was_spent),
      TEST(a_correction_of_cents_is),
      TEST(a_correction_alone_makes_nobody_spend_less_than_nothing),
      TEST(a_fall_counts_where_it_was_seen),
      TEST(unknown_is_bridged_and_never_zero),
      TEST(one_reading_tells_nothing_about_spending),
      TEST(nothing_known_is_all_unknown),
      TEST(a_time_in_which_nobody_looked_is_unknown_after_a_while),
      TEST(what_is_used_counts_from_a_reset_on),
      TEST(a_quota_that_rises_is_reset_not_topped_up),
      TEST(another_unit_or_provider_begins_anew),
      TEST(what_does_not_fit_stays_at_the_edge),
  };
  return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
