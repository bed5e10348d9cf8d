/* A recipe that says how often its vendor wants to be asked. */
#include "provider_testing.h"

#define MINUTE 60000LL
#define EVERY                                                                                                              \
  "every = 60s\nask = GET https://api.example.org/v1/balance\nheader.Authorization = Bearer {key}\n"                       \
  "available = /balance\nunit = USD\n"

/* A gathering that looks back, and what it asks next. */
struct back {
  struct recipe *recipe;
  struct account account;
  struct gathering *gathering;
  struct ask ask;
  struct reading reading;
};

static enum gathering_step look_back(struct back *back, int64_t now_ms) {
  ask_init(&back->ask);
  back->gathering = gathering_new(&back->account, now_ms);
  gathering_look_back(back->gathering);
  return gathering_next(back->gathering, NULL, &back->ask, &back->reading);
}

static void forget(struct back *back) {
  ask_done(&back->ask);
  gathering_free(back->gathering);
}

/* What a gathering at NOW_MS found, as the store gives it back. */
static struct answer found_once(struct back *back, const char *body, int status) {
  const struct answer nothing = {.last = {.found = false}};
  struct answer told = {.http = {.status = status, .body = body, .length = strlen(body)}};
  assert_int_equal(look_back(back, NOW_MS), GATHERING_ASK);
  assert_int_equal(back->ask.kind, ASK_LAST);
  assert_string_equal(back->ask.last.account, "test");
  assert_string_equal(back->ask.last.provider, "polite");
  assert_int_equal(gathering_next(back->gathering, &nothing, &back->ask, &back->reading), GATHERING_ASK);
  assert_int_equal(back->ask.kind, ASK_HTTP);
  assert_string_equal(buf_text(&back->ask.http.url), "https://api.example.org/v1/balance");
  assert_string_equal(buf_text(&back->ask.http.headers[0]), "Authorization: Bearer " KEY);
  assert_string_equal(back->ask.who, "test");
  ask_done(&back->ask);
  assert_int_equal(gathering_next(back->gathering, &told, &back->ask, &back->reading), GATHERING_DONE);
  assert_false(back->reading.reused);
  assert_true(back->reading.ask_mark != 0);
  forget(back);
  return (struct answer){.last = {.found = true, .reading = back->reading}};
}

static int set_up(void **state) {
  struct back *back = mem_new(1, sizeof *back);
  back->recipe = read_recipe("polite", EVERY);
  back->account = usual_account(back->recipe);
  *state = back;
  return 0;
}

static int tear_down(void **state) {
  struct back *back = *state;
  recipe_free(back->recipe);
  mem_free(back);
  return 0;
}

static bool is_reused(struct back *back, const struct answer *last, int64_t now_ms) {
  assert_int_equal(look_back(back, now_ms), GATHERING_ASK);
  assert_int_equal(back->ask.kind, ASK_LAST);
  enum gathering_step step = gathering_next(back->gathering, last, &back->ask, &back->reading);
  if (step == GATHERING_ASK) assert_int_equal(back->ask.kind, ASK_HTTP);
  forget(back);
  assert_true(step == GATHERING_ASK || back->reading.reused);
  return step == GATHERING_DONE;
}

#define GOOD "{\"balance\":12.5}"

static void what_was_asked_shortly_before_is_the_result_as_it_stands(void **state) {
  struct back *back = *state;
  const struct answer last = found_once(back, GOOD, 200);
  assert_true(is_reused(back, &last, NOW_MS + 30000));
  assert_int_equal(back->reading.asked_ms, NOW_MS);
  assert_int_equal(back->reading.time_ms, NOW_MS);
  assert_amount(back->reading.available, "12.5");
  assert_string_equal(back->reading.unit, "USD");
}

static void it_is_asked_again_when_the_time_is_over_or_the_clock_was_set_back(void **state) {
  struct back *back = *state;
  const struct answer last = found_once(back, GOOD, 200);
  assert_true(is_reused(back, &last, NOW_MS));
  assert_true(is_reused(back, &last, NOW_MS + MINUTE - 1001));
  assert_false(is_reused(back, &last, NOW_MS + MINUTE - 1000));
  assert_false(is_reused(back, &last, NOW_MS + MINUTE));
  assert_false(is_reused(back, &last, NOW_MS - 1));
}

static void nothing_recorded_and_a_store_that_fails_mean_to_ask(void **state) {
  struct back *back = *state;
  struct answer last = found_once(back, GOOD, 200);
  last.err.code = ERR_STORE;
  assert_false(is_reused(back, &last, NOW_MS));
  last.err.code = ERR_NONE;
  last.last.found = false;
  assert_false(is_reused(back, &last, NOW_MS));
  last.last.found = true;
  last.last.reading.ask_mark = 0;
  assert_false(is_reused(back, &last, NOW_MS));
}

