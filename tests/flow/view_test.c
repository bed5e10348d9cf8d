/* How all accounts stand, as the daemon keeps it for those who ask, and early turns for those who press Refresh. */
#include "fake/bench.h"
#include "flow/view_make.h"

#define TWO HOURLY ACCOUNT("kimi") ACCOUNT("other") CHANNEL("team")

static const struct standing *standing(struct bench *bench, const char *account) {
  const struct standing *found = view_standing(daemon_view(bench->daemon), account);
  assert_non_null(found);
  return found;
}

static int64_t nano(struct bench *bench, const char *account) {
  return standing(bench, account)->reading.available.nano;
}

/* --- the view ------------------------------------------------------------------------------------------------------ */

static void before_anything_is_known_every_account_is_there_as_unknown(void **state) {
  struct bench *bench = *state;
  configure(bench, TWO "[account bare]\nprovider = moonshot\n");
  begin(bench);
  assert_int_equal(daemon_view(bench->daemon)->count, 3);
  assert_int_equal(standing(bench, "kimi")->reading.asked_ms, 0);
  assert_int_equal(standing(bench, "kimi")->level, LEVEL_UNKNOWN);
  assert_string_equal(standing(bench, "kimi")->reading.detail, "not asked yet");
  assert_int_equal(standing(bench, "bare")->reading.code, ERR_NOT_CONFIGURED);
  assert_null(view_standing(daemon_view(bench->daemon), "nobody"));
}

static void at_the_start_the_view_is_what_the_store_knows(void **state) {
  struct bench *bench = *state;
  run_slot(bench, 0);
  peer_of(bench, "kimi")->delay_ms = 5000;
  begin(bench);
  fake_run(&bench->fake, 1000);
  assert_int_equal(bench->ready, 0);
  assert_int_equal(nano(bench, "kimi"), 12340000000);
  assert_int_equal(standing(bench, "kimi")->level, LEVEL_OK);
}

static void each_round_is_in_the_view_when_it_is_over(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, 1000);
  assert_int_equal(nano(bench, "kimi"), 12340000000);
  peer_of(bench, "kimi")->cents = 420;
  run_until(bench, FAKE_START_MS + HOUR + MINUTE);
  assert_int_equal(nano(bench, "kimi"), 4200000000);
  assert_int_equal(standing(bench, "kimi")->level, LEVEL_WARNING);
}

static void what_fails_is_unknown_and_keeps_the_last_known(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, 1000);
  peer_of(bench, "kimi")->status = 503;
  run_until(bench, FAKE_START_MS + HOUR + MINUTE);
  assert_int_equal(standing(bench, "kimi")->level, LEVEL_UNKNOWN);
  assert_int_equal(standing(bench, "kimi")->last_known.available.nano, 12340000000);
}

static void what_is_not_recorded_is_not_in_the_view(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, 1000);
  peer_of(bench, "kimi")->cents = 420;
  bench->fake.store_is_broken = true;
  hush(true);
  run_until(bench, FAKE_START_MS + HOUR + MINUTE);
  hush(false);
  assert_int_equal(nano(bench, "kimi"), 12340000000);
}

static void what_somebody_keeps_does_not_change_under_him(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, 1000);
  struct view *kept = view_keep(daemon_view(bench->daemon));
  peer_of(bench, "kimi")->cents = 420;
  run_until(bench, FAKE_START_MS + HOUR + MINUTE);
  assert_int_equal(view_standing(kept, "kimi")->reading.available.nano, 12340000000);
  assert_int_equal(nano(bench, "kimi"), 4200000000);
  view_release(kept);
}

static void a_reload_keeps_what_is_known_and_judges_it_anew(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, 1000);
  reload_to(bench, "[lowtide]\nschedule = @daily\n" ACCOUNT("new")
                       ACCOUNT("kimi") "warning = 20\ncritical = 13\n" CHANNEL("team"));
  assert_int_equal(daemon_view(bench->daemon)->count, 2);
  assert_int_equal(nano(bench, "kimi"), 12340000000);
  assert_int_equal(standing(bench, "kimi")->level, LEVEL_CRITICAL);
  assert_int_equal(standing(bench, "new")->reading.asked_ms, 0);
}

static void another_provider_is_another_account(void **state) {
  struct bench *bench = *state;
  begin(bench);
  fake_run(&bench->fake, 1000);
  reload_to(bench, "[lowtide]\nschedule = @daily\n[account kimi]\nprovider = deepseek\nkey = k\n"
                   "base_url = http://127.0.0.1:1/kimi\n" CHANNEL("team"));
  fake_run(&bench->fake, 1000);
  assert_int_equal(standing(bench, "kimi")->reading.asked_ms, 0);
}

