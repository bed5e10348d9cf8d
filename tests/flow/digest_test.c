/* Digests: a slot of its own a period, told once, whoever runs. */
#include "fake/bench.h"
#include "lowtide/bulletin.h"

#define NINE FAKE_START_MS /* Thu 2026-01-29 09:00:00 UTC; the bench begins at 9:20 */
#define WITH(digest) "[lowtide]\nschedule = @hourly\n" digest ACCOUNT("kimi") ACCOUNT("deep") CHANNEL("team")
#define SENDS "sends = digest\n"

static void a_daily_digest_comes_at_nine_and_tells_what_was_spent(void **state) {
  struct bench *bench = *state;
  int64_t at_ms = 0;
  configure(bench, WITH("digest = daily\n") SENDS);
  begin(bench);
  run_until(bench, NINE + 5 * HOUR + MINUTE);
  peer_of(bench, "kimi")->cents = 1000;
  run_until(bench, NINE + DAY - MINUTE);
  peer_of(bench, "deep")->cents = 1134; /* seen by the round of the same moment */
  assert_int_equal(count_sent(bench, "digest", NULL), 0);
  run_until(bench, NINE + DAY + 5 * MINUTE);
  assert_int_equal(count_sent(bench, "**Daily digest** · 2026-01-28 09:00", NULL), 0);
  assert_int_equal(count_sent(bench, "**Daily digest** · 2026-01-29 09:00 to 2026-01-30 09:00 UTC", &at_ms), 1);
  assert_in_range(at_ms, NINE + DAY, NINE + DAY + MINUTE);
  assert_int_equal(count_sent(bench, "**kimi:** $2.34 spent · $10.00 left", NULL), 1);
  assert_int_equal(count_sent(bench, "**deep:** $1.00 spent · $11.34 left", NULL), 1);
  assert_int_equal(count_sent(bench, "Together: $3.34 spent · $21.34 left", NULL), 1);
  run_until(bench, NINE + 2 * DAY - MINUTE);
  assert_int_equal(count_sent(bench, "digest", NULL), 1);
  run_until(bench, NINE + 2 * DAY + 5 * MINUTE);
  assert_int_equal(count_sent(bench, "digest", NULL), 2);
  assert_int_equal(count_sent(bench, "**kimi:** $0.00 spent", NULL), 1);
}

static void a_restart_does_not_repeat_it(void **state) {
  struct bench *bench = *state;
  configure(bench, WITH("digest = daily\n") SENDS);
  begin(bench);
  run_until(bench, NINE + DAY + 5 * MINUTE);
  assert_int_equal(count_sent(bench, "Daily digest", NULL), 1);
  stop(bench);
  begin(bench);
  run_until(bench, NINE + DAY + 2 * HOUR);
  daemon_reload(bench->daemon, bench->config);
  run_until(bench, NINE + DAY + 3 * HOUR);
  assert_int_equal(count_sent(bench, "Daily digest", NULL), 1);
}

static void one_missed_is_sent_at_the_next_start_if_it_is_young(void **state) {
  struct bench *bench = *state;
  configure(bench, WITH("digest = daily\n") SENDS);
  begin(bench);
  run_until(bench, NINE + DAY - HOUR - MINUTE);
  stop(bench);
  run_until(bench, NINE + DAY + 11 * HOUR);
  begin(bench);
  run_until(bench, NINE + DAY + 11 * HOUR + 5 * MINUTE);
  assert_int_equal(count_sent(bench, "2026-01-29 09:00 to 2026-01-30 09:00", NULL), 1);
}

static void one_missed_long_ago_is_not(void **state) {
  struct bench *bench = *state;
  configure(bench, WITH("digest = daily\n") SENDS);
  begin(bench);
  run_until(bench, NINE + DAY - HOUR - MINUTE);
  stop(bench);
  run_until(bench, NINE + DAY + 13 * HOUR);
  begin(bench);
  run_until(bench, NINE + DAY + 20 * HOUR);
  assert_int_equal(count_sent(bench, "digest", NULL), 0);
}

static void a_new_store_has_nothing_to_tell_of_a_day_before_it(void **state) {
  struct bench *bench = *state;
  configure(bench, WITH("digest = daily\n") SENDS);
  begin(bench); /* 9:20, twenty minutes after the slot */
  run_until(bench, NINE + 5 * HOUR);
  assert_int_equal(count_sent(bench, "digest", NULL), 0);
}

static void weekly_is_on_monday_by_the_local_clock(void **state) {
  struct bench *bench = *state;
  int64_t at_ms = 0;
  configure(bench, WITH("timezone = Europe/Berlin\ndigest = weekly\n") SENDS);
  begin(bench);
  run_until(bench, NINE + 7 * DAY);
  assert_int_equal(count_sent(bench, "**Weekly digest** · 2026-01-26 09:00 to 2026-02-02 09:00 Europe/Berlin", &at_ms), 1);
  assert_in_range(at_ms, NINE + 4 * DAY - HOUR, NINE + 4 * DAY - HOUR + MINUTE);
  assert_int_equal(count_sent(bench, "watched since 2026-01-29 10:20", NULL), 1);
}

