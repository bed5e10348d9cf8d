/* What is asked of Slack to say an answer, and what becomes of its refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "door/slack_delivery.h"
#include "door/slack_request.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

#define HOOK "https://hooks.slack.com/commands/T1/2/SECRET"
#define UPLOAD "https://files.slack.com/upload/v1/ABC"
#define PLACE "{\"ok\":true,\"upload_url\":\"" UPLOAD "\",\"file_id\":\"F1\"}"

struct bench {
  struct slack_settings settings;
  struct slack_delivery delivery;
  struct ask ask;
  int64_t wait_ms;
};

static void begin(struct bench *bench, const char *text, bool picture) {
  struct err err = {0};
  struct message message;
  struct buf png;
  struct buf words;
  *bench = (struct bench){.settings = {.allow_users = "", .bot_token = secret_new("xoxb-TOKEN")}};
  slack_delivery_init(&bench->delivery, &bench->settings);
  assert_true(text_copy(bench->delivery.url, sizeof bench->delivery.url, HOOK));
  message_init(&message, MESSAGE_ANSWER);
  buf_add(&message.text, text);
  message_add_button(&message, "Refresh", "refresh");
  assert_true(reply_slack(&message, false, &bench->delivery.parts, &err));
  message_done(&message);
  buf_init(&png, 100);
  buf_init(&words, 100);
  if (picture) buf_add_n(&png, "\x89PNG\0\r\n", 7);
  buf_add(&words, "Kimi falls & falls");
  assert_int_equal(slack_delivery_has_picture(&bench->delivery, &png, &words), picture);
  buf_done(&png);
  buf_done(&words);
  ask_init(&bench->ask);
}

static void end(struct bench *bench) {
  ask_done(&bench->ask);
  slack_delivery_done(&bench->delivery);
  secret_free(bench->settings.bot_token);
}

static enum slack_delivery_step hear(struct bench *bench, const struct answer *answer) {
  ask_done(&bench->ask);
  return slack_delivery_next(&bench->delivery, answer, &bench->ask, &bench->wait_ms);
}

static enum slack_delivery_step heard(struct bench *bench, int status, const char *body) {
  const struct answer answer = {
      .http = {.status = status, .retry_after_ms = -1, .body = body, .length = strlen(body), .written = true}};
  return hear(bench, &answer);
}

static enum slack_delivery_step failed(struct bench *bench, enum err_code code, bool written) {
  struct answer answer = {.http = {.retry_after_ms = -1, .body = "", .written = written}};
  (void)err_set(&answer.http.err, code, "timed out");
  answer.err = answer.http.err;
  return hear(bench, &answer);
}

static void assert_asks(struct bench *bench, enum slack_delivery_step step, const char *url, int64_t wait_ms) {
  assert_int_equal(step, SLACK_DELIVERY_ASK);
  assert_string_equal(bench->ask.http.method, "POST");
  assert_string_equal(buf_text(&bench->ask.http.url), url);
  assert_int_equal(bench->wait_ms, wait_ms);
}

static void assert_body(const struct bench *bench, const char *piece, bool there) {
  const char *body = buf_text(&bench->ask.http.body);
  if ((strstr(body, piece) != NULL) != there) fail_msg("%s: \"%s\"", there ? "lacks" : "has", body);
}

static bool has_header(const struct bench *bench, const char *line) {
  for (size_t i = 0; i < bench->ask.http.header_count; i++) {
    if (text_eq(buf_text(&bench->ask.http.headers[i]), line)) return true;
  }
  return false;
}

/* --- text ---------------------------------------------------------------------------------------------------------- */

static void an_answer_is_posted_as_json(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", false);
  assert_asks(&bench, hear(&bench, NULL), HOOK, 0);
  assert_true(has_header(&bench, "Content-Type: application/json; charset=utf-8"));
  assert_int_equal(bench.ask.http.header_count, 1); /* no token goes there */
  assert_string_equal(buf_text(&bench.ask.http.body), buf_text(&bench.delivery.parts.part[0]));
  assert_int_equal(heard(&bench, 200, "ok"), SLACK_DELIVERY_DONE);
  end(&bench);
}

