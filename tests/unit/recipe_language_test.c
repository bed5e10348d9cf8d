/* The words of the language: amounts, units and times, and what a recipe tells about itself. */
#include "provider_testing.h"

#define ASK "ask = GET https://api.example.org/v1/balance\n"
#define UNIT "unit = USD\n"

/* --- amounts ------------------------------------------------------------------------------------------------------- */

static const char body[] =
    "{\"a\":10,\"b\":\"2.5\",\"n\":null,\"neg\":-4,\"text\":\"ten\",\"flag\":true,\"e\":1e-7,\"empty\":[],"
    "\"comma\":\"1,234.56\",\"blank\":\"\",\"big\":9300000000,\"huge\":1e30,\"third\":3,"
    "\"rows\":[{\"k\":\"x\",\"v\":1,\"l\":[{\"w\":\"0.1\"},{\"w\":0.2}]},{\"k\":\"y\",\"v\":2,\"l\":[]},"
    "{\"k\":7,\"v\":4,\"l\":[{\"w\":0.3}]}],\"nulls\":[{\"v\":1},{\"v\":null}],\"holes\":[{\"v\":1},{}],"
    "\"a/b\":{\"~\":5},\"list\":[5,6],\"usd\":[{\"u\":\"usd\",\"v\":3},{\"u\":\"hour\",\"v\":9}]}";

static const struct amount_case {
  const char *amount;
  const char *expected; /* the value, or the detail where it begins with a capital or is no number */
} amount_cases[] = {
    {"/a", "10"},
    {"/b", "2.5"},
    {"/e", "0.0000001"},
    {"/comma", "1234.56"},
    {"7", "7"},
    {"-1.5", "-1.5"},
    {"/list/1", "6"},
    {"/a~1b/~0", "5"},
    {"/a plus /b", "12.5"},
    {"/a minus /b minus 1", "6.5"},
    {"/a minus /b times 2", "15"},
    {"2 plus 3 times 4 over 8", "2.5"},
    {"/a over /third times /third", "10"},
    {"1 over 3", "0.333333333"},
    {"2 over 3", "0.666666667"},
    {"abs /neg minus abs /neg", "0"},
    {"neg /neg plus 1", "5"},
    {"abs 3 minus neg 2", "5"},
    {"sum /rows/*/v", "7"},
    {"sum /rows/*/l/*/w", "0.6"},
    {"sum /rows/*[k=y]/v", "2"},
    {"sum /rows/*[k=7]/v plus 1", "5"},
    {"sum /empty/*/v", "0"},
    {"sum /empty/*[k=x]/v", "0"},
    {"sum /usd/*[u={unit}]/v", "3"},
    {"/rows/*[k=x]/v", "1"},
    {"/usd/*[u={unit}]/v", "3"},
    {"sum /list/*", "11"},
    {"/a unless 10", "null"},
    {"/a unless 11", "10"},
    {"/a unless 10.0", "null"},
    {"/a unless below 10", "10"},
    {"/a unless below 10.5", "null"},
    {"/neg unless below 0", "null"},
    {"/a unless /flag is true", "null"},
    {"/a unless /flag is false", "10"},
    {"/a unless /nowhere is null", "null"},
    {"/a unless absent", "10"},
    {"/nowhere unless absent", "null"},
    {"/nowhere unless absent or 0", "0"},
    {"/a plus /nowhere unless absent or 4", "4"},
    {"sum /rows/*[k=7]/v unless absent", "4"},
    {"/n", "null"},
    {"/n plus 1", "null"},
    {"1 plus /n times 2", "null"},
    {"sum /nulls/*/v", "null"},
    {"/n or /a", "10"},
    {"/n plus 1 or /n or 3", "3"},
    {"/n or /n", "null"},
    {"/a unless 10 or 4", "4"},
    {"/a or /nowhere", "10"},
    {"/nowhere or /a", "no number at /nowhere"},
    {"/nowhere", "no number at /nowhere"},
    {"/nowhere plus /n", "no number at /nowhere"},
    {"1 plus /a/deeper", "no number at /a/deeper"},
    {"/text", "no number at /text"},
    {"/blank", "no number at /blank"},
    {"/flag", "no number at /flag"},
    {"/rows", "no number at /rows"},
    {"/a plus /text", "no number at /text"},
    {"sum /nowhere/*/v", "no list at /nowhere/*/v"},
    {"sum /a/*", "no list at /a/*"},
    {"sum /a~1b/*", "no list at /a~1b/*"},
    {"sum /holes/*/v", "no number at /holes/*/v"},
    {"sum /rows/*/k", "no number at /rows/*/k"},
    {"/rows/*/v", "more than one at /rows/*/v"},
    {"/rows/*[k=z]/v", "no number at /rows/*[k=z]/v"},
    {"sum /rows/*[k=z]/v", "no row fits /rows/*[k=z]/v"},
    {"/big", "available: an amount above 9,223,372,036 does not fit"},
    {"/huge times /huge", "a number does not fit into 128 bits"},
    {"/a over /empty", "no number at /empty"},
};

