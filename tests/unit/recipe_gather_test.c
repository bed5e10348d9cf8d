/* Several asks, pages, rows, and answers that mean harm. */
#include "provider_testing.h"

#define ASK "ask = GET https://api.example.org/v1/balance?a=1\n"
#define UNIT "unit = USD\n"
#define BEARER "header.Authorization = Bearer {key}\n"

static void talk_recipe(struct talk *talk, const char *text, const char *base_url) {
  struct recipe *recipe = read_recipe("test", text);
  struct account account = usual_account(recipe);
  account.base_url = base_url;
  talk_through(talk, &account);
  recipe_free(recipe);
}

/* --- several asks, pages ------------------------------------------------------------------------------------------- */

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

#define PAGE(value, next)                                                                                                  \
  { 200, "{\"data\":[{\"results\":[{\"amount\":{\"value\":" value ",\"currency\":\"usd\"}}]}],\"next_page\":" next "}" }

static void pages_are_added_up(void **state) {
  (void)state;
  struct talk talk = {.answers = {PAGE("0.1", "\"a b&c\""), PAGE("\"0.2\"", "7"), PAGE("0.3", "\"\"")}};
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_int_equal(talk.asked, 3);
  assert_amount(talk.reading.used, "0.6");
  assert_string_equal(talk.reading.unit, "USD");
  assert_int_equal(talk.reading.kind, READING_SPEND);
  const char *const url = "GET https://api.openai.com/v1/organization/costs?start_time=1793491200&bucket_width=1d&limit=31";
  char expected[300];
  (void)text_fmt(expected, sizeof expected, "%s\n", url);
  assert_true(text_starts(talk.requests[0], expected));
  (void)text_fmt(expected, sizeof expected, "%s&page=a%%20b%%26c\n", url);
  assert_true(text_starts(talk.requests[1], expected));
  (void)text_fmt(expected, sizeof expected, "%s&page=7\n", url);
  assert_true(text_starts(talk.requests[2], expected));
}

static void the_same_page_twice_is_an_error(void **state) {
  (void)state;
  struct talk talk = {.answers = {PAGE("1", "\"x\""), PAGE("1", "\"y\""), PAGE("1", "\"x\"")}};
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "the same page twice");
  assert_int_equal(talk.asked, 3);
}

static void pages_have_a_limit(void **state) {
  (void)state;
  char bodies[25][100];
  struct talk talk = {.asked = 0};
  for (int i = 0; i < 25; i++) {
    (void)text_fmt(bodies[i], sizeof bodies[i], "{\"data\":[],\"next_page\":\"p%d\"}", i);
    talk.answers[i] = (struct talk_answer){200, bodies[i]};
  }
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "more than 20 pages");
  assert_int_equal(talk.asked, 20);
}

static void asks_have_a_limit(void **state) {
  (void)state;
  char bodies[44][100];
  struct talk talk = {.asked = 0};
  talk.answers[0] = (struct talk_answer){200, "{\"x\":1}"};
  for (int i = 1; i < 44; i++) {
    (void)text_fmt(bodies[i], sizeof bodies[i], "{\"l\":[],\"p\":\"p%d\"}", i);
    talk.answers[i] = (struct talk_answer){200, i == 40 ? "{\"l\":[]}" : bodies[i]};
  }
  talk_recipe(&talk,
              "ask.a = GET https://h/a\nask.b = GET https://h/b\navailable = a:/x plus sum /l/*\n" UNIT
              "next = p from /p max 40\n",
              NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "more than 40 asks");
  assert_int_equal(talk.asked, 40);
}

static void a_cursor_is_text_or_a_number(void **state) {
  (void)state;
  struct talk talk = {.answers = {PAGE("1", "{}")}};
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no page at /next_page");
  talk.answers[0] = (struct talk_answer)PAGE("1", "true");
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no page at /next_page");
  char text[900];
  (void)text_fmt(text, sizeof text, "{\"data\":[],\"next_page\":\"%0700d\"}", 0);
  talk.answers[0] = (struct talk_answer){200, text};
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no page at /next_page");
}

