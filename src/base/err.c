#include "lowtide/err.h"

#include <stdarg.h>
#include <string.h>

#include "lowtide/secret.h"
#include "lowtide/text.h"

#define WHOLE_MAX 4096

static const char *const code_names[ERR_COUNT] = {
    [ERR_NONE] = "none",
    [ERR_NOT_CONFIGURED] = "not_configured",
    [ERR_AUTH] = "auth",
    [ERR_FORBIDDEN] = "forbidden",
    [ERR_UNSUPPORTED] = "unsupported",
    [ERR_RATE_LIMITED] = "rate_limited",
    [ERR_SERVER] = "server",
    [ERR_NETWORK] = "network",
    [ERR_TLS] = "tls",
    [ERR_TIMEOUT] = "timeout",
    [ERR_MALFORMED] = "malformed",
    [ERR_IMPLAUSIBLE] = "implausible",
    [ERR_STALE] = "stale",
    [ERR_DATABASE] = "database",
    [ERR_COMMAND] = "command",
    [ERR_CONFIG] = "config",
    [ERR_USAGE] = "usage",
    [ERR_FILE] = "file",
    [ERR_STORE] = "store",
    [ERR_LIMIT] = "limit",
};

/* Words from outside may hold a key, and half a key is not known any more: what has to be cut is blotted before. */
PRINTF_LIKE(3, 0) static void print_cut(char *out, size_t size, const char *format, va_list args) {
  va_list again;
  va_copy(again, args);
  if (!text_fmtv(out, size, format, args)) {
    char whole[WHOLE_MAX];
    (void)text_fmtv(whole, sizeof whole, format, again);
    (void)secret_blot(whole);
    (void)text_copy(out, size, whole);
    explicit_bzero(whole, sizeof whole);
  }
  va_end(again);
}

PRINTF_LIKE(3, 4) static void print_text(char *out, size_t size, const char *format, ...) {
  va_list args;
  va_start(args, format);
  print_cut(out, size, format, args);
  va_end(args);
}

void err_print(const struct err *err, char *out, size_t size) {
  print_text(out, size, "%s%s%s", err->text, *err->hint != '\0' ? "; " : "", err->hint);
}

/* The words may come from err itself: they are put together before anything is changed. */
bool err_set(struct err *err, enum err_code code, const char *format, ...) {
  char text[ERR_TEXT_MAX];
  va_list args;
  va_start(args, format);
  print_cut(text, sizeof text, format, args);
  va_end(args);
  (void)text_copy(err->text, sizeof err->text, text);
  err->code = code;
  err->hint[0] = '\0';
  return false;
}

bool err_hint(struct err *err, const char *format, ...) {
  char hint[ERR_HINT_MAX];
  va_list args;
  va_start(args, format);
  print_cut(hint, sizeof hint, format, args);
  va_end(args);
  (void)text_copy(err->hint, sizeof err->hint, hint);
  return false;
}

bool err_wrap(struct err *err, const char *format, ...) {
  char text[ERR_TEXT_MAX];
  va_list args;
  va_start(args, format);
  print_cut(text, sizeof text, format, args);
  va_end(args);
  size_t used = strlen(text);
  print_text(text + used, sizeof text - used, ": %s", err->text);
  (void)text_copy(err->text, sizeof err->text, text);
  return false;
}

bool err_suggest(struct err *err, const char *typed, const char *const *names) {
  const char *near = text_nearest(typed, names);
  size_t used = strlen(err->text);
  if (near == NULL) return false;
  (void)text_fmt(err->text + used, sizeof err->text - used, " (did you mean \"%s\"?)", near);
  return true;
}

const char *err_code_name(enum err_code code) {
  return code < ERR_COUNT ? code_names[code] : "none";
}

enum err_code err_code_of(const char *name) {
  for (int code = ERR_NONE; code < ERR_COUNT; code++) {
    if (text_eq(code_names[code], name)) return (enum err_code)code;
  }
  return ERR_NONE;
}

bool err_is_transient(enum err_code code) {
  return code == ERR_NETWORK || code == ERR_TIMEOUT || code == ERR_RATE_LIMITED || code == ERR_SERVER;
}
