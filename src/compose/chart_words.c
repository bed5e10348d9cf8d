#include <inttypes.h>
#include <string.h>

#include "chart_parts.h"
#include "lowtide/text.h"

#define AHEAD_MAX_MS (36500 * DAY_MS)

void chart_print_money(char *out, size_t size, int64_t nano, const char *unit, bool short_form) {
  char clean[UNIT_MAX];
  text_clean(clean, sizeof clean, unit);
  money_print(out, size, nano, clean);
  char *cents = short_form && nano % MONEY_NANO == 0 ? strstr(out, ".00") : NULL;
  if (cents != NULL) memmove(cents, cents + 3, strlen(cents + 3) + 1);
}

/* The unit's name only once. */
static void print_first(char *out, size_t size, int64_t nano, const char *unit) {
  chart_print_money(out, size, nano, unit, true);
  if (*unit_sign(unit) == '\0') out[strcspn(out, " ")] = '\0';
}

void chart_print_amount(char *out, size_t size, const struct reading *reading) {
  char first[CHART_WORDS_MAX];
  char second[CHART_WORDS_MAX];
  const char *about = reading->estimated ? "≈ " : "";
  bool limited = reading_is_limited(reading);
  bool counted = reading->kind != READING_PREPAID || !reading->available.known;
  struct amount used = reading->used;
  int64_t derived = 0;
  if (!used.known && reading->kind == READING_QUOTA && limited && reading->available.known &&
      !__builtin_sub_overflow(reading->limit.nano, reading->available.nano, &derived)) {
    used = amount_of(derived);
  }
  if (!counted || !used.known) {
    chart_print_money(first, sizeof first, reading->available.nano, reading->unit, false);
    (void)text_fmt(out, size, "%s%s", about, first);
  } else if (limited) {
    print_first(first, sizeof first, used.nano, reading->unit);
    chart_print_money(second, sizeof second, reading->limit.nano, reading->unit, true);
    (void)text_fmt(out, size, "%s%s of %s", about, first, second);
  } else {
    chart_print_money(first, sizeof first, used.nano, reading->unit, false);
    (void)text_fmt(out, size, "%s%s", about, first);
  }
}

/* --- times ------------------------------------------------------------------------------------------------------------ */

static void print_year(char *out, size_t size, const struct chart *chart, int year) {
  struct local_time now = zone_local(chart->account->zone, chart->now_ms);
  *out = '\0';
  if (now.year != year) (void)text_fmt(out, size, " %d", year);
}

void chart_print_day(char *out, size_t size, const struct chart *chart, int64_t ms) {
  char year[16];
  struct local_time local = zone_local(chart->account->zone, ms);
  print_year(year, sizeof year, chart, local.year);
  (void)text_fmt(out, size, "%d %s%s", local.day, date_month_name(local.month), year);
}

void chart_print_moment(char *out, size_t size, const struct chart *chart, int64_t ms) {
  char day[CHART_WORDS_MAX];
  struct local_time local = zone_local(chart->account->zone, ms);
  chart_print_day(day, sizeof day, chart, ms);
  (void)text_fmt(out, size, "%s %s, %02d:%02d", date_weekday_name(local.weekday), day, local.hour, local.minute);
}

void chart_print_weekday(char *out, size_t size, const struct chart *chart, int64_t ms) {
  struct local_time local = zone_local(chart->account->zone, ms);
  (void)text_fmt(out, size, "%s %02d:%02d", date_weekday_name(local.weekday), local.hour, local.minute);
}

void chart_print_date(char *out, size_t size, const struct chart *chart, int64_t ms) {
  char day[CHART_WORDS_MAX];
  chart_print_day(day, sizeof day, chart, ms);
  (void)text_fmt(out, size, "%s %s", date_weekday_name(zone_local(chart->account->zone, ms).weekday), day);
}

void chart_print_clock(char *out, size_t size, const struct chart *chart, int64_t ms) {
  char day[CHART_WORDS_MAX];
  struct local_time local = zone_local(chart->account->zone, ms);
  struct local_time now = zone_local(chart->account->zone, chart->now_ms);
  bool today = local.year == now.year && local.month == now.month && local.day == now.day;
  chart_print_day(day, sizeof day, chart, ms);
  if (today) (void)text_fmt(out, size, "%02d:%02d", local.hour, local.minute);
  if (!today) (void)text_fmt(out, size, "%s, %02d:%02d", day, local.hour, local.minute);
}

