/* A daemon that gets another config while it runs. */
#include "fake/bench.h"

static struct peer *team(struct bench *bench) {
  return peer_of(bench, "team");
}

static struct peer *kimi(struct bench *bench) {
  return peer_of(bench, "kimi");
}

static void a_reload_goes_on_with_the_new_config_and_finishes_with_the_old(void **state) {
  struct bench *bench = *state;
  team(bench)->delay_ms = 5000;
  begin(bench);
  fake_run(&bench->fake, 1000);
  reload_to(bench, "[lowtide]\nschedule = 0,30 * * * *\n" ACCOUNT("kimi") CHANNEL("team"));
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(team(bench)->summaries, 1);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(team(bench)->summaries, 1 + 4);
}

static void many_reloads_in_a_row_lose_nothing(void **state) {
  struct bench *bench = *state;
  team(bench)->delay_ms = 2000;
  begin(bench);
  for (int i = 0; i < 20; i++) {
    fake_run(&bench->fake, 100);
    daemon_reload(bench->daemon, bench->config);
  }
  fake_run(&bench->fake, 2 * MINUTE);
  assert_int_equal(team(bench)->summaries, 1);
}

static void a_message_of_the_config_before_is_settled_before_the_end(void **state) {
  struct bench *bench = *state;
  team(bench)->delay_ms = 3000;
  begin(bench);
  fake_run(&bench->fake, 500);
  daemon_reload(bench->daemon, bench->config);
  daemon_stop(bench->daemon);
  fake_run(&bench->fake, 1000);
  assert_int_equal(bench->ended, 0);
  fake_run(&bench->fake, 3000);
  assert_int_equal(bench->ended, 1);
  assert_true(channel_state_of(bench, "team").posted);
}

static void a_reload_on_the_stroke_of_the_hour_loses_no_slot(void **state) {
  struct bench *bench = *state;
  begin(bench);
  run_until(bench, FAKE_START_MS + HOUR - 1);
  int summaries = team(bench)->summaries;
  bench->fake.wall_ms += 1;
  daemon_reload(bench->daemon, bench->config);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(team(bench)->summaries, summaries + 1);
}

static void a_reload_before_the_first_round_is_of_the_new_config(void **state) {
  struct bench *bench = *state;
  begin(bench);
  reload_to(bench, HOURLY ACCOUNT("other") CHANNEL("team"));
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(bench->ready, 1);
  assert_int_equal(kimi(bench)->asks, 0);
  assert_int_equal(peer_of(bench, "other")->asks, 1);
  assert_int_equal(team(bench)->summaries, 1);
}

#define EVERY_20S(name) "[lowtide]\nschedule = @every 20s\n" ACCOUNT(name) "deadline = 50s\n"

static void an_account_under_way_is_not_asked_again_after_a_reload(void **state) {
  struct bench *bench = *state;
  kimi(bench)->delay_ms = 45000;
  configure(bench, EVERY_20S("kimi") CHANNEL("team"));
  begin(bench);
  fake_run(&bench->fake, 1000);
  assert_int_equal(kimi(bench)->asks, 1);
  reload_to(bench, EVERY_20S("kimi") ACCOUNT("other") CHANNEL("team"));
  fake_run(&bench->fake, 1000);
  reload_to(bench, EVERY_20S("other") "[account kimi]\nprovider = moonshot\nkey = k\n"
                                      "base_url = http://127.0.0.1:1/kimi\nlog = none\ndeadline = 50s\n");
  fake_run(&bench->fake, 42000);
  assert_int_equal(kimi(bench)->asks, 1);
  assert_int_equal(peer_of(bench, "other")->asks, 2);
  fake_run(&bench->fake, 20000);
  assert_int_equal(kimi(bench)->asks, 2);
}

static void an_account_that_a_reload_took_away_and_brought_back_is_still_under_way(void **state) {
  struct bench *bench = *state;
  kimi(bench)->delay_ms = 45000;
  configure(bench, EVERY_20S("kimi") CHANNEL("team"));
  begin(bench);
  fake_run(&bench->fake, 1000);
  reload_to(bench, EVERY_20S("other") CHANNEL("team"));
  reload_to(bench, EVERY_20S("kimi") CHANNEL("team"));
  fake_run(&bench->fake, 43000);
  assert_int_equal(kimi(bench)->asks, 1);
  fake_run(&bench->fake, 20000);
  assert_int_equal(kimi(bench)->asks, 2);
}

static void a_reload_takes_accounts_and_channels_away_and_brings_others(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  int asks = kimi(bench)->asks;
  reload_to(bench, HOURLY ACCOUNT("other") CHANNEL("elsewhere"));
  fake_run(&bench->fake, 3 * HOUR);
  assert_int_equal(kimi(bench)->asks, asks);
  assert_int_equal(peer_of(bench, "other")->asks, 3);
  assert_int_equal(peer_of(bench, "elsewhere")->summaries, 3);
}

static void a_reload_while_stopping_changes_nothing(void **state) {
  struct bench *bench = *state;
  team(bench)->delay_ms = 3000;
  begin(bench);
  fake_run(&bench->fake, 500);
  daemon_stop(bench->daemon);
  reload_to(bench, HOURLY ACCOUNT("other") CHANNEL("team"));
  fake_run(&bench->fake, 4000);
  assert_int_equal(bench->ended, 1);
  run_until(bench, FAKE_START_MS + 2 * HOUR);
  assert_int_equal(peer_of(bench, "other")->asks, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_reload_goes_on_with_the_new_config_and_finishes_with_the_old),
      TEST(many_reloads_in_a_row_lose_nothing),
      TEST(a_message_of_the_config_before_is_settled_before_the_end),
      TEST(a_reload_on_the_stroke_of_the_hour_loses_no_slot),
      TEST(a_reload_before_the_first_round_is_of_the_new_config),
      TEST(an_account_under_way_is_not_asked_again_after_a_reload),
      TEST(an_account_that_a_reload_took_away_and_brought_back_is_still_under_way),
      TEST(a_reload_takes_accounts_and_channels_away_and_brings_others),
      TEST(a_reload_while_stopping_changes_nothing),
  };
  return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
