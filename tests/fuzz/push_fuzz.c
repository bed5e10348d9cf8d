#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lowtide/push.h"

#define NOW_MS 1795302245000LL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct push push = {0};
  struct err err = {0};
  bool read = push_parse((const char *)data, size, "USD", NOW_MS, &push, &err);
  if (read && (!push.available.known || push.time_ms > NOW_MS)) abort();
  if (!read && err.text[0] == '\0') abort();
  return 0;
}
