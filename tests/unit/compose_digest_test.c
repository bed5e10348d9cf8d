/* A digest as people read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lowtide/compose.h"

#define FROM_MS INT64_C(1769590800000) /* Wed 2026-01-28 09:00:00 UTC */
#define MANY 100

static struct config config;
static struct account accounts[MANY];
static struct digest_entry entries[MANY];
static struct digest_text digest;

static struct amount cents(int64_t count) {
  return amount_of(count * (MONEY_NANO / 100));
}

static int begin(void **state) {
  (void)state;
  memset(entries, 0, sizeof entries);
  digest = (struct digest_text){
      .config = &config, .kind = DIGEST_DAILY, .from_ms = FROM_MS, .until_ms = FROM_MS + DAY_MS, .entries = entries};
  return 0;
}

/* So much spent, and so much left. */
static struct digest_entry *add(const char *label, int64_t spent, int64_t left, const char *unit) {
  struct account *account = &accounts[digest.count];
  struct digest_entry *entry = &entries[digest.count++];
  *account = (struct account){.name = label, .label = label, .emoji = "🌙", .unit = ""};
  *entry = (struct digest_entry){.account = account};
  entry->tally = tally_of(FROM_MS, digest.until_ms, HOUR_MS);
  entry->tally.seen = entry->tally.known = true;
  entry->tally.watched_ms = DAY_MS;
  entry->tally.spent = cents(spent);
  entry->tally.last.available = cents(left);
  (void)snprintf(entry->tally.last.unit, sizeof entry->tally.last.unit, "%s", unit);
  entry->tally.newest = entry->tally.last;
  return entry;
}

static void expect(const char *lines) {
  struct buf marked;
  struct buf plain;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  buf_init(&plain, MESSAGE_TEXT_MAX);
  compose_digest(&digest, &marked);
  message_print_plain(&plain, buf_text(&marked), false);
  const char *text = strchr(buf_text(&plain), '\n');
  assert_non_null(text);
  assert_string_equal(text, lines);
  buf_done(&marked);
  buf_done(&plain);
}

static void a_line_tells_spent_topped_up_left_and_dry_date(void **state) {
  (void)state;
  struct digest_entry *kimi = add("Kimi", 320, 1234, "USD");
  expect("\n\n🌙 **Kimi:** $3.20 spent · $12.34 left");
  kimi->tally.topped_up_nano = cents(2000).nano;
  kimi->tally.topups = 1;
  kimi->dry_at_ms = FROM_MS + 5 * DAY_MS;
  expect("\n\n🌙 **Kimi:** $3.20 spent · $20.00 topped up · $12.34 left · empty ~2026-02-02");
}

static void the_title_tells_the_period(void **state) {
  (void)state;
  struct buf out;
  struct buf plain;
  buf_init(&out, 4096);
  buf_init(&plain, 4096);
  digest.kind = DIGEST_WEEKLY;
  digest.from_ms = FROM_MS - 6 * DAY_MS;
  compose_digest(&digest, &out);
  message_print_plain(&plain, buf_text(&out), false);
  assert_string_equal(buf_text(&plain), "📅 **Weekly digest** · 2026-01-22 09:00 to 2026-01-29 09:00 UTC\n");
  buf_done(&out);
  buf_done(&plain);
}

static void unknown_is_never_zero(void **state) {
  (void)state;
  struct digest_entry *kimi = add("Kimi", 320, 1234, "USD");
  kimi->tally.unknown_ms = 3 * HOUR_MS + 1;
  expect("\n\n🌙 **Kimi:** $3.20 spent · $12.34 left · unknown for 3 h of 24");
  kimi->tally.unknown_ms = HOUR_MS / 3;
  expect("\n\n🌙 **Kimi:** $3.20 spent · $12.34 left");
  kimi->tally.spent.known = false;
  expect("\n\n🌙 **Kimi:** spent unknown · $12.34 left");
  kimi->tally.watched_ms = 0;
  kimi->tally.newest.code = ERR_SERVER;
  (void)snprintf(kimi->tally.newest.detail, sizeof kimi->tally.newest.detail, "HTTP 503");
  expect("\n\n❔ **Kimi:** unknown (HTTP 503) all the time — last $12.34");
  kimi->tally.known = false;
  expect("\n\n❔ **Kimi:** unknown (HTTP 503) all the time");
  kimi->tally.seen = false;
  expect("\n\n❔ **Kimi:** unknown, nobody looked");
}