void chart_print_range(char *out, size_t size, int64_t range_ms) {
  int64_t hours = (range_ms + HOUR_MS / 2) / HOUR_MS;
  int64_t days = (range_ms + DAY_MS / 2) / DAY_MS;
  char other[CHART_WORDS_MAX];
  text_print_duration(other, sizeof other, range_ms);
  if (days >= 365 && days <= 366) {
    (void)text_copy(out, size, "last 12 months");
  } else if (hours < 1) {
    (void)text_fmt(out, size, "last %s", other);
  } else if (hours <= 48) {
    (void)text_fmt(out, size, "last %" PRId64 " hour%s", hours, text_plural(hours));
  } else {
    (void)text_fmt(out, size, "last %" PRId64 " days", days);
  }
}

int64_t chart_after_ms(const struct chart *chart, int64_t ahead_ms) {
  int64_t ms = chart->now_ms + (ahead_ms < AHEAD_MAX_MS ? ahead_ms : AHEAD_MAX_MS);
  if (chart->runway.runway_ms < DAY_MS) return ms;
  struct local_time local = zone_local(chart->account->zone, ms);
  int64_t past_ms = local.minute * MINUTE_MS + local.second * 1000 + ms % 1000;
  return ms - past_ms + (past_ms >= HOUR_MS / 2 ? HOUR_MS : 0);
}

/* --- a line of text --------------------------------------------------------------------------------------------------- */

#define BARS 7
#define SPARKLINE_MAX 400

struct spark {
  int64_t nano[SPARKLINE_MAX];
  bool known[SPARKLINE_MAX];
};

/* What held at the end of each of the stretches. */
static void fill(const struct chart *chart, int width, struct spark *spark) {
  size_t next = 0;
  struct chart_point now = {0};
  int64_t range_ms = chart->now_ms - chart->from_ms;
  int64_t until_ms = chart_until_ms(chart);
  for (int i = 0; i < width; i++) {
    int64_t begin_ms = chart->from_ms + (int64_t)((money_wide)range_ms * i / width);
    int64_t end_ms = chart->from_ms + (int64_t)((money_wide)range_ms * (i + 1) / width);
    bool seen = false;
    int64_t nano = 0;
    for (; next < chart->count && chart->points[next].time_ms <= end_ms; next++) {
      now = chart->points[next];
      if (now.known) nano = now.nano;
      seen = seen || now.known;
    }
    bool lost = begin_ms >= until_ms;
    spark->known[i] = seen || (now.known && !lost);
    spark->nano[i] = seen ? nano : now.nano;
  }
}

