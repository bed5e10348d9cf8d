#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lowtide/runway.h"
#include "lowtide/text.h"

#define HOUR 3600000LL
#define DAY (24 * HOUR)
#define START 1767225600000LL /* 2026-01-01T00:00:00Z */
#define CENT (MONEY_NANO / 100)

static struct reading prepaid(int64_t time_ms, int64_t cents) {
  struct reading reading = {.asked_ms = time_ms, .time_ms = time_ms, .available = amount_of(cents * CENT)};
  (void)text_copy(reading.unit, sizeof reading.unit, "USD");
  return reading;
}

static struct reading spend(int64_t time_ms, int64_t used_cents, int64_t limit_cents) {
  struct reading reading = {.kind = READING_SPEND, .time_ms = time_ms, .used = amount_of(used_cents * CENT)};
  if (limit_cents > 0) reading.limit = amount_of(limit_cents * CENT);
  (void)text_copy(reading.unit, sizeof reading.unit, "USD");
  return reading;
}

static void see(struct trend *trend, int64_t time_ms, int64_t cents) {
  struct reading reading = prepaid(time_ms, cents);
  trend_update(trend, &reading);
}

static int64_t spent_cents(const struct trend *trend) {
  int64_t nano = 0;
  for (int i = 0; i < TREND_BLOCKS; i++)
    nano += trend->spent_nano[i];
  return nano / CENT;
}

static int64_t watched_s(const struct trend *trend) {
  int64_t seconds = 0;
  for (int i = 0; i < TREND_BLOCKS; i++)
    seconds += trend->watched_s[i];
  return seconds;
}

static void what_falls_is_spent_in_the_time_between(void **state) {
  (void)state;
  struct trend trend = {0};
  see(&trend, START, 1000);
  assert_int_equal(watched_s(&trend), 0);
  see(&trend, START + HOUR, 990);
  see(&trend, START + 4 * HOUR, 930);
  assert_int_equal(spent_cents(&trend), 70);
  assert_int_equal(watched_s(&trend), 4 * 3600);
  int64_t first = START / TREND_BLOCK_MS;
  assert_int_equal(trend.spent_nano[first % TREND_BLOCKS], 30 * CENT);
  assert_int_equal(trend.spent_nano[(first + 1) % TREND_BLOCKS], 40 * CENT);
  assert_int_equal(trend.left.nano, 930 * CENT);
}

static void readings_every_second_are_watched_in_full(void **state) {
  (void)state;
  struct trend trend = {0};
  for (int i = 0; i <= 7200; i++)
    see(&trend, START + i * 1000 + i % 7 * 100, 100000 - i);
  assert_int_equal(spent_cents(&trend), 7200);
  assert_int_equal(watched_s(&trend), 7200);
}

static void one_reading_a_day_is_spread_over_the_day(void **state) {
  (void)state;
  struct trend trend = {0};
  see(&trend, START, 1000);
  see(&trend, START + DAY, 880);
  for (int i = 0; i < TREND_DAY_BLOCKS; i++)
    assert_int_equal(trend.spent_nano[(START / TREND_BLOCK_MS + i) % TREND_BLOCKS], 10 * CENT);
  assert_int_equal(watched_s(&trend), 86400);
}

static void a_topup_cuts_and_is_never_negative_spending(void **state) {
  (void)state;
  struct trend trend = {0};
  see(&trend, START, 1000);
  see(&trend, START + HOUR, 900);
  see(&trend, START + 2 * HOUR, 5890);
  see(&trend, START + 3 * HOUR, 5790);
  assert_int_equal(spent_cents(&trend), 200);
  assert_int_equal(watched_s(&trend), 2 * 3600);
  assert_int_equal(trend.topup_ms, START + 2 * HOUR);
  assert_int_equal(trend.topup_nano, 4990 * CENT);
}

static void what_was_used_bridges_a_topup(void **state) {
  (void)state;
  struct trend trend = {0};
  struct reading before = prepaid(START, 1000);
  before.used = amount_of(50000 * CENT);
  struct reading after = prepaid(START + HOUR, 5900);
  after.used = amount_of(50100 * CENT);
  trend_update(&trend, &before);
  trend_update(&trend, &after);
  assert_int_equal(spent_cents(&trend), 100);
  assert_int_equal(trend.topup_nano, 5000 * CENT);
}

static void a_cent_up_and_down_is_noise(void **state) {
  (void)state;
  struct trend trend = {0};
  for (int hour = 0; hour <= 48; hour++)
    see(&trend, START + hour * HOUR, 1000 + hour % 2);
  assert_int_equal(spent_cents(&trend), 0);
  assert_int_equal(watched_s(&trend), 48 * 3600);
  assert_int_equal(trend.topup_ms, 0);
}

