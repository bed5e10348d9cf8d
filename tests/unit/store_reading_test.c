#include "store_testing.h"

static void a_turn_gets_an_id_and_its_slot_only_one(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct turn turn = {.schedule = "0 * * * *", .slot_ms = NOON, .started_ms = NOON + 5};
  struct turn again = turn;
  bool fresh = false;
  bool exists = true;
  assert_ok(store_turn_exists(store, "0 * * * *", NOON, &exists, &err));
  assert_false(exists);
  begin(store);
  assert_ok(store_turn_add(store, &turn, &fresh, &err));
  assert_true(fresh);
  assert_int_equal(turn.id, 1);
  assert_ok(store_turn_add(store, &again, &fresh, &err));
  assert_false(fresh);
  assert_int_equal(again.id, 0);
  commit(store);
  assert_ok(store_turn_exists(store, "0 * * * *", NOON, &exists, &err));
  assert_true(exists);
  assert_ok(store_turn_exists(store, "@daily", NOON, &exists, &err));
  assert_false(exists);
  store_close(store);
}

static void turns_without_a_slot_are_as_many_as_there_are(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct turn turn = {.schedule = "update"};
  bool fresh = false;
  begin(store);
  assert_ok(store_turn_add(store, &turn, &fresh, &err));
  assert_ok(store_turn_add(store, &turn, &fresh, &err));
  assert_true(fresh);
  assert_int_equal(turn.id, 2);
  commit(store);
  store_close(store);
}

static void the_last_turn_is_the_last_that_came_whatever_its_time(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct turn far = {.schedule = "0 * * * *", .slot_ms = NOON + 100000 * HOUR};
  struct turn now = {.schedule = "0 * * * *", .slot_ms = NOON};
  struct turn other = {.schedule = "update", .started_ms = NOON + 7};
  struct turn last;
  bool fresh = false;
  assert_ok(store_turn_last(store, NULL, &last, &err));
  assert_int_equal(last.id, 0);
  begin(store);
  assert_ok(store_turn_add(store, &far, &fresh, &err));
  assert_ok(store_turn_add(store, &now, &fresh, &err));
  assert_ok(store_turn_add(store, &other, &fresh, &err));
  commit(store);
  assert_ok(store_turn_last(store, "0 * * * *", &last, &err));
  assert_int_equal(last.slot_ms, NOON);
  assert_ok(store_turn_last(store, NULL, &last, &err));
  assert_string_equal(last.schedule, "update");
  assert_int_equal(last.started_ms, NOON + 7);
  store_close(store);
}

static void what_changes_something_needs_a_job(void **state) {
  (void)state;
  struct store *store = open_writing();
  const struct account_key key = {.account = "kimi", .provider = "moonshot"};
  struct reading reading = usd(NOON, 1234);
  struct turn turn = {.schedule = "update"};
  bool fresh = true;
  assert_false(store_turn_add(store, &turn, &fresh, &err));
  assert_int_equal(err.code, ERR_STORE);
  assert_false(store_reading_add(store, &key, 1, &reading, LEVEL_OK, &err));
  assert_false(store_log_add(store, 1, "p", "t", false, &err));
  assert_true(fresh);
  store_close(store);
}

static bool collect(void *context, const struct history_row *row) {
  struct history_row **at = context;
  *(*at)++ = *row;
  return true;
}

static int history(struct store *store, const struct history_query *query, struct history_row *rows) {
  struct history_row *at = rows;
  assert_ok(store_history(store, query, collect, &at, &err));
  return (int)(at - rows);
}

