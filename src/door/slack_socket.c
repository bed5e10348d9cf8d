#include "door/slack_socket.h"

#include <string.h>

#include "door/slack_answer.h"
#include "door/slack_link.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

#define ROOM "slack"
#define ASK_DEADLINE_MS 10000
#define CONNECT_MS 10000
#define PING_MS 10000
#define SILENCE_MS 30000 /* Slack pings at least as often */
#define MESSAGE_MAX (4 * 1024 * 1024)
#define SHUT_LOOK_MS 20
#define SEEN_MAX 512
#define TELL_AGAIN_MS 600000
#define ACK_MAX 131072

struct line {
  struct slack_door *door;
  int index;
  struct websocket *socket; /* NULL: none */
  uint64_t serial;          /* tells one socket on it from the next */
};

struct slack_door {
  struct world world;
  struct websockets *websockets;
  struct slack_answers *answers;
  struct config *config;
  struct slack_link link;
  struct line lines[SLACK_LINES];
  uint64_t serials;
  char *url; /* the address that is to be opened, or NULL; a ticket */
  void *asked;
  void *alarm;
  bool shut;
  bool greeted;            /* logged that it is connected */
  uint64_t seen[SEEN_MAX]; /* the newest envelopes, by their hash */
  size_t seen_next;
  char told[SLACK_TROUBLE_MAX]; /* the trouble that was logged last; "": none, or it is long over */
  int64_t told_ms;
  bool told_well; /* logged since that it is connected */
};

/* --- acknowledgements ---------------------------------------------------------------------------------------------- */

/* One envelope, to be acknowledged on the line that brought it. */
struct envelope_ack {
  struct slack_door *door;
  int line;
  uint64_t serial;
  char id[SLACK_ID_MAX];
};

static bool send_ack(const struct envelope_ack *ack, const char *message) {
  const struct line *line = &ack->door->lines[ack->line];
  if (line->socket == NULL || line->serial != ack->serial) return false;
  struct buf text;
  buf_init(&text, ACK_MAX);
  buf_add(&text, "{\"envelope_id\":");
  buf_add_json(&text, ack->id);
  if (*message != '\0') buf_addf(&text, ",\"payload\":%s", message);
  buf_add_char(&text, '}');
  bool sent = buf_ok(&text) && websocket_send(line->socket, text.data, text.len);
  buf_done(&text);
  return sent;
}

static bool acknowledge(void *context, const char *message) {
  struct envelope_ack *ack = context;
  bool sent = send_ack(ack, message);
  mem_free(ack);
  return sent;
}

/* Slack delivers at least once. */
static bool was_seen(struct slack_door *door, const char *id) {
  uint64_t mark = text_hash(id, strlen(id));
  for (size_t i = 0; i < SEEN_MAX; i++) {
    if (door->seen[i] == mark) return true;
  }
  door->seen[door->seen_next++ % SEEN_MAX] = mark;
  return false;
}

static void take_envelope(struct line *line, const struct slack_envelope *envelope) {
  struct slack_door *door = line->door;
  struct err err = {0};
  if (*envelope->id == '\0') return;
  struct envelope_ack *ack = mem_new(1, sizeof *ack);
  *ack = (struct envelope_ack){.door = door, .line = line->index, .serial = line->serial};
  (void)text_copy(ack->id, sizeof ack->id, envelope->id);
  const struct slack_ack way = {.acknowledge = acknowledge, .takes_message = envelope->takes_payload, .context = ack};
  if (was_seen(door, envelope->id)) {
    (void)acknowledge(ack, "");
  } else if (!slack_answers_take_envelope(door->answers, envelope, &way, &err)) {
    log_debug(ROOM, "an envelope is left aside: %s", err.text);
    (void)acknowledge(ack, "");
  }
}

/* --- the machine's hands ------------------------------------------------------------------------------------------- */

static int64_t now_ms(const struct slack_door *door) {
  return door->world.mono_ms(door->world.context);
}

static void pump(struct slack_door *door);

static void on_opened(void *context) {
  struct line *line = context;
  slack_link_opened(&line->door->link, line->index, now_ms(line->door));
  pump(line->door);
}

