#include "lowtide/alert.h"

#include <inttypes.h>

#include "lowtide/text.h"

bool remind_parse(const char *text, enum remind *remind, int64_t *remind_ms, struct err *err) {
  int64_t every_ms = DAY_MS;
  if (text_eq(text, "once") || text_eq(text, "diminishing")) {
    *remind = text_eq(text, "once") ? REMIND_ONCE : REMIND_DIMINISHING;
    *remind_ms = 0;
    return true;
  }
  if (!text_eq(text, "daily") && !text_duration(text, &every_ms, err)) {
    (void)err_set(err, ERR_CONFIG, "\"%.40s\" is no way to remind", text);
    return err_hint(err, "once, daily, diminishing, or a duration such as 6h");
  }
  *remind = REMIND_EVERY;
  *remind_ms = every_ms;
  return true;
}

static bool minute_parse(const char **text, int *minute) {
  int parts[2] = {0, 0};
  for (int i = 0; i < 2; i++) {
    int digits = 0;
    while (**text >= '0' && **text <= '9' && digits++ < 2)
      parts[i] = parts[i] * 10 + (*(*text)++ - '0');
    if (digits == 0 || digits > 2) return false;
    if (i == 0 && *(*text)++ != ':') return false;
    if (i == 1 && digits != 2) return false;
  }
  *minute = parts[0] * 60 + parts[1];
  return parts[0] < 24 && parts[1] < 60;
}

bool quiet_parse(const char *text, struct quiet *quiet, struct err *err) {
  struct quiet read = {.set = true};
  const char *p = text;
  if (text_eq(text, "none")) {
    *quiet = (struct quiet){0};
    return true;
  }
  bool ok = minute_parse(&p, &read.from_minute) && *p++ == '-' && minute_parse(&p, &read.to_minute) && *p == '\0';
  if (!ok || read.from_minute == read.to_minute) {
    (void)err_set(err, ERR_CONFIG, "\"%.40s\" are no quiet hours", text);
    return err_hint(err, "write them as 22:00-07:00");
  }
  *quiet = read;
  return true;
}

static int64_t end_of(const struct zone *zone, struct local_time day, int minute) {
  day.hour = minute / 60;
  day.minute = minute % 60;
  day.second = 0;
  return zone_instant(zone, day, NULL);
}

static struct local_time next_day(struct local_time day) {
  date_of_days(date_to_days(day.year, day.month, day.day) + 1, &day.year, &day.month, &day.day);
  return day;
}

int64_t quiet_until(const struct quiet *quiet, const struct zone *zone, int64_t now_ms) {
  if (!quiet->set) return 0;
  const struct local_time now = zone_local(zone, now_ms);
  const int minute = now.hour * 60 + now.minute;
  const bool over_midnight = quiet->from_minute > quiet->to_minute;
  const bool after_from = minute >= quiet->from_minute;
  const bool before_to = minute < quiet->to_minute;
  const bool inside = over_midnight ? after_from || before_to : after_from && before_to;
  if (!inside) return 0;
  int64_t until_ms = end_of(zone, over_midnight && after_from ? next_day(now) : now, quiet->to_minute);
  /* The hour that comes twice ends quiet hours with its second run. */
  return until_ms > now_ms ? until_ms : now_ms + MINUTE_MS;
}

const char *alert_kind_name(enum alert_kind kind) {
  switch (kind) {
  case ALERT_LOW: return "low";
  case ALERT_STALE: return "stale";
  case ALERT_TOPUP: return "topup";
  case ALERT_EXPIRY: break;
  }
  return "expiry";
}

static const char *rank_name(const struct alert *alert) {
  if (alert->kind == ALERT_STALE) return "unknown";
  return alert->rank == RANK_CRITICAL ? "critical" : "warning";
}

void alert_key(char out[static ALERT_KEY_MAX], const struct alert *alert, const char *account) {
  char head[96];
  (void)text_fmt(head, sizeof head, "%s:%s:%" PRId64, alert_kind_name(alert->kind), account, alert->episode);
  switch (alert->event) {
  case ALERT_RAISED: (void)text_fmt(out, ALERT_KEY_MAX, "%s:%s", head, rank_name(alert)); return;
  case ALERT_REMINDED: (void)text_fmt(out, ALERT_KEY_MAX, "%s:%s:r%d", head, rank_name(alert), alert->step); return;
  case ALERT_OVER: (void)text_fmt(out, ALERT_KEY_MAX, "%s:over", head); return;
  case ALERT_NOTICED: break;
  }
  if (alert->kind == ALERT_EXPIRY) {
    (void)text_fmt(out, ALERT_KEY_MAX, "%s:%d", head, alert->step);
  } else {
    (void)text_copy(out, ALERT_KEY_MAX, head);
  }
}

static bool ladder_same(const struct ladder *a, const struct ladder *b) {
  return a->told == b->told && a->peak == b->peak && a->acked == b->acked && a->held == b->held &&
         a->episode == b->episode && a->told_ms == b->told_ms && a->reminders == b->reminders;
}

bool alert_memory_same(const struct alert_memory *a, const struct alert_memory *b) {
  return ladder_same(&a->low, &b->low) && ladder_same(&a->stale, &b->stale) && a->last_rank == b->last_rank &&
         a->last_told_ms == b->last_told_ms && a->muted_until_ms == b->muted_until_ms && a->muted == b->muted &&
         a->unknown_since_ms == b->unknown_since_ms && a->topups == b->topups && a->suspect.known == b->suspect.known &&
         a->suspect.nano == b->suspect.nano && a->suspect_ms == b->suspect_ms;
}

bool alert_is_muted(const struct alert_memory *memory, int64_t now_ms) {
  return now_ms < memory->muted_until_ms;
}

bool alert_is_acked(const struct alert_memory *memory) {
  bool told = memory->low.told != RANK_NONE || memory->stale.told != RANK_NONE;
  return told && memory->low.acked >= memory->low.told && memory->stale.acked >= memory->stale.told;
}
