/* What a recipe asks, and what it does not ask. */
#include "provider_testing.h"

#define ASK "ask = GET https://api.example.org/v1/balance?a=1\n"
#define UNIT "unit = USD\n"
#define BEARER "header.Authorization = Bearer {key}\n"

/* --- requests ------------------------------------------------------------------------------------------------------ */

static void keys_are_escaped_for_where_they_stand(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"a\":1}"}}};
  talk_recipe(&talk,
              "ask = POST https://api.example.org/{team}/x?api_key={key}\nheader.Authorization = Key {key}\n"
              "body = {\"q\":\"{ me { a } }\",\"k\":\"{key}\",{},{day}}\nheader.accept = text/plain\n" UNIT
              "available = /a\n",
              NULL);
  assert_string_equal(talk.requests[0],
                      "POST https://api.example.org/team%201/x?api_key=sk-secret%2F%2B%C3%A4%221\n"
                      "Authorization: Key sk-secret/+ä\"1\naccept: text/plain\nContent-Type: application/json\n\n"
                      "{\"q\":\"{ me { a } }\",\"k\":\"sk-secret/+ä\\\"1\",{},2026-11-21}");
}

static void a_header_keeps_the_type_that_the_recipe_gives(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"a\":1}"}}};
  talk_recipe(&talk, "ask = POST https://h/x\nheader.Content-Type = text/x\nbody = x\n" UNIT "available = /a\n", NULL);
  assert_string_equal(talk.requests[0], "POST https://h/x\nContent-Type: text/x\nAccept: application/json\n\nx");
  talk_recipe(&talk, "ask = POST https://h/x\n" UNIT "available = /a\n", NULL);
  assert_string_equal(talk.requests[0], "POST https://h/x\nAccept: application/json\n\n");
}

static void a_body_goes_with_a_post_only(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"a\":1}"}}};
  talk_recipe(&talk, "ask.a = GET https://h/a\nask.b = POST https://h/b\nbody = x\n" UNIT "available = a:/a plus /a\n",
              NULL);
  assert_string_equal(talk.requests[0], "GET https://h/a\nAccept: application/json\n\n");
  assert_string_equal(talk.requests[1], "POST https://h/b\nAccept: application/json\nContent-Type: application/json\n\nx");
}

static void basic_authorization_is_in_base64(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("twilio", embedded_text("twilio"));
  struct account account = usual_account(recipe);
  struct account_value values[] = {{.name = "sid", .text = "AC1"}, {.name = "key", .text = "t"}};
  const char *const expected[] = {"QUMxOnQ=", "QUMxOnR0", "QUMxOnR0dA=="};
  const char *const keys[] = {"t", "tt", "ttt"};
  account.values = values;
  account.value_count = 2;
  for (int i = 0; i < 3; i++) {
    struct talk talk = {.answers = {{200, "{\"balance\":\"1\",\"currency\":\"USD\"}"}}};
    values[1].text = keys[i];
    talk_through(&talk, &account);
    char text[200];
    (void)text_fmt(text, sizeof text,
                   "GET https://api.twilio.com/2010-04-01/Accounts/AC1/Balance.json\nAuthorization: Basic %s\n"
                   "Accept: application/json\n\n",
                   expected[i]);
    assert_string_equal(talk.requests[0], text);
  }
  recipe_free(recipe);
}

static void times_are_utc(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"a\":1}"}}};
  talk_recipe(&talk,
              "ask = GET https://h/?a={month_start}&b={month}&c={day}&d={day-99}&e={day+1}&f={now}&g={day-0}\n" UNIT
              "available = /a\n",
              NULL);
  assert_string_equal(
      talk.requests[0],
      "GET https://h/?a=1793491200&b=2026-11&c=2026-11-21&d=2026-08-14&e=2026-11-22&f=1795302245&g=2026-11-21\n"
      "Accept: application/json\n\n");
}

