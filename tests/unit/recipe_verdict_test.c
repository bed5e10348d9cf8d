/* How failures are told apart, and what falls back to another recipe. */
#include "provider_testing.h"

#define ASK "ask = GET https://api.example.org/v1/balance?a=1\n"
#define UNIT "unit = USD\n"
#define PLAIN ASK "available = /a\n" UNIT

/* --- verdicts ------------------------------------------------------------------------------------------------------ */

#define VERDICTS                                                                                                           \
  ASK UNIT "available = /a\n"                                                                                              \
           "ok = /code is 0 or done and /status is true\n"                                                                 \
           "fail.auth = /code is 1004 or 2049\n"                                                                           \
           "fail.rate_limited = /code is 1002 and /status is false\n"                                                      \
           "status.422 = rate_limited\nstatus.410 = unsupported\nstatus.400 = auth\n"                                      \
           "hint.auth = look at the key\nhint.malformed = never shown over a better one\n"

static const struct verdict_case {
  int status;
  const char *body;
  enum err_code code;
  const char *detail;
} verdict_cases[] = {
    {200, "{\"a\":1,\"code\":0,\"status\":true}", ERR_NONE, ""},
    {201, "{\"a\":1,\"code\":0.0,\"status\":true}", ERR_NONE, ""},
    {200, "{\"a\":1,\"code\":\"0\",\"status\":true}", ERR_NONE, ""},
    {200, "{\"a\":1,\"code\":\"done\",\"status\":true}", ERR_NONE, ""},
    {200, "{\"a\":1,\"code\":1,\"status\":true}", ERR_SERVER, "HTTP 200, but /code is not 0"},
    {200, "{\"a\":1,\"code\":false,\"status\":true}", ERR_SERVER, "HTTP 200, but /code is not 0"},
    {200, "{\"a\":1,\"code\":[],\"status\":true}", ERR_SERVER, "HTTP 200, but /code is not 0"},
    {200, "{\"a\":1,\"code\":0,\"status\":\"TRUE\"}", ERR_SERVER, "HTTP 200, but /status is not true"},
    {200, "{\"a\":1}", ERR_SERVER, "HTTP 200, but /code is not 0"},
    {200, "{\"code\":1004}", ERR_AUTH, "HTTP 200, but /code is 1004"},
    {200, "{\"code\":\"2049\"}", ERR_AUTH, "HTTP 200, but /code is 2049"},
    {200, "{\"code\":1002,\"status\":false}", ERR_RATE_LIMITED, "HTTP 200, but /code is 1002"},
    {200, "{\"code\":1002,\"status\":true}", ERR_SERVER, "HTTP 200, but /code is not 0"},
    {400, "{}", ERR_AUTH, "HTTP 400"},
    {400, "{\"code\":1002,\"status\":false}", ERR_RATE_LIMITED, "HTTP 400"},
    {500, "{\"code\":1004}", ERR_AUTH, "HTTP 500"},
    {500, "<html>", ERR_SERVER, "HTTP 500"},
    {401, "", ERR_AUTH, "HTTP 401"},
    {402, "", ERR_FORBIDDEN, "HTTP 402"},
    {403, "", ERR_FORBIDDEN, "HTTP 403"},
    {404, "", ERR_UNSUPPORTED, "HTTP 404"},
    {410, "", ERR_UNSUPPORTED, "HTTP 410"},
    {422, "", ERR_RATE_LIMITED, "HTTP 422"},
    {429, "", ERR_RATE_LIMITED, "HTTP 429"},
    {503, "", ERR_SERVER, "HTTP 503"},
    {302, "", ERR_SERVER, "HTTP 302"},
    {100, "", ERR_SERVER, "HTTP 100"},
};

static void failures_get_the_code_that_the_recipe_gives(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof verdict_cases / sizeof verdict_cases[0]; i++) {
    const struct verdict_case *wanted = &verdict_cases[i];
    struct talk talk = {.answers = {{wanted->status, wanted->body}}};
    talk_recipe(&talk, VERDICTS, NULL);
    assert_string_equal(err_code_name(talk.reading.code), err_code_name(wanted->code));
    assert_string_equal(talk.reading.detail, wanted->detail);
    if (wanted->code == ERR_AUTH) assert_string_equal(talk.reading.hint, "look at the key");
  }
}

