/* What a recipe's listener hears. Everybody else pays for one comparison a step. */
#include <string.h>

#include "lowtide/text.h"
#include "lowtide/zone.h"
#include "provider/recipe_parts.h"

#define FOUND_MAX 512
#define NAMES_TOLD_MAX 16
#define NAME_WIDTH 40
#define TEXT_WIDTH 120

static void hear(const struct recipe_run *run, const char *formula, const char *found, bool is_result) {
  const struct recipe_step step = {.key = run->key, .formula = formula, .found = found, .is_result = is_result};
  run->listener->hear(run->listener->context, &step);
}

/* --- what stands there --------------------------------------------------------------------------------------------- */

/* The members of an object by name, a container's size, a value itself. */
static void add_names(struct buf *out, const struct json *object) {
  char name[NAME_WIDTH];
  size_t count = 0;
  for (const struct json *member = json_first(object); member != NULL; member = json_next(member), count++) {
    if (count == NAMES_TOLD_MAX) {
      buf_add(out, ", …");
      return;
    }
    text_clean(name, sizeof name, json_key(member));
    buf_addf(out, "%s%s", count > 0 ? ", " : "", name);
  }
}

static void add_text(struct buf *out, const char *text) {
  char clean[TEXT_WIDTH];
  text_clean(clean, sizeof clean, text);
  buf_add_json(out, clean);
}

static void add_value(struct buf *out, const struct json *value) {
  size_t count = json_count(value);
  switch (json_type(value)) {
  case JSON_NULL: buf_add(out, "null"); break;
  case JSON_FALSE: buf_add(out, "false"); break;
  case JSON_TRUE: buf_add(out, "true"); break;
  case JSON_NUMBER: buf_add(out, json_number_text(value)); break;
  case JSON_STRING: add_text(out, json_string(value)); break;
  case JSON_ARRAY: buf_addf(out, "a list of %zu", count); break;
  case JSON_OBJECT:
    buf_addf(out, "an object%s", count > 0 ? ": " : " without members");
    add_names(out, value);
    break;
  }
}

/* How far the pointer leads, and what there is in its stead. */
static void add_absence(struct buf *out, const char *whole, const struct json *from, const char *pointer) {
  char part[JSON_POINTER_MAX];
  const struct json *last = from;
  size_t reached = 0;
  for (const char *end = pointer; *end == '/';) {
    end += 1 + strcspn(end + 1, "/");
    (void)text_fmt(part, sizeof part, "%.*s", (int)(end - pointer), pointer);
    const struct json *next = json_at(from, part);
    if (next == NULL) break;
    last = next;
    reached = (size_t)(end - pointer);
  }
  buf_addf(out, "not there; %.*s%s is ", (int)reached, pointer, reached == 0 ? whole : "");
  if (last == NULL || json_type(last) == JSON_STRING) {
    buf_add(out, last == NULL ? "not there" : "a text");
  } else {
    add_value(out, last);
  }
}

void tell_found(const struct recipe_run *run, const struct recipe_path *path, size_t level, const struct json *from) {
  if (run->listener == NULL) return;
  const struct json *value = json_at(from, path->pointers[level]);
  struct buf found;
  buf_init(&found, FOUND_MAX);
  bool in_row = level > 0 || path->ask == PATH_FROM_ROW;
  if (value == NULL) add_absence(&found, in_row ? "the row" : "the answer", from, path->pointers[level]);
  if (value != NULL) add_value(&found, value);
  hear(run, path->text, buf_text(&found), false);
  buf_done(&found);
}

/* --- what came of it ----------------------------------------------------------------------------------------------- */

void tell_result(const struct recipe_run *run, const char *formula, const char *format, ...) {
  if (run->listener == NULL) return;
  char found[FOUND_MAX];
  va_list args;
  va_start(args, format);
  (void)text_fmtv(found, sizeof found, format, args);
  va_end(args);
  hear(run, formula, found, true);
}

void tell_clause(const struct recipe_run *run, const struct recipe_clause *clause, bool holds) {
  if (run->listener == NULL) return;
  struct buf formula;
  buf_init(&formula, FOUND_MAX);
  buf_add(&formula, clause->path->text);
  for (const struct clause_value *value = clause->values; value != NULL; value = value->next)
    buf_addf(&formula, " %s %s", value == clause->values ? "is" : "or", value->word);
  tell_result(run, buf_text(&formula), "%s", holds ? "holds" : "does not hold");
  buf_done(&formula);
}

void tell_amount(const struct recipe_run *run, const char *formula, const struct amount_value *value) {
  if (run->listener == NULL) return;
  char text[MONEY_TEXT_MAX];
  struct err err = {0};
  int64_t nano;
  if (value->absent != NULL) {
    tell_result(run, formula, "nothing: %s is not there", value->absent);
  } else if (value->null) {
    tell_result(run, formula, "null: not known");
  } else if (!decimal_to_nano(value->number, &nano, &err)) {
    tell_result(run, formula, "%s", err.text);
  } else {
    money_print_exact(text, nano);
    tell_result(run, formula, "%s", text);
  }
}

void tell_time(const struct recipe_run *run, const struct recipe_path *path, int64_t time_ms) {
  if (run->listener == NULL) return;
  char text[ZONE_TIME_TEXT_MAX] = "null: not known";
  if (time_ms != 0) time_print_rfc3339(text, time_ms);
  tell_result(run, path->text, "%s", text);
}
