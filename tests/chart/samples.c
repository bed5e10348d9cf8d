/* Draws the charts of tests/unit/chart_sampling.h into a folder, dark and light, to be looked at. */
#include <stdio.h>

#include "unit/chart_sampling.h"

static bool write_file(const char *folder, const char *name, const char *theme, const struct buf *png) {
  char path[4096];
  if (!text_fmt(path, sizeof path, "%s/%s-%s.png", folder, name, theme)) return false;
  FILE *file = fopen(path, "wb");
  if (file == NULL) return false;
  bool ok = fwrite(png->data, 1, png->len, file) == png->len;
  return fclose(file) == 0 && ok;
}

static bool draw(const char *folder, const char *name, const struct chart *chart) {
  static const char *const themes[] = {"dark", "light"};
  bool ok = true;
  for (size_t i = 0; i < 2; i++) {
    struct buf png;
    struct err err = {0};
    buf_init(&png, CHART_PNG_MAX);
    ok = chart_png(chart, i == 0 ? CHART_DARK : CHART_LIGHT, &png, &err) && write_file(folder, name, themes[i], &png) && ok;
    if (err.code != ERR_NONE) (void)fprintf(stderr, "%s: %s\n", name, err.text);
    buf_done(&png);
  }
  return ok;
}

int main(int argc, char **argv) {
  bool ok = argc == 2;
  if (!ok) (void)fprintf(stderr, "usage: samples FOLDER\n");
  for (size_t i = 0; ok && i < SAMPLES; i++) {
    struct sampling sampling;
    struct buf words;
    samples[i].make(&sampling);
    sample_end(&sampling);
    ok = draw(argv[1], samples[i].name, sampling.chart);
    buf_init(&words, 4096);
    chart_sparkline(sampling.chart, 40, &words);
    buf_add(&words, "\n  ");
    chart_alt(sampling.chart, &words);
    (void)printf("%s\n  %s\n", samples[i].name, buf_text(&words));
    buf_done(&words);
    chart_free(sampling.chart);
  }
  return ok ? 0 : 1;
}
