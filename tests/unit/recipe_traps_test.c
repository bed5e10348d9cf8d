/* What vendors say that must not be taken at its word. Each line fails without the line of a recipe that it is about. */
#include "provider_testing.h"

static const struct trap {
  const char *recipe;
  int status;
  const char *body; /* of each ask */
  enum err_code code;
  const char *amounts[3]; /* available, used, limit; NULL: unknown */
  const char *unit;
} traps[] = {
    /* Failures inside HTTP 200. */
    {"moonshot", 200, "{\"code\":5,\"status\":true,\"data\":{\"available_balance\":5}}", ERR_SERVER, {0}, ""},
    {"moonshot", 200, "{\"code\":0,\"status\":false,\"data\":{\"available_balance\":5}}", ERR_SERVER, {0}, ""},
    {"siliconflow", 200, "{\"code\":20000,\"status\":false,\"data\":{\"totalBalance\":\"5\"}}", ERR_SERVER, {0}, ""},
    {"siliconflow", 200, "{\"code\":50000,\"status\":true,\"data\":{\"totalBalance\":\"5\"}}", ERR_SERVER, {0}, ""},
    {"zhipu", 200, "{\"code\":500,\"success\":false,\"data\":{\"availableBalance\":5}}", ERR_SERVER, {0}, ""},
    {"zhipu", 200, "{\"code\":1000,\"success\":false}", ERR_AUTH, {0}, ""},
    {"glm-plan", 200, "{\"code\":1000,\"success\":false}", ERR_AUTH, {0}, ""},
    {"glm-plan", 200, "{\"code\":401,\"success\":false}", ERR_AUTH, {0}, ""},
    {"glm-plan", 200, "{\"success\":false,\"data\":{\"limits\":[{\"unit\":3,\"percentage\":5}]}}", ERR_SERVER, {0}, ""},
    {"minimax", 200, "{\"base_resp\":{\"status_code\":2049},\"available_amount\":\"5\"}", ERR_AUTH, {0}, ""},
    {"minimax", 200, "{\"base_resp\":{\"status_code\":1002},\"available_amount\":\"5\"}", ERR_RATE_LIMITED, {0}, ""},
    {"minimax", 200, "{\"base_resp\":{\"status_code\":1008},\"available_amount\":\"5\"}", ERR_FORBIDDEN, {0}, ""},
    {"minimax", 200, "{\"base_resp\":{\"status_code\":1},\"available_amount\":\"5\"}", ERR_SERVER, {0}, ""},
    {"302ai", 200, "{\"code\":-10001,\"data\":{\"balance\":5}}", ERR_SERVER, {0}, ""},
    {"302ai", 200, "{\"code\":0,\"data\":{\"balance\":5}}", ERR_NONE, {"5"}, "USD"},
    {"zenmux", 200, "{\"success\":false,\"data\":{\"total_credits\":5}}", ERR_SERVER, {0}, ""},
    {"firecrawl", 200, "{\"success\":false,\"data\":{\"remainingCredits\":5}}", ERR_SERVER, {0}, ""},
    {"cloudflare", 200, "{\"success\":false,\"result\":{\"balance\":5}}", ERR_SERVER, {0}, ""},
    {"wavespeed", 200, "{\"code\":500,\"data\":{\"balance\":5}}", ERR_SERVER, {0}, ""},
    {"runpod", 200, "{\"errors\":[{\"extensions\":{\"code\":\"FORBIDDEN\"}}],\"data\":null}", ERR_FORBIDDEN, {0}, ""},
    {"runpod", 200, "{\"errors\":[{\"message\":\"?\"}],\"data\":{\"myself\":null}}", ERR_MALFORMED, {0}, ""},
    {"new-api-key",
     200,
     "{\"code\":false,\"data\":{\"quota_per_unit\":10,\"total_used\":5,\"total_available\":5}}",
     ERR_SERVER,
     {0},
     ""},
    {"new-api-key", 200, "{\"success\":false,\"data\":{\"quota_per_unit\":10}}", ERR_AUTH, {0}, ""},

    /* Odd statuses. */
    {"siliconflow", 410, "{\"code\":20092}", ERR_UNSUPPORTED, {0}, ""},
    {"siliconflow", 401, "\"Api key is invalid\"", ERR_AUTH, {0}, ""},
    {"together", 404, "{}", ERR_UNSUPPORTED, {0}, ""},
    {"requesty-key", 402, "{}", ERR_FORBIDDEN, {0}, ""},
    {"zenmux", 422, "{}", ERR_RATE_LIMITED, {0}, ""},
    {"tavily", 432, "{}", ERR_FORBIDDEN, {0}, ""},
    {"tavily", 433, "{}", ERR_FORBIDDEN, {0}, ""},
    {"ppio", 400, "{}", ERR_SERVER, {0}, ""},
    {"deepgram", 400, "{\"err_code\":\"INVALID_AUTH\"}", ERR_AUTH, {0}, ""},
    {"hyperbolic", 403, "", ERR_FORBIDDEN, {0}, ""},

    /* Words for "no limit" and for "not known". */
    {"openrouter", 200, "{\"data\":{\"total_credits\":0,\"total_usage\":0}}", ERR_FORBIDDEN, {0}, ""},
    {"openrouter", 200, "{\"data\":{\"total_credits\":5,\"total_usage\":5}}", ERR_NONE, {"0", "5"}, "USD"},
    {"aihubmix", 200, "{\"total_usage\":-0.000002}", ERR_UNSUPPORTED, {0}, ""},
    {"aihubmix", 200, "{\"total_usage\":-1}", ERR_UNSUPPORTED, {0}, ""},
    {"aihubmix", 200, "{\"total_usage\":0}", ERR_NONE, {"0"}, "USD"},
    {"requesty-key", 200, "{\"monthly_spend\":3,\"monthly_limit\":0}", ERR_NONE, {NULL, "3"}, "USD"},
    {"litellm", 200, "{\"info\":{\"spend\":3,\"max_budget\":null}}", ERR_NONE, {NULL, "3"}, "USD"},
    {"litellm", 200, "{\"info\":{\"spend\":3,\"max_budget\":0}}", ERR_NONE, {"-3", "3", "0"}, "USD"},
    {"tavily", 200, "{\"account\":{\"plan_usage\":3,\"plan_limit\":null}}", ERR_NONE, {NULL, "3"}, "credits"},
    {"venice", 200, "{\"balances\":{\"usd\":null,\"diem\":3}}", ERR_MALFORMED, {0}, ""},
    {"venice", 200, "{\"balances\":{\"usd\":\"8.4\",\"diem\":null}}", ERR_NONE, {"8.4"}, "USD"},
    {"new-api-key",
     200,
     "{\"code\":true,\"data\":{\"quota_per_unit\":10,\"total_used\":5,\"total_available\":0,\"unlimited_quota\":true}}",
     ERR_NONE,
     {NULL, "0.5"},
     "USD"},
    {"elevenlabs",
     200,
     "{\"character_count\":5,\"character_limit\":3,\"next_character_count_reset_unix\":null}",
     ERR_NONE,
     {"-2", "5", "3"},
     "characters"},
    {"firecrawl",
     200,
     "{\"success\":true,\"data\":{\"remainingCredits\":5,\"billingPeriodEnd\":null}}",
     ERR_NONE,
     {"5"},
     "credits"},

    {"one-api", 200, "{\"hard_limit_usd\":100000000,\"total_usage\":412.5}", ERR_NONE, {NULL, "4.125"}, "USD"},

    /* Signs, scales, rows. */
    {"one-api", 200, "{\"hard_limit_usd\":20,\"total_usage\":412.5}", ERR_NONE, {"15.875", "4.125", "20"}, "USD"},
    {"xai-ledger", 200, "{\"scopeId\":\"t\",\"total\":{\"val\":\"250\"}}", ERR_NONE, {"-2.5"}, "USD"},
    {"xai-ledger", 200, "{\"scopeId\":\"t\",\"total\":{}}", ERR_MALFORMED, {0}, ""},
    {"xai",
     200,
     "{\"scopeId\":\"t\",\"coreInvoice\":{\"prepaidCredits\":{\"val\":\"-5000\"},\"prepaidCreditsUsed\":{\"val\":\"-1373\"}"
     "}}",
     ERR_NONE,
     {"36.27", "13.73"},
     "USD"},
    {"deepinfra", 200, "{\"stripe_balance\":2.5,\"recent\":1}", ERR_NONE, {"-3.5"}, "USD"},
    {"novita", 200, "{\"availableBalance\":\"-15000\"}", ERR_NONE, {"-1.5"}, "USD"},
    {"stepfun", 200, "{\"balance\":5,\"total_cash_balance\":300,\"total_voucher_balance\":15}", ERR_NONE, {"5"}, "CNY"},
    {"glm-plan",
     200,
     "{\"success\":true,\"data\":{\"limits\":[{\"type\":\"TOKENS_LIMIT\",\"unit\":6,\"percentage\":70},"
     "{\"type\":\"TOKENS_LIMIT\",\"unit\":3,\"percentage\":7}]}}",
     ERR_NONE,
     {NULL, "70", "100"},
     "percent"},
    {"glm-plan",
     200,
     "{\"success\":true,\"data\":{\"limits\":[{\"type\":\"TOKENS_LIMIT\",\"unit\":6,\"percentage\":7},"
     "{\"type\":\"TIME_LIMIT\",\"unit\":5,\"percentage\":99},{\"type\":\"TOKENS_LIMIT\",\"unit\":3,\"percentage\":70}]}}",
     ERR_NONE,
     {NULL, "70", "100"},
     "percent"},
    {"glm-plan",
     200,
     "{\"success\":true,\"data\":{\"limits\":[{\"type\":\"TOKENS_LIMIT\",\"unit\":6},"
     "{\"type\":\"TOKENS_LIMIT\",\"unit\":3,\"percentage\":0}]}}",
     ERR_NONE,
     {NULL, "0", "100"},
     "percent"},
    {"glm-plan",
     200,
     "{\"success\":true,\"data\":{\"limits\":[{\"type\":\"TOKENS_LIMIT\"},{\"type\":\"TOKENS_LIMIT\"}]}}",
     ERR_MALFORMED,
     {0},
     ""},
    {"glm-plan", 200, "{\"success\":true,\"data\":{\"limits\":[]}}", ERR_MALFORMED, {0}, ""},
    {"fireworks", 200, "{\"value\":\"50\"}", ERR_NONE, {NULL, "0", "50"}, "USD"},
    {"fireworks", 200, "{\"usage\":3.25}", ERR_MALFORMED, {0}, ""},

    /* Vendors that may leave their unit out. */
    {"anthropic", 200, "{\"data\":[],\"has_more\":false}", ERR_NONE, {NULL, "0"}, "USD"},
    {"atlascloud", 200, "{\"value\":\"1\"}", ERR_NONE, {"1"}, "USD"},
    {"fal", 200, "{\"credits\":{\"current_balance\":1}}", ERR_NONE, {"1"}, "USD"},
    {"together", 200, "{\"data\":[]}", ERR_NONE, {NULL, "0"}, "USD"},
    {"wavespeed", 200, "{\"code\":200,\"data\":{\"balance\":1}}", ERR_NONE, {"1"}, "USD"},
    {"zenmux", 200, "{\"success\":true,\"data\":{\"total_credits\":1}}", ERR_NONE, {"1"}, "USD"},

    /* Reports that are cut off. */
    {"openai", 200, "{\"data\":[],\"has_more\":true,\"next_page\":null}", ERR_MALFORMED, {0}, ""},
    {"openai", 200, "{\"data\":[],\"has_more\":false,\"next_page\":null}", ERR_NONE, {NULL, "0"}, "USD"},
    {"anthropic", 200, "{\"data\":[],\"has_more\":true}", ERR_MALFORMED, {0}, ""},
    {"together", 200, "{\"data\":[],\"has_more\":true,\"next_page_token\":\"x\"}", ERR_MALFORMED, {0}, ""},
};

