/* What other processes write beside a daemon: it is in the view at once, and told where it may be told now. */
#include "fake/bench.h"
#include "lowtide/rule.h"

#define DAILY "[lowtide]\nschedule = 0 9 * * *\n"
#define NOTES "[account notes]\nprovider = manual\nlabel = Notes\nlog = none\n"
#define PUSHED "[account pushed]\nprovider = push\nlabel = Pushed\nlog = none\n"
#define SOON 1000

static struct peer *kimi(struct bench *bench) {
  return peer_of(bench, "kimi");
}

static int64_t nano(struct bench *bench, const char *account) {
  const struct standing *standing = view_standing(daemon_view(bench->daemon), account);
  assert_non_null(standing);
  return standing->reading.available.nano;
}

static int seen;

static void on_seen(void *context) {
  (void)context;
  seen++;
}

static void watch(struct bench *bench, const char *config) {
  const struct daemon_hooks hooks = {.ready = on_ready, .ended = on_ended, .seen = on_seen, .context = bench};
  seen = 0;
  configure(bench, config);
  bench->daemon = daemon_start(&bench->fake.world, bench->config, &hooks);
  fake_run(&bench->fake, MINUTE);
}

/* --- what others write ------------------------------------------------------------------------------------------------ */

static bool change_memory(struct store *store, void (*word)(struct alert_memory *, int64_t), int64_t now_ms,
                          struct err *err) {
  const struct account_key key = {.account = "kimi", .provider = "moonshot"};
  struct alert_memory memory;
  if (!store_alert_memory(store, &key, &memory, err)) return false;
  word(&memory, now_ms);
  return store_alert_memory_put(store, &key, &memory, err);
}

static void mute_word(struct alert_memory *memory, int64_t now_ms) {
  (void)alert_mute(memory, now_ms + 3 * DAY);
}

static void unmute_word(struct alert_memory *memory, int64_t now_ms) {
  (void)now_ms;
  alert_unmute(memory);
}

static bool mute_job(struct store *store, void *context, struct err *err) {
  const struct bench *bench = context;
  return change_memory(store, mute_word, bench->fake.wall_ms, err);
}

static bool unmute_job(struct store *store, void *context, struct err *err) {
  const struct bench *bench = context;
  return change_memory(store, unmute_word, bench->fake.wall_ms, err);
}

static void beside(struct bench *bench, store_job *job, void *context) {
  assert_ok(store_do(bench->fake.store, job, context, &bench->err));
  if (bench->daemon != NULL) daemon_nudge(bench->daemon);
}

static bool note_job(struct store *store, void *context, struct err *err) {
  return store_note_add(store, context, err);
}

static void note(struct bench *bench, int64_t dollars) {
  struct note added = {.account = "notes", .unit = "USD", .nano = dollars * 1000000000, .time_ms = bench->fake.wall_ms};
  beside(bench, note_job, &added);
}

static bool push_job(struct store *store, void *context, struct err *err) {
  bool fresh = false;
  return store_push_put(store, context, &fresh, err);
}

static void push(struct bench *bench, int64_t dollars, int64_t time_ms) {
  struct push_note handed = {.account = "pushed", .unit = "USD", .now_ms = bench->fake.wall_ms};
  handed.push = (struct push){.available = amount_of(dollars * 1000000000), .time_ms = time_ms};
  beside(bench, push_job, &handed);
}

/* A whole round of another process, as `lowtide update` makes one. */
static void update(struct bench *bench) {
  run_slot(bench, 0);
  daemon_nudge(bench->daemon);
}

/* --- told at once ---------------------------------------------------------------------------------------------------- */

static void keep_a_warning_back(struct bench *bench) {
  watch(bench, DAILY ACCOUNT("kimi") CHANNEL("team"));
  beside(bench, mute_job, bench);
  kimi(bench)->cents = 420;
  daemon_look(bench->daemon, &bench->config->accounts[0]);
  fake_run(&bench->fake, MINUTE);
  assert_int_equal(memory_of(bench, "kimi").low.held, RANK_WARNING);
  assert_int_equal(peer_of(bench, "team")->alerts, 0);
}

static void an_unmute_beside_the_daemon_tells_what_was_kept_back(void **state) {
  struct bench *bench = *state;
  keep_a_warning_back(bench);
  int asks = kimi(bench)->asks;
  beside(bench, unmute_job, bench);
  fake_run(&bench->fake, SOON);
  assert_int_equal(count_sent(bench, "kimi credits low! Available: $4.20", NULL), 1);
  assert_int_equal(kimi(bench)->asks, asks + 1);
  assert_int_equal(peer_of(bench, "team")->summaries, 1); /* of the start */
}