static void a_round_of_the_config_before_is_in_the_view_of_the_new_one(void **state) {
  struct bench *bench = *state;
  configure(bench, TWO);
  peer_of(bench, "kimi")->delay_ms = 3000;
  begin(bench);
  fake_run(&bench->fake, 1000);
  reload_to(bench, HOURLY ACCOUNT("other") ACCOUNT("kimi") CHANNEL("team"));
  fake_run(&bench->fake, 5000);
  assert_int_equal(nano(bench, "kimi"), 12340000000);
  const struct view *view = daemon_view(bench->daemon);
  assert_ptr_equal(standing(bench, "kimi")->account, &view->config->accounts[1]);
}

/* --- told later than read ------------------------------------------------------------------------------------------ */

static struct standing read_at(const struct account *account, int64_t asked_ms, int64_t runway_ms) {
  const struct reading reading = {
      .asked_ms = asked_ms, .time_ms = asked_ms, .available = amount_of(6 * MONEY_NANO), .unit = "USD"};
  struct standing standing = standing_of(account, &reading, NULL, LEVEL_UNKNOWN);
  standing_lasts(&standing, runway_ms);
  return standing;
}

static void what_was_read_long_ago_is_stale_when_it_is_told(void **state) {
  const struct bench *bench = *state;
  const struct account *account = &bench->config->accounts[0];
  const struct standing read = read_at(account, 1000, -1);
  const struct standing young = standing_now(&read, 1000 + account->stale_after_ms);
  const struct standing old = standing_now(&read, 1001 + account->stale_after_ms);
  assert_int_equal(young.level, LEVEL_OK);
  assert_int_equal(old.level, LEVEL_UNKNOWN);
  assert_int_equal(old.reading.code, ERR_STALE);
  assert_int_equal(old.last_known.available.nano, 6 * MONEY_NANO);
  assert_int_equal(old.last_level, LEVEL_OK);
  assert_int_equal(old.runway_ms, -1);
}

static void what_the_store_told_late_is_not_put_over_what_is_newer(void **state) {
  const struct bench *bench = *state;
  const struct account *account = &bench->config->accounts[0];
  struct view *view = view_new(bench->config, NULL);
  const struct standing newer = read_at(account, 5000, -1);
  struct standing older = read_at(account, 4000, -1);
  older.reading.available = amount_of(MONEY_NANO);
  struct view_news news = {.config = bench->config, .standings = &newer, .count = 1, .now_ms = 6000, .only_newer = true};
  view = view_learn(view, &news);
  news.standings = &older;
  view = view_learn(view, &news);
  assert_int_equal(view->standings[0].reading.available.nano, 6 * MONEY_NANO);
  news.only_newer = false;
  view = view_learn(view, &news);
  assert_int_equal(view->standings[0].reading.available.nano, MONEY_NANO);
  view_release(view);
}

static void another_past_of_the_same_reading_is_another_runway(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") "warning_runway = 2h\n");
  const struct account *account = &bench->config->accounts[0];
  struct view *view = view_new(bench->config, NULL);
  const struct standing read = read_at(account, 5000, 9 * HOUR);
  const struct standing again = read_at(account, 5000, HOUR);
  struct view_news news = {.config = bench->config, .standings = &read, .count = 1, .now_ms = 6000};
  view = view_learn(view, &news);
  news.standings = &again;
  news.only_newer = true;
  view = view_learn(view, &news);
  assert_int_equal(view->standings[0].runway_ms, HOUR + 1000);
  assert_int_equal(view->standings[0].level, LEVEL_WARNING);
  news.standings = &read;
  view = view_learn(view, &news);
  assert_int_equal(view->standings[0].level, LEVEL_OK);
  view_release(view);
}

