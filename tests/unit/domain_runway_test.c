#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake/forecasts.h"
#include "lowtide/runway.h"
#include "lowtide/text.h"

#define HOUR 3600000LL
#define DAY (24 * HOUR)
#define START 1767225600000LL /* 2026-01-01T00:00:00Z, a Thursday */
#define CENT (MONEY_NANO / 100)
#define DOLLAR MONEY_NANO

static void see(struct trend *trend, int64_t time_ms, int64_t nano) {
  struct reading reading = {.time_ms = time_ms, .available = amount_of(nano)};
  (void)text_copy(reading.unit, sizeof reading.unit, "USD");
  trend_update(trend, &reading);
}

/* Hourly from START on, so much an hour; the last reading is `hours` later and tells `left`. */
static struct trend steady(int hours, int64_t left, int64_t an_hour) {
  struct trend trend = {0};
  for (int hour = 0; hour <= hours; hour++)
    see(&trend, START + hour * HOUR, left + (hours - hour) * an_hour);
  return trend;
}

static void expect_near(int64_t value, int64_t wanted, int64_t off) {
  if (value < wanted - off || value > wanted + off) {
    fail_msg("%lld is not within %lld of %lld", (long long)value, (long long)off, (long long)wanted);
  }
}

static void expect_state(const struct trend *trend, int64_t now_ms, enum runway_state state) {
  struct runway runway = runway_of(trend, now_ms, 0);
  if (runway.state != state) {
    fail_msg("%s, not %s", runway_state_name(runway.state), runway_state_name(state));
  }
  if (state == RUNWAY_KNOWN) return;
  assert_int_equal(runway.runway_ms, 0);
  assert_int_equal(runway.low_ms, 0);
  assert_int_equal(runway.high_ms, 0);
  assert_int_equal(runway.dry_at_ms, 0);
}

/* --- what it says ------------------------------------------------------------------------------------------------ */

static void a_steady_burn_gives_its_date(void **state) {
  (void)state;
  struct trend trend = steady(10 * 24, 120 * DOLLAR, DOLLAR);
  int64_t now_ms = START + 10 * DAY;
  struct runway runway = runway_of(&trend, now_ms, 0);
  assert_int_equal(runway.state, RUNWAY_KNOWN);
  assert_true(runway.burn_known);
  expect_near(runway.burn_nano_per_day, 24 * DOLLAR, CENT);
  expect_near(runway.runway_ms, 120 * HOUR, HOUR / 10);
  assert_in_range(runway.low_ms, 90 * HOUR, 119 * HOUR);
  assert_in_range(runway.high_ms, 121 * HOUR, 160 * HOUR);
  assert_int_equal(runway.dry_at_ms, now_ms + runway.runway_ms);
}

static void time_goes_on_after_the_newest_reading(void **state) {
  (void)state;
  struct trend trend = steady(10 * 24, 120 * DOLLAR, DOLLAR);
  int64_t now_ms = START + 10 * DAY;
  struct runway then = runway_of(&trend, now_ms, 0);
  struct runway later = runway_of(&trend, now_ms + 5 * HOUR, 0);
  assert_int_equal(later.runway_ms, then.runway_ms - 5 * HOUR);
  assert_int_equal(later.dry_at_ms, then.dry_at_ms);
  struct runway beyond = runway_of(&trend, now_ms + 6 * DAY, 0);
  assert_int_equal(beyond.state, RUNWAY_KNOWN);
  assert_int_equal(beyond.runway_ms, 0);
  struct runway before = runway_of(&trend, now_ms - HOUR, 0); /* the clock was set back */
  assert_int_equal(before.runway_ms, then.runway_ms);
  expect_state(&trend, now_ms + 8 * DAY, RUNWAY_NOT_ENOUGH);
}

static void a_floor_is_reached_sooner(void **state) {
  (void)state;
  struct trend trend = steady(10 * 24, 120 * DOLLAR, DOLLAR);
  struct runway runway = runway_of(&trend, START + 10 * DAY, 20 * DOLLAR);
  expect_near(runway.runway_ms, 100 * HOUR, HOUR / 10);
}

static void what_is_empty_has_no_time_left(void **state) {
  (void)state;
  struct trend trend = steady(1, 0, DOLLAR);
  struct runway runway = runway_of(&trend, START + HOUR, 0);
  assert_int_equal(runway.state, RUNWAY_KNOWN);
  assert_int_equal(runway.runway_ms, 0);
  assert_int_equal(runway.dry_at_ms, START + HOUR);
  trend = steady(48, -3 * DOLLAR, DOLLAR);
  assert_int_equal(runway_of(&trend, START + 2 * DAY, 0).runway_ms, 0);
}