static void each_amount_is_counted_from_left_to_right(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof amount_cases / sizeof amount_cases[0]; i++) {
    const struct amount_case *wanted = &amount_cases[i];
    char text[512];
    (void)text_fmt(text, sizeof text, ASK UNIT "used = /a\navailable = %s\n", wanted->amount);
    struct recipe *recipe = read_recipe("test", text);
    struct account account = usual_account(recipe);
    struct talk talk = {.answers = {{200, body}}};
    talk_through(&talk, &account);
    char found[MONEY_TEXT_MAX] = "null";
    if (talk.reading.available.known) money_print_exact(found, talk.reading.available.nano);
    const char *told = talk.reading.code == ERR_NONE ? found : talk.reading.detail;
    if (strcmp(told, wanted->expected) != 0) print_message("%s\n", wanted->amount);
    assert_string_equal(told, wanted->expected);
    assert_true(talk.reading.code == ERR_NONE || talk.reading.code == ERR_MALFORMED);
    recipe_free(recipe);
  }
}

static void dividing_by_what_turns_out_to_be_zero_is_malformed(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("test", ASK UNIT "available = 1 over /z\n");
  struct account account = usual_account(recipe);
  struct talk talk = {.answers = {{200, "{\"z\":0}"}}};
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_MALFORMED, "a division by zero");
  recipe_free(recipe);
}

static void parts_may_be_left_out_but_not_be_wrong(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("test", ASK UNIT "available = /a\ncash = /c\nvoucher = /v\n");
  struct account account = usual_account(recipe);
  struct talk talk = {.answers = {{200, "{\"a\":1,\"v\":null}"}}};
  talk_through(&talk, &account);
  assert_int_equal(talk.reading.code, ERR_NONE);
  assert_amount(talk.reading.available, "1");
  assert_amount(talk.reading.cash, "unknown");
  assert_amount(talk.reading.voucher, "unknown");
  talk.answers[0].body = "{\"a\":1,\"c\":\"x\"}";
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no number at /c");
  recipe_free(recipe);
}

static void what_an_absent_amount_leads_to_is_not_null(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("test", ASK UNIT "cash = /c\nused = /u\nlimit = /l\navailable = limit minus cash\n");
  struct account account = usual_account(recipe);
  struct talk talk = {.answers = {{200, "{\"u\":1,\"l\":2}"}}};
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no number at /c");
  talk.answers[0].body = "{\"c\":1,\"l\":2}";
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no number at /u");
  talk.answers[0].body = "{\"c\":1,\"u\":2}";
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no number at /l");
  recipe_free(recipe);
}

static void an_answer_without_any_amount_is_unknown(void **state) {
  (void)state;
  struct recipe *recipe =
      read_recipe("test", ASK UNIT "available = /a unless below 0\nhint.malformed = the key has no limit\n");
  struct account account = usual_account(recipe);
  struct talk talk = {.answers = {{200, "{\"a\":-2e-06}"}}};
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_MALFORMED, "the vendor told no amount");
  assert_string_equal(talk.reading.hint, "the key has no limit");
  recipe_free(recipe);
}

/* --- units, times -------------------------------------------------------------------------------------------------- */

