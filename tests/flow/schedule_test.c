/* Which rounds a daemon runs, and when: schedules of accounts, slow vendors, clocks that jump. */
#include "fake/bench.h"
#include "fake/peer_process.h"

#define MIDNIGHT (FAKE_START_MS - 9 * HOUR)

static int summaries_of(struct bench *bench) {
  return peer_of(bench, "team")->summaries;
}

/* How many summaries were taken from that message on: at the full hour, and never two in one hour. */
static int hours_posted(const struct bench *bench, size_t from) {
  int count = 0;
  for (size_t i = from; i < bench->sent_count; i++) {
    if (strstr(bench->sent[i].body, "Summary") == NULL) continue;
    for (size_t k = from; k < i; k++)
      assert_int_not_equal(bench->sent[i].wall_ms / HOUR, bench->sent[k].wall_ms / HOUR);
    assert_true(bench->sent[i].wall_ms % HOUR < 10000);
    count++;
  }
  return count;
}

/* --- schedules of one's own -------------------------------------------------------------------------------------- */

static void an_account_with_a_schedule_of_its_own_is_asked_then_and_only_then(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\nschedule = 0 * * * *\n" ACCOUNT("kimi")
                       ACCOUNT("often") "schedule = 15,45 * * * *\n" CHANNEL("team"));
  begin(bench);
  run_until(bench, FAKE_START_MS + 30 * MINUTE);
  int kimi = peer_of(bench, "kimi")->asks;
  int often = peer_of(bench, "often")->asks;
  int summaries = summaries_of(bench);
  fake_run(&bench->fake, 6 * HOUR);
  assert_int_equal(peer_of(bench, "kimi")->asks - kimi, 6);
  assert_int_equal(peer_of(bench, "often")->asks - often, 12);
  assert_int_equal(summaries_of(bench) - summaries, 6 + 12);
}

static void schedules_that_meet_are_one_round_and_one_summary(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\nschedule = 0 * * * *\n" ACCOUNT("kimi") ACCOUNT("often") "schedule = 0,30 * * * *\n" ACCOUNT(
                       "third") "schedule = */30 * * * *\n" CHANNEL("team"));
  begin(bench);
  run_until(bench, FAKE_START_MS + 55 * MINUTE);
  size_t sent = bench->sent_count;
  run_until(bench, FAKE_START_MS + HOUR + MINUTE);
  assert_int_equal(bench->sent_count, sent + 1);
  assert_non_null(strstr(bench->sent[sent].body, "kimi"));
  assert_non_null(strstr(bench->sent[sent].body, "often"));
  assert_non_null(strstr(bench->sent[sent].body, "third"));
  run_until(bench, FAKE_START_MS + HOUR + 31 * MINUTE);
  assert_int_equal(bench->sent_count, sent + 2);
  assert_null(strstr(bench->sent[sent + 1].body, "kimi"));
  assert_non_null(strstr(bench->sent[sent + 1].body, "often"));
  assert_non_null(strstr(bench->sent[sent + 1].body, "third"));
  assert_null(strstr(bench->sent[sent + 1].body, "away"));
}

static void a_slot_of_its_own_is_run_on_the_second(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\nschedule = @yearly\n" ACCOUNT("kimi") "schedule = @every 70s\n" CHANNEL("team"));
  begin(bench);
  fake_run(&bench->fake, 10 * MINUTE);
  int summaries = summaries_of(bench);
  assert_in_range(summaries, 9, 10);
  for (size_t i = 1; i < bench->sent_count; i++)
    assert_true(bench->sent[i].wall_ms % 70000 < 1000);
}

