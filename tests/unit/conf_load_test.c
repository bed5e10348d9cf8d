#include "unit/conf_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char before[512];

/* Each test has a folder of its own, which is the current one and the home. */
static int enter_folder(void **state) {
  (void)state;
  static char home[80];
  (void)text_copy(folder, sizeof folder, "/tmp/lowtide-load-XXXXXX");
  if (getcwd(before, sizeof before) == NULL || mkdtemp(folder) == NULL || chdir(folder) != 0) return -1;
  (void)text_fmt(home, sizeof home, "HOME=%s", folder);
  ENVIRONMENT(home);
  return 0;
}

static const char *const all_paths[] = {"config.ini",
                                        "other.ini",
                                        ".config/lowtide/config.ini",
                                        ".config/lowtide",
                                        ".config",
                                        "xdg/lowtide/config.ini",
                                        "xdg/lowtide",
                                        "xdg",
                                        "recipes/acme.ini",
                                        "recipes/two.ini",
                                        "recipes/notes.txt",
                                        "recipes/.hidden.ini",
                                        "recipes",
                                        NULL};

static int leave_folder(void **state) {
  (void)state;
  for (const char *const *path = all_paths; *path != NULL; path++)
    (void)remove(*path);
  return chdir(before) != 0 || rmdir(folder) != 0 ? -1 : 0;
}

static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "we");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
  assert_int_equal(chmod(path, 0600), 0);
}

static void make_folder(const char *path) {
  assert_int_equal(mkdir(path, 0700), 0);
}

static struct config *load(const char *path) {
  const struct config_source source = {.path = path, .getenv = fake_getenv};
  struct err err = {0};
  struct config *config = config_load(&source, &err);
  if (config == NULL) fail_msg("%s", err.text);
  return config;
}

static void assert_not_loaded(const char *path, const char *sentence) {
  const struct config_source source = {.path = path, .getenv = fake_getenv};
  struct err err = {0};
  assert_null(config_load(&source, &err));
  assert_int_equal(err.code, ERR_CONFIG);
  assert_string_equal(err.text, sentence);
}

static void assert_loaded_title(const char *path, const char *title) {
  struct config *config = load(path);
  assert_string_equal(config->title, title);
  config_release(config);
}

static void the_first_file_of_the_search_is_taken(void **state) {
  (void)state;
  char home[80];
  char xdg[80];
  (void)text_fmt(home, sizeof home, "HOME=%s", folder);
  (void)text_fmt(xdg, sizeof xdg, "XDG_CONFIG_HOME=%s/xdg", folder);
  make_folder(".config");
  make_folder(".config/lowtide");
  make_folder("xdg");
  make_folder("xdg/lowtide");
  write_file(".config/lowtide/config.ini", "[lowtide]\ntitle = of home\n");
  assert_loaded_title(NULL, "of home");
  write_file("xdg/lowtide/config.ini", "[lowtide]\ntitle = of xdg\n");
  ENVIRONMENT(home, xdg);
  assert_loaded_title(NULL, "of xdg");
  write_file("config.ini", "[lowtide]\ntitle = here\n");
  assert_loaded_title(NULL, "here");
  write_file("other.ini", "[lowtide]\ntitle = other\n");
  ENVIRONMENT(home, xdg, "LOWTIDE_CONFIG=other.ini");
  assert_loaded_title(NULL, "other");
  assert_loaded_title("config.ini", "here");
}

static void without_any_file_all_comes_from_the_environment(void **state) {
  (void)state;
  struct config *config = load(NULL);
  assert_null(config->path);
  assert_string_equal(config->channels[0].name, "console");
  config_release(config);
}

static void a_file_that_is_asked_for_must_be_there(void **state) {
  (void)state;
  assert_not_loaded("nowhere.ini", "nowhere.ini: cannot be read: No such file or directory");
  assert_not_loaded("/", "/: cannot be read: Is a directory");
  ENVIRONMENT("LOWTIDE_CONFIG=nowhere.ini");
  assert_not_loaded(NULL, "nowhere.ini: cannot be read: No such file or directory");
}

static void faults_name_the_file(void **state) {
  (void)state;
  write_file("config.ini", "\n[lowtid]\n");
  assert_not_loaded(NULL, "./config.ini:2: unknown section [lowtid] (did you mean \"lowtide\"?)");
}

