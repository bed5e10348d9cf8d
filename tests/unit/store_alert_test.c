/* What the store keeps of alerts: what the rules remember, what a channel was told, grants, trends. */
#include "store_testing.h"

static const struct account_key kimi = {.account = "kimi", .provider = "moonshot"};

static struct alert_memory full_memory(void) {
  return (struct alert_memory){
      .low = {RANK_WARNING, RANK_CRITICAL, RANK_WARNING, RANK_CRITICAL, 7, NOON, 3},
      .stale = {RANK_WARNING, RANK_WARNING, RANK_NONE, RANK_WARNING, 2, NOON + 1, 1},
      .last_rank = RANK_CRITICAL,
      .last_told_ms = NOON + 2,
      .muted_until_ms = NOON + 3,
      .muted = RANK_WARNING,
      .unknown_since_ms = NOON + 4,
      .topups = 5,
      .suspect = amount_of(-12),
      .suspect_ms = NOON + 6,
  };
}

static struct alert_memory memory_of(struct store *store, const struct account_key *key) {
  struct alert_memory memory;
  assert_ok(store_alert_memory(store, key, &memory, &err));
  return memory;
}

static void keep(struct store *store, const struct alert_memory *memory) {
  begin(store);
  assert_ok(store_alert_memory_put(store, &kimi, memory, &err));
  commit(store);
}

static void what_the_rules_remember_comes_back_whole(void **state) {
  (void)state;
  struct store *store = open_writing();
  const struct alert_memory none = {0};
  const struct alert_memory kept = full_memory();
  struct alert_memory read = memory_of(store, &kimi);
  assert_true(alert_memory_same(&read, &none));
  keep(store, &none);
  keep(store, &kept);
  store_close(store);
  store = open_writing();
  read = memory_of(store, &kimi);
  assert_true(alert_memory_same(&read, &kept));
  assert_int_equal(read.suspect.nano, -12);
  store_close(store);
}

static void another_provider_begins_anew_but_counts_on(void **state) {
  (void)state;
  struct store *store = open_writing();
  const struct account_key moved = {.account = "kimi", .provider = "deepseek"};
  const struct alert_memory kept = full_memory();
  keep(store, &kept);
  struct alert_memory read = memory_of(store, &moved);
  assert_int_equal(read.low.told, RANK_NONE);
  assert_int_equal(read.low.episode, 7);
  assert_int_equal(read.stale.episode, 2);
  assert_int_equal(read.topups, 5);
  assert_int_equal(read.last_rank, RANK_NONE);
  assert_false(read.suspect.known);
  assert_int_equal(read.muted_until_ms, NOON + 3);
  store_close(store);
}

static void nothing_is_remembered_outside_a_job(void **state) {
  (void)state;
  struct store *store = open_writing();
  const struct alert_memory kept = full_memory();
  const struct told_alert told = {"team", "low:kimi:1:warning", "kimi", "alert:1", NOON, "low"};
  bool fresh = false;
  assert_false(store_alert_memory_put(store, &kimi, &kept, &err));
  assert_false(store_alert_told(store, &told, &fresh, &err));
  assert_false(store_grant_told(store, 1, 7, &err));
  store_close(store);
}

/* The memory of the first schema. */
static void what_was_told_before_is_known_after_the_migration(void **state) {
  (void)state;
  const char *const first[] = {migrate_steps[0], NULL};
  struct store *store = NULL;
  assert_ok(store_open_with(folder, STORE_WRITE, first, &store, &err));
  assert_ok(db_exec(store, "INSERT INTO account_state VALUES (1, 'kimi', 'moonshot', 0, 0, 0, 0, 2, 4)", &err));
  store_close(store);
  store = open_writing();
  struct alert_memory read = memory_of(store, &kimi);
  assert_int_equal(read.low.told, RANK_CRITICAL);
  assert_int_equal(read.low.peak, RANK_CRITICAL);
  assert_int_equal(read.low.episode, 4);
  assert_int_equal(read.stale.told, RANK_NONE);
  store_close(store);
}

/* --- what a channel was told ---------------------------------------------------------------------------------------- */

static bool tell(struct store *store, const char *channel, const char *alert, const char *message) {
  const struct told_alert told = {channel, alert, "kimi", message, NOON, alert};
  bool fresh = false;
  begin(store);
  assert_ok(store_alert_told(store, &told, &fresh, &err));
  commit(store);
  return fresh;
}

static bool join(void *context, const struct told_alert *told) {
  char *all = context;
  size_t length = strlen(all);
  (void)text_fmt(all + length, 256 - length, "%s/%s ", told->alert, told->line);
  return strlen(all) < 40;
}

static void an_alert_is_told_once_a_channel(void **state) {
  (void)state;
  struct store *store = open_writing();
  char all[256] = "";
  assert_true(tell(store, "team", "low:kimi:1:warning", "alert:1"));
  assert_false(tell(store, "team", "low:kimi:1:warning", "alert:2"));
  assert_true(tell(store, "other", "low:kimi:1:warning", "alert:1"));
  assert_true(tell(store, "team", "low:kimi:1:critical", "alert:1"));
  assert_ok(store_alerts_of(store, "team", "alert:1", join, all, &err));
  assert_string_equal(all, "low:kimi:1:warning/low:kimi:1:warning low:kimi:1:critical/low:kimi:1:critical ");
  all[0] = '\0';
  assert_ok(store_alerts_of(store, "team", "alert:2", join, all, &err));
  assert_string_equal(all, "");
  store_close(store);
}

