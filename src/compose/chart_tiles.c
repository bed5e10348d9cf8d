#include <string.h>

#include "chart_parts.h"
#include "lowtide/text.h"
#include "words.h"

/* --- the balance ------------------------------------------------------------------------------------------------------ */

/* A unit's name is told once, with the first number's title. */
static void print_bare(char out[static CHART_WORDS_MAX], int64_t nano, const char *unit) {
  chart_print_money(out, CHART_WORDS_MAX, nano, unit, true);
  if (*unit_sign(unit) == '\0') out[strcspn(out, " ")] = '\0';
}

static void note_limit(const struct chart *chart, char out[static CHART_WORDS_MAX]) {
  char limit[CHART_WORDS_MAX];
  struct buf percent;
  print_bare(limit, chart->last.limit.nano, chart->last.unit);
  buf_init(&percent, CHART_WORDS_MAX);
  words_add_percent(&percent, &chart->last);
  (void)text_fmt(out, CHART_WORDS_MAX, "of %s · %s", limit, buf_text(&percent));
  buf_done(&percent);
}

static void note_spent(const struct chart *chart, char out[static CHART_WORDS_MAX]) {
  char spent[CHART_WORDS_MAX];
  char topped[CHART_WORDS_MAX] = "";
  const struct tally *tally = &chart->tally;
  if (!tally->spent.known) return;
  print_bare(spent, tally->spent.nano > 0 ? tally->spent.nano : 0, chart->last.unit);
  print_bare(topped, tally->topped_up_nano, chart->last.unit);
  if (tally->topups > 0) {
    (void)text_fmt(out, CHART_WORDS_MAX, "spent %.40s · topped up %.40s", spent, topped);
  } else {
    (void)text_fmt(out, CHART_WORDS_MAX, "spent %s", spent);
  }
}

static void note_of_balance(const struct chart *chart, char out[static CHART_WORDS_MAX]) {
  char when[CHART_WORDS_MAX];
  if (chart_is_lost(chart)) {
    chart_print_clock(when, sizeof when, chart, chart->last_ms);
    (void)text_fmt(out, CHART_WORDS_MAX, "last known %s", when);
  } else if (chart_levels(chart).limit.known) {
    note_limit(chart, out);
  } else {
    note_spent(chart, out);
  }
}

static enum chart_tone tone_of(enum level level) {
  switch (level) {
  case LEVEL_WARNING: return CHART_WARNED;
  case LEVEL_CRITICAL: return CHART_ALARMED;
  case LEVEL_UNKNOWN: return CHART_QUIET;
  case LEVEL_OK: break;
  }
  return CHART_PLAIN;
}

static void balance(const struct chart *chart, struct chart_tile *tile) {
  const char *what = chart->measure == CHART_USED ? "Used" : "Balance";
  char unit[UNIT_MAX];
  text_clean(unit, sizeof unit, chart->last.unit);
  (void)text_copy(tile->title, sizeof tile->title, what);
  if (!chart->known) {
    (void)text_copy(tile->value, sizeof tile->value, "unknown");
    (void)text_fmt(tile->note, sizeof tile->note, "%.80s", chart->seen ? chart->newest.detail : "no readings yet");
    tile->tone = CHART_QUIET;
    return;
  }
  if (!text_is_blank(unit) && *unit_sign(unit) == '\0')
    (void)text_fmt(tile->title, sizeof tile->title, "%s · %s", what, unit);
  char amount[CHART_WORDS_MAX];
  chart_print_money(amount, sizeof amount, chart_value(chart), unit, false);
  if (*unit_sign(unit) == '\0') amount[strcspn(amount, " ")] = '\0';
  (void)text_fmt(tile->value, sizeof tile->value, "%s%.80s", chart->last.estimated ? "≈ " : "", amount);
  tile->tone = chart_is_lost(chart) ? CHART_QUIET : tone_of(chart_level(chart));
  note_of_balance(chart, tile->note);
}

/* --- what is to come -------------------------------------------------------------------------------------------------- */

static bool is_claimed(const struct chart *chart) {
  return chart->projected && chart->known && !chart_is_lost(chart);
}

