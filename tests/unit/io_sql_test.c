#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "unit/io_certificates.h"
#include "unit/io_world.h"

#define MANY 100

static struct io_world world;
static struct child server;
static bool is_there;
static char port[16];
static char folder[128];

static int begin_all(void **state) {
  char line[160];
  char certificate[96];
  char key[96];
  if (certificates_begin(state) != 0) return -1;
  (void)text_fmt(certificate, sizeof certificate, "%s/server.pem", certificates);
  (void)text_fmt(key, sizeof key, "%s/server.key", certificates);
  const char *const args[] = {"tests/fake/postgres", certificate, key, NULL};
  if (!child_start(&server, args)) return -1;
  is_there = child_line(&server, line, sizeof line);
  if (!is_there) return child_end(&server, 0) == 77 && io_may_skip() ? 0 : -1;
  const char *space = strchr(line, ' ');
  (void)text_fmt(port, sizeof port, "%.*s", (int)(space - line), line);
  (void)text_copy(folder, sizeof folder, space + 1);
  return 0;
}

static int end_all(void **state) {
  if (is_there) (void)child_end(&server, 0);
  return certificates_end(state);
}

static int begin(void **state) {
  (void)state;
  return io_begin(&world, NULL, NULL) ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  io_end(&world);
  return 0;
}

static struct ask on_socket(const char *query) {
  struct ask ask;
  ask_init(&ask);
  ask.kind = ASK_SQL;
  ask.sql = (struct sql_ask){
      .host = folder, .port = port, .user = "postgres", .database = "postgres", .sslmode = "prefer", .query = query};
  return ask;
}

static struct ask over_tls(const char *query) {
  struct ask ask = on_socket(query);
  ask.sql.host = "localhost";
  ask.sql.password = "right-password";
  ask.sql.sslmode = "verify-full";
  ask.sql.ca_file = ca_file;
  return ask;
}

static struct heard hear(struct ask ask) {
  struct heard heard;
  (void)io_ask(&world, &ask, PATIENCE_MS, &heard);
  io_wait(&world);
  assert_int_equal(heard.times, 1);
  return heard;
}

static struct sql_answer row_of(const char *query) {
  struct heard heard = hear(on_socket(query));
  assert_string_equal(heard.answer.err.text, "");
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  return heard.answer.sql;
}

static void assert_fault(struct ask ask, enum err_code code, const char *words) {
  struct heard heard = hear(ask);
  assert_string_equal(heard.answer.err.text, words);
  assert_int_equal(heard.answer.err.code, code);
  assert_null(strstr(heard.answer.err.hint, "right-password"));
}

#define NEEDS_SERVER()                                                                                                     \
  do {                                                                                                                     \
    (void)state;                                                                                                           \
    if (!is_there) {                                                                                                       \
      print_message("needs PostgreSQL: make test-deps\n");                                                                 \
      skip();                                                                                                              \
    }                                                                                                                      \
  } while (0)

static void one_column_is_the_balance(void **state) {
  NEEDS_SERVER();
  struct sql_answer row = row_of("SELECT 8.070000000000000001::numeric");
  assert_int_equal(row.rows, 1);
  assert_int_equal(row.columns, 1);
  assert_string_equal(row.field[0], "8.070000000000000001");
  assert_false(row.null[0]);
  assert_false(row.second_is_time);
}

static void a_time_comes_in_utc_whatever_the_server_likes(void **state) {
  NEEDS_SERVER();
  struct sql_answer row = row_of("SELECT 1, timestamptz '2026-01-29 10:00:00.25+01';");
  assert_string_equal(row.field[1], "2026-01-29 09:00:00.25+00");
  assert_true(row.second_is_time);
  row = row_of("SELECT 1, timestamp '2026-01-29 10:00:00'");
  assert_string_equal(row.field[1], "2026-01-29 10:00:00");
  assert_true(row.second_is_time);
  row = row_of("SELECT 1, date '2026-01-29'");
  assert_string_equal(row.field[1], "2026-01-29");
  assert_true(row.second_is_time);
  row = row_of("SELECT 1, 'noted'::text");
  assert_false(row.second_is_time);
}

