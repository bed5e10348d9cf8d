#include "chart_parts.h"

#ifdef LOWTIDE_CHARTS

#include "chart_draw.h"

#include <math.h>

#include "lowtide/text.h"

#define RGB(hex)                                                                                                           \
  { ((hex) >> 16 & 0xFF) / 255.0, ((hex) >> 8 & 0xFF) / 255.0, ((hex)&0xFF) / 255.0 }

const struct draw_theme *draw_theme(enum chart_theme theme) {
  static const struct draw_theme dark = {
      .ground = RGB(0x1B1D22),
      .inks = {[INK_STRONG] = RGB(0xF4F6FA),
               [INK_MUTED] = RGB(0xA6ADBA),
               [INK_WARNING] = RGB(0xF5B83D),
               [INK_CRITICAL] = RGB(0xFF7A75),
               [INK_GOOD] = RGB(0x5BD69B)},
      .grid = RGB(0x2E323A),
      .line = RGB(0x5AA9FF),
      .gap = RGB(0x8A93A3),
      .mark = RGB(0x262930),
      .band = 0.10,
      .area = 0.34,
  };
  static const struct draw_theme light = {
      .ground = RGB(0xFFFFFF),
      .inks = {[INK_STRONG] = RGB(0x14181F),
               [INK_MUTED] = RGB(0x586170),
               [INK_WARNING] = RGB(0x8A5800),
               [INK_CRITICAL] = RGB(0xBE2029),
               [INK_GOOD] = RGB(0x0F7245)},
      .grid = RGB(0xE6E9EF),
      .line = RGB(0x1769D2),
      .gap = RGB(0x8A93A3),
      .mark = RGB(0xF1F3F6),
      .band = 0.09,
      .area = 0.26,
  };
  switch (theme) {
  case CHART_LIGHT: return &light;
  case CHART_DARK: break;
  }
  return &dark;
}

/* --- brushes -----------------------------------------------------------------------------------------------------------
 */

struct draw {
  cairo_t *cairo;
  const struct layout *layout;
  const struct draw_theme *theme;
};

static void use(const struct draw *draw, struct draw_colour colour, double alpha) {
  cairo_set_source_rgba(draw->cairo, colour.red, colour.green, colour.blue, alpha);
}

static void stroke_line(const struct draw *draw, double x1, double y1, double x2, double y2) {
  cairo_move_to(draw->cairo, x1, y1);
  cairo_line_to(draw->cairo, x2, y2);
  cairo_stroke(draw->cairo);
}

static double middle_of_pixel(double at) {
  return floor(at) + 0.5;
}

static void dash(const struct draw *draw, double on, double off) {
  const double lengths[] = {on, off};
  cairo_set_dash(draw->cairo, lengths, on > 0 ? 2 : 0, 0);
}

static double bottom(const struct draw *draw) {
  return draw->layout->plot.y + draw->layout->plot.height;
}

static double right(const struct draw *draw) {
  return draw->layout->plot.x + draw->layout->plot.width;
}

static double inside_y(const struct draw *draw, int64_t nano) {
  double y = layout_y(draw->layout, nano);
  return fmin(fmax(y, draw->layout->plot.y), bottom(draw));
}

static void clip_to_plot(const struct draw *draw) {
  const struct layout_box *plot = &draw->layout->plot;
  cairo_rectangle(draw->cairo, plot->x, plot->y, plot->width, plot->height);
  cairo_clip(draw->cairo);
}

/* --- the ground --------------------------------------------------------------------------------------------------------
 */

static void fill_between(const struct draw *draw, double y1, double y2) {
  const struct layout_box *plot = &draw->layout->plot;
  cairo_rectangle(draw->cairo, plot->x, fmin(y1, y2), plot->width, fabs(y2 - y1));
  cairo_fill(draw->cairo);
}

