/* Any bytes: either refused with a sentence, or a tree in which every value is what it should be. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lowtide/json.h"
#include "lowtide/money.h"
#include "lowtide/text.h"

static void check_scalar(const struct json *value) {
  const char *number = json_number_text(value);
  const char *string = json_string(value);
  struct decimal decimal;
  struct err err = {0};
  assert((number != NULL) == (json_type(value) == JSON_NUMBER));
  assert((string != NULL) == (json_type(value) == JSON_STRING));
  assert(string == NULL || text_is_utf8(string, strlen(string)));
  if (number == NULL) return;
  size_t length = strlen(number);
  assert(length > 0 && length <= JSON_NUMBER_MAX && strspn(number, "-+.eE0123456789") == length);
  assert(decimal_parse(number, &decimal, &err) || err.code == ERR_MALFORMED);
}

static void check_value(const struct json *value, int depth) {
  assert(depth <= JSON_DEPTH_MAX);
  check_scalar(value);
  for (const struct json *item = json_first(value); item != NULL; item = json_next(item)) {
    check_value(item, depth + 1);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct err err = {0};
  struct json *root = json_parse((const char *)data, size, &err);
  if (root == NULL) {
    assert(err.code == ERR_MALFORMED && text_starts(err.text, "not JSON: "));
    assert(text_is_utf8(err.text, strlen(err.text)));
    return 0;
  }
  assert(text_is_utf8((const char *)data, size));
  check_value(root, 0);
  (void)json_at(root, "/data/0/a~1b");
  json_free(root);
  return 0;
}
