#include "unit/notifier_testing.h"

#include "lowtide/reply.h"

#define BLOCK(text) "{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"" text "\",\"verbatim\":true}}"
#define BUTTON(number, label, words)                                                                                       \
  "{\"type\":\"button\",\"text\":{\"type\":\"plain_text\",\"text\":\"" label                                               \
  "\",\"emoji\":true},\"action_id\":\"lowtide_" #number "\",\"value\":\"" words "\"}"
#define BUTTONS "{\"type\":\"actions\",\"elements\":[" BUTTON(1, "Refresh", "refresh kimi") "]}"

struct made {
  struct message message;
  struct reply_parts parts;
};

static void begin(struct made *made, const char *marked) {
  message_init(&made->message, MESSAGE_ANSWER);
  reply_parts_init(&made->parts);
  buf_add(&made->message.text, marked);
}

static void reply(struct made *made, bool in_public) {
  struct err err = {0};
  bool done = reply_slack(&made->message, in_public, &made->parts, &err);
  if (!done) print_message("%s\n", err.text);
  assert_true(done);
}

static void end(struct made *made) {
  message_done(&made->message);
  reply_parts_done(&made->parts);
}

/* Every part is JSON within Slack's limits; answers how many blocks it has. */
static size_t assert_within_limits(const struct buf *part) {
  struct err err = {0};
  struct json *root = json_parse(part->data, part->len, &err);
  if (root == NULL) print_message("%s\n", err.text);
  assert_non_null(root);
  const struct json *blocks = json_member(root, "blocks");
  size_t count = json_count(blocks);
  assert_in_range(count, 1, 50);
  assert_in_range(strlen(json_string(json_member(root, "text"))), 1, 12000);
  for (const struct json *block = json_first(blocks); block != NULL; block = json_next(block)) {
    const char *text = json_string(json_at(block, "/text/text"));
    if (text != NULL) assert_in_range(strlen(text), 1, 3000 * 4);
  }
  json_free(root);
  return count;
}

static void an_answer_is_for_the_one_who_asked(void **state) {
  (void)state;
  struct made made;
  begin(&made, B(F("Kimi") ":") " $12.34 <& available");
  reply(&made, false);
  assert_int_equal(made.parts.count, 1);
  assert_string_equal(buf_text(&made.parts.part[0]),
                      "{\"response_type\":\"ephemeral\",\"text\":\"*Kimi:* $12.34 &lt;&amp; available\",\"blocks\":[" BLOCK(
                          "*Kimi:* $12.34 &lt;&amp; available") "]}");
  end(&made);
}

static void in_public_it_is_for_the_channel(void **state) {
  (void)state;
  struct made made;
  begin(&made, "x");
  reply(&made, true);
  assert_string_equal(buf_text(&made.parts.part[0]),
                      "{\"response_type\":\"in_channel\",\"text\":\"x\",\"blocks\":[" BLOCK("x") "]}");
  end(&made);
}

static void nobody_is_pinged(void **state) {
  (void)state;
  struct made made;
  begin(&made, F("<!channel> <@U1>"));
  made.message.mention = "everyone";
  reply(&made, true);
  assert_null(strstr(buf_text(&made.parts.part[0]), "<!"));
  assert_null(strstr(buf_text(&made.parts.part[0]), "<@"));
  end(&made);
}

static void buttons_ask_their_words(void **state) {
  (void)state;
  struct made made;
  begin(&made, "x");
  message_add_button(&made.message, "Refresh", "refresh kimi");
  message_add_button(&made.message, "", "no label");
  message_add_button(&made.message, "no words", "");
  message_add_button(&made.message, "Mute \"6 h\"", "mute \"a b\" 6h");
  reply(&made, false);
  const char *part = buf_text(&made.parts.part[0]);
  assert_non_null(strstr(part, ",{\"type\":\"actions\",\"elements\":[" BUTTON(1, "Refresh", "refresh kimi") ","));
  assert_non_null(strstr(part, "\"action_id\":\"lowtide_2\""));
  assert_null(strstr(part, "\"action_id\":\"lowtide_3\""));
  assert_int_equal(assert_within_limits(&made.parts.part[0]), 2);
  end(&made);
}

static void a_button_has_75_characters_at_most(void **state) {
  (void)state;
  struct made made;
  struct err err = {0};
  begin(&made, "x");
  message_add_button(&made.message, "12345678901234567890123456789012345678901234567890123456789012345678901234567ü", "a");
  message_add_button(&made.message, "🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙", "b");
  reply(&made, false);
  struct json *root = json_parse(made.parts.part[0].data, made.parts.part[0].len, &err);
  const char *first = json_string(json_at(root, "/blocks/1/elements/0/text/text"));
  assert_int_equal(strlen(first), 75);
  assert_int_equal(strlen(json_string(json_at(root, "/blocks/1/elements/1/text/text"))), 19 * 4);
  json_free(root);
  end(&made);
}