static void only_the_ask_that_next_names_has_pages(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"l\":[1],\"p\":\"x\"}"}, {200, "{\"l\":[2]}"}, {200, "{\"n\":5,\"p\":\"z\"}"}}};
  talk_recipe(&talk,
              "ask.a = GET https://h/a\nask.b = GET https://h/b\navailable = sum a:/l/* plus /n\n" UNIT
              "next = p from a:/p max 3\n",
              NULL);
  assert_amount(talk.reading.available, "8");
  assert_int_equal(talk.asked, 3);
  assert_true(text_starts(talk.requests[1], "GET https://h/a?p=x\n"));
  assert_true(text_starts(talk.requests[2], "GET https://h/b\n"));
}

static void a_page_name_must_fit_into_the_address(void **state) {
  (void)state;
  char url[4000];
  char body[600];
  struct buf text;
  (void)text_fmt(url, sizeof url, "%03700d", 0);
  (void)text_fmt(body, sizeof body, "{\"l\":[],\"p\":\"%0500d\"}", 0);
  buf_init(&text, 8000);
  buf_addf(&text, "ask = GET https://h/%s\navailable = sum /l/*\n" UNIT "next = p from /p max 3\n", url);
  struct talk talk = {.answers = {{200, body}}};
  talk_recipe(&talk, buf_text(&text), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "the next page's name is too long");
  buf_done(&text);
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

/* --- hostile answers ----------------------------------------------------------------------------------------------- */

static const char *const hostile[] = {
    "",
    " ",
    "null",
    "true",
    "[]",
    "{}",
    "\"Api key is invalid\"",
    "<html><title>503</title></html>",
    "{",
    "{\"data\":",
    "{\"data\":{\"total_credits\":1",
    "\xff\xfe",
    "{\"data\":[1,2]}",
    "{\"data\":{\"total_credits\":[],\"total_usage\":{}}}",
    "{\"data\":{\"total_credits\":\"a\",\"total_usage\":\"b\"}}",
    "{\"data\":{\"total_credits\":true,\"total_usage\":false}}",
    "{\"data\":{\"total_credits\":\"\",\"total_usage\":\"\"}}",
    "{\"data\":{\"total_credits\":1e400,\"total_usage\":0}}",
    "{\"data\":{\"total_credits\":NaN,\"total_usage\":Infinity}}",
    "{\"data\":{\"total_credits\":0x10,\"total_usage\":0}}",
    "{\"data\":{\"total_credits\":123456789012345678901234567890123456789012345,\"total_usage\":0}}",
    ("{\"data\":{\"total_credits\":99999999999999999999999999999999999999,"
     "\"total_usage\":-99999999999999999999999999999999999999}}"),
    "{\"data\":{\"total_credits\":9223372037,\"total_usage\":0}}",
    "{\"data\":{\"total_credits\":1,\"total_usage\":2}} x",
    "{\"data\":{\"total_credits\":1,\"total_credits\":2,\"total_usage\":0}}",
    "{\"data\":{\"total_credits\":1}}",
    "{\"data\":{\"total_usage\":1}}",
    "{\"Data\":{\"total_credits\":1,\"total_usage\":0}}",
    "{\"data\":{\"total_credits\":\"1,2345\",\"total_usage\":0}}",
    "{\"data\":{\"total_credits\":\"12 USD\",\"total_usage\":0}}",
    "{\"data\":\"{\\\"total_credits\\\":1}\"}",
    "{\"data\":{\"total_credits\":1,\"total_usage\":01}}",
};

static void answers_that_mean_harm_are_malformed_and_never_zero(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
    struct talk talk = {.answers = {{200, hostile[i]}}};
    talk_recipe(&talk, embedded_text("openrouter"), NULL);
    if (talk.reading.code != ERR_MALFORMED) print_message("%s\n", hostile[i]);
    assert_unknown(&talk.reading, ERR_MALFORMED, talk.reading.detail);
    assert_string_not_equal(talk.reading.detail, "");
    if (strlen(hostile[i]) > 5) assert_null(strstr(talk.reading.detail, hostile[i]));
  }
}

