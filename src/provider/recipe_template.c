#include <string.h>

#include "lowtide/text.h"
#include "provider/recipe_parts.h"

bool name_is_valid(const char *name, size_t length) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  return length > 0 && length < 32 && *name >= 'a' && *name <= 'z' && strspn(name, letters) >= length;
}

int small_number(const char *text) {
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 3 || text[digits] != '\0') return -1;
  int number = 0;
  for (size_t i = 0; i < digits; i++)
    number = number * 10 + (text[i] - '0');
  return number;
}

struct known_part {
  const char *name;
  enum part_kind kind;
};

static const struct known_part known_parts[] = {
    {"base", PART_BASE}, {"month", PART_MONTH}, {"month_start", PART_MONTH_START}, {"now", PART_NOW},
    {"day", PART_DAY},   {"since", PART_SINCE}, {"since_day", PART_SINCE_DAY},
};

/* day, day+1, day-99 */
static bool read_day(const char *text, struct recipe_part *part) {
  if (!text_starts(text, "day") || (text[3] != '+' && text[3] != '-')) return false;
  int days = small_number(text + 4);
  if (days < 0 || days > RECIPE_DAYS_MAX) return false;
  part->kind = PART_DAY;
  part->days = text[3] == '-' ? -days : days;
  return true;
}

static bool read_base64(char *text, struct recipe_part *part) {
  static const char word[] = "base64 ";
  char *colon = strchr(text, ':');
  if (!text_starts(text, word) || colon == NULL) return false;
  *colon = '\0';
  part->kind = PART_BASE64;
  part->text = text + sizeof word - 1;
  part->other = colon + 1;
  return name_is_valid(part->text, strlen(part->text)) && name_is_valid(part->other, strlen(part->other));
}

/* What stands between braces. */
static bool read_part(char *text, struct recipe_part *part) {
  part->text = text;
  part->kind = PART_VALUE;
  for (size_t i = 0; i < sizeof known_parts / sizeof known_parts[0]; i++) {
    if (!text_eq(text, known_parts[i].name)) continue;
    part->kind = known_parts[i].kind;
    return true;
  }
  if (text_eq(text, "unit") || text_eq(text, "row")) return false;
  return read_day(text, part) || read_base64(text, part) || (part->kind == PART_VALUE && name_is_valid(text, strlen(text)));
}

static struct recipe_part *add_part(struct recipe_reader *reader, struct recipe_part ***end) {
  struct recipe_part *part = arena_alloc(reader->recipe->arena, sizeof *part);
  **end = part;
  *end = &part->next;
  return part;
}

bool read_template(struct recipe_reader *reader, const char *text, bool braces_are_text, struct recipe_template *out) {
  struct arena *arena = reader->recipe->arena;
  struct recipe_part **end = &out->parts;
  const char *from = text;
  for (const char *open = strchr(text, '{'); open != NULL; open = strchr(open, '{')) {
    const char *close = strchr(open, '}');
    struct recipe_part part = {0};
    bool known = close != NULL && read_part(arena_dup_n(arena, open + 1, (size_t)(close - open) - 1), &part);
    if (!known && !braces_are_text) {
      int shown = close == NULL ? (int)strlen(open) : (int)(close - open) + 1;
      return err_set(reader->err, ERR_CONFIG, "\"%.*s\" is no value, time or {base64 name:name}", shown, open);
    }
    if (!known) {
      open++;
      continue;
    }
    if (open > from) add_part(reader, &end)->text = arena_dup_n(arena, from, (size_t)(open - from));
    struct recipe_part *kept = add_part(reader, &end);
    *kept = part;
    from = open = close + 1;
  }
  if (*from != '\0') add_part(reader, &end)->text = arena_dup(arena, from);
  return true;
}
