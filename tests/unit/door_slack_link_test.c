/* Socket Mode's machine, with a clock that the tests turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "door/slack_link.h"
#include "lowtide/text.h"

#define SECOND 1000

struct bench {
  struct slack_link link;
  uint64_t dice;
  int64_t now_ms;
  int asks;
  int opens;
  int closes;
  int drops;
  int last; /* the line that was opened last */
};

static uint64_t roll(void *context) {
  return ((struct bench *)context)->dice;
}

static void begin(struct bench *bench) {
  *bench = (struct bench){.now_ms = 5000};
  slack_link_start(&bench->link, roll, bench);
}

/* Does what the machine says, until it rests; answers for how long. */
static int64_t work(struct bench *bench) {
  for (;;) {
    struct slack_link_do todo = slack_link_next(&bench->link, bench->now_ms);
    switch (todo.step) {
    case SLACK_LINK_ASK: bench->asks++; break;
    case SLACK_LINK_OPEN:
      bench->opens++;
      bench->last = todo.line;
      break;
    case SLACK_LINK_CLOSE: bench->closes++; break;
    case SLACK_LINK_DROP: bench->drops++; break;
    case SLACK_LINK_REST: return todo.wait_ms;
    }
  }
}

/* Time passes until the machine asks for an address; answers how much. */
static int64_t until_asks(struct bench *bench) {
  int asks = bench->asks;
  int64_t from_ms = bench->now_ms;
  for (int i = 0; i < 100; i++) {
    int64_t wait_ms = work(bench);
    if (bench->asks > asks) return bench->now_ms - from_ms;
    assert_true(wait_ms > 0);
    bench->now_ms += wait_ms;
  }
  fail();
  return -1;
}

static void address(struct bench *bench) {
  slack_link_addressed(&bench->link);
  (void)work(bench);
}

/* From the address to the hello. */
static int connect_line(struct bench *bench) {
  address(bench);
  slack_link_opened(&bench->link, bench->last, bench->now_ms);
  (void)work(bench);
  slack_link_greeted(&bench->link, bench->last, bench->now_ms);
  (void)work(bench);
  return bench->last;
}

static int first_line(struct bench *bench) {
  begin(bench);
  (void)work(bench);
  return connect_line(bench);
}

static void refuse(struct bench *bench, const char *word, int64_t after_ms) {
  struct slack_said said = {.after_ms = after_ms};
  (void)text_copy(said.word, sizeof said.word, word);
  (void)err_set(&said.err, ERR_SERVER, "Slack says %s", word);
  slack_link_refused(&bench->link, &said, bench->now_ms);
}

static void assert_print(const struct bench *bench, const char *piece) {
  struct buf out;
  buf_init(&out, 1000);
  slack_link_print(&bench->link, bench->now_ms, &out);
  if (strstr(buf_text(&out), piece) == NULL) fail_msg("\"%s\" lacks \"%s\"", buf_text(&out), piece);
  buf_done(&out);
}

static void it_asks_opens_and_is_ready_after_the_hello(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench);
  assert_int_equal(work(&bench), -1);
  assert_int_equal(bench.asks, 1);
  assert_print(&bench, "connecting");
  address(&bench);
  assert_int_equal(bench.opens, 1);
  assert_int_equal(work(&bench), -1); /* the socket itself is bounded */
  slack_link_opened(&bench.link, bench.last, bench.now_ms);
  assert_false(slack_link_is_ready(&bench.link));
  slack_link_greeted(&bench.link, bench.last, bench.now_ms);
  assert_true(slack_link_is_ready(&bench.link));
  assert_int_equal(work(&bench), -1);
  assert_int_equal(bench.asks + bench.opens + bench.closes + bench.drops, 2);
  assert_print(&bench, "connected");
}

static void a_line_without_hello_is_cut_after_10_s(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench);
  (void)work(&bench);
  address(&bench);
  slack_link_opened(&bench.link, bench.last, bench.now_ms);
  assert_int_equal(work(&bench), 10 * SECOND);
  bench.now_ms += 10 * SECOND - 1;
  (void)work(&bench);
  assert_int_equal(bench.drops, 0);
  bench.now_ms++;
  (void)work(&bench);
  assert_int_equal(bench.drops, 1);
  assert_true(slack_link_is_in_trouble(&bench.link));
  assert_int_equal(bench.asks, 2);
}

