#include "query.h"

static void read_turn(struct query *query, struct turn *turn) {
  turn->id = query_get_int(query);
  query_get_text(query, turn->schedule, sizeof turn->schedule);
  turn->slot_ms = query_get_int(query);
  turn->started_ms = query_get_int(query);
}

bool store_turn_add(struct store *store, struct turn *turn, bool *fresh, struct err *err) {
  QUERY query = {0};
  bool added = false;
  if (!db_in_job(store, err)) return false;
  if (!query_start(&query, store,
                   "INSERT INTO turn (schedule, slot_ms, started_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
                   err))
    return false;
  query_text(&query, turn->schedule);
  query_int(&query, turn->slot_ms);
  query_int(&query, turn->started_ms);
  if (!query_next(&query, &added, err)) return false;
  if (added) turn->id = query_get_int(&query);
  *fresh = added;
  return true;
}

bool store_turn_exists(struct store *store, const char *schedule, int64_t slot_ms, bool *exists, struct err *err) {
  QUERY query = {0};
  int64_t count = 0;
  if (!query_start(&query, store, "SELECT COUNT(*) FROM turn WHERE schedule = ? AND slot_ms = ? AND slot_ms <> 0", err))
    return false;
  query_text(&query, schedule);
  query_int(&query, slot_ms);
  if (!query_number(&query, &count, err)) return false;
  *exists = count > 0;
  return true;
}

/* The newest is the last that came, not the greatest time: the clock may have been to 2038 and back. */
bool store_turn_last(struct store *store, const char *schedule, struct turn *turn, struct err *err) {
  QUERY query = {0};
  bool found = false;
  bool ok =
      schedule == NULL
          ? query_start(&query, store,
                        "SELECT id, schedule, slot_ms, started_ms FROM turn WHERE schedule NOT LIKE 'digest:%'"
                        " ORDER BY id DESC LIMIT 1",
                        err)
          : query_start(&query, store,
                        "SELECT id, schedule, slot_ms, started_ms FROM turn WHERE schedule = ? ORDER BY id DESC LIMIT 1",
                        err);
  if (!ok) return false;
  if (schedule != NULL) query_text(&query, schedule);
  if (!query_next(&query, &found, err)) return false;
  *turn = (struct turn){0};
  if (found) read_turn(&query, turn);
  return true;
}