static void on_text(void *context, const char *text, size_t length) {
  struct line *line = context;
  struct slack_door *door = line->door;
  struct slack_envelope envelope;
  struct err err = {0};
  if (!slack_envelope_read(text, length, &envelope, &err)) {
    log_debug(ROOM, "a message is left aside: %s", err.text);
    return;
  }
  switch (envelope.kind) {
  case SLACK_ENVELOPE_HELLO: slack_link_greeted(&door->link, line->index, now_ms(door)); break;
  case SLACK_ENVELOPE_DISCONNECT:
    log_debug(ROOM, "Slack ends a line: %s", envelope.reason);
    slack_link_warned(&door->link, line->index, envelope.reason, now_ms(door));
    break;
  case SLACK_ENVELOPE_COMMAND:
  case SLACK_ENVELOPE_INTERACTIVE:
  case SLACK_ENVELOPE_OTHER: take_envelope(line, &envelope); break;
  }
  slack_envelope_done(&envelope);
  pump(door);
}

static void on_closed(void *context, const struct websocket_end *end) {
  struct line *line = context;
  struct slack_door *door = line->door;
  char why[SLACK_TROUBLE_MAX];
  line->socket = NULL;
  if (end->err.code != ERR_NONE) {
    err_print(&end->err, why, sizeof why);
  } else {
    (void)text_fmt(why, sizeof why, "Slack hung up (%d)", end->code);
  }
  slack_link_closed(&door->link, line->index, why, now_ms(door));
  pump(door);
}

static void forget_url(struct slack_door *door) {
  if (door->url == NULL) return;
  explicit_bzero(door->url, strlen(door->url));
  mem_free(door->url);
  door->url = NULL;
}

static void on_address(void *context, const struct answer *answer) {
  struct slack_door *door = context;
  struct json *root = NULL;
  struct slack_said said = slack_request_heard(answer, &root);
  const char *url = json_string(json_member(root, "url"));
  door->asked = NULL;
  if (said.ok && url != NULL && slack_request_may_open(url) && strlen(url) < WEBSOCKET_URL_MAX) {
    forget_url(door);
    door->url = mem_dup(url);
    slack_link_addressed(&door->link);
  } else {
    if (said.ok) (void)err_set(&said.err, ERR_MALFORMED, "Slack told no wss:// address to connect to");
    slack_link_refused(&door->link, &said, now_ms(door));
  }
  json_free(root);
  pump(door);
}

static void ask_address(struct slack_door *door) {
  const struct world *world = &door->world;
  struct slack_said said = {0};
  struct ask ask;
  ask_init(&ask);
  if (slack_request_connection(&door->config->slack, &ask, &said.err)) {
    door->asked = world->ask(world->context, &ask, ASK_DEADLINE_MS, on_address, door);
  } else {
    slack_link_refused(&door->link, &said, now_ms(door));
  }
  ask_done(&ask);
}

static void open_line(struct line *line) {
  struct slack_door *door = line->door;
  const struct websocket_hooks hooks = {.opened = on_opened, .text = on_text, .closed = on_closed, .context = line};
  const struct websocket_ask ask = {
      .url = door->url, .connect_ms = CONNECT_MS, .ping_ms = PING_MS, .silence_ms = SILENCE_MS, .message_max = MESSAGE_MAX};
  line->serial = ++door->serials;
  line->socket = websocket_open(door->websockets, &ask, &hooks);
  forget_url(door);
}

static void drop_line(struct line *line) {
  websocket_drop(line->socket);
  line->socket = NULL;
}

/* --- how it stands ------------------------------------------------------------------------------------------------- */

static void tell_trouble(struct slack_door *door) {
  const struct slack_link *link = &door->link;
  (void)text_copy(door->told, sizeof door->told, link->trouble);
  door->told_ms = now_ms(door);
  door->told_well = false;
  log_write(link->stopped ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, ROOM, "Socket Mode %s: %s",
            link->stopped ? "has stopped" : "is not connected", link->trouble);
}

/* A line that comes and goes is not worth two lines of log each time. */
static void tell_news(struct slack_door *door) {
  const struct slack_link *link = &door->link;
  bool ready = slack_link_is_ready(link);
  if (door->told_well && slack_link_is_steady(link, now_ms(door))) *door->told = '\0';
  if (slack_link_is_in_trouble(link)) {
    bool fresh = *door->told == '\0' || (door->told_well && now_ms(door) - door->told_ms >= TELL_AGAIN_MS);
    if (fresh || (link->stopped && !text_eq(door->told, link->trouble))) tell_trouble(door);
  } else if (ready && !door->told_well) {
    door->told_well = true;
    log_info(ROOM, "Socket Mode is connected");
  }
}

