/* Mail: its addresses, its form on the wire, and what a server's answer means. */
#include <ctype.h>

#include "unit/notifier_testing.h"

#define EMAIL "email"
#define SMTP "smtp=smtp://mail.example.com"
#define TO "to=me@example.com"
#define FROM "from=lowtide@example.com"

static void render_mail(const char *const *pairs, const char *marked, struct ask *ask) {
  struct err err = {0};
  struct test_bot made;
  struct parts parts;
  render(EMAIL, MESSAGE_ALERT, "role:1", marked, &parts);
  assert_int_equal(parts.count, 1);
  const struct sending sending = {
      .payload = buf_text(&parts.part[0]), .nonce = "abc0", .created_ms = INT64_C(1769677200000), .now_ms = 5};
  bot_make(&made, pairs);
  if (!bot_ask(&made, notifier_find(EMAIL), &sending, ask, &err)) fail_msg("%s", err.text);
  assert_int_equal(ask->kind, ASK_MAIL);
  ask->mail.user = NULL;
  ask->mail.password = NULL;
  bot_drop(&made);
  parts_done(&parts);
}

static void a_mail_is_whole_byte_for_byte(void **state) {
  (void)state;
  struct ask ask;
  render_mail(PAIRS(SMTP, "from=Lowtide <lowtide@example.com>", "to=me@example.com, You <you@example.com>"),
              B("Kimi") " is low, a=b\n.\nbye " F("<i>&"), &ask);
  assert_string_equal(buf_text(&ask.mail.url), "smtp://mail.example.com:587");
  assert_string_equal(buf_text(&ask.mail.from), "lowtide@example.com");
  assert_string_equal(buf_text(&ask.mail.to), "me@example.com\nyou@example.com");
  assert_string_equal(buf_text(&ask.mail.text),
                      "From: \"Lowtide\"\r\n <lowtide@example.com>\r\n"
                      "To: me@example.com,\r\n \"You\"\r\n <you@example.com>\r\n"
                      "Subject: Kimi is low, a=b\r\n"
                      "Date: Thu, 29 Jan 2026 09:00:00 +0000\r\n"
                      "Message-ID: <abc0.lowtide@example.com>\r\n"
                      "Auto-Submitted: auto-generated\r\n"
                      "MIME-Version: 1.0\r\n"
                      "X-Lowtide-Kind: alert\r\n"
                      "Content-Type: multipart/alternative; boundary=\"=_abc0\"\r\n"
                      "\r\n--=_abc0\r\n"
                      "Content-Type: text/plain; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                      "Kimi is low, a=3Db\r\n.\r\nbye <i>&\r\n"
                      "\r\n--=_abc0\r\n"
                      "Content-Type: text/html; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                      "<!DOCTYPE html>\r\n<html><body><p><b>Kimi</b> is low, a=3Db<br>\r\n.<br>\r\n"
                      "bye &lt;i&gt;&amp;</p></body></html>\r\n"
                      "\r\n--=_abc0--\r\n");
  ask_done(&ask);
}

static void a_subject_beyond_ascii_is_encoded_in_whole_characters(void **state) {
  (void)state;
  struct ask ask;
  render_mail(PAIRS(SMTP, FROM, TO), "⚠️ Kimi", &ask);
  assert_non_null(strstr(buf_text(&ask.mail.text), "\r\nSubject: =?UTF-8?B?4pqg77iPIEtpbWk=?=\r\n"));
  ask_done(&ask);
  render_mail(PAIRS(SMTP, FROM, TO), "🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙🌙", &ask);
  assert_non_null(strstr(buf_text(&ask.mail.text),
                         "\r\nSubject: =?UTF-8?B?8J+MmfCfjJnwn4yZ8J+MmfCfjJnwn4yZ8J+MmfCfjJnwn4yZ8J+MmfCfjJk=?="
                         "\r\n =?UTF-8?B?8J+MmQ==?=\r\n"));
  ask_done(&ask);
  render_mail(PAIRS(SMTP, FROM, TO), "=?UTF-8?Q?evil?=", &ask);
  assert_non_null(strstr(buf_text(&ask.mail.text), "\r\nSubject: =?UTF-8?B?PT9VVEYtOD9RP2V2aWw/PQ==?=\r\n"));
  ask_done(&ask);
}

