#include "lowtide/websocket.h"

#include <string.h>

#include "io/websocket_wire.h"
#include "lowtide/host.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define CONNECT_MS 10000
#define CLOSE_MS 2000
#define ATTEMPT_MS_MIN 1000
#define FRAME_COST_MIN 128 /* so that a crowd of small ones is bounded, too */

struct websockets *websockets_new(struct loop *loop, struct err *err) {
  (void)err; /* lws is started by the first connection: who has none has no cost */
  struct websockets *all = mem_new(1, sizeof *all);
  all->loop = loop;
  return all;
}

void websockets_free(struct websockets *websockets) {
  if (websockets == NULL) return;
  while (websockets->first != NULL)
    websocket_drop(websockets->first);
  websocket_wire_end(websockets);
  mem_free(websockets);
}

void websocket_frame_free(struct websocket_frame *frame) {
  explicit_bzero(frame->bytes, WEBSOCKET_FRAME_ROOM + frame->length);
  mem_free(frame);
}

static void free_frames(struct websocket *socket) {
  while (socket->frames != NULL) {
    struct websocket_frame *frame = socket->frames;
    socket->frames = frame->next;
    websocket_frame_free(frame);
  }
  socket->frames_end = &socket->frames;
  socket->queued = 0;
}

static void leave_trust(struct websocket *socket) {
  websocket_trust_cancel(socket->load);
  X509_STORE_free(socket->store);
  if (socket->trust != NULL) websocket_trust_leave(socket->trust);
  socket->load = NULL;
  socket->store = NULL;
  socket->trust = NULL;
}

/* Nothing goes in or out any more. */
static void let_go(struct websocket *socket) {
  name_lookup_cancel(socket->lookup);
  socket->lookup = NULL;
  websocket_wire_cut(socket);
  leave_trust(socket);
  free_frames(socket);
  buf_done(&socket->message);
}

static void end(struct websocket *socket) {
  let_go(socket);
  socket->state = WEBSOCKET_ENDED;
  timer_set(socket->timer, 0);
}

static void fail(struct websocket *socket, enum err_code code, const char *words) {
  if (socket->end.err.code == ERR_NONE) err_set(&socket->end.err, code, "%s", words);
  end(socket);
}

static void forget(struct websocket *socket) {
  struct websocket **link = &socket->all->first;
  while (*link != socket)
    link = &(*link)->next;
  *link = socket->next;
  let_go(socket);
  timer_free(socket->timer);
  mem_free(socket->ca_file);
  mem_free(socket);
}

void websocket_drop(struct websocket *socket) {
  if (socket != NULL && socket->state != WEBSOCKET_TELLING) forget(socket);
}

static void tell_end(struct websocket *socket) {
  socket->state = WEBSOCKET_TELLING;
  socket->hooks.closed(socket->hooks.context, &socket->end);
  forget(socket);
}

/* --- getting there */

static bool is_final(enum err_code code) {
  return code != ERR_NONE && code != ERR_NETWORK && code != ERR_TIMEOUT;
}

/* An address that does not answer may not use up the time of the others. */
static void share_time(struct websocket *socket) {
  int64_t now_ms = loop_mono_ms();
  int64_t left = (int64_t)(socket->addresses.count - socket->tried) + 1;
  int64_t share_ms = (socket->deadline_ms - now_ms) / left;
  socket->attempt_ms = now_ms + (share_ms > ATTEMPT_MS_MIN ? share_ms : ATTEMPT_MS_MIN);
  if (socket->attempt_ms > socket->deadline_ms) socket->attempt_ms = socket->deadline_ms;
  timer_set(socket->timer, socket->attempt_ms - now_ms);
}

static void connect_next(struct websocket *socket) {
  socket->state = WEBSOCKET_CONNECTING;
  while (socket->tried < socket->addresses.count && !is_final(socket->end.err.code)) {
    struct err err = {0};
    socket->end.err = err;
    if (websocket_wire_connect(socket, socket->addresses.address[socket->tried++], &err)) {
      share_time(socket);
      return;
    }
    socket->end.err = err;
  }
  end(socket);
}

static void connect_when_ready(struct websocket *socket) {
  if (socket->lookup == NULL && socket->load == NULL) connect_next(socket);
}

static void on_found(void *context, const struct name_addresses *found) {
  struct websocket *socket = context;
  socket->lookup = NULL;
  socket->addresses = *found;
  if (found->count > 0) {
    connect_when_ready(socket);
    return;
  }
  fail(socket, ERR_NETWORK, "name not found");
  err_hint(&socket->end.err, "look at the host's spelling, and at the DNS");
}

