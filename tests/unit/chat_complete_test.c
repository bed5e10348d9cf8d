/* What is offered while an argument is typed. */
#include <stdio.h>

#include "unit/chat_testing.h"

static void expect_of(struct asking *asking, const char *command, const char *argument, const char *typed,
                      const char *expected) {
  static struct chat_choices choices;
  struct buf out;
  buf_init(&out, 8192);
  chat_complete(chat_find(command), &asking->view, argument, typed, &choices);
  for (size_t i = 0; i < choices.count; i++)
    buf_addf(&out, "%s%s=%s", i > 0 ? ", " : "", choices.name[i], choices.value[i]);
  assert_string_equal(buf_text(&out), expected);
  buf_done(&out);
}

static void expect(struct asking *asking, const char *argument, const char *typed, const char *expected) {
  expect_of(asking, "history", argument, typed, expected);
}

static void what_cannot_be_topped_up_is_not_offered(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, MANUAL("notes", "Notes") "[account kimi]\nprovider = moonshot\nkey = x\nlabel = Kimi\n"
                                                 "[account pushed]\nprovider = push\nlabel = Pushed\n"
                                                 "[account claude]\nprovider = ledger\nspend = anthropic\nkey = x\n");
  expect_of(&asking, "topup", "account", "", "Notes · unknown=notes, Claude · unknown=claude");
  expect_of(&asking, "mute", "account", "k", "Kimi · unknown=kimi");
  asking_end(&asking);
}

static void accounts_that_are_low_come_first(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR);
  asking_balance(&asking, "kimi", 1234, 0);
  asking_balance(&asking, "claude", 420, 0);
  asking_balance(&asking, "claude-2", 80, 0);
  expect(&asking, "account", "",
         "Claude: work (claude-2) · $0.80=claude-2, Claude API (claude) · $4.20=claude, Kimi the Old (kimi-old) · "
         "unknown=kimi-old, Kimi · $12.34=kimi");
  asking_end(&asking);
}

static void what_begins_so_comes_before_what_holds_it(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, MANUAL("old", "The Old") MANUAL("api", "Old API") MANUAL("gold", "x"));
  asking_balance(&asking, "gold", 80, 0);
  expect(&asking, "account", "old", "The Old (old) · unknown=old, Old API (api) · unknown=api, x (gold) · $0.80=gold");
  expect(&asking, "account", " API", "Old API (api) · unknown=api");
  expect(&asking, "account", "nothing", "");
  asking_end(&asking);
}

static void a_choice_is_within_discords_limits(void **state) {
  (void)state;
  static struct chat_choices choices;
  struct asking asking;
  struct buf text;
  buf_init(&text, 65536);
  for (int i = 0; i < 30; i++)
    buf_addf(&text, MANUAL("a-name-that-is-as-long-as-a-name-may-ever-be-%02d", "%s"), i,
             "名前がとても長いので切らなければならないアカウントのラベルです");
  asking_begin(&asking, buf_text(&text));
  chat_complete(chat_find("history"), &asking.view, "account", "", &choices);
  assert_int_equal(choices.count, CHAT_CHOICES_MAX);
  for (size_t i = 0; i < choices.count; i++) {
    assert_true(text_is_utf8(choices.name[i], strlen(choices.name[i])));
    assert_non_null(config_account(asking.config, choices.value[i]));
  }
  asking_end(&asking);
  buf_done(&text);
}

static void spans_are_offered(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR);
  expect(&asking, "span", "", "1 hour=1h, 6 hours=6h, 1 day=1d, 3 days=3d, 7 days=7d, 30 days=30d");
  expect(&asking, "span", "3", "3 days=3d, 30 days=30d");
  expect(&asking, "public", "", "");
  expect(&asking, "nonsense", "", "");
  asking_end(&asking);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accounts_that_are_low_come_first),
      cmocka_unit_test(what_cannot_be_topped_up_is_not_offered),
      cmocka_unit_test(what_begins_so_comes_before_what_holds_it),
      cmocka_unit_test(a_choice_is_within_discords_limits),
      cmocka_unit_test(spans_are_offered),
  };
  return cmocka_run_group_tests_name("chat: complete", tests, NULL, NULL);
}
