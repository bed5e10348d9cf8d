#include "words.h"

#include <inttypes.h>
#include <string.h>

#include "lowtide/runway.h"
#include "lowtide/text.h"

#define LEFT_OUT_NAMES_MAX 8
#define WORDS_MAX 96

enum shape words_shape(const struct reading *reading) {
  bool capped = reading->kind == READING_QUOTA && reading_is_limited(reading);
  bool of_money = unit_is_currency(reading->unit) && reading->resets_ms == 0; /* a cap: the amounts say more than a share */
  if (capped && reading->used.known && of_money) return SHAPE_SPENT;
  if (capped && (reading->used.known || reading->available.known)) return SHAPE_QUOTA;
  if (reading->used.known && (reading->kind == READING_SPEND || !reading->available.known)) return SHAPE_SPENT;
  return reading->available.known ? SHAPE_LEFT : SHAPE_NOTHING;
}

const char *words_mark(enum level level) {
  switch (level) {
  case LEVEL_WARNING: return "⚠️";
  case LEVEL_CRITICAL: return "🚨";
  case LEVEL_OK:
  case LEVEL_UNKNOWN: break;
  }
  return "";
}

bool words_is_simulated(const struct standing *standing) {
  return standing->reading.simulated || standing->account->simulated;
}

struct thresholds words_thresholds(const struct standing *standing) {
  if (reading_is_known(&standing->reading)) return standing->thresholds;
  if (reading_is_known(&standing->last_known)) {
    return thresholds_for(&standing->account->thresholds, &standing->last_known);
  }
  struct reading assumed = {.available = amount_of(0)};
  (void)text_copy(assumed.unit, sizeof assumed.unit, words_unit(standing));
  return thresholds_for(&standing->account->thresholds, &assumed);
}

const char *words_unit(const struct standing *standing) {
  if (*standing->reading.unit != '\0') return standing->reading.unit;
  if (*standing->last_known.unit != '\0') return standing->last_known.unit;
  return account_unit(standing->account);
}

int64_t words_noted_ms(const struct reading *reading) {
  return reading->noted_ms != 0 ? reading->noted_ms : reading->time_ms;
}

static bool is_word(const char *text, size_t length) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-~";
  return length > 0 && strspn(text, letters) >= length;
}

/* "<:moon:456>", "<a:moon:456>", ":moon:" */
static bool is_platform_emoji(const char *emoji) {
  const char *name = text_starts(emoji, "<a:") ? emoji + 3 : text_starts(emoji, "<:") ? emoji + 2 : NULL;
  bool short_name = name == NULL && *emoji == ':';
  if (short_name) name = emoji + 1;
  const char *colon = name != NULL ? strchr(name, ':') : NULL;
  if (colon == NULL || !is_word(name, (size_t)(colon - name))) return false;
  if (short_name) return colon[1] == '\0';
  size_t digits = strspn(colon + 1, "0123456789");
  return digits > 0 && text_eq(colon + 1 + digits, ">");
}

void words_add_emoji(struct buf *out, const char *emoji) {
  if (emoji == NULL || text_is_blank(emoji)) return;
  if (is_platform_emoji(emoji)) {
    buf_addf(out, MARK_RAW "%s" MARK_RAW_END, emoji);
  } else {
    message_add_foreign(out, emoji);
  }
  buf_add_char(out, ' ');
}

/* A unit that is no currency may be the vendor's own word. */
void compose_money(struct buf *out, int64_t nano, const char *unit) {
  char text[WORDS_MAX];
  money_print(text, sizeof text, nano, unit);
  if (unit_is_currency(unit) || *unit == '\0') {
    buf_add(out, text);
  } else {
    message_add_foreign(out, text);
  }
}

void compose_sum(struct buf *out, money_wide nano, const char *unit) {
  bool fits = nano <= INT64_MAX && nano >= INT64_MIN;
  if (!fits) buf_add(out, "more than ");
  compose_money(out, fits ? (int64_t)nano : INT64_MAX, unit);
}

void compose_left_out(struct buf *out, const struct account *const *accounts, size_t count) {
  for (size_t i = 0; i < count && i < LEFT_OUT_NAMES_MAX; i++) {
    buf_add(out, i == 0 ? "\nNot in it, for it is not known: " : ", ");
    message_add_foreign(out, accounts[i]->label);
  }
  if (count > LEFT_OUT_NAMES_MAX) buf_addf(out, " and %zu more", count - LEFT_OUT_NAMES_MAX);
}

/* The unit's sign goes with each number, its name only with the last. */
static void add_first_of_two(struct buf *out, int64_t nano, const char *unit) {
  char text[WORDS_MAX];
  money_print(text, sizeof text, nano, unit);
  bool named = *unit != '\0' && text_ends(text, unit);
  if (named) text[strlen(text) - strlen(unit) - 1] = '\0';
  buf_add(out, text);
}

