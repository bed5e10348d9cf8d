/* A recipe reads what is there, not what a sample happens to hold: each stored answer again with other numbers, its rows in
 * another order, and members that nobody knows. What is right then is found by the rule that index.json gives. */
#include "recipe_shelf.h"

#include <stdlib.h>

#define ROUNDS 20
#define CHANGED_MAX (64 * 1024)
#define LIST_MAX 64

static struct shelf shelf;

static int open_all(void **state) {
  (void)state;
  open_shelf(&shelf);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  close_shelf(&shelf);
  return 0;
}

/* --- changing an answer -------------------------------------------------------------------------------------------- */

struct change {
  const struct recipe *recipe;
  struct buf *out;
  uint64_t seed; /* 0: nothing changes */
  bool mixed;    /* rows and members too, not only numbers */
};

static uint64_t hash_place(const struct change *change, const char *place) {
  uint64_t hash = 14695981039346656037U ^ (change->seed * 0x9E3779B97F4A7C15U);
  for (; *place != '\0'; place++)
    hash = (hash ^ (unsigned char)*place) * 1099511628211U;
  hash ^= hash >> 29;
  hash *= 0xBF58476D1CE4E5B9U;
  return hash ^ hash >> 32;
}

static bool filters_by(const struct recipe_path *path, const char *member) {
  for (size_t i = 0; path != NULL && i < path->star_count; i++) {
    if (text_eq(path->stars[i].member, member)) return true;
  }
  return false;
}

static bool chooses_rows(const struct recipe *recipe, const char *member) {
  bool chooses = filters_by(recipe->row, member);
  for (size_t i = 0; i < recipe->field_count; i++) {
    for (const struct recipe_amount *a = recipe->fields[recipe->order[i]]; a != NULL; a = a->otherwise) {
      for (const struct recipe_term *term = a->terms; term != NULL; term = term->next)
        chooses = chooses || filters_by(term->operand.path, member);
    }
  }
  return chooses;
}

/* What says that all is well, or which row is meant, is no amount. */
static bool stays(const struct change *change, const char *place) {
  const char *slash = strrchr(place, '/');
  bool kept = change->seed == 0 || (slash != NULL && chooses_rows(change->recipe, slash + 1));
  for (const struct recipe_clause *clause = change->recipe->ok; clause != NULL; clause = clause->next)
    kept = kept || text_eq(clause->path->pointers[0], place);
  return kept;
}

/* Its sign stays: some vendors mean "no limit" by a negative number. */
static void print_other_number(const struct change *change, const char *place, bool negative) {
  uint64_t hash = hash_place(change, place);
  const char *form = hash % 3 == 0 ? "%s%llu.%04llu" : hash % 3 == 1 ? "%s%llu%04llue-4" : "%s%llu.%04lluE0";
  unsigned long long whole = hash / 3 % 9999999 + 1;
  unsigned long long fraction = hash / 30000000 % 10000;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  buf_addf(change->out, form, negative ? "-" : "", whole, fraction);
#pragma GCC diagnostic pop
}

static void print_scalar(const struct change *change, const struct json *value, const char *place) {
  const char *number = json_number_text(value);
  const char *text = json_string(value);
  struct decimal parsed;
  struct err err = {0};
  bool is_number = decimal_parse(number != NULL ? number : text != NULL ? text : "", &parsed, &err);
  bool changes = is_number && !stays(change, place);
  bool negative = changes && decimal_compare(parsed, decimal_of_int(0)) < 0;
  if (changes && text != NULL) buf_add(change->out, "\"");
  if (changes) print_other_number(change, place, negative);
  if (changes && text != NULL) buf_add(change->out, "\"");
  if (changes) return;
  if (number != NULL) buf_add(change->out, number);
  if (text != NULL) assert_true(buf_add_json(change->out, text));
  static const char *const words[] = {[JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true"};
  if (number == NULL && text == NULL) buf_add(change->out, words[json_type(value)]);
}

static void print_changed(const struct change *change, const struct json *value, const char *place);

static void print_stranger(const struct change *change, size_t i) {
  if (change->mixed) buf_addf(change->out, "\"zz_%zu\":{\"balance\":[7,{\"amount\":\"-1\"}],\"code\":9},", i);
}

static void print_object(const struct change *change, const struct json *object, const char *place) {
  char below[JSON_POINTER_MAX];
  size_t i = 0;
  buf_add(change->out, "{");
  for (const struct json *member = json_first(object); member != NULL; member = json_next(member), i++) {
    if (i > 0) buf_add(change->out, ",");
    print_stranger(change, i);
    assert_true(buf_add_json(change->out, json_key(member)));
    buf_add(change->out, ":");
    (void)text_fmt(below, sizeof below, "%s/%s", place, json_key(member));
    print_changed(change, member, below);
  }
  buf_add(change->out, "}");
}

/* Places are named by the order that was. */
static void print_list(const struct change *change, const struct json *list, const char *place) {
  const struct json *items[LIST_MAX];
  size_t order[LIST_MAX];
  size_t count = json_count(list);
  char below[JSON_POINTER_MAX];
  assert_true(count <= LIST_MAX);
  const struct json *item = json_first(list);
  for (size_t i = 0; i < count; i++, item = json_next(item)) {
    items[i] = item;
    size_t at = change->mixed ? hash_place(change, place) / (i + 1) % (i + 1) : i;
    order[i] = order[at];
    order[at] = i;
  }
  buf_add(change->out, "[");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) buf_add(change->out, ",");
    (void)text_fmt(below, sizeof below, "%s/%zu", place, order[i]);
    print_changed(change, items[order[i]], below);
  }
  buf_add(change->out, "]");
}

