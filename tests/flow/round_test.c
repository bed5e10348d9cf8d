/* One round: what it asks, records and queues, and when it says that the daemon was away. */
#include "fake/bench.h"

#define NINE FAKE_START_MS

static void an_account_without_its_secret_is_neither_asked_nor_recorded_nor_posted(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") "[account lost]\nprovider = moonshot\nkey = ${LOST_KEY}\nlabel = Lost\n"
                                          "base_url = http://127.0.0.1:1/lost\nlog = none\n" CHANNEL("team"));
  run_slot(bench, NINE);
  assert_int_equal(peer_of(bench, "kimi")->asks, 1);
  assert_int_equal(peer_of(bench, "lost")->asks, 0);
  assert_int_equal(bench->report.summary.count, 1);
  assert_int_equal(count_readings(bench, "kimi"), 1);
  assert_int_equal(count_readings(bench, NULL), 1);
  const char *text = take_message(bench, "team");
  assert_non_null(strstr(text, "kimi"));
  assert_null(strstr(text, "Lost"));
}

static void the_next_hour_in_order_says_nothing_of_being_away(void **state) {
  struct bench *bench = *state;
  run_slot(bench, NINE);
  assert_int_equal(bench->report.summary.away_ms, 0);
  run_slot(bench, NINE + HOUR);
  assert_int_equal(bench->report.summary.away_ms, 0);
  assert_null(strstr(take_message(bench, "team"), "away"));
}

static void after_missed_hours_the_summary_says_how_long_it_was_away(void **state) {
  struct bench *bench = *state;
  run_slot(bench, NINE);
  run_slot(bench, 0); /* an update in between is no slot */
  run_slot(bench, NINE + 5 * HOUR);
  assert_int_equal(bench->report.summary.away_ms, 5 * HOUR);
  assert_non_null(strstr(take_message(bench, "team"), "away for 5h"));
  run_slot(bench, NINE + 6 * HOUR);
  assert_int_equal(bench->report.summary.away_ms, 0);
}

static void a_clock_set_back_says_nothing_of_being_away(void **state) {
  struct bench *bench = *state;
  run_slot(bench, NINE + 24 * HOUR);
  run_slot(bench, NINE);
  assert_int_equal(bench->report.summary.away_ms, 0);
}

static void a_slot_that_another_process_has_run_is_neither_recorded_nor_posted_again(void **state) {
  struct bench *bench = *state;
  run_slot(bench, NINE);
  assert_true(bench->report.fresh);
  assert_non_null(strstr(take_message(bench, "team"), "Summary"));
  peer_of(bench, "kimi")->cents = 50; /* would be an alert */
  run_slot(bench, NINE);
  assert_false(bench->report.fresh);
  assert_int_equal(count_readings(bench, NULL), 1);
  assert_string_equal(take_message(bench, "team"), "");
  assert_int_equal(memory_of(bench, "kimi").low.told, RANK_NONE);
}

static void of_two_slots_one_that_is_new_is_enough_for_one_round(void **state) {
  struct bench *bench = *state;
  const struct turn slots[] = {{.schedule = "@hourly", .slot_ms = NINE}, {.schedule = "account:kimi", .slot_ms = NINE}};
  run_slot(bench, NINE);
  (void)take_message(bench, "team");
  run_round(bench, slots, 2, ROUND_POSTS_ALL);
  assert_true(bench->report.fresh);
  assert_int_equal(count_readings(bench, NULL), 2);
  assert_non_null(strstr(take_message(bench, "team"), "Summary"));
  assert_string_equal(take_message(bench, "team"), "");
  run_round(bench, slots, 2, ROUND_POSTS_ALL);
  assert_false(bench->report.fresh);
}

static void a_round_belongs_to_the_first_of_its_new_slots(void **state) {
  struct bench *bench = *state;
  const struct turn slots[] = {{.schedule = "@hourly", .slot_ms = NINE}, {.schedule = "account:kimi", .slot_ms = NINE}};
  struct turn main = {0};
  run_round(bench, slots, 2, ROUND_POSTS_ALL);
  assert_ok(store_turn_last(bench->fake.store, "@hourly", &main, &bench->err));
  assert_int_equal(bench->report.turn_id, main.id);
  assert_int_equal(main.slot_ms, NINE);
  assert_int_equal(main.started_ms, FAKE_START_MS + 20 * MINUTE);
}

static void a_rounds_readings_share_the_moment_it_began(void **state) {
  struct bench *bench = *state;
  peer_of(bench, "kimi")->delay_ms = 4000;
  run_slot(bench, NINE);
  assert_int_equal(account_state_of(bench, "kimi").last.asked_ms, FAKE_START_MS + 20 * MINUTE);
  assert_int_equal(bench->report.summary.now_ms, FAKE_START_MS + 20 * MINUTE);
}

static void rounds_without_a_slot_are_all_run(void **state) {
  struct bench *bench = *state;
  for (int i = 0; i < 3; i++) {
    run_slot(bench, 0);
    assert_true(bench->report.fresh);
  }
  assert_int_equal(count_readings(bench, NULL), 3);
}

static void at_a_start_only_a_channel_never_posted_to_gets_a_summary(void **state) {
  struct bench *bench = *state;
  run_start(bench);
  configure(bench, HOURLY ACCOUNT("kimi") CHANNEL("team") CHANNEL("other"));
  run_start(bench); /* team's first one still waits */
  assert_non_null(strstr(take_message(bench, "team"), "summary:1 "));
  assert_string_equal(take_message(bench, "team"), "");
  assert_non_null(strstr(take_message(bench, "other"), "summary:2 "));
  run_start(bench);
  assert_string_equal(take_message(bench, "team"), "");
  assert_string_equal(take_message(bench, "other"), "");
  assert_int_equal(count_readings(bench, NULL), 3);
}

