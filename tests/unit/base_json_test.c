#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lowtide/buf.h"
#include "lowtide/json.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

/* In memory of exactly its length, so that the sanitizers see a byte too many. */
static struct json *parse_n(const char *text, size_t length, struct err *err) {
  char *exact = malloc(length > 0 ? length : 1);
  assert_non_null(exact);
  memcpy(exact, text, length);
  struct json *root = json_parse(exact, length, err);
  free(exact);
  return root;
}

static struct json *parse(const char *text) {
  struct err err = {0};
  struct json *root = parse_n(text, strlen(text), &err);
  if (root == NULL) fail_msg("%s: %s", text, err.text);
  return root;
}

static const struct refusal {
  const char *text;
  const char *why;
} refusals[] = {
    {"", "not JSON: nothing is there"},
    {" \n\t", "not JSON: nothing is there"},
    {"<html>", "not JSON: no value where one should be, at byte 0"},
    {"\xEF\xBB\xBF{}", "not JSON: no value where one should be, at byte 0"},
    {"[1] x", "not JSON: something behind its end, at byte 4"},
    {"{}{}", "not JSON: something behind its end, at byte 2"},
    {"[1,]", "not JSON: no value where one should be, at byte 3"},
    {"[,1]", "not JSON: no value where one should be, at byte 1"},
    {"[1 2]", "not JSON: no comma where one should be, at byte 3"},
    {"[1}", "not JSON: no comma where one should be, at byte 2"},
    {"{\"a\":1]", "not JSON: no comma where one should be, at byte 6"},
    {"[}", "not JSON: no value where one should be, at byte 1"},
    {"[", "not JSON: it ends too early, at byte 1"},
    {"[1", "not JSON: it ends too early, at byte 2"},
    {"[[]", "not JSON: it ends too early, at byte 3"},
    {"{\"a\":", "not JSON: it ends too early, at byte 5"},
    {"{", "not JSON: no key where one should be, at byte 1"},
    {"{a:1}", "not JSON: no key where one should be, at byte 1"},
    {"{\"a\":1,}", "not JSON: no key where one should be, at byte 7"},
    {"{\"a\"}", "not JSON: a key without its colon, at byte 4"},
    {"{\"a\" 1}", "not JSON: a key without its colon, at byte 5"},
    {"{\"a", "not JSON: a string without an end, at byte 3"},
    {"tru", "not JSON: no value where one should be, at byte 0"},
    {"True", "not JSON: no value where one should be, at byte 0"},
    {"nullx", "not JSON: something behind its end, at byte 4"},
    {"NaN", "not JSON: no value where one should be, at byte 0"},
    {"'a'", "not JSON: no value where one should be, at byte 0"},
    {"\"a", "not JSON: a string without an end, at byte 2"},
    {"\"a\nb\"", "not JSON: a control character in a string, at byte 2"},
    {"\"a\x1f\"", "not JSON: a control character in a string, at byte 2"},
    {"\"\\\\", "not JSON: a string without an end, at byte 3"},
    {"\"\\x41\"", "not JSON: an unknown escape, at byte 2"},
    {"\"\\", "not JSON: an unknown escape, at byte 2"},
    {"\"\\u12\"", "not JSON: \\u without four hexadecimal digits, at byte 5"},
    {"\"\\u12G4\"", "not JSON: \\u without four hexadecimal digits, at byte 5"},
    {"\"\\u0000\"", "not JSON: \\u0000 in a string, at byte 7"},
    {"{\"a\\u0000b\":1}", "not JSON: \\u0000 in a string, at byte 9"},
    {"\"\\ud800\"", "not JSON: half a surrogate pair, at byte 7"},
    {"\"\\ud800\\u0041\"", "not JSON: half a surrogate pair, at byte 13"},
    {"\"\\ud800\\ud800\"", "not JSON: half a surrogate pair, at byte 13"},
    {"\"\\udc00\"", "not JSON: half a surrogate pair, at byte 7"},
    {"\"\\udc00\\udc00\"", "not JSON: half a surrogate pair, at byte 7"},
    {"\"\\ud800\\ue000\"", "not JSON: half a surrogate pair, at byte 13"},
    {"\"\\ud800\\n\"", "not JSON: half a surrogate pair, at byte 7"},
    {"\"\\ud800", "not JSON: half a surrogate pair, at byte 7"},
    {"\"\\ud800\\uZ\"", "not JSON: half a surrogate pair, at byte 9"},
    {"\"\xff\"", "not JSON: a byte that is not UTF-8, at byte 1"},
    {"\"\xc0\xaf\"", "not JSON: a byte that is not UTF-8, at byte 1"},
    {"\"\xed\xa0\x80\"", "not JSON: a byte that is not UTF-8, at byte 1"},
    {"\"\xe2\x82", "not JSON: a byte that is not UTF-8, at byte 1"},
    {"[01]", "not JSON: a number with a zero in front, at byte 3"},
    {"-01", "not JSON: a number with a zero in front, at byte 3"},
    {"-", "not JSON: a number without its digits, at byte 1"},
    {"-a", "not JSON: a number without its digits, at byte 1"},
    {"1.", "not JSON: a number without its digits, at byte 2"},
    {"1.e5", "not JSON: a number without its digits, at byte 2"},
    {"1e", "not JSON: a number without its digits, at byte 2"},
    {"1e+", "not JSON: a number without its digits, at byte 3"},
    {"+1", "not JSON: no value where one should be, at byte 0"},
    {".5", "not JSON: no value where one should be, at byte 0"},
    {"0x10", "not JSON: something behind its end, at byte 1"},
    {"1e400", "not JSON: a number out of reach, at byte 4"},
    {"1e-400", "not JSON: a number out of reach, at byte 5"},
    {"1e99999999999999999999", "not JSON: a number out of reach, at byte 4"},
    {"12345678901234567890123456789012345678901", "not JSON: a number of more than 40 characters, at byte 41"},
    {"{\"a\":1,\"a\":2}", "not JSON: the key \"a\" is there twice, in the object at byte 0"},
    {"[1, {\"a\":1,\"b\":{},\"\\u0061\":2}]", "not JSON: the key \"a\" is there twice, in the object at byte 4"},
    {"[{\"x\":{\"n\":1.5}},\"s\",{\"k\":[2,-3e1,{}],\"b\":1,\"b\":0}]",
     "not JSON: the key \"b\" is there twice, in the object at byte 21"},
    {"{\"\":1,\"\":2}", "not JSON: the key \"\" is there twice, in the object at byte 0"},
};