static void print_changed(const struct change *change, const struct json *value, const char *place) {
  if (json_type(value) == JSON_OBJECT)
    print_object(change, value, place);
  else if (json_type(value) == JSON_ARRAY)
    print_list(change, value, place);
  else
    print_scalar(change, value, place);
}

static char *changed(const struct recipe *recipe, const struct json *root, uint64_t seed, bool mixed) {
  struct buf text;
  buf_init(&text, CHANGED_MAX);
  const struct change change = {.recipe = recipe, .out = &text, .seed = seed, .mixed = mixed};
  print_changed(&change, root, "");
  assert_true(buf_ok(&text));
  char *kept = mem_dup(buf_text(&text));
  buf_done(&text);
  return kept;
}

/* --- what the rules say -------------------------------------------------------------------------------------------- */

static struct decimal number_of(const struct json *value) {
  struct decimal number = decimal_of_int(0);
  struct err err = {0};
  const char *text = json_number_text(value);
  if (text == NULL) text = json_string(value);
  assert_true(text != NULL && decimal_parse(text, &number, &err));
  return number;
}

static struct decimal add(struct decimal a, struct decimal b) {
  struct err err = {0};
  struct decimal sum = a;
  assert_true(decimal_add(a, b, &sum, &err));
  return sum;
}

/* All numbers that the path with its stars leads to, but for rows whose member where[0] is not where[1]. */
static struct decimal sum_at(const struct json *from, const char *path, const struct json *where) {
  const char *star = strstr(path, "/*");
  char before[JSON_POINTER_MAX];
  struct decimal total = decimal_of_int(0);
  if (star == NULL) return number_of(json_at(from, path));
  (void)text_fmt(before, sizeof before, "%.*s", (int)(star - path), path);
  for (const struct json *row = json_first(json_at(from, before)); row != NULL; row = json_next(row)) {
    const char *is = json_string(json_member(row, json_string(json_at(where, "/0"))));
    if (where != NULL && !text_eq(is, json_string(json_at(where, "/1")))) continue;
    total = add(total, sum_at(row, star + 2, NULL));
  }
  return total;
}

static struct decimal at_rule(const struct json *root, const struct json *rule, const char *pointer) {
  return number_of(json_at(root, json_string(json_at(rule, pointer))));
}

static struct decimal units_and_nanos(const struct json *money) {
  struct err err = {0};
  struct decimal nanos = number_of(json_member(money, "nanos"));
  assert_true(decimal_div(nanos, decimal_of_int(1000000000), &nanos, &err));
  return add(number_of(json_member(money, "units")), nanos);
}

static struct decimal value_by_rule(const struct json *root, const struct json *rule) {
  if (json_member(rule, "p") != NULL) return at_rule(root, rule, "/p");
  if (json_member(rule, "sum") != NULL) {
    return sum_at(root, json_string(json_member(rule, "sum")), json_member(rule, "where"));
  }
  if (json_member(rule, "sub") != NULL) {
    return add(at_rule(root, rule, "/sub/0"), decimal_neg(at_rule(root, rule, "/sub/1")));
  }
  if (json_member(rule, "abs_sub") != NULL) {
    return add(decimal_abs(at_rule(root, rule, "/abs_sub/0")), decimal_neg(decimal_abs(at_rule(root, rule, "/abs_sub/1"))));
  }
  if (json_member(rule, "neg_sum") != NULL) {
    return decimal_neg(add(at_rule(root, rule, "/neg_sum/0"), at_rule(root, rule, "/neg_sum/1")));
  }
  return units_and_nanos(json_at(root, json_string(json_member(rule, "units_nanos"))));
}

static int64_t nano_by_rule(const char *body, const struct json *rule) {
  struct err err = {0};
  int64_t nano = 0;
  struct json *root = json_parse(body, strlen(body), &err);
  assert_non_null(root);
  struct decimal value = value_by_rule(root, rule);
  assert_true(decimal_mul(value, number_of(json_member(rule, "mul")), &value, &err));
  assert_true(decimal_to_nano(value, &nano, &err));
  json_free(root);
  return nano;
}

