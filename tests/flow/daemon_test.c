#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake/world.h"
#include "lowtide/config.h"
#include "lowtide/daemon.h"
#include "lowtide/log.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define HOOK "https://discord.com/api/webhooks/123456789012345678/abcdefghijklmnopqrstuvwxyz"

static const char config_text[] = "[lowtide]\nschedule = @hourly\n"
                                  "[account kimi]\nprovider = moonshot\nkey = k1\nlabel = Kimi\nemoji = 🌙\n"
                                  "base_url = http://127.0.0.1:1/kimi\nlog = none\n"
                                  "[channel team]\ntype = discord-webhook\nurl = " HOOK "\n";

struct bench {
  struct fake_world fake;
  struct config *config;
  struct daemon *daemon;
  int ready;
  int ended;
  /* what the world does */
  int64_t cents;   /* Kimi's balance */
  int kimi_status; /* 0: 200 */
  int hook_status; /* 0: 200 */
  int64_t hook_retry_after_ms;
  enum err_code hook_err;
  int64_t hook_delay_ms;
  char body[256];
  int summaries;
  int alerts;
  int recoveries;
};

static struct fake_answer answer(struct fake_world *fake, const struct ask *ask) {
  struct bench *bench = fake->test;
  if (strcmp(ask->http.method, "POST") == 0) {
    fake->sent_count = 0;
    bool taken = bench->hook_err == ERR_NONE && bench->hook_status == 0;
    if (taken && strstr(buf_text(&ask->http.body), "API Balance Summary") != NULL) bench->summaries++;
    if (taken && strstr(buf_text(&ask->http.body), "credits low!") != NULL &&
        strstr(buf_text(&ask->http.body), "Summary") == NULL) {
      bench->alerts++;
    }
    if (taken && strstr(buf_text(&ask->http.body), "Summary") == NULL &&
        strstr(buf_text(&ask->http.body), "credits low!") == NULL) {
      bench->recoveries++;
    }
    return (struct fake_answer){.delay_ms = bench->hook_delay_ms,
                                .code = bench->hook_err,
                                .status = bench->hook_status != 0 ? bench->hook_status : 200,
                                .retry_after_ms = bench->hook_retry_after_ms,
                                .body = "{\"id\":\"1\"}"};
  }
  (void)text_fmt(bench->body, sizeof bench->body,
                 "{\"code\":0,\"data\":{\"available_balance\":%lld.%02lld,\"voucher_balance\":0,\"cash_balance\":1},"
                 "\"scode\":\"0x0\",\"status\":true}",
                 (long long)(bench->cents / 100), (long long)(bench->cents % 100));
  return (struct fake_answer){
      .delay_ms = 50, .status = bench->kimi_status != 0 ? bench->kimi_status : 200, .body = bench->body};
}

static void on_ready(void *context, const struct round_report *report, bool was_slot) {
  struct bench *bench = context;
  (void)was_slot;
  assert_int_equal(report->err.code, ERR_NONE);
  bench->ready++;
}

static void on_ended(void *context) {
  struct bench *bench = context;
  bench->ended++;
}

static struct config *config_of(const char *text) {
  struct err err = {0};
  const struct config_source source = {.getenv = fake_getenv};
  struct config *config = config_parse("test.ini", text, strlen(text), &source, &err);
  if (config == NULL) fail_msg("%s", err.text);
  return config;
}

static void begin(struct bench *bench) {
  const struct daemon_hooks hooks = {.ready = on_ready, .ended = on_ended, .context = bench};
  bench->daemon = daemon_start(&bench->fake.world, bench->config, &hooks);
}

static void stop(struct bench *bench) {
  daemon_stop(bench->daemon);
  fake_run(&bench->fake, 20000);
  daemon_free(bench->daemon);
  bench->daemon = NULL;
}

static int set_up(void **state) {
  struct bench *bench = mem_new(1, sizeof *bench);
  log_set_level(LOG_LEVEL_ERROR);
  fake_world_init(&bench->fake);
  bench->fake.test = bench;
  bench->fake.answer = answer;
  bench->fake.wall_ms = FAKE_START_MS + 20 * MINUTE;
  bench->config = config_of(config_text);
  bench->cents = 1234;
  *state = bench;
  return 0;
}