static void what_is_not_right_is_refused_with_place_and_reason(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
    struct err err = {0};
    struct json *root = parse_n(refusals[i].text, strlen(refusals[i].text), &err);
    if (root != NULL) fail_msg("%s was taken", refusals[i].text);
    assert_int_equal(err.code, ERR_MALFORMED);
    if (strcmp(err.text, refusals[i].why) != 0) fail_msg("%s: %s; not %s", refusals[i].text, err.text, refusals[i].why);
  }
}

static void a_nul_byte_is_refused_everywhere(void **state) {
  (void)state;
  static const char texts[][6] = {"\0{}..", "{}\0..", "\"\0\"..", "[\0]..", "[1\0].", "1\0..."};
  static const size_t lengths[] = {3, 3, 3, 3, 4, 2};
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
    struct err err = {0};
    assert_null(parse_n(texts[i], lengths[i], &err));
    assert_int_equal(err.code, ERR_MALFORMED);
  }
}

static void what_is_right_is_taken(void **state) {
  (void)state;
  static const char *const texts[] = {
      "null",
      "true",
      "false",
      "0",
      "-0",
      "1.5e300",
      "1E-300",
      "1e0000000000005",
      "\"\"",
      "[]",
      "{}",
      " [ ] ",
      "{ \"a\" : [ ] }",
      "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
      "\"\x7f\xc2\x80\xf0\x9f\x98\x80\"",
      "[[],{},[[]],{\"a\":{}}]",
      "{\"a\":1,\"A\":2,\"a \":3}",
      "[{\"a\":1},{\"a\":2}]",
      "1234567890123456789012345678901234567890",
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    json_free(parse(texts[i]));
}

static void numbers_keep_their_own_text(void **state) {
  (void)state;
  struct json *root = parse(
      "{\"1\": \"2\", \"a\":[12.340, -0, {\"b\" : 1E+2, \"4\":\"\\\"5\"}, [],{}, [6e-0]], \"c\":82.591784481234567890,"
      "\"d\":true , \"e\":7}");
  assert_string_equal(json_number_text(json_at(root, "/a/0")), "12.340");
  assert_string_equal(json_number_text(json_at(root, "/a/1")), "-0");
  assert_string_equal(json_number_text(json_at(root, "/a/2/b")), "1E+2");
  assert_string_equal(json_number_text(json_at(root, "/a/5/0")), "6e-0");
  assert_string_equal(json_number_text(json_at(root, "/c")), "82.591784481234567890");
  assert_string_equal(json_number_text(json_at(root, "/e")), "7");
  assert_null(json_number_text(json_at(root, "/1")));
  assert_null(json_string(json_at(root, "/e")));
  json_free(root);
  root = parse("42");
  assert_string_equal(json_number_text(root), "42");
  json_free(root);
}

static void values_tell_their_type(void **state) {
  (void)state;
  static const enum json_type types[] = {JSON_NULL,   JSON_FALSE, JSON_TRUE,  JSON_NUMBER,
                                         JSON_STRING, JSON_ARRAY, JSON_OBJECT};
  struct json *root = parse("[null,false,true,1,\"s\",[],{}]");
  size_t i = 0;
  for (const struct json *item = json_first(root); item != NULL; item = json_next(item))
    assert_int_equal(json_type(item), types[i++]);
  assert_int_equal(i, 7);
  assert_int_equal(json_count(root), 7);
  assert_int_equal(json_type(NULL), JSON_NULL);
  json_free(root);
}

static void what_is_not_there_is_null(void **state) {
  (void)state;
  assert_null(json_member(NULL, "a"));
  assert_null(json_first(NULL));
  assert_null(json_next(NULL));
  assert_null(json_string(NULL));
  assert_null(json_number_text(NULL));
  assert_null(json_at(NULL, "/a"));
  assert_int_equal(json_count(NULL), 0);
  json_free(NULL);
  struct json *root = parse("{\"a\":[1]}");
  assert_null(json_member(root, NULL));
  assert_null(json_member(root, "A"));
  assert_null(json_member(json_at(root, "/a"), "0"));
  assert_int_equal(json_count(json_at(root, "/a/0")), 0);
  json_free(root);
}

static void a_pointer_leads_as_in_rfc_6901(void **state) {
  (void)state;
  struct json *root =
      parse("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"m~n\":8,\"~1\":9,\"0\":{\"\":{\"x\":\"deep\"}}}");
  assert_ptr_equal(json_at(root, ""), root);
  assert_string_equal(json_string(json_at(root, "/foo/1")), "baz");
  assert_string_equal(json_number_text(json_at(root, "/")), "0");
  assert_string_equal(json_number_text(json_at(root, "/a~1b")), "1");
  assert_string_equal(json_number_text(json_at(root, "/m~0n")), "8");
  assert_string_equal(json_number_text(json_at(root, "/~01")), "9");
  assert_string_equal(json_string(json_at(root, "/0//x")), "deep");
  static const char *const nowhere[] = {
      "foo",     "/foo/2", "/foo/-", "/foo/01", "/foo/1x",  "/foo/", "/foo/99999999999999999999",
      "/foo/ 1", "/m~2n",  "/m~",    "/bar",    "/foo/0/x", "/Foo"};
  for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++)
    assert_null(json_at(root, nowhere[i]));
  char long_token[JSON_POINTER_MAX + 2];
  memset(long_token, 'a', sizeof long_token);
  long_token[0] = '/';
  long_token[sizeof long_token - 1] = '\0';
  assert_null(json_at(root, long_token));
  json_free(root);
}

