#include <string.h>

#include "lowtide/store.h"

/* A round's accounts come one after the other, so that the next row is most often the next account's. */
struct rebuild {
  const char *const *accounts;
  struct trend *trends;
  size_t count;
  size_t next;
};

static bool take_row(void *context, const struct history_row *row) {
  struct rebuild *rebuild = context;
  for (size_t i = 0; i < rebuild->count; i++) {
    size_t at = (rebuild->next + i) % rebuild->count;
    if (strcmp(rebuild->accounts[at], row->account) != 0) continue;
    trend_update(&rebuild->trends[at], &row->reading);
    rebuild->next = at + 1;
    break;
  }
  return true;
}

bool store_trends_rebuild(struct store *store, const char *const *accounts, int64_t now_ms, struct trend *trends,
                          struct err *err) {
  struct rebuild rebuild = {.accounts = accounts, .trends = trends};
  const struct history_query query = {.since_ms = now_ms - (TREND_DAYS + 1) * DAY_MS, .until_ms = now_ms};
  while (accounts[rebuild.count] != NULL)
    rebuild.count++;
  if (rebuild.count == 0) return true;
  memset(trends, 0, rebuild.count * sizeof *trends);
  return store_history(store, &query, take_row, &rebuild, err);
}
