/* Senders: what leaves the outbox, in which order, how often, and what happens when it does not. */
#include <sys/wait.h>

#include "fake/bench.h"
#include "fake/peer_process.h"

#define TWO HOURLY ACCOUNT("kimi") CHANNEL("one") CHANNEL("two")

static void an_alert_leaves_before_its_summary(void **state) {
  struct bench *bench = *state;
  queue_both(bench);
  begin_sending(bench);
  fake_run(&bench->fake, 1000);
  assert_int_equal(bench->sent_count, 2);
  assert_non_null(strstr(bench->sent[0].body, "credits low!"));
  assert_null(strstr(bench->sent[0].body, "Summary"));
  assert_non_null(strstr(bench->sent[1].body, "Summary"));
  assert_false(deliver_is_busy(bench->deliver));
}

/* Sent and settled is not all: the text logs say so, and until then the sender is not to be freed. */
static void it_is_busy_until_the_logs_say_posted(void **state) {
  struct bench *bench = *state;
  queue_both(bench);
  begin_sending(bench);
  while (bench->sent_count < 2 || deliver_is_busy(bench->deliver))
    assert_true(fake_step(&bench->fake, bench->fake.mono_ms + HOUR));
  for (const struct fake_event *event = bench->fake.events; event != NULL; event = event->next)
    assert_true(event->is_alarm);
  stop_sending(bench);
  fake_run(&bench->fake, 1000);
}

static void one_stuck_channel_delays_no_other(void **state) {
  struct bench *bench = *state;
  configure(bench, TWO);
  peer_of(bench, "one")->delay_ms = HOUR;
  queue_both(bench);
  begin_sending(bench);
  fake_run(&bench->fake, 1000);
  assert_int_equal(peer_of(bench, "two")->alerts, 1);
  assert_int_equal(peer_of(bench, "two")->summaries, 1);
  assert_int_equal(channel_state_of(bench, "one").waiting, 2);
  assert_true(deliver_is_busy(bench->deliver));
  run_slot(bench, 0);
  deliver_wake(bench->deliver);
  fake_run(&bench->fake, 1000);
  assert_int_equal(peer_of(bench, "two")->summaries, 2);
}

static void one_refusing_channel_stops_no_other(void **state) {
  struct bench *bench = *state;
  configure(bench, TWO);
  peer_of(bench, "one")->status = 404;
  queue_both(bench);
  begin_sending(bench);
  hush(true);
  fake_run(&bench->fake, 1000);
  hush(false);
  assert_int_equal(channel_state_of(bench, "one").refused, 2);
  assert_int_equal(channel_state_of(bench, "one").waiting, 0);
  assert_int_equal(channel_state_of(bench, "two").waiting, 0);
  assert_int_equal(peer_of(bench, "two")->summaries, 1);
}

static void a_channel_told_when_to_come_again_gets_nothing_before(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  team->status = 429;
  team->retry_after_ms = 10 * MINUTE;
  queue_both(bench);
  begin_sending(bench);
  hush(true);
  fake_run(&bench->fake, MINUTE);
  hush(false);
  assert_int_equal(team->asks, 1);
  team->status = 200;
  run_slot(bench, 0);
  deliver_wake(bench->deliver);
  fake_run(&bench->fake, 8 * MINUTE);
  assert_int_equal(team->asks, 1);
  assert_int_equal(channel_state_of(bench, "team").waiting, 2);
  fake_run(&bench->fake, 2 * MINUTE);
  assert_int_equal(team->alerts, 1);
  assert_int_equal(team->summaries, 1);
}

static void what_is_not_taken_for_three_days_is_given_up(void **state) {
  struct bench *bench = *state;
  peer_of(bench, "team")->status = 503;
  add_row(bench, "alert", "low:kimi:1:warning", "team");
  begin_sending(bench);
  fake_run(&bench->fake, 71 * HOUR);
  assert_int_equal(channel_state_of(bench, "team").waiting, 1);
  assert_int_equal(channel_state_of(bench, "team").refused, 0);
  hush(true);
  fake_run(&bench->fake, 3 * HOUR);
  hush(false);
  assert_int_equal(channel_state_of(bench, "team").waiting, 0);
  assert_int_equal(channel_state_of(bench, "team").refused, 1);
  int tries = peer_of(bench, "team")->asks;
  fake_run(&bench->fake, DAY);
  assert_int_equal(peer_of(bench, "team")->asks, tries);
}

