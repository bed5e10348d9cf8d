/* chart_scale: where the marks of the axes are, and what is written beside them. Pure integers. Private to the room. */
#ifndef LOWTIDE_COMPOSE_CHART_SCALE_H
#define LOWTIDE_COMPOSE_CHART_SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/money.h"
#include "lowtide/zone.h"

#define SCALE_TICKS_MAX 12
#define SCALE_LABEL_MAX 32

struct scale_span {
  int64_t least_nano;
  int64_t most_nano;
  bool counted;    /* whole units only */
  bool needs_zero; /* something is to be seen there, such as the dry date */
};

/* 1, 2 or 5 times a power of ten. */
struct money_scale {
  money_wide low_nano; /* the axis' ends, with room above what is drawn */
  money_wide high_nano;
  int64_t step_nano;
  int64_t ticks[SCALE_TICKS_MAX];
  size_t count;
  bool cut; /* it does not begin at zero: what is drawn lives far above it */
};

struct money_scale scale_money(const struct scale_span *span);

/* "$20", "$2.50", "$12k", "1.5M"; a unit without a sign of its own is left out. */
void scale_money_label(char out[static SCALE_LABEL_MAX], const struct money_scale *scale, int64_t nano, const char *unit);

/* "$50", "$12.34", "1.5M": as short as it is exact. */
void scale_print_short(char *out, size_t size, int64_t nano, const char *unit);

struct time_tick {
  int64_t time_ms;
  char label[SCALE_LABEL_MAX];
};

/* At local midnights, full hours, Mondays or firsts of a month, as many as most of them fit. */
size_t scale_time(const struct zone *zone, int64_t from_ms, int64_t until_ms,
                  struct time_tick ticks[static SCALE_TICKS_MAX]);

#endif
