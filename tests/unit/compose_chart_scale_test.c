#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "compose/chart_scale.h"
#include "lowtide/buf.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

static int64_t at(const char *text) {
  int64_t ms = 0;
  struct err err = {0};
  assert_true(time_parse(text, &ms, &err));
  return ms;
}

/* The labels of an axis, lowest first, with blanks between. */
static const char *money(int64_t least, int64_t most, const char *unit) {
  static struct buf out;
  buf_done(&out);
  buf_init(&out, 1024);
  struct scale_span span = {.least_nano = least, .most_nano = most, .counted = !unit_is_currency(unit)};
  struct money_scale scale = scale_money(&span);
  for (size_t i = 0; i < scale.count; i++) {
    char label[SCALE_LABEL_MAX];
    scale_money_label(label, &scale, scale.ticks[i], unit);
    buf_addf(&out, "%s%s", i > 0 ? " " : "", label);
  }
  return buf_text(&out);
}

static void marks_of_money_are_round(void **state) {
  (void)state;
  assert_string_equal(money(0, 78 * MONEY_NANO, "USD"), "$0 $20 $40 $60 $80");
  assert_string_equal(money(0, 4 * MONEY_NANO, "USD"), "$0 $1 $2 $3 $4");
  assert_string_equal(money(0, MONEY_NANO * 2, "USD"), "$0 $0.50 $1.00 $1.50 $2.00");
  assert_string_equal(money(0, MONEY_NANO / 500, "USD"), "$0 $0.0005 $0.0010 $0.0015 $0.0020");
  assert_string_equal(money(0, 4200 * MONEY_NANO, "EUR"), "€0 €1,000 €2,000 €3,000 €4,000");
  assert_string_equal(money(0, 42000 * MONEY_NANO, "USD"), "$0 $10k $20k $30k $40k");
  assert_string_equal(money(0, 2500000 * MONEY_NANO, "characters"), "0 0.5M 1.0M 1.5M 2.0M 2.5M");
  assert_string_equal(money(0, 12 * MONEY_NANO, "XNO"), "0 5 10");
}

static void counted_units_have_whole_marks(void **state) {
  (void)state;
  assert_string_equal(money(0, 2 * MONEY_NANO, "credits"), "0 1 2");
  assert_string_equal(money(0, 0, "credits"), "0 1");
}

static void debts_go_below_zero(void **state) {
  (void)state;
  assert_string_equal(money(-8 * MONEY_NANO, 25 * MONEY_NANO, "USD"), "-$10 $0 $10 $20");
  assert_string_equal(money(-8 * MONEY_NANO, -MONEY_NANO, "USD"), "-$8 -$6 -$4 -$2 $0");
}

static void the_largest_amounts_fit(void **state) {
  (void)state;
  assert_string_equal(money(0, INT64_MAX, "credits"), "0 2B 4B 6B 8B");
  assert_string_equal(money(INT64_MIN, INT64_MAX, "credits"), "-5B 0 5B");
  assert_string_equal(money(INT64_MAX - 1, INT64_MAX, "USD"), "$0 $2B $4B $6B $8B");
}

static void an_axis_begins_at_zero_unless_all_of_it_is_far_above(void **state) {
  (void)state;
  struct scale_span span = {.least_nano = 949 * MONEY_NANO, .most_nano = 1000 * MONEY_NANO};
  struct money_scale scale = scale_money(&span);
  assert_true(scale.cut);
  assert_true(scale.low_nano == 940 * MONEY_NANO);
  assert_true(scale.ticks[0] == 940 * MONEY_NANO);
  span.needs_zero = true;
  assert_false(scale_money(&span).cut);
  assert_true(scale_money(&span).low_nano == 0);
  span = (struct scale_span){.least_nano = 500 * MONEY_NANO, .most_nano = 1000 * MONEY_NANO};
  assert_false(scale_money(&span).cut);
  span = (struct scale_span){.least_nano = 100 * MONEY_NANO, .most_nano = 100 * MONEY_NANO};
  assert_false(scale_money(&span).cut);
}

