#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "lowtide/text.h"

#define LINE_MAX_TEXT 1024

bool conf_locate(const struct conf_load *load, int line, struct err *err) {
  char place[LINE_MAX_TEXT];
  const struct err inner = *err;
  if (line > 0) {
    (void)text_fmt(place, sizeof place, "%s:%d", conf_short_path(load->file), line);
  } else {
    (void)text_copy(place, sizeof place, "environment");
  }
  if (inner.hint[0] == '\0') return err_set(err, ERR_CONFIG, "%s: %s", place, inner.text);
  return err_set(err, ERR_CONFIG, "%s: %s (%s)", place, inner.text, inner.hint);
}

bool conf_fault(const struct conf_load *load, int line, struct err *err, const char *format, ...) {
  char sentence[ERR_TEXT_MAX];
  va_list args;
  va_start(args, format);
  (void)vsnprintf(sentence, sizeof sentence, format, args);
  va_end(args);
  (void)err_set(err, ERR_CONFIG, "%s", sentence);
  return conf_locate(load, line, err);
}

void conf_warn(struct conf_load *load, const char *format, ...) {
  char sentence[LINE_MAX_TEXT];
  va_list args;
  va_start(args, format);
  (void)vsnprintf(sentence, sizeof sentence, format, args);
  va_end(args);
  load->warnings = mem_grow(load->warnings, load->warning_count + 1, sizeof *load->warnings);
  load->warnings[load->warning_count++] = arena_dup(load->arena, sentence);
}

/* "account kimi" -> kind "account", name "kimi". The ini reader leaves one space between words. */
static const char *const named_kinds[] = {"account", "channel", "recipe", NULL};

static const char *name_in(const struct conf_ini_section *section, const char *kind) {
  size_t length = strlen(kind);
  bool is_kind = text_starts(section->name, kind) && section->name[length] == ' ';
  return is_kind ? section->name + length + 1 : NULL;
}

static bool is_single(const char *name) {
  if (text_eq(name, "lowtide")) return true;
  for (const struct conf_kind *kind = conf_single_sections; kind->name != NULL; kind++) {
    if (text_eq(kind->name, name)) return true;
  }
  return false;
}

static bool refuse_section(const struct conf_load *load, const struct conf_ini_section *section, struct err *err) {
  static const char *const all[] = {"lowtide", "account", "channel", "recipe", "discord",
                                    "slack",   "http",    "store",   "redis",  NULL};
  char word[CONF_NAME_MAX];
  (void)text_fmt(word, sizeof word, "%.*s", (int)strcspn(section->name, " "), section->name);
  (void)err_set(err, ERR_CONFIG, "unknown section [%.60s]", section->name);
  (void)err_suggest(err, word, all);
  return conf_locate(load, section->line, err);
}

static bool check_header(struct conf_load *load, const struct conf_ini_section *section, struct err *err) {
  if (section->line == 0) {
    const struct pair *pair = &load->ini.pairs[section->first];
    return conf_fault(load, pair->line, err, "\"%.60s\" stands before any [section]", pair->key);
  }
  if (is_single(section->name)) return true;
  for (const char *const *kind = named_kinds; *kind != NULL; kind++) {
    if (text_eq(section->name, *kind))
      return conf_fault(load, section->line, err, "[%s] needs a name: [%s NAME]", *kind, *kind);
    const char *name = name_in(section, *kind);
    if (name == NULL) continue;
    if (!conf_name_check(name, err)) return conf_locate(load, section->line, err);
    if (text_eq(*kind, "account")) load->account_sections++;
    if (load->account_sections <= CONF_ACCOUNTS_MAX) return true;
    return conf_fault(load, section->line, err, "more than %d accounts", CONF_ACCOUNTS_MAX);
  }
  return refuse_section(load, section, err);
}

static int by_name_and_line(const void *a, const void *b) {
  const struct conf_ini_section *left = *(const struct conf_ini_section *const *)a;
  const struct conf_ini_section *right = *(const struct conf_ini_section *const *)b;
  int order = strcmp(left->name, right->name);
  return order != 0 ? order : left->line - right->line;
}

