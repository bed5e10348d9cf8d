#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lowtide/zone.h"

#define NINE_MS INT64_C(1769677200000) /* 2026-01-29 09:00:00 UTC */

static void every_form_of_a_time_is_read(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t ms;
  } cases[] = {
      {"2026-01-29T09:00:00Z", NINE_MS},
      {"2026-01-29t09:00:00z", NINE_MS},
      {"2026-01-29 09:00:00", NINE_MS},
      {"2026-01-29 09:00:00+00", NINE_MS},
      {"2026-01-29 09:00:00.123+00", NINE_MS + 123},
      {"2026-01-29 09:00:00.123456+00", NINE_MS + 123},
      {"2026-01-29 09:00:00.1", NINE_MS + 100},
      {"2026-01-29T09:00:00.999999999999999999999Z", NINE_MS + 999},
      {"2026-01-29 14:30:00+05:30", NINE_MS},
      {"2026-01-29 14:30:00+0530", NINE_MS},
      {"2026-01-29 04:00:00-05", NINE_MS},
      {"2026-01-29T05:30:00-03:30", NINE_MS},
      {"2026-01-29T08:59:60Z", NINE_MS}, /* a leap second */
      {"2026-01-29", NINE_MS - 9 * 3600000},
      {"1970-01-01", 0},
      {"1969-12-31T23:59:59.999Z", -1},
      {"2024-02-29", INT64_C(1709164800000)},
      {"2000-02-29", INT64_C(951782400000)},
      {"0000-01-01", INT64_C(-62167219200000)},
      {"9999-12-31T23:59:59Z", INT64_C(253402300799000)},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct err err = {0};
    int64_t ms = 7;
    if (!time_parse(cases[i].text, &ms, &err)) fail_msg("%s: %s", cases[i].text, err.text);
    if (ms != cases[i].ms) fail_msg("%s: %" PRId64 ", not %" PRId64, cases[i].text, ms, cases[i].ms);
  }
}

static void what_is_no_time_is_refused(void **state) {
  (void)state;
  static const char *const wrong[] = {
      "",
      "now",
      "infinity",
      "2026",
      "2026-01",
      "2026-1-29",
      "26-01-29",
      "2026/01/29",
      "2026-01/29",
      "2026-00-10",
      "2026-13-01",
      "2026-01-00",
      "2026-01-32",
      "2026-02-29",
      "1900-02-29",
      "2026-04-31",
      "2026-01-29 ",
      "2026-01-29T",
      "2026-01-29_09:00:00",
      "2026-01-29 09",
      "2026-01-29 09:00",
      "2026-01-29 09:00:",
      "2026-01-29 0900:00",
      "2026-01-29 24:00:00",
      "2026-01-29 09:60:00",
      "2026-01-29 09:00:61",
      "2026-01-29 09:00:00.",
      "2026-01-29 09:00:00.Z",
      "2026-01-29 09:00:00 UTC",
      "2026-01-29 09:00:00+",
      "2026-01-29 09:00:00+5",
      "2026-01-29 09:00:00+24",
      "2026-01-29 09:00:00+05:",
      "2026-01-29 09:00:00+05:60",
      "2026-01-29 09:00:00+05:3",
      "2026-01-29 09:00:00+05:30x",
      "2026-01-29 09:00:00ZZ",
      "2026-01-29x",
      "-2026-01-29",
      "2026-01-29 09:00:00*",
  };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct err err = {0};
    int64_t ms = 7;
    if (time_parse(wrong[i], &ms, &err)) fail_msg("\"%s\" was taken", wrong[i]);
    assert_int_equal(ms, 7);
    assert_int_equal(err.code, ERR_MALFORMED);
    assert_string_equal(err.hint, "write it as 2026-01-29T09:00:00Z or 2026-01-29");
  }
}

static void a_refusal_shows_foreign_text_on_one_short_line(void **state) {
  (void)state;
  struct err err = {0};
  int64_t ms = 0;
  assert_false(time_parse("yester\nday\033[2J and much, much more than anybody wants to read", &ms, &err));
  assert_string_equal(err.text, "\"yester day [2J and much, much more than \" is not a time");
}

static void times_are_printed_in_the_zone_and_in_utc(void **state) {
  (void)state;
  struct err err = {0};
  char text[ZONE_TIME_TEXT_MAX];
  struct zone *kathmandu = zone_new("Asia/Kathmandu", &err);
  time_print(text, NULL, NINE_MS + 999);
  assert_string_equal(text, "2026-01-29 09:00:00");
  time_print(text, kathmandu, NINE_MS);
  assert_string_equal(text, "2026-01-29 14:45:00");
  time_print_rfc3339(text, NINE_MS);
  assert_string_equal(text, "2026-01-29T09:00:00Z");
  time_print_rfc3339(text, NINE_MS + 5);
  assert_string_equal(text, "2026-01-29T09:00:00.005Z");
  time_print_rfc3339(text, -1);
  assert_string_equal(text, "1969-12-31T23:59:59.999Z");
  zone_free(kathmandu);
}

static void what_is_printed_is_read_back(void **state) {
  (void)state;
  for (int64_t ms = -62167219200000; ms < 253402300800000; ms += 86399999 * 97LL) {
    struct err err = {0};
    char text[ZONE_TIME_TEXT_MAX];
    int64_t back = 0;
    time_print_rfc3339(text, ms);
    if (!time_parse(text, &back, &err)) fail_msg("%s: %s", text, err.text);
    assert_int_equal(back, ms);
  }
}

static int days_in(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* From -400-01-01, a Saturday as every 400 years, day by day over 800 years; then far leaps. */
static void dates_go_there_and_back(void **state) {
  (void)state;
  int64_t days = date_to_days(-400, 1, 1);
  int weekday = 6;
  for (int year = -400; year < 400; year++) {
    for (int month = 1; month <= 12; month++) {
      for (int day = 1; day <= days_in(year, month); day++, days++, weekday = (weekday + 1) % 7) {
        int y = 0;
        int m = 0;
        int d = 0;
        date_of_days(days, &y, &m, &d);
        if (date_to_days(year, month, day) != days || y != year || m != month || d != day) {
          fail_msg("%d-%d-%d is day %" PRId64, year, month, day, days);
        }
        assert_int_equal(date_weekday(days), weekday);
      }
    }
  }
  assert_int_equal(date_to_days(1970, 1, 1), 0);
  assert_int_equal(date_weekday(0), 4);
  assert_int_equal(date_weekday(-1), 3);
  assert_int_equal(date_to_days(2000000, 3, 1) - date_to_days(1999600, 3, 1), 146097);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_form_of_a_time_is_read),
      cmocka_unit_test(what_is_no_time_is_refused),
      cmocka_unit_test(a_refusal_shows_foreign_text_on_one_short_line),
      cmocka_unit_test(times_are_printed_in_the_zone_and_in_utc),
      cmocka_unit_test(what_is_printed_is_read_back),
      cmocka_unit_test(dates_go_there_and_back),
  };
  return cmocka_run_group_tests_name("base_time", tests, NULL, NULL);
}
