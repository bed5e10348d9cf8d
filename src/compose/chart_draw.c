#include "chart_parts.h"

#ifdef LOWTIDE_CHARTS

#include "chart_draw.h"

#include <math.h>

/* --- brushes ---------------------------------------------------------------------------------------------------------- */

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

/* --- the ground ------------------------------------------------------------------------------------------------------- */

static void fill_between(const struct draw *draw, double y1, double y2) {
  const struct layout_box *plot = &draw->layout->plot;
  cairo_rectangle(draw->cairo, plot->x, fmin(y1, y2), plot->width, fabs(y2 - y1));
  cairo_fill(draw->cairo);
}

/* Where it is fine, where it is low and where it is critical, as heights: each ends where the next begins. */
struct zones {
  double warning;
  double critical;
  double end;
};

static struct zones zones_of(const struct draw *draw) {
  const struct chart_levels *levels = &draw->layout->levels;
  bool used = draw->layout->chart->measure == CHART_USED;
  struct zones zones = {0, 0, used ? draw->layout->plot.y : bottom(draw)};
  zones.critical = levels->critical.known ? inside_y(draw, levels->critical.nano) : zones.end;
  zones.warning = levels->warning.known ? inside_y(draw, levels->warning.nano) : zones.critical;
  bool ordered = used ? zones.warning >= zones.critical : zones.warning <= zones.critical;
  if (!ordered) zones.warning = zones.critical;
  return zones;
}

static void draw_bands(const struct draw *draw) {
  struct zones zones = zones_of(draw);
  use(draw, draw->theme->levels[0], draw->theme->band);
  fill_between(draw, zones.warning, zones.critical);
  use(draw, draw->theme->levels[1], draw->theme->band);
  fill_between(draw, zones.critical, zones.end);
}

/* The axis does not begin at zero. */
static void draw_torn_edge(const struct draw *draw) {
  const double tooth = 7;
  const int teeth = (int)(draw->layout->plot.width / tooth);
  double y = bottom(draw);
  cairo_move_to(draw->cairo, draw->layout->plot.x, y);
  for (int i = 1; i <= teeth; i++)
    cairo_line_to(draw->cairo, draw->layout->plot.x + i * tooth, i % 2 == 1 ? y - tooth : y);
  use(draw, draw->theme->gap, 0.8);
  cairo_stroke(draw->cairo);
}

