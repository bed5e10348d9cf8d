/* chart_draw: the picture of a layout. Private to the room. */
#ifndef LOWTIDE_COMPOSE_CHART_DRAW_H
#define LOWTIDE_COMPOSE_CHART_DRAW_H

#include "chart_layout.h"

struct draw_colour {
  double red;
  double green;
  double blue;
};

/* Every ink is read at 4.5:1 and better on the ground, also through a band of a level. */
struct draw_theme {
  struct draw_colour ground;
  struct draw_colour inks[5];   /* by enum chart_ink */
  struct draw_colour levels[2]; /* the lines of warning and critical */
  struct draw_colour grid;
  struct draw_colour line;
  struct draw_colour gap;
  struct draw_colour mark; /* watermark */
  double band;             /* how much of its colour a level's band has */
  double area;             /* and what lies under the line */
};

const struct draw_theme *draw_theme(enum chart_theme theme); /* chart_theme.c */
void draw_chart(cairo_t *cairo, const struct layout *layout, const struct draw_theme *theme);

#endif