static void an_unmute_while_the_vendor_is_down_has_it_asked_once(void **state) {
  struct bench *bench = *state;
  keep_a_warning_back(bench);
  kimi(bench)->status = 503;
  daemon_look(bench->daemon, &bench->config->accounts[0]);
  fake_run(&bench->fake, MINUTE);
  kimi(bench)->status = 200;
  int asks = kimi(bench)->asks;
  beside(bench, unmute_job, bench);
  fake_run(&bench->fake, SOON);
  assert_int_equal(kimi(bench)->asks, asks + 1);
  assert_int_equal(peer_of(bench, "team")->alerts, 1);
}

static void where_nothing_is_due_nobody_is_asked(void **state) {
  struct bench *bench = *state;
  keep_a_warning_back(bench);
  int asks = kimi(bench)->asks;
  int64_t readings = count_readings(bench, NULL);
  seen = 0;
  for (int i = 0; i < 20; i++) {
    daemon_nudge(bench->daemon);
    fake_run(&bench->fake, SOON);
  }
  assert_int_equal(seen, 20);
  assert_int_equal(kimi(bench)->asks, asks);
  assert_int_equal(count_readings(bench, NULL), readings);
}

static void what_another_process_keeps_back_is_looked_at_when_that_ends(void **state) {
  struct bench *bench = *state;
  watch(bench, DAILY "quiet = 09:00-11:00\n" ACCOUNT("kimi") CHANNEL("team"));
  kimi(bench)->cents = 420;
  update(bench);
  assert_int_equal(memory_of(bench, "kimi").low.held, RANK_WARNING);
  int asks = kimi(bench)->asks;
  run_until(bench, FAKE_START_MS + 2 * HOUR - MINUTE);
  assert_int_equal(kimi(bench)->asks, asks);
  run_until(bench, FAKE_START_MS + 2 * HOUR + MINUTE);
  assert_int_equal(peer_of(bench, "team")->alerts, 1);
}

/* --- seen at once ---------------------------------------------------------------------------------------------------- */

static void a_round_of_another_process_is_in_the_view(void **state) {
  struct bench *bench = *state;
  watch(bench, DAILY ACCOUNT("kimi") CHANNEL("team"));
  kimi(bench)->cents = 1100;
  update(bench);
  assert_int_equal(nano(bench, "kimi"), 12340000000);
  int asks = kimi(bench)->asks;
  fake_run(&bench->fake, SOON);
  assert_int_equal(nano(bench, "kimi"), 11000000000);
  assert_int_equal(seen, 1);
  assert_int_equal(kimi(bench)->asks, asks);
}

static void a_note_beside_the_daemon_is_read_at_once(void **state) {
  struct bench *bench = *state;
  watch(bench, DAILY NOTES ACCOUNT("kimi") CHANNEL("team"));
  int asks = kimi(bench)->asks;
  note(bench, 25);
  fake_run(&bench->fake, SOON);
  assert_int_equal(nano(bench, "notes"), 25000000000);
  note(bench, 3);
  fake_run(&bench->fake, SOON);
  assert_int_equal(nano(bench, "notes"), 3000000000);
  assert_int_equal(count_sent(bench, "Notes credits low!", NULL), 1);
  assert_int_equal(kimi(bench)->asks, asks);
}

static void a_note_that_was_begun_before_a_round_is_seen_after_it(void **state) {
  struct bench *bench = *state;
  watch(bench, DAILY NOTES CHANNEL("team"));
  note(bench, 25);
  fake_run(&bench->fake, SOON);
  struct note late = {.account = "notes", .unit = "USD", .nano = 30000000000, .time_ms = bench->fake.wall_ms - 10};
  beside(bench, note_job, &late);
  fake_run(&bench->fake, SOON);
  assert_int_equal(nano(bench, "notes"), 30000000000);
}

static void what_is_handed_in_is_alerted_at_once(void **state) {
  struct bench *bench = *state;
  watch(bench, DAILY PUSHED CHANNEL("team"));
  push(bench, 25, bench->fake.wall_ms - HOUR);
  fake_run(&bench->fake, SOON);
  assert_int_equal(nano(bench, "pushed"), 25000000000);
  push(bench, 4, bench->fake.wall_ms - HOUR / 2);
  fake_run(&bench->fake, SOON);
  assert_int_equal(count_sent(bench, "Pushed credits low! Available: $4.00", NULL), 1);
  int readings = count_readings(bench, "pushed");
  daemon_nudge(bench->daemon);
  fake_run(&bench->fake, SOON);
  assert_int_equal(count_readings(bench, "pushed"), readings);
}

