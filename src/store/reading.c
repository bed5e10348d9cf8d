/* Readings and their roll-ups. */
#include "lowtide/text.h"
#include "row.h"

/* They stand in the database as numbers. */
_Static_assert(READING_PREPAID == 0 && READING_SPEND == 1 && READING_QUOTA == 2, "stored");
_Static_assert(LEVEL_OK == 0 && LEVEL_WARNING == 1 && LEVEL_CRITICAL == 2 && LEVEL_UNKNOWN == 3, "stored");

void row_read(struct query *query, struct reading *reading, enum level *level) {
  char code[32];
  *reading = (struct reading){0};
  reading->kind = (enum reading_kind)query_get_int(query);
  *level = (enum level)query_get_int(query);
  reading->asked_ms = query_get_int(query);
  reading->time_ms = query_get_int(query);
  reading->available = query_get_amount(query);
  reading->cash = query_get_amount(query);
  reading->voucher = query_get_amount(query);
  reading->used = query_get_amount(query);
  reading->limit = query_get_amount(query);
  reading->resets_ms = query_get_int(query);
  reading->noted_ms = query_get_int(query);
  reading->estimated = query_get_bool(query);
  reading->simulated = query_get_bool(query);
  query_get_text(query, code, sizeof code);
  query_get_text(query, reading->detail, sizeof reading->detail);
  query_get_text(query, reading->hint, sizeof reading->hint);
  query_get_text(query, reading->unit, sizeof reading->unit);
  if (code[0] != '\0') reading->code = err_code_of(code);
  /* A reason that only a later version knows is still a failure. */
  if (code[0] != '\0' && reading->code == ERR_NONE) reading->code = ERR_SERVER;
}

void row_bind(struct query *query, const struct reading *reading, enum level level) {
  query_int(query, (int64_t)reading->kind);
  query_int(query, (int64_t)level);
  query_int(query, reading->asked_ms);
  query_int(query, reading->time_ms);
  query_amount(query, reading->available);
  query_amount(query, reading->cash);
  query_amount(query, reading->voucher);
  query_amount(query, reading->used);
  query_amount(query, reading->limit);
  query_int(query, reading->resets_ms);
  query_int(query, reading->noted_ms);
  query_int(query, reading->estimated);
  query_int(query, reading->simulated);
  query_text(query, reading_is_known(reading) ? "" : err_code_name(reading->code));
  query_text(query, reading->detail);
  query_text(query, reading->hint);
}

/* Where a reading goes: its account's row as it was before. */
struct place {
  int64_t account_id;
  int64_t series_id;
  int64_t seq;
  int64_t last_at_ms; /* of the newest reading; INT64_MIN: there is none */
  char provider[64];
  char unit[UNIT_MAX];
};

static bool find_account(struct store *store, const struct account_key *key, struct place *place, bool *found,
                         struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store,
                   "SELECT a.id, a.series_id, a.seq, a.provider, COALESCE(s.unit, ''), r.at_ms FROM account_state a"
                   " LEFT JOIN series s ON s.id = a.series_id"
                   " LEFT JOIN reading r ON r.seq = a.last_seq AND r.account_id = a.id WHERE a.account = ?",
                   err))
    return false;
  query_text(&query, key->account);
  if (!query_next(&query, found, err)) return false;
  *place = (struct place){.last_at_ms = INT64_MIN};
  if (!*found) return true;
  place->account_id = query_get_int(&query);
  place->series_id = query_get_int(&query);
  place->seq = query_get_int(&query);
  query_get_text(&query, place->provider, sizeof place->provider);
  query_get_text(&query, place->unit, sizeof place->unit);
  struct amount at = query_get_amount(&query);
  if (at.known) place->last_at_ms = at.nano;
  return true;
}

static bool add_account(struct store *store, const struct account_key *key, struct place *place, struct err *err) {
  QUERY query = {0};
  bool found = false;
  if (!query_start(&query, store,
                   "INSERT INTO account_state (account, provider, series_id, seq, last_seq, known_seq)"
                   " VALUES (?, ?, 0, 0, 0, 0) RETURNING id",
                   err))
    return false;
  query_text(&query, key->account);
  query_text(&query, key->provider);
  if (!query_next(&query, &found, err)) return false;
  place->account_id = query_get_int(&query);
  (void)text_copy(place->provider, sizeof place->provider, key->provider);
  return true;
}