static void null_and_no_row_are_told_as_such(void **state) {
  NEEDS_SERVER();
  struct sql_answer row = row_of("SELECT NULL::numeric, NULL::timestamptz");
  assert_true(row.null[0] && row.null[1]);
  row = row_of("SELECT 1, now() WHERE false");
  assert_int_equal(row.rows, 0);
  assert_int_equal(row.columns, 2);
}

/* All of them would take days. */
static void two_rows_of_a_million_are_fetched(void **state) {
  NEEDS_SERVER();
  struct sql_answer row = row_of("SELECT generate_series(1, 1000000000000), 2, 3");
  assert_int_equal(row.rows, 2);
  assert_int_equal(row.columns, 3);
  assert_string_equal(row.field[0], "1");
}

static void nothing_can_be_written(void **state) {
  NEEDS_SERVER();
  assert_fault(on_socket("CREATE TABLE t (a int)"), ERR_DATABASE, "cannot execute CREATE TABLE in a read-only transaction");
  assert_fault(on_socket("SELECT 1; CREATE TABLE t (a int)"), ERR_DATABASE,
               "cannot insert multiple commands into a prepared statement");
  assert_fault(on_socket("COMMIT; CREATE TABLE t (a int)"), ERR_DATABASE,
               "cannot insert multiple commands into a prepared statement");
  assert_fault(on_socket("SELECT set_config('transaction_read_only', 'off', false)"), ERR_DATABASE,
               "transaction read-write mode must be set before any query");
  assert_fault(on_socket("COPY (SELECT 1) TO STDOUT"), ERR_DATABASE, "COPY is not a query for a balance");
  struct sql_answer row = row_of("SELECT count(*) FROM pg_tables WHERE tablename = 't'");
  assert_string_equal(row.field[0], "0");
}

static void the_servers_complaint_is_passed_on(void **state) {
  NEEDS_SERVER();
  assert_fault(on_socket("SELECT a FROM nowhere"), ERR_DATABASE, "relation \"nowhere\" does not exist");
  assert_fault(on_socket("SELEKT 1"), ERR_DATABASE, "syntax error at or near \"SELEKT\"");
  assert_fault(on_socket("SELECT 1/0"), ERR_DATABASE, "division by zero");
  assert_fault(on_socket(""), ERR_DATABASE, "the query is empty");
}

/* A notice is the server's own text: it has no place on stderr. */
static void what_the_server_remarks_is_not_printed(void **state) {
  NEEDS_SERVER();
  char printed[64] = "";
  FILE *file = tmpfile();
  int before = dup(STDERR_FILENO);
  assert_non_null(file);
  (void)fflush(stderr);
  assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
  struct heard heard = hear(on_socket("SELECT 1 WHERE NOT pg_cancel_backend(2147483646)"));
  (void)fflush(stderr);
  (void)dup2(before, STDERR_FILENO);
  (void)close(before);
  rewind(file);
  (void)!fread(printed, 1, sizeof printed - 1, file);
  (void)fclose(file);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_string_equal(printed, "");
}

static void what_is_too_big_is_refused(void **state) {
  NEEDS_SERVER();
  assert_fault(on_socket("SELECT repeat('9', 256)"), ERR_DATABASE, "column 1 is longer than 255 characters");
  assert_int_equal(hear(on_socket("SELECT repeat('9', 50000000)")).answer.err.code, ERR_DATABASE);
  struct sql_answer row = row_of("SELECT repeat('9', 255)");
  assert_int_equal(strlen(row.field[0]), 255);
}

