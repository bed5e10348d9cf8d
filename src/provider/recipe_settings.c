/* What an account of a recipe takes: the names that its requests hold, and what it could tell instead of being asked. */
#include "lowtide/text.h"
#include "provider/recipe_parts.h"

struct names {
  const char **names;
  size_t count;
};

static void add_name(struct names *names, const char *name) {
  for (size_t i = 0; i < names->count; i++) {
    if (text_eq(names->names[i], name)) return;
  }
  names->names = mem_grow(names->names, names->count + 1, sizeof *names->names);
  names->names[names->count++] = name;
}

static void add_template(struct names *names, const struct recipe_template *template) {
  for (const struct recipe_part *part = template->parts; part != NULL; part = part->next) {
    if (part->kind == PART_BASE) add_name(names, "base_url");
    if (part->kind != PART_VALUE && part->kind != PART_BASE64) continue;
    add_name(names, part->text);
    if (part->other != NULL) add_name(names, part->other);
  }
}

static bool is_set(const struct recipe *recipe, const char *name) {
  for (size_t i = 0; i < recipe->set_count; i++) {
    if (text_eq(recipe->sets[i].name, name)) return true;
  }
  return false;
}

const char *recipe_variable(const struct recipe *recipe, const char *name) {
  if (text_eq(name, "key") && *recipe->about.env != '\0') return recipe->about.env;
  const struct recipe_variable *variable = recipe->variables;
  while (variable != NULL && !text_eq(variable->name, name))
    variable = variable->next;
  return variable == NULL ? "" : variable->variable;
}

/* "BEFORE TEXT}" */
static const char *print(struct recipe *recipe, const char *before, const char *text) {
  struct buf line;
  buf_init(&line, 256);
  buf_addf(&line, "%s%s}", before, text);
  const char *kept = arena_dup(recipe->arena, buf_text(&line));
  buf_done(&line);
  return kept;
}

static struct setting setting_of(struct recipe *recipe, const char *name) {
  const struct recipe_about *about = &recipe->about;
  const char *variable = recipe_variable(recipe, name);
  const char *fallback = *variable == '\0' ? NULL : print(recipe, "${", variable);
  if (text_eq(name, "base_url")) {
    return (struct setting){.name = name, .type = SETTING_URL, .about = "where you host it", .required = true};
  }
  if (!text_eq(name, "key")) {
    return (struct setting){.name = name,
                            .type = SETTING_TEXT,
                            .fallback = fallback,
                            .about = print(recipe, "what the requests hold for {", name),
                            .required = !is_set(recipe, name)};
  }
  return (struct setting){.name = name,
                          .type = SETTING_SECRET,
                          .fallback = fallback,
                          .about = *about->key_kind != '\0' ? about->key_kind : "the vendor's key",
                          .required = fallback == NULL};
}

struct setting *settings_of(struct recipe *recipe) {
  struct names names = {0};
  for (const struct recipe_header *header = recipe->headers; header != NULL; header = header->next)
    add_template(&names, &header->value);
  for (size_t i = 0; i < recipe->ask_count; i++)
    add_template(&names, &recipe->asks[i].url);
  add_template(&names, &recipe->body);
  for (size_t i = 0; i < recipe->set_count; i++)
    add_name(&names, recipe->sets[i].name);
  struct setting *settings = arena_alloc(recipe->arena, (names.count + 1) * sizeof *settings);
  for (size_t i = 0; i < names.count; i++)
    settings[i] = setting_of(recipe, names.names[i]);
  mem_free(names.names);
  return settings;
}
