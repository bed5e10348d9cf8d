/* Money's arithmetic against an independent, slow one: decimal digits in arrays, as learnt at school. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/money.h"

/* --- natural numbers, least digit first */
#define BIG_MAX 400

struct big {
  int len;
  unsigned char digit[BIG_MAX];
};

static struct big big_of(uint64_t value) {
  struct big big = {0};
  for (; value > 0; value /= 10)
    big.digit[big.len++] = (unsigned char)(value % 10);
  return big;
}

static int big_compare(const struct big *a, const struct big *b) {
  if (a->len != b->len) return a->len < b->len ? -1 : 1;
  for (int i = a->len - 1; i >= 0; i--) {
    if (a->digit[i] != b->digit[i]) return a->digit[i] < b->digit[i] ? -1 : 1;
  }
  return 0;
}

static struct big big_add(const struct big *a, const struct big *b) {
  struct big sum = {0};
  int carry = 0;
  for (int i = 0; i < a->len || i < b->len || carry > 0; i++) {
    int total = a->digit[i] + b->digit[i] + carry;
    sum.digit[sum.len++] = (unsigned char)(total % 10);
    carry = total / 10;
  }
  return sum;
}

static struct big big_sub(const struct big *a, const struct big *b) {
  struct big rest = *a;
  int borrow = 0;
  for (int i = 0; i < rest.len; i++) {
    int total = rest.digit[i] - b->digit[i] - borrow;
    borrow = total < 0 ? 1 : 0;
    rest.digit[i] = (unsigned char)(total + borrow * 10);
  }
  while (rest.len > 0 && rest.digit[rest.len - 1] == 0)
    rest.len--;
  return rest;
}

static struct big big_mul(const struct big *a, const struct big *b) {
  struct big product = {.len = a->len + b->len};
  for (int i = 0; i < a->len; i++) {
    int carry = 0;
    for (int j = 0; j < b->len || carry > 0; j++) {
      int total = product.digit[i + j] + a->digit[i] * b->digit[j] + carry;
      product.digit[i + j] = (unsigned char)(total % 10);
      carry = total / 10;
    }
  }
  while (product.len > 0 && product.digit[product.len - 1] == 0)
    product.len--;
  return product;
}

static struct big big_divide(const struct big *a, const struct big *b, struct big *rest) {
  struct big quotient = {.len = a->len};
  *rest = (struct big){0};
  for (int i = a->len - 1; i >= 0; i--) {
    memmove(rest->digit + 1, rest->digit, (size_t)rest->len);
    rest->digit[0] = a->digit[i];
    if (rest->len > 0 || rest->digit[0] > 0) rest->len++;
    for (; big_compare(rest, b) >= 0; quotient.digit[i]++)
      *rest = big_sub(rest, b);
  }
  while (quotient.len > 0 && quotient.digit[quotient.len - 1] == 0)
    quotient.len--;
  return quotient;
}

static struct big big_power_of_ten(int exponent) {
  struct big power = {.len = exponent + 1};
  power.digit[exponent] = 1;
  return power;
}

/* --- ratios of them */
struct ratio {
  int sign;
  struct big above;
  struct big below;
};

static struct ratio ratio_parse(const char *text) {
  struct ratio ratio = {.sign = *text == '-' ? -1 : 1};
  int scale = 0;
  bool behind = false;
  const char *p = *text == '-' ? text + 1 : text;
  for (; *p != '\0' && *p != 'e'; p++) {
    if (*p == '.') {
      behind = true;
      continue;
    }
    struct big ten = big_of(10);
    struct big digit = big_of((uint64_t)(*p - '0'));
    ratio.above = big_mul(&ratio.above, &ten);
    ratio.above = big_add(&ratio.above, &digit);
    if (behind) scale++;
  }
  int exponent = *p == 'e' ? atoi(p + 1) : 0;
  struct big up = big_power_of_ten(exponent > 0 ? exponent : 0);
  ratio.above = big_mul(&ratio.above, &up);
  ratio.below = big_power_of_ten(scale + (exponent < 0 ? -exponent : 0));
  return ratio;
}

static struct ratio ratio_add(const struct ratio *a, const struct ratio *b) {
  struct big left = big_mul(&a->above, &b->below);
  struct big right = big_mul(&b->above, &a->below);
  struct ratio sum = {.sign = a->sign, .below = big_mul(&a->below, &b->below)};
  if (a->sign == b->sign) {
    sum.above = big_add(&left, &right);
  } else if (big_compare(&left, &right) >= 0) {
    sum.above = big_sub(&left, &right);
  } else {
    sum.above = big_sub(&right, &left);
    sum.sign = b->sign;
  }
  return sum;
}

