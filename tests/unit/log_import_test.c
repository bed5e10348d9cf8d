#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(amounts_are_read_with_their_units),       cmocka_unit_test(what_is_not_exact_is_estimated),
      cmocka_unit_test(spend_and_quota_are_what_they_are),       cmocka_unit_test(unknown_is_a_reading_too),
      cmocka_unit_test(labels_may_hold_colons_spaces_and_emoji), cmocka_unit_test(the_detailed_format_has_its_parts),
      cmocka_unit_test(what_is_no_reading_is_passed_over),       cmocka_unit_test(what_is_no_line_of_a_log_is_strange),
  };
  return cmocka_run_group_tests_name("log_import", tests, NULL, NULL);
}
