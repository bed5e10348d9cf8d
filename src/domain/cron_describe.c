#include <inttypes.h>

#include "lowtide/cron.h"
#include "lowtide/text.h"

#define ALL_MINUTES ((UINT64_C(1) << 60) - 1)
#define ALL_HOURS ((UINT64_C(1) << 24) - 1)
#define ALL_DAYS UINT32_C(0xFFFFFFFE)
#define ALL_MONTHS UINT32_C(0x1FFE)
#define ALL_WEEKDAYS UINT32_C(0x7F)
#define MONDAY_TO_FRIDAY UINT32_C(0x3E)
#define HOURS_LISTED 4
#define WORDS_MAX 64

static bool is_one(uint64_t bits) {
  return bits != 0 && (bits & (bits - 1)) == 0;
}

static int lowest(uint64_t bits) {
  return __builtin_ctzll(bits);
}

/* The step of 0, step, 2 step, … that comes out even over count; 0 if it is none. */
static int step_of(uint64_t bits, int count) {
  if ((bits & 1U) == 0 || is_one(bits)) return 0;
  int step = lowest(bits & ~UINT64_C(1));
  if (count % step != 0) return 0;
  uint64_t even = 0;
  for (int i = 0; i < count; i += step)
    even |= UINT64_C(1) << i;
  return even == bits ? step : 0;
}

static void describe_every(int64_t ms, char *out, size_t size) {
  static const struct {
    int64_t ms;
    const char *name;
  } units[] = {{DAY_MS, "day"}, {HOUR_MS, "hour"}, {MINUTE_MS, "minute"}, {1000, "second"}};
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    if (ms % units[i].ms != 0) continue;
    int64_t count = ms / units[i].ms;
    if (count == 1) {
      (void)text_fmt(out, size, "every %s", units[i].name);
    } else {
      (void)text_fmt(out, size, "every %" PRId64 " %ss", count, units[i].name);
    }
    return;
  }
}

/* "daily", "on weekdays", "on Mondays", "monthly on day 1"; false where it takes more words. */
static bool describe_days(const struct cron *cron, char *out, size_t size) {
  static const char *const names[] = {"Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"};
  bool all_days = cron->days == ALL_DAYS;
  bool all_weekdays = cron->weekdays == ALL_WEEKDAYS;
  if (cron->months != ALL_MONTHS) return false;
  if (all_days && all_weekdays) return text_copy(out, size, "daily");
  if (cron->any_day && all_days && cron->weekdays == MONDAY_TO_FRIDAY) return text_copy(out, size, "on weekdays");
  if (cron->any_day && all_days && is_one(cron->weekdays))
    return text_fmt(out, size, "on %s", names[lowest(cron->weekdays)]);
  if (cron->any_weekday && all_weekdays && is_one(cron->days)) {
    return text_fmt(out, size, "monthly on day %d", lowest(cron->days));
  }
  return false;
}

/* "every hour on the hour", "every 15 minutes", "every 6 hours at :30" */
static bool describe_steps(const struct cron *cron, char *out, size_t size) {
  int minute_step = step_of(cron->minutes, 60);
  int hour_step = step_of(cron->hours, 24);
  bool one_minute = is_one(cron->minutes);
  int minute = one_minute ? lowest(cron->minutes) : 0;
  if (cron->hours == ALL_HOURS && cron->minutes == ALL_MINUTES) return text_copy(out, size, "every minute");
  if (cron->hours == ALL_HOURS && minute_step > 0) return text_fmt(out, size, "every %d minutes", minute_step);
  if (!one_minute) return false;
  if (cron->hours == ALL_HOURS && minute == 0) return text_copy(out, size, "every hour on the hour");
  if (cron->hours == ALL_HOURS) return text_fmt(out, size, "every hour at :%02d", minute);
  if (hour_step == 0 || hour_step == 12) return false;
  if (minute == 0) return text_fmt(out, size, "every %d hours", hour_step);
  return text_fmt(out, size, "every %d hours at :%02d", hour_step, minute);
}

/* "09:00", "09:00 and 21:00", "06:00, 12:00 and 18:00" */
static bool describe_clock(const struct cron *cron, char *out, size_t size) {
  char words[WORDS_MAX] = "";
  int left = __builtin_popcount(cron->hours);
  if (!is_one(cron->minutes) || left > HOURS_LISTED) return false;
  for (uint32_t hours = cron->hours; hours != 0; hours &= hours - 1) {
    char before[WORDS_MAX];
    const char *between = left == __builtin_popcount(cron->hours) ? "" : left == 1 ? " and " : ", ";
    (void)text_copy(before, sizeof before, words);
    (void)text_fmt(words, sizeof words, "%s%s%02d:%02d", before, between, lowest(hours), lowest(cron->minutes));
    left--;
  }
  return text_copy(out, size, words);
}

void cron_describe(const struct cron *cron, const char *text, char *out, size_t size) {
  char days[WORDS_MAX];
  char clock[WORDS_MAX];
  if (cron->every_ms > 0) {
    describe_every(cron->every_ms, out, size);
    return;
  }
  if (!describe_days(cron, days, sizeof days)) {
    (void)text_copy(out, size, text);
    return;
  }
  if (text_eq(days, "daily") && describe_steps(cron, out, size)) return;
  if (describe_clock(cron, clock, sizeof clock)) {
    (void)text_fmt(out, size, "%s at %s", days, clock);
    return;
  }
  (void)text_copy(out, size, text);
}
