#include "words.h"

static void add_mark(const struct standing *standing, struct buf *out) {
  bool known = reading_is_known(&standing->reading);
  const char *mark = words_mark(known ? standing->level : standing->last_level);
  if (*mark != '\0') {
    buf_addf(out, "%s ", mark);
  } else if (!known) {
    buf_add(out, "❔ ");
  } else {
    words_add_emoji(out, standing->account->emoji);
  }
}

/* What stands in brackets: a noted amount says since when, which is more to the point than its threshold. */
static void add_brackets(const struct standing *standing, const struct zone *zone, struct buf *out) {
  const struct amount *warning = &standing->thresholds.warning.left;
  if (standing->reading.estimated) {
    struct local_time noted = zone_local(zone, words_noted_ms(&standing->reading));
    buf_addf(out, " (noted %04d-%02d-%02d)", noted.year, noted.month, noted.day);
  } else if (warning->known) {
    buf_add(out, " (threshold: ");
    compose_money(out, warning->nano, standing->reading.unit);
    buf_add(out, ")");
  }
}

static void add_spent(const struct reading *reading, struct buf *out) {
  words_add_used(out, reading);
  if (!reading_is_limited(reading)) {
    buf_add(out, " used, no limit");
  } else {
    buf_add(out, reading->kind == READING_SPEND ? " spent this month" : " used");
  }
}

static void add_quota(const struct reading *reading, const struct zone *zone, int64_t now_ms, struct buf *out) {
  words_add_percent(out, reading);
  buf_add(out, " used");
  if (reading->resets_ms <= now_ms) return;
  buf_add(out, ", resets ");
  words_add_reset(out, reading->resets_ms, zone, now_ms);
}

static void add_known(const struct standing *standing, const struct zone *zone, int64_t now_ms, struct buf *out) {
  const struct reading *reading = &standing->reading;
  if (reading->estimated) buf_add(out, "≈ ");
  switch (words_shape(reading)) {
  case SHAPE_LEFT:
    compose_money(out, reading->available.nano, reading->unit);
    if (reading->cash.known || reading->voucher.known) buf_add(out, " available");
    add_brackets(standing, zone, out);
    break;
  case SHAPE_SPENT: add_spent(reading, out); break;
  case SHAPE_QUOTA: add_quota(reading, zone, now_ms, out); break;
  case SHAPE_NOTHING: buf_add(out, "no amount"); break;
  }
}

void compose_line(const struct standing *standing, const struct zone *zone, int64_t now_ms, struct buf *out) {
  add_mark(standing, out);
  buf_add(out, MARK_BOLD);
  message_add_foreign(out, standing->account->label);
  buf_add(out, ":" MARK_BOLD_END " ");
  if (reading_is_known(&standing->reading)) {
    add_known(standing, zone, now_ms, out);
  } else {
    words_add_unknown(out, &standing->reading);
    words_add_last(out, standing, now_ms);
  }
  words_add_tail(out, standing);
}
