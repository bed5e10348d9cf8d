/* All recipes and all stored answers, and which belongs to which: an answer's address in index.json is that of an ask.
 * A vendor is added by its recipe, its answer and a line in index.json; no code knows its name. */
#ifndef LOWTIDE_RECIPE_SHELF_H
#define LOWTIDE_RECIPE_SHELF_H

#include <dirent.h>
#include <fnmatch.h>

#include "provider/recipe_parts.h"
#include "provider_testing.h"

#define SHELF_MAX 200
#define SHAPE_MAX 300
#define OTHER_RECIPES "tests/fixtures/recipes"

struct shelf {
  struct recipe *recipes[SHELF_MAX]; /* those that come along first */
  size_t count;
  size_t embedded;
  struct json *index;
};

static inline void put_on(struct shelf *shelf, const char *name, const char *text) {
  assert_true(shelf->count < SHELF_MAX);
  shelf->recipes[shelf->count++] = read_recipe(name, text);
}

/* Recipes that do not come along: other calls of the same vendors, and what wants more than a static key. */
static inline void put_others_on(struct shelf *shelf) {
  DIR *folder = opendir(OTHER_RECIPES);
  if (folder == NULL) fail_msg("no " OTHER_RECIPES " here: run the tests from the project's root");
  for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    char path[SHAPE_MAX];
    char name[64];
    if (!text_ends(entry->d_name, ".ini")) continue;
    (void)text_fmt(path, sizeof path, "../recipes/%s", entry->d_name);
    (void)text_fmt(name, sizeof name, "%.*s", (int)(strlen(entry->d_name) - 4), entry->d_name);
    char *text = read_fixture(path);
    put_on(shelf, name, text);
    mem_free(text);
  }
  (void)closedir(folder);
}

static inline void open_shelf(struct shelf *shelf) {
  struct err err = {0};
  *shelf = (struct shelf){.count = 0};
  for (const struct embedded_recipe *recipe = embedded_recipes; recipe->text != NULL; recipe++)
    put_on(shelf, recipe->name, recipe->text);
  shelf->embedded = shelf->count;
  put_others_on(shelf);
  char *text = read_fixture("index.json");
  shelf->index = json_parse(text, strlen(text), &err);
  assert_non_null(shelf->index);
  mem_free(text);
}

static inline void close_shelf(struct shelf *shelf) {
  for (size_t i = 0; i < shelf->count; i++)
    recipe_free(shelf->recipes[i]);
  json_free(shelf->index);
}

static inline const char *told(const struct json *entry, const char *member) {
  const char *text = json_string(json_member(entry, member));
  return text == NULL ? "" : text;
}

/* --- addresses ----------------------------------------------------------------------------------------------------- */

/* "https://host/a/{id}?x" becomes "https://host/a/ *" without the blank. */
static inline void shape_of_text(char out[static SHAPE_MAX], const char *url) {
  size_t length = 0;
  for (; *url != '\0' && *url != '?'; url++) {
    bool opens = *url == '{';
    if (opens) url += strcspn(url, "}");
    out[length++] = opens ? '*' : *url;
  }
  out[length] = '\0';
}

static inline void shape_of_ask(char out[static SHAPE_MAX], const struct recipe_ask *ask) {
  struct buf text;
  buf_init(&text, SHAPE_MAX - 1);
  for (const struct recipe_part *part = ask->url.parts; part != NULL; part = part->next)
    buf_add(&text, part->kind == PART_TEXT ? part->text : "*");
  shape_of_text(out, buf_text(&text));
  buf_done(&text);
}

static inline const char *path_of(const char *url) {
  const char *host = strstr(url, "://");
  return strchr(host == NULL ? url : host + 3, '/');
}

static inline bool is_host_of(const struct recipe *recipe, const char *url) {
  for (const struct recipe_host_unit *named = recipe->host_units; named != NULL; named = named->next) {
    const char *host = strstr(url, "://");
    if (host != NULL && text_starts(host + 3, named->host)) return true;
  }
  return false;
}

