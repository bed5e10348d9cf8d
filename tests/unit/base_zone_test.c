#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lowtide/zone.h"

static const char *const zone_names[] = {"UTC",
                                         "Europe/Berlin",
                                         "Europe/Dublin",
                                         "America/New_York",
                                         "America/St_Johns",
                                         "America/Sao_Paulo",
                                         "America/Caracas",
                                         "Asia/Kathmandu",
                                         "Asia/Kolkata",
                                         "Asia/Tehran",
                                         "Asia/Gaza",
                                         "Africa/Casablanca",
                                         "Africa/Cairo",
                                         "Australia/Lord_Howe",
                                         "Australia/Eucla",
                                         "Pacific/Chatham",
                                         "Pacific/Apia",
                                         "Pacific/Kiritimati",
                                         "Antarctica/Troll",
                                         "America/Nuuk",
                                         "Etc/GMT+5",
                                         "EST5EDT"};
#define ZONE_COUNT (sizeof zone_names / sizeof zone_names[0])

static uint64_t chance = 20260129;

static uint64_t draw(void) {
  chance ^= chance << 13;
  chance ^= chance >> 7;
  chance ^= chance << 17;
  return chance;
}

static struct zone *open_zone(const char *name) {
  struct err err = {0};
  struct zone *zone = zone_new(name, &err);
  if (zone == NULL) fail_msg("%s: %s", name, err.text);
  return zone;
}

static void expect_as_libc(const struct zone *zone, int64_t s) {
  time_t t = (time_t)s;
  struct tm tm;
  assert_non_null(localtime_r(&t, &tm));
  struct local_time local = zone_local(zone, s * 1000 + 999);
  if (zone_span(zone, s * 1000).offset_s != tm.tm_gmtoff || local.year != tm.tm_year + 1900 ||
      local.month != tm.tm_mon + 1 || local.day != tm.tm_mday || local.hour != tm.tm_hour || local.minute != tm.tm_min ||
      local.second != tm.tm_sec || local.weekday != tm.tm_wday) {
    fail_msg("%s at %lld: offset %d, libc says %ld", zone_name(zone), (long long)s, zone_span(zone, s * 1000).offset_s,
             tm.tm_gmtoff);
  }
}

/* libc sees no change within the span. */
static void expect_one_offset(const struct zone_span *span, int64_t at_s, int64_t until_s) {
  int64_t end_s = span->until_ms / 1000 < until_s ? span->until_ms / 1000 : until_s;
  for (int n = 0; n < 20; n++) {
    time_t t = (time_t)(at_s + (int64_t)(draw() % (uint64_t)(end_s - at_s)));
    struct tm tm;
    assert_non_null(localtime_r(&t, &tm));
    assert_int_equal(tm.tm_gmtoff, span->offset_s);
  }
}

/* Both sides of each change, and the way back from the local time. */
static void expect_changes_as_libc(const struct zone *zone, int64_t from_s, int64_t until_s) {
  for (int64_t at_s = from_s; at_s < until_s;) {
    struct zone_span span = zone_span(zone, at_s * 1000);
    assert_true(span.from_ms <= at_s * 1000 && span.until_ms > at_s * 1000);
    expect_one_offset(&span, at_s, until_s);
    int64_t next_s = span.until_ms / 1000;
    if (next_s >= until_s) break;
    expect_as_libc(zone, next_s - 1);
    expect_as_libc(zone, next_s);
    at_s = next_s;
  }
}

static void every_zone_agrees_with_libc_at_random_instants(void **state) {
  (void)state;
  for (size_t i = 0; i < ZONE_COUNT; i++) {
    setenv("TZ", zone_names[i], 1);
    tzset();
    struct zone *zone = open_zone(zone_names[i]);
    assert_string_equal(zone_name(zone), zone_names[i]);
    for (int n = 0; n < 3000; n++) {
      /* 1950 to 2150 */
      expect_as_libc(zone, -631152000 + (int64_t)(draw() % 6311433600U));
    }
    const int64_t edges[] = {-1, 0, 1, 2147483647, 2147483648, 951782400, 4107542400};
    for (size_t n = 0; n < sizeof edges / sizeof edges[0]; n++)
      expect_as_libc(zone, edges[n]);
    expect_changes_as_libc(zone, 0, 4102444800);
    zone_free(zone);
  }
  unsetenv("TZ");
}

