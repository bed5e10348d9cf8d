#include "store_outbox.h"

static void a_key_goes_to_a_channel_once(void **state) {
  (void)state;
  struct store *store = open_writing();
  assert_true(queue(store, "alert", "low:kimi:1:critical", 0, 1));
  assert_false(queue(store, "alert", "low:kimi:1:critical", 0, 2));
  assert_true(queue(store, "alert", "low:kimi:1:critical", 1, 2));
  store_close(store);
}

static void a_claim_hands_out_the_row_and_counts_the_try(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct outbox_row row = {0};
  queue(store, "alert", "a", 0, 7);
  assert_int_equal(next(store), NOON);
  assert_int_equal(claim_at(store, "team", NOON - 1).id, 0);
  assert_int_equal(claim_at(store, "other", NOON).id, 0);
  begin(store);
  assert_ok(store_outbox_claim(store, "team", NOON, NOON + 60000, &row, &err));
  commit(store);
  assert_string_equal(row.payload, "hello");
  assert_string_equal(row.key, "a");
  assert_string_equal(row.kind, "alert");
  assert_string_equal(row.channel, "team");
  assert_int_equal(row.turn_id, 7);
  assert_int_equal(row.attempts, 1);
  assert_int_equal(row.created_ms, NOON);
  mem_free(row.payload);
  assert_int_equal(next(store), NOON + 60000);
  store_close(store);
}

static void parts_go_in_order_and_one_at_a_time(void **state) {
  (void)state;
  struct store *store = open_writing();
  queue(store, "summary", "summary:1", 0, 1);
  queue(store, "summary", "summary:1", 1, 1);
  queue(store, "alert", "b", 0, 1);
  struct outbox_row first = claim(store);
  assert_int_equal(first.part, 0);
  assert_int_equal(claim(store).id, 0);
  settle(store, &first, OUTBOX_SENT);
  struct outbox_row second = claim(store);
  assert_int_equal(second.part, 1);
  settle(store, &second, OUTBOX_SENT);
  struct outbox_row alert = claim(store);
  assert_string_equal(alert.key, "b");
  settle(store, &alert, OUTBOX_SENT);
  assert_int_equal(claim(store).id, 0);
  assert_int_equal(next(store), 0);
  store_close(store);
}

static void a_retry_waits_and_lets_others_pass(void **state) {
  (void)state;
  struct store *store = open_writing();
  queue(store, "alert", "a", 0, 1);
  queue(store, "alert", "a", 1, 1);
  queue(store, "summary", "summary:1", 0, 1);
  struct outbox_row alert = claim(store);
  settle(store, &alert, OUTBOX_RETRY);
  assert_state(store, "a", 0, "pending");
  struct outbox_row summary = claim(store);
  assert_string_equal(summary.key, "summary:1");
  settle(store, &summary, OUTBOX_SENT);
  assert_int_equal(claim(store).id, 0);
  assert_int_equal(next(store), NOON + 30000);
  alert = claim_at(store, "team", NOON + 30000);
  assert_int_equal(alert.part, 0);
  assert_int_equal(alert.attempts, 2);
  store_close(store);
}

static void a_refusal_takes_the_other_parts_along(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct channel_state channel;
  int64_t waiting = -1;
  int64_t refused = -1;
  queue(store, "alert", "a", 0, 4);
  queue(store, "alert", "a", 1, 4);
  queue(store, "alert", "b", 0, 4);
  struct outbox_row row = claim(store);
  settle(store, &row, OUTBOX_REFUSED);
  assert_state(store, "a", 1, "refused");
  assert_state(store, "b", 0, "pending");
  assert_ok(store_turn_unsent(store, 4, &waiting, &refused, &err));
  assert_int_equal(waiting, 1);
  assert_int_equal(refused, 2);
  assert_ok(store_turn_unsent(store, 5, &waiting, &refused, &err));
  assert_int_equal(waiting + refused, 0);
  assert_ok(store_channel_state(store, "team", &channel, &err));
  assert_false(channel.posted);
  assert_int_equal(channel.waiting, 1);
  assert_int_equal(channel.refused, 1);
  assert_string_equal(channel.last_why, "HTTP 404");
  row = claim(store);
  settle(store, &row, OUTBOX_SENT);
  assert_ok(store_channel_state(store, "team", &channel, &err));
  assert_true(channel.posted);
  assert_int_equal(channel.last_posted_ms, NOON + 1000);
  assert_string_equal(channel.last_why, "");
  store_close(store);
}

