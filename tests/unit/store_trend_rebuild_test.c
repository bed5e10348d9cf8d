#include "store_testing.h"

static void trends_come_from_each_account_s_own_history(void **state) {
  (void)state;
  static const char *const names[] = {"nobody", "claude", "kimi", NULL};
  struct store *store = open_writing();
  struct trend trends[3];
  struct trend by_hand = {0};
  for (int hour = 0; hour < 50; hour++) {
    struct reading kimi = usd(NOON + hour * HOUR, 100000 - hour * 10);
    add_reading(store, "kimi", kimi, LEVEL_OK);
    add_reading(store, "claude", usd(NOON + hour * HOUR, 50000 - hour), LEVEL_OK);
    add_reading(store, "other", usd(NOON + hour * HOUR, 7), LEVEL_OK);
    trend_update(&by_hand, &kimi);
  }
  memset(trends, 1, sizeof trends);
  assert_ok(store_trends_rebuild(store, names, NOON + 50 * HOUR, trends, &err));
  assert_false(trends[0].begun);
  assert_int_equal(trends[1].left.nano, (50000 - 49) * (MONEY_NANO / 100));
  assert_int_equal(trends[2].time_ms, by_hand.time_ms);
  assert_memory_equal(trends[2].spent_nano, by_hand.spent_nano, sizeof by_hand.spent_nano);
  assert_memory_equal(trends[2].watched_s, by_hand.watched_s, sizeof by_hand.watched_s);
  store_close(store);
}

static void only_the_last_weeks_are_read_and_nothing_of_the_future(void **state) {
  (void)state;
  static const char *const names[] = {"kimi", NULL};
  static const char *const nobody[] = {NULL};
  struct store *store = open_writing();
  struct trend trend;
  add_reading(store, "kimi", usd(NOON - 60 * 24 * HOUR, 900), LEVEL_OK);
  add_reading(store, "kimi", usd(NOON - HOUR, 700), LEVEL_OK);
  add_reading(store, "kimi", usd(NOON + HOUR, 500), LEVEL_OK);
  assert_ok(store_trends_rebuild(store, names, NOON, &trend, &err));
  assert_int_equal(trend.time_ms, NOON - HOUR);
  assert_int_equal(trend.until_ms, NOON - HOUR);
  for (int i = 0; i < TREND_BLOCKS; i++)
    assert_int_equal(trend.watched_s[i], 0);
  assert_ok(store_trends_rebuild(store, nobody, NOON, NULL, &err));
  store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(trends_come_from_each_account_s_own_history, make_test_folder, remove_test_folder),
      cmocka_unit_test_setup_teardown(only_the_last_weeks_are_read_and_nothing_of_the_future, make_test_folder,
                                      remove_test_folder),
  };
  return cmocka_run_group_tests_name("store: trends from history", tests, NULL, NULL);
}
