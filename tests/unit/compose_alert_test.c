/* Alerts as people read them, alone and together, and in the text log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lowtide/compose.h"

#define NOW_MS INT64_C(1769677200000) /* Thu 2026-01-29 09:00:00 UTC */
#define MANY 1000

static struct account account;
static struct standing standing;
static struct alert alert;

static int64_t cents(int64_t count) {
  return count * (MONEY_NANO / 100);
}

static int kimi(void **state) {
  (void)state;
  account = (struct account){.name = "kimi", .label = "Kimi", .emoji = "🌙", .unit = ""};
  standing = (struct standing){.account = &account, .level = LEVEL_WARNING, .runway_ms = -1};
  standing.reading = (struct reading){.available = amount_of(cents(420)), .unit = "USD"};
  standing.last_known = standing.reading;
  alert = (struct alert){.kind = ALERT_LOW, .event = ALERT_RAISED, .rank = RANK_WARNING, .episode = 1};
  return 0;
}

static void expect_text(struct buf *made, const char *expected) {
  struct buf plain;
  buf_init(&plain, MESSAGE_TEXT_MAX);
  message_print_plain(&plain, buf_text(made), false);
  assert_string_equal(buf_text(&plain), expected);
  buf_done(&plain);
  buf_done(made);
}

static void expect_alert(const char *expected) {
  struct buf made;
  const struct news news = {&standing, &alert};
  buf_init(&made, MESSAGE_TEXT_MAX);
  compose_alert(&news, NOW_MS, &made);
  expect_text(&made, expected);
}

static void expect_logged(const char *expected) {
  struct buf made;
  const struct news news = {&standing, &alert};
  buf_init(&made, 4096);
  compose_log_alert(&news, &made);
  expect_text(&made, expected);
}

static void make_unknown(void) {
  struct err err = {0};
  (void)err_set(&err, ERR_SERVER, "HTTP 503");
  standing.reading = reading_unknown(NOW_MS, &err);
  standing.level = LEVEL_UNKNOWN;
  standing.last_known.time_ms = NOW_MS - 4 * HOUR_MS;
  alert.kind = ALERT_STALE;
  alert.at_ms = NOW_MS - 4 * HOUR_MS;
}

/* --- one --------------------------------------------------------------------------------------------------------- */

static void an_alert_tells_what_is_left(void **state) {
  (void)state;
  standing.reading.voucher = amount_of(cents(100));
  standing.reading.cash = amount_of(cents(320));
  expect_alert("⚠️ Kimi credits low! Available: $4.20 (voucher: $1.00, cash: $3.20)");
  standing.reading.voucher.known = false;
  expect_alert("⚠️ Kimi credits low! Available: $4.20 (cash: $3.20)");
  standing.reading.cash.known = false;
  standing.reading.estimated = true;
  expect_alert("⚠️ Kimi credits low! Available: ≈ $4.20");
  standing.reading.estimated = false;
  standing.reading.simulated = true;
  standing.runway_ms = 3 * HOUR_MS;
  alert.rank = RANK_CRITICAL;
  expect_alert("🚨 Kimi credits critical! Available: $4.20 · ~3h left · simulated");
}

static void judge(void) {
  standing.thresholds = thresholds_for(&account.thresholds, &standing.reading);
  alert.rank = level_of(&standing.reading, &standing.thresholds) == LEVEL_CRITICAL ? RANK_CRITICAL : RANK_WARNING;
}

static void an_alert_by_what_is_used_tells_that_too(void **state) {
  (void)state;
  struct reading *reading = &standing.reading;
  account.thresholds.inherited.warning.left = amount_of(cents(500));
  account.thresholds.own.warning.used = amount_of(cents(900));
  reading->available = amount_of(cents(1234));
  reading->used = amount_of(cents(940));
  judge();
  expect_alert("⚠️ Kimi credits low! Available: $12.34 · Used: $9.40");
  reading->limit = amount_of(cents(2174));
  standing.runway_ms = 3 * HOUR_MS;
  expect_alert("⚠️ Kimi credits low! Available: $12.34 · Used: $9.40 of $21.74 · ~3h left");
  standing.runway_ms = -1;
  reading->available = amount_of(cents(420));
  judge();
  expect_alert("⚠️ Kimi credits low! Available: $4.20");
  account.thresholds.own.critical.percent = amount_of(60 * MONEY_NANO);
  reading->used.known = false;
  judge();
  expect_alert("🚨 Kimi credits critical! Available: $4.20 · Used: 81 %");
  account.thresholds = (struct threshold_settings){.own.warning.used = amount_of(cents(300))};
  reading->available = amount_of(cents(-500));
  reading->limit = amount_of(0);
  judge();
  expect_alert("⚠️ Kimi credits low! Available: -$5.00");
  account.thresholds.own = (struct thresholds){0};
  reading->available = amount_of(cents(1234));
  reading->used = amount_of(cents(940));
  judge(); /* low for a reason that is no amount */
  expect_alert("⚠️ Kimi credits low! Available: $12.34");
}

