#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chart_sampling.h"
#include "compose/chart_parts.h"

static struct sampling sampling;

static int setup(void **state) {
  (void)state;
  sample_begin(&sampling, 24 * HOUR_MS);
  sample_open(&sampling, 24 * HOUR_MS);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  chart_free(sampling.chart);
  sampling.chart = NULL;
  return 0;
}

/* So many whole units left, an hour after the reading before. */
static void take(int64_t units) {
  sampling.reading.available = amount_of(units * MONEY_NANO);
  sample_take(&sampling, HOUR_MS);
}

static void take_unknown(void) {
  sample_fail(&sampling, HOUR_MS, 1);
}

static const char *sparkline(int width) {
  static struct buf out;
  buf_done(&out);
  buf_init(&out, 4096);
  chart_sparkline(sampling.chart, width, &out);
  return buf_text(&out);
}

static const char *alt(void) {
  static struct buf out;
  buf_done(&out);
  buf_init(&out, 4096);
  chart_alt(sampling.chart, &out);
  return buf_text(&out);
}

/* --- taking ----------------------------------------------------------------------------------------------------------- */

static void what_held_when_the_range_began_is_drawn_from_there(void **state) {
  (void)state;
  sampling.now_ms = sampling.chart->from_ms - 5 * HOUR_MS;
  for (int i = 0; i < 4; i++)
    take(90);
  assert_int_equal(sampling.chart->count, 1);
  sampling.now_ms = sampling.chart->from_ms + HOUR_MS / 2;
  take(40);
  assert_int_equal(sampling.chart->count, 2);
  assert_int_equal(sampling.chart->points[0].nano, 90 * MONEY_NANO);
  assert_true(sampling.chart->points[0].known);
}

static void a_change_of_unit_begins_anew(void **state) {
  (void)state;
  take(90);
  take(80);
  (void)text_copy(sampling.reading.unit, sizeof sampling.reading.unit, "CNY");
  take(500);
  assert_int_equal(sampling.chart->count, 1);
  assert_int_equal(sampling.chart->topup_count, 0);
  assert_int_equal(chart_value(sampling.chart), 500 * MONEY_NANO);
}

static void what_is_used_takes_the_place_of_what_is_left(void **state) {
  (void)state;
  take(90);
  sampling.reading.kind = READING_SPEND;
  sampling.reading.used = amount_of(3 * MONEY_NANO);
  sample_take(&sampling, HOUR_MS);
  assert_int_equal(sampling.chart->measure, CHART_USED);
  assert_int_equal(sampling.chart->count, 1);
  assert_int_equal(chart_value(sampling.chart), 3 * MONEY_NANO);
}

static void of_a_quota_what_is_used_is_what_is_not_left(void **state) {
  (void)state;
  sampling.reading.kind = READING_QUOTA;
  sampling.reading.limit = amount_of(100 * MONEY_NANO);
  take(30);
  assert_int_equal(sampling.chart->measure, CHART_USED);
  assert_int_equal(chart_value(sampling.chart), 70 * MONEY_NANO);
  take(100);
  assert_int_equal(sampling.chart->topup_count, 1); /* a reset */
}

static void readings_of_the_future_and_out_of_order_are_left_out(void **state) {
  (void)state;
  take(90);
  sampling.now_ms -= 2 * HOUR_MS;
  take(80);
  sampling.now_ms = SAMPLE_NOW_MS + HOUR_MS;
  take(70);
  assert_int_equal(sampling.chart->count, 1);
}

static void unknown_is_a_gap_and_never_zero(void **state) {
  (void)state;
  take(90);
  take_unknown();
  take_unknown();
  take(80);
  assert_int_equal(sampling.chart->count, 3);
  assert_false(sampling.chart->points[1].known);
  assert_int_equal(chart_unknown_ms(sampling.chart) - (SAMPLE_NOW_MS - chart_until_ms(sampling.chart)), 2 * HOUR_MS);
}

static void a_time_in_which_nobody_looked_is_a_gap(void **state) {
  (void)state;
  for (int i = 0; i < 5; i++)
    take(90 - i);
  sampling.now_ms += 9 * HOUR_MS;
  take(40);
  assert_int_equal(sampling.chart->count, 7);
  assert_false(sampling.chart->points[5].known);
  assert_int_equal(sampling.chart->points[5].time_ms, sampling.chart->points[4].time_ms + HOUR_MS);
}

static void readings_that_come_rarely_leave_no_gaps(void **state) {
  (void)state;
  sampling.now_ms = sampling.chart->from_ms - 40 * HOUR_MS;
  for (int i = 0; i < 10; i++) {
    take(90 - i);
    sampling.now_ms += 5 * HOUR_MS;
  }
  for (size_t i = 0; i < sampling.chart->count; i++)
    assert_true(sampling.chart->points[i].known);
}

