/* What stands under a bot's name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lowtide/compose.h"
#include "lowtide/text.h"

#define NOW_MS INT64_C(1769677200000) /* Thu 2026-01-29 09:00:00 UTC */

static int64_t cents(int64_t count) {
  return count * (MONEY_NANO / 100);
}

static struct account accounts[600];

static struct standing known(size_t index, const char *label, int64_t left_cents, int64_t warning_cents) {
  struct account *account = &accounts[index];
  *account = (struct account){.name = label, .label = label, .unit = "", .emoji = "🌙"};
  account->thresholds.own.warning.left = amount_of(cents(warning_cents));
  account->thresholds.own.critical.left = amount_of(cents(warning_cents / 5));
  struct standing standing = {.account = account,
                              .reading = {.asked_ms = NOW_MS, .time_ms = NOW_MS, .unit = "USD"},
                              .last_known = {.code = ERR_NOT_CONFIGURED},
                              .runway_ms = -1};
  standing.reading.available = amount_of(cents(left_cents));
  standing.thresholds = thresholds_for(&account->thresholds, &standing.reading);
  standing.level = level_of(&standing.reading, &standing.thresholds);
  return standing;
}

static struct standing unknown(size_t index, const char *label) {
  struct standing standing = known(index, label, 0, 500);
  struct err err = {0};
  (void)err_set(&err, ERR_SERVER, "HTTP 503");
  standing.reading = reading_unknown(NOW_MS, &err);
  standing.level = LEVEL_UNKNOWN;
  return standing;
}

static void expect(const struct standing *standings, size_t count, const char *expected) {
  char presence[PRESENCE_MAX] = "what was there";
  compose_presence(standings, count, presence);
  assert_string_equal(presence, expected);
}

static void the_lowest_comes_first_whatever_the_config_says(void **state) {
  (void)state;
  const struct standing standings[] = {known(0, "Claude", 807, 500), known(1, "Kimi", 420, 500),
                                       known(2, "Mistral", 20, 500), known(3, "OpenRouter", 2000, 5000)};
  expect(standings, 4, "Mistral $0.20 · OpenRouter $20.00 · Kimi $4.20 · Claude $8.07");
}

static void what_is_unknown_is_not_zero_and_comes_before_what_is_fine(void **state) {
  (void)state;
  const struct standing standings[] = {known(0, "Claude", 807, 500), unknown(1, "Kimi"), known(2, "Mistral", 20, 500)};
  expect(standings, 3, "Mistral $0.20 · Kimi unknown · Claude $8.07");
}

static void without_a_threshold_the_order_is_the_configs(void **state) {
  (void)state;
  struct standing standings[] = {known(0, "B", 100, 500), known(1, "A", 100, 500), known(2, "C", 900, 500)};
  for (size_t i = 0; i < 2; i++) {
    standings[i].thresholds = (struct thresholds){.warning.left.known = false};
    standings[i].level = LEVEL_OK;
  }
  expect(standings, 3, "C $9.00 · B $1.00 · A $1.00");
}

static void what_was_not_asked_is_not_shown(void **state) {
  (void)state;
  struct standing standings[] = {known(0, "Claude", 807, 500), known(1, "Kimi", 420, 500)};
  standings[0].reading.asked_ms = 0;
  accounts[1].missing = "MOONSHOT_API_KEY";
  expect(standings, 2, "");
  expect(NULL, 0, "");
}

static void other_shapes_have_their_words(void **state) {
  (void)state;
  struct standing standings[] = {known(0, "ElevenLabs", 5877000, 0), known(1, "OpenAI", 1529, 500)};
  (void)text_copy(standings[0].reading.unit, sizeof standings[0].reading.unit, "characters");
  standings[1].reading.estimated = true;
  expect(standings, 2, "OpenAI ≈ $15.29 · ElevenLabs 58,770 characters");
}

static void only_whole_pieces_are_shown_and_128_characters_at_most(void **state) {
  (void)state;
  static struct standing many[600];
  static char labels[600][16];
  char presence[PRESENCE_MAX];
  for (size_t i = 0; i < 600; i++) {
    (void)text_fmt(labels[i], sizeof labels[i], "月%03zu", i);
    many[i] = known(i, labels[i], 1000 + (int64_t)i, 500);
  }
  compose_presence(many, 600, presence);
  assert_true(text_starts(presence, "月000 $10.00 · 月001 $10.01 · "));
  assert_true(text_ends(presence, " $10.08"));
  size_t characters = 0;
  for (const char *at = presence; *at != '\0'; at += text_utf8_length(at, strlen(at)))
    characters++;
  assert_in_range(characters, 100, 128);
}

static void one_that_is_too_long_is_cut_at_a_character(void **state) {
  (void)state;
  char label[512] = "";
  for (size_t i = 0; i < 150; i++)
    memcpy(label + 3 * i, "月", 4);
  const struct standing standings[] = {known(0, label, 807, 500)};
  char presence[PRESENCE_MAX];
  compose_presence(standings, 1, presence);
  assert_int_equal(strlen(presence), 128 * 3);
  assert_true(text_is_utf8(presence, strlen(presence)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_lowest_comes_first_whatever_the_config_says),
      cmocka_unit_test(what_is_unknown_is_not_zero_and_comes_before_what_is_fine),
      cmocka_unit_test(without_a_threshold_the_order_is_the_configs),
      cmocka_unit_test(what_was_not_asked_is_not_shown),
      cmocka_unit_test(other_shapes_have_their_words),
      cmocka_unit_test(only_whole_pieces_are_shown_and_128_characters_at_most),
      cmocka_unit_test(one_that_is_too_long_is_cut_at_a_character),
  };
  return cmocka_run_group_tests_name("compose presence", tests, NULL, NULL);
}
