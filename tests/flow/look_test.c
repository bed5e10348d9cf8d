/* What the daemon looks at between the slots: falls that are not believed at once, ends of what keeps an alert back. */
#include "fake/bench.h"
#include "lowtide/rule.h"

static struct peer *kimi(struct bench *bench) {
  return peer_of(bench, "kimi");
}

#define SLOT (FAKE_START_MS + HOUR) /* 10:00:00, the first after the start at 9:20 */

static void before_the_slot(struct bench *bench, const char *config) {
  if (config != NULL) configure(bench, config);
  begin(bench);
  run_until(bench, SLOT - MINUTE);
}

/* --- a second look ------------------------------------------------------------------------------------------------ */

static void a_fall_to_nothing_is_told_once_a_second_look_agrees(void **state) {
  struct bench *bench = *state;
  int64_t at_ms = 0;
  before_the_slot(bench, NULL);
  kimi(bench)->cents = 0;
  run_until(bench, SLOT + 10000);
  assert_int_equal(count_sent(bench, "unknown ($0.00 not confirmed yet) — last $12.34", NULL), 1);
  assert_int_equal(count_sent(bench, "credits critical!", NULL), 0);
  run_until(bench, SLOT + 2 * HOUR);
  assert_int_equal(count_sent(bench, "🚨 kimi credits critical! Available: $0.00", &at_ms), 1);
  assert_in_range(at_ms, SLOT + SECOND_LOOK_MS, SLOT + SECOND_LOOK_MS + 1000);
}

static void a_glitch_pings_nobody(void **state) {
  struct bench *bench = *state;
  before_the_slot(bench, NULL);
  kimi(bench)->cents = 0;
  run_until(bench, SLOT + 10000);
  kimi(bench)->cents = 1230;
  int asks = kimi(bench)->asks;
  run_until(bench, SLOT + 30 * MINUTE);
  assert_int_equal(kimi(bench)->asks, asks + 1);
  assert_int_equal(count_sent(bench, "credits", NULL), 0);
  assert_int_equal(peer_of(bench, "team")->summaries, 2); /* of the start and of the slot: looking posts none */
}

static void a_second_look_survives_a_reload(void **state) {
  struct bench *bench = *state;
  before_the_slot(bench, NULL);
  kimi(bench)->cents = 0;
  run_until(bench, SLOT + 5000);
  daemon_reload(bench->daemon, bench->config);
  run_until(bench, SLOT + MINUTE);
  assert_int_equal(count_sent(bench, "credits critical!", NULL), 1);
}

static void a_restart_is_a_second_look(void **state) {
  struct bench *bench = *state;
  before_the_slot(bench, NULL);
  kimi(bench)->cents = 0;
  run_until(bench, SLOT + 5000);
  stop(bench);
  begin(bench);
  run_until(bench, SLOT + HOUR / 2);
  assert_int_equal(count_sent(bench, "credits critical!", NULL), 1);
}

/* --- what is kept back is told when that ends ----------------------------------------------------------------------- */

#define WITH(settings) "[lowtide]\nschedule = 0 */6 * * *\n" settings ACCOUNT("kimi") CHANNEL("team")

static void quiet_hours_end_with_a_look(void **state) {
  struct bench *bench = *state;
  int64_t at_ms = 0;
  before_the_slot(bench, WITH("quiet = 10:00-13:30\n"));
  run_until(bench, SLOT + 2 * HOUR - MINUTE);
  kimi(bench)->cents = 420;
  run_until(bench, SLOT + 2 * HOUR + MINUTE);
  assert_int_equal(count_sent(bench, "credits low!", NULL), 1); /* the summary's line */
  run_until(bench, SLOT + 5 * HOUR);
  assert_int_equal(count_sent(bench, "⚠️ kimi credits low! Available", &at_ms), 1);
  assert_in_range(at_ms, SLOT + 3 * HOUR + 30 * MINUTE, SLOT + 3 * HOUR + 31 * MINUTE);
}

static void reminders_come_at_their_time_whatever_the_schedule(void **state) {
  struct bench *bench = *state;
  before_the_slot(bench, WITH("remind = diminishing\n"));
  kimi(bench)->cents = 420;
  run_until(bench, SLOT + 2 * HOUR + 16 * HOUR); /* raised at 12:00 */
  assert_int_equal(count_sent(bench, "credits still low!", NULL), 4);
  kimi(bench)->cents = 2000;
  run_until(bench, SLOT + 40 * HOUR);
  assert_int_equal(count_sent(bench, "credits still low!", NULL), 4);
  assert_int_equal(count_sent(bench, "credits recovered", NULL), 1);
}

static void an_hourly_reminder_needs_no_look_beside_the_hourly_round(void **state) {
  struct bench *bench = *state;
  before_the_slot(bench, "[lowtide]\nschedule = @hourly\nremind = 1h\n" ACCOUNT("kimi") CHANNEL("team"));
  kimi(bench)->cents = 420;
  int asks = kimi(bench)->asks;
  run_until(bench, SLOT + 10 * HOUR - MINUTE);
  assert_int_equal(kimi(bench)->asks, asks + 10);
  assert_int_equal(count_sent(bench, "credits still low!", NULL), 9);
}

