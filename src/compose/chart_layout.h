/* chart_layout: where everything of a chart's picture is, before anything is drawn. Pixels are doubles: they are no
 * amounts. No two texts overlap. Private to the room. */
#ifndef LOWTIDE_COMPOSE_CHART_LAYOUT_H
#define LOWTIDE_COMPOSE_CHART_LAYOUT_H

#include "chart_font.h"
#include "chart_parts.h"
#include "chart_scale.h"

#define LAYOUT_WIDTH 1500
#define LAYOUT_HEIGHT 780
#define LAYOUT_MARGIN 52.0
#define LAYOUT_TEXTS_MAX 96

enum chart_ink { INK_STRONG, INK_MUTED, INK_WARNING, INK_CRITICAL, INK_GOOD };
enum layout_align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

struct layout_box {
  double x;
  double y;
  double width;
  double height;
};

struct layout_text {
  char text[CHART_LABEL_MAX];
  struct chart_type type;
  enum chart_ink ink;
  bool over_lines; /* in the plot: what is behind it is kept away */
  double x;
  double baseline;
  struct layout_box box;
};

struct layout {
  const struct chart *chart;
  struct chart_font *font;
  struct layout_box plot;
  int64_t from_ms;
  int64_t until_ms;
  struct money_scale scale;
  struct chart_levels levels;
  struct time_tick ticks[SCALE_TICKS_MAX];
  size_t tick_count;
  bool projects; /* the dry date is told by a line */
  struct layout_text texts[LAYOUT_TEXTS_MAX];
  size_t text_count;
};

/* Fills the layout; its texts come with it. */
void layout_make(struct layout *layout, const struct chart *chart, struct chart_font *font);

double layout_x(const struct layout *layout, int64_t time_ms);
double layout_y(const struct layout *layout, money_wide nano);
/* What is known at the last moment at or before time_ms; 0 if nothing is. */
int64_t layout_value(const struct layout *layout, int64_t time_ms);
/* Where the projection ends: nothing left, or all of the limit used. */
int64_t layout_end_nano(const struct layout *layout);
bool layout_boxes_meet(const struct layout_box *a, const struct layout_box *b);

/* --- placing: chart_place.c ------------------------------------------------------------------------------------------- */

struct layout_place {
  struct chart_type type;
  enum chart_ink ink;
  enum layout_align align;
  double x;
  double baseline;
  bool over_lines;
};

/* Adds the text, unless it would meet another one, or leave the picture. */
bool layout_add(struct layout *layout, const struct layout_place *place, const char *text);
void layout_add_header(struct layout *layout);
void layout_add_tiles(struct layout *layout);
/* --- chart_marks.c ---------------------------------------------------------------------------------------------------- */

/* Names the levels beside the plot, which becomes narrower by that. */
void layout_add_levels(struct layout *layout);
/* Top-ups, now, what is unknown. */
void layout_add_marks(struct layout *layout);

#endif
