#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chart_sampling.h"
#include "compose/chart_parts.h"

static void a_picture_of_every_sample_is_a_png_of_its_size(void **state) {
  (void)state;
  for (size_t i = 0; i < SAMPLES; i++) {
    struct sampling sampling;
    struct buf png;
    struct err err = {0};
    samples[i].make(&sampling);
    sample_end(&sampling);
    buf_init(&png, CHART_PNG_MAX);
    if (!chart_is_drawn()) {
      assert_false(chart_png(sampling.chart, CHART_DARK, &png, &err));
      assert_int_equal(err.code, ERR_UNSUPPORTED);
      assert_string_not_equal(err.hint, "");
    } else {
      static const unsigned char head[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0,    0,    0,    13,
                                           'I',  'H', 'D', 'R', 0,    0,    0x05, 0xDC, 0x00, 0x00, 0x03, 0x0C};
      assert_true(chart_png(sampling.chart, CHART_DARK, &png, &err));
      assert_memory_equal(png.data, head, sizeof head);
    }
    buf_done(&png);
    chart_free(sampling.chart);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_picture_of_every_sample_is_a_png_of_its_size),
  };
  return cmocka_run_group_tests_name("compose_chart", tests, NULL, NULL);
}
