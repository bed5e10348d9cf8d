/* Bots, and the edits that webhooks know too. */
#include "unit/notifier_testing.h"

#define DISCORD "discord-bot"
#define SLACK "slack-bot"
#define HOOK "discord-webhook"
#define HOOK_URL "url=https://discord.com/api/webhooks/123/TOKEN"
#define PAYLOAD "{\"content\":\"hi\",\"allowed_mentions\":{\"parse\":[]},\"flags\":4096}"
#define SLACK_PAYLOAD "{\"text\":\"hi\",\"blocks\":[],\"unfurl_links\":false,\"unfurl_media\":false}"

struct http_case {
  const char *method;
  const char *url;
  const char *body;
};

static void assert_asks(const char *plug, const char *const *pairs, const struct sending *sending,
                        const struct http_case *expected) {
  struct err err = {0};
  struct test_bot made;
  struct ask ask;
  bot_make(&made, pairs);
  if (!bot_ask(&made, notifier_find(plug), sending, &ask, &err)) fail_msg("%s", err.text);
  assert_int_equal(ask.kind, ASK_HTTP);
  assert_string_equal(ask.http.method, expected->method);
  assert_string_equal(buf_text(&ask.http.url), expected->url);
  assert_string_equal(buf_text(&ask.http.body), expected->body);
  struct json *root = json_parse(buf_text(&ask.http.body), ask.http.body.len, &err);
  assert_non_null(root);
  json_free(root);
  if (text_eq(plug, DISCORD)) assert_header(&ask.http, "Authorization: Bot TOKEN");
  if (text_eq(plug, SLACK)) {
    assert_header(&ask.http, "Authorization: Bearer xoxb-TOKEN");
    assert_header(&ask.http, "Content-Type: application/json; charset=utf-8");
  } else {
    assert_header(&ask.http, "Content-Type: application/json");
    assert_header(&ask.http, "User-Agent: DiscordBot (lowtide, " LOWTIDE_VERSION ")");
  }
  ask_done(&ask);
  bot_drop(&made);
}

/* --- Discord --- */

static void a_discord_bot_posts_with_a_nonce_that_is_enforced(void **state) {
  (void)state;
  const struct sending sending = {.payload = PAYLOAD, .nonce = "0123456789abcdef00"};
  const struct http_case expected = {"POST", "https://discord.com/api/v10/channels/42/messages",
                                     "{\"content\":\"hi\",\"allowed_mentions\":{\"parse\":[]},\"flags\":4096,"
                                     "\"nonce\":\"0123456789abcdef00\",\"enforce_nonce\":true}"};
  assert_asks(DISCORD, PAIRS("token=TOKEN", "channel=42"), &sending, &expected);
}

static void a_nonce_is_never_longer_than_discord_takes(void **state) {
  (void)state;
  const struct sending sending = {.payload = "{\"a\":1}", .nonce = "0123456789012345678901234567890"};
  const struct http_case expected = {"POST", "https://discord.com/api/v10/channels/42/messages",
                                     "{\"a\":1,\"nonce\":\"0123456789012345678901234\",\"enforce_nonce\":true}"};
  assert_asks(DISCORD, PAIRS("token=TOKEN", "channel=42"), &sending, &expected);
}

static void a_thread_is_a_discord_channel_of_its_own(void **state) {
  (void)state;
  const struct sending sending = {.payload = "{\"a\":1}", .nonce = "n"};
  const struct http_case expected = {"POST", "https://discord.com/api/v10/channels/77/messages",
                                     "{\"a\":1,\"nonce\":\"n\",\"enforce_nonce\":true}"};
  assert_asks(DISCORD, PAIRS("token=TOKEN", "channel=42", "thread=77"), &sending, &expected);
}

