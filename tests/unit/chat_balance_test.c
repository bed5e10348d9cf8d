/* What /balance, /lowtide refresh and /lowtide help say, from the view alone. */
#include "unit/chat_testing.h"

static void all_accounts_are_told_as_in_a_summary(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR);
  asking_balance(&asking, "kimi", 1234, 0);
  asking_balance(&asking, "claude", 420, 20000);
  asking_balance(&asking, "claude-2", 80, 0);
  assert_string_equal(ask(&asking, "balance"), "📊 **API Balance Summary**\n"
                                               "\n🌙 **Kimi:** $12.34 (threshold: $5.00)"
                                               "\n⚠️ **Claude API:** $4.20 (threshold: $5.00)"
                                               "\n🚨 **Claude: work:** $0.80 (threshold: $5.00)"
                                               "\n❔ **Kimi the Old:** unknown (not asked yet)"
                                               "\n\n🌙 ⚠️ Claude API credits low!"
                                               "\n🌙 🚨 Claude: work credits critical!"
                                               "\n\n🕘 as of just now");
  assert_buttons(&asking, "|Claude: work=history claude-2, Claude API=history claude, Kimi the Old=history kimi-old, "
                          "Kimi=history kimi");
  asking_end(&asking);
}

static void an_answer_says_how_old_it_is(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, MANUAL("kimi", "Kimi") MANUAL("slow", "Slow"));
  asking_balance(&asking, "kimi", 1234, 12 * MINUTE_MS);
  asking_balance(&asking, "slow", 1234, 5 * HOUR_MS);
  assert_string_equal(ask(&asking, "balance"),
                      "📊 **API Balance Summary**\n\n🌙 **Kimi:** $12.34 (threshold: $5.00)\n🌙 **Slow:** $12.34 (threshold: "
                      "$5.00)\n\n🕘 as of 12 min ago\n🕘 Slow as of 5 h ago");
  assert_string_equal(ask(&asking, "balance kimi"), "✅ Kimi Balance Check\n💰 Available: $12.34\n🕘 as of 12 min ago");
  asking_end(&asking);
}

static void one_account_is_told_by_its_parts(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR);
  struct standing *kimi = asking_balance(&asking, "kimi", 420, 0);
  kimi->reading.cash = amount_of(320 * CENT);
  kimi->reading.voucher = amount_of(100 * CENT);
  kimi->runway_ms = 76 * HOUR_MS;
  assert_string_equal(ask(&asking, "balance kimi"),
                      "⚠️ **Kimi Balance Low!**\n💰 Available: $4.20\n🎁 Voucher: $1.00\n💵 "
                      "Cash: $3.20\n⏳ Lasts: ~3d 4h\n🕘 as of just now");
  assert_buttons(&asking, "Refresh=refresh kimi, History=history kimi, Mute 6 h=mute kimi 6h");
  asking_balance(&asking, "kimi", 1234, 0);
  assert_string_equal(ask(&asking, "refresh kimi"), "✅ Kimi Balance Check\n💰 Available: $12.34\n🕘 as of just now");
  assert_buttons(&asking, "Refresh=refresh kimi, History=history kimi");
  assert_string_equal(ask(&asking, "balance claude"), "❔ Claude API: unknown (not asked yet)");
  asking_balance(&asking, "claude", -320, 0)->runway_ms = 0;
  assert_string_equal(ask(&asking, "balance claude"),
                      "🚨 **Claude API Balance Critical!**\n💰 Available: -$3.20\n🕘 as of just now");
  asking_end(&asking);
}

static void what_is_muted_says_so_and_can_be_heard_again(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR);
  struct standing *kimi = asking_balance(&asking, "kimi", 420, 4 * HOUR_MS);
  kimi->muted_until_ms = NOW_MS + 6 * HOUR_MS;
  assert_string_equal(ask(&asking, "balance kimi"),
                      "⚠️ **Kimi Balance Low!**\n💰 Available: $4.20\n🔕 muted until 2026-01-29 "
                      "15:00 UTC\n🕘 as of 4 h ago");
  assert_buttons(&asking, "Refresh=refresh kimi, History=history kimi, Unmute=unmute kimi");
  kimi->reading.asked_ms = kimi->reading.time_ms = NOW_MS - 30 * DAY_MS; /* too old to be known */
  (void)ask(&asking, "balance kimi");
  assert_buttons(&asking, "Refresh=refresh kimi, History=history kimi, Unmute=unmute kimi");
  kimi->muted_until_ms = NOW_MS;
  (void)ask(&asking, "balance kimi");
  assert_buttons(&asking, "Refresh=refresh kimi, History=history kimi, Mute 6 h=mute kimi 6h");
  asking_end(&asking);
}