static char *nested(size_t depth) {
  char *text = mem_new(depth * 2 + 1, 1);
  memset(text, '[', depth);
  memset(text + depth, ']', depth);
  return text;
}

static void sixty_four_levels_are_the_most(void **state) {
  (void)state;
  struct err err = {0};
  char *text = nested(JSON_DEPTH_MAX);
  json_free(parse(text));
  mem_free(text);
  text = nested(JSON_DEPTH_MAX + 1);
  assert_null(parse_n(text, strlen(text), &err));
  assert_string_equal(err.text, "not JSON: more than 64 levels, at byte 64");
  mem_free(text);
  text = nested(100000);
  assert_null(parse_n(text, strlen(text), &err));
  mem_free(text);
}

static int64_t cpu_ms(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#define HOSTILE (1024 * 1024)

/* Members with one long beginning in common, so that each comparison is dear, and the last one a repetition. */
static void print_hostile(struct buf *out, int prefix) {
  buf_add(out, "{");
  for (int i = 0; i < JSON_VALUES_MAX - 3 && out->len + 2 * ((size_t)prefix + 16) < HOSTILE; i++)
    buf_addf(out, "\"%0*d\":1,", prefix, i);
  buf_addf(out, "\"%0*d\":1}", prefix, 0);
}

static void a_hostile_object_of_a_mebibyte_is_checked_in_time(void **state) {
  (void)state;
  static const int prefixes[] = {6, 100, 4000};
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
    struct err err = {0};
    struct buf text;
    buf_init(&text, HOSTILE);
    print_hostile(&text, prefixes[i]);
    assert_true(buf_ok(&text));
    int64_t started = cpu_ms();
    assert_null(parse_n(text.data, text.len, &err));
    assert_non_null(strstr(err.text, "is there twice, in the object at byte 0"));
    assert_in_range(cpu_ms() - started, 0, 3000);
    buf_done(&text);
  }
}