static void a_reading_comes_back_as_it_was(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct history_row rows[4];
  const struct account_key key = {.account = "claude", .provider = "postgres"};
  struct reading full = {
      .kind = READING_QUOTA,
      .asked_ms = NOON,
      .time_ms = NOON - 5000,
      .available = amount_of(INT64_MAX),
      .cash = amount_of(INT64_MIN),
      .voucher = amount_of(0),
      .limit = amount_of(-1),
      .resets_ms = NOON + HOUR,
      .noted_ms = NOON - HOUR,
      .unit = "characters",
      .estimated = true,
      .simulated = true,
      .code = ERR_TIMEOUT,
      .detail = "timed out after 10 s — ‘x’",
      .hint = "look",
  };
  begin(store);
  assert_ok(store_reading_add(store, &key, 1, &full, LEVEL_UNKNOWN, &err));
  commit(store);
  assert_int_equal(history(store, &(struct history_query){0}, rows), 1);
  assert_string_equal(rows[0].account, "claude");
  assert_int_equal(rows[0].level, LEVEL_UNKNOWN);
  assert_true(rows[0].reading.available.known);
  assert_int_equal(rows[0].reading.available.nano, INT64_MAX);
  assert_int_equal(rows[0].reading.cash.nano, INT64_MIN);
  assert_true(rows[0].reading.voucher.known);
  assert_false(rows[0].reading.used.known);
  assert_int_equal(rows[0].reading.limit.nano, -1);
  assert_int_equal(rows[0].reading.kind, READING_QUOTA);
  assert_int_equal(rows[0].reading.asked_ms, NOON);
  assert_int_equal(rows[0].reading.time_ms, NOON - 5000);
  assert_int_equal(rows[0].reading.resets_ms, NOON + HOUR);
  assert_true(rows[0].reading.estimated && rows[0].reading.simulated);
  assert_int_equal(rows[0].reading.noted_ms, NOON - HOUR);
  assert_int_equal(rows[0].reading.code, ERR_TIMEOUT);
  assert_string_equal(rows[0].reading.detail, full.detail);
  assert_string_equal(rows[0].reading.hint, "look");
  assert_string_equal(rows[0].reading.unit, "characters");
  store_close(store);
}

static void state_knows_the_newest_and_the_newest_known(void **state) {
  (void)state;
  struct store *store = open_writing();
  const struct account_key key = {.account = "kimi", .provider = "moonshot"};
  struct account_state kept;
  assert_ok(store_account_state(store, &key, &kept, &err));
  assert_false(kept.seen || kept.known);
  add_reading(store, "kimi", usd(NOON, 420), LEVEL_WARNING);
  add_reading(store, "kimi", failure(NOON + HOUR, "HTTP 503"), LEVEL_UNKNOWN);
  assert_ok(store_account_state(store, &key, &kept, &err));
  assert_true(kept.seen && kept.known);
  assert_string_equal(kept.last.detail, "HTTP 503");
  assert_int_equal(kept.last_level, LEVEL_UNKNOWN);
  assert_int_equal(kept.last_known.available.nano, 420 * (MONEY_NANO / 100));
  assert_int_equal(kept.known_level, LEVEL_WARNING);
  assert_string_equal(kept.last_known.unit, "USD");
  store_close(store);
}

static void the_order_needs_no_clock(void **state) {
  (void)state;
  struct store *store = open_writing();
  const struct account_key key = {.account = "kimi", .provider = "moonshot"};
  struct account_state kept;
  add_reading(store, "kimi", usd(NOON + 100000 * HOUR, 100), LEVEL_OK);
  add_reading(store, "kimi", usd(NOON, 200), LEVEL_OK);
  assert_ok(store_account_state(store, &key, &kept, &err));
  assert_int_equal(kept.last.available.nano, 2 * MONEY_NANO);
  assert_int_equal(number(store, "SELECT seq FROM account_state"), 2);
  store_close(store);
}

static void another_provider_starts_anew(void **state) {
  (void)state;
  const struct account_key moved = {.account = "kimi", .provider = "manual"};
  struct account_state kept;
  struct reading reading = usd(NOON, 90);
  struct store *store = open_writing();
  add_reading(store, "kimi", reading, LEVEL_CRITICAL);
  assert_ok(store_account_state(store, &moved, &kept, &err));
  assert_false(kept.seen || kept.known);
  begin(store);
  assert_ok(store_reading_add(store, &moved, 2, &reading, LEVEL_OK, &err));
  commit(store);
  assert_ok(store_account_state(store, &moved, &kept, &err));
  assert_true(kept.seen);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM series"), 2);
  store_close(store);
}

