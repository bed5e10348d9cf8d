/* The gateway's driver: a socket that only writes down what it is told, in a world whose time jumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "door/discord_gateway.h"
#include "fake/world.h"
#include "lowtide/text.h"

#define TOKEN "NzcxMTIz.Gabcde.secret-part-of-the-token"
#define READY                                                                                                              \
  "{\"op\":0,\"t\":\"READY\",\"s\":1,\"d\":{\"session_id\":\"abc\",\"resume_gateway_url\":\"wss://resume.discord.gg\","    \
  "\"application\":{\"id\":\"771\"}}}"

/* --- a socket that is none ----------------------------------------------------------------------------------------- */

struct websocket {
  struct websocket_hooks hooks;
  char url[256];
  char sent[8][512];
  int sent_count;
  int close_code; /* that it was closed with */
  bool gone;
};

static struct websocket sockets[16];
static int opened_count;

struct websocket *websocket_open(struct websockets *websockets, const struct websocket_ask *ask,
                                 const struct websocket_hooks *hooks) {
  (void)websockets;
  assert_in_range(opened_count, 0, 15);
  struct websocket *socket = &sockets[opened_count++];
  *socket = (struct websocket){.hooks = *hooks};
  (void)text_copy(socket->url, sizeof socket->url, ask->url);
  return socket;
}

bool websocket_send(struct websocket *socket, const char *text, size_t length) {
  assert_int_equal(strlen(text), length);
  assert_false(socket->gone);
  (void)text_copy(socket->sent[socket->sent_count < 7 ? socket->sent_count : 7], sizeof socket->sent[0], text);
  socket->sent_count++;
  return true;
}

void websocket_close(struct websocket *socket, int code) {
  socket->close_code = code;
}

void websocket_drop(struct websocket *socket) {
  if (socket != NULL) socket->gone = true;
}

static void say(struct websocket *socket, const char *text) {
  socket->hooks.text(socket->hooks.context, text, strlen(text));
}

static void end(struct websocket *socket, int code) {
  struct websocket_end how = {.opened = true, .code = code};
  if (code == 0) (void)err_set(&how.err, ERR_NETWORK, "cut");
  socket->gone = true;
  socket->hooks.closed(socket->hooks.context, &how);
}

/* --- the stage ----------------------------------------------------------------------------------------------------- */

static struct fake_world fake;
static struct config *config;
static struct discord_gateway *gateway;
static int interactions;
static char asked[256];

static struct fake_answer answer_bot(struct fake_world *world, const struct ask *ask) {
  (void)world;
  (void)text_fmt(asked, sizeof asked, "%s %s %s", ask->http.method, buf_text(&ask->http.url),
                 buf_text(&ask->http.headers[0]));
  return (struct fake_answer){.status = 200, .body = "{\"url\":\"wss://gateway.discord.gg\"}", .delay_ms = 20};
}

static void take_interaction(void *context, const struct json *interaction) {
  assert_ptr_equal(context, &fake);
  assert_string_equal(json_string(json_member(interaction, "id")), "998");
  interactions++;
}

static struct config *make_config(const char *discord) {
  char text[1024];
  struct err err = {0};
  const struct config_source source = {.getenv = fake_getenv, .sealed = true};
  (void)text_fmt(text, sizeof text,
                 "[lowtide]\nstate_dir = /nonexistent\n[account kimi]\nprovider = manual\nlabel = Kimi\n[discord]\n%s\n",
                 discord);
  struct config *made = config_parse("config.ini", text, strlen(text), &source, &err);
  if (made == NULL) print_error("%s\n", err.text);
  assert_non_null(made);
  return made;
}

static void open_gateway(void) {
  gateway = discord_gateway_new(&(struct discord_gateway_setup){
      .world = &fake.world, .config = config, .interaction = take_interaction, .context = &fake});
}

static struct websocket *newest(void) {
  assert_true(opened_count > 0);
  return &sockets[opened_count - 1];
}

static void greet(void) {
  newest()->hooks.opened(newest()->hooks.context);
  say(newest(), "{\"op\":10,\"d\":{\"heartbeat_interval\":41250}}");
  fake_run(&fake, 10);
}

static void get_ready(void) {
  open_gateway();
  fake_run(&fake, 100);
  greet();
  say(newest(), READY);
  fake_run(&fake, 10);
}

