#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lowtide/compose.h"
#include "lowtide/log_import.h"
#include "lowtide/text.h"

#define CENT (MONEY_NANO / 100)
#define NINE 1769677200000LL /* 2026-01-29 09:00:00 UTC */

static struct log_import read_line(const char *line) {
  struct log_import out = {0};
  if (log_import_line(line, &out) != LOG_IMPORT_READING) fail_msg("not taken: %s", line);
  assert_int_equal(out.reading.time_ms, NINE);
  assert_int_equal(out.reading.asked_ms, NINE);
  return out;
}

static struct log_import read_value(const char *value) {
  char line[512];
  assert_true(text_fmt(line, sizeof line, "[2026-01-29 09:00:00] Kimi: %s", value));
  struct log_import out = read_line(line);
  assert_string_equal(out.label, "Kimi");
  return out;
}

static void assert_available(const char *value, int64_t nano, const char *unit, bool estimated) {
  struct log_import out = read_value(value);
  assert_true(out.reading.available.known && reading_is_known(&out.reading));
  assert_int_equal(out.reading.available.nano, nano);
  assert_string_equal(out.reading.unit, unit);
  assert_int_equal(out.reading.estimated, estimated);
  assert_int_equal(out.reading.kind, READING_PREPAID);
}

static void amounts_are_read_with_their_units(void **state) {
  (void)state;
  assert_available("$8.07", 807 * CENT, "USD", false);
  assert_available("$12.34 available", 1234 * CENT, "USD", false);
  assert_available("$1,234,567.50", 123456750 * CENT, "USD", false);
  assert_available("-$3.20", -320 * CENT, "USD", false);
  assert_available("¥12.00", 1200 * CENT, "CNY", false);
  assert_available("€12.00", 1200 * CENT, "EUR", false);
  assert_available("£0.00", 0, "GBP", false);
  assert_available("12.34 XNO", 1234 * CENT, "XNO", false);
  assert_available("58,770 characters", 58770 * MONEY_NANO, "characters", false);
  assert_available("-5 credits", -5 * MONEY_NANO, "credits", false);
  assert_available("12.34", 1234 * CENT, "", false);
}

static void what_is_not_exact_is_estimated(void **state) {
  (void)state;
  assert_available("≈ $15.29 (noted 2026-01-20)", 1529 * CENT, "USD", true);
  assert_available("≈ $15.29", 1529 * CENT, "USD", true);
  assert_available("<$0.01", CENT / 2, "USD", true);
  assert_available("-<$0.01", -CENT / 2, "USD", true);
  assert_available("<1 characters", MONEY_NANO / 2, "characters", true);
}

static void spend_and_quota_are_what_they_are(void **state) {
  (void)state;
  struct log_import out = read_value("$34.71 of $50.00 spent this month");
  assert_int_equal(out.reading.kind, READING_SPEND);
  assert_int_equal(out.reading.used.nano, 3471 * CENT);
  assert_int_equal(out.reading.limit.nano, 5000 * CENT);
  assert_false(out.reading.available.known);
  assert_string_equal(out.reading.unit, "USD");
  out = read_value("$292.02 used, no limit");
  assert_int_equal(out.reading.kind, READING_SPEND);
  assert_int_equal(out.reading.used.nano, 29202 * CENT);
  assert_false(out.reading.limit.known);
  out = read_value("82 % used, resets Thu 14:00");
  assert_int_equal(out.reading.kind, READING_QUOTA);
  assert_int_equal(out.reading.used.nano, 82 * MONEY_NANO);
  assert_int_equal(out.reading.limit.nano, 100 * MONEY_NANO);
  assert_string_equal(out.reading.unit, "%");
  out = read_value("1,000 of 58,770 characters used");
  assert_int_equal(out.reading.kind, READING_QUOTA);
  assert_int_equal(out.reading.limit.nano, 58770 * MONEY_NANO);
  assert_string_equal(out.reading.unit, "characters");
}

static void unknown_is_a_reading_too(void **state) {
  (void)state;
  struct log_import out = read_value("unknown (HTTP 503)");
  assert_int_equal(out.reading.code, ERR_SERVER);
  assert_string_equal(out.reading.detail, "HTTP 503");
  assert_false(out.reading.available.known);
  out = read_value("unknown (timed out after 10 s)");
  assert_int_equal(out.reading.code, ERR_TIMEOUT);
  out = read_value("unknown (tls: it says (a): \"b\")");
  assert_string_equal(out.reading.detail, "tls: it says (a): \"b\"");
  out = read_value("unknown");
  assert_int_equal(out.reading.code, ERR_SERVER);
  assert_string_equal(out.reading.detail, "");
}