static void what_is_told_of_all_says_who_is_muted(void **state) {
  (void)state;
  struct asking asking;
  struct buf text;
  buf_init(&text, 65536);
  for (int i = 0; i < 8; i++)
    buf_addf(&text, MANUAL("a%d", "A%d"), i, i);
  asking_begin(&asking, buf_text(&text));
  for (int i = 0; i < 8; i++) {
    char name[8];
    assert_true(text_fmt(name, sizeof name, "a%d", i));
    asking_balance(&asking, name, 1234, 0);
  }
  asking.standings[1].muted_until_ms = NOW_MS + HOUR_MS;
  asking.standings[2].muted_until_ms = NOW_MS; /* is over */
  assert_true(text_ends(ask(&asking, "balance"),
                        "**A7:** $12.34 (threshold: $5.00)\n\n🔕 A1 muted until 2026-01-29 10:00 UTC\n\n🕘 as of just now"));
  for (int i = 0; i < 8; i++)
    asking.standings[i].muted_until_ms = NOW_MS + HOUR_MS;
  assert_true(
      text_ends(ask(&asking, "refresh"), "🔕 A4 muted until 2026-01-29 10:00 UTC\n🔕 and 3 more\n\n🕘 as of just now"));
  asking_end(&asking);
  buf_done(&text);
}

static void what_is_not_configured_is_not_told_but_where_it_is_asked_for(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, MANUAL("kimi", "Kimi") "[account later]\nprovider = moonshot\nkey = ${LATER}\nlabel = Later\n");
  asking_balance(&asking, "kimi", 1234, 0);
  assert_string_equal(ask(&asking, "balance"),
                      "📊 **API Balance Summary**\n\n🌙 **Kimi:** $12.34 (threshold: $5.00)\n\n🕘 as of just now");
  assert_buttons(&asking, "Refresh=refresh kimi, History=history kimi");
  asking_balance(&asking, "kimi", 420, 0);
  (void)ask(&asking, "balance");
  assert_buttons(&asking, "Refresh=refresh kimi, History=history kimi, Mute 6 h=mute kimi 6h");
  assert_string_equal(ask(&asking, "balance later"), "❔ Later is not configured; `lowtide doctor` says what is missing");
  assert_buttons(&asking, "");
  asking_end(&asking);
}

static void help_lists_what_can_be_asked(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR);
  const char *text = ask(&asking, "help");
  assert_true(text_starts(text,
                          "📖 **What can be asked**\n**/balance [ACCOUNT] [public]** — what is left, of one account or "
                          "of all\n"));
  for (const struct chat_command *const *command = chat_commands; *command != NULL; command++)
    assert_non_null(strstr(text, (*command)->about));
  assert_true(text_ends(text, " refresh, mute, unmute, ack and topup are for those who may change something."));
  asking_end(&asking);
}

static void every_command_is_whole(void **state) {
  (void)state;
  for (const struct chat_command *const *at = chat_commands; *at != NULL; at++) {
    const struct chat_command *command = *at;
    bool optional = false;
    assert_ptr_equal(chat_find(command->name), command);
    assert_int_equal((command->answer != NULL) + (command->look != NULL) + (command->change != NULL), 1);
    assert_true(!command->refreshes || command->look == NULL);
    assert_true(command->change == NULL || command->changes);
    for (const struct chat_argument *argument = command->arguments; argument->name != NULL; argument++) {
      assert_false(argument->needed && optional);
      assert_false(text_is_blank(argument->about));
      optional = !argument->needed;
    }
  }
}

static void a_failure_is_a_sentence_with_the_mend(void **state) {
  (void)state;
  struct asking asking;
  struct err err = {0};
  asking_begin(&asking, FOUR);
  (void)ask(&asking, "balance kimi");
  (void)err_set(&err, ERR_STORE, "there is no store yet");
  chat_answer_fail(&asking.answer, &err);
  assert_string_equal(plain_answer(&asking), "⚠️ there is no store yet");
  assert_buttons(&asking, "");
  assert_false(chat_unknown("historie", &err));
  chat_answer_fail(&asking.answer, &err);
  assert_string_equal(plain_answer(&asking),
                      "⚠️ there is no command \"historie\" (did you mean \"history\"?)\n→ /lowtide help lists them");
  asking_end(&asking);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_accounts_are_told_as_in_a_summary),
      cmocka_unit_test(an_answer_says_how_old_it_is),
      cmocka_unit_test(one_account_is_told_by_its_parts),
      cmocka_unit_test(what_is_muted_says_so_and_can_be_heard_again),
      cmocka_unit_test(what_is_told_of_all_says_who_is_muted),
      cmocka_unit_test(what_is_not_configured_is_not_told_but_where_it_is_asked_for),
      cmocka_unit_test(help_lists_what_can_be_asked),
      cmocka_unit_test(every_command_is_whole),
      cmocka_unit_test(a_failure_is_a_sentence_with_the_mend),
  };
  return cmocka_run_group_tests_name("chat: balance", tests, NULL, NULL);
}
