#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

/* What is written to stderr between begin and end comes back as one text. */
static int real_stderr;
static FILE *captured;

static void capture_begin(void) {
  real_stderr = dup(STDERR_FILENO);
  captured = tmpfile();
  assert_true(real_stderr >= 0 && captured != NULL);
  assert_true(dup2(fileno(captured), STDERR_FILENO) >= 0);
}

static void capture_end(char *out, size_t size) {
  assert_true(dup2(real_stderr, STDERR_FILENO) >= 0);
  ssize_t length = pread(fileno(captured), out, size - 1, 0);
  assert_true(length >= 0);
  out[length] = '\0';
  (void)fclose(captured);
  (void)close(real_stderr);
}

/* The line without its time, whose form is checked. */
static const char *behind_time(const char *line) {
  assert_true(strlen(line) > 21);
  for (const char *form = "0000-00-00T00:00:00Z "; *form != '\0'; form++, line++) {
    assert_true(*form == '0' ? *line >= '0' && *line <= '9' : *line == *form);
  }
  return line;
}

static int reset(void **state) {
  (void)state;
  (void)unsetenv("JOURNAL_STREAM");
  log_set_level(LOG_LEVEL_INFO);
  log_set_lines(LOG_LINES_TEXT);
  return 0;
}

static void an_event_is_one_line(void **state) {
  (void)state;
  char text[512];
  capture_begin();
  log_info("gather", "%s did\nnot answer code=%s", "kimi", "timeout");
  capture_end(text, sizeof text);
  assert_string_equal(behind_time(text), "info gather: kimi did not answer code=timeout\n");
}

static void levels_below_the_chosen_one_are_silent(void **state) {
  (void)state;
  char text[512];
  capture_begin();
  log_debug("flow", "not shown");
  log_set_level(LOG_LEVEL_WARNING);
  log_info("flow", "not shown either");
  log_warning("flow", "shown");
  capture_end(text, sizeof text);
  assert_string_equal(behind_time(text), "warning flow: shown\n");
  capture_begin();
  log_set_level(LOG_LEVEL_DEBUG);
  log_debug("flow", "now shown");
  capture_end(text, sizeof text);
  assert_string_equal(behind_time(text), "debug flow: now shown\n");
  capture_begin();
  log_set_level(LOG_LEVEL_ERROR);
  log_warning("flow", "not shown");
  log_error("flow", "bad");
  capture_end(text, sizeof text);
  assert_string_equal(behind_time(text), "error flow: bad\n");
}

static void a_secret_never_reaches_the_log(void **state) {
  (void)state;
  char text[8192];
  char *padding = mem_new(5000, 1);
  memset(padding, 'a', 4080);
  struct secret *secret = secret_new("sk-planted-key");
  capture_begin();
  log_info("gather", "url=https://x/?key=%s", "sk-planted-key");
  log_info("gather", "%ssk-planted-key", padding);
  capture_end(text, sizeof text);
  secret_free(secret);
  mem_free(padding);
  assert_non_null(strstr(text, "key=***"));
  assert_null(strstr(text, "sk-pl"));
}

static void long_sentences_are_cut_and_huge_ones_named(void **state) {
  (void)state;
  char text[8192];
  char *words = mem_new(70000, 1);
  memset(words, 'a', 5000);
  capture_begin();
  log_info("flow", "%s", words);
  capture_end(text, sizeof text);
  assert_int_equal(strlen(behind_time(text)), strlen("info flow: \n") + 4095);
  memset(words, 'a', 69999);
  capture_begin();
  log_info("flow", "x %s", words);
  capture_end(text, sizeof text);
  assert_string_equal(behind_time(text), "info flow: a sentence too long for the log: x %s\n");
  mem_free(words);
}

