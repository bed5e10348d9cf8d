#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "lowtide/secret.h"
#include "lowtide/text.h"

static void assert_blotted(const char *text, const char *expected) {
  char line[512];
  assert_true(text_copy(line, sizeof line, text));
  bool found = secret_blot(line);
  assert_string_equal(line, expected);
  assert_int_equal(found, strcmp(text, expected) != 0);
}

static void nothing_makes_no_secret(void **state) {
  (void)state;
  assert_null(secret_new(NULL));
  assert_null(secret_new(""));
  assert_string_equal(secret_expose(NULL), "");
  secret_free(NULL);
}

static void a_secret_is_exposed_as_it_was_given(void **state) {
  (void)state;
  struct secret *secret = secret_new("sk-ABC");
  assert_string_equal(secret_expose(secret), "sk-ABC");
  secret_free(secret);
}

static void a_live_secret_is_blotted_and_its_length_hidden(void **state) {
  (void)state;
  struct secret *secret = secret_new("sk-0123456789/+ü");
  assert_blotted("key sk-0123456789/+ü is wrong", "key *** is wrong");
  assert_blotted("sk-0123456789/+üsk-0123456789/+ü", "***");
  assert_blotted("?key=sk-0123456789%2F%2B%C3%BC&x=1", "?key=***&x=1");
  assert_blotted("Basic c2stMDEyMzQ1Njc4OS8rw7w=", "Basic ***");
  assert_blotted("**bold** sk-01234 *****", "**bold** sk-01234 *****");
  assert_blotted("***** sk-0123456789/+ü", "***** ***");
  assert_blotted("", "");
  secret_free(secret);
}

static void a_secret_with_jsons_escapes_is_blotted(void **state) {
  (void)state;
  struct secret *secret = secret_new("sk-0123/\"ü😀");
  assert_blotted("{\"key\":\"sk-0123/\\\"ü😀\",\"a\":1}", "{\"key\":\"***\",\"a\":1}");
  assert_blotted("\"sk\\u002d0123\\/\\\"\\u00fc\\uD83D\\ude00\"", "\"***\"");
  assert_blotted("\\u0073\\u006b\\u002D\\u0030123/\\u0022\\u00FC😀 and \\u0073\\u006b", "*** and \\u0073\\u006b");
  assert_blotted("{\"body\":\"{\\\"key\\\":\\\"sk\\\\u002d0123\\\\/\\\\\\\"ü😀\\\"}\"}",
                 "{\"body\":\"{\\\"key\\\":\\\"***\\\"}\"}");
  assert_blotted("sk\\\\u002d0123/\\u0022ü😀", "***"); /* once and twice escaped, side by side */
  assert_blotted("sk\\\\\\\\u002d0123/\"ü😀", "***");
  assert_blotted("?key=sk-0123%2F%22%C3%BC%F0%9F%98%80\\/x", "?key=***\\/x");
  secret_free(secret);
  secret = secret_new("ab??cd>>ef");
  /* printf 'ab??cd>>ef' | base64 */
  assert_blotted("Basic YWI\\/P2NkPj5lZg==", "Basic ***");
  secret_free(secret);
}

static void what_is_no_escape_hides_and_breaks_nothing(void **state) {
  (void)state;
  static const char *const texts[] = {
      "\\",      "\\u",       "\\u0",           "\\u00",   "\\u002", "\\u00g0",
      "\\uD83D", "\\uD83D\\", "\\uD83D\\u0041", "\\uDE00", "\\x41",  "a\\",
  };
  struct secret *secret = secret_new("plain\\/key-1");
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char text[128];
    char expected[128];
    (void)text_fmt(text, sizeof text, "%s plain\\/key-1 %s", texts[i], texts[i]);
    (void)text_fmt(expected, sizeof expected, "%s *** %s", texts[i], texts[i]);
    assert_blotted(text, expected);
    assert_blotted(texts[i], texts[i]);
  }
  assert_blotted("plain\\\\\\/key-1", "***");
  assert_blotted("plain/key-1", "plain/key-1");
  char bytes[] = "a\0plain\\\\\\/key\\u002d1\0\\";
  assert_true(secret_blot_n(bytes, sizeof bytes - 1));
  assert_memory_equal(bytes, "a\0*******************\0\\", sizeof bytes - 1);
  secret_free(secret);
}

