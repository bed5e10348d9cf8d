/* What becomes of a message after a try, and what is done with one that may have arrived. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "flow/settling.h"
#include "lowtide/text.h"

#define NOW 1769684400000LL
#define HOUR 3600000LL

static const struct notifier_plug hook = {.name = "hook"};
static const struct notifier_plug bot = {.name = "bot", .repeat_safe_ms = 120000};
static const struct notifier_plug always = {.name = "always", .repeat_safe_ms = NOTIFIER_ALWAYS};

static char why[SETTLING_WHY_MAX];

static struct outbox_row row_of(const char *kind) {
  struct outbox_row row = {.id = 7, .fence = 3, .attempts = 1, .created_ms = NOW - 1000};
  (void)text_copy(row.kind, sizeof row.kind, kind);
  return row;
}

static enum settling_plan plan_of(const char *kind, const struct notifier_plug *plug, int64_t age_ms) {
  struct outbox_row row = row_of(kind);
  row.doubt = true;
  row.doubtful_ms = NOW - age_ms;
  const struct attempt attempt = {.row = &row, .plug = plug, .now_ms = NOW};
  return settling_plan(&attempt);
}

static struct outbox_settlement settle(const char *kind, const struct notifier_plug *plug, const struct verdict *verdict,
                                       bool unheard, const char *edits) {
  struct outbox_row row = row_of(kind);
  const struct attempt attempt = {.row = &row, .plug = plug, .now_ms = NOW, .edits = edits};
  const struct outcome outcome = {
      .verdict = verdict, .unheard = unheard, .address_mark = "abcd0123", .payload_mark = 99, .chance = 17};
  return settling_of(&attempt, &outcome, why);
}

static void what_is_not_in_doubt_is_sent_as_it_is(void **state) {
  (void)state;
  struct outbox_row row = row_of("summary");
  const struct attempt attempt = {.row = &row, .plug = &hook, .now_ms = NOW};
  assert_int_equal(settling_plan(&attempt), SETTLING_SEND);
}

static void alerts_are_said_again_and_summaries_are_not(void **state) {
  (void)state;
  assert_int_equal(plan_of("alert", &hook, 1000), SETTLING_SEND_MARKED);
  assert_int_equal(plan_of("recovery", &hook, 1000), SETTLING_SEND_MARKED);
  assert_int_equal(plan_of("topup", &hook, 1000), SETTLING_SEND_MARKED);
  assert_int_equal(plan_of("summary", &hook, 1000), SETTLING_LEAVE);
  assert_int_equal(plan_of("digest", &hook, 1000), SETTLING_LEAVE);
  assert_int_equal(plan_of("test", &hook, 1000), SETTLING_LEAVE);
  assert_int_equal(plan_of("strange", &hook, 1000), SETTLING_LEAVE);
}

static void a_nonce_makes_a_repeat_harmless_as_long_as_it_holds(void **state) {
  (void)state;
  assert_int_equal(plan_of("alert", &bot, 119999), SETTLING_SEND);
  assert_int_equal(plan_of("summary", &bot, 119999), SETTLING_SEND);
  assert_int_equal(plan_of("alert", &bot, 120000), SETTLING_SEND_MARKED);
  assert_int_equal(plan_of("summary", &bot, 120000), SETTLING_LEAVE);
  assert_int_equal(plan_of("alert", &bot, -1), SETTLING_SEND_MARKED); /* the clock was set back */
  assert_int_equal(plan_of("summary", &always, 1000 * HOUR), SETTLING_SEND);
}

static void what_is_left_is_doubtful(void **state) {
  (void)state;
  struct outbox_row row = row_of("summary");
  const struct attempt attempt = {.row = &row, .plug = &hook, .now_ms = NOW};
  struct outbox_settlement left = settling_leave(&attempt);
  assert_int_equal(left.verdict, OUTBOX_DOUBTFUL);
  assert_int_equal(left.id, 7);
  assert_int_equal(left.fence, 3);
  assert_non_null(strstr(left.why, "nobody knows"));
}

static void no_answer_to_what_was_written_is_a_doubt(void **state) {
  (void)state;
  const struct verdict none = {.kind = VERDICT_RETRY, .why = "timed out"};
  struct outbox_settlement s = settle("alert", &hook, &none, true, NULL);
  assert_int_equal(s.verdict, OUTBOX_RETRY);
  assert_true(s.doubt);
  s = settle("alert", &hook, &none, false, NULL);
  assert_false(s.doubt);
  s = settle("summary", &hook, &none, true, NULL);
  assert_int_equal(s.verdict, OUTBOX_DOUBTFUL);
  assert_string_equal(s.why, "timed out: nobody knows whether it has arrived");
  s = settle("summary", &hook, &none, false, NULL);
  assert_int_equal(s.verdict, OUTBOX_RETRY);
  s = settle("summary", &bot, &none, true, NULL);
  assert_int_equal(s.verdict, OUTBOX_RETRY);
  assert_true(s.doubt);
  s = settle("summary", &hook, &none, true, "55"); /* the same edit again changes nothing */
  assert_int_equal(s.verdict, OUTBOX_RETRY);
  assert_false(s.doubt);
}

