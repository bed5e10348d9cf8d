/* strike: preloaded into a program, counts its calls that change something outside it, and strikes at one of them: kills
 * the process before it, in the middle of it or after it, or lets it fail. What to count and where to strike stands in a
 * file, $LOWTIDE_STRIKE, that all processes and threads of a scenario share, so that a number means one moment of the
 * whole. tests/torture/strike.py writes and reads that file; the two agree on `struct control`. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <netdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define CALLS_MAX 65536

enum kind {
  KIND_NONE,
  KIND_WRITE,
  KIND_SYNC,
  KIND_TRUNCATE,
  KIND_RENAME,
  KIND_UNLINK,
  KIND_CONNECT,
  KIND_SEND,
  KIND_OUR_MEMORY,
  KIND_LIBRARY_MEMORY,
  KIND_LOOKUP
};

enum action { ACT_NOTHING, ACT_KILL_BEFORE, ACT_KILL_HALF, ACT_KILL_AFTER, ACT_FAIL, ACT_HANG };

struct control {
  _Atomic uint32_t count; /* of calls whose kind is in the mask */
  uint32_t mask;
  uint32_t action;
  uint32_t first; /* strikes at this call, counted from 1 … */
  uint32_t last;  /* … to this one */
  uint32_t error; /* errno of ACT_FAIL; for KIND_LOOKUP an EAI_ code without its sign */
  _Atomic uint32_t struck;
  uint32_t unused;
  uint8_t kinds[CALLS_MAX]; /* of call n at [n - 1] */
};

static struct control *control;

/* Where code of the program itself and of the libraries of interest lies. */
struct range {
  uintptr_t from;
  uintptr_t to;
  enum kind kind;
};
static struct range ranges[32];
static int range_count;

static enum kind kind_of_object(const char *name) {
  static const char *const libraries[] = {"libcurl", "libsqlite3", "libpq", "libcjson", "libuv"};
  if (name[0] == '\0') return KIND_OUR_MEMORY;
  for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
    if (strstr(name, libraries[i]) != NULL) return KIND_LIBRARY_MEMORY;
  }
  return KIND_NONE;
}

static int note_object(struct dl_phdr_info *info, size_t size, void *context) {
  enum kind kind = kind_of_object(info->dlpi_name);
  (void)size;
  (void)context;
  for (int i = 0; kind != KIND_NONE && i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0 || range_count == 32) continue;
    uintptr_t from = info->dlpi_addr + part->p_vaddr;
    ranges[range_count++] = (struct range){.from = from, .to = from + part->p_memsz, .kind = kind};
  }
  return 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("LOWTIDE_STRIKE");
  int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  (void)close(fd);
  if (memory == MAP_FAILED) return;
  (void)dl_iterate_phdr(note_object, NULL);
  control = memory;
}

static void die(void) {
  (void)kill(getpid(), SIGKILL);
  for (;;)
    (void)pause();
}

static void hang(void) {
  const struct timespec long_time = {.tv_sec = 3600};
  (void)nanosleep(&long_time, NULL);
}

/* Counts the call; answers what is to happen to it. */
static enum action enter(enum kind kind) {
  if (control == NULL || kind == KIND_NONE || (control->mask & (1U << kind)) == 0) return ACT_NOTHING;
  uint32_t number = atomic_fetch_add(&control->count, 1) + 1;
  if (number <= CALLS_MAX) control->kinds[number - 1] = (uint8_t)kind;
  if (control->action == ACT_NOTHING || number < control->first || number > control->last) return ACT_NOTHING;
  atomic_fetch_add(&control->struck, 1);
  if (control->action == ACT_KILL_BEFORE) die();
  return (enum action)control->action;
}

/* Eventfds and pipes wake threads, nothing more. */
static enum kind kind_of_write(int fd) {
  struct stat about;
  if (control == NULL || fstat(fd, &about) != 0) return KIND_NONE;
  if (S_ISREG(about.st_mode)) return KIND_WRITE;
  return S_ISSOCK(about.st_mode) ? KIND_SEND : KIND_NONE;
}

#define REAL(name) ((__typeof__(&name))real(#name))
static uintptr_t real(const char *name) {
  return (uintptr_t)dlsym(RTLD_NEXT, name);
}

/* `whole` is the call as it is, `half` the call with half of its bytes. */
#define STRIKE(type, kind, whole, half)                                                                                    \
  do {                                                                                                                     \
    enum action act = enter(kind);                                                                                         \
    if (act == ACT_FAIL) {                                                                                                 \
      errno = (int)control->error;                                                                                         \
      return -1;                                                                                                           \
    }                                                                                                                      \
    if (act == ACT_KILL_HALF) {                                                                                            \
      (void)!(half);                                                                                                       \
      die();                                                                                                               \
    }                                                                                                                      \
    type result = (whole);                                                                                                 \
    if (act == ACT_KILL_AFTER) die();                                                                                      \
    return result;                                                                                                         \
  } while (0)