static struct ratio ratio_mul(const struct ratio *a, const struct ratio *b) {
  return (struct ratio){a->sign * b->sign, big_mul(&a->above, &b->above), big_mul(&a->below, &b->below)};
}

static struct ratio ratio_div(const struct ratio *a, const struct ratio *b) {
  return (struct ratio){a->sign * b->sign, big_mul(&a->above, &b->below), big_mul(&a->below, &b->above)};
}

static int ratio_compare(const struct ratio *a, const struct ratio *b) {
  struct ratio minus = *b;
  minus.sign = -b->sign;
  struct ratio gap = ratio_add(a, &minus);
  return gap.above.len == 0 ? 0 : gap.sign;
}

/* In nano, rounded half-even; false if it does not fit. */
static bool ratio_to_nano(const struct ratio *ratio, int64_t *nano) {
  struct big scale = big_power_of_ten(9);
  struct big scaled = big_mul(&ratio->above, &scale);
  struct big rest;
  struct big whole = big_divide(&scaled, &ratio->below, &rest);
  struct big twice = big_add(&rest, &rest);
  int half = big_compare(&twice, &ratio->below);
  struct big one = big_of(1);
  if (half > 0 || (half == 0 && whole.digit[0] % 2 == 1)) whole = big_add(&whole, &one);
  struct big most = big_of(ratio->sign < 0 ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX);
  if (big_compare(&whole, &most) > 0) return false;
  uint64_t size = 0;
  for (int i = whole.len - 1; i >= 0; i--)
    size = size * 10 + whole.digit[i];
  *nano = ratio->sign < 0 ? (int64_t)-size : (int64_t)size;
  return true;
}

/* --- chance, from a printed seed */
static uint64_t chance;

static uint32_t random_below(uint32_t limit) {
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return (uint32_t)(chance >> 33) % limit;
}

static int reseed(void **state) {
  (void)state;
  const char *seed = getenv("LOWTIDE_TEST_SEED");
  chance = seed != NULL ? strtoull(seed, NULL, 10) : 20260129;
  print_message("# seed %" PRIu64 "\n", chance);
  return 0;
}

/* A decimal of at most that many digits; now and then with an exponent, or ending in the 5 that makes rounding hard. */
static void random_decimal(char *out, size_t size, uint32_t most_digits) {
  size_t used = 0;
  uint32_t digits = 1 + random_below(most_digits);
  uint32_t point = random_below(digits + 1);
  if (random_below(2) == 1) out[used++] = '-';
  if (point == 0) out[used++] = '0';
  for (uint32_t i = 0; i < digits; i++) {
    if (i == point) out[used++] = '.';
    bool last = i + 1 == digits;
    out[used++] = last && random_below(3) == 0 ? '5' : (char)('0' + random_below(random_below(3) == 0 ? 1 : 10));
  }
  out[used] = '\0';
  if (random_below(4) == 0 && digits <= 20) {
    (void)snprintf(out + used, size - used, "e%d", (int)random_below(21) - 10);
  }
}

static void assert_same_nano(const char *what, struct decimal value, const struct ratio *expected) {
  int64_t ours = 0;
  int64_t theirs = 0;
  struct err err = {0};
  bool fits = decimal_to_nano(value, &ours, &err);
  bool should_fit = ratio_to_nano(expected, &theirs);
  if (fits != should_fit) fail_msg("%s: fits %d, should %d", what, fits, should_fit);
  if (fits && ours != theirs) fail_msg("%s: %" PRId64 ", should be %" PRId64, what, ours, theirs);
}

#define ROUNDS 4000

static void parsing_rounds_half_even_once(void **state) {
  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    char text[64];
    struct decimal value;
    struct err err = {0};
    random_decimal(text, sizeof text, i % 2 == 0 ? 14 : 36);
    if (!decimal_parse(text, &value, &err)) fail_msg("%s: %s", text, err.text);
    struct ratio expected = ratio_parse(text);
    assert_same_nano(text, value, &expected);
  }
}

enum operation { ADD, SUB, MUL, DIV };

static bool decimal_do(enum operation operation, struct decimal a, struct decimal b, struct decimal *out) {
  struct err err = {0};
  switch (operation) {
  case ADD: return decimal_add(a, b, out, &err);
  case SUB: return decimal_sub(a, b, out, &err);
  case MUL: return decimal_mul(a, b, out, &err);
  case DIV: break;
  }
  return decimal_div(a, b, out, &err);
}