static void a_failure_is_asked_again_but_for_the_wish_to_be_asked_less(void **state) {
  struct back *back = *state;
  struct answer last = found_once(back, "{}", 429);
  assert_true(is_reused(back, &last, NOW_MS + 1000));
  assert_unknown(&back->reading, ERR_RATE_LIMITED, "HTTP 429");
  last = found_once(back, "{}", 503);
  assert_false(is_reused(back, &last, NOW_MS + 1000));
  last = found_once(back, "{}", 401);
  assert_false(is_reused(back, &last, NOW_MS + 1000));
  last = found_once(back, "{}", 200);
  assert_false(is_reused(back, &last, NOW_MS + 1000));
}

static void what_was_asked_otherwise_is_not_reused(void **state) {
  struct back *back = *state;
  const struct answer last = found_once(back, GOOD, 200);
  const struct account before = back->account;
  const struct account_value other_key[] = {{.name = "key", .text = "sk-other"}};
  const struct account_value more[] = {{.name = "key", .text = KEY}, {.name = "quota_per_unit", .text = "1000"}};
  back->account.base_url = "https://proxy.example.org";
  assert_false(is_reused(back, &last, NOW_MS));
  back->account = before;
  back->account.unit = "EUR";
  assert_false(is_reused(back, &last, NOW_MS));
  back->account = before;
  back->account.ca_file = "/etc/ca.pem";
  assert_false(is_reused(back, &last, NOW_MS));
  back->account = before;
  back->account.budget = amount_of(50);
  assert_false(is_reused(back, &last, NOW_MS));
  back->account = before;
  back->account.values = other_key;
  back->account.value_count = 1;
  assert_false(is_reused(back, &last, NOW_MS));
  back->account.values = more;
  back->account.value_count = 2;
  assert_false(is_reused(back, &last, NOW_MS));
  back->account = before;
  assert_true(is_reused(back, &last, NOW_MS));
}

static void what_is_given_up_while_it_looks_back_leaves_nothing_behind(void **state) {
  struct back *back = *state;
  assert_int_equal(look_back(back, NOW_MS), GATHERING_ASK);
  forget(back);
}

static void who_does_not_look_back_asks_at_once(void **state) {
  struct back *back = *state;
  struct talk talk = {.answers = {{200, GOOD}}};
  talk_through(&talk, &back->account);
  assert_int_equal(talk.asked, 1);
  assert_true(talk.reading.ask_mark != 0);
}

static void without_every_nothing_is_looked_up(void **state) {
  (void)state;
  struct recipe *recipe = read_recipe("free", "ask = GET https://api.example.org/\navailable = /balance\nunit = USD\n");
  struct back back = {.account = usual_account(recipe)};
  assert_int_equal(look_back(&back, NOW_MS), GATHERING_ASK);
  assert_int_equal(back.ask.kind, ASK_HTTP);
  forget(&back);
  recipe_free(recipe);
}

static void a_fallback_is_not_looked_up_again(void **state) {
  (void)state;
  const struct answer nothing = {.last = {.found = false}};
  const struct answer refused = {.http = {.status = 403, .body = "{}", .length = 2}};
  struct recipe *recipes[] = {read_recipe("first", EVERY "fallback = second on forbidden\n"), read_recipe("second", EVERY)};
  struct err err = {0};
  assert_true(recipe_link(recipes[0], recipes, 2, &err));
  struct back back = {.account = usual_account(recipes[0])};
  assert_int_equal(look_back(&back, NOW_MS), GATHERING_ASK);
  assert_int_equal(gathering_next(back.gathering, &nothing, &back.ask, &back.reading), GATHERING_ASK);
  ask_done(&back.ask);
  assert_int_equal(gathering_next(back.gathering, &refused, &back.ask, &back.reading), GATHERING_ASK);
  assert_int_equal(back.ask.kind, ASK_HTTP);
  forget(&back);
  recipe_free(recipes[0]);
  recipe_free(recipes[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(what_was_asked_shortly_before_is_the_result_as_it_stands),
      TEST(it_is_asked_again_when_the_time_is_over_or_the_clock_was_set_back),
      TEST(nothing_recorded_and_a_store_that_fails_mean_to_ask),
      TEST(a_failure_is_asked_again_but_for_the_wish_to_be_asked_less),
      TEST(what_was_asked_otherwise_is_not_reused),
      TEST(what_is_given_up_while_it_looks_back_leaves_nothing_behind),
      TEST(who_does_not_look_back_asks_at_once),
      TEST(without_every_nothing_is_looked_up),
      TEST(a_fallback_is_not_looked_up_again),
  };
  return cmocka_run_group_tests_name("recipe every", tests, NULL, NULL);
}
