#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "lowtide/account.h"
#include "lowtide/reading.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

static struct amount units(int64_t whole) {
  return amount_of(whole * MONEY_NANO);
}

static struct amount cents(int64_t hundredths) {
  return amount_of(hundredths * MONEY_NANO / 100);
}

/* --- unknown and stale */

static void an_unknown_reading_tells_why_on_one_line(void **state) {
  (void)state;
  struct err err = {0};
  (void)err_set(&err, ERR_SERVER, "HTTP 503\nsorry");
  (void)err_hint(&err, "wait");
  struct reading reading = reading_unknown(1000, &err);
  assert_false(reading_is_known(&reading));
  assert_int_equal(reading.code, ERR_SERVER);
  assert_string_equal(reading.detail, "HTTP 503 sorry");
  assert_string_equal(reading.hint, "wait");
  assert_int_equal(reading.asked_ms, 1000);
  assert_int_equal(reading.time_ms, 1000);
  assert_false(reading.available.known || reading.used.known || reading.limit.known);
}

static void a_long_reason_is_cut_at_a_whole_character(void **state) {
  (void)state;
  struct err err = {.code = ERR_SERVER};
  for (size_t i = 0; i + 3 < sizeof err.text; i += 3)
    memcpy(err.text + i, "€", 4);
  struct reading reading = reading_unknown(0, &err);
  assert_int_equal(strlen(reading.detail), 159);
  assert_true(text_is_utf8(reading.detail, strlen(reading.detail)));
}

static void an_unknown_reading_has_a_code_of_the_contract(void **state) {
  (void)state;
  static const enum err_code expected[ERR_COUNT] = {
      [ERR_NONE] = ERR_MALFORMED,       [ERR_LIMIT] = ERR_MALFORMED,     [ERR_CONFIG] = ERR_NOT_CONFIGURED,
      [ERR_USAGE] = ERR_NOT_CONFIGURED, [ERR_FILE] = ERR_NOT_CONFIGURED, [ERR_STORE] = ERR_DATABASE,
  };
  for (int code = ERR_NONE; code < ERR_COUNT; code++) {
    struct err err = {.code = (enum err_code)code};
    enum err_code wanted = expected[code] != ERR_NONE ? expected[code] : (enum err_code)code;
    assert_int_equal(reading_unknown(0, &err).code, wanted);
  }
}

static struct reading dollars(struct amount available) {
  struct reading reading = {.asked_ms = 10 * HOUR_MS, .time_ms = 10 * HOUR_MS, .available = available};
  (void)text_copy(reading.unit, sizeof reading.unit, "USD");
  return reading;
}

static void what_is_older_than_stale_after_is_unknown(void **state) {
  (void)state;
  struct reading reading = dollars(units(5));
  reading.simulated = true;
  reading.time_ms = 5 * HOUR_MS;
  struct reading fresh = reading_fresh(reading, 3 * HOUR_MS, 8 * HOUR_MS);
  assert_true(reading_is_known(&fresh));
  struct reading stale = reading_fresh(reading, 3 * HOUR_MS, 8 * HOUR_MS + 1);
  assert_int_equal(stale.code, ERR_STALE);
  assert_string_equal(stale.detail, "3h old");
  assert_false(stale.available.known);
  assert_string_equal(stale.unit, "USD");
  assert_true(stale.simulated);
  assert_int_equal(stale.asked_ms, 10 * HOUR_MS);
  assert_int_equal(stale.time_ms, 5 * HOUR_MS);
  struct reading unlimited = reading_fresh(reading, 0, 800 * HOUR_MS);
  assert_true(reading_is_known(&unlimited));
}

static void an_unknown_reading_keeps_its_reason_when_it_ages(void **state) {
  (void)state;
  struct err err = {0};
  (void)err_set(&err, ERR_AUTH, "HTTP 401");
  struct reading reading = reading_fresh(reading_unknown(0, &err), HOUR_MS, 5 * HOUR_MS);
  assert_int_equal(reading.code, ERR_AUTH);
}

static void levels_have_names(void **state) {
  (void)state;
  assert_string_equal(level_name(LEVEL_OK), "ok");
  assert_string_equal(level_name(LEVEL_WARNING), "warning");
  assert_string_equal(level_name(LEVEL_CRITICAL), "critical");
  assert_string_equal(level_name(LEVEL_UNKNOWN), "unknown");
}

/* --- which thresholds apply */

static struct threshold_settings defaults(void) {
  return (struct threshold_settings){.inherited = {.warning = {.left = units(5)}, .critical = {.left = units(1)}}};
}

static void assert_amount(struct amount amount, struct amount expected) {
  assert_int_equal(amount.known, expected.known);
  if (expected.known) assert_true(amount.nano == expected.nano);
}

static const struct amount none;

static void a_currency_inherits(void **state) {
  (void)state;
  struct threshold_settings settings = defaults();
  struct reading reading = dollars(units(20));
  struct thresholds result = thresholds_for(&settings, &reading);
  assert_amount(result.warning.left, units(5));
  assert_amount(result.critical.left, units(1));
  assert_amount(result.warning.percent, none);
  assert_amount(result.warning.used, none);
}