static void a_small_correction_is_no_topup_and_a_small_topup_is(void **state) {
  (void)state;
  struct trend trend = {0};
  int64_t left = 1000000;
  for (int hour = 0; hour <= 48; hour++)
    see(&trend, START + hour * HOUR, left -= 1000);
  see(&trend, START + 49 * HOUR, left += 3000);
  assert_int_equal(trend.topup_ms, 0);
  assert_int_equal(spent_cents(&trend), 48 * 1000 - 3000);
  see(&trend, START + 50 * HOUR, left += 7000); /* more than a quarter of what a day takes */
  assert_int_equal(trend.topup_ms, START + 50 * HOUR);
  assert_int_equal(trend.topup_nano, 7000 * CENT);
}

static void unknown_readings_and_gaps_are_neither_idle_nor_zero(void **state) {
  (void)state;
  struct trend trend = {0};
  struct reading lost = {.time_ms = START + HOUR, .code = ERR_SERVER};
  see(&trend, START, 1000);
  trend_update(&trend, &lost);
  assert_int_equal(trend.time_ms, START);
  see(&trend, START + 20 * HOUR, 800);
  assert_int_equal(spent_cents(&trend), 200);
  assert_int_equal(watched_s(&trend), 20 * 3600);
  see(&trend, START + 40 * HOUR, 9000); /* topped up while nobody looked: nothing is known of that time */
  assert_int_equal(spent_cents(&trend), 200);
  assert_int_equal(watched_s(&trend), 20 * 3600);
}

static void an_empty_account_is_not_idle(void **state) {
  (void)state;
  struct trend trend = {0};
  see(&trend, START, 100);
  see(&trend, START + HOUR, 0);
  for (int hour = 2; hour < 30; hour++)
    see(&trend, START + hour * HOUR, 0);
  assert_int_equal(watched_s(&trend), 3600);
}

static void nothing_is_counted_twice_when_the_clock_steps_back(void **state) {
  (void)state;
  struct trend trend = {0};
  see(&trend, START, 1000);
  see(&trend, START + 3 * HOUR, 700);
  struct trend before = trend;
  see(&trend, START + 3 * HOUR, 650); /* the same moment again */
  assert_memory_equal(&trend, &before, sizeof trend);
  see(&trend, START + 2 * HOUR, 600);
  assert_int_equal(trend.left.nano, 600 * CENT);
  see(&trend, START + 4 * HOUR, 500);
  assert_int_equal(spent_cents(&trend), 300);
  see(&trend, START + 5 * HOUR, 400);
  assert_int_equal(spent_cents(&trend), 400);
  assert_int_equal(watched_s(&trend), 4 * 3600);
}

static void a_visit_to_another_year_does_not_block_what_comes(void **state) {
  (void)state;
  struct trend trend = {0};
  see(&trend, START, 1000);
  see(&trend, START + HOUR, 900);
  see(&trend, START + 12 * 365 * DAY, 800);
  see(&trend, START + 3 * HOUR, 700);
  see(&trend, START + 4 * HOUR, 600);
  assert_int_equal(trend.until_ms, START + 4 * HOUR);
  assert_int_equal(watched_s(&trend), 3600);
  assert_int_equal(spent_cents(&trend), 100);
}

static void a_day_back_keeps_what_went_before(void **state) {
  (void)state;
  struct trend trend = {0};
  for (int hour = 0; hour <= 72; hour++)
    see(&trend, START + hour * HOUR, 10000 - hour * 10);
  see(&trend, START + 30 * HOUR + 1, 9000);
  assert_int_equal(watched_s(&trend), 30 * 3600); /* the block that it fell into begins anew */
  assert_int_equal(spent_cents(&trend), 300);
}

static void the_oldest_falls_out_after_four_weeks(void **state) {
  (void)state;
  struct trend trend = {0};
  for (int hour = 0; hour <= 40 * 24; hour++)
    see(&trend, START + hour * HOUR, 1000000 - hour * 10);
  assert_in_range(watched_s(&trend), 27 * 86400, TREND_DAYS * 86400);
  assert_int_equal(spent_cents(&trend), watched_s(&trend) / 360);
  see(&trend, START + 400 * DAY, 1); /* a year in which nobody looked: only its last weeks are kept */
  assert_in_range(watched_s(&trend), 27 * 86400, TREND_DAYS * 86400);
}