static const struct base_case {
  const char *url;
  const char *base;
  const char *expected;
} base_cases[] = {
    {"https://api.example.org/v1/x?y=1", "http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/x?y=1"},
    {"https://api.example.org/v1/x", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1/x"},
    {"https://api.example.org:444/v1/x", "https://proxy/deep/er//", "https://proxy/deep/er/v1/x"},
    {"https://api.example.org/v1/{team}", "https://proxy?query#fragment", "https://proxy/v1/team%201"},
    {"https://api.example.org/v1/x", "", "https://api.example.org/v1/x"},
    {"{base}/v1/x", "https://relay.example.org/sub/", "https://relay.example.org/sub/v1/x"},
};

static void base_url_stands_in_for_the_host(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof base_cases / sizeof base_cases[0]; i++) {
    char text[300];
    char expected[300];
    struct talk talk = {.answers = {{200, "{\"a\":1}"}}};
    (void)text_fmt(text, sizeof text, "ask = GET %s\n" UNIT "available = /a\n", base_cases[i].url);
    (void)text_fmt(expected, sizeof expected, "GET %s\nAccept: application/json\n\n", base_cases[i].expected);
    talk_recipe(&talk, text, base_cases[i].base);
    assert_string_equal(talk.requests[0], expected);
  }
}

static void a_gathering_tells_which_certificates_to_trust(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("test", ASK UNIT "available = /a\n");
  struct account account = usual_account(recipe);
  account.ca_file = "ca.pem";
  struct gathering *gathering = gathering_new(&account, NOW_MS);
  struct ask ask;
  struct reading reading;
  assert_int_equal(gathering_next(gathering, NULL, &ask, &reading), GATHERING_ASK);
  assert_string_equal(ask.http.ca_file, "ca.pem");
  ask_done(&ask);
  gathering_free(gathering);
  gathering_free(NULL);
  recipe_free(recipe);
}

/* --- what cannot be asked ------------------------------------------------------------------------------------------ */

static void what_is_not_set_is_not_configured(void **state) {
  (void)state;
  struct talk talk = {.asked = 0};
  talk_recipe(&talk, "ask = GET {base}/x\n" UNIT "available = /a\n", NULL);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "base_url is not set");
  assert_string_equal(talk.reading.hint, "write `base_url = https://…` into [account test]");
  talk_recipe(&talk, "ask = GET https://h/{project}\n" UNIT "available = /a\n", NULL);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "project is not set");
  assert_string_equal(talk.reading.hint, "write `project = …` into [account test]");
  talk_recipe(&talk, "ask = GET https://h/\nheader.X = {base64 key:other}\n" UNIT "available = /a\n", NULL);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "other is not set");
  talk_recipe(&talk, "ask = GET https://h/\nheader.X = {base64 other:key}\n" UNIT "available = /a\n", NULL);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "other is not set");
  talk_recipe(&talk, "ask = POST https://h/\nbody = {other}\n" UNIT "available = /a\n", NULL);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "other is not set");
  assert_int_equal(talk.asked, 0);
}

static void an_account_that_lacks_a_secret_asks_nothing(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("test", ASK UNIT "available = /a\n");
  struct account account = usual_account(recipe);
  struct talk talk = {.asked = 0};
  account.missing = "TEST_API_KEY";
  account.missing_why = "TEST_API_KEY is not set";
  account.simulated = true;
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "TEST_API_KEY is not set");
  assert_string_equal(talk.reading.hint, "set TEST_API_KEY, or name the value in [account test]");
  account.missing = "~/key";
  account.missing_why = "the file ~/key is not there";
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "the file ~/key is not there");
  assert_string_equal(talk.reading.hint, "its first line is to be the value; lowtide must be allowed to read it");
  assert_int_equal(talk.asked, 0);
  assert_int_equal(talk.reading.time_ms, NOW_MS);
  assert_true(talk.reading.simulated);
  recipe_free(recipe);
}

static void a_provider_that_is_not_there_is_not_configured(void **state) {
  (void)state;
  struct account account = usual_account(NULL);
  struct talk talk = {.asked = 0};
  talk_through(&talk, &account);
  assert_unknown(&talk.reading, ERR_NOT_CONFIGURED, "there is no provider \"none\"");
}

static struct reading gather_with_key(const char *recipe_text, const char *key) {
  struct recipe *recipe = read_recipe("test", recipe_text);
  struct account account = usual_account(recipe);
  const struct account_value value = {.name = "key", .text = key};
  struct talk talk = {.answers = {{200, "{\"a\":1}"}}};
  account.values = &value;
  account.value_count = 1;
  talk_through(&talk, &account);
  recipe_free(recipe);
  return talk.reading;
}

