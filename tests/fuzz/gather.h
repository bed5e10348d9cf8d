/* What the fuzz targets of recipes share: answers cut out of the input, and a gathering that gets them. A part of the input
 * ends at a byte 0x1e; of an answer the first byte chooses the status, and of the first answer the account and a listener
 * too. The last answer is given again. Whatever comes, a reading is unknown with a reason, or has an amount. */
#ifndef LOWTIDE_FUZZ_GATHER_H
#define LOWTIDE_FUZZ_GATHER_H

#include <assert.h>
#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/provider.h"
#include "lowtide/text.h"

#define FUZZ_KEY "sk-secret"
#define FUZZ_NOW_MS 1795302245000LL
#define FUZZ_PAIRS_MAX 64
#define FUZZ_PARTS_MAX 8
#define FUZZ_PART_END 0x1e

struct fuzz_parts {
  char *text[FUZZ_PARTS_MAX]; /* in memory of exactly its size and a 0 */
  size_t length[FUZZ_PARTS_MAX];
  size_t count;
};

static inline void fuzz_cut(struct fuzz_parts *parts, const uint8_t *data, size_t size) {
  size_t at = 0;
  parts->count = 0;
  while (at <= size && parts->count < FUZZ_PARTS_MAX) {
    const uint8_t *end = at == size ? NULL : memchr(data + at, FUZZ_PART_END, size - at);
    size_t length = end == NULL ? size - at : (size_t)(end - data) - at;
    char *text = mem_new(length + 1, 1);
    if (length > 0) memcpy(text, data + at, length);
    parts->text[parts->count] = text;
    parts->length[parts->count++] = length;
    at += length + 1;
  }
}

static inline void fuzz_parts_done(struct fuzz_parts *parts) {
  for (size_t i = 0; i < parts->count; i++)
    mem_free(parts->text[i]);
}

/* Lines of `key = value`. */
static inline struct recipe *fuzz_parse(const char *name, const char *text) {
  struct pair pairs[FUZZ_PAIRS_MAX] = {{0}};
  struct err err = {0};
  size_t count = 0;
  int line = -1;
  char *copy = mem_dup(text);
  for (char *next = NULL, *at = copy; at != NULL && count < FUZZ_PAIRS_MAX; at = next) {
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

/* --- gathering ----------------------------------------------------------------------------------------------------- */

static inline void fuzz_hear(void *context, const struct recipe_step *step) {
  assert(step->key != NULL && step->formula != NULL && step->found != NULL);
  *(size_t *)context += strlen(step->key) + strlen(step->formula) + strlen(step->found);
}

static inline void fuzz_check(const struct reading *reading, bool keeps_secrets) {
  bool amount = reading->available.known || reading->used.known;
  assert(reading->asked_ms == FUZZ_NOW_MS);
  assert(amount == (reading->code == ERR_NONE));
  assert(amount ? *reading->unit != '\0' : *reading->detail != '\0');
  assert(amount || !(reading->cash.known || reading->voucher.known || reading->limit.known));
  assert(text_is_utf8(reading->detail, strlen(reading->detail)));
  assert(!keeps_secrets || (strstr(reading->detail, FUZZ_KEY) == NULL && strstr(reading->hint, FUZZ_KEY) == NULL));
}

static inline struct answer fuzz_answer(const struct fuzz_parts *answers, size_t step) {
  static const int statuses[] = {200, 200, 200, 200, 201, 302, 400, 401, 403, 404, 429, 500};
  size_t at = step < answers->count ? step : answers->count - 1;
  uint8_t choice = (uint8_t)answers->text[at][0];
  size_t skipped = answers->length[at] > 0 ? 1 : 0;
  return (struct answer){.http = {.status = statuses[choice % (sizeof statuses / sizeof statuses[0])],
                                  .body = answers->text[at] + skipped,
                                  .length = answers->length[at] - skipped}};
}

static inline struct account fuzz_account(const struct recipe *recipe, uint8_t choice) {
  static const char *const units[] = {"", "USD", "CNY", "hour"};
  static const struct account_value values[] = {{.name = "key", .text = FUZZ_KEY},
                                                {.name = "user", .text = "u"},
                                                {.name = "sid", .text = "s"},
                                                {.name = "account_id", .text = "a"},
                                                {.name = "team", .text = "t"}};
  bool tells_team = choice / 12 % 2 == 1;
  return (struct account){.name = "fuzz",
                          .provider = "fuzz",
                          .recipe = recipe,
                          .unit = units[choice / 12 % 4],
                          .base_url = choice / 48 % 2 == 0 ? "http://127.0.0.1:9/x" : NULL,
                          .values = values,
                          .value_count = sizeof values / sizeof values[0] - (tells_team ? 0 : 1)};
}

/* There is one answer at least. */
static inline void fuzz_gather(const struct recipe *recipe, const struct fuzz_parts *answers, bool keeps_secrets) {
  size_t heard = 0;
  const struct recipe_listener listener = {.hear = fuzz_hear, .context = &heard};
  uint8_t choice = (uint8_t)answers->text[0][0];
  const struct account account = fuzz_account(recipe, choice);
  struct ask ask;
  struct reading reading;
  struct gathering *gathering = gathering_new(&account, FUZZ_NOW_MS);
  if (choice / 96 % 2 == 1) gathering_listen(gathering, &listener);
  enum gathering_step step = gathering_next(gathering, NULL, &ask, &reading);
  for (size_t asks = 0; step == GATHERING_ASK; asks++) {
    struct answer answer = fuzz_answer(answers, asks);
    assert(asks < GATHERING_ASKS_MAX && text_starts(buf_text(&ask.http.url), "http"));
    ask_done(&ask);
    step = gathering_next(gathering, &answer, &ask, &reading);
  }
  fuzz_check(&reading, keeps_secrets);
  gathering_free(gathering);
}

#endif