static void longer_periods_tell_days(void **state) {
  (void)state;
  struct digest_entry *kimi = add("Kimi", 320, 1234, "USD");
  kimi->tally.since_ms = kimi->tally.until_ms - 7 * DAY_MS;
  kimi->tally.unknown_ms = 51 * HOUR_MS;
  expect("\n\n🌙 **Kimi:** $3.20 spent · $12.34 left · unknown for 2d 3h of 7d");
}

static void who_was_not_watched_from_the_start_is_told_so(void **state) {
  (void)state;
  add("Kimi", 320, 1234, "USD")->tally.since_ms = FROM_MS + 5 * HOUR_MS;
  expect("\n\n🌙 **Kimi:** $3.20 spent · $12.34 left · watched since 2026-01-28 14:00");
}

static void units_are_never_added_up(void **state) {
  (void)state;
  add("Kimi", 320, 1234, "USD");
  add("Claude", 100, 807, "USD")->tally.last.estimated = true;
  add("DeepSeek", 1000, 5000, "CNY");
  struct digest_entry *gone = add("OpenAI", 0, 0, "USD");
  gone->tally.known = gone->tally.seen = false;
  expect("\n\n🌙 **Kimi:** $3.20 spent · $12.34 left\n🌙 **Claude:** $1.00 spent · ≈ $8.07 left\n"
         "🌙 **DeepSeek:** ¥10.00 spent · ¥50.00 left\n❔ **OpenAI:** unknown, nobody looked\n\n"
         "Together: $4.20 spent · ≈ $20.41 left\nNot in it, for it is not known: OpenAI");
}

static void spend_against_a_budget_has_nothing_left_to_add(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    struct digest_entry *entry = add(i == 0 ? "OpenAI" : "Anthropic", 100, 0, "USD");
    entry->tally.last.kind = READING_SPEND;
    entry->tally.last.available.known = false;
    entry->tally.last.used = cents(3471);
    entry->tally.last.limit = cents(5000);
  }
  expect("\n\n🌙 **OpenAI:** $1.00 spent · $34.71 of $50.00\n🌙 **Anthropic:** $1.00 spent · $34.71 of $50.00\n\n"
         "Together: $2.00 spent");
}

static void of_many_those_with_something_to_tell_have_a_line(void **state) {
  (void)state;
  static char names[MANY][16];
  for (int i = 0; i < 30; i++) {
    (void)snprintf(names[i], sizeof names[i], "a%d", i);
    add(names[i], i == 7 ? 250 : 0, 100, i < 29 ? "USD" : "CNY");
  }
  expect("\n\n🌙 **a7:** $2.50 spent · $1.00 left\n… and 29 more that spent nothing\n\n"
         "Together: $2.50 spent · $29.00 left");
}

static void what_comes_from_outside_stays_harmless(void **state) {
  (void)state;
  struct buf out;
  add("@everyone", 320, 1234, "USD");
  buf_init(&out, 4096);
  compose_digest(&digest, &out);
  assert_non_null(strstr(buf_text(&out), MARK_FOREIGN "@everyone" MARK_FOREIGN_END));
  buf_done(&out);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_line_tells_spent_topped_up_left_and_dry_date),
      TEST(the_title_tells_the_period),
      TEST(unknown_is_never_zero),
      TEST(longer_periods_tell_days),
      TEST(who_was_not_watched_from_the_start_is_told_so),
      TEST(units_are_never_added_up),
      TEST(spend_against_a_budget_has_nothing_left_to_add),
      TEST(of_many_those_with_something_to_tell_have_a_line),
      TEST(what_comes_from_outside_stays_harmless),
  };
  return cmocka_run_group_tests_name("compose_digest", tests, NULL, NULL);
}
