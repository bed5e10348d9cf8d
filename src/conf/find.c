#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define SHOWN_PATH_MAX 120
#define RECIPE_FILES_MAX 1024

const char *conf_short_path(const char *path) {
  size_t length = strlen(path);
  if (length <= SHOWN_PATH_MAX) return path;
  const char *tail = path + (length - SHOWN_PATH_MAX);
  const char *slash = strchr(tail, '/');
  return slash != NULL ? slash + 1 : tail;
}

void conf_found_init(struct conf_found *found) {
  *found = (struct conf_found){0};
  buf_init(&found->text, CONF_FILE_MAX);
}

void conf_found_done(struct conf_found *found) {
  buf_wipe(&found->text);
  mem_free(found->path);
  mem_free(found->passed_over);
}

static bool refuse(const char *path, const char *why, struct err *err) {
  return err_set(err, ERR_CONFIG, "%s: cannot be read: %s", conf_short_path(path), why);
}

/* Reads to the end or until the buffer is full; an errno if it cannot. */
static int read_into(int fd, struct buf *text) {
  char chunk[4096];
  int failed = 0;
  while (buf_ok(text)) {
    ssize_t got = read(fd, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) failed = errno;
    if (got <= 0) break;
    buf_add_n(text, chunk, (size_t)got);
  }
  explicit_bzero(chunk, sizeof chunk);
  return failed;
}

static bool read_open_file(int fd, const char *path, struct conf_found *found, struct err *err) {
  struct stat status;
  if (fstat(fd, &status) != 0) return refuse(path, strerror(errno), err);
  int failed = read_into(fd, &found->text);
  if (failed != 0) return refuse(path, strerror(failed), err);
  if (!buf_ok(&found->text)) {
    return err_set(err, ERR_CONFIG, "%s: larger than %d KiB", conf_short_path(path), CONF_FILE_MAX / 1024);
  }
  found->others_read = S_ISREG(status.st_mode) && (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
  found->path = mem_dup(path);
  return true;
}

bool conf_read_file(const char *path, struct conf_found *found, struct err *err) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return refuse(path, strerror(errno), err);
  bool ok = read_open_file(fd, path, found, err);
  (void)close(fd);
  return ok;
}

int conf_read_line(const char *path, struct buf *line) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  struct buf text;
  buf_init(&text, CONF_FILE_MAX);
  int failed = read_into(fd, &text);
  (void)close(fd);
  size_t length = failed == 0 ? strcspn(buf_text(&text), "\r\n") : 0;
  if (failed == 0 && length == 0) failed = ENODATA;
  if (failed == 0 && !buf_add_n(line, text.data, length)) failed = EFBIG;
  buf_wipe(&text);
  return failed;
}

static bool is_there(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* A file that somebody else left in the current folder must not decide what is run and where keys go. */
static bool is_own(int fd, const char *path) {
  struct stat link;
  struct stat file;
  if (lstat(path, &link) != 0 || fstat(fd, &file) != 0) return false;
  bool own = link.st_uid == geteuid() && file.st_uid == geteuid();
  return own && S_ISREG(file.st_mode) && (file.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool find_here(struct conf_found *found, struct err *err) {
  static const char path[] = "./config.ini";
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return true;
  if (fd < 0) return refuse(path, strerror(errno), err);
  bool own = is_own(fd, path);
  bool ok = own ? read_open_file(fd, path, found, err) : true;
  if (!own) found->passed_over = mem_dup(path);
  (void)close(fd);
  return ok;
}

const char *conf_home(const struct config_source *source) {
  const char *home = conf_getenv(source, "HOME");
  if (home != NULL) return *home == '/' ? home : NULL;
  if (source->getenv != NULL) return NULL;
  const struct passwd *user = getpwuid(geteuid());
  return user != NULL && user->pw_dir != NULL && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

static bool users_own(const struct config_source *source, char *path, size_t size) {
  const char *base = conf_getenv(source, "XDG_CONFIG_HOME");
  if (base != NULL && *base == '/') return text_fmt(path, size, "%s/lowtide/config.ini", base);
  const char *home = conf_home(source);
  return home != NULL && text_fmt(path, size, "%s/.config/lowtide/config.ini", home);
}

bool conf_find(const struct config_source *source, struct conf_found *found, struct err *err) {
  static const char of_system[] = "/etc/lowtide/config.ini";
  char path[4096];
  const char *told = source->path != NULL ? source->path : conf_getenv(source, "LOWTIDE_CONFIG");
  if (told != NULL) return conf_read_file(told, found, err);
  if (!find_here(found, err)) return false;
  if (found->path != NULL) return true;
  if (users_own(source, path, sizeof path) && is_there(path)) return conf_read_file(path, found, err);
  if (is_there(of_system)) return conf_read_file(of_system, found, err);
  return true;
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool conf_list_folder(const char *folder, char ***paths, size_t *count, struct err *err) {
  DIR *open_folder = opendir(folder);
  if (open_folder == NULL) {
    return err_set(err, ERR_CONFIG, "%s cannot be read: %s", conf_short_path(folder), strerror(errno));
  }
  char **list = NULL;
  size_t found = 0;
  const struct dirent *entry;
  while (found < RECIPE_FILES_MAX && (entry = readdir(open_folder)) != NULL) {
    char path[4096];
    if (entry->d_name[0] == '.' || !text_ends(entry->d_name, ".ini")) continue;
    if (!text_fmt(path, sizeof path, "%s/%s", folder, entry->d_name)) continue;
    list = mem_grow(list, found + 1, sizeof *list);
    list[found++] = mem_dup(path);
  }
  (void)closedir(open_folder);
  if (found > 1) qsort(list, found, sizeof *list, by_text);
  *paths = list;
  *count = found;
  return true;
}
