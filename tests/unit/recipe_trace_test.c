/* What a listener hears of a recipe's way through an answer, line by line: "key|formula|found", results with "=". */
#include "provider_testing.h"

#define HEARD_MAX 4096

static void hear(void *context, const struct recipe_step *step) {
  struct buf *heard = context;
  buf_addf(heard, "%s|%s|%s%s\n", step->key, step->formula, step->is_result ? "= " : "", step->found);
}

/* The answers in order; the last one is given again. Free what is heard with mem_free. */
static char *listen(const struct recipe *recipe, const char *unit, const struct talk_answer *answers,
                    struct reading *reading) {
  struct buf heard;
  const struct recipe_listener listener = {.hear = hear, .context = &heard};
  struct account account = usual_account(recipe);
  struct ask ask;
  account.unit = unit;
  buf_init(&heard, HEARD_MAX);
  struct gathering *gathering = gathering_new(&account, NOW_MS);
  gathering_listen(gathering, &listener);
  enum gathering_step step = gathering_next(gathering, NULL, &ask, reading);
  while (step == GATHERING_ASK) {
    struct answer answer = {.http = {.status = answers->status, .body = answers->body, .length = strlen(answers->body)}};
    ask_done(&ask);
    if (answers[1].body != NULL) answers++;
    step = gathering_next(gathering, &answer, &ask, reading);
  }
  gathering_free(gathering);
  char *text = mem_dup(buf_text(&heard));
  buf_done(&heard);
  return text;
}

static void assert_heard(const char *name, const char *text, const char *unit, const struct talk_answer *answers,
                         const char *expected) {
  struct recipe *recipe = read_recipe(name, text);
  struct reading reading;
  char *heard = listen(recipe, unit, answers, &reading);
  assert_string_equal(heard, expected);
  mem_free(heard);
  recipe_free(recipe);
}

static void assert_heard_once(const char *recipe, const char *body, const char *expected) {
  const struct talk_answer answers[] = {{200, body}, {0, NULL}};
  assert_heard("trial", recipe, "", answers, expected);
}

#define ASK "ask = GET https://x.test/b\nheader.Authorization = Bearer {key}\nunit = USD\n"

static void each_pointer_tells_what_it_found_and_each_amount_what_came_of_it(void **state) {
  (void)state;
  assert_heard_once(ASK "available = /data/total minus /data/used over 100\nused = /data/used over 100\n",
                    "{\"data\": {\"total\": \"150\", \"used\": 2.5e1}}",
                    "available|/data/total|\"150\"\n"
                    "available|/data/used|2.5e1\n"
                    "available|/data/total minus /data/used over 100|= 1.25\n"
                    "used|/data/used|2.5e1\n"
                    "used|/data/used over 100|= 0.25\n"
                    "unit||= USD\n");
}

static void a_pointer_that_leads_nowhere_tells_what_is_there(void **state) {
  (void)state;
  assert_heard_once(ASK "available = /data/balance\n", "{\"data\": {\"total\": 1, \"used\": 2}}",
                    "available|/data/balance|not there; /data is an object: total, used\n"
                    "available|/data/balance|= nothing: /data/balance is not there\n");
  assert_heard_once(ASK "available = /balance/x\n", "{\"balance\": \"secret text\"}",
                    "available|/balance/x|not there; /balance is a text\n"
                    "available|/balance/x|= nothing: /balance/x is not there\n");
  assert_heard_once(ASK "available = /balance\n", "[1, 2]",
                    "available|/balance|not there; the answer is a list of 2\n"
                    "available|/balance|= nothing: /balance is not there\n");
}

static void what_is_no_number_is_shown_before_the_reading_fails(void **state) {
  (void)state;
  assert_heard_once(ASK "available = /a\n", "{\"a\": \"$12\"}", "available|/a|\"$12\"\n");
  assert_heard_once(ASK "available = /a\n", "{\"a\": {}}", "available|/a|an object without members\n");
  assert_heard_once(ASK "available = sum /a/*/b\n", "{\"a\": false}", "sum|/a/*/b|false\n");
}