static int tear_down(void **state) {
  struct bench *bench = *state;
  if (bench->daemon != NULL) stop(bench);
  fake_world_done(&bench->fake);
  config_release(bench->config);
  mem_free(bench);
  return 0;
}

static void the_first_start_posts_once_and_every_hour_after_it(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(bench->ready, 1);
  assert_int_equal(bench->summaries, 1);
  fake_run(&bench->fake, DAY);
  assert_int_equal(bench->summaries, 1 + 24);
  assert_int_equal(bench->alerts, 0);
}

static void a_restart_between_slots_gathers_but_posts_nothing(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  int asks = bench->fake.asks;
  stop(bench);
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(bench->summaries, 1);
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
  assert_int_equal(bench->summaries, 2);
  stop(bench);
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(bench->summaries, 2);
}

static void the_clock_set_back_an_hour_repeats_no_slot(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, 3 * HOUR);
  int summaries = bench->summaries;
  bench->fake.wall_ms -= HOUR;
  fake_run(&bench->fake, 50 * MINUTE);
  assert_int_equal(bench->summaries, summaries);
  fake_run(&bench->fake, HOUR);
  assert_int_equal(bench->summaries, summaries + 1);
}

static void a_night_of_suspend_is_one_round_and_says_how_long(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  int summaries = bench->summaries;
  bench->fake.wall_ms += 8 * HOUR;
  fake_run(&bench->fake, HOUR);
  assert_int_equal(bench->summaries, summaries + 1);
  assert_non_null(strstr(bench->fake.sent[0], "away for"));
}

static void a_crossing_is_told_once_and_its_recovery_once(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  bench->cents = 420;
  fake_run(&bench->fake, 5 * HOUR);
  assert_int_equal(bench->alerts, 1);
  bench->cents = 510; /* above 5.00, but not by 5 % */
  fake_run(&bench->fake, 2 * HOUR);
  bench->cents = 490;
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(bench->alerts, 1);
  assert_int_equal(bench->recoveries, 0);
  bench->cents = 2000;
  fake_run(&bench->fake, 3 * HOUR);
  assert_int_equal(bench->recoveries, 1);
  bench->cents = 420;
  fake_run(&bench->fake, 3 * HOUR);
  assert_int_equal(bench->alerts, 2);
}

static void a_crossing_while_the_daemon_was_down_is_told_once(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  stop(bench);
  bench->cents = 420;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(bench->alerts, 1);
  stop(bench);
  begin(bench);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(bench->alerts, 1);
}

static void an_outage_of_the_vendor_pings_nobody(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  bench->kimi_status = 503;
  int summaries = bench->summaries;
  fake_run(&bench->fake, 3 * HOUR);
  assert_int_equal(bench->summaries, summaries + 3);
  assert_int_equal(bench->alerts + bench->recoveries, 0);
  assert_non_null(strstr(bench->fake.sent[0], "unknown (HTTP 503)"));
  assert_null(strstr(bench->fake.sent[0], "$0"));
}

static void a_webhook_that_is_down_gets_the_newest_summary_only(void **state) {
  struct bench *bench = *state;
  bench->hook_status = 503;
  begin(bench);
  fake_run(&bench->fake, 5 * HOUR);
  assert_int_equal(bench->summaries, 0);
  bench->hook_status = 0;
  fake_run(&bench->fake, 2 * HOUR - MINUTE);
  assert_true(bench->summaries >= 1 && bench->summaries <= 2 + 1);
}

static void an_alert_waits_for_its_webhook_however_long(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  bench->hook_err = ERR_NETWORK;
  bench->cents = 420;
  fake_run(&bench->fake, 10 * HOUR);
  assert_int_equal(bench->alerts, 0);
  bench->hook_err = ERR_NONE;
  fake_run(&bench->fake, 3 * HOUR);
  assert_int_equal(bench->alerts, 1);
}

static void retry_after_of_a_webhook_is_obeyed(void **state) {
  struct bench *bench = *state;
  bench->hook_status = 429;
  bench->hook_retry_after_ms = 30 * MINUTE;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  bench->hook_status = 0;
  fake_run(&bench->fake, 29 * MINUTE);
  assert_int_equal(bench->summaries, 0);
  fake_run(&bench->fake, 2 * MINUTE);
  assert_int_equal(bench->summaries, 1);
}