static struct ratio ratio_do(enum operation operation, const struct ratio *a, const struct ratio *b) {
  struct ratio minus = *b;
  minus.sign = -b->sign;
  switch (operation) {
  case ADD: return ratio_add(a, b);
  case SUB: return ratio_add(a, &minus);
  case MUL: return ratio_mul(a, b);
  case DIV: break;
  }
  return ratio_div(a, b);
}

/* (a ? b) ? c, so that denominators are not only powers of ten. Answers whether all fitted. */
static bool check_chain(uint32_t most_digits) {
  char what[256];
  char text[3][64];
  struct decimal value[3];
  struct ratio ratio[3];
  struct err err = {0};
  enum operation operation[2] = {random_below(4), random_below(4)};
  for (int i = 0; i < 3; i++) {
    random_decimal(text[i], sizeof text[i], most_digits);
    assert_true(decimal_parse(text[i], &value[i], &err));
    ratio[i] = ratio_parse(text[i]);
  }
  (void)snprintf(what, sizeof what, "(%s %c %s) %c %s", text[0], "+-*/"[operation[0]], text[1], "+-*/"[operation[1]],
                 text[2]);
  for (int i = 0; i < 2; i++) {
    bool by_zero = operation[i] == DIV && ratio[i + 1].above.len == 0;
    struct decimal before = value[i + 1];
    if (!decimal_do(operation[i], value[0], value[i + 1], &value[0])) return by_zero;
    if (by_zero) fail_msg("%s: divided by zero", what);
    assert_memory_equal(&before, &value[i + 1], sizeof before);
    ratio[0] = ratio_do(operation[i], &ratio[0], &ratio[i + 1]);
    assert_same_nano(what, value[0], &ratio[0]);
  }
  return true;
}

static void arithmetic_agrees_with_school(void **state) {
  (void)state;
  for (int i = 0; i < ROUNDS; i++) {
    if (!check_chain(8)) fail_msg("round %d: what fits was refused", i);
  }
}