static void an_alert_tells_what_is_used(void **state) {
  (void)state;
  standing.reading = (struct reading){
      .kind = READING_SPEND, .used = amount_of(cents(3471)), .limit = amount_of(cents(5000)), .unit = "USD"};
  expect_alert("⚠️ Kimi credits low! Used: $34.71 of $50.00");
  standing.reading.limit.known = false;
  expect_alert("⚠️ Kimi credits low! Used: $34.71");
  standing.reading = (struct reading){.unit = "USD"};
  expect_alert("⚠️ Kimi credits low! no amount");
}

static void a_reminder_says_that_it_is_one(void **state) {
  (void)state;
  alert.event = ALERT_REMINDED;
  expect_alert("⚠️ Kimi credits still low! Available: $4.20");
  alert.rank = RANK_CRITICAL;
  expect_alert("🚨 Kimi credits still critical! Available: $4.20");
}

static void a_recovery_tells_what_is_left(void **state) {
  (void)state;
  alert.event = ALERT_OVER;
  expect_alert("✅ Kimi credits recovered. Available: $4.20");
  alert.kind = ALERT_STALE;
  expect_alert("✅ Kimi can be read again. Available: $4.20");
}

static void unknown_for_too_long_tells_since_when_and_the_last_amount(void **state) {
  (void)state;
  make_unknown();
  expect_alert("❔ Kimi has been unknown (HTTP 503) for 4h — last $4.20, 4 h ago");
  alert.event = ALERT_REMINDED;
  standing.last_known.code = ERR_NOT_CONFIGURED;
  expect_alert("❔ Kimi has still been unknown (HTTP 503) for 4h");
}

static void a_top_up_tells_by_how_much_and_how_long_it_lasts(void **state) {
  (void)state;
  alert = (struct alert){.kind = ALERT_TOPUP, .event = ALERT_NOTICED, .amount = amount_of(cents(4000))};
  standing.reading.available = amount_of(cents(4420));
  standing.runway_ms = 12 * DAY_MS + 6 * HOUR_MS;
  expect_alert("💰 Kimi topped up by $40.00. Available: $44.20 · ~12d 6h left");
}

static void an_expiry_tells_what_runs_out_and_when(void **state) {
  (void)state;
  alert = (struct alert){
      .kind = ALERT_EXPIRY, .event = ALERT_NOTICED, .amount = amount_of(cents(4000)), .at_ms = NOW_MS + 7 * DAY_MS};
  expect_alert("⏳ Kimi: $40.00 run out in 7 days, on 2026-02-05");
  alert.at_ms = NOW_MS + HOUR_MS;
  expect_alert("⏳ Kimi: $40.00 run out in 1 day, on 2026-01-29");
}

/* --- many -------------------------------------------------------------------------------------------------------- */

static struct account accounts[MANY];
static struct standing standings[MANY];
static struct alert alerts[MANY];
static struct news news[MANY];
static char labels[MANY][32];

static void make_many(size_t count) {
  for (size_t i = 0; i < count; i++) {
    (void)snprintf(labels[i], sizeof labels[i], "a%zu", i + 1);
    accounts[i] = account;
    accounts[i].label = labels[i];
    standings[i] = standing;
    standings[i].account = &accounts[i];
    alerts[i] = alert;
    news[i] = (struct news){&standings[i], &alerts[i]};
  }
}

static void compose_many(size_t count, struct buf *plain) {
  struct buf made;
  buf_init(&made, MESSAGE_TEXT_MAX);
  buf_init(plain, MESSAGE_TEXT_MAX);
  compose_news(news, count, NOW_MS, &made);
  message_print_plain(plain, buf_text(&made), false);
  buf_done(&made);
}

static void expect_many(size_t count, const char *expected) {
  struct buf plain;
  compose_many(count, &plain);
  assert_string_equal(buf_text(&plain), expected);
  buf_done(&plain);
}

