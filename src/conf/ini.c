#include <ini.h>
#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

/* Debian's inih takes lines of 199 bytes unless this variable of its own says otherwise; upstream's has no such variable.
 */
extern int ini_max_line __attribute__((weak)); /* NOLINT(readability-redundant-declaration) */

#define PAIRS_AT_FIRST 16
#define LEAVE_ROOM 3 /* "\r\n" and NUL, as ini.h asks */

struct reader {
  struct conf_ini *ini;
  const char *next;
  const char *end;
  int line;
  size_t pool_used;
  size_t pair_room;
  size_t section_room;
  struct err *err;
  bool failed;
};

static const char *keep(struct reader *reader, const char *text, size_t length) {
  char *copy = reader->ini->pool + reader->pool_used;
  memcpy(copy, text, length);
  copy[length] = '\0';
  reader->pool_used += length + 1;
  return copy;
}

static void fail(struct reader *reader, const char *sentence) {
  if (!reader->failed) (void)err_set(reader->err, ERR_CONFIG, "%s", sentence);
  reader->failed = true;
}

static bool is_space(char c) {
  return c == ' ' || c == '\t';
}

/* A name with one space between its words and none around them. */
static const char *keep_name(struct reader *reader, const char *text, size_t length) {
  char *copy = reader->ini->pool + reader->pool_used;
  size_t used = 0;
  for (size_t i = 0; i < length; i++) {
    if (!is_space(text[i])) {
      copy[used++] = text[i];
    } else if (used > 0 && copy[used - 1] != ' ') {
      copy[used++] = ' ';
    }
  }
  if (used > 0 && copy[used - 1] == ' ') used--;
  copy[used] = '\0';
  reader->pool_used += used + 1;
  return copy;
}

static void add_section(struct reader *reader, const char *name, size_t length, int line) {
  struct conf_ini *ini = reader->ini;
  if (ini->section_count == reader->section_room) {
    reader->section_room = reader->section_room * 2 + 8;
    ini->sections = mem_grow(ini->sections, reader->section_room, sizeof *ini->sections);
  }
  ini->sections[ini->section_count++] =
      (struct conf_ini_section){.name = keep_name(reader, name, length), .line = line, .first = ini->pair_count};
}

/* inih cuts names at 49 characters without a word, skips empty sections and merges repeated ones: headers are read here. */
static void read_header(struct reader *reader, const char *line, const char *end) {
  const char *close = memchr(line, ']', (size_t)(end - line));
  if (close == NULL) {
    fail(reader, "a section's header ends with \"]\"");
    return;
  }
  const char *after = close + 1;
  while (after < end && is_space(*after))
    after++;
  if (after < end && *after != ';' && *after != '#') {
    fail(reader, "text after a section's header");
    return;
  }
  add_section(reader, line + 1, (size_t)(close - line - 1), reader->line);
}

static void check_bytes(struct reader *reader, const char *line, size_t length) {
  if (length > CONF_LINE_MAX) {
    (void)err_set(reader->err, ERR_CONFIG, "a line of more than %d bytes", CONF_LINE_MAX);
    reader->failed = true;
    return;
  }
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)line[i];
    if (c == 0) fail(reader, "a NUL byte");
    if ((c < 0x20 && c != '\t') || c == 0x7F) fail(reader, "a control character");
  }
  if (!text_is_utf8(line, length)) fail(reader, "not UTF-8");
}

static void read_line(struct reader *reader, const char *line, size_t length) {
  check_bytes(reader, line, length);
  if (reader->failed || length == 0) return;
  if (*line == '[') read_header(reader, line, line + length);
  if (!is_space(*line)) return;
  size_t indent = 0;
  while (indent < length && is_space(line[indent]))
    indent++;
  if (indent < length && line[indent] != ';' && line[indent] != '#') {
    fail(reader, "an indented line: keys start at the margin, and a value is one line");
  }
}

/* inih's fgets: one line a call. */
static char *give_line(char *out, int size, void *context) {
  struct reader *reader = context;
  if (reader->failed || reader->next == reader->end) return NULL;
  const char *line = reader->next;
  const char *stop = memchr(line, '\n', (size_t)(reader->end - line));
  reader->next = stop != NULL ? stop + 1 : reader->end;
  reader->line++;
  size_t length = (size_t)((stop != NULL ? stop : reader->end) - line);
  if (length > 0 && line[length - 1] == '\r') length--;
  read_line(reader, line, length);
  if (!reader->failed && length + LEAVE_ROOM > (size_t)size) {
    fail(reader, "this system's inih cannot take so long a line");
  }
  if (reader->failed) return NULL;
  memcpy(out, line, length);
  out[length] = '\n';
  out[length + 1] = '\0';
  return out;
}

static int take_pair(void *context, const char *section, const char *key, const char *value) {
  struct reader *reader = context;
  struct conf_ini *ini = reader->ini;
  (void)section;
  if (*key == '\0') {
    fail(reader, "a value without a key");
    return 0;
  }
  if (ini->section_count == 0) add_section(reader, "", 0, 0);
  if (ini->pair_count == reader->pair_room) {
    reader->pair_room *= 2;
    ini->pairs = mem_grow(ini->pairs, reader->pair_room, sizeof *ini->pairs);
  }
  struct pair *pair = &ini->pairs[ini->pair_count++];
  pair->key = keep(reader, key, strlen(key));
  pair->value = keep(reader, value, strlen(value));
  pair->line = reader->line;
  ini->sections[ini->section_count - 1].count++;
  return 1;
}

bool conf_ini_read(struct conf_ini *ini, const char *text, size_t length, int *line, struct err *err) {
  /* Key, "=", value and line end take at least as much in the text as key, value and their NULs do here. */
  *ini = (struct conf_ini){.pool_size = length + 3};
  ini->pool = mem_new(ini->pool_size, 1);
  ini->pairs = mem_new(PAIRS_AT_FIRST, sizeof *ini->pairs);
  struct reader reader = {.ini = ini, .next = text, .end = text + length, .pair_room = PAIRS_AT_FIRST, .err = err};
  if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) reader.next += 3;
  if (&ini_max_line != NULL) ini_max_line = CONF_LINE_MAX + LEAVE_ROOM;
  int wrong = ini_parse_stream(give_line, &reader, take_pair, &reader);
  if (reader.failed) {
    *line = reader.line;
    return false;
  }
  if (wrong == 0) return true;
  *line = wrong > 0 ? wrong : 0;
  return err_set(err, ERR_CONFIG, "neither a [section] nor \"key = value\"");
}

void conf_ini_done(struct conf_ini *ini) {
  if (ini->pool != NULL) explicit_bzero(ini->pool, ini->pool_size);
  mem_free(ini->pool);
  mem_free(ini->pairs);
  mem_free(ini->sections);
  *ini = (struct conf_ini){0};
}
