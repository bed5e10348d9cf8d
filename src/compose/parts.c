#include "words.h"

static void add_header(const struct standing *standing, struct buf *out) {
  const char *mark = words_mark(standing->level);
  const char *what = standing->level == LEVEL_CRITICAL ? "Critical" : "Low";
  if (*mark == '\0') {
    buf_add(out, "✅ ");
    message_add_foreign(out, standing->account->label);
    buf_add(out, " Balance Check");
  } else {
    buf_addf(out, "%s " MARK_BOLD, mark);
    message_add_foreign(out, standing->account->label);
    buf_addf(out, " Balance %s!" MARK_BOLD_END, what);
  }
  if (words_is_simulated(standing)) buf_add(out, " · simulated");
}

static void add_part(const struct standing *standing, const char *name, struct amount amount, struct buf *out) {
  if (!amount.known) return;
  buf_addf(out, "\n%s: %s", name, standing->reading.estimated ? "≈ " : "");
  compose_money(out, amount.nano, standing->reading.unit);
  if (words_is_simulated(standing)) buf_add(out, " · simulated");
}

static void add_hint(const struct standing *standing, struct buf *out) {
  if (*standing->reading.hint == '\0') return;
  buf_add(out, "\n💡 ");
  message_add_foreign(out, standing->reading.hint);
}

static void add_unknown(const struct standing *standing, int64_t now_ms, struct buf *out) {
  buf_add(out, "❔ ");
  message_add_foreign(out, standing->account->label);
  buf_add(out, ": ");
  words_add_unknown(out, &standing->reading);
  words_add_last(out, standing, now_ms);
  if (words_is_simulated(standing)) buf_add(out, " · simulated");
  add_hint(standing, out);
}

static void add_times(const struct standing *standing, const struct zone *zone, int64_t now_ms, struct buf *out) {
  const struct reading *reading = &standing->reading;
  const char *simulated = words_is_simulated(standing) ? " · simulated" : "";
  if (reading->resets_ms > now_ms) {
    buf_add(out, "\n🔄 Resets: ");
    words_add_reset(out, reading->resets_ms, zone, now_ms);
    buf_add(out, simulated);
  }
  if (reading->estimated) {
    struct local_time noted = zone_local(zone, words_noted_ms(reading));
    buf_addf(out, "\n📝 Noted: %04d-%02d-%02d%s", noted.year, noted.month, noted.day, simulated);
  }
}

void compose_parts(const struct standing *standing, const struct zone *zone, int64_t now_ms, struct buf *out) {
  const struct reading *reading = &standing->reading;
  if (!reading_is_known(reading)) {
    add_unknown(standing, now_ms, out);
    return;
  }
  add_header(standing, out);
  add_part(standing, "💰 Available", reading->available, out);
  add_part(standing, "🎁 Voucher", reading->voucher, out);
  add_part(standing, "💵 Cash", reading->cash, out);
  add_part(standing, "📈 Used", reading->used, out);
  add_part(standing, "🎯 Limit", reading->limit, out);
  add_times(standing, zone, now_ms, out);
  add_hint(standing, out); /* what is told by a fallback: how to get the whole */
}
