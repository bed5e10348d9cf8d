#include "chart_parts.h"

#ifdef LOWTIDE_CHARTS

#include "chart_layout.h"

#include <string.h>

#include "lowtide/text.h"

#define PLOT_TOP 268.0
#define PLOT_BOTTOM 706.0
#define AXIS_SIZE 21.0
#define AXIS_GAP 16.0

/* --- from values to pixels -------------------------------------------------------------------------------------------- */

double layout_x(const struct layout *layout, int64_t time_ms) {
  double range = (double)(layout->until_ms - layout->from_ms);
  return layout->plot.x + (double)(time_ms - layout->from_ms) / range * layout->plot.width;
}

double layout_y(const struct layout *layout, money_wide nano) {
  double range = (double)(layout->scale.high_nano - layout->scale.low_nano);
  return layout->plot.y + (double)(layout->scale.high_nano - nano) / range * layout->plot.height;
}

int64_t layout_value(const struct layout *layout, int64_t time_ms) {
  const struct chart *chart = layout->chart;
  int64_t nano = 0;
  for (size_t i = 0; i < chart->count && chart->points[i].time_ms <= time_ms; i++) {
    if (chart->points[i].known) nano = chart->points[i].nano;
  }
  return nano;
}

int64_t layout_end_nano(const struct layout *layout) {
  return layout->levels.limit.known ? layout->levels.limit.nano : 0;
}

/* --- how far it reaches ----------------------------------------------------------------------------------------------- */

/* What was before the first reading is not worth more than a tenth of the picture. */
static int64_t begin_ms(const struct chart *chart) {
  int64_t latest_ms = chart->now_ms - (chart->now_ms - chart->from_ms) / 10;
  int64_t first_ms = chart->count > 0 ? chart->points[0].time_ms : chart->from_ms;
  if (first_ms < chart->from_ms) first_ms = chart->from_ms;
  int64_t slack_ms = (chart->now_ms - first_ms) / 40;
  if (first_ms > latest_ms) first_ms = latest_ms;
  return first_ms - slack_ms > chart->from_ms ? first_ms - slack_ms : chart->from_ms;
}

static int64_t part(int64_t range_ms, int percent) {
  return range_ms / 100 * percent;
}

/* Room for the dry date and its interval, as long as they do not push what was into a corner. */
static int64_t ahead_ms(const struct layout *layout) {
  const struct runway *runway = &layout->chart->runway;
  int64_t past_ms = layout->chart->now_ms - layout->from_ms;
  if (!layout->projects) return part(past_ms, 4);
  int64_t wanted_ms = runway->high_ms < past_ms ? part(runway->high_ms, 108) : past_ms;
  int64_t most_ms = part(past_ms, 60);
  if (wanted_ms > most_ms) wanted_ms = most_ms;
  bool later = part(runway->runway_ms, 108) > most_ms && runway->runway_ms < past_ms;
  if (later) wanted_ms = part(runway->runway_ms, 112);
  return wanted_ms > part(past_ms, 8) ? wanted_ms : part(past_ms, 8);
}

static void reach(struct layout *layout) {
  const struct chart *chart = layout->chart;
  bool known = chart->projected && chart->known && !chart_is_lost(chart) && chart->runway.state == RUNWAY_KNOWN;
  layout->projects = known && chart->runway.runway_ms > 0;
  layout->from_ms = begin_ms(chart);
  layout->until_ms = chart->now_ms + ahead_ms(layout) + 1;
}

/* --- how high it reaches ---------------------------------------------------------------------------------------------- */

static void widen(struct scale_span *span, int64_t nano) {
  if (nano < span->least_nano) span->least_nano = nano;
  if (nano > span->most_nano) span->most_nano = nano;
}

static void include_levels(const struct layout *layout, struct scale_span *span) {
  const struct chart_levels *levels = &layout->levels;
  const struct amount wanted[] = {levels->warning, levels->critical};
  if (levels->limit.known) widen(span, levels->limit.nano);
  for (size_t i = 0; i < 2; i++) {
    bool near = wanted[i].known && wanted[i].nano / 5 * 2 <= span->most_nano;
    if (near && wanted[i].nano > span->most_nano) widen(span, wanted[i].nano);
  }
}

