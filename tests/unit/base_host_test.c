#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "lowtide/host.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void this_machine_has_many_names(void **state) {
  (void)state;
  static const char *const hosts[] = {
      "localhost",     "LocalHost",          "db.localhost", "a.b.LOCALHOST",   "127.0.0.1",
      "127.0.0.0",     "127.0.0.2",          "127.1.2.3",    "127.255.255.255", "::1",
      "[::1]",         "0:0:0:0:0:0:0:1",    "[0:0:0::0:1]", "::0001",          "[::0.0.0.1]",
      "127.localhost", "10.0.0.1.localhost",
  };
  for (size_t i = 0; i < COUNT(hosts); i++) {
    if (!host_is_loopback(hosts[i])) fail_msg("%s", hosts[i]);
  }
}

static void others_only_look_like_it(void **state) {
  (void)state;
  static const char *const hosts[] = {
      "",
      "127.example.com",
      "127.0.0.1.example.com",
      "localhost.example.com",
      "localhost.",
      "localhosts",
      "mylocalhost",
      ".localhost",
      "local",
      "127",
      "127.1",
      "127.0.0.256",
      "127.0.0.01",
      "127.0.0.1.",
      "127.0.0.1 ",
      " 127.0.0.1",
      "0x7f.0.0.1",
      "2130706433",
      "126.255.255.255",
      "128.0.0.1",
      "0.0.0.0",
      "10.0.0.1",
      "192.168.127.1",
      "1270.0.0.1",
      "::",
      "[::]",
      "[]",
      "[",
      "]",
      "[::1",
      "::1]",
      "[[::1]]",
      "[127.0.0.1]",
      "[localhost]",
      "::2",
      "1::1",
      "::1%lo",
      "fe80::1",
      "::ffff:127.0.0.1",
      "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]",
      "localhost,db.example.com",
      "/run/postgresql",
  };
  for (size_t i = 0; i < COUNT(hosts); i++) {
    if (host_is_loopback(hosts[i])) fail_msg("%s", hosts[i]);
  }
}

static void an_address_is_no_name(void **state) {
  (void)state;
  static const char *const addresses[] = {"1.2.3.4", "127.0.0.1", "::", "[::1]", "2001:db8::1", "[2001:db8::1]"};
  static const char *const names[] = {"",          "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.a",  "example.com",
                                      "[1.2.3.4]", "[::1",      "[]",    "[",         "fe80::1%2"};
  for (size_t i = 0; i < COUNT(addresses); i++) {
    if (!host_is_address(addresses[i])) fail_msg("%s", addresses[i]);
  }
  for (size_t i = 0; i < COUNT(names); i++) {
    if (host_is_address(names[i])) fail_msg("%s", names[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(this_machine_has_many_names),
      cmocka_unit_test(others_only_look_like_it),
      cmocka_unit_test(an_address_is_no_name),
  };
  return cmocka_run_group_tests_name("base_host", tests, NULL, NULL);
}
