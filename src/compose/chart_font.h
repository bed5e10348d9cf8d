/* chart_font: text as outlines. The letters come from the embedded font; where it lacks some, from one of the system's, if
 * it has them. Nothing is shared between calls: each has a FreeType library of its own, and cairo's and fontconfig's global
 * caches are never used, so that threads do not meet and nothing stays behind. Private to the room. */
#ifndef LOWTIDE_COMPOSE_CHART_FONT_H
#define LOWTIDE_COMPOSE_CHART_FONT_H

#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>

#include "lowtide/err.h"

#define CHART_LABEL_MAX 192

struct chart_font;

struct chart_font *chart_font_new(struct err *err) MUST_CHECK; /* NULL if it cannot */
void chart_font_free(struct chart_font *font);

/* Copies what can be drawn of the text: emoji and what has no width is left out, and false answered if anything else is
 * missing, or needs more than one letter after the other (Arabic, Devanagari …). May look for a system's font. */
bool chart_font_fit(struct chart_font *font, const char *text, char *out, size_t size);

struct chart_type {
  double size; /* pixels per em */
  bool bold;
};

double chart_font_width(struct chart_font *font, struct chart_type type, const char *text);
/* Cuts the text with "…" to that width. */
void chart_font_cut(struct chart_font *font, struct chart_type type, double width, char text[static CHART_LABEL_MAX]);
/* Adds the outlines to the path, the first letter's origin at x and the baseline at y. */
void chart_font_path(struct chart_font *font, cairo_t *cairo, struct chart_type type, double x, double y, const char *text);

#endif