static void tries_come_further_apart_and_end_after_three_days(void **state) {
  (void)state;
  const struct verdict busy = {.kind = VERDICT_RETRY, .why = "HTTP 503", .after_ms = 0};
  for (int attempts = 1; attempts < 40; attempts++) {
    struct outbox_row row = row_of("alert");
    row.attempts = attempts;
    const struct attempt attempt = {.row = &row, .plug = &hook, .now_ms = NOW};
    const struct outcome outcome = {.verdict = &busy, .chance = UINT64_MAX};
    int64_t wait_ms = settling_of(&attempt, &outcome, why).due_ms - NOW;
    assert_in_range(wait_ms, 1000, attempts < 12 ? 1000 + (1000 << attempts) : HOUR + 1000);
  }
  struct outbox_row row = row_of("alert");
  const struct verdict later = {.kind = VERDICT_RETRY, .after_ms = 5 * HOUR};
  const struct outcome outcome = {.verdict = &later};
  row.created_ms = NOW - 72 * HOUR;
  row.attempts = 40;
  const struct attempt attempt = {.row = &row, .plug = &hook, .now_ms = NOW};
  assert_int_equal(settling_of(&attempt, &outcome, why).due_ms, NOW + 5 * HOUR);
  row.created_ms--;
  row.attempts = 39; /* in three days? the clock went ahead */
  assert_int_equal(settling_of(&attempt, &outcome, why).verdict, OUTBOX_RETRY);
  row.attempts = 40;
  assert_int_equal(settling_of(&attempt, &outcome, why).verdict, OUTBOX_REFUSED);
}

static void a_void_address_is_told_with_its_mark(void **state) {
  (void)state;
  struct verdict refused = {.kind = VERDICT_REFUSED, .why = "gone"};
  assert_null(settle("alert", &hook, &refused, false, NULL).disabled_mark);
  refused.disabled = true;
  assert_string_equal(settle("alert", &hook, &refused, false, NULL).disabled_mark, "abcd0123");
  assert_int_equal(settle("alert", &hook, &refused, false, NULL).verdict, OUTBOX_REFUSED);
}

static void an_edited_message_that_is_gone_is_posted_anew(void **state) {
  (void)state;
  const struct verdict gone = {.kind = VERDICT_REFUSED, .gone = true};
  struct outbox_settlement s = settle("summary", &hook, &gone, false, "55");
  assert_int_equal(s.verdict, OUTBOX_RETRY);
  assert_true(s.untried);
  assert_int_equal(s.due_ms, NOW);
  assert_string_equal(s.message_id, "");
  assert_int_equal(settle("summary", &hook, &gone, false, NULL).verdict, OUTBOX_REFUSED);
}

static void what_was_sent_is_remembered_for_the_next_edit(void **state) {
  (void)state;
  struct verdict sent = {.kind = VERDICT_SENT, .message_id = "77"};
  struct outbox_settlement s = settle("summary", &hook, &sent, false, NULL);
  assert_string_equal(s.message_id, "77");
  assert_int_equal(s.message_mark, 99);
  sent.message_id[0] = '\0';
  assert_string_equal(settle("summary", &hook, &sent, false, "55").message_id, "55");
  assert_string_equal(settle("summary", &hook, &sent, false, NULL).message_id, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_not_in_doubt_is_sent_as_it_is),
      cmocka_unit_test(alerts_are_said_again_and_summaries_are_not),
      cmocka_unit_test(a_nonce_makes_a_repeat_harmless_as_long_as_it_holds),
      cmocka_unit_test(what_is_left_is_doubtful),
      cmocka_unit_test(no_answer_to_what_was_written_is_a_doubt),
      cmocka_unit_test(tries_come_further_apart_and_end_after_three_days),
      cmocka_unit_test(a_void_address_is_told_with_its_mark),
      cmocka_unit_test(an_edited_message_that_is_gone_is_posted_anew),
      cmocka_unit_test(what_was_sent_is_remembered_for_the_next_edit),
  };
  return cmocka_run_group_tests_name("settling", tests, NULL, NULL);
}
