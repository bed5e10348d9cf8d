/* What the doors remember in the store: interactions, and texts by name. */
#include "store_testing.h"

static bool add(struct store *store, const char *key, int64_t now_ms) {
  bool fresh = false;
  begin(store);
  assert_ok(store_interaction_add(store, key, now_ms, &fresh, &err));
  commit(store);
  return fresh;
}

static void an_interaction_is_fresh_once_and_over_a_restart(void **state) {
  (void)state;
  struct store *store = open_writing();
  assert_true(add(store, "discord:1", NOON));
  assert_false(add(store, "discord:1", NOON + 1));
  assert_true(add(store, "discord:2", NOON + 1));
  store_close(store);
  store = open_writing();
  assert_false(add(store, "discord:1", NOON + HOUR));
  store_close(store);
}

static void an_interaction_is_forgotten_after_a_day(void **state) {
  (void)state;
  struct store *store = open_writing();
  assert_true(add(store, "discord:1", NOON));
  assert_true(add(store, "discord:2", NOON + 24 * HOUR));
  assert_false(add(store, "discord:1", NOON + 24 * HOUR));
  assert_true(add(store, "discord:3", NOON + 24 * HOUR + 1));
  assert_true(add(store, "discord:1", NOON + 24 * HOUR + 2));
  store_close(store);
}

static void an_interaction_of_a_job_that_fails_was_never_there(void **state) {
  (void)state;
  struct store *store = open_writing();
  bool fresh = false;
  assert_false(store_interaction_add(store, "discord:1", NOON, &fresh, &err));
  begin(store);
  assert_ok(store_interaction_add(store, "discord:1", NOON, &fresh, &err));
  db_roll_back(store);
  assert_true(add(store, "discord:1", NOON));
  store_close(store);
}

static void a_memo_is_what_was_put_last(void **state) {
  (void)state;
  char text[STORE_MEMO_MAX] = "x";
  struct store *store = open_writing();
  assert_ok(store_memo(store, "gateway", text, &err));
  assert_string_equal(text, "");
  begin(store);
  assert_ok(store_memo_put(store, "gateway", "one", &err));
  assert_ok(store_memo_put(store, "gateway", "two", &err));
  assert_ok(store_memo_put(store, "other", "three", &err));
  commit(store);
  assert_ok(store_memo(store, "gateway", text, &err));
  assert_string_equal(text, "two");
  assert_ok(store_memo(store, "none", text, &err));
  assert_string_equal(text, "");
  store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_test_folder, remove_test_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_interaction_is_fresh_once_and_over_a_restart),
      TEST(an_interaction_is_forgotten_after_a_day),
      TEST(an_interaction_of_a_job_that_fails_was_never_there),
      TEST(a_memo_is_what_was_put_last),
  };
  return cmocka_run_group_tests_name("store: chats", tests, NULL, NULL);
}
