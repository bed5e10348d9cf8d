/* From one answer of a recipe to its next ask. */
#include <string.h>

#include "lowtide/text.h"
#include "provider/recipe_parts.h"

static const char *plain_text(const struct json *value) {
  return json_type(value) == JSON_NUMBER ? json_number_text(value) : json_string(value);
}

static bool take_sets(struct recipe_run *run, struct err *err) {
  const struct recipe *recipe = run->recipe;
  for (size_t i = 0; i < recipe->set_count; i++) {
    const struct recipe_path *path = recipe->sets[i].path;
    const struct json *value = NULL;
    run->key = recipe->sets[i].key;
    if (path->ask != (int)run->ask || account_has(run->account, recipe->sets[i].name)) continue;
    if (!path_one(run, path, &value, err)) {
      return err_hint(err, "write `%s = …` into [account %s]", recipe->sets[i].name, run->account->name);
    }
    const char *text = plain_text(value);
    if (text == NULL || *text == '\0' || strlen(text) >= RECIPE_SET_TEXT_MAX) {
      return err_set(err, ERR_MALFORMED, "no %s at %s", recipe->sets[i].name, path->text);
    }
    mem_free(run->sets[i]);
    run->sets[i] = mem_dup(text);
  }
  return true;
}

/* Remembers the cursor of the next page; none if this was the last. */
static bool take_cursor(struct recipe_run *run, struct err *err) {
  const struct recipe_next *next = &run->recipe->next;
  mem_free(run->cursor);
  run->cursor = NULL;
  if (next->path == NULL || next->path->ask != (int)run->ask) return true;
  run->key = "next";
  const struct json *value = path_plain(run, next->path);
  const char *text = plain_text(value);
  if (json_type(value) == JSON_NULL || (text != NULL && *text == '\0')) return true;
  if (text == NULL || strlen(text) >= RECIPE_CURSOR_MAX) {
    return err_set(err, ERR_MALFORMED, "no page at %s", next->path->text);
  }
  if (run->page + 1 >= next->max) {
    bool of_note = run->account->since_ms != 0;
    (void)err_set(err, ERR_MALFORMED, of_note ? "more than %d pages since the note" : "more than %d pages", next->max);
    if (of_note) (void)err_hint(err, "note the balance anew: lowtide set %s AMOUNT", run->account->name);
    return false;
  }
  if (run->cursors == NULL) run->cursors = mem_new((size_t)next->max, sizeof *run->cursors);
  run->cursor = mem_dup(text);
  /* The worst that two alike could do is to make a reading unknown. */
  uint64_t hash = text_hash(text, strlen(text));
  for (int i = 0; i < run->page; i++) {
    if (run->cursors[i] == hash) return err_set(err, ERR_MALFORMED, "the same page twice");
  }
  run->cursors[run->page] = hash;
  return true;
}

bool run_take(struct recipe_run *run, const struct answer *answer, struct err *err) {
  const struct err *failed = answer->err.code != ERR_NONE ? &answer->err : &answer->http.err;
  if (failed->code != ERR_NONE) {
    *err = *failed;
    return false;
  }
  return run_judge(run, &answer->http, err) && take_sets(run, err) && run_add_sums(run, err) && take_cursor(run, err);
}

static bool is_needed(const struct recipe_run *run, size_t ask) {
  const struct recipe *recipe = run->recipe;
  bool needed = recipe->asks[ask].for_amounts;
  for (size_t i = 0; i < recipe->set_count && !needed; i++)
    needed = recipe->sets[i].path->ask == (int)ask && !account_has(run->account, recipe->sets[i].name);
  return needed;
}

bool run_next(struct recipe_run *run, struct ask *ask, bool *asks, struct err *err) {
  *asks = false;
  if (run->cursor != NULL) {
    run->page++;
  } else {
    run->ask += run->started ? 1 : 0;
    run->page = 0;
    while (run->ask < run->recipe->ask_count && !is_needed(run, run->ask))
      run->ask++;
    if (run->ask == run->recipe->ask_count) return true;
  }
  run->started = true;
  *asks = run_build(run, ask, err);
  return *asks;
}
