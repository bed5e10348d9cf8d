/* What SQLite's result codes mean to a person. */
#include <errno.h>
#include <string.h>

#include "db.h"

static bool is_full(int code, int system_errno) {
  return code == SQLITE_FULL || system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG;
}

static bool fail_full(const struct store *store, struct err *err) {
  err_set(err, ERR_STORE, "%s: the disk is full", store->path);
  return err_hint(err, "free some space (or raise the quota); nothing was half written");
}

static bool fail_damaged(const struct store *store, const char *what, struct err *err) {
  err_set(err, ERR_STORE, "%s: %s", store->path, what);
  return err_hint(err,
                  "move it away (a new one is made, `lowtide import` takes the text logs into it) or bring back a copy");
}

static bool fail_read_only(const struct store *store, struct err *err) {
  err_set(err, ERR_STORE, "%s cannot be written", store->path);
  return err_hint(err, "see who owns it and its folder, and whether the file system is mounted read-only");
}

static bool fail_busy(const struct store *store, struct err *err) {
  err_set(err, ERR_STORE, "%s: another process has kept it locked for %d s", store->path, DB_BUSY_MS / 1000);
  return err_hint(err, "an sqlite3 shell or a backup with an open transaction? `fuser` on the file names it");
}

static bool fail_system(const struct store *store, const char *what, int system_errno, struct err *err) {
  const char *why = system_errno != 0 ? strerror(system_errno) : sqlite3_errmsg(store->db);
  return err_set(err, ERR_STORE, "%s: %s: %s", store->path, what, why);
}

/* A quota or a file size limit comes as this, and SQLite does not say which. */
static bool fail_write(const struct store *store, struct err *err) {
  err_set(err, ERR_STORE, "%s: writing it failed; nothing was half written", store->path);
  return err_hint(err, "is a quota full? If not, the kernel's log (dmesg) says what ails the disk");
}

bool db_fail(const struct store *store, int code, struct err *err) {
  int kind = code & 0xff; /* without the extension */
  int system_errno = kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN ? sqlite3_system_errno(store->db) : 0;
  if (is_full(kind, system_errno)) return fail_full(store, err);
  if (system_errno == EACCES || system_errno == EPERM || system_errno == EROFS) return fail_read_only(store, err);
  if (code == SQLITE_IOERR_WRITE && system_errno == 0) return fail_write(store, err);
  switch (kind) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED: return fail_busy(store, err);
  case SQLITE_NOTADB: return fail_damaged(store, "it is not a database", err);
  case SQLITE_CORRUPT: return fail_damaged(store, "it is damaged", err);
  case SQLITE_READONLY:
  case SQLITE_PERM: return fail_read_only(store, err);
  case SQLITE_CANTOPEN: return fail_system(store, "it cannot be opened", system_errno, err);
  case SQLITE_IOERR: return fail_system(store, "reading or writing it failed", system_errno, err);
  default: return err_set(err, ERR_STORE, "%s: %s", store->path, sqlite3_errmsg(store->db));
  }
}