static void a_new_summary_supersedes_older_ones_but_no_alert(void **state) {
  (void)state;
  struct store *store = open_writing();
  queue(store, "summary", "summary:1", 0, 1);
  queue(store, "summary", "summary:1", 1, 1);
  queue(store, "alert", "a", 0, 1);
  queue(store, "summary", "summary:2", 0, 2);
  assert_state(store, "summary:1", 0, "superseded");
  assert_state(store, "summary:1", 1, "superseded");
  assert_state(store, "a", 0, "pending");
  queue(store, "summary", "summary:2", 1, 2);
  assert_state(store, "summary:2", 0, "pending");
  store_close(store);
}

static void a_summary_that_is_partly_out_is_finished(void **state) {
  (void)state;
  struct store *store = open_writing();
  queue(store, "summary", "summary:1", 0, 1);
  queue(store, "summary", "summary:1", 1, 1);
  struct outbox_row row = claim(store);
  queue(store, "summary", "summary:2", 0, 2);
  assert_state(store, "summary:1", 0, "sending");
  assert_state(store, "summary:1", 1, "pending");
  settle(store, &row, OUTBOX_SENT);
  queue(store, "summary", "summary:3", 0, 3);
  assert_state(store, "summary:1", 1, "pending");
  assert_state(store, "summary:2", 0, "superseded");
  assert_int_equal(claim(store).part, 1);
  store_close(store);
}

static void a_retried_summary_gives_way_to_a_newer_one(void **state) {
  (void)state;
  struct store *store = open_writing();
  queue(store, "summary", "summary:1", 0, 1);
  queue(store, "summary", "summary:1", 1, 1);
  hold_line(store, 1);
  struct outbox_row row = claim(store);
  queue(store, "summary", "summary:2", 0, 2);
  settle(store, &row, OUTBOX_RETRY);
  assert_state(store, "summary:1", 0, "superseded");
  assert_state(store, "summary:1", 1, "superseded");
  assert_int_equal(number(store, "SELECT COUNT(*) FROM log_line"), 0);
  store_close(store);
}

static void acceptance_releases_held_lines_once_with_their_time(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct log_entry entries[4];
  int count = -1;
  hold_line(store, 1);
  hold_line(store, 2);
  queue(store, "summary", "summary:1", 0, 1);
  queue(store, "summary", "summary:1", 1, 1);
  assert_ok(store_log_pending(store, 0, entries, 4, &count, &err));
  assert_int_equal(count, 0);
  struct outbox_row row = claim(store);
  settle(store, &row, OUTBOX_SENT);
  row = claim(store);
  settle(store, &row, OUTBOX_SENT);
  assert_ok(store_log_pending(store, 0, entries, 4, &count, &err));
  assert_int_equal(count, 1);
  assert_string_equal(entries[0].text, "[2026-01-29 11:00:01] POSTED: Kimi");
  assert_true(entries[0].fresh);
  mem_free(entries[0].path);
  mem_free(entries[0].text);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM log_line WHERE held = 1"), 1);
  store_close(store);
}

