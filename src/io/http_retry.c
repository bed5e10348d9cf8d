#include "io/http_transfer.h"

static int64_t bounded(int64_t ms) {
  if (ms < 0) return 0;
  return ms > HTTP_RETRY_AFTER_MS_MAX ? HTTP_RETRY_AFTER_MS_MAX : ms;
}

/* Whole seconds by the standard; some vendors add a fraction. */
static bool parse_seconds(const char *value, int64_t *ms) {
  int64_t total = 0;
  int64_t weight = 100;
  if (*value < '0' || *value > '9') return false;
  for (; *value >= '0' && *value <= '9'; value++)
    total = bounded(total * 10 + (*value - '0') * INT64_C(1000));
  if (*value == '.') {
    for (value++; *value >= '0' && *value <= '9'; value++) {
      total += (*value - '0') * weight;
      weight /= 10;
    }
  }
  if (*value != '\0') return false;
  *ms = bounded(total);
  return true;
}

int64_t http_retry_after_ms(const char *value, int64_t date_ms, int64_t now_ms) {
  int64_t ms = 0;
  if (parse_seconds(value, &ms)) return ms;
  time_t when = curl_getdate(value, NULL);
  if (when < 0) return -1;
  return bounded((int64_t)when * 1000 - (date_ms > 0 ? date_ms : now_ms));
}