static void claim_nothing(struct chart_tile *tile, const char *title) {
  (void)text_copy(tile->title, sizeof tile->title, title);
  (void)text_copy(tile->value, sizeof tile->value, "—");
  tile->tone = CHART_QUIET;
}

static void burn(const struct chart *chart, struct chart_tile *tile) {
  char amount[CHART_WORDS_MAX];
  const struct runway *runway = &chart->runway;
  claim_nothing(tile, "Burn rate");
  if (!is_claimed(chart) || !runway->burn_known) {
    (void)text_copy(tile->note, sizeof tile->note, chart_is_lost(chart) ? "" : "too little history");
    return;
  }
  tile->tone = CHART_PLAIN;
  print_bare(amount, runway->burn_nano_per_day, chart->last.unit);
  (void)text_fmt(tile->value, sizeof tile->value, "%.80s / day", amount);
  int64_t month = 0;
  if (__builtin_mul_overflow(runway->burn_nano_per_day, 30, &month) || month == 0) return;
  print_bare(amount, month, chart->last.unit);
  (void)text_fmt(tile->note, sizeof tile->note, "%.70s in 30 days", amount);
}

/* Along the straight line that is drawn. */
static int64_t critical_ms(const struct chart *chart) {
  struct chart_levels levels = chart_levels(chart);
  if (!levels.critical.known) return -1;
  bool used = chart->measure == CHART_USED;
  money_wide now = chart_value(chart);
  money_wide end = used ? levels.limit.nano : 0;
  money_wide way = now > end ? now - end : end - now;
  money_wide until = used ? levels.critical.nano - now : now - levels.critical.nano;
  if (until <= 0 || way <= 0 || until > way) return -1;
  return (int64_t)(chart->runway.runway_ms * until / way);
}

static void lasts(const struct chart *chart, struct chart_tile *tile) {
  char times[3][32];
  const struct runway *runway = &chart->runway;
  text_print_duration(times[0], sizeof times[0], runway->low_ms);
  text_print_duration(times[1], sizeof times[1], runway->high_ms);
  text_print_duration(tile->value, sizeof tile->value, runway->runway_ms);
  (void)text_fmt(tile->note, sizeof tile->note, "%s – %s", times[0], times[1]);
  int64_t to_critical_ms = critical_ms(chart);
  if (to_critical_ms < 0) return;
  text_print_duration(times[2], sizeof times[2], to_critical_ms);
  (void)text_fmt(tile->note, sizeof tile->note, "%s – %s · critical in %s", times[0], times[1], times[2]);
}

static bool is_far(const struct chart *chart) {
  struct amount left = reading_left(&chart->last);
  int64_t burn = chart->runway.burn_nano_per_day;
  return left.known && burn > 0 && left.nano / burn >= RUNWAY_TOLD_MS / DAY_MS;
}

static void lasting(const struct chart *chart, struct chart_tile *tile) {
  const struct runway *runway = &chart->runway;
  claim_nothing(tile, chart->measure == CHART_USED ? "Lasts" : "Runway");
  if (!is_claimed(chart)) return;
  switch (runway->state) {
  case RUNWAY_NOT_ENOUGH:
    if (runway->burn_known)
      (void)text_copy(tile->note, sizeof tile->note, is_far(chart) ? "too far off to tell" : "not clear yet");
    return;
  case RUNWAY_IDLE:
    (void)text_copy(tile->value, sizeof tile->value, "years");
    (void)text_copy(tile->note, sizeof tile->note, "hardly anything is spent");
    return;
  case RUNWAY_RESETS:
    tile->tone = CHART_PLAIN;
    (void)text_copy(tile->value, sizeof tile->value, "until reset");
    return;
  case RUNWAY_KNOWN: break;
  }
  struct thresholds thresholds = thresholds_for(&chart->account->thresholds, &chart->last);
  tile->tone = tone_of(level_with_runway(LEVEL_OK, &thresholds, runway->runway_ms));
  if (runway->runway_ms == 0) {
    tile->tone = CHART_ALARMED;
    (void)text_copy(tile->value, sizeof tile->value, "nothing left");
  } else if (runway->runway_ms >= RUNWAY_TOLD_MS) {
    (void)text_copy(tile->value, sizeof tile->value, "> 60 days");
  } else {
    lasts(chart, tile);
  }
}

