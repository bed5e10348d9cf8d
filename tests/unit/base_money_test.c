#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lowtide/money.h"

static void assert_printed(int64_t nano, const char *unit, const char *expected) {
  char text[MONEY_TEXT_MAX];
  money_print(text, sizeof text, nano, unit);
  assert_string_equal(text, expected);
}

static void amounts_print_by_their_unit(void **state) {
  (void)state;
  assert_printed(12340000000, "USD", "$12.34");
  assert_printed(-3200000000, "USD", "-$3.20");
  assert_printed(0, "USD", "$0.00");
  assert_printed(1234500000000, "CNY", "¥1,234.50");
  assert_printed(1234500000000, "JPY", "¥1,234.50");
  assert_printed(1000000000, "EUR", "€1.00");
  assert_printed(1000000000, "GBP", "£1.00");
  assert_printed(12340000000, "XNO", "12.34 XNO");
  assert_printed(-12340000000, "DIEM", "-12.34 DIEM");
  assert_printed(58770000000000, "characters", "58,770 characters");
  assert_printed(2500000000, "credits", "2 credits");
  assert_printed(3500000000, "credits", "4 credits");
  assert_printed(12340000000, "", "12.34");
  assert_printed(INT64_MAX, "USD", "$9,223,372,036.85");
  assert_printed(INT64_MIN, "USD", "-$9,223,372,036.85");
}

static void what_is_not_zero_never_prints_as_zero(void **state) {
  (void)state;
  assert_printed(1, "USD", "<$0.01");
  assert_printed(-1, "USD", "-<$0.01");
  assert_printed(5000000, "USD", "<$0.01");
  assert_printed(5000001, "USD", "$0.01");
  assert_printed(-5000001, "USD", "-$0.01");
  assert_printed(1, "XNO", "<0.01 XNO");
  assert_printed(1, "credits", "<1 credits");
  assert_printed(-1, "credits", "-<1 credits");
}

static void a_short_place_cuts_at_a_whole_character(void **state) {
  (void)state;
  char text[3];
  money_print(text, sizeof text, MONEY_NANO, "EUR");
  assert_string_equal(text, "");
}

static void rounding_is_half_even_and_groups_digits(void **state) {
  (void)state;
  assert_printed(1234500000000, "USD", "$1,234.50");
  assert_printed(125000000, "USD", "$0.12");
  assert_printed(135000000, "USD", "$0.14");
  assert_printed(-125000000, "USD", "-$0.12");
  assert_printed(999999999, "credits", "1 credits");
  assert_printed(999999999999999999, "USD", "$1,000,000,000.00");
  assert_printed(999000000000, "credits", "999 credits");
  assert_printed(1000000000000, "credits", "1,000 credits");
}

static void the_stored_value_prints_without_trailing_zeros(void **state) {
  (void)state;
  static const struct {
    int64_t nano;
    const char *text;
  } cases[] = {
      {82591784481, "82.591784481"},
      {5000000000, "5"},
      {-100000000, "-0.1"},
      {0, "0"},
      {100000000000, "100"},
      {1, "0.000000001"},
      {INT64_MAX, "9223372036.854775807"},
      {INT64_MIN, "-9223372036.854775808"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[MONEY_TEXT_MAX];
    int64_t back;
    struct err err = {0};
    money_print_exact(text, cases[i].nano);
    assert_string_equal(text, cases[i].text);
    assert_true(money_parse(text, &back, &err));
    assert_true(back == cases[i].nano);
  }
}

static void decimal_text_becomes_nano(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t nano;
  } cases[] = {
      {"12.34", 12340000000},
      {"-3", -3000000000},
      {"-0", 0},
      {"1e-7", 100},
      {"1.000000000000000000000000000000000e-9", 1},
      {"1E+2", 100000000000},
      {"1,234.56", 1234560000000},
      {"1,234,567", 1234567000000000},
      {" 5 \t\r\n", 5000000000},
      {"007", 7000000000},
      {"0.0000000005", 0},
      {"0.0000000015", 2},
      {"0.0000000025", 2},
      {"0.00000000250000000000000000000000000001", 3},
      {"-0.0000000015", -2},
      {"123456789012345678901234567890123456e-28", 12345678901234568},
      {"0e30", 0},
      {"0.00000000000000000000000000000000000000", 0},
      {"9223372036.854775807", INT64_MAX},
      {"9223372036.8547758074999", INT64_MAX},
      {"-9223372036.854775808", INT64_MIN},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t nano = 42;
    struct err err = {0};
    if (!money_parse(cases[i].text, &nano, &err)) fail_msg("%s: %s", cases[i].text, err.text);
    if (nano != cases[i].nano) fail_msg("%s: %lld", cases[i].text, (long long)nano);
  }
}

static void assert_refused(const char *text) {
  int64_t nano = 42;
  struct err err = {0};
  if (money_parse(text, &nano, &err)) fail_msg("\"%s\" was taken as %lld", text, (long long)nano);
  assert_int_equal(err.code, ERR_MALFORMED);
  assert_true(nano == 42);
  assert_true(err.text[0] != '\0' && strchr(err.text, '\n') == NULL);
}