static void spending_is_counted_up_and_a_reset_cuts(void **state) {
  (void)state;
  struct trend trend = {0};
  int64_t used[] = {1000, 1100, 1200, 5, 105};
  for (int i = 0; i < 5; i++) {
    struct reading reading = spend(START + i * HOUR, used[i], 5000);
    trend_update(&trend, &reading);
  }
  assert_int_equal(spent_cents(&trend), 300);
  assert_int_equal(watched_s(&trend), 3 * 3600);
  assert_int_equal(trend.left.nano, 4895 * CENT);
  assert_int_equal(trend.topup_ms, START + 3 * HOUR);
}

static void without_a_limit_only_the_spending_is_known(void **state) {
  (void)state;
  struct trend trend = {0};
  for (int i = 0; i < 5; i++) {
    struct reading reading = spend(START + i * HOUR, 100 * i, 0);
    trend_update(&trend, &reading);
  }
  assert_int_equal(spent_cents(&trend), 400);
  assert_false(trend.left.known);
}

static void another_unit_or_kind_begins_anew(void **state) {
  (void)state;
  struct trend trend = {0};
  see(&trend, START, 1000);
  see(&trend, START + HOUR, 900);
  struct reading other = prepaid(START + 2 * HOUR, 5000);
  (void)text_copy(other.unit, sizeof other.unit, "CNY");
  trend_update(&trend, &other);
  assert_int_equal(watched_s(&trend), 0);
  assert_string_equal(trend.unit, "CNY");
  other = spend(START + 3 * HOUR, 10, 0);
  trend_update(&trend, &other);
  assert_int_equal(trend.kind, READING_SPEND);
  assert_int_equal(trend.until_ms, START + 3 * HOUR);
}

static void absurd_amounts_and_times_do_no_harm(void **state) {
  (void)state;
  static const int64_t amounts[] = {INT64_MAX, INT64_MIN, 0, INT64_MAX, -1, INT64_MIN, INT64_MAX};
  struct trend trend = {0};
  for (int i = 0; i < 7; i++) {
    struct reading reading = prepaid(START + i * HOUR, 0);
    reading.available.nano = amounts[i];
    trend_update(&trend, &reading);
    struct reading used = {.kind = READING_SPEND, .time_ms = START, .used = amount_of(amounts[i]), .limit = amount_of(1)};
    trend_update(&trend, &used);
    trend_update(&trend, &reading);
  }
  struct trend before = trend;
  see(&trend, -5, 100);
  see(&trend, INT64_MAX, 100);
  struct reading timeless = prepaid(0, 100);
  trend_update(&trend, &timeless);
  assert_memory_equal(&trend, &before, sizeof trend);
}

/* --- as text ----------------------------------------------------------------------------------------------------- */

static void expect_round_trip(const struct trend *trend) {
  struct err err = {0};
  struct trend back;
  struct buf out;
  memset(&back, 0, sizeof back);
  buf_init(&out, TREND_TEXT_MAX);
  trend_encode(trend, &out);
  assert_true(buf_ok(&out));
  assert_true(trend_decode(buf_text(&out), &back, &err));
  assert_int_equal(back.begun, trend->begun);
  assert_string_equal(back.unit, trend->unit);
  assert_int_equal(back.left.nano, trend->left.nano);
  assert_int_equal(back.used.known, trend->used.known);
  assert_int_equal(back.time_ms, trend->time_ms);
  assert_int_equal(back.until_ms, trend->until_ms);
  assert_int_equal(back.quantum_nano, trend->quantum_nano);
  assert_int_equal(back.topup_nano, trend->topup_nano);
  assert_memory_equal(back.spent_nano, trend->spent_nano, sizeof back.spent_nano);
  assert_memory_equal(back.watched_s, trend->watched_s, sizeof back.watched_s);
  buf_done(&out);
}

static void a_trend_comes_back_from_its_text(void **state) {
  (void)state;
  struct trend trend = {0};
  expect_round_trip(&trend);
  see(&trend, START, 1000);
  expect_round_trip(&trend);
  for (int i = 1; i < 300; i++) {
    see(&trend, START + i * (3 * HOUR + 1234567), 100000 - i * 17 + (i % 40 == 0) * 5000);
    expect_round_trip(&trend);
  }
  struct reading odd = prepaid(START + DAY, 10);
  (void)text_copy(odd.unit, sizeof odd.unit, "% é.");
  trend_update(&trend, &odd);
  expect_round_trip(&trend);
}

static void the_largest_trend_fits_its_text(void **state) {
  (void)state;
  struct trend trend = {0};
  see(&trend, START, 1000);
  see(&trend, START + 60 * DAY, 1000);
  for (int i = 0; i < TREND_BLOCKS; i++)
    trend.spent_nano[i] = INT64_MIN + i;
  expect_round_trip(&trend);
}