static void on_loaded(void *context, X509_STORE *store) {
  struct websocket *socket = context;
  socket->load = NULL;
  socket->store = store;
  if (store != NULL) {
    connect_when_ready(socket);
    return;
  }
  fail(socket, ERR_TLS, "the file of trusted certificates cannot be read");
  err_hint(&socket->end.err, "look at ca_file and SSL_CERT_FILE, or install ca-certificates");
}

static void begin(struct websocket *socket) {
  socket->state = WEBSOCKET_LOOKING;
  timer_set(socket->timer, socket->deadline_ms - loop_mono_ms());
  if (socket->target.tls) {
    socket->load = websocket_trust_load(socket->all->loop, socket->ca_file, on_loaded, socket);
  }
  if (host_is_address(socket->target.name)) {
    socket->addresses.count = 1;
    (void)text_copy(socket->addresses.address[0], NAME_ADDRESS_MAX, socket->target.name);
    connect_when_ready(socket);
    return;
  }
  socket->lookup = name_lookup_start(socket->all->loop, socket->target.name, on_found, socket);
  if (socket->lookup == NULL) fail(socket, ERR_NETWORK, "the name cannot be looked up: no thread or descriptor left");
}

/* The time of an address is over, or its connection is gone. */
static void go_on(struct websocket *socket) {
  int64_t now_ms = loop_mono_ms();
  if (socket->wire == 0) {
    connect_next(socket);
  } else if (now_ms >= socket->deadline_ms) {
    fail(socket, ERR_TIMEOUT, socket->connected ? "connected, but no answer in time" : "no connection in time");
  } else if (socket->connected || socket->tried == socket->addresses.count) {
    timer_set(socket->timer, socket->deadline_ms - now_ms);
  } else {
    websocket_wire_cut(socket);
    connect_next(socket);
  }
}

/* --- sending */

static struct websocket_frame *new_frame(enum websocket_frame_kind kind, const char *bytes, size_t length) {
  struct websocket_frame *frame = mem_new(1, sizeof *frame + WEBSOCKET_FRAME_ROOM + length + 1);
  frame->kind = kind;
  frame->length = length;
  if (length > 0) memcpy(frame->bytes + WEBSOCKET_FRAME_ROOM, bytes, length);
  return frame;
}

static void add_frame(struct websocket *socket, struct websocket_frame *frame) {
  *socket->frames_end = frame;
  socket->frames_end = &frame->next;
  socket->queued += frame->cost;
  websocket_wire_write(socket);
}

bool websocket_send(struct websocket *socket, const char *text, size_t length) {
  size_t cost = length > FRAME_COST_MIN ? length : FRAME_COST_MIN;
  if (socket->state != WEBSOCKET_OPEN || cost > WEBSOCKET_QUEUE_MAX - socket->queued) return false;
  struct websocket_frame *frame = new_frame(WEBSOCKET_TEXT, text, length);
  frame->cost = cost;
  add_frame(socket, frame);
  return true;
}

static void send_ping(struct websocket *socket) {
  add_frame(socket, new_frame(WEBSOCKET_PING, NULL, 0));
  socket->pinged_ms = loop_mono_ms();
}

static void begin_close(struct websocket *socket, int code) {
  socket->state = WEBSOCKET_CLOSING;
  socket->close_code = code;
  socket->deadline_ms = loop_mono_ms() + CLOSE_MS;
  timer_set(socket->timer, CLOSE_MS);
  add_frame(socket, new_frame(WEBSOCKET_CLOSE, NULL, 0));
}

void websocket_close(struct websocket *socket, int code) {
  if (socket->state == WEBSOCKET_OPEN) {
    begin_close(socket, code);
  } else if (socket->state < WEBSOCKET_OPEN) {
    end(socket);
  }
}

/* --- time */

static void watch_silence(struct websocket *socket) {
  int64_t silence_ms = websocket_wire_silence_ms(socket);
  int64_t left_ms = socket->silence_ms > 0 ? socket->silence_ms - silence_ms : INT64_MAX;
  if (left_ms <= 0) {
    fail(socket, ERR_TIMEOUT, "nothing was heard any more");
    return;
  }
  if (socket->ping_ms > 0) {
    int64_t since_ping_ms = loop_mono_ms() - socket->pinged_ms;
    int64_t to_ping_ms = socket->ping_ms - (silence_ms < since_ping_ms ? silence_ms : since_ping_ms);
    if (to_ping_ms <= 0) {
      send_ping(socket);
      to_ping_ms = socket->ping_ms;
    }
    if (to_ping_ms < left_ms) left_ms = to_ping_ms;
  }
  if (left_ms < INT64_MAX) timer_set(socket->timer, left_ms);
}

