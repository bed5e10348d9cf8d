/* Channels that tell programs: webhook and exec. */
#include "lowtide/digest.h"
#include "unit/notifier_testing.h"

#define ACCOUNT_JSON "{\"account\":\"kimi\"}"
#define URL "url=https://hooks.example/in"
#define PAYLOAD "{\"kind\":\"test\"}"
#define BODY "{\"id\":\"n1\",\"kind\":\"test\"}"

static void assert_report(const struct message *message, const char *expected) {
  static const char *const plugs[] = {"webhook", "exec"};
  for (size_t i = 0; i < 2; i++) {
    struct err err = {0};
    struct parts parts;
    parts_init(&parts);
    assert_true(notifier_find(plugs[i])->tells_accounts);
    assert_true(notifier_find(plugs[i])->render(message, NULL, &parts, &err));
    assert_int_equal(parts.count, 1);
    assert_string_equal(buf_text(&parts.part[0]), expected);
    parts_done(&parts);
  }
}

static void a_message_is_told_as_json(void **state) {
  (void)state;
  struct message message;
  message_init(&message, MESSAGE_SUMMARY);
  buf_add(&message.text, SUMMARY " " R("<:moon:456>") R("<#7>") F("a\nb"));
  buf_add(&message.accounts, ACCOUNT_JSON);
  message.time_ms = INT64_C(1769677200000);
  assert_report(&message,
                "{\"kind\":\"summary\",\"time\":\"2026-01-29T09:00:00Z\",\"title\":\"📊 API Balance Summary\",\"text\":"
                "\"📊 API Balance Summary\\n\\n💳 Claude: $8.07 (threshold: $5.00)\\n🌙 Kimi: $12.34 available "
                "(threshold: $5.00) :moon:<#7>a b\",\"silent\":true,\"accounts\":[" ACCOUNT_JSON "]}");
  message_done(&message);
  message_init(&message, MESSAGE_ALERT);
  buf_add(&message.text, "low");
  assert_report(&message,
                "{\"kind\":\"alert\",\"time\":null,\"title\":\"low\",\"text\":\"low\",\"silent\":false,\"accounts\":[]}");
  message_done(&message);
}

static void accounts_that_do_not_fit_are_left_out(void **state) {
  (void)state;
  struct message message;
  message_init(&message, MESSAGE_ALERT);
  buf_add(&message.text, "low");
  while (buf_add(&message.accounts, "{\"account\":\"0123456789012345678901234567890123456789\"},"))
    continue;
  assert_report(&message,
                "{\"kind\":\"alert\",\"time\":null,\"title\":\"low\",\"text\":\"low\",\"silent\":false,\"accounts\":[],"
                "\"accounts_left_out\":true}");
  message_done(&message);
}

static void an_empty_message_is_refused(void **state) {
  (void)state;
  struct err err = {0};
  struct parts parts;
  struct message message;
  message_init(&message, MESSAGE_ALERT);
  buf_add(&message.text, " \n \x01\x02");
  parts_init(&parts);
  assert_false(notifier_find("webhook")->render(&message, NULL, &parts, &err));
  assert_int_equal(err.code, ERR_USAGE);
  parts_done(&parts);
  message_done(&message);
}

/* --- webhook --- */

static void ask_webhook(struct test_bot *made, const char *const *pairs, struct ask *ask) {
  struct err err = {0};
  const struct sending sending = {.payload = PAYLOAD, .nonce = "n1", .created_ms = 1000, .now_ms = 1614265330999};
  bot_make(made, pairs);
  if (!bot_ask(made, notifier_find("webhook"), &sending, ask, &err)) fail_msg("%s", err.text);
  assert_int_equal(ask->kind, ASK_HTTP);
  assert_string_equal(ask->http.method, "POST");
  assert_string_equal(buf_text(&ask->http.url), "https://hooks.example/in");
  assert_string_equal(buf_text(&ask->http.body), BODY);
  assert_header(&ask->http, "Content-Type: application/json");
  assert_header(&ask->http, "webhook-id: n1");
  assert_header(&ask->http, "Idempotency-Key: n1");
  assert_header(&ask->http, "webhook-timestamp: 1614265330");
}

