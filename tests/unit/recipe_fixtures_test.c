/* Every stored answer of a vendor gives exactly the value that index.json expects of it, and every error its code. */
#include "provider_testing.h"
#include "recipe_others.h"

enum part { AVAILABLE, CASH, VOUCHER, USED, LIMIT };

/* One line an expectation of index.json: which recipe reads it, from which answers, where the value ends up. */
static const struct expectation {
  const char *recipe;
  const char *files[3];
  const char *unit;
  const char *base_url;
  const char *file; /* in index.json */
  const char *what;
  const char *currency;
  enum part part;
} expectations[] = {
    {"moonshot", {"moonshot.json"}, "", NULL, "moonshot.json", "available", "USD", AVAILABLE},
    {"moonshot", {"moonshot.json"}, "", NULL, "moonshot.json", "cash", "USD", CASH},
    {"moonshot", {"moonshot.json"}, "", "http://127.0.0.1:8080", "moonshot.json", "voucher", "USD", VOUCHER},
    {"moonshot",
     {"moonshot-negative-cash.json"},
     "",
     "https://api.moonshot.cn",
     "moonshot-negative-cash.json",
     "available",
     "CNY",
     AVAILABLE},
    {"moonshot",
     {"moonshot-negative-cash.json"},
     "",
     "https://API.moonshot.cn:443/x",
     "moonshot-negative-cash.json",
     "cash",
     "CNY",
     CASH},
    {"openrouter", {"openrouter-credits.json"}, "", NULL, "openrouter-credits.json", "available", "USD", AVAILABLE},
    {"openrouter", {"openrouter-credits.json"}, "", NULL, "openrouter-credits.json", "used_lifetime", "USD", USED},
    {"openrouter-key", {"openrouter-key.json"}, "", NULL, "openrouter-key.json", "used_month", "USD", USED},
    {"deepseek", {"deepseek.json"}, "USD", NULL, "deepseek.json", "available", "USD", AVAILABLE},
    {"deepseek", {"deepseek.json"}, "CNY", NULL, "deepseek.json", "available", "CNY", AVAILABLE},
    {"deepseek", {"deepseek.json"}, "cny", NULL, "deepseek.json", "voucher", "CNY", VOUCHER},
    {"deepseek", {"deepseek.json"}, "CNY", NULL, "deepseek.json", "cash", "CNY", CASH},
    {"deepseek", {"deepseek-numbers.json"}, "", NULL, "deepseek-numbers.json", "available", "CNY", AVAILABLE},
    {"xai", {"xai-invoice-preview.json"}, "", NULL, "xai-invoice-preview.json", "available", "USD", AVAILABLE},
    {"xai-posted",
     {"xai-prepaid-balance.json"},
     "",
     NULL,
     "xai-prepaid-balance.json",
     "available_posted",
     "USD",
     AVAILABLE},
    {"xai-limits", {"xai-spending-limits.json"}, "", NULL, "xai-spending-limits.json", "limit", "USD", LIMIT},
    {"xai-usage", {"xai-usage.json"}, "", NULL, "xai-usage.json", "cost", "USD", USED},
    {"openai", {"openai-costs.json", "last"}, "", NULL, "openai-costs.json", "cost", "USD", USED},
    {"openai-limit", {"openai-spend-limit.json"}, "", NULL, "openai-spend-limit.json", "limit", "USD", LIMIT},
    {"deepgram",
     {"deepgram-projects.json", "deepgram-balances.json"},
     "",
     NULL,
     "deepgram-balances.json",
     "available",
     "USD",
     AVAILABLE},
    {"deepinfra", {"deepinfra-checklist.json"}, "", NULL, "deepinfra-checklist.json", "available", "USD", AVAILABLE},
    {"deepinfra-usage", {"deepinfra-usage.json"}, "", NULL, "deepinfra-usage.json", "cost", "USD", USED},
    {"novita", {"novita.json"}, "", NULL, "novita.json", "available", "USD", AVAILABLE},
    {"novita", {"novita.json"}, "", NULL, "novita.json", "cash", "USD", CASH},
    {"elevenlabs", {"elevenlabs.json"}, "", NULL, "elevenlabs.json", "available", "characters", AVAILABLE},
    {"elevenlabs", {"elevenlabs.json"}, "", NULL, "elevenlabs.json", "used", "characters", USED},
    {"one-api",
     {"oneapi-subscription.json", "oneapi-usage.json"},
     "",
     "https://api.example.org",
     "oneapi-subscription.json",
     "limit",
     "USD?",
     LIMIT},
    {"one-api",
     {"oneapi-subscription.json", "oneapi-usage.json"},
     "",
     "https://api.example.org",
     "oneapi-usage.json",
     "used",
     "USD?",
     USED},
    {"new-api",
     {"newapi-status.json", "newapi-usage-token.json"},
     "",
     "https://api.example.org",
     "newapi-usage-token.json",
     "available",
     "USD",
     AVAILABLE},
    {"new-api",
     {"newapi-status.json", "newapi-usage-token.json"},
     "",
     "https://api.example.org",
     "newapi-usage-token.json",
     "used",
     "USD",
     USED},
    {"new-api-user",
     {"newapi-user-self.json"},
     "",
     "https://api.example.org",
     "newapi-user-self.json",
     "available",
     "USD",
     AVAILABLE},
    {"new-api-user",
     {"newapi-user-self.json"},
     "",
     "https://api.example.org",
     "newapi-user-self.json",
     "used",
     "USD",
     USED},
    {"litellm",
     {"litellm-key-info.json"},
     "",
     "http://127.0.0.1:4000",
     "litellm-key-info.json",
     "available",
     "USD",
     AVAILABLE},
    {"litellm", {"litellm-key-info.json"}, "", "http://127.0.0.1:4000", "litellm-key-info.json", "used", "USD", USED},
    {"twilio", {"twilio.json"}, "", NULL, "twilio.json", "available", "USD", AVAILABLE},
};
#define EXPECTATIONS (sizeof expectations / sizeof expectations[0])

