/* First byte R: the rest is a recipe, in lines of `key = value`. Else it chooses a recipe, the next byte a status, and the
 * rest is what the vendor answers, again and again. Whatever comes, a reading is unknown with a reason, or has an amount.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/provider.h"
#include "lowtide/text.h"
#include "unit/recipe_others.h"

#define NOW_MS 1795302245000LL
#define PAIRS_MAX 64
#define OTHERS (sizeof other_recipes / sizeof other_recipes[0])

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

static struct recipe *choose(uint8_t byte) {
  size_t embedded = 0;
  while (embedded_recipes[embedded].text != NULL)
    embedded++;
  size_t at = byte % (embedded + OTHERS);
  const char *text = at < OTHERS ? other_recipes[at].text : embedded_recipes[at - OTHERS].text;
  return parse("vendor", text, strlen(text));
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
  static const struct account_value values[] = {
      {.name = "key", .text = "sk-secret"}, {.name = "team", .text = "t"}, {.name = "sid", .text = "s"}};
  const struct account account = {.name = "fuzz",
                                  .provider = "fuzz",
                                  .recipe = recipe,
                                  .unit = "",
                                  .base_url = "http://127.0.0.1:9/x",
                                  .values = values,
                                  .value_count = 3};
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
  if (size < 2) return 0;
  bool is_recipe = data[0] == 'R';
  struct recipe *recipe = is_recipe ? parse("R", (const char *)data + 1, size - 1) : choose(data[0]);
  if (recipe == NULL) return 0;
  char *body = mem_new(size, 1);
  memcpy(body, data + 2, size - 2);
  if (is_recipe)
    gather(recipe, 200, rich, sizeof rich - 1);
  else
    gather(recipe, statuses[data[1] % (sizeof statuses / sizeof statuses[0])], body, size - 2);
  mem_free(body);
  recipe_free(recipe);
  return 0;
}
