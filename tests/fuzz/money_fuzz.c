/* Two lines, two decimals: what is stored prints and reads back the same, and sums and products can be undone. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lowtide/money.h"
#include "lowtide/text.h"

static bool is_same(struct decimal a, struct decimal b) {
  return decimal_compare(a, b) == 0;
}

static void check_stored(int64_t nano) {
  char exact[MONEY_TEXT_MAX];
  char shown[MONEY_TEXT_MAX];
  int64_t back = 0;
  struct err err = {0};
  money_print_exact(exact, nano);
  assert(money_parse(exact, &back, &err) && back == nano);
  money_print(shown, sizeof shown, nano, "USD");
  assert((nano == 0) == text_eq(shown, "$0.00"));
}

static void check_pair(struct decimal a, struct decimal b) {
  struct decimal result;
  struct err err = {0};
  assert(decimal_compare(a, b) == -decimal_compare(b, a));
  if (decimal_add(a, b, &result, &err) && decimal_sub(result, b, &result, &err)) assert(is_same(result, a));
  if (decimal_mul(a, b, &result, &err) && decimal_div(result, b, &result, &err)) assert(is_same(result, a));
  if (decimal_sub(a, b, &result, &err)) assert(decimal_compare(result, decimal_of_int(0)) == decimal_compare(a, b));
  if (decimal_div(a, b, &result, &err) && decimal_mul(result, b, &result, &err)) assert(is_same(result, a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char text[256];
  struct decimal value[2];
  int64_t nano = 0;
  struct err err = {0};
  if (size >= sizeof text) return 0;
  memcpy(text, data, size);
  text[size] = '\0';
  char *second = strchr(text, '\n');
  if (second != NULL) *second++ = '\0';
  if (!decimal_parse(text, &value[0], &err)) return 0;
  if (decimal_to_nano(value[0], &nano, &err)) check_stored(nano);
  if (second != NULL && decimal_parse(second, &value[1], &err)) check_pair(value[0], value[1]);
  return 0;
}
