#include "lowtide/chart.h"

#ifdef LOWTIDE_CHARTS

#include <sys/mman.h>

#include "chart_draw.h"
#include "lowtide/mem.h"

#define STRIDE (LAYOUT_WIDTH * 4)
#define PIXELS_SIZE ((size_t)STRIDE * LAYOUT_HEIGHT)

bool chart_is_drawn(void) {
  return true;
}

static cairo_status_t take_bytes(void *context, const unsigned char *bytes, unsigned length) {
  struct buf *out = context;
  return buf_add_n(out, (const char *)bytes, length) ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static bool write_png(cairo_surface_t *surface, struct buf *out, struct err *err) {
  struct buf png;
  buf_init(&png, CHART_PNG_MAX);
  cairo_status_t status = cairo_surface_write_to_png_stream(surface, take_bytes, &png);
  bool ok = status == CAIRO_STATUS_SUCCESS && buf_add_n(out, png.data, png.len);
  buf_done(&png);
  if (ok) return true;
  return err_set(err, ERR_LIMIT, "the chart could not be drawn: %s",
                 status != CAIRO_STATUS_SUCCESS ? cairo_status_to_string(status) : "there is no room for it");
}

static bool draw_on(unsigned char *pixels, const struct layout *layout, enum chart_theme theme, struct buf *out,
                    struct err *err) {
  cairo_surface_t *surface =
      cairo_image_surface_create_for_data(pixels, CAIRO_FORMAT_RGB24, LAYOUT_WIDTH, LAYOUT_HEIGHT, STRIDE);
  cairo_t *cairo = cairo_create(surface);
  draw_chart(cairo, layout, draw_theme(theme));
  cairo_destroy(cairo);
  bool ok = write_png(surface, out, err);
  cairo_surface_destroy(surface);
  return ok;
}

/* The pixels are mapped: once malloc has given away so much it keeps as much for each thread. */
static bool draw(const struct layout *layout, enum chart_theme theme, struct buf *out, struct err *err) {
  void *pixels = mmap(NULL, PIXELS_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pixels == MAP_FAILED) return err_set(err, ERR_LIMIT, "there is no memory for a chart");
  bool ok = draw_on(pixels, layout, theme, out, err);
  (void)munmap(pixels, PIXELS_SIZE);
  return ok;
}

bool chart_png(const struct chart *chart, enum chart_theme theme, struct buf *out, struct err *err) {
  struct chart_font *font = chart_font_new(err);
  if (font == NULL) return false;
  struct layout *layout = mem_new(1, sizeof *layout);
  layout_make(layout, chart, font);
  bool ok = draw(layout, theme, out, err);
  mem_free(layout);
  chart_font_free(font);
  return ok;
}

#else

bool chart_is_drawn(void) {
  return false;
}

bool chart_png(const struct chart *chart, enum chart_theme theme, struct buf *out, struct err *err) {
  (void)chart;
  (void)theme;
  (void)out;
  err_set(err, ERR_UNSUPPORTED, "this build draws no charts");
  return err_hint(err, "build it where cairo is installed (libcairo2-dev): make clean && make");
}

#endif
