/* A machine with hands that write down what they are told, and a clock that jumps to whatever is due next. */
#ifndef LOWTIDE_DOOR_GATEWAY_TESTING_H
#define LOWTIDE_DOOR_GATEWAY_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "door/discord_gateway_machine.h"
#include "lowtide/text.h"

#define UNUSED __attribute__((unused))
#define TOKEN "NzcxMTIz.Gabcde.secret-part-of-the-token"
#define BOT "{\"url\":\"wss://gateway.discord.gg\",\"session_start_limit\":{\"remaining\":999,\"reset_after\":0}}"
#define INTERVAL 41250
#define WALL_MS 1795341600000LL
#define SENT_MAX 4096

static struct gateway_machine machine;
static int64_t clock_ms;
static int64_t wall_shift_ms;
static uint64_t seed;
static int asks, connects, keeps, interactions, close_code, identifies;
static int news[GATEWAY_DETAIL + 1];
static char told[GATEWAY_DETAIL + 1][512];
static char connected_to[GATEWAY_URL_MAX];
static char sent[8][512]; /* the last ones are in the last */
static int sent_count;
static int64_t sent_ms[SENT_MAX];
static int sent_of_connection; /* since connect */
static char last_sent_presence[512];
static int presence_count;
static char interaction_id[64];
static bool connection, greeted_here, identified_here; /* what the other side has seen */
static int broken_rules;
static char on_its_way[GATEWAY_MEMO_MAX]; /* what is being kept */

static int64_t fake_mono_ms(void *context) {
  (void)context;
  return clock_ms;
}

static int64_t fake_wall_ms(void *context) {
  (void)context;
  return WALL_MS + clock_ms + wall_shift_ms;
}

static uint64_t fake_chance(void *context) {
  (void)context;
  seed = seed * 6364136223846793005U + 1442695040888963407U;
  return seed ^ (seed >> 29U);
}

static void fake_ask(void *context) {
  (void)context;
  asks++;
}

static void fake_connect(void *context, const char *url) {
  (void)context;
  if (connection) broken_rules++;
  connection = true;
  greeted_here = false;
  identified_here = false;
  sent_of_connection = 0;
  connects++;
  (void)text_copy(connected_to, sizeof connected_to, url);
}

static bool fake_send(void *context, const char *text, size_t length) {
  (void)context;
  assert_int_equal(strlen(text), length);
  bool opens = strstr(text, "\"op\":2,") != NULL || strstr(text, "\"op\":6,") != NULL;
  if (!connection || !greeted_here || length > 4096) broken_rules++;
  if (opens && identified_here) broken_rules++;
  if (opens) identified_here = true;
  if (strstr(text, "\"op\":2,") != NULL) identifies++;
  if (strstr(text, "\"op\":3,") != NULL) {
    presence_count++;
    (void)text_copy(last_sent_presence, sizeof last_sent_presence, text);
  }
  (void)text_copy(sent[sent_count < 7 ? sent_count : 7], sizeof sent[0], text);
  sent_ms[sent_of_connection % SENT_MAX] = clock_ms;
  sent_count++;
  sent_of_connection++;
  if (sent_of_connection > 120 && sent_of_connection < SENT_MAX && clock_ms - sent_ms[sent_of_connection - 121] < 60000)
    broken_rules++;
  return true;
}

static void fake_close(void *context, int code) {
  (void)context;
  if (!connection || code == 1000 || code == 1001) broken_rules++;
  connection = false;
  close_code = code;
}

static void fake_keep(void *context) {
  (void)context;
  struct buf memo;
  buf_init(&memo, GATEWAY_MEMO_MAX - 1);
  gateway_memory_write(&machine.memory, TOKEN, NULL, &memo);
  assert_true(text_copy(on_its_way, sizeof on_its_way, buf_text(&memo)));
  buf_done(&memo);
  keeps++;
}

static void fake_interaction(void *context, const struct json *interaction) {
  (void)context;
  interactions++;
  const char *id = json_string(json_member(interaction, "id"));
  (void)text_copy(interaction_id, sizeof interaction_id, id != NULL ? id : "");
}

static void fake_tell(void *context, enum gateway_news kind, const char *sentence) {
  (void)context;
  assert_null(strstr(sentence, "secret-part"));
  news[kind]++;
  (void)text_copy(told[kind], sizeof told[kind], sentence);
}

static const struct gateway_hands hands = {fake_mono_ms, fake_wall_ms, fake_chance,      fake_ask,  fake_connect, fake_send,
                                           fake_close,   fake_keep,    fake_interaction, fake_tell, NULL};

static void forget_sent(void) {
  sent_count = 0;
  memset(sent, 0, sizeof sent);
}

