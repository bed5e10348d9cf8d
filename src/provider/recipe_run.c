#include <string.h>

#include "lowtide/text.h"
#include "lowtide/zone.h"
#include "provider/plugs.h"
#include "provider/recipe_parts.h"

/* A unix time of 1e11 or more is in milliseconds: in seconds it would be the year 5138. */
#define SECONDS_MAX 100000000000LL
#define TIME_MAX_MS 253402300799999LL /* the end of 9999 */

void run_start(struct recipe_run *run, const struct recipe *recipe, const struct account *account, int64_t now_ms) {
  *run = (struct recipe_run){.recipe = recipe, .account = account, .now_ms = now_ms};
  if (recipe->sum_count > 0) run->sums = mem_new(recipe->sum_count, sizeof *run->sums);
  for (size_t i = 0; i < recipe->sum_count; i++)
    run->sums[i].total.number = decimal_of_int(0);
  const char *unit = recipe->unit.word;
  const char *host = account->base_url == NULL ? NULL : strstr(account->base_url, "://");
  for (const struct recipe_host_unit *named = recipe->host_units; host != NULL && named != NULL; named = named->next) {
    size_t length = strcspn(host + 3, ":/?#");
    if (strlen(named->host) == length && strncasecmp(named->host, host + 3, length) == 0) unit = named->word;
  }
  if (!text_is_blank(account->unit)) unit = account->unit;
  run->unit = *unit == '\0' ? NULL : unit;
}

void run_done(struct recipe_run *run) {
  for (size_t i = 0; i < RECIPE_ASKS_MAX; i++)
    json_free(run->answers[i]);
  for (size_t i = 0; i < RECIPE_SETS_MAX; i++)
    mem_free(run->sets[i]);
  mem_free(run->fields);
  mem_free(run->sums);
  mem_free(run->cursor);
  mem_free(run->cursors);
  *run = (struct recipe_run){0};
}

