#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lowtide/compose.h"
#include "lowtide/text.h"

#define NOW_MS INT64_C(1769677200000) /* Thu 2026-01-29 09:00:00 UTC */
#define UNKNOWN_AMOUNT INT64_MIN

static int64_t cents(int64_t count) {
  return count * (MONEY_NANO / 100);
}

static struct account accounts[600];

/* A standing as most accounts have it: prepaid dollars, warned below $5.00, critical below $1.00. */
static struct standing standing_at(size_t index, const char *label, const char *emoji, int64_t available_nano) {
  struct account *account = &accounts[index];
  *account = (struct account){.name = label, .provider = "moonshot", .label = label, .emoji = emoji, .unit = ""};
  account->thresholds.inherited.warning.left = amount_of(cents(500));
  account->thresholds.inherited.critical.left = amount_of(cents(100));
  struct standing standing = {.account = account,
                              .reading = {.asked_ms = NOW_MS, .time_ms = NOW_MS, .unit = "USD"},
                              .last_level = LEVEL_UNKNOWN,
                              .last_known = {.code = ERR_NOT_CONFIGURED},
                              .runway_ms = -1};
  if (available_nano != UNKNOWN_AMOUNT) standing.reading.available = amount_of(available_nano);
  return standing;
}

static void judge(struct standing *standing) {
  standing->thresholds = thresholds_for(&standing->account->thresholds, &standing->reading);
  standing->level = level_of(&standing->reading, &standing->thresholds);
}

static void make_unknown(struct standing *standing, const char *why) {
  struct err err = {0};
  (void)err_set(&err, ERR_SERVER, "%s", why);
  standing->reading = reading_unknown(NOW_MS, &err);
}

static struct standing claude(void) {
  struct standing standing = standing_at(0, "Claude", "💳", cents(807));
  judge(&standing);
  return standing;
}

static struct standing kimi(void) {
  struct standing standing = standing_at(1, "Kimi", "🌙", cents(1234));
  standing.reading.voucher = amount_of(cents(345));
  standing.reading.cash = amount_of(cents(889));
  judge(&standing);
  return standing;
}

static struct standing kimi_unknown(enum level last_level) {
  struct standing standing = kimi();
  standing.last_known = standing.reading;
  standing.last_known.time_ms = NOW_MS - 2 * HOUR_MS;
  standing.last_level = last_level;
  make_unknown(&standing, "HTTP 503");
  judge(&standing);
  return standing;
}

static void expect_line(const struct zone *zone, const struct standing *standing, const char *expected) {
  struct buf marked;
  struct buf plain;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  buf_init(&plain, MESSAGE_TEXT_MAX);
  compose_line(standing, zone, NOW_MS, &marked);
  message_print_plain(&plain, buf_text(&marked), false);
  assert_string_equal(buf_text(&plain), expected);
  buf_done(&marked);
  buf_done(&plain);
}

static void a_known_balance_is_told_with_its_threshold(void **state) {
  (void)state;
  struct standing standing = claude();
  expect_line(NULL, &standing, "💳 **Claude:** $8.07 (threshold: $5.00)");
  standing = kimi();
  expect_line(NULL, &standing, "🌙 **Kimi:** $12.34 available (threshold: $5.00)");
  standing.reading.cash.known = false;
  expect_line(NULL, &standing, "🌙 **Kimi:** $12.34 available (threshold: $5.00)");
}

