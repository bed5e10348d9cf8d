/* Mail through libcurl, against a server that hangs, hangs up or says no at each step. TLS and logins: tests/e2e. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdatomic.h>

#include "unit/io_world.h"

#define TEXT "Subject: x\r\n\r\n.one\r\ntwo\r\n"

/* What the server does at one verb in place of the usual: a reply, or NULL to say nothing for ever, "" to hang up. */
struct smtp {
  const char *verb;
  const char *reply;
  int listener;
  int wake[2];
  uint16_t port;
  pthread_t thread;
  atomic_bool reached; /* that verb */
  char heard[8192];
};

static struct io_world world;
static struct smtp smtp;

static bool readable(int fd) {
  struct pollfd watched[2] = {{.fd = fd, .events = POLLIN}, {.fd = smtp.wake[0], .events = POLLIN}};
  return poll(watched, 2, PATIENCE_MS) > 0 && watched[0].revents != 0; /* to the last word, though the end was called */
}

/* False: the connection is over. */
static bool answer(int fd, const char *verb, const char *usual) {
  const char *reply = text_eq(verb, smtp.verb) ? smtp.reply : usual;
  char line[256];
  if (text_eq(verb, smtp.verb)) smtp.reached = true;
  if (reply == NULL) return readable(fd) && false;
  if (*reply == '\0') return false;
  (void)text_fmt(line, sizeof line, "%s\r\n", reply);
  return send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line);
}

static bool take_line(int fd, const char *line, bool *in_text) {
  static const char *const verbs[][2] = {{"EHLO", "250-fake\r\n250 8BITMIME"},
                                         {"MAIL", "250 ok"},
                                         {"RCPT", "250 ok"},
                                         {"DATA", "354 go on"},
                                         {"NOOP", "250 ok"},
                                         {"QUIT", "221 bye"}};
  if (*in_text) {
    *in_text = !text_eq(line, ".");
    return *in_text || answer(fd, "end", "250 taken");
  }
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    if (!text_starts(line, verbs[i][0])) continue;
    *in_text = text_eq(verbs[i][0], "DATA") && !text_eq(smtp.verb, "DATA");
    return answer(fd, verbs[i][0], verbs[i][1]);
  }
  return answer(fd, "", "502 what?");
}

static void serve_one(int fd) {
  char line[512];
  size_t length = 0;
  bool in_text = false;
  bool on = answer(fd, "greeting", "220 fake ESMTP");
  while (on && readable(fd) && recv(fd, line + length, 1, 0) == 1) {
    if (line[length] != '\n') {
      length = length < sizeof line - 2 ? length + 1 : length;
      continue;
    }
    line[length > 0 ? length - 1 : 0] = '\0';
    length = 0;
    size_t used = strlen(smtp.heard);
    (void)text_fmt(smtp.heard + used, sizeof smtp.heard - used, "%s|", line);
    on = take_line(fd, line, &in_text);
  }
  (void)close(fd);
}

static void *serve(void *context) {
  (void)context;
  for (int fd; readable(smtp.listener) && (fd = accept(smtp.listener, NULL, NULL)) >= 0;)
    serve_one(fd);
  return NULL;
}