static void warned_it_has_the_new_line_before_the_old_one_goes(void **state) {
  (void)state;
  static const char *const reasons[] = {"warning", "refresh_requested", "something_new"};
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
    struct bench bench;
    int old = first_line(&bench);
    bench.now_ms += 3600 * SECOND;
    slack_link_warned(&bench.link, old, reasons[i], bench.now_ms);
    assert_true(until_asks(&bench) <= 250);
    assert_true(slack_link_is_ready(&bench.link));
    slack_link_warned(&bench.link, old, reasons[i], bench.now_ms); /* again: no matter */
    assert_int_equal(work(&bench), -1);
    int new = connect_line(&bench);
    assert_int_not_equal(new, old);
    assert_int_equal(bench.closes, 0);
    assert_true(slack_link_is_ready(&bench.link));
    assert_int_equal(work(&bench), 5 * SECOND);
    bench.now_ms += 5 * SECOND;
    (void)work(&bench);
    assert_int_equal(bench.closes, 1);
    slack_link_closed(&bench.link, old, "Slack hung up (1000)", bench.now_ms);
    assert_int_equal(work(&bench), -1);
    assert_int_equal(bench.asks, 2);
    assert_false(slack_link_is_in_trouble(&bench.link));
  }
}

static void the_old_line_may_end_before_the_new_one_is_up(void **state) {
  (void)state;
  struct bench bench;
  int old = first_line(&bench);
  bench.now_ms += 3600 * SECOND;
  slack_link_warned(&bench.link, old, "warning", bench.now_ms);
  (void)until_asks(&bench);
  slack_link_closed(&bench.link, old, "cut", bench.now_ms);
  assert_false(slack_link_is_ready(&bench.link));
  (void)work(&bench);
  (void)connect_line(&bench);
  assert_true(slack_link_is_ready(&bench.link));
  assert_int_equal(bench.asks, 2);
}

static void a_new_line_that_fails_leaves_the_old_one_alone(void **state) {
  (void)state;
  struct bench bench;
  int old = first_line(&bench);
  bench.now_ms += 3600 * SECOND;
  slack_link_warned(&bench.link, old, "warning", bench.now_ms);
  (void)until_asks(&bench);
  address(&bench);
  slack_link_closed(&bench.link, bench.last, "connection refused", bench.now_ms);
  assert_true(slack_link_is_ready(&bench.link));
  assert_false(slack_link_is_in_trouble(&bench.link));
  assert_in_range(until_asks(&bench), 500, 1000);
  assert_int_not_equal(connect_line(&bench), old);
}

static void a_good_line_that_is_cut_is_followed_at_once(void **state) {
  (void)state;
  struct bench bench;
  int line = first_line(&bench);
  bench.now_ms += 61 * SECOND;
  bench.dice = UINT64_MAX;
  slack_link_closed(&bench.link, line, "connection reset", bench.now_ms);
  assert_true(until_asks(&bench) <= 250);
  assert_false(slack_link_is_in_trouble(&bench.link));
}

static void lines_that_do_not_last_are_followed_more_and_more_slowly(void **state) {
  (void)state;
  static const int64_t most[] = {250, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};
  struct bench bench;
  int line = first_line(&bench);
  for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
    bench.dice = i % 2 == 0 ? 0 : 1234567;
    slack_link_closed(&bench.link, line, "connection reset", bench.now_ms);
    assert_in_range(until_asks(&bench), i == 0 ? 0 : most[i] / 2, most[i]);
    line = connect_line(&bench);
  }
  bench.now_ms += 61 * SECOND;
  slack_link_closed(&bench.link, line, "connection reset", bench.now_ms);
  assert_true(until_asks(&bench) <= 250);
}

static void chance_parts_those_who_come_back(void **state) {
  (void)state;
  struct bench bench;
  int64_t waits[2];
  for (int i = 0; i < 2; i++) {
    begin(&bench);
    (void)work(&bench);
    refuse(&bench, "internal_error", 0);
    (void)until_asks(&bench);
    bench.dice = i == 0 ? 0 : 400;
    refuse(&bench, "internal_error", 0);
    waits[i] = until_asks(&bench);
  }
  assert_int_equal(waits[0], 500);
  assert_int_equal(waits[1], 900);
}

static void slack_may_say_when_to_come_back(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench);
  (void)work(&bench);
  refuse(&bench, "ratelimited", 42 * SECOND);
  assert_print(&bench, "waiting 42s: Slack says ratelimited");
  assert_int_equal(until_asks(&bench), 42 * SECOND);
}