static bool has_level_near(const struct layout *layout, int64_t least_nano) {
  struct amount level = layout->levels.warning.known ? layout->levels.warning : layout->levels.critical;
  return level.known && level.nano > least_nano / 4;
}

static void raise(struct layout *layout) {
  const struct chart *chart = layout->chart;
  struct scale_span span = {.least_nano = INT64_MAX, .most_nano = INT64_MIN};
  for (size_t i = 0; i < chart->count; i++) {
    if (chart->points[i].known) widen(&span, chart->points[i].nano);
  }
  if (span.least_nano > span.most_nano) span.least_nano = span.most_nano = 0;
  span.counted = chart->known && *chart->last.unit != '\0' && !unit_is_currency(chart->last.unit);
  bool seen_dry = layout->projects && chart->now_ms + chart->runway.low_ms < layout->until_ms;
  span.needs_zero = seen_dry || layout->levels.limit.known || has_level_near(layout, span.least_nano);
  include_levels(layout, &span);
  layout->scale = scale_money(&span);
}

/* --- the axes --------------------------------------------------------------------------------------------------------- */

static const struct chart_type axis_type = {AXIS_SIZE, false};

static double left_of_plot(struct layout *layout) {
  double widest = 0;
  char label[SCALE_LABEL_MAX];
  for (size_t i = 0; i < layout->scale.count; i++) {
    scale_money_label(label, &layout->scale, layout->scale.ticks[i], layout->chart->last.unit);
    double width = chart_font_width(layout->font, axis_type, label);
    if (width > widest) widest = width;
  }
  return LAYOUT_MARGIN + widest + AXIS_GAP;
}

static void add_money_labels(struct layout *layout) {
  struct layout_place place = {axis_type, INK_MUTED, ALIGN_RIGHT, layout->plot.x - AXIS_GAP, 0, false};
  char label[SCALE_LABEL_MAX];
  for (size_t i = 0; layout->chart->known && i < layout->scale.count; i++) {
    place.baseline = layout_y(layout, layout->scale.ticks[i]) + AXIS_SIZE * 0.36;
    scale_money_label(label, &layout->scale, layout->scale.ticks[i], layout->chart->last.unit);
    (void)layout_add(layout, &place, label);
  }
}

static void add_time_labels(struct layout *layout) {
  struct layout_place place = {axis_type, INK_MUTED, ALIGN_CENTRE, 0, PLOT_BOTTOM + 36, false};
  for (size_t i = 0; i < layout->tick_count; i++) {
    place.x = layout_x(layout, layout->ticks[i].time_ms);
    (void)layout_add(layout, &place, layout->ticks[i].label);
  }
}

static void add_caption(struct layout *layout) {
  char caption[CHART_LABEL_MAX];
  char least[SCALE_LABEL_MAX];
  if (!layout->scale.cut) return;
  scale_money_label(least, &layout->scale, (int64_t)layout->scale.low_nano, layout->chart->last.unit);
  (void)text_fmt(caption, sizeof caption, "axis begins at %s, not at 0", least);
  const struct layout_place place = {{20, false}, INK_MUTED, ALIGN_LEFT, LAYOUT_MARGIN, PLOT_TOP - 12, false};
  (void)layout_add(layout, &place, caption);
}

void layout_make(struct layout *layout, const struct chart *chart, struct chart_font *font) {
  memset(layout, 0, sizeof *layout);
  layout->chart = chart;
  layout->font = font;
  layout->levels = chart_levels(chart);
  reach(layout);
  raise(layout);
  double left = left_of_plot(layout);
  layout->plot = (struct layout_box){left, PLOT_TOP, LAYOUT_WIDTH - left - LAYOUT_MARGIN, PLOT_BOTTOM - PLOT_TOP};
  layout_add_header(layout);
  layout_add_tiles(layout);
  layout_add_levels(layout);
  layout->tick_count = scale_time(chart->account->zone, layout->from_ms, layout->until_ms, layout->ticks);
  add_money_labels(layout);
  add_time_labels(layout);
  add_caption(layout);
  layout_add_marks(layout);
}

#endif
