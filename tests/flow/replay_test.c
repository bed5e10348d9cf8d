/* What the rules would have made of recorded readings: the same as a round makes of them. */
#include "fake/bench.h"
#include "lowtide/judge.h"

#define START FAKE_START_MS
#define AT(hours) (START + (hours)*HOUR)
#define KIMI(settings) "[lowtide]\nschedule = @hourly\n" settings ACCOUNT("kimi") CHANNEL("team")

/* "HOURS:MINUTES key fate[ why];" for each event. */
struct told {
  struct bench *bench;
  char text[4096];
  struct replay *replay;
};

static void add_event(void *context, const struct replay_event *event) {
  static const char *const fates[] = {[ALERT_TOLD] = "sent", [ALERT_HELD] = "held", [ALERT_DROPPED] = "dropped"};
  struct told *told = context;
  char key[ALERT_KEY_MAX];
  size_t length = strlen(told->text);
  int64_t minutes = (event->at_ms - START) / MINUTE;
  alert_key(key, event->alert, event->account->name);
  const char *why = event->alert->fate == ALERT_TOLD ? "" : event->alert->why;
  assert_true(text_fmt(told->text + length, sizeof told->text - length, "%d:%02d %s %s%s%s;", (int)(minutes / 60),
                       (int)(minutes % 60), key, fates[event->alert->fate], *why != '\0' ? " " : "", why));
}

static struct told begin_replay(struct bench *bench, const char *config, struct told *told) {
  const struct grants none = {.count = 0};
  configure(bench, config);
  *told = (struct told){.bench = bench};
  told->replay = replay_new(&bench->config->accounts[0], &none, add_event, told);
  return *told;
}

static struct reading cents_at(int64_t at_ms, int64_t cents) {
  return (struct reading){
      .asked_ms = at_ms, .time_ms = at_ms, .available = amount_of(cents * (MONEY_NANO / 100)), .unit = "USD"};
}

static void take(struct told *told, int64_t at_ms, int64_t cents) {
  const struct reading reading = cents_at(at_ms, cents);
  replay_take(told->replay, "moonshot", &reading);
}

static void take_unknown(struct told *told, int64_t at_ms, enum err_code code) {
  struct err err = {0};
  (void)err_set(&err, code, "HTTP 503");
  const struct reading reading = reading_unknown(at_ms, &err);
  replay_take(told->replay, "moonshot", &reading);
}

static void expect(struct told *told, int64_t now_ms, const char *text) {
  replay_end(told->replay, now_ms);
  replay_free(told->replay);
  assert_string_equal(told->text, text);
}

static void crossings_are_told_once_and_their_end(void **state) {
  struct told told;
  begin_replay(*state, KIMI(""), &told);
  take(&told, AT(0), 1200);
  take(&told, AT(2), 420);
  take(&told, AT(3), 410);
  take(&told, AT(5), 90);
  take(&told, AT(7), 2000);
  expect(&told, AT(8),
         "2:00 low:kimi:1:warning sent;5:00 low:kimi:1:critical sent;7:00 low:kimi:1:over sent;"
         "7:00 topup:kimi:1 sent;");
}

static void what_is_held_is_told_when_that_ends_whatever_the_rounds(void **state) {
  struct told told;
  begin_replay(*state, KIMI("quiet = 09:30-12:30\nstale_after = 6h\n"), &told);
  take(&told, AT(0), 1200);
  take(&told, AT(1), 420);
  take(&told, AT(6), 410);
  expect(&told, AT(7), "1:00 low:kimi:1:warning held quiet hours;3:30 low:kimi:1:warning sent;");
}

static void what_is_over_before_it_was_told_is_dropped(void **state) {
  struct told told;
  begin_replay(*state, KIMI("quiet = 09:30-12:30\n"), &told);
  take(&told, AT(0), 1200);
  take(&told, AT(1), 420);
  take(&told, AT(2), 900);
  expect(&told, AT(3),
         "1:00 low:kimi:1:warning held quiet hours;2:00 low:kimi:1:warning dropped over before it was told;"
         "2:00 topup:kimi:1 sent;");
}

