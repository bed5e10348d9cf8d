#include <inttypes.h>

#include "words.h"

static void add_text(struct buf *out, const char *key, const char *text) {
  buf_addf(out, ",\"%s\":", key);
  if (text == NULL) {
    buf_add(out, "null");
  } else {
    buf_add_json(out, text);
  }
}

static void add_amount(struct buf *out, const char *key, struct amount amount) {
  char text[MONEY_TEXT_MAX];
  if (amount.known) money_print_exact(text, amount.nano);
  add_text(out, key, amount.known ? text : NULL);
}

static void add_time(struct buf *out, const char *key, int64_t ms) {
  char text[ZONE_TIME_TEXT_MAX];
  time_print_rfc3339(text, ms);
  add_text(out, key, text);
}

static void add_flag(struct buf *out, const char *key, bool value) {
  buf_addf(out, ",\"%s\":%s", key, value ? "true" : "false");
}

static void add_seconds(struct buf *out, const char *key, int64_t ms) {
  if (ms < 0) {
    buf_addf(out, ",\"%s\":null", key);
  } else {
    buf_addf(out, ",\"%s\":%" PRId64, key, ms / 1000);
  }
}

static void add_error(struct buf *out, const struct reading *reading) {
  if (reading_is_known(reading)) {
    buf_add(out, ",\"error\":null");
    return;
  }
  buf_add(out, ",\"error\":{\"code\":");
  buf_add_json(out, err_code_name(reading->code));
  add_text(out, "detail", reading->detail);
  buf_add(out, "}");
}

/* The unit belongs to the amounts; what was never read has none, unless the config says so. */
static const char *unit_of(const struct standing *standing) {
  if (*standing->reading.unit != '\0') return standing->reading.unit;
  if (*standing->last_known.unit != '\0') return standing->last_known.unit;
  return *standing->account->unit != '\0' ? standing->account->unit : NULL;
}

static void add_parts(struct buf *out, const struct reading *reading) {
  bool known = reading_is_known(reading);
  const struct amount none = {0};
  add_amount(out, "available", known ? reading->available : none);
  add_amount(out, "cash", known ? reading->cash : none);
  add_amount(out, "voucher", known ? reading->voucher : none);
  add_amount(out, "used", known ? reading->used : none);
  add_amount(out, "limit", known ? reading->limit : none);
  if (known && reading->resets_ms > 0) {
    add_time(out, "resets_at", reading->resets_ms);
  } else {
    add_text(out, "resets_at", NULL);
  }
}

void compose_account_json(const struct standing *standing, int64_t now_ms, struct buf *out) {
  const struct reading *reading = &standing->reading;
  struct thresholds thresholds = words_thresholds(standing);
  int64_t age_ms = now_ms - reading->time_ms;
  buf_add(out, "{\"account\":");
  buf_add_json(out, standing->account->name);
  add_text(out, "provider", standing->account->provider);
  add_text(out, "label", standing->account->label);
  add_text(out, "level", level_name(standing->level));
  add_text(out, "unit", unit_of(standing));
  add_parts(out, reading);
  add_time(out, "time", reading->time_ms);
  add_seconds(out, "age_seconds", age_ms > 0 ? age_ms : 0);
  add_flag(out, "estimated", reading->estimated);
  add_flag(out, "simulated", words_is_simulated(standing));
  add_error(out, reading);
  add_seconds(out, "runway_seconds", standing->runway_ms);
  add_amount(out, "warning", thresholds.warning.left);
  add_amount(out, "critical", thresholds.critical.left);
  buf_add(out, "}");
}

void compose_balances_json(const struct summary *summary, struct buf *out) {
  buf_add(out, "{\"title\":");
  buf_add_json(out, summary->config->title);
  add_time(out, "time", summary->now_ms);
  buf_add(out, ",\"accounts\":[");
  for (size_t i = 0; i < summary->count; i++) {
    if (i > 0) buf_add(out, ",");
    compose_account_json(&summary->standings[i], summary->now_ms, out);
  }
  buf_add(out, "]}");
}
