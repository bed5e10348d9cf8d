/* Requests as the local server takes them, pipelined. */
#include "io/local_parse.h"
#include "lowtide/mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char path[LOCAL_REQUEST_HEAD_MAX];
  char *bytes = mem_new(size + 1, 1);
  struct local_request request;
  size_t used = 0;
  if (size > 0) memcpy(bytes, data, size);
  for (size_t at = 0; at < size; at += used) {
    if (local_parse(bytes + at, size - at, path, &request, &used) != LOCAL_WHOLE) break;
    (void)local_request_header(&request, "x-key");
  }
  mem_free(bytes);
  return 0;
}
