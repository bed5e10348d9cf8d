#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lowtide/text.h"

#define PATH_MAX_BYTES 4096
#define LOCK_WAIT_MS 30000 /* a migration of a big store */
#define ALONE_WAIT_MS 3000 /* a short-lived command may just be ending */
#define LOCK_STEP_MS 20

bool folder_make(const char *state_dir, struct err *err) {
  char path[PATH_MAX_BYTES];
  if (!text_copy(path, sizeof path, state_dir)) return err_set(err, ERR_STORE, "state_dir: the path is too long");
  for (char *at = path + 1; at[-1] != '\0'; at++) {
    if (*at != '/' && *at != '\0') continue;
    char kept = *at;
    *at = '\0';
    int failed = mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : errno;
    if (failed != 0) {
      err_set(err, ERR_STORE, "cannot make the folder %s: %s", path, strerror(failed));
      return err_hint(err, "set state_dir to a folder that may be written, or see who owns this one");
    }
    *at = kept;
  }
  return true;
}

bool folder_prepare(const char *state_dir, enum store_mode mode, char *path, size_t size, struct err *err) {
  struct stat there;
  if (state_dir[0] == '\0' || !text_fmt(path, size, "%s/lowtide.db", state_dir))
    return err_set(err, ERR_STORE, "state_dir: the path is empty or too long");
  if (mode == STORE_READ) {
    if (stat(path, &there) == 0) return true;
    if (errno != ENOENT) return err_set(err, ERR_STORE, "%s: %s", path, strerror(errno));
    err_set(err, ERR_STORE, "no store yet in %s", state_dir);
    return err_hint(err, "`lowtide update` or `lowtide run` makes it");
  }
  if (!folder_make(state_dir, err)) return false;
  /* O_EXCL: closing a descriptor of a file that SQLite has open in this process would drop its locks. */
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    (void)close(fd);
  } else if (errno != EEXIST) {
    err_set(err, ERR_STORE, "cannot make %s: %s", path, strerror(errno));
    return err_hint(err, "see who owns the folder, and whether the disk is full or mounted read-only");
  }
  return true;
}

static bool wait_for(int fd, int kind, int wait_ms) {
  const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1000000L};
  for (int waited_ms = 0; flock(fd, kind | LOCK_NB) != 0; waited_ms += LOCK_STEP_MS) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK || waited_ms >= wait_ms) return false;
    (void)nanosleep(&step, NULL);
  }
  return true;
}

bool folder_lock(const char *state_dir, enum store_mode mode, int *fd, struct err *err) {
  char path[PATH_MAX_BYTES];
  if (!text_fmt(path, sizeof path, "%s/store.lock", state_dir))
    return err_set(err, ERR_STORE, "state_dir: the path is too long");
  int flags = mode == STORE_WRITE ? O_RDWR | O_CREAT : O_RDONLY;
  int opened = open(path, flags | O_CLOEXEC, 0600);
  if (opened < 0 && mode == STORE_READ) return true; /* nobody who writes has been here, or it is not for us to lock */
  if (opened < 0) {
    err_set(err, ERR_STORE, "cannot open %s: %s", path, strerror(errno));
    return err_hint(err, "see who owns the folder, and whether the disk is full or mounted read-only");
  }
  if (!wait_for(opened, LOCK_SH, LOCK_WAIT_MS)) {
    (void)close(opened);
    return err_set(err, ERR_STORE, "%s: another process is bringing the store up to date", path);
  }
  *fd = opened;
  return true;
}

bool folder_lock_alone(int fd) {
  /* Let go first: two who both hold it shared would wait for each other. */
  (void)flock(fd, LOCK_UN);
  return fd >= 0 && wait_for(fd, LOCK_EX, ALONE_WAIT_MS);
}

void folder_share(int fd) {
  (void)wait_for(fd, LOCK_SH, LOCK_WAIT_MS);
}
