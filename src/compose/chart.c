#include "chart_parts.h"

#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"

#define STALE_MS (3 * HOUR_MS)
#define UNPACED_MS (26 * HOUR_MS)
#define PACE_LEAST 3
#define PACE_TIMES 3

/* Thinning keeps first, lowest, highest and last of each stretch of time, and that something was unknown. */
#define STRETCHES 320
#define KEPT_MAX 6

struct chart *chart_new(const struct chart_frame *frame) {
  struct chart *chart = mem_new(1, sizeof *chart);
  chart->account = frame->account;
  chart->now_ms = frame->now_ms;
  chart->from_ms = frame->from_ms < frame->now_ms ? frame->from_ms : frame->now_ms - 1;
  chart->points = mem_new(CHART_POINTS_MAX + 1, sizeof *chart->points);
  chart->tally = tally_of(chart->from_ms, chart->now_ms, INT64_MAX);
  return chart;
}

void chart_free(struct chart *chart) {
  if (chart == NULL) return;
  mem_free(chart->points);
  mem_free(chart);
}

void chart_project(struct chart *chart, const struct runway *runway) {
  chart->runway = *runway;
  chart->projected = true;
}

/* --- how often readings come ------------------------------------------------------------------------------------------ */

static void note_pace(struct chart *chart, int64_t ms) {
  chart->pace_ms[chart->pace_count++ % CHART_PACE_MAX] = ms;
}

static int64_t typical_ms(const struct chart *chart) {
  size_t count = chart->pace_count < CHART_PACE_MAX ? chart->pace_count : CHART_PACE_MAX;
  int64_t sorted[CHART_PACE_MAX] = {0};
  for (size_t i = 0; i < count; i++) {
    size_t at = i;
    for (; at > 0 && sorted[at - 1] > chart->pace_ms[i]; at--)
      sorted[at] = sorted[at - 1];
    sorted[at] = chart->pace_ms[i];
  }
  return sorted[count / 2];
}

/* Beyond it nobody knows what was between two readings. */
static int64_t patience_ms(const struct chart *chart) {
  int64_t stale_ms = chart->account->stale_after_ms > 0 ? chart->account->stale_after_ms : STALE_MS;
  int64_t pace_ms = chart->pace_count < PACE_LEAST ? UNPACED_MS : PACE_TIMES * typical_ms(chart);
  return stale_ms > pace_ms ? stale_ms : pace_ms;
}

static int64_t due_ms(const struct chart *chart) {
  return chart->newest_ms + (chart->pace_count < PACE_LEAST ? HOUR_MS : typical_ms(chart));
}

bool chart_is_lost(const struct chart *chart) {
  return !chart->known || !reading_is_known(&chart->newest) || chart->now_ms - chart->newest_ms > patience_ms(chart);
}

int64_t chart_until_ms(const struct chart *chart) {
  if (!chart_is_lost(chart)) return chart->now_ms;
  size_t last = chart->count - 1;
  bool in_gap = chart->count > 0 && !chart->points[last].known;
  int64_t until_ms = in_gap ? chart->points[last].time_ms : due_ms(chart);
  return until_ms < chart->now_ms ? until_ms : chart->now_ms;
}

int64_t chart_unknown_ms(const struct chart *chart) {
  int64_t sum_ms = 0;
  for (size_t i = 0; i < chart->count; i++) {
    const struct chart_point *point = &chart->points[i];
    int64_t begin_ms = point->time_ms > chart->from_ms ? point->time_ms : chart->from_ms;
    if (!point->known) sum_ms += (i + 1 < chart->count ? point[1].time_ms : chart->now_ms) - begin_ms;
  }
  bool silent = chart->count > 0 && chart->points[chart->count - 1].known;
  return sum_ms + (silent ? chart->now_ms - chart_until_ms(chart) : 0);
}

int64_t chart_dry_since_ms(const struct chart *chart) {
  int64_t since_ms = 0;
  int64_t limit = chart->last.limit.nano;
  for (size_t i = 0; i < chart->count; i++) {
    const struct chart_point *point = &chart->points[i];
    bool dry = chart->measure == CHART_USED ? point->nano >= limit : point->nano <= 0;
    if (!point->known) continue;
    if (!dry) since_ms = 0;
    if (dry && since_ms == 0) since_ms = i > 0 ? point->time_ms : -1;
  }
  return since_ms > 0 ? since_ms : 0;
}

