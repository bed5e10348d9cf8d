#include "chart_scale.h"

#include <inttypes.h>
#include <string.h>

#include "chart_parts.h"
#include "lowtide/text.h"

/* --- money ------------------------------------------------------------------------------------------------------------ */

#define STEPS_WANTED 5
#define CUT_TIMES 8      /* what is drawn moves by less than an eighth of its height */
#define FLAT_TIMES 10000 /* and by enough to be worth a look */

static money_wide floor_to(money_wide value, int64_t step) {
  money_wide rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

static int64_t nice_step(money_wide range, int64_t least) {
  static const int64_t factors[] = {1, 2, 5};
  for (int64_t power = least;; power *= 10) {
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
      if ((money_wide)power * factors[i] * STEPS_WANTED >= range) return power * factors[i];
    }
    if (power > INT64_MAX / 50) return power * 5;
  }
}

static bool is_cut(const struct scale_span *span) {
  money_wide range = (money_wide)span->most_nano - span->least_nano;
  return !span->needs_zero && span->least_nano > 0 && range * FLAT_TIMES > span->most_nano &&
         range * CUT_TIMES < span->most_nano;
}

struct money_scale scale_money(const struct scale_span *span) {
  struct money_scale scale = {.cut = is_cut(span)};
  money_wide low = span->least_nano;
  money_wide high = span->most_nano;
  if (!scale.cut && low > 0) low = 0;
  if (!scale.cut && high < 0) high = 0;
  if (high == low) high = low + MONEY_NANO;
  money_wide range = high - low;
  scale.step_nano = nice_step(range, span->counted ? MONEY_NANO : 1);
  scale.high_nano = high + range * 13 / 100;
  scale.low_nano = low < 0 || scale.cut ? low - range * 9 / 100 : low;
  if (scale.cut) scale.low_nano = floor_to(scale.low_nano, scale.step_nano);
  money_wide tick = floor_to(scale.low_nano + scale.step_nano - 1, scale.step_nano);
  for (; tick <= scale.high_nano && scale.count < SCALE_TICKS_MAX; tick += scale.step_nano) {
    if (tick >= INT64_MIN && tick <= INT64_MAX) scale.ticks[scale.count++] = (int64_t)tick;
  }
  return scale;
}

static const struct magnitude {
  int64_t from; /* whole units */
  int64_t divisor;
  const char *letter;
} magnitudes[] = {
    {1000000000, 1000000000, "B"},
    {1000000, 1000000, "M"},
    {10000, 1000, "k"},
    {0, 1, ""},
};

static uint64_t size_of(int64_t nano) {
  return nano < 0 ? -(uint64_t)nano : (uint64_t)nano;
}

static const struct magnitude *magnitude_of(const struct money_scale *scale) {
  uint64_t largest = 0;
  for (size_t i = 0; i < scale->count; i++) {
    if (size_of(scale->ticks[i]) > largest) largest = size_of(scale->ticks[i]);
  }
  const struct magnitude *magnitude = magnitudes;
  while (largest / (uint64_t)MONEY_NANO < (uint64_t)magnitude->from)
    magnitude++;
  return magnitude;
}

/* Below ten million: the largest that an axis shows without a letter is 9,999, and thousands of k have a comma too. */
static void print_whole(char out[static SCALE_LABEL_MAX], uint64_t whole) {
  if (whole < 1000) (void)text_fmt(out, SCALE_LABEL_MAX, "%" PRIu64, whole);
  if (whole >= 1000) (void)text_fmt(out, SCALE_LABEL_MAX, "%" PRIu64 ",%03" PRIu64, whole / 1000, whole % 1000);
}