static void a_slow_query_ends_at_the_deadline(void **state) {
  NEEDS_SERVER();
  struct heard heard;
  struct ask ask = on_socket("SELECT pg_sleep(30)");
  int64_t start_ms = loop_mono_ms();
  (void)io_ask(&world, &ask, 300, &heard);
  io_wait(&world);
  assert_int_equal(heard.answer.err.code, ERR_TIMEOUT);
  assert_string_equal(heard.answer.err.text, "timed out after 300 ms");
  assert_in_range(loop_mono_ms() - start_ms, 290, 20000);
  struct sql_answer row = {.rows = 0};
  for (int i = 0; i < 100 && !text_eq(row.field[0], "0"); i++) {
    (void)usleep(100000);
    row = row_of("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)' AND state = 'active'");
  }
  assert_string_equal(row.field[0], "0");
}

static void tls_and_a_password_are_checked(void **state) {
  NEEDS_SERVER();
  struct heard heard = hear(over_tls("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"));
  assert_string_equal(heard.answer.err.text, "");
  assert_string_equal(heard.answer.sql.field[0], "t");
  struct ask ask = over_tls("SELECT 1");
  ask.sql.password = "wrong-password";
  assert_fault(ask, ERR_DATABASE, "password authentication failed for user \"postgres\"");
  ask = over_tls("SELECT 1");
  ask.sql.password = NULL;
  assert_fault(ask, ERR_DATABASE, "the server wants a password");
  ask = over_tls("SELECT 1");
  ask.sql.database = "nowhere";
  assert_fault(ask, ERR_DATABASE, "database \"nowhere\" does not exist");
}

static void a_certificate_of_a_stranger_is_refused(void **state) {
  NEEDS_SERVER();
  struct ask ask = over_tls("SELECT 1");
  ask.sql.ca_file = stranger_file;
  assert_fault(ask, ERR_TLS, "certificate is signed by an unknown authority");
  ask = over_tls("SELECT 1");
  ask.sql.ca_file = NULL;
  assert_fault(ask, ERR_TLS, "certificate is signed by an unknown authority");
  ask = over_tls("SELECT 1");
  ask.sql.ca_file = "/nowhere/ca.pem";
  assert_fault(ask, ERR_TLS, "the file of trusted certificates cannot be read");
  ask = over_tls("SELECT 1");
  ask.sql.host = "127.0.0.2";
  assert_int_equal(hear(ask).answer.err.code, ERR_NETWORK);
}

/* Without a server of names that knows them, and without asking one. */
static void names_of_this_machine_are_known(void **state) {
  NEEDS_SERVER();
  struct ask ask = over_tls("SELECT inet_server_addr() IS NOT NULL");
  ask.sql.sslmode = "require";
  static const char *const hosts[] = {"localhost", "db.localhost", "[::1]"};
  for (size_t i = 0; i < 3; i++) {
    ask.sql.host = hosts[i];
    assert_string_equal(hear(ask).answer.sql.field[0], "t");
  }
}

static void a_dsn_is_taken_in_both_forms(void **state) {
  NEEDS_SERVER();
  char dsn[256];
  struct ask ask = over_tls("SELECT inet_server_addr() IS NOT NULL");
  ask.sql = (struct sql_ask){.dsn = dsn, .sslmode = "verify-full", .ca_file = ca_file, .query = ask.sql.query};
  (void)text_fmt(dsn, sizeof dsn, "postgres://postgres:right-password@localhost:%s/postgres", port);
  assert_string_equal(hear(ask).answer.sql.field[0], "t");
  (void)text_fmt(dsn, sizeof dsn, "host=nowhere.invalid,localhost port=%s user=postgres password=right-password", port);
  assert_string_equal(hear(ask).answer.sql.field[0], "t");
  (void)text_fmt(dsn, sizeof dsn, "host=localhost hostaddr=127.0.0.1 port=%s user=postgres password=right-password", port);
  assert_string_equal(hear(ask).answer.sql.field[0], "t");
  (void)text_fmt(dsn, sizeof dsn, "host=%s port=%s user=postgres", folder, port);
  assert_string_equal(hear(ask).answer.sql.field[0], "f");
  (void)text_fmt(dsn, sizeof dsn, "postgres://postgres:right-password@localhost:%s/postgres?nonsense=1", port);
  assert_fault(ask, ERR_DATABASE, "the dsn cannot be read");
}

