/* The race of contrib/docs/forecast.md in small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake/forecasts.h"

static void ours_misses_by_less_than_straight_lines(void **state) {
  (void)state;
  for (int kind = 0; kind < SPENDING_KIND_COUNT; kind++) {
    struct forecast_score scores[FORECAST_HORIZONS];
    forecast_race((enum spending_kind)kind, 1, 60, scores);
    for (int h = 0; h < FORECAST_HORIZONS; h++) {
      double ours = scores[h].median[FORECAST_OURS];
      double lines = fmin(scores[h].median[FORECAST_DAY_FIT], scores[h].median[FORECAST_ALL_FIT]);
      if (ours < lines) continue;
      fail_msg("%s, %d days before: %.2f h, a line %.2f h", spending_kind_name((enum spending_kind)kind),
               forecast_horizons[h], ours, lines);
    }
  }
}

static void the_truth_is_mostly_between_low_and_high(void **state) {
  (void)state;
  int inside = 0;
  int known = 0;
  for (int kind = 0; kind < SPENDING_KIND_COUNT; kind++) {
    struct forecast_score scores[FORECAST_HORIZONS];
    forecast_race((enum spending_kind)kind, 1001, 20, scores);
    for (int h = 0; h < FORECAST_HORIZONS; h++) {
      inside += scores[h].inside;
      known += scores[h].known;
    }
  }
  assert_in_range(known, 20 * SPENDING_KIND_COUNT * FORECAST_HORIZONS * 9 / 10,
                  20 * SPENDING_KIND_COUNT * FORECAST_HORIZONS);
  assert_in_range(inside * 100 / known, 75, 95);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ours_misses_by_less_than_straight_lines),
      cmocka_unit_test(the_truth_is_mostly_between_low_and_high),
  };
  return cmocka_run_group_tests_name("domain: forecasts beside straight lines", tests, NULL, NULL);
}
