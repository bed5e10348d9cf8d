/* Socket Mode's hands: what goes over which socket, with sockets that the tests move. */
#include "unit/door_slack_bench.h"

#include "door/slack_socket.h"
#include "lowtide/log.h"

/* --- sockets that are none ----------------------------------------------------------------------------------------- */

#define SOCKETS_MAX 16
#define SENT_MAX 8

struct websocket {
  struct websocket_hooks hooks;
  struct websocket_ask ask;
  char url[256];
  char sent[SENT_MAX][1024];
  int sent_count;
  bool open;
  bool refuses; /* what is sent */
  int closed;   /* by us, with that code */
  bool gone;
};

static struct websocket sockets[SOCKETS_MAX];
static int socket_count;

struct websocket *websocket_open(struct websockets *websockets, const struct websocket_ask *ask,
                                 const struct websocket_hooks *hooks) {
  (void)websockets;
  assert_in_range(socket_count, 0, SOCKETS_MAX - 1);
  struct websocket *socket = &sockets[socket_count++];
  *socket = (struct websocket){.hooks = *hooks, .ask = *ask};
  (void)text_copy(socket->url, sizeof socket->url, ask->url);
  return socket;
}

bool websocket_send(struct websocket *socket, const char *text, size_t length) {
  assert_false(socket->gone);
  assert_int_equal(strlen(text), length);
  if (!socket->open || socket->refuses) return false;
  assert_in_range(socket->sent_count, 0, SENT_MAX - 1);
  (void)text_copy(socket->sent[socket->sent_count++], sizeof socket->sent[0], text);
  return true;
}

void websocket_close(struct websocket *socket, int code) {
  assert_false(socket->gone);
  socket->closed = code;
  socket->open = false;
}

void websocket_drop(struct websocket *socket) {
  if (socket != NULL) socket->gone = true;
}

static struct websocket *newest(void) {
  assert_true(socket_count > 0);
  return &sockets[socket_count - 1];
}

static void opens(struct websocket *socket) {
  socket->open = true;
  socket->hooks.opened(socket->hooks.context);
}

static void tells(struct websocket *socket, const char *text) {
  socket->hooks.text(socket->hooks.context, text, strlen(text));
}

static void ends(struct websocket *socket, int code, const char *why) {
  struct websocket_end end = {.opened = socket->open, .code = code};
  if (why != NULL) (void)err_set(&end.err, ERR_NETWORK, "%s", why);
  socket->open = false;
  socket->hooks.closed(socket->hooks.context, &end);
  socket->gone = true;
}

/* --- a door -------------------------------------------------------------------------------------------------------- */

#define HELLO "{\"type\":\"hello\",\"num_connections\":1}"
#define DISCONNECT(reason) "{\"type\":\"disconnect\",\"reason\":\"" reason "\"}"
#define ASKED(id)                                                                                                          \
  "{\"type\":\"slash_commands\",\"envelope_id\":\"" id "\",\"accepts_response_payload\":true,\"payload\":{\"command\":"    \
  "\"/balance\",\"user_id\":\"U1\",\"trigger_id\":\"t-" id "\",\"response_url\":\"https://hooks.slack.com/x\"}}"
#define ACK(id) "{\"envelope_id\":\"" id "\"}"

struct bench {
  struct fake_world fake;
  struct config *config;
  struct slack_door *door;
  const char *opens_with; /* what apps.connections.open answers */
  int status;
  int64_t retry_after_ms;
  int asks;
};

static struct fake_answer slack(struct fake_world *fake, const struct ask *ask) {
  struct bench *bench = fake->test;
  const char *url = buf_text(&ask->http.url);
  if (!text_ends(url, "/api/apps.connections.open"))
    return (struct fake_answer){.delay_ms = 5, .status = 200, .body = "ok", .written = true};
  bench->asks++;
  return (struct fake_answer){.delay_ms = 5,
                              .status = bench->status,
                              .body = bench->opens_with,
                              .retry_after_ms = bench->retry_after_ms,
                              .written = true};
}