static void a_key_with_a_line_break_is_sent_nowhere(void **state) {
  (void)state;
  static const char *const keys[] = {"sk-1\n", "sk\r\nX-Evil: 1", "sk\x7f", "\x01"};
  for (size_t i = 0; i < 4; i++) {
    struct reading reading = gather_with_key(ASK BEARER UNIT "available = /a\n", keys[i]);
    assert_unknown(&reading, ERR_NOT_CONFIGURED, "key has a line break or a control character in it");
  }
  struct reading reading = gather_with_key(ASK BEARER UNIT "available = /a\n", "");
  assert_unknown(&reading, ERR_NOT_CONFIGURED, "key is not set");
}

static void what_is_too_long_is_not_asked(void **state) {
  (void)state;
  char *key = mem_new(1, 70000);
  memset(key, '"', 69999);
  struct reading reading = gather_with_key("ask = POST https://h/\nbody = {key}\n" UNIT "available = /a\n", key);
  assert_unknown(&reading, ERR_NOT_CONFIGURED, "the request is too long");
  reading = gather_with_key("ask = GET https://h/{key}\n" UNIT "available = /a\n", key);
  assert_unknown(&reading, ERR_NOT_CONFIGURED, "the request is too long");
  reading = gather_with_key(ASK "header.X = {key}\n" UNIT "available = /a\n", key);
  assert_unknown(&reading, ERR_NOT_CONFIGURED, "the request is too long");
  reading = gather_with_key(ASK "header.X = {base64 key:key}\n" UNIT "available = /a\n", key);
  assert_unknown(&reading, ERR_NOT_CONFIGURED, "key is too long");
  key[8190] = '\0';
  reading = gather_with_key(ASK "header.X = {key}\n" UNIT "available = /a\n", key);
  assert_int_not_equal(reading.code, ERR_NONE);
  mem_free(key);
}

static void a_header_behind_those_two_changes_nothing(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"a\":1}"}}};
  talk_recipe(&talk,
              "ask = POST http://h/x\nheader.Accept = a/b\nheader.Content-Type = c/d\nheader.X = y\nbody = x\n" UNIT
              "available = /a\n",
              NULL);
  assert_string_equal(talk.requests[0], "POST http://h/x\nAccept: a/b\nContent-Type: c/d\nX: y\n\nx");
}

/* {daylight} is no day, and a name has 31 letters at most. */
static void names_in_braces_are_told_from_days(void **state) {
  (void)state;
  static const char name[] = "abcdefghijklmnopqrstuvwxyz01234";
  struct account_value values[] = {{.name = "daylight", .text = "d"}, {.name = name, .text = "n"}};
  struct recipe *recipe =
      read_recipe("test", "ask = GET https://h/{daylight}/{abcdefghijklmnopqrstuvwxyz01234}\n" UNIT "available = /a\n");
  struct account account = usual_account(recipe);
  struct talk talk = {.answers = {{200, "{\"a\":1}"}}};
  struct err err = {0};
  int line = 0;
  account.values = values;
  account.value_count = 2;
  talk_through(&talk, &account);
  assert_true(text_starts(talk.requests[0], "GET https://h/d/n\n"));
  recipe_free(recipe);
  assert_null(try_recipe("test", "ask = GET https://h/{abcdefghijklmnopqrstuvwxyz012345}\n", &line, &err));
  assert_null(try_recipe("test", "ask = GET https://h/{~}\n", &line, &err));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_are_escaped_for_where_they_stand),
      cmocka_unit_test(a_header_keeps_the_type_that_the_recipe_gives),
      cmocka_unit_test(a_body_goes_with_a_post_only),
      cmocka_unit_test(basic_authorization_is_in_base64),
      cmocka_unit_test(times_are_utc),
      cmocka_unit_test(base_url_stands_in_for_the_host),
      cmocka_unit_test(a_gathering_tells_which_certificates_to_trust),
      cmocka_unit_test(what_is_not_set_is_not_configured),
      cmocka_unit_test(an_account_that_lacks_a_secret_asks_nothing),
      cmocka_unit_test(a_provider_that_is_not_there_is_not_configured),
      cmocka_unit_test(a_key_with_a_line_break_is_sent_nowhere),
      cmocka_unit_test(what_is_too_long_is_not_asked),
      cmocka_unit_test(a_header_behind_those_two_changes_nothing),
      cmocka_unit_test(names_in_braces_are_told_from_days),
  };
  return cmocka_run_group_tests_name("recipe asks", tests, NULL, NULL);
}
