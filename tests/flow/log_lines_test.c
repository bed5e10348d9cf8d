/* The text logs' lines of a round: what is written with it, and what only after its summary was accepted. */
#include "fake/bench.h"
#include "lowtide/textlog.h"

/* One more round at that balance. */
static void check(struct bench *bench, int64_t cents) {
  peer_of(bench, "kimi")->cents = cents;
  run_slot(bench, 0);
}

/* A config whose only account logs into the bench's folder. */
static void configure_logged(struct bench *bench, const char *rest) {
  char text[1024];
  assert_true(text_fmt(text, sizeof text, HOURLY ACCOUNT_LOGGED("kimi") "log = %s/kimi.log\n%s", bench->fake.folder, rest));
  configure(bench, text);
}

static const char *read_log(struct bench *bench) {
  static char content[4096];
  char path[128];
  (void)text_fmt(path, sizeof path, "%s/kimi.log", bench->fake.folder);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  content[fread(content, 1, sizeof content - 1, file)] = '\0';
  (void)fclose(file);
  return content;
}

static int count_of(const char *text, const char *word) {
  int count = 0;
  for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
    count++;
  return count;
}

static void write_logs(struct bench *bench) {
  struct textlog_report report = {0};
  assert_ok(store_do(bench->fake.store, textlog_write, &report, &bench->err));
}

static bool queue_probe(struct store *store, void *context, struct err *err) {
  (void)context;
  const struct outbox_row row = {.kind = "summary", .key = "probe", .channel = "probe", .turn_id = 1};
  bool fresh = false;
  return store_outbox_add(store, &row, &fresh, err);
}

static void posted_is_logged_after_the_summary_was_accepted(void **state) {
  struct bench *bench = *state;
  configure_logged(bench, CHANNEL("team"));
  check(bench, 420);
  assert_string_equal(read_log(bench), "[2026-01-29 09:20:00] kimi: $4.20\n"
                                       "[2026-01-29 09:20:00] ALERT: 🌙 ⚠️ kimi credits low!\n");
  assert_non_null(strstr(take_message(bench, "team"), ":warning "));
  write_logs(bench);
  assert_int_equal(count_of(read_log(bench), "POSTED"), 0);
  assert_non_null(strstr(take_message(bench, "team"), "summary:1 "));
  write_logs(bench);
  assert_int_equal(count_of(read_log(bench), "[2026-01-29 09:20:30] POSTED: 🌙 kimi Balance: $4.20"), 1);
}

static void what_is_unknown_is_logged_but_never_as_posted(void **state) {
  struct bench *bench = *state;
  configure_logged(bench, CHANNEL("team"));
  peer_of(bench, "kimi")->status = 503;
  check(bench, 420);
  assert_non_null(strstr(take_message(bench, "team"), "summary:1 "));
  write_logs(bench);
  assert_string_equal(read_log(bench), "[2026-01-29 09:20:00] kimi: unknown (HTTP 503)\n");
}

/* A summary of that turn, accepted, would release what waited. */
static void assert_no_line_waits(struct bench *bench) {
  assert_string_equal(take_message(bench, "team"), "");
  assert_ok(store_do(bench->fake.store, queue_probe, NULL, &bench->err));
  assert_non_null(strstr(take_message(bench, "probe"), "probe"));
  write_logs(bench);
  assert_string_equal(read_log(bench), "[2026-01-29 09:20:00] kimi: $12.34\n");
}

static void where_nobody_wants_a_summary_no_line_waits_for_one(void **state) {
  struct bench *bench = *state;
  configure_logged(bench, CHANNEL("team") "sends = alerts\n");
  check(bench, 1234);
  assert_no_line_waits(bench);
}

static void where_a_summary_is_not_worth_it_no_line_waits_for_one(void **state) {
  struct bench *bench = *state;
  configure_logged(bench, CHANNEL("team") "summary_when = low\n");
  check(bench, 1234);
  assert_no_line_waits(bench);
}

static void begin_sending_here(struct bench *bench, bool print_local) {
  bench->deliver = deliver_new(&bench->fake.world, bench->config, NULL, print_local);
  deliver_wake(bench->deliver);
}

static void posted_is_logged_at_once_when_the_hook_accepts(void **state) {
  struct bench *bench = *state;
  configure_logged(bench, CHANNEL("team"));
  peer_of(bench, "team")->delay_ms = 4000;
  check(bench, 1234);
  begin_sending_here(bench, true);
  fake_run(&bench->fake, 3900);
  assert_int_equal(count_of(read_log(bench), "POSTED"), 0);
  fake_run(&bench->fake, 200);
  assert_int_equal(count_of(read_log(bench), "[2026-01-29 09:20:34] POSTED: 🌙 kimi Balance: $12.34"), 1);
}

