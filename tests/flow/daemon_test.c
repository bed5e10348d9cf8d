/* The daemon's life: start, restart, stop, and what it tells while vendors, hooks and its store fail. */
#include "fake/bench.h"

static struct peer *team(struct bench *bench) {
  return peer_of(bench, "team");
}

static struct peer *kimi(struct bench *bench) {
  return peer_of(bench, "kimi");
}

static const char *last_sent(const struct bench *bench) {
  return bench->sent_count > 0 ? bench->sent[bench->sent_count - 1].body : "";
}

static void the_first_start_posts_once_and_every_hour_after_it(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(bench->ready, 1);
  assert_int_equal(team(bench)->summaries, 1);
  fake_run(&bench->fake, DAY);
  assert_int_equal(team(bench)->summaries, 1 + 24);
  assert_int_equal(team(bench)->alerts, 0);
}

static void a_restart_between_slots_gathers_but_posts_nothing(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  int asks = bench->fake.asks;
  stop(bench);
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(team(bench)->summaries, 1);
  assert_int_equal(bench->fake.asks, asks + 1);
}

static void a_restart_just_after_a_slot_that_was_missed_runs_it(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  stop(bench);
  fake_run(&bench->fake, FAKE_START_MS + HOUR + 2 * MINUTE - bench->fake.wall_ms);
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(team(bench)->summaries, 2);
  stop(bench);
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(team(bench)->summaries, 2);
}

static void a_crossing_is_told_once_and_its_recovery_once(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  kimi(bench)->cents = 420;
  fake_run(&bench->fake, 5 * HOUR);
  assert_int_equal(team(bench)->alerts, 1);
  kimi(bench)->cents = 510; /* above 5.00, but not by 5 % */
  fake_run(&bench->fake, 2 * HOUR);
  kimi(bench)->cents = 490;
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team(bench)->alerts, 1);
  assert_int_equal(team(bench)->recoveries, 0);
  kimi(bench)->cents = 2000;
  fake_run(&bench->fake, 3 * HOUR);
  assert_int_equal(team(bench)->recoveries, 1);
  kimi(bench)->cents = 420;
  fake_run(&bench->fake, 3 * HOUR);
  assert_int_equal(team(bench)->alerts, 2);
}

static void a_crossing_while_the_daemon_was_down_is_told_once(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  stop(bench);
  kimi(bench)->cents = 420;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(team(bench)->alerts, 1);
  stop(bench);
  begin(bench);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team(bench)->alerts, 1);
}

static void an_outage_of_the_vendor_pings_nobody(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  kimi(bench)->status = 503;
  int summaries = team(bench)->summaries;
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team(bench)->summaries, summaries + 2);
  assert_int_equal(team(bench)->alerts + team(bench)->recoveries, 0);
  assert_non_null(strstr(last_sent(bench), "unknown (HTTP 503)"));
  assert_null(strstr(last_sent(bench), "$0"));
}

static void an_outage_of_hours_is_told_once(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  kimi(bench)->status = 503;
  fake_run(&bench->fake, 20 * HOUR);
  assert_int_equal(count_sent(bench, "has been unknown (HTTP 503) for", NULL), 1);
  kimi(bench)->status = 200;
  fake_run(&bench->fake, 20 * HOUR);
  assert_int_equal(count_sent(bench, "can be read again", NULL), 1);
}

static void a_webhook_that_is_down_gets_the_newest_summary_only(void **state) {
  struct bench *bench = *state;
  team(bench)->status = 503;
  begin(bench);
  fake_run(&bench->fake, 5 * HOUR);
  assert_int_equal(team(bench)->summaries, 0);
  team(bench)->status = 200;
  fake_run(&bench->fake, 2 * HOUR - MINUTE);
  assert_true(team(bench)->summaries >= 1 && team(bench)->summaries <= 2 + 1);
}

static void an_alert_waits_for_its_webhook_however_long(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  team(bench)->code = ERR_NETWORK;
  kimi(bench)->cents = 420;
  fake_run(&bench->fake, 10 * HOUR);
  assert_int_equal(team(bench)->alerts, 0);
  team(bench)->code = ERR_NONE;
  fake_run(&bench->fake, 3 * HOUR);
  assert_int_equal(team(bench)->alerts, 1);
}

