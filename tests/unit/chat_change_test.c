/* What mute, unmute, ack and topup do, and what they say. */
#include "unit/chat_store_testing.h"

#define PUSHED "[account pushed]\nprovider = push\nlabel = Pushed\nlog = none\n"
#define LEDGER "[account ledger]\nprovider = ledger\nspend = anthropic\nkey = k\nlabel = Ledger\nlog = none\n"

static void refused(struct asking *asking, const char *line, const char *sentence, const char *mend) {
  struct chat_question question;
  struct err err = {0};
  parse(asking, line, &question);
  assert_false(try_answer(asking, &question, &err));
  assert_string_equal(err.text, sentence);
  assert_string_equal(err.hint, mend);
}

static void a_mute_lasts_as_long_as_is_said(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR);
  asking_open(&asking);
  assert_string_equal(ask(&asking, "mute kimi 3d"),
                      "Kimi is silent until 2026-02-01 09:00 UTC; a critical level is told all the same");
  assert_int_equal(memory_of(&asking, "kimi").muted_until_ms, NOW_MS + 3 * DAY_MS);
  assert_buttons(&asking, "History=history kimi, Unmute=unmute kimi");
  assert_string_equal(ask(&asking, "mute kimi"),
                      "Kimi is silent until 2026-01-29 15:00 UTC; a critical level is told all the same");
  assert_int_equal(memory_of(&asking, "kimi").muted_until_ms, NOW_MS + 6 * HOUR_MS);
  refused(&asking, "mute kimi 2y", "a mute lasts a year at most",
          "an account that nobody wants to hear of can be left out of a channel's `accounts`");
  asking_end(&asking);
}

static void an_unmute_says_what_was_kept_back(void **state) {
  (void)state;
  struct asking asking;
  const struct alert_memory muted = {
      .low = {.held = RANK_WARNING}, .muted = RANK_WARNING, .muted_until_ms = NOW_MS + HOUR_MS};
  asking_begin(&asking, FOUR);
  asking_open(&asking);
  remember(&asking, "kimi", &muted);
  assert_string_equal(ask(&asking, "unmute kimi"),
                      "Kimi is heard again; a warning was kept back: the next look at it tells it, if it still holds");
  assert_buttons(&asking, "History=history kimi, Mute 6 h=mute kimi 6h");
  assert_false(alert_is_muted(&(struct alert_memory){0}, NOW_MS));
  assert_string_equal(ask(&asking, "unmute claude"), "Claude API was not muted");
  asking_end(&asking);
}

static void an_acknowledgement_is_kept(void **state) {
  (void)state;
  struct asking asking;
  const struct alert_memory told = {.low = {.told = RANK_WARNING, .peak = RANK_WARNING, .episode = 1}};
  asking_begin(&asking, FOUR);
  asking_open(&asking);
  remember(&asking, "kimi", &told);
  assert_string_equal(ask(&asking, "ack kimi"), "Kimi's warning is acknowledged: no reminders until it gets worse");
  assert_int_equal(memory_of(&asking, "kimi").low.acked, RANK_WARNING);
  assert_string_equal(ask(&asking, "ack claude"), "Nothing is told of Claude API now that could be acknowledged");
  asking_end(&asking);
}

static void a_top_up_adds_to_what_was_noted(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR PUSHED LEDGER);
  asking_open(&asking);
  assert_string_equal(ask(&asking, "topup kimi $20"), "💰 Kimi topped up by $20.00: $20.00 noted");
  assert_string_equal(ask(&asking, "topup kimi 12.50 2026-12-31"),
                      "💰 Kimi topped up by $12.50: $32.50 noted · what is new expires 2026-12-31");
  assert_buttons(&asking, "Refresh=refresh kimi, History=history kimi");
  refused(&asking, "topup kimi 0", "a top-up adds something", "to note a lower balance, use `lowtide set kimi AMOUNT`");
  refused(&asking, "topup kimi -5", "a top-up adds something", "to note a lower balance, use `lowtide set kimi AMOUNT`");
  refused(&asking, "topup kimi 5 2026-01-01", "expires: that day is over", "name a day to come, or leave it out");
  refused(&asking, "topup pushed 5", "pushed is read from push, not noted by hand",
          "topup is for accounts with `provider = manual` or `ledger`");
  refused(&asking, "topup ledger 5", "ledger has no balance noted that a top-up could add to", "lowtide set ledger AMOUNT");
  asking_end(&asking);
}

static void a_top_up_is_in_the_account_s_own_unit(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR "[account euro]\nprovider = manual\nlabel = Euro\nunit = EUR\n"
                             "[account chars]\nprovider = manual\nlabel = Chars\nunit = characters\n");
  asking_open(&asking);
  refused(&asking, "topup kimi €20", "kimi is kept in USD, not in €", "say how much it is in USD");
  refused(&asking, "topup kimi 20 eur", "kimi is kept in USD, not in eur", "say how much it is in USD");
  refused(&asking, "topup euro $20", "euro is kept in EUR, not in $", "say how much it is in EUR");
  refused(&asking, "topup chars $20", "chars is kept in characters, not in $", "say how much it is in characters");
  assert_string_equal(ask(&asking, "topup kimi 20 usd"), "💰 Kimi topped up by $20.00: $20.00 noted");
  assert_string_equal(ask(&asking, "topup 20 USD 2026-12-31 kimi"),
                      "💰 Kimi topped up by $20.00: $40.00 noted · what is new expires 2026-12-31");
  assert_string_equal(ask(&asking, "topup euro 20€"), "💰 Euro topped up by €20.00: €20.00 noted");
  assert_string_equal(ask(&asking, "topup chars 500 characters"),
                      "💰 Chars topped up by 500 characters: 500 characters noted");
  asking_end(&asking);
}

/* A job that meets a busy store runs again. */
static void an_answer_that_is_given_again_begins_anew(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR);
  asking_open(&asking);
  (void)ask(&asking, "mute kimi");
  assert_string_equal(ask(&asking, "mute kimi"),
                      "Kimi is silent until 2026-01-29 15:00 UTC; a critical level is told all the same");
  assert_buttons(&asking, "History=history kimi, Unmute=unmute kimi");
  asking_end(&asking);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_mute_lasts_as_long_as_is_said),
      TEST(an_unmute_says_what_was_kept_back),
      TEST(an_acknowledgement_is_kept),
      cmocka_unit_test(a_top_up_adds_to_what_was_noted),
      TEST(a_top_up_is_in_the_account_s_own_unit),
      TEST(an_answer_that_is_given_again_begins_anew),
  };
  return cmocka_run_group_tests_name("chat: changes", tests, NULL, NULL);
}
