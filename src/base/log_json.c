#include "log_json.h"

#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"

#define PAIRS_MAX 16

struct pairs {
  const char *key[PAIRS_MAX]; /* the last of the sentence first */
  const char *value[PAIRS_MAX];
  size_t count;
};

static bool is_taken(const struct pairs *pairs, const char *key) {
  static const char *const own[] = {"time", "level", "room", "message"};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
    if (text_eq(own[i], key)) return true;
  }
  for (size_t i = 0; i < pairs->count; i++) {
    if (text_eq(pairs->key[i], key)) return true;
  }
  return false;
}

/* Where the value's '=' is, if the text ends in key=value or key="several words". */
static char *last_equals(char *text) {
  size_t length = strlen(text);
  if (length > 1 && text[length - 1] == '"') {
    char *open = memrchr(text, '"', length - 1);
    return open != NULL && open > text && open[-1] == '=' ? open - 1 : NULL;
  }
  char *space = strrchr(text, ' ');
  return strchr(space != NULL ? space : text, '=');
}

/* Cuts the last pair off the text; false if it ends in something else. */
static bool take_pair(char *text, struct pairs *pairs) {
  char *equals = last_equals(text);
  if (equals == NULL || pairs->count == PAIRS_MAX) return false;
  char *space = memrchr(text, ' ', (size_t)(equals - text));
  char *key = space != NULL ? space + 1 : text;
  size_t length = (size_t)(equals - key);
  if (length == 0 || strspn(key, "abcdefghijklmnopqrstuvwxyz_") != length) return false;
  *equals = '\0';
  if (is_taken(pairs, key)) {
    *equals = '=';
    return false;
  }
  char *value = equals + 1;
  if (*value == '"' && text_ends(value + 1, "\"")) {
    value++;
    value[strlen(value) - 1] = '\0';
  }
  pairs->key[pairs->count] = key;
  pairs->value[pairs->count++] = value;
  if (space != NULL) *space = '\0';
  return space != NULL;
}

static void add_member(struct buf *line, const char *key, const char *value) {
  buf_add_char(line, ',');
  buf_add_json(line, key);
  buf_add_char(line, ':');
  buf_add_json(line, value);
}

void log_json_add(struct buf *line, const char *time, const char *level, const char *room, const char *sentence) {
  struct pairs pairs = {.count = 0};
  char *message = mem_dup(sentence);
  while (take_pair(message, &pairs))
    continue;
  bool only_pairs = pairs.count > 0 && pairs.key[pairs.count - 1] == message;
  buf_add(line, "{\"time\":");
  buf_add_json(line, time);
  add_member(line, "level", level);
  add_member(line, "room", room);
  add_member(line, "message", only_pairs ? "" : message);
  for (size_t i = pairs.count; i > 0; i--)
    add_member(line, pairs.key[i - 1], pairs.value[i - 1]);
  buf_add(line, "}\n");
  mem_free(message);
}
