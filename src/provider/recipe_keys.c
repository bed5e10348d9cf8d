/* The keys that a recipe takes, one function and one line in the table each. */
#include <string.h>

#include "lowtide/text.h"
#include "provider/plugs.h"
#include "provider/recipe_parts.h"

#define HEADERS_MAX (HTTP_HEADERS_MAX - 2)
#define PAGES_MAX GATHERING_ASKS_MAX

static const char *keep(struct recipe_reader *reader, const char *text) {
  return arena_dup(reader->recipe->arena, text);
}

/* --- asks ---------------------------------------------------------------------------------------------------------- */

/* "https://host" must be written out, so that base_url can stand in its place. */
static bool read_origin(struct recipe_reader *reader, struct recipe_ask *ask) {
  const struct recipe_part *first = ask->url.parts;
  bool by_base = first != NULL && first->kind == PART_BASE;
  for (const struct recipe_part *part = first; part != NULL; part = part->next) {
    if (part->kind == PART_BASE && part != first) return err_set(reader->err, ERR_CONFIG, "{base} stands at the start");
  }
  if (by_base) return true;
  const char *scheme_end = first == NULL || first->kind != PART_TEXT ? NULL : strstr(first->text, "://");
  if (scheme_end == NULL || (!text_starts(first->text, "https://") && !text_starts(first->text, "http://"))) {
    return err_set(reader->err, ERR_CONFIG, "an address starts with https://HOST/ or {base}");
  }
  size_t host = strcspn(scheme_end + 3, "/");
  ask->origin_length = (size_t)(scheme_end - first->text) + 3 + host;
  if (host > 0 && first->text[ask->origin_length] == '/') return true;
  return err_set(reader->err, ERR_CONFIG, "the host is written out, and a / follows it");
}

static bool read_ask(struct recipe_reader *reader, const char *rest) {
  struct recipe *recipe = reader->recipe;
  bool mixed = recipe->ask_count > 0 && (*rest == '\0' || *recipe->asks[0].name == '\0');
  if (recipe->ask_count == RECIPE_ASKS_MAX || mixed) {
    return err_set(reader->err, ERR_CONFIG, "one `ask`, or at most %d with names: `ask.NAME`", RECIPE_ASKS_MAX);
  }
  if (reader->pair->key[3] == '.' && (!name_is_valid(rest, strlen(rest)) || text_eq(rest, "row"))) {
    return err_set(reader->err, ERR_CONFIG, "an ask's name is made of small letters, digits, _ and -; `row` is taken");
  }
  struct recipe_ask *ask = &recipe->asks[recipe->ask_count];
  ask->name = keep(reader, rest);
  ask->line = reader->pair->line;
  const char *value = reader->pair->value;
  size_t method = strcspn(value, " ");
  (void)text_copy(ask->method, sizeof ask->method, text_starts(value, "POST ") ? "POST" : "GET");
  if (!text_starts(value, "GET ") && !text_starts(value, "POST ")) {
    return err_set(reader->err, ERR_CONFIG, "an ask is GET or POST, a space, and an address");
  }
  const char *url = value + method + 1;
  if (!read_template(reader, url, false, &ask->url) || !read_origin(reader, ask)) return false;
  for (const struct recipe_part *part = ask->url.parts; part != NULL; part = part->next) {
    if (part->kind != PART_TEXT || strpbrk(part->text, " \t") == NULL) continue;
    return err_set(reader->err, ERR_CONFIG, "an address holds no space");
  }
  recipe->ask_count++;
  return true;
}

static bool read_header(struct recipe_reader *reader, const char *rest) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
  struct recipe_header **end = &reader->recipe->headers;
  size_t count = 0;
  for (; *end != NULL; end = &(*end)->next)
    count++;
  if (*rest == '\0' || strspn(rest, letters) != strlen(rest) || count == HEADERS_MAX) {
    return err_set(reader->err, ERR_CONFIG, "at most %d headers of letters, digits and -", HEADERS_MAX);
  }
  *end = arena_alloc(reader->recipe->arena, sizeof **end);
  (*end)->name = keep(reader, rest);
  return read_template(reader, reader->pair->value, false, &(*end)->value);
}