static void tries_come_further_apart_but_an_hour_at_most(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  team->code = ERR_NETWORK;
  add_row(bench, "alert", "low:kimi:1:warning", "team");
  begin_sending(bench);
  fake_run(&bench->fake, 10000);
  assert_in_range(team->asks, 2, 11);
  fake_run(&bench->fake, DAY);
  int tries = team->asks;
  fake_run(&bench->fake, DAY);
  assert_in_range(team->asks - tries, 24, 24 * 6);
  team->code = ERR_NONE;
  fake_run(&bench->fake, HOUR + MINUTE);
  assert_int_equal(team->alerts, 1);
}

static void a_sender_woken_while_it_looks_looks_again(void **state) {
  struct bench *bench = *state;
  begin_sending(bench); /* has looked and found nothing, but does not know yet */
  add_row(bench, "alert", "low:kimi:1:warning", "team");
  deliver_wake(bench->deliver);
  fake_run(&bench->fake, 1000);
  assert_int_equal(peer_of(bench, "team")->alerts, 1);
}

static void waking_often_sends_nothing_twice(void **state) {
  struct bench *bench = *state;
  queue_both(bench);
  begin_sending(bench);
  for (int i = 0; i < 1000; i++) {
    deliver_wake(bench->deliver);
    fake_run(&bench->fake, 1);
  }
  assert_int_equal(peer_of(bench, "team")->asks, 2);
}

static void a_stopped_sender_settles_what_is_out_and_takes_no_more(void **state) {
  struct bench *bench = *state;
  queue_both(bench);
  begin_sending(bench);
  fake_run(&bench->fake, 10);
  deliver_stop(bench->deliver);
  assert_true(deliver_is_busy(bench->deliver));
  fake_run(&bench->fake, MINUTE);
  assert_false(deliver_is_busy(bench->deliver));
  deliver_wake(bench->deliver);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(peer_of(bench, "team")->alerts, 1);
  assert_int_equal(peer_of(bench, "team")->summaries, 0);
  assert_int_equal(channel_state_of(bench, "team").waiting, 1);
}