static void lines_of_a_summary_that_nobody_takes_are_dropped(void **state) {
  (void)state;
  struct store *store = open_writing();
  hold_line(store, 1);
  queue(store, "summary", "summary:1", 0, 1);
  queue(store, "summary", "summary:2", 0, 2);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM log_line"), 0);
  hold_line(store, 2);
  struct outbox_row row = claim(store);
  settle(store, &row, OUTBOX_REFUSED);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM log_line"), 0);
  store_close(store);
}

static void a_lease_that_is_over_frees_the_row_and_the_fence_keeps_the_late_one_out(void **state) {
  (void)state;
  struct store *store = open_writing();
  queue(store, "alert", "a", 0, 1);
  struct outbox_row slow = claim(store);
  struct outbox_row other = claim_at(store, "team", NOON + 60000);
  assert_int_equal(other.id, slow.id);
  assert_int_equal(other.fence, slow.fence + 1);
  settle(store, &slow, OUTBOX_REFUSED);
  assert_state(store, "a", 0, "sending");
  settle(store, &other, OUTBOX_SENT);
  assert_state(store, "a", 0, "sent");
  settle(store, &other, OUTBOX_RETRY);
  assert_state(store, "a", 0, "sent");
  store_close(store);
}

static int claim_and_die(void *context) {
  (void)context;
  struct store *store = open_writing();
  return claim(store).id == 1 ? 0 : 1;
}

static void what_was_queued_and_claimed_with_a_wrong_clock_is_not_stuck(void **state) {
  (void)state;
  struct store *store = open_writing();
  const int64_t in_2038_ms = 2147483647000LL;
  queue(store, "alert", "a", 0, 1);
  assert_int_equal(claim_at(store, "team", in_2038_ms).attempts, 1);
  assert_int_equal(claim_at(store, "team", NOON).attempts, 2);
  assert_ok(db_exec(store, "UPDATE outbox SET state = 'pending', due_ms = 2147483647000", &err));
  assert_int_equal(claim_at(store, "team", NOON).attempts, 3);
  store_close(store);
}

static void a_claim_of_a_process_that_is_gone_is_free_at_once(void **state) {
  (void)state;
  struct store *store = open_writing();
  queue(store, "alert", "a", 0, 1);
  store_close(store);
  assert_int_equal(in_child(claim_and_die, NULL), 0);
  store = open_writing();
  assert_state(store, "a", 0, "sending");
  assert_int_equal(next(store), NOON);
  assert_int_equal(claim(store).fence, 2);
  store_close(store);
}

static void a_summary_claimed_by_a_gone_process_can_be_superseded(void **state) {
  (void)state;
  struct store *store = open_writing();
  queue(store, "summary", "summary:1", 0, 1);
  store_close(store);
  assert_int_equal(in_child(claim_and_die, NULL), 0);
  store = open_writing();
  queue(store, "summary", "summary:2", 0, 2);
  assert_state(store, "summary:1", 0, "doubtful"); /* it may have gone out before */
  struct channel_state channel;
  assert_ok(store_channel_state(store, "team", &channel, &err));
  assert_int_equal(channel.doubtful, 1);
  store_close(store);
}

static void a_reused_pid_is_not_mistaken(void **state) {
  (void)state;
  char name[PROCESS_NAME_MAX];
  char other[PROCESS_NAME_MAX];
  long pid = 0;
  unsigned long long start = 0;
  process_name(name);
  assert_int_equal(process_state_of(name), PROCESS_ALIVE);
  pid = strtol(name, NULL, 10);
  start = strtoull(strchr(name, ' '), NULL, 10);
  const char *rest = strchr(strchr(name, ' ') + 1, ' ');
  assert_true(start > 0);
  (void)text_fmt(other, sizeof other, "%ld %llu%s", pid, start + 1, rest);
  assert_int_equal(process_state_of(other), PROCESS_GONE);
  (void)text_fmt(other, sizeof other, "%ld %llu pid:[1] %s", pid, start, strrchr(name, ' ') + 1);
  assert_int_equal(process_state_of(other), PROCESS_HIDDEN);
  (void)text_fmt(other, sizeof other, "%ld %llu pid:[1] another-boot", pid, start);
  assert_int_equal(process_state_of(other), PROCESS_GONE);
  assert_int_equal(process_state_of(""), PROCESS_GONE);
  assert_int_equal(process_state_of("12"), PROCESS_GONE);
  assert_int_equal(process_state_of("-1 2 3 4"), PROCESS_GONE);
}

