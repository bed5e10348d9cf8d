/* The schema, step by step. A step that was released never changes; the next one is added at the end. */
#include "migrate.h"

#include <inttypes.h>

#include "folder.h"
#include "lowtide/text.h"

#define APPLICATION_ID 1282697316 /* "Ltid" */

static const char step_1[] =
    /* Facts about the store itself. */
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);"

    /* One run of the pipeline. A slot of a schedule has one turn at most. */
    "CREATE TABLE turn ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, schedule TEXT NOT NULL, slot_ms BIGINT NOT NULL, started_ms BIGINT NOT NULL);"
    "CREATE UNIQUE INDEX turn_slot ON turn (schedule, slot_ms) WHERE slot_ms <> 0;"

    /* What is remembered of an account between rounds. seq counts its readings; the others point at them, 0: none. */
    "CREATE TABLE account_state ("
    "  id INTEGER PRIMARY KEY, account TEXT NOT NULL UNIQUE, provider TEXT NOT NULL, series_id BIGINT NOT NULL,"
    "  seq BIGINT NOT NULL, last_seq BIGINT NOT NULL, known_seq BIGINT NOT NULL,"
    "  alerted INTEGER NOT NULL, episode BIGINT NOT NULL);"
    "CREATE TABLE series ("
    "  id INTEGER PRIMARY KEY, account TEXT NOT NULL, provider TEXT NOT NULL, unit TEXT NOT NULL,"
    "  UNIQUE (account, provider, unit));"

    /* Amounts are in nano of the series' unit, NULL: not known. at_ms is the place in history. kind: 0 prepaid, 1 spend,
     * 2 quota; level: 0 ok, 1 warning, 2 critical, 3 unknown; code '' for a good reading. The key has seq in front: the
     * rows of one turn lie together, so 500 accounts write a dozen pages and not 500. */
    "CREATE TABLE reading ("
    "  seq BIGINT NOT NULL, account_id BIGINT NOT NULL REFERENCES account_state (id),"
    "  series_id BIGINT NOT NULL REFERENCES series (id), turn_id BIGINT NOT NULL,"
    "  at_ms BIGINT NOT NULL, asked_ms BIGINT NOT NULL, time_ms BIGINT NOT NULL,"
    "  kind INTEGER NOT NULL, level INTEGER NOT NULL,"
    "  available BIGINT, cash BIGINT, voucher BIGINT, used BIGINT, ceiling BIGINT, resets_ms BIGINT NOT NULL,"
    "  estimated INTEGER NOT NULL, simulated INTEGER NOT NULL, code TEXT NOT NULL, detail TEXT NOT NULL, hint TEXT NOT "
    "NULL,"
    "  PRIMARY KEY (seq, account_id)) WITHOUT ROWID;"
    "CREATE INDEX reading_time ON reading (at_ms, seq, account_id);"

    /* span_ms: 3600000 and 86400000. */
    "CREATE TABLE rollup ("
    "  span_ms BIGINT NOT NULL, start_ms BIGINT NOT NULL, series_id BIGINT NOT NULL REFERENCES series (id),"
    "  readings BIGINT NOT NULL, unknown BIGINT NOT NULL, last_ms BIGINT NOT NULL,"
    "  available_min BIGINT, available_max BIGINT, available_last BIGINT,"
    "  used_min BIGINT, used_max BIGINT, used_last BIGINT,"
    "  PRIMARY KEY (span_ms, start_ms, series_id)) WITHOUT ROWID;"

    "CREATE TABLE note ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, unit TEXT NOT NULL, kind INTEGER NOT NULL,"
    "  nano BIGINT NOT NULL, time_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL);"
    "CREATE INDEX note_account ON note (account, unit, time_ms);"

    /* state: pending, sending, sent, refused, superseded; settled_ms is 0 as long as it is one of the first two. */
    "CREATE TABLE outbox ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, turn_id BIGINT NOT NULL,"
    "  channel TEXT NOT NULL, part INTEGER NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL,"
    "  attempts INTEGER NOT NULL, created_ms BIGINT NOT NULL, due_ms BIGINT NOT NULL, settled_ms BIGINT NOT NULL,"
    "  owner TEXT NOT NULL, fence BIGINT NOT NULL, lease_ms BIGINT NOT NULL, why TEXT NOT NULL,"
    "  UNIQUE (key, channel, part));"
    "CREATE INDEX outbox_open ON outbox (channel, id) WHERE settled_ms = 0;"
    "CREATE INDEX outbox_turn ON outbox (turn_id);"
    "CREATE TABLE channel_state (channel TEXT PRIMARY KEY, posted_ms BIGINT NOT NULL, why TEXT NOT NULL);"

    /* held: waits for the turn's summary to be accepted. boot: which connection queued it. */
    "CREATE TABLE log_line ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, turn_id BIGINT NOT NULL, path TEXT NOT NULL, text TEXT NOT NULL,"
    "  held INTEGER NOT NULL, boot BIGINT NOT NULL);"
    "CREATE INDEX log_line_held ON log_line (turn_id) WHERE held = 1;";