static bool find_series(struct store *store, const struct account_key *key, const char *unit, struct place *place,
                        struct err *err) {
  QUERY insert = {0};
  QUERY find = {0};
  if (!query_start(&insert, store, "INSERT INTO series (account, provider, unit) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                   err))
    return false;
  query_text(&insert, key->account);
  query_text(&insert, key->provider);
  query_text(&insert, unit);
  if (!query_run(&insert, err)) return false;
  if (!query_start(&find, store, "SELECT id FROM series WHERE account = ? AND provider = ? AND unit = ?", err))
    return false;
  query_text(&find, key->account);
  query_text(&find, key->provider);
  query_text(&find, unit);
  return query_number(&find, &place->series_id, err);
}

/* A failure names no unit: it belongs to the series that was there. */
static bool find_place(struct store *store, const struct account_key *key, const struct reading *reading,
                       struct place *place, struct err *err) {
  bool found = false;
  if (!find_account(store, key, place, &found, err)) return false;
  if (!found && !add_account(store, key, place, err)) return false;
  bool same = place->series_id != 0 && text_eq(place->provider, key->provider);
  bool unnamed = !reading_is_known(reading) && reading->unit[0] == '\0';
  if (same && (unnamed || text_eq(place->unit, reading->unit))) return true;
  return find_series(store, key, reading->unit, place, err);
}

static bool insert_reading(struct store *store, const struct place *place, int64_t turn_id, const struct reading *reading,
                           enum level level, struct err *err) {
  QUERY query = {0};
  if (!query_start(
          &query, store,
          "INSERT INTO reading (seq, account_id, series_id, turn_id, at_ms, kind, level, asked_ms, time_ms,"
          " available, cash, voucher, used, ceiling, resets_ms, noted_ms, estimated, simulated, code, detail, hint)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          err))
    return false;
  query_int(&query, place->seq + 1);
  query_int(&query, place->account_id);
  query_int(&query, place->series_id);
  query_int(&query, turn_id);
  query_int(&query, reading_at_ms(reading));
  row_bind(&query, reading, level);
  return query_run(&query, err);
}

static void bind_rollup(struct query *query, int64_t span_ms, const struct place *place, const struct reading *reading) {
  const struct amount none = {0};
  bool known = reading_is_known(reading);
  int64_t at_ms = reading_at_ms(reading);
  query_int(query, span_ms);
  query_int(query, at_ms - ((at_ms % span_ms) + span_ms) % span_ms);
  query_int(query, place->series_id);
  query_int(query, !known);
  query_int(query, known ? at_ms : INT64_MIN);
  for (int i = 0; i < 3; i++) {
    query_amount(query, known ? reading->available : none);
  }
  for (int i = 0; i < 3; i++) {
    query_amount(query, known ? reading->used : none);
  }
}

/* What is not known stays out of it: a comparison with NULL is not true. */
static const char roll_up_sql[] =
    "INSERT INTO rollup (span_ms, start_ms, series_id, readings, unknown, last_ms, available_min, available_max,"
    " available_last, used_min, used_max, used_last)"
    " VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?), (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (span_ms, start_ms, series_id) DO UPDATE SET"
    " readings = rollup.readings + 1, unknown = rollup.unknown + excluded.unknown,"
    " available_min = CASE WHEN rollup.available_min <= excluded.available_min THEN rollup.available_min ELSE "
    "COALESCE(excluded.available_min, rollup.available_min) END,"
    " available_max = CASE WHEN rollup.available_max >= excluded.available_max THEN rollup.available_max ELSE "
    "COALESCE(excluded.available_max, rollup.available_max) END,"
    " available_last = CASE WHEN rollup.last_ms > excluded.last_ms THEN rollup.available_last ELSE "
    "COALESCE(excluded.available_last, rollup.available_last) END,"
    " used_min = CASE WHEN rollup.used_min <= excluded.used_min THEN rollup.used_min ELSE COALESCE(excluded.used_min, "
    "rollup.used_min) END,"
    " used_max = CASE WHEN rollup.used_max >= excluded.used_max THEN rollup.used_max ELSE COALESCE(excluded.used_max, "
    "rollup.used_max) END,"
    " used_last = CASE WHEN rollup.last_ms > excluded.last_ms THEN rollup.used_last ELSE COALESCE(excluded.used_last, "
    "rollup.used_last) END,"
    " last_ms = CASE WHEN rollup.last_ms >= excluded.last_ms THEN rollup.last_ms ELSE COALESCE(excluded.last_ms, "
    "rollup.last_ms) END";

static bool roll_up(struct store *store, const struct place *place, const struct reading *reading, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store, roll_up_sql, err)) return false;
  bind_rollup(&query, HOUR_MS, place, reading);
  bind_rollup(&query, DAY_MS, place, reading);
  return query_run(&query, err);
}

/* The account's state follows its newest reading; an old one from a log only takes its number. */
static bool update_account(struct store *store, const struct account_key *key, const struct place *place,
                           const struct reading *reading, struct err *err) {
  QUERY query = {0};
  bool moved = !text_eq(place->provider, key->provider);
  if (!query_start(&query, store,
                   "UPDATE account_state SET provider = ?, series_id = ?, seq = ?, last_seq = ?, ask_mark = ?,"
                   " known_seq = CASE WHEN ? = 1 THEN ? WHEN ? = 1 THEN 0 ELSE known_seq END WHERE id = ?",
                   err))
    return false;
  query_text(&query, key->provider);
  query_int(&query, place->series_id);
  query_int(&query, place->seq + 1);
  query_int(&query, place->seq + 1);
  query_int(&query, reading->ask_mark);
  query_int(&query, reading_is_known(reading));
  query_int(&query, place->seq + 1);
  query_int(&query, moved);
  query_int(&query, place->account_id);
  return query_run(&query, err);
}

static bool count_account(struct store *store, const struct place *place, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store, "UPDATE account_state SET seq = ? WHERE id = ?", err)) return false;
  query_int(&query, place->seq + 1);
  query_int(&query, place->account_id);
  return query_run(&query, err);
}