static int set_up(void **state) {
  (void)state;
  fake_world_init(&fake);
  fake.answer = answer_bot;
  config = make_config("token = " TOKEN "\npresence = on");
  opened_count = 0;
  interactions = 0;
  asked[0] = '\0';
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  discord_gateway_free(gateway);
  gateway = NULL;
  config_release(config);
  fake_world_done(&fake);
  return 0;
}

static void read_memo(char out[static STORE_MEMO_MAX]) {
  struct err err = {0};
  assert_true(store_memo(fake.store, "discord-gateway", out, &err));
}

static void assert_standing(enum way_standing expected, const char *why) {
  struct way_state told = {.why = ""};
  discord_gateway_standing(gateway, &told);
  assert_int_equal(told.standing, expected);
  assert_string_equal(told.why, why);
}

/* --- tests --------------------------------------------------------------------------------------------------------- */

static void the_way_from_nothing_to_an_interaction(void **state) {
  (void)state;
  get_ready();
  assert_string_equal(asked, "GET https://discord.com/api/v10/gateway/bot Authorization: Bot " TOKEN);
  assert_string_equal(newest()->url, "wss://gateway.discord.gg/?v=10&encoding=json");
  assert_non_null(strstr(newest()->sent[0], "{\"op\":2,"));
  assert_standing(WAY_OPEN, "");
  say(newest(), "{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":2,\"d\":{\"id\":\"998\"}}");
  assert_int_equal(interactions, 1);
  fake_run(&fake, 41250);
  assert_string_equal(newest()->sent[1], "{\"op\":1,\"d\":2}");
}

static void the_note_is_in_the_store_before_identify_and_holds_no_token(void **state) {
  (void)state;
  char memo[STORE_MEMO_MAX];
  open_gateway();
  fake_run(&fake, 100);
  newest()->hooks.opened(newest()->hooks.context);
  say(newest(), "{\"op\":10,\"d\":{\"heartbeat_interval\":41250}}");
  assert_int_equal(newest()->sent_count, 0);
  read_memo(memo);
  assert_non_null(strstr(memo, "\"identified\":[17"));
  assert_null(strstr(memo, "secret-part"));
  fake_run(&fake, 10);
  assert_int_equal(newest()->sent_count, 1);
}

static void a_restart_resumes(void **state) {
  (void)state;
  get_ready();
  say(newest(), "{\"op\":0,\"t\":\"X\",\"s\":40,\"d\":{}}");
  discord_gateway_shut(gateway);
  assert_int_equal(newest()->close_code, 4000);
  assert_true(discord_gateway_is_busy(gateway));
  say(newest(), "{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":41,\"d\":{\"id\":\"998\"}}");
  assert_int_equal(interactions, 0); /* it is shut */
  fake_run(&fake, 10);
  end(newest(), 4000);
  assert_false(discord_gateway_is_busy(gateway));
  discord_gateway_free(gateway);
  int asks = fake.asks;
  open_gateway();
  fake_run(&fake, 10);
  assert_int_equal(fake.asks, asks);
  assert_int_equal(opened_count, 2);
  assert_string_equal(newest()->url, "wss://resume.discord.gg/?v=10&encoding=json");
  greet();
  assert_string_equal(newest()->sent[0], "{\"op\":6,\"d\":{\"token\":\"" TOKEN "\",\"session_id\":\"abc\",\"seq\":40}}");
}

static void a_kill_resumes_from_what_was_noted_last(void **state) {
  (void)state;
  get_ready();
  for (int i = 2; i < 100; i++) {
    char text[64];
    (void)text_fmt(text, sizeof text, "{\"op\":0,\"t\":\"X\",\"s\":%d,\"d\":{}}", i);
    say(newest(), text);
    say(newest(), "{\"op\":11}");
    fake_run(&fake, 1000);
  }
  discord_gateway_free(gateway); /* without a word */
  open_gateway();
  fake_run(&fake, 10);
  greet();
  assert_non_null(strstr(newest()->sent[0], "\"session_id\":\"abc\",\"seq\":9"));
}

static void a_broken_store_keeps_nobody_from_answering(void **state) {
  (void)state;
  fake.store_is_broken = true;
  get_ready();
  assert_standing(WAY_OPEN, "");
}

static void what_keeps_it_away_is_told_with_the_mend(void **state) {
  (void)state;
  get_ready();
  end(newest(), 4242);
  assert_standing(WAY_OPENING, "Discord closed the connection (4242)");
  fake_run(&fake, 1000);
  greet();
  end(newest(), 4004);
  assert_standing(WAY_STOPPED, "Discord does not know the bot's token (4004); copy it anew from the developer portal (Bot, "
                               "Reset Token) into token of [discord], then reload");
}