static const char step_2[] =
    /* The newest that was handed in. */
    "CREATE TABLE pushed ("
    "  account TEXT NOT NULL, unit TEXT NOT NULL, available BIGINT, cash BIGINT, voucher BIGINT, time_ms BIGINT NOT NULL,"
    "  PRIMARY KEY (account, unit));";

static const char step_3[] =
    /* Tells what was asked for the newest reading; 0: not known. */
    "ALTER TABLE account_state ADD COLUMN ask_mark BIGINT NOT NULL DEFAULT 0;";

static const char step_4[] =
    /* What the rules remember of an account. Ranks: 0 none, 1 warning or unknown, 2 critical. */
    "CREATE TABLE alert_memory ("
    "  account TEXT PRIMARY KEY, provider TEXT NOT NULL,"
    "  low_told INTEGER NOT NULL, low_peak INTEGER NOT NULL, low_acked INTEGER NOT NULL, low_held INTEGER NOT NULL,"
    "  low_episode BIGINT NOT NULL, low_told_ms BIGINT NOT NULL, low_reminders INTEGER NOT NULL,"
    "  stale_told INTEGER NOT NULL, stale_peak INTEGER NOT NULL, stale_acked INTEGER NOT NULL, stale_held INTEGER NOT NULL,"
    "  stale_episode BIGINT NOT NULL, stale_told_ms BIGINT NOT NULL, stale_reminders INTEGER NOT NULL,"
    "  last_rank INTEGER NOT NULL, last_told_ms BIGINT NOT NULL, muted_until_ms BIGINT NOT NULL, muted INTEGER NOT NULL,"
    "  unknown_since_ms BIGINT NOT NULL, topups BIGINT NOT NULL, suspect BIGINT, suspect_ms BIGINT NOT NULL);"
    "INSERT INTO alert_memory SELECT account, provider, alerted, alerted, 0, 0, episode, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
    "0, 0, 0, 0,"
    "  NULL, 0 FROM account_state WHERE episode > 0;"
    "ALTER TABLE account_state DROP COLUMN alerted;"
    "ALTER TABLE account_state DROP COLUMN episode;"

    /* The alerts that a message tells: each once a channel. line is what was said, with its marks. */
    "CREATE TABLE outbox_alert ("
    "  channel TEXT NOT NULL, alert TEXT NOT NULL, account TEXT NOT NULL, message TEXT NOT NULL, told_ms BIGINT NOT NULL,"
    "  line TEXT NOT NULL, PRIMARY KEY (channel, alert));"
    "CREATE INDEX outbox_alert_message ON outbox_alert (channel, message);"
    "CREATE INDEX outbox_alert_time ON outbox_alert (told_ms);"

    /* How fast an account burns, as a value that grows no further. Rebuilt from history where there is no row. */
    "CREATE TABLE trend (account TEXT PRIMARY KEY, provider TEXT NOT NULL, value TEXT NOT NULL);"

    /* doubt: it was handed over, or its process died while it was, and nobody knows what became of it.
     * disabled_mark: a hash of the address that is gone. message_id: of the summary that is edited. */
    "ALTER TABLE outbox ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE channel_state ADD COLUMN disabled_ms BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE channel_state ADD COLUMN disabled_mark TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE channel_state ADD COLUMN message_id TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE channel_state ADD COLUMN repeated BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE channel_state ADD COLUMN doubtful BIGINT NOT NULL DEFAULT 0;"

    /* Of a grant that runs out: the smallest of 30, 7 and 1 days before that was told. */
    "ALTER TABLE note ADD COLUMN told_days INTEGER NOT NULL DEFAULT 0;";

static const char step_5[] =
    /* Of a ledger: what the day of the note had cost before it, and the note's own time. */
    "ALTER TABLE note ADD COLUMN spent_before BIGINT;"
    "ALTER TABLE reading ADD COLUMN noted_ms BIGINT NOT NULL DEFAULT 0;";

