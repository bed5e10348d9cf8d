#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define NAMES_MAX 128

static const struct setting *find_setting(const struct conf_section *section, const char *key) {
  for (int t = 0; t < CONF_TABLES_MAX; t++) {
    for (const struct setting *s = section->tables[t]; s != NULL && s->name != NULL; s++) {
      if (text_eq(s->name, key)) return s;
    }
  }
  return NULL;
}

static size_t count_settings(const struct conf_section *section) {
  size_t count = 0;
  for (int t = 0; t < CONF_TABLES_MAX; t++) {
    for (const struct setting *s = section->tables[t]; s != NULL && s->name != NULL; s++)
      count++;
  }
  return count;
}

static bool refuse_key(const struct conf_load *load, const struct conf_section *section, const struct pair *pair,
                       struct err *err) {
  const char *names[NAMES_MAX + 1] = {NULL};
  size_t count = 0;
  for (int t = 0; t < CONF_TABLES_MAX; t++) {
    for (const struct setting *s = section->tables[t]; s != NULL && s->name != NULL && count < NAMES_MAX; s++)
      names[count++] = s->name;
  }
  (void)err_set(err, ERR_CONFIG, "unknown key \"%.60s\" in %s", pair->key, section->title);
  (void)err_suggest(err, pair->key, names);
  return conf_locate(load, pair->line, err);
}

static const struct conf_given *find_given(const struct conf_section *section, const char *key) {
  for (size_t i = 0; i < section->count; i++) {
    if (text_eq(section->given[i].setting->name, key)) return &section->given[i];
  }
  return NULL;
}

static const char *path_text(struct conf_load *load, const char *text) {
  const char *home = text_starts(text, "~/") ? conf_home(load->source) : NULL;
  if (home == NULL) return arena_dup(load->arena, text);
  size_t size = strlen(home) + strlen(text);
  char *path = arena_alloc(load->arena, size);
  (void)text_fmt(path, size, "%s%s", home, text + 1);
  return path;
}

/* The config owns it from here on. */
static struct secret *keep_secret(struct conf_load *load, const char *text) {
  struct config_private *own = load->config->private;
  own->secrets = mem_grow(own->secrets, own->secret_count + 1, sizeof(struct secret *));
  own->secrets[own->secret_count] = secret_new(text);
  return own->secrets[own->secret_count++];
}

/* A path is put behind it. */
static const char *url_text(struct conf_load *load, const char *text) {
  char *url = arena_dup(load->arena, text);
  for (size_t length = strlen(url); length > 0 && url[length - 1] == '/'; length--)
    url[length - 1] = '\0';
  return url;
}

static bool keep_value(struct conf_load *load, struct conf_given *given, const char *text, struct err *err) {
  const struct setting *setting = given->setting;
  if (!conf_value_read(setting, text, &given->number, err)) return err_wrap(err, "%s", given->called);
  switch (setting->type) {
  case SETTING_SECRET: given->secret = keep_secret(load, text); break;
  case SETTING_PATH: given->text = path_text(load, text); break;
  case SETTING_URL: given->text = url_text(load, text); break;
  case SETTING_TEXT:
  case SETTING_MONEY:
  case SETTING_PERCENT:
  case SETTING_DURATION:
  case SETTING_SCHEDULE:
  case SETTING_ZONE:
  case SETTING_CHOICE:
  case SETTING_CHOICES:
  case SETTING_NUMBER: given->text = arena_dup(load->arena, text); break;
  }
  return true;
}

/* A secret whose default is empty is as good as not there. */
static const char *missing_name(const struct setting *setting, const struct conf_expansion *expansion) {
  if (expansion->missing[0] != '\0') return expansion->missing;
  bool empty_secret = setting->type == SETTING_SECRET && text_is_blank(buf_text(&expansion->text));
  return empty_secret && expansion->unset[0] != '\0' ? expansion->unset : NULL;
}

static void note_missing(struct conf_load *load, struct conf_section *section, const char *missing, const char *why) {
  if (section->missing != NULL) return;
  section->missing = arena_dup(load->arena, missing);
  section->missing_why = arena_dup(load->arena, why);
}

static bool take_expanded(struct conf_load *load, struct conf_section *section, struct conf_given *given,
                          const struct conf_expansion *expansion, struct err *err) {
  const struct setting *setting = given->setting;
  const char *text = buf_text(&expansion->text);
  const char *missing = missing_name(setting, expansion);
  if (missing != NULL) {
    bool stops_nothing = section->lenient || setting->type == SETTING_SECRET;
    char why[sizeof expansion->why];
    (void)text_fmt(why, sizeof why, "%s is not set", missing);
    if (expansion->missing[0] != '\0') (void)text_copy(why, sizeof why, expansion->why);
    if (!stops_nothing) return err_set(err, ERR_CONFIG, "%s: %s", setting->name, why);
    note_missing(load, section, missing, why);
    return true;
  }
  if (text_is_blank(text) && (setting->type != SETTING_TEXT || setting->required)) {
    return err_set(err, ERR_CONFIG, "%s has no value", setting->name);
  }
  return keep_value(load, given, text, err);
}