static void reminders_come_at_their_time(void **state) {
  struct told told;
  begin_replay(*state, KIMI("remind = 90m\nstale_after = 1d\n"), &told);
  take(&told, AT(0), 420);
  take(&told, AT(6), 2000);
  expect(&told, AT(7),
         "0:00 low:kimi:1:warning sent;1:30 low:kimi:1:warning:r1 sent;3:00 low:kimi:1:warning:r2 sent;"
         "4:30 low:kimi:1:warning:r3 sent;6:00 low:kimi:1:over sent;6:00 topup:kimi:1 sent;");
}

static void nobody_is_reminded_while_nobody_looked(void **state) {
  struct told told;
  begin_replay(*state, KIMI("remind = 1h\nstale_after = 3h\n"), &told);
  take(&told, AT(0), 420);
  take(&told, AT(100), 2000);
  expect(&told, AT(101),
         "0:00 low:kimi:1:warning sent;1:00 low:kimi:1:warning:r1 sent;2:00 low:kimi:1:warning:r2 sent;"
         "100:00 low:kimi:1:over sent;100:00 topup:kimi:1 sent;");
}

static void a_fall_that_a_second_look_confirmed_is_told_when_it_was(void **state) {
  struct told told;
  begin_replay(*state, KIMI(""), &told);
  take(&told, AT(0), 1200);
  take_unknown(&told, AT(1), ERR_IMPLAUSIBLE);
  take(&told, AT(1) + SECOND_LOOK_MS, 0);
  take(&told, AT(2), 0);
  expect(&told, AT(3), "1:00 low:kimi:1:critical sent;");
}

static void an_imported_fall_is_believed_if_the_next_reading_agrees(void **state) {
  struct told told;
  begin_replay(*state, KIMI(""), &told);
  take(&told, AT(0), 1200);
  take(&told, AT(1), 0);
  take(&told, AT(2), 0);
  expect(&told, AT(3), "1:00 low:kimi:1:critical sent;");
}

static void a_glitch_in_the_history_tells_nothing(void **state) {
  struct told told;
  begin_replay(*state, KIMI(""), &told);
  take(&told, AT(0), 1200);
  take(&told, AT(1), 0);
  take(&told, AT(2), 1190);
  expect(&told, AT(3), "");
}

static void what_is_unknown_for_too_long_is_told(void **state) {
  struct told told;
  begin_replay(*state, KIMI(""), &told);
  take(&told, AT(0), 1200);
  for (int hour = 1; hour < 5; hour++)
    take_unknown(&told, AT(hour), ERR_SERVER);
  take(&told, AT(5), 1200);
  expect(&told, AT(6), "3:00 stale:kimi:1:unknown sent;5:00 stale:kimi:1:over sent;");
}

static void another_providers_history_is_none_of_it(void **state) {
  struct told told;
  begin_replay(*state, KIMI(""), &told);
  take(&told, AT(0), 1200);
  const struct reading other = cents_at(AT(1), 100);
  replay_take(told.replay, "deepseek", &other);
  take(&told, AT(2), 1100);
  expect(&told, AT(3), "");
}

static void grants_that_run_out_are_told_on_their_days(void **state) {
  struct told told;
  struct grants grants = {.count = 2};
  struct bench *bench = *state;
  configure(bench, KIMI(""));
  told = (struct told){.bench = bench};
  grants.list[0] = (struct grant){.id = 7, .nano = MONEY_NANO, .noted_ms = AT(-1), .expires_ms = AT(8 * 24)};
  grants.list[1] = (struct grant){.id = 8, .nano = MONEY_NANO, .noted_ms = AT(49), .expires_ms = AT(9 * 24)};
  told.replay = replay_new(&bench->config->accounts[0], &grants, add_event, &told);
  for (int hour = 0; hour < 72; hour++) {
    struct reading reading = cents_at(AT(hour), 2000);
    reading.estimated = true;
    replay_take(told.replay, "moonshot", &reading);
  }
  expect(&told, AT(72), "24:00 expiry:kimi:7:7 sent;");
}

