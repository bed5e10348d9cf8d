#include "words.h"

static const char *const signs[] = {[GUARD_ENOUGH] = "✅", [GUARD_TOO_LOW] = "🚨", [GUARD_UNKNOWN] = "❔"};
static const char *const names[] = {[GUARD_ENOUGH] = "enough", [GUARD_TOO_LOW] = "too_low", [GUARD_UNKNOWN] = "unknown"};

static const char *unit_of(const struct guarded *guarded) {
  const struct reading *reading = &guarded->standing->reading;
  return *reading->unit != '\0' ? reading->unit : words_unit(guarded->standing);
}

/* " (needed: $2.50)", " (critical: $1.00)" */
static void add_measure(const struct guarded *guarded, struct buf *out) {
  const struct amount critical = guarded->standing->thresholds.critical.left;
  const struct amount measure = guarded->need.known ? guarded->need : critical;
  if (!measure.known) return;
  buf_addf(out, " (%s: ", guarded->need.known ? "needed" : "critical");
  compose_money(out, measure.nano, unit_of(guarded));
  buf_add_char(out, ')');
}

/* "$12.34", "$15.29 left", "$292.02 used" */
static void add_left(const struct reading *reading, struct buf *out) {
  const struct amount left = reading_left(reading);
  if (reading->available.known || !left.known) {
    words_add_amount(out, reading);
    return;
  }
  compose_money(out, left.nano, reading->unit);
  buf_add(out, " left");
}

static void add_unknown(const struct guarded *guarded, int64_t now_ms, struct buf *out) {
  if (reading_is_known(&guarded->standing->reading)) {
    words_add_amount(out, &guarded->standing->reading);
    buf_add(out, ": nobody knows how much is left");
  } else {
    words_add_unknown(out, &guarded->standing->reading);
    words_add_last(out, guarded->standing, now_ms);
  }
}

void compose_guard(const struct guarded *guarded, int64_t now_ms, struct buf *out) {
  buf_addf(out, "%s ", signs[guarded->guard]);
  message_add_foreign(out, guarded->standing->account->label);
  buf_add(out, ": ");
  if (guarded->guard == GUARD_UNKNOWN) {
    add_unknown(guarded, now_ms, out);
  } else {
    add_left(&guarded->standing->reading, out);
    buf_add(out, guarded->guard == GUARD_ENOUGH ? " is enough" : " is too low");
    add_measure(guarded, out);
  }
  if (words_is_simulated(guarded->standing)) buf_add(out, " · simulated");
}

void compose_guard_json(const struct guarded *guarded, int64_t now_ms, struct buf *out) {
  char need[MONEY_TEXT_MAX];
  money_print_exact(need, guarded->need.nano);
  buf_addf(out, "{\"verdict\":\"%s\",\"need\":", names[guarded->guard]);
  buf_addf(out, guarded->need.known ? "\"%s\"" : "%s", guarded->need.known ? need : "null");
  buf_add(out, ",\"account\":");
  compose_account_json(guarded->standing, now_ms, out);
  buf_add_char(out, '}');
}
