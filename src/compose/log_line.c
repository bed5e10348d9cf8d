#include "words.h"

/* A log is a plain file: the marks go, what they held stays. */
static void add_plain(struct buf *out, struct buf *marked) {
  message_print_plain(out, buf_text(marked), false);
  buf_done(marked);
}

static void add_simulated(struct buf *out, const struct standing *standing) {
  if (words_is_simulated(standing)) buf_add(out, " (simulated)");
}

void compose_log_stamp(int64_t time_ms, struct buf *out) {
  char time[ZONE_TIME_TEXT_MAX];
  time_print(time, NULL, time_ms);
  buf_addf(out, "[%s] ", time);
}

/* A log tells amounts, not shares: whoever reads it later has no limit at hand. */
static void add_amount(struct buf *out, const struct reading *reading) {
  bool share = words_shape(reading) == SHAPE_QUOTA && reading->used.known;
  bool spent = words_shape(reading) == SHAPE_SPENT;
  if (!share && !spent) {
    words_add_amount(out, reading);
    return;
  }
  if (reading->estimated) buf_add(out, "≈ ");
  words_add_used(out, reading);
  buf_add(out, " used");
}

static void add_short(const struct standing *standing, int64_t time_ms, struct buf *out) {
  compose_log_stamp(time_ms, out);
  message_add_foreign(out, standing->account->label);
  buf_add(out, ": ");
  if (reading_is_known(&standing->reading)) {
    add_amount(out, &standing->reading);
  } else {
    words_add_unknown(out, &standing->reading);
  }
}

static void add_column(struct buf *out, const char *name, struct amount amount, const struct reading *reading) {
  if (!amount.known) return;
  buf_addf(out, " | %s: %s", name, reading->estimated ? "≈ " : "");
  compose_money(out, amount.nano, reading->unit);
}

static void add_detailed(const struct reading *reading, int64_t time_ms, struct buf *out) {
  char time[ZONE_TIME_TEXT_MAX];
  time_print(time, NULL, time_ms);
  buf_add(out, time);
  add_column(out, "Available", reading->available, reading);
  add_column(out, "Voucher", reading->voucher, reading);
  add_column(out, "Cash", reading->cash, reading);
  add_column(out, "Used", reading->used, reading);
  add_column(out, "Limit", reading->limit, reading);
}

void compose_log_line(const struct standing *standing, int64_t time_ms, struct buf *out) {
  bool detailed = standing->account->log_format == LOG_FORMAT_DETAILED && reading_is_known(&standing->reading);
  struct buf marked;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  if (detailed) {
    add_detailed(&standing->reading, time_ms, &marked);
  } else {
    add_short(standing, time_ms, &marked);
  }
  add_simulated(&marked, standing);
  add_plain(out, &marked);
}

void compose_log_posted(const struct standing *standing, struct buf *out) {
  struct buf marked;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  buf_add(&marked, "POSTED: ");
  words_add_emoji(&marked, standing->account->emoji);
  message_add_foreign(&marked, standing->account->label);
  buf_add(&marked, " Balance: ");
  if (reading_is_known(&standing->reading)) {
    add_amount(&marked, &standing->reading);
    words_add_split(&marked, &standing->reading);
  } else {
    words_add_unknown(&marked, &standing->reading);
  }
  add_simulated(&marked, standing);
  add_plain(out, &marked);
}

static void add_raised(struct buf *out, const struct news *news) {
  const char *label = news->standing->account->label;
  switch (news->alert->kind) {
  case ALERT_LOW:
    buf_addf(out, "%s ", words_mark(news->alert->rank == RANK_CRITICAL ? LEVEL_CRITICAL : LEVEL_WARNING));
    message_add_foreign(out, label);
    buf_add(out, news->alert->rank == RANK_CRITICAL ? " credits critical!" : " credits low!");
    return;
  case ALERT_STALE:
    buf_add(out, "❔ ");
    message_add_foreign(out, label);
    buf_add(out, " unknown for too long!");
    return;
  case ALERT_EXPIRY:
    buf_add(out, "⏳ ");
    message_add_foreign(out, label);
    buf_add(out, " credits run out soon!");
    return;
  case ALERT_TOPUP: break;
  }
}

void compose_log_alert(const struct news *news, struct buf *out) {
  struct buf marked;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  buf_add(&marked, "ALERT: ");
  words_add_emoji(&marked, news->standing->account->emoji);
  add_raised(&marked, news);
  add_simulated(&marked, news->standing);
  add_plain(out, &marked);
}