static void at_a_start_the_console_gets_no_summary_but_at_a_slot_it_does(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") "[channel screen]\ntype = console\n");
  run_start(bench);
  assert_int_equal(channel_state_of(bench, "screen").waiting, 0);
  run_slot(bench, NINE);
  assert_int_equal(channel_state_of(bench, "screen").waiting, 1);
}

static void a_crossing_found_at_a_start_goes_to_all_and_is_followed_by_a_first_summary(void **state) {
  struct bench *bench = *state;
  peer_of(bench, "kimi")->cents = 420;
  run_start(bench);
  assert_non_null(strstr(take_message(bench, "team"), "low:kimi:1:warning "));
  assert_non_null(strstr(take_message(bench, "team"), "summary:1 "));
  assert_string_equal(take_message(bench, "team"), "");
}

static void a_round_that_cannot_be_stored_says_why_and_leaves_nothing(void **state) {
  struct bench *bench = *state;
  const struct turn slot = {.schedule = "@hourly", .slot_ms = NINE};
  bench->fake.store_is_broken = true;
  run_round(bench, &slot, 1, ROUND_POSTS_ALL);
  assert_int_equal(bench->report.err.code, ERR_STORE);
  bench->fake.store_is_broken = false;
  assert_int_equal(count_readings(bench, NULL), 0);
  run_slot(bench, NINE);
  assert_true(bench->report.fresh);
}

static void five_hundred_accounts_are_one_round_and_one_summary(void **state) {
  struct bench *bench = *state;
  struct buf text;
  buf_init(&text, 1 << 20);
  buf_add(&text, HOURLY CHANNEL("team"));
  for (int i = 0; i < 500; i++)
    buf_addf(&text, "[account a%03d]\nprovider = moonshot\nkey = k\nlog = none\nbase_url = http://127.0.0.1:1/a%03d\n", i,
             i);
  configure(bench, buf_text(&text));
  buf_done(&text);
  peer_of(bench, "a123")->cents = 99;
  peer_of(bench, "a321")->status = 401;
  run_slot(bench, NINE);
  assert_int_equal(bench->report.summary.count, 500);
  assert_int_equal(count_readings(bench, NULL), 500);
  assert_non_null(strstr(take_message(bench, "team"), "low:a123:1:critical "));
  const char *summary = take_message(bench, "team");
  assert_non_null(strstr(summary, "a123"));
  assert_non_null(strstr(summary, "a321"));
  assert_non_null(strstr(summary, "and 480 more"));
  assert_string_equal(take_message(bench, "team"), "");
}

static void a_round_of_nobody_is_over_and_says_nothing(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\naccounts = listed\n" CHANNEL("team"));
  run_slot(bench, NINE);
  assert_true(bench->report.fresh);
  assert_int_equal(bench->report.summary.count, 0);
  assert_string_equal(take_message(bench, "team"), "");
}

static void how_many_have_answered_can_be_seen_while_it_runs(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") ACCOUNT("slow"));
  peer_of(bench, "slow")->delay_ms = 3000;
  const struct account *both[] = {&bench->config->accounts[0], &bench->config->accounts[1]};
  const struct turn slot = {.schedule = "update"};
  const struct round_request request = {
      .config = bench->config, .accounts = both, .count = 2, .slots = &slot, .slot_count = 1};
  const struct round_hooks hooks = {.done = round_over, .context = bench};
  struct round *round = round_start(&bench->fake.world, &request, &hooks);
  assert_int_equal(round_account_count(round), 2);
  assert_ptr_equal(round_accounts(round)[1], both[1]);
  assert_int_equal(round_answered(round), 0);
  fake_run(&bench->fake, 1000);
  assert_int_equal(round_answered(round), 1);
  fake_run(&bench->fake, 3000);
  assert_true(bench->report.fresh);
  round_free(round);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_account_without_its_secret_is_neither_asked_nor_recorded_nor_posted),
      TEST(the_next_hour_in_order_says_nothing_of_being_away),
      TEST(after_missed_hours_the_summary_says_how_long_it_was_away),
      TEST(a_clock_set_back_says_nothing_of_being_away),
      TEST(a_slot_that_another_process_has_run_is_neither_recorded_nor_posted_again),
      TEST(of_two_slots_one_that_is_new_is_enough_for_one_round),
      TEST(rounds_without_a_slot_are_all_run),
      TEST(at_a_start_only_a_channel_never_posted_to_gets_a_summary),
      TEST(at_a_start_the_console_gets_no_summary_but_at_a_slot_it_does),
      TEST(a_crossing_found_at_a_start_goes_to_all_and_is_followed_by_a_first_summary),
      TEST(a_round_that_cannot_be_stored_says_why_and_leaves_nothing),
      TEST(five_hundred_accounts_are_one_round_and_one_summary),
      TEST(a_round_of_nobody_is_over_and_says_nothing),
      TEST(how_many_have_answered_can_be_seen_while_it_runs),
      TEST(a_round_belongs_to_the_first_of_its_new_slots),
      TEST(a_rounds_readings_share_the_moment_it_began),
  };
  return cmocka_run_group_tests_name("round", tests, NULL, NULL);
}