static int begin(void **state) {
  (void)state;
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  smtp = (struct smtp){.verb = "none", .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (bind(smtp.listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(smtp.listener, 8) != 0) return -1;
  (void)getsockname(smtp.listener, (struct sockaddr *)&address, &size);
  smtp.port = ntohs(address.sin_port);
  if (pipe(smtp.wake) != 0 || pthread_create(&smtp.thread, NULL, serve, NULL) != 0) return -1;
  return io_begin(&world, NULL, NULL) ? 0 : -1;
}

static void end_server(void) {
  (void)!write(smtp.wake[1], "x", 1);
  (void)pthread_join(smtp.thread, NULL);
}

static int end(void **state) {
  (void)state;
  io_end(&world);
  (void)close(smtp.listener);
  (void)close(smtp.wake[0]);
  (void)close(smtp.wake[1]);
  return 0;
}

static struct asked *ask_mail(const char *text, int64_t deadline_ms, struct heard *heard) {
  struct ask ask;
  ask_init(&ask);
  ask.kind = ASK_MAIL;
  buf_addf(&ask.mail.url, "smtp://127.0.0.1:%u", smtp.port);
  buf_add(&ask.mail.from, "a@example.com");
  buf_add(&ask.mail.to, "b@example.com\nc@example.com");
  buf_add(&ask.mail.text, text);
  return io_ask(&world, &ask, deadline_ms, heard);
}

static struct heard mail(const char *verb, const char *reply, int64_t deadline_ms) {
  struct heard heard;
  smtp.verb = verb;
  smtp.reply = reply;
  (void)ask_mail(TEXT, deadline_ms, &heard);
  io_wait(&world);
  assert_int_equal(heard.times, 1);
  return heard;
}

static void a_mail_is_said_and_taken(void **state) {
  (void)state;
  struct heard heard = mail("none", "", PATIENCE_MS);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_true(heard.answer.mail.written);
  assert_int_equal(heard.answer.mail.refused, 0);
  assert_string_equal(heard.answer.mail.reply, "");
  end_server();
  const char *said = strstr(smtp.heard, "MAIL FROM:<a@example.com>");
  assert_non_null(said);
  assert_non_null(strstr(said, "|RCPT TO:<b@example.com>|RCPT TO:<c@example.com>|DATA|Subject: x||..one|two|.|QUIT|"));
}

static void a_look_says_nothing_to_anybody(void **state) {
  (void)state;
  struct heard heard;
  (void)ask_mail("", PATIENCE_MS, &heard);
  io_wait(&world);
  assert_int_equal(heard.answer.err.code, ERR_NONE);
  assert_false(heard.answer.mail.written);
  end_server();
  assert_null(strstr(smtp.heard, "MAIL"));
  assert_non_null(strstr(smtp.heard, "|NOOP|QUIT|"));
}

static void a_no_is_told_as_the_server_said_it(void **state) {
  (void)state;
  static const char *const verbs[] = {"greeting", "MAIL", "RCPT", "DATA", "end"};
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    struct heard heard = mail(verbs[i], "554-5.7.1 first\r\n554 5.7.1 no\a thanks", PATIENCE_MS);
    if (heard.answer.mail.code != 554) fail_msg("%s: %s", verbs[i], heard.answer.err.text);
    assert_int_equal(heard.answer.err.code, ERR_SERVER);
    assert_string_equal(heard.answer.mail.reply, "554 5.7.1 no  thanks");
    assert_string_equal(heard.answer.err.text, "the mail server says 554 5.7.1 no  thanks");
    assert_int_equal(heard.answer.mail.refused, text_eq(verbs[i], "RCPT") ? 2 : 0);
    assert_int_equal(heard.answer.mail.written, text_eq(verbs[i], "end"));
  }
  end_server();
}

static void silence_ends_at_the_deadline_and_says_whether_the_mail_is_out(void **state) {
  (void)state;
  static const char *const verbs[] = {"greeting", "EHLO", "MAIL", "RCPT", "DATA", "end"};
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    struct heard heard;
    smtp.reached = false;
    for (int64_t deadline_ms = 150; !smtp.reached && deadline_ms < 20000; deadline_ms *= 3) { /* a busy machine is slow */
      heard = mail(verbs[i], NULL, deadline_ms);
      if (heard.answer.err.code != ERR_TIMEOUT) fail_msg("%s: %s", verbs[i], heard.answer.err.text);
    }
    assert_int_equal(heard.answer.mail.written, text_eq(verbs[i], "end"));
  }
  end_server();
}

static void silence_at_goodbye_holds_up_nothing(void **state) {
  (void)state;
  int64_t started_ms = loop_mono_ms();
  assert_int_equal(mail("QUIT", NULL, PATIENCE_MS).answer.err.code, ERR_NONE);
  assert_true(loop_mono_ms() - started_ms < PATIENCE_MS / 2);
  end_server();
}

static void who_hangs_up_is_the_network(void **state) {
  (void)state;
  static const char *const verbs[] = {"greeting", "EHLO", "MAIL", "RCPT", "DATA", "end"};
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    struct heard heard = mail(verbs[i], "", PATIENCE_MS);
    if (heard.answer.err.code != ERR_NETWORK) fail_msg("%s: %d %s", verbs[i], heard.answer.err.code, heard.answer.err.text);
    assert_int_equal(heard.answer.mail.written, text_eq(verbs[i], "end"));
  }
  end_server();
}

static void what_is_no_mail_server_is_told_as_such(void **state) {
  (void)state;
  struct heard heard = mail("greeting", "HTTP/1.1 400 Bad Request\r\n", 1000);
  assert_true(heard.answer.err.code == ERR_NETWORK || heard.answer.err.code == ERR_TIMEOUT);
  end_server();
}

static void a_cancelled_mail_leaves_nothing_behind(void **state) {
  (void)state;
  struct heard heard[3];
  smtp.verb = "MAIL";
  smtp.reply = NULL;
  struct asked *asked = ask_mail(TEXT, PATIENCE_MS, &heard[0]);
  (void)ask_mail(TEXT, 300, &heard[1]);
  asker_cancel(asked);
  world.waiting--;
  io_wait(&world);
  assert_int_equal(heard[0].times, 0);
  assert_int_equal(heard[1].times, 1);
  (void)ask_mail(TEXT, PATIENCE_MS, &heard[2]); /* the asker goes with it under way */
  end_server();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_mail_is_said_and_taken),
      TEST(a_look_says_nothing_to_anybody),
      TEST(a_no_is_told_as_the_server_said_it),
      TEST(silence_ends_at_the_deadline_and_says_whether_the_mail_is_out),
      TEST(silence_at_goodbye_holds_up_nothing),
      TEST(who_hangs_up_is_the_network),
      TEST(what_is_no_mail_server_is_told_as_such),
      TEST(a_cancelled_mail_leaves_nothing_behind),
  };
  return cmocka_run_group_tests_name("io mail", tests, NULL, NULL);
}
