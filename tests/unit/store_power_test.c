/* The power fails at each moment around a sync: what was committed is there, the rest is whole or not at all. */
#include "store_testing.h"

#include <inttypes.h>

#include "fake/power.h"

#define ROUNDS 6
#define STATES_MAX 128
#define SEEDS 2
#define FIRST_SEED 20261122

/* What the store held after each step that was answered with yes. */
static uint64_t states[STATES_MAX];
static int state_count;

static uint64_t mix(uint64_t hash, const void *data, size_t length) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < length; i++)
    hash = (hash ^ bytes[i]) * 0x100000001B3U;
  return hash;
}

static uint64_t mix_rows(uint64_t hash, sqlite3 *db, const char *sql) {
  sqlite3_stmt *rows = NULL;
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
  while (sqlite3_step(rows) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(rows); i++) {
      const unsigned char *text = sqlite3_column_text(rows, i);
      hash = mix(hash, text, (size_t)sqlite3_column_bytes(rows, i));
      hash = mix(hash, "|", 1);
    }
  }
  assert_int_equal(sqlite3_finalize(rows), SQLITE_OK);
  return hash;
}

/* All that a reader can see, as one number. */
static uint64_t state_of(sqlite3 *db) {
  char sql[256];
  sqlite3_stmt *tables = NULL;
  uint64_t hash = mix_rows(0xCBF29CE484222325U, db, "PRAGMA user_version");
  hash = mix_rows(hash, db, "SELECT sql FROM sqlite_master ORDER BY name");
  assert_int_equal(
      sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", -1, &tables, NULL),
      SQLITE_OK);
  while (sqlite3_step(tables) == SQLITE_ROW) {
    (void)text_fmt(sql, sizeof sql, "SELECT * FROM %s", (const char *)sqlite3_column_text(tables, 0));
    hash = mix_rows(hash, db, sql);
  }
  assert_int_equal(sqlite3_finalize(tables), SQLITE_OK);
  return hash;
}

static void answered(struct store *store) {
  assert_true(state_count < STATES_MAX);
  states[state_count] = state_of(store->db);
  power_mark(state_count++);
}

/* --- what is going on when the power fails */

static bool turn_job(struct store *store, void *context, struct err *e) {
  int round = *(int *)context;
  static const char *const names[] = {"kimi", "claude", "deepseek", "xai", "poe"};
  struct turn turn = {.schedule = "@hourly", .slot_ms = NOON + round * HOUR, .started_ms = NOON + round * HOUR};
  bool fresh = false;
  if (!store_turn_add(store, &turn, &fresh, e)) return false;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const struct account_key key = {.account = names[i], .provider = "moonshot"};
    const struct reading reading = usd(turn.started_ms, 1000 - round);
    if (!store_reading_add(store, &key, turn.id, &reading, LEVEL_OK, e)) return false;
    if (!store_log_add(store, turn.id, "/nowhere/a.log", names[i], i % 2 == 0, e)) return false;
  }
  char payload[6000];
  memset(payload, 'x', sizeof payload);
  payload[sizeof payload - 1] = '\0';
  struct outbox_row row = {.kind = "summary", .turn_id = turn.id, .channel = "chat", .payload = payload, .due_ms = 1};
  (void)text_fmt(row.key, sizeof row.key, "summary:%" PRId64, turn.id);
  return store_outbox_add(store, &row, &fresh, e) && remember(store, "kimi", RANK_WARNING, round, e);
}

static struct outbox_row claimed;

static bool claim_job(struct store *store, void *context, struct err *e) {
  (void)context;
  mem_free(claimed.payload);
  return store_outbox_claim(store, "chat", NOON, NOON + HOUR, &claimed, e);
}

static bool settle_job(struct store *store, void *context, struct err *e) {
  const struct outbox_settlement sent = {
      .id = claimed.id, .fence = claimed.fence, .verdict = OUTBOX_SENT, .now_ms = NOON + *(int *)context};
  bool settled = false;
  return store_outbox_settle(store, &sent, &settled, e);
}

static bool written_job(struct store *store, void *context, struct err *e) {
  struct log_entry lines[8];
  int64_t ids[8];
  int count = 0;
  (void)context;
  if (!store_log_pending(store, 0, lines, 8, &count, e)) return false;
  for (int i = 0; i < count; i++) {
    ids[i] = lines[i].id;
    mem_free(lines[i].path);
    mem_free(lines[i].text);
  }
  return store_log_written(store, ids, count, e);
}

