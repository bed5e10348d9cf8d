#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define RECIPES_MAX 1024
#define TITLE_MAX 120

static size_t find_recipe(const struct config *config, const char *name) {
  size_t i = 0;
  while (i < config->recipe_count && !text_eq(recipe_about(config->recipes[i])->name, name))
    i++;
  return i;
}

/* Takes the recipe, in place of one of the same name. */
static void put_recipe(struct config *config, struct recipe *recipe) {
  size_t at = find_recipe(config, recipe_about(recipe)->name);
  if (at < config->recipe_count) {
    recipe_free(config->recipes[at]);
  } else {
    config->recipes = mem_grow(config->recipes, ++config->recipe_count, sizeof(struct recipe *));
  }
  config->recipes[at] = recipe;
}

static bool check_recipe_name(const struct config *config, const char *name, struct err *err) {
  if (!conf_name_check(name, err)) return false;
  if (provider_find(name) != NULL)
    return err_set(err, ERR_CONFIG, "[recipe %s]: a provider of that name is built in", name);
  if (config->recipe_count >= RECIPES_MAX) return err_set(err, ERR_CONFIG, "more than %d recipes", RECIPES_MAX);
  return true;
}

/* *line is 0 where no pair is to blame. */
static bool read_recipe(struct config *config, const char *name, const struct pair *pairs, size_t count, int *line,
                        struct err *err) {
  *line = 0;
  if (!check_recipe_name(config, name, err)) return false;
  struct recipe *recipe = recipe_parse(name, pairs, count, line, err);
  if (recipe == NULL) return err_wrap(err, "[recipe %s]", name);
  put_recipe(config, recipe);
  return true;
}

const char *conf_recipe_name(const struct conf_ini_section *section) {
  return text_starts(section->name, "recipe ") ? section->name + strlen("recipe ") : "";
}

/* A recipe in a file of its own stands under its header, or without any and is called as the file is. */
static bool read_sections(struct config *config, const struct conf_ini *ini, const char *file_name, int *line,
                          struct err *err) {
  for (size_t i = 0; i < ini->section_count; i++) {
    const struct conf_ini_section *section = &ini->sections[i];
    const char *name = section->line == 0 ? file_name : conf_recipe_name(section);
    *line = section->line;
    if (*name == '\0') return err_set(err, ERR_CONFIG, "[%.60s] is not a [recipe NAME]", section->name);
    if (!read_recipe(config, name, ini->pairs + section->first, section->count, line, err)) {
      if (*line == 0) *line = section->line;
      return false;
    }
  }
  return true;
}

static bool read_text(struct config *config, const char *name, const char *text, size_t length, int *line,
                      struct err *err) {
  struct conf_ini ini;
  bool ok = conf_ini_read(&ini, text, length, line, err) && read_sections(config, &ini, name, line, err);
  conf_ini_done(&ini);
  return ok;
}

static bool read_embedded(struct config *config, struct err *err) {
  for (const struct embedded_recipe *recipe = embedded_recipes; recipe->text != NULL; recipe++) {
    int line = 0;
    if (!read_text(config, recipe->name, recipe->text, strlen(recipe->text), &line, err)) {
      return err_wrap(err, "built-in recipe %s:%d", recipe->name, line);
    }
  }
  return true;
}

static bool read_recipe_file(struct config *config, const char *path, struct err *err) {
  char name[TITLE_MAX];
  const char *base = strrchr(path, '/') + 1;
  int line = 0;
  struct conf_found found;
  conf_found_init(&found);
  (void)text_fmt(name, sizeof name, "%.*s", (int)(strlen(base) - strlen(".ini")), base);
  bool read = conf_read_file(path, &found, err);
  bool ok = read && read_text(config, name, buf_text(&found.text), found.text.len, &line, err);
  if (read && !ok) (void)err_wrap(err, "%s:%d", conf_short_path(path), line > 0 ? line : 1);
  conf_found_done(&found);
  return ok;
}

static bool read_folder(struct conf_load *load, struct err *err) {
  char **paths = NULL;
  size_t count = 0;
  bool ok = true;
  if (load->recipes_folder == NULL || load->source->sealed) return true;
  if (!conf_list_folder(load->recipes_folder, &paths, &count, err)) {
    (void)err_wrap(err, "recipes");
    return conf_locate(load, load->recipes_line, err);
  }
  for (size_t i = 0; i < count; i++) {
    ok = ok && read_recipe_file(load->config, paths[i], err);
    mem_free(paths[i]);
  }
  mem_free(paths);
  return ok;
}

/* Values of an inline recipe may hold ${NAME} as all values of a config do. */
static bool expand_pairs(struct conf_load *load, const struct conf_ini_section *section, struct pair *out,
                         struct err *err) {
  bool ok = true;
  for (size_t i = 0; i < section->count && ok; i++) {
    const struct pair *pair = &load->ini.pairs[section->first + i];
    struct conf_expansion value;
    conf_expansion_init(&value);
    ok = conf_expand(load->source, pair->value, &value, err);
    if (ok && value.missing[0] != '\0') ok = err_set(err, ERR_CONFIG, "%.60s: %s", pair->key, value.why);
    if (!ok) (void)conf_locate(load, pair->line, err);
    if (ok)
      out[i] = (struct pair){.key = pair->key, .value = arena_dup(load->arena, buf_text(&value.text)), .line = pair->line};
    conf_expansion_done(&value);
  }
  return ok;
}

static bool read_inline(struct conf_load *load, struct err *err) {
  for (size_t i = 0; i < load->ini.section_count; i++) {
    const struct conf_ini_section *section = &load->ini.sections[i];
    const char *name = conf_recipe_name(section);
    int line = 0;
    if (*name == '\0') continue;
    struct pair *pairs = arena_alloc(load->arena, (section->count + 1) * sizeof *pairs);
    if (!expand_pairs(load, section, pairs, err)) return false;
    if (!read_recipe(load->config, name, pairs, section->count, &line, err)) {
      return conf_locate(load, line > 0 ? line : section->line, err);
    }
  }
  return true;
}

static int by_name(const void *a, const void *b) {
  const struct recipe *const *left = a;
  const struct recipe *const *right = b;
  return strcmp(recipe_about(*left)->name, recipe_about(*right)->name);
}

/* Where somebody brought it in. */
static int line_of_recipe(const struct conf_load *load, const char *name) {
  for (size_t i = 0; i < load->ini.section_count; i++) {
    if (text_eq(conf_recipe_name(&load->ini.sections[i]), name)) return load->ini.sections[i].line;
  }
  return load->recipes_line;
}

bool conf_recipes_read(struct conf_load *load, struct err *err) {
  struct config *config = load->config;
  if (!read_embedded(config, err) || !read_folder(load, err) || !read_inline(load, err)) return false;
  if (config->recipe_count > 1) qsort(config->recipes, config->recipe_count, sizeof(struct recipe *), by_name);
  for (size_t i = 0; i < config->recipe_count; i++) {
    if (recipe_link(config->recipes[i], config->recipes, config->recipe_count, err)) continue;
    const char *name = recipe_about(config->recipes[i])->name;
    (void)err_wrap(err, "[recipe %s]", name);
    return conf_locate(load, line_of_recipe(load, name), err);
  }
  return true;
}