static void a_long_answer_is_several_and_the_buttons_hang_on_the_last(void **state) {
  (void)state;
  struct made made;
  begin(&made, "");
  for (int i = 0; i < 600; i++)
    buf_addf(&made.message.text, "line %d of thirty characters or more\n", i);
  message_add_button(&made.message, "Refresh", "refresh");
  reply(&made, false);
  assert_in_range(made.parts.count, 2, 3);
  for (int i = 0; i < made.parts.count; i++) {
    assert_within_limits(&made.parts.part[i]);
    assert_int_equal(strstr(buf_text(&made.parts.part[i]), "\"actions\"") != NULL, i == made.parts.count - 1);
  }
  end(&made);
}

static void what_is_too_long_is_cut_and_says_so(void **state) {
  (void)state;
  struct made made;
  begin(&made, "");
  for (int i = 0; i < 5000; i++)
    buf_addf(&made.message.text, "line %d of thirty characters or more\n", i);
  message_add_button(&made.message, "Refresh", "refresh");
  reply(&made, false);
  assert_int_equal(made.parts.count, 4);
  for (int i = 0; i < made.parts.count; i++)
    assert_within_limits(&made.parts.part[i]);
  assert_non_null(strstr(buf_text(&made.parts.part[3]), "the rest is left out"));
  assert_non_null(strstr(buf_text(&made.parts.part[3]), "\"actions\""));
  end(&made);
}

static void an_empty_answer_is_none(void **state) {
  (void)state;
  struct made made;
  struct err err = {0};
  begin(&made, " \n ");
  assert_false(reply_slack(&made.message, false, &made.parts, &err));
  assert_int_equal(err.code, ERR_USAGE);
  end(&made);
}

static void assert_added(const char *part, bool (*add)(const char *, struct buf *, struct err *), const char *expected) {
  struct err err = {0};
  struct buf out;
  buf_init(&out, HTTP_REQUEST_BODY_MAX);
  assert_true(add(part, &out, &err));
  assert_string_equal(buf_text(&out), expected);
  assert_within_limits(&out);
  buf_done(&out);
}

static bool picture(const char *part, struct buf *out, struct err *err) {
  return reply_slack_picture(part, "F\"1", "Kimi\nfalls", out, err);
}

static bool note(const char *part, struct buf *out, struct err *err) {
  return reply_slack_note(part, "No picture: <why>", out, err);
}

#define HEAD "{\"response_type\":\"ephemeral\",\"text\":\"x\",\"blocks\":[" BLOCK("x")
#define IMAGE ",{\"type\":\"image\",\"slack_file\":{\"id\":\"F\\\"1\"},\"alt_text\":\"Kimi falls\"}"
#define NOTE ",{\"type\":\"context\",\"elements\":[{\"type\":\"plain_text\",\"text\":\"No picture: <why>\"}]}"

static void a_picture_stands_above_the_buttons(void **state) {
  (void)state;
  assert_added(HEAD "]}", picture, HEAD IMAGE "]}");
  assert_added(HEAD "," BUTTONS "]}", picture, HEAD IMAGE "," BUTTONS "]}");
}

static void a_note_stands_above_the_buttons(void **state) {
  (void)state;
  assert_added(HEAD "]}", note, HEAD NOTE "]}");
  assert_added(HEAD "," BUTTONS "]}", note, HEAD NOTE "," BUTTONS "]}");
}

static void a_picture_without_words_has_some(void **state) {
  (void)state;
  struct err err = {0};
  struct buf out;
  buf_init(&out, HTTP_REQUEST_BODY_MAX);
  assert_true(reply_slack_picture(HEAD "]}", "F1", "", &out, &err));
  assert_non_null(strstr(buf_text(&out), "\"alt_text\":\"a chart\""));
  buf_done(&out);
}

static void nothing_is_added_to_what_is_no_answer(void **state) {
  (void)state;
  struct err err = {0};
  struct buf out;
  buf_init(&out, HTTP_REQUEST_BODY_MAX);
  assert_false(note("{}", &out, &err));
  assert_int_equal(err.code, ERR_MALFORMED);
  buf_done(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_is_for_the_one_who_asked),
      cmocka_unit_test(in_public_it_is_for_the_channel),
      cmocka_unit_test(nobody_is_pinged),
      cmocka_unit_test(buttons_ask_their_words),
      cmocka_unit_test(a_button_has_75_characters_at_most),
      cmocka_unit_test(a_long_answer_is_several_and_the_buttons_hang_on_the_last),
      cmocka_unit_test(what_is_too_long_is_cut_and_says_so),
      cmocka_unit_test(an_empty_answer_is_none),
      cmocka_unit_test(a_picture_stands_above_the_buttons),
      cmocka_unit_test(a_note_stands_above_the_buttons),
      cmocka_unit_test(a_picture_without_words_has_some),
      cmocka_unit_test(nothing_is_added_to_what_is_no_answer),
  };
  return cmocka_run_group_tests_name("notifier_slack_reply", tests, NULL, NULL);
}
