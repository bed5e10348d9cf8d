#include "io/http_place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lowtide/text.h"

#define BACKLOG 512
#define MANAGERS_FD 3 /* sd_listen_fds(3): the first one that it hands over */

struct endpoint {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
  };
  socklen_t size;
};

static bool fail(const char *where, int problem, struct err *err) {
  err_set(err, ERR_NETWORK, "%.80s cannot be listened on: %s", where, strerror(problem));
  if (problem == EADDRINUSE) return err_hint(err, "another program has it: stop that, or set another listen in [http]");
  if (problem == EACCES)
    return err_hint(err, "ports below 1024 and foreign folders need rights; take another listen in [http]");
  if (problem == EADDRNOTAVAIL) return err_hint(err, "no interface of this machine has that address");
  return false;
}

static uint16_t port_of(const struct sockaddr *address) {
  if (address->sa_family == AF_INET) return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
  if (address->sa_family == AF_INET6) return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
  return 0;
}

static bool take_port(int fd, struct http_place *place) {
  struct endpoint bound = {.size = sizeof(struct sockaddr_un)};
  if (getsockname(fd, &bound.any, &bound.size) != 0) return false;
  place->port = port_of(&bound.any);
  place->fd = fd;
  return true;
}

static void set_option(int fd, int option) {
  int yes = 1;
  (void)setsockopt(fd, SOL_SOCKET, option, &yes, sizeof yes);
}

static bool is_listening(int fd) {
  int listens = 0;
  socklen_t size = sizeof listens;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

/* A copy, so that the manager's own stays for the server that comes after a change of the config. */
static bool take_managers(struct http_place *place) {
  const char *fds = getenv("LISTEN_FDS");
  const char *pid = getenv("LISTEN_PID");
  if (fds == NULL || pid == NULL || strtol(pid, NULL, 10) != getpid() || strtol(fds, NULL, 10) < 1) return false;
  if (!is_listening(MANAGERS_FD)) return false;
  (void)fcntl(MANAGERS_FD, F_SETFD, FD_CLOEXEC);
  (void)fcntl(MANAGERS_FD, F_SETFL, fcntl(MANAGERS_FD, F_GETFL) | O_NONBLOCK);
  int fd = fcntl(MANAGERS_FD, F_DUPFD_CLOEXEC, MANAGERS_FD + 1);
  if (fd >= 0 && take_port(fd, place)) return true;
  if (fd >= 0) (void)close(fd);
  return false;
}

static bool read_port(const char *text, in_port_t *port) {
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 5 || text[digits] != '\0') return false;
  long number = strtol(text, NULL, 10);
  if (number > UINT16_MAX) return false;
  *port = htons((uint16_t)number);
  return true;
}

static bool read_endpoint(const char *where, struct endpoint *out) {
  char host[64];
  in_port_t port;
  const char *colon = strrchr(where, ':');
  bool bracketed = where[0] == '[';
  if (colon == NULL || !read_port(colon + 1, &port)) return false;
  if (!text_fmt(host, sizeof host, "%.*s", (int)(colon - where), where)) return false;
  if (!bracketed) {
    *out = (struct endpoint){.v4 = {.sin_family = AF_INET, .sin_port = port}, .size = sizeof out->v4};
    return inet_pton(AF_INET, text_eq(host, "localhost") ? "127.0.0.1" : host, &out->v4.sin_addr) == 1;
  }
  size_t length = strlen(host);
  if (host[length - 1] != ']') return false;
  host[length - 1] = '\0';
  *out = (struct endpoint){.v6 = {.sin6_family = AF_INET6, .sin6_port = port}, .size = sizeof out->v6};
  return inet_pton(AF_INET6, host + 1, &out->v6.sin6_addr) == 1;
}

static int socket_on(const struct endpoint *endpoint, bool shares) {
  int fd = socket(endpoint->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (endpoint->any.sa_family != AF_UNIX) set_option(fd, SO_REUSEADDR);
  if (shares) set_option(fd, SO_REUSEPORT);
  if (bind(fd, &endpoint->any, endpoint->size) == 0) return fd;
  int problem = errno;
  (void)close(fd);
  errno = problem;
  return -1;
}

static bool finish(int fd, const char *where, struct http_place *place, struct err *err) {
  if (fd >= 0 && listen(fd, BACKLOG) == 0 && take_port(fd, place)) return true;
  int problem = errno;
  if (fd >= 0) (void)close(fd);
  return fail(where, problem, err);
}

static bool open_port(const char *where, const struct http_place *before, struct http_place *place, struct err *err) {
  struct endpoint endpoint;
  if (!read_endpoint(where, &endpoint)) {
    err_set(err, ERR_NETWORK, "\"%.80s\" is no address to listen on", where);
    return err_hint(err, "write listen = 127.0.0.1:8787, [::1]:8787 or the path of a unix socket");
  }
  /* 127.0.0.1:80 and 0.0.0.0:80 can be listened on together only if both sockets agree to it. */
  bool may_overlap = before != NULL && before->port != 0 && before->port == port_of(&endpoint.any);
  if (may_overlap) set_option(before->fd, SO_REUSEPORT);
  return finish(socket_on(&endpoint, may_overlap), where, place, err);
}

/* Whether the file is a socket that nobody listens on any more, so that it may go. */
static bool is_dead(const struct endpoint *endpoint) {
  struct stat file;
  if (lstat(endpoint->local.sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  bool dead = connect(fd, &endpoint->any, endpoint->size) != 0 && errno == ECONNREFUSED;
  (void)close(fd);
  return dead;
}

/* Nobody can connect before it listens, so that the mode is right for everybody. */
static bool guard(struct http_place *place) {
  struct stat file;
  if (chmod(place->path, S_IRUSR | S_IWUSR) != 0 || lstat(place->path, &file) != 0) return false;
  place->device = file.st_dev;
  place->inode = file.st_ino;
  return true;
}

static bool open_path(const char *where, struct http_place *place, struct err *err) {
  struct endpoint endpoint = {.local = {.sun_family = AF_UNIX}, .size = sizeof endpoint.local};
  if (!text_copy(endpoint.local.sun_path, sizeof endpoint.local.sun_path, where)) {
    err_set(err, ERR_NETWORK, "%.80s… is too long for a unix socket", where);
    return err_hint(err, "take a path of at most %zu bytes", sizeof endpoint.local.sun_path - 1);
  }
  int fd = socket_on(&endpoint, false);
  if (fd < 0 && errno == EADDRINUSE && is_dead(&endpoint) && unlink(where) == 0) fd = socket_on(&endpoint, false);
  if (fd < 0) return fail(where, errno, err);
  (void)text_copy(place->path, sizeof place->path, where);
  if (guard(place)) return finish(fd, where, place, err);
  int problem = errno;
  (void)close(fd);
  return fail(where, problem, err);
}

bool http_place_open(const char *where, const struct http_place *before, struct http_place *out, struct err *err) {
  struct http_place place = {.fd = -1};
  bool is_path = strchr(where, '/') != NULL;
  bool opened = take_managers(&place) || (is_path ? open_path(where, &place, err) : open_port(where, before, &place, err));
  if (opened) *out = place;
  return opened;
}

bool http_place_is_found(const struct http_place *place) {
  struct stat file;
  if (place->path[0] == '\0') return true;
  return lstat(place->path, &file) == 0 && file.st_dev == place->device && file.st_ino == place->inode;
}

void http_place_close(struct http_place *place) {
  if (http_place_is_found(place) && place->path[0] != '\0') (void)unlink(place->path);
  (void)close(place->fd);
}