static bool mute_job(struct store *store, void *context, struct err *err) {
  const struct bench *bench = context;
  const struct account_key key = {.account = "kimi", .provider = "moonshot"};
  struct alert_memory memory;
  if (!store_alert_memory(store, &key, &memory, err)) return false;
  (void)alert_mute(&memory, bench->fake.wall_ms + 3 * HOUR);
  return store_alert_memory_put(store, &key, &memory, err);
}

static void a_mute_ends_with_a_look(void **state) {
  struct bench *bench = *state;
  int64_t at_ms = 0;
  before_the_slot(bench, WITH(""));
  assert_ok(store_do(bench->fake.store, mute_job, bench, &bench->err));
  kimi(bench)->cents = 420;
  run_until(bench, SLOT + 2 * HOUR + 30 * MINUTE);
  assert_int_equal(count_sent(bench, "⚠️ kimi credits low! Available", NULL), 0);
  run_until(bench, SLOT + 5 * HOUR);
  assert_int_equal(count_sent(bench, "⚠️ kimi credits low! Available", &at_ms), 1);
  assert_in_range(at_ms, SLOT + 3 * HOUR - MINUTE, SLOT + 3 * HOUR);
}

/* --- runway ------------------------------------------------------------------------------------------------------ */

static void a_warning_by_runway_comes_days_ahead_and_says_how_long(void **state) {
  struct bench *bench = *state;
  int64_t at_ms = 0;
  before_the_slot(bench, "[lowtide]\nschedule = @hourly\nwarning_runway = 3d\n" ACCOUNT("kimi") CHANNEL("team"));
  kimi(bench)->cents = 24000;
  for (int hour = 0; hour < 240 && count_sent(bench, "kimi credits low! Available", &at_ms) == 0; hour++) {
    run_until(bench, bench->fake.wall_ms + HOUR);
    kimi(bench)->cents -= 100;
  }
  int64_t dry_ms = SLOT + 240 * HOUR;
  assert_in_range(dry_ms - at_ms, 60 * HOUR, 73 * HOUR);
  assert_int_equal(count_sent(bench, " · ~2d 23h left", NULL) + count_sent(bench, " · ~3d left", NULL) > 0, 1);
}

static void nothing_is_claimed_of_a_young_history(void **state) {
  struct bench *bench = *state;
  before_the_slot(bench, NULL);
  kimi(bench)->cents = 24000;
  for (int hour = 0; hour < 20; hour++) {
    run_until(bench, bench->fake.wall_ms + HOUR);
    kimi(bench)->cents -= 10;
  }
  assert_int_equal(count_sent(bench, " left", NULL), 0);
}

static void a_restart_forgets_no_trend(void **state) {
  struct bench *bench = *state;
  before_the_slot(bench, NULL);
  kimi(bench)->cents = 24000;
  for (int hour = 0; hour < 150; hour++) {
    run_until(bench, bench->fake.wall_ms + HOUR);
    kimi(bench)->cents -= 100;
  }
  assert_true(count_sent(bench, " left", NULL) > 0);
  stop(bench);
  begin(bench);
  run_until(bench, bench->fake.wall_ms + HOUR);
  assert_non_null(strstr(bench->sent[bench->sent_count - 1].body, " left"));
}

/* --- many -------------------------------------------------------------------------------------------------------- */

static void many_crossings_of_a_round_are_one_message_a_channel(void **state) {
  struct bench *bench = *state;
  before_the_slot(bench, HOURLY ACCOUNT("a") ACCOUNT("b") ACCOUNT("c") CHANNEL("team")
                             CHANNEL("critical") "min_level = critical\n");
  peer_of(bench, "a")->cents = 420;
  peer_of(bench, "b")->cents = 430;
  peer_of(bench, "c")->cents = 124 - 30;
  run_until(bench, SLOT + MINUTE);
  assert_int_equal(count_sent(bench, "**2 accounts need attention**", NULL), 1);
  assert_int_equal(peer_of(bench, "team")->alerts, 2); /* c fell by more than 90 %: it was looked at again */
  assert_int_equal(peer_of(bench, "critical")->alerts, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_fall_to_nothing_is_told_once_a_second_look_agrees),
      TEST(a_glitch_pings_nobody),
      TEST(a_second_look_survives_a_reload),
      TEST(a_restart_is_a_second_look),
      TEST(quiet_hours_end_with_a_look),
      TEST(reminders_come_at_their_time_whatever_the_schedule),
      TEST(an_hourly_reminder_needs_no_look_beside_the_hourly_round),
      TEST(a_mute_ends_with_a_look),
      TEST(a_warning_by_runway_comes_days_ahead_and_says_how_long),
      TEST(nothing_is_claimed_of_a_young_history),
      TEST(a_restart_forgets_no_trend),
      TEST(many_crossings_of_a_round_are_one_message_a_channel),
  };
  return cmocka_run_group_tests_name("look", tests, NULL, NULL);
}