static void one_alone_has_no_heading(void **state) {
  (void)state;
  make_many(1);
  expect_many(1, "⚠️ a1 credits low! Available: $4.20");
}

static void many_are_one_message_with_the_critical_ones_first(void **state) {
  (void)state;
  make_many(4);
  alerts[1].rank = alerts[3].rank = RANK_CRITICAL;
  expect_many(4, "**4 accounts need attention**\n\n"
                 "🚨 a2 credits critical! Available: $4.20\n🚨 a4 credits critical! Available: $4.20\n"
                 "⚠️ a1 credits low! Available: $4.20\n⚠️ a3 credits low! Available: $4.20");
}

static void two_matters_of_one_account_are_one_account(void **state) {
  (void)state;
  make_many(2);
  news[1].standing = news[0].standing;
  alerts[1] = (struct alert){
      .kind = ALERT_EXPIRY, .event = ALERT_NOTICED, .amount = amount_of(cents(4000)), .at_ms = NOW_MS + 7 * DAY_MS};
  expect_many(2, "**1 account needs attention**\n\n⚠️ a1 credits low! Available: $4.20\n"
                 "⏳ a1: $40.00 run out in 7 days, on 2026-02-05");
}

static void recoveries_and_top_ups_have_headings_of_their_own(void **state) {
  (void)state;
  alert.event = ALERT_OVER;
  make_many(2);
  expect_many(2, "**2 accounts are fine again**\n\n✅ a1 credits recovered. Available: $4.20\n"
                 "✅ a2 credits recovered. Available: $4.20");
  alert = (struct alert){.kind = ALERT_TOPUP, .event = ALERT_NOTICED, .amount = amount_of(cents(100))};
  make_many(2);
  expect_many(2, "**2 accounts were topped up**\n\n💰 a1 topped up by $1.00. Available: $4.20\n"
                 "💰 a2 topped up by $1.00. Available: $4.20");
}

static void beyond_twenty_lines_there_are_names_and_then_a_number(void **state) {
  (void)state;
  struct buf plain;
  make_many(MANY);
  alerts[MANY - 1].rank = RANK_CRITICAL;
  compose_many(MANY, &plain);
  const char *text = buf_text(&plain);
  assert_non_null(strstr(text, "**1000 accounts need attention**\n\n🚨 a1000 credits critical!"));
  assert_non_null(strstr(text, "⚠️ a19 credits low! Available: $4.20\n… and 980 more: a20, a21, "));
  assert_non_null(strstr(text, ", a39 …"));
  assert_true(strlen(text) < 1800);
  buf_done(&plain);
  compose_many(22, &plain);
  assert_non_null(strstr(buf_text(&plain), "… and 2 more: a21, a22"));
  assert_null(strstr(buf_text(&plain), "a22 …"));
  buf_done(&plain);
}

/* --- the text log ------------------------------------------------------------------------------------------------- */

static void a_logged_alert_is_the_contracts(void **state) {
  (void)state;
  expect_logged("ALERT: 🌙 ⚠️ Kimi credits low!");
  alert.rank = RANK_CRITICAL;
  account.simulated = true;
  expect_logged("ALERT: 🌙 🚨 Kimi credits critical! (simulated)");
  account.simulated = false;
  alert.kind = ALERT_STALE;
  expect_logged("ALERT: 🌙 ❔ Kimi unknown for too long!");
  alert.kind = ALERT_EXPIRY;
  expect_logged("ALERT: 🌙 ⏳ Kimi credits run out soon!");
}

#define TEST(name) cmocka_unit_test_setup(name, kimi)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_alert_tells_what_is_left),
      TEST(an_alert_tells_what_is_used),
      TEST(an_alert_by_what_is_used_tells_that_too),
      TEST(a_reminder_says_that_it_is_one),
      TEST(a_recovery_tells_what_is_left),
      TEST(unknown_for_too_long_tells_since_when_and_the_last_amount),
      TEST(a_top_up_tells_by_how_much_and_how_long_it_lasts),
      TEST(an_expiry_tells_what_runs_out_and_when),
      TEST(one_alone_has_no_heading),
      TEST(many_are_one_message_with_the_critical_ones_first),
      TEST(two_matters_of_one_account_are_one_account),
      TEST(recoveries_and_top_ups_have_headings_of_their_own),
      TEST(beyond_twenty_lines_there_are_names_and_then_a_number),
      TEST(a_logged_alert_is_the_contracts),
  };
  return cmocka_run_group_tests_name("compose_alert", tests, NULL, NULL);
}
