#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chart_sampling.h"
#include "compose/chart_parts.h"

#ifdef LOWTIDE_CHARTS

#include <math.h>
#include <pthread.h>

#include "compose/chart_draw.h"
#include "lowtide/mem.h"

static struct sampling sampling;
static struct layout *layout;
static struct chart_font *font;

static void lay_out(void (*make)(struct sampling *sampling)) {
  struct err err = {0};
  make(&sampling);
  sample_end(&sampling);
  font = chart_font_new(&err);
  assert_non_null(font);
  layout = mem_new(1, sizeof *layout);
  layout_make(layout, sampling.chart, font);
}

static void clear(void) {
  chart_font_free(font);
  mem_free(layout);
  chart_free(sampling.chart);
}

static bool has_text(const char *text) {
  for (size_t i = 0; i < layout->text_count; i++) {
    if (text_eq(layout->texts[i].text, text)) return true;
  }
  return false;
}

/* --- layout ----------------------------------------------------------------------------------------------------------- */

static void no_two_texts_of_any_sample_overlap_or_leave_the_picture(void **state) {
  (void)state;
  for (size_t s = 0; s < SAMPLES; s++) {
    lay_out(samples[s].make);
    assert_in_range(layout->text_count, 10, LAYOUT_TEXTS_MAX - 1);
    for (size_t i = 0; i < layout->text_count; i++) {
      const struct layout_box *box = &layout->texts[i].box;
      assert_true(box->x >= 0 && box->y >= 0 && box->width > 0);
      assert_true(box->x + box->width <= LAYOUT_WIDTH && box->y + box->height <= LAYOUT_HEIGHT);
      for (size_t j = 0; j < i; j++) {
        if (layout_boxes_meet(box, &layout->texts[j].box)) {
          fail_msg("%s: \"%s\" meets \"%s\"", samples[s].name, layout->texts[i].text, layout->texts[j].text);
        }
      }
    }
    clear();
  }
}

static uint64_t chance = 1;

static int64_t any(int64_t below) {
  chance = chance * 6364136223846793005U + 1442695040888963407U;
  return (int64_t)((chance >> 33) % (uint64_t)below);
}

/* Of every size, now and then below zero or at the ends of what fits. */
static struct amount any_amount(void) {
  static const int64_t ends[] = {0, INT64_MAX, INT64_MIN, 1, -1};
  if (any(8) == 0) return (struct amount){0};
  if (any(12) == 0) return amount_of(ends[any(5)]);
  int64_t nano = (int64_t)(((uint64_t)any(INT64_C(1) << 31) << 32 | (uint64_t)any(INT64_C(1) << 31)) >> any(62));
  return amount_of(any(10) == 0 ? -nano : nano);
}

static void sample_anything(struct sampling *own) {
  static const char *const units[] = {"USD", "", "credits", "CNY", "XNO", "\x01\xff\n", "characters", "WWWWWWWWWWWWWWW"};
  static const char *const labels[] = {"", "Kimi", "\xff", "🌙",
                                       "A label that is long enough to reach the other end of the line, and on"};
  const int64_t range_ms = (HOUR_MS / 60) << any(20);
  sample_begin(own, range_ms);
  own->account.label = labels[any(5)];
  own->account.thresholds.own.warning = (struct limits){any_amount(), any_amount(), any_amount(), any(1000000)};
  own->account.thresholds.own.critical = (struct limits){any_amount(), any_amount(), any_amount(), any(1000000)};
  sample_open(own, range_ms);
  (void)text_copy(own->reading.unit, sizeof own->reading.unit, units[any(8)]);
  own->reading.kind = (enum reading_kind)any(3);
  const int64_t count = 1 + any(60);
  bool wild = any(2) == 0;
  for (int64_t i = 0; i < count; i++) {
    own->reading.code = any(9) == 0 ? ERR_SERVER : ERR_NONE;
    if (i == 0 || any(wild ? 2 : 20) == 0) own->reading.available = any_amount();
    if (i == 0 || any(wild ? 2 : 20) == 0) own->reading.used = any_amount();
    if (i == 0 || any(20) == 0) own->reading.limit = any_amount();
    own->reading.simulated = any(9) == 0;
    own->reading.estimated = any(9) == 0;
    sample_take(own, range_ms / count + any(3));
  }
}