/* Said otherwise on purpose: what a key has left of its cap is no credit, and a lifetime figure goes before a period's. */
static const char *const elsewhere[][2] = {{"openrouter-key.json", "key_remaining"},
                                           {"openrouter-key.json", "used_lifetime"},
                                           {"openrouter-key-nolimit.json", "used_month"}};

static const char *text_of(const char *name) {
  for (size_t i = 0; i < sizeof other_recipes / sizeof other_recipes[0]; i++) {
    if (strcmp(other_recipes[i].name, name) == 0) return other_recipes[i].text;
  }
  return embedded_text(name);
}

static struct json *read_index(void) {
  struct err err = {0};
  char *text = read_fixture("index.json");
  struct json *index = json_parse(text, strlen(text), &err);
  assert_non_null(index);
  mem_free(text);
  return index;
}

static const char *expected_value(const struct json *index, const struct expectation *wanted) {
  for (const struct json *entry = json_first(index); entry != NULL; entry = json_next(entry)) {
    if (strcmp(json_string(json_member(entry, "file")), wanted->file) != 0) continue;
    const struct json *expect = json_first(json_member(entry, "expect"));
    for (; expect != NULL; expect = json_next(expect)) {
      if (strcmp(json_string(json_member(expect, "what")), wanted->what) != 0) continue;
      if (strcmp(json_string(json_member(expect, "currency")), wanted->currency) != 0) continue;
      return json_string(json_member(expect, "value"));
    }
  }
  fail_msg("index.json does not expect %s of %s", wanted->what, wanted->file);
  return NULL;
}