static const struct account_value trap_values[] = {
    {.name = "key", .text = KEY}, {.name = "user", .text = "7"}, {.name = "account_id", .text = "a1"}};

static struct reading ask_recipe(const struct recipe *recipe, const char *base_url, int status, const char *body) {
  struct account account = usual_account(recipe);
  struct talk talk = {.answers = {{status, body}}};
  account.values = trap_values;
  account.value_count = sizeof trap_values / sizeof trap_values[0];
  account.base_url = base_url;
  talk_through(&talk, &account);
  return talk.reading;
}

static bool is_amount(struct amount amount, const char *expected) {
  char text[MONEY_TEXT_MAX] = "";
  if (amount.known) money_print_exact(text, amount.nano);
  return text_eq(text, expected == NULL ? "" : expected);
}

static void traps_are_known(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof traps / sizeof traps[0]; i++) {
    const struct trap *trap = &traps[i];
    struct recipe *recipe = read_recipe(trap->recipe, embedded_text(trap->recipe));
    struct reading reading = ask_recipe(recipe, "https://relay.example.org", trap->status, trap->body);
    bool right = reading.code == trap->code && is_amount(reading.available, trap->amounts[0]) &&
                 is_amount(reading.used, trap->amounts[1]) && is_amount(reading.limit, trap->amounts[2]) &&
                 text_eq(reading.unit, trap->unit);
    if (!right) fail_msg("%s, %s: %s %s", trap->recipe, trap->body, err_code_name(reading.code), reading.detail);
    recipe_free(recipe);
  }
}

