/* What cannot be known and what cannot be told: doubt, void addresses, and what is told elsewhere. */
#include "fake/bench.h"

#define TWO HOURLY ACCOUNT("kimi") CHANNEL("team") CHANNEL("other")

static const char *last_body(const struct bench *bench) {
  return bench->sent[bench->sent_count - 1].body;
}

/* --- doubt --------------------------------------------------------------------------------------------------------- */

static void no_answer_repeats_an_alert_marked_and_leaves_a_summary(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  queue_both(bench);
  team->code = ERR_TIMEOUT;
  begin_sending(bench);
  quiet_run(bench, 500);
  assert_int_equal(team->asks, 2);
  team->code = ERR_NONE;
  quiet_run(bench, HOUR);
  assert_int_equal(team->asks, 3);
  assert_int_equal(team->alerts, 1);
  assert_int_equal(team->summaries, 0);
  assert_non_null(strstr(last_body(bench), "\"(possible repeat) ⚠️ kimi credits low!"));
  struct channel_state channel = channel_state_of(bench, "team");
  assert_int_equal(channel.repeated, 1);
  assert_int_equal(channel.doubtful, 1);
  assert_int_equal(channel.waiting + channel.refused, 0);
}

static void what_never_left_is_sent_as_it_is(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  queue_both(bench);
  team->code = ERR_NETWORK;
  team->unheard = true;
  begin_sending(bench);
  quiet_run(bench, 500);
  team->code = ERR_NONE;
  quiet_run(bench, HOUR);
  assert_int_equal(team->alerts, 1);
  assert_int_equal(team->summaries, 1);
  assert_null(strstr(bench->sent[0].body, "possible repeat"));
  assert_null(strstr(bench->sent[1].body, "possible repeat"));
  struct channel_state channel = channel_state_of(bench, "team");
  assert_int_equal(channel.repeated + channel.doubtful, 0);
}

#define BOT                                                                                                                \
  HOURLY ACCOUNT("kimi") "[channel team]\ntype = discord-bot\nbase_url = http://127.0.0.1:1/team\n"                        \
                         "token = abc\nchannel = 123456789012345678\n"

static void a_bots_nonce_takes_the_doubt_for_two_minutes(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  configure(bench, BOT);
  queue_both(bench);
  team->code = ERR_TIMEOUT;
  begin_sending(bench);
  quiet_run(bench, 500);
  team->code = ERR_NONE;
  quiet_run(bench, MINUTE);
  assert_int_equal(team->alerts, 1);
  assert_int_equal(team->summaries, 1);
  assert_null(strstr(bench->sent[0].body, "possible repeat"));
  assert_int_equal(channel_state_of(bench, "team").repeated, 0);
}

static void a_bots_nonce_is_not_trusted_for_longer(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  configure(bench, BOT);
  queue_both(bench);
  team->code = ERR_TIMEOUT;
  begin_sending(bench);
  quiet_run(bench, HOUR);
  assert_int_equal(channel_state_of(bench, "team").doubtful, 1); /* the summary */
  team->code = ERR_NONE;
  quiet_run(bench, 2 * HOUR);
  assert_int_equal(team->alerts, 1);
  assert_int_equal(team->summaries, 0);
  assert_non_null(strstr(bench->sent[0].body, "possible repeat"));
  assert_int_equal(channel_state_of(bench, "team").repeated, 1);
}

/* --- the end of a process -------------------------------------------------------------------------------------------- */

static void who_is_told_to_give_up_casts_no_doubt_on_what_never_left(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  queue_both(bench);
  team->delay_ms = 10000;
  team->unheard = true; /* still connecting */
  begin_sending(bench);
  fake_run(&bench->fake, 100);
  assert_int_equal(team->asks, 1);
  deliver_stop(bench->deliver);
  deliver_give_up(bench->deliver);
  fake_run(&bench->fake, 100);
  assert_false(deliver_is_busy(bench->deliver));
  stop_sending(bench);
  team->delay_ms = 50;
  team->unheard = false;
  bench->sent_count = 0;
  begin_sending(bench);
  fake_run(&bench->fake, 1000); /* free at once, not after the lease */
  assert_int_equal(bench->sent_count, 2);
  assert_null(strstr(bench->sent[0].body, "possible repeat"));
}

