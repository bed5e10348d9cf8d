/* What a round makes of levels: which messages it queues, for which channel. */
#include "fake/bench.h"

/* One more round at that balance, longer after the last than alerts of one account are apart. */
static void check(struct bench *bench, int64_t cents) {
  run_until(bench, bench->fake.wall_ms + 2 * HOUR);
  peer_of(bench, "kimi")->cents = cents;
  run_slot(bench, 0);
}

static void assert_next(struct bench *bench, const char *channel, const char *key) {
  const char *text = take_message(bench, channel);
  if (strncmp(text, key, strlen(key)) != 0) fail_msg("%s expected, not \"%s\"", key, text);
}

static void assert_nothing(struct bench *bench, const char *channel) {
  assert_string_equal(take_message(bench, channel), "");
}

#define ONLY(what) HOURLY ACCOUNT("kimi") CHANNEL("team") "sends = " what "\n"

/* --- crossings ------------------------------------------------------------------------------------------------- */

static void getting_worse_is_told_again_within_the_same_episode(void **state) {
  struct bench *bench = *state;
  configure(bench, ONLY("alerts"));
  check(bench, 420);
  assert_int_equal(memory_of(bench, "kimi").low.episode, 1);
  check(bench, 80);
  assert_int_equal(memory_of(bench, "kimi").low.episode, 1);
  assert_next(bench, "team", "low:kimi:1:warning ");
  assert_next(bench, "team", "low:kimi:1:critical ");
  check(bench, 70);
  assert_nothing(bench, "team");
}

static void after_a_recovery_the_next_crossing_is_a_new_episode(void **state) {
  struct bench *bench = *state;
  configure(bench, ONLY("alerts, recoveries"));
  check(bench, 420);
  check(bench, 2000);
  check(bench, 420);
  assert_next(bench, "team", "low:kimi:1:warning ");
  assert_next(bench, "team", "low:kimi:1:over ");
  assert_next(bench, "team", "low:kimi:2:warning ");
  assert_nothing(bench, "team");
}

static void a_level_left_quietly_is_remembered_as_left(void **state) {
  struct bench *bench = *state;
  configure(bench, ONLY("alerts"));
  check(bench, 80);
  assert_int_equal(memory_of(bench, "kimi").low.told, RANK_CRITICAL);
  check(bench, 104); /* above critical, but not by 5 % */
  assert_int_equal(memory_of(bench, "kimi").low.told, RANK_CRITICAL);
  check(bench, 300);
  assert_int_equal(memory_of(bench, "kimi").low.told, RANK_WARNING);
}

static void critical_again_after_a_rise_above_it_is_told_again(void **state) {
  struct bench *bench = *state;
  configure(bench, ONLY("alerts, recoveries"));
  check(bench, 420);
  check(bench, 80);
  check(bench, 300);
  check(bench, 80);
  assert_next(bench, "team", "low:kimi:1:warning ");
  assert_next(bench, "team", "low:kimi:1:critical ");
  assert_next(bench, "team", "low:kimi:2:critical ");
  check(bench, 2000);
  assert_next(bench, "team", "low:kimi:2:over ");
  assert_nothing(bench, "team");
}

static void an_outage_between_two_low_rounds_tells_nothing_twice(void **state) {
  struct bench *bench = *state;
  configure(bench, ONLY("alerts, recoveries"));
  check(bench, 420);
  peer_of(bench, "kimi")->status = 503;
  check(bench, 420);
  peer_of(bench, "kimi")->status = 200;
  check(bench, 410);
  assert_next(bench, "team", "low:kimi:1:warning ");
  assert_nothing(bench, "team");
}

static void an_alert_comes_before_the_summary_of_its_round(void **state) {
  struct bench *bench = *state;
  check(bench, 420);
  assert_next(bench, "team", "low:kimi:1:warning ");
  assert_next(bench, "team", "summary:1 ");
  assert_nothing(bench, "team");
}

/* --- who is told ----------------------------------------------------------------------------------------------- */