static void what_was_told_goes_with_its_message(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct cleanup_chunk chunk = {.before_ms = NOON + HOUR, .limit = 100};
  (void)tell(store, "team", "low:kimi:1:warning", "alert:1");
  (void)tell(store, "team", "low:kimi:2:warning", "alert:2");
  begin(store);
  const struct outbox_row row = {.kind = "alert", .key = "alert:2", .channel = "team", .created_ms = NOON + 2 * HOUR};
  bool fresh = false;
  assert_ok(store_outbox_add(store, &row, &fresh, &err));
  assert_ok(store_cleanup(store, &chunk, &err));
  commit(store);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM outbox_alert"), 1);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM outbox_alert WHERE message = 'alert:2'"), 1);
  store_close(store);
}

/* --- grants ---------------------------------------------------------------------------------------------------------- */

static void add_grant(struct store *store, int64_t cents, int64_t expires_ms) {
  const struct note note = {.account = "kimi",
                            .unit = "USD",
                            .kind = NOTE_TOPUP,
                            .nano = cents * (MONEY_NANO / 100),
                            .time_ms = NOON,
                            .expires_ms = expires_ms};
  begin(store);
  assert_ok(store_note_add(store, &note, &err));
  commit(store);
}

static void grants_that_run_out_come_the_first_first(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct grants grants;
  add_grant(store, 300, NOON + 3 * HOUR);
  add_grant(store, 100, NOON + HOUR);
  add_grant(store, 200, NOON + 2 * HOUR);
  add_grant(store, 900, 0); /* never runs out */
  assert_ok(store_grants(store, "kimi", "USD", NOON + HOUR, &grants, &err));
  assert_int_equal(grants.count, 2);
  assert_int_equal(grants.list[0].nano, 2 * MONEY_NANO);
  assert_int_equal(grants.list[0].noted_ms, NOON);
  assert_int_equal(grants.list[1].expires_ms, NOON + 3 * HOUR);
  begin(store);
  assert_ok(store_grant_told(store, grants.list[0].id, 7, &err));
  commit(store);
  assert_ok(store_grants(store, "kimi", "USD", NOON, &grants, &err));
  assert_int_equal(grants.count, 3);
  assert_int_equal(grants.list[0].told_days, 0);
  assert_int_equal(grants.list[1].told_days, 7);
  assert_ok(store_grants(store, "kimi", "EUR", NOON, &grants, &err));
  assert_int_equal(grants.count, 0);
  for (int i = 0; i < GRANTS_MAX; i++)
    add_grant(store, 1, NOON + 5 * HOUR);
  assert_ok(store_grants(store, "kimi", "USD", NOON, &grants, &err));
  assert_int_equal(grants.count, GRANTS_MAX);
  store_close(store);
}

/* --- trends ---------------------------------------------------------------------------------------------------------- */

static struct trend trend_now(struct store *store, const struct account_key *key) {
  struct trend trend;
  assert_ok(store_trend(store, key, NOON + 24 * HOUR, &trend, &err));
  return trend;
}

static void a_trend_that_is_not_kept_is_built_from_history(void **state) {
  (void)state;
  struct store *store = open_writing();
  assert_false(trend_now(store, &kimi).begun);
  add_reading(store, "kimi", usd(NOON, 500), LEVEL_OK);
  add_reading(store, "kimi", usd(NOON + HOUR, 400), LEVEL_OK);
  struct trend trend = trend_now(store, &kimi);
  assert_true(trend.begun);
  assert_int_equal(trend.left.nano, 4 * MONEY_NANO);
  store_close(store);
}

static void a_kept_trend_is_the_providers_and_an_import_ends_it(void **state) {
  (void)state;
  struct store *store = open_writing();
  const struct account_key moved = {.account = "kimi", .provider = "deepseek"};
  const struct reading reading = usd(NOON, 700);
  const struct reading old = usd(NOON - HOUR, 900);
  struct trend trend = {0};
  bool fresh = false;
  trend_update(&trend, &reading);
  begin(store);
  assert_ok(store_trend_put(store, &kimi, &trend, &err));
  commit(store);
  assert_int_equal(trend_now(store, &kimi).left.nano, 7 * MONEY_NANO);
  assert_false(trend_now(store, &moved).begun);
  begin(store);
  assert_ok(store_import_add(store, &kimi, &old, LEVEL_OK, &fresh, &err));
  commit(store);
  assert_int_equal(trend_now(store, &kimi).left.nano, 9 * MONEY_NANO);
  store_close(store);
}

static void a_damaged_trend_is_an_empty_one(void **state) {
  (void)state;
  struct store *store = open_writing();
  assert_ok(db_exec(store, "INSERT INTO trend VALUES ('kimi', 'moonshot', 'nonsense')", &err));
  assert_false(trend_now(store, &kimi).begun);
  store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_test_folder, remove_test_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(what_the_rules_remember_comes_back_whole),
      TEST(another_provider_begins_anew_but_counts_on),
      TEST(nothing_is_remembered_outside_a_job),
      TEST(what_was_told_before_is_known_after_the_migration),
      TEST(an_alert_is_told_once_a_channel),
      TEST(what_was_told_goes_with_its_message),
      TEST(grants_that_run_out_come_the_first_first),
      TEST(a_trend_that_is_not_kept_is_built_from_history),
      TEST(a_kept_trend_is_the_providers_and_an_import_ends_it),
      TEST(a_damaged_trend_is_an_empty_one),
  };
  return cmocka_run_group_tests_name("store_alert", tests, NULL, NULL);
}
