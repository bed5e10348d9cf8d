#include "chart_parts.h"

#ifdef LOWTIDE_CHARTS

#include <string.h>

#include "chart_layout.h"
#include "lowtide/text.h"

#define ASCENT 0.76 /* of the size, with the accents of capitals */
#define DESCENT 0.22
#define APART 6.0

#define TITLE_BASELINE 76.0
#define TITLE_SIZE 38.0
#define META_SIZE 22.0
#define TILE_TITLE_BASELINE 132.0
#define TILE_BASELINE 178.0
#define TILE_NOTE_BASELINE 212.0
#define TILE_TITLE_SIZE 21.0
#define TILE_SIZE 38.0
#define TILE_SIZE_LEAST 24.0
#define TILE_NOTE_SIZE 19.5
#define TILE_GAP 44.0

bool layout_boxes_meet(const struct layout_box *a, const struct layout_box *b) {
  return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height && b->y < a->y + a->height;
}

static bool is_free(const struct layout *layout, const struct layout_box *box) {
  const struct layout_box wide = {box->x - APART, box->y - 1, box->width + 2 * APART, box->height + 2};
  if (box->x < 4 || box->y < 4 || box->x + box->width > LAYOUT_WIDTH - 4 || box->y + box->height > LAYOUT_HEIGHT - 4) {
    return false;
  }
  for (size_t i = 0; i < layout->text_count; i++) {
    if (layout_boxes_meet(&wide, &layout->texts[i].box)) return false;
  }
  return true;
}

bool layout_add(struct layout *layout, const struct layout_place *place, const char *text) {
  double width = chart_font_width(layout->font, place->type, text);
  double x = place->x;
  if (place->align == ALIGN_CENTRE) x -= width / 2;
  if (place->align == ALIGN_RIGHT) x -= width;
  double size = place->type.size;
  const struct layout_box box = {x, place->baseline - ASCENT * size, width, (ASCENT + DESCENT) * size};
  if (*text == '\0' || layout->text_count == LAYOUT_TEXTS_MAX || !is_free(layout, &box)) return false;
  struct layout_text *added = &layout->texts[layout->text_count++];
  *added = (struct layout_text){.type = place->type,
                                .ink = place->ink,
                                .over_lines = place->over_lines,
                                .x = x,
                                .baseline = place->baseline,
                                .box = box};
  (void)text_copy(added->text, sizeof added->text, text);
  return true;
}

/* --- the first line --------------------------------------------------------------------------------------------------- */

static bool says(const char *label, const char *provider) {
  return strcasestr(label, provider) != NULL;
}

/* A label that cannot be drawn is no title: its account's name is plain ASCII. */
static void print_title(const struct layout *layout, char out[static CHART_LABEL_MAX]) {
  const struct account *account = layout->chart->account;
  char label[CHART_LABEL_MAX];
  text_clean(label, sizeof label, account->label != NULL ? account->label : account->name);
  if (!chart_font_fit(layout->font, label, out, CHART_LABEL_MAX)) (void)text_copy(out, CHART_LABEL_MAX, account->name);
}

/* "last 30 days", or since when there are readings, if that is what is drawn. */
static void print_range(const struct layout *layout, char out[static CHART_WORDS_MAX]) {
  const struct chart *chart = layout->chart;
  char first[CHART_WORDS_MAX];
  chart_print_range(out, CHART_WORDS_MAX, chart->now_ms - chart->from_ms);
  if (layout->from_ms == chart->from_ms || chart->count == 0) return;
  chart_print_clock(first, sizeof first, chart, chart->points[0].time_ms);
  (void)text_fmt(out, CHART_WORDS_MAX, "since %.80s", first);
}

static void print_meta(const struct layout *layout, char out[static CHART_LABEL_MAX]) {
  const struct chart *chart = layout->chart;
  char range[CHART_WORDS_MAX];
  char updated[CHART_WORDS_MAX] = "never";
  bool simulated = chart->seen && (chart->newest.simulated || chart->account->simulated);
  print_range(layout, range);
  if (chart->known) chart_print_moment(updated, sizeof updated, chart, chart->last_ms);
  (void)text_fmt(out, CHART_LABEL_MAX, "%s%s · %s · updated %s", simulated ? "simulated · " : "", range,
                 zone_name(chart->account->zone), updated);
}

void layout_add_header(struct layout *layout) {
  const struct chart_type bold = {TITLE_SIZE, true};
  const struct chart_type small = {META_SIZE, false};
  char title[CHART_LABEL_MAX];
  char meta[CHART_LABEL_MAX];
  char provider[CHART_LABEL_MAX];
  const char *by = layout->chart->account->provider;
  print_meta(layout, meta);
  print_title(layout, title);
  const double right = LAYOUT_WIDTH - LAYOUT_MARGIN;
  double room = right - LAYOUT_MARGIN - chart_font_width(layout->font, small, meta) - TILE_GAP;
  chart_font_cut(layout->font, bold, room, title);
  (void)layout_add(layout, &(struct layout_place){small, INK_MUTED, ALIGN_RIGHT, right, TITLE_BASELINE, false}, meta);
  (void)layout_add(layout, &(struct layout_place){bold, INK_STRONG, ALIGN_LEFT, LAYOUT_MARGIN, TITLE_BASELINE, false},
                   title);
  double used = chart_font_width(layout->font, bold, title);
  (void)text_fmt(provider, sizeof provider, "· %s", by);
  const struct chart_type plain = {TITLE_SIZE * 0.75, false};
  if (says(title, by) || used + 14 + chart_font_width(layout->font, plain, provider) > room) return;
  const struct layout_place place = {plain, INK_MUTED, ALIGN_LEFT, LAYOUT_MARGIN + used + 14, TITLE_BASELINE, false};
  (void)layout_add(layout, &place, provider);
}

