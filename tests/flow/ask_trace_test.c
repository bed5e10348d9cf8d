/* What `log_level = debug` tells of an ask, and what it never tells. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow/ask_trace.h"
#include "lowtide/log.h"
#include "lowtide/text.h"

static char said[4096];
static int real_stderr;
static FILE *captured;

static int begin(void **state) {
  (void)state;
  log_set_level(LOG_LEVEL_DEBUG);
  captured = tmpfile();
  real_stderr = dup(STDERR_FILENO);
  return captured != NULL && dup2(fileno(captured), STDERR_FILENO) >= 0 ? 0 : -1;
}

static const char *listen_up(void) {
  ssize_t length = pread(fileno(captured), said, sizeof said - 1, 0);
  said[length > 0 ? length : 0] = '\0';
  return said;
}

static int end(void **state) {
  (void)state;
  (void)dup2(real_stderr, STDERR_FILENO);
  (void)close(real_stderr);
  (void)fclose(captured);
  log_set_level(LOG_LEVEL_INFO);
  return 0;
}

static struct ask_trace *trace_http(const char *who, const char *url) {
  struct ask ask;
  ask_init(&ask);
  ask.who = who;
  (void)text_copy(ask.http.method, sizeof ask.http.method, "GET");
  (void)buf_add(&ask.http.url, url);
  struct ask_trace *trace = ask_trace_new(&ask);
  ask_done(&ask);
  return trace;
}

static void an_accounts_ask_and_answer_are_told(void **state) {
  (void)state;
  const struct answer answer = {.http = {.status = 200, .length = 42}};
  ask_trace_answered(trace_http("kimi", "https://user:pass@api.example.com:8/v1/balance?key=secret#frag"), &answer);
  (void)listen_up();
  assert_non_null(strstr(said, "debug ask: kimi asks GET api.example.com:8/v1/balance\n"));
  assert_non_null(strstr(said, "kimi has an answer from GET api.example.com:8/v1/balance status=200 bytes=42 ms="));
  const char *const hidden[] = {"secret", "key=", "frag", "user", "pass", "https"};
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
    assert_null(strstr(said, hidden[i]));
}

static void of_a_channel_only_the_host_is_told(void **state) {
  (void)state;
  const struct answer answer = {.http = {.status = 204}};
  ask_trace_answered(trace_http(NULL, "https://discord.com/api/webhooks/1/TOKEN?wait=true"), &answer);
  assert_non_null(strstr(listen_up(), "a channel asks GET discord.com\n"));
  assert_null(strstr(said, "/"));
  assert_null(strstr(said, "TOKEN"));
}

static void a_fault_is_told_with_its_code(void **state) {
  (void)state;
  struct answer answer = {.http = {.status = 0}};
  (void)err_set(&answer.http.err, ERR_NETWORK, "connection refused");
  ask_trace_answered(trace_http("kimi", "https://h/p"), &answer);
  assert_non_null(strstr(listen_up(), "kimi has no answer from GET h/p: connection refused code=network ms="));
  ask_trace_given_up(trace_http("kimi", "https://h/p"));
  assert_non_null(strstr(listen_up(), "kimi has given up on GET h/p ms="));
}

static void queries_and_programs_are_told_without_their_words(void **state) {
  (void)state;
  const struct answer answer = {.program = {.exit_code = 0}};
  struct ask ask;
  ask_init(&ask);
  ask.who = "claude";
  ask.kind = ASK_SQL;
  ask.sql = (struct sql_ask){.host = "db.example.com", .password = "secret", .query = "SELECT 'secret'"};
  ask_trace_answered(ask_trace_new(&ask), &answer);
  ask.sql = (struct sql_ask){.dsn = "postgres://u:secret@h/d", .query = "SELECT 'secret'"};
  ask_trace_answered(ask_trace_new(&ask), &answer);
  ask.kind = ASK_PROGRAM;
  assert_true(program_ask_split(&ask.program, "/bin/balance --key=secret", &(struct err){0}));
  ask_trace_answered(ask_trace_new(&ask), &answer);
  ask.kind = ASK_NOTE;
  ask_trace_answered(ask_trace_new(&ask), &answer);
  ask_done(&ask);
  (void)listen_up();
  assert_non_null(strstr(said, "claude asks a query of db.example.com\n"));
  assert_non_null(strstr(said, "claude asks a query of its dsn\n"));
  assert_non_null(strstr(said, "claude asks the program /bin/balance\n"));
  assert_non_null(strstr(said, "claude has an answer from the notes ms="));
  assert_null(strstr(said, "secret"));
}

static void without_debug_nothing_is_worded(void **state) {
  (void)state;
  const struct answer answer = {.http = {.status = 200}};
  log_set_level(LOG_LEVEL_INFO);
  assert_null(trace_http("kimi", "https://h/p"));
  ask_trace_answered(NULL, &answer);
  ask_trace_given_up(NULL);
  assert_string_equal(listen_up(), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(an_accounts_ask_and_answer_are_told, begin, end),
      cmocka_unit_test_setup_teardown(of_a_channel_only_the_host_is_told, begin, end),
      cmocka_unit_test_setup_teardown(a_fault_is_told_with_its_code, begin, end),
      cmocka_unit_test_setup_teardown(queries_and_programs_are_told_without_their_words, begin, end),
      cmocka_unit_test_setup_teardown(without_debug_nothing_is_worded, begin, end),
  };
  return cmocka_run_group_tests_name("ask trace", tests, NULL, NULL);
}
