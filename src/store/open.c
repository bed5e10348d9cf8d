/* From a state folder to a connection, and its end. */
#include "open.h"

#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "lowtide/buf.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "migrate.h"

/* FULL: what is told as done survives a power cut. The cache is small: a turn touches some dozen pages. */
static const char pragmas[] = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                              "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;"
                              "PRAGMA cache_size = -1024; PRAGMA journal_size_limit = 4194304;";

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
