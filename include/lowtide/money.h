/* money: exact amounts. At rest an amount is an int64 in units of 1e-9 ("nano"); on the way there it is a ratio of
 * decimals in 128 bits, rounded half-even once. Never a double. The field is named `…_nano` wherever it stands bare. */
#ifndef LOWTIDE_MONEY_H
#define LOWTIDE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/err.h"

#define MONEY_NANO 1000000000LL
#define MONEY_TEXT_MAX 48

/* An amount that may not be known. Unknown is never zero. */
struct amount {
  bool known;
  int64_t nano;
};

static inline struct amount amount_of(int64_t nano) {
  return (struct amount){.known = true, .nano = nano};
}

__extension__ typedef __int128 money_wide;

/* A value on its way through a recipe: exact as long as it fits, an error when it does not. The members are money.c's
 * business. */
struct decimal {
  money_wide numerator;
  money_wide denominator; /* > 0 */
};

/* "12.34", "-3", "1e-7", "1,234.56" (commas only in groups of three). At most 40 characters, at most 38 digits, exponents
 * within ±30. White space around is allowed, anything else is an error (ERR_MALFORMED). */
bool decimal_parse(const char *text, struct decimal *out, struct err *err) MUST_CHECK;
bool decimal_add(struct decimal a, struct decimal b, struct decimal *out, struct err *err) MUST_CHECK;
bool decimal_sub(struct decimal a, struct decimal b, struct decimal *out, struct err *err) MUST_CHECK;
bool decimal_mul(struct decimal a, struct decimal b, struct decimal *out, struct err *err) MUST_CHECK;
bool decimal_div(struct decimal a, struct decimal b, struct decimal *out, struct err *err) MUST_CHECK; /* by 0: an error */
struct decimal decimal_neg(struct decimal a);
struct decimal decimal_abs(struct decimal a);
struct decimal decimal_of_int(int64_t whole);
/* -1, 0 or 1 as a is below, equal to or above b. */
int decimal_compare(struct decimal a, struct decimal b);
/* Rounded half-even to 1e-9. What does not fit int64 is an error, never a wrap. */
bool decimal_to_nano(struct decimal value, int64_t *nano, struct err *err) MUST_CHECK;

/* decimal_parse and decimal_to_nano in one. */
bool money_parse(const char *text, int64_t *nano, struct err *err) MUST_CHECK;

#define MONEY_SAID_MAX 16
/* As people type it: "12.50", "$12.50", "12.50 usd", "20€". said is the sign or the name that stood beside the number, ""
 * if none did: ask unit_accept before the amount is taken for one of an account's. */
bool money_read(const char *text, int64_t *nano, char said[static MONEY_SAID_MAX], struct err *err) MUST_CHECK;

/* The stored value without trailing zeros: "82.591784481", "5", "-0.1". */
void money_print_exact(char out[static MONEY_TEXT_MAX], int64_t nano);

/* As people read it, by its unit: "$12.34", "-$3.20", "<$0.01", "¥1,234.50", "12.34 XNO", "58,770 characters".
 * Two decimals for money, none for counted units; what is not zero never prints as zero. */
void money_print(char *out, size_t size, int64_t nano, const char *unit);

/* The sign that money_print puts in front of that currency: "$", "¥"; "" if it has none. */
const char *unit_sign(const char *unit);

/* A currency or a token of value (USD, CNY, XNO, DIEM: three or four capitals), as against something counted
 * ("credits", "characters", "points"). */
bool unit_is_currency(const char *unit);

/* Whether a person who said that means this unit: "$" and "usd" are USD, "¥" is CNY and JPY; "" is whatever it is. If not:
 * ERR_USAGE, which says in what that account is kept. */
bool unit_accept(const char *account, const char *unit, const char *said, struct err *err) MUST_CHECK;

#endif