static void silence_until_now_is_unknown(void **state) {
  (void)state;
  for (int i = 0; i < 12; i++)
    take(90);
  assert_true(chart_is_lost(sampling.chart));
  assert_int_equal(chart_until_ms(sampling.chart), sampling.chart->newest_ms + HOUR_MS);
  sample_spend(&sampling, 0, HOUR_MS, 100);
  assert_false(chart_is_lost(sampling.chart));
  assert_int_equal(chart_until_ms(sampling.chart), SAMPLE_NOW_MS);
}

static void thinning_out_keeps_what_is_extreme_and_every_gap(void **state) {
  (void)state;
  const int64_t step_ms = 5000;
  const int count = (int)(24 * HOUR_MS / step_ms);
  for (int i = 0; i < count; i++) {
    int64_t cents = 5000 + i % 10;
    if (i == 4345) cents = 9999;
    if (i == 8765) cents = 1;
    sampling.reading.available = amount_of(cents * SAMPLE_CENT);
    if (i == 6000) sample_fail(&sampling, step_ms, 1);
    if (i != 6000) sample_take(&sampling, step_ms);
  }
  const struct chart *chart = sampling.chart;
  int64_t least = INT64_MAX;
  int64_t most = 0;
  int gaps = 0;
  assert_in_range(chart->count, 500, CHART_POINTS_MAX);
  for (size_t i = 0; i < chart->count; i++) {
    const struct chart_point *point = &chart->points[i];
    if (i > 0) assert_true(point->time_ms > point[-1].time_ms);
    if (!point->known) gaps++;
    if (point->known && point->nano < least) least = point->nano;
    if (point->known && point->nano > most) most = point->nano;
  }
  assert_int_equal(least, SAMPLE_CENT);
  assert_int_equal(most, 9999 * SAMPLE_CENT);
  assert_int_equal(gaps, 1);
  assert_int_equal(chart->points[chart->count - 1].time_ms, chart->newest_ms);
}

static void more_topups_than_fit_are_added_up(void **state) {
  (void)state;
  sampling.now_ms = sampling.chart->from_ms;
  for (int i = 0; i < 140; i++) {
    sampling.reading.available = amount_of((i % 2 == 0 ? 10 : 15) * MONEY_NANO);
    sample_take(&sampling, 600000);
  }
  int64_t sum = 0;
  int count = 0;
  assert_int_equal(sampling.chart->topup_count, CHART_TOPUPS_MAX);
  for (size_t i = 0; i < CHART_TOPUPS_MAX; i++) {
    sum += sampling.chart->topups[i].nano;
    count += sampling.chart->topups[i].count;
  }
  assert_int_equal(count, 70);
  assert_int_equal(sum, 70 * 5 * MONEY_NANO);
}

/* --- a line of text --------------------------------------------------------------------------------------------------- */

static void a_sparkline_falls_from_the_highest_to_nothing(void **state) {
  (void)state;
  for (int i = 0; i < 25; i++)
    take(60 - i * 60 / 24);
  assert_string_equal(sparkline(7), "▇▆▄▄▃▂▁");
  assert_string_equal(sparkline(1), "▁");
  assert_string_equal(sparkline(0), "");
}

static void a_sparkline_has_dots_where_nothing_is_known(void **state) {
  (void)state;
  assert_string_equal(sparkline(5), "·····");
  sampling.now_ms += 6 * HOUR_MS;
  for (int i = 0; i < 6; i++)
    take(10);
  for (int i = 0; i < 6; i++)
    take_unknown();
  for (int i = 0; i < 7; i++)
    take(5);
  assert_string_equal(sparkline(24), "·····▇▇▇▇▇▇······▄▄▄▄▄▄▄");
}

static void a_sparkline_far_above_zero_shows_what_moves(void **state) {
  (void)state;
  for (int i = 0; i < 25; i++)
    take(1000 - i);
  assert_string_equal(sparkline(12), "▇▆▅▅▄▄▃▃▂▂▁▁");
}

static void a_sparkline_of_one_amount_is_flat(void **state) {
  (void)state;
  for (int i = 0; i < 25; i++)
    take(7);
  assert_string_equal(sparkline(4), "▇▇▇▇");
  teardown(NULL);
  setup(NULL);
  for (int i = 0; i < 25; i++)
    take(0);
  assert_string_equal(sparkline(4), "▁▁▁▁");
  teardown(NULL);
  setup(NULL);
  for (int i = 0; i < 25; i++)
    take(-i);
  assert_string_equal(sparkline(4), "▅▄▂▁");
}