static void what_a_person_must_mend_stops_it(void **state) {
  (void)state;
  static const char *const words[] = {"not_authed",    "invalid_auth",  "account_inactive", "user_removed_from_team",
                                      "team_disabled", "token_revoked", "token_expired",    "not_allowed_token_type",
                                      "missing_scope", "no_permission"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    struct bench bench;
    begin(&bench);
    (void)work(&bench);
    refuse(&bench, words[i], 0);
    assert_int_equal(work(&bench), -1);
    assert_int_equal(bench.asks, 1);
    assert_true(slack_link_is_in_trouble(&bench.link));
    assert_print(&bench, "stopped: ");
    assert_null(strstr(bench.link.trouble, words[i])); /* a sentence, not a word */
  }
}

static void a_link_that_is_switched_off_stops_it_on_all_lines(void **state) {
  (void)state;
  struct bench bench;
  int old = first_line(&bench);
  slack_link_warned(&bench.link, old, "warning", bench.now_ms);
  (void)until_asks(&bench);
  address(&bench);
  slack_link_opened(&bench.link, bench.last, bench.now_ms);
  slack_link_warned(&bench.link, old, "link_disabled", bench.now_ms);
  assert_int_equal(work(&bench), -1);
  assert_int_equal(bench.closes, 1);
  assert_int_equal(bench.drops, 1);
  slack_link_closed(&bench.link, old, "x", bench.now_ms);
  assert_int_equal(work(&bench), -1);
  assert_print(&bench, "stopped: Socket Mode is switched off");
  assert_true(slack_link_is_in_trouble(&bench.link));
  assert_true(slack_link_is_down(&bench.link));
}

static void one_too_many_waits_half_a_minute_and_more(void **state) {
  (void)state;
  for (uint64_t dice = 0; dice < 100000; dice += 7919) {
    struct bench bench;
    int line = first_line(&bench);
    bench.dice = dice;
    slack_link_warned(&bench.link, line, "too_many_websockets", bench.now_ms);
    (void)work(&bench);
    assert_int_equal(bench.closes, 1);
    slack_link_closed(&bench.link, line, "x", bench.now_ms);
    assert_in_range(until_asks(&bench), 30 * SECOND, 60 * SECOND);
  }
}

static void a_new_line_too_many_leaves_the_old_one_in_use(void **state) {
  (void)state;
  struct bench bench;
  int old = first_line(&bench);
  slack_link_warned(&bench.link, old, "warning", bench.now_ms);
  (void)until_asks(&bench);
  address(&bench);
  slack_link_opened(&bench.link, bench.last, bench.now_ms);
  slack_link_warned(&bench.link, bench.last, "too_many_websockets", bench.now_ms);
  (void)work(&bench);
  assert_int_equal(bench.closes, 1);
  slack_link_closed(&bench.link, bench.last, "x", bench.now_ms);
  assert_true(slack_link_is_ready(&bench.link));
  assert_in_range(until_asks(&bench), 30 * SECOND, 60 * SECOND);
}

static void one_too_many_may_be_said_when_it_asks(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench);
  (void)work(&bench);
  refuse(&bench, "too_many_websockets", 0);
  assert_in_range(until_asks(&bench), 30 * SECOND, 60 * SECOND);
}

static void shut_it_hangs_up_and_begins_nothing(void **state) {
  (void)state;
  struct bench bench;
  int line = first_line(&bench);
  slack_link_shut(&bench.link);
  assert_int_equal(work(&bench), -1);
  assert_int_equal(bench.closes, 1);
  assert_false(slack_link_is_down(&bench.link));
  slack_link_closed(&bench.link, line, "x", bench.now_ms);
  assert_true(slack_link_is_down(&bench.link));
  assert_int_equal(work(&bench), -1);
  assert_int_equal(bench.asks, 1);
}

static void shut_while_it_opens_it_cuts(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench);
  (void)work(&bench);
  address(&bench);
  slack_link_shut(&bench.link);
  assert_int_equal(work(&bench), -1);
  assert_int_equal(bench.drops, 1);
  assert_true(slack_link_is_down(&bench.link));
}

