#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lowtide/rule.h"

static int64_t cents(int64_t count) {
  return count * (MONEY_NANO / 100);
}

/* Dollars left, warned below 5.00, critical below 1.00. */
static struct rule_view view_of(enum level alerted, int64_t left_cents) {
  struct rule_view view = {.alerted = alerted, .reading = {.available = amount_of(cents(left_cents)), .unit = "USD"}};
  view.thresholds.warning.left = amount_of(cents(500));
  view.thresholds.critical.left = amount_of(cents(100));
  view.level = level_of(&view.reading, &view.thresholds);
  return view;
}

struct low_case {
  enum level alerted;
  int64_t left_cents;
  enum rule_event event;
  enum level then;
};

static void expect(const struct rule_view *view, enum rule_event event, enum level alerted) {
  struct rule_outcome outcome = rules_judge(view);
  assert_int_equal(outcome.event, event);
  assert_int_equal(outcome.alerted, alerted);
  assert_string_equal(outcome.rule, "low");
}

static void one_crossing_is_one_alert(void **state) {
  (void)state;
  static const struct low_case cases[] = {
      {LEVEL_OK, 500, RULE_NOTHING, LEVEL_OK},
      {LEVEL_OK, 499, RULE_CROSSED, LEVEL_WARNING},
      {LEVEL_WARNING, 499, RULE_NOTHING, LEVEL_WARNING},
      {LEVEL_WARNING, 100, RULE_NOTHING, LEVEL_WARNING},
      {LEVEL_WARNING, 99, RULE_CROSSED, LEVEL_CRITICAL},
      {LEVEL_OK, 99, RULE_CROSSED, LEVEL_CRITICAL},
      {LEVEL_CRITICAL, 99, RULE_NOTHING, LEVEL_CRITICAL},
      {LEVEL_CRITICAL, -300, RULE_NOTHING, LEVEL_CRITICAL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct rule_view view = view_of(cases[i].alerted, cases[i].left_cents);
    expect(&view, cases[i].event, cases[i].then);
  }
}

static void a_level_rearms_five_percent_above_it(void **state) {
  (void)state;
  static const struct low_case cases[] = {
      {LEVEL_WARNING, 500, RULE_NOTHING, LEVEL_WARNING},
      {LEVEL_WARNING, 524, RULE_NOTHING, LEVEL_WARNING},
      {LEVEL_WARNING, 525, RULE_RECOVERED, LEVEL_OK},
      {LEVEL_CRITICAL, 100, RULE_NOTHING, LEVEL_CRITICAL},
      {LEVEL_CRITICAL, 104, RULE_NOTHING, LEVEL_CRITICAL},
      {LEVEL_CRITICAL, 105, RULE_NOTHING, LEVEL_WARNING}, /* so that critical may be told again */
      {LEVEL_CRITICAL, 524, RULE_NOTHING, LEVEL_WARNING},
      {LEVEL_CRITICAL, 525, RULE_RECOVERED, LEVEL_OK},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct rule_view view = view_of(cases[i].alerted, cases[i].left_cents);
    expect(&view, cases[i].event, cases[i].then);
  }
}

static void hovering_about_a_level_is_told_once(void **state) {
  (void)state;
  enum level alerted = LEVEL_OK;
  int crossed = 0;
  int recovered = 0;
  for (int i = 0; i < 100; i++) {
    struct rule_view view = view_of(alerted, i % 2 == 0 ? 499 : 515);
    struct rule_outcome outcome = rules_judge(&view);
    if (outcome.event == RULE_CROSSED) crossed++;
    if (outcome.event == RULE_RECOVERED) recovered++;
    alerted = outcome.alerted;
  }
  assert_int_equal(crossed, 1);
  assert_int_equal(recovered, 0);
}

static void the_unknown_changes_nothing(void **state) {
  (void)state;
  for (enum level alerted = LEVEL_OK; alerted <= LEVEL_CRITICAL; alerted++) {
    struct rule_view view = view_of(alerted, 0);
    view.reading = (struct reading){.code = ERR_NETWORK};
    view.level = LEVEL_UNKNOWN;
    expect(&view, RULE_NOTHING, alerted);
  }
}

static void what_is_used_rearms_below_its_limit(void **state) {
  (void)state;
  struct rule_view view = {.alerted = LEVEL_OK, .reading = {.kind = READING_QUOTA, .unit = "credits"}};
  view.thresholds.warning.percent = amount_of(80 * MONEY_NANO);
  view.thresholds.critical.percent = amount_of(95 * MONEY_NANO);
  view.reading.limit = amount_of(100 * MONEY_NANO);
  static const struct {
    int64_t used;
    enum rule_event event;
    enum level then;
  } steps[] = {{79, RULE_NOTHING, LEVEL_OK},      {80, RULE_CROSSED, LEVEL_WARNING},  {96, RULE_CROSSED, LEVEL_CRITICAL},
               {94, RULE_NOTHING, LEVEL_WARNING}, {95, RULE_CROSSED, LEVEL_CRITICAL}, {80, RULE_NOTHING, LEVEL_WARNING},
               {79, RULE_RECOVERED, LEVEL_OK}};
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    view.reading.used = amount_of(steps[i].used * MONEY_NANO);
    view.level = level_of(&view.reading, &view.thresholds);
    expect(&view, steps[i].event, steps[i].then);
    view.alerted = steps[i].then;
  }
}

static void levels_at_the_edges_rearm_too(void **state) {
  (void)state;
  struct rule_view view = view_of(LEVEL_WARNING, 0);
  view.thresholds = (struct thresholds){.warning.left = amount_of(0)};
  view.level = LEVEL_OK;
  expect(&view, RULE_RECOVERED, LEVEL_OK);
  view.thresholds.warning.left = amount_of(-cents(500)); /* in debt by agreement */
  expect(&view, RULE_RECOVERED, LEVEL_OK);
  view.thresholds.warning.left = amount_of(INT64_MAX);
  view.reading.available = amount_of(INT64_MAX - 1);
  view.level = LEVEL_WARNING;
  expect(&view, RULE_NOTHING, LEVEL_WARNING);
  view.thresholds.warning.left = amount_of(1); /* 1.05 of the smallest step is the next one */
  view.reading.available = amount_of(1);
  view.level = LEVEL_OK;
  expect(&view, RULE_NOTHING, LEVEL_WARNING);
  view.reading.available = amount_of(2);
  expect(&view, RULE_RECOVERED, LEVEL_OK);
}

static void thresholds_taken_away_recover(void **state) {
  (void)state;
  struct rule_view view = view_of(LEVEL_CRITICAL, 50);
  view.thresholds = (struct thresholds){0};
  view.level = LEVEL_OK;
  expect(&view, RULE_RECOVERED, LEVEL_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_crossing_is_one_alert),           cmocka_unit_test(a_level_rearms_five_percent_above_it),
      cmocka_unit_test(hovering_about_a_level_is_told_once), cmocka_unit_test(the_unknown_changes_nothing),
      cmocka_unit_test(what_is_used_rearms_below_its_limit), cmocka_unit_test(levels_at_the_edges_rearm_too),
      cmocka_unit_test(thresholds_taken_away_recover),
  };
  return cmocka_run_group_tests_name("rule_low", tests, NULL, NULL);
}