static void draw_grid(const struct draw *draw) {
  const struct layout *layout = draw->layout;
  cairo_set_line_width(draw->cairo, 1);
  use(draw, draw->theme->grid, 1);
  for (size_t i = 0; layout->chart->known && i < layout->scale.count; i++) {
    double y = middle_of_pixel(layout_y(layout, layout->scale.ticks[i]));
    stroke_line(draw, layout->plot.x, y, right(draw), y);
  }
  for (size_t i = 0; i < layout->tick_count; i++) {
    double x = middle_of_pixel(layout_x(layout, layout->ticks[i].time_ms));
    stroke_line(draw, x, layout->plot.y, x, bottom(draw) + 6);
  }
  if (layout->scale.cut) {
    draw_torn_edge(draw);
    return;
  }
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
  const double apart = 12;
  const int lines = (int)((until - from + plot->height) / apart) + 1;
  for (int i = 0; i < lines; i++) {
    double x = from - plot->height + i * apart;
    stroke_line(draw, x, bottom(draw), x + plot->height, plot->y);
  }
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

/* --- the line --------------------------------------------------------------------------------------------------------- */

/* The next unbroken stretch in steps, from the point at *next on, which is then the point after it. False: there is none.
 */
static bool trace(const struct draw *draw, size_t *next, double *from, double *until) {
  const struct chart *chart = draw->layout->chart;
  size_t i = *next;
  while (i < chart->count && !chart->points[i].known)
    i++;
  if (i == chart->count) return false;
  double y = layout_y(draw->layout, chart->points[i].nano);
  *from = layout_x(draw->layout, chart->points[i].time_ms);
  cairo_move_to(draw->cairo, *from, y);
  for (i++; i < chart->count && chart->points[i].known; i++) {
    double x = layout_x(draw->layout, chart->points[i].time_ms);
    cairo_line_to(draw->cairo, x, y);
    y = layout_y(draw->layout, chart->points[i].nano);
    cairo_line_to(draw->cairo, x, y);
  }
  *until = layout_x(draw->layout, i < chart->count ? chart->points[i].time_ms : chart_until_ms(chart));
  cairo_line_to(draw->cairo, *until, y);
  *next = i;
  return true;
}

/* One gradient over the whole height: blue, and in the bands of the levels their colours, so that the line stands on what
 * it means. */
static void add_stop(const struct draw *draw, cairo_pattern_t *pattern, double y, struct draw_colour colour, double alpha) {
  double at = (y - draw->layout->plot.y) / draw->layout->plot.height;
  cairo_pattern_add_color_stop_rgba(pattern, at, colour.red, colour.green, colour.blue, alpha);
}

static cairo_pattern_t *gradient(const struct draw *draw) {
  const struct draw_theme *theme = draw->theme;
  const struct zones zones = zones_of(draw);
  bool used = draw->layout->chart->measure == CHART_USED;
  cairo_pattern_t *pattern = cairo_pattern_create_linear(0, draw->layout->plot.y, 0, bottom(draw));
  const double low = theme->area * 0.35;
  if (used) {
    add_stop(draw, pattern, zones.end, theme->levels[1], theme->area * 0.6);
    add_stop(draw, pattern, zones.critical, theme->levels[1], theme->area * 0.5);
    add_stop(draw, pattern, zones.critical, theme->levels[0], theme->area * 0.5);
    add_stop(draw, pattern, zones.warning, theme->levels[0], theme->area * 0.45);
    add_stop(draw, pattern, zones.warning, theme->line, theme->area);
    add_stop(draw, pattern, bottom(draw), theme->line, theme->area * 0.12);
  } else {
    add_stop(draw, pattern, draw->layout->plot.y, theme->line, theme->area);
    add_stop(draw, pattern, zones.warning, theme->line, zones.warning < bottom(draw) ? low : theme->area * 0.12);
    add_stop(draw, pattern, zones.warning, theme->levels[0], theme->area * 0.45);
    add_stop(draw, pattern, zones.critical, theme->levels[0], theme->area * 0.35);
    add_stop(draw, pattern, zones.critical, theme->levels[1], theme->area * 0.5);
    add_stop(draw, pattern, bottom(draw), theme->levels[1], theme->area * 0.38);
  }
  return pattern;
}

static void draw_area(const struct draw *draw) {
  double zero = fmin(layout_y(draw->layout, 0), bottom(draw));
  cairo_pattern_t *pattern = gradient(draw);
  cairo_set_source(draw->cairo, pattern);
  double from = 0;
  double until = 0;
  for (size_t next = 0; trace(draw, &next, &from, &until);) {
    cairo_line_to(draw->cairo, until, zero);
    cairo_line_to(draw->cairo, from, zero);
    cairo_close_path(draw->cairo);
    cairo_fill(draw->cairo);
  }
  cairo_pattern_destroy(pattern);
}

static void draw_line(const struct draw *draw) {
  double from = 0;
  double until = 0;
  cairo_set_line_width(draw->cairo, 3.5);
  cairo_set_line_join(draw->cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap(draw->cairo, CAIRO_LINE_CAP_ROUND);
  use(draw, draw->theme->line, 1);
  for (size_t next = 0; trace(draw, &next, &from, &until);)
    cairo_stroke(draw->cairo);
  cairo_set_line_cap(draw->cairo, CAIRO_LINE_CAP_BUTT);
}

/* --- levels and what is to come --------------------------------------------------------------------------------------- */

static void draw_level(const struct draw *draw, struct amount level, struct draw_colour colour, double on, double off) {
  const struct layout *layout = draw->layout;
  bool seen = level.known && level.nano <= layout->scale.high_nano && level.nano >= layout->scale.low_nano;
  if (!seen) return;
  double y = middle_of_pixel(layout_y(layout, level.nano));
  dash(draw, on, off);
  cairo_set_line_width(draw->cairo, 2);
  use(draw, colour, 0.9);
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

/* Where the dashes meet the axis. */
static void draw_dry(const struct draw *draw) {
  const struct layout *layout = draw->layout;
  double x = layout_x(layout, layout->chart->now_ms + layout->chart->runway.runway_ms);
  double y = layout_y(layout, layout_end_nano(layout));
  if (!layout->projects || x > right(draw) || layout->scale.cut) return;
  cairo_new_path(draw->cairo);
  cairo_arc(draw->cairo, x, y, 6, 0, 2 * M_PI);
  use(draw, draw->theme->ground, 1);
  cairo_fill_preserve(draw->cairo);
  cairo_set_line_width(draw->cairo, 3);
  use(draw, draw->theme->line, 1);
  cairo_stroke(draw->cairo);
}

/* --- marks ------------------------------------------------------------------------------------------------------------ */

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
  for (size_t i = 0; chart->measure == CHART_LEFT && i < chart->topup_count; i++) {
    double x = layout_x(draw->layout, chart->topups[i].time_ms);
    double y = layout_y(draw->layout, layout_value(draw->layout, chart->topups[i].time_ms));
    if (x >= draw->layout->plot.x) draw_dot(draw, x, y, 6, draw->theme->inks[INK_GOOD]);
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
  draw_level(&draw, layout->levels.warning, theme->levels[0], 14, 7);
  draw_level(&draw, layout->levels.critical, theme->levels[1], 5, 5);
  draw_level(&draw, layout->levels.limit, theme->inks[INK_MUTED], 0, 0);
  draw_line(&draw);
  cairo_restore(cairo);
  draw_dry(&draw);
  draw_now(&draw);
  draw_topups(&draw);
  draw_texts(&draw);
}

#endif