static void parts_follow_each_other(void **state) {
  (void)state;
  struct bench bench;
  struct buf text;
  buf_init(&text, 100000);
  for (int i = 0; i < 600; i++)
    buf_addf(&text, "line %d of thirty characters or more\n", i);
  begin(&bench, buf_text(&text), false);
  assert_int_equal(bench.delivery.parts.count, 2);
  assert_asks(&bench, hear(&bench, NULL), HOOK, 0);
  assert_body(&bench, "line 0 ", true);
  assert_asks(&bench, heard(&bench, 200, "{\"ok\":true}"), HOOK, 0);
  assert_body(&bench, "line 599 ", true);
  assert_int_equal(heard(&bench, 200, "ok"), SLACK_DELIVERY_DONE);
  end(&bench);
  buf_done(&text);
}

static void a_stumble_is_waited_out(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", false);
  (void)hear(&bench, NULL);
  assert_asks(&bench, heard(&bench, 503, ""), HOOK, 1000);
  assert_asks(&bench, failed(&bench, ERR_NETWORK, false), HOOK, 2000);
  assert_int_equal(heard(&bench, 200, "ok"), SLACK_DELIVERY_DONE);
  end(&bench);
}

static void slack_says_when_to_come_back(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", false);
  (void)hear(&bench, NULL);
  struct answer answer = {.http = {.status = 429, .retry_after_ms = 7000, .body = "", .written = true}};
  assert_asks(&bench, hear(&bench, &answer), HOOK, 7000);
  answer.http.retry_after_ms = 61000;
  assert_int_equal(hear(&bench, &answer), SLACK_DELIVERY_FAILED);
  assert_int_equal(bench.delivery.failure.code, ERR_RATE_LIMITED);
  end(&bench);
}

static void it_gives_up_after_three_tries(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", false);
  (void)hear(&bench, NULL);
  (void)heard(&bench, 500, "");
  (void)heard(&bench, 500, "");
  assert_int_equal(heard(&bench, 500, ""), SLACK_DELIVERY_FAILED);
  assert_string_equal(bench.delivery.failure.text, "HTTP 500");
  end(&bench);
}

static void what_is_in_doubt_is_said_again_to_one_and_not_to_many(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", false);
  (void)hear(&bench, NULL);
  assert_asks(&bench, failed(&bench, ERR_TIMEOUT, true), HOOK, 1000);
  end(&bench);
  begin(&bench, "hello", false);
  bench.delivery.in_public = true;
  (void)hear(&bench, NULL);
  assert_int_equal(failed(&bench, ERR_TIMEOUT, true), SLACK_DELIVERY_FAILED);
  end(&bench);
  begin(&bench, "hello", false);
  bench.delivery.in_public = true;
  (void)hear(&bench, NULL);
  assert_asks(&bench, failed(&bench, ERR_NETWORK, false), HOOK, 1000);
  end(&bench);
}

static void a_refusal_is_told_with_slacks_word(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", false);
  (void)hear(&bench, NULL);
  assert_int_equal(heard(&bench, 200, "{\"ok\":false,\"error\":\"used_url\"}"), SLACK_DELIVERY_FAILED);
  assert_string_equal(bench.delivery.failure.text, "Slack says used_url");
  end(&bench);
  begin(&bench, "hello", false);
  (void)hear(&bench, NULL);
  assert_int_equal(heard(&bench, 404, "no_team"), SLACK_DELIVERY_FAILED);
  assert_null(strstr(bench.delivery.failure.text, "SECRET"));
  end(&bench);
}

static void it_posts_to_slack_alone(void **state) {
  (void)state;
  static const char *const refused[] = {"", "https://evil.example/x", "http://hooks.slack.com/x", "ftp://hooks.slack.com/"};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    struct bench bench;
    begin(&bench, "hello", false);
    assert_true(text_copy(bench.delivery.url, sizeof bench.delivery.url, refused[i]));
    assert_int_equal(hear(&bench, NULL), SLACK_DELIVERY_FAILED);
    end(&bench);
  }
}

/* --- pictures ------------------------------------------------------------------------------------------------------ */

static void upload(struct bench *bench) {
  (void)hear(bench, NULL);
  (void)heard(bench, 200, PLACE);
  (void)heard(bench, 200, "OK - 7");
}

