/* What history, runway and usage find in the store. */
#include "lowtide/chart.h"
#include "unit/chat_store_testing.h"

/* So much a day off, for 14 days, down to that. */
static void spend(struct asking *asking, const char *name, int64_t left_cents, int64_t a_day_cents) {
  for (int day = 14 * 4; day >= 0; day--)
    had(asking, name, day * DAY_MS / 4, left_cents + day * a_day_cents / 4);
}

static void the_shortest_runway_comes_first(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR);
  asking_open(&asking);
  spend(&asking, "kimi", 1000, 100);
  spend(&asking, "claude", 480, 240);
  had(&asking, "claude-2", HOUR_MS, 500);
  asking_balance(&asking, "kimi", 1000, 0);
  asking_balance(&asking, "claude", 480, 0);
  asking_balance(&asking, "claude-2", 500, HOUR_MS);
  const char *text = ask(&asking, "runway");
  assert_true(text_starts(text, "⏳ **How long it lasts**\n\n🌙 **Claude API:** $4.80 · $2.40 a day · ~2d left ("));
  assert_non_null(strstr(text, " · empty ~2026-01-31\n🌙 **Kimi:** $10.00 · $1.00 a day · ~"));
  assert_non_null(strstr(
      text, "\n🌙 **Claude: work:** $5.00 · not enough history to tell\n🌙 **Kimi the Old:** unknown · not enough history to "
            "tell\n\n🕘 as of just now\n🕘 Claude: work as of 1 h ago"));
  assert_buttons(&asking, "");
  text = ask(&asking, "runway kimi");
  assert_null(strstr(text, "Claude"));
  assert_buttons(&asking, "Refresh=refresh kimi, History=history kimi");
  asking_end(&asking);
}

/* What stands outside of the marks is ours, and goes to a platform as it is. */
static void assert_foreign(struct asking *asking, const char *line) {
  (void)ask(asking, line);
  const char *marked = buf_text(&asking->answer.message.text);
  const char *unit = strstr(marked, "<!all>");
  assert_non_null(unit);
  for (; unit != NULL; unit = strstr(unit + 1, "<!all>")) {
    const char *open = unit;
    while (open > marked && *open != *MARK_FOREIGN && *open != *MARK_FOREIGN_END)
      open--;
    assert_int_equal(*open, *MARK_FOREIGN);
  }
}

static void a_unit_that_a_vendor_named_is_foreign_text(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, MANUAL("a", "A") MANUAL("b", "B"));
  asking.config->accounts[0].unit = asking.config->accounts[1].unit = "<!all>";
  asking_open(&asking);
  for (int i = 10; i >= 0; i--) {
    had(&asking, "a", i * HOUR_MS, 500 + i * 10);
    had(&asking, "b", i * HOUR_MS, 900 + i * 10);
  }
  assert_foreign(&asking, "usage");
  assert_foreign(&asking, "runway");
  assert_foreign(&asking, "topup a 5");
  asking_end(&asking);
}

static void many_accounts_are_cut(void **state) {
  (void)state;
  struct asking asking;
  struct buf text;
  buf_init(&text, 65536);
  for (int i = 0; i < 30; i++)
    buf_addf(&text, MANUAL("a%d", "A%d"), i, i);
  asking_begin(&asking, buf_text(&text));
  asking_open(&asking);
  assert_true(text_ends(ask(&asking, "runway"), "**A19:** unknown · not enough history to tell\n… and 10 more"));
  assert_true(text_ends(ask(&asking, "history"), "**A19:** unknown ··············\n… and 10 more"));
  assert_int_equal(asking.answer.message.choice_count, 20);
  assert_true(text_ends(ask(&asking, "usage"), "💸 **Spent**\n\n… and 30 more, unknown (too few readings)"));
  had(&asking, "a7", HOUR_MS, 500);
  had(&asking, "a7", 0, 400);
  assert_string_equal(ask(&asking, "usage"), "💸 **Spent**\n\n🌙 **A7:** $1.00 today · $1.00 in 7 days · $1.00 this month · "
                                             "watched since 2026-01-29 08:00\n… and 29 more, unknown (too few readings)");
  asking_end(&asking);
  buf_done(&text);
}

