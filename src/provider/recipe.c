#include <string.h>

#include "lowtide/text.h"
#include "provider/recipe_parts.h"

/* --- words --------------------------------------------------------------------------------------------------------- */

bool reader_split(struct recipe_reader *reader) {
  static const char blank[] = " \t";
  size_t count = 0;
  reader->at = 0;
  char *at = arena_dup(reader->recipe->arena, reader->pair->value);
  for (at += strspn(at, blank); *at != '\0' && count < RECIPE_WORDS_MAX; at += strspn(at, blank)) {
    reader->words[count++] = at;
    at += strcspn(at, blank);
    if (*at != '\0') *at++ = '\0';
  }
  reader->words[count] = NULL;
  return *at == '\0' || err_set(reader->err, ERR_CONFIG, "more than %d words", RECIPE_WORDS_MAX);
}

const char *reader_word(struct recipe_reader *reader) {
  const char *word = reader->words[reader->at];
  if (word != NULL) reader->at++;
  return word;
}

bool reader_skip(struct recipe_reader *reader, const char *word) {
  bool is_next = text_eq(reader->words[reader->at], word);
  if (is_next) reader->at++;
  return is_next;
}

bool reader_ended(struct recipe_reader *reader) {
  const char *left = reader->words[reader->at];
  return left == NULL || err_set(reader->err, ERR_CONFIG, "\"%s\" is too much", left);
}

bool reader_code(struct recipe_reader *reader, const char *name, enum err_code *code) {
  static const enum err_code codes[] = {ERR_AUTH,         ERR_FORBIDDEN, ERR_UNSUPPORTED,
                                        ERR_RATE_LIMITED, ERR_SERVER,    ERR_MALFORMED};
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
    if (!text_eq(name, err_code_name(codes[i]))) continue;
    *code = codes[i];
    return true;
  }
  return err_set(reader->err, ERR_CONFIG, "\"%s\" is none of auth, forbidden, unsupported, rate_limited, server, malformed",
                 name == NULL ? "" : name);
}

/* --- keys ---------------------------------------------------------------------------------------------------------- */

static const char *key_rest(const struct recipe_key *key, const char *typed) {
  if (!text_ends(key->name, ".")) return text_eq(typed, key->name) ? "" : NULL;
  return text_starts(typed, key->name) ? typed + strlen(key->name) : NULL;
}

static bool say_unknown_key(const struct pair *pair, struct err *err) {
  const char *names[64] = {0};
  for (size_t i = 0; recipe_keys[i].name != NULL; i++)
    names[i] = recipe_keys[i].name;
  (void)err_set(err, ERR_CONFIG, "a recipe has no key \"%s\"", pair->key);
  (void)err_suggest(err, pair->key, names);
  return false;
}

static bool check_keys(const struct pair *pairs, size_t count, int *line, struct err *err) {
  for (size_t i = 0; i < count; i++) {
    *line = pairs[i].line;
    const struct recipe_key *key = recipe_keys;
    while (key->name != NULL && key_rest(key, pairs[i].key) == NULL)
      key++;
    if (key->name == NULL) return say_unknown_key(&pairs[i], err);
    for (size_t j = 0; j < i; j++) {
      if (text_eq(pairs[i].key, pairs[j].key)) return err_set(err, ERR_CONFIG, "\"%s\" is there twice", pairs[i].key);
    }
    if (text_is_blank(pairs[i].value)) return err_set(err, ERR_CONFIG, "\"%s\" has no value", pairs[i].key);
  }
  return true;
}

static bool read_pass(struct recipe_reader *reader, const struct pair *pairs, size_t count, enum recipe_pass pass) {
  for (size_t i = 0; i < count; i++) {
    const struct recipe_key *key = recipe_keys;
    while (key_rest(key, pairs[i].key) == NULL)
      key++;
    if (key->pass != pass) continue;
    reader->pair = &pairs[i];
    reader->key = key;
    if (key->read(reader, key_rest(key, pairs[i].key))) continue;
    reader->err->code = ERR_CONFIG;
    return err_wrap(reader->err, "%s", pairs[i].key);
  }
  return true;
}

