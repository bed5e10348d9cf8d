/* Where a query goes, and what of TLS is asked of that place: read without a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "io/sql_target.h"
#include "lowtide/text.h"

/* What libpq would take: of a key that stands twice the last. */
static const char *value_of(const struct sql_target *target, const char *key) {
  const char *value = NULL;
  for (size_t i = 0; i < target->count; i++) {
    if (text_eq(target->keys[i], key)) value = target->values[i];
  }
  return value;
}

static void assert_sslmode(struct sql_ask ask, const char *expected) {
  struct err err = {0};
  struct sql_target target;
  ask.query = "SELECT 1";
  assert_true(sql_target_init(&target, &ask, &err));
  const char *found = value_of(&target, "sslmode");
  if (!text_eq(found, expected)) print_error("host %s dsn %s\n", ask.host, ask.dsn);
  assert_string_equal(found, expected);
  sql_target_done(&target);
}

static void certificates_are_verified_unless_the_host_is_local(void **state) {
  (void)state;
  static const char *const hosts[][2] = {{"localhost", "prefer"},
                                         {"LOCALHOST", "prefer"},
                                         {"127.0.0.1", "prefer"},
                                         {"127.1.2.3", "prefer"},
                                         {"::1", "prefer"},
                                         {"db.localhost", "prefer"},
                                         {"localhost,127.0.0.1", "prefer"},
                                         {"/var/run/postgresql", "prefer"},
                                         {"db.internal", "verify-full"},
                                         {"127.0.0.1.evil.org", "verify-full"},
                                         {"1270.0.0.1", "verify-full"},
                                         {"localhost,db.internal", "verify-full"},
                                         {"10.0.0.1", "verify-full"}};
  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    assert_sslmode((struct sql_ask){.host = hosts[i][0]}, hosts[i][1]);
    assert_sslmode((struct sql_ask){.host = hosts[i][0], .sslmode = "require"}, "require");
  }
}

static void a_dsn_says_its_own_host_and_mode(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"postgres://u:p@db.example.com/d", "verify-full"},
      {"postgres://u:p@localhost:6543/d", "prefer"},
      {"postgres://u:p@[::1]/d", "prefer"},
      {"postgres://u:p@/d?host=/run/postgresql", "prefer"},
      {"postgres://u:p@localhost,db.example.com/d", "verify-full"},
      {"postgres://u:p@db.example.com/d?sslmode=require", "require"},
      {"postgres://u:p@localhost/d?sslmode=verify-full", "verify-full"},
      {"host=db.example.com sslmode=disable user=u", "disable"},
      {"host=db.example.com sslmode='' user=u", "verify-full"},
      {"host=localhost hostaddr=10.0.0.1 user=u", "verify-full"},
      {"host=db.example.com hostaddr=127.0.0.1 user=u", "verify-full"},
      {"hostaddr=127.0.0.1 user=u", "prefer"},
      {"hostaddr=10.0.0.1 user=u", "verify-full"},
      {"service=billing", "verify-full"},
      {"user=u dbname=d", "prefer"},
  };
  (void)unsetenv("PGHOST");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_sslmode((struct sql_ask){.dsn = cases[i][0]}, cases[i][1]);
    assert_sslmode((struct sql_ask){.dsn = cases[i][0], .sslmode = "verify-ca"}, "verify-ca");
  }
  (void)setenv("PGHOST", "db.example.com", 1);
  assert_sslmode((struct sql_ask){.dsn = "user=u"}, "verify-full");
  (void)unsetenv("PGHOST");
}

static void what_verifies_has_roots(void **state) {
  (void)state;
  struct err err = {0};
  struct sql_target target;
  struct sql_ask ask = {.dsn = "host=db.example.com sslmode=verify-ca", .query = "SELECT 1"};
  assert_true(sql_target_init(&target, &ask, &err));
  assert_non_null(value_of(&target, "sslrootcert"));
  sql_target_done(&target);
  ask.dsn = "host=db.example.com sslmode=require";
  assert_true(sql_target_init(&target, &ask, &err));
  assert_null(value_of(&target, "sslrootcert"));
  sql_target_done(&target);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(certificates_are_verified_unless_the_host_is_local),
      cmocka_unit_test(a_dsn_says_its_own_host_and_mode),
      cmocka_unit_test(what_verifies_has_roots),
  };
  return cmocka_run_group_tests_name("io_sql_target", tests, NULL, NULL);
}
