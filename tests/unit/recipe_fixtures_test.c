/* Every stored answer of a vendor gives exactly the values that index.json expects of it, and every failure its code. */
#include "recipe_shelf.h"

#include <stdlib.h>

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

static struct reading play_entry(const struct recipe *recipe, const struct json *entry, const char *unit) {
  char *body = read_fixture(told(entry, "file"));
  const struct play play = {.shelf = &shelf,
                            .recipe = recipe,
                            .ask = ask_of_entry(recipe, entry),
                            .status = atoi(json_number_text(json_member(entry, "http_status"))),
                            .body = body,
                            .unit = unit,
                            .url = told(entry, "url")};
  struct reading reading = play_recipe(&play);
  mem_free(body);
  return reading;
}

/* --- good answers -------------------------------------------------------------------------------------------------- */

static void assert_expected(const struct recipe *recipe, const struct json *expect, const struct reading *reading) {
  const char *what = told(expect, "what");
  const char *value = json_string(json_member(expect, "value"));
  struct amount amount = amount_called(reading, what);
  struct err err = {0};
  int64_t nano = 0;
  char text[MONEY_TEXT_MAX] = "unknown";
  if (amount.known) money_print_exact(text, amount.nano);
  if (value != NULL) assert_true(money_parse(value, &nano, &err));
  bool same = value == NULL ? !amount.known : amount.known && amount.nano == nano;
  if (!same) fail_msg("%s: %s is %s, not %s", recipe->about.name, what, text, value == NULL ? "unknown" : value);
}

/* All recipes that ask there and tell this unit agree; one of them there must be. */
static size_t read_expectation(const struct json *entry, const struct json *expect) {
  const char *currency = told(expect, "currency");
  size_t readers = 0;
  for (size_t i = 0; i < shelf.count; i++) {
    const struct recipe *recipe = shelf.recipes[i];
    if (ask_of_entry(recipe, entry) < 0) continue;
    struct reading reading = play_entry(recipe, entry, unit_to_set(recipe, currency));
    if (reading.code != ERR_NONE) fail_msg("%s: %s: %s", told(entry, "file"), recipe->about.name, reading.detail);
    if (!unit_is(&reading, currency)) continue;
    assert_expected(recipe, expect, &reading);
    readers++;
  }
  return readers;
}

static void each_good_answer_gives_its_values(void **state) {
  (void)state;
  size_t count = 0;
  for (const struct json *entry = json_first(shelf.index); entry != NULL; entry = json_next(entry)) {
    const char *file = told(entry, "file");
    for (const struct json *e = json_first(json_member(entry, "expect")); e != NULL; e = json_next(e)) {
      if (!is_told(file, told(e, "what"))) continue;
      if (read_expectation(entry, e) == 0) fail_msg("no recipe reads %s: %s", file, told(e, "what"));
      count++;
    }
  }
  assert_true(count > 90);
}

/* --- nothing is passed over ---------------------------------------------------------------------------------------- */

static const struct json *entry_of(const char *file) {
  const struct json *entry = json_first(shelf.index);
  while (entry != NULL && !text_eq(told(entry, "file"), file))
    entry = json_next(entry);
  return entry;
}

static void each_file_is_in_the_index_and_the_other_way_round(void **state) {
  (void)state;
  size_t files = 0;
  DIR *folder = opendir("tests/fixtures/providers");
  assert_non_null(folder);
  for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    if (*entry->d_name == '.' || text_eq(entry->d_name, "index.json")) continue;
    if (entry_of(entry->d_name) == NULL) fail_msg("index.json does not know %s", entry->d_name);
    files++;
  }
  (void)closedir(folder);
  assert_int_equal(files, json_count(shelf.index));
}

/* An answer that only tells what the next ask wants has no amount to expect. */
static bool is_step(const struct json *entry) {
  for (size_t i = 0; i < shelf.embedded; i++) {
    int ask = ask_of_entry(shelf.recipes[i], entry);
    if (ask >= 0 && !shelf.recipes[i]->asks[ask].for_amounts) return true;
  }
  return false;
}

static void each_entry_says_what_is_right(void **state) {
  (void)state;
  for (const struct json *entry = json_first(shelf.index); entry != NULL; entry = json_next(entry)) {
    const char *kind = told(entry, "kind");
    bool values = json_count(json_member(entry, "expect")) > 0;
    bool code = *told(entry, "code") != '\0';
    bool ok = text_eq(kind, "ok") && !code && (values || is_step(entry) || !is_told(told(entry, "file"), NULL));
    bool error = text_eq(kind, "error") && code && !values;
    bool trap = text_eq(kind, "trap") && code != values;
    if (!ok && !error && !trap) fail_msg("%s: a %s without its code or values", told(entry, "file"), kind);
  }
}

static bool expects_field(const struct recipe *recipe, enum recipe_field field) {
  for (const struct json *entry = json_first(shelf.index); entry != NULL; entry = json_next(entry)) {
    if (ask_of_entry(recipe, entry) < 0) continue;
    for (const struct json *e = json_first(json_member(entry, "expect")); e != NULL; e = json_next(e)) {
      const char *unit = recipe->unit.word;
      bool ours = *unit == '\0' || strncasecmp(told(e, "currency"), unit, strlen(unit)) == 0;
      if (ours && is_told(told(entry, "file"), told(e, "what")) && field_called(told(e, "what")) == field) return true;
    }
  }
  return false;
}

