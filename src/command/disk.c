#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lowtide/text.h"

#define DISK_PATH_MAX 4096
#define BLOCK_BYTES 65536
#define BLOCKS 4 /* about what a round of many accounts needs */

static bool fail(const char *path, int why, const char *setting, struct err *err) {
  if (why == ENOSPC || why == EDQUOT || why == EFBIG) {
    err_set(err, ERR_FILE, "%s: the disk is full", path);
    return err_hint(err, "free some space, or raise the quota");
  }
  err_set(err, ERR_FILE, "%s: %s", path, strerror(why));
  if (why == EROFS) return err_hint(err, "mount it for writing, or set another `%s`", setting);
  return err_hint(err, "make it yours, or set another `%s`", setting);
}

/* Turns the path into the nearest folder on it that is there. */
static void climb(char *path) {
  while (access(path, F_OK) != 0) {
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
      path[0] = '.';
      path[1] = '\0';
      return;
    }
    slash[slash == path ? 1 : 0] = '\0';
    if (slash == path) return;
  }
}

static bool fill(int fd) {
  static const char block[BLOCK_BYTES];
  for (int i = 0; i < BLOCKS; i++) {
    ssize_t n = write(fd, block, sizeof block);
    if (n < 0) return false;
    if (n != (ssize_t)sizeof block) {
      errno = ENOSPC;
      return false;
    }
  }
  return fsync(fd) == 0;
}

bool disk_takes_files(const char *folder, const char *setting, struct err *err) {
  char there[DISK_PATH_MAX];
  char path[DISK_PATH_MAX + 64];
  if (!text_copy(there, sizeof there, folder)) return fail("its path", ENAMETOOLONG, setting, err);
  climb(there);
  (void)text_fmt(path, sizeof path, "%s/.lowtide-doctor-%ld", there, (long)getpid());
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return fail(there, errno, setting, err);
  (void)unlink(path);
  bool filled = fill(fd);
  int why = errno;
  (void)close(fd);
  return filled || fail(there, why, setting, err);
}

/* Its folder may be closed to us while the file is not. */
static bool takes_more(int fd, const char *path, struct err *err) {
  struct stat file;
  struct statvfs disk;
  if (fstat(fd, &file) != 0) return fail(path, errno, "log", err);
  if (!S_ISREG(file.st_mode)) {
    err_set(err, ERR_FILE, "%s: not a file", path);
    return err_hint(err, "set another `log`, or `log = none`");
  }
  if (fstatvfs(fd, &disk) != 0 || disk.f_blocks == 0 || disk.f_bavail > 0) return true;
  return fail(path, ENOSPC, "log", err);
}

bool disk_takes_log(const char *path, struct err *err) {
  char folder[DISK_PATH_MAX];
  int fd = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); /* a FIFO would wait for a reader */
  if (fd >= 0) {
    bool takes = takes_more(fd, path, err);
    (void)close(fd);
    return takes;
  }
  if (errno == ENXIO) errno = EINVAL;
  if (errno != ENOENT) return fail(path, errno, "log", err);
  if (!text_copy(folder, sizeof folder, path)) return fail(path, ENAMETOOLONG, "log", err);
  char *slash = strrchr(folder, '/');
  if (slash == NULL) return disk_takes_files(".", "log", err);
  slash[slash == folder ? 1 : 0] = '\0';
  return disk_takes_files(folder, "log", err);
}
