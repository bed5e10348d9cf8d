#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "lowtide/text.h"

static void what_does_not_fit_is_cut_at_a_whole_character(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t size;
    const char *cut;
  } cases[] = {
      {"abc", 3, "ab"},
      {"abc", 1, ""},
      {"a€b", 4, "a"},
      {"a€b", 5, "a€"},
      {"a€b", 3, "a"},
      {"😀", 4, ""},
      {"é", 2, ""},
      {"éé", 4, "é"},
      {"a\xff\xff\xff\xff\xff", 3, "a"},
      {"abcdef\xe2", 7, "abcdef"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char out[16];
    memset(out, 'x', sizeof out);
    assert_false(text_copy(out, cases[i].size, cases[i].text));
    assert_string_equal(out, cases[i].cut);
    assert_int_equal(out[cases[i].size], 'x');
  }
}

static void what_fits_stays_whole(void **state) {
  (void)state;
  char out[8];
  assert_true(text_fmt(out, sizeof out, "%s %d", "a€", 12));
  assert_string_equal(out, "a€ 12");
  assert_true(text_copy(out, 4, "abc"));
  assert_string_equal(out, "abc");
  assert_false(text_fmt(out, 0, "a"));
}

static void texts_compare_also_when_there_is_none(void **state) {
  (void)state;
  assert_true(text_eq(NULL, NULL));
  assert_false(text_eq(NULL, ""));
  assert_false(text_eq("", NULL));
  assert_true(text_eq("a", "a"));
  assert_false(text_eq("a", "A"));
  assert_true(text_starts("abc", "ab") && text_starts("abc", "") && !text_starts("a", "ab"));
  assert_true(text_ends("abc", "bc") && text_ends("abc", "") && !text_ends("c", "bc") && !text_ends("abc", "ab"));
  assert_true(text_is_blank(NULL) && text_is_blank("") && text_is_blank(" \t\r\n\v\f") && !text_is_blank(" a"));
}

static void well_formed_characters_are_measured(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t length;
  } cases[] = {
      {"a", 1},
      {"\x7f", 1},
      {"\xc2\x80", 2},
      {"\xdf\xbf", 2},
      {"\xe0\xa0\x80", 3},
      {"\xed\x9f\xbf", 3},
      {"\xee\x80\x80", 3},
      {"\xef\xbf\xbf", 3},
      {"\xf0\x90\x80\x80", 4},
      {"\xf4\x8f\xbf\xbf", 4},
      /* and these are none: tails, overlong forms, surrogates, beyond U+10FFFF, cut short */
      {"\x80", 0},
      {"\xbf", 0},
      {"\xc0\x80", 0},
      {"\xc1\xbf", 0},
      {"\xc2", 0},
      {"\xc2\x41", 0},
      {"\xe0\x9f\xbf", 0},
      {"\xe1\x80", 0},
      {"\xe1\x80\x41", 0},
      {"\xe1\x41\x80", 0},
      {"\xed\xa0\x80", 0},
      {"\xed\xbf\xbf", 0},
      {"\xf0\x8f\xbf\xbf", 0},
      {"\xf1\x80\x80", 0},
      {"\xf1\x80\x80\x41", 0},
      {"\xf4\x90\x80\x80", 0},
      {"\xf5\x80\x80\x80", 0},
      {"\xff", 0},
      {"", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    size_t left = strlen(cases[i].text);
    if (text_utf8_length(cases[i].text, left) != cases[i].length) fail_msg("case %zu", i);
    for (size_t less = 0; less < cases[i].length; less++)
      assert_int_equal(text_utf8_length(cases[i].text, less), 0);
  }
  assert_true(text_is_utf8("a€😀", strlen("a€😀")));
  assert_true(text_is_utf8("", 0));
  assert_true(text_is_utf8("a\0b", 3));
  assert_false(text_is_utf8("a\xff", 2));
}

static void assert_cleaned(const char *text, const char *expected) {
  char out[64];
  text_clean(out, sizeof out, text);
  assert_string_equal(out, expected);
}

static void foreign_text_comes_out_on_one_line(void **state) {
  (void)state;
  assert_cleaned("a\nb\r\tc\x7f\x01", "a b  c  ");
  assert_cleaned("a\xff\xc0z", "a  z");
  assert_cleaned("\xc2\x85\xc2\xa0", " \xc2\xa0");
  assert_cleaned("a\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\xe2\x80\xaf", "a   \xe2\x80\xaf");
  assert_cleaned("\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa\xe2\x82\xac", "  \xe2\x81\xaa€");
  assert_cleaned("ü€😀", "ü€😀");
  char out[4];
  text_clean(out, sizeof out, "ab€");
  assert_string_equal(out, "ab");
  text_clean(out, sizeof out, "abcdef");
  assert_string_equal(out, "abc");
  out[0] = 'x';
  text_clean(out, 0, "abc");
  assert_int_equal(out[0], 'x');
  text_clean(out, 1, "abc");
  assert_string_equal(out, "");
}

static const char *const keys[] = {
    "warning",  "critical",   "key",         "url",
    "base_url", "log_format", "stale_after", "a_name_that_is_longer_than_forty_eight_characters",
    NULL};