/* ASCII, CRLF, short lines, one blank line before the first part: whatever is in it. */
static void assert_wire(const struct buf *mail) {
  size_t column = 0;
  size_t header_lines = 0;
  const char *text = buf_text(mail);
  const char *end = strstr(text, "\r\n\r\n");
  assert_non_null(end);
  assert_int_equal(strlen(text), mail->len);
  for (const char *p = text; *p != '\0'; p++) {
    assert_true((*p >= ' ' && *p <= '~') || *p == '\r' || *p == '\n');
    if (*p == '\n') assert_true(p > text && p[-1] == '\r');
    if (*p == '\r') assert_int_equal(p[1], '\n');
    column = *p == '\n' ? 0 : column + 1;
    assert_true(column <= 200);
    if (*p == '\n' && p < end && isalpha((unsigned char)p[1])) header_lines++;
  }
  assert_int_equal(header_lines, 8);
}

static void nothing_foreign_begins_a_header_or_a_part(void **state) {
  (void)state;
  static const char *const evil[] = {
      F("a\r\nBcc: x@evil.example"), F("a\nBcc: x\n\n--=_abc0--"), F("--=_abc0"), "\x03\r\nX: y\x04\r\n.\r\nMAIL FROM:<>",
      F("\xff\xfe broken \xf0\x9f"), F("a\x7f\x1b[31m"),           "=_abc0",      F("</p><script>alert(1)</script>"),
  };
  for (size_t i = 0; i < sizeof evil / sizeof *evil; i++) {
    struct ask ask;
    render_mail(PAIRS(SMTP, FROM, TO), evil[i], &ask);
    assert_wire(&ask.mail.text);
    const char *boundary = buf_text(&ask.mail.text);
    int boundaries = 0;
    while ((boundary = strstr(boundary, "\r\n--=_abc0")) != NULL) {
      boundaries++;
      boundary++;
    }
    assert_int_equal(boundaries, 3);
    assert_null(strstr(strstr(buf_text(&ask.mail.text), "text/html"), "<script"));
    ask_done(&ask);
  }
}

static void a_name_cannot_add_an_address(void **state) {
  (void)state;
  struct ask ask;
  assert_pairs_refused(EMAIL, PAIRS(SMTP, "from=\"Evil\\\", <x@evil.example>, \" <lowtide@example.com>", TO), ERR_CONFIG,
                       "is not a mail address");
  render_mail(PAIRS(SMTP, "from=A \\\" B, x@evil.example <lowtide@example.com>", TO), "x", &ask);
  assert_non_null(strstr(buf_text(&ask.mail.text), "From: =?UTF-8?B?QSBcIiBCLCB4QGV2aWwuZXhhbXBsZQ==?=\r\n <lowtide@"));
  ask_done(&ask);
}

static void servers_are_read(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"smtp=smtp://h.example", "smtp://h.example:587"},   {"smtp=smtp://h.example/", "smtp://h.example:587"},
      {"smtp=smtp://h.example:25", "smtp://h.example:25"}, {"smtp=smtps://h.example", "smtps://h.example:465"},
      {"smtp=smtps://[::1]:2465", "smtps://[::1]:2465"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct err err = {0};
    struct test_bot made;
    struct ask ask;
    const struct sending sending = {.payload = "", .nonce = ""};
    bot_make(&made, PAIRS(cases[i][0], "user=u@example.com", "password=TOKEN", TO));
    if (!bot_ask(&made, notifier_find(EMAIL), &sending, &ask, &err)) fail_msg("%s: %s", cases[i][0], err.text);
    assert_string_equal(buf_text(&ask.mail.url), cases[i][1]);
    assert_string_equal(buf_text(&ask.mail.from), "u@example.com");
    assert_string_equal(ask.mail.user, "u@example.com");
    assert_string_equal(ask.mail.password, "TOKEN");
    assert_int_equal(ask.mail.text.len, 0);
    ask_done(&ask);
    bot_drop(&made);
  }
}

static void what_cannot_be_a_mail_is_refused(void **state) {
  (void)state;
  static const char *const servers[] = {
      "smtp=",           "smtp=mail.example.com", "smtp=http://x",   "smtp=smtp://",
      "smtp=smtp://:25", "smtp=smtp://u:p@h",     "smtp=smtp://h:0", "smtp=smtp://h:99999",
      "smtp=smtp://h:x", "smtp=smtp://h/path",    "smtp=smtp://h?x", "smtp=smtp://a b",
      "smtp=smtp://[::1"};
  static const char *const addresses[] = {"to=me",
                                          "to=@example.com",
                                          "to=me@",
                                          "to=me@example.com>",
                                          "to=a b@example.com",
                                          "to=Me <me@example.com",
                                          "to=me@exa_mple.com",
                                          "to=me\r\nBcc: x@example.com",
                                          "to=ü@example.com",
                                          "to=-f@example.com",
                                          "to=me@x.example."};
  for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
    assert_pairs_refused(EMAIL, PAIRS(servers[i], FROM, TO), ERR_CONFIG, "smtp ");
  for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
    assert_pairs_refused(EMAIL, PAIRS(SMTP, FROM, addresses[i]), ERR_CONFIG, "is not a mail address");
  assert_pairs_refused(EMAIL, PAIRS(SMTP, FROM), ERR_CONFIG, "to names nobody");
  assert_pairs_refused(EMAIL, PAIRS(SMTP, TO), ERR_CONFIG, "from is missing");
  assert_pairs_refused(EMAIL, PAIRS(SMTP, "user=joe", "password=TOKEN", TO), ERR_CONFIG, "from is missing");
  assert_pairs_refused(EMAIL, PAIRS(SMTP, FROM, TO, "password=TOKEN"), ERR_CONFIG, "but no user");
  assert_pairs_refused(EMAIL, PAIRS(SMTP, FROM, TO, "user=joe"), ERR_NOT_CONFIGURED, "but no password");
}

