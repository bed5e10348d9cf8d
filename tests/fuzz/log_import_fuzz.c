#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/log_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct log_import out;
  char *line = calloc(size + 1, 1); /* strndup reads past the end under strict_string_checks */
  if (line == NULL) return 0;
  if (size > 0) memcpy(line, data, size);
  if (log_import_line(line, &out) == LOG_IMPORT_READING && out.reading.time_ms != out.reading.asked_ms) abort();
  free(line);
  return 0;
}