static void trouble_is_told_when_the_second_try_fails_too(void **state) {
  (void)state;
  struct bench bench;
  int line = first_line(&bench);
  bench.now_ms += 61 * SECOND;
  slack_link_closed(&bench.link, line, "connection reset", bench.now_ms);
  (void)until_asks(&bench);
  assert_false(slack_link_is_in_trouble(&bench.link));
  refuse(&bench, "internal_error", 0);
  assert_true(slack_link_is_in_trouble(&bench.link));
  (void)until_asks(&bench);
  (void)connect_line(&bench);
  assert_false(slack_link_is_in_trouble(&bench.link));
}

static void a_second_hello_changes_nothing(void **state) {
  (void)state;
  struct bench bench;
  int line = first_line(&bench);
  slack_link_greeted(&bench.link, line, bench.now_ms);
  assert_true(slack_link_is_ready(&bench.link));
  assert_int_equal(work(&bench), -1);
}

/* Whatever comes in whatever order, it wants a line in the end, and never more than there are. */
static void it_finds_its_way_back_from_everything(void **state) {
  (void)state;
  static const char *const reasons[] = {"warning", "refresh_requested", "too_many_websockets"};
  for (uint64_t seed = 1; seed < 400; seed++) {
    struct bench bench;
    begin(&bench);
    uint64_t dice = seed;
    for (int i = 0; i < 200; i++) {
      dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
      bench.dice = dice >> 20;
      int line = (int)(dice >> 33) % SLACK_LINES;
      enum slack_line_state is = bench.link.lines[line].state;
      (void)work(&bench);
      if (bench.link.asking && (dice & 64) != 0) {
        refuse(&bench, "internal_error", 0);
      } else if (bench.link.asking) {
        slack_link_addressed(&bench.link);
      } else if (is == SLACK_LINE_OPENING && (dice & 128) != 0) {
        slack_link_opened(&bench.link, line, bench.now_ms);
      } else if (is == SLACK_LINE_GREETS && (dice & 128) != 0) {
        slack_link_greeted(&bench.link, line, bench.now_ms);
      } else if ((is == SLACK_LINE_READY || is == SLACK_LINE_GREETS) && (dice & 256) != 0) {
        slack_link_warned(&bench.link, line, reasons[dice % 3], bench.now_ms);
      } else if (is != SLACK_LINE_NONE) {
        slack_link_closed(&bench.link, line, "cut", bench.now_ms);
      }
      int64_t wait_ms = work(&bench);
      bench.now_ms += wait_ms > 0 && (dice & 512) != 0 ? wait_ms : 100;
    }
    for (int line = 0; line < SLACK_LINES; line++) {
      if (bench.link.lines[line].state != SLACK_LINE_NONE) slack_link_closed(&bench.link, line, "cut", bench.now_ms);
    }
    if (!bench.link.asking && !bench.link.addressed) (void)until_asks(&bench);
    (void)connect_line(&bench);
    assert_true(slack_link_is_ready(&bench.link));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_asks_opens_and_is_ready_after_the_hello),
      cmocka_unit_test(a_line_without_hello_is_cut_after_10_s),
      cmocka_unit_test(warned_it_has_the_new_line_before_the_old_one_goes),
      cmocka_unit_test(the_old_line_may_end_before_the_new_one_is_up),
      cmocka_unit_test(a_new_line_that_fails_leaves_the_old_one_alone),
      cmocka_unit_test(a_good_line_that_is_cut_is_followed_at_once),
      cmocka_unit_test(lines_that_do_not_last_are_followed_more_and_more_slowly),
      cmocka_unit_test(chance_parts_those_who_come_back),
      cmocka_unit_test(slack_may_say_when_to_come_back),
      cmocka_unit_test(what_a_person_must_mend_stops_it),
      cmocka_unit_test(a_link_that_is_switched_off_stops_it_on_all_lines),
      cmocka_unit_test(one_too_many_waits_half_a_minute_and_more),
      cmocka_unit_test(a_new_line_too_many_leaves_the_old_one_in_use),
      cmocka_unit_test(one_too_many_may_be_said_when_it_asks),
      cmocka_unit_test(shut_it_hangs_up_and_begins_nothing),
      cmocka_unit_test(shut_while_it_opens_it_cuts),
      cmocka_unit_test(trouble_is_told_when_the_second_try_fails_too),
      cmocka_unit_test(a_second_hello_changes_nothing),
      cmocka_unit_test(it_finds_its_way_back_from_everything),
  };
  return cmocka_run_group_tests_name("door_slack_link", tests, NULL, NULL);
}
