#include "unit/conf_help.h"

#include <stdio.h>
#include <stdlib.h>

#include "lowtide/buf.h"

#define EXAMPLE_MAX (256 * 1024)
#define EXAMPLE_FILE "config.ini.example"

static void read_example(struct buf *text) {
  char chunk[4096];
  size_t got;
  FILE *file = fopen(EXAMPLE_FILE, "re");
  if (file == NULL) fail_msg("no " EXAMPLE_FILE " here: run the tests from the project's root, or `make example`");
  buf_init(text, EXAMPLE_MAX);
  while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
    buf_add_n(text, chunk, got);
  assert_int_equal(fclose(file), 0);
  assert_true(buf_ok(text));
}

static void the_example_is_what_the_tables_print(void **state) {
  struct buf printed;
  struct buf kept;
  (void)state;
  buf_init(&printed, EXAMPLE_MAX);
  config_print_example(&printed);
  assert_true(buf_ok(&printed));
  read_example(&kept);
  if (!text_eq(buf_text(&printed), buf_text(&kept))) fail_msg(EXAMPLE_FILE " is not what the tables say: `make example`");
  buf_done(&printed);
  buf_done(&kept);
}

static void the_example_loads_and_asks_for_accounts_of_the_environment(void **state) {
  struct buf text;
  (void)state;
  ENVIRONMENT("HOME=/h", "MOONSHOT_API_KEY=secret-key");
  read_example(&text);
  struct config *config = parse_text(buf_text(&text));
  assert_int_equal(config->account_count, 1);
  assert_string_equal(config->accounts[0].name, "moonshot");
  assert_null(config->warnings[0]);
  config_release(config);
  buf_done(&text);
}

/* Takes the "# " from what looks like a header or a key; what excludes another, or is not there, stays out. */
static void uncomment(const char *text, struct buf *out) {
  static const char key_characters[] = "abcdefghijklmnopqrstuvwxyz_.ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const char *line = text; *line != '\0';) {
    const char *end = strchr(line, '\n');
    const char *bare = text_starts(line, "# ") ? line + 2 : line;
    size_t word = strspn(bare, key_characters);
    bool is_key = word > 0 && text_starts(bare + word, " = ");
    bool is_excluded = text_starts(bare, "dsn = ") || text_starts(bare, "recipes = ");
    if (text_starts(bare, "In [lowtide] or")) buf_add(out, "[account later]\nprovider = manual\n");
    if (text_starts(bare, "In a [channel]")) buf_add(out, "[channel later]\ntype = console\n");
    if ((*bare == '[' || is_key) && !is_excluded) buf_add_n(out, bare, (size_t)(end + 1 - bare));
    line = end + 1;
  }
}

/* As `lowtide providers NAME` prints it, with and without the variables that it names. */
static void assert_block_loads(const struct config *config, const char *provider) {
  struct buf block;
  buf_init(&block, EXAMPLE_MAX);
  assert_true(config_print_block(&block, config, provider));
  struct config *pasted = parse_text(buf_text(&block));
  assert_int_equal(pasted->account_count, 1);
  assert_string_equal(pasted->accounts[0].provider, provider);
  config_release(pasted);
  buf_done(&block);
}

static void the_block_of_every_provider_can_be_pasted(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("");
  assert_true(config->recipe_count > 45);
  for (size_t i = 0; i < config->recipe_count; i++)
    assert_block_loads(config, recipe_about(config->recipes[i])->name);
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL; plug++)
    assert_block_loads(config, (*plug)->name);
  config_release(config);
}

static void every_commented_line_of_the_example_is_valid(void **state) {
  struct buf text;
  struct buf bare;
  (void)state;
  ENVIRONMENT("HOME=/h");
  read_example(&text);
  buf_init(&bare, EXAMPLE_MAX);
  uncomment(buf_text(&text), &bare);
  struct config *config = parse_text(buf_text(&bare));
  assert_true(config->account_count >= 7);
  assert_non_null(config_account(config, "kimi"));
  assert_non_null(config_account(config, "claude"));
  assert_non_null(config_recipe(config, "acme"));
  config_release(config);
  buf_done(&bare);
  buf_done(&text);
}

static void every_provider_has_a_block_that_loads(void **state) {
  struct buf block;
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *all = parse_text("");
  for (size_t i = 0; i < all->recipe_count; i++) {
    const char *name = recipe_about(all->recipes[i])->name;
    buf_init(&block, EXAMPLE_MAX);
    assert_true(config_print_block(&block, all, name));
    struct config *config = parse_text(buf_text(&block));
    assert_string_equal(config->accounts[0].provider, name);
    config_release(config);
    buf_done(&block);
  }
  for (const struct provider_plug *const *plug = provider_plugs; *plug != NULL; plug++) {
    buf_init(&block, EXAMPLE_MAX);
    assert_true(config_print_block(&block, all, (*plug)->name));
    config_release(parse_text(buf_text(&block)));
    buf_done(&block);
  }
  config_release(all);
}

static void a_block_names_the_vendors_own_variable(void **state) {
  struct buf block;
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text(ACME);
  buf_init(&block, EXAMPLE_MAX);
  assert_true(config_print_block(&block, config, "acme"));
  assert_true(text_starts(buf_text(&block), "[account acme]\nprovider = acme\nkey = ${ACME_API_KEY}"));
  buf_clear(&block);
  assert_false(config_print_block(&block, config, "nobody"));
  assert_int_equal(block.len, 0);
  buf_done(&block);
  config_release(config);
}

/* `make example`: the same program writes the file. */
static int write_example(void) {
  struct buf printed;
  buf_init(&printed, EXAMPLE_MAX);
  config_print_example(&printed);
  FILE *file = fopen(EXAMPLE_FILE, "we");
  bool ok = file != NULL && fputs(buf_text(&printed), file) >= 0;
  if (file != NULL && fclose(file) != 0) ok = false;
  buf_done(&printed);
  return ok ? 0 : 1;
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_example_is_what_the_tables_print),
      cmocka_unit_test(the_example_loads_and_asks_for_accounts_of_the_environment),
      cmocka_unit_test(the_block_of_every_provider_can_be_pasted),
      cmocka_unit_test(every_commented_line_of_the_example_is_valid),
      cmocka_unit_test(every_provider_has_a_block_that_loads),
      cmocka_unit_test(a_block_names_the_vendors_own_variable),
  };
  if (argc == 2 && text_eq(argv[1], "--write")) return write_example();
  return cmocka_run_group_tests_name("conf_example", tests, NULL, NULL);
}