static void a_picture_is_uploaded_and_shown(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", true);
  assert_asks(&bench, hear(&bench, NULL), "https://slack.com/api/files.getUploadURLExternal", 0);
  assert_true(has_header(&bench, "Authorization: Bearer xoxb-TOKEN"));
  assert_true(has_header(&bench, "Content-Type: application/x-www-form-urlencoded"));
  assert_string_equal(buf_text(&bench.ask.http.body), "filename=lowtide.png&length=7&alt_txt=Kimi%20falls%20%26%20falls");
  assert_asks(&bench, heard(&bench, 200, PLACE), UPLOAD, 0);
  assert_int_equal(bench.ask.http.body.len, 7);
  assert_memory_equal(bench.ask.http.body.data, "\x89PNG\0\r\n", 7);
  assert_int_equal(bench.ask.http.header_count, 1);
  assert_asks(&bench, heard(&bench, 200, "OK - 7"), "https://slack.com/api/files.completeUploadExternal", 0);
  assert_string_equal(buf_text(&bench.ask.http.body), "{\"files\":[{\"id\":\"F1\",\"title\":\"lowtide.png\"}]}");
  assert_asks(&bench, heard(&bench, 200, "{\"ok\":true}"), HOOK, 500);
  assert_body(&bench, "\"slack_file\":{\"id\":\"F1\"},\"alt_text\":\"Kimi falls & falls\"", true);
  assert_int_equal(heard(&bench, 200, "ok"), SLACK_DELIVERY_DONE);
  end(&bench);
}

static void a_picture_that_is_refused_at_first_is_tried_again(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", true);
  upload(&bench);
  (void)heard(&bench, 200, "{\"ok\":true}");
  assert_asks(&bench, heard(&bench, 200, "{\"ok\":false,\"error\":\"invalid_blocks\"}"), HOOK, 1500);
  assert_body(&bench, "slack_file", true);
  assert_asks(&bench, heard(&bench, 400, "invalid_blocks"), HOOK, 1500);
  assert_body(&bench, "slack_file", true);
  assert_asks(&bench, heard(&bench, 400, "invalid_blocks"), HOOK, 0);
  assert_body(&bench, "slack_file", false);
  assert_body(&bench, "No picture: Slack did not show it.", true);
  assert_int_equal(heard(&bench, 200, "ok"), SLACK_DELIVERY_DONE);
  assert_int_equal(bench.delivery.posts, 4);
  end(&bench);
}

static void the_fifth_post_is_kept_for_the_text(void **state) {
  (void)state;
  struct bench bench;
  struct buf text;
  buf_init(&text, 200000);
  for (int i = 0; i < 5000; i++)
    buf_addf(&text, "line %d of thirty characters or more\n", i);
  begin(&bench, buf_text(&text), true);
  assert_int_equal(bench.delivery.parts.count, 4);
  upload(&bench);
  assert_asks(&bench, heard(&bench, 200, "{\"ok\":true}"), HOOK, 500);
  for (int i = 0; i < 3; i++)
    (void)heard(&bench, 200, "ok");
  assert_body(&bench, "slack_file", true);
  assert_asks(&bench, heard(&bench, 400, "invalid_blocks"), HOOK, 0);
  assert_body(&bench, "slack_file", false);
  assert_int_equal(heard(&bench, 200, "ok"), SLACK_DELIVERY_DONE);
  assert_int_equal(bench.delivery.posts, SLACK_POSTS_MAX);
  end(&bench);
  buf_done(&text);
}

static void without_the_scope_the_text_says_what_to_add(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", true);
  (void)hear(&bench, NULL);
  assert_asks(&bench, heard(&bench, 200, "{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"files:write\"}"), HOOK, 0);
  assert_body(&bench, "No picture: add the scope files:write to the app and install it again.", true);
  end(&bench);
}

static void without_a_bot_token_the_text_says_so(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", false);
  struct buf png;
  struct buf words;
  buf_init(&png, 10);
  buf_init(&words, 10);
  buf_add(&png, "PNG");
  struct secret *token = bench.settings.bot_token;
  bench.settings.bot_token = NULL;
  assert_false(slack_delivery_has_picture(&bench.delivery, &png, &words));
  assert_asks(&bench, hear(&bench, NULL), HOOK, 0);
  assert_body(&bench, "No picture: set bot_token in [slack]", true);
  bench.settings.bot_token = token;
  buf_done(&png);
  buf_done(&words);
  end(&bench);
}