static void labels_may_hold_colons_spaces_and_emoji(void **state) {
  (void)state;
  assert_string_equal(read_line("[2026-01-29 09:00:00] Open: AI 🔮: $1.00").label, "Open: AI 🔮");
  assert_string_equal(read_line("[2026-01-29 09:00:00] unknown: $1.00\r").label, "unknown");
}

static void the_detailed_format_has_its_parts(void **state) {
  (void)state;
  struct log_import out = read_line("2026-01-29 09:00:00 | Available: $12.34 | Voucher: $3.45 | Cash: -$8.89");
  assert_string_equal(out.label, "");
  assert_int_equal(out.reading.available.nano, 1234 * CENT);
  assert_int_equal(out.reading.voucher.nano, 345 * CENT);
  assert_int_equal(out.reading.cash.nano, -889 * CENT);
  assert_string_equal(out.reading.unit, "USD");
  out = read_line("2026-01-29 09:00:00 | Available: ≈ 5 credits");
  assert_false(out.reading.cash.known);
  assert_true(out.reading.estimated);
  out = read_line("2026-01-29 09:00:00 | Used: $34.71 | Limit: $50.00");
  assert_int_equal(out.reading.kind, READING_SPEND);
  assert_int_equal(out.reading.limit.nano, 5000 * CENT);
  assert_int_equal(read_line("2026-01-29 09:00:00 | unknown (HTTP 503)").reading.code, ERR_SERVER);
  assert_int_equal(read_line("2026-01-29 09:00:00 | Available: unknown (HTTP 503)").reading.code, ERR_SERVER);
}

static void what_is_no_reading_is_passed_over(void **state) {
  (void)state;
  static const char *const lines[] = {
      "",
      "  \t",
      "[2026-01-29 09:00:00] POSTED: 🌙 Kimi Balance: $12.34 (voucher: $3.45, cash: $8.89)",
      "[2026-01-29 11:00:00] ALERT: 🌙 ⚠️ Kimi credits low!",
      "[2026-01-29 09:00:00] Kimi: $12.34 (simulated)",
      "2026-01-29 09:00:00 | Available: $12.34 (simulated)",
  };
  struct log_import out;
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    if (log_import_line(lines[i], &out) != LOG_IMPORT_NOTHING) fail_msg("%s", lines[i]);
  }
}

static void what_is_no_line_of_a_log_is_strange(void **state) {
  (void)state;
  static const char *const lines[] = {
      "hello",
      "[2026-01-29 09:00:00]",
      "[2026-01-29 09:00:00] Kimi",
      "[2026-01-29 09:00:00] Kimi: ",
      "[2026-01-29 09:00:00] Kimi: $",
      "[2026-01-29 09:00:00] : $1.00",
      "[2026-01-29 09:00:00] Kimi: $1.2.3",
      "[2026-01-29 09:00:00] Kimi: $12,34",
      "[2026-01-29 09:00:00] Kimi: $99999999999999999999",
      "[2026-01-29 09:00:00] Kimi: $1.00 of nothing",
      "[2026-01-29 09:00:00] Kimi: $1.00 of $2.00",
      "[2026-01-29 09:00:00] Kimi: $1.00 and more",
      "[2026-01-29 09:00:00] Kimi: unknown reasons",
      "[2026-13-29 09:00:00] Kimi: $1.00",
      "[2026-01-29T09:00:00] Kimi: $1.00",
      "[2026-01-29 09:00:00 Kimi: $1.00",
      "2026-01-29 09:00:00 | Voucher: $1.00",
      "2026-01-29 09:00:00 | Available: x",
      "2026-01-29 09:00:00 | Available: $1.00 | Colour: red",
      "2026-01-29 09:00:00 Available: $1.00",
  };
  struct log_import out = {.label = "untouched"};
  char longest[2000];
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    if (log_import_line(lines[i], &out) != LOG_IMPORT_STRANGE) fail_msg("%s", lines[i]);
  }
  assert_true(text_fmt(longest, sizeof longest, "[2026-01-29 09:00:00] %01200d: $1.00", 1));
  assert_int_equal(log_import_line(longest, &out), LOG_IMPORT_STRANGE);
  assert_true(text_fmt(longest, sizeof longest, "[2026-01-29 09:00:00] %0300d: $1.00", 1));
  assert_int_equal(log_import_line(longest, &out), LOG_IMPORT_STRANGE);
  assert_string_equal(out.label, "untouched");
}

/* --- what compose writes comes back --- */

