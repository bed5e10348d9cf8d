/* stall: preloaded into a program, lets the disk under its store stand still for so long, every so often: each call on a
 * file of the store waits for the end of the stall. $LOWTIDE_STALL is "PERIOD_MS STALL_MS"; without it nothing happens. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define FILES_MAX 4096

static long period_ms;
static long stall_ms;
static _Atomic char is_store[FILES_MAX];

__attribute__((constructor)) static void begin(void) {
  const char *text = getenv("LOWTIDE_STALL");
  char *rest = NULL;
  if (text == NULL) return;
  period_ms = strtol(text, &rest, 10);
  stall_ms = strtol(rest, NULL, 10);
}

static void stand_still(int fd) {
  struct timespec now;
  if (period_ms == 0 || fd < 0 || fd >= FILES_MAX || is_store[fd] == 0) return;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  long at_ms = (long)(now.tv_sec * 1000 + now.tv_nsec / 1000000) % period_ms;
  if (at_ms >= stall_ms) return;
  long left_ms = stall_ms - at_ms;
  const struct timespec rest = {.tv_sec = left_ms / 1000, .tv_nsec = left_ms % 1000 * 1000000};
  (void)nanosleep(&rest, NULL);
}

#define REAL(name) ((__typeof__(&name))(uintptr_t)dlsym(RTLD_NEXT, #name))

static int note(int fd, const char *path) {
  if (fd >= 0 && fd < FILES_MAX) is_store[fd] = strstr(path, "lowtide.db") != NULL;
  return fd;
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return note(REAL(open64)(path, flags, mode), path);
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return note(REAL(open)(path, flags, mode), path);
}

int close(int fd) {
  if (fd >= 0 && fd < FILES_MAX) is_store[fd] = 0;
  return REAL(close)(fd);
}

int fsync(int fd) {
  stand_still(fd);
  return REAL(fsync)(fd);
}

int fdatasync(int fd) {
  stand_still(fd);
  return REAL(fdatasync)(fd);
}

ssize_t pread64(int fd, void *data, size_t size, off64_t at) {
  stand_still(fd);
  return REAL(pread64)(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  stand_still(fd);
  return REAL(pwrite64)(fd, data, size, at);
}
