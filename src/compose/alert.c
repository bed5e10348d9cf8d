#include <inttypes.h>

#include "lowtide/text.h"
#include "words.h"

#define DURATION_MAX 48

static void add_label(struct buf *out, const struct news *news) {
  message_add_foreign(out, news->standing->account->label);
}

static void add_holding(struct buf *out, const struct standing *standing) {
  words_add_holding(out, &standing->reading);
  words_add_tail(out, standing);
}

/* Whether the limits of amounts left alone make it that level. */
static bool is_short(const struct standing *standing, enum level level) {
  const struct thresholds left = {.warning = {.left = standing->thresholds.warning.left},
                                  .critical = {.left = standing->thresholds.critical.left}};
  return level_of(&standing->reading, &left) >= level;
}

/* Low by what is used, while it is told what is left: that alone would look like no reason. */
static void add_reason(const struct standing *standing, enum level level, struct buf *out) {
  const struct reading *reading = &standing->reading;
  bool by_amount = level_of(reading, &standing->thresholds) >= level;
  bool told = reading->used.known || reading_is_limited(reading);
  if (words_shape(reading) != SHAPE_LEFT || !told || !by_amount || is_short(standing, level)) return;
  buf_add(out, " · Used: ");
  if (reading->used.known) {
    words_add_used(out, reading);
  } else {
    words_add_percent(out, reading);
  }
}

static void add_low(const struct news *news, struct buf *out) {
  bool critical = news->alert->rank == RANK_CRITICAL;
  enum level level = critical ? LEVEL_CRITICAL : LEVEL_WARNING;
  buf_addf(out, "%s ", words_mark(level));
  add_label(out, news);
  buf_addf(out, " credits %s%s! ", news->alert->event == ALERT_REMINDED ? "still " : "", critical ? "critical" : "low");
  words_add_holding(out, &news->standing->reading);
  add_reason(news->standing, level, out);
  words_add_tail(out, news->standing);
}

static void add_stale(const struct news *news, int64_t now_ms, struct buf *out) {
  char since[DURATION_MAX];
  text_print_duration(since, sizeof since, now_ms - news->alert->at_ms);
  buf_add(out, "❔ ");
  add_label(out, news);
  buf_addf(out, " has %sbeen ", news->alert->event == ALERT_REMINDED ? "still " : "");
  words_add_unknown(out, &news->standing->reading);
  buf_addf(out, " for %s", since);
  words_add_last(out, news->standing, now_ms);
  words_add_tail(out, news->standing);
}

static void add_over(const struct news *news, struct buf *out) {
  buf_add(out, "✅ ");
  add_label(out, news);
  buf_add(out, news->alert->kind == ALERT_STALE ? " can be read again. " : " credits recovered. ");
  add_holding(out, news->standing);
}

static void add_topup(const struct news *news, struct buf *out) {
  buf_add(out, "💰 ");
  add_label(out, news);
  buf_add(out, " topped up by ");
  compose_money(out, news->alert->amount.nano, news->standing->reading.unit);
  buf_add(out, ". ");
  add_holding(out, news->standing);
}

static void add_expiry(const struct news *news, int64_t now_ms, struct buf *out) {
  const struct local_time day = zone_local(news->standing->account->zone, news->alert->at_ms);
  int64_t days = (news->alert->at_ms - now_ms + DAY_MS - 1) / DAY_MS;
  buf_add(out, "⏳ ");
  add_label(out, news);
  buf_add(out, ": ");
  compose_money(out, news->alert->amount.nano, news->standing->reading.unit);
  buf_addf(out, " run out in %" PRId64 " day%s, on %04d-%02d-%02d", days, text_plural(days), day.year, day.month, day.day);
  words_add_tail(out, news->standing);
}

void compose_alert(const struct news *news, int64_t now_ms, struct buf *out) {
  if (news->alert->event == ALERT_OVER) {
    add_over(news, out);
    return;
  }
  switch (news->alert->kind) {
  case ALERT_LOW: add_low(news, out); return;
  case ALERT_STALE: add_stale(news, now_ms, out); return;
  case ALERT_TOPUP: add_topup(news, out); return;
  case ALERT_EXPIRY: add_expiry(news, now_ms, out); return;
  }
}