static void own_limits_win(void **state) {
  (void)state;
  struct threshold_settings settings = defaults();
  struct reading reading = dollars(units(20));
  settings.own.warning = (struct limits){.left = units(10), .used = units(100), .percent = units(70), .runway_ms = HOUR_MS};
  settings.own.critical = (struct limits){.left = units(12)};
  settings.inherited.warning =
      (struct limits){.left = units(5), .used = units(200), .percent = units(80), .runway_ms = 2 * HOUR_MS};
  settings.inherited.critical = (struct limits){.used = units(300), .percent = units(90), .runway_ms = 3 * HOUR_MS};
  struct thresholds result = thresholds_for(&settings, &reading);
  assert_amount(result.warning.left, units(10));
  assert_amount(result.warning.used, units(100));
  assert_amount(result.warning.percent, units(70));
  assert_int_equal(result.warning.runway_ms, HOUR_MS);
  assert_amount(result.critical.left, units(12));
  assert_amount(result.critical.used, units(300));
  assert_amount(result.critical.percent, units(90));
  assert_int_equal(result.critical.runway_ms, 3 * HOUR_MS);
}

static void an_inherited_critical_stays_below_the_warning(void **state) {
  (void)state;
  struct threshold_settings settings = defaults();
  struct reading reading = dollars(units(20));
  settings.own.warning.left = units(1);
  assert_amount(thresholds_for(&settings, &reading).critical.left, cents(20));
  settings.own.warning.left = cents(50);
  assert_amount(thresholds_for(&settings, &reading).critical.left, cents(10));
  settings.own.warning.left = cents(101);
  assert_amount(thresholds_for(&settings, &reading).critical.left, units(1));
  settings.own.critical.left = units(3);
  assert_amount(thresholds_for(&settings, &reading).critical.left, units(3));
  settings = defaults();
  settings.inherited.warning.left = none;
  assert_amount(thresholds_for(&settings, &reading).critical.left, units(1));
}

static struct reading counted(struct amount used, struct amount limit) {
  struct reading reading = {.kind = READING_QUOTA, .used = used, .limit = limit};
  (void)text_copy(reading.unit, sizeof reading.unit, "characters");
  return reading;
}

static void counted_units_inherit_no_amounts(void **state) {
  (void)state;
  struct threshold_settings settings = defaults();
  settings.inherited.warning.used = units(10);
  struct reading reading = counted(units(50), none);
  reading.available = units(50);
  struct thresholds result = thresholds_for(&settings, &reading);
  assert_amount(result.warning.left, none);
  assert_amount(result.warning.used, none);
  assert_amount(result.critical.left, none);
  assert_amount(result.warning.percent, none);
}

static void counted_units_with_a_limit_are_judged_at_80_and_95_percent(void **state) {
  (void)state;
  struct threshold_settings settings = defaults();
  struct reading reading = counted(units(50), units(100));
  struct thresholds result = thresholds_for(&settings, &reading);
  assert_amount(result.warning.percent, units(80));
  assert_amount(result.critical.percent, units(95));
  settings.own.critical.left = units(3);
  result = thresholds_for(&settings, &reading);
  assert_amount(result.warning.percent, none);
  assert_amount(result.critical.percent, none);
  settings = defaults();
  settings.own.warning.used = units(3);
  assert_amount(thresholds_for(&settings, &reading).critical.percent, none);
  settings = defaults();
  settings.inherited.warning.percent = units(60);
  result = thresholds_for(&settings, &reading);
  assert_amount(result.warning.percent, units(60));
  assert_amount(result.critical.percent, none);
}

static void spend_without_available_inherits_no_amount_left(void **state) {
  (void)state;
  struct threshold_settings settings = defaults();
  struct reading reading = dollars(none);
  reading.kind = READING_SPEND;
  reading.used = units(34);
  struct thresholds result = thresholds_for(&settings, &reading);
  assert_amount(result.warning.left, none);
  assert_amount(result.warning.percent, none);
  reading.limit = units(50);
  result = thresholds_for(&settings, &reading);
  assert_amount(result.warning.left, none);
  assert_amount(result.warning.percent, units(80));
  settings.own.warning.left = units(7);
  result = thresholds_for(&settings, &reading);
  assert_amount(result.warning.left, units(7));
  assert_amount(result.warning.percent, none);
}

/* --- levels */

static enum level judged(struct reading reading, struct threshold_settings settings) {
  struct thresholds thresholds = thresholds_for(&settings, &reading);
  return level_of(&reading, &thresholds);
}

static void levels_are_strictly_below_their_limits(void **state) {
  (void)state;
  assert_int_equal(judged(dollars(units(5)), defaults()), LEVEL_OK);
  assert_int_equal(judged(dollars(amount_of(5 * MONEY_NANO - 1)), defaults()), LEVEL_WARNING);
  assert_int_equal(judged(dollars(units(1)), defaults()), LEVEL_WARNING);
  assert_int_equal(judged(dollars(amount_of(MONEY_NANO - 1)), defaults()), LEVEL_CRITICAL);
  assert_int_equal(judged(dollars(units(-3)), defaults()), LEVEL_CRITICAL);
  assert_int_equal(judged(dollars(none), defaults()), LEVEL_OK);
}

