#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lowtide/ask.h"
#include "lowtide/buf.h"
#include "lowtide/err.h"
#include "lowtide/http.h"
#include "lowtide/mem.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

/* --- err */

static void an_error_says_code_sentence_and_hint(void **state) {
  (void)state;
  struct err err = {0};
  assert_false(err_set(&err, ERR_TIMEOUT, "timed out after %d s", 10));
  assert_false(err_hint(&err, "raise %s", "deadline"));
  assert_int_equal(err.code, ERR_TIMEOUT);
  assert_string_equal(err.text, "timed out after 10 s");
  assert_string_equal(err.hint, "raise deadline");
  char words[ERR_TEXT_MAX];
  err_print(&err, words, sizeof words);
  assert_string_equal(words, "timed out after 10 s; raise deadline");
  assert_false(err_set(&err, ERR_SERVER, "HTTP 503"));
  assert_string_equal(err.hint, "");
  err_print(&err, words, sizeof words);
  assert_string_equal(words, "HTTP 503");
}

static void words_are_put_in_front_outward_in(void **state) {
  (void)state;
  struct err err = {0};
  (void)err_set(&err, ERR_MALFORMED, "no number");
  (void)err_hint(&err, "mend it");
  assert_false(err_wrap(&err, "credits"));
  assert_false(err_wrap(&err, "%s", "kimi"));
  assert_string_equal(err.text, "kimi: credits: no number");
  assert_string_equal(err.hint, "mend it");
  assert_int_equal(err.code, ERR_MALFORMED);
}

static void an_error_may_be_made_of_its_own_words(void **state) {
  (void)state;
  struct err err = {0};
  (void)err_set(&err, ERR_CONFIG, "first");
  (void)err_hint(&err, "hint");
  (void)err_hint(&err, "%s, %s", err.hint, err.text);
  assert_string_equal(err.hint, "hint, first");
  (void)err_set(&err, ERR_USAGE, "second, then %s", err.text);
  assert_string_equal(err.text, "second, then first");
  (void)err_wrap(&err, "%s", err.text);
  assert_string_equal(err.text, "second, then first: second, then first");
}

static void long_sentences_are_cut_at_a_whole_character(void **state) {
  (void)state;
  struct err err = {0};
  char words[400] = "";
  while (strlen(words) < 390)
    (void)text_fmt(words + strlen(words), sizeof words - strlen(words), "€");
  (void)err_set(&err, ERR_FILE, "%s", words);
  assert_int_equal(strlen(err.text), 255);
  (void)err_set(&err, ERR_FILE, "a%s", words);
  assert_int_equal(strlen(err.text), 253);
  (void)err_hint(&err, "%s", words);
  assert_true(text_is_utf8(err.hint, strlen(err.hint)));
  (void)err_wrap(&err, "%s", words);
  assert_true(text_is_utf8(err.text, strlen(err.text)));
}

static void a_key_at_the_cut_leaves_nothing(void **state) {
  (void)state;
  struct secret *key = secret_new("planted-key-0123456789");
  for (int before = ERR_TEXT_MAX - 40; before < ERR_TEXT_MAX; before++) {
    struct err err = {0};
    err_set(&err, ERR_DATABASE, "%*s%s", before, "", secret_expose(key));
    if (before > ERR_TEXT_MAX - 23) assert_null(strstr(err.text, "plan"));
    err_set(&err, ERR_DATABASE, "%s", secret_expose(key));
    err_wrap(&err, "%*s", before, "");
    if (before > ERR_TEXT_MAX - 25) assert_null(strstr(err.text, "plan"));
    err_hint(&err, "%*s%s", before - ERR_TEXT_MAX + ERR_HINT_MAX, "", secret_expose(key));
    if (before > ERR_TEXT_MAX - 23) assert_null(strstr(err.hint, "plan"));
  }
  secret_free(key);
}

