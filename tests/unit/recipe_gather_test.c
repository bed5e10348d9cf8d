/* Several asks, rows, and what only tells spend. */
#include "provider/recipe_parts.h"
#include "provider_testing.h"

#define ASK "ask = GET https://api.example.org/v1/balance?a=1\n"
#define UNIT "unit = USD\n"

/* --- several asks --------------------------------------------------------------------------------------------------- */

static void a_value_found_by_one_ask_goes_into_the_next(void **state) {
  (void)state;
  char *projects = read_fixture("deepgram-projects.json");
  char *balances = read_fixture("deepgram-balances.json");
  struct talk talk = {.answers = {{200, projects}, {200, balances}}};
  talk_recipe(&talk, embedded_text("deepgram"), NULL);
  assert_int_equal(talk.asked, 2);
  assert_true(text_starts(talk.requests[1],
                          "GET https://api.deepgram.com/v1/projects/a1b2c3d4-0000-4000-8000-00000000abcd/balances\n"));
  assert_amount(talk.reading.available, "175.28");
  mem_free(projects);
  mem_free(balances);
}

static void an_ask_for_what_the_account_has_is_skipped(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("deepgram", embedded_text("deepgram"));
  struct account account = usual_account(recipe);
  const struct account_value values[] = {{.name = "key", .text = KEY}, {.name = "project", .text = "mine"}};
  struct talk talk = {.answers = {{200, "{\"balances\":[{\"units\":\"hour\",\"amount\":3}]}"}}};
  account.values = values;
  account.value_count = 2;
  account.unit = "hour";
  talk_through(&talk, &account);
  assert_int_equal(talk.asked, 1);
  assert_true(text_starts(talk.requests[0], "GET https://api.deepgram.com/v1/projects/mine/balances\n"));
  assert_amount(talk.reading.available, "3");
  assert_string_equal(talk.reading.unit, "hour");
  account.unit = "";
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no row fits /balances/*[units={unit}]/amount");
  assert_string_equal(talk.reading.hint, "set `unit` to one that the vendor lists");
  recipe_free(recipe);
}

static void a_set_must_be_one_text(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"projects\":[]}"}}};
  talk_recipe(&talk, embedded_text("deepgram"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no project at projects:/projects/*/project_id");
  talk.answers[0].body = "{\"projects\":[{\"project_id\":\"a\"},{\"project_id\":\"b\"}]}";
  talk_recipe(&talk, embedded_text("deepgram"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "more than one at projects:/projects/*/project_id");
  assert_string_equal(talk.reading.hint, "write `project = …` into [account test]");
  talk.answers[0].body = "{\"projects\":[{\"project_id\":\"\"}]}";
  talk_recipe(&talk, embedded_text("deepgram"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no project at projects:/projects/*/project_id");
  talk.answers[0].body = "{\"projects\":[{\"project_id\":true}]}";
  talk_recipe(&talk, embedded_text("deepgram"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no project at projects:/projects/*/project_id");
  char text[400];
  (void)text_fmt(text, sizeof text, "{\"projects\":[{\"project_id\":\"%0200d\"}]}", 0);
  talk.answers[0].body = text;
  talk_recipe(&talk, embedded_text("deepgram"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no project at projects:/projects/*/project_id");
}

static void a_scale_may_be_told_by_vendor_or_account(void **state) {
  (void)state;
  static const char used[] =
      "{\"code\":true,\"data\":{\"total_used\":500,\"total_available\":1000,\"unlimited_quota\":%s}}";
  char token[200];
  (void)text_fmt(token, sizeof token, used, "false");
  struct talk talk = {.answers = {{200, "{\"data\":{\"quota_per_unit\":1000}}"}, {200, token}}};
  talk_recipe(&talk, embedded_text("new-api-key"), "https://relay.example.org");
  assert_amount(talk.reading.available, "1");
  assert_amount(talk.reading.used, "0.5");
  talk.answers[0].body = "{\"data\":{\"quota_per_unit\":\"many\"}}";
  talk_recipe(&talk, embedded_text("new-api-key"), "https://relay.example.org");
  assert_unknown(&talk.reading, ERR_MALFORMED, "quota_per_unit is not a number");
  (void)text_fmt(token, sizeof token, used, "true");
  talk.answers[0].body = "{\"data\":{\"quota_per_unit\":1000}}";
  talk_recipe(&talk, embedded_text("new-api-key"), "https://relay.example.org");
  assert_int_equal(talk.reading.kind, READING_SPEND);
  assert_amount(talk.reading.available, "unknown");
  assert_amount(talk.reading.used, "0.5");
}

/* --- rows ---------------------------------------------------------------------------------------------------------- */

#define ROW(unit, total)                                                                                                   \
  "{\"currency\":\"" unit "\",\"total_balance\":" total ",\"granted_balance\":0,\"topped_up_balance\":0}"
#define ROWS(rows) "{\"balance_infos\":[" rows "]}"

static const struct row_case {
  const char *unit;
  const char *body;
  const char *available; /* or the detail */
  const char *expected_unit;
} row_cases[] = {
    {"", ROWS(ROW("USD", "5")), "5", "USD"},
    {"", ROWS(ROW("USD", "0")), "0", "USD"},
    {"", ROWS(ROW("CNY", "\"0.00\"") "," ROW("USD", "5")), "5", "USD"},
    {"", ROWS(ROW("CNY", "-1") "," ROW("USD", "0")), "-1", "CNY"},
    {"", ROWS(ROW("CNY", "0") "," ROW("USD", "0")), "0", "CNY"},
    {"", ROWS(ROW("CNY", "1") "," ROW("USD", "5")), "balances in 2 units, and unit is not set", NULL},
    {"", ROWS(ROW("CNY", "null") "," ROW("USD", "5")), "balances in 2 units, and unit is not set", NULL},
    {"", ROWS(ROW("CNY", "true") "," ROW("USD", "5")), "no number at row:/total_balance", NULL},
    {"", ROWS("{\"currency\":\"CNY\"}," ROW("USD", "5")), "balances in 2 units, and unit is not set", NULL},
    {"", ROWS(""), "no row fits /balance_infos/*[currency={unit}]", NULL},
    {"", "{\"balance_infos\":{}}", "no list at /balance_infos/*[currency={unit}]", NULL},
    {"", ROWS("1"), "no number at row:/total_balance", NULL},
    {"USD", ROWS(ROW("CNY", "1") "," ROW("USD", "5")), "5", "USD"},
    {"USD", ROWS(ROW("CNY", "1") "," ROW("USD", "0")), "0", "USD"},
    {"EUR", ROWS(ROW("CNY", "1") "," ROW("USD", "5")), "no row fits /balance_infos/*[currency={unit}]", NULL},
    {"USD", ROWS(ROW("USD", "1") "," ROW("USD", "5")), "2 rows fit /balance_infos/*[currency={unit}]", NULL},
    {"USD", ROWS("7,null,{\"currency\":7}," ROW("USD", "5")), "5", "USD"},
};

static void rows_are_picked_by_unit_and_never_added(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("deepseek", embedded_text("deepseek"));
  struct account account = usual_account(recipe);
  for (size_t i = 0; i < sizeof row_cases / sizeof row_cases[0]; i++) {
    const struct row_case *wanted = &row_cases[i];
    struct talk talk = {.answers = {{200, wanted->body}}};
    account.unit = wanted->unit;
    talk_through(&talk, &account);
    if (wanted->expected_unit == NULL) {
      assert_unknown(&talk.reading, ERR_MALFORMED, wanted->available);
      continue;
    }
    assert_int_equal(talk.reading.code, ERR_NONE);
    assert_amount(talk.reading.available, wanted->available);
    assert_string_equal(talk.reading.unit, wanted->expected_unit);
  }
  struct talk talk = {.answers = {{200, row_cases[5].body}}};
  account.unit = "";
  talk_through(&talk, &account);
  assert_string_equal(talk.reading.hint, "set `unit` to the one that this account is to report");
  recipe_free(recipe);
}

static void a_row_without_a_unit_filter_must_be_the_only_one(void **state) {
  (void)state;
  static const char text[] = ASK UNIT "row = /r/*[t=x]\nused = row:/u\n";
  struct talk talk = {.answers = {{200, "{\"r\":[{\"t\":\"x\",\"u\":1},{\"t\":\"y\",\"u\":2}]}"}}};
  talk_recipe(&talk, text, NULL);
  assert_amount(talk.reading.used, "1");
  talk.answers[0].body = "{\"r\":[{\"t\":\"x\",\"u\":1},{\"t\":\"x\",\"u\":0}]}";
  talk_recipe(&talk, text, NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "2 rows fit /r/*[t=x]");
  assert_string_equal(talk.reading.hint, "");
}

static void rows_of_spend_are_picked_by_what_is_used(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"r\":[{\"c\":\"USD\",\"u\":0},{\"c\":\"EUR\",\"u\":2}]}"}}};
  talk_recipe(&talk, ASK "row = /r/*[c={unit}]\nunit = row:/c\nused = row:/u\n", NULL);
  assert_amount(talk.reading.used, "2");
  assert_string_equal(talk.reading.unit, "EUR");
}

static void too_many_rows_are_malformed(void **state) {
  (void)state;
  struct buf text;
  buf_init(&text, 4096);
  buf_add(&text, "{\"r\":[{}");
  for (int i = 0; i < 40; i++)
    buf_add(&text, ",{}");
  buf_add(&text, "]}");
  struct talk talk = {.answers = {{200, buf_text(&text)}}};
  talk_recipe(&talk, ASK UNIT "row = /r/*\nused = row:/u\n", NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "more than 32 rows");
  buf_done(&text);
}

/* --- budgets, simulations ------------------------------------------------------------------------------------------ */

static void a_budget_is_the_limit_of_what_only_tells_spend(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("test", ASK UNIT "used = /u\navailable = /a\n");
  struct account account = usual_account(recipe);
  struct talk talk = {.answers = {{200, "{\"u\":34.71,\"a\":null}"}}};
  account.budget = amount_of(50 * MONEY_NANO);
  account.simulated = true;
  talk_through(&talk, &account);
  assert_amount(talk.reading.limit, "50");
  assert_true(talk.reading.simulated);
  talk.answers[0].body = "{\"u\":1,\"a\":2}";
  talk_through(&talk, &account);
  assert_amount(talk.reading.limit, "unknown");
  talk.answers[0].body = "{\"u\":1}";
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no number at /a");
  recipe_free(recipe);
}

static void a_budget_in_another_currency_than_the_cost_is_no_limit(void **state) {
  (void)state;
  static const struct {
    const char *recipe;
    const char *account;
    const char *told;
    const char *limit;
  } cases[] = {
      {"unit = /c or USD\n", "", "USD", "50"},    {"unit = /c or USD\n", "", "EUR", NULL},
      {"unit = /c or USD\n", "EUR", "EUR", "50"}, {"unit = /c\n", "", "EUR", "50"},
      {"unit = /c or USD\n", "EUR", "USD", NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[200];
    char body[60];
    (void)text_fmt(text, sizeof text, ASK "%sused = /u\n", cases[i].recipe);
    (void)text_fmt(body, sizeof body, "{\"u\":34.71,\"c\":\"%s\"}", cases[i].told);
    struct recipe *recipe = read_recipe("test", text);
    struct account account = usual_account(recipe);
    struct talk talk = {.answers = {{200, body}}};
    account.unit = cases[i].account;
    talk_through(&talk, &account);
    assert_amount(talk.reading.used, "34.71"); /* without a budget */
    account.budget = amount_of(50 * MONEY_NANO);
    talk_through(&talk, &account);
    if (cases[i].limit != NULL) {
      assert_amount(talk.reading.limit, cases[i].limit);
    } else {
      assert_int_equal(talk.reading.code, ERR_NOT_CONFIGURED);
      assert_non_null(strstr(talk.reading.detail, "the cost is in "));
      assert_non_null(strstr(talk.reading.hint, "into [account test], and the budget in that"));
      assert_false(talk.reading.used.known);
    }
    recipe_free(recipe);
  }
}

static void each_amount_must_fit(void **state) {
  (void)state;
  for (const char *const *field = field_names; *field != NULL; field++) {
    char text[200];
    char detail[80];
    bool is_used = text_eq(*field, "used");
    struct talk talk = {.answers = {{200, "{\"big\":9300000000,\"a\":1}"}}};
    (void)text_fmt(text, sizeof text, ASK UNIT "%s = /big\n%s", *field,
                   is_used || text_eq(*field, "available") ? "" : "available = /a\n");
    (void)text_fmt(detail, sizeof detail, "%s: an amount above 9,223,372,036 does not fit", *field);
    talk_recipe(&talk, text, NULL);
    assert_unknown(&talk.reading, ERR_MALFORMED, detail);
  }
}

/* What the account says itself is not looked for, and a list of several is no fault then. */
static void an_answer_that_is_read_anyway_does_not_replace_what_the_account_says(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("test", "ask.a = GET https://h/a\nask.b = GET https://h/b/{team}\n"
                                              "set.team = a:/t/*/id\navailable = a:/n plus /n\n" UNIT);
  struct account account = usual_account(recipe);
  struct talk talk = {.answers = {{200, "{\"n\":1,\"t\":[{\"id\":\"x\"},{\"id\":\"y\"}]}"}, {200, "{\"n\":2}"}}};
  talk_through(&talk, &account);
  assert_int_equal(talk.asked, 2);
  assert_true(text_starts(talk.requests[1], "GET https://h/b/team%201\n"));
  assert_amount(talk.reading.available, "3");
  recipe_free(recipe);
}

static void each_ask_finds_its_own_values(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"x\":\"1\"}"}, {200, "{\"y\":2}"}, {200, "{\"n\":7}"}}};
  talk_recipe(&talk,
              "ask.a = GET https://h/a\nask.b = GET https://h/b\nask.c = GET https://h/{first}/{second}\n"
              "set.first = a:/x\nset.second = b:/y\navailable = /n\n" UNIT,
              NULL);
  assert_int_equal(talk.asked, 3);
  assert_true(text_starts(talk.requests[2], "GET https://h/1/2\n"));
  assert_amount(talk.reading.available, "7");
}

static void a_list_without_its_row_is_malformed_and_has_no_hint_at_units(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"r\":[{\"t\":\"y\",\"u\":2}]}"}}};
  talk_recipe(&talk, ASK UNIT "row = /r/*[t=x]\nused = row:/u\n", NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no row fits /r/*[t=x]");
  assert_string_equal(talk.reading.hint, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_value_found_by_one_ask_goes_into_the_next),
      cmocka_unit_test(an_ask_for_what_the_account_has_is_skipped),
      cmocka_unit_test(a_set_must_be_one_text),
      cmocka_unit_test(a_scale_may_be_told_by_vendor_or_account),
      cmocka_unit_test(rows_are_picked_by_unit_and_never_added),
      cmocka_unit_test(a_row_without_a_unit_filter_must_be_the_only_one),
      cmocka_unit_test(rows_of_spend_are_picked_by_what_is_used),
      cmocka_unit_test(too_many_rows_are_malformed),
      cmocka_unit_test(a_budget_is_the_limit_of_what_only_tells_spend),
      cmocka_unit_test(a_budget_in_another_currency_than_the_cost_is_no_limit),
      cmocka_unit_test(an_answer_that_is_read_anyway_does_not_replace_what_the_account_says),
      cmocka_unit_test(each_ask_finds_its_own_values),
      cmocka_unit_test(a_list_without_its_row_is_malformed_and_has_no_hint_at_units),
      cmocka_unit_test(each_amount_must_fit),
  };
  return cmocka_run_group_tests_name("recipe gather", tests, NULL, NULL);
}