static void the_journal_gets_priorities_and_no_time(void **state) {
  (void)state;
  char text[512];
  char stream[64];
  struct stat status;
  capture_begin();
  int failed = fstat(STDERR_FILENO, &status);
  (void)text_fmt(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
  (void)setenv("JOURNAL_STREAM", stream, 1);
  log_set_level(LOG_LEVEL_DEBUG);
  log_error("flow", "e");
  log_warning("flow", "w");
  log_info("flow", "i");
  log_debug("flow", "d");
  capture_end(text, sizeof text);
  assert_int_equal(failed, 0);
  assert_string_equal(text, "<3>flow: e\n<4>flow: w\n<6>flow: i\n<7>flow: d\n");
}

static void a_journal_that_is_not_ours_gets_nothing(void **state) {
  (void)state;
  char text[512];
  (void)setenv("JOURNAL_STREAM", "1:1", 1);
  capture_begin();
  log_info("flow", "elsewhere");
  capture_end(text, sizeof text);
  assert_string_equal(behind_time(text), "info flow: elsewhere\n");
}

static void expect_json(const char *sentence, const char *expected) {
  char text[1024];
  capture_begin();
  log_info("gather", "%s", sentence);
  capture_end(text, sizeof text);
  assert_true(text_starts(text, "{\"time\":\"20"));
  char *rest = strstr(text, "Z\",");
  assert_non_null(rest);
  assert_string_equal(rest + 3, expected);
}

#define HEAD "\"level\":\"info\",\"room\":\"gather\",\"message\":"

static void a_line_of_json_has_the_pairs_as_members(void **state) {
  (void)state;
  log_set_lines(LOG_LINES_JSON);
  expect_json("kimi did not answer", HEAD "\"kimi did not answer\"}\n");
  expect_json("kimi: x code=timeout ms=12", HEAD "\"kimi: x\",\"code\":\"timeout\",\"ms\":\"12\"}\n");
  expect_json("waiting schedule=\"0 * * * *\" n=", HEAD "\"waiting\",\"schedule\":\"0 * * * *\",\"n\":\"\"}\n");
  expect_json("a empty=\"\" b=x=y", HEAD "\"a\",\"empty\":\"\",\"b\":\"x=y\"}\n");
  expect_json("code=a", HEAD "\"\",\"code\":\"a\"}\n");
  expect_json("", HEAD "\"\"}\n");
}

static void what_only_looks_like_a_pair_stays_in_the_sentence(void **state) {
  (void)state;
  log_set_lines(LOG_LINES_JSON);
  expect_json("1+1=2", HEAD "\"1+1=2\"}\n");
  expect_json("=2", HEAD "\"=2\"}\n");
  expect_json("see \"that\"", HEAD "\"see \\\"that\\\"\"}\n");
  expect_json("x a=1, b", HEAD "\"x a=1, b\"}\n");
  expect_json("\"", HEAD "\"\\\"\"}\n");
  expect_json("a=\"", HEAD "\"a=\\\"\"}\n");
  expect_json("x a=\"b c=d", HEAD "\"x\",\"a\":\"\\\"b\",\"c\":\"d\"}\n");
  expect_json("Ä=1", HEAD "\"Ä=1\"}\n");
}

static void foreign_words_cannot_put_members_of_ours_in_doubt(void **state) {
  (void)state;
  log_set_lines(LOG_LINES_JSON);
  expect_json("it said level=error", HEAD "\"it said level=error\"}\n");
  expect_json("it said time=1 code=b", HEAD "\"it said time=1\",\"code\":\"b\"}\n");
  expect_json("it said code=ok code=auth", HEAD "\"it said code=ok\",\"code\":\"auth\"}\n");
  expect_json("it said \",\"level\":\"error", HEAD "\"it said \\\",\\\"level\\\":\\\"error\"}\n");
  char text[1024];
  capture_begin();
  log_info("gather", "x a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1 j=1 k=1 l=1 m=1 n=1 o=1 p=1 q=1");
  capture_end(text, sizeof text);
  assert_non_null(strstr(text, "\"message\":\"x a=1\",\"b\":\"1\""));
}

static void a_secret_never_reaches_a_line_of_json(void **state) {
  (void)state;
  char text[8192];
  static const char *const keys[] = {"sk-planted-key", "sk\"planted\\key", "sk planted=\"key\"", "sk/planted/key"};
  log_set_lines(LOG_LINES_JSON);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    struct secret *secret = secret_new(keys[i]);
    capture_begin();
    log_info("gather", "said %s key=%s quoted=\"%s\"", keys[i], keys[i], keys[i]);
    capture_end(text, sizeof text);
    secret_free(secret);
    assert_null(strstr(text, "planted"));
    assert_non_null(strstr(text, "said ***\",\"key\":\"***\",\"quoted\":\"***\"}"));
  }
}

static void the_journal_gets_its_priority_in_front_of_json(void **state) {
  (void)state;
  char text[512];
  char stream[64];
  struct stat status;
  log_set_lines(LOG_LINES_JSON);
  capture_begin();
  int failed = fstat(STDERR_FILENO, &status);
  (void)text_fmt(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
  (void)setenv("JOURNAL_STREAM", stream, 1);
  log_warning("flow", "w");
  capture_end(text, sizeof text);
  assert_int_equal(failed, 0);
  assert_true(text_starts(text, "<4>{\"time\":\"20"));
}

static void what_is_dear_to_word_can_be_asked_for(void **state) {
  (void)state;
  assert_true(log_shows(LOG_LEVEL_INFO));
  assert_false(log_shows(LOG_LEVEL_DEBUG));
  log_set_level(LOG_LEVEL_DEBUG);
  assert_true(log_shows(LOG_LEVEL_DEBUG));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(an_event_is_one_line, reset),
      cmocka_unit_test_setup(levels_below_the_chosen_one_are_silent, reset),
      cmocka_unit_test_setup(a_secret_never_reaches_the_log, reset),
      cmocka_unit_test_setup(long_sentences_are_cut_and_huge_ones_named, reset),
      cmocka_unit_test_setup(the_journal_gets_priorities_and_no_time, reset),
      cmocka_unit_test_setup(a_journal_that_is_not_ours_gets_nothing, reset),
      cmocka_unit_test_setup(a_line_of_json_has_the_pairs_as_members, reset),
      cmocka_unit_test_setup(what_only_looks_like_a_pair_stays_in_the_sentence, reset),
      cmocka_unit_test_setup(foreign_words_cannot_put_members_of_ours_in_doubt, reset),
      cmocka_unit_test_setup(a_secret_never_reaches_a_line_of_json, reset),
      cmocka_unit_test_setup(the_journal_gets_its_priority_in_front_of_json, reset),
      cmocka_unit_test_setup(what_is_dear_to_word_can_be_asked_for, reset),
  };
  return cmocka_run_group_tests_name("base log", tests, NULL, NULL);
}