static void act(struct slack_door *door, const struct slack_link_do *todo) {
  struct line *line = &door->lines[todo->line];
  switch (todo->step) {
  case SLACK_LINK_ASK: ask_address(door); break;
  case SLACK_LINK_OPEN: open_line(line); break;
  case SLACK_LINK_CLOSE: websocket_close(line->socket, 1000); break;
  case SLACK_LINK_DROP: drop_line(line); break;
  case SLACK_LINK_REST: break;
  }
}

static void pump(struct slack_door *door) {
  bool waits = door->shut && slack_answers_are_busy(door->answers);
  if (door->shut && !waits) slack_link_shut(&door->link);
  struct slack_link_do todo = slack_link_next(&door->link, now_ms(door));
  for (; todo.step != SLACK_LINK_REST; todo = slack_link_next(&door->link, now_ms(door)))
    act(door, &todo);
  tell_news(door);
  if (waits && (todo.wait_ms < 0 || todo.wait_ms > SHUT_LOOK_MS)) todo.wait_ms = SHUT_LOOK_MS;
  if (todo.wait_ms >= 0) {
    door->world.alarm_set(door->alarm, todo.wait_ms);
  } else {
    door->world.alarm_stop(door->alarm);
  }
}

static void on_alarm(void *context) {
  pump(context);
}

void slack_door_state(const struct slack_door *door, struct buf *out) {
  slack_link_print(&door->link, now_ms(door), out);
}

void slack_door_standing(const struct slack_door *door, struct way_state *out) {
  const struct slack_link *link = &door->link;
  bool ready = slack_link_is_ready(link);
  out->standing = ready ? WAY_OPEN : WAY_OPENING;
  if (link->stopped) out->standing = WAY_STOPPED;
  if (!ready || link->stopped) (void)text_copy(out->why, sizeof out->why, link->trouble);
}

/* --- its life ------------------------------------------------------------------------------------------------------ */

static void stop_asking(struct slack_door *door) {
  if (door->asked != NULL) (void)door->world.unask(door->world.context, door->asked);
  door->asked = NULL;
}

static void start(struct slack_door *door) {
  slack_link_start(&door->link, door->world.chance, door->world.context);
  door->world.alarm_set(door->alarm, 0);
}

struct slack_door *slack_door_open(const struct slack_door_setup *setup) {
  struct slack_door *door = mem_new(1, sizeof *door);
  door->world = *setup->world;
  door->websockets = setup->websockets;
  door->config = config_keep(setup->config);
  door->answers = slack_answers_new(setup->world, setup->answering, setup->config);
  door->alarm = door->world.alarm_new(door->world.context, on_alarm, door);
  for (int i = 0; i < SLACK_LINES; i++)
    door->lines[i] = (struct line){.door = door, .index = i};
  start(door);
  return door;
}

bool slack_door_fits(const struct slack_door *door, const struct config *config) {
  const struct slack_settings *old = &door->config->slack;
  const struct slack_settings *new = &config->slack;
  if (new->commands != COMMANDS_SOCKET || !text_eq(old->base_url, new->base_url)) return false;
  return text_eq(secret_expose(old->app_token), secret_expose(new->app_token));
}

/* What a person has mended is not seen from here: a door that had stopped tries anew. */
void slack_door_reload(struct slack_door *door, struct config *config) {
  struct config *old = door->config;
  door->config = config_keep(config);
  config_release(old);
  slack_answers_reload(door->answers, config);
  if (!door->link.stopped) return;
  stop_asking(door);
  for (int i = 0; i < SLACK_LINES; i++)
    drop_line(&door->lines[i]);
  *door->told = '\0';
  start(door);
}

void slack_door_shut(struct slack_door *door) {
  door->shut = true;
  slack_answers_shut(door->answers);
  stop_asking(door);
  pump(door);
}

bool slack_door_is_busy(const struct slack_door *door) {
  return slack_answers_are_busy(door->answers) || !slack_link_is_down(&door->link);
}

void slack_door_free(struct slack_door *door) {
  if (door == NULL) return;
  slack_answers_free(door->answers);
  stop_asking(door);
  for (int i = 0; i < SLACK_LINES; i++)
    drop_line(&door->lines[i]);
  door->world.alarm_free(door->alarm);
  forget_url(door);
  config_release(door->config);
  mem_free(door);
}