/* Which ask of the recipe the stored answer is one of; -1 if it is of none. */
static inline int ask_of_entry(const struct recipe *recipe, const struct json *entry) {
  char told_shape[SHAPE_MAX];
  char shape[SHAPE_MAX];
  shape_of_text(told_shape, told(entry, "url"));
  for (size_t i = 0; i < recipe->ask_count; i++) {
    shape_of_ask(shape, &recipe->asks[i]);
    bool same =
        text_eq(shape, told_shape) || (is_host_of(recipe, told_shape) && text_eq(path_of(shape), path_of(told_shape)));
    if (same && text_eq(recipe->asks[i].method, told(entry, "method"))) return (int)i;
  }
  return -1;
}

static inline int ask_of_request(const struct recipe *recipe, const char *url) {
  char bare[SHAPE_MAX * 2];
  char shape[SHAPE_MAX];
  (void)text_fmt(bare, sizeof bare, "%.*s", (int)strcspn(url, "?"), url);
  for (size_t i = 0; i < recipe->ask_count; i++) {
    shape_of_ask(shape, &recipe->asks[i]);
    if (fnmatch(path_of(shape), path_of(bare), 0) == 0) return (int)i;
  }
  fail_msg("%s: %s is no ask of it", recipe->about.name, url);
  return -1;
}

/* --- gathering ----------------------------------------------------------------------------------------------------- */

/* What the vendor says in a play: one answer is given, the other asks get good ones of the shelf. */
struct play {
  const struct shelf *shelf;
  const struct recipe *recipe;
  int ask; /* that body answers; -1: each */
  int status;
  const char *body;
  const char *unit;
  const char *url; /* where the answer came from */
};

static inline char *good_answer(const struct play *play, int ask) {
  const struct json *entry = json_first(play->shelf->index);
  while (entry != NULL && (ask_of_entry(play->recipe, entry) != ask || !text_eq(told(entry, "kind"), "ok")))
    entry = json_next(entry);
  if (entry == NULL) fail_msg("%s: no answer is stored for its ask %d", play->recipe->about.name, ask);
  return read_fixture(told(entry, "file"));
}

/* A second page is the last one, and empty. */
static inline char *play_answer(const struct play *play, const char *url, bool again, struct answer *answer) {
  int ask = ask_of_request(play->recipe, url);
  bool given = play->ask < 0 || ask == play->ask;
  char *body = again ? mem_dup("{\"data\":[]}") : given ? mem_dup(play->body) : good_answer(play, ask);
  *answer = (struct answer){.http = {.status = given ? play->status : 200, .body = body, .length = strlen(body)}};
  return body;
}

static inline void play_through(const struct play *play, const struct account *account, struct reading *reading) {
  int last = -1;
  struct ask ask;
  struct gathering *gathering = gathering_new(account, NOW_MS);
  enum gathering_step step = gathering_next(gathering, NULL, &ask, reading);
  while (step == GATHERING_ASK) {
    struct answer answer;
    int now = ask_of_request(play->recipe, buf_text(&ask.http.url));
    char *body = play_answer(play, buf_text(&ask.http.url), now == last, &answer);
    last = now;
    ask_done(&ask);
    step = gathering_next(gathering, &answer, &ask, reading);
    mem_free(body);
  }
  gathering_free(gathering);
}

static inline struct reading play_recipe(const struct play *play) {
  static const struct account_value values[] = {{.name = "key", .text = KEY},
                                                {.name = "sid", .text = "AC00"},
                                                {.name = "user", .text = "7"},
                                                {.name = "account_id", .text = "a1"}};
  char origin[SHAPE_MAX];
  struct reading reading = {0};
  struct account account = usual_account(play->recipe);
  const char *path = path_of(play->url);
  (void)text_fmt(origin, sizeof origin, "%.*s", (int)(path - play->url), play->url);
  account.values = values;
  account.value_count = sizeof values / sizeof values[0];
  account.unit = play->unit;
  account.base_url = text_starts(origin, "http") ? origin : "https://relay.example.org";
  play_through(play, &account, &reading);
  return reading;
}

