/* Whether a script may go on, and what it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lowtide/compose.h"

#define NOW_MS INT64_C(1769677200000) /* Thu 2026-01-29 09:00:00 UTC */

static int64_t cents(int64_t count) {
  return count * (MONEY_NANO / 100);
}

static const struct account kimi = {.name = "kimi", .label = "Kimi", .provider = "moonshot", .unit = ""};
static const struct amount nothing_said = {0};

static struct standing standing_at(struct reading reading, struct amount critical) {
  reading.time_ms = reading.asked_ms = NOW_MS;
  struct standing standing = {.account = &kimi, .reading = reading, .runway_ms = -1};
  standing.thresholds.critical.left = critical;
  standing.level = level_of(&reading, &standing.thresholds);
  standing.last_known = (struct reading){.code = ERR_NOT_CONFIGURED};
  return standing;
}

static void expect(const struct standing *standing, struct amount need, enum guard guard, const char *line) {
  struct buf marked;
  struct buf plain;
  const struct guarded guarded = {
      .standing = standing,
      .need = need,
      .guard = guard_of(&standing->reading, standing->level, &standing->thresholds, need),
  };
  assert_int_equal(guarded.guard, guard);
  buf_init(&marked, 4096);
  buf_init(&plain, 4096);
  compose_guard(&guarded, NOW_MS, &marked);
  message_print_plain(&plain, buf_text(&marked), false);
  assert_string_equal(buf_text(&plain), line);
  buf_done(&marked);
  buf_done(&plain);
}

static const struct reading twelve = {.available = {true, 12340000000}, .unit = "USD"};

static void exactly_what_is_needed_is_enough(void **state) {
  (void)state;
  const struct standing standing = standing_at(twelve, amount_of(cents(100)));
  expect(&standing, amount_of(cents(250)), GUARD_ENOUGH, "✅ Kimi: $12.34 is enough (needed: $2.50)");
  expect(&standing, amount_of(cents(1234)), GUARD_ENOUGH, "✅ Kimi: $12.34 is enough (needed: $12.34)");
  expect(&standing, amount_of(cents(1235)), GUARD_TOO_LOW, "🚨 Kimi: $12.34 is too low (needed: $12.35)");
}

static void what_is_said_counts_not_the_level(void **state) {
  (void)state;
  const struct reading cent = {.available = amount_of(cents(50)), .unit = "USD"};
  const struct standing standing = standing_at(cent, amount_of(cents(100)));
  expect(&standing, amount_of(cents(25)), GUARD_ENOUGH, "✅ Kimi: $0.50 is enough (needed: $0.25)");
  expect(&standing, nothing_said, GUARD_TOO_LOW, "🚨 Kimi: $0.50 is too low (critical: $1.00)");
}

static void at_the_critical_level_is_enough_still(void **state) {
  (void)state;
  const struct reading one = {.available = amount_of(cents(100)), .unit = "USD"};
  const struct standing standing = standing_at(one, amount_of(cents(100)));
  expect(&standing, nothing_said, GUARD_ENOUGH, "✅ Kimi: $1.00 is enough (critical: $1.00)");
}

static void empty_is_too_low_where_no_level_says_so(void **state) {
  (void)state;
  const struct reading empty = {.available = amount_of(0), .unit = "characters"};
  const struct standing standing = standing_at(empty, nothing_said);
  expect(&standing, nothing_said, GUARD_TOO_LOW, "🚨 Kimi: 0 characters is too low");
}

static void unknown_is_neither(void **state) {
  (void)state;
  struct err err = {0};
  (void)err_set(&err, ERR_SERVER, "HTTP 503");
  struct standing standing = standing_at(reading_unknown(NOW_MS, &err), amount_of(cents(100)));
  expect(&standing, nothing_said, GUARD_UNKNOWN, "❔ Kimi: unknown (HTTP 503)");
  standing.last_known = twelve;
  standing.last_known.time_ms = NOW_MS - 2 * HOUR_MS;
  expect(&standing, amount_of(0), GUARD_UNKNOWN, "❔ Kimi: unknown (HTTP 503) — last $12.34, 2 h ago");
}

static void a_budget_has_what_is_not_used_of_it(void **state) {
  (void)state;
  const struct reading spent = {
      .kind = READING_SPEND, .used = amount_of(cents(3471)), .limit = amount_of(cents(5000)), .unit = "USD"};
  const struct standing standing = standing_at(spent, nothing_said);
  expect(&standing, amount_of(cents(1529)), GUARD_ENOUGH, "✅ Kimi: $15.29 left is enough (needed: $15.29)");
  expect(&standing, amount_of(cents(1530)), GUARD_TOO_LOW, "🚨 Kimi: $15.29 left is too low (needed: $15.30)");
}

static void of_what_is_used_alone_nobody_knows_what_is_left(void **state) {
  (void)state;
  const struct reading used = {.kind = READING_SPEND, .used = amount_of(cents(29202)), .unit = "USD"};
  const struct standing standing = standing_at(used, nothing_said);
  expect(&standing, amount_of(cents(100)), GUARD_UNKNOWN, "❔ Kimi: $292.02 used: nobody knows how much is left");
  expect(&standing, nothing_said, GUARD_ENOUGH, "✅ Kimi: $292.02 used is enough");
}

static void json_holds_verdict_need_and_account(void **state) {
  (void)state;
  const struct standing standing = standing_at(twelve, amount_of(cents(100)));
  struct guarded guarded = {.standing = &standing, .need = amount_of(cents(250)), .guard = GUARD_ENOUGH};
  struct buf out;
  buf_init(&out, 4096);
  compose_guard_json(&guarded, NOW_MS, &out);
  static const char front[] = "{\"verdict\":\"enough\",\"need\":\"2.5\",\"account\":{\"account\":\"kimi\",";
  assert_memory_equal(buf_text(&out), front, sizeof front - 1);
  buf_clear(&out);
  guarded.need.known = false;
  guarded.guard = GUARD_TOO_LOW;
  compose_guard_json(&guarded, NOW_MS, &out);
  static const char low[] = "{\"verdict\":\"too_low\",\"need\":null,\"account\":{\"account\":\"kimi\",";
  assert_memory_equal(buf_text(&out), low, sizeof low - 1);
  buf_done(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exactly_what_is_needed_is_enough),
      cmocka_unit_test(what_is_said_counts_not_the_level),
      cmocka_unit_test(at_the_critical_level_is_enough_still),
      cmocka_unit_test(empty_is_too_low_where_no_level_says_so),
      cmocka_unit_test(unknown_is_neither),
      cmocka_unit_test(a_budget_has_what_is_not_used_of_it),
      cmocka_unit_test(of_what_is_used_alone_nobody_knows_what_is_left),
      cmocka_unit_test(json_holds_verdict_need_and_account),
  };
  return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
