/* What comes from outside and is shown: one line of whole characters, JSON that parses, and no trace of a secret. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lowtide/buf.h"
#include "lowtide/json.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

#define TEXT_LONGEST 512

static void check_shown(const char *text, size_t size) {
  char shown[TEXT_LONGEST];
  text_clean(shown, size, text);
  assert(strlen(shown) < size && text_is_utf8(shown, strlen(shown)) && strpbrk(shown, "\r\n\t\x01\x7f") == NULL);
}

static void check_json(const char *text) {
  struct buf json;
  struct err err = {0};
  buf_init(&json, (size_t)TEXT_LONGEST * 6);
  assert(buf_add_json(&json, text));
  struct json *root = json_parse(json.data, json.len, &err);
  assert(root != NULL && json_string(root) != NULL);
  assert(!text_is_utf8(text, strlen(text)) || text_eq(json_string(root), text));
  json_free(root);
  buf_done(&json);
}

static void check_blotted(char *text) {
  struct secret *secret = secret_new("planted-key");
  (void)secret_blot(text);
  assert(strstr(text, "planted-key") == NULL && strstr(text, "cGxhbnRlZC1rZXk") == NULL);
  secret_free(secret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {"warning", "critical", "stale_after", NULL};
  char text[TEXT_LONGEST];
  char shown[64];
  int64_t ms = 0;
  struct err err = {0};
  if (size == 0 || size > sizeof text) return 0;
  memcpy(text, data + 1, size - 1);
  text[size - 1] = '\0';
  check_shown(text, data[0] + 1U);
  check_json(text);
  (void)text_nearest(text, names);
  if (text_duration(text, &ms, &err)) {
    text_print_duration(shown, sizeof shown, ms);
    assert(text_duration(shown, &ms, &err));
  }
  check_blotted(text);
  return 0;
}