/* --- in words --------------------------------------------------------------------------------------------------------- */

static const struct sample_words {
  const char *name;
  const char *alt;
} sample_words[] = {
    {"month", "Kimi: $25.73 left at 14:05, down from $61.90 on 1 Jan; about $2.90 a day; runs dry Mon 9 Feb, 12:00 "
              "(between Sun 8 Feb, 13:00 and Tue 10 Feb, 13:00); topped up by $50 on 14 Jan."},
    {"one-point", "Kimi: $61.90 left at 14:05."},
    {"none", "Kimi: no readings in the last 30 days."},
    {"year", "Kimi: $149.13 left at 14:05, down from $180.00 on 31 Jan 2025; about $4.61 a day; runs dry Wed 4 Mar, 20:00 "
             "(between Sun 1 Mar, 21:00 and Sun 8 Mar, 07:00); topped up 8 times by $1,300 in all."},
    {"zero", "Kimi: $0.00 left at 14:05, down from $40.00 on 1 Jan; below the critical level of $8; about $1.87 a day; dry "
             "since Thu 22 Jan, 18:05."},
    {"gaps", "Kimi: $23.63 left at 14:05, down from $36.00 on 24 Jan; about $1.84 a day; runs dry Fri 13 Feb, 00:00 "
             "(between Mon 9 Feb, 19:00 and Tue 17 Feb, 10:00); unknown for 2d 5h of that time."},
    {"lost",
     "Kimi: unknown since 30 Jan, 21:05 (HTTP 503), last $55.79 left on 30 Jan, 20:05, down from $61.90 on 28 Jan."},
    {"debt", "Kimi: $8.36 in debt at 14:05, down from $25.00 on 17 Jan; below the critical level of $1; about $2.41 a day; "
             "dry since Wed 28 Jan, 10:05."},
    {"quota", "ElevenLabs: 81,716 of 100,000 characters used at 14:05, up from 58,770 characters on 17 Jan; beyond the "
              "warning level of 80,000 characters; about 8,676 characters a day; reaches its limit Mon 2 Feb, 16:00 "
              "(between Mon 2 Feb, 07:00 and Tue 3 Feb, 09:00)."},
    {"spent",
     "OpenAI: $265.67 used at 14:05, up from $0.02 on 1 Jan; beyond the warning level of $250; about $8.94 a day."},
    {"topups", "Kimi: $73.08 left at 14:05, up from $9.00 on 24 Jan; about $10.45 a day; runs dry Sat 7 Feb, 07:00 "
               "(between Thu 5 Feb, 07:00 and Tue 10 Feb, 01:00); topped up 6 times by $125 in all."},
    {"steady", "Reserve: ≈ $949.13 left at 14:05, down from $1,000.00 on 1 Jan; about $1.71 a day; simulated."},
    {"resets",
     "Ձայն ElevenLabs: 22,668 of 100,000 characters used at 14:05, up from 11,000 characters on 17 Jan; about 847 "
     "characters a day; lasts until it resets Thu 5 Feb, 14:05."},
    {"low", "OpenRouter · production: $3.80 left at 14:05, down from $7.70 on 30 Jan; below the critical level of $4.50; "
            "about $3.90 a day; runs dry Sun 1 Feb, 13:26 (between Sun 1 Feb, 05:58 and Mon 2 Feb, 00:23)."},
};

static void every_sample_is_told_in_words(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof sample_words / sizeof sample_words[0]; i++) {
    teardown(NULL);
    for (size_t j = 0; j < SAMPLES; j++) {
      if (text_eq(samples[j].name, sample_words[i].name)) samples[j].make(&sampling);
    }
    sample_end(&sampling);
    assert_string_equal(alt(), sample_words[i].alt);
  }
}

static void what_was_the_same_in_the_same_minute_is_not_worth_telling(void **state) {
  (void)state;
  sampling.reading.available = amount_of(3 * MONEY_NANO);
  sample_take(&sampling, 20000);
  sample_take(&sampling, HOUR_MS);
  assert_null(strstr(alt(), "the same as"));
  sample_take(&sampling, HOUR_MS);
  assert_non_null(strstr(alt(), ", the same as on 30 Jan"));
}

static void words_stay_within_their_limit(void **state) {
  (void)state;
  static char label[4000];
  memset(label, 'x', sizeof label - 1);
  sampling.account.label = label;
  take(90);
  assert_in_range(strlen(alt()), 1, CHART_ALT_MAX);
}

static void a_vendors_words_bring_no_line_breaks(void **state) {
  (void)state;
  sampling.account.label = "Ki\nmi\x01";
  (void)text_copy(sampling.reading.unit, sizeof sampling.reading.unit, "cre\ndits");
  take(3);
  assert_null(strchr(alt(), '\n'));
}