static void what_was_spent_is_told_by_stretches(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, MANUAL("kimi", "Kimi") MANUAL("claude", "Claude") MANUAL("new", "New"));
  asking_open(&asking);
  had(&asking, "kimi", 20 * DAY_MS, 5000);
  had(&asking, "kimi", 10 * DAY_MS, 4000);
  had(&asking, "kimi", 2 * DAY_MS, 3500);
  had(&asking, "kimi", 10 * HOUR_MS, 3400);
  had(&asking, "kimi", HOUR_MS, 3150);
  had(&asking, "claude", 10 * HOUR_MS, 1000);
  had(&asking, "claude", 2 * HOUR_MS, 900);
  had(&asking, "claude", HOUR_MS, 5900);
  assert_string_equal(ask(&asking, "usage"),
                      "💸 **Spent**\n"
                      "\n🌙 **Kimi:** $2.50 today · $8.50 in 7 days · $18.50 this month · watched since 2026-01-09 "
                      "09:00"
                      "\n🌙 **Claude:** $1.00 today · $1.00 in 7 days · $1.00 this month · $50.00 topped up · watched "
                      "since 2026-01-28 23:00"
                      "\n🌙 **New:** unknown (too few readings)"
                      "\n\nTogether: $3.50 today · $9.50 in 7 days · $19.50 this month"
                      "\nNot in it, for it is not known: New");
  assert_string_equal(ask(&asking, "usage kimi 3d"),
                      "💸 **Spent**\n\n🌙 **Kimi:** $3.50 in 3 days · watched since 2026-01-27 09:00");
  assert_buttons(&asking, "History=history kimi");
  asking_end(&asking);
}

static const char *ask_json(struct asking *asking, const char *account, int64_t span_ms, struct buf *out) {
  struct err err = {0};
  struct chat_question question = {
      .command = chat_find("usage"), .view = &asking->view, .now_ms = NOW_MS, .span_ms = span_ms};
  question.account = account != NULL ? config_account(asking->config, account) : NULL;
  buf_clear(out);
  if (!question.command->json(asking->store, &question, out, &err)) fail_msg("%s", err.text);
  return buf_text(out);
}

static void programs_hear_the_same_as_people(void **state) {
  (void)state;
  struct asking asking;
  struct buf out;
  buf_init(&out, 65536);
  asking_begin(&asking, MANUAL("kimi", "Kimi") MANUAL("claude", "Claude") MANUAL("new", "New"));
  asking_open(&asking);
  had(&asking, "kimi", 40 * DAY_MS, 5000);
  had(&asking, "kimi", 29 * DAY_MS, 4001);
  had(&asking, "kimi", HOUR_MS, 3150);
  had(&asking, "claude", 10 * HOUR_MS, 1000);
  had(&asking, "claude", 2 * HOUR_MS, 5900);
  assert_string_equal(
      ask_json(&asking, NULL, 0, &out),
      "{\"time\":\"2026-01-29T09:00:00Z\",\"accounts\":["
      "{\"account\":\"kimi\",\"unit\":\"USD\",\"simulated\":false,"
      "\"today\":{\"since\":\"2026-01-29T00:00:00Z\",\"spent\":\"8.51\",\"topped_up\":\"0\"},"
      "\"week\":{\"since\":\"2026-01-22T09:00:00Z\",\"spent\":\"8.51\",\"topped_up\":\"0\"},"
      "\"month\":{\"since\":\"2026-01-01T00:00:00Z\",\"spent\":\"8.51\",\"topped_up\":\"0\"}},"
      "{\"account\":\"claude\",\"unit\":\"USD\",\"simulated\":false,"
      "\"today\":{\"since\":\"2026-01-29T00:00:00Z\",\"spent\":\"0\",\"topped_up\":\"49\"},"
      "\"week\":{\"since\":\"2026-01-28T23:00:00Z\",\"spent\":\"0\",\"topped_up\":\"49\"},"
      "\"month\":{\"since\":\"2026-01-28T23:00:00Z\",\"spent\":\"0\",\"topped_up\":\"49\"}},"
      "{\"account\":\"new\",\"unit\":\"USD\",\"simulated\":false,"
      "\"today\":{\"since\":\"2026-01-29T00:00:00Z\",\"spent\":null,\"topped_up\":null},"
      "\"week\":{\"since\":\"2026-01-22T09:00:00Z\",\"spent\":null,\"topped_up\":null},"
      "\"month\":{\"since\":\"2026-01-01T00:00:00Z\",\"spent\":null,\"topped_up\":null}}],"
      "\"sums\":[{\"unit\":\"USD\",\"accounts\":2,\"today\":\"8.51\",\"week\":\"8.51\",\"month\":\"8.51\"}]}");
  assert_string_equal(ask_json(&asking, "claude", 3 * HOUR_MS, &out),
                      "{\"time\":\"2026-01-29T09:00:00Z\",\"accounts\":[{\"account\":\"claude\",\"unit\":\"USD\","
                      "\"simulated\":false,\"span\":{\"since\":\"2026-01-29T06:00:00Z\",\"spent\":\"0\",\"topped_up\":"
                      "\"49\"}}],\"sums\":[{\"unit\":\"USD\",\"accounts\":1,\"span\":\"0\"}]}");
  asking_end(&asking);
  buf_done(&out);
}

