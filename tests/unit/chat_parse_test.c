/* A person's words to a question. */
#include "unit/chat_testing.h"

#define MUTE "/lowtide mute ACCOUNT [SPAN]"
#define TOPUP "/lowtide topup ACCOUNT AMOUNT [EXPIRES]"

static int begin(void **state) {
  struct asking *asking = mem_new(1, sizeof *asking);
  asking_begin(asking, FOUR);
  *state = asking;
  return 0;
}

static int end(void **state) {
  asking_end(*state);
  mem_free(*state);
  return 0;
}

static void expect_account(struct asking *asking, const char *line, const char *name) {
  struct chat_question question;
  parse(asking, line, &question);
  assert_string_equal(question.account != NULL ? question.account->name : "", name);
}

static void words_are_told_apart_by_what_they_look_like(void **state) {
  struct chat_question question;
  parse(*state, "usage kimi 7d public", &question);
  assert_string_equal(question.account->name, "kimi");
  assert_int_equal(question.span_ms, 7 * DAY_MS);
  assert_true(question.in_public);
  parse(*state, "usage PUBLIC 90m kimi", &question);
  assert_string_equal(question.account->name, "kimi");
  assert_int_equal(question.span_ms, 90 * MINUTE_MS);
  assert_true(question.in_public);
  parse(*state, "usage", &question);
  assert_null(question.account);
  assert_int_equal(question.span_ms, 0);
  assert_false(question.in_public);
  parse(*state, "topup 2026-12-31 12.50 kimi", &question);
  assert_int_equal(question.amount.nano, 1250 * CENT);
  assert_int_equal(question.expires_ms, INT64_C(1798675200000));
}

static void words_may_have_names(void **state) {
  struct chat_question question;
  parse(*state, "usage public=true span=3d account=kimi", &question);
  assert_string_equal(question.account->name, "kimi");
  assert_int_equal(question.span_ms, 3 * DAY_MS);
  assert_true(question.in_public);
  parse(*state, "usage public=False kimi", &question);
  assert_false(question.in_public);
  parse(*state, "usage account:kimi Span:3d", &question);
  assert_string_equal(question.account->name, "kimi");
  assert_int_equal(question.span_ms, 3 * DAY_MS);
}

static void what_the_caller_has_set_stays(void **state) {
  struct chat_question question;
  parse(*state, "mute kimi", &question);
  assert_int_equal(question.now_ms, NOW_MS);
  assert_string_equal(question.key, "test:1");
  assert_non_null(question.view);
}

static void an_account_is_named_or_labelled(void **state) {
  expect_account(*state, "balance kimi", "kimi");
  expect_account(*state, "balance KIMI", "kimi");
  expect_account(*state, "balance Claude API", "claude");
  expect_account(*state, "balance claude api public", "claude");
  expect_account(*state, "balance Claude: work", "claude-2");
  expect_account(*state, "mute kimi the old 7d", "kimi-old");
  expect_account(*state, "mute 7d Kimi the Old", "kimi-old");
}

static void a_label_that_two_have_is_no_name(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, MANUAL("a", "Kimi") MANUAL("b", "KIMI") MANUAL("c", "a"));
  assert_refused(&asking, "mute kimi", "\"kimi\" is the label of a and of b: say which by its name", MUTE);
  expect_account(&asking, "mute a", "a"); /* a name goes before a label */
  asking_end(&asking);
}

static void an_account_may_look_like_something_else(void **state) {
  (void)state;
  struct asking asking;
  struct chat_question question;
  asking_begin(&asking, MANUAL("6h", "Six") MANUAL("public", "Everybody") MANUAL("5", "Five"));
  parse(&asking, "mute 6h 6h", &question);
  assert_string_equal(question.account->name, "6h");
  assert_int_equal(question.span_ms, 6 * HOUR_MS);
  parse(&asking, "topup 5 5", &question);
  assert_string_equal(question.account->name, "5");
  assert_int_equal(question.amount.nano, 5 * MONEY_NANO);
  parse(&asking, "balance account=public", &question);
  assert_string_equal(question.account->name, "public");
  assert_false(question.in_public);
  asking_end(&asking);
}

static void an_account_may_be_called_as_a_currency_is(void **state) {
  (void)state;
  struct asking asking;
  struct chat_question question;
  asking_begin(&asking, MANUAL("usd", "Dollars"));
  parse(&asking, "topup 5 usd", &question);
  assert_string_equal(question.account->name, "usd");
  assert_string_equal(question.said, "");
  asking_end(&asking);
}