static void the_nearest_name_is_suggested(void **state) {
  (void)state;
  static const char *const names[] = {"kimi", "claude", NULL};
  struct err err = {0};
  (void)err_set(&err, ERR_USAGE, "there is no kimmi");
  assert_true(err_suggest(&err, "kimmi", names));
  assert_string_equal(err.text, "there is no kimmi (did you mean \"kimi\"?)");
  assert_false(err_suggest(&err, "something else", names));
  assert_string_equal(err.text, "there is no kimmi (did you mean \"kimi\"?)");
}

static void codes_have_names_and_names_codes(void **state) {
  (void)state;
  for (int code = ERR_NONE; code < ERR_COUNT; code++) {
    assert_non_null(err_code_name((enum err_code)code));
    assert_int_equal(err_code_of(err_code_name((enum err_code)code)), code);
  }
  assert_string_equal(err_code_name(ERR_RATE_LIMITED), "rate_limited");
  assert_string_equal(err_code_name(ERR_COUNT), "none");
  assert_int_equal(err_code_of("nonsense"), ERR_NONE);
}

static void only_what_may_pass_by_itself_is_transient(void **state) {
  (void)state;
  for (int code = ERR_NONE; code < ERR_COUNT; code++) {
    bool expected = code == ERR_NETWORK || code == ERR_TIMEOUT || code == ERR_RATE_LIMITED || code == ERR_SERVER;
    assert_int_equal(err_is_transient((enum err_code)code), expected);
  }
}

/* --- buf */

static void a_buffer_takes_as_much_as_its_limit(void **state) {
  (void)state;
  struct buf buf;
  buf_init(&buf, 10);
  assert_string_equal(buf_text(&buf), "");
  assert_true(buf_add(&buf, "0123456789"));
  assert_true(buf_ok(&buf));
  assert_int_equal(buf.cap, 11);
  assert_false(buf_add_char(&buf, 'x'));
  assert_false(buf_ok(&buf));
  assert_string_equal(buf_text(&buf), "0123456789");
  buf_done(&buf);
}

static void what_does_not_fit_is_dropped_whole_and_all_after_it(void **state) {
  (void)state;
  struct buf buf;
  buf_init(&buf, 10);
  assert_true(buf_add(&buf, "0123456"));
  assert_false(buf_addf(&buf, "%s", "7890"));
  assert_false(buf_add(&buf, "7"));
  assert_string_equal(buf_text(&buf), "0123456");
  buf_clear(&buf);
  assert_true(buf_ok(&buf));
  assert_string_equal(buf_text(&buf), "");
  assert_true(buf_addf(&buf, "%d-%s", 12, "ab"));
  assert_string_equal(buf_text(&buf), "12-ab");
  buf_wipe(&buf);
  assert_null(buf.data);
  assert_int_equal(buf.limit, 10);
  buf_wipe(&buf);
  buf_clear(&buf);
}

static void a_buffer_grows_over_many_pieces(void **state) {
  (void)state;
  struct buf buf;
  buf_init(&buf, 100000);
  for (int i = 0; i < 10000; i++)
    assert_true(buf_addf(&buf, "%d,", i % 10));
  assert_true(buf_add_n(&buf, "a\0b", 3));
  assert_int_equal(buf.len, 20003);
  assert_memory_equal(buf.data + 19996, "8,9,a\0b", 8);
  assert_true(buf_add_n(&buf, NULL, 0));
  buf_done(&buf);
}

static void json_strings_are_escaped(void **state) {
  (void)state;
  struct buf buf;
  buf_init(&buf, 200);
  assert_true(buf_add_json(&buf, "a\"b\\c\n\r\t\x01\x7f€/\xff😀\xe2\x82"));
  assert_string_equal(buf_text(&buf), "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u007f€/\xEF\xBF\xBD😀\xEF\xBF\xBD\xEF\xBF\xBD\"");
  buf_clear(&buf);
  assert_true(buf_add_json(&buf, ""));
  assert_string_equal(buf_text(&buf), "\"\"");
  buf_done(&buf);
  buf_init(&buf, 4);
  assert_false(buf_add_json(&buf, "abc"));
  assert_false(buf_ok(&buf));
  buf_done(&buf);
}

