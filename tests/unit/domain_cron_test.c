#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lowtide/buf.h"
#include "lowtide/cron.h"
#include "lowtide/text.h"

static uint64_t chance = 20260129;

static int draw(int below) {
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return (int)(chance % (uint64_t)below);
}

static struct cron parsed(const char *text) {
  struct err err = {0};
  struct cron cron = {0};
  if (!cron_parse(text, &cron, &err)) fail_msg("%s: %s", text, err.text);
  return cron;
}

static int64_t instant(const char *text) {
  struct err err = {0};
  int64_t ms = 0;
  if (!time_parse(text, &ms, &err)) fail_msg("%s: %s", text, err.text);
  return ms;
}

static struct zone *open_zone(const char *name) {
  struct err err = {0};
  struct zone *zone = zone_new(name, &err);
  if (zone == NULL) fail_msg("%s: %s", name, err.text);
  return zone;
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

static void refuse(const char *text, const char *sentence, const char *hint) {
  struct err err = {0};
  struct cron cron = {.minutes = 7};
  if (cron_parse(text, &cron, &err)) fail_msg("%s was taken", text);
  assert_int_equal(err.code, ERR_CONFIG);
  assert_int_equal(cron.minutes, 7);
  assert_string_equal(err.text, sentence);
  assert_string_equal(err.hint, hint);
}

static void a_wrong_schedule_is_refused_with_the_mend(void **state) {
  (void)state;
  refuse("61 * * * *", "minute 61 is out of range 0-59", "");
  refuse("999999999999 * * * *", "minute 999999999999 is out of range 0-59", "");
  refuse("* 24 * * *", "hour 24 is out of range 0-23", "");
  refuse("* * 0 * *", "day 0 is out of range 1-31", "");
  refuse("* * * 13 *", "month 13 is out of range 1-12", "");
  refuse("* * * * 8", "weekday 8 is out of range 0-7", "");
  refuse("* * * * mo", "\"mo\" is not a weekday", "did you mean mon?");
  refuse("* * * janv *", "\"janv\" is not a month", "did you mean jan?");
  refuse("x * * * *", "\"x\" is not a minute",
         "write *, a number from 0 to 59, a range such as 0-59, a list or a step such as */5");
  refuse("*5 * * * *", "\"*5\" is not a minute",
         "write *, a number from 0 to 59, a range such as 0-59, a list or a step such as */5");
  refuse("*-5 * * * *", "\"*\" is not a minute",
         "write *, a number from 0 to 59, a range such as 0-59, a list or a step such as */5");
  refuse("1, * * * *", "\"\" is not a minute",
         "write *, a number from 0 to 59, a range such as 0-59, a list or a step such as */5");
  refuse("1-x * * * *", "\"x\" is not a minute",
         "write *, a number from 0 to 59, a range such as 0-59, a list or a step such as */5");
  refuse("5/15 * * * *", "the minute 5 has a step but no range", "write 5-59/15");
  refuse("30-5 * * * *", "the minute range 30-5 runs backwards", "write it as two ranges separated by a comma");
  refuse("* * * * fri-mon", "the weekday range fri-mon runs backwards", "write it as two ranges separated by a comma");
  refuse("*/0 * * * *", "the minute's step must be from 1 to 59", "every fifth is written as */5");
  refuse("*/60 * * * *", "the minute's step must be from 1 to 59", "every fifth is written as */5");
  refuse("*/ * * * *", "the minute's step must be from 1 to 59", "every fifth is written as */5");
  refuse("*/5x * * * *", "the minute's step must be from 1 to 59", "every fifth is written as */5");
  refuse("*/99999999999999 * * * *", "the minute's step must be from 1 to 59", "every fifth is written as */5");
  static const char *const five = "write minute hour day month weekday, such as 0 * * * *, or @hourly, @daily, @every 30m";
  refuse("* * * *", "a schedule has five fields, not 4", five);
  refuse("0 * * * * *", "a schedule has five fields, not 6", five);
  refuse("", "a schedule has five fields, not 0", five);
  refuse("@dayly", "\"@dayly\" is not a schedule", "did you mean @daily?");
  refuse("@daily 5", "\"@daily\" is not a schedule", "did you mean @daily?");
  refuse("@zzzzzzzz", "\"@zzzzzzzz\" is not a schedule", "did you mean @hourly, @daily, @weekly, @monthly or @every 30m?");
  refuse("@every", "@every: \"\" is not a duration", "write it as 90s, 15m, 6h, 3d, 2w or 1y");
  refuse("@every 5", "@every: \"5\" is not a duration", "write it as 90s, 15m, 6h, 3d, 2w or 1y");
  char longest[400];
  memset(longest, '*', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  refuse(longest, "a schedule has at most 255 characters", "");
}

static void fields_become_bits(void **state) {
  (void)state;
  struct cron cron = parsed("  1-30/5 */8,23\t1,15 jan-Mar,12 MON-fri ");
  assert_int_equal(cron.minutes, 1ULL << 1 | 1ULL << 6 | 1ULL << 11 | 1ULL << 16 | 1ULL << 21 | 1ULL << 26);
  assert_int_equal(cron.hours, 1U << 0 | 1U << 8 | 1U << 16 | 1U << 23);
  assert_int_equal(cron.days, 1U << 1 | 1U << 15);
  assert_int_equal(cron.months, 1U << 1 | 1U << 2 | 1U << 3 | 1U << 12);
  assert_int_equal(cron.weekdays, 0x3E);
  assert_false(cron.any_day);
  assert_false(cron.any_weekday);
  assert_true(cron.any_hour);
}

static void sunday_is_nought_and_seven(void **state) {
  (void)state;
  assert_int_equal(parsed("* * * * 0").weekdays, 1);
  assert_int_equal(parsed("* * * * 7").weekdays, 1);
  assert_int_equal(parsed("* * * * sun").weekdays, 1);
  assert_int_equal(parsed("* * * * 5-7").weekdays, 0x61);
  assert_int_equal(parsed("* * * * sat-sun").weekdays, 0x41);
  assert_int_equal(parsed("* * * * */2").weekdays, 0x55);
  assert_int_equal(parsed("* * * * *").weekdays, 0x7F);
}

static void which_fields_are_any_is_told(void **state) {
  (void)state;
  assert_true(parsed("0 * * * *").any_hour);
  assert_true(parsed("0 */6 * * *").any_hour);
  assert_true(parsed("0 0-23 * * *").any_hour);
  assert_false(parsed("0 0-22 * * *").any_hour);
  assert_false(parsed("* 9 * * *").any_hour);
  assert_true(parsed("0 0 * * 1").any_day);
  assert_true(parsed("0 0 1 * *").any_weekday);
}

static void short_names_stand_for_fields(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
                                         {"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
                                         {"@Annually ", "0 0 1 1 *"}};
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    struct cron a = parsed(pairs[i][0]);
    struct cron b = parsed(pairs[i][1]);
    assert_true(a.minutes == b.minutes && a.hours == b.hours && a.days == b.days && a.months == b.months &&
                a.weekdays == b.weekdays && a.any_day == b.any_day && a.any_weekday == b.any_weekday &&
                a.any_hour == b.any_hour && a.every_ms == 0);
  }
  assert_int_equal(parsed("@every 90m").every_ms, 90 * MINUTE_MS);
  assert_int_equal(parsed("@EVERY  1h 30m").every_ms, 90 * MINUTE_MS);
}

/* --- when it is due ------------------------------------------------------------------------------------------------ */

struct due_case {
  const char *cron;
  const char *zone;
  const char *after;
  const char *due[5];
};

static void expect_due(const struct due_case *c) {
  struct cron cron = parsed(c->cron);
  struct zone *zone = open_zone(c->zone);
  int64_t at_ms = instant(c->after);
  for (size_t i = 0; i < 5 && c->due[i] != NULL; i++) {
    char text[ZONE_TIME_TEXT_MAX];
    int64_t next_ms = cron_next(&cron, zone, at_ms);
    time_print_rfc3339(text, next_ms);
    if (!text_eq(text, c->due[i])) fail_msg("%s in %s: %s, not %s", c->cron, c->zone, text, c->due[i]);
    assert_int_equal(cron_previous(&cron, zone, next_ms), next_ms);
    if (i > 0) assert_int_equal(cron_previous(&cron, zone, next_ms - 1), at_ms);
    at_ms = next_ms;
  }
  zone_free(zone);
}

static void slots_are_where_they_should_be(void **state) {
  (void)state;
  static const struct due_case cases[] = {
      {"0 * * * *", "UTC", "2026-01-29T09:00:00Z", {"2026-01-29T10:00:00Z", "2026-01-29T11:00:00Z"}},
      {"0 * * * *", "UTC", "2026-01-29T08:59:59.999Z", {"2026-01-29T09:00:00Z"}},
      {"0 * * * *", "Asia/Kathmandu", "2026-01-29T09:00:00Z", {"2026-01-29T09:15:00Z", "2026-01-29T10:15:00Z"}},
      {"0 9 * * *", "Asia/Kolkata", "2026-01-29T09:00:00Z", {"2026-01-30T03:30:00Z"}},
      {"30 4 1,15 * 5",
       "UTC",
       "2026-01-01T04:30:00Z", /* cron's or: the 1st, the 15th and Fridays */
       {"2026-01-02T04:30:00Z", "2026-01-09T04:30:00Z", "2026-01-15T04:30:00Z", "2026-01-16T04:30:00Z"}},
      {"0 0 */2 * 1", "UTC", "2026-01-01T00:00:00Z", {"2026-01-05T00:00:00Z", "2026-01-19T00:00:00Z"}},
      {"0 0 31 * *", "UTC", "2026-01-31T00:00:00Z", {"2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"}},
      {"0 0 29 2 *", "UTC", "2026-01-29T00:00:00Z", {"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
      {"59 23 31 12 *", "UTC", "2037-12-31T23:58:00Z", {"2037-12-31T23:59:00Z", "2038-12-31T23:59:00Z"}},
      {"@every 7m", "Europe/Berlin", "1970-01-01T00:00:01Z", {"1970-01-01T00:07:00Z", "1970-01-01T00:14:00Z"}},
      {"@every 6h", "Asia/Kolkata", "2026-01-29T09:00:00Z", {"2026-01-29T12:00:00Z", "2026-01-29T18:00:00Z"}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    expect_due(&cases[i]);
}

static void fixed_hours_run_once_by_local_date_through_summer_time(void **state) {
  (void)state;
  static const struct due_case cases[] = {
      {"30 2 * * *",
       "Europe/Berlin",
       "2026-03-28T00:00:00Z", /* the gap: at its end */
       {"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
      {"*/20 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", {"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
      {"30 2 * * *",
       "Europe/Berlin",
       "2026-10-24T12:00:00Z", /* twice: the first */
       {"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
      {"30 2,3 * * *",
       "Europe/Berlin",
       "2026-10-24T12:00:00Z",
       {"2026-10-25T00:30:00Z", "2026-10-25T02:30:00Z", "2026-10-26T01:30:00Z"}},
      {"10 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", {"2026-10-03T15:30:00Z", "2026-10-04T15:10:00Z"}},
      {"45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z", {"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}},
      {"0 12 * * *",
       "Pacific/Apia",
       "2011-12-29T00:00:00Z", /* a day that never was */
       {"2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"}},
      {"0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z", {"2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    expect_due(&cases[i]);
}

static void any_hour_follows_elapsed_time_through_summer_time(void **state) {
  (void)state;
  static const struct due_case cases[] = {
      {"0 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", {"2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"}},
      {"0 * * * *",
       "Europe/Berlin",
       "2026-10-24T23:00:00Z",
       {"2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"}},
      {"*/30 * * * *",
       "Australia/Lord_Howe",
       "2026-04-04T14:30:00Z",
       {"2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z", "2026-04-04T16:00:00Z"}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    expect_due(&cases[i]);
}

static void what_never_comes_has_no_slot(void **state) {
  (void)state;
  static const char *const never[] = {"0 0 30 2 *", "0 * 30 2 *", "0 0 31 4,6,9,11 *"};
  struct zone *zone = open_zone("Europe/Berlin");
  for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
    struct cron cron = parsed(never[i]);
    assert_int_equal(cron_next(&cron, zone, instant("2026-01-29")), 0);
    assert_int_equal(cron_previous(&cron, zone, instant("2026-01-29")), 0);
    assert_int_equal(cron_next(&cron, NULL, instant("2026-01-29")), 0);
  }
  zone_free(zone);
}

/* --- against a walk through every minute --------------------------------------------------------------------------- */

struct guess {
  struct buf text;
  uint64_t bits[5];
  bool star[5];
};

static const int lows[] = {0, 0, 1, 1, 0};
static const int highs[] = {59, 23, 31, 12, 7};
static const char *const weekday_names[] = {"sun", "Mon", "TUE", "wed", "thu", "fri", "sat"};

static void add_random_item(struct guess *guess, int field) {
  int low = lows[field];
  int high = highs[field];
  int a = low + draw(high - low + 1);
  int b = a + draw(high - a + 1);
  int step = 1 + draw(highs[field]);
  switch (draw(4)) {
  case 0:
    buf_addf(&guess->text, "%d-%d/%d", a, b, step);
    for (int i = a; i <= b; i += step)
      guess->bits[field] |= UINT64_C(1) << i;
    break;
  case 1:
    buf_addf(&guess->text, "%d-%d", a, b);
    for (int i = a; i <= b; i++)
      guess->bits[field] |= UINT64_C(1) << i;
    break;
  default:
    if (field == 4 && a < 7) {
      buf_add(&guess->text, weekday_names[a]);
    } else {
      buf_addf(&guess->text, "%d", a);
    }
    guess->bits[field] |= UINT64_C(1) << a;
    break;
  }
}

static void add_random_field(struct guess *guess, int field) {
  int low = lows[field];
  int high = highs[field];
  bool usual = field >= 2 && draw(4) != 0;
  if (field > 0) buf_add(&guess->text, " ");
  guess->star[field] = usual || draw(3) == 0;
  if (guess->star[field]) {
    int step = usual || draw(2) == 0 ? 1 : 1 + draw(high);
    buf_addf(&guess->text, step == 1 ? "*" : "*/%d", step);
    for (int i = low; i <= high; i += step)
      guess->bits[field] |= UINT64_C(1) << i;
    return;
  }
  for (int more = 1 + draw(3); more > 0; more--) {
    add_random_item(guess, field);
    if (more > 1) buf_add(&guess->text, ",");
  }
}

static void random_guess(struct guess *guess) {
  *guess = (struct guess){0};
  buf_init(&guess->text, 400);
  for (int field = 0; field < 5; field++)
    add_random_field(guess, field);
  if ((guess->bits[4] >> 7 & 1U) != 0) guess->bits[4] |= 1;
}

static bool guess_has(const struct guess *guess, int field, int value) {
  return (guess->bits[field] >> value & 1U) != 0;
}

static bool guess_matches(const struct guess *guess, const struct local_time *local) {
  bool day = guess_has(guess, 2, local->day);
  bool weekday = guess_has(guess, 4, local->weekday);
  bool either = guess->star[2] || guess->star[4] ? day && weekday : day || weekday;
  return either && guess_has(guess, 0, local->minute) && guess_has(guess, 1, local->hour) &&
         guess_has(guess, 3, local->month);
}

static bool guess_is_any_hour(const struct guess *guess) {
  return guess->star[1] || guess->bits[1] == 0xFFFFFF;
}

/* The local clock's own minutes from the furthest it had come to where it is now. */
static bool passed_a_match(const struct guess *guess, int64_t *reached_ms, int64_t local_ms) {
  bool matched = false;
  for (; *reached_ms < local_ms; *reached_ms += MINUTE_MS) {
    struct local_time local = zone_local(NULL, *reached_ms + MINUTE_MS);
    matched = matched || guess_matches(guess, &local);
  }
  return matched;
}

#define SLOTS_MAX 10000
static int64_t slots[SLOTS_MAX];

static size_t walk(const struct guess *guess, const struct zone *zone, int64_t from_ms, int64_t until_ms) {
  size_t count = 0;
  int64_t before_ms = from_ms - 2 * DAY_MS;
  int64_t reached_ms = before_ms + zone_span(zone, before_ms).offset_s * 1000LL;
  for (int64_t at_ms = before_ms + MINUTE_MS; at_ms < until_ms; at_ms += MINUTE_MS) {
    struct local_time local = zone_local(zone, at_ms);
    bool passed = passed_a_match(guess, &reached_ms, at_ms + zone_span(zone, at_ms).offset_s * 1000LL);
    bool due = guess_is_any_hour(guess) ? guess_matches(guess, &local) : passed;
    if (due && at_ms > from_ms) slots[count++] = at_ms;
  }
  return count;
}

static void expect_as_walked(const struct guess *guess, const struct zone *zone, int64_t from_ms, int64_t until_ms) {
  struct cron cron = parsed(buf_text(&guess->text));
  size_t count = walk(guess, zone, from_ms, until_ms);
  int64_t at_ms = from_ms;
  for (size_t i = 0; i < count; i++) {
    int64_t next_ms = cron_next(&cron, zone, at_ms);
    if (next_ms != slots[i]) {
      fail_msg("\"%s\" in %s after %lld: %lld, not %lld", buf_text(&guess->text), zone_name(zone), (long long)at_ms,
               (long long)next_ms, (long long)slots[i]);
    }
    int64_t end_ms = i + 1 < count ? slots[i + 1] : until_ms;
    int64_t within_ms = slots[i] + draw((int)((end_ms - slots[i]) / 2)) * 2;
    assert_int_equal(cron_previous(&cron, zone, within_ms), slots[i]);
    assert_int_equal(cron_previous(&cron, zone, end_ms - 1), slots[i]);
    at_ms = next_ms;
  }
  int64_t beyond_ms = cron_next(&cron, zone, at_ms);
  assert_true(beyond_ms == 0 || beyond_ms >= until_ms);
}

static void random_schedules_agree_with_a_walk_through_every_minute(void **state) {
  (void)state;
  static const char *const names[] = {"Europe/Berlin",   "America/New_York",  "America/St_Johns", "Australia/Lord_Howe",
                                      "Asia/Kathmandu",  "Africa/Casablanca", "Asia/Gaza",        "Pacific/Apia",
                                      "Pacific/Chatham", "Africa/Cairo",      "Antarctica/Troll", "America/Nuuk"};
  for (int i = 0; i < 800; i++) {
    struct zone *zone = open_zone(names[i % 12]);
    /* around a change between 2005 and 2045 */
    int64_t near_ms = (1104537600LL + draw(1262304000)) * 1000;
    struct zone_span span = zone_span(zone, near_ms);
    int64_t change_ms = span.until_ms < instant("2060-01-01") ? span.until_ms : near_ms;
    int64_t from_ms = (change_ms / MINUTE_MS - draw(1800)) * MINUTE_MS;
    struct guess guess;
    random_guess(&guess);
    expect_as_walked(&guess, zone, from_ms, from_ms + 3 * DAY_MS);
    buf_done(&guess.text);
    zone_free(zone);
  }
}

/* --- in words ------------------------------------------------------------------------------------------------------ */

static void schedules_are_told_in_words(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"0 * * * *", "every hour on the hour"},
      {"@hourly", "every hour on the hour"},
      {"30 * * * *", "every hour at :30"},
      {"5 * * * *", "every hour at :05"},
      {"* * * * *", "every minute"},
      {"*/15 * * * *", "every 15 minutes"},
      {"0,30 * * * *", "every 30 minutes"},
      {"0 */6 * * *", "every 6 hours"},
      {"15 */6 * * *", "every 6 hours at :15"},
      {"0 9 * * *", "daily at 09:00"},
      {"@daily", "daily at 00:00"},
      {"30 9,21 * * *", "daily at 09:30 and 21:30"},
      {"0 */12 * * *", "daily at 00:00 and 12:00"},
      {"0 6,12,20 * * *", "daily at 06:00, 12:00 and 20:00"},
      {"0 9 * * 1-5", "on weekdays at 09:00"},
      {"0 9 * * mon", "on Mondays at 09:00"},
      {"@weekly", "on Sundays at 00:00"},
      {"@monthly", "monthly on day 1 at 00:00"},
      {"@every 1d", "every day"},
      {"@every 1h", "every hour"},
      {"@every 30m", "every 30 minutes"},
      {"@every 90m", "every 90 minutes"},
      {"@every 1s", "every second"},
      {"@every 90s", "every 90 seconds"},
      /* nothing nicer is true of these */
      {"*/7 * * * *", "*/7 * * * *"},
      {"0,10,30,40 * * * *", "0,10,30,40 * * * *"},
      {"0 */5 * * *", "0 */5 * * *"},
      {"0 1,2,3,4,5 * * *", "0 1,2,3,4,5 * * *"},
      {"*/15 9 * * *", "*/15 9 * * *"},
      {"0 9 1 * 1", "0 9 1 * 1"},
      {"0 9 */2 * 1", "0 9 */2 * 1"},
      {"0 9 1,15 * *", "0 9 1,15 * *"},
      {"0 9 * * 1,3", "0 9 * * 1,3"},
      {"0 9 * 6 *", "0 9 * 6 *"},
      {"0 * * * 1-5", "0 * * * 1-5"},
      {"0 9 1-31 * 1", "0 9 1-31 * 1"},
      {"@yearly", "@yearly"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct cron cron = parsed(cases[i][0]);
    char text[100];
    cron_describe(&cron, cases[i][0], text, sizeof text);
    assert_string_equal(text, cases[i][1]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_wrong_schedule_is_refused_with_the_mend),
      cmocka_unit_test(fields_become_bits),
      cmocka_unit_test(sunday_is_nought_and_seven),
      cmocka_unit_test(which_fields_are_any_is_told),
      cmocka_unit_test(short_names_stand_for_fields),
      cmocka_unit_test(slots_are_where_they_should_be),
      cmocka_unit_test(fixed_hours_run_once_by_local_date_through_summer_time),
      cmocka_unit_test(any_hour_follows_elapsed_time_through_summer_time),
      cmocka_unit_test(what_never_comes_has_no_slot),
      cmocka_unit_test(random_schedules_agree_with_a_walk_through_every_minute),
      cmocka_unit_test(schedules_are_told_in_words),
  };
  return cmocka_run_group_tests_name("domain_cron", tests, NULL, NULL);
}