static void open_door(struct bench *bench) {
  const struct slack_door_setup setup = {.world = &bench->fake.world, .config = bench->config};
  bench->door = slack_door_open(&setup);
}

static int set_up(void **state) {
  struct bench *bench = mem_new(1, sizeof *bench);
  log_set_level((enum log_level) - 1);
  fake_world_init(&bench->fake);
  bench->fake.test = bench;
  bench->fake.answer = slack;
  bench->config = slack_config("");
  bench->opens_with = "{\"ok\":true,\"url\":\"wss://wss-primary.slack.com/link/?ticket=T\"}";
  bench->status = 200;
  knocks = 0;
  socket_count = 0;
  open_door(bench);
  *state = bench;
  return 0;
}

static int tear_down(void **state) {
  struct bench *bench = *state;
  slack_door_free(bench->door);
  for (int i = 0; i < socket_count; i++)
    assert_true(sockets[i].gone);
  for (size_t i = 0; i < knocks; i++)
    finish(i);
  config_release(bench->config);
  fake_world_done(&bench->fake);
  mem_free(bench);
  return 0;
}

static struct websocket *get_ready(struct bench *bench) {
  int before = socket_count;
  fake_run(&bench->fake, 500);
  assert_int_equal(socket_count, before + 1);
  opens(newest());
  tells(newest(), HELLO);
  return newest();
}

static void assert_state(struct bench *bench, const char *piece) {
  struct buf out;
  buf_init(&out, 1000);
  slack_door_state(bench->door, &out);
  if (strstr(buf_text(&out), piece) == NULL) fail_msg("\"%s\" lacks \"%s\"", buf_text(&out), piece);
  buf_done(&out);
}

static void it_opens_what_slack_tells(void **state) {
  struct bench *bench = *state;
  assert_int_equal(bench->asks, 0); /* nothing from inside */
  struct websocket *socket = get_ready(bench);
  assert_string_equal(socket->url, "wss://wss-primary.slack.com/link/?ticket=T");
  assert_int_equal(socket->ask.ping_ms, 10000);
  assert_int_equal(socket->ask.silence_ms, 30000);
  assert_state(bench, "connected");
  assert_true(slack_door_is_busy(bench->door)); /* it is not hung up */
}

static void what_is_asked_is_answered_on_its_socket(void **state) {
  struct bench *bench = *state;
  struct websocket *socket = get_ready(bench);
  tells(socket, ASKED("e-1"));
  assert_string_equal(knocked[0].words, "balance");
  assert_string_equal(knocked[0].key, "slack:t-e-1");
  assert_int_equal(socket->sent_count, 0);
  say(0, "hello", NULL, false);
  finish(0);
  knocks = 0;
  assert_int_equal(socket->sent_count, 1);
  assert_true(text_starts(socket->sent[0], "{\"envelope_id\":\"e-1\",\"payload\":{\"response_type\":\"ephemeral\""));
}

static void what_comes_again_is_acknowledged_again_and_not_asked_twice(void **state) {
  struct bench *bench = *state;
  struct websocket *socket = get_ready(bench);
  tells(socket, ASKED("e-1"));
  tells(socket, ASKED("e-1"));
  assert_int_equal(knocks, 1);
  assert_int_equal(socket->sent_count, 1);
  assert_string_equal(socket->sent[0], ACK("e-1"));
}

static void what_nobody_asked_for_is_acknowledged(void **state) {
  struct bench *bench = *state;
  struct websocket *socket = get_ready(bench);
  tells(socket, "{\"type\":\"events_api\",\"envelope_id\":\"e-1\",\"payload\":{}}");
  tells(socket, "{\"type\":\"something_new\",\"envelope_id\":\"e\\\"2\"}");
  tells(socket, "{\"type\":\"slash_commands\",\"envelope_id\":\"e-3\",\"payload\":{}}");
  tells(socket, "{\"type\":\"something_new\"}");
  tells(socket, "not JSON");
  tells(socket, "[]");
  assert_int_equal(knocks, 0);
  assert_int_equal(socket->sent_count, 3);
  assert_string_equal(socket->sent[0], ACK("e-1"));
  assert_string_equal(socket->sent[1], "{\"envelope_id\":\"e\\\"2\"}");
  assert_string_equal(socket->sent[2], ACK("e-3"));
}