static void go_on_closing(struct websocket *socket) {
  bool is_drained = socket->frames != NULL && socket->frames->kind == WEBSOCKET_CLOSE;
  if (socket->close_sent || socket->state == WEBSOCKET_LEAVING) {
    end(socket);
  } else if (is_drained && loop_mono_ms() < socket->deadline_ms) {
    free_frames(socket);
    socket->close_sent = true;
    timer_set(socket->timer, CLOSE_MS);
    websocket_wire_close(socket, socket->close_code);
  } else {
    fail(socket, ERR_TIMEOUT, "the other side takes no messages");
  }
}

static void on_timer(void *context) {
  struct websocket *socket = context;
  switch (socket->state) {
  case WEBSOCKET_STARTING: begin(socket); break;
  case WEBSOCKET_LOOKING:
    fail(socket, ERR_TIMEOUT, socket->lookup != NULL ? "name not found in time" : "no connection in time");
    break;
  case WEBSOCKET_CONNECTING: go_on(socket); break;
  case WEBSOCKET_OPEN: watch_silence(socket); break;
  case WEBSOCKET_CLOSING:
  case WEBSOCKET_LEAVING: go_on_closing(socket); break;
  case WEBSOCKET_ENDED: tell_end(socket); break;
  case WEBSOCKET_TELLING: break;
  }
}

struct websocket *websocket_open(struct websockets *websockets, const struct websocket_ask *ask,
                                 const struct websocket_hooks *hooks) {
  struct websocket *socket = mem_new(1, sizeof *socket);
  socket->all = websockets;
  socket->hooks = *hooks;
  socket->next = websockets->first;
  socket->frames_end = &socket->frames;
  websockets->first = socket;
  socket->ca_file = ask->ca_file != NULL ? mem_dup(ask->ca_file) : NULL;
  socket->ping_ms = ask->ping_ms;
  socket->silence_ms = ask->silence_ms;
  bool bounded = ask->message_max > 0 && ask->message_max < WEBSOCKET_MESSAGE_MAX;
  buf_init(&socket->message, bounded ? ask->message_max : WEBSOCKET_MESSAGE_MAX);
  socket->timer = timer_new(websockets->loop, on_timer, socket);
  socket->deadline_ms = loop_mono_ms() + (ask->connect_ms > 0 ? ask->connect_ms : CONNECT_MS);
  timer_set(socket->timer, 0);
  if (!websocket_target_parse(&socket->target, ask->url, &socket->end.err)) end(socket);
  return socket;
}

/* --- what the wire tells */

void websocket_hear_open(struct websocket *socket) {
  socket->state = WEBSOCKET_OPEN;
  socket->end.opened = true;
  leave_trust(socket);
  timer_stop(socket->timer);
  socket->pinged_ms = loop_mono_ms();
  watch_silence(socket);
  socket->hooks.opened(socket->hooks.context);
}

static struct buf take_message(struct websocket *socket) {
  struct buf taken = socket->message;
  buf_init(&socket->message, taken.limit);
  return taken;
}

void websocket_hear_message(struct websocket *socket, const char *text, size_t length) {
  if (!text_is_utf8(text, length)) {
    websocket_hear_breach(socket, 1007, "a message that is not UTF-8");
    return;
  }
  /* The hook may drop the socket. */
  struct buf held = take_message(socket);
  socket->hooks.text(socket->hooks.context, text, length);
  buf_done(&held);
}

void websocket_hear_breach(struct websocket *socket, int code, const char *why) {
  err_set(&socket->end.err, ERR_MALFORMED, "the other side sent %s", why);
  buf_done(&socket->message);
  free_frames(socket);
  begin_close(socket, code);
}

void websocket_hear_close(struct websocket *socket, int code, const char *reason, size_t length) {
  char words[WEBSOCKET_REASON_MAX];
  (void)text_fmt(words, sizeof words, "%.*s", (int)length, reason);
  text_clean(socket->end.reason, sizeof socket->end.reason, words);
  socket->end.code = code;
  if (socket->state == WEBSOCKET_OPEN) timer_set(socket->timer, CLOSE_MS);
  socket->state = WEBSOCKET_LEAVING;
  free_frames(socket);
}

void websocket_hear_drained(struct websocket *socket) {
  timer_set(socket->timer, 0);
}

void websocket_hear_gone(struct websocket *socket, const struct err *err) {
  if (socket->end.err.code == ERR_NONE && !socket->close_sent && socket->state != WEBSOCKET_LEAVING) socket->end.err = *err;
  if (socket->state == WEBSOCKET_CONNECTING) {
    timer_set(socket->timer, 0);
  } else {
    end(socket);
  }
}