static void the_host_tells_the_currency(void **state) {
  static const struct {
    const char *recipe;
    const char *host;
    const char *body;
    const char *units[2]; /* usually, and there */
  } cases[] = {
      {"moonshot", "api.moonshot.cn", "{\"code\":0,\"status\":true,\"data\":{\"available_balance\":5}}", {"USD", "CNY"}},
      {"siliconflow",
       "api.siliconflow.cn",
       "{\"code\":20000,\"status\":true,\"data\":{\"totalBalance\":5}}",
       {"USD", "CNY"}},
      {"stepfun", "api.stepfun.ai", "{\"balance\":5}", {"CNY", "USD"}},
      {"zhipu", "api.z.ai", "{\"success\":true,\"data\":{\"availableBalance\":5,\"totalSpendAmount\":1}}", {"CNY", "USD"}},
      {"minimax", "api.minimaxi.com", "{\"base_resp\":{\"status_code\":0},\"available_amount\":5}", {"USD", "CNY"}},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char url[80];
    struct recipe *recipe = read_recipe(cases[i].recipe, embedded_text(cases[i].recipe));
    (void)text_fmt(url, sizeof url, "https://%s", cases[i].host);
    assert_string_equal(ask_recipe(recipe, NULL, 200, cases[i].body).unit, cases[i].units[0]);
    assert_string_equal(ask_recipe(recipe, url, 200, cases[i].body).unit, cases[i].units[1]);
    struct reading refused = ask_recipe(recipe, NULL, 401, "{}");
    assert_true(strstr(refused.hint, "other host") != NULL || strstr(refused.hint, ".cn") != NULL);
    recipe_free(recipe);
  }
}