void words_add_used(struct buf *out, const struct reading *reading) {
  bool limited = reading_is_limited(reading);
  if (limited) {
    add_first_of_two(out, reading->used.nano, reading->unit);
    buf_add(out, " of ");
  }
  compose_money(out, limited ? reading->limit.nano : reading->used.nano, reading->unit);
}

void words_add_percent(struct buf *out, const struct reading *reading) {
  money_wide limit = reading->limit.nano;
  money_wide used = reading->used.known ? reading->used.nano : limit - reading->available.nano;
  int64_t percent = (int64_t)((used * 200 + limit) / (2 * limit));
  if (used <= 0) percent = 0;
  if (used < limit && percent == 100) percent = 99;
  bool tiny = used > 0 && percent == 0;
  buf_addf(out, "%s%" PRId64 " %%", tiny ? "<" : "", tiny ? INT64_C(1) : percent);
}

void words_add_amount(struct buf *out, const struct reading *reading) {
  if (reading->estimated) buf_add(out, "≈ ");
  switch (words_shape(reading)) {
  case SHAPE_LEFT: compose_money(out, reading->available.nano, reading->unit); return;
  case SHAPE_SPENT:
    words_add_used(out, reading);
    if (!reading_is_limited(reading)) buf_add(out, " used");
    return;
  case SHAPE_QUOTA:
    words_add_percent(out, reading);
    buf_add(out, " used");
    return;
  case SHAPE_NOTHING: break;
  }
  buf_add(out, "no amount");
}

void words_add_holding(struct buf *out, const struct reading *reading) {
  const char *about = reading->estimated ? "≈ " : "";
  switch (words_shape(reading)) {
  case SHAPE_LEFT:
    buf_addf(out, "Available: %s", about);
    compose_money(out, reading->available.nano, reading->unit);
    words_add_split(out, reading);
    return;
  case SHAPE_SPENT:
    buf_addf(out, "Used: %s", about);
    words_add_used(out, reading);
    return;
  case SHAPE_QUOTA:
    buf_addf(out, "Used: %s", about);
    words_add_percent(out, reading);
    return;
  case SHAPE_NOTHING: break;
  }
  buf_add(out, "no amount");
}

void words_add_split(struct buf *out, const struct reading *reading) {
  if (!reading->voucher.known && !reading->cash.known) return;
  buf_add(out, " (");
  if (reading->voucher.known) {
    buf_add(out, "voucher: ");
    compose_money(out, reading->voucher.nano, reading->unit);
  }
  if (reading->voucher.known && reading->cash.known) buf_add(out, ", ");
  if (reading->cash.known) {
    buf_add(out, "cash: ");
    compose_money(out, reading->cash.nano, reading->unit);
  }
  buf_add(out, ")");
}

void words_add_unknown(struct buf *out, const struct reading *reading) {
  buf_add(out, "unknown (");
  message_add_foreign(out, *reading->detail != '\0' ? reading->detail : err_code_name(reading->code));
  buf_add(out, ")");
}

void words_add_last(struct buf *out, const struct standing *standing, int64_t now_ms) {
  if (!reading_is_known(&standing->last_known)) return;
  char age[WORDS_MAX];
  compose_age(age, sizeof age, now_ms - standing->last_known.time_ms);
  buf_add(out, " — last ");
  words_add_amount(out, &standing->last_known);
  buf_addf(out, ", %s", age);
}

void words_add_reset(struct buf *out, int64_t resets_ms, const struct zone *zone, int64_t now_ms) {
  struct local_time at = zone_local(zone, resets_ms);
  if (resets_ms - now_ms > WEEKDAY_TOLD_MS) {
    buf_addf(out, "%04d-%02d-%02d", at.year, at.month, at.day);
  } else {
    buf_addf(out, "%s %02d:%02d", date_weekday_name(at.weekday), at.hour, at.minute);
  }
}

void words_add_tail(struct buf *out, const struct standing *standing) {
  bool told = standing->runway_ms > 0 && standing->runway_ms < RUNWAY_TOLD_MS && reading_is_known(&standing->reading);
  if (told) {
    char runway[WORDS_MAX];
    text_print_duration(runway, sizeof runway, standing->runway_ms);
    buf_addf(out, " · ~%s left", runway);
  }
  if (words_is_simulated(standing)) buf_add(out, " · simulated");
}

void words_add_low(struct buf *out, const struct standing *standing) {
  message_add_foreign(out, standing->account->label);
  buf_add(out, standing->level == LEVEL_CRITICAL ? " credits critical!" : " credits low!");
}