static void a_condition_may_be_a_number_below_another(void **state) {
  (void)state;
  static const char text[] = PLAIN "fail.unsupported = /a is below -0.5 or 100\nfail.forbidden = /b is below 1e1\n";
  static const struct verdict_case cases[] = {
      {200, "{\"a\":-0.51}", ERR_UNSUPPORTED, "HTTP 200, but /a is below -0.5"},
      {200, "{\"a\":100}", ERR_UNSUPPORTED, "HTTP 200, but /a is 100"},
      {200, "{\"a\":-5e-1}", ERR_NONE, ""},
      {200, "{\"a\":99}", ERR_NONE, ""},
      {200, "{\"a\":1,\"b\":9.99}", ERR_FORBIDDEN, "HTTP 200, but /b is below 1e1"},
      {200, "{\"a\":1,\"b\":10}", ERR_NONE, ""},
      {200, "{\"a\":1,\"b\":\"9\"}", ERR_NONE, ""},
      {200, "{\"a\":1,\"b\":null}", ERR_NONE, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct talk talk = {.answers = {{cases[i].status, cases[i].body}}};
    talk_recipe(&talk, text, NULL);
    assert_string_equal(err_code_name(talk.reading.code), err_code_name(cases[i].code));
    assert_string_equal(talk.reading.detail, cases[i].detail);
  }
}

static void a_failure_may_show_in_an_earlier_answer(void **state) {
  (void)state;
  static const char text[] = "ask.a = GET https://h/a\nask.b = GET https://h/b\navailable = a:/x plus /x\n" UNIT
                             "ok = a:/ok is true and b:/fine is yes\nfail.forbidden = a:/no is null\n";
  struct talk talk = {.answers = {{200, "{\"x\":1,\"no\":1,\"ok\":true}"}, {200, "{\"x\":2,\"fine\":\"yes\"}"}}};
  talk_recipe(&talk, text, NULL);
  assert_amount(talk.reading.available, "3");
  talk.answers[0].body = "{\"x\":1,\"no\":1,\"ok\":false}";
  talk_recipe(&talk, text, NULL);
  assert_unknown(&talk.reading, ERR_SERVER, "HTTP 200, but a:/ok is not true");
  assert_int_equal(talk.asked, 1);
  talk.answers[0].body = "{\"x\":1,\"ok\":true}";
  talk_recipe(&talk, text, NULL);
  assert_unknown(&talk.reading, ERR_FORBIDDEN, "HTTP 200, but a:/no is null");
  talk.answers[0].body = "{\"x\":1,\"no\":1,\"ok\":true}";
  talk.answers[1].body = "{\"x\":2,\"fine\":\"no\"}";
  talk_recipe(&talk, text, NULL);
  assert_unknown(&talk.reading, ERR_SERVER, "HTTP 200, but b:/fine is not yes");
}

static struct reading gather_failed(const struct answer *answer) {
  struct recipe *recipe = read_recipe("test", VERDICTS);
  struct account account = usual_account(recipe);
  struct gathering *gathering = gathering_new(&account, NOW_MS);
  struct ask ask;
  struct reading reading;
  assert_int_equal(gathering_next(gathering, NULL, &ask, &reading), GATHERING_ASK);
  ask_done(&ask);
  assert_int_equal(gathering_next(gathering, answer, &ask, &reading), GATHERING_DONE);
  gathering_free(gathering);
  recipe_free(recipe);
  return reading;
}

static void what_went_wrong_on_the_way_is_kept(void **state) {
  (void)state;
  struct answer answer = {.err = {.code = ERR_TIMEOUT, .text = "timed out after 10 s"}, .http = {.body = ""}};
  struct reading reading = gather_failed(&answer);
  assert_unknown(&reading, ERR_TIMEOUT, "timed out after 10 s");
  answer =
      (struct answer){.http = {.body = "", .err = {.code = ERR_TLS, .text = "bad certificate", .hint = "see ca_file"}}};
  reading = gather_failed(&answer);
  assert_unknown(&reading, ERR_TLS, "bad certificate");
  assert_string_equal(reading.hint, "see ca_file");
}

static void moonshot_hints_at_the_other_host(void **state) {
  (void)state;
  struct talk talk = {.answers = {{401, "{\"error\":{\"message\":\"Invalid Authentication\"}}"}}};
  talk_recipe(&talk, embedded_text("moonshot"), NULL);
  assert_unknown(&talk.reading, ERR_AUTH, "HTTP 401");
  assert_non_null(strstr(talk.reading.hint, "this key may belong to the other host"));
}

/* --- fallback ------------------------------------------------------------------------------------------------------ */

static struct reading gather_openrouter(struct talk_answer credits, struct talk_answer key, size_t asks) {
  struct recipe *all[2] = {read_recipe("openrouter", embedded_text("openrouter")),
                           read_recipe("openrouter-key", embedded_text("openrouter-key"))};
  struct err err = {0};
  assert_true(recipe_link(all[0], all, 2, &err));
  struct account account = usual_account(all[0]);
  struct talk talk = {.answers = {credits, key}};
  talk_through(&talk, &account);
  assert_int_equal(talk.asked, asks);
  assert_true(text_starts(talk.requests[0], "GET https://openrouter.ai/api/v1/credits\nAuthorization: Bearer sk-"));
  if (asks > 1)
    assert_true(text_starts(talk.requests[1], "GET https://openrouter.ai/api/v1/key\nAuthorization: Bearer sk-"));
  recipe_free(all[0]);
  recipe_free(all[1]);
  return talk.reading;
}

static const struct talk_answer zeros = {200, "{\"data\":{\"total_credits\":0,\"total_usage\":0.0}}"};

static void zeros_of_an_ordinary_key_are_no_balance(void **state) {
  (void)state;
  char *capped = read_fixture("openrouter-key.json");
  struct reading reading = gather_openrouter(zeros, (struct talk_answer){200, capped}, 2);
  assert_int_equal(reading.code, ERR_NONE);
  assert_amount(reading.available, "unknown");
  assert_amount(reading.used, "18.7756");
  assert_amount(reading.limit, "50");
  assert_non_null(strstr(reading.hint, "management key"));
  reading = gather_openrouter((struct talk_answer){403, ""}, (struct talk_answer){200, capped}, 2);
  assert_amount(reading.used, "18.7756");
  mem_free(capped);
}

static void a_fallback_that_finds_nothing_leaves_the_first_fault(void **state) {
  (void)state;
  struct reading reading = gather_openrouter(zeros, (struct talk_answer){200, "[]"}, 2);
  assert_unknown(&reading, ERR_FORBIDDEN, "HTTP 200, but /data/total_credits is 0");
  assert_non_null(strstr(reading.hint, "management key"));
  reading = gather_openrouter(zeros, (struct talk_answer){401, ""}, 2);
  assert_unknown(&reading, ERR_FORBIDDEN, "HTTP 200, but /data/total_credits is 0");
  reading = gather_openrouter(zeros, (struct talk_answer){503, ""}, 2);
  assert_unknown(&reading, ERR_SERVER, "HTTP 503");
}

static void other_faults_do_not_fall_back(void **state) {
  (void)state;
  struct reading reading = gather_openrouter((struct talk_answer){401, ""}, zeros, 1);
  assert_unknown(&reading, ERR_AUTH, "HTTP 401");
  reading = gather_openrouter((struct talk_answer){200, "{\"data\":{\"total_credits\":0,\"total_usage\":1}}"}, zeros, 1);
  assert_amount(reading.available, "-1");
  reading =
      gather_openrouter((struct talk_answer){200, "{\"data\":{\"total_credits\":null,\"total_usage\":null}}"}, zeros, 1);
  assert_unknown(&reading, ERR_MALFORMED, "the vendor told no amount");
}

static bool link_both(const char *first, const char *second, struct err *err) {
  struct recipe *all[2] = {read_recipe("first", first), read_recipe("second", second)};
  bool linked = recipe_link(all[0], all, 2, err);
  recipe_free(all[0]);
  recipe_free(all[1]);
  return linked;
}

static void a_fallback_must_be_there_and_ask_for_no_more(void **state) {
  (void)state;
  struct err err = {0};
  assert_true(link_both(PLAIN "fallback = second on auth or forbidden\n", PLAIN, &err));
  assert_true(link_both(PLAIN "header.X = {key}\nfallback = second on auth\n", PLAIN "header.X = {key}\nenv = K\n", &err));
  assert_true(link_both(PLAIN "header.X = {key}\nheader.Y = {team}\nfallback = second on auth\n",
                        "ask.a = GET https://h/\nask.b = GET https://h/{x}\navailable = /a\n" UNIT
                        "header.X = {team}\nset.x = a:/x\nheader.Y = {key}\n",
                        &err));
  assert_false(link_both(PLAIN "fallback = third on auth\n", PLAIN, &err));
  assert_string_equal(err.text, "fallback: there is no recipe \"third\"");
  assert_int_equal(err.code, ERR_CONFIG);
  assert_false(link_both(PLAIN "fallback = first on auth\n", PLAIN, &err));
  assert_string_equal(err.text, "fallback: first has a fallback itself");
  assert_false(link_both(PLAIN "fallback = second on auth\n", PLAIN "fallback = first on auth\n", &err));
  assert_string_equal(err.text, "fallback: second has a fallback itself");
  assert_false(link_both(PLAIN "fallback = second on auth\n", PLAIN "header.X = {team}\n", &err));
  assert_string_equal(err.text, "fallback: second needs `team`, which is not asked for here");
  assert_false(link_both(PLAIN "fallback = second on auth\n", PLAIN "header.X = {key}\nenv = K\n", &err));
  assert_string_equal(err.text, "fallback: second needs `key`, which is not asked for here");
}

/* What the first recipe counted is none of the second one's. */
static void a_fallback_starts_from_nothing(void **state) {
  (void)state;
  struct recipe *all[] = {
      read_recipe("first", "ask.a = GET https://h/1\nask.b = GET https://h/2\navailable = sum a:/l/* plus /gone\n"
                           "fallback = second on malformed\nhint.malformed = see there\n" UNIT),
      read_recipe("second", "ask = GET https://h/3\navailable = sum /l/*\nunit = EUR\n")};
  struct err err = {0};
  assert_true(recipe_link(all[0], all, 2, &err));
  struct account account = usual_account(all[0]);
  struct talk talk = {.answers = {{200, "{\"l\":[1,2]}"}, {200, "{}"}, {200, "{\"l\":[4]}"}}};
  talk_through(&talk, &account);
  assert_int_equal(talk.asked, 3);
  assert_true(text_starts(talk.requests[2], "GET https://h/3\n"));
  assert_amount(talk.reading.available, "4");
  assert_string_equal(talk.reading.unit, "EUR");
  assert_string_equal(talk.reading.hint, "see there");
  recipe_free(all[0]);
  recipe_free(all[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(failures_get_the_code_that_the_recipe_gives),
      cmocka_unit_test(a_condition_may_be_a_number_below_another),
      cmocka_unit_test(a_failure_may_show_in_an_earlier_answer),
      cmocka_unit_test(what_went_wrong_on_the_way_is_kept),
      cmocka_unit_test(moonshot_hints_at_the_other_host),
      cmocka_unit_test(zeros_of_an_ordinary_key_are_no_balance),
      cmocka_unit_test(a_fallback_that_finds_nothing_leaves_the_first_fault),
      cmocka_unit_test(other_faults_do_not_fall_back),
      cmocka_unit_test(a_fallback_must_be_there_and_ask_for_no_more),
      cmocka_unit_test(a_fallback_starts_from_nothing),
  };
  return cmocka_run_group_tests_name("recipe verdicts", tests, NULL, NULL);
}