static void compose_and_read(struct reading reading, enum log_format format, struct log_import *out) {
  const struct account account = {.name = "kimi", .label = "Kimi: 🌙", .emoji = "🌙", .unit = "", .log_format = format};
  struct standing standing = {.account = &account, .runway_ms = -1, .last_known = {.code = ERR_NOT_CONFIGURED}};
  struct buf line;
  standing.reading = reading;
  standing.level = reading_is_known(&reading) ? LEVEL_OK : LEVEL_UNKNOWN;
  buf_init(&line, 4096);
  compose_log_line(&standing, NINE, &line);
  *out = read_line(buf_text(&line));
  buf_done(&line);
}

static int64_t shown(int64_t nano, const char *unit) {
  char text[MONEY_TEXT_MAX];
  int64_t rounded = 0;
  struct err err;
  money_print(text, sizeof text, nano, unit_is_currency(unit) ? "" : "x");
  text[strcspn(text, " ")] = '\0';
  assert_true(money_parse(text, &rounded, &err));
  return rounded;
}

static void assert_same(struct amount was, struct amount is, const char *unit) {
  assert_int_equal(was.known, is.known);
  if (was.known) assert_int_equal(is.nano, shown(was.nano, unit));
}

static void every_line_that_compose_writes_comes_back(void **state) {
  (void)state;
  static const char *const units[] = {"USD",        "CNY",     "EUR",       "GBP",       "XNO",
                                      "characters", "credits", "API calls", "points/day"};
  static const int64_t amounts[] = {0, MONEY_NANO, -320 * CENT, 1234567 * CENT, 82591784481, 99999999999 * CENT};
  for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
      struct reading reading = {.available = amount_of(amounts[i]), .cash = amount_of(amounts[i]), .estimated = i == 1};
      struct log_import out;
      (void)text_copy(reading.unit, sizeof reading.unit, units[u]);
      compose_and_read(reading, LOG_FORMAT_SHORT, &out);
      assert_string_equal(out.label, "Kimi: 🌙");
      assert_string_equal(out.reading.unit, units[u]);
      assert_same(reading.available, out.reading.available, units[u]);
      assert_int_equal(out.reading.estimated, reading.estimated);
      compose_and_read(reading, LOG_FORMAT_DETAILED, &out);
      assert_string_equal(out.reading.unit, units[u]);
      assert_same(reading.available, out.reading.available, units[u]);
      assert_same(reading.cash, out.reading.cash, units[u]);
      assert_false(out.reading.voucher.known);
    }
  }
}

static void spend_quota_and_failures_come_back(void **state) {
  (void)state;
  struct reading spend = {
      .kind = READING_SPEND, .used = amount_of(3471 * CENT), .limit = amount_of(5000 * CENT), .unit = "USD"};
  struct reading quota = {.kind = READING_QUOTA,
                          .used = amount_of(1000 * MONEY_NANO),
                          .limit = amount_of(58770 * MONEY_NANO),
                          .resets_ms = NINE,
                          .unit = "characters"};
  struct reading failed = {.code = ERR_SERVER, .detail = "HTTP 503"};
  struct log_import out;
  for (int format = LOG_FORMAT_SHORT; format <= LOG_FORMAT_DETAILED; format++) {
    compose_and_read(spend, (enum log_format)format, &out);
    assert_int_equal(out.reading.kind, READING_SPEND);
    assert_same(spend.used, out.reading.used, "USD");
    assert_same(spend.limit, out.reading.limit, "USD");
    compose_and_read(quota, (enum log_format)format, &out);
    assert_same(quota.used, out.reading.used, "characters");
    assert_same(quota.limit, out.reading.limit, "characters");
    assert_string_equal(out.reading.unit, "characters");
    assert_int_equal(out.reading.kind, READING_QUOTA);
    compose_and_read(failed, (enum log_format)format, &out);
    assert_int_equal(out.reading.code, ERR_SERVER);
    assert_string_equal(out.reading.detail, "HTTP 503");
  }
  spend.limit = (struct amount){0};
  compose_and_read(spend, LOG_FORMAT_SHORT, &out);
  assert_false(out.reading.limit.known);
  assert_same(spend.used, out.reading.used, "USD");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(amounts_are_read_with_their_units),         cmocka_unit_test(what_is_not_exact_is_estimated),
      cmocka_unit_test(spend_and_quota_are_what_they_are),         cmocka_unit_test(unknown_is_a_reading_too),
      cmocka_unit_test(labels_may_hold_colons_spaces_and_emoji),   cmocka_unit_test(the_detailed_format_has_its_parts),
      cmocka_unit_test(what_is_no_reading_is_passed_over),         cmocka_unit_test(what_is_no_line_of_a_log_is_strange),
      cmocka_unit_test(every_line_that_compose_writes_comes_back), cmocka_unit_test(spend_quota_and_failures_come_back),
  };
  return cmocka_run_group_tests_name("log_import", tests, NULL, NULL);
}
