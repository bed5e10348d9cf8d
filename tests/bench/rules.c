/* `make bench-rules`: how early the alert rules warn of accounts that run dry, and how often for nothing: by amounts, by
 * runway, and by both. The table is the one of contrib/docs/forecast.md.
 *
 *     rules [HISTORIES OF A KIND [FIRST SEED]] */
#include <inttypes.h>
#include <stdio.h>

#include "fake/spending.h"
#include "lowtide/rule.h"
#include "lowtide/runway.h"

/* 5.00 and 1.00 of 50.00. */
#define WARNING_PART 10
#define CRITICAL_PART 50

enum mode { BY_AMOUNT, BY_RUNWAY, BY_BOTH, MODES };

static const char *const mode_names[] = {"amounts", "runway", "both"};

/* What a kind's histories came to. */
struct score {
  int histories;
  int in_time; /* told at least 24 h before the end, and not called off since */
  int told;    /* at all, before the end */
  double *lead_h;
  int false_alarms;
  int explained;  /* by a top-up that came in time */
  int called_off; /* recoveries without a top-up */
  double months;
};

struct raised {
  int hour;
  int64_t runway_ms;
};

/* One account under one set of rules. */
struct life {
  const struct spending *spending;
  enum mode mode;
  struct thresholds thresholds;
  struct alert_memory memory;
  struct reading last;
  bool known;
  int since_hour; /* of the alert that still holds; -1 */
  struct score *score;
};

static const struct alert_policy policy = {.remind = REMIND_ONCE, .cooldown_ms = HOUR_MS};

/* --- was it right? ----------------------------------------------------------------------------------------------- */

static bool topped_up(const struct spending *s, int from, int64_t until_ms) {
  for (int i = 0; i < s->topups; i++) {
    int64_t at_ms = s->begin_ms + s->topup_hour[i] * HOUR_MS;
    if (s->topup_hour[i] > from && at_ms <= until_ms) return true;
  }
  return false;
}

/* Within twice the runway that was claimed it was dry, or below critical. */
static bool came_true(const struct life *life, int from, int64_t until_ms) {
  const struct spending *s = life->spending;
  if (s->dry_ms <= until_ms) return true;
  for (int hour = from; hour <= s->hours && s->begin_ms + hour * HOUR_MS <= until_ms; hour++) {
    if (s->left_nano[hour] < life->thresholds.critical.left.nano) return true;
  }
  return false;
}

static void judge_alarm(const struct life *life, int hour, int64_t runway_ms) {
  int64_t until_ms = life->spending->begin_ms + hour * HOUR_MS + 2 * runway_ms;
  if (came_true(life, hour, until_ms)) return;
  if (topped_up(life->spending, hour, until_ms)) {
    life->score->explained++;
  } else {
    life->score->false_alarms++;
  }
}

/* --- one history
 * ----------------------------------------------------------------------------------------------------------- */

static bool rose_since(const struct life *life, int hour) {
  return life->since_hour >= 0 && topped_up(life->spending, life->since_hour, life->spending->begin_ms + hour * HOUR_MS);
}

static void note(struct life *life, const struct rule_view *view, const struct alert *alert, int hour) {
  if (alert->kind != ALERT_LOW || alert->fate != ALERT_TOLD) return;
  if (alert->event == ALERT_OVER) {
    if (!rose_since(life, hour)) life->score->called_off++;
    life->since_hour = -1;
  } else if (alert->event == ALERT_RAISED) {
    enum level by_amount = level_of(&view->reading, &view->thresholds);
    enum level told = alert->rank == RANK_CRITICAL ? LEVEL_CRITICAL : LEVEL_WARNING;
    if (life->since_hour < 0) life->since_hour = hour;
    if (by_amount < told) judge_alarm(life, hour, view->runway_ms);
  }
}

static void look(struct life *life, const struct trend *trend, const struct reading *reading, int hour) {
  struct alerts alerts;
  struct rule_view view = {
      .policy = &policy,
      .now_ms = reading->asked_ms,
      .stale_after_ms = 3 * HOUR_MS,
      .reading = *reading,
      .thresholds = life->thresholds,
      .runway_ms = -1,
      .last_known = life->known ? &life->last : NULL,
  };
  if (reading_is_known(reading)) {
    const struct runway runway = runway_of(trend, reading->time_ms, 0);
    view.runway_ms = runway_claimed_ms(&runway);
  }
  view.level = level_with_runway(level_of(reading, &view.thresholds), &view.thresholds, view.runway_ms);
  rules_judge(&view, &life->memory, &alerts);
  for (int i = 0; i < alerts.count; i++)
    note(life, &view, &alerts.list[i], hour);
  if (!reading_is_known(reading)) return;
  life->last = *reading;
  life->known = true;
}

static void finish(struct life *life) {
  struct score *score = life->score;
  const struct spending *s = life->spending;
  score->months += (double)s->hours / 24 / 30;
  if (life->since_hour >= 0) {
    double lead_h = (double)(s->dry_ms - s->begin_ms - life->since_hour * HOUR_MS) / (double)HOUR_MS;
    score->lead_h[score->told++] = lead_h;
    score->in_time += lead_h >= 24;
  }
  score->histories++;
}

