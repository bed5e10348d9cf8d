/* What a person can do about it is said with the reading: each hint of the recipes that come along, and bodies that ask. */
#include "provider_testing.h"

static const struct hint_case {
  const char *recipe;
  int status;
  const char *body;
  const char *words[2];
} hint_cases[] = {
    {"302ai", 401, "{}", {"may read the balance", "https://api.302ai.cn"}},
    {"aihubmix", 200, "{\"total_usage\":-2e-06}", {"no limit", "quota"}},
    {"anthropic", 401, "{}", {"admin key", "https://console.anthropic.com/"}},
    {"anthropic", 403, "{}", {"admin key", "https://console.anthropic.com/"}},
    {"cloudflare", 401, "{}", {"AI Gateway Read", "https://dash.cloudflare.com/"}},
    {"cloudflare", 403, "{}", {"AI Gateway Read", "https://dash.cloudflare.com/"}},
    {"deepgram", 403, "{}", {"read billing", "https://console.deepgram.com"}},
    {"elevenlabs", 401, "{}", {"restricted", "read the user"}},
    {"fal", 401, "{}", {"ADMIN", "https://fal.ai/"}},
    {"fal", 403, "{}", {"ADMIN", "https://fal.ai/"}},
    {"glm-plan", 200, "{\"success\":false,\"code\":1001}", {"key of the plan", "https://open.bigmodel.cn"}},
    {"minimax", 200, "{\"base_resp\":{\"status_code\":1004}}", {"other host", "https://api.minimaxi.com"}},
    {"moonshot", 401, "{}", {"may belong to the other host", "https://api.moonshot.cn"}},
    {"new-api", 200, "{\"success\":false,\"data\":{\"quota_per_unit\":5}}", {"access token", "user"}},
    {"new-api", 200, "<html>", {"base_url", "quota_per_unit = 500000"}},
    {"new-api-key", 200, "<html>", {"base_url", "quota_per_unit = 500000"}},
    {"one-api", 200, "<html>", {"base_url", "without /v1"}},
    {"openai", 401, "{}", {"admin key", "https://platform.openai.com/"}},
    {"openai", 403, "{}", {"admin key", "https://platform.openai.com/"}},
    {"openrouter", 403, "{}", {"management key", "https://openrouter.ai/"}},
    {"requesty", 403, "{}", {"read the organization", "https://app.requesty.ai"}},
    {"siliconflow", 401, "\"Api key is invalid\"", {"siliconflow.cn", "no balance any more"}},
    {"siliconflow", 410, "{}", {"siliconflow.cn", "no balance any more"}},
    {"stepfun", 401, "{}", {"other host", "https://api.stepfun.ai"}},
    {"together", 404, "{}", {"beta", "organization"}},
    {"twilio", 401, "{}", {"SID", "auth token"}},
    {"venice", 200, "{\"balances\":{\"usd\":null}}", {"DIEM", "venice-diem"}},
    {"venice-diem", 401, "{}", {"admin key", "https://venice.ai/"}},
    {"xai", 401, "{}", {"management key", "console.x.ai"}},
    {"xai", 403, "{}", {"management key", "console.x.ai"}},
    {"xai", 404, "{}", {"no such team", "team = "}},
    {"xai-ledger", 401, "{}", {"management key", "console.x.ai"}},
    {"xai-ledger", 403, "{}", {"management key", "console.x.ai"}},
    {"xai-ledger", 404, "{}", {"no such team", "team = "}},
    {"zenmux", 401, "{}", {"management key", "https://zenmux.ai"}},
    {"zenmux", 403, "{}", {"management key", "https://zenmux.ai"}},
    {"zhipu", 200, "{\"success\":false,\"code\":1000}", {"other host", "https://api.z.ai"}},
};

#define HINT_CASES (sizeof hint_cases / sizeof hint_cases[0])

static const struct account_value hint_values[] = {{.name = "key", .text = KEY},
                                                   {.name = "sid", .text = "AC00"},
                                                   {.name = "user", .text = "7"},
                                                   {.name = "account_id", .text = "a"}};

static void talk_to(struct talk *talk, const char *name) {
  struct recipe *recipe = read_recipe(name, embedded_text(name));
  struct account account = usual_account(recipe);
  account.values = hint_values;
  account.value_count = sizeof hint_values / sizeof hint_values[0];
  account.base_url = "https://relay.example.org";
  talk_through(talk, &account);
  recipe_free(recipe);
}

static void a_failure_comes_with_what_to_do(void **state) {
  (void)state;
  for (size_t i = 0; i < HINT_CASES; i++) {
    const struct hint_case *wanted = &hint_cases[i];
    struct talk talk = {.answers = {{wanted->status, wanted->body}}};
    talk_to(&talk, wanted->recipe);
    const char *hint = talk.reading.hint;
    bool said = strstr(hint, wanted->words[0]) != NULL && strstr(hint, wanted->words[1]) != NULL;
    if (!said) fail_msg("%s, %d: %s", wanted->recipe, wanted->status, hint);
  }
}

/* A new `hint.` without a line above is noticed. */
static void each_hint_has_its_case(void **state) {
  (void)state;
  size_t hints = 0;
  for (const struct embedded_recipe *recipe = embedded_recipes; recipe->text != NULL; recipe++) {
    for (const char *at = strstr(recipe->text, "\nhint."); at != NULL; at = strstr(at + 1, "\nhint."))
      hints++;
  }
  assert_int_equal(hints, HINT_CASES);
}

static void a_post_holds_the_question(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"data\":{\"myself\":{\"clientBalance\":5}}}"}}};
  talk_to(&talk, "runpod");
  assert_true(text_starts(talk.requests[0], "POST https://relay.example.org/graphql\n"));
  assert_non_null(strstr(talk.requests[0], "\nContent-Type: application/json\n"));
  assert_non_null(strstr(talk.requests[0], "\n\n{\"query\":\"query { myself { clientBalance } }\"}"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_failure_comes_with_what_to_do),
      cmocka_unit_test(each_hint_has_its_case),
      cmocka_unit_test(a_post_holds_the_question),
  };
  return cmocka_run_group_tests_name("recipe hints", tests, NULL, NULL);
}
