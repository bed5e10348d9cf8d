#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define NESTING_MAX 4
#define REFERENCE_MAX 512

struct expander {
  const struct config_source *source;
  struct conf_expansion *out;
  struct err *err;
  int depth;
};

static bool expand_range(struct expander *expander, const char *p, const char *end);

void conf_expansion_init(struct conf_expansion *expansion) {
  expansion->missing[0] = '\0';
  expansion->why[0] = '\0';
  expansion->unset[0] = '\0';
  buf_init(&expansion->text, CONF_VALUE_MAX);
}

void conf_expansion_done(struct conf_expansion *expansion) {
  buf_wipe(&expansion->text);
}

const char *conf_getenv(const struct config_source *source, const char *name) {
  const char *value = source->getenv != NULL ? source->getenv(name) : getenv(name);
  return value != NULL && *value != '\0' ? value : NULL;
}

static void note_missing(struct expander *expander, const char *what, const char *why) {
  struct conf_expansion *out = expander->out;
  if (out->missing[0] == '\0') {
    text_clean(out->missing, sizeof out->missing, what);
    text_clean(out->why, sizeof out->why, why);
  }
  if (out->unset[0] == '\0') text_clean(out->unset, sizeof out->unset, what);
}

/* kind: "file" or "credential". */
static void note_unread(struct expander *expander, const char *kind, const char *known_as, int failed) {
  char why[REFERENCE_MAX * 2];
  if (failed == ENOENT) {
    (void)text_fmt(why, sizeof why, "the %s %s is not there", kind, known_as);
  } else if (failed == ENODATA) {
    (void)text_fmt(why, sizeof why, "the %s %s has nothing in its first line", kind, known_as);
  } else {
    (void)text_fmt(why, sizeof why, "the %s %s cannot be read: %s", kind, known_as, strerror(failed));
  }
  note_missing(expander, known_as, why);
}

/* The brace that closes what starts at p, inner ones skipped; NULL if there is none. */
static const char *closing_brace(const char *p, const char *end) {
  int open = 1;
  for (; p < end; p++) {
    if (p[0] == '$' && p + 1 < end && (p[1] == '{' || p[1] == '$')) {
      if (p[1] == '{') open++;
      p++;
    } else if (*p == '}' && --open == 0) {
      return p;
    }
  }
  return NULL;
}