static struct thresholds thresholds_of(const struct spending *s, enum mode mode) {
  struct thresholds thresholds = {0};
  if (mode != BY_RUNWAY) {
    thresholds.warning.left = amount_of(s->left_nano[0] / WARNING_PART);
    thresholds.critical.left = amount_of(s->left_nano[0] / CRITICAL_PART);
  }
  if (mode != BY_AMOUNT) {
    thresholds.warning.runway_ms = 3 * DAY_MS;
    thresholds.critical.runway_ms = DAY_MS;
  }
  return thresholds;
}

static void live(enum spending_kind kind, uint64_t seed, struct score scores[MODES]) {
  struct spending *s = spending_new(kind, seed);
  struct life lives[MODES];
  struct trend trend = {0};
  for (int mode = 0; mode < MODES; mode++)
    lives[mode] = (struct life){.spending = s,
                                .mode = (enum mode)mode,
                                .thresholds = thresholds_of(s, (enum mode)mode),
                                .since_hour = -1,
                                .score = &scores[mode]};
  for (int hour = 0; hour <= s->hours; hour++) {
    struct reading reading;
    if (!spending_reading(s, hour, &reading)) continue;
    trend_update(&trend, &reading);
    for (int mode = 0; mode < MODES; mode++)
      look(&lives[mode], &trend, &reading, hour);
  }
  for (int mode = 0; mode < MODES; mode++)
    finish(&lives[mode]);
  free(s);
}

/* --- the table
 * --------------------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
  double x = *(const double *)a;
  double y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median_lead(const struct score *score) {
  if (score->told == 0) return 0;
  qsort(score->lead_h, (size_t)score->told, sizeof *score->lead_h, compare);
  return score->lead_h[score->told / 2];
}

static void print_row(const char *name, struct score scores[MODES]) {
  printf("| %-12s |", name);
  for (int mode = 0; mode < MODES; mode++)
    printf(" %3d %% |", scores[mode].in_time * 100 / scores[mode].histories);
  for (int mode = 0; mode < MODES; mode++)
    printf(" %3.0f h |", median_lead(&scores[mode]));
  for (int mode = BY_RUNWAY; mode < MODES; mode++)
    printf(" %.2f |", scores[mode].false_alarms / scores[mode].months);
  for (int mode = 0; mode < MODES; mode++)
    printf(" %.2f |", scores[mode].called_off / scores[mode].months);
  printf("\n");
}

static void add_up(struct score all[MODES], const struct score of[MODES]) {
  for (int mode = 0; mode < MODES; mode++) {
    all[mode].histories += of[mode].histories;
    all[mode].in_time += of[mode].in_time;
    all[mode].false_alarms += of[mode].false_alarms;
    all[mode].explained += of[mode].explained;
    all[mode].called_off += of[mode].called_off;
    all[mode].months += of[mode].months;
    for (int i = 0; i < of[mode].told; i++)
      all[mode].lead_h[all[mode].told++] = of[mode].lead_h[i];
  }
}

static void scores_new(struct score scores[MODES], long count) {
  for (int mode = 0; mode < MODES; mode++) {
    scores[mode] = (struct score){.lead_h = calloc((size_t)count, sizeof(double))};
    if (scores[mode].lead_h == NULL) abort();
  }
}

static void scores_done(struct score scores[MODES]) {
  for (int mode = 0; mode < MODES; mode++)
    free(scores[mode].lead_h);
}

static void print_heading(long count, uint64_t seed) {
  printf("%ld histories of each of %d kinds, seeds %" PRIu64 " to %" PRIu64 ", hourly readings.\n", count,
         SPENDING_KIND_COUNT, seed, seed + (uint64_t)count - 1);
  printf("Amounts: a tenth and a fiftieth of what was there first; runway: 3 d and 1 d.\n\n| kind |");
  for (int mode = 0; mode < MODES; mode++)
    printf(" told 24 h ahead, %s |", mode_names[mode]);
  for (int mode = 0; mode < MODES; mode++)
    printf(" lead, %s |", mode_names[mode]);
  for (int mode = BY_RUNWAY; mode < MODES; mode++)
    printf(" false a month, %s |", mode_names[mode]);
  for (int mode = 0; mode < MODES; mode++)
    printf(" called off a month, %s |", mode_names[mode]);
  printf("\n|%s\n", " --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
}

int main(int argc, char **argv) {
  long count = argc > 1 ? strtol(argv[1], NULL, 10) : 300;
  uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  struct score all[MODES];
  if (count < 1 || count > 100000) count = 300;
  scores_new(all, count * SPENDING_KIND_COUNT);
  print_heading(count, seed);
  for (int kind = 0; kind < SPENDING_KIND_COUNT; kind++) {
    struct score scores[MODES];
    scores_new(scores, count);
    for (long n = 0; n < count; n++)
      live((enum spending_kind)kind, seed + (uint64_t)n, scores);
    print_row(spending_kind_name((enum spending_kind)kind), scores);
    add_up(all, scores);
    scores_done(scores);
  }
  print_row("all", all);
  printf("\nOf the alarms by runway, %d were false and %d more were overtaken by a top-up, in %.0f months.\n",
         all[BY_RUNWAY].false_alarms, all[BY_RUNWAY].explained, all[BY_RUNWAY].months);
  scores_done(all);
  return 0;
}
