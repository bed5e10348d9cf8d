/* The first line is a schedule, the second a zone. What parses must keep its slots in order. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/cron.h"
#include "lowtide/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_slots(const struct cron *cron, const struct zone *zone, int64_t at_ms) {
  int64_t next_ms = cron_next(cron, zone, at_ms);
  int64_t previous_ms = cron_previous(cron, zone, at_ms);
  if (next_ms != 0 && next_ms <= at_ms) abort();
  if (previous_ms > at_ms) abort();
  if (next_ms != 0 && cron_previous(cron, zone, next_ms) != next_ms) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char text[512];
  char words[128];
  struct cron cron;
  struct err err = {0};
  if (size >= sizeof text) return 0;
  memcpy(text, data, size);
  text[size] = '\0';
  char *name = strchr(text, '\n');
  if (name != NULL) *name++ = '\0';
  if (!cron_parse(text, &cron, &err)) return 0;
  struct zone *zone = name != NULL ? zone_new(name, &err) : NULL;
  cron_describe(&cron, text, words, sizeof words);
  if (!text_is_utf8(words, strlen(words)) && text_is_utf8(text, strlen(text))) abort();
  for (int64_t day = 20540; day < 20905; day += 61)
    check_slots(&cron, zone, day * 86400000 + 12345678);
  zone_free(zone);
  return 0;
}