static void amounts_may_have_their_sign(void **state) {
  static const char *const lines[][2] = {{"topup kimi $12.50", "$"},
                                         {"topup kimi 12.5", ""},
                                         {"topup kimi €12.50", "€"},
                                         {"topup kimi ¥12.50", "¥"},
                                         {"topup 12.50 usd kimi", "usd"}};
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    struct chat_question question;
    parse(*state, lines[i][0], &question);
    assert_int_equal(question.amount.nano, 1250 * CENT);
    assert_string_equal(question.said, lines[i][1]);
  }
}

static void what_fits_nothing_is_refused_with_the_nearest(void **state) {
  assert_refused(*state, "mute kimmi 6h", "there is no account \"kimmi\" (did you mean \"kimi\"?)", "/balance lists them");
  assert_refused(*state, "mute zzzzzzzz", "there is no account \"zzzzzzzz\"", "/balance lists them");
  assert_refused(*state, "mute kimi soon", "\"soon\" is no span of time: write it as 90s, 15m, 6h, 3d, 2w or 1y", MUTE);
  assert_refused(*state, "mute kimi span:soon", "\"soon\" is no span of time: write it as 90s, 15m, 6h, 3d, 2w or 1y",
                 MUTE);
  assert_refused(*state, "mute kimi 6h 7h", "mute: \"7h\" is one word too many", MUTE);
  assert_refused(*state, "topup kimi 12,5", "\"12,5\" is not an amount: write it as 12.50", TOPUP);
  assert_refused(*state, "topup kimi 12.5 tomorrow", "\"tomorrow\" is not a date: write it as 2026-12-31", TOPUP);
  assert_refused(*state, "usage public=maybe", "\"maybe\" is not yes or no", "/lowtide usage [ACCOUNT] [SPAN] [public]");
  assert_refused(*state, "balance kimi public public", "balance: \"public\" is one word too many",
                 "/balance [ACCOUNT] [public]");
  assert_refused(*state, "help me", "help: \"me\" is one word too many", "/lowtide help");
  assert_refused(*state, "mute kimi public", "\"public\" is no span of time: write it as 90s, 15m, 6h, 3d, 2w or 1y", MUTE);
}

static void what_is_missing_or_given_twice_is_said(void **state) {
  assert_refused(*state, "mute", "mute wants ACCOUNT", MUTE);
  assert_refused(*state, "topup kimi", "topup wants AMOUNT", TOPUP);
  assert_refused(*state, "mute account=kimi account=claude", "account is given twice", MUTE);
  assert_refused(*state, "mute kimi account=claude", "account is given twice", MUTE);
  assert_refused(*state, "mute kimi colour=red", "mute takes no \"colour\"", MUTE);
}

static void there_is_an_end_to_the_words(void **state) {
  assert_refused(*state, "mute a b c d e f g h i j k l m n o p q", "mute: too many words", MUTE);
}

static void what_was_typed_is_shown_cleaned_and_cut(void **state) {
  struct chat_question question;
  struct err err = {0};
  assert_false(try_parse(
      *state, "mute x\x01y\nzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
      &question, &err));
  assert_string_equal(err.text, "there is no account \"x y zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"");
}

static void commands_are_found_in_whatever_case(void **state) {
  (void)state;
  struct err err = {0};
  assert_ptr_equal(chat_find("Mute"), chat_find("mute"));
  assert_null(chat_find("mut"));
  assert_false(chat_unknown("mut", &err));
  assert_string_equal(err.text, "there is no command \"mut\" (did you mean \"mute\"?)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(words_are_told_apart_by_what_they_look_like),
      TEST(words_may_have_names),
      TEST(what_the_caller_has_set_stays),
      TEST(an_account_is_named_or_labelled),
      TEST(a_label_that_two_have_is_no_name),
      TEST(an_account_may_look_like_something_else),
      TEST(amounts_may_have_their_sign),
      TEST(an_account_may_be_called_as_a_currency_is),
      TEST(what_fits_nothing_is_refused_with_the_nearest),
      TEST(what_is_missing_or_given_twice_is_said),
      TEST(there_is_an_end_to_the_words),
      TEST(what_was_typed_is_shown_cleaned_and_cut),
      TEST(commands_are_found_in_whatever_case),
  };
  return cmocka_run_group_tests_name("chat: words", tests, NULL, NULL);
}