static void who_gives_up_while_an_answer_is_due_leaves_a_doubt(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  queue_both(bench);
  team->delay_ms = 10000;
  begin_sending(bench);
  fake_run(&bench->fake, 100);
  hush(true);
  deliver_give_up(bench->deliver);
  quiet_run(bench, 100);
  assert_false(deliver_is_busy(bench->deliver));
  stop_sending(bench);
  team->delay_ms = 50;
  bench->sent_count = 0;
  begin_sending(bench);
  quiet_run(bench, 5000);
  assert_int_equal(bench->sent_count, 2);
  assert_non_null(strstr(bench->sent[1].body, "possible repeat"));
}

static void a_claim_that_is_on_its_way_is_given_back(void **state) {
  struct bench *bench = *state;
  queue_both(bench);
  begin_sending(bench); /* has claimed, but does not know yet */
  deliver_give_up(bench->deliver);
  fake_run(&bench->fake, 1000);
  assert_false(deliver_is_busy(bench->deliver));
  assert_int_equal(peer_of(bench, "team")->asks, 0);
  stop_sending(bench);
  begin_sending(bench);
  fake_run(&bench->fake, 1000);
  assert_int_equal(bench->sent_count, 2);
  assert_null(strstr(bench->sent[0].body, "possible repeat"));
}

/* --- void addresses -------------------------------------------------------------------------------------------------- */

static void lose_team(struct bench *bench) {
  peer_of(bench, "team")->status = 404;
  peer_of(bench, "team")->says = "{\"code\":10015,\"message\":\"Unknown Webhook\"}";
}

static void a_void_address_is_asked_once_and_its_alert_told_elsewhere(void **state) {
  struct bench *bench = *state;
  configure(bench, TWO);
  lose_team(bench);
  queue_both(bench);
  begin_sending(bench);
  quiet_run(bench, HOUR);
  assert_int_equal(peer_of(bench, "team")->asks, 1);
  struct channel_state team = channel_state_of(bench, "team");
  assert_true(team.disabled_ms > 0);
  assert_int_equal(team.refused, 2);
  assert_true(deliver_is_disabled(config_channel(bench->config, "team"), &team));
  assert_int_equal(bench->sent_count, 3); /* alert, summary, what team should have been told */
  assert_non_null(strstr(last_body(bench), "Could not be told on team (the webhook does not exist any more"));
  assert_non_null(strstr(last_body(bench), "kimi credits low! Available: $4.20"));
}

static void a_disabled_channel_gets_no_summaries_until_its_address_is_another(void **state) {
  struct bench *bench = *state;
  lose_team(bench);
  queue_both(bench);
  begin_sending(bench);
  quiet_run(bench, MINUTE);
  run_slot(bench, 0);
  assert_int_equal(channel_state_of(bench, "team").waiting, 0);
  assert_int_equal(bench->report.disabled, 1);
  stop_sending(bench);
  configure(bench, HOURLY ACCOUNT("kimi") "[channel team]\ntype = discord-webhook\nbase_url = http://127.0.0.1:1/team\n"
                                          "url = " WEBHOOK "-new\n");
  peer_of(bench, "team")->status = 200;
  peer_of(bench, "team")->says = NULL;
  run_slot(bench, 0);
  assert_int_equal(bench->report.disabled, 0);
  begin_sending(bench);
  fake_run(&bench->fake, 1000);
  assert_int_equal(peer_of(bench, "team")->summaries, 1);
  assert_true(channel_state_of(bench, "team").disabled_ms == 0);
}