/* Whose only readings of today failed spent nobody knows how much. */
static void a_sum_that_lacks_something_is_a_least_one(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, MANUAL("a", "A") MANUAL("b", "B"));
  asking_open(&asking);
  for (int day = 30; day >= 1; day--) {
    had(&asking, "a", day * DAY_MS, 5000 + day);
    had(&asking, "b", day * DAY_MS, 5000 + day);
  }
  had(&asking, "a", HOUR_MS, 4900);
  had(&asking, "b", HOUR_MS, -1);
  assert_string_equal(ask(&asking, "usage"), "💸 **Spent**\n"
                                             "\n🌙 **A:** $1.01 today · $1.07 in 7 days · $1.29 this month"
                                             "\n🌙 **B:** unknown today · $0.06 in 7 days · $0.28 this month"
                                             "\n\nTogether: at least $1.01 today · $1.13 in 7 days · $1.57 this month");
  asking_end(&asking);
}

static void of_many_those_that_spent_have_a_line(void **state) {
  (void)state;
  struct asking asking;
  struct buf text;
  buf_init(&text, 65536);
  for (int i = 0; i < 25; i++)
    buf_addf(&text, MANUAL("a%d", "A%d"), i, i);
  asking_begin(&asking, buf_text(&text));
  asking_open(&asking);
  for (int i = 0; i < 20; i++) {
    had(&asking, asking.config->accounts[i].name, 30 * HOUR_MS, 500);
    had(&asking, asking.config->accounts[i].name, HOUR_MS, i == 3 ? 400 : 500);
  }
  assert_string_equal(ask(&asking, "usage 1d"),
                      "💸 **Spent**\n\n🌙 **A3:** $1.00 in 24 hours\n… and 24 more: 19 spent "
                      "nothing, 5 unknown\n\nTogether: $1.00 in 24 hours\nNot in it, for it is not "
                      "known: A20, A21, A22, A23, A24");
  for (int i = 20; i < 25; i++) {
    had(&asking, asking.config->accounts[i].name, 30 * HOUR_MS, 500);
    had(&asking, asking.config->accounts[i].name, HOUR_MS, 500);
  }
  assert_non_null(strstr(ask(&asking, "usage 1d"), "\n… and 24 more that spent nothing\n"));
  asking_end(&asking);
  buf_done(&text);
}

static void a_history_is_a_picture_and_says_the_same_in_words(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, FOUR);
  asking_open(&asking);
  spend(&asking, "kimi", 420, 100);
  asking_balance(&asking, "kimi", 420, 0);
  const char *text = ask(&asking, "history kimi");
  assert_true(text_starts(text, "📈 **Last 7 days** ▇"));
  assert_non_null(strstr(text,
                         "▃\nKimi: $4.20 left at 09:00, down from $11.20 on 22 Jan; below the warning level of $5; about "
                         "$1.00 a day; runs dry "));
  const char *words = strstr(text, buf_text(&asking.answer.picture_words));
  assert_non_null(words);
  assert_string_equal(words + asking.answer.picture_words.len, "\n🕘 as of just now");
  assert_true((asking.answer.picture.len > 1000) == chart_is_drawn());
  assert_true(!chart_is_drawn() || text_starts(asking.answer.picture.data, "\x89PNG"));
  assert_buttons(&asking, "Refresh=refresh kimi, Mute 6 h=mute kimi 6h");
  assert_string_equal(ask(&asking, "history claude 3d"),
                      "📈 **Last 3 days** ····························\nClaude API: no readings in "
                      "the last 3 days.");
  asking_balance(&asking, "kimi", 420, 3 * HOUR_MS)->muted_until_ms = NOW_MS + HOUR_MS;
  text = ask(&asking, "history kimi");
  assert_true(text_ends(text, ".\n🔕 muted until 2026-01-29 10:00 UTC\n🕘 as of 3 h ago"));
  assert_buttons(&asking, "Refresh=refresh kimi, Unmute=unmute kimi");
  asking_end(&asking);
}