static void monthly_is_on_the_first(void **state) {
  struct bench *bench = *state;
  int64_t at_ms = 0;
  configure(bench, WITH("digest = monthly\n") SENDS);
  begin(bench);
  run_until(bench, NINE + 7 * DAY);
  assert_int_equal(count_sent(bench, "**Monthly digest** · 2026-01-01 09:00 to 2026-02-01 09:00 UTC", &at_ms), 1);
  assert_in_range(at_ms, NINE + 3 * DAY, NINE + 3 * DAY + MINUTE);
}

static void each_channel_hears_of_its_accounts_and_each_account_at_its_pace(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\nschedule = @hourly\ndigest = daily\n" ACCOUNT("kimi")
                       ACCOUNT("deep") "digest = weekly\n" CHANNEL("all") SENDS CHANNEL("one") SENDS
            "accounts = deep\n" CHANNEL("none") "sends = summary\n");
  begin(bench);
  run_until(bench, NINE + DAY + 5 * MINUTE); /* Friday */
  assert_int_equal(count_sent(bench, "digest", NULL), 1);
  assert_int_equal(count_sent(bench, "**kimi:**", NULL) - peer_of(bench, "none")->summaries, 1);
  run_until(bench, NINE + 4 * DAY + 5 * MINUTE); /* Monday */
  assert_int_equal(count_sent(bench, "Weekly digest", NULL), 2);
  assert_int_equal(count_sent(bench, "Daily digest", NULL), 4);
}

static void an_outage_is_told_as_unknown_not_as_nothing_spent(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\nschedule = @hourly\ndigest = daily\n" ACCOUNT("kimi") CHANNEL("team") SENDS);
  begin(bench);
  run_until(bench, NINE + 9 * HOUR + MINUTE);
  peer_of(bench, "kimi")->status = 503;
  run_until(bench, NINE + 14 * HOUR + MINUTE);
  peer_of(bench, "kimi")->status = 200;
  peer_of(bench, "kimi")->cents = 1034;
  run_until(bench, NINE + DAY + 5 * MINUTE);
  assert_int_equal(count_sent(bench, "$2.00 spent · $10.34 left · unknown for 5 h of 24", NULL), 1);
}

static void a_store_that_fails_is_tried_again(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\nschedule = 0 12 * * *\ndigest = daily\n" ACCOUNT("kimi") CHANNEL("team") SENDS);
  begin(bench);
  run_until(bench, NINE + DAY - MINUTE);
  hush(true);
  bench->fake.store_is_broken = true;
  run_until(bench, NINE + DAY + MINUTE);
  bench->fake.store_is_broken = false;
  hush(false);
  run_until(bench, NINE + DAY + 20 * MINUTE);
  assert_int_equal(count_sent(bench, "Daily digest", NULL), 1);
}

static void a_slot_is_due_for_half_its_period_where_somebody_wants_it(void **state) {
  struct bench *bench = *state;
  configure(bench, WITH("digest = daily\n") SENDS);
  assert_true(bulletin_due(bench->config, DIGEST_DAILY, NINE) == NINE);
  assert_true(bulletin_due(bench->config, DIGEST_DAILY, NINE + 12 * HOUR) == NINE);
  assert_true(bulletin_due(bench->config, DIGEST_DAILY, NINE + 12 * HOUR + 1) == 0);
  assert_true(bulletin_due(bench->config, DIGEST_WEEKLY, NINE) == 0);
  assert_true(bulletin_due(bench->config, DIGEST_NONE, NINE) == 0);
  configure(bench, WITH("digest = daily\n"));
  assert_true(bulletin_due(bench->config, DIGEST_DAILY, NINE) == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_daily_digest_comes_at_nine_and_tells_what_was_spent),
      TEST(a_restart_does_not_repeat_it),
      TEST(one_missed_is_sent_at_the_next_start_if_it_is_young),
      TEST(one_missed_long_ago_is_not),
      TEST(a_new_store_has_nothing_to_tell_of_a_day_before_it),
      TEST(weekly_is_on_monday_by_the_local_clock),
      TEST(monthly_is_on_the_first),
      TEST(each_channel_hears_of_its_accounts_and_each_account_at_its_pace),
      TEST(an_outage_is_told_as_unknown_not_as_nothing_spent),
      TEST(a_store_that_fails_is_tried_again),
      TEST(a_slot_is_due_for_half_its_period_where_somebody_wants_it),
  };
  return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