/* --- a round and a replay judge alike ----------------------------------------------------------------------------- */

static bool add_told(void *context, const struct told_alert *told) {
  struct told *all = context;
  size_t length = strlen(all->text);
  int64_t minutes = (told->told_ms - START) / MINUTE;
  (void)text_fmt(all->text + length, sizeof all->text - length, "%d:%02d %s sent;", (int)(minutes / 60),
                 (int)(minutes % 60), told->alert);
  return true;
}

static bool take_row(void *context, const struct history_row *row) {
  struct told *told = context;
  replay_take(told->replay, row->provider, &row->reading);
  return true;
}

/* Alerts only, so that each row of the outbox is one. */
static void collect_told(struct bench *bench, struct told *all) {
  for (;;) {
    struct taking taking = {.channel = "team", .now_ms = bench->fake.wall_ms};
    assert_ok(store_do(bench->fake.store, take_job, &taking, &bench->err));
    mem_free(taking.row.payload);
    if (taking.row.id == 0) return;
    assert_ok(store_alerts_of(bench->fake.store, "team", taking.row.key, add_told, all, &bench->err));
  }
}

static void a_replay_tells_what_the_rounds_told(void **state) {
  static const int cents[] = {1200, 900, 480, 470, 520, 530, 480, 90, 80, 120, 300, 2500, 2400, 480, 90, 700, 650, 60};
  struct bench *bench = *state;
  struct told rounds = {.bench = bench};
  struct told told;
  begin_replay(bench, KIMI("cooldown = 2h\n") "sends = alerts, recoveries\n", &told);
  for (size_t i = 0; i < sizeof cents / sizeof cents[0]; i++) {
    run_until(bench, AT((int64_t)i + 1));
    peer_of(bench, "kimi")->cents = cents[i];
    peer_of(bench, "kimi")->status = i == 8 ? 503 : 200;
    run_slot(bench, 0);
    collect_told(bench, &rounds);
  }
  const struct history_query query = {.since_ms = 0};
  assert_ok(store_history(bench->fake.store, &query, take_row, &told, &bench->err));
  replay_end(told.replay, bench->fake.wall_ms);
  replay_free(told.replay);
  assert_true(strlen(rounds.text) > 100);
  /* the rounds alone look at no other time: what is held is told by the next of them */
  char sent[4096] = "";
  for (char *piece = told.text; *piece != '\0'; piece += strlen(piece) + 1) {
    size_t length = strlen(sent);
    piece[strcspn(piece, ";")] = '\0';
    if (text_ends(piece, " sent") && strstr(piece, "topup") == NULL)
      (void)text_fmt(sent + length, sizeof sent - length, "%s;", piece);
  }
  assert_string_equal(sent, rounds.text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(crossings_are_told_once_and_their_end),
      TEST(what_is_held_is_told_when_that_ends_whatever_the_rounds),
      TEST(what_is_over_before_it_was_told_is_dropped),
      TEST(reminders_come_at_their_time),
      TEST(nobody_is_reminded_while_nobody_looked),
      TEST(a_fall_that_a_second_look_confirmed_is_told_when_it_was),
      TEST(an_imported_fall_is_believed_if_the_next_reading_agrees),
      TEST(a_glitch_in_the_history_tells_nothing),
      TEST(what_is_unknown_for_too_long_is_told),
      TEST(another_providers_history_is_none_of_it),
      TEST(grants_that_run_out_are_told_on_their_days),
      TEST(a_replay_tells_what_the_rounds_told),
  };
  return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
