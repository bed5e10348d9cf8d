/* chart_sampling: accounts whose charts are worth looking at, made the same way each time. */
#ifndef LOWTIDE_TESTS_CHART_SAMPLING_H
#define LOWTIDE_TESTS_CHART_SAMPLING_H

#include <stdlib.h>
#include <string.h>

#include "lowtide/chart.h"
#include "lowtide/text.h"

#define SAMPLE_NOW_MS INT64_C(1769868300000) /* Sat 2026-01-31 14:05:00 UTC */
#define SAMPLE_CENT (MONEY_NANO / 100)

struct sampling {
  struct account account;
  struct chart *chart;
  struct trend trend;
  struct reading reading; /* the next one */
  int64_t now_ms;         /* of the next one */
  uint32_t chance;
  int64_t spent; /* since the last reading */
};

static inline void sample_begin(struct sampling *sampling, int64_t range_ms) {
  memset(sampling, 0, sizeof *sampling);
  sampling->account = (struct account){.name = "kimi", .provider = "moonshot", .label = "Kimi", .emoji = "🌙", .unit = ""};
  sampling->account.thresholds.inherited.warning.left = amount_of(2000 * SAMPLE_CENT);
  sampling->account.thresholds.inherited.critical.left = amount_of(800 * SAMPLE_CENT);
  sampling->account.stale_after_ms = 3 * HOUR_MS;
  sampling->now_ms = SAMPLE_NOW_MS - range_ms;
  sampling->reading.available = amount_of(6190 * SAMPLE_CENT);
  (void)text_copy(sampling->reading.unit, sizeof sampling->reading.unit, "USD");
  sampling->chance = 1;
}

static inline struct chart *sample_open(struct sampling *sampling, int64_t range_ms) {
  sampling->chart = chart_new(&(struct chart_frame){&sampling->account, SAMPLE_NOW_MS - range_ms, SAMPLE_NOW_MS});
  return sampling->chart;
}

/* 0 to 99 */
static inline int64_t sample_chance(struct sampling *sampling) {
  sampling->chance = sampling->chance * 1664525U + 1013904223U;
  return (int64_t)(sampling->chance >> 16) % 100;
}

static inline void sample_take(struct sampling *sampling, int64_t step_ms) {
  sampling->reading.asked_ms = sampling->reading.time_ms = sampling->now_ms;
  chart_take(sampling->chart, &sampling->reading);
  trend_update(&sampling->trend, &sampling->reading);
  sampling->now_ms += step_ms;
}

/* Spends about that much a day, more by day than by night, for so many readings. */
static inline void sample_spend(struct sampling *sampling, int64_t nano_per_day, int64_t step_ms, int count) {
  for (int i = 0; i < count && sampling->now_ms <= SAMPLE_NOW_MS; i++) {
    sample_take(sampling, step_ms);
    struct local_time local = zone_local(NULL, sampling->now_ms);
    int64_t part = local.hour >= 7 && local.hour < 23 ? 40 + sample_chance(sampling) * 2 : sample_chance(sampling) / 4;
    int64_t spent = (int64_t)((money_wide)nano_per_day * step_ms / DAY_MS * part / 100);
    sampling->spent = spent;
    if (sampling->reading.available.known) sampling->reading.available.nano -= spent;
    if (sampling->reading.used.known) sampling->reading.used.nano += spent;
  }
}

static inline void sample_fail(struct sampling *sampling, int64_t step_ms, int count) {
  struct reading kept = sampling->reading;
  sampling->reading.code = ERR_SERVER;
  (void)text_copy(sampling->reading.detail, sizeof sampling->reading.detail, "HTTP 503");
  for (int i = 0; i < count; i++)
    sample_take(sampling, step_ms);
  sampling->reading = kept;
}

/* Exactly that, as the readings see it. */
static inline void sample_top_up(struct sampling *sampling, int64_t cents) {
  sampling->reading.available.nano += cents * SAMPLE_CENT + sampling->spent;
}

static inline void sample_end(struct sampling *sampling) {
  struct runway runway = runway_of(&sampling->trend, SAMPLE_NOW_MS, 0);
  chart_project(sampling->chart, &runway);
}

/* --- the samples ------------------------------------------------------------------------------------------------------ */

#define MONTH_MS (30 * DAY_MS)

static inline void sample_month(struct sampling *sampling) {
  sample_begin(sampling, MONTH_MS);
  sample_open(sampling, MONTH_MS);
  sample_spend(sampling, 305 * SAMPLE_CENT, HOUR_MS, 300);
  sample_top_up(sampling, 5000);
  sample_spend(sampling, 305 * SAMPLE_CENT, HOUR_MS, 1000);
}

