#include <string.h>

#include "lowtide/text.h"
#include "provider/recipe_parts.h"

/* --- reading ------------------------------------------------------------------------------------------------------- */

static const char *below_word(struct recipe_reader *reader, const char *word) {
  char text[80];
  (void)text_fmt(text, sizeof text, "below %s", word);
  return arena_dup(reader->recipe->arena, text);
}

static bool read_clause_value(struct recipe_reader *reader, struct clause_value ***end) {
  bool below = reader_skip(reader, "below");
  const char *word = reader_word(reader);
  if (word == NULL) return err_set(reader->err, ERR_CONFIG, "a value is missing at the end");
  struct clause_value *value = arena_alloc(reader->recipe->arena, sizeof *value);
  struct err err = {0};
  value->is_number = decimal_parse(word, &value->number, &err);
  value->is_below = below;
  value->word = below ? below_word(reader, word) : word;
  if (below && !value->is_number) return err_set(reader->err, ERR_CONFIG, "`below` takes a number, not \"%s\"", word);
  **end = value;
  *end = &value->next;
  return true;
}

bool read_clause(struct recipe_reader *reader, bool alternatives, struct recipe_clause **out) {
  struct recipe_clause *clause = arena_alloc(reader->recipe->arena, sizeof *clause);
  if (!read_path(reader, reader_word(reader), &clause->path)) return false;
  if (clause->path->star_count > 0 || clause->path->ask == PATH_FROM_ROW) {
    return err_set(reader->err, ERR_CONFIG, "%s: a condition takes one plain pointer", clause->path->text);
  }
  if (!reader_skip(reader, "is")) {
    return err_set(reader->err, ERR_CONFIG, "`is` and a value are missing after %s", clause->path->text);
  }
  struct clause_value **end = &clause->values;
  do {
    if (!read_clause_value(reader, &end)) return false;
  } while (alternatives && reader_skip(reader, "or"));
  *out = clause;
  return true;
}

bool read_clauses(struct recipe_reader *reader, struct recipe_clause **out) {
  struct recipe_clause **end = out;
  do {
    if (!read_clause(reader, true, end)) return false;
    end = &(*end)->next;
  } while (reader_skip(reader, "and"));
  const char *left = reader_word(reader);
  return left == NULL || err_set(reader->err, ERR_CONFIG, "\"%s\" is neither `and` nor `or`", left);
}

/* --- judging ------------------------------------------------------------------------------------------------------- */

static bool number_is(const struct json *value, const struct clause_value *wanted) {
  struct decimal number;
  struct err err = {0};
  if (!wanted->is_number || !decimal_parse(json_number_text(value), &number, &err)) return false;
  int order = decimal_compare(number, wanted->number);
  return wanted->is_below ? order < 0 : order == 0;
}

static bool value_is(const struct json *value, const struct clause_value *wanted) {
  switch (json_type(value)) {
  case JSON_NULL: return text_eq(wanted->word, "null");
  case JSON_FALSE: return text_eq(wanted->word, "false");
  case JSON_TRUE: return text_eq(wanted->word, "true");
  case JSON_STRING: return text_eq(wanted->word, json_string(value));
  case JSON_NUMBER: return number_is(value, wanted);
  case JSON_ARRAY:
  case JSON_OBJECT: break;
  }
  return false;
}

/* What is not there counts as null. */
static const struct clause_value *clause_match(const struct recipe_run *run, const struct recipe_clause *clause) {
  const struct json *value = path_plain(run, clause->path);
  const struct clause_value *wanted = clause->values;
  while (wanted != NULL && !value_is(value, wanted))
    wanted = wanted->next;
  tell_clause(run, clause, wanted != NULL);
  return wanted;
}

bool clause_holds(const struct recipe_run *run, const struct recipe_clause *clause) {
  return clause_match(run, clause) != NULL;
}

/* What the first condition matched if all of them hold, else NULL. */
static const struct clause_value *verdict_match(const struct recipe_run *run, const struct recipe_verdict *verdict) {
  const struct clause_value *first = clause_match(run, verdict->clauses);
  const struct recipe_clause *clause = verdict->clauses->next;
  while (first != NULL && clause != NULL && clause_holds(run, clause))
    clause = clause->next;
  return clause == NULL ? first : NULL;
}

static bool judge_fails(struct recipe_run *run, struct err *err) {
  for (const struct recipe_verdict *verdict = run->recipe->fails; verdict != NULL; verdict = verdict->next) {
    const struct recipe_path *path = verdict->clauses->path;
    run->key = verdict->key;
    const struct clause_value *found = path->ask == (int)run->ask ? verdict_match(run, verdict) : NULL;
    if (found != NULL) return err_set(err, verdict->code, "HTTP 200, but %s is %s", path->text, found->word);
  }
  return true;
}

static bool judge_ok(struct recipe_run *run, struct err *err) {
  run->key = "ok";
  for (const struct recipe_clause *clause = run->recipe->ok; clause != NULL; clause = clause->next) {
    if (clause->path->ask != (int)run->ask || clause_holds(run, clause)) continue;
    return err_set(err, ERR_SERVER, "HTTP 200, but %s is not %s", clause->path->text, clause->values->word);
  }
  return true;
}

/* The scanner's sentence about a key that is there twice holds the key. */
static bool say_not_json(struct err *err) {
  if (strchr(err->text, '"') != NULL) return err_set(err, ERR_MALFORMED, "not JSON: a key is there twice");
  err->code = ERR_MALFORMED;
  return false;
}

static void keep_answer(struct recipe_run *run, struct json *root) {
  json_free(run->answers[run->ask]);
  run->answers[run->ask] = root;
}

/* An error's body may say more than its status, if it is JSON at all. */
static bool judge_status(struct recipe_run *run, const struct http_answer *answer, struct err *err) {
  struct err ignored = {0};
  (void)http_status_err(answer->status, err);
  for (const struct recipe_mapped *mapped = run->recipe->statuses; mapped != NULL; mapped = mapped->next) {
    if (mapped->status == answer->status) (void)err_set(err, mapped->code, "HTTP %d", answer->status);
  }
  struct json *root = run->recipe->fails == NULL ? NULL : json_parse(answer->body, answer->length, &ignored);
  if (root != NULL) keep_answer(run, root);
  if (root != NULL && !judge_fails(run, &ignored)) (void)err_set(err, ignored.code, "HTTP %d", answer->status);
  run->key = "status";
  tell_result(run, err->text, "%s", err_code_name(err->code));
  return false;
}

bool run_judge(struct recipe_run *run, const struct http_answer *answer, struct err *err) {
  if (answer->status < 200 || answer->status > 299) return judge_status(run, answer, err);
  struct json *root = json_parse(answer->body, answer->length, err);
  if (root == NULL) return say_not_json(err);
  keep_answer(run, root);
  return judge_fails(run, err) && judge_ok(run, err);
}