static struct amount part_of(const struct reading *reading, enum part part) {
  switch (part) {
  case AVAILABLE: return reading->available;
  case CASH: return reading->cash;
  case VOUCHER: return reading->voucher;
  case USED: return reading->used;
  case LIMIT: break;
  }
  return reading->limit;
}

static struct reading gather_files(const struct expectation *wanted) {
  struct recipe *recipe = read_recipe(wanted->recipe, text_of(wanted->recipe));
  struct account account = usual_account(recipe);
  char *bodies[3] = {NULL};
  struct talk talk = {0};
  account.unit = wanted->unit;
  account.base_url = wanted->base_url;
  for (size_t i = 0; i < 3 && wanted->files[i] != NULL; i++) {
    bool is_last = strcmp(wanted->files[i], "last") == 0;
    bodies[i] = is_last ? mem_dup("{\"data\":[],\"next_page\":null}") : read_fixture(wanted->files[i]);
    talk.answers[i] = (struct talk_answer){200, bodies[i]};
  }
  talk_through(&talk, &account);
  for (size_t i = 0; i < 3; i++)
    mem_free(bodies[i]);
  recipe_free(recipe);
  return talk.reading;
}

static void each_good_answer_gives_its_value(void **state) {
  (void)state;
  struct json *index = read_index();
  for (size_t i = 0; i < EXPECTATIONS; i++) {
    const struct expectation *wanted = &expectations[i];
    const char *value = expected_value(index, wanted);
    struct reading reading = gather_files(wanted);
    struct err err = {0};
    int64_t nano = 0;
    if (reading.code != ERR_NONE) print_message("%s, %s: %s\n", wanted->recipe, wanted->file, reading.detail);
    assert_int_equal(reading.code, ERR_NONE);
    assert_true(money_parse(value, &nano, &err));
    char text[MONEY_TEXT_MAX];
    money_print_exact(text, nano);
    assert_amount(part_of(&reading, wanted->part), text);
    assert_int_equal(strncmp(wanted->currency, reading.unit, strlen(reading.unit)), 0);
  }
  json_free(index);
}

static bool is_covered(const char *file, const char *what, const char *currency) {
  for (size_t i = 0; i < EXPECTATIONS; i++) {
    const struct expectation *wanted = &expectations[i];
    if (text_eq(wanted->file, file) && text_eq(wanted->what, what) && text_eq(wanted->currency, currency)) return true;
  }
  for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
    if (text_eq(elsewhere[i][0], file) && text_eq(elsewhere[i][1], what)) return true;
  }
  return false;
}

static void no_expectation_is_left_out(void **state) {
  (void)state;
  struct json *index = read_index();
  for (const struct json *entry = json_first(index); entry != NULL; entry = json_next(entry)) {
    const char *file = json_string(json_member(entry, "file"));
    for (const struct json *e = json_first(json_member(entry, "expect")); e != NULL; e = json_next(e)) {
      const char *what = json_string(json_member(e, "what"));
      if (!is_covered(file, what, json_string(json_member(e, "currency")))) fail_msg("%s: %s", file, what);
    }
  }
  json_free(index);
}

/* --- errors and traps ---------------------------------------------------------------------------------------------- */

static const struct bad_answer {
  const char *recipe;
  const char *file;
  int status;
  enum err_code code;
  const char *detail;
} bad_answers[] = {
    {"moonshot", "moonshot.error-401.json", 401, ERR_AUTH, "HTTP 401"},
    {"openrouter", "openrouter-credits-zeros.json", 200, ERR_FORBIDDEN, "HTTP 200, but /data/total_credits is 0"},
    {"openrouter", "openrouter.error-401.json", 401, ERR_AUTH, "HTTP 401"},
    {"openrouter", "openrouter.error-403.json", 403, ERR_FORBIDDEN, "HTTP 403"},
    {"openrouter", "openrouter.error-403-security.json", 403, ERR_FORBIDDEN, "HTTP 403"},
    {"deepseek", "deepseek.error-401.json", 401, ERR_AUTH, "HTTP 401"},
    {"openai", "openai.error-401.json", 401, ERR_AUTH, "HTTP 401"},
    {"elevenlabs", "elevenlabs.error-401.json", 401, ERR_AUTH, "HTTP 401"},
    {"deepgram", "deepgram.error-401.json", 401, ERR_AUTH, "HTTP 401"},
    {"twilio", "twilio.error-401.json", 401, ERR_AUTH, "HTTP 401"},
    {"litellm", "litellm.error-401.json", 401, ERR_AUTH, "HTTP 401"},
    {"new-api-user", "newapi.error-200.json", 200, ERR_SERVER, "HTTP 200, but /success is not true"},
};

