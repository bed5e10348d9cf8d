#include "textlog_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lowtide/buf.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define FILE_PATH_MAX 4096
#define BATCH_BYTES_MAX (16 * 1024 * 1024)
#define TAIL_SLACK 4096 /* others may have appended since the crash */
#define LOCK_TRIES 50
#define LOCK_STEP_MS 20

static bool fail(const char *path, int why, struct err *err) {
  err_set(err, ERR_FILE, "text log %s: %s", path, strerror(why));
  if (why == ENOSPC || why == EDQUOT || why == EFBIG) return err_hint(err, "free some space; its lines wait");
  return err_hint(err, "see who owns it and its folder, or set another `log`; its lines wait");
}

/* Every missing folder above the file, 0700. */
static void make_folders(const char *path) {
  char folder[FILE_PATH_MAX];
  if (!text_copy(folder, sizeof folder, path)) return;
  for (char *at = strchr(folder + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
    *at = '\0';
    (void)mkdir(folder, 0700); /* what is wrong shows at the open */
    *at = '/';
  }
}

/* O_NONBLOCK: a FIFO would wait for a reader. Reading is only for looking at the file's end. */
static int open_log(const char *path) {
  const int flags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  int fd = open(path, O_RDWR | flags, 0600);
  if (fd < 0 && errno == ENOENT) {
    make_folders(path);
    fd = open(path, O_RDWR | flags, 0600);
  }
  if (fd < 0 && errno == EACCES) fd = open(path, O_WRONLY | flags, 0600);
  return fd;
}

static bool lock(int fd) {
  const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1000000L};
  for (int i = 0; i < LOCK_TRIES; i++) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return errno == EOPNOTSUPP || errno == ENOLCK; /* some network disks */
    (void)nanosleep(&step, NULL);
  }
  errno = EWOULDBLOCK;
  return false;
}

/* The end of the file, cut into its lines; a piece behind the last line break is `torn`. */
struct tail {
  char *data;
  char *end;
  char *torn;
};

static bool read_tail(int fd, off_t size, size_t wanted, struct tail *tail) {
  size_t length = (uint64_t)size < wanted ? (size_t)size : wanted;
  tail->data = mem_new(length + 1, 1);
  tail->end = tail->data + length;
  ssize_t n = pread(fd, tail->data, length, size - (off_t)length);
  if (n != (ssize_t)length) return false;
  char *last = length > 0 ? memrchr(tail->data, '\n', length) : NULL;
  tail->torn = last != NULL ? last + 1 : tail->data;
  return true;
}

/* Takes the line out of the tail if it stands there: each may account for one line only. */
static bool strike_out(struct tail *tail, const char *line) {
  size_t length = strlen(line);
  for (char *at = tail->data; at < tail->torn;) {
    char *end = memchr(at, '\n', (size_t)(tail->torn - at));
    if ((size_t)(end - at) == length && memcmp(at, line, length) == 0) {
      memset(at, '\0', length);
      return true;
    }
    at = end + 1;
  }
  return false;
}

static void add_line(struct buf *out, const char *line) {
  const char *end;
  while ((end = strchr(line, '\n')) != NULL) {
    buf_add_n(out, line, (size_t)(end - line));
    buf_add_char(out, ' ');
    line = end + 1;
  }
  buf_add(out, line);
  buf_add_char(out, '\n');
}

/* A crash in the middle of the write left the beginning of one of these lines. */
static bool is_ours(const struct tail *tail, const struct log_entry *const *lines, int count) {
  size_t length = (size_t)(tail->end - tail->torn);
  for (int i = 0; i < count; i++) {
    if (!lines[i]->fresh && strncmp(lines[i]->text, tail->torn, length) == 0) return true;
  }
  return false;
}

static size_t doubtful_bytes(const struct log_entry *const *lines, int count) {
  size_t bytes = 0;
  for (int i = 0; i < count; i++) {
    if (!lines[i]->fresh) bytes += strlen(lines[i]->text) + 1;
  }
  return bytes;
}

/* What is to be appended to a file of *size bytes, which is cut where a torn line of ours is at its end. */
static bool prepare(int fd, off_t *size, const struct log_entry *const *lines, int count, struct buf *out) {
  size_t doubtful = doubtful_bytes(lines, count);
  struct tail tail = {0};
  bool ok = true;
  /* Without the right to read, the lines go out unlooked. */
  if (*size > 0 && read_tail(fd, *size, doubtful > 0 ? doubtful + TAIL_SLACK : 1, &tail) && tail.torn != tail.end) {
    if (is_ours(&tail, lines, count)) {
      ok = ftruncate(fd, *size - (tail.end - tail.torn)) == 0;
      *size -= tail.end - tail.torn;
    } else {
      buf_add_char(out, '\n');
    }
  }
  for (int i = 0; i < count && ok; i++) {
    bool there = !lines[i]->fresh && tail.data != NULL && tail.torn != NULL && strike_out(&tail, lines[i]->text);
    if (!there) add_line(out, lines[i]->text);
  }
  mem_free(tail.data);
  return ok;
}

static bool write_whole(int fd, off_t size, const struct buf *out) {
  size_t done = 0;
  while (done < out->len) {
    ssize_t n = write(fd, out->data + done, out->len - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      int why = n < 0 ? errno : ENOSPC;
      if (done > 0) (void)!ftruncate(fd, size);
      errno = why;
      return false;
    }
    done += (size_t)n;
  }
  return true;
}

static bool append(int fd, const char *path, const struct log_entry *const *lines, int count, struct err *err) {
  struct stat there;
  if (fstat(fd, &there) != 0) return fail(path, errno, err);
  if (!S_ISREG(there.st_mode)) {
    err_set(err, ERR_FILE, "text log %s: not a file", path);
    return err_hint(err, "set another `log`, or `log = none`");
  }
  if (!lock(fd)) {
    err_set(err, ERR_FILE, "text log %s: another program keeps it locked", path);
    return err_hint(err, "`fuser` on the file names it; its lines wait");
  }
  if (fstat(fd, &there) != 0) return fail(path, errno, err); /* its size while nobody else writes */
  struct buf out;
  buf_init(&out, BATCH_BYTES_MAX);
  off_t size = there.st_size;
  bool ok = prepare(fd, &size, lines, count, &out);
  ok = ok && buf_ok(&out) && write_whole(fd, size, &out);
  int why = errno;
  buf_done(&out);
  return ok || fail(path, why, err);
}

bool textlog_append(const char *path, const struct log_entry *const *lines, int count, struct err *err) {
  int fd = open_log(path);
  if (fd < 0) return fail(path, errno, err);
  bool ok = append(fd, path, lines, count, err);
  (void)close(fd);
  return ok;
}