static void start(const char *memo) {
  clock_ms += 5000;
  asks = connects = keeps = interactions = close_code = identifies = presence_count = sent_of_connection = 0;
  memset(news, 0, sizeof news);
  connected_to[0] = '\0';
  connection = false;
  forget_sent();
  gateway_machine_init(&machine, &hands, TOKEN);
  gateway_memory_read(memo, TOKEN, NULL, &machine.memory);
  gateway_machine_begin(&machine);
}

static void answer_http(int status, int64_t retry_after_ms, const char *body) {
  struct gateway_bot bot;
  const struct http_answer answer = {
      .status = status, .retry_after_ms = retry_after_ms, .body = body, .length = strlen(body)};
  gateway_bot_read(&answer, &bot);
  gateway_machine_asked(&machine, &bot);
}

static void answer_bot(const char *body) {
  answer_http(200, -1, body);
}

static PRINTF_LIKE(1, 2) void frame(const char *format, ...) {
  char text[2048];
  va_list args;
  va_start(args, format);
  assert_true(text_fmtv(text, sizeof text, format, args));
  va_end(args);
  if (strstr(text, "\"op\":10") != NULL) greeted_here = connection;
  gateway_machine_text(&machine, text, strlen(text));
}

static UNUSED void hello(void) {
  frame("{\"op\":10,\"s\":null,\"t\":null,\"d\":{\"heartbeat_interval\":%d,\"_trace\":[]}}", INTERVAL);
}

static UNUSED void ready(void) {
  frame("{\"op\":0,\"t\":\"READY\",\"s\":1,\"d\":{\"v\":10,\"session_id\":\"abc\",\"guilds\":[{\"id\":\"1\","
        "\"unavailable\":true}],"
        "\"resume_gateway_url\":\"wss://resume.discord.gg\",\"application\":{\"id\":\"771\",\"flags\":0}}}");
}

/* To what is due next; nothing due: an hour. */
static void step(void) {
  int64_t due_ms = gateway_machine_due_ms(&machine);
  if (due_ms > clock_ms) clock_ms = due_ms == GATEWAY_NEVER ? clock_ms + 3600000 : due_ms;
  gateway_machine_tick(&machine);
}

static void pass(int64_t for_ms) {
  int64_t until_ms = clock_ms + for_ms;
  while (gateway_machine_due_ms(&machine) <= until_ms)
    step();
  clock_ms = until_ms;
}

static UNUSED bool gateway_is_connecting(void) {
  return machine.phase == GATEWAY_CONNECTING;
}

static UNUSED void get_connected(void) {
  start("");
  answer_bot(BOT);
  gateway_machine_opened(&machine);
}

static UNUSED void finish_start(void) {
  answer_bot(BOT);
  gateway_machine_opened(&machine);
  hello();
  gateway_machine_kept(&machine);
  ready();
}

static UNUSED void get_hello(void) {
  get_connected();
  hello();
  gateway_machine_kept(&machine);
}

static UNUSED void get_ready(void) {
  get_hello();
  ready();
  gateway_machine_kept(&machine);
}

static UNUSED void until_connecting(void) {
  while (!gateway_is_connecting()) {
    if (machine.phase == GATEWAY_ASKING) answer_bot(BOT);
    if (!gateway_is_connecting()) step();
  }
}

static UNUSED void get_ready_quietly(void) {
  get_ready();
  forget_sent();
}

static UNUSED void lose(int code) {
  struct websocket_end end = {.opened = true, .code = code};
  if (code == 0) (void)err_set(&end.err, ERR_NETWORK, "connection reset");
  connection = false;
  gateway_machine_closed(&machine, &end);
}

static UNUSED void get_resuming(void) {
  get_ready();
  lose(0);
  pass(600);
  gateway_machine_opened(&machine);
  hello();
  assert_int_equal(machine.phase, GATEWAY_RESUMING);
  close_code = 0;
}

static UNUSED const char *last_sent(void) {
  assert_true(sent_count > 0);
  return sent[sent_count <= 8 ? sent_count - 1 : 7];
}

static UNUSED void step_until_sent(void) {
  int before = presence_count;
  while (presence_count == before)
    step();
}

/* The time passes with every heartbeat acknowledged. */
static UNUSED void pass_beating(int64_t for_ms) {
  int64_t until_ms = clock_ms + for_ms;
  while (clock_ms < until_ms) {
    pass(until_ms - clock_ms < 1000 ? until_ms - clock_ms : 1000);
    frame("{\"op\":11}");
  }
}

static UNUSED int presences(int64_t for_ms) {
  int before = presence_count;
  pass_beating(for_ms);
  return presence_count - before;
}

static UNUSED int busiest_minute(void) {
  int busiest = 0;
  assert_true(sent_of_connection < SENT_MAX);
  for (int from = 0, to = 0; to < sent_of_connection; to++) {
    while (sent_ms[to] - sent_ms[from] >= 60000)
      from++;
    if (to - from + 1 > busiest) busiest = to - from + 1;
  }
  return busiest;
}

#endif
