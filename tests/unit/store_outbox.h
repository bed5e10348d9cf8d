/* What the tests of the outbox share: rows in and out of the channel "team", each in a job of its own. */
#ifndef LOWTIDE_STORE_OUTBOX_TESTING_H
#define LOWTIDE_STORE_OUTBOX_TESTING_H

#include "store_testing.h"

static UNUSED bool queue(struct store *store, const char *kind, const char *key, int part, int64_t turn_id) {
  struct outbox_row row = {.turn_id = turn_id,
                           .channel = "team",
                           .part = part,
                           .payload = (char *)(uintptr_t) "hello",
                           .created_ms = NOON,
                           .due_ms = NOON};
  bool fresh = false;
  (void)text_copy(row.kind, sizeof row.kind, kind);
  (void)text_copy(row.key, sizeof row.key, key);
  begin(store);
  assert_ok(store_outbox_add(store, &row, &fresh, &err));
  commit(store);
  return fresh;
}

static UNUSED struct outbox_row claim_at(struct store *store, const char *channel, int64_t now_ms) {
  struct outbox_row row = {0};
  begin(store);
  assert_ok(store_outbox_claim(store, channel, now_ms, now_ms + 60000, &row, &err));
  commit(store);
  mem_free(row.payload);
  return row;
}

static UNUSED struct outbox_row claim(struct store *store) {
  return claim_at(store, "team", NOON);
}

static UNUSED void settle(struct store *store, const struct outbox_row *row, enum outbox_verdict verdict) {
  const struct outbox_settlement settlement = {.id = row->id,
                                               .fence = row->fence,
                                               .verdict = verdict,
                                               .now_ms = NOON + 1000,
                                               .due_ms = NOON + 30000,
                                               .why = verdict == OUTBOX_SENT ? NULL : "HTTP 404"};
  bool settled = false;
  begin(store);
  assert_ok(store_outbox_settle(store, &settlement, &settled, &err));
  commit(store);
}

static UNUSED int64_t next(struct store *store) {
  int64_t due_ms = -1;
  assert_ok(store_outbox_next(store, "team", &due_ms, &err));
  return due_ms;
}

static UNUSED void assert_state(struct store *store, const char *key, int part, const char *state) {
  QUERY query = {0};
  bool found = false;
  char is[16];
  assert_ok(query_start_once(&query, store, "SELECT state FROM outbox WHERE key = ? AND part = ?", &err));
  query_text(&query, key);
  query_int(&query, part);
  assert_ok(query_next(&query, &found, &err));
  query_get_text(&query, is, sizeof is);
  assert_string_equal(is, state);
}

static UNUSED void hold_line(struct store *store, int64_t turn_id) {
  begin(store);
  assert_ok(store_log_add(store, turn_id, "/tmp/kimi.txt", "POSTED: Kimi", true, &err));
  commit(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_test_folder, remove_test_folder)

#endif