static void a_low_balance_bears_its_mark(void **state) {
  (void)state;
  static const struct {
    int64_t cents;
    const char *line;
  } cases[] = {
      {500, "💳 **Claude:** $5.00 (threshold: $5.00)"},      {499, "⚠️ **Claude:** $4.99 (threshold: $5.00)"},
      {100, "⚠️ **Claude:** $1.00 (threshold: $5.00)"}, {99, "🚨 **Claude:** $0.99 (threshold: $5.00)"},
      {0, "🚨 **Claude:** $0.00 (threshold: $5.00)"},        {-320, "🚨 **Claude:** -$3.20 (threshold: $5.00)"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct standing standing = standing_at(0, "Claude", "💳", cents(cases[i].cents));
    judge(&standing);
    expect_line(NULL, &standing, cases[i].line);
  }
  struct standing tiny = standing_at(0, "Claude", "💳", 1);
  judge(&tiny);
  expect_line(NULL, &tiny, "🚨 **Claude:** <$0.01 (threshold: $5.00)");
}

static void an_unknown_balance_keeps_the_mark_of_its_last_level(void **state) {
  (void)state;
  struct standing standing = kimi_unknown(LEVEL_OK);
  expect_line(NULL, &standing, "❔ **Kimi:** unknown (HTTP 503) — last $12.34, 2 h ago");
  standing = kimi_unknown(LEVEL_WARNING);
  expect_line(NULL, &standing, "⚠️ **Kimi:** unknown (HTTP 503) — last $12.34, 2 h ago");
  standing = kimi_unknown(LEVEL_CRITICAL);
  expect_line(NULL, &standing, "🚨 **Kimi:** unknown (HTTP 503) — last $12.34, 2 h ago");
}

static void what_was_never_known_has_no_last(void **state) {
  (void)state;
  struct standing standing = standing_at(1, "Kimi", "🌙", UNKNOWN_AMOUNT);
  make_unknown(&standing, "HTTP 503");
  judge(&standing);
  expect_line(NULL, &standing, "❔ **Kimi:** unknown (HTTP 503)");
  make_unknown(&standing, "");
  expect_line(NULL, &standing, "❔ **Kimi:** unknown (server)");
}

static void the_last_amount_is_told_by_its_kind(void **state) {
  (void)state;
  struct standing standing = kimi_unknown(LEVEL_OK);
  standing.last_known.kind = READING_SPEND;
  standing.last_known.used = amount_of(cents(3471));
  expect_line(NULL, &standing, "❔ **Kimi:** unknown (HTTP 503) — last $34.71 used, 2 h ago");
  standing.last_known.limit = amount_of(cents(5000));
  expect_line(NULL, &standing, "❔ **Kimi:** unknown (HTTP 503) — last $34.71 of $50.00, 2 h ago");
  standing.last_known.kind = READING_QUOTA;
  expect_line(NULL, &standing, "❔ **Kimi:** unknown (HTTP 503) — last $34.71 of $50.00, 2 h ago");
  standing.last_known.resets_ms = NOW_MS + DAY_MS;
  expect_line(NULL, &standing, "❔ **Kimi:** unknown (HTTP 503) — last 69 % used, 2 h ago");
  standing.last_known = (struct reading){.estimated = true, .unit = "USD", .time_ms = NOW_MS - 3 * DAY_MS};
  expect_line(NULL, &standing, "❔ **Kimi:** unknown (HTTP 503) — last ≈ no amount, 3 d ago");
}

static void counted_units_have_their_name_and_no_inherited_threshold(void **state) {
  (void)state;
  struct standing standing = standing_at(0, "ElevenLabs", "🎙", 58770 * MONEY_NANO);
  (void)text_copy(standing.reading.unit, sizeof standing.reading.unit, "characters");
  judge(&standing);
  expect_line(NULL, &standing, "🎙 **ElevenLabs:** 58,770 characters");
}

static void a_noted_amount_says_since_when_in_the_zone(void **state) {
  (void)state;
  struct err err = {0};
  struct zone *auckland = zone_new("Pacific/Auckland", &err);
  struct standing standing = standing_at(0, "OpenAI", "🔮", cents(1529));
  standing.reading.estimated = true;
  standing.reading.time_ms = NOW_MS - 9 * DAY_MS + 5 * HOUR_MS; /* 2026-01-20 14:00 UTC */
  judge(&standing);
  expect_line(NULL, &standing, "🔮 **OpenAI:** ≈ $15.29 (noted 2026-01-20)");
  expect_line(auckland, &standing, "🔮 **OpenAI:** ≈ $15.29 (noted 2026-01-21)");
  standing.reading.noted_ms = standing.reading.time_ms - 86400000; /* a ledger's: asked for now, noted then */
  expect_line(NULL, &standing, "🔮 **OpenAI:** ≈ $15.29 (noted 2026-01-19)");
  zone_free(auckland);
}

static void spend_is_told_against_its_budget(void **state) {
  (void)state;
  struct standing standing = standing_at(0, "OpenRouter", "🛰", UNKNOWN_AMOUNT);
  standing.reading.kind = READING_SPEND;
  standing.reading.used = amount_of(cents(3471));
  standing.reading.limit = amount_of(cents(5000));
  judge(&standing);
  expect_line(NULL, &standing, "🛰 **OpenRouter:** $34.71 of $50.00 spent this month");
  standing.reading.kind = READING_PREPAID;
  expect_line(NULL, &standing, "🛰 **OpenRouter:** $34.71 of $50.00 used");
  standing.reading.kind = READING_QUOTA; /* a cap that never begins anew */
  expect_line(NULL, &standing, "🛰 **OpenRouter:** $34.71 of $50.00 used");
  standing.reading.kind = READING_PREPAID;
  standing.reading.limit.known = false;
  standing.reading.used = amount_of(cents(29202));
  expect_line(NULL, &standing, "🛰 **OpenRouter:** $292.02 used, no limit");
  standing.reading.limit = amount_of(0);
  expect_line(NULL, &standing, "🛰 **OpenRouter:** $292.02 used, no limit");
  standing.reading = (struct reading){.unit = "USD"};
  expect_line(NULL, &standing, "🛰 **OpenRouter:** no amount");
}

static struct standing quota(int64_t used, int64_t limit) {
  struct standing standing = standing_at(0, "Plan", "📦", UNKNOWN_AMOUNT);
  standing.reading.kind = READING_QUOTA;
  standing.reading.used = amount_of(used * MONEY_NANO);
  standing.reading.limit = amount_of(limit * MONEY_NANO);
  (void)text_copy(standing.reading.unit, sizeof standing.reading.unit, "credits");
  return standing;
}

static void a_quota_is_told_in_percent(void **state) {
  (void)state;
  static const struct {
    int64_t used;
    int64_t limit;
    const char *line;
  } cases[] = {{82, 100, "⚠️ **Plan:** 82 % used"},
               {0, 100, "📦 **Plan:** 0 % used"},
               {1, 1000, "📦 **Plan:** <1 % used"},
               {-5, 100, "📦 **Plan:** 0 % used"},
               {999, 1000, "🚨 **Plan:** 99 % used"},
               {100, 100, "🚨 **Plan:** 100 % used"},
               {104, 100, "🚨 **Plan:** 104 % used"},
               {1, 8, "📦 **Plan:** 13 % used"},
               {900000000, 9000000000, "📦 **Plan:** 10 % used"}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct standing standing = quota(cases[i].used, cases[i].limit);
    judge(&standing);
    expect_line(NULL, &standing, cases[i].line);
  }
  struct standing standing = quota(0, 100);
  standing.reading.used.known = false;
  standing.reading.available = amount_of(75 * MONEY_NANO);
  judge(&standing);
  expect_line(NULL, &standing, "📦 **Plan:** 25 % used");
}

static void a_quotas_reset_is_a_weekday_or_a_date_in_the_zone(void **state) {
  (void)state;
  struct err err = {0};
  struct zone *berlin = zone_new("Europe/Berlin", &err);
  struct standing standing = quota(50, 100);
  judge(&standing);
  standing.reading.resets_ms = NOW_MS + 5 * HOUR_MS;
  expect_line(NULL, &standing, "📦 **Plan:** 50 % used, resets Thu 14:00");
  expect_line(berlin, &standing, "📦 **Plan:** 50 % used, resets Thu 15:00");
  standing.reading.resets_ms = NOW_MS + 6 * DAY_MS;
  expect_line(NULL, &standing, "📦 **Plan:** 50 % used, resets Wed 09:00");
  standing.reading.resets_ms = NOW_MS + 10 * DAY_MS;
  expect_line(NULL, &standing, "📦 **Plan:** 50 % used, resets 2026-02-08");
  standing.reading.resets_ms = NOW_MS;
  expect_line(NULL, &standing, "📦 **Plan:** 50 % used");
  zone_free(berlin);
}

static void a_runway_under_sixty_days_is_claimed(void **state) {
  (void)state;
  struct standing standing = claude();
  standing.runway_ms = 76 * HOUR_MS + 59000;
  expect_line(NULL, &standing, "💳 **Claude:** $8.07 (threshold: $5.00) · ~3d 4h left");
  standing.runway_ms = 60 * DAY_MS;
  expect_line(NULL, &standing, "💳 **Claude:** $8.07 (threshold: $5.00)");
  standing.runway_ms = 0;
  expect_line(NULL, &standing, "💳 **Claude:** $8.07 (threshold: $5.00)");
  standing = kimi_unknown(LEVEL_OK);
  standing.runway_ms = DAY_MS;
  expect_line(NULL, &standing, "❔ **Kimi:** unknown (HTTP 503) — last $12.34, 2 h ago");
}

static void what_is_simulated_says_so_at_the_end(void **state) {
  (void)state;
  struct standing standing = claude();
  standing.reading.simulated = true;
  standing.runway_ms = 76 * HOUR_MS;
  expect_line(NULL, &standing, "💳 **Claude:** $8.07 (threshold: $5.00) · ~3d 4h left · simulated");
  standing = kimi_unknown(LEVEL_OK);
  accounts[1].simulated = true;
  expect_line(NULL, &standing, "❔ **Kimi:** unknown (HTTP 503) — last $12.34, 2 h ago · simulated");
}

static void expect_marked(const struct standing *standing, const char *expected) {
  struct buf marked;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  compose_line(standing, NULL, NOW_MS, &marked);
  assert_string_equal(buf_text(&marked), expected);
  buf_done(&marked);
}

static void labels_units_and_reasons_are_foreign(void **state) {
  (void)state;
  struct standing standing = standing_at(0, "a*b\x01@everyone", "💳", 3 * MONEY_NANO);
  (void)text_copy(standing.reading.unit, sizeof standing.reading.unit, "<@1>\n");
  judge(&standing);
  expect_marked(&standing, "\x03💳\x04 \x01\x03"
                           "a*b @everyone\x04:\x02 \x03"
                           "3 <@1> \x04");
  make_unknown(&standing, "said <@1>");
  judge(&standing);
  expect_marked(&standing, "❔ \x01\x03"
                           "a*b @everyone\x04:\x02 unknown (\x03said <@1>\x04)");
}

static void platform_emoji_are_left_alone(void **state) {
  (void)state;
  static const struct {
    const char *emoji;
    const char *marked;
  } cases[] = {
      {"<:moon:456>", "\x05<:moon:456>\x06 "},
      {"<a:moon_2:456>", "\x05<a:moon_2:456>\x06 "},
      {":moon:", "\x05:moon:\x06 "},
      {"🌙", "\x03🌙\x04 "},
      {"", ""},
      {" ", ""},
      {"<@123>", "\x03<@123>\x04 "},
      {"<:moon:456> @everyone", "\x03<:moon:456> @everyone\x04 "},
      {"<:moon:>", "\x03<:moon:>\x04 "},
      {"<::456>", "\x03<::456>\x04 "},
      {"<:mo on:456>", "\x03<:mo on:456>\x04 "},
      {":moon: x", "\x03:moon: x\x04 "},
      {":moon", "\x03:moon\x04 "},
      {"<!everyone>", "\x03<!everyone>\x04 "},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char expected[200];
    struct standing standing = standing_at(0, "K", cases[i].emoji, cents(900));
    snprintf(expected, sizeof expected, "%s\x01\x03K\x04:\x02 $9.00 (threshold: $5.00)", cases[i].marked);
    judge(&standing);
    expect_marked(&standing, expected);
  }
}

/* --- whole summaries ----------------------------------------------------------------------------------------------- */

static struct config config;

static struct summary summary_of(const struct standing *standings, size_t count) {
  struct err err = {0};
  config = (struct config){.title = "API Balance Summary", .schedule_text = "0 * * * *"};
  assert_true(cron_parse(config.schedule_text, &config.schedule, &err));
  return (struct summary){.config = &config, .standings = standings, .count = count, .now_ms = NOW_MS, .channel_id = ""};
}

static void expect_summary(const struct summary *summary, const char *expected) {
  struct buf marked;
  struct buf plain;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  buf_init(&plain, MESSAGE_TEXT_MAX);
  compose_summary(summary, &marked);
  message_print_plain(&plain, buf_text(&marked), false);
  assert_string_equal(buf_text(&plain), expected);
  buf_done(&marked);
  buf_done(&plain);
}

#define TITLE "📊 **API Balance Summary**\n\n"
#define TWO_LINES "💳 **Claude:** $8.07 (threshold: $5.00)\n🌙 **Kimi:** $12.34 available (threshold: $5.00)"

static void the_summary_is_the_contracts(void **state) {
  (void)state;
  const struct standing standings[] = {claude(), kimi()};
  struct summary summary = summary_of(standings, 2);
  expect_summary(&summary, TITLE TWO_LINES);
  summary.count = 0;
  expect_summary(&summary, TITLE "No account is configured.");
}

static void low_accounts_are_told_again_under_the_lines(void **state) {
  (void)state;
  struct standing standings[] = {claude(), kimi(), standing_at(2, "xAI", "", cents(50))};
  standings[0].reading.available = amount_of(cents(420));
  for (size_t i = 0; i < 3; i++)
    judge(&standings[i]);
  struct summary summary = summary_of(standings, 3);
  expect_summary(&summary, TITLE "⚠️ **Claude:** $4.20 (threshold: $5.00)\n"
                                 "🌙 **Kimi:** $12.34 available (threshold: $5.00)\n"
                                 "🚨 **xAI:** $0.50 (threshold: $5.00)\n\n"
                                 "💳 ⚠️ Claude credits low!\n"
                                 "🚨 xAI credits critical!");
}

/* The low lines tell what is known now; the mark on its own line is what an unknown account keeps. */
static void an_unknown_account_has_no_low_line(void **state) {
  (void)state;
  const struct standing standings[] = {claude(), kimi_unknown(LEVEL_CRITICAL)};
  struct summary summary = summary_of(standings, 2);
  expect_summary(&summary, TITLE "💳 **Claude:** $8.07 (threshold: $5.00)\n"
                                 "🚨 **Kimi:** unknown (HTTP 503) — last $12.34, 2 h ago");
}

static void a_simulated_account_marks_the_title(void **state) {
  (void)state;
  struct standing standings[] = {claude(), kimi()};
  standings[1].reading.simulated = true;
  struct summary summary = summary_of(standings, 2);
  expect_summary(&summary, "📊 **API Balance Summary (simulated)**\n\n" TWO_LINES " · simulated");
}

static void an_absence_is_told(void **state) {
  (void)state;
  const struct standing standings[] = {claude(), kimi()};
  struct summary summary = summary_of(standings, 2);
  summary.away_ms = 7 * HOUR_MS + 58 * 60000;
  config.footer = FOOTER_SHORT;
  expect_summary(&summary, TITLE TWO_LINES "\n\n⏸️ Lowtide was away for 7h 58m; the rounds in between were not run."
                                           "\n\nHourly (UTC) · alerts below $5.00");
}

static void the_footer_is_worded_from_the_config(void **state) {
  (void)state;
  struct standing standings[] = {claude(), kimi(), standing_at(2, "xAI", "", cents(900))};
  judge(&standings[2]);
  struct summary summary = summary_of(standings, 2);
  config.footer = FOOTER_SHORT;
  expect_summary(&summary, TITLE TWO_LINES "\n\nHourly (UTC) · alerts below $5.00");
  config.footer = FOOTER_FULL;
  expect_summary(&summary, TITLE TWO_LINES "\n\nRuns every hour on the hour (UTC)\nAdds alerts if either < $5");
  summary.channel_id = "123";
  expect_summary(&summary,
                 TITLE TWO_LINES "\n\nRuns every hour on the hour (UTC)\nPosts to <#123>\nAdds alerts if either < $5");
  summary.count = 3;
  expect_summary(&summary, TITLE TWO_LINES
                 "\n**xAI:** $9.00 (threshold: $5.00)"
                 "\n\nRuns every hour on the hour (UTC)\nPosts to <#123>\nAdds alerts if any is below its threshold");
}

static void expect_footer(struct summary *summary, enum footer footer, const char *expected) {
  struct buf marked;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  config.footer = footer;
  compose_summary(summary, &marked);
  if (!text_ends(buf_text(&marked), expected)) fail_msg("\"%s\" does not end in \"%s\"", buf_text(&marked), expected);
  buf_done(&marked);
}

static void the_footer_tells_levels_that_differ(void **state) {
  (void)state;
  struct standing standings[] = {claude(), kimi()};
  struct summary summary = summary_of(standings, 2);
  accounts[1].thresholds.own.warning.left = amount_of(cents(250));
  judge(&standings[1]);
  expect_footer(&summary, FOOTER_SHORT, "\n\nHourly (UTC) · alerts below each one's threshold");
  expect_footer(&summary, FOOTER_FULL, "\nAdds alerts if any is below its threshold");
  accounts[0].thresholds.own.warning.left = amount_of(cents(250));
  judge(&standings[0]);
  expect_footer(&summary, FOOTER_FULL, "\nAdds alerts if either < $2.50");
  for (size_t i = 0; i < 2; i++) {
    accounts[i].thresholds.own.warning.left = amount_of(5001000000);
    judge(&standings[i]);
  }
  expect_footer(&summary, FOOTER_FULL, "\nAdds alerts if either < $5.00"); /* not quite $5 */
  (void)text_copy(standings[0].reading.unit, UNIT_MAX, "CNY");
  expect_footer(&summary, FOOTER_SHORT, " · alerts below each one's threshold");
  for (size_t i = 0; i < 2; i++) {
    accounts[i].thresholds = (struct threshold_settings){0};
    judge(&standings[i]);
  }
  expect_footer(&summary, FOOTER_SHORT, "\n\nHourly (UTC)");
  expect_footer(&summary, FOOTER_FULL, "\n\nRuns every hour on the hour (UTC)");
  standings[0] = quota(1, 100);
  judge(&standings[0]);
  expect_footer(&summary, FOOTER_SHORT, " · alerts below each one's threshold");
}

static void the_footer_stays_while_an_account_is_unknown(void **state) {
  (void)state;
  struct standing never = standing_at(0, "Claude", "💳", UNKNOWN_AMOUNT);
  make_unknown(&never, "HTTP 503");
  judge(&never);
  const struct standing standings[] = {never, kimi_unknown(LEVEL_OK)};
  struct summary summary = summary_of(standings, 2);
  expect_footer(&summary, FOOTER_FULL, "\nAdds alerts if either < $5");
  accounts[0].unit = "CNY";
  expect_footer(&summary, FOOTER_FULL, "\nAdds alerts if any is below its threshold");
}

static void the_footer_tells_schedule_and_zone(void **state) {
  (void)state;
  struct err err = {0};
  const struct standing standings[] = {claude(), kimi()};
  struct summary summary = summary_of(standings, 2);
  config.schedule_text = "0 9 * * 1-5";
  assert_true(cron_parse(config.schedule_text, &config.schedule, &err));
  config.zone = zone_new("Europe/Berlin", &err);
  expect_footer(&summary, FOOTER_SHORT, "\n\nOn weekdays at 09:00 (Europe/Berlin) · alerts below $5.00");
  config.schedule_text = "5 9-17 * * 1-5";
  assert_true(cron_parse(config.schedule_text, &config.schedule, &err));
  expect_footer(&summary, FOOTER_SHORT, "\n\n5 9-17 * * 1-5 (Europe/Berlin) · alerts below $5.00");
  zone_free(config.zone);
}

/* --- more than twenty ---------------------------------------------------------------------------------------------- */

static struct standing crowd[600];
static char labels[600][24];

static void fill_crowd(size_t count) {
  for (size_t i = 0; i < count; i++) {
    (void)text_fmt(labels[i], sizeof labels[i], "a%zu", i);
    crowd[i] = standing_at(i, labels[i], "", cents(900));
    judge(&crowd[i]);
  }
}

static size_t count_of(const char *text, const char *what) {
  size_t count = 0;
  for (; (text = strstr(text, what)) != NULL; text++)
    count++;
  return count;
}

static void twenty_accounts_are_all_shown(void **state) {
  (void)state;
  struct buf out;
  fill_crowd(20);
  struct summary summary = summary_of(crowd, 20);
  buf_init(&out, MESSAGE_TEXT_MAX);
  compose_summary(&summary, &out);
  assert_int_equal(count_of(buf_text(&out), "$9.00"), 20);
  assert_null(strstr(buf_text(&out), "more"));
  buf_done(&out);
}

static void of_many_the_shortest_runways_are_shown_in_the_configs_order(void **state) {
  (void)state;
  fill_crowd(500);
  crowd[499].runway_ms = DAY_MS;
  crowd[300].runway_ms = 2 * DAY_MS;
  crowd[7].reading.available = amount_of(cents(450));
  judge(&crowd[7]);
  make_unknown(&crowd[400], "HTTP 500");
  judge(&crowd[400]);
  struct summary summary = summary_of(crowd, 500);
  struct buf expected;
  buf_init(&expected, MESSAGE_TEXT_MAX);
  buf_add(&expected, TITLE);
  for (int i = 0; i < 17; i++)
    buf_addf(&expected, "%s**a%d:** $%s (threshold: $5.00)\n", i == 7 ? "⚠️ " : "", i, i == 7 ? "4.50" : "9.00");
  buf_add(&expected, "**a300:** $9.00 (threshold: $5.00) · ~2d left\n"
                     "❔ **a400:** unknown (HTTP 500)\n"
                     "**a499:** $9.00 (threshold: $5.00) · ~1d left\n"
                     "… and 480 more, all fine\n\n"
                     "⚠️ a7 credits low!");
  expect_summary(&summary, buf_text(&expected));
  buf_done(&expected);
}

static void all_that_are_not_fine_are_shown_however_many(void **state) {
  (void)state;
  struct buf out;
  fill_crowd(30);
  for (size_t i = 0; i < 25; i++)
    make_unknown(&crowd[i], "HTTP 500");
  for (size_t i = 0; i < 25; i++)
    judge(&crowd[i]);
  struct summary summary = summary_of(crowd, 30);
  buf_init(&out, MESSAGE_TEXT_MAX);
  compose_summary(&summary, &out);
  assert_int_equal(count_of(buf_text(&out), "HTTP 500"), 25);
  assert_int_equal(count_of(buf_text(&out), "$9.00"), 0);
  assert_non_null(strstr(buf_text(&out), "… and 5 more, all fine"));
  buf_done(&out);
}

static void not_one_of_many_is_fine_and_none_is_left_over(void **state) {
  (void)state;
  struct buf out;
  fill_crowd(21);
  for (size_t i = 0; i < 21; i++)
    crowd[i].level = LEVEL_WARNING;
  struct summary summary = summary_of(crowd, 21);
  buf_init(&out, MESSAGE_TEXT_MAX);
  compose_summary(&summary, &out);
  assert_null(strstr(buf_text(&out), "more"));
  buf_done(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_known_balance_is_told_with_its_threshold),
      cmocka_unit_test(a_low_balance_bears_its_mark),
      cmocka_unit_test(an_unknown_balance_keeps_the_mark_of_its_last_level),
      cmocka_unit_test(what_was_never_known_has_no_last),
      cmocka_unit_test(the_last_amount_is_told_by_its_kind),
      cmocka_unit_test(counted_units_have_their_name_and_no_inherited_threshold),
      cmocka_unit_test(a_noted_amount_says_since_when_in_the_zone),
      cmocka_unit_test(spend_is_told_against_its_budget),
      cmocka_unit_test(a_quota_is_told_in_percent),
      cmocka_unit_test(a_quotas_reset_is_a_weekday_or_a_date_in_the_zone),
      cmocka_unit_test(a_runway_under_sixty_days_is_claimed),
      cmocka_unit_test(what_is_simulated_says_so_at_the_end),
      cmocka_unit_test(labels_units_and_reasons_are_foreign),
      cmocka_unit_test(platform_emoji_are_left_alone),
      cmocka_unit_test(the_summary_is_the_contracts),
      cmocka_unit_test(low_accounts_are_told_again_under_the_lines),
      cmocka_unit_test(an_unknown_account_has_no_low_line),
      cmocka_unit_test(a_simulated_account_marks_the_title),
      cmocka_unit_test(an_absence_is_told),
      cmocka_unit_test(the_footer_is_worded_from_the_config),
      cmocka_unit_test(the_footer_tells_levels_that_differ),
      cmocka_unit_test(the_footer_stays_while_an_account_is_unknown),
      cmocka_unit_test(the_footer_tells_schedule_and_zone),
      cmocka_unit_test(twenty_accounts_are_all_shown),
      cmocka_unit_test(of_many_the_shortest_runways_are_shown_in_the_configs_order),
      cmocka_unit_test(all_that_are_not_fine_are_shown_however_many),
      cmocka_unit_test(not_one_of_many_is_fine_and_none_is_left_over),
  };
  return cmocka_run_group_tests_name("compose_summary", tests, NULL, NULL);
}