static bool check_repeats(const struct conf_load *load, struct err *err) {
  size_t count = load->ini.section_count;
  const struct conf_ini_section *again = NULL;
  const struct conf_ini_section *first = NULL;
  const struct conf_ini_section **sorted = mem_new(count, sizeof(const struct conf_ini_section *));
  for (size_t i = 0; i < count; i++)
    sorted[i] = &load->ini.sections[i];
  if (count > 1) qsort(sorted, count, sizeof(const struct conf_ini_section *), by_name_and_line);
  for (size_t i = 1; i < count; i++) {
    bool same = text_eq(sorted[i]->name, sorted[i - 1]->name);
    if (!same || (again != NULL && again->line < sorted[i]->line)) continue;
    again = sorted[i];
    first = sorted[i - 1];
  }
  mem_free(sorted);
  if (again == NULL) return true;
  return conf_fault(load, again->line, err, "[%s] is given twice (first on line %d)", again->name, first->line);
}

static bool check_headers(struct conf_load *load, struct err *err) {
  for (size_t i = 0; i < load->ini.section_count; i++) {
    if (!check_header(load, &load->ini.sections[i], err)) return false;
  }
  return check_repeats(load, err);
}

static struct conf_section begin_section(struct conf_load *load, const struct conf_ini_section *ini, const char *name) {
  size_t size = strlen(ini->name) + 3;
  char *title = arena_alloc(load->arena, size);
  (void)text_fmt(title, size, "[%s]", ini->name);
  return (struct conf_section){
      .title = title,
      .name = name,
      .line = ini->line,
      .pairs = load->ini.pairs + ini->first,
      .pair_count = ini->count,
  };
}

static bool read_lowtide(struct conf_load *load, struct err *err) {
  struct conf_section section = {.title = "[lowtide]", .name = ""};
  for (size_t i = 0; i < load->ini.section_count; i++) {
    if (text_eq(load->ini.sections[i].name, "lowtide")) section = begin_section(load, &load->ini.sections[i], "");
  }
  return conf_lowtide_read(load, &section, err);
}

static bool read_named(struct conf_load *load, const char *kind,
                       bool (*read)(struct conf_load *load, struct conf_section *section, struct err *err),
                       struct err *err) {
  for (size_t i = 0; i < load->ini.section_count; i++) {
    const char *name = name_in(&load->ini.sections[i], kind);
    if (name == NULL) continue;
    struct conf_section section = begin_section(load, &load->ini.sections[i], name);
    if (!read(load, &section, err)) return false;
  }
  return true;
}

/* What has no effect yet is checked all the same. */
static bool read_single(struct conf_load *load, const struct conf_ini_section *ini, const struct conf_kind *kind,
                        struct err *err) {
  struct conf_section section = begin_section(load, ini, "");
  section.tables[0] = kind->settings;
  if (!conf_section_read(load, &section, err)) return false;
  if (kind->read != NULL) return kind->read(load, &section, err);
  conf_warn(load, "%s:%d: [%s] has no effect in this version", load->file, ini->line, ini->name);
  return true;
}

static bool read_singles(struct conf_load *load, struct err *err) {
  for (size_t i = 0; i < load->ini.section_count; i++) {
    const struct conf_ini_section *ini = &load->ini.sections[i];
    for (const struct conf_kind *kind = conf_single_sections; kind->name != NULL; kind++) {
      if (text_eq(kind->name, ini->name) && !read_single(load, ini, kind, err)) return false;
    }
  }
  return conf_doors_check(load, err);
}

/* A digest has two ends: who writes it, and where it goes. */
static void warn_of_half_digests(struct conf_load *load) {
  const struct config *config = load->config;
  const struct account *writes = NULL;
  const struct channel *sends = NULL;
  for (size_t i = 0; i < config->account_count; i++) {
    if (writes == NULL && config->accounts[i].alerts.digest != DIGEST_NONE) writes = &config->accounts[i];
  }
  for (size_t i = 0; i < config->channel_count; i++) {
    if (sends == NULL && (config->channels[i].sends & SENDS_DIGEST) != 0) sends = &config->channels[i];
  }
  if (writes != NULL && sends == NULL)
    conf_warn(load, "digest is set for %s, but no channel has digest in its `sends`", writes->name);
  if (writes == NULL && sends != NULL && config->account_count > 0)
    conf_warn(load, "[channel %s] sends digest, but `digest = daily | weekly | monthly` is set nowhere", sends->name);
}

static void finish_warnings(struct conf_load *load) {
  warn_of_half_digests(load);
  if (load->others_read && load->opened != NULL) {
    conf_warn(load, "%s can be read by other users and holds a secret (%s): chmod 600 it, or write ${NAME} there",
              load->file, load->opened);
  }
  const char **list = arena_alloc(load->arena, (load->warning_count + 1) * sizeof *list);
  if (load->warning_count > 0) memcpy(list, load->warnings, load->warning_count * sizeof *list);
  load->config->warnings = list;
}