static void all_that_is_drawn_lies_on_the_axis(void **state) {
  (void)state;
  uint64_t chance = 7;
  for (int i = 0; i < 20000; i++) {
    struct scale_span span = {.needs_zero = i % 3 == 0, .counted = i % 5 == 0};
    for (int j = 0; j < 2; j++) {
      chance = chance * 6364136223846793005U + 1442695040888963407U;
      int64_t value = (int64_t)chance >> (chance >> 58);
      if (j == 0) span.least_nano = value;
      if (j == 1) span.most_nano = value > span.least_nano ? value : span.least_nano;
    }
    struct money_scale scale = scale_money(&span);
    assert_true(scale.low_nano <= span.least_nano && scale.high_nano > span.most_nano);
    assert_true(scale.count >= 1 && scale.count <= SCALE_TICKS_MAX);
    char label[SCALE_LABEL_MAX];
    scale_money_label(label, &scale, scale.ticks[scale.count - 1], "USD");
    assert_true(strlen(label) < 24);
  }
}

static void short_amounts_stay_exact(void **state) {
  (void)state;
  char out[64];
  const struct {
    int64_t nano;
    const char *unit;
    const char *text;
  } cases[] = {
      {50 * MONEY_NANO, "USD", "$50"},
      {12340000000, "USD", "$12.34"},
      {1500000 * MONEY_NANO, "USD", "$1.5M"},
      {1500001 * MONEY_NANO, "USD", "$1,500,001"},
      {2000000000 * MONEY_NANO, "credits", "2B"},
      {95000 * MONEY_NANO, "characters", "95,000"},
      {-2 * MONEY_NANO, "USD", "-$2"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    scale_print_short(out, sizeof out, cases[i].nano, cases[i].unit);
    assert_string_equal(out, cases[i].text);
  }
}

/* "label@UTC", comma-separated. */
static const char *times(const char *zone_name, const char *from, const char *until) {
  static struct buf out;
  struct err err = {0};
  struct zone *zone = zone_new(zone_name, &err);
  struct time_tick ticks[SCALE_TICKS_MAX];
  assert_non_null(zone);
  buf_done(&out);
  buf_init(&out, 4096);
  size_t count = scale_time(zone, at(from), at(until), ticks);
  for (size_t i = 0; i < count; i++) {
    char when[ZONE_TIME_TEXT_MAX];
    time_print(when, NULL, ticks[i].time_ms);
    buf_addf(&out, "%s%s@%.11s", i > 0 ? ", " : "", ticks[i].label, when + 5);
  }
  zone_free(zone);
  return buf_text(&out);
}

static void a_month_is_marked_on_mondays(void **state) {
  (void)state;
  assert_string_equal(times("UTC", "2026-01-01T14:00:00Z", "2026-02-09T00:00:00Z"),
                      "5 Jan@01-05 00:00, 12 Jan@01-12 00:00, 19 Jan@01-19 00:00, 26 Jan@01-26 00:00, 2 Feb@02-02 00:00, "
                      "9 Feb@02-09 00:00");
}

static void days_begin_at_local_midnight_also_over_a_change_of_the_clock(void **state) {
  (void)state;
  assert_string_equal(
      times("Europe/Berlin", "2026-03-27T12:00:00Z", "2026-03-31T12:00:00Z"),
      "Sat 28 Mar@03-27 23:00, 12:00@03-28 11:00, Sun 29 Mar@03-28 23:00, 12:00@03-29 10:00, Mon 30 Mar@03-29 22:00, "
      "12:00@03-30 10:00, Tue 31 Mar@03-30 22:00, 12:00@03-31 10:00");
}

static void a_day_is_marked_at_full_local_hours(void **state) {
  (void)state;
  assert_string_equal(times("Asia/Kolkata", "2026-01-30T14:05:00Z", "2026-01-31T14:05:00Z"),
                      "21:00@01-30 15:30, Sat 31 Jan@01-30 18:30, 03:00@01-30 21:30, 06:00@01-31 00:30, 09:00@01-31 03:30, "
                      "12:00@01-31 06:30, 15:00@01-31 09:30, 18:00@01-31 12:30");
}

static void a_skipped_hour_has_no_mark_and_a_skipped_midnight_has(void **state) {
  (void)state;
  assert_string_equal(times("Europe/Berlin", "2026-03-28T23:30:00Z", "2026-03-29T04:30:00Z"),
                      "01:00@03-29 00:00, 03:00@03-29 01:00, 04:00@03-29 02:00, 05:00@03-29 03:00, 06:00@03-29 04:00");
  assert_string_equal(times("America/Sao_Paulo", "2017-10-13T12:00:00Z", "2017-10-17T12:00:00Z"),
                      "12:00@10-13 15:00, Sat 14 Oct@10-14 03:00, 12:00@10-14 15:00, Sun 15 Oct@10-15 03:00, "
                      "12:00@10-15 14:00, Mon 16 Oct@10-16 02:00, 12:00@10-16 14:00, Tue 17 Oct@10-17 02:00");
}

static void years_are_marked_by_months_or_years_and_minutes_by_minutes(void **state) {
  (void)state;
  assert_string_equal(times("UTC", "2025-01-31T14:05:00Z", "2026-03-05T00:00:00Z"),
                      "Mar@03-01 00:00, May@05-01 00:00, Jul@07-01 00:00, Sep@09-01 00:00, Nov@11-01 00:00, "
                      "Jan 2026@01-01 00:00, Mar@03-01 00:00");
  assert_string_equal(times("UTC", "1990-01-01", "2026-01-01"),
                      "1990@01-01 00:00, 1995@01-01 00:00, 2000@01-01 00:00, 2005@01-01 00:00, 2010@01-01 00:00, "
                      "2015@01-01 00:00, 2020@01-01 00:00, 2025@01-01 00:00");
  assert_string_equal(times("UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:04:00Z"),
                      "Thu 1 Jan@01-01 00:00, 00:01@01-01 00:01, 00:02@01-01 00:02, 00:03@01-01 00:03, 00:04@01-01 00:04");
}

static void every_range_has_marks_and_not_too_many(void **state) {
  (void)state;
  struct time_tick ticks[SCALE_TICKS_MAX];
  for (int64_t range = 5 * 60000; range < 40 * 365 * DAY; range += range / 7 + 1) {
    size_t count = scale_time(NULL, at("2026-01-29T09:13:00Z") - range, at("2026-01-29T09:13:00Z"), ticks);
    assert_in_range(count, 2, 10);
    for (size_t i = 1; i < count; i++)
      assert_true(ticks[i].time_ms > ticks[i - 1].time_ms);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(marks_of_money_are_round),
      cmocka_unit_test(counted_units_have_whole_marks),
      cmocka_unit_test(debts_go_below_zero),
      cmocka_unit_test(the_largest_amounts_fit),
      cmocka_unit_test(an_axis_begins_at_zero_unless_all_of_it_is_far_above),
      cmocka_unit_test(all_that_is_drawn_lies_on_the_axis),
      cmocka_unit_test(short_amounts_stay_exact),
      cmocka_unit_test(a_month_is_marked_on_mondays),
      cmocka_unit_test(days_begin_at_local_midnight_also_over_a_change_of_the_clock),
      cmocka_unit_test(a_day_is_marked_at_full_local_hours),
      cmocka_unit_test(a_skipped_hour_has_no_mark_and_a_skipped_midnight_has),
      cmocka_unit_test(years_are_marked_by_months_or_years_and_minutes_by_minutes),
      cmocka_unit_test(every_range_has_marks_and_not_too_many),
  };
  return cmocka_run_group_tests_name("compose_chart_scale", tests, NULL, NULL);
}