static void a_test_that_comes_through_enables_a_channel(void **state) {
  struct bench *bench = *state;
  lose_team(bench);
  queue_both(bench);
  begin_sending(bench);
  quiet_run(bench, MINUTE);
  int asks = peer_of(bench, "team")->asks;
  add_row(bench, "test", "test:9", "team");
  deliver_wake(bench->deliver);
  quiet_run(bench, MINUTE);
  assert_int_equal(peer_of(bench, "team")->asks, asks + 1);
  assert_true(channel_state_of(bench, "team").disabled_ms > 0);
  peer_of(bench, "team")->status = 200;
  add_row(bench, "test", "test:10", "team");
  deliver_wake(bench->deliver);
  quiet_run(bench, MINUTE);
  assert_true(channel_state_of(bench, "team").disabled_ms == 0);
}

static void an_alert_given_up_after_three_days_is_told_elsewhere(void **state) {
  struct bench *bench = *state;
  configure(bench, TWO);
  peer_of(bench, "team")->status = 503;
  add_row(bench, "alert", "alert:1", "team");
  begin_sending(bench);
  quiet_run(bench, 71 * HOUR);
  assert_int_equal(peer_of(bench, "other")->asks, 0);
  quiet_run(bench, 3 * HOUR);
  assert_int_equal(peer_of(bench, "other")->asks, 1);
  assert_non_null(strstr(last_body(bench), "Could not be told on team (HTTP 503: given up after 3 days):"));
  quiet_run(bench, DAY);
  assert_int_equal(peer_of(bench, "other")->asks, 1);
}

static void what_cannot_be_told_elsewhere_either_goes_no_further(void **state) {
  struct bench *bench = *state;
  configure(bench, TWO CHANNEL("third"));
  lose_team(bench);
  peer_of(bench, "other")->status = 400;
  add_row(bench, "alert", "alert:1", "team");
  begin_sending(bench);
  quiet_run(bench, HOUR);
  assert_int_equal(peer_of(bench, "team")->asks, 1);
  assert_int_equal(peer_of(bench, "other")->asks, 1);
  assert_int_equal(peer_of(bench, "third")->asks, 0);
}

static void only_alerts_are_told_elsewhere_and_only_where_alerts_are_wanted(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") CHANNEL("team") CHANNEL("quiet") "sends = summary\n" CHANNEL("other"));
  peer_of(bench, "team")->status = 400;
  add_row(bench, "recovery", "recovery:1", "team");
  begin_sending(bench);
  quiet_run(bench, MINUTE);
  assert_int_equal(peer_of(bench, "quiet")->asks + peer_of(bench, "other")->asks, 0);
  add_row(bench, "alert", "alert:1", "team");
  deliver_wake(bench->deliver);
  quiet_run(bench, MINUTE);
  assert_int_equal(peer_of(bench, "quiet")->asks, 0);
  assert_int_equal(peer_of(bench, "other")->asks, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(no_answer_repeats_an_alert_marked_and_leaves_a_summary),
      TEST(what_never_left_is_sent_as_it_is),
      TEST(a_bots_nonce_takes_the_doubt_for_two_minutes),
      TEST(a_bots_nonce_is_not_trusted_for_longer),
      TEST(who_is_told_to_give_up_casts_no_doubt_on_what_never_left),
      TEST(who_gives_up_while_an_answer_is_due_leaves_a_doubt),
      TEST(a_claim_that_is_on_its_way_is_given_back),
      TEST(a_void_address_is_asked_once_and_its_alert_told_elsewhere),
      TEST(a_disabled_channel_gets_no_summaries_until_its_address_is_another),
      TEST(a_test_that_comes_through_enables_a_channel),
      TEST(an_alert_given_up_after_three_days_is_told_elsewhere),
      TEST(what_cannot_be_told_elsewhere_either_goes_no_further),
      TEST(only_alerts_are_told_elsewhere_and_only_where_alerts_are_wanted),
  };
  return cmocka_run_group_tests_name("doubt", tests, NULL, NULL);
}