static void the_nearest_name_is_the_one_that_was_meant(void **state) {
  (void)state;
  assert_string_equal(text_nearest("warnign", keys), "warning");
  assert_string_equal(text_nearest("WARNING", keys), "warning");
  assert_string_equal(text_nearest("WRANIGN", keys), "warning");
  assert_string_equal(text_nearest("Key", keys), "key");
  assert_string_equal(text_nearest("keys", keys), "key");
  assert_string_equal(text_nearest("baseurl", keys), "base_url");
  assert_string_equal(text_nearest("stale-after", keys), "stale_after");
  assert_string_equal(text_nearest("logformat", keys), "log_format");
}

static void else_it_is_one_that_holds_what_was_typed(void **state) {
  (void)state;
  assert_string_equal(text_nearest("FORMAT", keys), "log_format");
  assert_string_equal(text_nearest("base", keys), "base_url");
  assert_string_equal(text_nearest("cr", keys), "critical");
  assert_null(text_nearest("c", keys));
  assert_null(text_nearest("ale", keys)); /* three letters in the midst mean nothing */
}

static void what_resembles_no_name_has_no_nearest(void **state) {
  (void)state;
  static const char *const none[] = {NULL};
  assert_null(text_nearest("password", keys));
  assert_null(text_nearest("xyz", keys));
  assert_null(text_nearest("", keys));
  assert_null(text_nearest("key", none));
  assert_null(text_nearest("a_name_that_is_longer_than_forty_eight_characters", keys));
}

static void a_typed_name_of_forty_eight_characters_is_compared(void **state) {
  (void)state;
  static const char name[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv";
  static const char *const names[] = {name, NULL};
  assert_int_equal(strlen(name), 48);
  assert_string_equal(text_nearest(name, names), name);
  assert_string_equal(text_nearest("bacdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstvu", names), name);
}

static void durations_are_read(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t ms;
  } cases[] = {
      {"90s", 90000},     {"15m", 900000},     {"6h", 21600000},        {"3d", 259200000},
      {"2w", 1209600000}, {"1y", 31536000000}, {"1h30m", 5400000},      {" 1h 30m ", 5400000},
      {"1s", 1000},       {"0h 1s", 1000},     {"100y", 3153600000000},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t ms = 0;
    struct err err = {0};
    if (!text_duration(cases[i].text, &ms, &err)) fail_msg("%s: %s", cases[i].text, err.text);
    assert_true(ms == cases[i].ms);
  }
}

static void what_is_no_duration_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      " ",
                                      "0s",
                                      "10",
                                      "s",
                                      "1 h",
                                      "1H",
                                      "-1s",
                                      "1.5h",
                                      "500ms",
                                      "1h,",
                                      "101y",
                                      "1000000000000000000000s",
                                      "100y 1s",
                                      "1h x",
                                      "9999999999999w",
                                      "ü"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    int64_t ms = 42;
    struct err err = {0};
    if (text_duration(texts[i], &ms, &err)) fail_msg("\"%s\" was taken", texts[i]);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_true(ms == 42);
    assert_string_equal(err.hint, "write it as 90s, 15m, 6h, 3d, 2w or 1y");
  }
}

static void a_refused_duration_is_shown_on_one_line(void **state) {
  (void)state;
  int64_t ms;
  struct err err = {0};
  assert_false(text_duration("a\nb", &ms, &err));
  assert_string_equal(err.text, "\"a b\" is not a duration");
}

static void durations_print_in_their_two_largest_units(void **state) {
  (void)state;
  static const struct {
    int64_t ms;
    const char *text;
  } cases[] = {
      {0, "0s"},
      {999, "0s"},
      {-5000, "0s"},
      {1000, "1s"},
      {59999, "59s"},
      {60000, "1m"},
      {61000, "1m 1s"},
      {3600000, "1h"},
      {3661000, "1h 1m"},
      {86400000, "1d"},
      {86400000 + 60000, "1d"},
      {3 * 86400000LL + 4 * 3600000LL + 59 * 60000LL, "3d 4h"},
      {400 * 86400000LL, "400d"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char out[32];
    text_print_duration(out, sizeof out, cases[i].ms);
    assert_string_equal(out, cases[i].text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_does_not_fit_is_cut_at_a_whole_character),
      cmocka_unit_test(what_fits_stays_whole),
      cmocka_unit_test(texts_compare_also_when_there_is_none),
      cmocka_unit_test(well_formed_characters_are_measured),
      cmocka_unit_test(foreign_text_comes_out_on_one_line),
      cmocka_unit_test(the_nearest_name_is_the_one_that_was_meant),
      cmocka_unit_test(else_it_is_one_that_holds_what_was_typed),
      cmocka_unit_test(what_resembles_no_name_has_no_nearest),
      cmocka_unit_test(a_typed_name_of_forty_eight_characters_is_compared),
      cmocka_unit_test(durations_are_read),
      cmocka_unit_test(what_is_no_duration_is_refused),
      cmocka_unit_test(a_refused_duration_is_shown_on_one_line),
      cmocka_unit_test(durations_print_in_their_two_largest_units),
  };
  return cmocka_run_group_tests_name("base text", tests, NULL, NULL);
}