static const char step_6[] =
    /* tried_ms: when the newest try began, or the first that is in doubt. message_mark: a hash of the payload that is to be
     * seen under message_id. */
    "ALTER TABLE outbox ADD COLUMN tried_ms BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE channel_state ADD COLUMN message_mark BIGINT NOT NULL DEFAULT 0;"
    "CREATE INDEX outbox_refused ON outbox (channel) WHERE state = 'refused';";

static const char step_7[] =
    /* What waits before a message may tell of the same accounts. */
    "DROP INDEX outbox_alert_message;"
    "CREATE INDEX outbox_alert_message ON outbox_alert (channel, message, account);";

static const char step_8[] =
    /* Interactions whose effect has happened, and texts that are kept by name. */
    "CREATE TABLE interaction (key TEXT PRIMARY KEY, at_ms BIGINT NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX interaction_at ON interaction (at_ms);"
    "CREATE TABLE memo (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;";

const char *const migrate_steps[] = {step_1, step_2, step_3, step_4, step_5, step_6, step_7, step_8, NULL};

static int64_t newest_version(const char *const *steps) {
  int64_t version = 0;
  while (steps[version] != NULL) {
    version++;
  }
  return version;
}

/* A database of another program is not ours to change. */
static bool check_ours(struct store *store, int64_t version, struct err *err) {
  int64_t id = 0;
  int64_t tables = 0;
  if (!db_pragma_int(store, "PRAGMA application_id", &id, err)) return false;
  if (version == 0 && !db_pragma_int(store, "SELECT COUNT(*) FROM sqlite_master", &tables, err)) return false;
  if (version == 0 ? tables == 0 : id == APPLICATION_ID) return true;
  err_set(err, ERR_STORE, "%s is another program's database", store->path);
  return err_hint(err, "move it away, or set state_dir to another folder");
}

static bool check_version(struct store *store, const char *const *steps, int64_t *version, struct err *err) {
  if (!db_pragma_int(store, "PRAGMA user_version", version, err)) return false;
  if (!check_ours(store, *version, err)) return false;
  if (*version <= newest_version(steps)) return true;
  err_set(err, ERR_STORE, "%s was written by a newer lowtide (schema %" PRId64 ", this one knows %" PRId64 ")", store->path,
          *version, newest_version(steps));
  return err_hint(err, "install that version, or set state_dir to another folder");
}

static bool take_steps(struct store *store, void *context, struct err *err) {
  const char *const *steps = *(const char *const **)context;
  char pragma[96];
  int64_t version = 0;
  if (!check_version(store, steps, &version, err)) return false; /* another process may have been faster */
  for (; steps[version] != NULL; version++) {
    if (!db_exec(store, steps[version], err)) return err_wrap(err, "schema %" PRId64, version + 1);
  }
  (void)text_fmt(pragma, sizeof pragma, "PRAGMA application_id = %d; PRAGMA user_version = %" PRId64, APPLICATION_ID,
                 version);
  return db_exec(store, pragma, err);
}

static bool fail_reader(const struct store *store, int64_t version, struct err *err) {
  if (version == 0) {
    err_set(err, ERR_STORE, "no store yet: %s is empty", store->path);
    return err_hint(err, "`lowtide update` or `lowtide run` fills it");
  }
  err_set(err, ERR_STORE, "%s is of an older lowtide (schema %" PRId64 ")", store->path, version);
  return err_hint(err, "`lowtide update` or a restart of the daemon brings it up to date");
}

/* WAL is switched to here, where nobody else has the file open: SQLite does not wait for others at that. */
static bool migrate_alone(struct store *store, const char *const *steps, struct err *err) {
  return db_exec(store, "PRAGMA journal_mode = WAL", err) && store_do(store, take_steps, &steps, err);
}

bool migrate_with(struct store *store, enum store_mode mode, const char *const *steps, struct err *err) {
  int64_t version = 0;
  if (!check_version(store, steps, &version, err)) return false;
  if (version == newest_version(steps)) return true;
  if (mode == STORE_READ) return fail_reader(store, version, err);
  bool alone = folder_lock_alone(store->lock_fd);
  bool ok = alone && migrate_alone(store, steps, err);
  folder_share(store->lock_fd);
  if (alone) return ok;
  /* Those who kept it from us may have done it. */
  if (!check_version(store, steps, &version, err)) return false;
  if (version == newest_version(steps)) return true;
  err_set(err, ERR_STORE, "%s is of an older lowtide and in use", store->path);
  return err_hint(err, "restart the daemon: it brings the store up to date when it is alone with it");
}