bool store_reading_add(struct store *store, const struct account_key *key, int64_t turn_id, const struct reading *reading,
                       enum level level, struct err *err) {
  struct place place;
  return db_in_job(store, err) && find_place(store, key, reading, &place, err) &&
         insert_reading(store, &place, turn_id, reading, level, err) && roll_up(store, &place, reading, err) &&
         update_account(store, key, &place, reading, err);
}

/* A log knows whole seconds only. */
static bool is_there(struct store *store, const char *account, int64_t at_ms, bool *there, struct err *err) {
  QUERY query = {0};
  int64_t count = 0;
  int64_t second_ms = at_ms - (at_ms % 1000 + 1000) % 1000;
  if (!query_start(&query, store,
                   "SELECT COUNT(*) FROM reading r JOIN account_state a ON a.id = r.account_id"
                   " WHERE r.at_ms >= ? AND r.at_ms < ? AND a.account = ?",
                   err))
    return false;
  query_int(&query, second_ms);
  query_int(&query, second_ms + 1000);
  query_text(&query, account);
  if (!query_number(&query, &count, err)) return false;
  *there = count > 0;
  return true;
}

bool store_import_add(struct store *store, const struct account_key *key, const struct reading *reading, enum level level,
                      bool *fresh, struct err *err) {
  struct place place;
  bool there = false;
  if (!db_in_job(store, err) || !is_there(store, key->account, reading_at_ms(reading), &there, err)) return false;
  if (!there) {
    if (!find_place(store, key, reading, &place, err) || !insert_reading(store, &place, 0, reading, level, err) ||
        !roll_up(store, &place, reading, err))
      return false;
    if (!trend_forget(store, key->account, err)) return false;
    bool newest = reading_at_ms(reading) > place.last_at_ms;
    if (!(newest ? update_account(store, key, &place, reading, err) : count_account(store, &place, err))) return false;
  }
  *fresh = !there;
  return true;
}