static void null_and_what_stands_in_its_place_are_told(void **state) {
  (void)state;
  assert_heard_once(ASK "limit = /a\navailable = limit or /b unless /c is true\nused = 1\n",
                    "{\"a\": null, \"b\": 3, \"c\": true}",
                    "limit|/a|null\n"
                    "limit|/a|= null: not known\n"
                    "available|/b|3\n"
                    "available|/c|true\n"
                    "available|/c is true|= holds\n"
                    "available|limit or /b unless /c is true|= null: not known\n"
                    "used|1|= 1\n"
                    "unit||= USD\n");
}

static void conditions_tell_whether_they_hold(void **state) {
  (void)state;
  assert_heard_once(ASK "fail.auth = /code is 1 or 2 and /x is y\nok = /ok is true\navailable = /a\n",
                    "{\"code\": 2, \"x\": \"z\", \"ok\": false, \"a\": 1}",
                    "fail.auth|/code|2\n"
                    "fail.auth|/code is 1 or 2|= holds\n"
                    "fail.auth|/x|\"z\"\n"
                    "fail.auth|/x is y|= does not hold\n"
                    "ok|/ok|false\n"
                    "ok|/ok is true|= does not hold\n");
}

static void rows_are_counted_and_only_the_chosen_one_is_gone_through(void **state) {
  static const char body[] = "{\"balance_infos\": [{\"currency\": \"CNY\", \"total_balance\": \"0.00\"},"
                             "{\"currency\": \"USD\", \"total_balance\": \"7.50\"}]}";
  static const struct talk_answer answers[] = {{200, body}, {0, NULL}};
  (void)state;
  assert_heard("deepseek", embedded_text("deepseek"), "", answers,
               "row|/balance_infos/*[currency={unit}]|an object: currency, total_balance\n"
               "row|/balance_infos/*[currency={unit}]|an object: currency, total_balance\n"
               "row|/balance_infos/*[currency={unit}]|= 2 rows\n"
               "row|/balance_infos/*[currency={unit}]|= 1 row not 0\n"
               "available|row:/total_balance|\"7.50\"\n"
               "available|row:/total_balance|= 7.5\n"
               "cash|row:/topped_up_balance|not there; the row is an object: currency, total_balance\n"
               "cash|row:/topped_up_balance|= nothing: row:/topped_up_balance is not there\n"
               "voucher|row:/granted_balance|not there; the row is an object: currency, total_balance\n"
               "voucher|row:/granted_balance|= nothing: row:/granted_balance is not there\n"
               "unit|row:/currency|\"USD\"\n"
               "unit|row:/currency|= USD\n");
}

static void the_row_with_the_most_is_told(void **state) {
  (void)state;
  assert_heard_once(ASK "row = /w/* with most used\nused = row:/p unless absent or 0\nlimit = 100\n",
                    "{\"w\": [{\"p\": 7}, {\"p\": 70}, {}]}",
                    "row|/w/*|an object: p\n"
                    "row|/w/*|an object: p\n"
                    "row|/w/*|an object without members\n"
                    "row|/w/*|= 3 rows\n"
                    "row|/w/*|= the one with most used\n"
                    "used|row:/p|70\n"
                    "used|row:/p unless absent or 0|= 70\n"
                    "limit|100|= 100\n"
                    "unit||= USD\n");
}

static void sets_pages_and_times_are_told(void **state) {
  static const struct talk_answer answers[] = {{200, "{\"id\": \"p1\"}"},
                                               {200, "{\"d\": [{\"a\": 1}], \"n\": \"x\"}"},
                                               {200, "{\"d\": [], \"t\": 1795302245}"},
                                               {0, NULL}};
  (void)state;
  assert_heard("trial",
               "ask.who = GET https://x.test/who\nask.what = GET https://x.test/{project}\nheader.K = {key}\n"
               "set.project = who:/id\nnext = p from /n max 3\nused = sum /d/*/a\nunit = USD\nresets_at = /t\ntime = /t\n",
               "", answers,
               "set.project|who:/id|\"p1\"\n"
               "sum|/d/*/a|1\n"
               "sum|/d/*/a|= 1\n"
               "next|/n|\"x\"\n"
               "sum|/d/*/a|= 1\n"
               "next|/n|not there; the answer is an object: d, t\n"
               "used|sum /d/*/a|= 1\n"
               "unit||= USD\n"
               "time|/t|1795302245\n"
               "time|/t|= 2026-11-21T23:04:05Z\n"
               "resets_at|/t|1795302245\n"
               "resets_at|/t|= 2026-11-21T23:04:05Z\n");
}

