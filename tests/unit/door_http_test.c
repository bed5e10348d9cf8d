#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "unit/door_http_street.h"

/* --- routes --------------------------------------------------------------------------------------------------------- */

static void other_ways_of_asking_are_told_so(void **state) {
  struct street *street = *state;
  assert_true(says(street, "GET /healthz HTTP/1.1\r\n" CLOSE "\r\n", "\r\n\r\nok\n"));
  assert_true(says(street, "HEAD /healthz HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 200 OK"));
  assert_true(says(street, "POST /healthz HTTP/1.1\r\n" CLOSE "Content-Length: 0\r\n\r\n", "Allow: GET, HEAD\r\n"));
  assert_true(says(street, "GET /discord/interactions HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 405 "));
  assert_true(says(street, "HEAD /discord/interactions HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 405 "));
  assert_true(says(street, "GET /slack/commands HTTP/1.1\r\n" CLOSE "\r\n", "Allow: POST\r\n"));
  assert_true(says(street, "GET / HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 404 "));
  assert_true(says(street, "GET / HTTP/1.1\r\n" CLOSE "\r\n", "application/problem+json"));
  assert_true(says(street, "GET /healthz/ HTTP/1.1\r\n" CLOSE "\r\n", "HTTP/1.1 404 "));
}

/* --- what holds for every route, also for those to come -------------------------------------------------------------- */

struct known {
  const char *method;
  const char *path;
  const struct http_caller *who;
};

#define KNOWN(method, path, who, name) {method, path, &http_from_##who},

static const struct known every_route[] = {HTTP_ROUTES(KNOWN)};
#define ROUTES (sizeof every_route / sizeof every_route[0])

/* The head of an answer to a request without a body. */
static int ask(const struct street *street, const char *method, const char *path, const char *host, struct buf *heard) {
  const struct http_world world = {.port = street->port};
  char request[512];
  (void)text_fmt(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                 method, path, host);
  return status_in(http_talk(&world, heard, request, strlen(request)));
}

static void expect_problem(const struct known *route, int status, int wanted, struct buf *heard) {
  char said[64];
  (void)text_fmt(said, sizeof said, "\"status\":%d,\"detail\":\"", wanted);
  bool right = status == wanted && strstr(buf_text(heard), "application/problem+json") != NULL &&
               strstr(buf_text(heard), said) != NULL;
  if (!right) fail_msg("%s %s: %s", route->method, route->path, buf_text(heard));
  buf_done(heard);
}

static void every_route_refuses_foreign_hosts_and_other_methods(void **state) {
  struct street *street = *state;
  struct buf heard;
  for (const struct known *route = every_route; route < every_route + ROUTES; route++) {
    expect_problem(route, ask(street, route->method, route->path, "evil.example", &heard), 403, &heard);
    int status = ask(street, "BREW", route->path, "localhost", &heard);
    if (strstr(buf_text(&heard), "\r\nAllow: ") == NULL) fail_msg("%s has no Allow", route->path);
    expect_problem(route, status, 405, &heard);
  }
}

static void every_route_that_needs_a_caller_lets_in_nobody_else(void **state) {
  struct street *street = *state;
  struct buf heard;
  size_t open = 0;
  for (const struct known *route = every_route; route < every_route + ROUTES; route++) {
    int status = ask(street, route->method, route->path, "localhost", &heard);
    if (route->who == &http_from_anybody) {
      open++;
      buf_done(&heard);
    } else {
      expect_problem(route, status, 401, &heard);
    }
  }
  assert_int_equal(open, 1); /* who adds one says so here */
  assert_int_equal(street->desk.taken + street->slack.taken, 0);
}

static void every_route_has_a_bound_for_bodies(void **state) {
  struct street *street = *state;
  const struct http_world world = {.port = street->port};
  struct buf heard;
  struct buf request;
  buf_init(&request, 2 * HTTP_SERVER_BODY_MAX);
  for (const struct known *route = every_route; route < every_route + ROUTES; route++) {
    buf_clear(&request);
    buf_addf(&request, "%s %s HTTP/1.1\r\n" CLOSE "Content-Length: %d\r\n\r\n", route->method, route->path,
             HTTP_SERVER_BODY_MAX + 1);
    for (int i = 0; i < HTTP_SERVER_BODY_MAX / 1024; i++)
      buf_addf(&request, "%1024d", i);
    buf_add(&request, "x");
    int status = status_in(http_talk(&world, &heard, request.data, request.len));
    expect_problem(route, status, 413, &heard);
  }
  buf_done(&request);
}