static void a_channel_that_is_not_configured_gets_nothing_queued(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") CHANNEL("team") "[channel later]\ntype = discord-webhook\nurl = ${LATER_URL}\n");
  check(bench, 420);
  assert_int_equal(channel_state_of(bench, "team").waiting, 2);
  assert_int_equal(channel_state_of(bench, "later").waiting, 0);
}

static void a_channel_is_sent_only_what_it_wants(void **state) {
  struct bench *bench = *state;
  static const char three[] = HOURLY ACCOUNT("kimi")
      CHANNEL("s") "sends = summary\n" CHANNEL("a") "sends = alerts\n" CHANNEL("r") "sends = recoveries\n";
  configure(bench, three);
  check(bench, 420);
  check(bench, 2000);
  assert_next(bench, "s", "summary:2 "); /* the newer took the older's place */
  assert_nothing(bench, "s");
  assert_next(bench, "a", "low:kimi:1:warning ");
  assert_nothing(bench, "a");
  assert_next(bench, "r", "low:kimi:1:over ");
  assert_nothing(bench, "r");
}

static void min_level_keeps_lesser_alerts_and_accounts_away(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") ACCOUNT("rich") CHANNEL("team") "min_level = critical\n");
  check(bench, 420);
  assert_nothing(bench, "team");
  check(bench, 80);
  assert_next(bench, "team", "low:kimi:1:critical ");
  const char *summary = take_message(bench, "team");
  assert_non_null(strstr(summary, "kimi"));
  assert_null(strstr(summary, "rich"));
}

static void who_was_not_told_of_the_low_is_not_told_of_its_end(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") CHANNEL("team") "sends = alerts, recoveries\nmin_level = critical\n");
  check(bench, 420);
  check(bench, 700);
  assert_nothing(bench, "team");
  check(bench, 80);
  check(bench, 700);
  assert_next(bench, "team", "low:kimi:2:critical ");
  assert_next(bench, "team", "low:kimi:2:over ");
}

static void min_level_warning_lets_both_levels_through(void **state) {
  struct bench *bench = *state;
  configure(bench, ONLY("alerts") "min_level = warning\n");
  check(bench, 420);
  check(bench, 80);
  assert_next(bench, "team", "low:kimi:1:warning ");
  assert_next(bench, "team", "low:kimi:1:critical ");
}

static void a_channel_for_some_accounts_hears_nothing_of_the_others(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") ACCOUNT("other") CHANNEL("team") "accounts = other\n" CHANNEL("all"));
  check(bench, 420);
  const char *text = take_message(bench, "team");
  assert_non_null(strstr(text, "summary:"));
  assert_non_null(strstr(text, "other"));
  assert_null(strstr(text, "kimi"));
  check(bench, 2000);
  assert_next(bench, "team", "summary:");
  assert_nothing(bench, "team");
  assert_next(bench, "all", "low:kimi:1:warning ");
  assert_next(bench, "all", "low:kimi:1:over ");
}

static void people_are_pinged_when_it_is_critical_and_only_then(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") CHANNEL("team") "mention = role:4711\n");
  check(bench, 420);
  const char *text = take_message(bench, "team");
  assert_non_null(strstr(text, ":warning "));
  assert_null(strstr(text, "4711"));
  assert_null(strstr(take_message(bench, "team"), "4711")); /* the summary */
  check(bench, 80);
  text = take_message(bench, "team");
  assert_non_null(strstr(text, ":critical "));
  assert_non_null(strstr(text, "<@&4711>"));
  assert_null(strstr(take_message(bench, "team"), "4711"));
  check(bench, 2000);
  text = take_message(bench, "team");
  assert_non_null(strstr(text, ":over "));
  assert_null(strstr(text, "4711"));
}

static void only_an_alert_notifies(void **state) {
  struct bench *bench = *state;
  static const char silent[] = "\"flags\":4096";
  check(bench, 420);
  assert_null(strstr(take_message(bench, "team"), silent));
  assert_non_null(strstr(take_message(bench, "team"), silent)); /* the summary */
  check(bench, 2000);
  assert_non_null(strstr(take_message(bench, "team"), silent)); /* the recovery */
}

