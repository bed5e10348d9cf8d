#include <inttypes.h>

#include "lowtide/compose.h"
#include "lowtide/text.h"

void compose_age(char *out, size_t size, int64_t age_ms) {
  if (age_ms < MINUTE_MS) {
    (void)text_copy(out, size, "just now");
  } else if (age_ms < HOUR_MS) {
    (void)text_fmt(out, size, "%" PRId64 " min ago", age_ms / MINUTE_MS);
  } else if (age_ms < DAY_MS) {
    (void)text_fmt(out, size, "%" PRId64 " h ago", age_ms / HOUR_MS);
  } else {
    (void)text_fmt(out, size, "%" PRId64 " d ago", age_ms / DAY_MS);
  }
}