static void every_route_that_is_read_has_a_head(void **state) {
  struct street *street = *state;
  struct buf heard;
  for (const struct known *route = every_route; route < every_route + ROUTES; route++) {
    if (!text_eq(route->method, "GET") || route->who != &http_from_anybody) continue;
    assert_int_equal(ask(street, "HEAD", route->path, "localhost", &heard), 200);
    assert_true(text_ends(buf_text(&heard), "\r\n\r\n"));
    buf_done(&heard);
  }
}

static void doors_that_the_config_does_not_want_are_not_there(void **state) {
  (void)state;
  struct street street;
  assert_true(street_begin(&street, EVERYTHING SLACK "[discord]\npublic_key = " KEY "\ncommands = off\n"));
  assert_int_equal(status_of(&street, &(struct letter){.path = "/discord/interactions", .body = COMMAND}), 404);
  assert_int_equal(status_of(&street, &(struct letter){.path = "/slack/commands", .body = SLASH}), 200);
  street_end(&street);
  assert_true(street_begin(&street, EVERYTHING DISCORD));
  assert_int_equal(status_of(&street, &(struct letter){.path = "/discord/interactions", .body = COMMAND}), 200);
  assert_int_equal(status_of(&street, &(struct letter){.path = "/slack/commands", .body = SLASH}), 404);
  assert_int_equal(status_of(&street, &(struct letter){.path = "/slack/interactivity", .body = SLASH}), 404);
  street_end(&street);
}

static void a_foreign_host_is_refused(void **state) {
  struct street *street = *state;
  static const char *const ours[] = {"127.0.0.1",         "127.0.0.1:8787", "localhost",   "LocalHost:1",
                                     "a.localhost",       "[::1]:8787",     "bot.example", "BOT.example:443",
                                     "balances.example.", "bot.example."};
  static const char *const foreign[] = {"evil.example",
                                        "bot.example.evil.example",
                                        "xbot.example",
                                        "bot.exampl",
                                        "",
                                        "192.168.1.1",
                                        "localhost.evil.example",
                                        "[",
                                        "[::1",
                                        ":80",
                                        "127.0.0.1.evil.example"};
  struct letter letter = {.path = "/discord/interactions", .body = "{\"type\":1}"};
  for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
    letter.host = ours[i];
    if (status_of(street, &letter) != 200) fail_msg("%s", ours[i]);
  }
  for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
    letter.host = foreign[i];
    if (status_of(street, &letter) != 403) fail_msg("%s", foreign[i]);
  }
  assert_true(says(street, "GET /healthz HTTP/1.0\r\n\r\n", "\r\n\r\nok\n"));
}