static void a_mail_servers_answers_become_verdicts(void **state) {
  (void)state;
  static const struct {
    enum err_code code;
    const char *text;
    struct mail_answer mail;
    enum verdict_kind kind;
    bool disabled;
    const char *why;
  } cases[] = {
      {ERR_NONE, "", {.written = true}, VERDICT_SENT, false, ""},
      {ERR_NONE,
       "",
       {.code = 550, .reply = "550 nobody", .refused = 1},
       VERDICT_SENT,
       false,
       "did not take 1 of the recipients"},
      {ERR_SERVER, "", {.code = 451, .reply = "451 grey"}, VERDICT_RETRY, false, "says later: 451 grey"},
      {ERR_SERVER, "", {.code = 554, .reply = "554 spam"}, VERDICT_REFUSED, false, "refuses the mail: 554 spam"},
      {ERR_AUTH, "", {.code = 535, .reply = "535 no"}, VERDICT_REFUSED, true, "535 no: check user and password"},
      {ERR_AUTH, "", {.code = 454, .reply = "454 busy"}, VERDICT_RETRY, false, "later: 454 busy"},
      {ERR_AUTH, "", {.code = 0}, VERDICT_REFUSED, true, "check user and password"},
      {ERR_NETWORK, "connection refused", {.code = 0}, VERDICT_RETRY, false, "connection refused"},
      {ERR_TLS, "certificate has expired", {.code = 0}, VERDICT_RETRY, false, "certificate has expired"},
      {ERR_TIMEOUT, "timed out after 40 s", {.written = true}, VERDICT_RETRY, false, "timed out"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct answer answer = {.mail = cases[i].mail};
    if (cases[i].code != ERR_NONE) err_set(&answer.err, cases[i].code, "%s", cases[i].text);
    struct verdict verdict = notifier_judge(notifier_find(EMAIL), &answer);
    if (strstr(verdict.why, cases[i].why) == NULL) fail_msg("%zu: %s", i, verdict.why);
    assert_int_equal(verdict.kind, cases[i].kind);
    assert_int_equal(verdict.disabled, cases[i].disabled);
  }
}

static void a_probe_logs_in_and_says_nothing(void **state) {
  (void)state;
  struct err err = {0};
  struct test_bot made;
  struct ask ask;
  bot_make(&made, PAIRS(SMTP, FROM, TO));
  ask_init(&ask);
  assert_true(notifier_find(EMAIL)->probe(&made.channel, &ask, &err));
  assert_int_equal(ask.kind, ASK_MAIL);
  assert_int_equal(ask.mail.text.len, 0);
  ask_done(&ask);
  bot_drop(&made);
}

static void an_empty_message_is_no_mail(void **state) {
  (void)state;
  struct err err = {0};
  struct parts parts;
  struct message message;
  message_init(&message, MESSAGE_ALERT);
  buf_add(&message.text, "\x01 \x02\n");
  parts_init(&parts);
  assert_false(notifier_find(EMAIL)->render(&message, NULL, &parts, &err));
  assert_int_equal(err.code, ERR_USAGE);
  parts_done(&parts);
  message_done(&message);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_mail_is_whole_byte_for_byte),
      cmocka_unit_test(a_subject_beyond_ascii_is_encoded_in_whole_characters),
      cmocka_unit_test(nothing_foreign_begins_a_header_or_a_part),
      cmocka_unit_test(a_name_cannot_add_an_address),
      cmocka_unit_test(servers_are_read),
      cmocka_unit_test(what_cannot_be_a_mail_is_refused),
      cmocka_unit_test(a_mail_servers_answers_become_verdicts),
      cmocka_unit_test(a_probe_logs_in_and_says_nothing),
      cmocka_unit_test(an_empty_message_is_no_mail),
  };
  return cmocka_run_group_tests_name("email", tests, NULL, NULL);
}
