/* What is taken is written back as it was, takes further readings, and its runway keeps its promises. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/runway.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_runway(const struct trend *trend, int64_t now_ms) {
  struct runway runway = runway_of(trend, now_ms, 0);
  if (runway.runway_ms < 0 || runway.low_ms > runway.runway_ms || runway.high_ms < runway.runway_ms) abort();
  if (runway.state != RUNWAY_KNOWN && runway.runway_ms != 0) abort();
  if (runway.burn_nano_per_day < 0 || (!runway.burn_known && runway.burn_nano_per_day != 0)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct trend trend = {0};
  struct err err = {0};
  struct buf out;
  char *text = calloc(size + 1, 1);
  if (text == NULL) return 0;
  if (size > 0) memcpy(text, data, size);
  if (trend_decode(text, &trend, &err)) {
    buf_init(&out, TREND_TEXT_MAX);
    trend_encode(&trend, &out);
    if (!buf_ok(&out) || trend_decode(buf_text(&out), &trend, &err) != true) abort();
    check_runway(&trend, trend.time_ms);
    struct reading reading = {.time_ms = trend.time_ms + 3600000, .available = amount_of((int64_t)size * MONEY_NANO)};
    memcpy(reading.unit, trend.unit, sizeof reading.unit);
    trend_update(&trend, &reading);
    check_runway(&trend, trend.time_ms + 60000);
    buf_done(&out);
  }
  free(text);
  return 0;
}