/* --- four numbers ----------------------------------------------------------------------------------------------------- */

static enum chart_ink ink_of(enum chart_tone tone) {
  switch (tone) {
  case CHART_WARNED: return INK_WARNING;
  case CHART_ALARMED: return INK_CRITICAL;
  case CHART_QUIET: return INK_MUTED;
  case CHART_PLAIN: break;
  }
  return INK_STRONG;
}

struct tile_text {
  char title[CHART_LABEL_MAX];
  char value[CHART_LABEL_MAX];
  char note[CHART_LABEL_MAX];
};

static double widest(double a, double b, double c) {
  double ab = a > b ? a : b;
  return ab > c ? ab : c;
}

static double width_of(struct layout *layout, const struct tile_text *text, double size) {
  return widest(chart_font_width(layout->font, (struct chart_type){TILE_TITLE_SIZE, false}, text->title),
                chart_font_width(layout->font, (struct chart_type){size, true}, text->value),
                chart_font_width(layout->font, (struct chart_type){TILE_NOTE_SIZE, false}, text->note));
}

static double sum_of(struct layout *layout, const struct tile_text *texts, double size) {
  double sum = 0;
  for (size_t i = 0; i < CHART_TILES; i++)
    sum += width_of(layout, &texts[i], size);
  return sum;
}

static void add_tile(struct layout *layout, const struct chart_tile *tile, const struct tile_text *text, double x,
                     double size) {
  struct layout_place place = {{TILE_TITLE_SIZE, false}, INK_MUTED, ALIGN_LEFT, x, TILE_TITLE_BASELINE, false};
  (void)layout_add(layout, &place, text->title);
  place.baseline = TILE_NOTE_BASELINE;
  place.type.size = TILE_NOTE_SIZE;
  (void)layout_add(layout, &place, text->note);
  place = (struct layout_place){{size, true}, ink_of(tile->tone), ALIGN_LEFT, x, TILE_BASELINE, false};
  (void)layout_add(layout, &place, text->value);
}

/* A quarter of the width each, if they fit. */
static bool fit_quarters(struct layout *layout, const struct tile_text *texts, double quarter) {
  for (size_t i = 0; i < CHART_TILES; i++) {
    double gap = i + 1 < CHART_TILES ? TILE_GAP / 2 : 0;
    if (width_of(layout, &texts[i], TILE_SIZE) > quarter - gap) return false;
  }
  return true;
}

static void add_quarters(struct layout *layout, const struct chart_tile *tiles, const struct tile_text *texts,
                         double quarter) {
  for (size_t i = 0; i < CHART_TILES; i++)
    add_tile(layout, &tiles[i], &texts[i], LAYOUT_MARGIN + (double)i * quarter, TILE_SIZE);
}

/* The numbers shrink together; what is still too wide is cut. */
static void add_packed(struct layout *layout, const struct chart_tile *tiles, struct tile_text *texts) {
  const double room = LAYOUT_WIDTH - 2 * LAYOUT_MARGIN - (CHART_TILES - 1) * TILE_GAP;
  double size = TILE_SIZE;
  while (size > TILE_SIZE_LEAST && sum_of(layout, texts, size) > room)
    size -= 2;
  for (size_t i = 0; i < CHART_TILES && sum_of(layout, texts, size) > room; i++) {
    chart_font_cut(layout->font, (struct chart_type){size, true}, room / CHART_TILES, texts[i].value);
    chart_font_cut(layout->font, (struct chart_type){TILE_NOTE_SIZE, false}, room / CHART_TILES, texts[i].note);
  }
  double spare = (room - sum_of(layout, texts, size)) / (CHART_TILES - 1);
  double x = LAYOUT_MARGIN;
  for (size_t i = 0; i < CHART_TILES; i++) {
    add_tile(layout, &tiles[i], &texts[i], x, size);
    x += width_of(layout, &texts[i], size) + TILE_GAP + (spare > 0 ? spare : 0);
  }
}

void layout_add_tiles(struct layout *layout) {
  const double quarter = (LAYOUT_WIDTH - 2 * LAYOUT_MARGIN) / CHART_TILES;
  struct chart_tile tiles[CHART_TILES];
  struct tile_text texts[CHART_TILES];
  chart_tiles(layout->chart, tiles);
  for (size_t i = 0; i < CHART_TILES; i++) {
    (void)chart_font_fit(layout->font, tiles[i].title, texts[i].title, CHART_LABEL_MAX);
    (void)chart_font_fit(layout->font, tiles[i].value, texts[i].value, CHART_LABEL_MAX);
    (void)chart_font_fit(layout->font, tiles[i].note, texts[i].note, CHART_LABEL_MAX);
  }
  if (fit_quarters(layout, texts, quarter)) {
    add_quarters(layout, tiles, texts, quarter);
  } else {
    add_packed(layout, tiles, texts);
  }
}

#endif