/* From the level to the worse end; the warning's band ends where the critical one begins. */
static void draw_bands(const struct draw *draw) {
  const struct chart_levels *levels = &draw->layout->levels;
  bool used = draw->layout->chart->measure == CHART_USED;
  double end = used ? draw->layout->plot.y : bottom(draw);
  double critical = levels->critical.known ? inside_y(draw, levels->critical.nano) : end;
  use(draw, draw->theme->inks[INK_CRITICAL], draw->theme->band * 1.6);
  fill_between(draw, critical, end);
  double warning = levels->warning.known ? inside_y(draw, levels->warning.nano) : critical;
  bool ordered = used ? warning >= critical : warning <= critical;
  use(draw, draw->theme->inks[INK_WARNING], draw->theme->band);
  if (ordered) fill_between(draw, warning, critical);
}

static void draw_grid(const struct draw *draw) {
  const struct layout *layout = draw->layout;
  cairo_set_line_width(draw->cairo, 1);
  use(draw, draw->theme->grid, 1);
  for (size_t i = 0; i < layout->scale.count; i++) {
    double y = middle_of_pixel(layout_y(layout, layout->scale.ticks[i]));
    stroke_line(draw, layout->plot.x, y, right(draw), y);
  }
  for (size_t i = 0; i < layout->tick_count; i++) {
    double x = middle_of_pixel(layout_x(layout, layout->ticks[i].time_ms));
    stroke_line(draw, x, layout->plot.y, x, bottom(draw) + 6);
  }
  if (layout->scale.low_nano > 0) return;
  double zero = middle_of_pixel(layout_y(layout, 0));
  use(draw, draw->theme->gap, 0.7);
  stroke_line(draw, layout->plot.x, zero, right(draw), zero);
}

static void draw_watermark(const struct draw *draw) {
  const struct chart *chart = draw->layout->chart;
  const struct chart_type type = {150, true};
  const struct layout_box *plot = &draw->layout->plot;
  if (!chart->account->simulated && !(chart->seen && chart->newest.simulated)) return;
  double width = chart_font_width(draw->layout->font, type, "simulated");
  cairo_new_path(draw->cairo);
  chart_font_path(draw->layout->font, draw->cairo, type, plot->x + (plot->width - width) / 2, plot->y + plot->height * 0.6,
                  "simulated");
  use(draw, draw->theme->mark, 1);
  cairo_fill(draw->cairo);
}

static void draw_gap(const struct draw *draw, int64_t from_ms, int64_t until_ms) {
  const struct layout_box *plot = &draw->layout->plot;
  double from = fmax(layout_x(draw->layout, from_ms), plot->x);
  double until = fmin(layout_x(draw->layout, until_ms), right(draw));
  if (until <= from) return;
  if (until - from < 1.5) until = from + 1.5;
  cairo_save(draw->cairo);
  cairo_rectangle(draw->cairo, from, plot->y, until - from, plot->height);
  cairo_clip(draw->cairo);
  use(draw, draw->theme->gap, 0.07);
  cairo_paint(draw->cairo);
  use(draw, draw->theme->gap, 0.28);
  cairo_set_line_width(draw->cairo, 1.2);
  for (double x = from - plot->height; x < until; x += 12)
    stroke_line(draw, x, bottom(draw), x + plot->height, plot->y);
  cairo_restore(draw->cairo);
}

static void draw_gaps(const struct draw *draw) {
  const struct chart *chart = draw->layout->chart;
  for (size_t i = 0; i < chart->count; i++) {
    const struct chart_point *point = &chart->points[i];
    if (!point->known) draw_gap(draw, point->time_ms, i + 1 < chart->count ? point[1].time_ms : chart->now_ms);
  }
  bool silent = chart->count > 0 && chart->points[chart->count - 1].known;
  if (silent) draw_gap(draw, chart_until_ms(chart), chart->now_ms);
}

/* --- the line ----------------------------------------------------------------------------------------------------------
 */