void chart_sparkline(const struct chart *chart, int width, struct buf *out) {
  static const char *const bars[BARS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇"};
  struct spark spark = {0};
  if (width > SPARKLINE_MAX) width = SPARKLINE_MAX;
  fill(chart, width, &spark);
  int64_t least = INT64_MAX;
  int64_t most = INT64_MIN;
  for (int i = 0; i < width; i++) {
    if (spark.known[i] && spark.nano[i] < least) least = spark.nano[i];
    if (spark.known[i] && spark.nano[i] > most) most = spark.nano[i];
  }
  bool far_from_zero = least > 0 && most > least && most - least < most / 8;
  if (!far_from_zero && least > 0) least = 0;
  if (most < 0) most = 0;
  money_wide range = (money_wide)most - least;
  for (int i = 0; i < width; i++) {
    money_wide above = (money_wide)spark.nano[i] - least;
    int bar = range > 0 ? (int)(above * (BARS - 1) / range) : 0;
    if (bar == 0 && above > 0 && range > 0 && above * BARS >= range) bar = 1;
    buf_add(out, spark.known[i] ? bars[bar] : "·");
  }
}

/* --- in words --------------------------------------------------------------------------------------------------------- */

static void add_now(const struct chart *chart, struct buf *out) {
  char amount[CHART_WORDS_MAX * 2];
  char when[CHART_WORDS_MAX];
  const struct reading *last = &chart->last;
  chart_print_clock(when, sizeof when, chart, chart->last_ms);
  chart_print_amount(amount, sizeof amount, last);
  const char *what = chart->measure == CHART_USED ? "used" : "left";
  if (chart->measure == CHART_LEFT && last->available.nano < 0) {
    int64_t debt = last->available.nano > INT64_MIN ? -last->available.nano : INT64_MAX;
    chart_print_money(amount, sizeof amount, debt, last->unit, false);
    what = "in debt";
  }
  bool today = strchr(when, ' ') == NULL;
  buf_addf(out, "%s %s %s %s", amount, what, today ? "at" : "on", when);
}

static void add_unknown(const struct chart *chart, struct buf *out) {
  if (!chart_is_lost(chart)) return;
  char when[CHART_WORDS_MAX];
  chart_print_clock(when, sizeof when, chart, chart_until_ms(chart));
  buf_addf(out, "unknown since %s", when);
  if (!reading_is_known(&chart->newest) && *chart->newest.detail != '\0') buf_addf(out, " (%s)", chart->newest.detail);
  buf_add(out, ", last ");
}

static const struct chart_point *first_known(const struct chart *chart) {
  for (size_t i = 0; i < chart->count; i++) {
    if (chart->points[i].known) return &chart->points[i];
  }
  return NULL;
}

static void add_before(const struct chart *chart, struct buf *out) {
  char amount[CHART_WORDS_MAX];
  char when[CHART_WORDS_MAX];
  const struct chart_point *first = first_known(chart);
  if (first == NULL || first->time_ms >= chart->last_ms) return;
  int64_t begin_ms = first->time_ms > chart->from_ms ? first->time_ms : chart->from_ms;
  int64_t now = chart_value(chart);
  const char *how = now < first->nano ? "down from" : "up from";
  chart_print_money(amount, sizeof amount, first->nano, chart->last.unit, false);
  chart_print_clock(when, sizeof when, chart, begin_ms);
  bool today = strchr(when, ' ') == NULL;
  char last[CHART_WORDS_MAX];
  chart_print_clock(last, sizeof last, chart, chart->last_ms);
  if (text_eq(when, last)) return; /* of the same minute */
  if (!today) chart_print_day(when, sizeof when, chart, begin_ms);
  if (now == first->nano) {
    buf_addf(out, ", the same as %s %s", today ? "at" : "on", when);
  } else {
    buf_addf(out, ", %s %s %s %s", how, amount, today ? "at" : "on", when);
  }
}

static void add_dry_since(const struct chart *chart, struct buf *out) {
  char when[CHART_WORDS_MAX];
  int64_t since_ms = chart_dry_since_ms(chart);
  chart_print_moment(when, sizeof when, chart, since_ms);
  buf_add(out, chart->measure == CHART_USED ? "; at its limit" : "; dry");
  if (since_ms != 0) buf_addf(out, " since %s", when);
}

static void add_dry(const struct chart *chart, struct buf *out) {
  const struct runway *runway = &chart->runway;
  const char *what = chart->measure == CHART_USED ? "reaches its limit" : "runs dry";
  char moments[3][CHART_WORDS_MAX];
  int64_t ahead_ms[] = {runway->runway_ms, runway->low_ms, runway->high_ms};
  for (size_t i = 0; i < 3; i++)
    chart_print_moment(moments[i], sizeof moments[i], chart, chart_after_ms(chart, ahead_ms[i]));
  if (runway->runway_ms == 0) {
    add_dry_since(chart, out);
  } else if (runway->runway_ms >= RUNWAY_TOLD_MS) {
    buf_add(out, "; lasts more than 60 days");
  } else {
    buf_addf(out, "; %s %s (between %s and %s)", what, moments[0], moments[1], moments[2]);
  }
}

static void add_reset(const struct chart *chart, struct buf *out) {
  char when[CHART_WORDS_MAX];
  buf_add(out, "; lasts until it resets");
  if (chart->last.resets_ms == 0) return;
  chart_print_moment(when, sizeof when, chart, chart->last.resets_ms);
  buf_addf(out, " %s", when);
}

static void add_future(const struct chart *chart, struct buf *out) {
  char amount[CHART_WORDS_MAX];
  const struct runway *runway = &chart->runway;
  if (!chart->projected || chart_is_lost(chart)) return;
  chart_print_money(amount, sizeof amount, runway->burn_nano_per_day, chart->last.unit, false);
  if (runway->burn_known && runway->state != RUNWAY_IDLE) buf_addf(out, "; about %s a day", amount);
  switch (runway->state) {
  case RUNWAY_KNOWN: add_dry(chart, out); break;
  case RUNWAY_IDLE: buf_add(out, "; hardly anything is being spent"); break;
  case RUNWAY_RESETS: add_reset(chart, out); break;
  case RUNWAY_NOT_ENOUGH: break;
  }
}

#define TOPUPS_TOLD 3

static void add_topups(const struct chart *chart, struct buf *out) {
  char amount[CHART_WORDS_MAX];
  char day[CHART_WORDS_MAX];
  if (chart->topup_count == 0 || chart->measure == CHART_USED) return;
  int64_t sum = 0;
  int64_t count = 0;
  for (size_t i = 0; i < chart->topup_count; i++) {
    if (__builtin_add_overflow(sum, chart->topups[i].nano, &sum)) sum = INT64_MAX;
    count += chart->topups[i].count;
  }
  buf_add(out, "; topped up");
  chart_print_money(amount, sizeof amount, sum, chart->last.unit, true);
  if (count > TOPUPS_TOLD) buf_addf(out, " %" PRId64 " times by %s in all", count, amount);
  for (size_t i = 0; count <= TOPUPS_TOLD && i < chart->topup_count; i++) {
    const struct chart_topup *topup = &chart->topups[i];
    chart_print_money(amount, sizeof amount, topup->nano, chart->last.unit, true);
    chart_print_day(day, sizeof day, chart, topup->time_ms);
    buf_addf(out, "%s by %s on %s", i == 0 ? "" : i + 1 < chart->topup_count ? "," : " and", amount, day);
  }
}

static void add_level(const struct chart *chart, struct buf *out) {
  char amount[CHART_WORDS_MAX];
  enum level level = chart_level(chart);
  struct chart_levels levels = chart_levels(chart);
  bool critical = level == LEVEL_CRITICAL;
  struct amount at = critical ? levels.critical : levels.warning;
  if (chart_is_lost(chart) || (!critical && level != LEVEL_WARNING) || !at.known) return;
  chart_print_money(amount, sizeof amount, at.nano, chart->last.unit, true);
  buf_addf(out, "; %s the %s level of %s", chart->measure == CHART_USED ? "beyond" : "below", level_name(level), amount);
}

static void add_gaps(const struct chart *chart, struct buf *out) {
  char text[CHART_WORDS_MAX];
  int64_t unknown_ms = chart_unknown_ms(chart) - (chart_is_lost(chart) ? chart->now_ms - chart_until_ms(chart) : 0);
  if (unknown_ms < MINUTE_MS) return;
  text_print_duration(text, sizeof text, unknown_ms);
  buf_addf(out, "; unknown for %s%s of that time", text, chart_is_lost(chart) ? " more" : "");
}

void chart_alt(const struct chart *chart, struct buf *out) {
  char label[CHART_WORDS_MAX * 2];
  char range[CHART_WORDS_MAX];
  struct buf text;
  text_clean(label, sizeof label, chart->account->label);
  chart_print_range(range, sizeof range, chart->now_ms - chart->from_ms);
  buf_init(&text, CHART_ALT_MAX);
  buf_addf(&text, "%s: ", label);
  if (!chart->known) {
    buf_addf(&text, "%s in the %s", chart->seen ? "nothing known" : "no readings", range);
  } else {
    add_unknown(chart, &text);
    add_now(chart, &text);
    add_before(chart, &text);
    add_level(chart, &text);
    add_future(chart, &text);
    add_topups(chart, &text);
    add_gaps(chart, &text);
  }
  if (chart->seen && (chart->newest.simulated || chart->account->simulated)) buf_add(&text, "; simulated");
  buf_add(&text, ".");
  buf_add(out, buf_text(&text));
  buf_done(&text);
}
