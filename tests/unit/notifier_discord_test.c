#include "unit/notifier_testing.h"

#define DISCORD "discord-webhook"
#define URL "https://discord.com/api/webhooks/123/TOKEN"

static void the_summary_is_plain_content_and_silent(void **state) {
  (void)state;
  assert_payload(DISCORD, MESSAGE_SUMMARY, "", SUMMARY,
                 "{\"content\":\"📊 **API Balance Summary**\\n\\n💳 **Claude:** $8.07 (threshold: $5.00)\\n"
                 "🌙 **Kimi:** $12.34 available (threshold: $5.00)\","
                 "\"allowed_mentions\":{\"parse\":[]},\"flags\":4096}");
}

static void an_alert_notifies_and_a_recovery_does_not(void **state) {
  (void)state;
  assert_payload(DISCORD, MESSAGE_ALERT, "", "⚠️ " F("Kimi") " credits low!",
                 "{\"content\":\"⚠️ Kimi credits low!\",\"allowed_mentions\":{\"parse\":[]}}");
  assert_payload(DISCORD, MESSAGE_RECOVERY, "", F("Kimi") " is back",
                 "{\"content\":\"Kimi is back\",\"allowed_mentions\":{\"parse\":[]},\"flags\":4096}");
}

static void only_who_is_mentioned_may_be_pinged(void **state) {
  (void)state;
  static const struct {
    const char *mention;
    const char *front;
    const char *allowed;
  } cases[] = {
      {"role:1234", "<@&1234> ", "\"parse\":[],\"roles\":[\"1234\"]"},
      {"user:1", "<@1> ", "\"parse\":[],\"users\":[\"1\"]"},
      {"here", "@here ", "\"parse\":[\"everyone\"]"},
      {"everyone", "@everyone ", "\"parse\":[\"everyone\"]"},
      {"role:1, role:2 user:3", "<@&1> <@&2> <@3> ", "\"parse\":[],\"roles\":[\"1\",\"2\"],\"users\":[\"3\"]"},
      {"group:S1", "", "\"parse\":[]"},
      {"role:12x", "", "\"parse\":[]"},
      {"role:", "", "\"parse\":[]"},
      {"heretic", "", "\"parse\":[]"},
      {"nobody", "", "\"parse\":[]"},
      {"role:12345678901234567890123456789012345678901234567890", "", "\"parse\":[]"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char expected[256];
    text_fmt(expected, sizeof expected, "{\"content\":\"%slow\",\"allowed_mentions\":{%s}}", cases[i].front,
             cases[i].allowed);
    assert_payload(DISCORD, MESSAGE_ALERT, cases[i].mention, "low", expected);
  }
}

static void foreign_text_shows_as_it_was_and_does_nothing(void **state) {
  (void)state;
  static const struct {
    const char *foreign;
    const char *content; /* in JSON */
  } cases[] = {
      {"Claude", "Claude"},
      {"Kimi K2.5", "Kimi K2.5"},
      {"GPT-4o (team)", "GPT-4o (team)"},
      {"Team #1, a+b > c", "Team #1, a+b \\\\> c"},
      {"someone@example.com", "someone@example.com"},
      {"timed out after 10 s", "timed out after 10 s"},
      {"@everyone", "@\u200Beveryone"},
      {"@Here!", "@\u200BHere!"},
      {"hi @", "hi @\u200B"},
      {"<@123> <@&4> <#5>", "\\\\<@123\\\\> \\\\<@&4\\\\> \\\\<#5\\\\>"},
      {"<t:1:R>", "\\\\<t\\\\:1:R\\\\>"},
      {"**a** __b__ ~~c~~ ||d||",
       "\\\\*\\\\*a\\\\*\\\\* \\\\_\\\\_b\\\\_\\\\_ \\\\~\\\\~c\\\\~\\\\~ \\\\|\\\\|d\\\\|\\\\|"},
      {"`x` \\", "\\\\`x\\\\` \\\\\\\\"},
      {"[x](http://evil)", "\\\\[x\\\\](http\\\\://evil)"},
      {":skull: 09:30", "\\\\:skull: 09:30"},
      {"# big", "\\\\# big"},
      {"## big", "\\\\#\\\\# big"},
      {"> quote", "\\\\> quote"},
      {">>> quote", "\\\\>\\\\>\\\\> quote"},
      {"- item", "\\\\- item"},
      {"-# small", "\\\\-\\\\# small"},
      {"1. one", "1\\\\. one"},
      {"discord.gg/abc", "discord\\\\.gg/abc"},
      {"discord.com/invite/abc", "discord\\\\.com/invite/abc"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char marked[256];
    char expected[512];
    text_fmt(marked, sizeof marked, "x " MARK_FOREIGN "%s" MARK_FOREIGN_END, cases[i].foreign);
    text_fmt(expected, sizeof expected, "{\"content\":\"x %s\",\"allowed_mentions\":{\"parse\":[]}}", cases[i].content);
    assert_payload(DISCORD, MESSAGE_ALERT, "", marked, expected);
  }
}

static void our_own_text_and_raw_markup_stay_as_they_are(void **state) {
  (void)state;
  assert_payload(DISCORD, MESSAGE_ALERT, "", R("<:moon:456>") " " B("a_b") " <$0.01 · ~3d 4h left, " R("<#123>"),
                 "{\"content\":\"<:moon:456> **a_b** <$0.01 · ~3d 4h left, <#123>\",\"allowed_mentions\":{\"parse\":[]}}");
}

static void an_empty_message_is_refused(void **state) {
  (void)state;
  struct err err = {0};
  struct parts parts;
  struct message message = {.kind = MESSAGE_ALERT, .mention = ""};
  buf_init(&message.text, 100);
  buf_add(&message.text, " \n \x01\x02");
  parts_init(&parts);
  assert_false(notifier_find(DISCORD)->render(&message, NULL, &parts, &err));
  assert_int_equal(err.code, ERR_USAGE);
  parts_done(&parts);
  buf_done(&message.text);
}

static void a_request_waits_for_the_message_to_be_saved(void **state) {
  (void)state;
  assert_url(DISCORD, URL, NULL, URL "?wait=true");
  assert_url(DISCORD, URL, "http://[::1]:8080", "http://[::1]:8080/api/webhooks/123/TOKEN?wait=true");
  assert_url(DISCORD, URL, "http://127.9.9.9", "http://127.9.9.9/api/webhooks/123/TOKEN?wait=true");
  assert_url(DISCORD, URL, "http://fake.localhost", "http://fake.localhost/api/webhooks/123/TOKEN?wait=true");
  assert_url(DISCORD, URL "?thread_id=7", NULL, URL "?thread_id=7&wait=true");
  assert_url(DISCORD, URL "?#x", NULL, URL "?wait=true");
  assert_url(DISCORD, URL "#?x", NULL, URL "?wait=true");
  assert_url(DISCORD, "http://127.0.0.1:81/w/TOKEN", NULL, "http://127.0.0.1:81/w/TOKEN?wait=true");
  assert_url(DISCORD, "http://[::1]:81/w/TOKEN", NULL, "http://[::1]:81/w/TOKEN?wait=true");
}

static void the_base_url_replaces_the_host_and_goes_in_front(void **state) {
  (void)state;
  assert_url(DISCORD, URL, "http://127.0.0.1:8080", "http://127.0.0.1:8080/api/webhooks/123/TOKEN?wait=true");
  assert_url(DISCORD, URL, "http://localhost:8080/", "http://localhost:8080/api/webhooks/123/TOKEN?wait=true");
  assert_url(DISCORD, URL "?thread_id=7", "http://127.0.0.1:1/fault/500/",
             "http://127.0.0.1:1/fault/500/api/webhooks/123/TOKEN?thread_id=7&wait=true");
}

static void an_address_that_is_none_is_refused_without_repeating_it(void **state) {
  (void)state;
  assert_url_refused(DISCORD, NULL, NULL, ERR_NOT_CONFIGURED);
  assert_url_refused(DISCORD, "  ", NULL, ERR_NOT_CONFIGURED);
  assert_url_refused(DISCORD, "discord.com/TOKEN", NULL, ERR_CONFIG);
  assert_url_refused(DISCORD, "ftp://discord.com/TOKEN", NULL, ERR_CONFIG);
  assert_url_refused(DISCORD, "http://discord.com/TOKEN", NULL, ERR_CONFIG);
  assert_url_refused(DISCORD, "http://localhost.evil/TOKEN", NULL, ERR_CONFIG);
  assert_url_refused(DISCORD, "http://127.evil.example/TOKEN", NULL, ERR_CONFIG);
  assert_url_refused(DISCORD, "http://localhost@evil/TOKEN", NULL, ERR_CONFIG);
  assert_url_refused(DISCORD, "http://localhost:x@evil/TOKEN", NULL, ERR_CONFIG);
  assert_url_refused(DISCORD, "https:///TOKEN", NULL, ERR_CONFIG);
  assert_url_refused(DISCORD, "https://discord.com/TOK EN", NULL, ERR_CONFIG);
  assert_url_refused(DISCORD, "https://discord.com/TOKEN\n", NULL, ERR_CONFIG);
  assert_url_refused(DISCORD, URL, "http://discord.com", ERR_CONFIG);
  assert_url_refused(DISCORD, URL, "nonsense", ERR_CONFIG);
}

static void a_missing_url_names_its_variable(void **state) {
  (void)state;
  struct err err = {0};
  struct ask ask;
  struct channel channel = {.name = "chat", .missing = "DISCORD_WEBHOOK_URL"};
  const struct sending sending = {.channel = &channel, .payload = "{}", .nonce = "n"};
  ask_init(&ask);
  assert_false(notifier_find(DISCORD)->request(&sending, &ask, &err));
  assert_string_equal(err.hint, "set DISCORD_WEBHOOK_URL");
  ask_done(&ask);
}

static void a_probe_asks_about_the_webhook_and_posts_nothing(void **state) {
  (void)state;
  struct err err = {0};
  struct test_channel made;
  struct ask ask;
  channel_make(&made, URL "?thread_id=7", NULL);
  ask_init(&ask);
  assert_true(notifier_find(DISCORD)->probe(&made.channel, &ask, &err));
  assert_int_equal(ask.kind, ASK_HTTP);
  assert_string_equal(ask.http.method, "GET");
  assert_string_equal(buf_text(&ask.http.url), URL);
  assert_int_equal(ask.http.body.len, 0);
  ask_done(&ask);
  channel_drop(&made);
}

static void answers_become_verdicts(void **state) {
  (void)state;
  static const struct verdict_case cases[] = {
      {200, "{\"id\":\"1\"}", -1, VERDICT_SENT, 0, ""},
      {204, "", -1, VERDICT_SENT, 0, ""},
      {429, "{\"message\":\"slow\",\"retry_after\":0.3001,\"global\":false}", -1, VERDICT_RETRY, 301, "429"},
      {429, "{\"retry_after\":2.5}", 40000, VERDICT_RETRY, 40000, "429"},
      {429, "{\"retry_after\":42}", 1000, VERDICT_RETRY, 42000, "429"},
      {429, "{\"retry_after\":1e9}", -1, VERDICT_RETRY, 86400000, "429"},
      {429, "{\"retry_after\":-5}", -1, VERDICT_RETRY, 0, "429"},
      {429, "error code: 1015", -1, VERDICT_RETRY, 0, "429"},
      {500, "", -1, VERDICT_RETRY, 0, "HTTP 500"},
      {503, "<html>", 5000, VERDICT_RETRY, 5000, "HTTP 503"},
      {408, "", -1, VERDICT_RETRY, 0, "HTTP 408"},
      {302, "", -1, VERDICT_REFUSED, 0, "leads elsewhere"},
      {400, "{\"message\":\"Invalid Form Body\",\"code\":50035}", -1, VERDICT_REFUSED, 0, "Invalid Form Body, code 50035"},
      {400, "<html>\nevil", -1, VERDICT_REFUSED, 0, "(HTTP 400)"},
      {401, "{\"message\":\"Invalid Webhook Token\",\"code\":50027}", -1, VERDICT_REFUSED, 0, "set DISCORD_WEBHOOK_URL"},
      {403, "", -1, VERDICT_REFUSED, 0, "set DISCORD_WEBHOOK_URL"},
      {404, "{\"message\":\"Unknown Webhook\",\"code\":10015}", -1, VERDICT_REFUSED, 0,
       "the webhook does not exist any more: make a new one and set DISCORD_WEBHOOK_URL"},
      {404, "{\"message\":\"Unknown Channel\",\"code\":10003}", -1, VERDICT_REFUSED, 0, "thread_id"},
      {410, "", -1, VERDICT_REFUSED, 0, "does not exist any more"},
      {413, "", -1, VERDICT_REFUSED, 0, "HTTP 413"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_verdict(DISCORD, &cases[i]);
}

static void a_body_is_never_repeated_raw(void **state) {
  (void)state;
  char body[600];
  text_fmt(body, sizeof body, "{\"code\":1,\"message\":\"a\\nb\\u202e%0500d\"}", 7);
  struct answer answer = {.http = {.status = 400, .retry_after_ms = -1, .body = body, .length = strlen(body)}};
  struct verdict verdict = notifier_find(DISCORD)->verdict(&answer);
  assert_non_null(strstr(verdict.why, "(a b 0000"));
  assert_null(strstr(verdict.why, "\n"));
  assert_true(strlen(verdict.why) < 180);
}

static void the_rate_that_the_headers_told_comes_along(void **state) {
  (void)state;
  struct answer answer = {.http = {.status = 429, .retry_after_ms = 2000, .body = "error code: 1015", .length = 16}};
  answer.http.rate = (struct http_rate){.remaining_told = true, .reset_told = true, .reset_after_ms = 1337, .global = true};
  text_copy(answer.http.rate.bucket, sizeof answer.http.rate.bucket, "abcd1234");
  struct verdict verdict = notifier_judge(notifier_find(DISCORD), &answer);
  assert_int_equal(verdict.kind, VERDICT_RETRY);
  assert_true(verdict.rate.remaining_told && verdict.rate.global && !verdict.rate.shared);
  assert_int_equal(verdict.rate.remaining, 0);
  assert_int_equal(verdict.rate.reset_after_ms, 1337);
  assert_string_equal(verdict.rate.bucket, "abcd1234");
}

static void a_secret_in_an_answer_is_blotted_before_it_is_judged(void **state) {
  (void)state;
  struct secret *secret = secret_new("planted-token");
  static const char body[] = "{\"message\":\"no webhook planted-token\",\"code\":1}";
  const struct answer answer = {.http = {.status = 400, .retry_after_ms = -1, .body = body, .length = sizeof body - 1}};
  struct verdict verdict = notifier_judge(notifier_find(DISCORD), &answer);
  assert_null(strstr(verdict.why, "planted"));
  assert_non_null(strstr(verdict.why, "no webhook ***"));
  secret_free(secret);
}

static void no_answer_is_tried_again_but_for_a_wrong_address(void **state) {
  (void)state;
  static const enum err_code transient[] = {ERR_NETWORK, ERR_TIMEOUT, ERR_TLS};
  for (size_t i = 0; i < sizeof transient / sizeof *transient; i++) {
    struct verdict verdict = verdict_of_failure(DISCORD, transient[i], "it did not work");
    assert_int_equal(verdict.kind, VERDICT_RETRY);
    assert_string_equal(verdict.why, "it did not work");
  }
  struct verdict verdict = verdict_of_failure(DISCORD, ERR_MALFORMED, "a redirect elsewhere");
  assert_int_equal(verdict.kind, VERDICT_REFUSED);
  assert_string_equal(verdict.why, "a redirect elsewhere: check the webhook's url");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_summary_is_plain_content_and_silent),
      cmocka_unit_test(an_alert_notifies_and_a_recovery_does_not),
      cmocka_unit_test(only_who_is_mentioned_may_be_pinged),
      cmocka_unit_test(foreign_text_shows_as_it_was_and_does_nothing),
      cmocka_unit_test(our_own_text_and_raw_markup_stay_as_they_are),
      cmocka_unit_test(an_empty_message_is_refused),
      cmocka_unit_test(a_request_waits_for_the_message_to_be_saved),
      cmocka_unit_test(the_base_url_replaces_the_host_and_goes_in_front),
      cmocka_unit_test(an_address_that_is_none_is_refused_without_repeating_it),
      cmocka_unit_test(a_missing_url_names_its_variable),
      cmocka_unit_test(a_probe_asks_about_the_webhook_and_posts_nothing),
      cmocka_unit_test(answers_become_verdicts),
      cmocka_unit_test(a_body_is_never_repeated_raw),
      cmocka_unit_test(the_rate_that_the_headers_told_comes_along),
      cmocka_unit_test(a_secret_in_an_answer_is_blotted_before_it_is_judged),
      cmocka_unit_test(no_answer_is_tried_again_but_for_a_wrong_address),
  };
  return cmocka_run_group_tests_name("discord webhooks", tests, NULL, NULL);
}