/* As a runway_of has it, and worse. */
static void project_anything(struct sampling *own) {
  struct runway runway = {
      .state = (enum runway_state)any(4), .burn_known = any(2) == 0, .burn_nano_per_day = any_amount().nano};
  if (runway.state == RUNWAY_KNOWN) {
    runway.low_ms = any(2) << any(40);
    runway.runway_ms = runway.low_ms + any(1000000000);
    runway.high_ms = runway.runway_ms + (any(1000) << any(40));
    runway.dry_at_ms = SAMPLE_NOW_MS + runway.runway_ms;
  }
  chart_project(own->chart, &runway);
}

static void whatever_is_read_no_texts_overlap(void **state) {
  (void)state;
  font = NULL;
  for (int i = 0; i < 400; i++) {
    struct err err = {0};
    struct buf words;
    sample_anything(&sampling);
    project_anything(&sampling);
    font = chart_font_new(&err);
    layout = mem_new(1, sizeof *layout);
    layout_make(layout, sampling.chart, font);
    for (size_t a = 0; a < layout->text_count; a++) {
      const struct layout_box *box = &layout->texts[a].box;
      assert_true(box->x >= 0 && box->y >= 0 && box->x + box->width <= LAYOUT_WIDTH &&
                  box->y + box->height <= LAYOUT_HEIGHT);
      for (size_t b = 0; b < a; b++)
        assert_false(layout_boxes_meet(box, &layout->texts[b].box));
    }
    assert_true(layout->plot.width > 700);
    buf_init(&words, 4096);
    chart_alt(sampling.chart, &words);
    chart_sparkline(sampling.chart, 60, &words);
    assert_true(buf_ok(&words) && words.len > 60);
    if (i % 20 == 0) {
      buf_clear(&words);
      buf_done(&words);
      buf_init(&words, CHART_PNG_MAX);
      assert_true(chart_png(sampling.chart, CHART_LIGHT, &words, &err));
    }
    buf_done(&words);
    clear();
  }
}

static void the_four_numbers_and_the_names_of_levels_are_never_left_out(void **state) {
  (void)state;
  for (size_t s = 0; s < SAMPLES; s++) {
    lay_out(samples[s].make);
    int values = 0;
    for (size_t i = 0; i < layout->text_count; i++) {
      if (layout->texts[i].type.bold && layout->texts[i].baseline > 170 && layout->texts[i].baseline < 185) values++;
    }
    if (values != 4) fail_msg("%s: %d numbers", samples[s].name, values);
    clear();
  }
  lay_out(sample_month);
  const char *const wanted[] = {"Kimi",
                                "· moonshot",
                                "last 30 days · UTC · updated Sat 31 Jan, 14:05",
                                "$25.73",
                                "Balance",
                                "Burn rate",
                                "$2.90 / day",
                                "8d 21h",
                                "Runway",
                                "Runs dry",
                                "Mon 9 Feb, 12:00",
                                "Sun 8 Feb to Tue 10 Feb",
                                "now",
                                "+$50",
                                "warning $20",
                                "critical $8",
                                "$0",
                                "$80",
                                "5 Jan",
                                "9 Feb"};
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    if (!has_text(wanted[i])) fail_msg("\"%s\" is missing", wanted[i]);
  }
  clear();
}

static void a_label_without_letters_of_its_own_gives_way_to_the_name(void **state) {
  (void)state;
  lay_out(sample_arabic);
  assert_true(has_text("kimi"));
  clear();
}

static void emoji_are_left_out(void **state) {
  (void)state;
  struct err err = {0};
  char out[128];
  font = chart_font_new(&err);
  assert_true(chart_font_fit(font, "🌙 Kimi 👩‍🚀✨ ⚠️", out, sizeof out));
  assert_string_equal(out, "Kimi");
  assert_false(chart_font_fit(font, "🌙", out, sizeof out));
  assert_true(chart_font_fit(font, "Größe · Ελλάδα · Киев €£¥₿₹₩ ≈ → …", out, sizeof out));
  assert_string_equal(out, "Größe · Ελλάδα · Киев €£¥₿₹₩ ≈ → …");
  assert_false(chart_font_fit(font, "a\xff\xfe", out, sizeof out) && out[1] != '\0');
  chart_font_free(font);
}

static void long_texts_are_cut_with_dots(void **state) {
  (void)state;
  struct err err = {0};
  char text[CHART_LABEL_MAX] = "Größenwahn und andere Wörter";
  const struct chart_type type = {30, true};
  font = chart_font_new(&err);
  chart_font_cut(font, type, 150, text);
  assert_true(text_ends(text, "…"));
  assert_true(chart_font_width(font, type, text) <= 150);
  assert_true(text_is_utf8(text, strlen(text)));
  chart_font_cut(font, type, 1, text);
  assert_string_equal(text, "…");
  memset(text, 'i', sizeof text - 1);
  chart_font_cut(font, type, 100, text);
  assert_true(strlen(text) < sizeof text);
  chart_font_free(font);
}