static void a_failure_belongs_to_the_series_that_was_there(void **state) {
  (void)state;
  struct store *store = open_writing();
  add_reading(store, "kimi", usd(NOON, 420), LEVEL_OK);
  add_reading(store, "kimi", failure(NOON + 1, "HTTP 503"), LEVEL_UNKNOWN);
  add_reading(store, "kimi", usd(NOON + 2, 410), LEVEL_OK);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM series"), 1);
  struct reading yuan = usd(NOON + 3, 400);
  memcpy(yuan.unit, "CNY", 4);
  add_reading(store, "kimi", yuan, LEVEL_OK);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM series"), 2);
  store_close(store);
}

static void rollups_hold_least_most_last_and_count(void **state) {
  (void)state;
  struct store *store = open_writing();
  add_reading(store, "kimi", usd(NOON + 10, 500), LEVEL_OK);
  add_reading(store, "kimi", usd(NOON + 20, 300), LEVEL_OK);
  add_reading(store, "kimi", failure(NOON + 30, "HTTP 503"), LEVEL_UNKNOWN);
  add_reading(store, "kimi", usd(NOON + 40, 400), LEVEL_OK);
  add_reading(store, "kimi", usd(NOON + HOUR, 100), LEVEL_OK);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM rollup WHERE span_ms = 3600000"), 2);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM rollup WHERE span_ms = 86400000"), 1);
  assert_int_equal(number(store, "SELECT available_min FROM rollup WHERE span_ms = 3600000"), 3 * MONEY_NANO);
  assert_int_equal(number(store, "SELECT available_max FROM rollup WHERE span_ms = 3600000"), 5 * MONEY_NANO);
  assert_int_equal(number(store, "SELECT available_last FROM rollup WHERE span_ms = 3600000"), 4 * MONEY_NANO);
  assert_int_equal(number(store, "SELECT readings FROM rollup WHERE span_ms = 3600000"), 4);
  assert_int_equal(number(store, "SELECT unknown FROM rollup WHERE span_ms = 3600000"), 1);
  assert_int_equal(number(store, "SELECT start_ms FROM rollup WHERE span_ms = 3600000"), NOON);
  assert_int_equal(number(store, "SELECT available_min FROM rollup WHERE span_ms = 86400000"), MONEY_NANO);
  assert_int_equal(number(store, "SELECT available_last FROM rollup WHERE span_ms = 86400000"), MONEY_NANO);
  assert_int_equal(number(store, "SELECT used_max IS NULL FROM rollup"), 1);
  store_close(store);
}

static void an_hour_of_failures_only_has_a_rollup_without_amounts(void **state) {
  (void)state;
  struct store *store = open_writing();
  add_reading(store, "kimi", failure(NOON, "HTTP 503"), LEVEL_UNKNOWN);
  assert_int_equal(number(store, "SELECT available_last IS NULL AND unknown = 1 FROM rollup"), 1);
  add_reading(store, "kimi", failure(NOON - 60000 * HOUR * 10, "before 1970"), LEVEL_UNKNOWN);
  assert_int_equal(number(store, "SELECT MIN(start_ms) % 86400000 FROM rollup"), 0);
  store_close(store);
}

static void history_is_by_time_then_arrival(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct history_row rows[8];
  const char *kimi[] = {"kimi", NULL};
  const char *nobody[] = {NULL};
  add_reading(store, "kimi", usd(NOON + HOUR, 2), LEVEL_OK);
  add_reading(store, "claude", usd(NOON, 1), LEVEL_OK);
  add_reading(store, "kimi", usd(NOON, 3), LEVEL_OK);
  add_reading(store, "kimi", usd(NOON, 4), LEVEL_WARNING);
  assert_int_equal(history(store, &(struct history_query){0}, rows), 4);
  assert_string_equal(rows[0].account, "claude");
  assert_int_equal(rows[1].reading.available.nano, 3 * (MONEY_NANO / 100));
  assert_int_equal(rows[2].level, LEVEL_WARNING);
  assert_int_equal(rows[3].reading.asked_ms, NOON + HOUR);
  assert_int_equal(history(store, &(struct history_query){.accounts = kimi, .limit = 2}, rows), 2);
  assert_int_equal(rows[0].reading.available.nano, 4 * (MONEY_NANO / 100));
  assert_int_equal(rows[1].reading.asked_ms, NOON + HOUR);
  assert_int_equal(history(store, &(struct history_query){.since_ms = NOON + 1}, rows), 1);
  assert_int_equal(history(store, &(struct history_query){.until_ms = NOON}, rows), 3);
  assert_int_equal(history(store, &(struct history_query){.accounts = nobody}, rows), 0);
  store_close(store);
}