void scale_money_label(char out[static SCALE_LABEL_MAX], const struct money_scale *scale, int64_t nano, const char *unit) {
  const struct magnitude *magnitude = magnitude_of(scale);
  uint64_t divisor = (uint64_t)magnitude->divisor * (uint64_t)MONEY_NANO;
  uint64_t size = size_of(nano);
  uint64_t rest = size % divisor;
  int decimals = 0;
  uint64_t unit_of_step = divisor;
  while ((uint64_t)scale->step_nano % unit_of_step != 0) {
    unit_of_step /= 10;
    decimals++;
  }
  if (magnitude->divisor == 1 && decimals == 1 && unit_is_currency(unit)) {
    unit_of_step /= 10;
    decimals = 2;
  }
  char fraction[SCALE_LABEL_MAX] = "";
  char whole[SCALE_LABEL_MAX];
  print_whole(whole, size / divisor);
  if (decimals > 0) (void)text_fmt(fraction, sizeof fraction, ".%0*" PRIu64, decimals, rest / unit_of_step);
  (void)text_fmt(out, SCALE_LABEL_MAX, "%s%s%s%s%s", nano < 0 ? "-" : "", unit_sign(unit), whole, nano != 0 ? fraction : "",
                 nano != 0 ? magnitude->letter : "");
}

void scale_print_short(char *out, size_t size, int64_t nano, const char *unit) {
  uint64_t whole = size_of(nano) / (uint64_t)MONEY_NANO;
  const struct magnitude *magnitude = magnitudes;
  while (whole < (uint64_t)magnitude->from)
    magnitude++;
  uint64_t hundredth = (uint64_t)magnitude->divisor / 100;
  if (whole < 1000000 || size_of(nano) % (hundredth * (uint64_t)MONEY_NANO) != 0) {
    chart_print_money(out, size, nano, unit, true);
    if (*unit_sign(unit) == '\0') out[strcspn(out, " ")] = '\0';
    return;
  }
  char fraction[8] = "";
  uint64_t rest = whole / hundredth % 100;
  if (rest != 0) (void)text_fmt(fraction, sizeof fraction, ".%02" PRIu64, rest);
  size_t last = strlen(fraction);
  if (last > 0 && fraction[last - 1] == '0') fraction[last - 1] = '\0';
  (void)text_fmt(out, size, "%s%s%" PRIu64 "%s%s", nano < 0 ? "-" : "", unit_sign(unit),
                 whole / (uint64_t)magnitude->divisor, fraction, magnitude->letter);
}

/* --- time ------------------------------------------------------------------------------------------------------------- */

#define TICKS_WANTED 8

enum step_kind { STEP_MINUTES, STEP_DAYS, STEP_WEEKS, STEP_MONTHS };

static const struct time_step {
  enum step_kind kind;
  int count;
} time_steps[] = {
    {STEP_MINUTES, 1},  {STEP_MINUTES, 5},   {STEP_MINUTES, 10},  {STEP_MINUTES, 15},  {STEP_MINUTES, 30},
    {STEP_MINUTES, 60}, {STEP_MINUTES, 120}, {STEP_MINUTES, 180}, {STEP_MINUTES, 360}, {STEP_MINUTES, 720},
    {STEP_DAYS, 1},     {STEP_DAYS, 2},      {STEP_WEEKS, 1},     {STEP_WEEKS, 2},     {STEP_MONTHS, 1},
    {STEP_MONTHS, 2},   {STEP_MONTHS, 3},    {STEP_MONTHS, 6},    {STEP_MONTHS, 12},   {STEP_MONTHS, 24},
    {STEP_MONTHS, 60},  {STEP_MONTHS, 120},  {STEP_MONTHS, 600},  {STEP_MONTHS, 1200},
};

static int64_t length_ms(const struct time_step *step) {
  switch (step->kind) {
  case STEP_MINUTES: return step->count * MINUTE_MS;
  case STEP_DAYS: return step->count * DAY_MS;
  case STEP_WEEKS: return step->count * 7 * DAY_MS;
  case STEP_MONTHS: break;
  }
  return step->count * 61 * DAY_MS / 2;
}