static bool add_note(struct store *store, void *context, struct err *err) {
  return store_note_add(store, context, err);
}

static void a_balance_noted_too_long_ago_is_unknown(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY "[account noted]\nprovider = manual\nstale_after = 3h\nlog = none\n" CHANNEL("team"));
  struct note note = {.account = "noted", .unit = "USD", .kind = NOTE_SET, .nano = 900000000};
  note.time_ms = bench->fake.wall_ms - 2 * HOUR;
  assert_ok(store_do(bench->fake.store, add_note, &note, &bench->err));
  run_slot(bench, 0);
  assert_non_null(strstr(take_message(bench, "team"), "low:noted:1:critical "));
  assert_non_null(strstr(take_message(bench, "team"), "$0.90"));
  bench->fake.wall_ms += 2 * HOUR;
  run_slot(bench, 0);
  const char *summary = take_message(bench, "team");
  assert_non_null(strstr(summary, "unknown"));
  assert_non_null(strstr(summary, "last "));
}

/* --- when a summary is worth it ---------------------------------------------------------------------------------- */

static void summary_when_change_posts_at_another_level_only(void **state) {
  struct bench *bench = *state;
  configure(bench, ONLY("summary") "summary_when = change\n");
  check(bench, 1234); /* the first sight of it */
  assert_next(bench, "team", "summary:1 ");
  check(bench, 1100);
  assert_nothing(bench, "team");
  check(bench, 420);
  assert_next(bench, "team", "summary:3 ");
  check(bench, 410);
  assert_nothing(bench, "team");
  peer_of(bench, "kimi")->status = 401;
  check(bench, 410);
  assert_next(bench, "team", "summary:5 ");
  check(bench, 410);
  assert_nothing(bench, "team");
}

static void the_first_sight_of_an_account_is_a_change_even_if_it_is_unknown(void **state) {
  struct bench *bench = *state;
  configure(bench, ONLY("summary") "summary_when = change\n");
  peer_of(bench, "kimi")->status = 401;
  check(bench, 1234);
  assert_next(bench, "team", "summary:1 ");
  check(bench, 1234);
  assert_nothing(bench, "team");
}

static void summary_when_low_posts_as_long_as_something_is_not_fine(void **state) {
  struct bench *bench = *state;
  configure(bench, ONLY("summary") "summary_when = low\n");
  check(bench, 1234);
  assert_nothing(bench, "team");
  check(bench, 420);
  assert_next(bench, "team", "summary:2 ");
  check(bench, 410);
  assert_next(bench, "team", "summary:3 ");
  check(bench, 2000);
  assert_nothing(bench, "team");
  peer_of(bench, "kimi")->status = 401;
  check(bench, 2000);
  assert_next(bench, "team", "summary:5 ");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(getting_worse_is_told_again_within_the_same_episode),
      TEST(after_a_recovery_the_next_crossing_is_a_new_episode),
      TEST(a_level_left_quietly_is_remembered_as_left),
      TEST(critical_again_after_a_rise_above_it_is_told_again),
      TEST(an_outage_between_two_low_rounds_tells_nothing_twice),
      TEST(an_alert_comes_before_the_summary_of_its_round),
      TEST(a_channel_that_is_not_configured_gets_nothing_queued),
      TEST(a_channel_is_sent_only_what_it_wants),
      TEST(min_level_keeps_lesser_alerts_and_accounts_away),
      TEST(who_was_not_told_of_the_low_is_not_told_of_its_end),
      TEST(min_level_warning_lets_both_levels_through),
      TEST(a_channel_for_some_accounts_hears_nothing_of_the_others),
      TEST(people_are_pinged_when_it_is_critical_and_only_then),
      TEST(summary_when_change_posts_at_another_level_only),
      TEST(the_first_sight_of_an_account_is_a_change_even_if_it_is_unknown),
      TEST(summary_when_low_posts_as_long_as_something_is_not_fine),
      TEST(only_an_alert_notifies),
      TEST(a_balance_noted_too_long_ago_is_unknown),
  };
  return cmocka_run_group_tests_name("alert", tests, NULL, NULL);
}