/* However it is looked for: by all readings of the time, or by the accounts' own. */
static void a_few_of_many_accounts_have_the_same_history(void **state) {
  (void)state;
  static struct history_row rows[256];
  static struct history_row own[256];
  struct store *store = open_writing();
  const char *two[] = {"b", "nobody", "a", NULL};
  for (int hour = 0; hour < 12; hour++) {
    for (int i = 0; i < 12; i++) {
      char name[2] = {(char)('a' + i), '\0'};
      if (i != 1 || hour > 6) add_reading(store, name, usd(NOON + hour * HOUR, hour * 100 + i), LEVEL_OK);
    }
  }
  add_reading(store, "a", usd(NOON - 5 * HOUR, 7), LEVEL_OK); /* imported later */
  begin(store);
  assert_int_equal(number(store, "DELETE FROM reading WHERE seq < 3 RETURNING 1"), 1);
  commit(store);
  const int64_t froms_ms[] = {0, NOON - 5 * HOUR, NOON + 4 * HOUR, NOON + 11 * HOUR, NOON + 20 * HOUR};
  for (size_t k = 0; k < sizeof froms_ms / sizeof froms_ms[0]; k++) {
    int expected = 0;
    int count = history(store, &(struct history_query){.since_ms = froms_ms[k], .until_ms = NOON + 11 * HOUR}, rows);
    for (int i = 0; i < count; i++) {
      if (text_eq(rows[i].account, "a") || text_eq(rows[i].account, "b")) rows[expected++] = rows[i];
    }
    const struct history_query query = {.accounts = two, .since_ms = froms_ms[k], .until_ms = NOON + 11 * HOUR};
    assert_int_equal(history(store, &query, own), expected);
    for (int i = 0; i < expected; i++) {
      assert_string_equal(own[i].account, rows[i].account);
      assert_int_equal(own[i].reading.asked_ms, rows[i].reading.asked_ms);
      assert_int_equal(own[i].reading.available.nano, rows[i].reading.available.nano);
    }
  }
  store_close(store);
}

static bool stop_at_once(void *context, const struct history_row *row) {
  (void)row;
  (*(int *)context)++;
  return false;
}

static void history_stops_when_told(void **state) {
  (void)state;
  struct store *store = open_writing();
  int seen = 0;
  add_reading(store, "kimi", usd(NOON, 2), LEVEL_OK);
  add_reading(store, "kimi", usd(NOON, 3), LEVEL_OK);
  assert_ok(store_history(store, &(struct history_query){0}, stop_at_once, &seen, &err));
  assert_ok(store_history(store, &(struct history_query){.limit = 2}, stop_at_once, &seen, &err));
  assert_int_equal(seen, 2);
  store_close(store);
}

static void an_old_log_goes_between_and_only_once(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct history_row rows[8];
  const struct account_key key = {.account = "kimi", .provider = "moonshot"};
  struct reading old = usd(NOON - HOUR, 700);
  struct reading same_second = usd(NOON, 500);
  struct account_state kept;
  bool fresh = false;
  add_reading(store, "kimi", usd(NOON + 250, 500), LEVEL_WARNING);
  begin(store);
  assert_ok(store_import_add(store, &key, &old, LEVEL_CRITICAL, &fresh, &err));
  assert_true(fresh);
  assert_ok(store_import_add(store, &key, &old, LEVEL_CRITICAL, &fresh, &err));
  assert_false(fresh);
  assert_ok(store_import_add(store, &key, &same_second, LEVEL_OK, &fresh, &err));
  assert_false(fresh);
  commit(store);
  assert_int_equal(history(store, &(struct history_query){0}, rows), 2);
  assert_int_equal(rows[0].reading.available.nano, 7 * MONEY_NANO);
  assert_int_equal(rows[0].level, LEVEL_CRITICAL);
  assert_ok(store_account_state(store, &key, &kept, &err));
  assert_int_equal(kept.last.available.nano, 5 * MONEY_NANO);
  assert_int_equal(kept.last_level, LEVEL_WARNING);
  add_reading(store, "kimi", usd(NOON + HOUR, 400), LEVEL_OK);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM reading"), 3);
  store_close(store);
}