/* One unbroken stretch in steps; answers the point after it. */
static size_t trace(const struct draw *draw, size_t first, double *from, double *until) {
  const struct chart *chart = draw->layout->chart;
  size_t i = first;
  double y = layout_y(draw->layout, chart->points[first].nano);
  *from = layout_x(draw->layout, chart->points[first].time_ms);
  cairo_move_to(draw->cairo, *from, y);
  for (i = first + 1; i < chart->count && chart->points[i].known; i++) {
    double x = layout_x(draw->layout, chart->points[i].time_ms);
    cairo_line_to(draw->cairo, x, y);
    y = layout_y(draw->layout, chart->points[i].nano);
    cairo_line_to(draw->cairo, x, y);
  }
  *until = layout_x(draw->layout, i < chart->count ? chart->points[i].time_ms : chart_until_ms(chart));
  cairo_line_to(draw->cairo, *until, y);
  return i;
}

static cairo_pattern_t *gradient(const struct draw *draw) {
  const struct layout_box *plot = &draw->layout->plot;
  struct draw_colour colour = draw->theme->line;
  cairo_pattern_t *pattern = cairo_pattern_create_linear(0, plot->y, 0, bottom(draw));
  cairo_pattern_add_color_stop_rgba(pattern, 0, colour.red, colour.green, colour.blue, draw->theme->area);
  cairo_pattern_add_color_stop_rgba(pattern, 1, colour.red, colour.green, colour.blue, draw->theme->area * 0.12);
  return pattern;
}

static void draw_area(const struct draw *draw) {
  const struct chart *chart = draw->layout->chart;
  double zero = fmin(layout_y(draw->layout, 0), bottom(draw));
  cairo_pattern_t *pattern = gradient(draw);
  cairo_set_source(draw->cairo, pattern);
  for (size_t i = 0; i < chart->count;) {
    double from = 0;
    double until = 0;
    if (!chart->points[i].known) {
      i++;
      continue;
    }
    i = trace(draw, i, &from, &until);
    cairo_line_to(draw->cairo, until, zero);
    cairo_line_to(draw->cairo, from, zero);
    cairo_close_path(draw->cairo);
    cairo_fill(draw->cairo);
  }
  cairo_pattern_destroy(pattern);
}

