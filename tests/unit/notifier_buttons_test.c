/* What is to be pressed under a message: buttons and selects, of bots. */
#include "lowtide/compose.h"
#include "unit/notifier_testing.h"

#define DISCORD "discord-bot"
#define SLACK "slack-bot"

static const struct account kimi = {.name = "kimi", .label = "Kimi"};
static const struct account claude = {.name = "claude", .label = "Claude \"4\" \x01 @everyone"};

static void message_make(struct message *message, const char *text) {
  message_init(message, MESSAGE_ALERT);
  buf_add(&message->text, text);
}

static void render_message(const char *plug, struct message *message, struct parts *parts) {
  struct err err = {0};
  parts_init(parts);
  if (!notifier_find(plug)->render(message, NULL, parts, &err)) fail_msg("%s", err.text);
  for (int i = 0; i < parts->count; i++) {
    struct json *root = json_parse(buf_text(&parts->part[i]), parts->part[i].len, &err);
    assert_non_null(root);
    json_free(root);
  }
}

static void expect(const char *plug, struct message *message, const char *expected) {
  struct parts parts;
  render_message(plug, message, &parts);
  assert_int_equal(parts.count, 1);
  assert_string_equal(buf_text(&parts.part[0]), expected);
  parts_done(&parts);
  message_done(message);
}

#define DISCORD_BUTTONS                                                                                                    \
  "[{\"type\":1,\"components\":[{\"type\":2,\"style\":2,\"label\":\"Refresh\",\"custom_id\":\"refresh kimi\"},"            \
  "{\"type\":2,\"style\":2,\"label\":\"History\",\"custom_id\":\"history kimi\"},"                                         \
  "{\"type\":2,\"style\":2,\"label\":\"Mute 6 h\",\"custom_id\":\"mute kimi 6h\"}]}]"

static void discords_buttons_ask_their_words(void **state) {
  (void)state;
  struct message message;
  message_make(&message, "low");
  compose_buttons(&kimi, BUTTON_MUTE | BUTTON_HISTORY | BUTTON_REFRESH, &message);
  expect(DISCORD, &message, "{\"content\":\"low\",\"allowed_mentions\":{\"parse\":[]},\"components\":" DISCORD_BUTTONS "}");
}

static void slacks_buttons_ask_their_words(void **state) {
  (void)state;
  struct message message;
  message_make(&message, "low");
  compose_buttons(&kimi, BUTTON_HISTORY | BUTTON_UNMUTE, &message);
  expect(SLACK, &message,
         "{\"text\":\"low\",\"blocks\":[{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"low\","
         "\"verbatim\":true}},{\"type\":\"actions\",\"elements\":[{\"type\":\"button\",\"text\":{\"type\":\"plain_text\","
         "\"text\":\"History\",\"emoji\":true},\"action_id\":\"lowtide_1\",\"value\":\"history "
         "kimi\"},{\"type\":\"button\",\"text\":{"
         "\"type\":\"plain_text\",\"text\":\"Unmute\",\"emoji\":true},\"action_id\":\"lowtide_2\",\"value\":\"unmute "
         "kimi\"}]}],"
         "\"unfurl_links\":false,\"unfurl_media\":false}");
}

static void of_many_accounts_one_is_chosen(void **state) {
  (void)state;
  struct message message;
  message_make(&message, "low");
  compose_choice(&kimi, &message);
  compose_choice(&claude, &message);
  expect(DISCORD, &message,
         "{\"content\":\"low\",\"allowed_mentions\":{\"parse\":[]},\"components\":[{\"type\":1,\"components\":[{\"type\":3,"
         "\"custom_id\":\"choose\",\"placeholder\":\"History of …\",\"options\":[{\"label\":\"Kimi\",\"value\":\"history "
         "kimi\"},{\"label\":\"Claude \\\"4\\\"   @everyone\",\"value\":\"history claude\"}]}]}]}");
  message_make(&message, "low");
  compose_choice(&kimi, &message);
  compose_choice(&claude, &message);
  expect(SLACK, &message,
         "{\"text\":\"low\",\"blocks\":[{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"low\","
         "\"verbatim\":true}},{\"type\":\"actions\",\"elements\":[{\"type\":\"static_select\",\"action_id\":\"lowtide_"
         "choose\","
         "\"placeholder\":{\"type\":\"plain_text\",\"text\":\"History of "
         "…\",\"emoji\":true},\"options\":[{\"text\":{\"type\":\"plain_text\","
         "\"text\":\"Kimi\",\"emoji\":true},\"value\":\"history "
         "kimi\"},{\"text\":{\"type\":\"plain_text\",\"text\":\"Claude \\\"4\\\"   "
         "@everyone\",\"emoji\":true},\"value\":\"history claude\"}]}]}],\"unfurl_links\":false,\"unfurl_media\":false}");
}