static const struct unit_case {
  const char *recipe;
  const char *account;
  const char *base_url;
  const char *body;
  const char *expected;
} unit_cases[] = {
    {"unit = credits\n", "", NULL, "{\"a\":1}", "credits"},
    {"unit = USD\n", "EUR", NULL, "{\"a\":1}", "EUR"},
    {"unit = USD\n", NULL, NULL, "{\"a\":1}", "USD"},
    {"unit = USD\nunit.api.example.cn = CNY\n", "", "https://api.example.cn/x", "{\"a\":1}", "CNY"},
    {"unit = USD\nunit.api.example.cn = CNY\n", "", "https://API.example.cn", "{\"a\":1}", "CNY"},
    {"unit = USD\nunit.api.example.cn = CNY\n", "EUR", "https://api.example.cn", "{\"a\":1}", "EUR"},
    {"unit = USD\nunit.api.example.cn = CNY\n", "", "https://api.example.cn.org", "{\"a\":1}", "USD"},
    {"unit = USD\nunit.api.example.cn = CNY\n", "", "http://127.0.0.1:99", "{\"a\":1}", "USD"},
    {"unit = USD\nunit.x.cn = CNY\nunit.x.eu = EUR\n", "", "https://x.eu?q", "{\"a\":1}", "EUR"},
    {"unit = USD\nunit.x.cn = CNY\n", "", "nonsense", "{\"a\":1}", "USD"},
    {"unit = USD\nunit.x.cn = CNY\n", "", "https://x", "{\"a\":1}", "USD"},
    {"unit = /u\n", "", NULL, "{\"a\":1,\"u\":\"usd\"}", "USD"},
    {"unit = /u\n", "", NULL, "{\"a\":1,\"u\":\"Usd\"}", "Usd"},
    {"unit = /u\n", "", NULL, "{\"a\":1,\"u\":\"points\"}", "points"},
    {"unit = /u\n", "EUR", NULL, "{\"a\":1,\"u\":\"USD\"}", "USD"},
    {"unit = /u\n", "EUR", NULL, "{\"a\":1}", "EUR"},
    {"unit = /u or USD\n", "", NULL, "{\"a\":1,\"u\":null}", "USD"},
    {"unit = /u\n", "", NULL, "{\"a\":1}", "no unit at /u"},
    {"unit = /u\n", "", NULL, "{\"a\":1,\"u\":7}", "no unit at /u"},
    {"unit = /u\n", "", NULL, "{\"a\":1,\"u\":\"\"}", "no unit at /u"},
    {"unit = /u\n", "", NULL, "{\"a\":1,\"u\":\"@everyone\"}", "no unit at /u"},
    {"unit = /u\n", "", NULL, "{\"a\":1,\"u\":\"abcdefghijklmnopq\"}", "no unit at /u"},
    {"unit = USD\n", "a b", NULL, "{\"a\":1}", "no unit at unit"},
    {"unit = /r/*/u\n", "", NULL, "{\"a\":1,\"r\":[{\"u\":\"usd\"},{},{\"u\":\"USD\"}]}", "USD"},
    {"unit = /r/*/u\n", "", NULL, "{\"a\":1,\"r\":[{\"u\":\"usd\"},{\"u\":\"EUR\"}]}", "more than one unit at /r/*/u"},
    {"unit = /r/*/u\n", "", NULL, "{\"a\":1}", "no list at /r/*/u"},
};

static void the_unit_comes_from_vendor_account_host_or_recipe(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof unit_cases / sizeof unit_cases[0]; i++) {
    const struct unit_case *wanted = &unit_cases[i];
    char text[512];
    (void)text_fmt(text, sizeof text, ASK "available = /a\n%s", wanted->recipe);
    struct recipe *recipe = read_recipe("test", text);
    struct account account = usual_account(recipe);
    account.unit = wanted->account;
    account.base_url = wanted->base_url;
    struct talk talk = {.answers = {{200, wanted->body}}};
    talk_through(&talk, &account);
    assert_string_equal(talk.reading.code == ERR_NONE ? talk.reading.unit : talk.reading.detail, wanted->expected);
    recipe_free(recipe);
  }
}

static const struct time_case {
  const char *value;
  int64_t ms; /* 0: not known; -1: malformed */
} time_cases[] = {
    {"1797206400", 1797206400000},
    {"1797206400.5", 1797206400500},
    {"1797206400000", 1797206400000},
    {"\"1797206400\"", 1797206400000},
    {"\"2026-12-01T00:00:00+00:00\"", 1796083200000},
    {"\"2026-12-01\"", 1796083200000},
    {"null", 0},
    {"0", 0},
    {"-5", -1},
    {"\"soon\"", -1},
    {"true", -1},
    {"1e30", -1},
    {"9007199254740993", -1},
    {"[]", -1},
};