static void while_it_changes_over_both_sockets_are_heard(void **state) {
  struct bench *bench = *state;
  struct websocket *old = get_ready(bench);
  fake_run(&bench->fake, 3600000);
  tells(old, DISCONNECT("warning"));
  tells(old, ASKED("e-1"));
  struct websocket *new = get_ready(bench);
  tells(old, ASKED("e-2"));
  tells(new, ASKED("e-3"));
  assert_int_equal(knocks, 3);
  for (size_t i = 0; i < 3; i++)
    say(i, "hello", NULL, false);
  assert_int_equal(old->sent_count, 2);
  assert_int_equal(new->sent_count, 1);
  assert_int_equal(old->closed, 0);
  fake_run(&bench->fake, 5000);
  assert_int_equal(old->closed, 1000);
  ends(old, 1000, NULL);
  fake_run(&bench->fake, 60000);
  assert_int_equal(socket_count, 2);
  assert_state(bench, "connected");
}

static void an_answer_whose_socket_is_gone_is_posted(void **state) {
  struct bench *bench = *state;
  struct websocket *socket = get_ready(bench);
  tells(socket, ASKED("e-1"));
  ends(socket, 0, "connection reset");
  struct websocket *next = get_ready(bench); /* on the same line */
  say(0, "hello", NULL, false);
  assert_int_equal(next->sent_count, 0);
  fake_run(&bench->fake, 1000);
  assert_string_equal(bench->fake.sent_to[bench->fake.sent_count - 1], "https://hooks.slack.com/x");
  tells(next, ASKED("e-1")); /* Slack heard no acknowledgement */
  assert_int_equal(knocks, 1);
  assert_string_equal(next->sent[0], ACK("e-1"));
}

static void an_answer_that_the_socket_does_not_take_is_posted(void **state) {
  struct bench *bench = *state;
  struct websocket *socket = get_ready(bench);
  socket->refuses = true;
  tells(socket, ASKED("e-1"));
  say(0, "hello", NULL, false);
  fake_run(&bench->fake, 1000);
  assert_string_equal(bench->fake.sent_to[bench->fake.sent_count - 1], "https://hooks.slack.com/x");
}

static void a_socket_without_hello_is_cut(void **state) {
  struct bench *bench = *state;
  fake_run(&bench->fake, 500);
  opens(newest());
  fake_run(&bench->fake, 9999);
  assert_int_equal(socket_count, 1);
  fake_run(&bench->fake, 500);
  assert_true(sockets[0].gone);
  assert_int_equal(socket_count, 2);
}

static void switched_off_it_stops_until_it_is_reloaded(void **state) {
  struct bench *bench = *state;
  struct websocket *socket = get_ready(bench);
  tells(socket, DISCONNECT("link_disabled"));
  assert_int_equal(socket->closed, 1000);
  ends(socket, 1000, NULL);
  fake_run(&bench->fake, 86400000);
  assert_int_equal(bench->asks, 1);
  assert_state(bench, "stopped: Socket Mode is switched off");
  struct config *config = slack_config("");
  assert_true(slack_door_fits(bench->door, config));
  slack_door_reload(bench->door, config);
  config_release(config);
  (void)get_ready(bench);
  assert_state(bench, "connected");
}

static void a_token_that_is_not_known_stops_it(void **state) {
  struct bench *bench = *state;
  bench->opens_with = "{\"ok\":false,\"error\":\"invalid_auth\"}";
  fake_run(&bench->fake, 86400000);
  assert_int_equal(bench->asks, 1);
  assert_state(bench, "stopped: Slack does not know app_token");
}

static void slack_may_say_when_to_come_back(void **state) {
  struct bench *bench = *state;
  bench->status = 429;
  bench->retry_after_ms = 30000;
  fake_run(&bench->fake, 30000);
  assert_int_equal(bench->asks, 1);
  bench->status = 200;
  (void)get_ready(bench);
}

