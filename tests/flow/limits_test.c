/* Limits that are kept before they are hit, counted at the fake, and one summary that is edited. */
#include "fake/bench.h"
#include "lowtide/notifier.h"

#define TWO HOURLY ACCOUNT("kimi") CHANNEL("team") CHANNEL("other")

/* --- limits ---------------------------------------------------------------------------------------------------------- */

static void a_webhook_is_never_sent_more_than_thirty_a_minute(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  team->delay_ms = 1;
  for (int i = 0; i < 70; i++) {
    char key[24];
    (void)text_fmt(key, sizeof key, "alert:%d", i);
    add_row(bench, "alert", key, "team");
  }
  begin_sending(bench);
  fake_run(&bench->fake, 3 * MINUTE);
  assert_int_equal(team->asks, 70);
  for (size_t i = 30; i < bench->sent_count; i++)
    assert_true(bench->sent[i].wall_ms - bench->sent[i - 30].wall_ms >= MINUTE);
}

static void nothing_is_sent_into_an_empty_bucket(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  team->rate = (struct http_rate){.remaining_told = true, .reset_told = true, .reset_after_ms = 20000};
  for (int i = 0; i < 4; i++) {
    char key[24];
    (void)text_fmt(key, sizeof key, "alert:%d", i);
    add_row(bench, "alert", key, "team");
  }
  begin_sending(bench);
  for (int i = 0; i < 100; i++) {
    deliver_wake(bench->deliver);
    fake_run(&bench->fake, 1000);
  }
  assert_int_equal(bench->sent_count, 4);
  for (size_t i = 1; i < 4; i++)
    assert_true(bench->sent[i].wall_ms - bench->sent[i - 1].wall_ms >= 20000);
}

static void a_global_limit_holds_the_other_channels_too(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  configure(bench, TWO);
  team->status = 429;
  team->retry_after_ms = 60000;
  team->rate.global = true;
  add_row(bench, "alert", "alert:1", "team");
  begin_sending(bench);
  quiet_run(bench, 1000);
  add_row(bench, "alert", "alert:2", "other");
  deliver_wake(bench->deliver);
  quiet_run(bench, 50000);
  assert_int_equal(peer_of(bench, "other")->asks, 0);
  quiet_run(bench, 20000);
  assert_int_equal(peer_of(bench, "other")->asks, 1);
}

static void a_hundred_wrong_requests_are_the_last_for_a_while(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  configure(bench, TWO);
  team->status = 403;
  team->says = "{\"code\":50013,\"message\":\"no\"}";
  team->delay_ms = 1;
  for (int i = 0; i < 250; i++) {
    char key[24];
    (void)text_fmt(key, sizeof key, "test:%d", i); /* tests are asked whatever was said before */
    add_row(bench, "test", key, "team");
  }
  begin_sending(bench);
  quiet_run(bench, 9 * MINUTE);
  assert_int_equal(team->asks, 100);
  add_row(bench, "alert", "alert:1", "other");
  deliver_wake(bench->deliver);
  quiet_run(bench, 30000);
  assert_int_equal(peer_of(bench, "other")->asks, 0);
  quiet_run(bench, 5 * MINUTE);
  assert_int_equal(peer_of(bench, "other")->asks, 1);
}

/* --- mode = edit ------------------------------------------------------------------------------------------------------ */

#define EDITED HOURLY ACCOUNT("kimi") CHANNEL("team") "mode = edit\n"

static void one_summary_is_kept_up_to_date_and_alerts_are_new(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  configure(bench, EDITED);
  begin_sending(bench);
  for (int i = 0; i < 4; i++) {
    peer_of(bench, "kimi")->cents = 2000 - 510 * i;
    run_slot(bench, 0);
    deliver_wake(bench->deliver);
    fake_run(&bench->fake, 1000);
  }
  assert_int_equal(team->summaries, 4);
  assert_int_equal(team->edits, 3);
  assert_int_equal(team->alerts, 1);
  assert_int_equal(channel_state_of(bench, "team").waiting, 0);
}