static void only_a_months_costs_are_spent_this_month(void **state) {
  (void)state;
  static const struct {
    const char *query;
    const char *fields;
    enum reading_kind kind;
  } cases[] = {
      {"", "used = /u\nlimit = 2\n", READING_QUOTA},
      {"", "used = /u\n", READING_SPEND},
      {"?from={month_start}", "used = /u\nlimit = 2\n", READING_SPEND},
      {"?from={since_day}", "used = /u\nlimit = 2\n", READING_SPEND},
      {"?month={month}", "used = /u\nlimit = 2\n", READING_SPEND},
      {"?month={month}", "used = /u\nlimit = 2\nresets_at = /t\n", READING_QUOTA},
      {"?on={day}", "used = /u\nlimit = 2\n", READING_QUOTA},
      {"?month={month}", "available = /u\nlimit = 2\n", READING_PREPAID},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[512];
    (void)text_fmt(text, sizeof text, "ask = GET https://api.example.com/x%s\n" UNIT "%s", cases[i].query, cases[i].fields);
    struct recipe *recipe = read_recipe("test", text);
    struct account account = usual_account(recipe);
    struct talk talk = {.answers = {{200, "{\"u\":1,\"t\":1796083200}"}}};
    talk_through(&talk, &account);
    assert_int_equal(talk.reading.kind, cases[i].kind);
    recipe_free(recipe);
  }
}

static void times_come_in_seconds_milliseconds_or_text(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("test", ASK UNIT "used = 1\nlimit = 2\nresets_at = /t\ntime = /as_of\n");
  struct account account = usual_account(recipe);
  for (size_t i = 0; i < sizeof time_cases / sizeof time_cases[0]; i++) {
    char text[128];
    (void)text_fmt(text, sizeof text, "{\"t\":%s}", time_cases[i].value);
    struct talk talk = {.answers = {{200, text}}};
    talk_through(&talk, &account);
    if (time_cases[i].ms < 0) {
      assert_unknown(&talk.reading, ERR_MALFORMED, "no time at /t");
      continue;
    }
    assert_int_equal(talk.reading.resets_ms, time_cases[i].ms);
    assert_int_equal(talk.reading.kind, READING_QUOTA);
    assert_int_equal(talk.reading.time_ms, NOW_MS);
  }
  struct talk talk = {.answers = {{200, "{\"as_of\":\"2026-11-20 00:00:00\"}"}}};
  talk_through(&talk, &account);
  assert_int_equal(talk.reading.time_ms, 1795132800000);
  talk.answers[0].body = "{\"as_of\":[]}";
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no time at /as_of");
  recipe_free(recipe);
}

static void a_time_behind_a_list_must_be_the_only_one(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("test", ASK UNIT "used = 1\nresets_at = /l/*/t\n");
  struct account account = usual_account(recipe);
  struct talk talk = {.answers = {{200, "{\"l\":[{\"t\":5},{\"t\":6}]}"}}};
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_MALFORMED, "more than one at /l/*/t");
  recipe_free(recipe);
}

#define PLAIN ASK "available = /a\n" UNIT

/* --- about --------------------------------------------------------------------------------------------------------- */

static void a_recipe_tells_about_itself(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("moonshot", embedded_text("moonshot"));
  const struct recipe_about *about = recipe_about(recipe);
  assert_string_equal(about->name, "moonshot");
  assert_string_equal(about->label, "Kimi");
  assert_string_equal(about->emoji, "🌙");
  assert_string_equal(about->env, "MOONSHOT_API_KEY");
  assert_string_equal(about->sure, "documented");
  assert_string_equal(about->as_of, "2026-11");
  assert_string_equal(about->key_kind, "ordinary key");
  assert_string_equal(about->reports, "available, cash and voucher in USD");
  assert_string_equal(about->unit, "USD");
  assert_int_equal(about->every_ms, 0);
  recipe_free(recipe);
  recipe = read_recipe("plain", PLAIN "every = 60s\n");
  about = recipe_about(recipe);
  assert_string_equal(about->label, "plain");
  assert_string_equal(about->emoji, "💳");
  assert_string_equal(about->env, "");
  assert_string_equal(about->reports, "available in USD");
  assert_int_equal(about->every_ms, 60000);
  recipe_free(recipe);
  recipe = read_recipe("deepseek", embedded_text("deepseek"));
  assert_string_equal(recipe_about(recipe)->unit, "");
  assert_string_equal(recipe_about(recipe)->reports, "available, cash and voucher in the vendor's unit");
  recipe_free(recipe);
  recipe_free(NULL);
}

