/* What the store remembers of tries that nobody heard of, of void addresses, of edited messages, and of order. */
#include "store_outbox.h"

static struct outbox_row claim_whole(struct store *store, int64_t now_ms) {
  struct outbox_row row = {0};
  begin(store);
  assert_ok(store_outbox_claim(store, "team", now_ms, now_ms + 60000, &row, &err));
  commit(store);
  mem_free(row.payload);
  row.payload = NULL;
  return row;
}

static bool settle_as(struct store *store, const struct outbox_row *row, struct outbox_settlement settlement) {
  bool settled = false;
  settlement.id = row->id;
  settlement.fence = row->fence;
  settlement.now_ms = NOON + 1000;
  begin(store);
  assert_ok(store_outbox_settle(store, &settlement, &settled, &err));
  commit(store);
  return settled;
}

static void a_claim_that_ended_without_a_word_is_in_doubt_since_its_first_try(void **state) {
  (void)state;
  struct store *store = open_writing();
  queue(store, "alert", "a", 0, 1);
  assert_false(claim_whole(store, NOON).doubt);
  struct outbox_row row = claim_whole(store, NOON + 60000); /* the lease is over */
  assert_true(row.doubt);
  assert_int_equal(row.doubtful_ms, NOON);
  row = claim_whole(store, NOON + 120000);
  assert_true(row.doubt);
  assert_int_equal(row.doubtful_ms, NOON);
  store_close(store);
}

static void a_try_without_an_answer_is_in_doubt_and_one_that_never_left_is_not(void **state) {
  (void)state;
  struct store *store = open_writing();
  queue(store, "alert", "a", 0, 1);
  struct outbox_row row = claim_whole(store, NOON);
  assert_true(settle_as(store, &row, (struct outbox_settlement){.verdict = OUTBOX_RETRY, .due_ms = NOON, .untried = true}));
  row = claim_whole(store, NOON + 5);
  assert_false(row.doubt);
  assert_int_equal(row.attempts, 1);
  assert_true(settle_as(store, &row, (struct outbox_settlement){.verdict = OUTBOX_RETRY, .due_ms = NOON, .doubt = true}));
  row = claim_whole(store, NOON + 10);
  assert_true(row.doubt);
  assert_int_equal(row.doubtful_ms, NOON + 5);
  assert_int_equal(row.attempts, 2);
  assert_true(settle_as(store, &row, (struct outbox_settlement){.verdict = OUTBOX_RETRY, .due_ms = NOON}));
  row = claim_whole(store, NOON + 20);
  assert_true(row.doubt); /* an answer to a later try says nothing of the earlier */
  assert_true(settle_as(store, &row, (struct outbox_settlement){.verdict = OUTBOX_SENT, .repeated = true}));
  assert_false(settle_as(store, &row, (struct outbox_settlement){.verdict = OUTBOX_SENT, .repeated = true}));
  struct channel_state channel;
  assert_ok(store_channel_state(store, "team", &channel, &err));
  assert_int_equal(channel.repeated, 1);
  assert_int_equal(channel.doubtful, 0);
  store_close(store);
}

static void a_doubtful_message_ends_with_all_its_parts_and_is_counted_once(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct channel_state channel;
  int64_t waiting = -1;
  int64_t refused = -1;
  hold_line(store, 1);
  queue(store, "summary", "summary:1", 0, 1);
  queue(store, "summary", "summary:1", 1, 1);
  struct outbox_row row = claim_whole(store, NOON);
  assert_true(settle_as(store, &row, (struct outbox_settlement){.verdict = OUTBOX_DOUBTFUL, .why = "cut off"}));
  assert_state(store, "summary:1", 0, "doubtful");
  assert_state(store, "summary:1", 1, "doubtful");
  assert_ok(store_channel_state(store, "team", &channel, &err));
  assert_int_equal(channel.doubtful, 1);
  assert_int_equal(channel.waiting + channel.refused, 0);
  assert_string_equal(channel.last_why, "cut off");
  assert_false(channel.posted);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM log_line"), 0);
  assert_ok(store_turn_unsent(store, 1, &waiting, &refused, &err));
  assert_int_equal(waiting, 0);
  assert_int_equal(refused, 2);
  store_close(store);
}

static void a_retried_summary_in_doubt_that_gives_way_is_counted(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct channel_state channel;
  queue(store, "summary", "summary:1", 0, 1);
  struct outbox_row row = claim_whole(store, NOON);
  queue(store, "summary", "summary:2", 0, 2);
  assert_true(settle_as(store, &row, (struct outbox_settlement){.verdict = OUTBOX_RETRY, .due_ms = NOON, .doubt = true}));
  assert_state(store, "summary:1", 0, "doubtful");
  assert_state(store, "summary:2", 0, "pending");
  assert_ok(store_channel_state(store, "team", &channel, &err));
  assert_int_equal(channel.doubtful, 1);
  store_close(store);
}