static void a_file_here_that_others_may_write_is_passed_over(void **state) {
  (void)state;
  write_file("config.ini", "[lowtide]\ntitle = planted\n");
  assert_int_equal(chmod("config.ini", 0620), 0);
  struct config *config = load(NULL);
  assert_string_equal(config->title, "API Balance Summary");
  assert_string_equal(config->warnings[0], "./config.ini was passed over: it must be your own and writable by nobody else");
  config_release(config);
  assert_loaded_title("config.ini", "planted");
}

/* Root gives its file away; others take one of root's. */
static void a_file_here_of_somebody_else_is_passed_over(void **state) {
  (void)state;
  if (geteuid() == 0) {
    write_file("config.ini", "[lowtide]\ntitle = planted\n");
    assert_int_equal(chown("config.ini", 65534, 65534), 0);
  } else {
    assert_int_equal(symlink("/etc/passwd", "config.ini"), 0);
  }
  assert_loaded_title(NULL, "API Balance Summary");
}

static void a_folder_of_the_files_name_is_no_config(void **state) {
  (void)state;
  make_folder("config.ini");
  struct config *config = load(NULL);
  assert_non_null(config->warnings[0]);
  config_release(config);
}

static void a_file_too_large_is_refused(void **state) {
  (void)state;
  FILE *file = fopen("config.ini", "we");
  assert_non_null(file);
  for (int i = 0; i < 256 * 1024 + 1; i++)
    assert_int_equal(fputc('\n', file), '\n');
  assert_int_equal(fclose(file), 0);
  assert_not_loaded("config.ini", "config.ini: larger than 256 KiB");
}

static void a_literal_secret_that_others_may_read_is_warned_about(void **state) {
  (void)state;
  write_file("config.ini", ACME "[account a]\nprovider = acme\nkey = literal-key\n");
  struct config *config = load(NULL);
  assert_null(config->warnings[0]);
  config_release(config);
  assert_int_equal(chmod("config.ini", 0640), 0);
  config = load(NULL);
  assert_string_equal(config->warnings[0], "./config.ini can be read by other users and holds a secret ([account a] key): "
                                           "chmod 600 it, or write ${NAME} there");
  assert_null(config->warnings[1]);
  config_release(config);
}

static void a_secret_that_stands_elsewhere_is_not_warned_about(void **state) {
  static const struct {
    const char *key;
    bool literal;
  } cases[] = {{"${A_KEY}", false},           {"Basic ${A_KEY}", false}, {"${A_KEY:-}", false},
               {"${A_KEY:-${B_KEY}}", false}, {"$$dollar", true},        {"${A_KEY:-literal-key}", true}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[512];
    (void)text_fmt(text, sizeof text, "%s[account a]\nprovider = acme\nkey = %s\n", ACME, cases[i].key);
    write_file("config.ini", text);
    assert_int_equal(chmod("config.ini", 0604), 0);
    struct config *config = load(NULL);
    assert_int_equal(config->warnings[0] != NULL, cases[i].literal);
    config_release(config);
  }
}