static void retry_after_of_a_webhook_is_obeyed(void **state) {
  struct bench *bench = *state;
  team(bench)->status = 429;
  team(bench)->retry_after_ms = 30 * MINUTE;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  team(bench)->status = 200;
  fake_run(&bench->fake, 29 * MINUTE);
  assert_int_equal(team(bench)->summaries, 0);
  fake_run(&bench->fake, 2 * MINUTE);
  assert_int_equal(team(bench)->summaries, 1);
}

static void a_refused_message_is_not_tried_again(void **state) {
  struct bench *bench = *state;
  team(bench)->status = 404;
  begin(bench);
  fake_run(&bench->fake, 30 * MINUTE);
  struct channel_state channel = {0};
  struct err err = {0};
  assert_true(store_channel_state(bench->fake.store, "team", &channel, &err));
  assert_int_equal(channel.refused, 1);
  assert_int_equal(channel.waiting, 0);
  int asks = bench->fake.asks;
  fake_run(&bench->fake, 5 * MINUTE);
  assert_int_equal(bench->fake.asks, asks);
}

static void stopping_settles_what_is_in_flight(void **state) {
  struct bench *bench = *state;
  team(bench)->delay_ms = 3000;
  begin(bench);
  fake_run(&bench->fake, 500);
  daemon_stop(bench->daemon);
  assert_int_equal(bench->ended, 0);
  fake_run(&bench->fake, 9000);
  assert_int_equal(bench->ended, 1);
  struct channel_state channel = {0};
  struct err err = {0};
  assert_true(store_channel_state(bench->fake.store, "team", &channel, &err));
  assert_true(channel.posted);
}

static void stopping_waits_no_longer_than_its_patience(void **state) {
  struct bench *bench = *state;
  team(bench)->delay_ms = HOUR;
  begin(bench);
  fake_run(&bench->fake, 500);
  daemon_stop(bench->daemon);
  fake_run(&bench->fake, DAEMON_PATIENCE_MS);
  assert_int_equal(bench->ended, 1);
}

static void after_a_round_it_rests_unless_the_next_is_near(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, 30000);
  assert_int_equal(bench->fake.rests, 1);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(bench->fake.rests, 3);
  stop(bench);
  config_release(bench->config);
  bench->config = config_of("[lowtide]\nschedule = @every 20s\n[account kimi]\nprovider = moonshot\nkey = k1\n"
                            "base_url = http://127.0.0.1:1/kimi\nlog = none\n" CHANNEL("team"));
  begin(bench);
  fake_run(&bench->fake, 10 * MINUTE);
  assert_int_equal(bench->fake.rests, 3);
}

static void a_broken_store_is_told_and_gets_over(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  int summaries = team(bench)->summaries;
  bench->fake.store_is_broken = true;
  log_set_level((enum log_level) - 1);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team(bench)->summaries, summaries);
  bench->fake.store_is_broken = false;
  log_set_level(LOG_LEVEL_ERROR);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team(bench)->summaries, summaries + 2);
}

static void stopping_before_the_first_round_asks_nobody(void **state) {
  struct bench *bench = *state;
  begin(bench);
  daemon_stop(bench->daemon);
  fake_run(&bench->fake, 10000);
  assert_int_equal(bench->ended, 1);
  assert_int_equal(bench->ready, 0);
  assert_int_equal(bench->fake.asks, 0);
  assert_int_equal(count_readings(bench, NULL), 0);
}

static void stopping_in_the_middle_of_a_round_records_it_first(void **state) {
  struct bench *bench = *state;
  kimi(bench)->delay_ms = 3000;
  begin(bench);
  fake_run(&bench->fake, 1000);
  daemon_stop(bench->daemon);
  daemon_stop(bench->daemon); /* twice is once */
  fake_run(&bench->fake, 1000);
  assert_int_equal(bench->ended, 0);
  fake_run(&bench->fake, 2000);
  assert_int_equal(bench->ended, 1);
  assert_int_equal(count_readings(bench, NULL), 1);
  stop(bench);
  begin(bench);
  fake_run(&bench->fake, 10000);
  assert_int_equal(team(bench)->summaries, 1);
}