#define ROWS 120

static int claim_many(void *context) {
  int fd = *(int *)context;
  struct store *store = open_writing();
  for (int misses = 0; misses < 300;) {
    char channel[16];
    bool any = false;
    for (int i = 0; i < 4; i++) {
      (void)text_fmt(channel, sizeof channel, "c%d", i);
      struct outbox_row row = claim_at(store, channel, NOON);
      if (row.id == 0) continue;
      any = true;
      if (write(fd, &row.id, sizeof row.id) != sizeof row.id) return 1;
      settle(store, &row, OUTBOX_SENT);
    }
    misses = any ? 0 : misses + 1;
    if (number(store, "SELECT COUNT(*) FROM outbox WHERE settled_ms = 0") == 0) break;
  }
  store_close(store);
  return 0;
}

static void two_processes_never_claim_the_same_row(void **state) {
  (void)state;
  int pipe_fds[2];
  int counts[ROWS + 1] = {0};
  int status = 0;
  int64_t id = 0;
  struct store *store = open_writing();
  begin(store);
  for (int i = 0; i < ROWS; i++) {
    struct outbox_row row = {.kind = "alert", .payload = (char *)(uintptr_t) "x", .due_ms = NOON};
    bool fresh = false;
    (void)text_fmt(row.key, sizeof row.key, "k%d", i);
    (void)text_fmt(row.channel, sizeof row.channel, "c%d", i % 4);
    assert_ok(store_outbox_add(store, &row, &fresh, &err));
  }
  commit(store);
  store_close(store);
  assert_int_equal(pipe(pipe_fds), 0);
  for (int i = 0; i < 2; i++) {
    if (fork() == 0) _exit(claim_many(&pipe_fds[1]));
  }
  (void)close(pipe_fds[1]);
  while (read(pipe_fds[0], &id, sizeof id) == sizeof id) {
    assert_in_range(id, 1, ROWS);
    counts[id]++;
  }
  for (int i = 0; i < 2; i++) {
    assert_true(wait(&status) > 0);
    assert_int_equal(status, 0);
  }
  for (int i = 1; i <= ROWS; i++) {
    assert_int_equal(counts[i], 1);
  }
  (void)close(pipe_fds[0]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_key_goes_to_a_channel_once),
      TEST(a_claim_hands_out_the_row_and_counts_the_try),
      TEST(parts_go_in_order_and_one_at_a_time),
      TEST(a_retry_waits_and_lets_others_pass),
      TEST(a_refusal_takes_the_other_parts_along),
      TEST(a_new_summary_supersedes_older_ones_but_no_alert),
      TEST(a_summary_that_is_partly_out_is_finished),
      TEST(a_retried_summary_gives_way_to_a_newer_one),
      TEST(acceptance_releases_held_lines_once_with_their_time),
      TEST(lines_of_a_summary_that_nobody_takes_are_dropped),
      TEST(a_lease_that_is_over_frees_the_row_and_the_fence_keeps_the_late_one_out),
      TEST(what_was_queued_and_claimed_with_a_wrong_clock_is_not_stuck),
      TEST(a_claim_of_a_process_that_is_gone_is_free_at_once),
      TEST(a_summary_claimed_by_a_gone_process_can_be_superseded),
      TEST(a_reused_pid_is_not_mistaken),
      TEST(two_processes_never_claim_the_same_row),
  };
  return cmocka_run_group_tests_name("store_outbox", tests, NULL, NULL);
}