static void an_upload_that_stumbles_is_tried_again_for_a_while(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", true);
  (void)hear(&bench, NULL);
  assert_asks(&bench, heard(&bench, 503, ""), "https://slack.com/api/files.getUploadURLExternal", 1000);
  assert_asks(&bench, heard(&bench, 200, PLACE), UPLOAD, 0);
  assert_asks(&bench, failed(&bench, ERR_TIMEOUT, true), UPLOAD, 1000);
  assert_asks(&bench, failed(&bench, ERR_TIMEOUT, true), UPLOAD, 1000);
  assert_asks(&bench, failed(&bench, ERR_TIMEOUT, true), HOOK, 0);
  assert_body(&bench, "No picture: timed out.", true);
  end(&bench);
}

static void an_upload_that_must_wait_long_is_left(void **state) {
  (void)state;
  struct bench bench;
  begin(&bench, "hello", true);
  (void)hear(&bench, NULL);
  const struct answer answer = {.http = {.status = 429, .retry_after_ms = 30000, .body = "", .written = true}};
  assert_asks(&bench, hear(&bench, &answer), HOOK, 0);
  assert_body(&bench, "No picture: HTTP 429.", true);
  assert_int_equal(bench.delivery.picture.cap, 0); /* 2,048 answers may wait for Slack */
  end(&bench);
}

static void a_picture_goes_to_slack_alone(void **state) {
  (void)state;
  static const char *const places[] = {
      "{\"ok\":true,\"upload_url\":\"https://evil.example/\",\"file_id\":\"F1\"}",
      "{\"ok\":true,\"upload_url\":\"" UPLOAD "\"}",
      "{\"ok\":true,\"file_id\":\"F1\"}",
      "not JSON",
  };
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    struct bench bench;
    begin(&bench, "hello", true);
    (void)hear(&bench, NULL);
    assert_asks(&bench, heard(&bench, 200, places[i]), HOOK, 0);
    assert_body(&bench, "No picture: Slack's answer cannot be read.", true);
    end(&bench);
  }
}

/* --- requests ------------------------------------------------------------------------------------------------------ */

static void only_slacks_hosts_and_the_configured_one_are_asked(void **state) {
  (void)state;
  const struct slack_settings plain = {.allow_users = ""};
  const struct slack_settings local = {.base_url = "http://127.0.0.1:8080/slack"};
  static const char *const yes[] = {"https://hooks.slack.com/x", "https://slack.com/x", "HTTPS://FILES.SLACK.COM/x",
                                    "https://hooks.slack-gov.com/x", "https://slack.com"};
  static const char *const no[] = {"https://slack.com.evil.example/x",
                                   "https://evilslack.com/x",
                                   "https://evil.example/slack.com",
                                   "https://slack.com@evil.example/",
                                   "https://slack.com:8443/x",
                                   "http://slack.com/x",
                                   "https://evil.example#.slack.com",
                                   "https://evil.example?.slack.com",
                                   "https://evil.example\\.slack.com",
                                   "https://",
                                   "//hooks.slack.com/",
                                   "https://hooks.slack.com /x",
                                   "http://127.0.0.1:8080/x",
                                   "https://[::1].slack.com]/",
                                   "https://.slack.com:/x"};
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
    if (!slack_request_may_go(yes[i], &plain)) fail_msg("%s", yes[i]);
    assert_true(slack_request_may_go(yes[i], &local));
  }
  for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
    if (slack_request_may_go(no[i], &plain)) fail_msg("%s", no[i]);
  }
  assert_true(slack_request_may_go("http://127.0.0.1:8080/hook", &local));
  assert_false(slack_request_may_go("http://127.0.0.1:80801/hook", &local));
  assert_false(slack_request_may_go("http://127.0.0.1:8081/hook", &local));
  assert_false(slack_request_may_go("http://127.0.0.1/hook", &local));
}

static void a_socket_is_secure_or_on_this_machine(void **state) {
  (void)state;
  assert_true(slack_request_may_open("wss://wss-primary.slack.com/link/?ticket=x&app_id=y"));
  assert_true(slack_request_may_open("ws://127.0.0.1:9000/link"));
  assert_true(slack_request_may_open("ws://[::1]:9000/link"));
  assert_false(slack_request_may_open("ws://wss-primary.slack.com/link"));
  assert_false(slack_request_may_open("https://slack.com"));
  assert_false(slack_request_may_open("wss://"));
  assert_false(slack_request_may_open("wss://a@b/"));
}