static void a_discord_message_is_edited_in_place_and_pings_nobody(void **state) {
  (void)state;
  const struct sending sending = {.payload = "{\"content\":\"<@1> \\\"x\\\"\",\"allowed_mentions\":{\"users\":[\"1\"]},"
                                             "\"flags\":4096}",
                                  .nonce = "n",
                                  .message_id = "99"};
  static const char body[] = "{\"content\":\"<@1> \\\"x\\\"\",\"allowed_mentions\":{\"parse\":[]}}";
  const struct http_case bot = {"PATCH", "https://discord.com/api/v10/channels/42/messages/99", body};
  const struct http_case hook = {"PATCH", "https://discord.com/api/webhooks/123/TOKEN/messages/99", body};
  const struct http_case thread = {"PATCH", "https://discord.com/api/webhooks/123/TOKEN/messages/99?thread_id=7", body};
  assert_asks(DISCORD, PAIRS("token=TOKEN", "channel=42"), &sending, &bot);
  assert_asks(HOOK, PAIRS(HOOK_URL), &sending, &hook);
  assert_asks(HOOK, PAIRS(HOOK_URL, "thread=7"), &sending, &thread);
  assert_asks(HOOK, PAIRS(HOOK_URL "?thread_id=7"), &sending, &thread);
}

static void a_webhook_posts_into_its_thread(void **state) {
  (void)state;
  const struct sending sending = {.payload = "{}", .nonce = "n"};
  const struct http_case expected = {"POST", "https://discord.com/api/webhooks/123/TOKEN?thread_id=7&wait=true", "{}"};
  assert_asks(HOOK, PAIRS(HOOK_URL, "thread=7"), &sending, &expected);
  assert_asks(HOOK, PAIRS(HOOK_URL "?thread_id=7", "thread=8"), &sending, &expected);
}

static void what_no_discord_channel_can_be_is_refused(void **state) {
  (void)state;
  assert_pairs_refused(DISCORD, PAIRS("channel=42"), ERR_NOT_CONFIGURED, "the bot's token is missing");
  assert_pairs_refused(DISCORD, PAIRS("token=TOKEN"), ERR_CONFIG, "channel is not a Discord channel's id");
  assert_pairs_refused(DISCORD, PAIRS("token=TOKEN", "channel=#general"), ERR_CONFIG, "digits only");
  assert_pairs_refused(DISCORD, PAIRS("token=TOKEN", "channel=1/../2"), ERR_CONFIG, "digits only");
  assert_pairs_refused(DISCORD, PAIRS("token=TOKEN", "channel=123456789012345678901"), ERR_CONFIG, "digits only");
  assert_pairs_refused(DISCORD, PAIRS("token=TOKEN", "channel=1", "thread=x"), ERR_CONFIG, "thread is not an id");
  assert_pairs_refused(DISCORD, PAIRS("token=TOKEN\r\nX: 1", "channel=1"), ERR_LIMIT, "line break");
  assert_pairs_refused(HOOK, PAIRS(HOOK_URL, "thread=x"), ERR_CONFIG, "thread is not an id");
}

static void an_edit_needs_an_id_of_the_platform(void **state) {
  (void)state;
  static const char *const wrong[] = {"", "x", "1/2", "C1:", ":1.2", "C1:1", "C1:1.2x"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    const char *const plugs[] = {DISCORD, HOOK, SLACK};
    for (size_t p = 0; p < 3; p++) {
      struct err err = {0};
      struct test_bot made;
      struct ask ask;
      const struct sending sending = {.payload = PAYLOAD, .nonce = "n", .message_id = wrong[i]};
      bot_make(&made, PAIRS("token=TOKEN", "channel=42", HOOK_URL));
      assert_false(bot_ask(&made, notifier_find(plugs[p]), &sending, &ask, &err));
      assert_int_equal(err.code, ERR_MALFORMED);
      ask_done(&ask);
      bot_drop(&made);
    }
  }
}