static void a_false_text_is_refused(void **state) {
  (void)state;
  static const char *const wrong[] = {
      "",
      "1",
      "2 -",
      "1 - ",
      "1 USD 0 5 - 7200000 7200000 0 1 0 0 ~2",
      "1 USD. 3 5 - 7200000 7200000 0 1 0 0 ~2",
      "1 USD. 0 05 - 7200000 7200000 0 1 0 0 ~2",
      "1 USD. 0 -0 - 7200000 7200000 0 1 0 0 ~2",
      "1 USD. 0 5 - 7200001 7200000 0 1 0 0 ~2",
      "1 USD. 0 5 - 0 7200000 0 1 0 0 ~2",
      "1 USD. 0 5 - 7200000 7200000 0 3 0 0 ~2",
      "1 USD. 0 5 - 7200000 7200000 0 0 0 0 ~2",
      "1 USD. 0 5 - 7200000 7200000 -1 1 0 0 ~2",
      "1 USD. 0 5 - 7200000 7200000 0 1 7200001 0 ~2",
      "1 USD. 0 5 - 7200000 7200000 0 1 0 -1 ~2",
      "1 USD. 0 5 - 7200000 7200000 0 1 0 0",
      "1 USD. 0 5 - 7200000 7200000 0 1 0 0 ~1",
      "1 USD. 0 5 - 7200000 7200000 0 1 0 0 ~3",
      "1 USD. 0 5 - 7200000 7200000 0 1 0 0 ~2 5",
      "1 USD. 0 5 - 7200000 7200000 0 1 0 0 ~0 ~2",
      "1 USD. 0 5 - 7200000 7200000 0 1 0 0 5:7200 ~1",
      "1 USD. 0 5 - 7200000 7200000 0 1 0 0 0:0 ~1",
      "1 USD. 0 5 - 7200000 7200000 0 1 0 0 5:-1 ~1",
      "1 USD. 0 99999999999999999999 - 7200000 7200000 0 1 0 0 ~2",
      "1 USD. 0 5 - 7200000 999999999999999999 0 1 0 0 ~2",
      "1 %5. 0 5 - 7200000 7200000 0 1 0 0 ~2",
      "1 %00. 0 5 - 7200000 7200000 0 1 0 0 ~2",
      "1 ABCDEFGHIJKLMNOP. 0 5 - 7200000 7200000 0 1 0 0 ~2",
      "1 USD. 0 5 - 7200000 7200000 0 1 0 x ~2",
  };
  struct err err = {0};
  struct trend trend;
  struct trend before;
  assert_true(trend_decode("1 USD. 0 5 - 7200000 7200000 0 1 0 0 5:100 ~1", &trend, &err));
  before = trend;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    if (trend_decode(wrong[i], &trend, &err)) fail_msg("taken: %s", wrong[i]);
    assert_int_equal(err.code, ERR_MALFORMED);
  }
  assert_memory_equal(&trend, &before, sizeof trend);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_falls_is_spent_in_the_time_between),
      cmocka_unit_test(readings_every_second_are_watched_in_full),
      cmocka_unit_test(one_reading_a_day_is_spread_over_the_day),
      cmocka_unit_test(a_topup_cuts_and_is_never_negative_spending),
      cmocka_unit_test(what_was_used_bridges_a_topup),
      cmocka_unit_test(a_cent_up_and_down_is_noise),
      cmocka_unit_test(a_small_correction_is_no_topup_and_a_small_topup_is),
      cmocka_unit_test(unknown_readings_and_gaps_are_neither_idle_nor_zero),
      cmocka_unit_test(an_empty_account_is_not_idle),
      cmocka_unit_test(nothing_is_counted_twice_when_the_clock_steps_back),
      cmocka_unit_test(a_visit_to_another_year_does_not_block_what_comes),
      cmocka_unit_test(a_day_back_keeps_what_went_before),
      cmocka_unit_test(the_oldest_falls_out_after_four_weeks),
      cmocka_unit_test(spending_is_counted_up_and_a_reset_cuts),
      cmocka_unit_test(without_a_limit_only_the_spending_is_known),
      cmocka_unit_test(another_unit_or_kind_begins_anew),
      cmocka_unit_test(absurd_amounts_and_times_do_no_harm),
      cmocka_unit_test(a_trend_comes_back_from_its_text),
      cmocka_unit_test(the_largest_trend_fits_its_text),
      cmocka_unit_test(a_false_text_is_refused),
  };
  return cmocka_run_group_tests_name("domain: trends", tests, NULL, NULL);
}