static void no_server_is_a_network_fault(void **state) {
  (void)state;
  char other_port[8];
  struct ask ask = over_tls("SELECT 1");
  (void)text_fmt(other_port, sizeof other_port, "%u", io_dead_port());
  ask.sql.port = other_port;
  assert_fault(ask, ERR_NETWORK, "connection refused");
  ask = over_tls("SELECT 1");
  ask.sql.host = "nowhere.invalid";
  assert_fault(ask, ERR_NETWORK, "name not found");
  ask = over_tls("SELECT 1");
  ask.sql.host = "/nowhere";
  assert_fault(ask, ERR_NETWORK, "no server on this socket");
}

static void a_server_without_tls_is_refused_where_tls_is_wanted(void **state) {
  (void)state;
  /* Answers "N" to the wish for TLS, as PostgreSQL without it does. */
  struct child deaf;
  char line[32];
  const char *const args[] = {"python3", "-c",
                              "import socket\n"
                              "s = socket.create_server(('127.0.0.1', 0))\n"
                              "print(s.getsockname()[1], flush=True)\n"
                              "while True:\n"
                              "  c = s.accept()[0]; c.recv(8); c.send(b'N'); c.close()\n",
                              NULL};
  assert_true(child_start(&deaf, args));
  assert_true(child_line(&deaf, line, sizeof line));
  struct ask ask = over_tls("SELECT 1");
  ask.sql.host = "127.0.0.1";
  ask.sql.port = line;
  assert_fault(ask, ERR_TLS, "the server does not speak TLS");
  (void)child_end(&deaf, SIGKILL);
}

static void a_silent_server_ends_at_the_deadline(void **state) {
  (void)state;
  char silent_port[8];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(listen(fd, 8), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
  (void)text_fmt(silent_port, sizeof silent_port, "%u", ntohs(address.sin_port));
  struct heard heard;
  struct heard cancelled;
  struct ask ask = over_tls("SELECT 1");
  ask.sql.port = silent_port;
  asker_cancel(io_ask(&world, &ask, PATIENCE_MS, &cancelled));
  world.waiting--;
  ask = over_tls("SELECT 1");
  ask.sql.port = silent_port;
  (void)io_ask(&world, &ask, 200, &heard);
  io_wait(&world);
  assert_int_equal(heard.answer.err.code, ERR_TIMEOUT);
  assert_int_equal(cancelled.times, 0);
  (void)close(fd);
}

static void many_queries_wait_their_turn(void **state) {
  NEEDS_SERVER();
  static struct heard heard[MANY];
  for (int i = 0; i < MANY; i++) {
    struct ask ask = on_socket("SELECT 1");
    (void)io_ask(&world, &ask, PATIENCE_MS, &heard[i]);
  }
  io_wait(&world);
  for (int i = 0; i < MANY; i++) {
    assert_string_equal(heard[i].answer.err.text, "");
    assert_string_equal(heard[i].answer.sql.field[0], "1");
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(one_column_is_the_balance),
      TEST(a_time_comes_in_utc_whatever_the_server_likes),
      TEST(null_and_no_row_are_told_as_such),
      TEST(two_rows_of_a_million_are_fetched),
      TEST(nothing_can_be_written),
      TEST(the_servers_complaint_is_passed_on),
      TEST(what_the_server_remarks_is_not_printed),
      TEST(what_is_too_big_is_refused),
      TEST(a_slow_query_ends_at_the_deadline),
      TEST(tls_and_a_password_are_checked),
      TEST(a_certificate_of_a_stranger_is_refused),
      TEST(names_of_this_machine_are_known),
      TEST(a_dsn_is_taken_in_both_forms),
      TEST(no_server_is_a_network_fault),
      TEST(a_server_without_tls_is_refused_where_tls_is_wanted),
      TEST(a_silent_server_ends_at_the_deadline),
      TEST(many_queries_wait_their_turn),
  };
  return cmocka_run_group_tests_name("io sql", tests, begin_all, end_all);
}