/* --- mem */

static void bytes_are_encoded_for_addresses_and_headers(void **state) {
  (void)state;
  struct buf buf;
  buf_init(&buf, 64);
  assert_true(buf_add_percent(&buf, "a/ü -~"));
  assert_string_equal(buf_text(&buf), "a%2F%C3%BC%20-~");
  buf_clear(&buf);
  assert_true(buf_add_base64(&buf, "f", 1) && buf_add_base64(&buf, "fo", 2) && buf_add_base64(&buf, "foo", 3));
  assert_string_equal(buf_text(&buf), "Zg==Zm8=Zm9v");
  buf_done(&buf);
}

static void memory_comes_zeroed(void **state) {
  (void)state;
  char *memory = mem_new(3, 5);
  for (int i = 0; i < 15; i++)
    assert_int_equal(memory[i], 0);
  memory = mem_grow(memory, 100, 1);
  memory[99] = 'x';
  mem_free(memory);
  mem_free(mem_new(0, 0));
  mem_free(mem_grow(NULL, 0, 8));
  char *copy = mem_dup("text");
  assert_string_equal(copy, "text");
  mem_free(copy);
  mem_free(NULL);
}

static void an_arena_keeps_all_until_its_end(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  char *kept[200];
  for (size_t i = 0; i < 200; i++) {
    kept[i] = arena_alloc(arena, i * 7);
    assert_int_equal((uintptr_t)kept[i] % alignof(max_align_t), 0);
    for (size_t j = 0; j < i * 7; j++)
      assert_int_equal(kept[i][j], 0);
    memset(kept[i], (int)i, i * 7);
  }
  char *large = arena_alloc(arena, 100000);
  memset(large, 1, 100000);
  for (size_t i = 1; i < 200; i++)
    assert_int_equal((unsigned char)kept[i][i * 7 - 1], i);
  assert_string_equal(arena_dup(arena, "text"), "text");
  assert_string_equal(arena_dup_n(arena, "text", 2), "te");
  arena_free(arena);
  arena_free(NULL);
}

static void ask_for_everything(void) {
  (void)close(STDERR_FILENO);
  (void)arena_alloc(arena_new(), SIZE_MAX);
}

static void without_memory_the_process_ends(void **state) {
  (void)state;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    ask_for_everything();
    _exit(0);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
}

/* --- http and ask */

static void a_request_takes_headers_up_to_its_limits(void **state) {
  (void)state;
  struct http_request request;
  struct err err = {0};
  http_request_init(&request);
  assert_true(http_request_header(&request, &err, "Authorization: Bearer %s", "key"));
  assert_string_equal(buf_text(&request.headers[0]), "Authorization: Bearer key");
  for (int i = 1; i < HTTP_HEADERS_MAX; i++)
    assert_true(http_request_header(&request, &err, "X-%d: 1", i));
  assert_false(http_request_header(&request, &err, "X: 1"));
  assert_int_equal(err.code, ERR_LIMIT);
  assert_int_equal(request.header_count, HTTP_HEADERS_MAX);
  http_request_done(&request);
  assert_int_equal(request.header_count, 0);
  assert_null(request.headers);
  assert_int_equal(request.url.limit, HTTP_URL_MAX);
}