static void a_mute_is_of_the_same_reading_and_of_the_next_config(void **state) {
  struct bench *bench = *state;
  struct view *view = view_new(bench->config, NULL);
  const struct reading reading = {.asked_ms = 5000, .time_ms = 5000, .available = amount_of(9 * MONEY_NANO), .unit = "USD"};
  struct standing read = standing_of(&bench->config->accounts[0], &reading, NULL, LEVEL_UNKNOWN);
  struct view_news news = {.config = bench->config, .standings = &read, .count = 1, .now_ms = 6000, .only_newer = true};
  view = view_learn(view, &news);
  assert_int_equal(view->standings[0].muted_until_ms, 0);
  read.muted_until_ms = 70000;
  view = view_learn(view, &news);
  assert_int_equal(view->standings[0].muted_until_ms, 70000);
  struct view *next = view_new(bench->config, view);
  assert_int_equal(next->standings[0].muted_until_ms, 70000);
  view_release(view);
  view_release(next);
}

static void a_runway_grows_shorter_until_it_is_told(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT("kimi") "warning_runway = 2h\n");
  const struct standing read = read_at(&bench->config->accounts[0], 1000, 3 * HOUR);
  assert_int_equal(read.level, LEVEL_OK);
  const struct standing later = standing_now(&read, 1000 + HOUR + MINUTE);
  assert_int_equal(later.runway_ms, 2 * HOUR - MINUTE);
  assert_int_equal(later.level, LEVEL_WARNING);
}

/* --- early turns --------------------------------------------------------------------------------------------------- */

struct told {
  int times;
  struct err err;
};

static void tell(void *context, const struct err *err) {
  struct told *told = context;
  told->times++;
  told->err = *err;
}

static void refresh(struct bench *bench, const char *account, struct told *told) {
  const struct account *accounts[] = {config_account(daemon_view(bench->daemon)->config, account)};
  daemon_refresh(bench->daemon, accounts, 1, tell, told);
}

static void settle_at_the_start(struct bench *bench) {
  configure(bench, TWO);
  begin(bench);
  fake_run(&bench->fake, MINUTE);
}

static void a_refresh_asks_only_what_it_names_and_posts_nothing(void **state) {
  struct bench *bench = *state;
  struct told told = {0};
  settle_at_the_start(bench);
  peer_of(bench, "kimi")->cents = 5000;
  refresh(bench, "kimi", &told);
  assert_int_equal(told.times, 0);
  fake_run(&bench->fake, 1000);
  assert_int_equal(told.times, 1);
  assert_int_equal(told.err.code, ERR_NONE);
  assert_int_equal(nano(bench, "kimi"), 50000000000);
  assert_int_equal(peer_of(bench, "kimi")->asks, 2);
  assert_int_equal(peer_of(bench, "other")->asks, 1);
  assert_int_equal(peer_of(bench, "team")->summaries, 1);
}

static void a_refresh_tells_what_is_low(void **state) {
  struct bench *bench = *state;
  struct told told = {0};
  settle_at_the_start(bench);
  peer_of(bench, "kimi")->cents = 420;
  refresh(bench, "kimi", &told);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(peer_of(bench, "team")->alerts, 1);
}

static void two_refreshes_share_one_asking(void **state) {
  struct bench *bench = *state;
  struct told told[2] = {{0}};
  settle_at_the_start(bench);
  peer_of(bench, "kimi")->delay_ms = 3000;
  refresh(bench, "kimi", &told[0]);
  fake_run(&bench->fake, 1000);
  refresh(bench, "kimi", &told[1]);
  fake_run(&bench->fake, 1000);
  assert_int_equal(told[1].times, 0);
  fake_run(&bench->fake, 5000);
  assert_int_equal(told[0].times, 1);
  assert_int_equal(told[1].times, 1);
  assert_int_equal(peer_of(bench, "kimi")->asks, 2);
}

static void a_refresh_joins_the_round_of_a_slot(void **state) {
  struct bench *bench = *state;
  struct told told = {0};
  settle_at_the_start(bench);
  peer_of(bench, "kimi")->delay_ms = 3000;
  run_until(bench, FAKE_START_MS + HOUR + 1000);
  refresh(bench, "kimi", &told);
  fake_run(&bench->fake, 5000);
  assert_int_equal(told.times, 1);
  assert_int_equal(peer_of(bench, "kimi")->asks, 2);
}

static void what_was_read_a_moment_ago_is_fresh(void **state) {
  struct bench *bench = *state;
  struct told told = {0};
  settle_at_the_start(bench);
  refresh(bench, "kimi", &told);
  fake_run(&bench->fake, 5000);
  refresh(bench, "kimi", &told);
  assert_int_equal(told.times, 1);
  fake_run(&bench->fake, 10);
  assert_int_equal(told.times, 2);
  assert_int_equal(peer_of(bench, "kimi")->asks, 2);
  fake_run(&bench->fake, 5000);
  refresh(bench, "kimi", &told);
  fake_run(&bench->fake, 5000);
  assert_int_equal(peer_of(bench, "kimi")->asks, 3);
}