static void draw_line(const struct draw *draw) {
  const struct chart *chart = draw->layout->chart;
  cairo_set_line_width(draw->cairo, 3.5);
  cairo_set_line_join(draw->cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(draw->cairo, CAIRO_LINE_CAP_ROUND);
  use(draw, draw->theme->line, 1);
  for (size_t i = 0; i < chart->count;) {
    double from = 0;
    double until = 0;
    if (!chart->points[i].known) {
      i++;
      continue;
    }
    i = trace(draw, i, &from, &until);
    cairo_stroke(draw->cairo);
  }
  cairo_set_line_cap(draw->cairo, CAIRO_LINE_CAP_BUTT);
}

/* --- levels and what is to come ----------------------------------------------------------------------------------------
 */

static void draw_level(const struct draw *draw, struct amount level, enum chart_ink ink, double on, double off) {
  const struct layout *layout = draw->layout;
  bool seen = level.known && level.nano <= layout->scale.high_nano && level.nano >= layout->scale.low_nano;
  if (!seen) return;
  double y = middle_of_pixel(layout_y(layout, level.nano));
  dash(draw, on, off);
  cairo_set_line_width(draw->cairo, 2);
  use(draw, draw->theme->inks[ink], 0.85);
  stroke_line(draw, layout->plot.x, y, right(draw), y);
  dash(draw, 0, 0);
}

static void draw_projection(const struct draw *draw) {
  const struct layout *layout = draw->layout;
  const struct runway *runway = &layout->chart->runway;
  int64_t now_ms = layout->chart->now_ms;
  if (!layout->projects) return;
  double x = layout_x(layout, now_ms);
  double y = layout_y(layout, layout_value(layout, now_ms));
  double end = layout_y(layout, layout_end_nano(layout));
  cairo_move_to(draw->cairo, x, y);
  cairo_line_to(draw->cairo, layout_x(layout, now_ms + runway->low_ms), end);
  cairo_line_to(draw->cairo, layout_x(layout, now_ms + runway->high_ms), end);
  cairo_close_path(draw->cairo);
  use(draw, draw->theme->line, 0.20);
  cairo_fill(draw->cairo);
  dash(draw, 11, 8);
  cairo_set_line_width(draw->cairo, 3);
  use(draw, draw->theme->line, 1);
  stroke_line(draw, x, y, layout_x(layout, now_ms + runway->runway_ms), end);
  dash(draw, 0, 0);
}

/* --- marks -------------------------------------------------------------------------------------------------------------
 */

static void draw_dot(const struct draw *draw, double x, double y, double radius, struct draw_colour colour) {
  cairo_new_path(draw->cairo);
  cairo_arc(draw->cairo, x, y, radius + 3, 0, 2 * M_PI);
  use(draw, draw->theme->ground, 1);
  cairo_fill(draw->cairo);
  cairo_arc(draw->cairo, x, y, radius, 0, 2 * M_PI);
  use(draw, colour, 1);
  cairo_fill(draw->cairo);
}

static void draw_topups(const struct draw *draw) {
  const struct chart *chart = draw->layout->chart;
  enum chart_ink ink = chart->measure == CHART_USED ? INK_MUTED : INK_GOOD;
  for (size_t i = 0; i < chart->topup_count; i++) {
    double x = layout_x(draw->layout, chart->topups[i].time_ms);
    double y = layout_y(draw->layout, layout_value(draw->layout, chart->topups[i].time_ms));
    if (x >= draw->layout->plot.x) draw_dot(draw, x, y, 6, draw->theme->inks[ink]);
  }
}

static void draw_now(const struct draw *draw) {
  const struct layout *layout = draw->layout;
  const struct chart *chart = layout->chart;
  double x = middle_of_pixel(layout_x(layout, chart->now_ms));
  cairo_set_line_width(draw->cairo, 1.5);
  use(draw, draw->theme->inks[INK_STRONG], 0.55);
  stroke_line(draw, x, layout->plot.y - 4, x, bottom(draw));
  if (!chart->known || chart->count == 0) return;
  int64_t until_ms = chart_until_ms(chart);
  double y = layout_y(layout, layout_value(layout, until_ms));
  draw_dot(draw, layout_x(layout, until_ms), y, 8, draw->theme->inks[chart_is_lost(chart) ? INK_MUTED : INK_STRONG]);
}

static void draw_texts(const struct draw *draw) {
  cairo_set_line_join(draw->cairo, CAIRO_LINE_JOIN_ROUND);
  for (size_t i = 0; i < draw->layout->text_count; i++) {
    const struct layout_text *text = &draw->layout->texts[i];
    cairo_new_path(draw->cairo);
    chart_font_path(draw->layout->font, draw->cairo, text->type, text->x, text->baseline, text->text);
    if (text->over_lines) {
      use(draw, draw->theme->ground, 0.9);
      cairo_set_line_width(draw->cairo, 6);
      cairo_stroke_preserve(draw->cairo);
    }
    use(draw, draw->theme->inks[text->ink], 1);
    cairo_fill(draw->cairo);
  }
}

void draw_chart(cairo_t *cairo, const struct layout *layout, const struct draw_theme *theme) {
  const struct draw draw = {cairo, layout, theme};
  use(&draw, theme->ground, 1);
  cairo_paint(cairo);
  draw_watermark(&draw);
  draw_bands(&draw);
  draw_grid(&draw);
  cairo_save(cairo);
  clip_to_plot(&draw);
  draw_gaps(&draw);
  draw_area(&draw);
  draw_projection(&draw);
  draw_level(&draw, layout->levels.warning, INK_WARNING, 14, 7);
  draw_level(&draw, layout->levels.critical, INK_CRITICAL, 5, 5);
  draw_level(&draw, layout->levels.limit, INK_STRONG, 0, 0);
  draw_line(&draw);
  cairo_restore(cairo);
  draw_now(&draw);
  draw_topups(&draw);
  draw_texts(&draw);
}

#endif