static void settings_are_the_names_that_requests_hold(void **state) {
  (void)state;
  struct recipe *recipe =
      read_recipe("test", "ask.a = POST https://h/{team}/{key}\nask.b = POST https://h/{project}\n"
                          "header.X = {base64 sid:key}\nbody = {\"u\":\"{user}\"}\n"
                          "set.project = a:/p\nset.scale = a:/s\nenv = TEST_KEY\n" UNIT "available = /x over scale\n");
  const struct setting *settings = recipe_settings(recipe);
  const char *const names[] = {"sid", "key", "team", "project", "user", "scale"};
  for (size_t i = 0; i < 6; i++) {
    assert_string_equal(settings[i].name, names[i]);
    bool is_key = i == 1;
    assert_int_equal(settings[i].type, is_key ? SETTING_SECRET : SETTING_TEXT);
    assert_int_equal(settings[i].required, i == 0 || i == 2 || i == 4);
    assert_true(is_key || settings[i].fallback == NULL);
    assert_true(*settings[i].about != '\0');
  }
  assert_string_equal(settings[1].fallback, "${TEST_KEY}");
  assert_null(settings[6].name);
  recipe_free(recipe);
  recipe = read_recipe("test", PLAIN "header.X = {key}\nkey_kind = admin key\n");
  settings = recipe_settings(recipe);
  assert_true(settings[0].required);
  assert_null(settings[0].fallback);
  assert_string_equal(settings[0].about, "admin key");
  assert_string_equal(recipe_about(recipe)->variable, "");
  recipe_free(recipe);
  recipe = read_recipe("test", PLAIN "header.X = {base64 sid:key}\nenv.sid = ACME_SID\nenv.key = ACME_KEY\n");
  settings = recipe_settings(recipe);
  assert_string_equal(settings[0].fallback, "${ACME_SID}");
  assert_string_equal(settings[1].fallback, "${ACME_KEY}");
  assert_true(settings[0].required && !settings[1].required);
  assert_string_equal(recipe_about(recipe)->env, "");
  assert_string_equal(recipe_about(recipe)->variable, "ACME_KEY");
  recipe_free(recipe);
  recipe = read_recipe("test", PLAIN);
  assert_null(recipe_settings(recipe)[0].name);
  recipe_free(recipe);
}

static void every_recipe_that_comes_along_is_right(void **state) {
  (void)state;
  struct recipe *all[100];
  size_t count = 0;
  struct err err = {0};
  for (const struct embedded_recipe *embedded = embedded_recipes; embedded->text != NULL; embedded++) {
    char header[80];
    (void)text_fmt(header, sizeof header, "[recipe %s]\n", embedded->name);
    assert_non_null(strstr(embedded->text, header));
    all[count++] = read_recipe(embedded->name, embedded->text);
    assert_string_not_equal(recipe_about(all[count - 1])->sure, "");
    assert_string_not_equal(recipe_about(all[count - 1])->as_of, "");
  }
  assert_true(count >= 4);
  for (size_t i = 0; i < count; i++)
    assert_true(recipe_link(all[i], all, count, &err));
  for (size_t i = 0; i < count; i++)
    recipe_free(all[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_amount_is_counted_from_left_to_right),
      cmocka_unit_test(dividing_by_what_turns_out_to_be_zero_is_malformed),
      cmocka_unit_test(parts_may_be_left_out_but_not_be_wrong),
      cmocka_unit_test(what_an_absent_amount_leads_to_is_not_null),
      cmocka_unit_test(an_answer_without_any_amount_is_unknown),
      cmocka_unit_test(the_unit_comes_from_vendor_account_host_or_recipe),
      cmocka_unit_test(only_a_months_costs_are_spent_this_month),
      cmocka_unit_test(times_come_in_seconds_milliseconds_or_text),
      cmocka_unit_test(a_time_behind_a_list_must_be_the_only_one),
      cmocka_unit_test(a_recipe_tells_about_itself),
      cmocka_unit_test(settings_are_the_names_that_requests_hold),
      cmocka_unit_test(every_recipe_that_comes_along_is_right),
  };
  return cmocka_run_group_tests_name("recipe language", tests, NULL, NULL);
}