/* What a key of the wrong kind gets, and what its fallback makes of it. */
static void a_lesser_key_tells_what_it_may_see(void **state) {
  static const struct {
    const char *recipe;
    const char *fallback;
    int status;
    const char *body;
    const char *amounts[3];
  } cases[] = {
      {"openrouter",
       "openrouter-key",
       403,
       "{\"data\":{\"limit\":50,\"limit_remaining\":30,\"usage\":64}}",
       {NULL, "20", "50"}},
      {"requesty", "requesty-key", 403, "{\"monthly_spend\":3.25,\"monthly_limit\":20}", {NULL, "3.25", "20"}},
      {"venice", "venice-key", 401, "{\"data\":{\"balances\":{\"USD\":8.4}}}", {"8.4"}},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct err err = {0};
    struct recipe *all[] = {read_recipe(cases[i].recipe, embedded_text(cases[i].recipe)),
                            read_recipe(cases[i].fallback, embedded_text(cases[i].fallback))};
    assert_true(recipe_link(all[0], all, 2, &err));
    struct account account = usual_account(all[0]);
    struct talk talk = {.answers = {{cases[i].status, "{}"}, {200, cases[i].body}}};
    talk_through(&talk, &account);
    assert_int_equal(talk.asked, 2);
    assert_true(is_amount(talk.reading.available, cases[i].amounts[0]));
    assert_true(is_amount(talk.reading.used, cases[i].amounts[1]));
    assert_true(is_amount(talk.reading.limit, cases[i].amounts[2]));
    recipe_free(all[0]);
    recipe_free(all[1]);
  }
}