static bool take_value(struct conf_load *load, struct conf_section *section, struct conf_given *given, const char *value,
                       struct err *err) {
  struct conf_expansion expansion;
  conf_expansion_init(&expansion);
  /* Who has written no section knows the variable, not the key that it fills. */
  given->called = section->line == 0 && text_starts(value, "${") ? value : given->setting->name;
  bool ok = conf_expand(load->source, value, &expansion, err);
  if (!ok) (void)err_wrap(err, "%s", given->called);
  ok = ok && take_expanded(load, section, given, &expansion, err);
  conf_expansion_done(&expansion);
  return ok || conf_locate(load, given->line, err);
}

static void note_literal(struct conf_load *load, const struct conf_section *section, const struct pair *pair) {
  if (load->opened != NULL || !conf_is_literal(pair->value)) return;
  size_t size = strlen(section->title) + strlen(pair->key) + 8;
  char *place = arena_alloc(load->arena, size);
  (void)text_fmt(place, size, "%s %s", section->title, pair->key);
  load->opened = place;
}

static bool take_pair(struct conf_load *load, struct conf_section *section, const struct pair *pair, struct err *err) {
  const struct setting *setting = find_setting(section, pair->key);
  if (setting == NULL) return refuse_key(load, section, pair, err);
  const struct conf_given *before = find_given(section, setting->name);
  if (before != NULL) {
    return conf_fault(load, pair->line, err, "\"%s\" given twice in %s (first on line %d)", pair->key, section->title,
                      before->line);
  }
  if (setting->type == SETTING_SECRET) note_literal(load, section, pair);
  if (conf_setting_is_later(setting)) {
    conf_warn(load, "%s:%d: \"%s\" has no effect in this version", load->file, pair->line, setting->name);
  }
  struct conf_given *given = &section->given[section->count++];
  given->setting = setting;
  given->line = pair->line;
  return take_value(load, section, given, pair->value, err);
}

/* An account from the environment lacks what its variable does not bring; somebody's own section must be whole. */
static bool take_absence(struct conf_load *load, struct conf_section *section, const struct setting *setting,
                         struct err *err) {
  if (section->line > 0) {
    return conf_fault(load, section->line, err, "%s needs \"%s\" (%s)", section->title, setting->name, setting->about);
  }
  char why[CONF_NAME_MAX + 32];
  (void)text_fmt(why, sizeof why, "%s is not set", setting->name);
  note_missing(load, section, setting->name, why);
  return true;
}

static bool take_fallbacks(struct conf_load *load, struct conf_section *section, const struct setting *table,
                           struct err *err) {
  for (const struct setting *s = table; s != NULL && s->name != NULL; s++) {
    if (find_given(section, s->name) != NULL) continue;
    if (s->fallback != NULL) {
      struct conf_given *given = &section->given[section->count++];
      *given = (struct conf_given){.setting = s, .line = section->line, .fallback = true};
      if (!take_value(load, section, given, s->fallback, err)) return false;
    } else if (s->required && !take_absence(load, section, s, err)) {
      return false;
    }
  }
  return true;
}

bool conf_section_read(struct conf_load *load, struct conf_section *section, struct err *err) {
  size_t room = count_settings(section) + 1;
  load->given = mem_grow(load->given, room, sizeof *load->given);
  memset(load->given, 0, room * sizeof *load->given);
  section->given = load->given;
  for (size_t i = 0; i < section->pair_count; i++) {
    if (!take_pair(load, section, &section->pairs[i], err)) return false;
  }
  for (int t = 0; t < CONF_TABLES_MAX; t++) {
    if (!take_fallbacks(load, section, section->tables[t], err)) return false;
  }
  return true;
}

const struct conf_given *conf_given(const struct conf_section *section, const char *key) {
  const struct conf_given *given = find_given(section, key);
  bool there = given != NULL && (given->secret != NULL || !text_is_blank(given->text));
  return there ? given : NULL;
}

const char *conf_given_text(const struct conf_section *section, const char *key, const char *otherwise) {
  const struct conf_given *given = conf_given(section, key);
  return given != NULL && given->text != NULL ? given->text : otherwise;
}

int64_t conf_given_number(const struct conf_section *section, const char *key, int64_t otherwise) {
  const struct conf_given *given = conf_given(section, key);
  return given != NULL ? given->number : otherwise;
}

struct amount conf_given_amount(const struct conf_section *section, const char *key) {
  const struct conf_given *given = conf_given(section, key);
  return given != NULL ? amount_of(given->number) : (struct amount){0};
}

/* Whether it is the plug's key, and there. */
static bool is_of_plug(const struct conf_section *section, const struct conf_given *given) {
  for (const struct setting *s = section->tables[0]; s->name != NULL; s++) {
    if (s == given->setting) return false;
  }
  return given->secret != NULL || !text_is_blank(given->text);
}

const struct account_value *conf_section_values(struct conf_load *load, const struct conf_section *section, size_t *count) {
  size_t found = 0;
  for (size_t i = 0; i < section->count; i++)
    found += is_of_plug(section, &section->given[i]) ? 1U : 0U;
  struct account_value *values = arena_alloc(load->arena, found * sizeof *values);
  *count = found;
  found = 0;
  for (size_t i = 0; i < section->count; i++) {
    const struct conf_given *given = &section->given[i];
    if (!is_of_plug(section, given)) continue;
    values[found].name = arena_dup(load->arena, given->setting->name);
    values[found].text = given->text;
    values[found++].secret = given->secret;
  }
  return values;
}

const struct pair *conf_section_pair(const struct conf_section *section, const char *key) {
  for (size_t i = 0; i < section->pair_count; i++) {
    if (text_eq(section->pairs[i].key, key)) return &section->pairs[i];
  }
  return NULL;
}