static void print_keys(struct buf *out, int count, int last) {
  buf_add(out, "{");
  for (int i = 0; i < count - 1; i++)
    buf_addf(out, "\"k%d\":%d.5,", i, i);
  buf_addf(out, "\"k%d\":{\"n\":7}}", last);
}

static void few_keys_and_many_are_checked_alike(void **state) {
  (void)state;
  for (int count = 2; count <= 70; count++) {
    struct err err = {0};
    struct buf text;
    char last[32];
    buf_init(&text, 4096);
    print_keys(&text, count, count - 1);
    struct json *root = parse_n(text.data, text.len, &err);
    (void)text_fmt(last, sizeof last, "/k%d/n", count - 1);
    assert_string_equal(json_number_text(json_at(root, last)), "7");
    assert_string_equal(json_number_text(json_at(root, "/k0")), "0.5");
    json_free(root);
    for (int again = 0; again < count - 1; again++) {
      buf_clear(&text);
      print_keys(&text, count, again);
      assert_null(parse_n(text.data, text.len, &err));
    }
    buf_done(&text);
  }
}

static void too_many_values_are_refused(void **state) {
  (void)state;
  struct err err = {0};
  size_t length = (size_t)JSON_VALUES_MAX * 2 + 1;
  char *text = mem_new(length + 1, 1);
  for (size_t i = 0; i + 1 < length; i += 2)
    memcpy(text + i, ",1", 2);
  text[0] = '[';
  text[length - 1] = ']';
  assert_null(parse_n(text, length, &err));
  assert_non_null(strstr(err.text, "too many values"));
  memcpy(text + length - 3, "]  ", 3);
  struct json *root = parse_n(text, length, &err);
  assert_int_equal(json_count(root), JSON_VALUES_MAX - 1);
  json_free(root);
  mem_free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_not_right_is_refused_with_place_and_reason),
      cmocka_unit_test(a_nul_byte_is_refused_everywhere),
      cmocka_unit_test(what_is_right_is_taken),
      cmocka_unit_test(numbers_keep_their_own_text),
      cmocka_unit_test(values_tell_their_type),
      cmocka_unit_test(what_is_not_there_is_null),
      cmocka_unit_test(a_pointer_leads_as_in_rfc_6901),
      cmocka_unit_test(sixty_four_levels_are_the_most),
      cmocka_unit_test(a_hostile_object_of_a_mebibyte_is_checked_in_time),
      cmocka_unit_test(few_keys_and_many_are_checked_alike),
      cmocka_unit_test(too_many_values_are_refused),
  };
  return cmocka_run_group_tests_name("base json", tests, NULL, NULL);
}
