#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
  assert_printed(1, "USD", "<$0.01");
  assert_printed(-1, "USD", "-<$0.01");
  assert_printed(5000000, "USD", "<$0.01");
  assert_printed(5000001, "USD", "$0.01");
  assert_printed(0, "USD", "$0.00");
  assert_printed(1234500000000, "CNY", "¥1,234.50");
  assert_printed(1234500000000, "JPY", "¥1,234.50");
  assert_printed(1000000000, "EUR", "€1.00");
  assert_printed(1000000000, "GBP", "£1.00");
  assert_printed(12340000000, "XNO", "12.34 XNO");
  assert_printed(1, "XNO", "<0.01 XNO");
  assert_printed(58770000000000, "characters", "58,770 characters");
  assert_printed(1, "credits", "<1 credits");
  assert_printed(-1, "credits", "-<1 credits");
  assert_printed(2500000000, "credits", "2 credits");
  assert_printed(12340000000, "", "12.34");
  assert_printed(INT64_MAX, "USD", "$9,223,372,036.85");
  assert_printed(INT64_MIN, "USD", "-$9,223,372,036.85");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(amounts_print_by_their_unit),
  };
  return cmocka_run_group_tests_name("base money", tests, NULL, NULL);
}
