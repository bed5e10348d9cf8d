/* What the tests of the rules share: one account over time. Header only. */
#ifndef LOWTIDE_TESTS_RULE_TESTING_H
#define LOWTIDE_TESTS_RULE_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lowtide/rule.h"
#include "lowtide/text.h"

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NINE 1769677200000LL /* 2026-01-29 09:00:00 UTC, a Thursday */

/* Dollars left, warned below 5.00, critical below 1.00. */
struct life {
  struct alert_policy policy;
  struct alert_memory memory;
  struct alerts alerts; /* of the last check */
  int64_t now_ms;
  int64_t stale_after_ms;
  struct thresholds thresholds;
  int64_t runway_ms;
  struct reading last_known;
  bool known;
  struct grant *grants;
  size_t grant_count;
  bool with_topups; /* else they are left out of what is told */
  char told[512];   /* keys and fates of the last check: "low:kimi:1:warning", "low:kimi:1:warning held cooldown" */
};

static __attribute__((unused)) int64_t cents(int64_t count) {
  return count * (MONEY_NANO / 100);
}

static __attribute__((unused)) struct life life_begin(void) {
  struct life life = {.now_ms = NINE, .stale_after_ms = 3 * HOUR, .runway_ms = -1};
  life.policy.cooldown_ms = 0;
  life.thresholds.warning.left = amount_of(cents(500));
  life.thresholds.critical.left = amount_of(cents(100));
  return life;
}

static void life_print(struct life *life) {
  size_t at = 0;
  life->told[0] = '\0';
  for (int i = 0; i < life->alerts.count; i++) {
    static const char *const fates[] = {"", " held ", " dropped "};
    const struct alert *alert = &life->alerts.list[i];
    char key[ALERT_KEY_MAX];
    if (alert->kind == ALERT_TOPUP && !life->with_topups) continue;
    alert_key(key, alert, "kimi");
    at += (size_t)snprintf(life->told + at, sizeof life->told - at, "%s%s%s%s", at > 0 ? "; " : "", key, fates[alert->fate],
                           alert->why);
  }
}

static void life_judge(struct life *life, const struct reading *reading) {
  struct rule_view view = {
      .policy = &life->policy,
      .now_ms = life->now_ms,
      .stale_after_ms = life->stale_after_ms,
      .reading = *reading,
      .thresholds = life->thresholds,
      .runway_ms = life->runway_ms,
      .last_known = life->known ? &life->last_known : NULL,
      .grants = life->grants,
      .grant_count = life->grant_count,
  };
  view.level = level_with_runway(level_of(reading, &life->thresholds), &life->thresholds, life->runway_ms);
  rules_judge(&view, &life->memory, &life->alerts);
  if (reading_is_known(reading)) {
    life->known = true;
    life->last_known = *reading;
  }
  life_print(life);
}

/* One check, after that much time, at that balance. */
static __attribute__((unused)) const char *check(struct life *life, int64_t after_ms, int64_t left_cents) {
  struct reading reading = {.available = amount_of(cents(left_cents)), .unit = "USD"};
  life->now_ms += after_ms;
  reading.asked_ms = reading.time_ms = life->now_ms;
  life_judge(life, &reading);
  return life->told;
}

static __attribute__((unused)) const char *check_unknown(struct life *life, int64_t after_ms) {
  struct err err = {0};
  (void)err_set(&err, ERR_SERVER, "HTTP 503");
  life->now_ms += after_ms;
  struct reading reading = reading_unknown(life->now_ms, &err);
  life_judge(life, &reading);
  return life->told;
}

#define told(call, expected) assert_string_equal(call, expected)

#endif