static void an_address_that_is_no_secure_one_is_not_opened(void **state) {
  static const char *const bodies[] = {"{\"ok\":true,\"url\":\"ws://wss-primary.slack.com/\"}",
                                       "{\"ok\":true,\"url\":\"https://slack.com/\"}", "{\"ok\":true,\"url\":7}",
                                       "{\"ok\":true}", "<html>"};
  struct bench *bench = *state;
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    bench->opens_with = bodies[i];
    fake_run(&bench->fake, 60000);
    assert_state(bench, "Slack told no wss:// address");
  }
  assert_int_equal(socket_count, 0);
}

static void reloaded_it_stays_connected(void **state) {
  struct bench *bench = *state;
  struct websocket *socket = get_ready(bench);
  struct config *config = slack_config("base_url = https://slack.example");
  assert_false(slack_door_fits(bench->door, config));
  config_release(config);
  config = slack_config("");
  slack_door_reload(bench->door, config);
  config_release(config);
  fake_run(&bench->fake, 60000);
  assert_int_equal(socket->closed, 0);
  assert_int_equal(socket_count, 1);
}

static void shut_it_answers_what_was_asked_and_hangs_up(void **state) {
  struct bench *bench = *state;
  struct websocket *socket = get_ready(bench);
  tells(socket, ASKED("e-1"));
  slack_door_shut(bench->door);
  tells(socket, ASKED("e-2"));
  assert_int_equal(knocks, 1);
  assert_non_null(strstr(socket->sent[0], "being restarted"));
  fake_run(&bench->fake, 1000);
  assert_int_equal(socket->closed, 0);
  say(0, "hello", NULL, false);
  finish(0);
  knocks = 0;
  assert_non_null(strstr(socket->sent[1], "hello"));
  fake_run(&bench->fake, 100);
  assert_int_equal(socket->closed, 1000);
  assert_true(slack_door_is_busy(bench->door));
  ends(socket, 1000, NULL);
  assert_false(slack_door_is_busy(bench->door));
  fake_run(&bench->fake, 86400000);
  assert_int_equal(bench->asks, 1);
}

static void shut_while_it_asks_it_is_done(void **state) {
  struct bench *bench = *state;
  fake_run(&bench->fake, 1);
  assert_int_equal(bench->asks, 1);
  slack_door_shut(bench->door);
  assert_false(slack_door_is_busy(bench->door));
  fake_run(&bench->fake, 60000);
  assert_int_equal(socket_count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(it_opens_what_slack_tells, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_is_asked_is_answered_on_its_socket, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_comes_again_is_acknowledged_again_and_not_asked_twice, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_nobody_asked_for_is_acknowledged, set_up, tear_down),
      cmocka_unit_test_setup_teardown(while_it_changes_over_both_sockets_are_heard, set_up, tear_down),
      cmocka_unit_test_setup_teardown(an_answer_whose_socket_is_gone_is_posted, set_up, tear_down),
      cmocka_unit_test_setup_teardown(an_answer_that_the_socket_does_not_take_is_posted, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_socket_without_hello_is_cut, set_up, tear_down),
      cmocka_unit_test_setup_teardown(switched_off_it_stops_until_it_is_reloaded, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_token_that_is_not_known_stops_it, set_up, tear_down),
      cmocka_unit_test_setup_teardown(slack_may_say_when_to_come_back, set_up, tear_down),
      cmocka_unit_test_setup_teardown(an_address_that_is_no_secure_one_is_not_opened, set_up, tear_down),
      cmocka_unit_test_setup_teardown(reloaded_it_stays_connected, set_up, tear_down),
      cmocka_unit_test_setup_teardown(shut_it_answers_what_was_asked_and_hangs_up, set_up, tear_down),
      cmocka_unit_test_setup_teardown(shut_while_it_asks_it_is_done, set_up, tear_down),
  };
  return cmocka_run_group_tests_name("door_slack_socket", tests, NULL, NULL);
}