static void every_local_time_leads_back_to_its_instant(void **state) {
  (void)state;
  for (size_t i = 0; i < ZONE_COUNT; i++) {
    struct zone *zone = open_zone(zone_names[i]);
    for (int n = 0; n < 3000; n++) {
      int64_t ms = (int64_t)(draw() % 4102444800U) * 1000;
      bool skipped = true;
      int64_t back = zone_instant(zone, zone_local(zone, ms), &skipped);
      assert_false(skipped);
      if (back == ms) continue;
      /* a time that comes twice: the earlier one, with the same face */
      assert_true(back < ms);
      struct local_time a = zone_local(zone, ms);
      struct local_time b = zone_local(zone, back);
      assert_memory_equal(&a, &b, sizeof a);
    }
    zone_free(zone);
  }
}

static int64_t instant(const char *text) {
  struct err err = {0};
  int64_t ms = 0;
  if (!time_parse(text, &ms, &err)) fail_msg("%s: %s", text, err.text);
  return ms;
}

struct gap_case {
  const char *zone;
  struct local_time local;
  const char *instant;
  bool skipped;
};

static void gaps_end_and_repeats_begin(void **state) {
  (void)state;
  static const struct gap_case cases[] = {
      {"Europe/Berlin", {2026, 3, 29, 2, 0, 0, 0}, "2026-03-29T01:00:00Z", true},
      {"Europe/Berlin", {2026, 3, 29, 2, 59, 59, 0}, "2026-03-29T01:00:00Z", true},
      {"Europe/Berlin", {2026, 3, 29, 3, 0, 0, 0}, "2026-03-29T01:00:00Z", false},
      {"Europe/Berlin", {2026, 10, 25, 2, 30, 0, 0}, "2026-10-25T00:30:00Z", false},
      {"Europe/Berlin", {2050, 10, 30, 2, 30, 0, 0}, "2050-10-30T00:30:00Z", false},
      {"Australia/Lord_Howe", {2026, 10, 4, 2, 10, 0, 0}, "2026-10-03T15:30:00Z", true},
      {"Australia/Lord_Howe", {2026, 4, 5, 1, 45, 0, 0}, "2026-04-04T14:45:00Z", false},
      {"Pacific/Apia", {2011, 12, 30, 12, 0, 0, 0}, "2011-12-30T10:00:00Z", true},
      {"UTC", {2026, 1, 29, 9, 0, 0, 0}, "2026-01-29T09:00:00Z", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct zone *zone = open_zone(cases[i].zone);
    bool skipped = !cases[i].skipped;
    assert_int_equal(zone_instant(zone, cases[i].local, &skipped), instant(cases[i].instant));
    assert_int_equal(skipped, cases[i].skipped);
    assert_int_equal(zone_instant(zone, cases[i].local, NULL), instant(cases[i].instant));
    zone_free(zone);
  }
}

static void no_zone_is_utc(void **state) {
  (void)state;
  assert_string_equal(zone_name(NULL), "UTC");
  assert_int_equal(zone_span(NULL, 0).offset_s, 0);
  assert_int_equal(zone_local(NULL, -1).year, 1969);
  zone_free(NULL);
}

static void the_ends_of_time_break_nothing(void **state) {
  (void)state;
  struct zone *zone = open_zone("Europe/Berlin");
  const int64_t ends[] = {INT64_MIN, INT64_MAX};
  for (int i = 0; i < 2; i++) {
    char text[ZONE_TIME_TEXT_MAX];
    (void)zone_span(zone, ends[i]);
    (void)zone_instant(zone, zone_local(zone, ends[i]), NULL);
    time_print(text, zone, ends[i]);
    time_print_rfc3339(text, ends[i]);
  }
  (void)zone_instant(zone, (struct local_time){.year = 2000000000, .month = 1, .day = 1}, NULL);
  zone_free(zone);
}

static void refuse(const char *name, const char *hint) {
  struct err err = {0};
  struct zone *zone = zone_new(name, &err);
  assert_null(zone);
  assert_int_equal(err.code, ERR_CONFIG);
  assert_non_null(strstr(err.text, "no time zone is called"));
  if (strstr(err.hint, hint) == NULL) fail_msg("%s: hint is \"%s\"", name, err.hint);
}

static void unknown_names_are_refused_with_the_nearest(void **state) {
  (void)state;
  refuse("Europe/Berlyn", "did you mean Europe/Berlin?");
  refuse("europe/berlin", "did you mean Europe/Berlin?");
  refuse("Berlin", "did you mean Europe/Berlin?");
  refuse("new_york", "did you mean America/New_York?");
  refuse("utc", "did you mean UTC?");
  refuse("Middle-earth/Mordor/Barad-dur", "write an IANA name");
}

static void names_cannot_leave_the_folder(void **state) {
  (void)state;
  static const char *const names[] = {"../../etc/passwd", "/etc/passwd", "Europe/../UTC", "",    "Europe",
                                      "Europe/",          "zone.tab",    "Europe Berlin", "/UTC"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    refuse(names[i], "");
  char longest[200];
  memset(longest, 'a', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  refuse(longest, "");
}

/* --- files of our own, under $TZDIR -------------------------------------------------------------------------------- */

struct tzif_case {
  const char *rule;
  int32_t offset_s;
  int version;
  int leaps;
  int kind;         /* of the only change */
  bool has_line;    /* the rule's own line break */
  int64_t second_s; /* a second change; 0: there is none */
};

static const struct tzif_case plain = {
    .rule = "CET-1CEST,M3.5.0,M10.5.0/3", .offset_s = 3600, .version = '2', .has_line = true};

static void put_be(FILE *file, int64_t value, int width) {
  for (int i = width - 1; i >= 0; i--)
    fputc((int)((uint64_t)value >> (i < 8 ? 8 * i : 56) & 0xFF), file);
}

static void put_header(FILE *file, const struct tzif_case *c, int times) {
  static const char zeros[15] = {0};
  fwrite("TZif", 1, 4, file);
  fputc(c->version, file);
  fwrite(zeros, 1, sizeof zeros, file);
  const int counts[] = {0, 0, c->leaps, times, 1, 4};
  for (int i = 0; i < 6; i++)
    put_be(file, counts[i], 4);
}

static const char *tz_folder(void) {
  static char folder[] = "/tmp/lowtide-zone-XXXXXX";
  static bool made;
  if (!made) assert_non_null(mkdtemp(folder));
  made = true;
  return folder;
}

static void write_zone(const struct tzif_case *c) {
  char path[100];
  snprintf(path, sizeof path, "%s/Own", tz_folder());
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  put_header(file, c, 0);
  put_be(file, c->offset_s, 4);
  put_be(file, 0, 2);
  fwrite("CET", 1, 4, file);
  for (int i = 0; i < c->leaps; i++)
    put_be(file, 0, 8);
  put_header(file, c, c->second_s != 0 ? 2 : 1);
  put_be(file, 1000000, 8);
  if (c->second_s != 0) put_be(file, c->second_s, 8);
  fputc(c->kind, file);
  if (c->second_s != 0) fputc(c->kind, file);
  put_be(file, c->offset_s, 4);
  put_be(file, 0, 2);
  fwrite("CET", 1, 4, file);
  for (int i = 0; i < c->leaps; i++)
    put_be(file, 0, 12);
  fprintf(file, "\n%s%s", c->rule, c->has_line ? "\n" : "");
  assert_int_equal(fclose(file), 0);
}

static bool own_zone_loads(const struct tzif_case *c, struct err *err) {
  write_zone(c);
  setenv("TZDIR", tz_folder(), 1);
  struct zone *zone = zone_new("Own", err);
  unsetenv("TZDIR");
  bool loaded = zone != NULL;
  zone_free(zone);
  return loaded;
}

static void broken_files_are_refused(void **state) {
  (void)state;
  struct err err = {0};
  assert_true(own_zone_loads(&plain, &err));
  struct tzif_case c = plain;
  c.version = '\0';
  assert_false(own_zone_loads(&c, &err));
  assert_string_equal(err.text, "time zone Own: not a time zone file of version 2 or later without leap seconds");
  c = plain;
  c.leaps = 1;
  assert_false(own_zone_loads(&c, &err));
  c = plain;
  c.kind = 1;
  assert_false(own_zone_loads(&c, &err));
  c = plain;
  c.offset_s = 27 * 3600;
  assert_false(own_zone_loads(&c, &err));
  c = plain;
  c.second_s = 1000001;
  assert_true(own_zone_loads(&c, &err));
  c.second_s = 1000000;
  assert_false(own_zone_loads(&c, &err));
  c = plain;
  c.has_line = false;
  assert_false(own_zone_loads(&c, &err));
}

static void broken_rules_are_refused(void **state) {
  (void)state;
  char too_long[300] = "CET-1CEST,M3.5.0,M10.5.0,";
  memset(too_long + strlen(too_long), 'a', 200);
  const char *const rules[] = {
      "C",
      "CET",
      "CET-25",
      "CET-1:60",
      "CET-1CEST",
      "CET-1CEST,M3.5.0",
      "CET-1CEST,M13.5.0,M10.5.0",
      "CET-1CEST,M3.6.0,M10.5.0",
      "CET-1CEST,M3.5.7,M10.5.0",
      "CET-1CEST,J0,J366",
      "CET-1CEST,366,1",
      "CET-1CEST,M3.5.0/168,M10.5.0",
      "CET-1C",
      "CET-1CESTX-99,1,2",
      "CET-1CEST,M3.5.0,M10.5.0x",
      "<CET-1",
      "<>-1",
      "CET-1CEST;1,2",
      too_long,

  };
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    struct tzif_case c = plain;
    struct err err = {0};
    c.rule = rules[i];
    if (own_zone_loads(&c, &err)) fail_msg("%s was taken", rules[i]);
  }
}

static void a_file_cut_anywhere_is_refused(void **state) {
  (void)state;
  char path[100];
  struct stat st;
  snprintf(path, sizeof path, "%s/Own", tz_folder());
  setenv("TZDIR", tz_folder(), 1);
  write_zone(&plain);
  assert_int_equal(stat(path, &st), 0);
  for (off_t size = 0; size < st.st_size; size++) {
    struct err err = {0};
    write_zone(&plain);
    assert_int_equal(truncate(path, size), 0);
    assert_null(zone_new("Own", &err));
  }
  unsetenv("TZDIR");
}

static void a_rule_begins_with_the_last_change(void **state) {
  (void)state;
  struct err err = {0};
  write_zone(&plain);
  setenv("TZDIR", tz_folder(), 1);
  struct zone *zone = zone_new("Own", &err);
  unsetenv("TZDIR");
  assert_non_null(zone);
  assert_int_equal(zone_span(zone, 1000001000).from_ms, 1000000000);
  zone_free(zone);
}

static void what_is_no_file_is_no_zone(void **state) {
  (void)state;
  char path[100];
  struct err err = {0};
  snprintf(path, sizeof path, "%s/Pipe", tz_folder());
  assert_int_equal(mkfifo(path, 0600), 0);
  setenv("TZDIR", tz_folder(), 1);
  assert_null(zone_new("Pipe", &err));
  unsetenv("TZDIR");
  assert_string_equal(err.text, "no time zone is called \"Pipe\"");
  assert_int_equal(unlink(path), 0);
}

/* libc reads the same rules from $TZ. */
static void every_form_of_rule_agrees_with_libc(void **state) {
  (void)state;
  static const char *const rules[] = {"CET-1CEST,M3.5.0,M10.5.0/3",     "EST5EDT,J60/0,J305/25:30:15",
                                      "<-03>3<-02>,59,300/-1",          "IST-1GMT0,M10.5.0,M3.5.0/1",
                                      "<+0330>-3:30<+0430>,80/0,264/0", "XXX3",
                                      "AAA-10:30BBB-11,M10.1.0,M4.1.0", "NZST-12NZDT,M9.5.0,M4.1.0/3"};
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    struct tzif_case c = plain;
    struct err err = {0};
    c.rule = rules[i];
    write_zone(&c);
    setenv("TZDIR", tz_folder(), 1);
    struct zone *zone = zone_new("Own", &err);
    unsetenv("TZDIR");
    assert_non_null(zone);
    setenv("TZ", rules[i], 1);
    tzset();
    for (int n = 0; n < 3000; n++)
      expect_as_libc(zone, 1000000 + (int64_t)(draw() % 6000000000U));
    expect_changes_as_libc(zone, 1000001, 4102444800);
    zone_free(zone);
  }
  unsetenv("TZ");
}

static void summer_for_ever_is_one_offset(void **state) {
  (void)state;
  struct tzif_case c = plain;
  struct err err = {0};
  c.rule = "EST5EDT4,0/0,J365/25";
  write_zone(&c);
  setenv("TZDIR", tz_folder(), 1);
  struct zone *zone = zone_new("Own", &err);
  unsetenv("TZDIR");
  assert_non_null(zone);
  for (int64_t s = 2000000; s < 200000000; s += 4321)
    assert_int_equal(zone_span(zone, s * 1000).offset_s, -4 * 3600);
  zone_free(zone);
}

static void an_empty_rule_keeps_the_last_offset(void **state) {
  (void)state;
  struct tzif_case c = plain;
  struct err err = {0};
  c.rule = "";
  write_zone(&c);
  setenv("TZDIR", tz_folder(), 1);
  struct zone *zone = zone_new("Own", &err);
  unsetenv("TZDIR");
  assert_non_null(zone);
  assert_int_equal(zone_span(zone, 4102444800000).offset_s, 3600);
  zone_free(zone);
}

static void without_a_folder_there_is_utc(void **state) {
  (void)state;
  struct err err = {0};
  setenv("TZDIR", "/nonexistent", 1);
  struct zone *zone = zone_new("UTC", &err);
  assert_non_null(zone);
  assert_int_equal(zone_local(zone, 0).year, 1970);
  zone_free(zone);
  assert_null(zone_new("Europe/Berlin", &err));
  char long_folder[5000];
  memset(long_folder, 'a', sizeof long_folder - 1);
  long_folder[sizeof long_folder - 1] = '\0';
  setenv("TZDIR", long_folder, 1);
  assert_null(zone_new("Europe/Berlin", &err));
  unsetenv("TZDIR");
}

static int remove_folder(void **state) {
  (void)state;
  char path[100];
  snprintf(path, sizeof path, "%s/Own", tz_folder());
  (void)unlink(path);
  (void)rmdir(tz_folder());
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_zone_agrees_with_libc_at_random_instants),
      cmocka_unit_test(every_local_time_leads_back_to_its_instant),
      cmocka_unit_test(gaps_end_and_repeats_begin),
      cmocka_unit_test(no_zone_is_utc),
      cmocka_unit_test(the_ends_of_time_break_nothing),
      cmocka_unit_test(unknown_names_are_refused_with_the_nearest),
      cmocka_unit_test(names_cannot_leave_the_folder),
      cmocka_unit_test(broken_files_are_refused),
      cmocka_unit_test(broken_rules_are_refused),
      cmocka_unit_test(a_file_cut_anywhere_is_refused),
      cmocka_unit_test(a_rule_begins_with_the_last_change),
      cmocka_unit_test(what_is_no_file_is_no_zone),
      cmocka_unit_test(every_form_of_rule_agrees_with_libc),
      cmocka_unit_test(summer_for_ever_is_one_offset),
      cmocka_unit_test(an_empty_rule_keeps_the_last_offset),
      cmocka_unit_test(without_a_folder_there_is_utc),
  };
  return cmocka_run_group_tests_name("base_zone", tests, NULL, remove_folder);
}