/* --- what is expected ---------------------------------------------------------------------------------------------- */

/* Which field index.json means; FIELD_COUNT for a time. */
static inline enum recipe_field field_called(const char *what) {
  if (text_starts(what, "used") || text_eq(what, "cost")) return FIELD_USED;
  if (text_eq(what, "cash")) return FIELD_CASH;
  if (text_eq(what, "voucher")) return FIELD_VOUCHER;
  if (text_eq(what, "limit") || text_eq(what, "key_remaining") || text_eq(what, "limit_remaining")) return FIELD_LIMIT;
  if (text_starts(what, "available") || text_eq(what, "remaining")) return FIELD_AVAILABLE;
  if (!text_eq(what, "resets_at")) fail_msg("no field holds %s", what);
  return FIELD_COUNT;
}

/* What is left of a limit is the limit without what is used; a time is in seconds. */
static inline struct amount amount_called(const struct reading *reading, const char *what) {
  bool known = reading->limit.known && reading->used.known;
  bool is_rest = text_ends(what, "_remaining");
  switch (field_called(what)) {
  case FIELD_AVAILABLE: return reading->available;
  case FIELD_CASH: return reading->cash;
  case FIELD_VOUCHER: return reading->voucher;
  case FIELD_USED: return reading->used;
  case FIELD_LIMIT:
    if (!is_rest) return reading->limit;
    return known ? amount_of(reading->limit.nano - reading->used.nano) : (struct amount){0};
  case FIELD_COUNT: break;
  }
  return (struct amount){reading->resets_ms != 0, reading->resets_ms / 1000 * MONEY_NANO};
}

/* "USD?" and "percent_used" are a unit with a remark behind it. */
static inline bool unit_is(const struct reading *reading, const char *currency) {
  size_t length = strlen(reading->unit);
  return length > 0 && strncasecmp(currency, reading->unit, length) == 0 && strchr("?_", currency[length]) != NULL;
}

/* A recipe whose unit is fixed is not asked for another one. */
static inline const char *unit_to_set(const struct recipe *recipe, const char *currency) {
  return *recipe->about.unit == '\0' ? currency : "";
}

/* Expected, but not told: no balance, or another recipe's business on purpose. */
static const struct not_told {
  const char *file;
  const char *what; /* NULL: the whole answer */
  const char *why;
} not_told[] = {
    {"openrouter-key.json", "used_month", "used is what is gone of the limit, whatever its period"},
    {"openrouter-key.json", "used_lifetime", "used goes with the limit, which starts anew each month"},
    {"openrouter-key-nolimit.json", "used_month", "without a limit, used is the lifetime's as for the account"},
    {"stability.json", "available_estimate", "an estimate: the vendor counts in credits"},
    {"runpod.json", "burn", "a rate, not a balance"},
    {"tavily.json", "key_remaining", "one key's part of the account's credits"},
    {"anthropic-usage-report.json", NULL, "tokens, not money"},
    {"azure-cost-query.json", NULL, "columns by number, and a token that lives an hour: no recipe reads it"},
    {"pricing-litellm.json", NULL, "a price list"},
    {"pricing-modelsdev.json", NULL, "a price list"},
    {"pricing-openrouter-models.json", NULL, "a price list"},
};

static inline bool is_told(const char *file, const char *what) {
  for (size_t i = 0; i < sizeof not_told / sizeof not_told[0]; i++) {
    if (!text_eq(not_told[i].file, file)) continue;
    if (not_told[i].what == NULL || text_eq(not_told[i].what, what)) return false;
  }
  return true;
}

#endif
