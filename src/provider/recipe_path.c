#include <string.h>

#include "lowtide/text.h"
#include "provider/recipe_parts.h"

static bool find_ask(struct recipe_reader *reader, const char *text, size_t length, int *ask) {
  const struct recipe *recipe = reader->recipe;
  if (length == 3 && strncmp(text, "row", 3) == 0) {
    *ask = PATH_FROM_ROW;
    return recipe->row != NULL ||
           err_set(reader->err, ERR_CONFIG, "`row:` stands for the row that `row = …` names, above it");
  }
  for (size_t i = 0; i < recipe->ask_count; i++) {
    const char *name = recipe->asks[i].name;
    if (strlen(name) != length || strncmp(name, text, length) != 0) continue;
    *ask = (int)i;
    return true;
  }
  return err_set(reader->err, ERR_CONFIG, "no ask is called \"%.*s\"", (int)length, text);
}

/* Only rows can do without a unit. */
static bool may_filter_by_unit(struct recipe_reader *reader) {
  bool stands = reader->key->pass == PASS_ROW || *reader->recipe->unit.word != '\0';
  return stands || err_set(reader->err, ERR_CONFIG, "{unit} needs a `unit = …` that it stands for by default");
}

/* "*" or "*[member=value]", at most to end. */
static bool read_star(struct recipe_reader *reader, const char *text, const char *end, struct recipe_star *star) {
  size_t length = (size_t)(end - text);
  *star = (struct recipe_star){0};
  if (length == 1) return true;
  const char *equals = memchr(text, '=', length);
  if (text[1] != '[' || end[-1] != ']' || equals == NULL || equals == text + 2 || equals + 1 == end - 1) {
    return err_set(reader->err, ERR_CONFIG, "\"%.*s\" is neither /* nor /*[member=value]", (int)length, text);
  }
  struct arena *arena = reader->recipe->arena;
  star->member = arena_dup_n(arena, text + 2, (size_t)(equals - text) - 2);
  const char *value = arena_dup_n(arena, equals + 1, (size_t)(end - equals) - 2);
  if (text_eq(value, "{unit}")) return may_filter_by_unit(reader);
  star->value = value;
  return strpbrk(value, "{}") == NULL || err_set(reader->err, ERR_CONFIG, "only {unit} may stand in a filter");
}

static bool add_star(struct recipe_reader *reader, const char *text, const char *end, struct recipe_path *path) {
  if (path->star_count == RECIPE_STARS_MAX) {
    return err_set(reader->err, ERR_CONFIG, "a path takes at most %d lists", RECIPE_STARS_MAX);
  }
  return read_star(reader, text, end, &path->stars[path->star_count++]);
}

static bool read_pointers(struct recipe_reader *reader, const char *text, struct recipe_path *path) {
  struct arena *arena = reader->recipe->arena;
  const char *from = text;
  const char *end = text;
  for (const char *at = text; *at == '/'; at = end) {
    end = at + 1 + strcspn(at + 1, "/");
    if (at[1] != '*') continue;
    path->pointers[path->star_count] = arena_dup_n(arena, from, (size_t)(at - from));
    if (!add_star(reader, at + 1, end, path)) return false;
    from = end;
  }
  path->pointers[path->star_count] = arena_dup(arena, from);
  return true;
}

bool read_path(struct recipe_reader *reader, const char *text, const struct recipe_path **out) {
  struct recipe *recipe = reader->recipe;
  if (text == NULL || (*text != '/' && strstr(text, ":/") == NULL)) {
    return err_set(reader->err, ERR_CONFIG, "a pointer such as /data/balance was meant instead of \"%s\"",
                   text == NULL ? "" : text);
  }
  if (strlen(text) >= JSON_POINTER_MAX) {
    return err_set(reader->err, ERR_CONFIG, "a pointer takes at most %d characters", JSON_POINTER_MAX - 1);
  }
  if (recipe->ask_count == 0) return err_set(reader->err, ERR_CONFIG, "there is no ask that could answer this");
  struct recipe_path path = {.text = arena_dup(recipe->arena, text), .ask = (int)recipe->ask_count - 1};
  const char *pointer = text;
  if (*text != '/') {
    pointer = strstr(text, ":/") + 1;
    if (!find_ask(reader, text, (size_t)(pointer - text) - 1, &path.ask)) return false;
  }
  if (!read_pointers(reader, pointer, &path)) return false;
  if (reader->key->points && path.ask >= 0) recipe->asks[path.ask].for_amounts = true;
  struct recipe_path *kept = arena_alloc(recipe->arena, sizeof *kept);
  *kept = path;
  *out = kept;
  return true;
}

