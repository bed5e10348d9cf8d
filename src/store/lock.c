/* The daemon's lock: a POSIX record lock, which dies with its process and tells its pid. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define LOCK_PATH_MAX 4096

struct state_lock {
  int fd;
  pid_t pid; /* a fork does not inherit it */
  dev_t device;
  ino_t inode;
  struct state_lock *next;
};

/* Those of this process. It may not open such a file again: closing any descriptor of it would give the lock away. */
static struct state_lock *held;
static pthread_mutex_t held_mutex = PTHREAD_MUTEX_INITIALIZER;

static bool is_held_here(const char *path) {
  struct stat there;
  bool found = false;
  if (stat(path, &there) != 0) return false;
  (void)pthread_mutex_lock(&held_mutex);
  for (const struct state_lock *lock = held; lock != NULL && !found; lock = lock->next) {
    found = lock->pid == getpid() && lock->device == there.st_dev && lock->inode == there.st_ino;
  }
  (void)pthread_mutex_unlock(&held_mutex);
  return found;
}

static bool lock_path(const char *state_dir, char *path, size_t size) {
  return text_fmt(path, size, "%s/daemon.lock", state_dir);
}

int state_lock_holder(const char *state_dir) {
  char path[LOCK_PATH_MAX];
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (!lock_path(state_dir, path, sizeof path)) return 0;
  if (is_held_here(path)) return (int)getpid();
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  bool asked = fcntl(fd, F_GETLK, &lock) == 0;
  (void)close(fd);
  return asked && lock.l_type != F_UNLCK ? (int)lock.l_pid : 0;
}

/* Only a process has a positive id: what another machine or namespace holds has none here. */
void state_lock_nudge(const char *state_dir) {
  int pid = state_lock_holder(state_dir);
  if (pid > 0 && pid != (int)getpid()) (void)kill(pid, SIGUSR1);
}

static int open_lock_file(const char *path, struct stat *there, struct err *err) {
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0 && fstat(fd, there) == 0) return fd;
  err_set(err, ERR_STORE, "cannot open %s: %s", path, strerror(errno));
  if (fd >= 0) (void)close(fd);
  return -1;
}

static void say_held(const char *state_dir, int failed, struct err *err) {
  if (failed != EACCES && failed != EAGAIN) {
    err_set(err, ERR_STORE, "cannot lock %s/daemon.lock: %s", state_dir, strerror(failed));
    return;
  }
  err_set(err, ERR_STORE, "another lowtide (pid %d) runs on %s", state_lock_holder(state_dir), state_dir);
  err_hint(err, "stop it first, or set another state_dir");
}

struct state_lock *state_lock_take(const char *state_dir, struct err *err) {
  char path[LOCK_PATH_MAX];
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  struct stat there;
  if (!folder_make(state_dir, err) || !lock_path(state_dir, path, sizeof path)) return NULL;
  if (is_held_here(path)) {
    say_held(state_dir, EAGAIN, err);
    return NULL;
  }
  int fd = open_lock_file(path, &there, err);
  if (fd < 0) return NULL;
  if (fcntl(fd, F_SETLK, &whole) != 0) {
    say_held(state_dir, errno, err);
    (void)close(fd);
    return NULL;
  }
  struct state_lock *lock = mem_new(1, sizeof *lock);
  *lock = (struct state_lock){.fd = fd, .pid = getpid(), .device = there.st_dev, .inode = there.st_ino};
  (void)pthread_mutex_lock(&held_mutex);
  lock->next = held;
  held = lock;
  (void)pthread_mutex_unlock(&held_mutex);
  return lock;
}

void state_lock_free(struct state_lock *lock) {
  if (lock == NULL) return;
  (void)pthread_mutex_lock(&held_mutex);
  struct state_lock **at = &held;
  while (*at != lock) {
    at = &(*at)->next;
  }
  *at = lock->next;
  (void)pthread_mutex_unlock(&held_mutex);
  (void)close(lock->fd);
  mem_free(lock);
}