static void posted_is_logged_once_however_many_channels_accept(void **state) {
  struct bench *bench = *state;
  configure_logged(bench, CHANNEL("one") CHANNEL("two") CHANNEL("three"));
  peer_of(bench, "two")->delay_ms = 3000;
  peer_of(bench, "three")->status = 404;
  check(bench, 1234);
  begin_sending_here(bench, true);
  hush(true);
  fake_run(&bench->fake, MINUTE);
  hush(false);
  assert_int_equal(peer_of(bench, "one")->summaries + peer_of(bench, "two")->summaries, 2);
  assert_int_equal(count_of(read_log(bench), "POSTED"), 1);
}

static void a_summary_that_nobody_takes_is_never_logged_as_posted(void **state) {
  struct bench *bench = *state;
  configure_logged(bench, CHANNEL("team"));
  peer_of(bench, "team")->status = 404;
  check(bench, 420);
  begin_sending_here(bench, true);
  hush(true);
  fake_run(&bench->fake, MINUTE);
  hush(false);
  check(bench, 410);
  assert_int_equal(count_of(read_log(bench), "POSTED"), 0);
  assert_int_equal(count_of(read_log(bench), "ALERT"), 1);
}

/* What goes to standard output while that config's messages are sent. */
static const char *printed(struct bench *bench, bool print_local) {
  static char content[4096];
  FILE *file = tmpfile();
  assert_non_null(file);
  (void)fflush(stdout);
  int kept = dup(STDOUT_FILENO);
  (void)dup2(fileno(file), STDOUT_FILENO);
  begin_sending_here(bench, print_local);
  fake_run(&bench->fake, 1000);
  (void)fflush(stdout);
  (void)dup2(kept, STDOUT_FILENO);
  (void)close(kept);
  rewind(file);
  content[fread(content, 1, sizeof content - 1, file)] = '\0';
  (void)fclose(file);
  return content;
}

static void the_console_is_a_channel_that_prints(void **state) {
  struct bench *bench = *state;
  configure_logged(bench, "[channel screen]\ntype = console\n");
  check(bench, 420);
  const char *text = printed(bench, true);
  assert_int_equal(count_of(text, "API Balance Summary"), 1);
  assert_true(strstr(text, "kimi credits low! Available") < strstr(text, "Summary"));
  assert_true(channel_state_of(bench, "screen").posted);
  assert_int_equal(count_of(read_log(bench), "POSTED"), 1);
}

static void where_another_form_is_printed_the_console_counts_as_told(void **state) {
  struct bench *bench = *state;
  configure_logged(bench, "[channel screen]\ntype = console\n");
  check(bench, 420);
  assert_string_equal(printed(bench, false), "");
  assert_int_equal(channel_state_of(bench, "screen").waiting, 0);
  assert_true(channel_state_of(bench, "screen").posted);
}

static void a_log_that_cannot_be_written_is_reported_and_the_round_still_posts(void **state) {
  struct bench *bench = *state;
  configure(bench, HOURLY ACCOUNT_LOGGED("kimi") "log = /dev/null/kimi.log\n" CHANNEL("team"));
  check(bench, 1234);
  assert_int_equal(bench->report.err.code, ERR_NONE);
  assert_int_not_equal(bench->report.log_err.code, ERR_NONE);
  assert_non_null(strstr(bench->report.log_err.text, "/dev/null/kimi.log"));
  assert_non_null(strstr(take_message(bench, "team"), "Summary"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(posted_is_logged_after_the_summary_was_accepted),
      TEST(what_is_unknown_is_logged_but_never_as_posted),
      TEST(where_nobody_wants_a_summary_no_line_waits_for_one),
      TEST(where_a_summary_is_not_worth_it_no_line_waits_for_one),
      TEST(posted_is_logged_at_once_when_the_hook_accepts),
      TEST(posted_is_logged_once_however_many_channels_accept),
      TEST(a_summary_that_nobody_takes_is_never_logged_as_posted),
      TEST(the_console_is_a_channel_that_prints),
      TEST(where_another_form_is_printed_the_console_counts_as_told),
      TEST(a_log_that_cannot_be_written_is_reported_and_the_round_still_posts),
  };
  return cmocka_run_group_tests_name("log lines", tests, NULL, NULL);
}