static bool read_all(struct conf_load *load, const char *text, size_t length, struct err *err) {
  int line = 0;
  if (!conf_ini_read(&load->ini, text, length, &line, err)) return conf_locate(load, line, err);
  if (!check_headers(load, err) || !read_lowtide(load, err) || !conf_recipes_read(load, err)) return false;
  if (!read_named(load, "account", conf_account_read, err) || !conf_automatic_accounts(load, err)) return false;
  conf_accounts_label(load->config);
  if (!read_singles(load, err)) return false;
  if (!read_named(load, "channel", conf_channel_read, err) || !conf_automatic_channels(load, err)) return false;
  conf_note_console_only(load);
  finish_warnings(load);
  return true;
}

static struct config *config_new(void) {
  struct config *config = mem_new(1, sizeof *config);
  config->discord = (struct discord_settings){
      .application_id = "", .public_key = "", .guild = "", .allow_users = "", .allow_roles = "", .allow_guilds = ""};
  config->slack.allow_users = config->slack.allow_teams = "";
  config->http = (struct http_settings){.listen = "", .hosts = "", .origins = ""};
  config->private = mem_new(1, sizeof *config->private);
  config->private->references = 1;
  config->private->arena = arena_new();
  return config;
}

struct given_text {
  const char *text;
  size_t length;
  bool others_read;
  const char *passed_over;
};

static struct config *build(const char *file, const struct given_text *given, const struct config_source *source,
                            struct err *err) {
  struct config *config = config_new();
  struct conf_load load = {.source = source, .config = config, .arena = config->private->arena};
  load.file = file != NULL ? file : "environment";
  load.others_read = given->others_read;
  config->path = file != NULL ? arena_dup(load.arena, file) : NULL;
  config->sandbox = source->simulated;
  if (given->passed_over != NULL) {
    conf_warn(&load, "%s was passed over: it must be your own and writable by nobody else", given->passed_over);
  }
  bool ok = read_all(&load, given->text, given->length, err);
  conf_ini_done(&load.ini);
  mem_free(load.given);
  mem_free(load.named);
  mem_free(load.warnings);
  if (ok) return config;
  config_release(config);
  return NULL;
}

struct config *config_parse(const char *file, const char *text, size_t length, const struct config_source *source,
                            struct err *err) {
  const struct given_text given = {.text = text, .length = length};
  if (length > CONF_FILE_MAX) {
    (void)err_set(err, ERR_CONFIG, "%s: larger than %d KiB", conf_short_path(file), CONF_FILE_MAX / 1024);
    return NULL;
  }
  return build(file, &given, source, err);
}

struct config *config_load(const struct config_source *source, struct err *err) {
  struct conf_found found;
  struct config *config = NULL;
  conf_found_init(&found);
  if (conf_find(source, &found, err)) {
    const struct given_text given = {
        .text = buf_text(&found.text),
        .length = found.text.len,
        .others_read = found.others_read,
        .passed_over = found.passed_over,
    };
    config = build(found.path, &given, source, err);
  }
  conf_found_done(&found);
  return config;
}

struct config *config_keep(struct config *config) {
  (void)__atomic_add_fetch(&config->private->references, 1, __ATOMIC_RELAXED);
  return config;
}

void config_release(struct config *config) {
  if (config == NULL || __atomic_sub_fetch(&config->private->references, 1, __ATOMIC_ACQ_REL) > 0) return;
  for (size_t i = 0; i < config->recipe_count; i++)
    recipe_free(config->recipes[i]);
  for (size_t i = 0; i < config->private->secret_count; i++)
    secret_free(config->private->secrets[i]);
  zone_free(config->zone);
  mem_free(config->recipes);
  mem_free(config->accounts);
  mem_free(config->channels);
  mem_free(config->private->secrets);
  arena_free(config->private->arena);
  mem_free(config->private);
  mem_free(config);
}

const struct account *config_account(const struct config *config, const char *name) {
  for (size_t i = 0; i < config->account_count; i++) {
    if (text_eq(config->accounts[i].name, name)) return &config->accounts[i];
  }
  return NULL;
}

const struct channel *config_channel(const struct config *config, const char *name) {
  for (size_t i = 0; i < config->channel_count; i++) {
    if (text_eq(config->channels[i].name, name)) return &config->channels[i];
  }
  return NULL;
}

const struct recipe *config_recipe(const struct config *config, const char *name) {
  for (size_t i = 0; i < config->recipe_count; i++) {
    if (text_eq(recipe_about(config->recipes[i])->name, name)) return config->recipes[i];
  }
  return NULL;
}