static void what_is_not_a_number_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      " ",
      "-",
      "+5",
      ".5",
      "5.",
      "-.5",
      "1e",
      "1e+",
      "1e31",
      "1e-31",
      "1e1000000000000",
      "0x10",
      "NaN",
      "inf",
      "1 2",
      "12abc",
      "--1",
      "1.2.3",
      "$5",
      "5\n6",
      "\xff",
      "1e5.5",
      "123456789012345678901234567890123456789",   /* 39 digits */
      "00000000000000000000000000000000000000001", /* 41 characters */
      "0.12345678901234567890123456789012345678e-30",
      "9223372036.854775808", /* too fine; too big */
      "9223372036.8547758075",
      "-9223372036.8547758085001",
      "9223372037",
      "1e30",
      "99999999999999999999999999999999999999",
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    assert_refused(texts[i]);
}

static void a_comma_in_the_wrong_place_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {
      "1,23", "12,34", "1234,567", ",123", "1,", "1,,234", "1,234,56", "1,2345", "1,234.5,6", "1.234,56", "1,234,", "-,1",
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    assert_refused(texts[i]);
}

static void currencies_are_three_or_four_capitals(void **state) {
  (void)state;
  assert_true(unit_is_currency("USD"));
  assert_true(unit_is_currency("DIEM"));
  assert_false(unit_is_currency("US"));
  assert_false(unit_is_currency("USDCX"));
  assert_false(unit_is_currency("usd"));
  assert_false(unit_is_currency("US1"));
  assert_false(unit_is_currency("credits"));
  assert_false(unit_is_currency(""));
}

static void a_typed_amount_may_say_its_unit(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t nano;
    const char *said;
  } typed[] = {
      {"12.50", 12500000000, ""},           {"$12.50", 12500000000, "$"},   {" $ 12.50 ", 12500000000, "$"},
      {"20 usd", 20000000000, "usd"},       {"20usd ", 20000000000, "usd"}, {"20€", 20000000000, "€"},
      {"20 €", 20000000000, "€"},           {"-5", -5000000000, ""},        {"1,000 EUR", 1000000000000, "EUR"},
      {"5 credits", 5000000000, "credits"}, {"1e2", 100000000000, ""},
  };
  for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
    int64_t nano = 0;
    char said[MONEY_SAID_MAX];
    struct err err = {0};
    if (!money_read(typed[i].text, &nano, said, &err)) fail_msg("%s: %s", typed[i].text, err.text);
    assert_int_equal(nano, typed[i].nano);
    assert_string_equal(said, typed[i].said);
  }
}

static void what_is_typed_and_no_amount_is_refused(void **state) {
  (void)state;
  static const char *const typed[] = {
      "",     " ",          "$",    "usd",  "usd 20", "$20 usd",
      "20 %", "20 usd now", "12,5", "12,",  "1e99",   "5 abcdefghijklmnop",
      "20€€", "five",       "20 5", "００", "+5",     "000000000000000000000000000000000000000000000000000000001"};
  for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
    int64_t nano = 7;
    char said[MONEY_SAID_MAX] = "as it was";
    struct err err = {0};
    if (money_read(typed[i], &nano, said, &err)) fail_msg("%s is taken for an amount", typed[i]);
    assert_int_equal(nano, 7);
    assert_string_equal(said, "as it was");
    assert_int_not_equal(err.code, ERR_NONE);
  }
}

static bool unit_is_said(const char *unit, const char *said) {
  struct err err = {0};
  return unit_accept("kimi", unit, said, &err);
}

static void a_sign_or_a_name_means_a_unit(void **state) {
  (void)state;
  assert_true(unit_is_said("USD", "$"));
  assert_true(unit_is_said("USD", "usd"));
  assert_true(unit_is_said("USD", ""));
  assert_true(unit_is_said("CNY", "¥"));
  assert_true(unit_is_said("JPY", "¥"));
  assert_true(unit_is_said("credits", "Credits"));
  assert_false(unit_is_said("USD", "€"));
  assert_false(unit_is_said("EUR", "usd"));
  assert_false(unit_is_said("credits", "$"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(amounts_print_by_their_unit),
      cmocka_unit_test(what_is_not_zero_never_prints_as_zero),
      cmocka_unit_test(a_short_place_cuts_at_a_whole_character),
      cmocka_unit_test(rounding_is_half_even_and_groups_digits),
      cmocka_unit_test(the_stored_value_prints_without_trailing_zeros),
      cmocka_unit_test(decimal_text_becomes_nano),
      cmocka_unit_test(what_is_not_a_number_is_refused),
      cmocka_unit_test(a_comma_in_the_wrong_place_is_refused),
      cmocka_unit_test(currencies_are_three_or_four_capitals),
      cmocka_unit_test(a_typed_amount_may_say_its_unit),
      cmocka_unit_test(what_is_typed_and_no_amount_is_refused),
      cmocka_unit_test(a_sign_or_a_name_means_a_unit),
  };
  return cmocka_run_group_tests_name("base money", tests, NULL, NULL);
}