ssize_t write(int fd, const void *data, size_t size) {
  STRIKE(ssize_t, kind_of_write(fd), REAL(write)(fd, data, size), REAL(write)(fd, data, size / 2));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  STRIKE(ssize_t, kind_of_write(fd), REAL(pwrite)(fd, data, size, at), REAL(pwrite)(fd, data, size / 2, at));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  STRIKE(ssize_t, kind_of_write(fd), REAL(pwrite64)(fd, data, size, at), REAL(pwrite64)(fd, data, size / 2, at));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  STRIKE(ssize_t, kind_of_write(fd), REAL(writev)(fd, parts, count), REAL(writev)(fd, parts, (count + 1) / 2));
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  STRIKE(ssize_t, kind_of_write(fd), REAL(pwritev)(fd, parts, count, at), REAL(pwritev)(fd, parts, (count + 1) / 2, at));
}

ssize_t send(int fd, const void *data, size_t size, int flags) {
  STRIKE(ssize_t, KIND_SEND, REAL(send)(fd, data, size, flags), REAL(send)(fd, data, size / 2, flags));
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, __CONST_SOCKADDR_ARG to, socklen_t length) {
  STRIKE(ssize_t, KIND_SEND, REAL(sendto)(fd, data, size, flags, to, length),
         REAL(sendto)(fd, data, size / 2, flags, to, length));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  STRIKE(ssize_t, KIND_SEND, REAL(sendmsg)(fd, message, flags), 0);
}

int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t length) {
  STRIKE(int, KIND_CONNECT, REAL(connect)(fd, to, length), 0);
}

int fsync(int fd) {
  STRIKE(int, KIND_SYNC, REAL(fsync)(fd), 0);
}

int fdatasync(int fd) {
  STRIKE(int, KIND_SYNC, REAL(fdatasync)(fd), 0);
}

int ftruncate(int fd, off_t size) {
  STRIKE(int, KIND_TRUNCATE, REAL(ftruncate)(fd, size), 0);
}

int ftruncate64(int fd, off64_t size) {
  STRIKE(int, KIND_TRUNCATE, REAL(ftruncate64)(fd, size), 0);
}

int rename(const char *from, const char *to) {
  STRIKE(int, KIND_RENAME, REAL(rename)(from, to), 0);
}

int unlink(const char *path) {
  STRIKE(int, KIND_UNLINK, REAL(unlink)(path), 0);
}

/* --- names ---------------------------------------------------------------------------------------------------------- */

/* Addresses written as numbers need nobody to look them up. */
int getaddrinfo(const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict found) {
  bool numeric = name == NULL || strspn(name, "0123456789.:") == strlen(name);
  enum action act = numeric ? ACT_NOTHING : enter(KIND_LOOKUP);
  if (act == ACT_HANG) hang();
  if (act == ACT_FAIL || act == ACT_HANG) return -(int)control->error;
  return REAL(getaddrinfo)(name, service, hints, found);
}

/* --- memory --------------------------------------------------------------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

/* Which of the two memories the caller is of. */
static enum kind memory_of(const void *caller) {
  if (control == NULL) return KIND_NONE;
  for (int i = 0; i < range_count; i++) {
    if ((uintptr_t)caller >= ranges[i].from && (uintptr_t)caller < ranges[i].to) return ranges[i].kind;
  }
  return KIND_NONE;
}

static bool has_memory(const void *caller) {
  if (enter(memory_of(caller)) != ACT_FAIL) return true;
  errno = ENOMEM;
  return false;
}

void *malloc(size_t size) {
  return has_memory(__builtin_return_address(0)) ? __libc_malloc(size) : NULL;
}

void *calloc(size_t count, size_t size) {
  return has_memory(__builtin_return_address(0)) ? __libc_calloc(count, size) : NULL;
}

void *realloc(void *memory, size_t size) {
  return has_memory(__builtin_return_address(0)) ? __libc_realloc(memory, size) : NULL;
}

void *reallocarray(void *memory, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) {
    errno = ENOMEM;
    return NULL;
  }
  return has_memory(__builtin_return_address(0)) ? __libc_realloc(memory, count * size) : NULL;
}

char *strdup(const char *text) {
  size_t size = strlen(text) + 1;
  void *copy = has_memory(__builtin_return_address(0)) ? __libc_malloc(size) : NULL;
  return copy != NULL ? memcpy(copy, text, size) : NULL;
}