/* --- the whole ----------------------------------------------------------------------------------------------------- */

static bool ask_feeds(const struct recipe *recipe, size_t ask) {
  bool feeds = recipe->asks[ask].for_amounts;
  for (size_t i = 0; i < recipe->set_count; i++)
    feeds = feeds || recipe->sets[i].path->ask == (int)ask;
  return feeds;
}

static bool is_since(const struct recipe_part *part) {
  return part->kind == PART_SINCE || part->kind == PART_SINCE_DAY;
}

static bool is_month(const struct recipe_part *part) {
  return is_since(part) || part->kind == PART_MONTH || part->kind == PART_MONTH_START;
}

static bool template_has(const struct recipe_template *template, bool (*is)(const struct recipe_part *part)) {
  for (const struct recipe_part *part = template->parts; part != NULL; part = part->next) {
    if (is(part)) return true;
  }
  return false;
}

static bool asks_with(const struct recipe *recipe, bool (*is)(const struct recipe_part *part)) {
  bool has = template_has(&recipe->body, is);
  for (size_t i = 0; i < recipe->ask_count; i++)
    has = has || template_has(&recipe->asks[i].url, is);
  for (const struct recipe_header *header = recipe->headers; header != NULL; header = header->next)
    has = has || template_has(&header->value, is);
  return has;
}

static bool check_whole(const struct recipe *recipe, int *line, struct err *err) {
  if (recipe->ask_count == 0) return err_set(err, ERR_CONFIG, "`ask` is missing");
  if (recipe->fields[FIELD_AVAILABLE] == NULL && recipe->fields[FIELD_USED] == NULL) {
    return err_set(err, ERR_CONFIG, "`available` or `used` is missing");
  }
  if (recipe->fields[FIELD_USED] == NULL && asks_with(recipe, is_since)) {
    return err_set(err, ERR_CONFIG, "`used` is missing: {since} asks for a cost");
  }
  if (recipe->unit.path == NULL && *recipe->unit.word == '\0') return err_set(err, ERR_CONFIG, "`unit` is missing");
  if (recipe->row_by_most && recipe->fields[recipe->row_most] == NULL) {
    return err_set(err, ERR_CONFIG, "row: there is no `%s` that a row could have most of", field_names[recipe->row_most]);
  }
  for (size_t i = 0; i < recipe->ask_count; i++) {
    if (ask_feeds(recipe, i)) continue;
    *line = recipe->asks[i].line;
    return err_set(err, ERR_CONFIG, "ask.%s: nothing is read from its answer", recipe->asks[i].name);
  }
  return true;
}

/* What a vendor tells by itself, or what no request holds, needs no variable; the key's is named once. */
static bool check_variables(const struct recipe *recipe, int *line, struct err *err) {
  for (const struct recipe_variable *variable = recipe->variables; variable != NULL; variable = variable->next) {
    const struct setting *setting = recipe->settings;
    while (setting->name != NULL && !text_eq(setting->name, variable->name))
      setting++;
    bool is_key = text_eq(variable->name, "key");
    bool fits = setting->name != NULL && setting->fallback != NULL && (is_key || setting->required);
    if (fits && !(is_key && *recipe->about.env != '\0')) continue;
    *line = variable->line;
    return err_set(err, ERR_CONFIG, "%s: %s", variable->key,
                   fits ? "`env` names it already" : "no request has to be told that");
  }
  return true;
}

static const char *describe(struct recipe *recipe) {
  struct buf text;
  buf_init(&text, 160);
  for (size_t i = 0; i < recipe->field_count; i++) {
    const char *between = i == 0 ? "" : i + 1 == recipe->field_count ? " and " : ", ";
    buf_addf(&text, "%s%s", between, field_names[recipe->order[i]]);
  }
  buf_addf(&text, " in %s", *recipe->unit.word != '\0' ? recipe->unit.word : "the vendor's unit");
  const char *kept = arena_dup(recipe->arena, buf_text(&text));
  buf_done(&text);
  return kept;
}

