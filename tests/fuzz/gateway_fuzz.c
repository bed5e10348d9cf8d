/* What Discord's gateway may say, and a memo that anybody may have written. A line is an event: F and a frame, B and what
 * /gateway/bot answers, C and a close code, M and a memo to begin with, O opened, K kept, T the next timer. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "door/discord_gateway_machine.h"

#define TOKEN "planted.to.ken"

static struct gateway_machine machine;
static int64_t now_ms;
static bool connected;

static int64_t clock_of(void *context) {
  (void)context;
  return now_ms;
}

static uint64_t chance_of(void *context) {
  (void)context;
  return (uint64_t)now_ms * 0x9E3779B97F4A7C15U;
}

static void do_nothing(void *context) {
  (void)context;
}

static void do_connect(void *context, const char *url) {
  (void)context;
  assert(!connected && gateway_url_is_fit(url));
  connected = true;
}

static bool do_send(void *context, const char *text, size_t length) {
  struct err err = {0};
  (void)context;
  assert(connected && length <= GATEWAY_PAYLOAD_MAX && machine.phase != GATEWAY_CONNECTING);
  struct json *root = json_parse(text, length, &err);
  assert(root != NULL);
  json_free(root);
  return true;
}

static void do_close(void *context, int code) {
  (void)context;
  assert(connected && code == GATEWAY_CLOSE_CODE);
  connected = false;
}

static void take_interaction(void *context, const struct json *interaction) {
  (void)context;
  assert(json_type(interaction) == JSON_OBJECT);
}

static void take_news(void *context, enum gateway_news news, const char *sentence) {
  (void)context;
  (void)news;
  assert(strstr(sentence, TOKEN) == NULL);
}

static const struct gateway_hands hands = {.mono_ms = clock_of,
                                           .wall_ms = clock_of,
                                           .chance = chance_of,
                                           .ask = do_nothing,
                                           .connect = do_connect,
                                           .send = do_send,
                                           .close = do_close,
                                           .keep = do_nothing,
                                           .interaction = take_interaction,
                                           .tell = take_news};

static void begin(const char *memo) {
  connected = false;
  gateway_machine_init(&machine, &hands, TOKEN);
  gateway_memory_read(memo, TOKEN, NULL, &machine.memory);
  gateway_machine_begin(&machine);
}

static void answer_bot(const char *body) {
  struct gateway_bot bot;
  const struct http_answer answer = {.status = 200, .retry_after_ms = -1, .body = body, .length = strlen(body)};
  gateway_bot_read(&answer, &bot);
  gateway_machine_asked(&machine, &bot);
}

static void close_with(const char *code) {
  if (!connected) return;
  connected = false;
  gateway_machine_closed(&machine, &(struct websocket_end){.opened = true, .code = (int)strtol(code, NULL, 10)});
}

static void pass_on(void) {
  int64_t due_ms = gateway_machine_due_ms(&machine);
  if (due_ms != GATEWAY_NEVER && due_ms > now_ms) now_ms = due_ms;
  gateway_machine_tick(&machine);
}

static void take_line(const char *line) {
  switch (*line) {
  case 'F': gateway_machine_text(&machine, line + 1, strlen(line + 1)); break;
  case 'B': answer_bot(line + 1); break;
  case 'C': close_with(line + 1); break;
  case 'M': begin(line + 1); break;
  case 'O': gateway_machine_opened(&machine); break;
  case 'K':
    if (machine.keeping) gateway_machine_kept(&machine);
    break;
  default: pass_on(); break;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *lines = calloc(size + 1, 1);
  if (lines == NULL) return 0;
  memcpy(lines, data, size);
  now_ms = 1795341600000;
  begin("");
  for (char *line = lines, *end; line <= lines + size; line = end + 1) {
    end = line + strcspn(line, "\n");
    *end = '\0';
    take_line(line);
  }
  gateway_machine_end(&machine);
  free(lines);
  return 0;
}