static void a_stopped_daemon_runs_no_further_slot(void **state) {
  struct bench *bench = *state;
  begin(bench);
  run_until(bench, FAKE_START_MS + HOUR - 1000);
  daemon_stop(bench->daemon);
  reload_to(bench, HOURLY ACCOUNT("other"));
  fake_run(&bench->fake, HOUR);
  assert_int_equal(kimi(bench)->asks, 1);
  assert_int_equal(bench->ended, 1);
}

static void the_first_round_says_whether_it_was_a_slots(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_false(bench->ready_of_slot);
  stop(bench);
  run_until(bench, FAKE_START_MS + HOUR + MINUTE);
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_true(bench->ready_of_slot);
  assert_int_equal(bench->ready, 2);
}

static void a_restart_just_after_its_slot_was_run_is_no_slots_round_but_is_recorded(void **state) {
  struct bench *bench = *state;
  begin(bench);
  run_until(bench, FAKE_START_MS + HOUR + MINUTE);
  stop(bench);
  int readings = count_readings(bench, NULL);
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_false(bench->ready_of_slot);
  assert_int_equal(count_readings(bench, NULL), readings + 1);
  assert_int_equal(team(bench)->summaries, 2);
}

static void without_accounts_it_is_ready_and_waits(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\naccounts = listed\n" CHANNEL("team"));
  begin(bench);
  fake_run(&bench->fake, 3 * HOUR);
  assert_int_equal(bench->ready, 1);
  assert_int_equal(bench->sent_count, 0);
  daemon_reload(bench->daemon, bench->config);
  stop(bench);
  assert_int_equal(bench->ended, 1);
}

static void with_no_account_configured_nothing_is_posted(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY "[account lost]\nprovider = moonshot\nkey = ${LOST_KEY}\nlog = none\n" CHANNEL("team"));
  begin(bench);
  fake_run(&bench->fake, 3 * HOUR);
  assert_int_equal(bench->fake.asks, 0);
  assert_int_equal(bench->sent_count, 0);
}

static void five_hundred_accounts_are_watched_for_a_day(void **state) {
  struct bench *bench = *state;
  struct buf text;
  buf_init(&text, 1 << 20);
  buf_add(&text, "[lowtide]\nschedule = 0 */8 * * *\n" CHANNEL("team"));
  for (int i = 0; i < 500; i++)
    buf_addf(&text, "[account a%03d]\nprovider = moonshot\nkey = k\nlog = none\nbase_url = http://127.0.0.1:1/a%03d\n", i,
             i);
  configure(bench, buf_text(&text));
  buf_done(&text);
  begin(bench);
  fake_run(&bench->fake, DAY);
  assert_int_equal(team(bench)->summaries, 1 + 3);
  assert_int_equal(count_readings(bench, NULL), 500 * 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_first_start_posts_once_and_every_hour_after_it),
      TEST(a_restart_between_slots_gathers_but_posts_nothing),
      TEST(a_restart_just_after_a_slot_that_was_missed_runs_it),
      TEST(a_crossing_is_told_once_and_its_recovery_once),
      TEST(a_crossing_while_the_daemon_was_down_is_told_once),
      TEST(an_outage_of_the_vendor_pings_nobody),
      TEST(an_outage_of_hours_is_told_once),
      TEST(a_webhook_that_is_down_gets_the_newest_summary_only),
      TEST(an_alert_waits_for_its_webhook_however_long),
      TEST(retry_after_of_a_webhook_is_obeyed),
      TEST(a_refused_message_is_not_tried_again),
      TEST(stopping_settles_what_is_in_flight),
      TEST(stopping_waits_no_longer_than_its_patience),
      TEST(after_a_round_it_rests_unless_the_next_is_near),
      TEST(a_broken_store_is_told_and_gets_over),
      TEST(stopping_before_the_first_round_asks_nobody),
      TEST(stopping_in_the_middle_of_a_round_records_it_first),
      TEST(a_stopped_daemon_runs_no_further_slot),
      TEST(the_first_round_says_whether_it_was_a_slots),
      TEST(a_restart_just_after_its_slot_was_run_is_no_slots_round_but_is_recorded),
      TEST(without_accounts_it_is_ready_and_waits),
      TEST(with_no_account_configured_nothing_is_posted),
      TEST(five_hundred_accounts_are_watched_for_a_day),
  };
  return cmocka_run_group_tests_name("daemon", tests, NULL, NULL);
}