static void readings_shorter_than_the_range_are_drawn_wide(void **state) {
  (void)state;
  lay_out(sample_one);
  assert_int_equal(layout->from_ms, SAMPLE_NOW_MS - 3 * DAY_MS);
  assert_true(has_text("since 14:05 · UTC · updated Sat 31 Jan, 14:05"));
  clear();
}

static void the_dry_date_is_in_the_picture_where_it_is_near(void **state) {
  (void)state;
  void (*const makes[])(struct sampling *) = {sample_month, sample_low, sample_topups, sample_quota, sample_year};
  for (size_t i = 0; i < sizeof makes / sizeof makes[0]; i++) {
    lay_out(makes[i]);
    assert_true(layout->projects);
    double x = layout_x(layout, SAMPLE_NOW_MS + sampling.chart->runway.runway_ms);
    assert_true(x > layout->plot.x && x < layout->plot.x + layout->plot.width);
    clear();
  }
}

/* --- colours ---------------------------------------------------------------------------------------------------------- */

static double linear(double part) {
  return part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static double luminance(struct draw_colour c) {
  return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

static double contrast(struct draw_colour a, struct draw_colour b) {
  double one = luminance(a) + 0.05;
  double other = luminance(b) + 0.05;
  return one > other ? one / other : other / one;
}

static struct draw_colour blend(struct draw_colour under, struct draw_colour over, double alpha) {
  return (struct draw_colour){under.red + (over.red - under.red) * alpha, under.green + (over.green - under.green) * alpha,
                              under.blue + (over.blue - under.blue) * alpha};
}

static void every_ink_is_read_on_the_ground_and_through_bands(void **state) {
  (void)state;
  for (int t = CHART_DARK; t <= CHART_LIGHT; t++) {
    const struct draw_theme *theme = draw_theme((enum chart_theme)t);
    for (size_t ink = 0; ink < 5; ink++) {
      assert_true(contrast(theme->inks[ink], theme->ground) >= 4.5);
      assert_true(contrast(theme->inks[ink], blend(theme->ground, theme->levels[0], theme->band)) >= 4.5);
      assert_true(contrast(theme->inks[ink], blend(theme->ground, theme->levels[1], theme->band)) >= 4.5);
    }
    assert_true(contrast(theme->line, theme->ground) >= 3);
    assert_true(contrast(theme->levels[0], theme->ground) >= 3);
    assert_true(contrast(theme->levels[1], theme->ground) >= 3);
  }
}

/* --- pixels ----------------------------------------------------------------------------------------------------------- */

struct reader {
  const struct buf *png;
  size_t at;
};

static cairo_status_t give_bytes(void *context, unsigned char *bytes, unsigned length) {
  struct reader *reader = context;
  if (reader->png->len - reader->at < length) return CAIRO_STATUS_READ_ERROR;
  memcpy(bytes, reader->png->data + reader->at, length);
  reader->at += length;
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *picture(enum chart_theme theme) {
  struct buf png;
  struct err err = {0};
  buf_init(&png, CHART_PNG_MAX);
  assert_true(chart_png(sampling.chart, theme, &png, &err));
  struct reader reader = {&png, 0};
  cairo_surface_t *surface = cairo_image_surface_create_from_png_stream(give_bytes, &reader);
  assert_int_equal(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
  assert_int_equal(cairo_image_surface_get_width(surface), LAYOUT_WIDTH);
  assert_int_equal(cairo_image_surface_get_height(surface), LAYOUT_HEIGHT);
  buf_done(&png);
  return surface;
}

static bool is_colour(cairo_surface_t *surface, double x, double y, struct draw_colour colour) {
  const unsigned char *pixel =
      cairo_image_surface_get_data(surface) + (int)y * cairo_image_surface_get_stride(surface) + (int)x * 4;
  return fabs(pixel[2] - colour.red * 255) < 3 && fabs(pixel[1] - colour.green * 255) < 3 &&
         fabs(pixel[0] - colour.blue * 255) < 3;
}

static bool column_has(cairo_surface_t *surface, double x, struct draw_colour colour) {
  for (double y = layout->plot.y; y < layout->plot.y + layout->plot.height; y++) {
    if (is_colour(surface, x, y, colour)) return true;
  }
  return false;
}

static void the_line_goes_where_the_amounts_are(void **state) {
  (void)state;
  for (int t = CHART_DARK; t <= CHART_LIGHT; t++) {
    const struct draw_theme *theme = draw_theme((enum chart_theme)t);
    lay_out(sample_month);
    cairo_surface_t *surface = picture((enum chart_theme)t);
    assert_true(is_colour(surface, 2, 2, theme->ground));
    int64_t ms = sampling.chart->points[100].time_ms;
    double y = layout_y(layout, sampling.chart->points[100].nano);
    assert_true(is_colour(surface, layout_x(layout, ms) + 0.5, y, theme->line));
    double now = layout_x(layout, SAMPLE_NOW_MS);
    assert_true(is_colour(surface, now, layout_y(layout, chart_value(sampling.chart)), theme->inks[INK_STRONG]));
    cairo_surface_destroy(surface);
    clear();
  }
}

static void nothing_is_drawn_where_nothing_is_known(void **state) {
  (void)state;
  const struct draw_theme *theme = draw_theme(CHART_DARK);
  lay_out(sample_gaps);
  cairo_surface_t *surface = picture(CHART_DARK);
  int gaps = 0;
  for (size_t i = 0; i + 1 < sampling.chart->count; i++) {
    const struct chart_point *point = &sampling.chart->points[i];
    double from = layout_x(layout, point->time_ms);
    double until = layout_x(layout, point[1].time_ms);
    if (point->known || until - from < 20) continue;
    gaps++;
    for (double x = from + 5; x < until - 5; x++)
      assert_false(column_has(surface, x, theme->line));
    assert_true(column_has(surface, from - 3, theme->line));
  }
  assert_int_equal(gaps, 2);
  cairo_surface_destroy(surface);
  clear();
}

/* --- threads ---------------------------------------------------------------------------------------------------------- */

#define THREADS 8

struct work {
  pthread_t thread;
  size_t sample;
  struct buf png;
};

static void draw_sample(struct work *work) {
  struct sampling own;
  struct err err = {0};
  samples[work->sample].make(&own);
  sample_end(&own);
  buf_init(&work->png, CHART_PNG_MAX);
  if (!chart_png(own.chart, CHART_DARK, &work->png, &err)) buf_clear(&work->png);
  chart_free(own.chart);
}

static void *draw_in_thread(void *context) {
  draw_sample(context);
  return NULL;
}

/* Half of them with letters of the system's fonts. */
static void threads_draw_at_once_and_the_same_bytes(void **state) {
  (void)state;
  struct work first[2] = {{.sample = 8}, {.sample = 0}};
  struct work works[THREADS];
  memset(works, 0, sizeof works);
  for (size_t i = 0; i < 2; i++)
    draw_sample(&first[i]);
  for (size_t i = 0; i < THREADS; i++) {
    works[i].sample = first[i % 2].sample;
    assert_int_equal(pthread_create(&works[i].thread, NULL, draw_in_thread, &works[i]), 0);
  }
  for (size_t i = 0; i < THREADS; i++) {
    pthread_join(works[i].thread, NULL);
    assert_true(works[i].png.len > 0);
    assert_int_equal(works[i].png.len, first[i % 2].png.len);
    assert_memory_equal(works[i].png.data, first[i % 2].png.data, works[i].png.len);
    buf_done(&works[i].png);
  }
  buf_done(&first[0].png);
  buf_done(&first[1].png);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_two_texts_of_any_sample_overlap_or_leave_the_picture),
      cmocka_unit_test(whatever_is_read_no_texts_overlap),
      cmocka_unit_test(the_four_numbers_and_the_names_of_levels_are_never_left_out),
      cmocka_unit_test(a_label_without_letters_of_its_own_gives_way_to_the_name),
      cmocka_unit_test(emoji_are_left_out),
      cmocka_unit_test(long_texts_are_cut_with_dots),
      cmocka_unit_test(readings_shorter_than_the_range_are_drawn_wide),
      cmocka_unit_test(the_dry_date_is_in_the_picture_where_it_is_near),
      cmocka_unit_test(every_ink_is_read_on_the_ground_and_through_bands),
      cmocka_unit_test(the_line_goes_where_the_amounts_are),
      cmocka_unit_test(nothing_is_drawn_where_nothing_is_known),
      cmocka_unit_test(threads_draw_at_once_and_the_same_bytes),
  };
  return cmocka_run_group_tests_name("compose_chart_layout", tests, NULL, NULL);
}

#else

static void a_build_without_cairo_lays_nothing_out(void **state) {
  (void)state;
  assert_false(chart_is_drawn());
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_build_without_cairo_lays_nothing_out)};
  return cmocka_run_group_tests_name("compose_chart_layout", tests, NULL, NULL);
}

#endif