static void there_is_room_for_so_many(void **state) {
  (void)state;
  struct message message;
  message_make(&message, "low");
  for (int i = 0; i < 30; i++) {
    compose_buttons(&kimi, BUTTON_HISTORY, &message);
    compose_choice(&kimi, &message);
  }
  assert_int_equal(message.button_count, MESSAGE_BUTTONS_MAX);
  assert_int_equal(message.choice_count, MESSAGE_CHOICES_MAX);
  message_done(&message);
}

static void words_that_do_not_fit_make_no_button(void **state) {
  (void)state;
  char name[120];
  struct message message;
  memset(name, 'x', sizeof name);
  name[sizeof name - 1] = '\0';
  const struct account longest = {.name = name, .label = "Long"};
  const struct account nameless = {.name = "x", .label = ""};
  message_make(&message, "low");
  compose_buttons(&longest, BUTTON_REFRESH | BUTTON_HISTORY | BUTTON_MUTE | BUTTON_UNMUTE, &message);
  compose_choice(&longest, &message);
  compose_choice(&nameless, &message);
  assert_int_equal(message.button_count, 0);
  assert_int_equal(message.choice_count, 0);
  message_done(&message);
}

/* An option's text has 75 characters at most, a payload 64 KiB. */
static void a_long_message_has_them_under_its_last_part(void **state) {
  (void)state;
  const char *const plugs[] = {DISCORD, SLACK};
  for (size_t p = 0; p < 2; p++) {
    struct message message;
    struct parts parts;
    message_init(&message, MESSAGE_SUMMARY);
    for (int i = 0; i < 1500; i++)
      buf_addf(&message.text, "%d \"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\n", i);
    const struct account wordy = {
        .name = "kimi",
        .label = "ああああああああああああああああああああああああああああああああああああああああああああ",
    };
    for (int i = 0; i < MESSAGE_CHOICES_MAX; i++)
      compose_choice(&wordy, &message);
    compose_buttons(&kimi, BUTTON_HISTORY, &message);
    render_message(plugs[p], &message, &parts);
    assert_true(parts.count > 1);
    for (int i = 0; i < parts.count; i++) {
      bool last = i == parts.count - 1;
      assert_true(parts.part[i].len <= HTTP_REQUEST_BODY_MAX);
      assert_true((strstr(buf_text(&parts.part[i]), "history kimi") != NULL) == last);
    }
    parts_done(&parts);
    message_done(&message);
  }
}

static void an_edit_and_a_mark_keep_them(void **state) {
  (void)state;
  struct err err = {0};
  struct message message;
  struct parts parts;
  struct test_bot made;
  struct ask ask;
  struct buf marked;
  message_make(&message, "low \",\"components\":[\"");
  compose_buttons(&kimi, BUTTON_REFRESH | BUTTON_HISTORY | BUTTON_MUTE, &message);
  render_message(DISCORD, &message, &parts);
  buf_init(&marked, HTTP_REQUEST_BODY_MAX);
  assert_true(notifier_find(DISCORD)->mark_repeat(buf_text(&parts.part[0]), &marked, &err));
  bot_make(&made, PAIRS("token=TOKEN", "channel=42"));
  const struct sending sending = {.payload = buf_text(&marked), .nonce = "n", .message_id = "99"};
  assert_true(bot_ask(&made, notifier_find(DISCORD), &sending, &ask, &err));
  assert_string_equal(buf_text(&ask.http.body),
                      "{\"content\":\"" NOTIFIER_REPEAT_MARK "low \\\",\\\"components\\\":[\\\"\","
                      "\"allowed_mentions\":{\"parse\":[]},\"components\":" DISCORD_BUTTONS "}");
  ask_done(&ask);
  bot_drop(&made);
  buf_done(&marked);
  parts_done(&parts);
  message_done(&message);
}

static void a_bots_buttons_are_answered_if_its_platform_takes_commands(void **state) {
  (void)state;
  const struct config off = {0};
  const struct config on = {.discord = {.commands = COMMANDS_SOCKET}, .slack = {.commands = COMMANDS_HTTP}};
  const char *const without[] = {"discord-webhook", "slack-webhook", "webhook", "email", "exec", "console"};
  assert_false(notifier_find(DISCORD)->answers(&off));
  assert_false(notifier_find(SLACK)->answers(&off));
  assert_true(notifier_find(DISCORD)->answers(&on));
  assert_true(notifier_find(SLACK)->answers(&on));
  for (size_t i = 0; i < sizeof without / sizeof *without; i++)
    assert_true(notifier_find(without[i])->answers == NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(discords_buttons_ask_their_words),
      cmocka_unit_test(slacks_buttons_ask_their_words),
      cmocka_unit_test(of_many_accounts_one_is_chosen),
      cmocka_unit_test(there_is_room_for_so_many),
      cmocka_unit_test(words_that_do_not_fit_make_no_button),
      cmocka_unit_test(a_long_message_has_them_under_its_last_part),
      cmocka_unit_test(an_edit_and_a_mark_keep_them),
      cmocka_unit_test(a_bots_buttons_are_answered_if_its_platform_takes_commands),
  };
  return cmocka_run_group_tests_name("buttons", tests, NULL, NULL);
}