static void a_status_tells_what_it_is_taken_for(void **state) {
  static const struct talk_answer answers[] = {{432, "{\"code\": 7}"}, {0, NULL}};
  (void)state;
  assert_heard("trial", ASK "available = /a\nstatus.432 = forbidden\nfail.auth = /code is 8\n", "", answers,
               "fail.auth|/code|7\n"
               "fail.auth|/code is 8|= does not hold\n"
               "status|HTTP 432|= forbidden\n");
}

static void a_fallback_is_told_with_its_steps(void **state) {
  static const struct talk_answer answers[] = {
      {403, ""}, {200, "{\"data\": {\"limit\": null, \"limit_remaining\": null, \"usage\": 3}}"}, {0, NULL}};
  struct recipe *all[] = {read_recipe("openrouter", embedded_text("openrouter")),
                          read_recipe("openrouter-key", embedded_text("openrouter-key"))};
  struct err err = {0};
  struct reading reading;
  (void)state;
  assert_true(recipe_link(all[0], all, 2, &err));
  char *heard = listen(all[0], "", answers, &reading);
  assert_int_equal(reading.code, ERR_NONE);
  assert_non_null(
      strstr(heard, "status|HTTP 403|= forbidden\nfallback|HTTP 403|= openrouter-key\nlimit|/data/limit|null\n"));
  mem_free(heard);
  recipe_free(all[0]);
  recipe_free(all[1]);
}

/* Whoever looks at a trial does so on a terminal. */
static void found_texts_are_short_and_without_control_characters(void **state) {
  struct buf body;
  (void)state;
  buf_init(&body, HEARD_MAX);
  buf_add(&body, "{\"a\": \"\\u001b[31m");
  for (int i = 0; i < 500; i++)
    buf_add_char(&body, 'x');
  buf_add(&body, "\"}");
  const struct talk_answer answers[] = {{200, buf_text(&body)}, {0, NULL}};
  struct recipe *recipe = read_recipe("trial", ASK "available = /a\n");
  struct reading reading;
  char *heard = listen(recipe, "", answers, &reading);
  assert_true(strlen(heard) < 200);
  assert_null(strchr(heard, 0x1b));
  mem_free(heard);
  recipe_free(recipe);
  buf_done(&body);
}

static void many_members_are_not_all_named(void **state) {
  struct buf body;
  (void)state;
  buf_init(&body, HEARD_MAX);
  for (int i = 0; i < 30; i++)
    buf_addf(&body, "%c\"m%02d\": %d", i == 0 ? '{' : ',', i, i);
  buf_add(&body, "}");
  const struct talk_answer answers[] = {{200, buf_text(&body)}, {0, NULL}};
  struct recipe *recipe = read_recipe("trial", ASK "available = /a\n");
  struct reading reading;
  char *heard = listen(recipe, "", answers, &reading);
  assert_non_null(strstr(heard, "m15, …\n"));
  assert_null(strstr(heard, "m16"));
  mem_free(heard);
  recipe_free(recipe);
  buf_done(&body);
}

static void what_is_too_big_to_be_kept_is_told_so(void **state) {
  (void)state;
  assert_heard_once(ASK "available = /a\n", "{\"a\": 1e20}",
                    "available|/a|1e20\n"
                    "available|/a|= an amount above 9,223,372,036 does not fit\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_pointer_tells_what_it_found_and_each_amount_what_came_of_it),
      cmocka_unit_test(a_pointer_that_leads_nowhere_tells_what_is_there),
      cmocka_unit_test(what_is_no_number_is_shown_before_the_reading_fails),
      cmocka_unit_test(null_and_what_stands_in_its_place_are_told),
      cmocka_unit_test(conditions_tell_whether_they_hold),
      cmocka_unit_test(rows_are_counted_and_only_the_chosen_one_is_gone_through),
      cmocka_unit_test(the_row_with_the_most_is_told),
      cmocka_unit_test(sets_pages_and_times_are_told),
      cmocka_unit_test(a_status_tells_what_it_is_taken_for),
      cmocka_unit_test(a_fallback_is_told_with_its_steps),
      cmocka_unit_test(found_texts_are_short_and_without_control_characters),
      cmocka_unit_test(many_members_are_not_all_named),
      cmocka_unit_test(what_is_too_big_to_be_kept_is_told_so),
  };
  return cmocka_run_group_tests_name("recipe_trace", tests, NULL, NULL);
}
