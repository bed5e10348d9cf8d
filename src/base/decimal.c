#include <string.h>

#include "lowtide/money.h"
#include "lowtide/text.h"

#define CHARACTERS_MAX 40
#define DIGITS_MAX 38
#define EXPONENT_MAX 30

__extension__ typedef unsigned __int128 magnitude;

static const char too_big[] = "a number does not fit into 128 bits";
static const char blank[] = " \t\r\n";

static magnitude magnitude_of(money_wide value) {
  return value < 0 ? -(magnitude)value : (magnitude)value;
}

static magnitude common_divisor(magnitude a, magnitude b) {
  while (b != 0) {
    magnitude rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* Divides both by what they share. The divisor is at most the denominator, so that it fits the signed type. */
static void reduce_pair(money_wide *numerator, money_wide *denominator) {
  money_wide shared = (money_wide)common_divisor(magnitude_of(*numerator), magnitude_of(*denominator));
  *numerator /= shared;
  *denominator /= shared;
}

/* The product; false if it does not fit, or is the one value whose negative does not. */
static bool multiply(money_wide a, money_wide b, money_wide *product) {
  money_wide result;
  if (__builtin_mul_overflow(a, b, &result) || (result < 0 && -(magnitude)result == (magnitude)result)) return false;
  *product = result;
  return true;
}

struct scanned {
  money_wide digits;
  int digit_count;
  int fraction; /* how many digits stand behind the point */
  int exponent;
  bool negative;
};

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool take_digit(struct scanned *number, char c) {
  if (number->digits != 0 || c != '0') number->digit_count++;
  if (number->digit_count > DIGITS_MAX) return false;
  number->digits = number->digits * 10 + (c - '0');
  return true;
}

/* Digits before the point, with commas in groups of three or without any. NULL if they are not right. */
static const char *scan_whole(const char *p, struct scanned *number) {
  int in_group = 0;
  bool grouped = false;
  for (; is_digit(*p) || *p == ','; p++) {
    if (*p == ',') {
      if (in_group == 0 || in_group > 3 || (grouped && in_group != 3)) return NULL;
      grouped = true;
      in_group = 0;
    } else {
      in_group++;
      if (!take_digit(number, *p)) return NULL;
    }
  }
  return in_group == 0 || (grouped && in_group != 3) ? NULL : p;
}

static const char *scan_fraction(const char *p, struct scanned *number) {
  const char *start = p;
  for (; is_digit(*p); p++) {
    number->fraction++;
    if (!take_digit(number, *p)) return NULL;
  }
  return p > start ? p : NULL;
}

static const char *scan_exponent(const char *p, struct scanned *number) {
  bool negative = *p == '-';
  if (*p == '-' || *p == '+') p++;
  const char *start = p;
  int exponent = 0;
  for (; is_digit(*p) && exponent <= EXPONENT_MAX; p++)
    exponent = exponent * 10 + (*p - '0');
  if (p == start || exponent > EXPONENT_MAX) return NULL;
  number->exponent = negative ? -exponent : exponent;
  return p;
}

static bool scan_number(const char *p, struct scanned *number) {
  const char *start = p;
  number->negative = *p == '-';
  p = scan_whole(number->negative ? p + 1 : p, number);
  if (p != NULL && *p == '.') p = scan_fraction(p + 1, number);
  if (p != NULL && (*p == 'e' || *p == 'E')) p = scan_exponent(p + 1, number);
  return p != NULL && p - start <= CHARACTERS_MAX && p[strspn(p, blank)] == '\0';
}

bool decimal_parse(const char *text, struct decimal *out, struct err *err) {
  char shown[CHARACTERS_MAX + 1];
  text_clean(shown, sizeof shown, text);
  struct scanned number = {0};
  if (!scan_number(text + strspn(text, blank), &number))
    return err_set(err, ERR_MALFORMED, "\"%s\" is not a number", shown);
  struct decimal value = {.numerator = number.negative ? -number.digits : number.digits, .denominator = 1};
  int shift = number.digits != 0 ? number.exponent - number.fraction : 0;
  for (; shift < 0 && value.numerator % 10 == 0; shift++)
    value.numerator /= 10;
  money_wide *scaled = shift < 0 ? &value.denominator : &value.numerator;
  for (int steps = shift < 0 ? -shift : shift; steps > 0; steps--) {
    if (!multiply(*scaled, 10, scaled)) return err_set(err, ERR_MALFORMED, "\"%s\": %s", shown, too_big);
  }
  *out = value;
  return true;
}

static bool add_plainly(struct decimal a, struct decimal b, struct decimal *out) {
  /* Over the least common denominator: a.d / shared * b.d */
  money_wide shared = 1;
  if (a.denominator != 1 && b.denominator != 1) {
    shared = (money_wide)common_divisor((magnitude)a.denominator, (magnitude)b.denominator);
  }
  money_wide left;
  money_wide right;
  struct decimal sum;
  if (!multiply(a.numerator, b.denominator / shared, &left)) return false;
  if (!multiply(b.numerator, a.denominator / shared, &right)) return false;
  if (!multiply(a.denominator, b.denominator / shared, &sum.denominator)) return false;
  if (__builtin_add_overflow(left, right, &sum.numerator) || !multiply(sum.numerator, 1, &sum.numerator)) return false;
  *out = sum;
  return true;
}

bool decimal_add(struct decimal a, struct decimal b, struct decimal *out, struct err *err) {
  if (add_plainly(a, b, out)) return true;
  reduce_pair(&a.numerator, &a.denominator);
  reduce_pair(&b.numerator, &b.denominator);
  return add_plainly(a, b, out) || err_set(err, ERR_MALFORMED, "%s", too_big);
}

bool decimal_sub(struct decimal a, struct decimal b, struct decimal *out, struct err *err) {
  return decimal_add(a, decimal_neg(b), out, err);
}

static bool multiply_plainly(struct decimal a, struct decimal b, struct decimal *out) {
  struct decimal product;
  if (!multiply(a.numerator, b.numerator, &product.numerator)) return false;
  if (!multiply(a.denominator, b.denominator, &product.denominator)) return false;
  *out = product;
  return true;
}

bool decimal_mul(struct decimal a, struct decimal b, struct decimal *out, struct err *err) {
  if (multiply_plainly(a, b, out)) return true;
  reduce_pair(&a.numerator, &a.denominator);
  reduce_pair(&b.numerator, &b.denominator);
  reduce_pair(&a.numerator, &b.denominator);
  reduce_pair(&b.numerator, &a.denominator);
  return multiply_plainly(a, b, out) || err_set(err, ERR_MALFORMED, "%s", too_big);
}

bool decimal_div(struct decimal a, struct decimal b, struct decimal *out, struct err *err) {
  if (b.numerator == 0) return err_set(err, ERR_MALFORMED, "a division by zero");
  struct decimal inverse = {.numerator = b.denominator, .denominator = b.numerator};
  if (b.numerator < 0) inverse = (struct decimal){.numerator = -b.denominator, .denominator = -b.numerator};
  return decimal_mul(a, inverse, out, err);
}

struct decimal decimal_neg(struct decimal a) {
  a.numerator = -a.numerator;
  return a;
}

struct decimal decimal_abs(struct decimal a) {
  return a.numerator < 0 ? decimal_neg(a) : a;
}

struct decimal decimal_of_int(int64_t whole) {
  return (struct decimal){.numerator = whole, .denominator = 1};
}

/* The whole part, rounded down; what is left over it stays in *value. */
static money_wide split_floor(struct decimal *value) {
  money_wide whole = value->numerator / value->denominator;
  value->numerator %= value->denominator;
  if (value->numerator < 0) {
    whole--;
    value->numerator += value->denominator;
  }
  return whole;
}

static struct decimal turned_over(struct decimal value) {
  return (struct decimal){.numerator = value.denominator, .denominator = value.numerator};
}

/* Multiplying crosswise would need 256 bits: their continued fractions are compared term by term instead. */
int decimal_compare(struct decimal a, struct decimal b) {
  for (int sign = 1;; sign = -sign) {
    money_wide whole_a = split_floor(&a);
    money_wide whole_b = split_floor(&b);
    if (whole_a != whole_b) return whole_a < whole_b ? -sign : sign;
    if (a.numerator == 0 && b.numerator == 0) return 0;
    if (a.numerator == 0) return -sign;
    if (b.numerator == 0) return sign;
    a = turned_over(a);
    b = turned_over(b);
  }
}

/* part * MONEY_NANO / whole, rounded half-even, for part < whole < 2^127: the product would not fit, so it is built from
 * its bits and divided on the way. */
static magnitude nano_of_fraction(magnitude part, magnitude whole) {
  magnitude quotient = 0;
  magnitude rest = 0;
  for (int bit = 29; bit >= 0; bit--) {
    quotient *= 2;
    rest *= 2;
    if (rest >= whole) {
      rest -= whole;
      quotient++;
    }
    if ((MONEY_NANO >> bit & 1) != 0) rest += part;
    if (rest >= whole) {
      rest -= whole;
      quotient++;
    }
  }
  bool up = rest * 2 > whole || (rest * 2 == whole && (quotient & 1) != 0);
  return quotient + (up ? 1 : 0);
}

bool decimal_to_nano(struct decimal value, int64_t *nano, struct err *err) {
  magnitude size = magnitude_of(value.numerator);
  magnitude denominator = (magnitude)value.denominator;
  magnitude whole = size / denominator;
  if (whole <= INT64_MAX / MONEY_NANO) {
    /* A whole is an even number of nano, so that the fraction alone decides what is half-even. */
    magnitude total = whole * (magnitude)MONEY_NANO + nano_of_fraction(size % denominator, denominator);
    money_wide signed_total = value.numerator < 0 ? -(money_wide)total : (money_wide)total;
    if (signed_total >= INT64_MIN && signed_total <= INT64_MAX) {
      *nano = (int64_t)signed_total;
      return true;
    }
  }
  return err_set(err, ERR_MALFORMED, "an amount above 9,223,372,036 does not fit");
}