static void an_import_into_an_empty_store_makes_the_state(void **state) {
  (void)state;
  struct store *store = open_writing();
  const struct account_key key = {.account = "kimi", .provider = "moonshot"};
  struct reading old = usd(NOON - HOUR, 700);
  struct reading newer = failure(NOON, "HTTP 503");
  struct account_state kept;
  bool fresh = false;
  begin(store);
  assert_ok(store_import_add(store, &key, &old, LEVEL_CRITICAL, &fresh, &err));
  assert_ok(store_import_add(store, &key, &newer, LEVEL_UNKNOWN, &fresh, &err));
  commit(store);
  assert_ok(store_account_state(store, &key, &kept, &err));
  assert_int_equal(kept.last.code, ERR_SERVER);
  assert_int_equal(kept.last_level, LEVEL_UNKNOWN);
  assert_int_equal(kept.last_known.available.nano, 7 * MONEY_NANO);
  assert_int_equal(kept.known_level, LEVEL_CRITICAL);
  store_close(store);
}

static struct last_answer last_of(struct store *store, const char *provider) {
  const struct account_key key = {.account = "kimi", .provider = provider};
  struct last_answer last = {.found = true};
  assert_ok(store_last_answer(store, &key, &last, &err));
  return last;
}

static void the_last_answer_bears_the_mark_of_what_was_asked(void **state) {
  (void)state;
  struct store *store = open_writing();
  const struct account_key key = {.account = "kimi", .provider = "moonshot"};
  struct reading marked = usd(NOON, 500);
  const struct reading imported = usd(NOON + HOUR, 400);
  bool fresh = false;
  assert_false(last_of(store, "moonshot").found);
  marked.ask_mark = 0xFEDCBA98U;
  add_reading(store, "kimi", marked, LEVEL_OK);
  assert_true(last_of(store, "moonshot").found);
  assert_int_equal(last_of(store, "moonshot").reading.ask_mark, 0xFEDCBA98U);
  assert_int_equal(last_of(store, "moonshot").reading.available.nano, 5 * MONEY_NANO);
  assert_false(last_of(store, "deepseek").found);
  begin(store);
  assert_ok(store_import_add(store, &key, &imported, LEVEL_OK, &fresh, &err));
  commit(store);
  assert_int_equal(last_of(store, "moonshot").reading.ask_mark, 0);
  store_close(store);
}

static void cleanup_goes_in_chunks_and_leaves_the_newest_known(void **state) {
  (void)state;
  struct store *store = open_writing();
  const struct account_key key = {.account = "kimi", .provider = "moonshot"};
  struct account_state kept;
  for (int i = 0; i < 10; i++) {
    add_reading(store, "kimi", usd(NOON + i * HOUR, 100 + i), LEVEL_OK);
  }
  for (int i = 10; i < 15; i++) {
    add_reading(store, "kimi", failure(NOON + i * HOUR, "HTTP 503"), LEVEL_UNKNOWN);
  }
  begin(store);
  struct cleanup_chunk chunk = {.before_ms = NOON + 5 * HOUR, .limit = 3};
  assert_ok(store_cleanup(store, &chunk, &err));
  assert_int_equal(chunk.deleted, 3);
  assert_true(chunk.more);
  assert_int_equal(number(store, "SELECT MIN(at_ms) FROM reading"), NOON + 3 * HOUR);
  assert_ok(store_cleanup(store, &chunk, &err));
  assert_int_equal(chunk.deleted, 2);
  chunk = (struct cleanup_chunk){.before_ms = INT64_MAX, .limit = 100};
  assert_ok(store_cleanup(store, &chunk, &err));
  assert_int_equal(chunk.deleted, 8);
  assert_false(chunk.more);
  commit(store);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM rollup WHERE span_ms = 3600000"), 0);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM rollup WHERE span_ms = 86400000"), 2);
  assert_ok(store_account_state(store, &key, &kept, &err));
  assert_int_equal(kept.last.asked_ms, NOON + 14 * HOUR);
  assert_int_equal(kept.last_known.asked_ms, NOON + 9 * HOUR);
  store_close(store);
}