/* --- many, late, and at the end ---------------------------------------------------------------------------------- */

static void a_burst_is_one_look_and_one_more(void **state) {
  struct bench *bench = *state;
  watch(bench, DAILY NOTES CHANNEL("team"));
  int commits = bench->fake.commits;
  int readings = count_readings(bench, "notes");
  for (int i = 0; i < 200; i++) {
    note(bench, 10 + i);
    fake_run(&bench->fake, i % 10 == 0 ? 1 : 0);
  }
  fake_run(&bench->fake, SOON);
  assert_int_equal(nano(bench, "notes"), 209000000000);
  assert_in_range(count_readings(bench, "notes"), readings + 1, readings + 2);
  assert_in_range(bench->fake.commits, commits + 2, commits + 20);
}

static void a_note_in_the_middle_of_a_round_is_seen_to_afterwards(void **state) {
  struct bench *bench = *state;
  watch(bench, DAILY NOTES ACCOUNT("kimi") CHANNEL("team"));
  kimi(bench)->delay_ms = 5000;
  const struct account *both[] = {&bench->config->accounts[0], &bench->config->accounts[1]};
  daemon_look(bench->daemon, both[0]);
  daemon_look(bench->daemon, both[1]);
  fake_run(&bench->fake, 1000); /* the note is read, the vendor is not */
  note(bench, 25);
  fake_run(&bench->fake, 6000);
  assert_int_equal(nano(bench, "notes"), 25000000000);
}

static void what_is_known_already_is_not_read_again(void **state) {
  struct bench *bench = *state;
  watch(bench, DAILY NOTES CHANNEL("team"));
  note(bench, 25);
  fake_run(&bench->fake, SOON);
  int readings = count_readings(bench, "notes");
  daemon_nudge(bench->daemon);
  fake_run(&bench->fake, SOON);
  assert_int_equal(count_readings(bench, "notes"), readings);
}

static void a_reload_meanwhile_loses_nothing(void **state) {
  struct bench *bench = *state;
  watch(bench, DAILY ACCOUNT("kimi") NOTES CHANNEL("team"));
  note(bench, 25);
  configure(bench, DAILY NOTES ACCOUNT("other") CHANNEL("team"));
  daemon_reload(bench->daemon, bench->config);
  note(bench, 26);
  fake_run(&bench->fake, 2 * SOON);
  assert_int_equal(nano(bench, "notes"), 26000000000);
}

static void a_store_that_cannot_be_read_leaves_the_view(void **state) {
  struct bench *bench = *state;
  watch(bench, DAILY ACCOUNT("kimi") CHANNEL("team"));
  hush(true);
  bench->fake.store_is_broken = true;
  daemon_nudge(bench->daemon);
  fake_run(&bench->fake, SOON);
  hush(false);
  assert_int_equal(seen, 0);
  assert_int_equal(nano(bench, "kimi"), 12340000000);
}

static void a_daemon_that_stops_looks_no_more(void **state) {
  struct bench *bench = *state;
  watch(bench, DAILY NOTES ACCOUNT("kimi") CHANNEL("team"));
  int readings = count_readings(bench, NULL);
  note(bench, 25);
  daemon_stop(bench->daemon);
  daemon_nudge(bench->daemon);
  fake_run(&bench->fake, 20000);
  assert_int_equal(bench->ended, 1);
  assert_int_equal(count_readings(bench, NULL), readings);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_unmute_beside_the_daemon_tells_what_was_kept_back),
      TEST(an_unmute_while_the_vendor_is_down_has_it_asked_once),
      TEST(where_nothing_is_due_nobody_is_asked),
      TEST(what_another_process_keeps_back_is_looked_at_when_that_ends),
      TEST(a_round_of_another_process_is_in_the_view),
      TEST(a_note_beside_the_daemon_is_read_at_once),
      TEST(a_note_that_was_begun_before_a_round_is_seen_after_it),
      TEST(what_is_handed_in_is_alerted_at_once),
      TEST(a_burst_is_one_look_and_one_more),
      TEST(a_note_in_the_middle_of_a_round_is_seen_to_afterwards),
      TEST(what_is_known_already_is_not_read_again),
      TEST(a_reload_meanwhile_loses_nothing),
      TEST(a_store_that_cannot_be_read_leaves_the_view),
      TEST(a_daemon_that_stops_looks_no_more),
  };
  return cmocka_run_group_tests_name("nudge", tests, NULL, NULL);
}