static void after_a_start_all_accounts_keep_to_their_own_slots(void **state) {
  struct bench *bench = *state;
  configure(bench,
            "[lowtide]\nschedule = 0 0 * * *\n" ACCOUNT("kimi") ACCOUNT("often") "schedule = 0 * * * *\n" CHANNEL("team"));
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(peer_of(bench, "kimi")->asks, 1);
  assert_int_equal(peer_of(bench, "often")->asks, 1);
  stop(bench);
  begin(bench);
  run_until(bench, MIDNIGHT + DAY - MINUTE);
  assert_int_equal(peer_of(bench, "kimi")->asks, 2);
  assert_int_equal(peer_of(bench, "often")->asks, 2 + 14);
}

/* --- slow vendors ------------------------------------------------------------------------------------------------ */

static void an_account_still_being_asked_is_not_asked_again(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\nschedule = @every 5s\n" ACCOUNT("kimi") CHANNEL("team"));
  peer_of(bench, "kimi")->delay_ms = 8000;
  begin(bench);
  int64_t asked_ms = 0;
  for (int i = 0; i < 600; i++) {
    fake_run(&bench->fake, 100);
    int64_t newest_ms = peer_of(bench, "kimi")->asked_mono_ms;
    if (newest_ms != asked_ms && asked_ms != 0) assert_true(newest_ms - asked_ms >= 8000);
    asked_ms = newest_ms;
  }
  assert_in_range(peer_of(bench, "kimi")->asks, 5, 7);
}

static void slots_that_a_slow_round_swallowed_are_not_told_as_away(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\nschedule = @every 5s\n" ACCOUNT("kimi") CHANNEL("team"));
  peer_of(bench, "kimi")->delay_ms = 8000;
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  assert_true(bench->sent_count >= 3);
  for (size_t i = 0; i < bench->sent_count; i++)
    assert_null(strstr(bench->sent[i].body, "away"));
}

/* --- a second process -------------------------------------------------------------------------------------------- */

static void two_daemons_on_one_store_run_each_slot_once(void **state) {
  struct bench *bench = *state;
  struct peer_process replica;
  const struct daemon_hooks hooks = {.ready = on_ready, .ended = on_ended, .context = bench};
  peer_process_init(&replica, &bench->fake);
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  struct daemon *other = daemon_start(&replica.world, bench->config, &hooks);
  fake_run(&bench->fake, MINUTE);
  int summaries = summaries_of(bench);
  int readings = count_readings(bench, NULL);
  fake_run(&bench->fake, 6 * HOUR);
  assert_int_equal(summaries_of(bench) - summaries, 6);
  assert_int_equal(count_readings(bench, NULL) - readings, 6);
  daemon_stop(other);
  fake_run(&bench->fake, 10000);
  daemon_free(other);
  peer_process_done(&replica);
}

/* --- clocks that jump -------------------------------------------------------------------------------------------- */

/* Three hours, a jump, two hours there, back to where time would be, three hours: each full hour that passes
 * is one slot, but for those that were run before.
 */
static void jump_there_and_back(struct bench *bench, int64_t by_ms, int expected_there, int expected_back) {
  begin(bench);
  run_until(bench, FAKE_START_MS + 3 * HOUR + 20 * MINUTE);
  size_t first = bench->sent_count;
  bench->fake.wall_ms += by_ms;
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(hours_posted(bench, first), expected_there);
  bench->fake.wall_ms -= by_ms;
  size_t back = bench->sent_count;
  fake_run(&bench->fake, 3 * HOUR);
  assert_int_equal(hours_posted(bench, back), expected_back);
  assert_int_equal(hours_posted(bench, 1), 3 + expected_there + expected_back);
}

static void an_hour_forward_and_back_loses_and_repeats_no_slot(void **state) {
  jump_there_and_back(*state, HOUR + 20 * MINUTE, 2, 2); /* three o'clock was run there */
}

static void an_hour_back_and_forward_loses_and_repeats_no_slot(void **state) {
  jump_there_and_back(*state, -HOUR, 1, 3); /* noon was run before */
}

static void a_day_forward_and_back_loses_and_repeats_no_slot(void **state) {
  jump_there_and_back(*state, DAY, 2, 3);
}