/* --- thinning out ----------------------------------------------------------------------------------------------------- */

static int64_t stretch_of(const struct chart *chart, const struct chart_point *point) {
  return (int64_t)((money_wide)(point->time_ms - chart->from_ms) * STRETCHES / (chart->now_ms - chart->from_ms + 1));
}

static void keep(size_t kept[static KEPT_MAX], size_t *count, size_t index) {
  size_t at = *count;
  for (; at > 0 && kept[at - 1] >= index; at--) {
    if (kept[at - 1] == index) return;
  }
  for (size_t i = *count; i > at; i--)
    kept[i] = kept[i - 1];
  kept[at] = index;
  (*count)++;
}

/* Of the points from first to end, which are of one stretch. */
static size_t choose(const struct chart_point *points, size_t first, size_t end, size_t kept[static KEPT_MAX]) {
  size_t low = end;
  size_t high = end;
  size_t gap = end;
  for (size_t i = first; i < end; i++) {
    bool known = points[i].known;
    if (!known && gap == end) gap = i;
    if (known && (low == end || points[i].nano < points[low].nano)) low = i;
    if (known && (high == end || points[i].nano > points[high].nano)) high = i;
  }
  size_t count = 0;
  keep(kept, &count, first);
  keep(kept, &count, end - 1);
  if (low != end) keep(kept, &count, low);
  if (high != end) keep(kept, &count, high);
  if (gap != end) keep(kept, &count, gap);
  return count;
}

static void thin_out(struct chart *chart) {
  struct chart_point *points = chart->points;
  size_t written = 0;
  for (size_t first = 0; first < chart->count;) {
    size_t end = first + 1;
    size_t kept[KEPT_MAX];
    while (end < chart->count && stretch_of(chart, &points[end]) == stretch_of(chart, &points[first]))
      end++;
    size_t count = choose(points, first, end, kept);
    for (size_t i = 0; i < count; i++)
      points[written++] = points[kept[i]];
    first = end;
  }
  chart->count = written;
}

/* Of what was before the range only the last is kept: what held when it began. */
static void add_point(struct chart *chart, struct chart_point point) {
  if (point.time_ms <= chart->from_ms) chart->count = 0;
  bool in_gap = chart->count > 0 && !chart->points[chart->count - 1].known;
  if (!point.known && in_gap) return;
  if (chart->count == CHART_POINTS_MAX) thin_out(chart);
  chart->points[chart->count++] = point;
}

/* --- taking readings -------------------------------------------------------------------------------------------------- */

/* What of it is drawn; not known if it tells nothing of that sort. */
static struct amount amount_drawn(const struct reading *reading, enum chart_measure *measure) {
  *measure = CHART_USED;
  bool counted = reading->kind != READING_PREPAID || !reading->available.known;
  if (reading->used.known && counted) return reading->used;
  int64_t used = 0;
  bool derived = reading->kind == READING_QUOTA && reading_is_limited(reading) && reading->available.known &&
                 !__builtin_sub_overflow(reading->limit.nano, reading->available.nano, &used);
  if (derived) return amount_of(used);
  *measure = CHART_LEFT;
  return reading->available;
}

static void begin_anew(struct chart *chart) {
  chart->count = 0;
  chart->topup_count = 0;
  chart->known = false;
}

/* Two neighbours in one, if there is no room left: those that are nearest to each other. */
static void merge_topups(struct chart *chart) {
  struct chart_topup *topups = chart->topups;
  size_t nearest = 1;
  for (size_t i = 2; i < chart->topup_count; i++) {
    int64_t distance_ms = topups[i].time_ms - topups[i - 1].time_ms;
    if (distance_ms < topups[nearest].time_ms - topups[nearest - 1].time_ms) nearest = i;
  }
  struct chart_topup *into = &topups[nearest - 1];
  if (__builtin_add_overflow(into->nano, topups[nearest].nano, &into->nano)) into->nano = INT64_MAX;
  into->count += topups[nearest].count;
  memmove(&topups[nearest], &topups[nearest + 1], (chart->topup_count - nearest - 1) * sizeof *topups);
  chart->topup_count--;
}