static bool read_body(struct recipe_reader *reader, const char *rest) {
  bool posts = false;
  (void)rest;
  for (size_t i = 0; i < reader->recipe->ask_count; i++)
    posts = posts || text_eq(reader->recipe->asks[i].method, "POST");
  if (!posts) return err_set(reader->err, ERR_CONFIG, "only a POST takes a body");
  return read_template(reader, reader->pair->value, true, &reader->recipe->body);
}

static bool names_value(const struct recipe_template *template, const char *name) {
  for (const struct recipe_part *part = template->parts; part != NULL; part = part->next) {
    if (part->kind != PART_VALUE && part->kind != PART_BASE64) continue;
    if (text_eq(part->text, name) || text_eq(part->other, name)) return true;
  }
  return false;
}

/* Headers and body go with every ask, also with the one that finds the value. */
static bool is_needed_too_early(const struct recipe *recipe, const char *name, int found_by) {
  bool early = names_value(&recipe->body, name);
  for (const struct recipe_header *header = recipe->headers; header != NULL; header = header->next)
    early = early || names_value(&header->value, name);
  for (int i = 0; i <= found_by; i++)
    early = early || names_value(&recipe->asks[i].url, name);
  return early;
}

static bool read_set(struct recipe_reader *reader, const char *rest) {
  struct recipe *recipe = reader->recipe;
  if (recipe->set_count == RECIPE_SETS_MAX) {
    return err_set(reader->err, ERR_CONFIG, "a recipe takes at most %d sets", RECIPE_SETS_MAX);
  }
  bool taken = text_eq(rest, "key") || text_eq(rest, "unit") || text_eq(rest, "base");
  for (const char *const *name = field_names; *name != NULL; name++)
    taken = taken || text_eq(rest, *name);
  if (taken || !name_is_valid(rest, strlen(rest))) {
    return err_set(reader->err, ERR_CONFIG, "a set cannot be called \"%s\"", rest);
  }
  struct recipe_set *set = &recipe->sets[recipe->set_count];
  set->key = keep(reader, reader->pair->key);
  set->name = set->key + strlen("set.");
  if (!reader_split(reader) || !read_path(reader, reader_word(reader), &set->path) || !reader_ended(reader)) return false;
  if (is_needed_too_early(recipe, rest, set->path->ask)) {
    return err_set(reader->err, ERR_CONFIG, "{%s} is needed before %s can be read", rest, set->path->text);
  }
  recipe->set_count++;
  return true;
}

static bool read_next(struct recipe_reader *reader, const char *rest) {
  struct recipe_next *next = &reader->recipe->next;
  (void)rest;
  if (!reader_split(reader)) return false;
  next->parameter = reader_word(reader);
  if (next->parameter == NULL || !reader_skip(reader, "from")) {
    return err_set(reader->err, ERR_CONFIG, "`PARAMETER from POINTER max NUMBER` was meant");
  }
  if (!read_path(reader, reader_word(reader), &next->path)) return false;
  const char *max = reader_skip(reader, "max") ? reader_word(reader) : NULL;
  next->max = max == NULL ? 0 : small_number(max);
  if (next->max < 1 || next->max > PAGES_MAX || next->path->ask == PATH_FROM_ROW || next->path->star_count > 0) {
    return err_set(reader->err, ERR_CONFIG, "`PARAMETER from POINTER max NUMBER`, and at most %d pages", PAGES_MAX);
  }
  return reader_ended(reader);
}

static bool read_every(struct recipe_reader *reader, const char *rest) {
  (void)rest;
  return text_duration(reader->pair->value, &reader->recipe->about.every_ms, reader->err);
}

/* --- verdicts ------------------------------------------------------------------------------------------------------ */

static bool read_ok(struct recipe_reader *reader, const char *rest) {
  (void)rest;
  return reader_split(reader) && read_clauses(reader, &reader->recipe->ok);
}

static bool read_fail(struct recipe_reader *reader, const char *rest) {
  struct recipe_verdict **end = &reader->recipe->fails;
  while (*end != NULL)
    end = &(*end)->next;
  *end = arena_alloc(reader->recipe->arena, sizeof **end);
  (*end)->key = keep(reader, reader->pair->key);
  if (!reader_code(reader, rest, &(*end)->code)) return false;
  if (!reader_split(reader) || !read_clauses(reader, &(*end)->clauses)) return false;
  for (const struct recipe_clause *clause = (*end)->clauses->next; clause != NULL; clause = clause->next) {
    if (clause->path->ask == (*end)->clauses->path->ask) continue;
    return err_set(reader->err, ERR_CONFIG, "one failure shows in one answer, not in several");
  }
  return true;
}