static void an_edit_that_changes_nothing_is_not_sent(void **state) {
  struct bench *bench = *state;
  configure(bench, EDITED);
  begin_sending(bench);
  for (int i = 0; i < 3; i++) {
    run_slot(bench, 0);
    deliver_wake(bench->deliver);
    fake_run(&bench->fake, 1000);
  }
  assert_int_equal(peer_of(bench, "team")->asks, 1);
  assert_int_equal(channel_state_of(bench, "team").waiting, 0);
}

static void a_message_that_somebody_deleted_is_posted_anew(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  configure(bench, EDITED);
  begin_sending(bench);
  run_slot(bench, 0);
  deliver_wake(bench->deliver);
  fake_run(&bench->fake, 1000);
  team->deleted = true;
  peer_of(bench, "kimi")->cents = 1000;
  run_slot(bench, 0);
  deliver_wake(bench->deliver);
  quiet_run(bench, 1000);
  assert_int_equal(team->asks, 3);
  assert_int_equal(team->summaries, 2);
  assert_int_equal(team->edits, 0);
  assert_int_equal(channel_state_of(bench, "team").refused, 0);
}

static void an_edit_without_an_answer_is_simply_tried_again(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  configure(bench, EDITED);
  begin_sending(bench);
  run_slot(bench, 0);
  deliver_wake(bench->deliver);
  fake_run(&bench->fake, 1000);
  team->code = ERR_TIMEOUT;
  peer_of(bench, "kimi")->cents = 1000;
  run_slot(bench, 0);
  deliver_wake(bench->deliver);
  quiet_run(bench, 500);
  team->code = ERR_NONE;
  quiet_run(bench, MINUTE);
  assert_int_equal(team->edits, 1);
  assert_int_equal(channel_state_of(bench, "team").doubtful, 0);
}

static void an_edited_summary_is_one_message_however_long(void **state) {
  struct bench *bench = *state;
  static char config[65536];
  (void)text_copy(config, sizeof config, EDITED);
  for (int i = 0; i < 20; i++) {
    size_t length = strlen(config);
    (void)text_fmt(config + length, sizeof config - length,
                   "[account a%02d]\nprovider = moonshot\nkey = k\nlog = none\nbase_url = http://127.0.0.1:1/kimi\n"
                   "label = %0120d\n",
                   i, i);
  }
  configure(bench, config);
  run_slot(bench, 0);
  assert_int_equal(channel_state_of(bench, "team").waiting, 1);
  begin_sending(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(peer_of(bench, "team")->summaries, 1);
  assert_int_equal(peer_of(bench, "team")->asks, 1);
}

/* 1,500 low accounts make two lines each: more than 64 posts of Discord's. */
static void a_summary_that_no_channel_could_take_costs_no_round(void **state) {
  struct bench *bench = *state;
  struct buf config;
  buf_init(&config, 1U << 20U);
  buf_add(&config, HOURLY CHANNEL("team") "sends = summary\n");
  for (int i = 0; i < 1500; i++) {
    buf_addf(&config, "[account a%04d]\nprovider = moonshot\nkey = k\nlog = none\nwarning = 100\n", i);
    buf_addf(&config, "base_url = http://127.0.0.1:1/kimi\nlabel = An account with a name %04d\n", i);
  }
  configure(bench, buf_text(&config));
  buf_done(&config);
  run_slot(bench, 0);
  assert_int_equal(channel_state_of(bench, "team").waiting, 1);
  peer_of(bench, "team")->delay_ms = 1;
  begin_sending(bench);
  fake_run(&bench->fake, 10 * MINUTE);
  assert_int_equal(peer_of(bench, "team")->asks, NOTIFIER_PARTS_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_webhook_is_never_sent_more_than_thirty_a_minute), TEST(nothing_is_sent_into_an_empty_bucket),
      TEST(a_global_limit_holds_the_other_channels_too),       TEST(a_hundred_wrong_requests_are_the_last_for_a_while),
      TEST(one_summary_is_kept_up_to_date_and_alerts_are_new), TEST(an_edit_that_changes_nothing_is_not_sent),
      TEST(a_message_that_somebody_deleted_is_posted_anew),    TEST(an_edit_without_an_answer_is_simply_tried_again),
      TEST(an_edited_summary_is_one_message_however_long),     TEST(a_summary_that_no_channel_could_take_costs_no_round),
  };
  return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