static bool run_fields(struct recipe_run *run, struct err *err) {
  const struct recipe *recipe = run->recipe;
  if (run->fields == NULL) run->fields = mem_new(FIELD_COUNT, sizeof *run->fields);
  for (size_t i = 0; i < recipe->field_count; i++) {
    enum recipe_field field = recipe->order[i];
    run->key = field_names[field];
    if (!run_amount(run, recipe->fields[field], &run->fields[field], err)) return false;
    tell_amount(run, recipe->formulas[field], &run->fields[field]);
  }
  return true;
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

struct rows {
  const struct json *row[RECIPE_ROWS_MAX];
  size_t count;
};

static bool visit_row(void *context, const struct json *value, struct err *err) {
  struct rows *rows = context;
  if (rows->count == RECIPE_ROWS_MAX) return err_set(err, ERR_MALFORMED, "more than %d rows", RECIPE_ROWS_MAX);
  rows->row[rows->count++] = value;
  return true;
}

/* Keeps the rows with money in them; if there are none, the first: 0 is what all of them say. */
static bool drop_zeros(struct recipe_run *run, struct rows *rows, struct err *err) {
  const struct decimal zero = decimal_of_int(0);
  enum recipe_field main = run->recipe->fields[FIELD_AVAILABLE] != NULL ? FIELD_AVAILABLE : FIELD_USED;
  const struct recipe_listener *listener = run->listener;
  size_t kept = 0;
  run->listener = NULL; /* that of the row which is chosen is heard later */
  for (size_t i = 0; i < rows->count; i++) {
    run->row = rows->row[i];
    if (!run_fields(run, err)) return false;
    const struct amount_value *value = &run->fields[main];
    bool is_zero = value->absent == NULL && !value->null && decimal_compare(value->number, zero) == 0;
    if (!is_zero) rows->row[kept++] = rows->row[i];
  }
  rows->count = kept > 0 ? kept : 1;
  run->listener = listener;
  run->key = "row";
  tell_result(run, run->recipe->row->text, "%zu row%s not 0", kept, text_plural((int64_t)kept));
  return true;
}

/* Keeps the row with the most of an amount, the first of those that are alike. */
static bool keep_most(struct recipe_run *run, struct rows *rows, struct err *err) {
  const struct recipe_listener *listener = run->listener;
  struct decimal most = {0};
  size_t kept = rows->count;
  run->listener = NULL;
  for (size_t i = 0; i < rows->count; i++) {
    run->row = rows->row[i];
    if (!run_fields(run, err)) return false;
    const struct amount_value *value = &run->fields[run->recipe->row_most];
    if (value->absent != NULL || value->null) continue;
    if (kept < rows->count && decimal_compare(value->number, most) <= 0) continue;
    most = value->number;
    kept = i;
  }
  rows->row[0] = rows->row[kept < rows->count ? kept : 0];
  rows->count = 1;
  run->listener = listener;
  run->key = "row";
  tell_result(run, run->recipe->row->text, "the one with most %s", field_names[run->recipe->row_most]);
  return true;
}

static bool choose_row(struct recipe_run *run, struct err *err) {
  const struct recipe *recipe = run->recipe;
  struct rows rows = {0};
  struct path_visitor visitor = {.visit = visit_row, .context = &rows};
  if (recipe->row == NULL) return true;
  run->key = "row";
  if (!path_each(run, recipe->row, &visitor, err)) return false;
  tell_result(run, recipe->row->text, "%zu row%s", rows.count, text_plural((int64_t)rows.count));
  if (rows.count > 1 && recipe->row_by_most && !keep_most(run, &rows, err)) return false;
  if (rows.count > 1 && recipe->row_by_unit && run->unit == NULL && !drop_zeros(run, &rows, err)) return false;
  run->row = rows.row[0];
  if (rows.count == 1) return true;
  if (rows.count == 0) {
    (void)err_set(err, ERR_MALFORMED, "no row fits %s", recipe->row->text);
  } else if (recipe->row_by_unit && run->unit == NULL) {
    (void)err_set(err, ERR_MALFORMED, "balances in %zu units, and unit is not set", rows.count);
  } else {
    (void)err_set(err, ERR_MALFORMED, "%zu rows fit %s", rows.count, recipe->row->text);
  }
  return recipe->row_by_unit ? err_hint(err, "set `unit` to the one that this account is to report") : false;
}

/* --- texts --------------------------------------------------------------------------------------------------------- */

/* "usd" is written USD here. */
static void keep_unit(char out[static UNIT_MAX], const char *text) {
  (void)text_copy(out, UNIT_MAX, text);
  if (strlen(out) != 3) return;
  for (char *c = out; *c != '\0'; c++) {
    if (*c < 'a' || *c > 'z') return;
  }
  for (char *c = out; *c != '\0'; c++)
    *c = (char)(*c - 'a' + 'A');
}

struct same_text {
  const char *text;
  bool differs;
};

static bool visit_unit(void *context, const struct json *value, struct err *err) {
  struct same_text *same = context;
  const char *text = json_string(value);
  (void)err;
  if (same->text != NULL && text != NULL && strcasecmp(same->text, text) != 0) same->differs = true;
  if (text != NULL) same->text = text;
  return true;
}

/* The vendor's word where it says one, else the account's, the host's, the recipe's. */
static bool find_unit(struct recipe_run *run, char out[static UNIT_MAX], struct err *err) {
  const struct recipe_path *path = run->recipe->unit.path;
  struct same_text same = {0};
  struct path_visitor visitor = {.visit = visit_unit, .context = &same};
  run->key = "unit";
  if (path != NULL && !path_each(run, path, &visitor, err)) return false;
  if (same.differs) return err_set(err, ERR_MALFORMED, "more than one unit at %s", path->text);
  const char *unit = same.text != NULL ? same.text : run->unit;
  if (unit == NULL || !unit_is_fit(unit)) {
    return err_set(err, ERR_MALFORMED, "no unit at %s", path != NULL ? path->text : "unit");
  }
  keep_unit(out, unit);
  tell_result(run, path != NULL ? path->text : "", "%s", out);
  return true;
}

static bool read_unix_time(const char *text, int64_t *ms) {
  struct err ignored = {0};
  struct decimal number;
  const struct decimal zero = decimal_of_int(0);
  if (!decimal_parse(text, &number, &ignored) || decimal_compare(number, zero) < 0) return false;
  bool in_seconds = decimal_compare(number, decimal_of_int(SECONDS_MAX)) < 0;
  /* A nano of a million seconds, or of a thousand million milliseconds, is a millisecond. */
  const struct decimal scale = decimal_of_int(in_seconds ? 1000000 : 1000000000);
  int64_t found_ms;
  if (!decimal_div(number, scale, &number, &ignored) || !decimal_to_nano(number, &found_ms, &ignored)) return false;
  if (found_ms > TIME_MAX_MS) return false;
  *ms = found_ms;
  return true;
}

static bool read_time(const struct recipe_path *path, const struct json *value, int64_t *ms, struct err *err) {
  if (json_type(value) == JSON_NULL) return true;
  const char *number = json_number_text(value);
  const char *text = json_string(value);
  struct err ignored = {0};
  if (text != NULL && time_parse(text, ms, &ignored)) return true;
  if (text != NULL) number = text;
  if (number != NULL && read_unix_time(number, ms)) return true;
  return err_set(err, ERR_MALFORMED, "no time at %s", path->text);
}

static bool find_time(const struct recipe_run *run, const struct recipe_path *path, int64_t *ms, struct err *err) {
  const struct json *value = NULL;
  if (path == NULL) return true;
  int64_t found_ms = 0;
  if (!path_one(run, path, &value, err) || !read_time(path, value, &found_ms, err)) return false;
  tell_time(run, path, found_ms);
  if (found_ms != 0) *ms = found_ms;
  return true;
}

/* --- the reading --------------------------------------------------------------------------------------------------- */

/* The parts of a balance may be left out; the rest may not. */
static bool keep_amount(const struct recipe_run *run, enum recipe_field field, struct amount *out, struct err *err) {
  const struct amount_value *value = &run->fields[field];
  bool is_part = field == FIELD_CASH || field == FIELD_VOUCHER;
  if (value->absent != NULL) return is_part || err_set(err, ERR_MALFORMED, "no number at %s", value->absent);
  if (run->recipe->fields[field] == NULL || value->null) return true;
  int64_t nano;
  if (!decimal_to_nano(value->number, &nano, err)) return err_wrap(err, "%s", field_names[field]);
  *out = amount_of(nano);
  return true;
}

/* The vendor's own limit is a cap; only of a month's costs is it known that they begin anew with the month. */
static enum reading_kind kind_of(const struct recipe *recipe, const struct reading *reading) {
  if (reading->available.known) return READING_PREPAID;
  bool month = recipe->about.by_month && reading->resets_ms == 0;
  return reading->limit.known && !month ? READING_QUOTA : READING_SPEND;
}

bool run_result(struct recipe_run *run, struct reading *reading, struct err *err) {
  struct reading result = {.asked_ms = run->now_ms, .time_ms = run->now_ms};
  if (!choose_row(run, err) || !run_fields(run, err)) return false;
  if (!keep_amount(run, FIELD_AVAILABLE, &result.available, err) || !keep_amount(run, FIELD_CASH, &result.cash, err) ||
      !keep_amount(run, FIELD_VOUCHER, &result.voucher, err) || !keep_amount(run, FIELD_USED, &result.used, err) ||
      !keep_amount(run, FIELD_LIMIT, &result.limit, err)) {
    return false;
  }
  if (!result.available.known && !result.used.known) {
    return err_set(err, ERR_MALFORMED, "the vendor told no amount");
  }
  if (!find_unit(run, result.unit, err)) return false;
  run->key = "time";
  if (!find_time(run, run->recipe->time, &result.time_ms, err)) return false;
  run->key = "resets_at";
  if (!find_time(run, run->recipe->resets_at, &result.resets_ms, err)) return false;
  result.kind = kind_of(run->recipe, &result);
  *reading = result;
  return true;
}
