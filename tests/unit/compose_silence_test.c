/* What a person hears who mutes, unmutes or acknowledges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lowtide/compose.h"

#define NOW_MS INT64_C(1769677200000) /* Thu 2026-01-29 09:00:00 UTC */

static const struct account kimi = {.name = "kimi", .label = "Kimi"};

static void expect(struct buf *marked, const char *expected) {
  struct buf plain;
  buf_init(&plain, 1024);
  message_print_plain(&plain, buf_text(marked), false);
  assert_string_equal(buf_text(&plain), expected);
  buf_done(&plain);
  buf_done(marked);
}

static void expect_muted(enum alert_rank muted, const char *expected) {
  const struct alert_memory memory = {.muted = muted, .muted_until_ms = NOW_MS + 6 * HOUR_MS};
  struct buf out;
  buf_init(&out, 1024);
  compose_muted(&kimi, &memory, &out);
  expect(&out, expected);
}

static void a_mute_says_until_when_and_what_is_told_all_the_same(void **state) {
  (void)state;
  expect_muted(RANK_WARNING, "Kimi is silent until 2026-01-29 15:00 UTC; a critical level is told all the same");
  expect_muted(RANK_CRITICAL,
               "Kimi is silent until 2026-01-29 15:00 UTC; it is as bad as it gets, so only a recovery is told");
}

static void expect_unmuted(const struct alert_memory *memory, bool was_muted, const char *expected) {
  struct buf out;
  buf_init(&out, 1024);
  compose_unmuted(&kimi, memory, was_muted, &out);
  expect(&out, expected);
}

static void the_end_of_a_mute_says_what_it_kept_back(void **state) {
  (void)state;
  const struct alert_memory nothing = {0};
  const struct alert_memory warning = {.low = {.held = RANK_WARNING}};
  const struct alert_memory critical = {.low = {.held = RANK_CRITICAL}, .stale = {.held = RANK_WARNING}};
  const struct alert_memory stale = {.stale = {.held = RANK_WARNING}};
  expect_unmuted(&nothing, true, "Kimi is heard again");
  expect_unmuted(&nothing, false, "Kimi was not muted");
  expect_unmuted(&warning, true,
                 "Kimi is heard again; a warning was kept back: the next look at it tells it, if it still holds");
  expect_unmuted(&critical, true,
                 "Kimi is heard again; a critical level was kept back: the next look at it tells it, if it still holds");
  expect_unmuted(&stale, true,
                 "Kimi is heard again; an unknown balance was kept back: the next look at it tells it, if it still holds");
}

static void expect_acked(const struct alert_memory *memory, const char *expected) {
  struct buf out;
  buf_init(&out, 1024);
  compose_acked(&kimi, memory, &out);
  expect(&out, expected);
}

static void an_acknowledgement_says_of_what(void **state) {
  (void)state;
  const struct alert_memory nothing = {0};
  const struct alert_memory warning = {.low = {.told = RANK_WARNING}};
  const struct alert_memory critical = {.low = {.told = RANK_CRITICAL}};
  const struct alert_memory stale = {.stale = {.told = RANK_WARNING}};
  expect_acked(&nothing, "Nothing is told of Kimi now that could be acknowledged");
  expect_acked(&warning, "Kimi's warning is acknowledged: no reminders until it gets worse");
  expect_acked(&critical, "Kimi's critical level is acknowledged: no reminders until it gets worse");
  expect_acked(&stale, "Kimi's unknown balance is acknowledged: no reminders until it gets worse");
}

static void expect_silence(const struct alert_memory *memory, const char *expected) {
  struct buf out;
  buf_init(&out, 1024);
  compose_silence(&kimi, memory, NOW_MS, &out);
  expect(&out, expected);
}

static void what_is_silent_is_shown_as_long_as_it_is(void **state) {
  (void)state;
  const struct alert_memory nothing = {0};
  const struct alert_memory over = {.muted = RANK_WARNING, .muted_until_ms = NOW_MS};
  const struct alert_memory muted = {.muted = RANK_WARNING, .muted_until_ms = NOW_MS + HOUR_MS};
  const struct alert_memory acked = {.low = {.told = RANK_WARNING, .acked = RANK_WARNING}};
  const struct alert_memory worse = {.low = {.told = RANK_CRITICAL, .acked = RANK_WARNING}};
  expect_silence(&nothing, "");
  expect_silence(&over, "");
  expect_silence(&muted, "muted until 2026-01-29 10:00");
  expect_silence(&acked, "acknowledged");
  expect_silence(&worse, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_mute_says_until_when_and_what_is_told_all_the_same),
      cmocka_unit_test(the_end_of_a_mute_says_what_it_kept_back),
      cmocka_unit_test(an_acknowledgement_says_of_what),
      cmocka_unit_test(what_is_silent_is_shown_as_long_as_it_is),
  };
  return cmocka_run_group_tests_name("compose_silence", tests, NULL, NULL);
}
