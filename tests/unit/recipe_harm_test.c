/* Answers that mean harm, and answers that hold what nobody else may see. */
#include "provider_testing.h"

#define ASK "ask = GET https://api.example.org/v1/balance?a=1\n"
#define UNIT "unit = USD\n"
#define BEARER "header.Authorization = Bearer {key}\n"

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
      cmocka_unit_test(answers_that_mean_harm_are_malformed_and_never_zero),
      cmocka_unit_test(deep_nesting_is_malformed),
      cmocka_unit_test(neither_body_nor_key_nor_query_shows_in_a_reading),
      cmocka_unit_test(a_key_that_is_there_twice_is_not_shown),
  };
  return cmocka_run_group_tests_name("recipe harm", tests, NULL, NULL);
}