static inline void sample_one(struct sampling *sampling) {
  sample_begin(sampling, 0);
  sample_open(sampling, MONTH_MS);
  sample_take(sampling, HOUR_MS);
}

static inline void sample_none(struct sampling *sampling) {
  sample_begin(sampling, 0);
  sample_open(sampling, MONTH_MS);
}

static inline void sample_year(struct sampling *sampling) {
  sample_begin(sampling, 365 * DAY_MS);
  sample_open(sampling, 365 * DAY_MS);
  sampling->reading.available = amount_of(18000 * SAMPLE_CENT);
  for (int i = 0; i < 9; i++) {
    sample_spend(sampling, (300 + i * 20) * SAMPLE_CENT, HOUR_MS, 24 * 42);
    sample_top_up(sampling, i % 3 == 2 ? 20000 : 15000);
  }
  sample_spend(sampling, 500 * SAMPLE_CENT, HOUR_MS, 1000);
}

static inline void sample_zero(struct sampling *sampling) {
  sample_begin(sampling, MONTH_MS);
  sample_open(sampling, MONTH_MS);
  sampling->reading.available = amount_of(4000 * SAMPLE_CENT);
  while (sampling->reading.available.nano > 0)
    sample_spend(sampling, 200 * SAMPLE_CENT, HOUR_MS, 1);
  sampling->reading.available.nano = 0;
  sample_spend(sampling, 0, HOUR_MS, 1000);
}

static inline void sample_gaps(struct sampling *sampling) {
  sample_begin(sampling, 7 * DAY_MS);
  sample_open(sampling, 7 * DAY_MS);
  sampling->reading.available = amount_of(3600 * SAMPLE_CENT);
  sample_spend(sampling, 280 * SAMPLE_CENT, HOUR_MS, 30);
  sample_fail(sampling, HOUR_MS, 22);
  sample_spend(sampling, 280 * SAMPLE_CENT, HOUR_MS, 20);
  sample_fail(sampling, HOUR_MS, 1);
  sample_spend(sampling, 280 * SAMPLE_CENT, HOUR_MS, 20);
  sampling->now_ms += 30 * HOUR_MS; /* nobody looked */
  sample_spend(sampling, 280 * SAMPLE_CENT, HOUR_MS, 1000);
}

static inline void sample_lost(struct sampling *sampling) {
  sample_begin(sampling, 3 * DAY_MS);
  sample_open(sampling, 3 * DAY_MS);
  sample_spend(sampling, 280 * SAMPLE_CENT, HOUR_MS, 55);
  sample_fail(sampling, HOUR_MS, 17);
}

static inline void sample_huge(struct sampling *sampling) {
  sample_begin(sampling, MONTH_MS);
  sampling->account.label =
      "An account of one of the largest companies in the world, which buys its credits by the billion";
  sampling->account.provider = "openai-compatible";
  sampling->account.thresholds.own.warning.left = amount_of(INT64_C(2000000000) * MONEY_NANO);
  sampling->account.thresholds.own.critical.left = amount_of(INT64_C(500000000) * MONEY_NANO);
  sample_open(sampling, MONTH_MS);
  (void)text_copy(sampling->reading.unit, sizeof sampling->reading.unit, "credits");
  sampling->reading.available = amount_of(INT64_MAX);
  sample_spend(sampling, INT64_C(180000000) * MONEY_NANO, HOUR_MS, 1000);
}

static inline void sample_cjk(struct sampling *sampling) {
  sample_month(sampling);
  sampling->account.label = "🌙✨ 月之暗面 · 生产环境 키미 キミ";
  (void)text_copy(sampling->reading.unit, sizeof sampling->reading.unit, "CNY");
}

static inline void sample_arabic(struct sampling *sampling) {
  sample_month(sampling);
  sampling->account.label = "كيمي 👩‍🚀";
}

static inline void sample_debt(struct sampling *sampling) {
  sample_begin(sampling, 14 * DAY_MS);
  sampling->account.thresholds.inherited.warning.left = amount_of(500 * SAMPLE_CENT);
  sampling->account.thresholds.inherited.critical.left = amount_of(100 * SAMPLE_CENT);
  sample_open(sampling, 14 * DAY_MS);
  sampling->reading.available = amount_of(2500 * SAMPLE_CENT);
  sample_spend(sampling, 250 * SAMPLE_CENT, HOUR_MS, 1000);
}