/* "Sun 05:58 to Mon 00:23" within days, "Sun 8 Feb to Tue 10 Feb" beyond. */
static void note_interval(const struct chart *chart, char out[static CHART_WORDS_MAX]) {
  char moments[2][CHART_WORDS_MAX];
  const struct runway *runway = &chart->runway;
  const int64_t ahead_ms[] = {runway->low_ms, runway->high_ms};
  bool near = runway->high_ms < WEEKDAY_TOLD_MS;
  for (size_t i = 0; i < 2; i++) {
    int64_t at_ms = chart_after_ms(chart, ahead_ms[i]);
    if (near) chart_print_weekday(moments[i], CHART_WORDS_MAX, chart, at_ms);
    if (!near) chart_print_date(moments[i], CHART_WORDS_MAX, chart, at_ms);
  }
  (void)text_copy(out, CHART_WORDS_MAX, moments[0]);
  if (!text_eq(moments[0], moments[1])) (void)text_fmt(out, CHART_WORDS_MAX, "%.40s to %.40s", moments[0], moments[1]);
}

static void dried(const struct chart *chart, struct chart_tile *tile) {
  int64_t since_ms = chart_dry_since_ms(chart);
  tile->tone = CHART_ALARMED;
  (void)text_copy(tile->value, sizeof tile->value, "now");
  if (since_ms == 0) return;
  (void)text_copy(tile->title, sizeof tile->title, chart->measure == CHART_USED ? "At the limit since" : "Dry since");
  chart_print_moment(tile->value, sizeof tile->value, chart, since_ms);
}

static void dry(const struct chart *chart, struct chart_tile *tile) {
  const struct runway *runway = &chart->runway;
  claim_nothing(tile, chart->measure == CHART_USED ? "Reaches limit" : "Runs dry");
  if (!is_claimed(chart)) return;
  if (runway->state == RUNWAY_RESETS && chart->last.resets_ms != 0) {
    (void)text_copy(tile->title, sizeof tile->title, "Resets");
    tile->tone = CHART_PLAIN;
    chart_print_moment(tile->value, sizeof tile->value, chart, chart->last.resets_ms);
    return;
  }
  bool known = runway->state == RUNWAY_KNOWN;
  bool far = runway->state == RUNWAY_IDLE || (known && runway->runway_ms >= RUNWAY_TOLD_MS);
  if (far) (void)text_copy(tile->value, sizeof tile->value, "not in sight");
  if (far || !known) return;
  if (runway->runway_ms == 0) {
    dried(chart, tile);
    return;
  }
  tile->tone = CHART_PLAIN;
  chart_print_moment(tile->value, sizeof tile->value, chart, chart_after_ms(chart, runway->runway_ms));
  note_interval(chart, tile->note);
}

/* Where only spending is told there is nothing to run out of. */
static void unlimited(const struct chart *chart, struct chart_tile tiles[static CHART_TILES]) {
  if (!chart->known || chart->measure != CHART_USED || chart_levels(chart).limit.known) return;
  claim_nothing(&tiles[2], "Limit");
  (void)text_copy(tiles[2].value, sizeof tiles[2].value, "none");
  if (!chart_is_lost(chart)) *tiles[0].note = '\0';
  *tiles[2].note = *tiles[3].note = '\0';
  claim_nothing(&tiles[3], "Spent in this time");
  if (!chart->tally.spent.known) return;
  tiles[3].tone = CHART_PLAIN;
  print_bare(tiles[3].value, chart->tally.spent.nano > 0 ? chart->tally.spent.nano : 0, chart->last.unit);
}

void chart_tiles(const struct chart *chart, struct chart_tile tiles[static CHART_TILES]) {
  memset(tiles, 0, CHART_TILES * sizeof *tiles);
  balance(chart, &tiles[0]);
  burn(chart, &tiles[1]);
  lasting(chart, &tiles[2]);
  dry(chart, &tiles[3]);
  unlimited(chart, tiles);
}