static void cleanup_leaves_the_newest_turns(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct cleanup_chunk chunk = {.before_ms = INT64_MAX, .limit = 100};
  begin(store);
  for (int i = 1; i <= 1010; i++) {
    struct turn turn = {.schedule = "0 * * * *", .slot_ms = i, .started_ms = i};
    bool fresh = false;
    assert_ok(store_turn_add(store, &turn, &fresh, &err));
  }
  assert_ok(store_cleanup(store, &chunk, &err));
  commit(store);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM turn"), 1000);
  store_close(store);
}

static void add_message(struct store *store, int i, const char *channel) {
  struct outbox_row row = {.kind = "alert", .turn_id = 1, .payload = (char *)(uintptr_t) "hello", .created_ms = NOON};
  bool fresh = false;
  (void)text_fmt(row.key, sizeof row.key, "low:kimi:%d", i);
  (void)text_copy(row.channel, sizeof row.channel, channel);
  assert_ok(store_outbox_add(store, &row, &fresh, &err));
}

/* A short schedule with several channels makes more messages than readings. */
static void cleanup_goes_on_while_there_are_messages(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct cleanup_chunk chunk = {.before_ms = NOON + HOUR, .limit = 3};
  begin(store);
  for (int i = 0; i < 10; i++)
    add_message(store, i, "gone");
  for (int i = 10; i < 20; i++)
    add_message(store, i, "team");
  assert_ok(db_exec(store, "UPDATE outbox SET state = 'sent', settled_ms = created_ms WHERE channel = 'team'", &err));
  assert_ok(
      db_exec(store, "INSERT INTO turn (id, schedule, slot_ms, started_ms) VALUES (2000, '', 0, 9000000000000)", &err));
  int chunks = 0;
  do {
    assert_ok(store_cleanup(store, &chunk, &err));
    assert_int_equal(chunk.deleted, 0);
    chunks++;
  } while (chunk.more);
  commit(store);
  assert_int_equal(chunks, 4);
  assert_int_equal(number(store, "SELECT COUNT(*) FROM outbox"), 0);
  store_close(store);
}

static void note(struct store *store, enum note_kind kind, int64_t nano, int64_t time_ms) {
  const struct note noted = {.account = "openai",
                             .unit = "USD",
                             .kind = kind,
                             .nano = nano,
                             .time_ms = time_ms,
                             .spent_before = kind == NOTE_SET ? amount_of(time_ms * 2) : (struct amount){0}};
  begin(store);
  assert_ok(store_note_add(store, &noted, &err));
  commit(store);
}

static void a_noted_balance_is_the_last_set_and_the_topups_since(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct note_answer answer;
  assert_ok(store_note_balance(store, "openai", "USD", &answer, &err));
  assert_false(answer.noted || answer.balance.known);
  note(store, NOTE_TOPUP, 5, 10);
  assert_ok(store_note_balance(store, "openai", "USD", &answer, &err));
  assert_int_equal(answer.balance.nano, 5);
  assert_int_equal(answer.noted_ms, 10);
  assert_false(answer.spent_before.known);
  note(store, NOTE_SET, 100, 20);
  note(store, NOTE_TOPUP, 7, 20);
  note(store, NOTE_TOPUP, 3, 30);
  assert_ok(store_note_balance(store, "openai", "USD", &answer, &err));
  assert_true(answer.noted && answer.balance.known);
  assert_int_equal(answer.balance.nano, 110);
  assert_int_equal(answer.time_ms, 30);
  assert_int_equal(answer.noted_ms, 20);
  assert_int_equal(answer.spent_before.nano, 40);
  assert_ok(store_note_balance(store, "openai", "EUR", &answer, &err));
  assert_false(answer.noted);
  note(store, NOTE_TOPUP, INT64_MAX, 40);
  assert_false(store_note_balance(store, "openai", "USD", &answer, &err));
  store_close(store);
}