static void reports_are_read_to_their_last_page(void **state) {
  static const struct {
    const char *recipe;
    const char *first;
    const char *last;
    const char *used;
    const char *asked;
  } cases[] = {
      {"openai",
       "{\"data\":[{\"results\":[{\"amount\":{\"value\":1,\"currency\":\"usd\"}}]}],\"has_more\":true,\"next_page\":\"p "
       "2\"}",
       "{\"data\":[{\"results\":[{\"amount\":{\"value\":\"2\",\"currency\":\"usd\"}}]}],\"next_page\":null}", "3",
       "&page=p%202\n"},
      {"anthropic",
       "{\"data\":[{\"results\":[{\"amount\":\"150\",\"currency\":\"USD\"}]}],\"has_more\":true,\"next_page\":\"p2\"}",
       "{\"data\":[{\"results\":[{\"amount\":\"0.5\",\"currency\":\"USD\"}]}],\"next_page\":null}", "1.505", "&page=p2\n"},
      {"together",
       "{\"currency\":\"USD\",\"data\":[{\"line_items\":[{\"cost\":\"1.5\"}]}],\"has_more\":true,\"next_cursor\":\"c2\"}",
       "{\"currency\":\"USD\",\"data\":[{\"line_items\":[{\"cost\":\"2\"}]}],\"next_cursor\":null}", "3.5", "&after=c2\n"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct recipe *recipe = read_recipe(cases[i].recipe, embedded_text(cases[i].recipe));
    struct account account = usual_account(recipe);
    struct talk talk = {.answers = {{200, cases[i].first}, {200, cases[i].last}}};
    talk_through(&talk, &account);
    assert_int_equal(talk.asked, 2);
    assert_true(is_amount(talk.reading.used, cases[i].used));
    assert_non_null(strstr(talk.requests[1], cases[i].asked));
    recipe_free(recipe);
  }
}

/* A vendor that is not named takes a bearer. */
static const char *form_of_key(const char *recipe) {
  static const char *const forms[][2] = {
      {"anthropic", "x-api-key: k\nanthropic-version: 2023-06-01\n"},
      {"deepgram", "Authorization: Token k\n"},
      {"elevenlabs", "xi-api-key: k\n"},
      {"fal", "Authorization: Key k\n"},
      {"nanogpt", "x-api-key: k\n"},
      {"nanogpt-xno", "x-api-key: k\n"},
      {"new-api", "Authorization: k\nNew-Api-User: 7\n"},
      {"serpapi", "/account.json?api_key=k\n"},
      {"twilio", "Authorization: Basic QUMwMDpr\n"},
  };
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    if (text_eq(forms[i][0], recipe)) return forms[i][1];
  }
  return "Authorization: Bearer k\n";
}

static void the_key_goes_out_as_the_vendor_wants_it(void **state) {
  static const struct account_value values[] = {{.name = "key", .text = "k"},
                                                {.name = "user", .text = "7"},
                                                {.name = "sid", .text = "AC00"},
                                                {.name = "account_id", .text = "a1"}};
  (void)state;
  for (const struct embedded_recipe *embedded = embedded_recipes; embedded->text != NULL; embedded++) {
    struct recipe *recipe = read_recipe(embedded->name, embedded->text);
    struct account account = usual_account(recipe);
    struct talk talk = {.answers = {{500, "{}"}}};
    account.values = values;
    account.value_count = sizeof values / sizeof values[0];
    account.base_url = "https://relay.example.org";
    talk_through(&talk, &account);
    bool right = strstr(talk.requests[0], form_of_key(embedded->name)) != NULL;
    if (!right) fail_msg("%s: %s", embedded->name, talk.requests[0]);
    recipe_free(recipe);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(traps_are_known),
      cmocka_unit_test(the_host_tells_the_currency),
      cmocka_unit_test(a_lesser_key_tells_what_it_may_see),
      cmocka_unit_test(reports_are_read_to_their_last_page),
      cmocka_unit_test(the_key_goes_out_as_the_vendor_wants_it),
  };
  return cmocka_run_group_tests_name("recipe traps", tests, NULL, NULL);
}