static bool read_status(struct recipe_reader *reader, const char *rest) {
  struct recipe_mapped **end = &reader->recipe->statuses;
  while (*end != NULL)
    end = &(*end)->next;
  int status = small_number(rest);
  if (status < 300 || status > 599) return err_set(reader->err, ERR_CONFIG, "a status that fails is 300 to 599");
  *end = arena_alloc(reader->recipe->arena, sizeof **end);
  (*end)->status = status;
  return reader_code(reader, reader->pair->value, &(*end)->code);
}

static bool read_hint(struct recipe_reader *reader, const char *rest) {
  struct recipe_hint **end = &reader->recipe->hints;
  while (*end != NULL)
    end = &(*end)->next;
  *end = arena_alloc(reader->recipe->arena, sizeof **end);
  (*end)->text = keep(reader, reader->pair->value);
  if (strlen((*end)->text) >= ERR_HINT_MAX) {
    return err_set(reader->err, ERR_CONFIG, "a hint takes at most %d bytes", ERR_HINT_MAX - 1);
  }
  return reader_code(reader, rest, &(*end)->code);
}

static bool read_fallback(struct recipe_reader *reader, const char *rest) {
  struct recipe *recipe = reader->recipe;
  (void)rest;
  if (!reader_split(reader)) return false;
  recipe->fallback_name = reader_word(reader);
  if (recipe->fallback_name == NULL || !reader_skip(reader, "on")) {
    return err_set(reader->err, ERR_CONFIG, "`RECIPE on CODE` was meant");
  }
  do {
    enum err_code code;
    if (!reader_code(reader, reader_word(reader), &code)) return false;
    recipe->fallback_codes |= 1U << code;
  } while (reader_skip(reader, "or"));
  return reader_ended(reader);
}

/* --- amounts ------------------------------------------------------------------------------------------------------- */

/* Of windows that all hold, the one that is used most is felt first. */
static bool read_row_choice(struct recipe_reader *reader) {
  struct recipe *recipe = reader->recipe;
  if (!reader_skip(reader, "with")) return reader_ended(reader);
  recipe->row_by_most = reader_skip(reader, "most") && field_of(reader_word(reader), &recipe->row_most);
  return recipe->row_by_most ? reader_ended(reader)
                             : err_set(reader->err, ERR_CONFIG, "`with most AMOUNT` was meant, such as `with most used`");
}

static bool read_row(struct recipe_reader *reader, const char *rest) {
  struct recipe *recipe = reader->recipe;
  (void)rest;
  if (!reader_split(reader) || !read_path(reader, reader_word(reader), &recipe->row) || !read_row_choice(reader)) {
    return false;
  }
  for (size_t i = 0; i < recipe->row->star_count; i++) {
    const struct recipe_star *star = &recipe->row->stars[i];
    if (star->member != NULL && star->value == NULL) recipe->row_by_unit = true;
  }
  return recipe->row->star_count > 0 || err_set(reader->err, ERR_CONFIG, "a row comes from a list: /* is missing");
}

static bool read_unit_word(struct recipe_reader *reader, const char *word, const char **out) {
  if (word == NULL || !unit_is_fit(word)) {
    return err_set(reader->err, ERR_CONFIG, "a unit is a word such as USD or credits, of at most %d letters", UNIT_MAX - 1);
  }
  *out = word;
  return true;
}

static bool read_unit(struct recipe_reader *reader, const char *rest) {
  struct recipe_unit *unit = &reader->recipe->unit;
  (void)rest;
  if (!reader_split(reader)) return false;
  const char *first = reader_word(reader);
  bool is_path = first != NULL && strchr(first, '/') != NULL;
  if (is_path && !read_path(reader, first, &unit->path)) return false;
  if (is_path && reader_skip(reader, "or"))
    first = reader_word(reader);
  else if (is_path)
    return reader_ended(reader);
  return read_unit_word(reader, first, &unit->word) && reader_ended(reader);
}

static bool read_host_unit(struct recipe_reader *reader, const char *rest) {
  struct recipe_host_unit **end = &reader->recipe->host_units;
  while (*end != NULL)
    end = &(*end)->next;
  *end = arena_alloc(reader->recipe->arena, sizeof **end);
  (*end)->host = keep(reader, rest);
  return reader_split(reader) && read_unit_word(reader, reader_word(reader), &(*end)->word) && reader_ended(reader);
}

