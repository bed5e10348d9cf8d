#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lowtide/text.h"

#define STAT_START_FIELD 22 /* proc(5): starttime, in ticks since the boot */

struct identity {
  long pid;
  unsigned long long start; /* 0: not known */
  char space[32];           /* of pids */
  char boot[16];
};

static bool read_small(const char *path, char *out, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t n = read(fd, out, size - 1);
  (void)close(fd);
  if (n <= 0) return false;
  out[n] = '\0';
  return true;
}

/* False if there is no such process (any more); *start is 0 where it cannot be seen. */
static bool read_start(long pid, unsigned long long *start) {
  char path[48];
  char text[1024];
  *start = 0;
  (void)text_fmt(path, sizeof path, "/proc/%ld/stat", pid);
  if (!read_small(path, text, sizeof text)) return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
  const char *at = strrchr(text, ')'); /* the name before it may hold anything */
  if (at == NULL || at[1] != ' ') return true;
  at += 2;
  if (*at == 'Z' || *at == 'X') return false;
  for (int field = 3; field < STAT_START_FIELD && at != NULL; field++) {
    at = strchr(at, ' ');
    if (at != NULL) at++;
  }
  if (at != NULL) *start = strtoull(at, NULL, 10);
  return true;
}

static void identify(struct identity *self) {
  char link[32];
  *self = (struct identity){.pid = (long)getpid(), .space = "-", .boot = "-"};
  (void)read_start(self->pid, &self->start);
  ssize_t n = readlink("/proc/self/ns/pid", link, sizeof link - 1);
  if (n > 0) {
    link[n] = '\0';
    (void)text_copy(self->space, sizeof self->space, link);
  }
  char boot[64];
  if (read_small("/proc/sys/kernel/random/boot_id", boot, sizeof boot)) {
    boot[strcspn(boot, "-\n")] = '\0';
    (void)text_copy(self->boot, sizeof self->boot, boot);
  }
}

void process_name(char out[static PROCESS_NAME_MAX]) {
  struct identity self;
  identify(&self);
  (void)text_fmt(out, PROCESS_NAME_MAX, "%ld %llu %s %s", self.pid, self.start, self.space, self.boot);
}

/* Copies the next word and steps behind it. */
static const char *word(const char *at, char *out, size_t size) {
  size_t length = strcspn(at, " ");
  (void)text_fmt(out, size, "%.*s", (int)length, at);
  return at[length] == ' ' ? at + length + 1 : at + length;
}

enum process_state process_state_of(const char *name) {
  struct identity self;
  struct identity other = {0};
  char *end = NULL;
  identify(&self);
  other.pid = strtol(name, &end, 10);
  if (other.pid <= 0 || *end != ' ') return PROCESS_GONE;
  other.start = strtoull(end, &end, 10);
  if (*end != ' ') return PROCESS_GONE;
  (void)word(word(end + 1, other.space, sizeof other.space), other.boot, sizeof other.boot);
  if (!text_eq(self.boot, other.boot)) return PROCESS_GONE;
  if (!text_eq(self.space, other.space)) return PROCESS_HIDDEN;
  unsigned long long start = 0;
  if (!read_start(other.pid, &start)) return PROCESS_GONE;
  if (start == 0 || other.start == 0) return PROCESS_HIDDEN;
  return start == other.start ? PROCESS_ALIVE : PROCESS_GONE;
}