static void a_header_with_a_line_break_is_refused_and_not_shown(void **state) {
  (void)state;
  static const char *const values[] = {"se\ncret", "se\rcret", "\n"};
  struct http_request request;
  http_request_init(&request);
  for (size_t i = 0; i < 3; i++) {
    struct err err = {0};
    assert_false(http_request_header(&request, &err, "X: %s", values[i]));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_null(strstr(err.text, "se"));
    assert_int_equal(request.header_count, 0);
    assert_null(request.headers);
  }
  struct err err = {0};
  char *longest = mem_new(HTTP_HEADER_MAX + 1, 1);
  memset(longest, 'a', HTTP_HEADER_MAX);
  assert_false(http_request_header(&request, &err, "X%s", longest));
  assert_int_equal(err.code, ERR_LIMIT);
  assert_true(http_request_header(&request, &err, "%s", longest));
  mem_free(longest);
  http_request_done(&request);
}

static void each_status_has_the_code_of_the_contract(void **state) {
  (void)state;
  static const struct {
    int status;
    enum err_code code;
  } cases[] = {
      {401, ERR_AUTH},         {402, ERR_FORBIDDEN}, {403, ERR_FORBIDDEN}, {404, ERR_UNSUPPORTED}, {410, ERR_UNSUPPORTED},
      {429, ERR_RATE_LIMITED}, {500, ERR_SERVER},    {503, ERR_SERVER},    {400, ERR_SERVER},      {301, ERR_SERVER},
      {304, ERR_SERVER},       {199, ERR_SERVER},    {300, ERR_SERVER},    {0, ERR_SERVER},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct err err = {0};
    char expected[16];
    assert_false(http_status_err(cases[i].status, &err));
    (void)text_fmt(expected, sizeof expected, "HTTP %d", cases[i].status);
    assert_string_equal(err.text, expected);
    if (err.code != cases[i].code) fail_msg("%d", cases[i].status);
    assert_int_equal(err.hint[0] == '\0', cases[i].code == ERR_SERVER);
  }
  struct err err = {.code = ERR_SERVER};
  assert_true(http_status_err(200, &err));
  assert_int_equal(err.code, ERR_NONE);
  assert_true(http_status_err(299, &err));
}

static void an_ask_can_be_used_again(void **state) {
  (void)state;
  struct ask ask;
  ask_init(&ask);
  ask.kind = ASK_SQL;
  ask.sql.query = "SELECT 1";
  assert_true(buf_add(&ask.http.url, "http://127.0.0.1/"));
  ask_done(&ask);
  assert_int_equal(ask.kind, ASK_HTTP);
  assert_null(ask.sql.query);
  assert_true(buf_add(&ask.http.body, "{}"));
  ask_done(&ask);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_error_says_code_sentence_and_hint),
      cmocka_unit_test(words_are_put_in_front_outward_in),
      cmocka_unit_test(an_error_may_be_made_of_its_own_words),
      cmocka_unit_test(long_sentences_are_cut_at_a_whole_character),
      cmocka_unit_test(a_key_at_the_cut_leaves_nothing),
      cmocka_unit_test(the_nearest_name_is_suggested),
      cmocka_unit_test(codes_have_names_and_names_codes),
      cmocka_unit_test(only_what_may_pass_by_itself_is_transient),
      cmocka_unit_test(a_buffer_takes_as_much_as_its_limit),
      cmocka_unit_test(what_does_not_fit_is_dropped_whole_and_all_after_it),
      cmocka_unit_test(a_buffer_grows_over_many_pieces),
      cmocka_unit_test(json_strings_are_escaped),
      cmocka_unit_test(bytes_are_encoded_for_addresses_and_headers),
      cmocka_unit_test(memory_comes_zeroed),
      cmocka_unit_test(an_arena_keeps_all_until_its_end),
      cmocka_unit_test(without_memory_the_process_ends),
      cmocka_unit_test(a_request_takes_headers_up_to_its_limits),
      cmocka_unit_test(a_header_with_a_line_break_is_refused_and_not_shown),
      cmocka_unit_test(each_status_has_the_code_of_the_contract),
      cmocka_unit_test(an_ask_can_be_used_again),
  };
  return cmocka_run_group_tests_name("base values", tests, NULL, NULL);
}
