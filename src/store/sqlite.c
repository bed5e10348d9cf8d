/* The connection: opened, asked, closed; transactions. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "lowtide/buf.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "query.h"

/* FULL: what is told as done survives a power cut. The cache is small: a turn touches some dozen pages. */
static const char pragmas[] = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                              "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;"
                              "PRAGMA cache_size = -1024; PRAGMA journal_size_limit = 4194304;";

bool db_exec(struct store *store, const char *sql, struct err *err) {
  int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
  return code == SQLITE_OK || db_fail(store, code, err);
}

bool db_pragma_int(struct store *store, const char *sql, int64_t *value, struct err *err) {
  QUERY query = {0};
  return query_start_once(&query, store, sql, err) && query_number(&query, value, err);
}

bool db_in_job(const struct store *store, struct err *err) {
  return sqlite3_get_autocommit(store->db) == 0 || err_set(err, ERR_STORE, "this needs a job's transaction");
}

void db_forget_lines(struct store *store) {
  if (store->lines_written) sqlite3_randomness(sizeof store->boot, &store->boot);
  store->lines_written = false;
}

bool db_begin(struct store *store, bool *busy, struct err *err) {
  int code = sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
  *busy = (code & 0xff) == SQLITE_BUSY;
  store->first_new_id = 0;
  return code == SQLITE_OK || db_fail(store, code, err);
}

void db_roll_back(struct store *store) {
  /* SQLite may have done it by itself: then there is nothing left to fail. */
  if (sqlite3_get_autocommit(store->db) == 0) (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
  db_forget_lines(store);
  store->first_new_id = 0;
}

bool db_is_gone(const struct store *store) {
  int moved = 0;
  return sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

bool db_commit(struct store *store, struct err *err) {
  if (!db_in_job(store, err) || !db_exec(store, "COMMIT", err)) {
    db_roll_back(store);
    return false;
  }
  store->lines_written = false;
  store->first_new_id = 0;
  return true;
}

bool store_do(struct store *store, store_job *job, void *context, struct err *err) {
  bool busy = false;
  if (!db_begin(store, &busy, err)) return false;
  if (job(store, context, err)) return db_commit(store, err);
  db_roll_back(store);
  return false;
}

/* Where the folder is not ours to write and nobody is writing, WAL's side files cannot be made: read the file as it lies.
 */
static bool is_still(const char *state_dir, const struct store *store) {
  char wal[DB_PATH_MAX + 8];
  return access(state_dir, W_OK) != 0 && text_fmt(wal, sizeof wal, "%s-wal", store->path) && access(wal, F_OK) != 0;
}

static void add_uri(struct buf *uri, const char *path) {
  buf_add(uri, "file:");
  for (; *path != '\0'; path++) {
    if (strchr("%?#", *path) != NULL) {
      buf_addf(uri, "%%%02X", (unsigned)(unsigned char)*path);
    } else {
      buf_add_char(uri, *path);
    }
  }
  buf_add(uri, "?immutable=1");
}

static int open_file(struct store *store, const char *state_dir, enum store_mode mode) {
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (mode == STORE_WRITE) return sqlite3_open_v2(store->path, &store->db, flags | SQLITE_OPEN_READWRITE, NULL);
  if (!is_still(state_dir, store)) return sqlite3_open_v2(store->path, &store->db, flags | SQLITE_OPEN_READONLY, NULL);
  struct buf uri;
  buf_init(&uri, (size_t)3 * DB_PATH_MAX + 32);
  add_uri(&uri, store->path);
  int code = sqlite3_open_v2(buf_text(&uri), &store->db, flags | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
  buf_done(&uri);
  return code;
}

static bool connect(struct store *store, const char *state_dir, enum store_mode mode, struct err *err) {
  int code = open_file(store, state_dir, mode);
  if (store->db == NULL) return err_set(err, ERR_STORE, "%s: no memory to open it", store->path);
  if (code != SQLITE_OK) return db_fail(store, code, err);
  (void)sqlite3_busy_timeout(store->db, DB_BUSY_MS);
  if (mode == STORE_WRITE && access(store->path, W_OK) != 0) return db_fail(store, SQLITE_READONLY, err);
  return db_exec(store, pragmas, err);
}

bool store_open_with(const char *state_dir, enum store_mode mode, const char *const *steps, struct store **opened,
                     struct err *err) {
  struct store *store = mem_new(1, sizeof *store);
  store->lock_fd = -1;
  process_name(store->owner);
  sqlite3_randomness(sizeof store->boot, &store->boot);
  bool ok = folder_prepare(state_dir, mode, store->path, sizeof store->path, err) &&
            folder_lock(state_dir, mode, &store->lock_fd, err) && connect(store, state_dir, mode, err) &&
            migrate_with(store, mode, steps, err);
  if (!ok) {
    store_close(store);
    return false;
  }
  *opened = store;
  return true;
}

struct store *store_open(const char *state_dir, enum store_mode mode, struct err *err) {
  struct store *store = NULL;
  return store_open_with(state_dir, mode, migrate_steps, &store, err) ? store : NULL;
}

void store_close(struct store *store) {
  if (store == NULL) return;
  for (int i = 0; i < store->cached; i++) {
    (void)sqlite3_finalize(store->cache[i].statement);
  }
  (void)sqlite3_close(store->db);
  if (store->lock_fd >= 0) (void)close(store->lock_fd);
  mem_free(store);
}
