#include "chart_parts.h"

#ifdef LOWTIDE_CHARTS

#include <string.h>

#include "chart_layout.h"
#include "lowtide/text.h"

#define LEVEL_SIZE 20.0
#define LEVEL_GAP 12.0
#define LEVEL_APART 30.0
#define MARK_SIZE 20.0

/* --- levels ----------------------------------------------------------------------------------------------------------- */

struct level_label {
  char text[CHART_LABEL_MAX];
  enum chart_ink ink;
  double y;
};

static void name_level(const struct layout *layout, const char *name, struct amount level, struct level_label *label) {
  char amount[CHART_WORDS_MAX];
  char whole[CHART_LABEL_MAX];
  scale_print_short(amount, sizeof amount, level.nano, layout->chart->last.unit);
  bool above = level.nano > layout->scale.high_nano;
  bool below = level.nano < layout->scale.low_nano;
  (void)text_fmt(whole, sizeof whole, "%s%s %s", above ? "↑ " : below ? "↓ " : "", name, amount);
  (void)chart_font_fit(layout->font, whole, label->text, sizeof label->text);
  label->y = layout_y(layout, level.nano);
}

static size_t name_levels(const struct layout *layout, struct level_label labels[static 3]) {
  size_t count = 0;
  if (!layout->chart->known) return 0;
  if (layout->levels.limit.known) {
    labels[count].ink = INK_STRONG;
    name_level(layout, "limit", layout->levels.limit, &labels[count++]);
  }
  if (layout->levels.critical.known) {
    labels[count].ink = INK_CRITICAL;
    name_level(layout, "critical", layout->levels.critical, &labels[count++]);
  }
  if (layout->levels.warning.known) {
    labels[count].ink = INK_WARNING;
    name_level(layout, "warning", layout->levels.warning, &labels[count++]);
  }
  return count;
}

static void sort(struct level_label *labels, size_t count) {
  for (size_t i = 1; i < count; i++) {
    for (size_t at = i; at > 0 && labels[at].y < labels[at - 1].y; at--) {
      struct level_label other = labels[at];
      labels[at] = labels[at - 1];
      labels[at - 1] = other;
    }
  }
}

/* Into the plot's height, and apart from each other. */
static void spread(const struct layout *layout, struct level_label *labels, size_t count) {
  double top = layout->plot.y + 8;
  double bottom = layout->plot.y + layout->plot.height - 4;
  for (size_t i = 0; i < count; i++) {
    if (labels[i].y < top) labels[i].y = top;
    if (i > 0 && labels[i].y < labels[i - 1].y + LEVEL_APART) labels[i].y = labels[i - 1].y + LEVEL_APART;
  }
  for (size_t i = count; i > 0; i--) {
    if (labels[i - 1].y > bottom) labels[i - 1].y = bottom;
    bottom = labels[i - 1].y - LEVEL_APART;
  }
}

void layout_add_levels(struct layout *layout) {
  const struct chart_type type = {LEVEL_SIZE, true};
  struct level_label labels[3];
  memset(labels, 0, sizeof labels);
  size_t count = name_levels(layout, labels);
  double widest = 0;
  for (size_t i = 0; i < count; i++) {
    double width = chart_font_width(layout->font, type, labels[i].text);
    if (width > widest) widest = width;
  }
  if (count > 0) layout->plot.width -= widest + LEVEL_GAP - 8;
  sort(labels, count);
  spread(layout, labels, count);
  for (size_t i = 0; i < count; i++) {
    const struct layout_place place = {
        type, labels[i].ink, ALIGN_LEFT, layout->plot.x + layout->plot.width + LEVEL_GAP, labels[i].y + 7, false};
    (void)layout_add(layout, &place, labels[i].text);
  }
}

/* --- top-ups ---------------------------------------------------------------------------------------------------------- */

struct group {
  int64_t nano;
  int count;
  double from_x;
  double until_x;
  double top;
};

static void print_group(const struct layout *layout, const struct group *group, char out[static CHART_LABEL_MAX]) {
  char amount[CHART_WORDS_MAX];
  scale_print_short(amount, sizeof amount, group->nano, layout->chart->last.unit);
  if (layout->chart->measure == CHART_USED) {
    if (group->count == 1) (void)text_copy(out, CHART_LABEL_MAX, "reset");
    if (group->count > 1) (void)text_fmt(out, CHART_LABEL_MAX, "%d resets", group->count);
  } else if (group->count == 1) {
    (void)text_fmt(out, CHART_LABEL_MAX, "+%s", amount);
  } else {
    (void)text_fmt(out, CHART_LABEL_MAX, "+%s in %d", amount, group->count);
  }
}

static double width_of_group(const struct layout *layout, const struct group *group) {
  char text[CHART_LABEL_MAX];
  print_group(layout, group, text);
  return chart_font_width(layout->font, (struct chart_type){MARK_SIZE, true}, text);
}

