#include "unit/notifier_testing.h"

#define SLACK "slack-webhook"
#define URL "https://hooks.slack.com/services/T/B/TOKEN"
#define WJ "\u2060"

#define BLOCK(text) "{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"" text "\",\"verbatim\":true}}"
#define PAYLOAD(text) "{\"text\":\"" text "\",\"blocks\":[" BLOCK(text) "],\"unfurl_links\":false,\"unfurl_media\":false}"

static void the_summary_is_a_section_with_a_fallback(void **state) {
  (void)state;
  assert_payload(SLACK, MESSAGE_SUMMARY, "", SUMMARY,
                 PAYLOAD("📊 *API Balance Summary*\\n\\n💳 *Claude:* $8.07 (threshold: $5.00)\\n"
                         "🌙 *Kimi:* $12.34 available (threshold: $5.00)"));
}

static void own_text_is_escaped_and_bold_hugs_its_words(void **state) {
  (void)state;
  assert_payload(SLACK, MESSAGE_ALERT, "", "a" B(" x & y ") "<$0.01", PAYLOAD("a *x &amp; y* &lt;$0.01"));
}

static void mentions_are_slacks_own(void **state) {
  (void)state;
  assert_payload(SLACK, MESSAGE_ALERT, "user:U1", "low", PAYLOAD("<@U1> low"));
  assert_payload(SLACK, MESSAGE_ALERT, "group:S1", "low", PAYLOAD("<!subteam^S1> low"));
  assert_payload(SLACK, MESSAGE_ALERT, "here", "low", PAYLOAD("<!here> low"));
  assert_payload(SLACK, MESSAGE_ALERT, "everyone", "low", PAYLOAD("<!channel> low"));
  assert_payload(SLACK, MESSAGE_ALERT, "user:U1 here", "low", PAYLOAD("<@U1> <!here> low"));
  assert_payload(SLACK, MESSAGE_ALERT, "role:12", "low", PAYLOAD("low"));
  assert_payload(SLACK, MESSAGE_ALERT, "user:U1> <!channel", "low", PAYLOAD("low"));
}

static void foreign_text_shows_as_it_was_and_does_nothing(void **state) {
  (void)state;
  static const struct {
    const char *foreign;
    const char *shown;
  } cases[] = {
      {"Claude", "Claude"},
      {"Kimi K2.5", "Kimi K2.5"},
      {"GPT-4o (team)", "GPT-4o (team)"},
      {"snake_case é~é", "snake_case é~é"},
      {"a*b", "a" WJ "*" WJ "b"},
      {"<!channel> <@U1>", "&lt;!channel" WJ "&gt;" WJ " &lt;@U1" WJ "&gt;" WJ},
      {"a & b", "a &amp; b"},
      {"*a*", WJ "*" WJ "a" WJ "*" WJ},
      {"_a_", WJ "_" WJ "a" WJ "_" WJ},
      {"~a~", WJ "~" WJ "a" WJ "~" WJ},
      {"a`b", "a" WJ "`" WJ "b"},
      {"> quote", WJ "&gt;" WJ " quote"},
      {"a -> b", "a -" WJ "&gt;" WJ " b"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char marked[256];
    char expected[1024];
    text_fmt(marked, sizeof marked, "x " MARK_FOREIGN "%s" MARK_FOREIGN_END, cases[i].foreign);
    text_fmt(expected, sizeof expected,
             "{\"text\":\"x %s\",\"blocks\":[{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"x %s\","
             "\"verbatim\":true}}],\"unfurl_links\":false,\"unfurl_media\":false}",
             cases[i].shown, cases[i].shown);
    assert_payload(SLACK, MESSAGE_ALERT, "", marked, expected);
  }
}

static void raw_markup_pings_nobody(void **state) {
  (void)state;
  assert_payload(SLACK, MESSAGE_ALERT, "", R("<#C123>") R("<:moon:456>") R("<a:sun:7>") R(":x:") R("🌙"),
                 PAYLOAD("<#C123>:moon::sun::x:🌙"));
  assert_payload(SLACK, MESSAGE_ALERT, "", R("<!channel>") R("<@U1>") R("<::>") R("<:moon"),
                 PAYLOAD("&lt;!channel&gt;&lt;@U1&gt;&lt;::&gt;&lt;:moon"));
  assert_payload(SLACK, MESSAGE_ALERT, "", R("<#C1> <@U1>") R("<#C1<!here>"),
                 PAYLOAD("&lt;#C1&gt; &lt;@U1&gt;&lt;#C1&lt;!here&gt;"));
}

static void the_address_is_the_webhooks_own(void **state) {
  (void)state;
  assert_url(SLACK, URL, NULL, URL);
  assert_url(SLACK, URL, "http://127.0.0.1:9/fault/429", "http://127.0.0.1:9/fault/429/services/T/B/TOKEN");
  assert_url_refused(SLACK, "http://hooks.slack.com/TOKEN", NULL, ERR_CONFIG);
  assert_null(notifier_find(SLACK)->probe);
}

static void answers_become_verdicts(void **state) {
  (void)state;
  static const struct verdict_case cases[] = {
      {200, "ok", -1, VERDICT_SENT, 0, ""},
      {429, "rate_limited", 30000, VERDICT_RETRY, 30000, "429"},
      {500, "rollup_error", -1, VERDICT_RETRY, 0, "HTTP 500"},
      {503, "no_service", -1, VERDICT_RETRY, 0, "HTTP 503"},
      {400, "invalid_payload", -1, VERDICT_REFUSED, 0, "(invalid_payload)"},
      {400, "no_text\n", -1, VERDICT_REFUSED, 0, "(no_text)"},
      {400, "user_not_found", -1, VERDICT_REFUSED, 0, "mention"},
      {403, "action_prohibited", -1, VERDICT_REFUSED, 0, "administrator"},
      {403, "invalid_token", -1, VERDICT_REFUSED, 0, "set SLACK_WEBHOOK_URL"},
      {404, "channel_not_found", -1, VERDICT_REFUSED, 0, "channel does not exist any more: make a new one"},
      {404, "no_service", -1, VERDICT_REFUSED, 0, "make a new one and set SLACK_WEBHOOK_URL"},
      {410, "channel_is_archived", -1, VERDICT_REFUSED, 0, "archived"},
      {404, "<html>evil", -1, VERDICT_REFUSED, 0, "the webhook does not exist any more"},
      {403, "", -1, VERDICT_REFUSED, 0, "set SLACK_WEBHOOK_URL"},
      {418, "evil", -1, VERDICT_REFUSED, 0, "Slack refused the message (HTTP 418): check the webhook's url"},
      {301, "", -1, VERDICT_REFUSED, 0, "leads elsewhere"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_verdict(SLACK, &cases[i]);
  assert_int_equal(verdict_of_failure(SLACK, ERR_NETWORK, "no").kind, VERDICT_RETRY);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_summary_is_a_section_with_a_fallback),
      cmocka_unit_test(own_text_is_escaped_and_bold_hugs_its_words),
      cmocka_unit_test(mentions_are_slacks_own),
      cmocka_unit_test(foreign_text_shows_as_it_was_and_does_nothing),
      cmocka_unit_test(raw_markup_pings_nobody),
      cmocka_unit_test(the_address_is_the_webhooks_own),
      cmocka_unit_test(answers_become_verdicts),
  };
  return cmocka_run_group_tests_name("slack webhooks", tests, NULL, NULL);
}