static void deep_nesting_is_malformed(void **state) {
  (void)state;
  char *text = mem_new(1, 200001);
  memset(text, '[', 200000);
  struct talk talk = {.answers = {{200, text}}};
  talk_recipe(&talk, embedded_text("moonshot"), NULL);
  assert_int_equal(talk.reading.code, ERR_MALFORMED);
  assert_true(text_starts(talk.reading.detail, "not JSON: "));
  mem_free(text);
}

/* A vendor that sends the key back, everywhere it can. */
static void neither_body_nor_key_nor_query_shows_in_a_reading(void **state) {
  (void)state;
  static const char *const bodies[] = {
      "{\"sk-secret\":1,\"sk-secret\":2}",
      "{\"a\":\"sk-secret\"}",
      "{\"u\":\"sk-secret\",\"a\":1}",
      "sk-secret",
      "{\"a\":sk-secret}",
      "{\"code\":\"sk-secret\",\"a\":1}",
      "{\"a\":{\"sk-secret\":1}}",
      "{\"a\":\"1sk-secret\"}",
      "{\"t\":\"sk-secret\",\"a\":1,\"u\":\"USD\"}",
  };
  static const char text[] = "ask = GET https://h/x?api_key={key}&sk-secret\n" BEARER
                             "available = /a\nunit = /u\nresets_at = /t\nok = /code is null\n";
  static const int statuses[] = {200, 400, 401, 500};
  for (size_t i = 0; i < sizeof bodies / sizeof bodies[0] * 4; i++) {
    struct talk talk = {.answers = {{statuses[i % 4], bodies[i / 4]}}};
    talk_recipe(&talk, text, NULL);
    assert_int_not_equal(talk.reading.code, ERR_NONE);
    assert_null(strstr(talk.reading.detail, "sk-secret"));
    assert_null(strstr(talk.reading.hint, "sk-secret"));
    assert_null(strstr(talk.reading.unit, "sk-secret"));
  }
}

static void a_key_that_is_there_twice_is_not_shown(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"a\":1,\"a\":2}"}}};
  talk_recipe(&talk, ASK UNIT "available = /a\n", NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "not JSON: a key is there twice");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_value_found_by_one_ask_goes_into_the_next),
      cmocka_unit_test(an_ask_for_what_the_account_has_is_skipped),
      cmocka_unit_test(a_set_must_be_one_text),
      cmocka_unit_test(a_scale_may_be_told_by_vendor_or_account),
      cmocka_unit_test(pages_are_added_up),
      cmocka_unit_test(the_same_page_twice_is_an_error),
      cmocka_unit_test(pages_have_a_limit),
      cmocka_unit_test(asks_have_a_limit),
      cmocka_unit_test(a_cursor_is_text_or_a_number),
      cmocka_unit_test(only_the_ask_that_next_names_has_pages),
      cmocka_unit_test(a_page_name_must_fit_into_the_address),
      cmocka_unit_test(rows_are_picked_by_unit_and_never_added),
      cmocka_unit_test(a_row_without_a_unit_filter_must_be_the_only_one),
      cmocka_unit_test(rows_of_spend_are_picked_by_what_is_used),
      cmocka_unit_test(too_many_rows_are_malformed),
      cmocka_unit_test(a_budget_is_the_limit_of_what_only_tells_spend),
      cmocka_unit_test(answers_that_mean_harm_are_malformed_and_never_zero),
      cmocka_unit_test(deep_nesting_is_malformed),
      cmocka_unit_test(neither_body_nor_key_nor_query_shows_in_a_reading),
      cmocka_unit_test(a_key_that_is_there_twice_is_not_shown),
  };
  return cmocka_run_group_tests_name("recipe gather", tests, NULL, NULL);
}