static void a_connection_is_asked_for_with_the_apps_token(void **state) {
  (void)state;
  struct err err = {0};
  struct bench bench;
  begin(&bench, "x", false);
  bench.settings.app_token = secret_new("xapp-1-TOKEN");
  bench.settings.base_url = "http://127.0.0.1:8080/slack/";
  assert_true(slack_request_connection(&bench.settings, &bench.ask, &err));
  assert_string_equal(buf_text(&bench.ask.http.url), "http://127.0.0.1:8080/slack/api/apps.connections.open");
  assert_string_equal(bench.ask.http.method, "POST");
  assert_string_equal(buf_text(&bench.ask.http.body), "");
  assert_true(has_header(&bench, "Authorization: Bearer xapp-1-TOKEN"));
  assert_true(has_header(&bench, "Content-Type: application/x-www-form-urlencoded"));
  ask_done(&bench.ask);
  bench.settings.base_url = "http://elsewhere.example";
  assert_false(slack_request_connection(&bench.settings, &bench.ask, &err));
  assert_int_equal(err.code, ERR_CONFIG);
  secret_free(bench.settings.app_token);
  end(&bench);
}

static void slack_says_no_inside_200(void **state) {
  (void)state;
  static const struct {
    int status;
    const char *body;
    bool ok;
    bool again;
    const char *word;
  } cases[] = {
      {200, "{\"ok\":true}", true, false, ""},
      {200, "ok", true, false, ""},
      {200, "{\"ok\":false,\"error\":\"invalid_auth\"}", false, false, "invalid_auth"},
      {200, "{\"ok\":false,\"error\":\"internal_error\"}", false, true, "internal_error"},
      {200, "{\"ok\":false}", false, false, ""},
      {429, "{\"ok\":false,\"error\":\"ratelimited\"}", false, true, "ratelimited"},
      {500, "oops", false, true, ""},
      {404, "no_team", false, false, ""},
      {400, "{\"ok\":false,\"error\":\"invalid_blocks\"}", false, false, "invalid_blocks"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const struct answer answer = {
        .http = {.status = cases[i].status, .retry_after_ms = -1, .body = cases[i].body, .length = strlen(cases[i].body)}};
    struct slack_said said = slack_request_heard(&answer, NULL);
    if (said.ok != cases[i].ok || said.again != cases[i].again) fail_msg("%s", cases[i].body);
    assert_string_equal(said.word, cases[i].word);
    assert_int_equal(said.ok, *said.err.text == '\0');
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_is_posted_as_json),
      cmocka_unit_test(parts_follow_each_other),
      cmocka_unit_test(a_stumble_is_waited_out),
      cmocka_unit_test(slack_says_when_to_come_back),
      cmocka_unit_test(it_gives_up_after_three_tries),
      cmocka_unit_test(what_is_in_doubt_is_said_again_to_one_and_not_to_many),
      cmocka_unit_test(a_refusal_is_told_with_slacks_word),
      cmocka_unit_test(it_posts_to_slack_alone),
      cmocka_unit_test(a_picture_is_uploaded_and_shown),
      cmocka_unit_test(a_picture_that_is_refused_at_first_is_tried_again),
      cmocka_unit_test(the_fifth_post_is_kept_for_the_text),
      cmocka_unit_test(without_the_scope_the_text_says_what_to_add),
      cmocka_unit_test(without_a_bot_token_the_text_says_so),
      cmocka_unit_test(an_upload_that_stumbles_is_tried_again_for_a_while),
      cmocka_unit_test(an_upload_that_must_wait_long_is_left),
      cmocka_unit_test(a_picture_goes_to_slack_alone),
      cmocka_unit_test(only_slacks_hosts_and_the_configured_one_are_asked),
      cmocka_unit_test(a_socket_is_secure_or_on_this_machine),
      cmocka_unit_test(a_connection_is_asked_for_with_the_apps_token),
      cmocka_unit_test(slack_says_no_inside_200),
  };
  return cmocka_run_group_tests_name("door_slack_delivery", tests, NULL, NULL);
}