static void other_zones_and_years_are_told(void **state) {
  (void)state;
  char out[CHART_WORDS_MAX];
  struct err err = {0};
  struct zone *zone = zone_new("Asia/Kolkata", &err);
  sampling.account.zone = zone;
  chart_print_moment(out, sizeof out, sampling.chart, SAMPLE_NOW_MS);
  assert_string_equal(out, "Sat 31 Jan, 19:35");
  chart_print_moment(out, sizeof out, sampling.chart, SAMPLE_NOW_MS - 40 * DAY_MS);
  assert_string_equal(out, "Mon 22 Dec 2025, 19:35");
  sampling.chart->runway.runway_ms = 2 * DAY_MS;
  chart_print_moment(out, sizeof out, sampling.chart, chart_after_ms(sampling.chart, 2 * DAY_MS));
  assert_string_equal(out, "Mon 2 Feb, 20:00");
  zone_free(zone);
}

static void ranges_are_told_as_people_would(void **state) {
  (void)state;
  char out[CHART_WORDS_MAX];
  const struct {
    int64_t ms;
    const char *text;
  } cases[] = {{HOUR_MS / 4, "last 15m"},
               {HOUR_MS, "last 1 hour"},
               {DAY_MS, "last 24 hours"},
               {7 * DAY_MS, "last 7 days"},
               {365 * DAY_MS, "last 12 months"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    chart_print_range(out, sizeof out, cases[i].ms);
    assert_string_equal(out, cases[i].text);
  }
}

/* --- pictures --------------------------------------------------------------------------------------------------------- */

static void a_picture_of_every_sample_is_a_png_of_its_size(void **state) {
  (void)state;
  for (size_t i = 0; i < SAMPLES; i++) {
    struct buf png;
    struct err err = {0};
    teardown(NULL);
    samples[i].make(&sampling);
    sample_end(&sampling);
    buf_init(&png, CHART_PNG_MAX);
    if (!chart_is_drawn()) {
      assert_false(chart_png(sampling.chart, CHART_DARK, &png, &err));
      assert_int_equal(err.code, ERR_UNSUPPORTED);
      assert_string_not_equal(err.hint, "");
    } else {
      static const unsigned char head[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0,    0,    0,    13,
                                           'I',  'H', 'D', 'R', 0,    0,    0x05, 0xDC, 0x00, 0x00, 0x03, 0x0C};
      assert_true(chart_png(sampling.chart, CHART_DARK, &png, &err));
      assert_memory_equal(png.data, head, sizeof head);
      assert_in_range(png.len, 1000, 200000);
    }
    buf_done(&png);
  }
}

static void a_picture_that_does_not_fit_is_refused_and_leaves_nothing(void **state) {
  (void)state;
  struct buf png;
  struct err err = {0};
  buf_init(&png, 1000);
  take(5);
  assert_false(chart_png(sampling.chart, CHART_DARK, &png, &err));
  assert_int_equal(png.len, 0);
  buf_done(&png);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(what_held_when_the_range_began_is_drawn_from_there),
      CASE(a_change_of_unit_begins_anew),
      CASE(what_is_used_takes_the_place_of_what_is_left),
      CASE(of_a_quota_what_is_used_is_what_is_not_left),
      CASE(readings_of_the_future_and_out_of_order_are_left_out),
      CASE(unknown_is_a_gap_and_never_zero),
      CASE(a_time_in_which_nobody_looked_is_a_gap),
      CASE(readings_that_come_rarely_leave_no_gaps),
      CASE(silence_until_now_is_unknown),
      CASE(thinning_out_keeps_what_is_extreme_and_every_gap),
      CASE(more_topups_than_fit_are_added_up),
      CASE(a_sparkline_falls_from_the_highest_to_nothing),
      CASE(a_sparkline_has_dots_where_nothing_is_known),
      CASE(a_sparkline_far_above_zero_shows_what_moves),
      CASE(a_sparkline_of_one_amount_is_flat),
      CASE(every_sample_is_told_in_words),
      CASE(what_was_the_same_in_the_same_minute_is_not_worth_telling),
      CASE(words_stay_within_their_limit),
      CASE(a_vendors_words_bring_no_line_breaks),
      CASE(other_zones_and_years_are_told),
      CASE(ranges_are_told_as_people_would),
      CASE(a_picture_of_every_sample_is_a_png_of_its_size),
      CASE(a_picture_that_does_not_fit_is_refused_and_leaves_nothing),
  };
  return cmocka_run_group_tests_name("compose_chart", tests, NULL, NULL);
}