static inline void sample_quota(struct sampling *sampling) {
  sample_begin(sampling, 14 * DAY_MS);
  sampling->account.label = "ElevenLabs";
  sampling->account.provider = "elevenlabs";
  sample_open(sampling, 14 * DAY_MS);
  (void)text_copy(sampling->reading.unit, sizeof sampling->reading.unit, "characters");
  sampling->reading.kind = READING_QUOTA;
  sampling->reading.available = (struct amount){0};
  sampling->reading.used = amount_of(58770 * MONEY_NANO);
  sampling->reading.limit = amount_of(100000 * MONEY_NANO);
  sampling->reading.resets_ms = SAMPLE_NOW_MS + 9 * DAY_MS;
  sample_spend(sampling, 6000 * MONEY_NANO, HOUR_MS, 110);
  sampling->reading.used = amount_of(0);
  sample_spend(sampling, 9000 * MONEY_NANO, HOUR_MS, 1000);
}

/* Letters of a system's TrueType font, and a quota that lasts. */
static inline void sample_resets(struct sampling *sampling) {
  sample_quota(sampling);
  sampling->account.label = "Ձայն ElevenLabs";
  chart_free(sampling->chart);
  sample_open(sampling, 14 * DAY_MS);
  sampling->now_ms = SAMPLE_NOW_MS - 14 * DAY_MS;
  sampling->trend = (struct trend){0};
  sampling->reading.used = amount_of(11000 * MONEY_NANO);
  sampling->reading.resets_ms = SAMPLE_NOW_MS + 5 * DAY_MS;
  sample_spend(sampling, 900 * MONEY_NANO, HOUR_MS, 1000);
}

static inline void sample_spent(struct sampling *sampling) {
  sample_begin(sampling, MONTH_MS);
  sampling->account.label = "OpenAI";
  sampling->account.provider = "openai";
  sampling->account.thresholds.own.warning.used = amount_of(25000 * SAMPLE_CENT);
  sample_open(sampling, MONTH_MS);
  sampling->reading.kind = READING_SPEND;
  sampling->reading.available = (struct amount){0};
  sampling->reading.used = amount_of(2 * SAMPLE_CENT);
  sample_spend(sampling, 940 * SAMPLE_CENT, HOUR_MS, 1000);
}

static inline void sample_topups(struct sampling *sampling) {
  sample_begin(sampling, 7 * DAY_MS);
  sample_open(sampling, 7 * DAY_MS);
  sampling->reading.available = amount_of(900 * SAMPLE_CENT);
  const int64_t cents[] = {1000, 1000, 2500, 5000, 1000, 2000};
  const int hours[] = {5, 6, 20, 40, 41, 3};
  for (size_t i = 0; i < 6; i++) {
    sample_spend(sampling, 700 * SAMPLE_CENT, HOUR_MS, hours[i]);
    sample_top_up(sampling, cents[i]);
  }
  sample_spend(sampling, 1400 * SAMPLE_CENT, HOUR_MS, 1000);
}

static inline void sample_steady(struct sampling *sampling) {
  sample_begin(sampling, MONTH_MS);
  sampling->account.label = "Reserve";
  sampling->account.simulated = true;
  sample_open(sampling, MONTH_MS);
  sampling->reading.available = amount_of(100000 * SAMPLE_CENT);
  sampling->reading.estimated = true;
  sample_spend(sampling, 180 * SAMPLE_CENT, HOUR_MS, 1000);
}

static inline void sample_low(struct sampling *sampling) {
  sample_begin(sampling, DAY_MS);
  sampling->account.label = "OpenRouter · production";
  sampling->account.provider = "openrouter";
  sampling->account.thresholds.own.warning.runway_ms = 3 * DAY_MS;
  sampling->account.thresholds.own.warning.left = amount_of(500 * SAMPLE_CENT);
  sampling->account.thresholds.own.critical.left = amount_of(450 * SAMPLE_CENT);
  sample_open(sampling, DAY_MS);
  sampling->reading.available = amount_of(770 * SAMPLE_CENT);
  sample_spend(sampling, 420 * SAMPLE_CENT, HOUR_MS / 4, 1000);
}

static const struct sample {
  const char *name;
  void (*make)(struct sampling *sampling);
} samples[] = {
    {"month", sample_month},   {"one-point", sample_one}, {"none", sample_none},     {"year", sample_year},
    {"zero", sample_zero},     {"gaps", sample_gaps},     {"lost", sample_lost},     {"huge", sample_huge},
    {"cjk", sample_cjk},       {"arabic", sample_arabic}, {"debt", sample_debt},     {"quota", sample_quota},
    {"spent", sample_spent},   {"topups", sample_topups}, {"steady", sample_steady}, {"low", sample_low},
    {"resets", sample_resets},
};

#define SAMPLES (sizeof samples / sizeof samples[0])

#endif
