#include "lowtide/reading.h"

#include "lowtide/secret.h"
#include "lowtide/text.h"

#define WARNING_PERCENT 80
#define CRITICAL_PERCENT 95
#define TOPUP_PART 20
#define TOPUP_LEAST_NANO MONEY_NANO

/* Users see the contract's codes only, and what failed is never ERR_NONE, which would be a good reading of nothing. */
static enum err_code code_of_reading(enum err_code code) {
  switch (code) {
  case ERR_NONE:
  case ERR_LIMIT: return ERR_MALFORMED;
  case ERR_CONFIG:
  case ERR_USAGE:
  case ERR_FILE: return ERR_NOT_CONFIGURED;
  case ERR_STORE: return ERR_DATABASE;
  case ERR_NOT_CONFIGURED:
  case ERR_AUTH:
  case ERR_FORBIDDEN:
  case ERR_UNSUPPORTED:
  case ERR_RATE_LIMITED:
  case ERR_SERVER:
  case ERR_NETWORK:
  case ERR_TLS:
  case ERR_TIMEOUT:
  case ERR_MALFORMED:
  case ERR_IMPLAUSIBLE:
  case ERR_STALE:
  case ERR_DATABASE:
  case ERR_COMMAND:
  case ERR_COUNT: break;
  }
  return code;
}

struct reading reading_unknown(int64_t asked_ms, const struct err *err) {
  struct reading reading = {.asked_ms = asked_ms, .time_ms = asked_ms, .code = code_of_reading(err->code)};
  char text[ERR_TEXT_MAX];
  (void)text_copy(text, sizeof text, err->text);
  (void)secret_blot(text); /* before it is cut: half a key would not be known any more */
  text_clean(reading.detail, sizeof reading.detail, text);
  text_clean(reading.hint, sizeof reading.hint, err->hint);
  return reading;
}

struct reading reading_fresh(struct reading reading, int64_t stale_after_ms, int64_t now_ms) {
  int64_t age_ms = now_ms - reading.time_ms;
  if (!reading_is_known(&reading) || stale_after_ms <= 0 || age_ms <= stale_after_ms) return reading;
  char age[32];
  text_print_duration(age, sizeof age, age_ms);
  struct err err = {0};
  (void)err_set(&err, ERR_STALE, "%s old", age);
  (void)err_hint(&err, "what was read is not kept up to date; see stale_after");
  struct reading stale = reading_unknown(reading.asked_ms, &err);
  stale.kind = reading.kind;
  stale.time_ms = reading.time_ms;
  stale.simulated = reading.simulated;
  (void)text_copy(stale.unit, sizeof stale.unit, reading.unit);
  return stale;
}

const char *level_name(enum level level) {
  switch (level) {
  case LEVEL_OK: return "ok";
  case LEVEL_WARNING: return "warning";
  case LEVEL_CRITICAL: return "critical";
  case LEVEL_UNKNOWN: break;
  }
  return "unknown";
}

static struct amount first_known(struct amount own, struct amount inherited) {
  return own.known ? own : inherited;
}

static struct limits merged(const struct limits *own, const struct limits *inherited, const struct reading *reading) {
  const struct amount none = {0};
  bool currency = unit_is_currency(reading->unit);
  return (struct limits){
      .left = first_known(own->left, currency && reading->available.known ? inherited->left : none),
      .used = first_known(own->used, currency ? inherited->used : none),
      .percent = first_known(own->percent, inherited->percent),
      .runway_ms = own->runway_ms != 0 ? own->runway_ms : inherited->runway_ms,
  };
}

struct thresholds thresholds_for(const struct threshold_settings *settings, const struct reading *reading) {
  const struct thresholds *own = &settings->own;
  struct thresholds result = {
      .warning = merged(&own->warning, &settings->inherited.warning, reading),
      .critical = merged(&own->critical, &settings->inherited.critical, reading),
  };
  struct amount warning = result.warning.left;
  struct amount *critical = &result.critical.left;
  if (critical->known && !own->critical.left.known && warning.known && critical->nano >= warning.nano) {
    critical->nano = warning.nano / 5;
  }
  bool counted = !unit_is_currency(reading->unit) || !reading->available.known;
  if (counted && reading->limit.known && !limits_amounts(&result.warning) && !limits_amounts(&result.critical)) {
    result.warning.percent = amount_of(WARNING_PERCENT * MONEY_NANO);
    result.critical.percent = amount_of(CRITICAL_PERCENT * MONEY_NANO);
  }
  return result;
}

/* Where the vendor tells only what is used of a limit, the rest is what is left. */
static bool amount_left(const struct reading *reading, money_wide *left) {
  if (!reading->available.known && !(reading->limit.known && reading->used.known)) return false;
  *left = reading->available.known ? reading->available.nano : (money_wide)reading->limit.nano - reading->used.nano;
  return true;
}

static bool amount_used(const struct reading *reading, money_wide *used) {
  if (!reading->used.known && !(reading->limit.known && reading->available.known)) return false;
  *used = reading->used.known ? reading->used.nano : (money_wide)reading->limit.nano - reading->available.nano;
  return true;
}

/* A limit of 0 is how some vendors say that there is none. */
static bool percent_reached(const struct reading *reading, money_wide used, int64_t percent_nano) {
  if (!reading_is_limited(reading)) return false;
  return used * 100 * MONEY_NANO >= (money_wide)percent_nano * reading->limit.nano;
}

static bool is_beyond(const struct reading *reading, const struct limits *limits) {
  money_wide left;
  money_wide used;
  if (limits->left.known && amount_left(reading, &left) && left < limits->left.nano) return true;
  if (!amount_used(reading, &used)) return false;
  if (limits->used.known && used >= limits->used.nano) return true;
  return limits->percent.known && percent_reached(reading, used, limits->percent.nano);
}

enum level level_of(const struct reading *reading, const struct thresholds *thresholds) {
  if (!reading_is_known(reading)) return LEVEL_UNKNOWN;
  if (is_beyond(reading, &thresholds->critical)) return LEVEL_CRITICAL;
  return is_beyond(reading, &thresholds->warning) ? LEVEL_WARNING : LEVEL_OK;
}

static bool runs_out_within(int64_t runway_ms, const struct limits *limits) {
  return runway_ms >= 0 && limits->runway_ms > 0 && runway_ms <= limits->runway_ms;
}

enum level level_with_runway(enum level level, const struct thresholds *thresholds, int64_t runway_ms) {
  if (level == LEVEL_UNKNOWN || level == LEVEL_CRITICAL) return level;
  if (runs_out_within(runway_ms, &thresholds->critical)) return LEVEL_CRITICAL;
  return runs_out_within(runway_ms, &thresholds->warning) ? LEVEL_WARNING : level;
}

bool reading_rise(const struct reading *before, const struct reading *after, int64_t *nano) {
  int64_t rise = 0;
  if (!reading_is_known(after) || after->kind != READING_PREPAID) return false;
  if (!after->available.known || !before->available.known) return false;
  if (__builtin_sub_overflow(after->available.nano, before->available.nano, &rise)) return false;
  if (rise < TOPUP_LEAST_NANO || rise < before->available.nano / TOPUP_PART) return false;
  *nano = rise;
  return true;
}