/* --- both ---------------------------------------------------------------------------------------------------------- */

struct trial {
  const struct recipe *recipe;
  const struct json *entry;
  const struct json *expect;
  const struct json *root; /* the answer as it is stored */
  uint64_t seed;
};

static bool tries(const struct trial *trial) {
  const struct json *rule = json_member(trial->expect, "rule");
  const char *currency = told(trial->expect, "currency");
  char *plain = changed(trial->recipe, trial->root, trial->seed, false);
  char *mixed = changed(trial->recipe, trial->root, trial->seed, trial->seed != 0);
  const struct play play = {.shelf = &shelf,
                            .recipe = trial->recipe,
                            .ask = ask_of_entry(trial->recipe, trial->entry),
                            .status = 200,
                            .body = mixed,
                            .unit = unit_to_set(trial->recipe, currency),
                            .url = told(trial->entry, "url")};
  struct reading reading = play_recipe(&play);
  bool counts = reading.code == ERR_NONE && unit_is(&reading, currency);
  struct amount amount = counts ? amount_called(&reading, told(trial->expect, "what")) : (struct amount){0};
  bool right = counts && amount.known && amount.nano == nano_by_rule(plain, rule);
  if (reading.code != ERR_NONE || (counts && !right)) {
    fail_msg("%s, round %d, %s: %s\n%s", trial->recipe->about.name, (int)trial->seed, told(trial->expect, "what"),
             reading.detail, mixed);
  }
  mem_free(plain);
  mem_free(mixed);
  return counts;
}

/* How many recipes have read it in all rounds; each of them is noted in tried. */
static size_t try_entry(const struct json *entry, const struct json *root, const struct json *expect, size_t *tried) {
  size_t count = 0;
  for (size_t i = 0; i < shelf.count; i++) {
    struct trial trial = {.recipe = shelf.recipes[i], .entry = entry, .expect = expect, .root = root};
    size_t rounds = 0;
    if (ask_of_entry(trial.recipe, entry) < 0) continue;
    for (trial.seed = 0; trial.seed <= ROUNDS; trial.seed++)
      rounds += tries(&trial) ? 1 : 0;
    assert_true(rounds == 0 || rounds == ROUNDS + 1);
    if (rounds == 0) continue;
    tried[i]++;
    count++;
  }
  return count;
}

static void try_file(const struct json *entry, size_t *tried) {
  struct err err = {0};
  const char *file = told(entry, "file");
  char *text = read_fixture(file);
  struct json *root = json_parse(text, strlen(text), &err);
  for (const struct json *e = json_first(json_member(entry, "expect")); e != NULL; e = json_next(e)) {
    bool by_rule = json_member(e, "rule") != NULL;
    if (!by_rule || !is_told(file, told(e, "what"))) continue;
    if (try_entry(entry, root, e, tried) == 0) fail_msg("no recipe reads %s of %s", told(e, "what"), file);
  }
  json_free(root);
  mem_free(text);
}

static void the_rules_hold_whatever_the_numbers_and_the_order(void **state) {
  (void)state;
  size_t tried[SHELF_MAX] = {0};
  for (const struct json *entry = json_first(shelf.index); entry != NULL; entry = json_next(entry))
    try_file(entry, tried);
  for (size_t i = 0; i < shelf.count; i++) {
    if (tried[i] == 0) fail_msg("no rule was tried on %s", shelf.recipes[i]->about.name);
  }
}

/* Two rounds that look the same would show nothing. */
static void a_round_changes_each_number_and_the_order(void **state) {
  static const char text[] = "{\"a\":[{\"n\":1},{\"n\":\"2.5\"},{\"n\":-3e2},{\"n\":null}],\"b\":true}";
  (void)state;
  struct err err = {0};
  struct json *root = json_parse(text, strlen(text), &err);
  char *same = changed(shelf.recipes[0], root, 0, false);
  assert_string_equal(same, text);
  size_t moved = 0;
  for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
    char *numbers = changed(shelf.recipes[0], root, seed, false);
    char *all = changed(shelf.recipes[0], root, seed, true);
    assert_null(strstr(numbers, "{\"n\":1}"));
    assert_null(strstr(numbers, "2.5\""));
    assert_null(strstr(numbers, "-3e2"));
    assert_non_null(strstr(numbers, "{\"n\":null}],\"b\":true}"));
    assert_non_null(strstr(all, "\"zz_"));
    moved += strstr(all, "{\"n\":null}]") == NULL ? 1 : 0;
    mem_free(numbers);
    mem_free(all);
  }
  assert_true(moved > ROUNDS / 2);
  mem_free(same);
  json_free(root);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_round_changes_each_number_and_the_order),
      cmocka_unit_test(the_rules_hold_whatever_the_numbers_and_the_order),
  };
  return cmocka_run_group_tests_name("recipe changed", tests, open_all, close_all);
}