static void a_refresh_that_cannot_be_recorded_says_so(void **state) {
  struct bench *bench = *state;
  struct told told = {0};
  settle_at_the_start(bench);
  bench->fake.store_is_broken = true;
  hush(true);
  refresh(bench, "kimi", &told);
  fake_run(&bench->fake, 5000);
  hush(false);
  assert_int_equal(told.times, 1);
  assert_int_equal(told.err.code, ERR_STORE);
}

static void a_refresh_of_a_config_before_is_answered(void **state) {
  struct bench *bench = *state;
  struct told told[2] = {{0}};
  settle_at_the_start(bench);
  peer_of(bench, "kimi")->delay_ms = 3000;
  refresh(bench, "kimi", &told[0]);
  fake_run(&bench->fake, 1000);
  reload_to(bench, HOURLY ACCOUNT("kimi") CHANNEL("team"));
  refresh(bench, "kimi", &told[1]);
  fake_run(&bench->fake, 5000);
  assert_int_equal(told[0].times, 1);
  assert_int_equal(told[1].times, 1);
  assert_int_equal(peer_of(bench, "kimi")->asks, 2);
}

static void a_daemon_that_stops_answers_whoever_waits(void **state) {
  struct bench *bench = *state;
  struct told told[3] = {{0}};
  settle_at_the_start(bench);
  peer_of(bench, "kimi")->delay_ms = 2000;
  refresh(bench, "kimi", &told[0]);
  fake_run(&bench->fake, 1000);
  daemon_stop(bench->daemon);
  refresh(bench, "other", &told[1]);
  fake_run(&bench->fake, 10);
  assert_int_equal(told[1].times, 1);
  assert_int_not_equal(told[1].err.code, ERR_NONE);
  fake_run(&bench->fake, 5000);
  assert_int_equal(told[0].times, 1);
  assert_int_equal(told[0].err.code, ERR_NONE);
  refresh(bench, "other", &told[2]);
  daemon_free(bench->daemon);
  bench->daemon = NULL;
  assert_int_equal(told[2].times, 1);
  assert_int_not_equal(told[2].err.code, ERR_NONE);
}

static void a_daemon_out_of_patience_answers_whoever_waits(void **state) {
  struct bench *bench = *state;
  struct told told = {0};
  settle_at_the_start(bench);
  peer_of(bench, "kimi")->delay_ms = 60000;
  refresh(bench, "kimi", &told);
  fake_run(&bench->fake, 100);
  daemon_stop(bench->daemon);
  fake_run(&bench->fake, DAEMON_PATIENCE_MS + 10);
  assert_int_equal(bench->ended, 1);
  assert_int_equal(told.times, 1);
  assert_int_not_equal(told.err.code, ERR_NONE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(before_anything_is_known_every_account_is_there_as_unknown),
      TEST(at_the_start_the_view_is_what_the_store_knows),
      TEST(each_round_is_in_the_view_when_it_is_over),
      TEST(what_fails_is_unknown_and_keeps_the_last_known),
      TEST(what_is_not_recorded_is_not_in_the_view),
      TEST(what_somebody_keeps_does_not_change_under_him),
      TEST(a_reload_keeps_what_is_known_and_judges_it_anew),
      TEST(another_provider_is_another_account),
      TEST(a_round_of_the_config_before_is_in_the_view_of_the_new_one),
      TEST(what_was_read_long_ago_is_stale_when_it_is_told),
      TEST(what_the_store_told_late_is_not_put_over_what_is_newer),
      TEST(another_past_of_the_same_reading_is_another_runway),
      TEST(a_mute_is_of_the_same_reading_and_of_the_next_config),
      TEST(a_runway_grows_shorter_until_it_is_told),
      TEST(a_refresh_asks_only_what_it_names_and_posts_nothing),
      TEST(a_refresh_tells_what_is_low),
      TEST(two_refreshes_share_one_asking),
      TEST(a_refresh_joins_the_round_of_a_slot),
      TEST(what_was_read_a_moment_ago_is_fresh),
      TEST(a_refresh_that_cannot_be_recorded_says_so),
      TEST(a_refresh_of_a_config_before_is_answered),
      TEST(a_daemon_that_stops_answers_whoever_waits),
      TEST(a_daemon_out_of_patience_answers_whoever_waits),
  };
  return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