static void each_amount_of_a_recipe_is_expected_somewhere(void **state) {
  (void)state;
  size_t gaps = 0;
  for (size_t i = 0; i < shelf.embedded; i++) {
    const struct recipe *recipe = shelf.recipes[i];
    for (int field = 0; field <= FIELD_COUNT; field++) {
      bool tells = field == FIELD_COUNT ? recipe->resets_at != NULL : recipe->fields[field] != NULL;
      if (!tells || expects_field(recipe, (enum recipe_field)field)) continue;
      print_message("no `%s` of %s\n", field == FIELD_COUNT ? "resets_at" : field_names[field], recipe->about.name);
      gaps++;
    }
  }
  assert_int_equal(gaps, 0);
}

static bool is_read(const struct json *entry) {
  bool read = !is_told(told(entry, "file"), NULL);
  for (size_t i = 0; i < shelf.count; i++)
    read = read || ask_of_entry(shelf.recipes[i], entry) >= 0;
  return read;
}

static void every_stored_answer_is_read(void **state) {
  (void)state;
  for (const struct json *entry = json_first(shelf.index); entry != NULL; entry = json_next(entry)) {
    if (!is_read(entry)) fail_msg("no recipe asks for %s", told(entry, "file"));
  }
}

static void what_is_not_told_is_expected_somewhere(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof not_told / sizeof not_told[0]; i++) {
    const struct json *entry = entry_of(not_told[i].file);
    const struct json *expect = json_first(json_member(entry, "expect"));
    while (expect != NULL && !text_eq(told(expect, "what"), not_told[i].what))
      expect = json_next(expect);
    assert_true(entry != NULL && (expect != NULL || not_told[i].what == NULL));
  }
}

/* --- failures ------------------------------------------------------------------------------------------------------ */

static void assert_code(const struct recipe *recipe, const struct json *entry) {
  struct reading reading = play_entry(recipe, entry, "");
  bool same = text_eq(err_code_name(reading.code), told(entry, "code"));
  bool unknown = !reading.available.known && !reading.used.known && !reading.cash.known && !reading.voucher.known;
  if (!same || !unknown) {
    fail_msg("%s: %s: %s (%s)", told(entry, "file"), recipe->about.name, err_code_name(reading.code), reading.detail);
  }
}

/* The vendor's own recipe knows its failures also where another call showed them. */
static void each_bad_answer_gives_its_code(void **state) {
  (void)state;
  size_t count = 0;
  for (const struct json *entry = json_first(shelf.index); entry != NULL; entry = json_next(entry)) {
    if (*told(entry, "code") == '\0') {
      assert_string_not_equal(told(entry, "kind"), "error");
      continue;
    }
    size_t before = count;
    for (size_t i = 0; i < shelf.count; i++) {
      const struct recipe *recipe = shelf.recipes[i];
      bool by_name = i < shelf.embedded && text_eq(recipe->about.name, told(entry, "provider"));
      if (ask_of_entry(recipe, entry) < 0 && !by_name) continue;
      assert_code(recipe, entry);
      count++;
    }
    if (count == before) fail_msg("no recipe reads %s", told(entry, "file"));
  }
  assert_true(count >= 20);
}

/* --- the recipes --------------------------------------------------------------------------------------------------- */

static bool has_expectation(const struct recipe *recipe) {
  for (const struct json *entry = json_first(shelf.index); entry != NULL; entry = json_next(entry)) {
    if (ask_of_entry(recipe, entry) >= 0 && json_count(json_member(entry, "expect")) > 0) return true;
  }
  return false;
}

static void each_recipe_has_an_answer_that_shows_it_right(void **state) {
  (void)state;
  for (size_t i = 0; i < shelf.count; i++) {
    if (!has_expectation(shelf.recipes[i])) fail_msg("no stored answer for %s", shelf.recipes[i]->about.name);
  }
}

static void each_recipe_that_comes_along_says_what_it_is(void **state) {
  (void)state;
  struct err err = {0};
  for (size_t i = 0; i < shelf.embedded; i++) {
    struct recipe *recipe = shelf.recipes[i];
    const struct recipe_about *about = &recipe->about;
    bool hosted = recipe->asks[0].origin_length > 0;
    bool named = !text_eq(about->label, about->name) && !text_eq(about->emoji, "💳") && *about->key_kind != '\0';
    bool dated = *about->sure != '\0' && strlen(about->as_of) == strlen("2026-11");
    bool homed = !hosted || text_starts(about->home, "https://");
    if (!named || !dated || !homed) fail_msg("%s does not say all about itself", about->name);
    assert_true(recipe_link(recipe, shelf.recipes, shelf.embedded, &err));
  }
}

static void each_variable_makes_one_account(void **state) {
  (void)state;
  for (size_t i = 0; i < shelf.embedded; i++) {
    const char *env = shelf.recipes[i]->about.env;
    for (const struct console_only *vendor = console_only_vendors; vendor->env != NULL; vendor++)
      assert_string_not_equal(env, vendor->env);
    for (size_t j = 0; j < i && *env != '\0'; j++)
      assert_string_not_equal(env, shelf.recipes[j]->about.env);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_good_answer_gives_its_values),
      cmocka_unit_test(every_stored_answer_is_read),
      cmocka_unit_test(what_is_not_told_is_expected_somewhere),
      cmocka_unit_test(each_file_is_in_the_index_and_the_other_way_round),
      cmocka_unit_test(each_entry_says_what_is_right),
      cmocka_unit_test(each_amount_of_a_recipe_is_expected_somewhere),
      cmocka_unit_test(each_bad_answer_gives_its_code),
      cmocka_unit_test(each_recipe_has_an_answer_that_shows_it_right),
      cmocka_unit_test(each_recipe_that_comes_along_says_what_it_is),
      cmocka_unit_test(each_variable_makes_one_account),
  };
  return cmocka_run_group_tests_name("recipe fixtures", tests, open_all, close_all);
}
