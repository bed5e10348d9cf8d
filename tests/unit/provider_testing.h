/* What the tests of recipes and providers share: reading a recipe from its text, and talking a gathering through. */
#ifndef LOWTIDE_PROVIDER_TESTING_H
#define LOWTIDE_PROVIDER_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lowtide/json.h"
#include "lowtide/mem.h"
#include "lowtide/provider.h"
#include "lowtide/text.h"

#define NOW_MS 1795302245000LL /* 2026-11-21 22:24:05 UTC */
#define PAIRS_MAX 80
#define KEY "sk-secret/+ä\"1"

/* A tiny splitter of a flat INI text, in place: sections, blank lines and comments count as lines only. */
static inline size_t split_ini(char *text, struct pair pairs[static PAIRS_MAX]) {
  size_t count = 0;
  int line = 0;
  for (char *next = NULL; text != NULL && count < PAIRS_MAX; text = next) {
    line++;
    next = strchr(text, '\n');
    if (next != NULL) *next++ = '\0';
    text += strspn(text, " ");
    char *equals = strchr(text, '=');
    if (strchr("[;", *text) != NULL || equals == NULL) continue;
    char *end = equals;
    while (end > text && end[-1] == ' ')
      end--;
    *end = '\0';
    pairs[count++] = (struct pair){.key = text, .value = equals + 1 + strspn(equals + 1, " "), .line = line};
  }
  return count;
}

static inline struct recipe *try_recipe(const char *name, const char *text, int *line, struct err *err) {
  struct pair pairs[PAIRS_MAX];
  char *copy = mem_dup(text);
  size_t count = split_ini(copy, pairs);
  struct recipe *recipe = recipe_parse(name, pairs, count, line, err);
  mem_free(copy);
  return recipe;
}

static inline struct recipe *read_recipe(const char *name, const char *text) {
  struct err err = {0};
  int line = -1;
  struct recipe *recipe = try_recipe(name, text, &line, &err);
  if (recipe == NULL) print_message("%s, line %d: %s\n", name, line, err.text);
  assert_non_null(recipe);
  return recipe;
}

static inline const char *embedded_text(const char *name) {
  for (const struct embedded_recipe *recipe = embedded_recipes; recipe->text != NULL; recipe++) {
    if (strcmp(recipe->name, name) == 0) return recipe->text;
  }
  fail_msg("no recipe %s is embedded", name);
  return NULL;
}

static const struct account_value usual_values[] = {{.name = "key", .text = KEY},
                                                    {.name = "team", .text = "team 1"},
                                                    {.name = "sid", .text = "AC00"},
                                                    {.name = "user", .text = "7"}};

static inline struct account usual_account(const struct recipe *recipe) {
  return (struct account){.name = "test",
                          .provider = recipe == NULL ? "none" : recipe_about(recipe)->name,
                          .recipe = recipe,
                          .label = "Test",
                          .emoji = "",
                          .unit = "",
                          .values = usual_values,
                          .value_count = sizeof usual_values / sizeof usual_values[0]};
}

#define TALK_MAX 45

struct talk_answer {
  int status;
  const char *body;
};

struct talk {
  struct talk_answer answers[TALK_MAX];
  size_t asked;
  char requests[TALK_MAX][700]; /* "GET https://…\nHeader: …\n\nbody" */
  struct reading reading;
};

static inline void keep_request(struct talk *talk, const struct ask *ask) {
  struct buf text;
  buf_init(&text, sizeof talk->requests[0] - 1);
  buf_addf(&text, "%s %s\n", ask->http.method, buf_text(&ask->http.url));
  for (size_t i = 0; i < ask->http.header_count; i++)
    buf_addf(&text, "%s\n", buf_text(&ask->http.headers[i]));
  buf_addf(&text, "\n%s", buf_text(&ask->http.body));
  (void)text_copy(talk->requests[talk->asked], sizeof talk->requests[0], buf_text(&text));
  buf_done(&text);
}

/* Gathers with the answers as far as they go; the last one is given again. */
static inline void talk_through(struct talk *talk, const struct account *account) {
  struct ask ask;
  ask_init(&ask);
  talk->asked = 0;
  struct gathering *gathering = gathering_new(account, NOW_MS);
  enum gathering_step step = gathering_next(gathering, NULL, &ask, &talk->reading);
  while (step == GATHERING_ASK) {
    assert_int_equal(ask.kind, ASK_HTTP);
    assert_true(talk->asked < TALK_MAX);
    keep_request(talk, &ask);
    ask_done(&ask);
    size_t at = talk->asked++;
    while (at > 0 && talk->answers[at].status == 0)
      at--;
    const struct talk_answer *told = &talk->answers[at];
    struct answer answer = {.http = {.status = told->status, .body = told->body, .length = strlen(told->body)}};
    step = gathering_next(gathering, &answer, &ask, &talk->reading);
  }
  ask_done(&ask);
  gathering_free(gathering);
  assert_int_equal(talk->reading.asked_ms, NOW_MS);
}

/* The recipe of that text, and the usual account. */
static inline void talk_recipe(struct talk *talk, const char *text, const char *base_url) {
  struct recipe *recipe = read_recipe("test", text);
  struct account account = usual_account(recipe);
  account.base_url = base_url;
  talk_through(talk, &account);
  recipe_free(recipe);
}

static inline void assert_amount(struct amount amount, const char *expected) {
  char text[MONEY_TEXT_MAX] = "unknown";
  if (amount.known) money_print_exact(text, amount.nano);
  assert_string_equal(text, expected);
}

static inline void assert_unknown(const struct reading *reading, enum err_code code, const char *detail) {
  assert_string_equal(err_code_name(reading->code), err_code_name(code));
  assert_string_equal(reading->detail, detail);
  assert_false(reading->available.known || reading->cash.known || reading->voucher.known);
  assert_false(reading->used.known || reading->limit.known);
}

/* A file of tests/fixtures/providers; free with mem_free. */
static inline char *read_fixture(const char *name) {
  char path[256];
  (void)text_fmt(path, sizeof path, "tests/fixtures/providers/%s", name);
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail_msg("%s is not there", path);
  char *text = mem_new(1, 256 * 1024);
  size_t length = fread(text, 1, 256 * 1024 - 1, file);
  text[length] = '\0';
  (void)fclose(file);
  return text;
}

#endif