static void what_is_ours_depends_on_where_it_listens(void **state) {
  (void)state;
  static const struct {
    const char *host;
    const char *place;
    const char *hosts;
    bool is_ours;
  } cases[] = {
      {"192.168.1.1", "0.0.0.0:80", "", true},
      {"192.168.1.1:80", "[::]:80", "", true},
      {"[2001:db8::1]:80", "[::]:80", "", true},
      {"a.example", "0.0.0.0:80", "", false},
      {"1.2.3.4.example", "0.0.0.0:80", "", false},
      {"192.168.1.1", "192.168.1.1:80", "a.example,b.example", true},
      {"b.example", "192.168.1.1:80", "a.example,b.example", true},
      {"192.168.1.2", "192.168.1.1:80", "a.example,b.example", false},
      {"a.example,b.example", "192.168.1.1:80", "a.example,b.example", false},
      {"A.example:443", "/run/lowtide.sock", " a.example ,\tb.example", true},
      {"b.example.", "/run/lowtide.sock", " a.example ,\tb.example", true},
      {"localhost", "/run/lowtide.sock", "", true},
      {NULL, "/run/lowtide.sock", "", true},
      {"192.168.1.1", "/run/lowtide.sock", "", false},
      {"run", "/run/lowtide.sock", "", false},
      {".", "/run/lowtide.sock", "", false},
      {"[::1]", "/run/lowtide.sock", "", true},
      {"127.0.0.1:", "/run/lowtide.sock", "", true},
      {"127.0.0.1:80.a.example", "/run/lowtide.sock", "", false},
      {"127.0.0.1:80@a.example", "/run/lowtide.sock", "", false},
      {"[::1].a.example", "/run/lowtide.sock", "", false},
      {"[::1", "/run/lowtide.sock", "", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    if (http_host_is_ours(cases[i].host, cases[i].place, cases[i].hosts) != cases[i].is_ours) fail_msg("number %zu", i);
  }
  char longer[512];
  memset(longer, 'a', sizeof longer - 1);
  longer[sizeof longer - 1] = '\0';
  assert_false(http_host_is_ours(longer, "0.0.0.0:80", ""));
}

/* --- over its life -------------------------------------------------------------------------------------------------- */

static void shut(void *context) {
  struct street *street = context;
  way_http.shut(street->door);
  __atomic_add_fetch(&street->done, 1, __ATOMIC_SEQ_CST);
}

static int status_over(int fd) {
  struct buf heard;
  buf_init(&heard, HEARD_MAX);
  http_hear(fd, &heard, "\r\n\r\n", 5000);
  int status = status_in(buf_text(&heard));
  buf_done(&heard);
  return status;
}

static void a_door_that_is_shut_answers_who_is_there_and_changes_nothing(void **state) {
  struct street *street = *state;
  int discord = http_dial_port(street->port);
  int slack = http_dial_port(street->port);
  int health = http_dial_port(street->port);
  loop_post(street->hall.loop, shut, street);
  assert_true(http_reaches(&street->done, 1));
  assert_int_equal(http_dial_port(street->port), -1);
  put_letter(discord, &(struct letter){.path = "/discord/interactions", .body = COMMAND}, "keep-alive");
  assert_int_equal(status_over(discord), 503);
  put_letter(discord, &(struct letter){.path = "/discord/interactions", .body = PING}, "close");
  assert_int_equal(status_over(discord), 200);
  put_letter(slack, &(struct letter){.path = "/slack/commands", .body = SLASH}, "close");
  assert_int_equal(status_over(slack), 200);
  (void)http_put(health, "GET /healthz HTTP/1.1\r\n" CLOSE "\r\n");
  assert_int_equal(status_over(health), 200);
  assert_int_equal(street->desk.taken, 0);
  (void)close(discord);
  (void)close(slack);
  (void)close(health);
}

static void is_busy(void *context) {
  struct street *street = context;
  street->busy = way_http.is_busy(street->door);
  __atomic_add_fetch(&street->done, 1, __ATOMIC_SEQ_CST);
}

/* The desk says it after the door has gone. */
static void what_is_unanswered_at_the_end_is_503(void **state) {
  (void)state;
  struct street street;
  struct buf heard;
  assert_true(street_begin(&street, EVERYTHING DISCORD SLACK));
  buf_init(&heard, HEARD_MAX);
  loop_post(street.hall.loop, is_busy, &street);
  assert_true(http_reaches(&street.done, 1));
  assert_false(street.busy);
  int fd = http_dial_port(street.port);
  put_letter(fd, &(struct letter){.path = "/discord/interactions", .body = PRESS}, "close");
  assert_true(http_reaches(&street.desk.taken, 1));
  loop_post(street.hall.loop, is_busy, &street);
  assert_true(http_reaches(&street.done, 2));
  assert_true(street.busy);
  street_end(&street);
  street.desk.first.say(street.desk.first.context, NULL, 0);
  http_hear(fd, &heard, NULL, 2000);
  assert_non_null(strstr(buf_text(&heard), "HTTP/1.1 503 "));
  (void)close(fd);
  buf_done(&heard);
}

struct change {
  struct street *street;
  const char *text;
  bool fine;
  struct err err;
  struct way_state state;
  size_t done;
};

static void reload(void *context) {
  struct change *change = context;
  struct street *street = change->street;
  config_release(street->hall.config);
  street->hall.config = config_of(change->text);
  change->fine = way_http.reload(street->door, street->hall.config, &change->err);
  way_http.state(street->door, &change->state);
  street->port = http_server_port(street->door->server);
  __atomic_add_fetch(&change->done, 1, __ATOMIC_SEQ_CST);
}

static struct change change_to(struct street *street, const char *text) {
  struct change change = {.street = street, .text = text};
  loop_post(street->hall.loop, reload, &change);
  assert_true(http_reaches(&change.done, 1));
  return change;
}

static void another_config_may_shut_or_open_a_route(void **state) {
  struct street *street = *state;
  const struct letter discord = {.path = "/discord/interactions", .body = PING};
  uint16_t port = street->port;
  assert_int_equal(status_of(street, &discord), 200);
  assert_true(change_to(street, EVERYTHING SLACK).fine);
  assert_int_equal(status_of(street, &discord), 404);
  assert_true(change_to(street, EVERYTHING DISCORD).fine);
  assert_int_equal(status_of(street, &discord), 200);
  assert_int_equal(street->port, port);
}

/* Whoever calls there goes on being served, by the rest of the new config. */
static void a_place_that_cannot_be_had_leaves_the_old_one(void **state) {
  struct street *street = *state;
  const struct letter named = {.path = "/slack/commands", .body = SLASH, .host = "new.example"};
  uint16_t port = street->port;
  assert_int_equal(status_of(street, &named), 403);
  struct change change = change_to(street, NOTED "[http]\nlisten = 192.0.2.1:1\nhosts = new.example\n" SLACK);
  assert_false(change.fine);
  assert_non_null(strstr(change.err.text, "HTTP stays at 127.0.0.1:0: 192.0.2.1:1 cannot be listened on: "));
  assert_string_equal(change.err.hint, "no interface of this machine has that address");
  assert_int_equal(change.state.standing, WAY_OPEN);
  assert_string_equal(change.state.why, change.err.text);
  assert_int_equal(street->port, port);
  assert_int_equal(status_of(street, &named), 200);
  change = change_to(street, NOTED "[http]\nlisten = localhost:0\n" SLACK);
  assert_true(change.fine);
  assert_string_equal(change.state.why, "");
  assert_int_not_equal(street->port, port);
  assert_int_equal(status_of(street, &(struct letter){.path = "/slack/commands", .body = SLASH}), 200);
}

static void a_place_that_is_taken_is_said(void **state) {
  struct street *street = *state;
  char text[512];
  struct err err = {0};
  struct hall hall = street->hall;
  (void)text_fmt(text, sizeof text, NOTED "[http]\nlisten = 127.0.0.1:%u\n" DISCORD, street->port);
  hall.loop = loop_new(&err);
  hall.config = config_of(text);
  assert_null(way_http.open(&hall, &err));
  assert_non_null(strstr(err.text, "cannot be listened on"));
  config_release(hall.config);
  loop_free(hall.loop);
}

/* With a place to listen, whether or not a platform calls there. */
static void it_is_wanted_where_there_is_a_place(void **state) {
  (void)state;
  static const char *const texts[] = {NOTED, EVERYTHING, EVERYTHING DISCORD SLACK};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    struct config *config = config_of(texts[i]);
    assert_int_equal(way_http.is_wanted(config), i > 0);
    config_release(config);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(other_ways_of_asking_are_told_so, begin, end),
      cmocka_unit_test_setup_teardown(every_route_refuses_foreign_hosts_and_other_methods, begin, end),
      cmocka_unit_test_setup_teardown(every_route_that_needs_a_caller_lets_in_nobody_else, begin, end),
      cmocka_unit_test_setup_teardown(every_route_has_a_bound_for_bodies, begin, end),
      cmocka_unit_test_setup_teardown(every_route_that_is_read_has_a_head, begin, end),
      cmocka_unit_test(doors_that_the_config_does_not_want_are_not_there),
      cmocka_unit_test_setup_teardown(a_foreign_host_is_refused, begin, end),
      cmocka_unit_test(what_is_ours_depends_on_where_it_listens),
      cmocka_unit_test_setup_teardown(a_door_that_is_shut_answers_who_is_there_and_changes_nothing, begin, end),
      cmocka_unit_test(what_is_unanswered_at_the_end_is_503),
      cmocka_unit_test_setup_teardown(another_config_may_shut_or_open_a_route, begin, end),
      cmocka_unit_test_setup_teardown(a_place_that_cannot_be_had_leaves_the_old_one, begin, end),
      cmocka_unit_test_setup_teardown(a_place_that_is_taken_is_said, begin, end),
      cmocka_unit_test(it_is_wanted_where_there_is_a_place),
  };
  return cmocka_run_group_tests_name("door_http", tests, NULL, NULL);
}