static void too_little_history_claims_nothing(void **state) {
  (void)state;
  struct trend trend = {0};
  expect_state(&trend, START, RUNWAY_NOT_ENOUGH);
  trend = steady(0, 10 * DOLLAR, DOLLAR);
  expect_state(&trend, START, RUNWAY_NOT_ENOUGH);
  trend = steady(2, 10 * DOLLAR, DOLLAR);
  expect_state(&trend, START + 2 * HOUR, RUNWAY_NOT_ENOUGH);
  trend = steady(8, 100 * DOLLAR, DOLLAR); /* eight hours say nothing of the fifth day */
  expect_state(&trend, START + 8 * HOUR, RUNWAY_NOT_ENOUGH);
  trend = steady(8, 5 * DOLLAR, DOLLAR); /* but of the next five */
  expect_state(&trend, START + 8 * HOUR, RUNWAY_KNOWN);
  trend = steady(30, 1000 * DOLLAR, DOLLAR);
  expect_state(&trend, START + 30 * HOUR, RUNWAY_NOT_ENOUGH);
  assert_true(runway_of(&trend, START + 30 * HOUR, 0).burn_known);
}

static void one_burst_is_no_rate(void **state) {
  (void)state;
  struct trend trend = {0};
  for (int hour = 0; hour <= 10; hour++)
    see(&trend, START + hour * HOUR, (hour < 5 ? 30 : 10) * DOLLAR);
  expect_state(&trend, START + 10 * HOUR, RUNWAY_NOT_ENOUGH);
  assert_false(runway_of(&trend, START + 10 * HOUR, 0).burn_known);
}

static void an_idle_account_has_no_date(void **state) {
  (void)state;
  struct trend trend = steady(20, 10 * DOLLAR, 0);
  expect_state(&trend, START + 20 * HOUR, RUNWAY_NOT_ENOUGH);
  trend = steady(30, 10 * DOLLAR, 0);
  expect_state(&trend, START + 30 * HOUR, RUNWAY_IDLE);
  struct runway runway = runway_of(&trend, START + 30 * HOUR, 0);
  assert_true(runway.burn_known);
  assert_int_equal(runway.burn_nano_per_day, 0);
  trend = steady(20 * 24, 1000 * DOLLAR, CENT / 100);
  expect_state(&trend, START + 20 * DAY, RUNWAY_IDLE);
}

static void an_account_that_stopped_is_soon_not_expected_to_run_dry(void **state) {
  (void)state;
  struct trend trend = steady(14 * 24, 100 * DOLLAR, DOLLAR);
  for (int hour = 1; hour <= 9 * 24; hour++)
    see(&trend, START + 14 * DAY + hour * HOUR, 100 * DOLLAR);
  struct runway runway = runway_of(&trend, START + 23 * DAY, 0);
  assert_true(runway.state != RUNWAY_KNOWN || runway.runway_ms > 60 * DAY);
}

static void a_quota_that_resets_in_time_lasts(void **state) {
  (void)state;
  struct trend trend = {0};
  for (int hour = 0; hour <= 100; hour++) {
    struct reading reading = {.kind = READING_QUOTA, .time_ms = START + hour * HOUR, .used = amount_of(hour * DOLLAR)};
    reading.limit = amount_of(150 * DOLLAR);
    reading.resets_ms = START + 120 * HOUR;
    trend_update(&trend, &reading);
  }
  expect_state(&trend, START + 100 * HOUR, RUNWAY_RESETS);
  trend.resets_ms = START + 160 * HOUR;
  expect_state(&trend, START + 100 * HOUR, RUNWAY_KNOWN);
  trend.resets_ms = START + 99 * HOUR; /* over, and nothing new was told */
  expect_state(&trend, START + 100 * HOUR, RUNWAY_KNOWN);
}

static void without_a_limit_there_is_a_burn_and_no_date(void **state) {
  (void)state;
  struct trend trend = {0};
  for (int hour = 0; hour <= 100; hour++) {
    struct reading reading = {.kind = READING_SPEND, .time_ms = START + hour * HOUR, .used = amount_of(hour * DOLLAR)};
    trend_update(&trend, &reading);
  }
  struct runway runway = runway_of(&trend, START + 100 * HOUR, 0);
  assert_int_equal(runway.state, RUNWAY_NOT_ENOUGH);
  assert_true(runway.burn_known);
  expect_near(runway.burn_nano_per_day, 24 * DOLLAR, CENT);
}

/* --- what it follows --------------------------------------------------------------------------------------------- */