static void a_void_address_disables_until_something_is_sent(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct channel_state channel;
  const struct outbox_settlement gone = {.verdict = OUTBOX_REFUSED, .why = "no such hook", .disabled_mark = "12345678"};
  queue(store, "alert", "a", 0, 1);
  queue(store, "alert", "b", 0, 1);
  queue(store, "alert", "c", 0, 1);
  struct outbox_row row = claim_whole(store, NOON);
  assert_true(settle_as(store, &row, gone));
  assert_ok(store_channel_kept(store, "team", &channel, &err));
  assert_int_equal(channel.disabled_ms, NOON + 1000);
  assert_string_equal(channel.disabled_mark, "12345678");
  row = claim_whole(store, NOON);
  assert_true(settle_as(store, &row, (struct outbox_settlement){.verdict = OUTBOX_REFUSED, .why = "again"}));
  assert_ok(store_channel_kept(store, "team", &channel, &err));
  assert_int_equal(channel.disabled_ms, NOON + 1000);
  row = claim_whole(store, NOON);
  assert_true(settle_as(store, &row, (struct outbox_settlement){.verdict = OUTBOX_SENT}));
  assert_ok(store_channel_kept(store, "team", &channel, &err));
  assert_int_equal(channel.disabled_ms, 0);
  assert_string_equal(channel.disabled_mark, "");
  store_close(store);
}

static void the_message_of_a_summary_is_remembered(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct channel_state channel;
  const struct outbox_settlement sent = {.verdict = OUTBOX_SENT, .message_id = "55", .message_mark = UINT64_MAX - 3};
  queue(store, "alert", "a", 0, 1);
  queue(store, "summary", "summary:1", 0, 1);
  queue(store, "summary", "summary:1", 1, 1);
  for (int i = 0; i < 3; i++) {
    struct outbox_row row = claim_whole(store, NOON);
    assert_ok(store_channel_kept(store, "team", &channel, &err));
    assert_string_equal(channel.message_id, i < 2 ? "" : "55"); /* an alert is none */
    struct outbox_settlement settlement = sent;
    if (i == 2) settlement.message_id = "66"; /* a second part is none */
    assert_true(settle_as(store, &row, settlement));
  }
  assert_ok(store_channel_kept(store, "team", &channel, &err));
  assert_string_equal(channel.message_id, "55");
  assert_true(channel.message_mark == UINT64_MAX - 3);
  queue(store, "summary", "summary:2", 0, 2);
  struct outbox_row row = claim_whole(store, NOON);
  assert_true(
      settle_as(store, &row, (struct outbox_settlement){.verdict = OUTBOX_RETRY, .due_ms = NOON, .message_id = ""}));
  assert_ok(store_channel_kept(store, "team", &channel, &err));
  assert_string_equal(channel.message_id, "");
  store_close(store);
}

static void tell(struct store *store, const char *alert, const char *account, const char *message) {
  const struct told_alert told = {.channel = "team", .alert = alert, .account = account, .message = message, .line = "x"};
  bool fresh = false;
  begin(store);
  assert_ok(store_alert_told(store, &told, &fresh, &err));
  commit(store);
  assert_true(fresh);
}

static void what_an_accounts_people_are_told_stays_in_order(void **state) {
  (void)state;
  struct store *store = open_writing();
  queue(store, "alert", "alert:1", 0, 1);
  tell(store, "low:kimi:1:warning", "kimi", "alert:1");
  tell(store, "low:claude:1:warning", "claude", "alert:1");
  queue(store, "recovery", "recovery:2", 0, 2);
  tell(store, "low:kimi:1:over", "kimi", "recovery:2");
  queue(store, "alert", "alert:3", 0, 3);
  tell(store, "low:grok:1:warning", "grok", "alert:3");
  struct outbox_row first = claim_whole(store, NOON);
  settle(store, &first, OUTBOX_RETRY);
  struct outbox_row other = claim_whole(store, NOON);
  assert_string_equal(other.key, "alert:3");
  settle(store, &other, OUTBOX_SENT);
  assert_int_equal(claim_whole(store, NOON).id, 0);
  assert_int_equal(next(store), NOON + 30000); /* the recovery waits for its alert */
  first = claim_whole(store, NOON + 30000);
  assert_string_equal(first.key, "alert:1");
  settle(store, &first, OUTBOX_SENT);
  assert_string_equal(claim_whole(store, NOON + 30000).key, "recovery:2");
  store_close(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_claim_that_ended_without_a_word_is_in_doubt_since_its_first_try),
      TEST(a_try_without_an_answer_is_in_doubt_and_one_that_never_left_is_not),
      TEST(a_doubtful_message_ends_with_all_its_parts_and_is_counted_once),
      TEST(a_retried_summary_in_doubt_that_gives_way_is_counted),
      TEST(a_void_address_disables_until_something_is_sent),
      TEST(the_message_of_a_summary_is_remembered),
      TEST(what_an_accounts_people_are_told_stays_in_order),
  };
  return cmocka_run_group_tests_name("store doubt", tests, NULL, NULL);
}