static void a_refused_message_is_not_tried_again(void **state) {
  struct bench *bench = *state;
  bench->hook_status = 404;
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

static void a_reload_goes_on_with_the_new_config_and_finishes_with_the_old(void **state) {
  struct bench *bench = *state;
  bench->hook_delay_ms = 5000;
  begin(bench);
  fake_run(&bench->fake, 1000);
  struct config *half_hourly =
      config_of("[lowtide]\nschedule = 0,30 * * * *\n"
                "[account kimi]\nprovider = moonshot\nkey = k1\nbase_url = http://127.0.0.1:1/kimi\n"
                "log = none\n[channel team]\ntype = discord-webhook\nurl = " HOOK "\n");
  daemon_reload(bench->daemon, half_hourly);
  config_release(half_hourly);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(bench->summaries, 1);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(bench->summaries, 1 + 4);
}

static void many_reloads_in_a_row_lose_nothing(void **state) {
  struct bench *bench = *state;
  bench->hook_delay_ms = 2000;
  begin(bench);
  for (int i = 0; i < 20; i++) {
    fake_run(&bench->fake, 100);
    daemon_reload(bench->daemon, bench->config);
  }
  fake_run(&bench->fake, 2 * MINUTE);
  assert_int_equal(bench->summaries, 1);
}

static void stopping_settles_what_is_in_flight(void **state) {
  struct bench *bench = *state;
  bench->hook_delay_ms = 3000;
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
  bench->hook_delay_ms = HOUR;
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
                            "base_url = http://127.0.0.1:1/kimi\nlog = none\n");
  begin(bench);
  fake_run(&bench->fake, 10 * MINUTE);
  assert_int_equal(bench->fake.rests, 3);
}

static void a_broken_store_is_told_and_gets_over(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  int summaries = bench->summaries;
  bench->fake.store_is_broken = true;
  log_set_level((enum log_level) - 1);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(bench->summaries, summaries);
  bench->fake.store_is_broken = false;
  log_set_level(LOG_LEVEL_ERROR);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(bench->summaries, summaries + 2);
}

static void sixty_days_over_the_change_to_summer_time_run_each_slot_once(void **state) {
  struct bench *bench = *state;
  struct config *berlin = config_of("[lowtide]\nschedule = 0 9 * * *\ntimezone = Europe/Berlin\n"
                                    "[account kimi]\nprovider = moonshot\nkey = k1\nbase_url = http://127.0.0.1:1/kimi\n"
                                    "log = none\n[channel team]\ntype = discord-webhook\nurl = " HOOK "\n");
  config_release(bench->config);
  bench->config = berlin;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  int first = bench->summaries;
  fake_run(&bench->fake, 60 * DAY); /* over the last Sunday of March */
  assert_int_equal(bench->summaries, first + 60);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_first_start_posts_once_and_every_hour_after_it),
      TEST(a_restart_between_slots_gathers_but_posts_nothing),
      TEST(a_restart_just_after_a_slot_that_was_missed_runs_it),
      TEST(the_clock_set_back_an_hour_repeats_no_slot),
      TEST(a_night_of_suspend_is_one_round_and_says_how_long),
      TEST(a_crossing_is_told_once_and_its_recovery_once),
      TEST(a_crossing_while_the_daemon_was_down_is_told_once),
      TEST(an_outage_of_the_vendor_pings_nobody),
      TEST(a_webhook_that_is_down_gets_the_newest_summary_only),
      TEST(an_alert_waits_for_its_webhook_however_long),
      TEST(retry_after_of_a_webhook_is_obeyed),
      TEST(a_refused_message_is_not_tried_again),
      TEST(a_reload_goes_on_with_the_new_config_and_finishes_with_the_old),
      TEST(many_reloads_in_a_row_lose_nothing),
      TEST(stopping_settles_what_is_in_flight),
      TEST(stopping_waits_no_longer_than_its_patience),
      TEST(after_a_round_it_rests_unless_the_next_is_near),
      TEST(a_broken_store_is_told_and_gets_over),
      TEST(sixty_days_over_the_change_to_summer_time_run_each_slot_once),
  };
  return cmocka_run_group_tests_name("daemon", tests, NULL, NULL);
}