static bool push(struct store *store, int64_t nano, int64_t time_ms, int64_t now_ms) {
  const struct push_note handed = {.account = "claude",
                                   .unit = "USD",
                                   .push = {.available = amount_of(nano), .cash = amount_of(1), .time_ms = time_ms},
                                   .now_ms = now_ms};
  bool fresh = false;
  begin(store);
  assert_ok(store_push_put(store, &handed, &fresh, &err));
  commit(store);
  return fresh;
}

static int64_t pushed_nano(struct store *store, const char *unit) {
  struct note_answer answer;
  assert_ok(store_note_balance(store, "claude", unit, &answer, &err));
  return answer.pushed ? answer.push.available.nano : -1;
}

static void the_newest_that_was_handed_in_stays(void **state) {
  (void)state;
  struct store *store = open_writing();
  struct note_answer answer;
  assert_int_equal(pushed_nano(store, "USD"), -1);
  assert_true(push(store, 100, 20, 50));
  assert_true(push(store, 90, 30, 50));
  assert_false(push(store, 95, 29, 50));
  assert_int_equal(pushed_nano(store, "USD"), 90);
  assert_true(push(store, 80, 30, 50));
  assert_ok(store_note_balance(store, "claude", "USD", &answer, &err));
  assert_false(answer.noted);
  assert_int_equal(answer.push.available.nano, 80);
  assert_int_equal(answer.push.cash.nano, 1);
  assert_false(answer.push.voucher.known);
  assert_int_equal(answer.push.time_ms, 30);
  assert_int_equal(pushed_nano(store, "EUR"), -1);
  const struct push_note handed = {.account = "claude", .unit = "USD"};
  bool fresh = false;
  assert_false(store_push_put(store, &handed, &fresh, &err));
  store_close(store);
}

static void a_clock_that_was_wrong_keeps_nothing_out_for_ever(void **state) {
  (void)state;
  struct store *store = open_writing();
  assert_true(push(store, 100, 9000, 9000));
  assert_false(push(store, 90, 50, 9000));
  assert_true(push(store, 90, 50, 50));
  assert_int_equal(pushed_nano(store, "USD"), 90);
  store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_test_folder, remove_test_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_turn_gets_an_id_and_its_slot_only_one),
      TEST(turns_without_a_slot_are_as_many_as_there_are),
      TEST(the_last_turn_is_the_last_that_came_whatever_its_time),
      TEST(what_changes_something_needs_a_job),
      TEST(a_reading_comes_back_as_it_was),
      TEST(state_knows_the_newest_and_the_newest_known),
      TEST(the_order_needs_no_clock),
      TEST(another_provider_starts_anew),
      TEST(a_failure_belongs_to_the_series_that_was_there),
      TEST(rollups_hold_least_most_last_and_count),
      TEST(an_hour_of_failures_only_has_a_rollup_without_amounts),
      TEST(history_is_by_time_then_arrival),
      TEST(a_few_of_many_accounts_have_the_same_history),
      TEST(history_stops_when_told),
      TEST(an_old_log_goes_between_and_only_once),
      TEST(an_import_into_an_empty_store_makes_the_state),
      TEST(the_last_answer_bears_the_mark_of_what_was_asked),
      TEST(cleanup_goes_in_chunks_and_leaves_the_newest_known),
      TEST(cleanup_leaves_the_newest_turns),
      TEST(cleanup_goes_on_while_there_are_messages),
      TEST(a_noted_balance_is_the_last_set_and_the_topups_since),
      TEST(the_newest_that_was_handed_in_stays),
      TEST(a_clock_that_was_wrong_keeps_nothing_out_for_ever),
  };
  return cmocka_run_group_tests_name("store_reading", tests, NULL, NULL);
}