static void large_numbers_are_right_or_refused(void **state) {
  (void)state;
  int refused = 0;
  for (int i = 0; i < ROUNDS; i++)
    refused += check_chain(30) ? 0 : 1;
  assert_in_range(refused, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

static void comparing_agrees_with_school(void **state) {
  (void)state;
  int equal = 0;
  for (int i = 0; i < ROUNDS; i++) {
    char text[4][64];
    struct decimal value[4];
    struct ratio ratio[4];
    struct err err = {0};
    for (int j = 0; j < 4; j++) {
      random_decimal(text[j], sizeof text[j], 16);
      if (random_below(4) == 0) memcpy(text[j], text[random_below((uint32_t)j + 1)], sizeof text[j]);
      assert_true(decimal_parse(text[j], &value[j], &err));
      ratio[j] = ratio_parse(text[j]);
    }
    for (int j = 0; j < 2; j++) {
      if (ratio[j + 2].above.len == 0 || !decimal_div(value[j], value[j + 2], &value[j], &err)) continue;
      ratio[j] = ratio_div(&ratio[j], &ratio[j + 2]);
    }
    int expected = ratio_compare(&ratio[0], &ratio[1]);
    if (decimal_compare(value[0], value[1]) != expected) fail_msg("%s/%s, %s/%s", text[0], text[2], text[1], text[3]);
    equal += expected == 0 ? 1 : 0;
  }
  assert_in_range(equal, 10, ROUNDS);
}

static struct decimal parsed(const char *text) {
  struct decimal value = {0};
  struct err err = {0};
  assert_true(decimal_parse(text, &value, &err));
  return value;
}

static void what_does_not_fit_is_an_error_and_changes_nothing(void **state) {
  (void)state;
  struct err err = {0};
  struct decimal huge = parsed("99999999999999999999999999999999999999");
  struct decimal out = decimal_of_int(42);
  assert_false(decimal_mul(huge, huge, &out, &err));
  assert_int_equal(err.code, ERR_MALFORMED);
  assert_false(decimal_add(huge, huge, &out, &err));
  assert_int_equal(decimal_compare(out, decimal_of_int(42)), 0);
}

static void sums_beyond_128_bits_are_refused(void **state) {
  (void)state;
  struct err err = {0};
  struct decimal huge = parsed("99999999999999999999999999999999999999");
  struct decimal out = decimal_of_int(42);
  assert_true(decimal_add(huge, decimal_of_int(1), &out, &err));
  assert_int_equal(decimal_compare(out, huge), 1);
  assert_false(decimal_add(out, out, &out, &err));
  assert_false(decimal_sub(decimal_neg(out), out, &out, &err));
  assert_false(decimal_add(out, parsed("0.01"), &out, &err));
  assert_int_equal(decimal_compare(out, parsed("1e30")), 1);
}

static void common_factors_are_no_reason_to_refuse(void **state) {
  (void)state;
  struct err err = {0};
  struct decimal sum;
  struct decimal quotient;
  struct decimal inverse;
  struct decimal product;
  assert_true(decimal_add(parsed("1e-20"), parsed("3e-20"), &sum, &err));
  assert_int_equal(decimal_compare(sum, parsed("4e-20")), 0);
  struct decimal a = parsed("100000000000000000039");
  struct decimal b = parsed("-100000000000000000129");
  assert_true(decimal_div(a, b, &quotient, &err));
  assert_true(decimal_div(b, a, &inverse, &err));
  assert_true(decimal_mul(quotient, inverse, &product, &err));
  assert_int_equal(decimal_compare(product, decimal_of_int(1)), 0);
}

/* p/q * qr/ps is r/s, although neither pr nor qs need fit on the way. */
static void factors_are_cancelled_crosswise(void **state) {
  (void)state;
  static const char *const cases[][4] = {
      {"100000000000000000000000000319", "100000000000000000039", "10000000019", "100000007"},
      {"100000000000000000039", "100000000000000000000000000319", "100000007", "10000000019"},
  };
  for (size_t i = 0; i < 2; i++) {
    struct err err = {0};
    struct decimal p = parsed(cases[i][0]);
    struct decimal q = parsed(cases[i][1]);
    struct decimal r = parsed(cases[i][2]);
    struct decimal s = parsed(cases[i][3]);
    struct decimal left;
    struct decimal right;
    struct decimal product;
    struct decimal expected;
    assert_true(decimal_div(p, q, &left, &err) && decimal_div(q, p, &right, &err));
    assert_true(decimal_div(r, s, &expected, &err) && decimal_mul(right, expected, &right, &err));
    assert_true(decimal_mul(left, right, &product, &err));
    assert_int_equal(decimal_compare(product, expected), 0);
  }
}

/* -2^127 fits a signed 128-bit integer, but its negative does not. */
static void the_one_number_without_a_negative_is_refused(void **state) {
  (void)state;
  struct err err = {0};
  struct decimal out;
  struct decimal half = parsed("-85070591730234615865843651857942052864");
  assert_false(decimal_mul(parsed("18446744073709551616"), decimal_of_int(INT64_MIN), &out, &err));
  assert_false(decimal_add(half, half, &out, &err));
  assert_true(decimal_add(half, decimal_add(half, decimal_of_int(1), &out, &err) ? out : half, &out, &err));
}

static void division_by_zero_is_an_error(void **state) {
  (void)state;
  struct err err = {0};
  struct decimal out = decimal_of_int(42);
  assert_false(decimal_div(decimal_of_int(1), parsed("-0.0"), &out, &err));
  assert_int_equal(err.code, ERR_MALFORMED);
  assert_int_equal(decimal_compare(out, decimal_of_int(42)), 0);
}

static void signs_turn_and_go(void **state) {
  (void)state;
  assert_int_equal(decimal_compare(decimal_neg(parsed("1.5")), parsed("-1.5")), 0);
  assert_int_equal(decimal_compare(decimal_abs(parsed("-1.5")), parsed("1.5")), 0);
  assert_int_equal(decimal_compare(decimal_abs(parsed("1.5")), parsed("1.5")), 0);
  assert_int_equal(decimal_compare(decimal_of_int(INT64_MIN), decimal_of_int(INT64_MAX)), -1);
  assert_int_equal(decimal_compare(parsed("1e-30"), parsed("99999999999999999999999999999999999999")), -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parsing_rounds_half_even_once),
      cmocka_unit_test(arithmetic_agrees_with_school),
      cmocka_unit_test(large_numbers_are_right_or_refused),
      cmocka_unit_test(comparing_agrees_with_school),
      cmocka_unit_test(what_does_not_fit_is_an_error_and_changes_nothing),
      cmocka_unit_test(sums_beyond_128_bits_are_refused),
      cmocka_unit_test(common_factors_are_no_reason_to_refuse),
      cmocka_unit_test(factors_are_cancelled_crosswise),
      cmocka_unit_test(the_one_number_without_a_negative_is_refused),
      cmocka_unit_test(division_by_zero_is_an_error),
      cmocka_unit_test(signs_turn_and_go),
  };
  return cmocka_run_group_tests_name("base decimal", tests, reseed, NULL);
}
