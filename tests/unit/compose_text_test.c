#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lowtide/compose.h"
#include "lowtide/text.h"

#define NOW_MS INT64_C(1769677200000) /* Thu 2026-01-29 09:00:00 UTC */

static int64_t cents(int64_t count) {
  return count * (MONEY_NANO / 100);
}

static struct account account;
static struct standing standing;

static void judge(void) {
  standing.thresholds = thresholds_for(&account.thresholds, &standing.reading);
  standing.level = level_of(&standing.reading, &standing.thresholds);
}

static int kimi(void **state) {
  (void)state;
  account = (struct account){
      .name = "kimi", .provider = "moonshot", .label = "Kimi", .emoji = "🌙", .unit = "", .log_format = LOG_FORMAT_SHORT};
  account.thresholds.inherited.warning.left = amount_of(cents(500));
  account.thresholds.inherited.critical.left = amount_of(cents(100));
  standing = (struct standing){.account = &account,
                               .reading = {.asked_ms = NOW_MS,
                                           .time_ms = NOW_MS,
                                           .available = amount_of(cents(1234)),
                                           .voucher = amount_of(cents(345)),
                                           .cash = amount_of(cents(889)),
                                           .unit = "USD"},
                               .last_level = LEVEL_UNKNOWN,
                               .last_known = {.code = ERR_NOT_CONFIGURED},
                               .runway_ms = -1};
  judge();
  return 0;
}

static void make_low(int64_t available_cents) {
  standing.reading.available = amount_of(cents(available_cents));
  standing.reading.voucher = amount_of(cents(100));
  standing.reading.cash = amount_of(cents(available_cents - 100));
  judge();
}

static void make_unknown(void) {
  struct err err = {0};
  (void)err_set(&err, ERR_SERVER, "HTTP 503");
  (void)err_hint(&err, "the vendor has trouble; see its status page");
  standing.last_known = standing.reading;
  standing.last_known.time_ms = NOW_MS - 2 * HOUR_MS;
  standing.last_level = LEVEL_OK;
  standing.reading = reading_unknown(NOW_MS, &err);
  judge();
}

static void make_spent(enum reading_kind kind) {
  standing.reading = (struct reading){
      .kind = kind, .time_ms = NOW_MS, .used = amount_of(cents(3471)), .limit = amount_of(cents(5000)), .unit = "USD"};
  judge();
}

static void make_counted(void) {
  standing.reading = (struct reading){.kind = READING_QUOTA,
                                      .time_ms = NOW_MS,
                                      .used = amount_of(41230 * MONEY_NANO),
                                      .limit = amount_of(100000 * MONEY_NANO),
                                      .resets_ms = NOW_MS + 5 * HOUR_MS,
                                      .unit = "characters"};
  judge();
}

static struct buf made;

static int done(void **state) {
  (void)state;
  buf_done(&made);
  return 0;
}

static void expect(const char *expected) {
  struct buf plain;
  buf_init(&plain, MESSAGE_TEXT_MAX);
  message_print_plain(&plain, buf_text(&made), false);
  assert_string_equal(buf_text(&plain), expected);
  buf_done(&plain);
  buf_done(&made);
}

/* --- check ACCOUNT ------------------------------------------------------------------------------------------------- */

static void expect_parts(const char *expected) {
  buf_init(&made, MESSAGE_TEXT_MAX);
  compose_parts(&standing, NULL, NOW_MS, &made);
  expect(expected);
}

static void the_parts_are_the_contracts(void **state) {
  (void)state;
  expect_parts("✅ Kimi Balance Check\n💰 Available: $12.34\n🎁 Voucher: $3.45\n💵 Cash: $8.89");
  make_low(420);
  expect_parts("⚠️ **Kimi Balance Low!**\n💰 Available: $4.20\n🎁 Voucher: $1.00\n💵 Cash: $3.20");
  standing.reading.voucher.known = false;
  make_low(99);
  expect_parts("🚨 **Kimi Balance Critical!**\n💰 Available: $0.99\n🎁 Voucher: $1.00\n💵 Cash: -$0.01");
}

static void unknown_parts_tell_why_and_what_to_do(void **state) {
  (void)state;
  make_unknown();
  expect_parts("❔ Kimi: unknown (HTTP 503) — last $12.34, 2 h ago\n💡 the vendor has trouble; see its status page");
  standing.reading.hint[0] = '\0';
  standing.last_known.code = ERR_NOT_CONFIGURED;
  expect_parts("❔ Kimi: unknown (HTTP 503)");
  account.simulated = true;
  expect_parts("❔ Kimi: unknown (HTTP 503) · simulated");
}