static const struct time_step *step_for(int64_t range_ms) {
  const struct time_step *last = &time_steps[sizeof time_steps / sizeof time_steps[0] - 1];
  const struct time_step *step = time_steps;
  while (step < last && range_ms / length_ms(step) > TICKS_WANTED)
    step++;
  return step;
}

static bool is_marked_day(const struct time_step *step, int64_t day) {
  int year = 0;
  int month = 0;
  int of_month = 0;
  date_of_days(day, &year, &month, &of_month);
  switch (step->kind) {
  case STEP_MINUTES: return true;
  case STEP_DAYS: return day % step->count == 0;
  case STEP_WEEKS: return date_weekday(day) == 1 && (day + 3) / 7 % step->count == 0;
  case STEP_MONTHS: break;
  }
  return of_month == 1 && ((int64_t)year * 12 + month - 1) % step->count == 0;
}

static void print_label(char out[static SCALE_LABEL_MAX], const struct time_step *step, const struct local_time *local) {
  const char *month = date_month_name(local->month);
  bool midnight = local->hour == 0 && local->minute == 0;
  if (step->kind == STEP_MINUTES && !midnight) {
    (void)text_fmt(out, SCALE_LABEL_MAX, "%02d:%02d", local->hour, local->minute);
  } else if (step->kind == STEP_MONTHS && step->count % 12 == 0) {
    (void)text_fmt(out, SCALE_LABEL_MAX, "%d", local->year);
  } else if (step->kind == STEP_MONTHS && local->month == 1) {
    (void)text_fmt(out, SCALE_LABEL_MAX, "Jan %d", local->year);
  } else if (step->kind == STEP_MONTHS) {
    (void)text_copy(out, SCALE_LABEL_MAX, month);
  } else if (step->kind == STEP_WEEKS || step->count == 2) {
    (void)text_fmt(out, SCALE_LABEL_MAX, "%d %s", local->day, month);
  } else {
    (void)text_fmt(out, SCALE_LABEL_MAX, "%s %d %s", date_weekday_name(local->weekday), local->day, month);
  }
}

struct ticking {
  const struct zone *zone;
  const struct time_step *step;
  int64_t from_ms;
  int64_t until_ms;
  struct time_tick *ticks;
  size_t count;
};

static void add_tick(struct ticking *ticking, int64_t day, int minute) {
  struct local_time local = {.hour = minute / 60, .minute = minute % 60};
  date_of_days(day, &local.year, &local.month, &local.day);
  local.weekday = date_weekday(day);
  bool skipped = false;
  int64_t time_ms = zone_instant(ticking->zone, local, &skipped);
  bool midnight = minute == 0; /* where summer time begins at midnight, that day still begins */
  bool inside = time_ms >= ticking->from_ms && time_ms <= ticking->until_ms;
  if (!inside || (skipped && !midnight) || ticking->count == SCALE_TICKS_MAX) return;
  struct time_tick *tick = &ticking->ticks[ticking->count++];
  tick->time_ms = time_ms;
  print_label(tick->label, ticking->step, &local);
}

size_t scale_time(const struct zone *zone, int64_t from_ms, int64_t until_ms,
                  struct time_tick ticks[static SCALE_TICKS_MAX]) {
  struct ticking ticking = {zone, step_for(until_ms - from_ms), from_ms, until_ms, ticks, 0};
  struct local_time first = zone_local(zone, from_ms);
  struct local_time last = zone_local(zone, until_ms);
  int64_t end = date_to_days(last.year, last.month, last.day);
  int minutes = ticking.step->kind == STEP_MINUTES ? ticking.step->count : 24 * 60;
  for (int64_t day = date_to_days(first.year, first.month, first.day); day <= end; day++) {
    if (!is_marked_day(ticking.step, day)) continue;
    for (int minute = 0; minute < 24 * 60; minute += minutes)
      add_tick(&ticking, day, minute);
  }
  return ticking.count;
}