static bool note_job(struct store *store, void *context, struct err *e) {
  const struct note note = {.account = "hand", .unit = "USD", .nano = *(int *)context, .time_ms = NOON};
  return store_note_add(store, &note, e);
}

static bool cleanup_job(struct store *store, void *context, struct err *e) {
  struct cleanup_chunk chunk = {.before_ms = NOON + *(int *)context * HOUR, .limit = 4};
  return store_cleanup(store, &chunk, e);
}

static store_job *const jobs[] = {turn_job, claim_job, settle_job, written_job, note_job, cleanup_job};

static void work(struct store *store, int first) {
  answered(store);
  /* often, so that checkpoints are among the moments */
  assert_ok(db_exec(store, "PRAGMA wal_autocheckpoint = 24", &err));
  for (int round = first; round < first + ROUNDS; round++) {
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
      assert_ok(store_do(store, jobs[i], &round, &err));
      answered(store);
    }
  }
  mem_free(claimed.payload);
  claimed = (struct outbox_row){0};
  store_close(store);
}

/* A schema of the future, with all that a step may do. */
static const char next_step[] = "ALTER TABLE note ADD COLUMN spare TEXT; CREATE TABLE copied AS SELECT * FROM reading;"
                                "CREATE INDEX copied_time ON copied (at_ms); UPDATE note SET nano = nano * 2;"
                                "DROP INDEX note_account;";

static void work_across_a_migration(void) {
  const char *steps[32] = {0};
  int count = 0;
  struct store *store = NULL;
  for (; migrate_steps[count] != NULL; count++)
    steps[count] = migrate_steps[count];
  assert_ok(store_open_with(folder, STORE_WRITE, steps, &store, &err));
  work(store, 0);
  steps[count] = next_step;
  assert_ok(store_open_with(folder, STORE_WRITE, steps, &store, &err));
  work(store, ROUNDS);
}

/* --- the laws */

static void check_integrity(sqlite3 *db, const char *where) {
  sqlite3_stmt *check = NULL;
  assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &check, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(check), SQLITE_ROW);
  const char *said = (const char *)sqlite3_column_text(check, 0);
  if (strcmp(said, "ok") != 0) fail_msg("%s: the database is damaged: %s", where, said);
  assert_int_equal(sqlite3_finalize(check), SQLITE_OK);
}

/* `done` steps were answered before the failure: those are there, and the next one whole or not at all. */
static void check_store(int done, const char *where) {
  char path[512];
  sqlite3 *db = NULL;
  (void)text_fmt(path, sizeof path, "%s/after/lowtide.db", folder);
  assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
  check_integrity(db, where);
  uint64_t found = state_of(db);
  bool before = done == 0 || found == states[done - 1];
  bool after = done < state_count && found == states[done];
  if (!before && !after) fail_msg("%s: neither as after step %d nor as after the next", where, done);
  assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void check_moment(int moment, int done) {
  char where[128];
  for (uint64_t seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    (void)text_fmt(where, sizeof where, "power lost before event %d of %d, seed %" PRIu64, moment, power_count, seed);
    power_fail(moment, seed * 1000003U + (uint64_t)moment, in_folder("after"));
    check_store(done, where);
  }
}

static void after_a_power_loss_each_job_is_there_whole_or_not_at_all(void **state) {
  (void)state;
  int moments = 0;
  int done = 0;
  state_count = 0;
  power_begin();
  work_across_a_migration();
  power_end();
  assert_int_equal(mkdir(in_folder("after"), 0700), 0);
  for (int i = 0; i < power_count; i++) {
    if (power_events[i].what == POWER_SYNC) {
      check_moment(i, done);
      check_moment(i + 1, done);
      moments += 2;
    } else if (power_events[i].what == POWER_MARK) {
      done = (int)power_events[i].at + 1;
      check_moment(i + 1, done);
      moments++;
    }
  }
  print_message("# %d moments, %d seeds each from %d, %d steps, %d events\n", moments, SEEDS, FIRST_SEED, state_count,
                power_count);
  assert_true(moments > 200);
  power_forget();
}

int main(void) {
  /* in memory where that is possible: what is synced here is known from the record, not from a disk */
  if (access("/dev/shm", W_OK | X_OK) == 0) (void)setenv("TMPDIR", "/dev/shm", 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(after_a_power_loss_each_job_is_there_whole_or_not_at_all, make_test_folder,
                                      remove_test_folder),
  };
  return cmocka_run_group_tests_name("store_power", tests, NULL, NULL);
}