static struct recipe *recipe_new(const char *name) {
  struct arena *arena = arena_new();
  struct recipe *recipe = arena_alloc(arena, sizeof *recipe);
  recipe->arena = arena;
  recipe->about = (struct recipe_about){.name = arena_dup(arena, name),
                                        .emoji = "💳",
                                        .env = "",
                                        .home = "",
                                        .key_kind = "",
                                        .sure = "",
                                        .as_of = "",
                                        .unit = ""};
  recipe->about.label = recipe->about.name;
  recipe->unit.word = "";
  return recipe;
}

static bool read_all(struct recipe_reader *reader, const struct pair *pairs, size_t count, int *line) {
  if (!check_keys(pairs, count, line, reader->err)) return false;
  for (int pass = PASS_ASKS; pass < PASS_COUNT; pass++) {
    if (read_pass(reader, pairs, count, (enum recipe_pass)pass)) continue;
    *line = reader->pair->line;
    return false;
  }
  *line = 0; /* no pair is to blame */
  reader->recipe->settings = settings_of(reader->recipe);
  return check_whole(reader->recipe, line, reader->err) && check_variables(reader->recipe, line, reader->err);
}

struct recipe *recipe_parse(const char *name, const struct pair *pairs, size_t count, int *line, struct err *err) {
  struct recipe *recipe = recipe_new(name);
  struct recipe_reader reader = {.recipe = recipe, .err = err};
  int wrong_line = 0;
  if (!read_all(&reader, pairs, count, &wrong_line)) {
    *line = wrong_line;
    recipe_free(recipe);
    return NULL;
  }
  recipe->about.unit = recipe->unit.word;
  recipe->about.by_month = asks_with(recipe, is_month);
  recipe->about.paged = recipe->next.path != NULL;
  recipe->about.knows_since = asks_with(recipe, is_since);
  recipe->about.reports = describe(recipe);
  recipe->about.variable = recipe_variable(recipe, "key");
  return recipe;
}

void recipe_free(struct recipe *recipe) {
  if (recipe != NULL) arena_free(recipe->arena);
}

const struct recipe_about *recipe_about(const struct recipe *recipe) {
  return &recipe->about;
}

const struct setting *recipe_settings(const struct recipe *recipe) {
  return recipe->settings;
}

static bool has_setting(const struct recipe *recipe, const char *name) {
  const struct setting *setting = recipe->settings;
  while (setting->name != NULL && !text_eq(setting->name, name))
    setting++;
  return setting->name != NULL;
}

static bool check_fallback(const struct recipe *recipe, const struct recipe *fallback, struct err *err) {
  if (fallback->fallback_name != NULL) { /* so has the recipe itself */
    return err_set(err, ERR_CONFIG, "fallback: %s has a fallback itself", fallback->about.name);
  }
  if (recipe->about.knows_since && !fallback->about.knows_since) {
    return err_set(err, ERR_CONFIG, "fallback: %s does not know {since}", fallback->about.name);
  }
  for (const struct setting *setting = fallback->settings; setting->name != NULL; setting++) {
    if (!setting->required && !text_eq(setting->name, "key")) continue;
    if (has_setting(recipe, setting->name)) continue;
    return err_set(err, ERR_CONFIG, "fallback: %s needs `%s`, which is not asked for here", fallback->about.name,
                   setting->name);
  }
  return true;
}

bool recipe_link(struct recipe *recipe, struct recipe *const *all, size_t count, struct err *err) {
  if (recipe->fallback_name == NULL) return true;
  for (size_t i = 0; i < count; i++) {
    if (!text_eq(all[i]->about.name, recipe->fallback_name)) continue;
    if (!check_fallback(recipe, all[i], err)) return false;
    recipe->fallback = all[i];
    return true;
  }
  return err_set(err, ERR_CONFIG, "fallback: there is no recipe \"%s\"", recipe->fallback_name);
}