static bool read_field(struct recipe_reader *reader, const char *rest) {
  (void)rest;
  int field = 0;
  while (!text_eq(reader->pair->key, field_names[field]))
    field++;
  return reader_split(reader) && read_amount(reader, (enum recipe_field)field);
}

static bool read_time(struct recipe_reader *reader, const char *rest) {
  struct recipe *recipe = reader->recipe;
  const struct recipe_path **out = text_eq(reader->pair->key, "time") ? &recipe->time : &recipe->resets_at;
  (void)rest;
  return reader_split(reader) && read_path(reader, reader_word(reader), out) && reader_ended(reader);
}

/* --- about --------------------------------------------------------------------------------------------------------- */

static bool read_about(struct recipe_reader *reader, const char *rest) {
  struct recipe_about *about = &reader->recipe->about;
  const struct {
    const char *name;
    const char **text;
  } texts[] = {
      {"env", &about->env},   {"label", &about->label},       {"emoji", &about->emoji},
      {"home", &about->home}, {"key_kind", &about->key_kind}, {"as_of", &about->as_of},
  };
  (void)rest;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (text_eq(reader->pair->key, texts[i].name)) *texts[i].text = keep(reader, reader->pair->value);
  }
  return true;
}

static bool read_variable(struct recipe_reader *reader, const char *rest) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  struct recipe_variable **end = &reader->recipe->variables;
  const char *variable = reader->pair->value;
  while (*end != NULL)
    end = &(*end)->next;
  *end = arena_alloc(reader->recipe->arena, sizeof **end);
  (*end)->key = keep(reader, reader->pair->key);
  (*end)->name = (*end)->key + strlen("env.");
  (*end)->variable = keep(reader, variable);
  (*end)->line = reader->pair->line;
  bool is_name = strspn(variable, letters) == strlen(variable) && strchr("0123456789", *variable) == NULL;
  if (!is_name) return err_set(reader->err, ERR_CONFIG, "\"%.60s\" is no variable's name", variable);
  return name_is_valid(rest, strlen(rest)) || err_set(reader->err, ERR_CONFIG, "\"%.60s\" is no value's name", rest);
}

static bool read_sure(struct recipe_reader *reader, const char *rest) {
  const char *value = reader->pair->value;
  (void)rest;
  reader->recipe->about.sure = keep(reader, value);
  bool known = text_eq(value, "documented") || text_eq(value, "code") || text_eq(value, "medium");
  return known || err_set(reader->err, ERR_CONFIG, "\"%s\" is none of documented, code and medium", value);
}

const struct recipe_key recipe_keys[] = {
    {"ask", PASS_ASKS, false, read_ask},
    {"ask.", PASS_ASKS, false, read_ask},
    {"header.", PASS_ASKS, false, read_header},
    {"body", PASS_REST, false, read_body},
    {"set.", PASS_SETS, false, read_set},
    {"next", PASS_REST, true, read_next},
    {"every", PASS_ASKS, false, read_every},
    {"ok", PASS_REST, false, read_ok},
    {"fail.", PASS_REST, false, read_fail},
    {"status.", PASS_REST, false, read_status},
    {"hint.", PASS_REST, false, read_hint},
    {"fallback", PASS_REST, false, read_fallback},
    {"row", PASS_ROW, true, read_row},
    {"unit", PASS_UNIT, true, read_unit},
    {"unit.", PASS_UNIT, false, read_host_unit},
    {"available", PASS_REST, true, read_field},
    {"cash", PASS_REST, true, read_field},
    {"voucher", PASS_REST, true, read_field},
    {"used", PASS_REST, true, read_field},
    {"limit", PASS_REST, true, read_field},
    {"time", PASS_REST, true, read_time},
    {"resets_at", PASS_REST, true, read_time},
    {"env.", PASS_ASKS, false, read_variable},
    {"env", PASS_ASKS, false, read_about},
    {"label", PASS_ASKS, false, read_about},
    {"emoji", PASS_ASKS, false, read_about},
    {"home", PASS_ASKS, false, read_about},
    {"key_kind", PASS_ASKS, false, read_about},
    {"as_of", PASS_ASKS, false, read_about},
    {"sure", PASS_ASKS, false, read_sure},
    {NULL, PASS_COUNT, false, NULL},
};