/* --- walking ------------------------------------------------------------------------------------------------------- */

const struct json *run_root(const struct recipe_run *run, const struct recipe_path *path) {
  return path->ask == PATH_FROM_ROW ? run->row : run->answers[path->ask];
}

const struct json *path_plain(const struct recipe_run *run, const struct recipe_path *path) {
  const struct json *root = run_root(run, path);
  tell_found(run, path, 0, root);
  return json_at(root, path->pointers[0]);
}

struct walk {
  const struct recipe_run *run;
  const struct recipe_path *path;
  struct path_visitor *visitor;
};

static bool same_unit(const char *a, const char *b) {
  return strcasecmp(a, b) == 0;
}

static bool star_takes(const struct walk *walk, const struct recipe_star *star, const struct json *row) {
  if (star->member == NULL) return true;
  const struct json *member = json_member(row, star->member);
  const char *text = json_type(member) == JSON_NUMBER ? json_number_text(member) : json_string(member);
  if (star->value != NULL) return text_eq(text, star->value);
  return walk->run->unit == NULL || (text != NULL && same_unit(text, walk->run->unit));
}

static bool walk_on(struct walk *walk, const struct json *from, size_t level, struct err *err) {
  const struct recipe_path *path = walk->path;
  const struct json *here = json_at(from, path->pointers[level]);
  bool is_last = level == path->star_count;
  if (is_last || json_type(here) != JSON_ARRAY) tell_found(walk->run, path, level, from);
  if (is_last) return walk->visitor->visit(walk->visitor->context, here, err);
  if (json_type(here) != JSON_ARRAY) return err_set(err, ERR_MALFORMED, "no list at %s", path->text);
  for (const struct json *row = json_first(here); row != NULL; row = json_next(row)) {
    if (path->stars[level].member != NULL) walk->visitor->filtered++;
    if (star_takes(walk, &path->stars[level], row) && !walk_on(walk, row, level + 1, err)) return false;
  }
  return true;
}

bool path_each(const struct recipe_run *run, const struct recipe_path *path, struct path_visitor *visitor,
               struct err *err) {
  struct walk walk = {.run = run, .path = path, .visitor = visitor};
  return walk_on(&walk, run_root(run, path), 0, err);
}

struct only {
  const struct recipe_path *path;
  const struct json *value;
  size_t count;
};

static bool visit_only(void *context, const struct json *value, struct err *err) {
  struct only *only = context;
  only->value = value;
  if (++only->count == 1) return true;
  return err_set(err, ERR_MALFORMED, "more than one at %s", only->path->text);
}

bool path_one(const struct recipe_run *run, const struct recipe_path *path, const struct json **out, struct err *err) {
  if (path->star_count == 0) {
    *out = path_plain(run, path);
    return true;
  }
  struct only only = {.path = path};
  struct path_visitor visitor = {.visit = visit_only, .context = &only};
  if (!path_each(run, path, &visitor, err)) return false;
  *out = only.value;
  return true;
}

bool value_amount(const struct json *value, const struct recipe_path *path, struct amount_value *out, struct err *err) {
  struct amount_value result = {0};
  const char *text = json_type(value) == JSON_STRING ? json_string(value) : json_number_text(value);
  if (value == NULL) {
    result.absent = path->text;
  } else if (json_type(value) == JSON_NULL) {
    result.null = true;
  } else if (text == NULL || !decimal_parse(text, &result.number, err)) {
    return err_set(err, ERR_MALFORMED, "no number at %s", path->text);
  }
  *out = result;
  return true;
}