static void each_bad_answer_gives_its_code(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof bad_answers / sizeof bad_answers[0]; i++) {
    const struct bad_answer *bad = &bad_answers[i];
    struct recipe *recipe = read_recipe(bad->recipe, text_of(bad->recipe));
    struct account account = usual_account(recipe);
    account.base_url = "http://localhost:1";
    char *body = read_fixture(bad->file);
    struct talk talk = {.answers = {{bad->status, body}}};
    talk_through(&talk, &account);
    assert_unknown(&talk.reading, bad->code, bad->detail);
    mem_free(body);
    recipe_free(recipe);
  }
}

static void every_fixture_is_read_by_some_test(void **state) {
  (void)state;
  struct json *index = read_index();
  for (const struct json *entry = json_first(index); entry != NULL; entry = json_next(entry)) {
    const char *file = json_string(json_member(entry, "file"));
    const char *kind = json_string(json_member(entry, "kind"));
    bool is_read = strcmp(kind, "ok") == 0 || strcmp(file, "oneapi-subscription-unlimited.json") == 0;
    for (size_t i = 0; i < sizeof bad_answers / sizeof bad_answers[0]; i++)
      is_read = is_read || strcmp(bad_answers[i].file, file) == 0;
    if (!is_read) fail_msg("%s", file);
  }
  json_free(index);
}

static void a_token_without_a_limit_tells_only_what_is_used(void **state) {
  (void)state;
  struct expectation wanted = {.recipe = "one-api",
                               .files = {"oneapi-subscription-unlimited.json", "oneapi-usage.json"},
                               .unit = "",
                               .base_url = "https://api.example.org/"};
  struct reading reading = gather_files(&wanted);
  assert_int_equal(reading.code, ERR_NONE);
  assert_int_equal(reading.kind, READING_SPEND);
  assert_amount(reading.available, "unknown");
  assert_amount(reading.limit, "unknown");
  assert_amount(reading.used, "12.345");
}

static void a_key_without_a_cap_tells_its_lifetime_use(void **state) {
  (void)state;
  struct expectation capped = {.recipe = "openrouter-key", .files = {"openrouter-key.json"}, .unit = ""};
  struct expectation free = {.recipe = "openrouter-key", .files = {"openrouter-key-nolimit.json"}, .unit = ""};
  struct reading reading = gather_files(&capped);
  assert_amount(reading.limit, "50");
  assert_amount(reading.used, "18.7756");
  assert_amount(reading.available, "unknown");
  assert_int_equal(reading.kind, READING_SPEND);
  reading = gather_files(&free);
  assert_amount(reading.limit, "unknown");
  assert_amount(reading.used, "3.14");
  assert_amount(reading.available, "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_good_answer_gives_its_value),
      cmocka_unit_test(no_expectation_is_left_out),
      cmocka_unit_test(each_bad_answer_gives_its_code),
      cmocka_unit_test(every_fixture_is_read_by_some_test),
      cmocka_unit_test(a_token_without_a_limit_tells_only_what_is_used),
      cmocka_unit_test(a_key_without_a_cap_tells_its_lifetime_use),
  };
  return cmocka_run_group_tests_name("recipe fixtures", tests, NULL, NULL);
}