static void a_day_back_and_forward_loses_and_repeats_no_slot(void **state) {
  jump_there_and_back(*state, -DAY, 2, 3);
}

static void a_visit_to_1970_loses_and_repeats_no_slot(void **state) {
  jump_there_and_back(*state, -FAKE_START_MS, 2, 3);
}

static void a_visit_to_2038_loses_and_repeats_no_slot(void **state) {
  jump_there_and_back(*state, 2147483647000LL / DAY * DAY - MIDNIGHT, 2, 3);
}

static void a_day_that_is_lived_twice_posts_its_old_hours_once(void **state) {
  struct bench *bench = *state;
  begin(bench);
  run_until(bench, FAKE_START_MS + 5 * HOUR + 20 * MINUTE);
  size_t before = bench->sent_count;
  bench->fake.wall_ms -= 5 * HOUR;
  fake_run(&bench->fake, 5 * HOUR);
  assert_int_equal(bench->sent_count, before);
  fake_run(&bench->fake, 2 * HOUR);
  assert_int_equal(hours_posted(bench, 1), 7);
}

static void a_clock_that_is_set_a_little_every_hour_loses_no_slot(void **state) {
  struct bench *bench = *state;
  begin(bench);
  run_until(bench, FAKE_START_MS + 59 * MINUTE);
  for (int hour = 0; hour < 24; hour++) {
    bench->fake.wall_ms += hour % 2 == 0 ? 90000 : -90000; /* over the full hour, and back before it */
    fake_run(&bench->fake, HOUR);
  }
  assert_int_equal(summaries_of(bench), 1 + 24);
}

static void a_night_of_suspend_is_one_round_and_says_how_long(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, HOUR);
  int summaries = summaries_of(bench);
  bench->fake.wall_ms += 8 * HOUR;
  fake_run(&bench->fake, HOUR);
  assert_int_equal(summaries_of(bench), summaries + 1);
  assert_non_null(strstr(bench->sent[bench->sent_count - 1].body, "away for 9h"));
}

static void sixty_days_over_the_change_to_summer_time_run_each_slot_once(void **state) {
  struct bench *bench = *state;
  configure(bench, "[lowtide]\nschedule = 0 9 * * *\ntimezone = Europe/Berlin\n" ACCOUNT("kimi") CHANNEL("team"));
  run_until(bench, FAKE_START_MS + 32 * DAY);
  begin(bench);
  fake_run(&bench->fake, MINUTE);
  int first = summaries_of(bench);
  fake_run(&bench->fake, 35 * DAY); /* over the last Sunday of March */
  assert_int_equal(summaries_of(bench), first + 35);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_account_with_a_schedule_of_its_own_is_asked_then_and_only_then),
      TEST(schedules_that_meet_are_one_round_and_one_summary),
      TEST(after_a_start_all_accounts_keep_to_their_own_slots),
      TEST(an_account_still_being_asked_is_not_asked_again),
      TEST(slots_that_a_slow_round_swallowed_are_not_told_as_away),
      TEST(two_daemons_on_one_store_run_each_slot_once),
      TEST(an_hour_forward_and_back_loses_and_repeats_no_slot),
      TEST(an_hour_back_and_forward_loses_and_repeats_no_slot),
      TEST(a_day_forward_and_back_loses_and_repeats_no_slot),
      TEST(a_day_back_and_forward_loses_and_repeats_no_slot),
      TEST(a_visit_to_1970_loses_and_repeats_no_slot),
      TEST(a_visit_to_2038_loses_and_repeats_no_slot),
      TEST(a_day_that_is_lived_twice_posts_its_old_hours_once),
      TEST(a_clock_that_is_set_a_little_every_hour_loses_no_slot),
      TEST(a_night_of_suspend_is_one_round_and_says_how_long),
      TEST(sixty_days_over_the_change_to_summer_time_run_each_slot_once),
      TEST(a_slot_of_its_own_is_run_on_the_second),
  };
  return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