static void what_waits_for_a_channel_without_its_secret_is_left_alone(void **state) {
  struct bench *bench = *state;
  queue_both(bench);
  configure(bench, HOURLY ACCOUNT("kimi") "[channel team]\ntype = discord-webhook\nurl = ${LATER_URL}\n" CHANNEL("two"));
  begin_sending(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(channel_state_of(bench, "team").waiting, 2);
  assert_int_equal(channel_state_of(bench, "team").refused, 0);
}

/* --- two processes, and one that dies ---------------------------------------------------------------------------- */

static void two_senders_on_one_store_send_nothing_twice(void **state) {
  struct bench *bench = *state;
  struct peer_process update;
  configure(bench, TWO);
  peer_process_init(&update, &bench->fake);
  peer_of(bench, "two")->delay_ms = 5000;
  begin_sending(bench);
  struct deliver *other = deliver_new(&update.world, bench->config, NULL, true);
  queue_both(bench);
  for (int i = 0; i < 20; i++) {
    deliver_wake(i % 2 == 0 ? bench->deliver : other);
    deliver_wake(i % 2 == 0 ? other : bench->deliver);
    fake_run(&bench->fake, 1000);
  }
  assert_int_equal(peer_of(bench, "one")->asks, 2);
  assert_int_equal(peer_of(bench, "two")->asks, 2);
  assert_int_equal(channel_state_of(bench, "one").waiting + channel_state_of(bench, "two").waiting, 0);
  deliver_free(other);
  peer_process_done(&update);
}

static void what_a_sender_left_between_claim_and_settlement_is_sent_again(void **state) {
  struct bench *bench = *state;
  queue_both(bench);
  begin_sending(bench);
  fake_run(&bench->fake, 10);
  assert_int_equal(peer_of(bench, "team")->asks, 1);
  stop_sending(bench);
  begin_sending(bench);
  fake_run(&bench->fake, 30000); /* its claim still holds */
  assert_int_equal(peer_of(bench, "team")->asks, 1);
  fake_run(&bench->fake, 40000);
  assert_int_equal(peer_of(bench, "team")->asks, 3);
  assert_non_null(strstr(bench->sent[1].body, "\"(possible repeat) ⚠️ kimi credits low!"));
  assert_int_equal(channel_state_of(bench, "team").waiting, 0);
}

static bool claim_job(struct store *store, void *context, struct err *err) {
  struct bench *bench = context;
  struct outbox_row row = {0};
  bool ok = store_outbox_claim(store, "team", bench->fake.wall_ms, bench->fake.wall_ms + HOUR, &row, err) && row.id != 0;
  mem_free(row.payload);
  return ok;
}

static void the_claim_of_a_process_that_is_gone_holds_nothing_up(void **state) {
  struct bench *bench = *state;
  queue_both(bench);
  pid_t child = fork();
  if (child == 0) {
    struct store *store = store_open(bench->fake.folder, STORE_WRITE, &bench->err);
    _exit(store != NULL && store_do(store, claim_job, bench, &bench->err) ? 0 : 1);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  begin_sending(bench);
  fake_run(&bench->fake, 1000);
  assert_int_equal(peer_of(bench, "team")->alerts, 1);
  assert_int_equal(peer_of(bench, "team")->summaries, 1);
}

/* --- trouble with the store -------------------------------------------------------------------------------------- */

static void an_outbox_that_cannot_be_read_is_read_again_soon(void **state) {
  struct bench *bench = *state;
  queue_both(bench);
  hush(true);
  bench->fake.store_is_broken = true;
  begin_sending(bench);
  fake_run(&bench->fake, MINUTE);
  assert_false(bench->sent_count > 0);
  bench->fake.store_is_broken = false;
  fake_run(&bench->fake, 6000);
  hush(false);
  assert_int_equal(bench->sent_count, 2);
}

/* Both messages are on their way, one after the other, when the store goes. */
static void lose_the_verdict(struct bench *bench) {
  queue_both(bench);
  begin_sending(bench);
  fake_run(&bench->fake, 10);
  hush(true);
  bench->fake.store_is_broken = true;
  fake_run(&bench->fake, 1000);
  assert_int_equal(bench->sent_count, 1);
}

static void a_verdict_that_cannot_be_stored_is_stored_later_and_the_message_not_sent_again(void **state) {
  struct bench *bench = *state;
  lose_the_verdict(bench);
  bench->fake.store_is_broken = false;
  hush(false);
  fake_run(&bench->fake, 2 * MINUTE);
  assert_int_equal(channel_state_of(bench, "team").waiting, 0);
  assert_int_equal(bench->sent_count, 2);
  assert_int_equal(peer_of(bench, "team")->summaries, 1);
}

static void a_sender_stops_with_a_last_try_to_store_its_verdict(void **state) {
  struct bench *bench = *state;
  lose_the_verdict(bench);
  bench->fake.store_is_broken = false;
  hush(false);
  deliver_stop(bench->deliver);
  fake_run(&bench->fake, 100);
  assert_false(deliver_is_busy(bench->deliver));
  assert_true(channel_state_of(bench, "team").posted);
  assert_int_equal(channel_state_of(bench, "team").waiting, 1);
}

static void a_sender_stops_though_its_verdict_cannot_be_stored(void **state) {
  struct bench *bench = *state;
  lose_the_verdict(bench);
  deliver_stop(bench->deliver);
  fake_run(&bench->fake, 100);
  hush(false);
  assert_false(deliver_is_busy(bench->deliver));
}

static void a_platform_that_repeats_the_webhook_has_it_blotted(void **state) {
  struct bench *bench = *state;
  struct peer *team = peer_of(bench, "team");
  team->status = 400;
  team->says = "{\"code\":1,\"message\":\"what is " WEBHOOK " for?\"}";
  run_slot(bench, 0);
  hush(true);
  begin_sending(bench);
  fake_run(&bench->fake, 1000);
  hush(false);
  assert_non_null(strstr(channel_state_of(bench, "team").last_why, "what is ***"));
  assert_null(strstr(channel_state_of(bench, "team").last_why, "webhooks/"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_alert_leaves_before_its_summary),
      TEST(it_is_busy_until_the_logs_say_posted),
      TEST(one_stuck_channel_delays_no_other),
      TEST(one_refusing_channel_stops_no_other),
      TEST(a_channel_told_when_to_come_again_gets_nothing_before),
      TEST(what_is_not_taken_for_three_days_is_given_up),
      TEST(tries_come_further_apart_but_an_hour_at_most),
      TEST(a_sender_woken_while_it_looks_looks_again),
      TEST(waking_often_sends_nothing_twice),
      TEST(a_stopped_sender_settles_what_is_out_and_takes_no_more),
      TEST(two_senders_on_one_store_send_nothing_twice),
      TEST(what_a_sender_left_between_claim_and_settlement_is_sent_again),
      TEST(the_claim_of_a_process_that_is_gone_holds_nothing_up),
      TEST(an_outbox_that_cannot_be_read_is_read_again_soon),
      TEST(a_verdict_that_cannot_be_stored_is_stored_later_and_the_message_not_sent_again),
      TEST(a_sender_stops_with_a_last_try_to_store_its_verdict),
      TEST(a_sender_stops_though_its_verdict_cannot_be_stored),
      TEST(a_platform_that_repeats_the_webhook_has_it_blotted),
      TEST(what_waits_for_a_channel_without_its_secret_is_left_alone),
  };
  return cmocka_run_group_tests_name("deliver", tests, NULL, NULL);
}
