/* First byte R: the rest is a recipe, in lines of `key = value`. Else the first line names a recipe that comes along, the
 * next byte chooses a status, and the rest is what the vendor answers, again and again. Whatever comes, a reading is
 * unknown with a reason, or has an amount. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/provider.h"
#include "lowtide/text.h"

#define NOW_MS 1795302245000LL
#define PAIRS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct recipe *parse(const char *name, const char *text, size_t length) {
  struct pair pairs[PAIRS_MAX] = {{0}};
  struct err err = {0};
  size_t count = 0;
  int line = -1;
  char *copy = mem_new(length + 1, 1);
  memcpy(copy, text, length);
  for (char *next = NULL, *at = copy; at != NULL && count < PAIRS_MAX; at = next) {
    next = strchr(at, '\n');
    if (next != NULL) *next++ = '\0';
    char *equals = strstr(at, " = ");
    if (*at == ';' || *at == '[' || equals == NULL) continue;
    *equals = '\0';
    pairs[count] = (struct pair){.key = at, .value = equals + 3, .line = (int)count + 1};
    count++;
  }
  struct recipe *recipe = recipe_parse(name, pairs, count, &line, &err);
  assert(recipe != NULL || (err.code == ERR_CONFIG && *err.text != '\0' && line >= 0 && line <= (int)count));
  mem_free(copy);
  return recipe;
}

/* A name that no recipe has stands for any. */
static struct recipe *choose(const char *name, size_t length) {
  const struct embedded_recipe *any = embedded_recipes;
  size_t count = 0;
  for (const struct embedded_recipe *recipe = embedded_recipes; recipe->text != NULL; recipe++, count++) {
    if (strlen(recipe->name) == length && memcmp(recipe->name, name, length) == 0) any = recipe;
  }
  if (length == 1) any = &embedded_recipes[(uint8_t)*name % count];
  return parse("vendor", any->text, strlen(any->text));
}

/* A recipe may say itself what is a secret only here. */
static void check(const struct reading *reading, bool is_recipe) {
  bool amount = reading->available.known || reading->used.known;
  assert(reading->asked_ms == NOW_MS);
  assert(amount == (reading->code == ERR_NONE));
  assert(amount ? *reading->unit != '\0' : *reading->detail != '\0');
  assert(text_is_utf8(reading->detail, strlen(reading->detail)));
  assert(is_recipe || (strstr(reading->detail, "sk-secret") == NULL && strstr(reading->hint, "sk-secret") == NULL));
}

static void gather(const struct recipe *recipe, int status, const char *body, size_t length) {
  static const struct account_value values[] = {{.name = "key", .text = "sk-secret"},
                                                {.name = "user", .text = "u"},
                                                {.name = "sid", .text = "s"},
                                                {.name = "account_id", .text = "a"}};
  const struct account account = {.name = "fuzz",
                                  .provider = "fuzz",
                                  .recipe = recipe,
                                  .unit = "",
                                  .base_url = "http://127.0.0.1:9/x",
                                  .values = values,
                                  .value_count = sizeof values / sizeof values[0]};
  struct answer answer = {.http = {.status = status, .body = body, .length = length}};
  struct ask ask;
  struct reading reading;
  struct gathering *gathering = gathering_new(&account, NOW_MS);
  enum gathering_step step = gathering_next(gathering, NULL, &ask, &reading);
  for (int asks = 1; step == GATHERING_ASK; asks++) {
    assert(asks <= GATHERING_ASKS_MAX && text_starts(buf_text(&ask.http.url), "http"));
    ask_done(&ask);
    step = gathering_next(gathering, &answer, &ask, &reading);
  }
  check(&reading, text_eq(recipe_about(recipe)->name, "R"));
  gathering_free(gathering);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char rich[] =
      "{\"a\":1,\"data\":[{\"a\":\"2.5\",\"b\":null,\"u\":\"usd\"},{\"a\":-1,\"u\":\"EUR\"}],\"n\":\"p\"}";
  static const int statuses[] = {200, 200, 200, 200, 201, 302, 400, 401, 403, 404, 429, 500};
  const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
  bool is_recipe = size > 0 && data[0] == 'R';
  if (!is_recipe && (end == NULL || end + 1 == data + size)) return 0;
  size_t from = is_recipe ? size : (size_t)(end - data) + 2;
  const char *text = (const char *)data;
  struct recipe *recipe = is_recipe ? parse("R", text + 1, size - 1) : choose(text, from - 2);
  if (recipe == NULL) return 0;
  char *body = mem_new(size - from + 1, 1);
  memcpy(body, data + from, size - from);
  if (is_recipe)
    gather(recipe, 200, rich, sizeof rich - 1);
  else
    gather(recipe, statuses[end[1] % (sizeof statuses / sizeof statuses[0])], body, size - from);
  mem_free(body);
  recipe_free(recipe);
  return 0;
}
