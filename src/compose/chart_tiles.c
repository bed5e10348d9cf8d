#include <string.h>

#include "chart_parts.h"
#include "lowtide/text.h"

/* --- the balance -------------------------------------------------------------------------------------------------------
 */

static void note_of_balance(const struct chart *chart, char out[static CHART_WORDS_MAX]) {
  char spent[CHART_WORDS_MAX];
  char topped[CHART_WORDS_MAX] = "";
  const struct tally *tally = &chart->tally;
  bool told = tally->spent.known && chart->measure == CHART_LEFT;
  if (chart->newest.simulated || chart->account->simulated) (void)text_copy(out, CHART_WORDS_MAX, "simulated");
  if (chart_is_lost(chart)) {
    char when[CHART_WORDS_MAX];
    chart_print_clock(when, sizeof when, chart, chart->last_ms);
    (void)text_fmt(out, CHART_WORDS_MAX, "last known %s", when);
    return;
  }
  if (!told) return;
  chart_print_money(spent, sizeof spent, tally->spent.nano > 0 ? tally->spent.nano : 0, chart->last.unit, true);
  chart_print_money(topped, sizeof topped, tally->topped_up_nano, chart->last.unit, true);
  if (tally->topups > 0) {
    (void)text_fmt(out, CHART_WORDS_MAX, "spent %s · topped up %s", spent, topped);
  } else {
    (void)text_fmt(out, CHART_WORDS_MAX, "spent %s", spent);
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
  tile->title = chart->measure == CHART_USED ? "Used" : "Balance";
  if (!chart->known) {
    (void)text_copy(tile->value, sizeof tile->value, "unknown");
    (void)text_copy(tile->note, sizeof tile->note, chart->seen ? chart->newest.detail : "no readings yet");
    tile->tone = CHART_QUIET;
    return;
  }
  chart_print_amount(tile->value, sizeof tile->value, &chart->last);
  tile->tone = chart_is_lost(chart) ? CHART_QUIET : tone_of(chart_level(chart));
  note_of_balance(chart, tile->note);
}

/* --- what is to come ---------------------------------------------------------------------------------------------------
 */

static bool is_claimed(const struct chart *chart) {
  return chart->projected && chart->known && !chart_is_lost(chart);
}

static void burn(const struct chart *chart, struct chart_tile *tile) {
  char amount[CHART_WORDS_MAX];
  const struct runway *runway = &chart->runway;
  tile->title = "Burn rate";
  tile->tone = CHART_QUIET;
  (void)text_copy(tile->value, sizeof tile->value, "unknown");
  if (!is_claimed(chart) || !runway->burn_known) {
    (void)text_copy(tile->note, sizeof tile->note, "too little history");
    return;
  }
  tile->tone = CHART_PLAIN;
  chart_print_money(amount, sizeof amount, runway->burn_nano_per_day, chart->last.unit, false);
  (void)text_fmt(tile->value, sizeof tile->value, "%s / day", amount);
  int64_t month = 0;
  if (__builtin_mul_overflow(runway->burn_nano_per_day, 30, &month) || month == 0) return;
  chart_print_money(amount, sizeof amount, month, chart->last.unit, false);
  (void)text_fmt(tile->note, sizeof tile->note, "%s in 30 days", amount);
}

/* Along the straight line that is drawn. */
static int64_t critical_ms(const struct chart *chart) {
  struct chart_levels levels = chart_levels(chart);
  if (!levels.critical.known) return -1;
  bool used = chart->measure == CHART_USED;
  money_wide now = used ? chart->last.used.nano : chart->last.available.nano;
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
  (void)text_fmt(tile->note, sizeof tile->note, "%s to %s", times[0], times[1]);
  int64_t to_critical_ms = critical_ms(chart);
  if (to_critical_ms < 0) return;
  text_print_duration(times[2], sizeof times[2], to_critical_ms);
  (void)text_fmt(tile->note, sizeof tile->note, "%s to %s · critical in %s", times[0], times[1], times[2]);
}

static void lasting(const struct chart *chart, struct chart_tile *tile) {
  const struct runway *runway = &chart->runway;
  struct thresholds thresholds = thresholds_for(&chart->account->thresholds, &chart->last);
  tile->title = chart->measure == CHART_USED ? "Lasts" : "Runway";
  tile->tone = CHART_QUIET;
  (void)text_copy(tile->value, sizeof tile->value, "unknown");
  if (!is_claimed(chart)) return;
  switch (runway->state) {
  case RUNWAY_NOT_ENOUGH: return;
  case RUNWAY_IDLE:
    (void)text_copy(tile->value, sizeof tile->value, "years");
    (void)text_copy(tile->note, sizeof tile->note, "hardly anything is spent");
    return;
  case RUNWAY_RESETS: (void)text_copy(tile->value, sizeof tile->value, "until reset"); return;
  case RUNWAY_KNOWN: break;
  }
  tile->tone = tone_of(level_with_runway(LEVEL_OK, &thresholds, runway->runway_ms));
  if (runway->runway_ms == 0) {
    tile->tone = CHART_ALARMED;
    (void)text_copy(tile->value, sizeof tile->value, "nothing left");
  } else if (runway->runway_ms >= CHART_TOLD_MS) {
    (void)text_copy(tile->value, sizeof tile->value, "more than 60 days");
  } else {
    lasts(chart, tile);
  }
}

static void dry(const struct chart *chart, struct chart_tile *tile) {
  char moments[2][CHART_WORDS_MAX];
  const struct runway *runway = &chart->runway;
  const struct zone *zone = chart->account->zone;
  tile->title = chart->measure == CHART_USED ? "Reaches limit" : "Runs dry";
  tile->tone = CHART_QUIET;
  (void)text_copy(tile->value, sizeof tile->value, "unknown");
  if (!is_claimed(chart)) return;
  if (runway->state == RUNWAY_RESETS && chart->last.resets_ms != 0) {
    tile->title = "Resets";
    tile->tone = CHART_PLAIN;
    chart_print_moment(tile->value, sizeof tile->value, chart, chart->last.resets_ms);
    return;
  }
  bool known = runway->state == RUNWAY_KNOWN;
  if (runway->state == RUNWAY_IDLE || (known && runway->runway_ms >= CHART_TOLD_MS)) {
    (void)text_copy(tile->value, sizeof tile->value, "not in sight");
  }
  if (!known || runway->runway_ms >= CHART_TOLD_MS) return;
  tile->tone = CHART_PLAIN;
  if (runway->runway_ms == 0) {
    (void)text_copy(tile->value, sizeof tile->value, "now");
    return;
  }
  int64_t ahead_ms = runway->runway_ms;
  chart_print_moment(tile->value, sizeof tile->value, chart, chart_round_ms(zone, chart->now_ms + ahead_ms, ahead_ms));
  chart_print_moment(moments[0], CHART_WORDS_MAX, chart, chart_round_ms(zone, chart->now_ms + runway->low_ms, ahead_ms));
  chart_print_moment(moments[1], CHART_WORDS_MAX, chart, chart_round_ms(zone, chart->now_ms + runway->high_ms, ahead_ms));
  (void)text_fmt(tile->note, sizeof tile->note, "%.40s to %.40s", moments[0], moments[1]);
}

void chart_tiles(const struct chart *chart, struct chart_tile tiles[static CHART_TILES]) {
  memset(tiles, 0, CHART_TILES * sizeof *tiles);
  balance(chart, &tiles[0]);
  burn(chart, &tiles[1]);
  lasting(chart, &tiles[2]);
  dry(chart, &tiles[3]);
}