static void note_topup(struct chart *chart, const struct reading *reading, int64_t value, int64_t time_ms) {
  int64_t nano = 0;
  bool rose = chart->measure == CHART_LEFT && reading_rise(&chart->last, reading, &nano);
  enum chart_measure measure = CHART_LEFT;
  bool reset = chart->measure == CHART_USED && value < amount_drawn(&chart->last, &measure).nano;
  if (!rose && !reset) return;
  if (chart->topup_count == CHART_TOPUPS_MAX) merge_topups(chart);
  chart->topups[chart->topup_count++] = (struct chart_topup){time_ms, nano, 1};
}

static void take_known(struct chart *chart, const struct reading *reading, struct amount value, int64_t time_ms) {
  bool torn = chart->known && time_ms - chart->newest_ms > patience_ms(chart) && due_ms(chart) < time_ms;
  if (torn) add_point(chart, (struct chart_point){due_ms(chart), 0, false});
  if (chart->known && time_ms >= chart->from_ms) note_topup(chart, reading, value.nano, time_ms);
  add_point(chart, (struct chart_point){time_ms, value.nano, true});
  chart->last = *reading;
  chart->last_ms = time_ms;
  chart->known = true;
}

void chart_take(struct chart *chart, const struct reading *reading) {
  int64_t time_ms = reading_at_ms(reading);
  if (time_ms > chart->now_ms || (chart->seen && time_ms < chart->newest_ms)) return;
  enum chart_measure measure = CHART_LEFT;
  struct amount value = amount_drawn(reading, &measure);
  bool known = reading_is_known(reading) && value.known;
  bool other = chart->known && (!text_eq(chart->last.unit, reading->unit) || chart->measure != measure);
  if (known && other) begin_anew(chart);
  if (known) chart->measure = measure;
  if (known) take_known(chart, reading, value, time_ms);
  if (!known) add_point(chart, (struct chart_point){time_ms, 0, false});
  if (chart->seen && time_ms > chart->newest_ms) note_pace(chart, time_ms - chart->newest_ms);
  tally_take(&chart->tally, chart->account->provider, reading);
  chart->newest = *reading;
  chart->newest_ms = time_ms;
  chart->seen = true;
}

int64_t chart_value(const struct chart *chart) {
  enum chart_measure measure = CHART_LEFT;
  return amount_drawn(&chart->last, &measure).nano;
}

/* --- levels ----------------------------------------------------------------------------------------------------------- */

static int64_t part_of(int64_t limit_nano, int64_t percent_nano) {
  return (int64_t)((money_wide)limit_nano * percent_nano / (100 * MONEY_NANO));
}

/* Of several, the one that is met first. */
static void narrow(struct amount *level, int64_t nano, bool upwards) {
  bool nearer = upwards ? nano < level->nano : nano > level->nano;
  if (!level->known || nearer) *level = amount_of(nano);
}

static struct amount level_drawn(const struct chart *chart, const struct limits *limits) {
  struct amount level = {0};
  bool upwards = chart->measure == CHART_USED;
  bool limited = reading_is_limited(&chart->last);
  int64_t limit = chart->last.limit.nano;
  if (limits->left.known && !upwards) narrow(&level, limits->left.nano, upwards);
  int64_t rest = 0;
  if (limits->left.known && upwards && limited && !__builtin_sub_overflow(limit, limits->left.nano, &rest)) {
    narrow(&level, rest, upwards);
  }
  if (limits->used.known && upwards) narrow(&level, limits->used.nano, upwards);
  if (limits->percent.known && limited && limits->percent.nano <= 100 * MONEY_NANO) {
    int64_t used = part_of(limit, limits->percent.nano);
    narrow(&level, upwards ? used : limit - used, upwards);
  }
  return level;
}

struct chart_levels chart_levels(const struct chart *chart) {
  struct chart_levels levels = {0};
  if (!chart->known) return levels;
  struct thresholds thresholds = thresholds_for(&chart->account->thresholds, &chart->last);
  levels.warning = level_drawn(chart, &thresholds.warning);
  levels.critical = level_drawn(chart, &thresholds.critical);
  if (chart->measure == CHART_USED && reading_is_limited(&chart->last)) levels.limit = chart->last.limit;
  return levels;
}

enum level chart_level(const struct chart *chart) {
  if (!chart->known) return LEVEL_UNKNOWN;
  struct thresholds thresholds = thresholds_for(&chart->account->thresholds, &chart->last);
  return level_of(&chart->last, &thresholds);
}
