/* chart: an account's history as a picture, as a line of text and in words. Pure: values in, bytes out; safe from every
 * thread. */
#ifndef LOWTIDE_CHART_H
#define LOWTIDE_CHART_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/account.h"
#include "lowtide/buf.h"
#include "lowtide/reading.h"
#include "lowtide/runway.h"

#define CHART_POINTS_MAX 2000 /* chart_take thins out beyond it and keeps what is extreme */
#define CHART_PNG_MAX 2097152 /* 2 MiB */

struct chart; /* what is to be drawn */

struct chart_frame {
  const struct account *account; /* label, thresholds, zone; on loan until chart_free */
  int64_t from_ms;
  int64_t now_ms;
};

struct chart *chart_new(const struct chart_frame *frame);
void chart_free(struct chart *chart); /* NULL is fine */
/* Each reading in order; unknown ones are gaps. Of a change of unit only what is newest is drawn. */
void chart_take(struct chart *chart, const struct reading *reading);
/* What is to come, with its interval. */
void chart_project(struct chart *chart, const struct runway *runway);

enum chart_theme { CHART_DARK, CHART_LIGHT };

/* Whether this build can draw; without cairo chart_png fails with ERR_UNSUPPORTED and the mend. */
bool chart_is_drawn(void);
/* 1500 x 780: title, balance, burn, runway and dry date, threshold bands, top-ups, gaps, projection with its interval. */
bool chart_png(const struct chart *chart, enum chart_theme theme, struct buf *out, struct err *err) MUST_CHECK;
/* "▇▆▅▄▃▂▁", width characters, a gap where nothing is known. */
void chart_sparkline(const struct chart *chart, int width, struct buf *out);
/* What the picture shows, for those who cannot see it: at most 1000 bytes. */
void chart_alt(const struct chart *chart, struct buf *out);

#endif