static void parts_of_spend_and_quota(void **state) {
  (void)state;
  make_spent(READING_SPEND);
  expect_parts("✅ Kimi Balance Check\n📈 Used: $34.71\n🎯 Limit: $50.00");
  (void)text_copy(standing.reading.hint, sizeof standing.reading.hint, "a management key tells the credits");
  expect_parts("✅ Kimi Balance Check\n📈 Used: $34.71\n🎯 Limit: $50.00\n💡 a management key tells the credits");
  make_counted();
  expect_parts("✅ Kimi Balance Check\n📈 Used: 41,230 characters\n🎯 Limit: 100,000 characters\n🔄 Resets: Thu 14:00");
}

static void every_part_of_a_simulated_account_says_so(void **state) {
  (void)state;
  make_counted();
  standing.reading.simulated = true;
  standing.reading.estimated = true;
  expect_parts("✅ Kimi Balance Check · simulated\n📈 Used: ≈ 41,230 characters · simulated\n"
               "🎯 Limit: ≈ 100,000 characters · simulated\n🔄 Resets: Thu 14:00 · simulated\n"
               "📝 Noted: 2026-01-29 · simulated");
}

/* --- text logs ----------------------------------------------------------------------------------------------------- */

static void expect_log(const char *expected) {
  buf_init(&made, 4096);
  compose_log_line(&standing, NOW_MS, &made);
  assert_string_equal(buf_text(&made), expected);
  buf_done(&made);
}

static void log_lines_are_the_contracts(void **state) {
  (void)state;
  expect_log("[2026-01-29 09:00:00] Kimi: $12.34");
  account.log_format = LOG_FORMAT_DETAILED;
  expect_log("2026-01-29 09:00:00 | Available: $12.34 | Voucher: $3.45 | Cash: $8.89");
  standing.reading.voucher.known = false;
  standing.reading.cash.known = false;
  expect_log("2026-01-29 09:00:00 | Available: $12.34");
  make_unknown();
  expect_log("[2026-01-29 09:00:00] Kimi: unknown (HTTP 503)");
}

static void log_lines_of_spend_and_quota_tell_amounts(void **state) {
  (void)state;
  make_spent(READING_SPEND);
  expect_log("[2026-01-29 09:00:00] Kimi: $34.71 of $50.00 used");
  standing.reading.limit.known = false;
  standing.reading.estimated = true;
  expect_log("[2026-01-29 09:00:00] Kimi: ≈ $34.71 used");
  make_counted();
  expect_log("[2026-01-29 09:00:00] Kimi: 41,230 of 100,000 characters used");
  account.log_format = LOG_FORMAT_DETAILED;
  expect_log("2026-01-29 09:00:00 | Used: 41,230 characters | Limit: 100,000 characters");
  standing.reading.estimated = true;
  expect_log("2026-01-29 09:00:00 | Used: ≈ 41,230 characters | Limit: ≈ 100,000 characters");
}

static void a_simulated_log_line_says_so(void **state) {
  (void)state;
  standing.reading.simulated = true;
  expect_log("[2026-01-29 09:00:00] Kimi: $12.34 (simulated)");
  account.log_format = LOG_FORMAT_DETAILED;
  expect_log("2026-01-29 09:00:00 | Available: $12.34 | Voucher: $3.45 | Cash: $8.89 (simulated)");
}

static void nothing_breaks_a_log_line(void **state) {
  (void)state;
  account.label = "Ki\nmi\x01";
  expect_log("[2026-01-29 09:00:00] Ki mi : $12.34");
}

static void what_was_posted_is_the_contracts(void **state) {
  (void)state;
  buf_init(&made, 4096);
  compose_log_stamp(NOW_MS, &made);
  compose_log_posted(&standing, &made);
  expect("[2026-01-29 09:00:00] POSTED: 🌙 Kimi Balance: $12.34 (voucher: $3.45, cash: $8.89)");
  make_unknown();
  standing.reading.simulated = true;
  account.emoji = "<:moon:456>";
  compose_log_posted(&standing, &made);
  expect("POSTED: <:moon:456> Kimi Balance: unknown (HTTP 503) (simulated)");
}

/* --- JSON ---------------------------------------------------------------------------------------------------------- */

static struct config config = {.title = "API \"Balance\" Summary"};

static void expect_json(size_t count, const char *expected) {
  struct summary summary = {.config = &config, .standings = &standing, .count = count, .now_ms = NOW_MS, .channel_id = ""};
  buf_init(&made, MESSAGE_TEXT_MAX);
  compose_balances_json(&summary, &made);
  assert_string_equal(buf_text(&made), expected);
  buf_done(&made);
}