static void discords_answers_to_a_bot_become_verdicts(void **state) {
  (void)state;
  static const struct verdict_case cases[] = {
      {200, "{\"id\":\"99\"}", -1, VERDICT_SENT, 0, ""},
      {429, "{\"retry_after\":0.5,\"global\":true}", -1, VERDICT_RETRY, 500, "429"},
      {502, "", -1, VERDICT_RETRY, 0, "HTTP 502"},
      {401, "{\"message\":\"401: Unauthorized\",\"code\":0}", -1, VERDICT_REFUSED, 0, "does not know the bot's token"},
      {403, "{\"message\":\"Missing Access\",\"code\":50001}", -1, VERDICT_REFUSED, 0, "View Channel"},
      {403, "{\"message\":\"Missing Permissions\",\"code\":50013}", -1, VERDICT_REFUSED, 0, "Send Messages"},
      {404, "{\"message\":\"Unknown Channel\",\"code\":10003}", -1, VERDICT_REFUSED, 0, "check channel"},
      {400, "{\"message\":\"Invalid Form Body\",\"code\":50035}", -1, VERDICT_REFUSED, 0, "Invalid Form Body, code 50035"},
      {400, "nonsense", -1, VERDICT_REFUSED, 0, "(HTTP 400): check the channel's settings"},
      {302, "", -1, VERDICT_REFUSED, 0, "leads elsewhere"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_verdict(DISCORD, &cases[i]);
}

static void discord_names_the_message_that_it_took(void **state) {
  (void)state;
  assert_string_equal(verdict_of_body(DISCORD, 200, "{\"id\":\"123456789012345678\"}").message_id, "123456789012345678");
  assert_string_equal(verdict_of_body(HOOK, 200, "{\"id\":\"7\"}").message_id, "7");
  assert_string_equal(verdict_of_body(HOOK, 204, "").message_id, "");
  assert_string_equal(verdict_of_body(HOOK, 200, "{\"id\":7}").message_id, "");
  assert_string_equal(verdict_of_body(HOOK, 200, "{\"id\":\"../x\"}").message_id, "");
  assert_string_equal(verdict_of_body(HOOK, 400, "{\"id\":\"7\"}").message_id, "");
}

static void what_is_void_is_disabled_at_once(void **state) {
  (void)state;
  assert_true(verdict_of_body(HOOK, 404, "{\"code\":10015}").disabled);
  assert_true(verdict_of_body(HOOK, 401, "").disabled);
  assert_true(verdict_of_body(HOOK, 410, "").disabled);
  assert_false(verdict_of_body(HOOK, 404, "{\"code\":10003}").disabled);
  assert_false(verdict_of_body(HOOK, 400, "{\"code\":50035}").disabled);
  assert_false(verdict_of_body(HOOK, 429, "{}").disabled);
  assert_true(verdict_of_body(DISCORD, 401, "").disabled);
  assert_false(verdict_of_body(DISCORD, 403, "{\"code\":50013}").disabled);
  assert_true(verdict_of_body("slack-webhook", 404, "no_service").disabled);
  assert_true(verdict_of_body("slack-webhook", 403, "invalid_token").disabled);
  assert_true(verdict_of_body("slack-webhook", 410, "channel_is_archived").disabled);
  assert_false(verdict_of_body("slack-webhook", 400, "invalid_payload").disabled);
  assert_false(verdict_of_body("slack-webhook", 403, "action_prohibited").disabled);
}

static void what_cannot_be_edited_is_gone(void **state) {
  (void)state;
  static const struct {
    const char *plug;
    int status;
    const char *body;
  } cases[] = {
      {HOOK, 404, "{\"code\":10008}"},
      {DISCORD, 404, "{\"code\":10008}"},
      {DISCORD, 429, "{\"code\":30046,\"retry_after\":30}"},
      {SLACK, 200, "{\"ok\":false,\"error\":\"message_not_found\"}"},
      {SLACK, 200, "{\"ok\":false,\"error\":\"edit_window_closed\"}"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct verdict verdict = verdict_of_body(cases[i].plug, cases[i].status, cases[i].body);
    assert_int_equal(verdict.kind, VERDICT_REFUSED);
    assert_true(verdict.gone && !verdict.disabled && verdict.after_ms == 0);
  }
}

static void a_global_limit_in_the_body_counts(void **state) {
  (void)state;
  assert_true(verdict_of_body(DISCORD, 429, "{\"retry_after\":1,\"global\":true}").rate.global);
  assert_false(verdict_of_body(DISCORD, 429, "{\"retry_after\":1,\"global\":false}").rate.global);
}

/* --- Slack --- */

static void a_slack_bot_posts_into_its_channel(void **state) {
  (void)state;
  const struct sending sending = {.payload = SLACK_PAYLOAD, .nonce = "n"};
  const struct http_case plain = {
      "POST", "https://slack.com/api/chat.postMessage",
      "{\"channel\":\"C1\",\"text\":\"hi\",\"blocks\":[],\"unfurl_links\":false,\"unfurl_media\":false}"};
  const struct http_case thread = {
      "POST", "https://slack.com/api/chat.postMessage",
      "{\"channel\":\"#a\\\"b\",\"thread_ts\":\"1503435956.000247\",\"text\":\"hi\",\"blocks\":[],"
      "\"unfurl_links\":false,\"unfurl_media\":false}"};
  assert_asks(SLACK, PAIRS("token=xoxb-TOKEN", "channel=C1"), &sending, &plain);
  assert_asks(SLACK, PAIRS("token=xoxb-TOKEN", "channel=#a\"b", "thread=1503435956.000247"), &sending, &thread);
}

static void a_slack_message_is_edited_where_it_stands(void **state) {
  (void)state;
  const struct sending sending = {.payload = SLACK_PAYLOAD, .nonce = "n", .message_id = "C9:1503435956.000247"};
  const struct http_case expected = {"POST", "https://slack.com/api/chat.update",
                                     "{\"channel\":\"C9\",\"ts\":\"1503435956.000247\",\"text\":\"hi\",\"blocks\":[]}"};
  assert_asks(SLACK, PAIRS("token=xoxb-TOKEN", "channel=#general"), &sending, &expected);
}

static void what_no_slack_channel_can_be_is_refused(void **state) {
  (void)state;
  assert_pairs_refused(SLACK, PAIRS("channel=C1"), ERR_NOT_CONFIGURED, "the bot's token is missing");
  assert_pairs_refused(SLACK, PAIRS("token=xoxb-TOKEN", "channel= "), ERR_CONFIG, "channel is not");
  assert_pairs_refused(SLACK, PAIRS("token=xoxb-TOKEN", "channel=C1", "thread=1503435956"), ERR_CONFIG, "thread is not");
  assert_pairs_refused(SLACK, PAIRS("token=xoxb-TOKEN", "channel=C1", "thread=1.2\""), ERR_CONFIG, "thread is not");
}

static void slacks_answers_to_a_bot_become_verdicts(void **state) {
  (void)state;
  static const struct verdict_case cases[] = {
      {200, "{\"ok\":true,\"channel\":\"C1\",\"ts\":\"1503435956.000247\"}", -1, VERDICT_SENT, 0, ""},
      {200, "{\"ok\":false,\"error\":\"invalid_auth\"}", -1, VERDICT_REFUSED, 0, "xoxb-"},
      {200, "{\"ok\":false,\"error\":\"not_in_channel\"}", -1, VERDICT_REFUSED, 0, "/invite"},
      {200, "{\"ok\":false,\"error\":\"channel_not_found\"}", -1, VERDICT_REFUSED, 0, "check channel"},
      {200, "{\"ok\":false,\"error\":\"is_archived\"}", -1, VERDICT_REFUSED, 0, "archived"},
      {200, "{\"ok\":false,\"error\":\"msg_too_long\"}", -1, VERDICT_REFUSED, 0, "msg_too_long"},
      {200, "{\"ok\":false,\"error\":\"missing_scope\"}", -1, VERDICT_REFUSED, 0, "chat:write"},
      {200, "{\"ok\":false,\"error\":\"ratelimited\"}", 7000, VERDICT_RETRY, 7000, "ratelimited"},
      {200, "{\"ok\":false,\"error\":\"fatal_error\"}", -1, VERDICT_RETRY, 0, "fatal_error"},
      {503, "{\"ok\":false,\"error\":\"service_unavailable\"}", -1, VERDICT_RETRY, 0, "HTTP 503"},
      {429, "{\"ok\":false,\"error\":\"ratelimited\"}", 30000, VERDICT_RETRY, 30000, "429"},
      {200, "{\"ok\":false,\"error\":\"new\\nthing\"}", -1, VERDICT_REFUSED, 0,
       "(new thing): check the channel's settings"},
      {403, "{\"ok\":false,\"error\":\"invalid_auth\"}", -1, VERDICT_REFUSED, 0, "xoxb-"},
      {200, "<html>log in to the hotel", -1, VERDICT_RETRY, 0, "not Slack's"},
      {200, "{\"ok\":false}", -1, VERDICT_RETRY, 0, "not Slack's"},
      {404, "nothing", -1, VERDICT_REFUSED, 0, "HTTP 404"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_verdict(SLACK, &cases[i]);
  assert_true(verdict_of_body(SLACK, 200, "{\"ok\":false,\"error\":\"token_revoked\"}").disabled);
  assert_false(verdict_of_body(SLACK, 200, "{\"ok\":false,\"error\":\"not_in_channel\"}").disabled);
}

static void slack_names_the_message_that_it_took(void **state) {
  (void)state;
  static const struct {
    const char *body;
    const char *id;
  } cases[] = {
      {"{\"ok\":true,\"channel\":\"C1\",\"ts\":\"1503435956.000247\"}", "C1:1503435956.000247"},
      {"{\"ok\":true,\"channel\":\"C1\",\"ts\":1503435956.000247}", ""},
      {"{\"ok\":true,\"channel\":\"c\\\"1\",\"ts\":\"1503435956.000247\"}", ""},
      {"{\"ok\":true,\"ts\":\"1503435956.000247\"}", ""},
      {"{\"ok\":true}", ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(verdict_of_body(SLACK, 200, cases[i].body).message_id, cases[i].id);
}

static void a_bots_probe_says_nothing_in_the_channel(void **state) {
  (void)state;
  struct err err = {0};
  struct test_bot made;
  struct ask ask;
  bot_make(&made, PAIRS("token=TOKEN", "channel=42"));
  ask_init(&ask);
  assert_true(notifier_find(DISCORD)->probe(&made.channel, &ask, &err));
  assert_string_equal(ask.http.method, "GET");
  assert_string_equal(buf_text(&ask.http.url), "https://discord.com/api/v10/channels/42");
  assert_int_equal(ask.http.body.len, 0);
  ask_done(&ask);
  made.channel.base_url = "http://127.0.0.1:9/x/";
  assert_true(notifier_find(SLACK)->probe(&made.channel, &ask, &err));
  assert_string_equal(buf_text(&ask.http.url), "http://127.0.0.1:9/x/api/auth.test");
  ask_done(&ask);
  bot_drop(&made);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_discord_bot_posts_with_a_nonce_that_is_enforced),
      cmocka_unit_test(a_nonce_is_never_longer_than_discord_takes),
      cmocka_unit_test(a_thread_is_a_discord_channel_of_its_own),
      cmocka_unit_test(a_discord_message_is_edited_in_place_and_pings_nobody),
      cmocka_unit_test(a_webhook_posts_into_its_thread),
      cmocka_unit_test(what_no_discord_channel_can_be_is_refused),
      cmocka_unit_test(an_edit_needs_an_id_of_the_platform),
      cmocka_unit_test(discords_answers_to_a_bot_become_verdicts),
      cmocka_unit_test(discord_names_the_message_that_it_took),
      cmocka_unit_test(what_is_void_is_disabled_at_once),
      cmocka_unit_test(what_cannot_be_edited_is_gone),
      cmocka_unit_test(a_global_limit_in_the_body_counts),
      cmocka_unit_test(a_slack_bot_posts_into_its_channel),
      cmocka_unit_test(a_slack_message_is_edited_where_it_stands),
      cmocka_unit_test(what_no_slack_channel_can_be_is_refused),
      cmocka_unit_test(slacks_answers_to_a_bot_become_verdicts),
      cmocka_unit_test(slack_names_the_message_that_it_took),
      cmocka_unit_test(a_bots_probe_says_nothing_in_the_channel),
  };
  return cmocka_run_group_tests_name("bots", tests, NULL, NULL);
}
