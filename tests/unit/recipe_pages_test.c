/* Reports that come in pages. */
#include "provider_testing.h"

#define UNIT "unit = USD\n"

#define PAGE(value, next)                                                                                                  \
  { 200, "{\"data\":[{\"results\":[{\"amount\":{\"value\":" value ",\"currency\":\"usd\"}}]}],\"next_page\":" next "}" }

static void pages_are_added_up(void **state) {
  (void)state;
  struct talk talk = {.answers = {PAGE("0.1", "\"a b&c\""), PAGE("\"0.2\"", "7"), PAGE("0.3", "\"\"")}};
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_int_equal(talk.asked, 3);
  assert_amount(talk.reading.used, "0.6");
  assert_string_equal(talk.reading.unit, "USD");
  assert_int_equal(talk.reading.kind, READING_SPEND);
  const char *const url = "GET https://api.openai.com/v1/organization/costs?start_time=1793491200&bucket_width=1d&limit=31";
  char expected[300];
  (void)text_fmt(expected, sizeof expected, "%s\n", url);
  assert_true(text_starts(talk.requests[0], expected));
  (void)text_fmt(expected, sizeof expected, "%s&page=a%%20b%%26c\n", url);
  assert_true(text_starts(talk.requests[1], expected));
  (void)text_fmt(expected, sizeof expected, "%s&page=7\n", url);
  assert_true(text_starts(talk.requests[2], expected));
}

static void the_same_page_twice_is_an_error(void **state) {
  (void)state;
  struct talk talk = {.answers = {PAGE("1", "\"x\""), PAGE("1", "\"y\""), PAGE("1", "\"x\"")}};
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "the same page twice");
  assert_int_equal(talk.asked, 3);
}

static void pages_have_a_limit(void **state) {
  (void)state;
  char bodies[25][100];
  struct talk talk = {.asked = 0};
  for (int i = 0; i < 25; i++) {
    (void)text_fmt(bodies[i], sizeof bodies[i], "{\"data\":[],\"next_page\":\"p%d\"}", i);
    talk.answers[i] = (struct talk_answer){200, bodies[i]};
  }
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "more than 20 pages");
  assert_int_equal(talk.asked, 20);
}

static void asks_have_a_limit(void **state) {
  (void)state;
  char bodies[44][100];
  struct talk talk = {.asked = 0};
  talk.answers[0] = (struct talk_answer){200, "{\"x\":1}"};
  for (int i = 1; i < 44; i++) {
    (void)text_fmt(bodies[i], sizeof bodies[i], "{\"l\":[],\"p\":\"p%d\"}", i);
    talk.answers[i] = (struct talk_answer){200, i == 40 ? "{\"l\":[]}" : bodies[i]};
  }
  talk_recipe(&talk,
              "ask.a = GET https://h/a\nask.b = GET https://h/b\navailable = a:/x plus sum /l/*\n" UNIT
              "next = p from /p max 40\n",
              NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "more than 40 asks");
  assert_int_equal(talk.asked, 40);
}

static void a_cursor_is_text_or_a_number(void **state) {
  (void)state;
  struct talk talk = {.answers = {PAGE("1", "{}")}};
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no page at /next_page");
  talk.answers[0] = (struct talk_answer)PAGE("1", "true");
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no page at /next_page");
  char text[900];
  (void)text_fmt(text, sizeof text, "{\"data\":[],\"next_page\":\"%0700d\"}", 0);
  talk.answers[0] = (struct talk_answer){200, text};
  talk_recipe(&talk, embedded_text("openai"), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "no page at /next_page");
}

static void only_the_ask_that_next_names_has_pages(void **state) {
  (void)state;
  struct talk talk = {.answers = {{200, "{\"l\":[1],\"p\":\"x\"}"}, {200, "{\"l\":[2]}"}, {200, "{\"n\":5,\"p\":\"z\"}"}}};
  talk_recipe(&talk,
              "ask.a = GET https://h/a\nask.b = GET https://h/b\navailable = sum a:/l/* plus /n\n" UNIT
              "next = p from a:/p max 3\n",
              NULL);
  assert_amount(talk.reading.available, "8");
  assert_int_equal(talk.asked, 3);
  assert_true(text_starts(talk.requests[1], "GET https://h/a?p=x\n"));
  assert_true(text_starts(talk.requests[2], "GET https://h/b\n"));
}

static void a_page_name_must_fit_into_the_address(void **state) {
  (void)state;
  char url[4000];
  char body[600];
  struct buf text;
  (void)text_fmt(url, sizeof url, "%03700d", 0);
  (void)text_fmt(body, sizeof body, "{\"l\":[],\"p\":\"%0500d\"}", 0);
  buf_init(&text, 8000);
  buf_addf(&text, "ask = GET https://h/%s\navailable = sum /l/*\n" UNIT "next = p from /p max 3\n", url);
  struct talk talk = {.answers = {{200, body}}};
  talk_recipe(&talk, buf_text(&text), NULL);
  assert_unknown(&talk.reading, ERR_MALFORMED, "the next page's name is too long");
  buf_done(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pages_are_added_up),
      cmocka_unit_test(the_same_page_twice_is_an_error),
      cmocka_unit_test(pages_have_a_limit),
      cmocka_unit_test(asks_have_a_limit),
      cmocka_unit_test(a_cursor_is_text_or_a_number),
      cmocka_unit_test(only_the_ask_that_next_names_has_pages),
      cmocka_unit_test(a_page_name_must_fit_into_the_address),
  };
  return cmocka_run_group_tests_name("recipe pages", tests, NULL, NULL);
}