static void assert_signed(const char *secret, const char *key, size_t length) {
  struct test_bot made;
  struct ask ask;
  struct buf expected;
  unsigned char digest[DIGEST_SHA256_BYTES];
  static const char text[] = "n1.1614265330." BODY;
  const struct digest_key by = {.bytes = key, .length = length};
  ask_webhook(&made, PAIRS(URL, secret), &ask);
  digest_hmac_sha256(&by, text, sizeof text - 1, digest);
  buf_init(&expected, 128);
  buf_add(&expected, "webhook-signature: v1,");
  buf_add_base64(&expected, (const char *)digest, sizeof digest);
  assert_header(&ask.http, buf_text(&expected));
  buf_done(&expected);
  ask_done(&ask);
  bot_drop(&made);
}

static void a_webhook_is_signed_as_the_standard_has_it(void **state) {
  (void)state;
  assert_signed("secret=a plain one", "a plain one", 11);
  /* the key of the standard's own example */
  assert_signed("secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "\x31\xf2\x90\xf6\xbf\x06\x29\x8a\xab\x4f\x08\xd4\x3c\x3f\x08\x2c\xf6\x48\xa3\x62\xda\x2d\xa4\xb0", 24);
  assert_signed("secret=whsec_YWI=", "ab", 2);
  assert_signed("secret=whsec_YWI", "ab", 2);
}

static void without_a_secret_nothing_is_signed(void **state) {
  (void)state;
  struct test_bot made;
  struct ask ask;
  ask_webhook(&made, PAIRS(URL), &ask);
  assert_int_equal(ask.http.header_count, 4);
  ask_done(&ask);
  bot_drop(&made);
}

static void a_secret_that_cannot_be_one_is_refused_without_telling_it(void **state) {
  (void)state;
  assert_pairs_refused("webhook", PAIRS(URL, "secret=whsec_TOKEN!"), ERR_CONFIG, "no base64 follows");
  assert_pairs_refused("webhook", PAIRS(URL, "secret=whsec_"), ERR_CONFIG, "no base64 follows");
  assert_pairs_refused("webhook", PAIRS(URL, "secret=whsec_A"), ERR_CONFIG, "no base64 follows");
  assert_pairs_refused("webhook", PAIRS(URL, "secret=whsec_YWI=x"), ERR_CONFIG, "no base64 follows");
  assert_pairs_refused("webhook", PAIRS("url=http://elsewhere.example/TOKEN"), ERR_CONFIG, "http to another machine");
  assert_pairs_refused("webhook", PAIRS("secret=x"), ERR_NOT_CONFIGURED, "url is missing");
}

static void answers_of_a_receiver_become_verdicts(void **state) {
  (void)state;
  static const struct verdict_case cases[] = {
      {200, "", -1, VERDICT_SENT, 0, ""},
      {204, "", -1, VERDICT_SENT, 0, ""},
      {429, "", 9000, VERDICT_RETRY, 9000, "429"},
      {500, "", -1, VERDICT_RETRY, 0, "HTTP 500"},
      {503, "", 5000, VERDICT_RETRY, 5000, "HTTP 503"},
      {425, "", -1, VERDICT_RETRY, 0, "HTTP 425"},
      {401, "", -1, VERDICT_REFUSED, 0, "check url and secret"},
      {404, "", -1, VERDICT_REFUSED, 0, "check the webhook's url"},
      {410, "", -1, VERDICT_REFUSED, 0, "any more"},
      {422, "", -1, VERDICT_REFUSED, 0, "HTTP 422"},
      {301, "", -1, VERDICT_REFUSED, 0, "leads elsewhere"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_verdict("webhook", &cases[i]);
  assert_true(verdict_of_body("webhook", 410, "").disabled);
  assert_false(verdict_of_body("webhook", 404, "").disabled);
}

/* --- exec --- */

static void a_program_gets_the_message_on_its_input(void **state) {
  (void)state;
  struct err err = {0};
  struct test_bot made;
  struct ask ask;
  const struct sending sending = {.payload = PAYLOAD, .nonce = "n1"};
  bot_make(&made, PAIRS("command=/bin/top-up --amount '5 USD' $HOME"));
  assert_true(bot_ask(&made, notifier_find("exec"), &sending, &ask, &err));
  assert_int_equal(ask.kind, ASK_PROGRAM);
  assert_true(ask.program.talks);
  static const char words[] = "/bin/top-up\0--amount\0"
                              "5 USD\0$HOME";
  assert_int_equal(ask.program.words.len, sizeof words);
  assert_memory_equal(ask.program.words.data, words, sizeof words);
  assert_string_equal(buf_text(&ask.program.input), BODY);
  ask_done(&ask);
  bot_drop(&made);
  assert_pairs_refused("exec", PAIRS("command=a 'b"), ERR_CONFIG, "a quote (') is not closed");
  assert_pairs_refused("exec", PAIRS("x=y"), ERR_CONFIG, "no program is named");
}

static void how_a_program_ends_is_the_verdict(void **state) {
  (void)state;
  static const struct {
    int code;
    const char *output;
    enum verdict_kind kind;
    const char *why;
  } cases[] = {
      {0, "all is well", VERDICT_SENT, ""},
      {75, "", VERDICT_RETRY, "exit status 75"},
      {1, "", VERDICT_REFUSED, "exit status 1"},
      {3, "first\nlast\x07 one\n\n", VERDICT_REFUSED, "exit status 3: last  one"},
      {-1, "", VERDICT_RETRY, "the program was ended by a signal"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const struct answer answer = {
        .program = {.exit_code = cases[i].code, .output = cases[i].output, .length = strlen(cases[i].output)}};
    struct verdict verdict = notifier_judge(notifier_find("exec"), &answer);
    assert_int_equal(verdict.kind, cases[i].kind);
    assert_string_equal(verdict.why, cases[i].why);
  }
}

static void a_program_that_was_not_run_says_why(void **state) {
  (void)state;
  struct answer answer = {.err = {.code = ERR_COMMAND, .text = "x is not there", .hint = "give its whole path"}};
  struct verdict verdict = notifier_judge(notifier_find("exec"), &answer);
  assert_int_equal(verdict.kind, VERDICT_REFUSED);
  assert_string_equal(verdict.why, "x is not there: give its whole path");
  answer = (struct answer){.err = {.code = ERR_TIMEOUT, .text = "timed out after 40 s"}};
  assert_int_equal(notifier_judge(notifier_find("exec"), &answer).kind, VERDICT_RETRY);
}

static void a_secret_that_a_program_prints_is_blotted(void **state) {
  (void)state;
  struct secret *secret = secret_new("planted-key");
  static const char said[] = "bad key planted-key";
  const struct answer answer = {.program = {.exit_code = 1, .output = said, .length = sizeof said - 1}};
  assert_string_equal(notifier_judge(notifier_find("exec"), &answer).why, "exit status 1: bad key ***********");
  secret_free(secret);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_message_is_told_as_json),
      cmocka_unit_test(accounts_that_do_not_fit_are_left_out),
      cmocka_unit_test(an_empty_message_is_refused),
      cmocka_unit_test(a_webhook_is_signed_as_the_standard_has_it),
      cmocka_unit_test(without_a_secret_nothing_is_signed),
      cmocka_unit_test(a_secret_that_cannot_be_one_is_refused_without_telling_it),
      cmocka_unit_test(answers_of_a_receiver_become_verdicts),
      cmocka_unit_test(a_program_gets_the_message_on_its_input),
      cmocka_unit_test(how_a_program_ends_is_the_verdict),
      cmocka_unit_test(a_program_that_was_not_run_says_why),
      cmocka_unit_test(a_secret_that_a_program_prints_is_blotted),
  };
  return cmocka_run_group_tests_name("programs as channels", tests, NULL, NULL);
}