static void base64_of_a_pair_with_the_secret_in_it_is_blotted(void **state) {
  (void)state;
  struct secret *secret = secret_new("hunter2secret");
  /* printf 'u:hunter2secret' | base64, then with one and two bytes more in front, then with more behind */
  assert_blotted("Basic dTpodW50ZXIyc2VjcmV0", "Basic dTp***");
  assert_blotted("Basic dXU6aHVudGVyMnNlY3JldA==", "Basic dXU6***");
  assert_blotted("Basic dXV1Omh1bnRlcjJzZWNyZXQ=", "Basic dXV1Om***Q=");
  assert_blotted("Basic YWJjaHVudGVyMnNlY3JldHh5eg==", "Basic YWJj***Hh5eg==");
  secret_free(secret);
}

static void a_secret_that_begins_with_another_is_blotted_whole(void **state) {
  (void)state;
  struct secret *longer = secret_new("sk-abcdef-123456");
  struct secret *shorter = secret_new("sk-abcdef");
  assert_blotted("a sk-abcdef-123456 b sk-abcdef c", "a *** b *** c");
  secret_free(shorter);
  shorter = longer;
  longer = secret_new("sk-abcdef-123456-7");
  assert_blotted("a sk-abcdef-123456-7 b", "a *** b");
  secret_free(shorter);
  secret_free(longer);
}

static void short_secrets_are_left_alone(void **state) {
  (void)state;
  struct secret *secret = secret_new("12345");
  assert_blotted("12345 MTIzNDU=", "12345 MTIzNDU=");
  secret_free(secret);
  secret = secret_new("123456");
  assert_blotted("123456", "***");
  secret_free(secret);
}

static void a_freed_secret_is_forgotten_whatever_the_order(void **state) {
  (void)state;
  struct secret *a = secret_new("secret-a");
  struct secret *b = secret_new("secret-b");
  struct secret *c = secret_new("secret-c");
  secret_free(b);
  assert_blotted("secret-a secret-b secret-c", "*** secret-b ***");
  secret_free(c);
  assert_blotted("secret-a secret-b secret-c", "*** secret-b secret-c");
  secret_free(a);
  assert_blotted("secret-a secret-b secret-c", "secret-a secret-b secret-c");
}

static void the_length_stays_in_bytes_with_nuls(void **state) {
  (void)state;
  char bytes[] = "a\0secret-x\0b";
  struct secret *secret = secret_new("secret-x");
  assert_true(secret_blot_n(bytes, sizeof bytes - 1));
  assert_memory_equal(bytes, "a\0********\0b", sizeof bytes);
  assert_false(secret_blot_n(bytes, sizeof bytes - 1));
  assert_false(secret_blot_n(bytes, 0));
  secret_free(secret);
}

/* Threads that make, blot and free their own secrets, beside one that lives all the while. */
static void *come_and_go(void *context) {
  int number = *(const int *)context;
  for (int i = 0; i < 300; i++) {
    char own[32];
    char line[80];
    (void)text_fmt(own, sizeof own, "secret-%d-%d!", number, i);
    struct secret *secret = secret_new(own);
    (void)text_fmt(line, sizeof line, "<%s> [the-long-lived]", own);
    bool right = secret_blot(line) && text_eq(line, "<***> [***]");
    secret_free(secret);
    if (!right) return context;
  }
  return NULL;
}

static void secrets_come_and_go_in_many_threads(void **state) {
  (void)state;
  pthread_t threads[4];
  int numbers[4] = {0, 1, 2, 3};
  struct secret *lasting = secret_new("the-long-lived");
  for (int i = 0; i < 4; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &numbers[i]), 0);
  for (int i = 0; i < 4; i++) {
    void *failed = NULL;
    assert_int_equal(pthread_join(threads[i], &failed), 0);
    assert_null(failed);
  }
  secret_free(lasting);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_makes_no_secret),
      cmocka_unit_test(a_secret_is_exposed_as_it_was_given),
      cmocka_unit_test(a_live_secret_is_blotted_and_its_length_hidden),
      cmocka_unit_test(a_secret_with_jsons_escapes_is_blotted),
      cmocka_unit_test(what_is_no_escape_hides_and_breaks_nothing),
      cmocka_unit_test(base64_of_a_pair_with_the_secret_in_it_is_blotted),
      cmocka_unit_test(a_secret_that_begins_with_another_is_blotted_whole),
      cmocka_unit_test(short_secrets_are_left_alone),
      cmocka_unit_test(a_freed_secret_is_forgotten_whatever_the_order),
      cmocka_unit_test(the_length_stays_in_bytes_with_nuls),
      cmocka_unit_test(secrets_come_and_go_in_many_threads),
  };
  return cmocka_run_group_tests_name("base secret", tests, NULL, NULL);
}