static void a_step_is_followed_within_a_day(void **state) {
  (void)state;
  struct trend trend = steady(14 * 24, 1000 * DOLLAR, DOLLAR);
  for (int hour = 1; hour <= 24; hour++)
    see(&trend, START + 14 * DAY + hour * HOUR, 1000 * DOLLAR - hour * 4 * DOLLAR);
  struct runway runway = runway_of(&trend, START + 15 * DAY, 0);
  expect_near(runway.burn_nano_per_day, 96 * DOLLAR, 5 * DOLLAR);
  trend = steady(14 * 24, 1000 * DOLLAR, 4 * DOLLAR);
  for (int hour = 1; hour <= 24; hour++)
    see(&trend, START + 14 * DAY + hour * HOUR, 1000 * DOLLAR - hour * DOLLAR);
  runway = runway_of(&trend, START + 15 * DAY, 0);
  expect_near(runway.burn_nano_per_day, 24 * DOLLAR, 2 * DOLLAR);
}

/* 2 dollars an hour from 8 to 20 h UTC. */
static void nights_are_expected_to_be_idle(void **state) {
  (void)state;
  struct trend trend = {0};
  int64_t left = 1000 * DOLLAR;
  for (int hour = 0; hour <= 10 * 24 + 20; hour++) {
    see(&trend, START + hour * HOUR, left);
    left -= hour % 24 >= 8 && hour % 24 < 20 ? 2 * DOLLAR : 0;
  }
  int64_t now_ms = START + 10 * DAY + 20 * HOUR;
  struct runway runway = runway_of(&trend, now_ms, trend.left.nano - 12 * DOLLAR);
  expect_near(runway.runway_ms, 18 * HOUR, HOUR);
  expect_near(runway.burn_nano_per_day, 24 * DOLLAR, DOLLAR);
}

/* 1 dollar an hour from Monday to Friday. */
static int64_t workweek_left(struct trend *trend, int days) {
  int64_t left = 2000 * DOLLAR;
  for (int hour = 0; hour <= days * 24; hour++) {
    see(trend, START + hour * HOUR, left);
    int weekday = (hour / 24 + 4) % 7;
    left -= weekday != 0 && weekday != 6 ? DOLLAR : 0;
  }
  return trend->left.nano;
}

static void weekends_are_known_after_two_of_them(void **state) {
  (void)state;
  struct trend trend = {0};
  int64_t left = workweek_left(&trend, 23); /* on a Saturday's first hour */
  struct runway runway = runway_of(&trend, START + 23 * DAY, left - 12 * DOLLAR);
  expect_near(runway.runway_ms, 60 * HOUR, 4 * HOUR);
  struct trend young = {0};
  left = workweek_left(&young, 9); /* a Saturday too, but one weekend is no rule */
  runway = runway_of(&young, START + 9 * DAY, left - 12 * DOLLAR);
  assert_in_range(runway.runway_ms, 0, 40 * HOUR);
}

/* 1 dollar an hour, but nobody looked on Sundays, when the account was also topped up. */
static void days_that_nobody_watched_are_not_expected_to_be_idle(void **state) {
  (void)state;
  struct trend trend = {0};
  int64_t left = 500 * DOLLAR;
  for (int hour = 0; hour <= 25 * 24; hour++, left -= DOLLAR) {
    if ((hour / 24 + 4) % 7 == 0) {
      left += hour % 24 == 0 ? 200 * DOLLAR : 0;
    } else {
      see(&trend, START + hour * HOUR, left);
    }
  }
  int64_t now_ms = START + 25 * DAY; /* a Monday's first hour */
  struct runway runway = runway_of(&trend, now_ms, trend.left.nano - 8 * 24 * DOLLAR);
  expect_near(runway.burn_nano_per_day, 24 * DOLLAR, DOLLAR / 10);
  expect_near(runway.runway_ms, 8 * DAY, HOUR);
}

static void idle_days_between_readings_are_spread_and_do_not_hurt(void **state) {
  (void)state;
  struct trend trend = {0};
  for (int day = 0; day <= 20; day++)
    see(&trend, START + day * DAY, (500 - day * 10) * DOLLAR);
  struct runway runway = runway_of(&trend, START + 20 * DAY, 0);
  expect_near(runway.burn_nano_per_day, 10 * DOLLAR, DOLLAR / 100);
  expect_near(runway.runway_ms, 30 * DAY, HOUR);
}

/* --- laws -------------------------------------------------------------------------------------------------------- */

struct told {
  struct trend trend;
  struct runway runway;
};

/* A simulated history up to five days before its end, changed in some way. */
static struct told tell(enum spending_kind kind, uint64_t seed, int64_t times, int64_t later_ms, int64_t topup) {
  struct spending *s = spending_new(kind, seed);
  struct told told = {0};
  int end = forecast_hour(s, s->hours - 120);
  for (int hour = 0; hour <= end; hour++) {
    struct reading reading;
    if (!spending_reading(s, hour, &reading)) continue;
    reading.time_ms += later_ms;
    reading.available.nano *= times;
    if (hour >= end - 60) reading.available.nano += topup;
    trend_update(&told.trend, &reading);
  }
  told.runway = runway_of(&told.trend, told.trend.time_ms, 0);
  free(s);
  return told;
}