static void an_unknown_reading_is_never_ok(void **state) {
  (void)state;
  struct err err = {.code = ERR_NONE};
  assert_int_equal(judged(reading_unknown(0, &err), defaults()), LEVEL_UNKNOWN);
}

static void used_and_percent_are_reached_at_their_limits(void **state) {
  (void)state;
  assert_int_equal(judged(counted(amount_of(80 * MONEY_NANO - 1), units(100)), defaults()), LEVEL_OK);
  assert_int_equal(judged(counted(units(80), units(100)), defaults()), LEVEL_WARNING);
  assert_int_equal(judged(counted(units(95), units(100)), defaults()), LEVEL_CRITICAL);
  assert_int_equal(judged(counted(units(200), units(100)), defaults()), LEVEL_CRITICAL);
  struct threshold_settings settings = {.own.warning.used = units(10)};
  assert_int_equal(judged(counted(units(10), none), settings), LEVEL_WARNING);
  assert_int_equal(judged(counted(amount_of(10 * MONEY_NANO - 1), none), settings), LEVEL_OK);
}

static void what_the_vendor_leaves_out_is_reckoned_from_the_limit(void **state) {
  (void)state;
  struct reading reading = counted(none, units(100));
  assert_int_equal(judged(reading, defaults()), LEVEL_OK);
  reading.available = units(20);
  assert_int_equal(judged(reading, defaults()), LEVEL_WARNING);
  struct threshold_settings settings = {.own.critical.left = units(10)};
  assert_int_equal(judged(counted(units(91), units(100)), settings), LEVEL_CRITICAL);
  assert_int_equal(judged(counted(units(90), units(100)), settings), LEVEL_OK);
  assert_int_equal(judged(counted(units(90), none), settings), LEVEL_OK);
}

static void a_limit_of_zero_is_none(void **state) {
  (void)state;
  assert_int_equal(judged(counted(units(5), units(0)), defaults()), LEVEL_OK);
}

static void the_largest_amounts_are_judged_without_overflow(void **state) {
  (void)state;
  struct reading reading = counted(amount_of(INT64_MAX), amount_of(INT64_MAX));
  assert_int_equal(judged(reading, defaults()), LEVEL_CRITICAL);
  struct threshold_settings settings = {.own.critical.left = amount_of(INT64_MAX)};
  assert_int_equal(judged(counted(amount_of(INT64_MIN), amount_of(INT64_MAX)), settings), LEVEL_OK);
}

/* --- account */

static void an_accounts_value_is_found_by_name(void **state) {
  (void)state;
  struct secret *key = secret_new("sk-123456");
  const struct account_value values[] = {{.name = "key", .secret = key}, {.name = "team", .text = "blue"}};
  struct account account = {.values = values, .value_count = 2};
  assert_string_equal(account_value(&account, "key"), "sk-123456");
  assert_string_equal(account_value(&account, "team"), "blue");
  assert_null(account_value(&account, "user"));
  secret_free(key);
}

static void a_key_at_the_cut_leaves_nothing_in_the_detail(void **state) {
  (void)state;
  struct secret *key = secret_new("planted-key-0123456789");
  for (int before = 0; before < ERR_TEXT_MAX; before++) {
    struct err err = {0};
    err_set(&err, ERR_DATABASE, "%*s%s", before, "", secret_expose(key));
    assert_null(strstr(reading_unknown(0, &err).detail, "plan"));
  }
  secret_free(key);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_key_at_the_cut_leaves_nothing_in_the_detail),
      cmocka_unit_test(an_unknown_reading_tells_why_on_one_line),
      cmocka_unit_test(a_long_reason_is_cut_at_a_whole_character),
      cmocka_unit_test(an_unknown_reading_has_a_code_of_the_contract),
      cmocka_unit_test(what_is_older_than_stale_after_is_unknown),
      cmocka_unit_test(an_unknown_reading_keeps_its_reason_when_it_ages),
      cmocka_unit_test(levels_have_names),
      cmocka_unit_test(a_currency_inherits),
      cmocka_unit_test(own_limits_win),
      cmocka_unit_test(an_inherited_critical_stays_below_the_warning),
      cmocka_unit_test(counted_units_inherit_no_amounts),
      cmocka_unit_test(counted_units_with_a_limit_are_judged_at_80_and_95_percent),
      cmocka_unit_test(spend_without_available_inherits_no_amount_left),
      cmocka_unit_test(levels_are_strictly_below_their_limits),
      cmocka_unit_test(an_unknown_reading_is_never_ok),
      cmocka_unit_test(used_and_percent_are_reached_at_their_limits),
      cmocka_unit_test(what_the_vendor_leaves_out_is_reckoned_from_the_limit),
      cmocka_unit_test(a_limit_of_zero_is_none),
      cmocka_unit_test(the_largest_amounts_are_judged_without_overflow),
      cmocka_unit_test(an_accounts_value_is_found_by_name),
  };
  return cmocka_run_group_tests_name("domain reading", tests, NULL, NULL);
}