static void the_history_of_all_is_a_line_each(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, MANUAL("kimi", "Kimi") MANUAL("low", "Low_ _") MANUAL("new", "New"));
  asking_open(&asking);
  spend(&asking, "kimi", 1400, 100);
  spend(&asking, "low", 80, 20);
  asking_balance(&asking, "kimi", 1400, 0);
  asking_balance(&asking, "low", 80, 0);
  const char *text = ask(&asking, "history 14d");
  assert_true(text_starts(text, "📈 **Last 14 days**\n\n🌙 **Low_ _:** $0.80 ▇"));
  assert_non_null(strstr(text, "▂\n🌙 **New:** unknown ··············\n🌙 **Kimi:** $14.00 ▇"));
  assert_int_equal(asking.answer.picture.len, 0);
  assert_buttons(&asking, "|Low_ _=history low, New=history new, Kimi=history kimi");
  asking_end(&asking);
}

static void units_are_never_added_up(void **state) {
  (void)state;
  static const char *const names[] = {"a", "b", "c", "d"};
  struct asking asking;
  asking_begin(&asking,
               MANUAL("a", "A") MANUAL("b", "B") MANUAL("c", "C") "unit = credits\n" MANUAL("d", "D") "unit = credits\n");
  asking_open(&asking);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    had(&asking, names[i], 2 * HOUR_MS, 10000);
    had(&asking, names[i], HOUR_MS, 9000 - (int64_t)i * 1000);
  }
  const char *text = ask(&asking, "usage 1d");
  assert_true(text_ends(text,
                        "\n🌙 **D:** 40 credits in 24 hours · watched since 2026-01-29 07:00\n\nTogether: $30.00 in 24 "
                        "hours\nTogether: 70 credits in 24 hours"));
  asking_end(&asking);
}

static void a_sum_says_how_many_are_not_in_it(void **state) {
  (void)state;
  struct asking asking;
  struct buf text;
  buf_init(&text, 65536);
  for (int i = 0; i < 14; i++)
    buf_addf(&text, MANUAL("a%d", "A%d"), i, i);
  asking_begin(&asking, buf_text(&text));
  asking_open(&asking);
  for (int i = 0; i < 2; i++) {
    had(&asking, i == 0 ? "a3" : "a5", 2 * HOUR_MS, 500);
    had(&asking, i == 0 ? "a3" : "a5", HOUR_MS, 400);
  }
  assert_true(text_ends(ask(&asking, "usage 1d"),
                        "\n\nTogether: $2.00 in 24 hours\nNot in it, for it is not known: A0, A1, A2, A4, A6, "
                        "A7, A8, A9 and 4 more"));
  asking_end(&asking);
  buf_done(&text);
}

static void what_is_not_configured_is_in_no_list(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, "[account later]\nprovider = moonshot\nkey = ${LATER}\nlabel = Later\nlog = none\n");
  asking_open(&asking);
  assert_string_equal(ask(&asking, "history"), "📈 **Last 7 days**\n\nNo account is configured.");
  assert_string_equal(ask(&asking, "runway"), "⏳ **How long it lasts**\n\nNo account is configured.");
  assert_string_equal(ask(&asking, "usage"), "💸 **Spent**\n\nNo account is configured.");
  static const char *const lines[] = {"history later", "runway later", "usage later"};
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    assert_string_equal(ask(&asking, lines[i]), "❔ Later is not configured; `lowtide doctor` says what is missing");
    assert_buttons(&asking, "");
  }
  asking_end(&asking);
}

static void without_a_store_nothing_is_known(void **state) {
  (void)state;
  struct asking asking;
  asking_begin(&asking, MANUAL("kimi", "Kimi"));
  assert_string_equal(ask(&asking, "runway"),
                      "⏳ **How long it lasts**\n\n🌙 **Kimi:** unknown · not enough history to tell");
  assert_string_equal(ask(&asking, "usage 1d"), "💸 **Spent**\n\n🌙 **Kimi:** unknown (too few readings)");
  asking_end(&asking);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_shortest_runway_comes_first),
      TEST(many_accounts_are_cut),
      TEST(a_unit_that_a_vendor_named_is_foreign_text),
      TEST(what_was_spent_is_told_by_stretches),
      TEST(programs_hear_the_same_as_people),
      TEST(a_sum_that_lacks_something_is_a_least_one),
      TEST(of_many_those_that_spent_have_a_line),
      TEST(a_history_is_a_picture_and_says_the_same_in_words),
      TEST(the_history_of_all_is_a_line_each),
      TEST(units_are_never_added_up),
      TEST(a_sum_says_how_many_are_not_in_it),
      TEST(what_is_not_configured_is_in_no_list),
      TEST(without_a_store_nothing_is_known),
  };
  return cmocka_run_group_tests_name("chat: looks", tests, NULL, NULL);
}