static void what_comes_of_a_connection_that_was_left_is_nothing(void **state) {
  (void)state;
  get_ready();
  struct websocket *left = newest();
  say(left, "{\"op\":7}");
  fake_run(&fake, 1000);
  assert_int_equal(opened_count, 2);
  say(left, "{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":2,\"d\":{\"id\":\"998\"}}");
  assert_int_equal(interactions, 0);
  greet();
  say(newest(), "{\"op\":0,\"t\":\"RESUMED\",\"s\":2,\"d\":{}}");
  say(left, "{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":2,\"d\":{\"id\":\"998\"}}");
  assert_int_equal(interactions, 0);
  end(left, 4004); /* no longer a matter of ours */
  assert_standing(WAY_OPEN, "");
}

static void it_may_end_at_any_moment(void **state) {
  (void)state;
  for (int64_t moment_ms = 0; moment_ms < 60; moment_ms += 3) {
    opened_count = 0;
    open_gateway();
    fake_run(&fake, moment_ms);
    if (opened_count > 0) greet();
    discord_gateway_shut(gateway);
    for (int i = 0; i < opened_count; i++)
      end(&sockets[i], 4000);
    fake_run(&fake, 100);
    assert_false(discord_gateway_is_busy(gateway));
    assert_standing(WAY_OPENING, "");
    discord_gateway_free(gateway);
  }
  gateway = NULL;
}

static void a_config_with_the_same_settings_fits(void **state) {
  (void)state;
  get_ready();
  struct config *same = make_config("token = " TOKEN "\npresence = off\nallow_users = 1");
  struct config *other_token = make_config("token = another-token-altogether");
  struct config *other_host = make_config("token = " TOKEN "\nbase_url = http://127.0.0.1:1");
  assert_true(discord_gateway_fits(gateway, same));
  assert_false(discord_gateway_fits(gateway, other_token));
  assert_false(discord_gateway_fits(gateway, other_host));
  discord_gateway_reload(gateway, same);
  end(newest(), 4000);
  fake_run(&fake, 1000);
  greet();
  assert_non_null(strstr(newest()->sent[0], TOKEN));
  config_release(same);
  config_release(other_token);
  config_release(other_host);
}

static void the_view_is_shown_if_presence_is_on(void **state) {
  (void)state;
  struct standing standing = {.account = &config->accounts[0], .reading = {.asked_ms = 1, .unit = "USD"}, .runway_ms = -1};
  standing.reading.available = amount_of(4200000000);
  const struct view view = {.config = config, .standings = &standing, .count = 1};
  open_gateway();
  discord_gateway_look(gateway, &view);
  fake_run(&fake, 100);
  greet();
  say(newest(), READY);
  fake_run(&fake, 10);
  assert_int_equal(newest()->sent_count, 2);
  assert_non_null(strstr(newest()->sent[1], "\"state\":\"Kimi $4.20\""));
}

static void nothing_is_shown_if_presence_is_off(void **state) {
  (void)state;
  struct standing standing = {.account = &config->accounts[0], .reading = {.asked_ms = 1, .unit = "USD"}, .runway_ms = -1};
  const struct view view = {.config = config, .standings = &standing, .count = 1};
  struct config *off = make_config("token = " TOKEN);
  open_gateway();
  discord_gateway_reload(gateway, off);
  config_release(off);
  discord_gateway_look(gateway, &view);
  fake_run(&fake, 100);
  greet();
  say(newest(), READY);
  fake_run(&fake, 10);
  assert_int_equal(newest()->sent_count, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_way_from_nothing_to_an_interaction, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_note_is_in_the_store_before_identify_and_holds_no_token, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_restart_resumes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_kill_resumes_from_what_was_noted_last, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_broken_store_keeps_nobody_from_answering, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_keeps_it_away_is_told_with_the_mend, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_comes_of_a_connection_that_was_left_is_nothing, set_up, tear_down),
      cmocka_unit_test_setup_teardown(it_may_end_at_any_moment, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_config_with_the_same_settings_fits, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_view_is_shown_if_presence_is_on, set_up, tear_down),
      cmocka_unit_test_setup_teardown(nothing_is_shown_if_presence_is_off, set_up, tear_down),
  };
  return cmocka_run_group_tests_name("door gateway", tests, NULL, NULL);
}