static void json_of_a_known_account(void **state) {
  (void)state;
  standing.reading.available = amount_of(82591784481);
  standing.reading.time_ms = NOW_MS - 90500;
  standing.runway_ms = 3 * HOUR_MS + 999;
  expect_json(1, "{\"title\":\"API \\\"Balance\\\" Summary\",\"time\":\"2026-01-29T09:00:00Z\",\"accounts\":["
                 "{\"account\":\"kimi\",\"provider\":\"moonshot\",\"label\":\"Kimi\",\"level\":\"ok\",\"unit\":\"USD\","
                 "\"available\":\"82.591784481\",\"cash\":\"8.89\",\"voucher\":\"3.45\",\"used\":null,\"limit\":null,"
                 "\"resets_at\":null,\"time\":\"2026-01-29T08:58:29.500Z\",\"age_seconds\":90,\"estimated\":false,"
                 "\"simulated\":false,\"error\":null,\"runway_seconds\":10800,\"warning\":\"5\",\"critical\":\"1\"}]}");
}

static void json_of_an_unknown_account(void **state) {
  (void)state;
  make_unknown();
  standing.reading.available = amount_of(1); /* what is unknown is null, whatever stands there */
  expect_json(1,
              "{\"title\":\"API \\\"Balance\\\" Summary\",\"time\":\"2026-01-29T09:00:00Z\",\"accounts\":["
              "{\"account\":\"kimi\",\"provider\":\"moonshot\",\"label\":\"Kimi\",\"level\":\"unknown\",\"unit\":\"USD\","
              "\"available\":null,\"cash\":null,\"voucher\":null,\"used\":null,\"limit\":null,"
              "\"resets_at\":null,\"time\":\"2026-01-29T09:00:00Z\",\"age_seconds\":0,\"estimated\":false,"
              "\"simulated\":false,\"error\":{\"code\":\"server\",\"detail\":\"HTTP 503\"},\"runway_seconds\":null,"
              "\"warning\":\"5\",\"critical\":\"1\"}]}");
}

static void json_of_a_quota(void **state) {
  (void)state;
  make_counted();
  standing.reading.simulated = true;
  standing.reading.time_ms = NOW_MS + 5000; /* a vendor's clock may be ahead */
  expect_json(1, "{\"title\":\"API \\\"Balance\\\" Summary\",\"time\":\"2026-01-29T09:00:00Z\",\"accounts\":["
                 "{\"account\":\"kimi\",\"provider\":\"moonshot\",\"label\":\"Kimi\",\"level\":\"ok\","
                 "\"unit\":\"characters\",\"available\":null,\"cash\":null,\"voucher\":null,\"used\":\"41230\","
                 "\"limit\":\"100000\",\"resets_at\":\"2026-01-29T14:00:00Z\",\"time\":\"2026-01-29T09:00:05Z\","
                 "\"age_seconds\":0,\"estimated\":false,\"simulated\":true,\"error\":null,\"runway_seconds\":null,"
                 "\"warning\":null,\"critical\":null}]}");
}

static void json_of_what_was_never_read_has_the_configs_unit_or_none(void **state) {
  (void)state;
  make_unknown();
  standing.last_known = (struct reading){.code = ERR_NOT_CONFIGURED};
  struct summary summary = {.config = &config, .standings = &standing, .count = 1, .now_ms = NOW_MS, .channel_id = ""};
  buf_init(&made, MESSAGE_TEXT_MAX);
  compose_balances_json(&summary, &made);
  assert_non_null(strstr(buf_text(&made), "\"unit\":null,"));
  buf_clear(&made);
  account.unit = "CNY";
  compose_balances_json(&summary, &made);
  assert_non_null(strstr(buf_text(&made), "\"unit\":\"CNY\","));
}

static void json_of_several_and_of_none(void **state) {
  (void)state;
  const struct standing two[] = {standing, standing};
  struct summary summary = {.config = &config, .standings = two, .count = 2, .now_ms = NOW_MS, .channel_id = ""};
  buf_init(&made, MESSAGE_TEXT_MAX);
  compose_balances_json(&summary, &made);
  assert_non_null(strstr(buf_text(&made), "},{\"account\":\"kimi\""));
  buf_done(&made);
  expect_json(0, "{\"title\":\"API \\\"Balance\\\" Summary\",\"time\":\"2026-01-29T09:00:00Z\",\"accounts\":[]}");
}