static bool is_variable_name(const char *name) {
  if (*name == '\0' || (*name >= '0' && *name <= '9')) return false;
  return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* What is not there, cannot be read or is empty is missing under the name that people know it by. */
static void add_line_of(struct expander *expander, const char *kind, const char *path, const char *known_as) {
  struct buf line;
  buf_init(&line, CONF_VALUE_MAX);
  int failed = expander->source->sealed ? ENOENT : conf_read_line(path, &line);
  if (failed == 0) {
    buf_add_n(&expander->out->text, line.data, line.len);
  } else {
    note_unread(expander, kind, known_as, failed);
  }
  buf_wipe(&line);
}

static bool add_file(struct expander *expander, const char *path) {
  char whole[REFERENCE_MAX * 2];
  if (*path == '\0') return err_set(expander->err, ERR_CONFIG, "${file:} names no file");
  const char *home = text_starts(path, "~/") ? conf_home(expander->source) : NULL;
  if (home != NULL && text_fmt(whole, sizeof whole, "%s%s", home, path + 1)) {
    add_line_of(expander, "file", whole, path);
  } else {
    add_line_of(expander, "file", path, path);
  }
  return true;
}

static bool add_credential(struct expander *expander, const char *name) {
  char path[REFERENCE_MAX * 2];
  if (*name == '\0' || strchr(name, '/') != NULL) {
    return err_set(expander->err, ERR_CONFIG, "${credential:%.60s} is not a credential's name", name);
  }
  const char *folder = conf_getenv(expander->source, "CREDENTIALS_DIRECTORY");
  if (folder != NULL && text_fmt(path, sizeof path, "%s/%s", folder, name)) {
    add_line_of(expander, "credential", path, name);
  } else {
    note_unread(expander, "credential", name, ENOENT);
  }
  return true;
}

static bool add_variable(struct expander *expander, const char *name, const char *fallback, const char *end) {
  if (!is_variable_name(name)) {
    (void)err_set(expander->err, ERR_CONFIG, "\"${%.60s}\" is not a variable's name", name);
    return err_hint(expander->err, "a dollar sign is $$");
  }
  const char *value = conf_getenv(expander->source, name);
  if (value != NULL) {
    buf_add(&expander->out->text, value);
    return true;
  }
  if (fallback != NULL) {
    struct conf_expansion *out = expander->out;
    if (out->unset[0] == '\0') text_clean(out->unset, sizeof out->unset, name);
    return expand_range(expander, fallback, end);
  }
  char why[REFERENCE_MAX + 32];
  (void)text_fmt(why, sizeof why, "%s is not set", name);
  note_missing(expander, name, why);
  return true;
}

/* p is just behind "${", close at its brace. */
static bool add_reference(struct expander *expander, const char *p, const char *close) {
  char name[REFERENCE_MAX] = "";
  const char *dash = memmem(p, (size_t)(close - p), ":-", 2);
  const char *stop = dash != NULL ? dash : close;
  size_t length = (size_t)(stop - p);
  if (length >= sizeof name) return err_set(expander->err, ERR_CONFIG, "a reference of more than %d bytes", REFERENCE_MAX);
  memcpy(name, p, length);
  name[length] = '\0';
  if (dash == NULL && text_starts(name, "file:")) return add_file(expander, name + strlen("file:"));
  if (dash == NULL && text_starts(name, "credential:")) return add_credential(expander, name + strlen("credential:"));
  return add_variable(expander, name, dash != NULL ? dash + 2 : NULL, close);
}

/* *p is at "${"; it moves behind the brace. */
static bool expand_reference(struct expander *expander, const char **p, const char *end) {
  const char *start = *p + 2;
  const char *close = closing_brace(start, end);
  if (close == NULL) {
    (void)err_set(expander->err, ERR_CONFIG, "\"${\" without its \"}\"");
    return err_hint(expander->err, "a dollar sign is $$");
  }
  *p = close + 1;
  return add_reference(expander, start, close);
}

static bool expand_all(struct expander *expander, const char *p, const char *end) {
  struct buf *out = &expander->out->text;
  while (p < end) {
    bool last = p + 1 == end;
    if (*p == '$' && !last && p[1] == '{') {
      if (!expand_reference(expander, &p, end)) return false;
      continue;
    }
    buf_add_char(out, *p);
    p += *p == '$' && !last && p[1] == '$' ? 2 : 1;
  }
  return true;
}

static bool expand_range(struct expander *expander, const char *p, const char *end) {
  if (expander->depth == NESTING_MAX) return err_set(expander->err, ERR_CONFIG, "defaults nested too deep");
  expander->depth++;
  bool ok = expand_all(expander, p, end);
  expander->depth--;
  return ok;
}

/* Variables filled from files often end with their line end. */
static void drop_line_end(struct buf *text) {
  while (text->len > 0 && strchr("\r\n", text->data[text->len - 1]) != NULL)
    text->data[--text->len] = '\0';
}

bool conf_expand(const struct config_source *source, const char *value, struct conf_expansion *expansion, struct err *err) {
  struct expander expander = {.source = source, .out = expansion, .err = err};
  if (!expand_range(&expander, value, value + strlen(value))) return false;
  drop_line_end(&expansion->text);
  if (!buf_ok(&expansion->text)) {
    return err_set(err, ERR_CONFIG, "its value is longer than %d bytes", CONF_VALUE_MAX);
  }
  if (!text_is_utf8(buf_text(&expansion->text), expansion->text.len)) {
    return err_set(err, ERR_CONFIG, "its value is not UTF-8");
  }
  return true;
}

void conf_each_variable(const char *value, void (*each)(void *context, const char *name, size_t length), void *context) {
  for (const char *p = value; (p = strchr(p, '$')) != NULL; p += 2) {
    if (p[1] == '{') each(context, p + 2, strcspn(p + 2, ":}"));
    if (p[1] == '\0') return;
  }
}

bool conf_is_literal(const char *value) {
  const char *reference = strstr(value, "${");
  if (*value == '\0') return false;
  if (reference == NULL) return true;
  const char *fallback = strstr(reference, ":-");
  return fallback != NULL && fallback[2] != '}' && fallback[2] != '$';
}