static bool crowd(const struct layout *layout, const struct group *a, const struct group *b) {
  double reach = (width_of_group(layout, a) + width_of_group(layout, b)) / 2 + 16;
  return (b->from_x + b->until_x) / 2 - (a->from_x + a->until_x) / 2 < reach;
}

static void join(struct group *into, const struct group *from) {
  if (__builtin_add_overflow(into->nano, from->nano, &into->nano)) into->nano = INT64_MAX;
  into->count += from->count;
  into->until_x = from->until_x;
  if (from->top < into->top) into->top = from->top;
}

static size_t group_topups(const struct layout *layout, struct group groups[static CHART_TOPUPS_MAX]) {
  const struct chart *chart = layout->chart;
  size_t count = 0;
  for (size_t i = 0; i < chart->topup_count; i++) {
    const struct chart_topup *topup = &chart->topups[i];
    double x = layout_x(layout, topup->time_ms);
    bool reset = chart->measure == CHART_USED; /* told where it fell from */
    double y = layout_y(layout, layout_value(layout, topup->time_ms - (reset ? 1 : 0)));
    if (x < layout->plot.x) continue;
    groups[count++] = (struct group){topup->nano, topup->count, x, x, y};
    for (; count > 1 && crowd(layout, &groups[count - 2], &groups[count - 1]); count--)
      join(&groups[count - 2], &groups[count - 1]);
  }
  return count;
}

/* Above the line of a level, rather than on it. */
static double clear_of(const struct layout *layout, struct amount level, double baseline) {
  double y = layout_y(layout, level.nano);
  bool on_it = level.known && y > baseline - MARK_SIZE && y < baseline + 6;
  return on_it ? y - 8 : baseline;
}

static double baseline_of(const struct layout *layout, const struct group *group) {
  double baseline = clear_of(layout, layout->levels.critical, group->top - 16);
  return clear_of(layout, layout->levels.limit, clear_of(layout, layout->levels.warning, baseline));
}

static void add_topups(struct layout *layout) {
  struct group groups[CHART_TOPUPS_MAX];
  size_t count = group_topups(layout, groups);
  char text[CHART_LABEL_MAX];
  enum chart_ink ink = layout->chart->measure == CHART_USED ? INK_MUTED : INK_GOOD;
  for (size_t i = 0; i < count; i++) {
    print_group(layout, &groups[i], text);
    double x = (groups[i].from_x + groups[i].until_x) / 2;
    double half = width_of_group(layout, &groups[i]) / 2;
    if (x - half < layout->plot.x + 4) x = layout->plot.x + 4 + half;
    struct layout_place place = {{MARK_SIZE, true}, ink, ALIGN_CENTRE, x, baseline_of(layout, &groups[i]), true};
    for (int tries = 0; tries < 4 && !layout_add(layout, &place, text); tries++)
      place.baseline -= 12;
  }
}

/* --- now, and what nobody knows --------------------------------------------------------------------------------------- */

static void add_now(struct layout *layout) {
  const struct layout_place place = {{MARK_SIZE, false},  INK_MUTED, ALIGN_CENTRE, layout_x(layout, layout->chart->now_ms),
                                     layout->plot.y - 12, false};
  (void)layout_add(layout, &place, "now");
}

static void add_unknown(struct layout *layout, int64_t from_ms, int64_t until_ms) {
  double from = layout_x(layout, from_ms);
  double until = layout_x(layout, until_ms);
  const struct chart_type type = {MARK_SIZE, false};
  if (from < layout->plot.x) from = layout->plot.x;
  if (until - from < chart_font_width(layout->font, type, "unknown") + 8) return;
  const struct layout_place place = {type, INK_MUTED, ALIGN_CENTRE, (from + until) / 2, layout->plot.y + 28, true};
  (void)layout_add(layout, &place, "unknown");
}

static void add_gaps(struct layout *layout) {
  const struct chart *chart = layout->chart;
  for (size_t i = 0; i < chart->count; i++) {
    const struct chart_point *point = &chart->points[i];
    int64_t until_ms = i + 1 < chart->count ? point[1].time_ms : chart->now_ms;
    if (!point->known) add_unknown(layout, point->time_ms, until_ms);
  }
  bool silent = chart->count > 0 && chart->points[chart->count - 1].known;
  if (silent) add_unknown(layout, chart_until_ms(chart), chart->now_ms);
}

static void add_emptiness(struct layout *layout) {
  const struct layout_place place = {{30, false},
                                     INK_MUTED,
                                     ALIGN_CENTRE,
                                     layout->plot.x + layout->plot.width / 2,
                                     layout->plot.y + layout->plot.height / 2,
                                     true};
  if (!layout->chart->seen) (void)layout_add(layout, &place, "no readings yet");
}

void layout_add_marks(struct layout *layout) {
  add_now(layout);
  add_emptiness(layout);
  add_topups(layout);
  add_gaps(layout);
}

#endif