/* --- ages and tables ----------------------------------------------------------------------------------------------- */

static void ages_are_told_in_one_unit(void **state) {
  (void)state;
  static const struct {
    int64_t ms;
    const char *text;
  } cases[] = {{-5000, "just now"},         {0, "just now"},         {59999, "just now"},        {60000, "1 min ago"},
               {HOUR_MS - 1, "59 min ago"}, {HOUR_MS, "1 h ago"},    {2 * HOUR_MS, "2 h ago"},   {DAY_MS - 1, "23 h ago"},
               {DAY_MS, "1 d ago"},         {3 * DAY_MS, "3 d ago"}, {400 * DAY_MS, "400 d ago"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[32];
    compose_age(text, sizeof text, cases[i].ms);
    assert_string_equal(text, cases[i].text);
  }
}

static void columns_line_up_on_a_terminal(void **state) {
  (void)state;
  static const char *const headings[] = {"ACCOUNT", "LEFT", "WHY"};
  static const char *const rows[][3] = {{"kimi", "$8.07", ""},
                                        {"月之暗面", "$1,234.50", "ok"},
                                        {"cafe\u0301", "", "a\nb\033[2J"},
                                        {"⚠️ x", "1", "z"},
                                        {"👩‍💻", "2", "z"},
                                        {"👍🏽", "3", "z"},
                                        {"a\xff", "4", "z"},
                                        {"e\u200b", "5", "z"},
                                        {"☂\ufe0f\ufe0f", "6", "z"},
                                        {"𝕏ß", "7", "z"},
                                        {"＄", "8", "z"}};
  struct table *table = table_new(headings, 3);
  table_align_right(table, 1);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    table_add(table, rows[i]);
  buf_init(&made, 4096);
  table_print(table, &made, false);
  assert_string_equal(buf_text(&made), "ACCOUNT        LEFT  WHY\n"
                                       "kimi          $8.07\n"
                                       "月之暗面  $1,234.50  ok\n"
                                       "cafe\u0301                 a b [2J\n"
                                       "⚠️ x              1  z\n"
                                       "👩‍💻                2  z\n"
                                       "👍🏽                3  z\n"
                                       "a                 4  z\n"
                                       "e\u200b                 5  z\n"
                                       "☂\ufe0f\ufe0f                6  z\n"
                                       "𝕏ß                7  z\n"
                                       "＄                8  z\n");
  table_free(table);
}

static void headings_may_be_bold_or_missing(void **state) {
  (void)state;
  static const char *const headings[] = {"A", "B"};
  static const char *const cells[] = {"one", "two"};
  struct table *table = table_new(headings, 2);
  table_add(table, cells);
  buf_init(&made, 4096);
  table_print(table, &made, true);
  assert_string_equal(buf_text(&made), "\033[1mA    B\033[22m\none  two\n");
  table_free(table);
  table = table_new(NULL, 2);
  for (int i = 0; i < 40; i++)
    table_add(table, cells);
  buf_clear(&made);
  table_print(table, &made, true);
  assert_true(text_starts(buf_text(&made), "one  two\none  two\n"));
  assert_int_equal(made.len, 40 * 9);
  table_free(table);
  table_free(NULL);
}

#define OF_KIMI(test) cmocka_unit_test_setup_teardown(test, kimi, done)

int main(void) {
  const struct CMUnitTest tests[] = {
      OF_KIMI(the_parts_are_the_contracts),
      OF_KIMI(unknown_parts_tell_why_and_what_to_do),
      OF_KIMI(parts_of_spend_and_quota),
      OF_KIMI(every_part_of_a_simulated_account_says_so),
      OF_KIMI(log_lines_are_the_contracts),
      OF_KIMI(log_lines_of_spend_and_quota_tell_amounts),
      OF_KIMI(a_simulated_log_line_says_so),
      OF_KIMI(nothing_breaks_a_log_line),
      OF_KIMI(what_was_posted_is_the_contracts),
      OF_KIMI(json_of_a_known_account),
      OF_KIMI(json_of_an_unknown_account),
      OF_KIMI(json_of_a_quota),
      OF_KIMI(json_of_what_was_never_read_has_the_configs_unit_or_none),
      OF_KIMI(json_of_several_and_of_none),
      OF_KIMI(ages_are_told_in_one_unit),
      OF_KIMI(columns_line_up_on_a_terminal),
      OF_KIMI(headings_may_be_bold_or_missing),
  };
  return cmocka_run_group_tests_name("compose_text", tests, NULL, NULL);
}
