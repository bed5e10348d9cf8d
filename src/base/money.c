#include "lowtide/money.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "lowtide/text.h"

bool money_parse(const char *text, int64_t *nano, struct err *err) {
  struct decimal value;
  return decimal_parse(text, &value, err) && decimal_to_nano(value, nano, err);
}

static uint64_t magnitude_of(int64_t nano) {
  return nano < 0 ? -(uint64_t)nano : (uint64_t)nano;
}

void money_print_exact(char out[static MONEY_TEXT_MAX], int64_t nano) {
  uint64_t size = magnitude_of(nano);
  (void)text_fmt(out, MONEY_TEXT_MAX, "%s%" PRIu64 ".%09" PRIu64, nano < 0 ? "-" : "", size / (uint64_t)MONEY_NANO,
                 size % (uint64_t)MONEY_NANO);
  size_t length = strlen(out);
  while (out[length - 1] == '0')
    length--;
  if (out[length - 1] == '.') length--;
  out[length] = '\0';
}

static uint64_t power_of_ten(int exponent) {
  uint64_t power = 1;
  for (; exponent > 0; exponent--)
    power *= 10;
  return power;
}

static uint64_t divide_half_even(uint64_t value, uint64_t by) {
  uint64_t rest = value % by;
  uint64_t quotient = value / by;
  bool up = rest * 2 > by || (rest * 2 == by && quotient % 2 == 1);
  return quotient + (up ? 1 : 0);
}

/* "1,234.50" of a count of the smallest shown step. */
static void print_grouped(char *out, uint64_t steps, int decimals) {
  char reversed[MONEY_TEXT_MAX];
  size_t length = 0;
  for (int place = 0; place <= decimals || steps > 0; place++) {
    if (place == decimals && place > 0) reversed[length++] = '.';
    if (place > decimals && (place - decimals) % 3 == 0) reversed[length++] = ',';
    reversed[length++] = (char)('0' + steps % 10);
    steps /= 10;
  }
  while (length > 0)
    *out++ = reversed[--length];
  *out = '\0';
}

static const struct currency_sign {
  const char *unit;
  const char *sign;
} currency_signs[] = {{"USD", "$"}, {"CNY", "¥"}, {"JPY", "¥"}, {"EUR", "€"}, {"GBP", "£"}};

const char *unit_sign(const char *unit) {
  for (size_t i = 0; i < sizeof currency_signs / sizeof currency_signs[0]; i++) {
    if (text_eq(currency_signs[i].unit, unit)) return currency_signs[i].sign;
  }
  return "";
}

bool unit_is_currency(const char *unit) {
  size_t length = strspn(unit, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  return (length == 3 || length == 4) && unit[length] == '\0';
}

void money_print(char *out, size_t size, int64_t nano, const char *unit) {
  int decimals = unit_is_currency(unit) || *unit == '\0' ? 2 : 0;
  uint64_t step = power_of_ten(9 - decimals);
  uint64_t steps = divide_half_even(magnitude_of(nano), step);
  bool tiny = nano != 0 && steps == 0;
  char number[MONEY_TEXT_MAX];
  print_grouped(number, tiny ? 1 : steps, decimals);
  const char *sign = unit_sign(unit);
  bool named = *sign == '\0' && *unit != '\0';
  (void)text_fmt(out, size, "%s%s%s%s%s%s", nano < 0 ? "-" : "", tiny ? "<" : "", sign, number, named ? " " : "",
                 named ? unit : "");
}

/* --- as people type it ----------------------------------------------------------------------------------------------- */

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define NUMBER_MAX 48

static const char *sign_before(const char *text) {
  for (size_t i = 0; i < sizeof currency_signs / sizeof currency_signs[0]; i++) {
    if (text_starts(text, currency_signs[i].sign)) return currency_signs[i].sign;
  }
  return "";
}

static bool is_sign_or_name(const char *word) {
  const char *sign = sign_before(word);
  return word[strspn(word, LETTERS)] == '\0' || (*sign != '\0' && text_eq(word, sign));
}

bool money_read(const char *text, int64_t *nano, char said[static MONEY_SAID_MAX], struct err *err) {
  char number[NUMBER_MAX];
  char behind[MONEY_SAID_MAX];
  while (*text == ' ')
    text++;
  const char *sign = sign_before(text);
  text += strlen(sign);
  size_t end = strlen(text);
  while (end > 0 && text[end - 1] == ' ')
    end--;
  size_t length = end;
  while (length > 0 && strchr("0123456789.", text[length - 1]) == NULL)
    length--;
  const char *name = text + length + (length < end ? strspn(text + length, " ") : 0);
  bool fits = text_fmt(number, sizeof number, "%.*s", (int)length, text) &&
              text_fmt(behind, sizeof behind, "%.*s", (int)(text + end - name), name);
  if (!fits || !is_sign_or_name(behind) || (*sign != '\0' && *behind != '\0'))
    return err_set(err, ERR_MALFORMED, "not an amount");
  if (!money_parse(number, nano, err)) return false;
  return text_copy(said, MONEY_SAID_MAX, *sign != '\0' ? sign : behind);
}

static bool unit_is_said(const char *unit, const char *said) {
  return *said == '\0' || strcasecmp(unit, said) == 0 || text_eq(unit_sign(unit), said);
}

bool unit_accept(const char *account, const char *unit, const char *said, struct err *err) {
  if (unit_is_said(unit, said)) return true;
  (void)err_set(err, ERR_USAGE, "%s is kept in %s, not in %s", account, unit, said);
  return err_hint(err, "say how much it is in %s", unit);
}
