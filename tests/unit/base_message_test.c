#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lowtide/message.h"

static void expect_plain(const char *marked, bool terminal, const char *expected) {
  struct buf out;
  buf_init(&out, 4096);
  message_print_plain(&out, marked, terminal);
  assert_string_equal(buf_text(&out), expected);
  buf_done(&out);
}

static void bold_is_stars_or_a_terminals_bold(void **state) {
  (void)state;
  const char *marked = "a " MARK_BOLD MARK_FOREIGN "Kimi" MARK_FOREIGN_END ":" MARK_BOLD_END " b";
  expect_plain(marked, false, "a **Kimi:** b");
  expect_plain(marked, true, "a \033[1mKimi:\033[22m b");
  expect_plain("", false, "");
}

static void raw_and_foreign_text_stays_as_it_is(void **state) {
  (void)state;
  expect_plain("to " MARK_RAW "<#123>" MARK_RAW_END " " MARK_FOREIGN "a*b_c @everyone" MARK_FOREIGN_END, false,
               "to <#123> a*b_c @everyone");
}

static void expect_foreign(const char *foreign, const char *expected) {
  struct buf out;
  buf_init(&out, 4096);
  message_add_foreign(&out, foreign);
  assert_string_equal(buf_text(&out), expected);
  buf_done(&out);
}

static void foreign_text_cannot_bring_marks_or_lines(void **state) {
  (void)state;
  expect_foreign("Kimi", MARK_FOREIGN "Kimi" MARK_FOREIGN_END);
  expect_foreign("a\x04" MARK_BOLD "b\nc\033[2J", MARK_FOREIGN "a  b c [2J" MARK_FOREIGN_END);
  expect_foreign("月\xff", MARK_FOREIGN "月 " MARK_FOREIGN_END);
  expect_foreign("", "");
}

static void summaries_and_recoveries_are_silent(void **state) {
  (void)state;
  static const struct {
    enum message_kind kind;
    const char *name;
    bool silent;
  } kinds[] = {{MESSAGE_SUMMARY, "summary", true},
               {MESSAGE_ALERT, "alert", false},
               {MESSAGE_RECOVERY, "recovery", true},
               {MESSAGE_TEST, "test", false}};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    struct message message;
    message_init(&message, kinds[i].kind);
    assert_string_equal(message_kind_name(kinds[i].kind), kinds[i].name);
    assert_int_equal(message.kind, kinds[i].kind);
    assert_int_equal(message.silent, kinds[i].silent);
    assert_string_equal(message.mention, "");
    assert_true(buf_add(&message.text, "x"));
    message_done(&message);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bold_is_stars_or_a_terminals_bold),
      cmocka_unit_test(raw_and_foreign_text_stays_as_it_is),
      cmocka_unit_test(foreign_text_cannot_bring_marks_or_lines),
      cmocka_unit_test(summaries_and_recoveries_are_silent),
  };
  return cmocka_run_group_tests_name("base_message", tests, NULL, NULL);
}