static void state_lies_where_the_system_wants_it(void **state) {
  static const struct {
    const char *file;
    const char *variables[3];
    const char *state_dir;
  } cases[] = {
      {"config.ini", {"HOME=/h"}, "/h/.local/state/lowtide"},
      {"config.ini", {"HOME=/h", "XDG_STATE_HOME=/s"}, "/s/lowtide"},
      {"config.ini", {"HOME=/h", "XDG_STATE_HOME=relative"}, "/h/.local/state/lowtide"},
      {"/etc/lowtide/config.ini", {"HOME=/h", "XDG_STATE_HOME=/s"}, "/var/lib/lowtide"},
      {"/etc/lowtide/config.ini", {"STATE_DIRECTORY=/var/lib/other:/x"}, "/var/lib/other"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct err err = {0};
    set_environment(cases[i].variables);
    struct config *config = config_parse(cases[i].file, "", 0, &fake_source, &err);
    assert_non_null(config);
    assert_string_equal(config->state_dir, cases[i].state_dir);
    config_release(config);
  }
  ENVIRONMENT("HOME=nowhere");
  assert_refused("", "environment: there is no home folder to keep state in: set HOME, or state_dir in [lowtide]");
}

static void recipes_of_ones_own_come_from_a_folder(void **state) {
  (void)state;
  make_folder("recipes");
  write_file("recipes/acme.ini", "ask = GET https://a.example/\navailable = /b\nunit = USD\nlabel = Flat\n");
  write_file("recipes/two.ini",
             "; a remark\n[recipe one]\nask = GET https://1.example/\navailable = /b\nunit = USD\nlabel = 1\n"
             "[recipe moonshot]\nask = GET https://2.example/\navailable = /b\nunit = USD\nlabel = Mine\n");
  write_file("recipes/notes.txt", "no recipe\n");
  write_file("recipes/.hidden.ini", "no recipe\n");
  write_file("config.ini", "[lowtide]\nrecipes = ~/recipes\n");
  struct config *config = load(NULL);
  assert_string_equal(recipe_about(config_recipe(config, "acme"))->label, "Flat");
  assert_string_equal(recipe_about(config_recipe(config, "one"))->label, "1");
  assert_string_equal(recipe_about(config_recipe(config, "moonshot"))->label, "Mine");
  assert_null(config_recipe(config, "two"));
  config_release(config);
}

static void an_inline_recipe_wins_over_the_folders(void **state) {
  (void)state;
  make_folder("recipes");
  write_file("recipes/acme.ini", "ask = GET https://a.example/\navailable = /b\nunit = USD\nlabel = Flat\n");
  write_file("config.ini", ACME "[lowtide]\nrecipes = recipes\n");
  struct config *config = load(NULL);
  assert_string_equal(recipe_about(config_recipe(config, "acme"))->label, "Acme");
  config_release(config);
}

static void a_fault_in_a_recipe_file_names_that_file(void **state) {
  (void)state;
  make_folder("recipes");
  write_file("config.ini", "[lowtide]\nrecipes = recipes\n");
  write_file("recipes/acme.ini", "[account a]\n");
  assert_not_loaded(NULL, "recipes/acme.ini:1: [account a] is not a [recipe NAME]");
  write_file("recipes/acme.ini", "[recipe acme]\nnonsense\n");
  assert_not_loaded(NULL, "recipes/acme.ini:2: neither a [section] nor \"key = value\"");
  write_file("recipes/acme.ini", "[recipe acme]\n\nakk = GET https://a.example/\n");
  const struct config_source source = {.getenv = fake_getenv};
  struct err err = {0};
  assert_null(config_load(&source, &err));
  assert_true(text_starts(err.text, "recipes/acme.ini:3: [recipe acme]: "));
  write_file("recipes/acme.ini", "[recipe postgres]\n");
  assert_not_loaded(NULL, "recipes/acme.ini:1: [recipe postgres]: a provider of that name is built in");
}

static void a_recipe_folder_must_be_there(void **state) {
  (void)state;
  write_file("config.ini", "[lowtide]\n\nrecipes = nowhere\n");
  assert_not_loaded(NULL, "./config.ini:3: recipes: nowhere cannot be read: No such file or directory");
}

static void a_fault_in_an_inline_recipe_names_its_line(void **state) {
  (void)state;
  struct err err = {0};
  assert_null(try_text("[recipe acme]\nask = GET https://a.example/\n\nakk = 1\n", &err));
  assert_true(text_starts(err.text, "config.ini:4: [recipe acme]: "));
  assert_refused("[recipe acme]\nask = GET ${NOT_SET}\n", "config.ini:2: ask: NOT_SET is not set");
  assert_null(try_text("\n" ACME "fallback = nobody on auth\n", &err));
  assert_string_equal(err.text, "config.ini:2: [recipe acme]: fallback: there is no recipe \"nobody\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_first_file_of_the_search_is_taken),
      TEST(without_any_file_all_comes_from_the_environment),
      TEST(a_file_that_is_asked_for_must_be_there),
      TEST(faults_name_the_file),
      TEST(a_file_here_that_others_may_write_is_passed_over),
      TEST(a_file_here_of_somebody_else_is_passed_over),
      TEST(a_folder_of_the_files_name_is_no_config),
      TEST(a_file_too_large_is_refused),
      TEST(a_literal_secret_that_others_may_read_is_warned_about),
      TEST(a_secret_that_stands_elsewhere_is_not_warned_about),
      TEST(state_lies_where_the_system_wants_it),
      TEST(recipes_of_ones_own_come_from_a_folder),
      TEST(an_inline_recipe_wins_over_the_folders),
      TEST(a_fault_in_a_recipe_file_names_that_file),
      TEST(a_recipe_folder_must_be_there),
      TEST(a_fault_in_an_inline_recipe_names_its_line),
  };
  return cmocka_run_group_tests_name("conf_load", tests, NULL, NULL);
}