static void more_money_burns_in_proportion(void **state) {
  (void)state;
  for (int kind = 0; kind < SPENDING_KIND_COUNT; kind++) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
      struct runway one = tell((enum spending_kind)kind, seed, 1, 0, 0).runway;
      struct runway seven = tell((enum spending_kind)kind, seed, 7, 0, 0).runway;
      assert_int_equal(one.state, seven.state);
      expect_near(seven.burn_nano_per_day, 7 * one.burn_nano_per_day, 7 * one.burn_nano_per_day / 1000 + 10);
      expect_near(seven.runway_ms, one.runway_ms, one.runway_ms / 1000 + 1000);
    }
  }
}

static void the_same_weeks_later_runs_dry_weeks_later(void **state) {
  (void)state;
  for (int kind = 0; kind < SPENDING_KIND_COUNT; kind++) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
      struct told now = tell((enum spending_kind)kind, seed, 1, 0, 0);
      struct told later = tell((enum spending_kind)kind, seed, 1, 77 * DAY, 0);
      assert_int_equal(now.runway.state, later.runway.state);
      assert_int_equal(now.runway.burn_nano_per_day, later.runway.burn_nano_per_day);
      if (now.runway.state != RUNWAY_KNOWN) continue;
      assert_int_equal(later.runway.dry_at_ms, now.runway.dry_at_ms + 77 * DAY);
    }
  }
}

static void a_topup_does_not_change_the_burn(void **state) {
  (void)state;
  for (int kind = 0; kind < SPENDING_KIND_COUNT; kind++) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
      struct told without = tell((enum spending_kind)kind, seed, 1, 0, 0);
      int64_t burn = without.runway.burn_nano_per_day;
      struct told with = tell((enum spending_kind)kind, seed, 1, 0, 5 * burn + 10 * DOLLAR);
      int64_t off = kind == SPENDING_BURSTY ? burn / 5 : burn / 15; /* an hour of it is not seen */
      expect_near(with.runway.burn_nano_per_day, burn, off);
      assert_true(with.trend.topup_nano > 0);
    }
  }
}

static void low_is_before_high(void **state) {
  (void)state;
  for (int kind = 0; kind < SPENDING_KIND_COUNT; kind++) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
      struct runway runway = tell((enum spending_kind)kind, seed, 1, 0, 0).runway;
      if (runway.state != RUNWAY_KNOWN) continue;
      assert_true(runway.low_ms <= runway.runway_ms && runway.runway_ms <= runway.high_ms);
    }
  }
}

static void states_have_names(void **state) {
  (void)state;
  assert_string_equal(runway_state_name(RUNWAY_NOT_ENOUGH), "not enough history to tell");
  assert_string_equal(runway_state_name(RUNWAY_IDLE), "nothing is being spent");
  assert_string_equal(runway_state_name(RUNWAY_RESETS), "lasts until it resets");
  assert_string_equal(runway_state_name(RUNWAY_KNOWN), "known");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_steady_burn_gives_its_date),
      cmocka_unit_test(time_goes_on_after_the_newest_reading),
      cmocka_unit_test(a_floor_is_reached_sooner),
      cmocka_unit_test(what_is_empty_has_no_time_left),
      cmocka_unit_test(too_little_history_claims_nothing),
      cmocka_unit_test(one_burst_is_no_rate),
      cmocka_unit_test(an_idle_account_has_no_date),
      cmocka_unit_test(an_account_that_stopped_is_soon_not_expected_to_run_dry),
      cmocka_unit_test(a_quota_that_resets_in_time_lasts),
      cmocka_unit_test(without_a_limit_there_is_a_burn_and_no_date),
      cmocka_unit_test(a_step_is_followed_within_a_day),
      cmocka_unit_test(nights_are_expected_to_be_idle),
      cmocka_unit_test(weekends_are_known_after_two_of_them),
      cmocka_unit_test(days_that_nobody_watched_are_not_expected_to_be_idle),
      cmocka_unit_test(idle_days_between_readings_are_spread_and_do_not_hurt),
      cmocka_unit_test(more_money_burns_in_proportion),
      cmocka_unit_test(the_same_weeks_later_runs_dry_weeks_later),
      cmocka_unit_test(a_topup_does_not_change_the_burn),
      cmocka_unit_test(low_is_before_high),
      cmocka_unit_test(states_have_names),
  };
  return cmocka_run_group_tests_name("domain: runways", tests, NULL, NULL);
}
