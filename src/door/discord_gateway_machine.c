#include "discord_gateway_machine.h"

#include <stdlib.h>
#include <string.h>

#include "discord_gateway_line.h"
#include "lowtide/text.h"

#define HELLO_MS 10000
#define READY_MS 15000 /* also between two events of a replay */
#define KEEP_EVERY_MS 30000
#define SHOW_EVERY_MS 60000
#define INTERVAL_MIN_MS 600 /* more would be more than Discord lets us send */
#define INTERVAL_MAX_MS 600000
#define INVALID_MIN_MS 1000 /* before a session is asked for again */
#define INVALID_MAX_MS 5000
/* Of GATEWAY_SENDS_MAX, which is counted at the other end: what must be said, heartbeats asked for, presence. */
#define SENDS_MUST 118
#define SENDS_ASKED 108
#define SENDS_SHOWN 90
#define OWED_MS 1000
#define ANSWERED_MS 3000 /* so long Discord waits for the first word; then it tells the person that none came */
#define EPOCH_MS 1420070400000
#define EPOCH_SHIFT 22 /* of an id: above it are milliseconds since then (docs: reference#snowflakes, 2026-08) */

/* --- sending ------------------------------------------------------------------------------------------------------- */

static bool has_room(struct gateway_machine *machine, int limit) {
  struct gateway_sends *sends = &machine->sends;
  int64_t since_ms = gateway_now_ms(machine) - GATEWAY_SENDS_MS;
  while (sends->count > 0 && sends->at_ms[sends->first] <= since_ms) {
    sends->first = (sends->first + 1) % GATEWAY_SENDS_MAX;
    sends->count--;
  }
  return sends->count < limit;
}

static bool send_within(struct gateway_machine *machine, int limit, const struct buf *payload) {
  struct gateway_sends *sends = &machine->sends;
  if (!buf_ok(payload) || !has_room(machine, limit)) return false;
  sends->at_ms[(sends->first + sends->count) % GATEWAY_SENDS_MAX] = gateway_now_ms(machine);
  sends->count++;
  return machine->hands->send(machine->hands->context, buf_text(payload), payload->len);
}

static bool send_beat(struct gateway_machine *machine, int limit) {
  struct buf payload;
  buf_init(&payload, GATEWAY_PAYLOAD_MAX);
  gateway_write_heartbeat(machine->memory.session.sequence, &payload);
  bool sent = send_within(machine, limit, &payload);
  buf_done(&payload);
  return sent;
}

static void identify(struct gateway_machine *machine) {
  struct buf payload;
  buf_init(&payload, GATEWAY_PAYLOAD_MAX);
  gateway_write_identify(machine->token, &payload);
  gateway_budget_note(&machine->memory.budget, machine->hands->wall_ms(machine->hands->context));
  machine->phase = GATEWAY_IDENTIFYING;
  machine->phase_due_ms = gateway_now_ms(machine) + READY_MS;
  gateway_tell(machine, GATEWAY_DETAIL, "asking for a new session identified_today=%d", machine->memory.budget.count);
  (void)send_within(machine, SENDS_MUST, &payload);
  buf_wipe(&payload);
}

static void resume(struct gateway_machine *machine) {
  struct buf payload;
  buf_init(&payload, GATEWAY_PAYLOAD_MAX);
  gateway_write_resume(machine->token, &machine->memory.session, &payload);
  machine->phase = GATEWAY_RESUMING;
  machine->phase_due_ms = gateway_now_ms(machine) + READY_MS;
  (void)send_within(machine, SENDS_MUST, &payload);
  buf_wipe(&payload);
}

/* --- presence ------------------------------------------------------------------------------------------------------ */

/* A new text waits for its minute, and for a connection. */
static void plan_show(struct gateway_machine *machine) {
  bool news = machine->wants && machine->phase == GATEWAY_READY && !text_eq(machine->wanted, machine->shown);
  machine->show_due_ms = news ? machine->show_next_ms : GATEWAY_NEVER;
}

static void show(struct gateway_machine *machine) {
  struct buf payload;
  buf_init(&payload, GATEWAY_PAYLOAD_MAX);
  gateway_write_presence(machine->wanted, &payload);
  machine->show_next_ms = gateway_now_ms(machine) + SHOW_EVERY_MS;
  if (send_within(machine, SENDS_SHOWN, &payload)) (void)text_copy(machine->shown, sizeof machine->shown, machine->wanted);
  buf_done(&payload);
  plan_show(machine);
}

void gateway_machine_show(struct gateway_machine *machine, const char *presence) {
  machine->wants = true;
  (void)text_copy(machine->wanted, sizeof machine->wanted, presence);
  plan_show(machine);
}

/* --- what comes ---------------------------------------------------------------------------------------------------- */

static void start_session(struct gateway_machine *machine) {
  int64_t now_ms = gateway_now_ms(machine);
  int64_t wait_ms = gateway_budget_wait_ms(&machine->memory.budget, machine->hands->wall_ms(machine->hands->context));
  if (wait_ms > 0) {
    gateway_line_cut(machine, 0, "a new session must wait its turn");
    return;
  }
  gateway_budget_spend(&machine->memory.budget, machine->hands->wall_ms(machine->hands->context));
  machine->phase = GATEWAY_NOTING;
  machine->phase_due_ms = now_ms + READY_MS;
  gateway_keep(machine);
}

static void take_hello(struct gateway_machine *machine, const struct gateway_frame *frame) {
  int64_t interval_ms = 0;
  if (!json_whole(json_member(frame->d, "heartbeat_interval"), &interval_ms) || interval_ms <= 0) return;
  if (interval_ms < INTERVAL_MIN_MS) interval_ms = INTERVAL_MIN_MS;
  machine->interval_ms = interval_ms < INTERVAL_MAX_MS ? interval_ms : INTERVAL_MAX_MS;
  if (machine->phase != GATEWAY_CONNECTING) return; /* a second one: nothing is said twice */
  machine->acknowledged = true;
  machine->beat_due_ms = gateway_now_ms(machine) + gateway_between_ms(machine, 0, machine->interval_ms);
  if (gateway_session_is_held(&machine->memory.session)) {
    resume(machine);
  } else {
    start_session(machine);
  }
}

static void copy_fit(char *out, size_t size, const char *text) {
  bool fits = text != NULL && strlen(text) < size;
  for (const char *at = text; fits && *at != '\0'; at++)
    fits = *at > ' ' && *at < 0x7F;
  (void)text_copy(out, size, fits ? text : "");
}

static void take_ready(struct gateway_machine *machine, const struct gateway_frame *frame) {
  struct gateway_memory *memory = &machine->memory;
  const char *url = json_string(json_member(frame->d, "resume_gateway_url"));
  if (machine->phase != GATEWAY_IDENTIFYING && machine->phase != GATEWAY_RESUMING) return;
  copy_fit(memory->session.id, sizeof memory->session.id, json_string(json_member(frame->d, "session_id")));
  copy_fit(memory->session.url, sizeof memory->session.url, gateway_url_is_fit(url) ? url : NULL);
  memory->session.sequence = frame->sequence;
  machine->shown[0] = '\0';
  gateway_line_holds(machine);
  gateway_keep(machine);
  plan_show(machine);
}

/* Whoever was told that no answer came asks again, or thinks better of it. */
static bool is_given_up(const struct gateway_machine *machine, const struct json *interaction) {
  const char *text = json_string(json_member(interaction, "id"));
  uint64_t id = text != NULL ? strtoull(text, NULL, 10) : 0;
  int64_t born_ms = (int64_t)(id >> EPOCH_SHIFT) + EPOCH_MS;
  return machine->hands->wall_ms(machine->hands->context) - born_ms > ANSWERED_MS;
}

/* Only what is replayed can be old: elsewhere a wrong clock would shut the door. */
static void take_interaction(struct gateway_machine *machine, const struct json *interaction) {
  if (machine->phase == GATEWAY_RESUMING && is_given_up(machine, interaction)) {
    gateway_tell(machine, GATEWAY_DETAIL, "passed over an interaction that Discord has given up");
  } else {
    machine->hands->interaction(machine->hands->context, interaction);
  }
}

static void take_event(struct gateway_machine *machine, const struct gateway_frame *frame) {
  struct gateway_session *session = &machine->memory.session;
  bool talks = machine->phase == GATEWAY_READY || machine->phase == GATEWAY_RESUMING;
  if (frame->sequence >= 0 && session->id[0] != '\0' && frame->sequence != session->sequence) {
    session->sequence = frame->sequence;
    if (machine->keep_due_ms == GATEWAY_NEVER) machine->keep_due_ms = gateway_now_ms(machine) + KEEP_EVERY_MS;
  }
  if (machine->phase == GATEWAY_RESUMING) machine->phase_due_ms = gateway_now_ms(machine) + READY_MS;
  if (text_eq(frame->event, "READY")) {
    take_ready(machine, frame);
  } else if (text_eq(frame->event, "RESUMED") && machine->phase == GATEWAY_RESUMING) {
    gateway_line_holds(machine);
    plan_show(machine);
  } else if (text_eq(frame->event, "INTERACTION_CREATE") && talks && json_type(frame->d) == JSON_OBJECT) {
    take_interaction(machine, frame->d);
  }
}

static void answer_beat(struct gateway_machine *machine) {
  bool late = machine->owe_due_ms != GATEWAY_NEVER;
  if (late || machine->phase == GATEWAY_CONNECTING) return; /* nothing is said before HELLO */
  if (!send_beat(machine, SENDS_ASKED)) machine->owe_due_ms = gateway_now_ms(machine) + OWED_MS;
}

static void take_invalid(struct gateway_machine *machine, const struct gateway_frame *frame) {
  bool resumable = json_type(frame->d) == JSON_TRUE;
  int64_t pause_ms = resumable ? 0 : gateway_between_ms(machine, INVALID_MIN_MS, INVALID_MAX_MS);
  if (!resumable) gateway_session_forget(&machine->memory.session);
  gateway_line_cut(machine, pause_ms, resumable ? "Discord wants the session resumed" : "Discord has ended the session");
}

static void take(struct gateway_machine *machine, const struct gateway_frame *frame) {
  switch (frame->op) {
  case GATEWAY_DISPATCH: take_event(machine, frame); break;
  case GATEWAY_HEARTBEAT: answer_beat(machine); break;
  case GATEWAY_RECONNECT: gateway_line_cut(machine, 0, "Discord asks for a new connection"); break;
  case GATEWAY_INVALID_SESSION: take_invalid(machine, frame); break;
  case GATEWAY_HELLO: take_hello(machine, frame); break;
  case GATEWAY_ACK: machine->acknowledged = true; break;
  default: break; /* an op of tomorrow */
  }
}

/* One frame that nobody can read says nothing about the next, and nothing waits for it: what it should have been comes
 * again, or its lack is seen by a timer. */
void gateway_machine_text(struct gateway_machine *machine, const char *text, size_t length) {
  struct gateway_frame frame = {0};
  struct err err = {0};
  if (!gateway_is_online(machine)) return;
  if (gateway_frame_read(text, length, &frame, &err)) {
    take(machine, &frame);
    gateway_frame_done(&frame);
    return;
  }
  gateway_tell(machine, machine->told_odd ? GATEWAY_DETAIL : GATEWAY_ODD, "passed over what Discord's gateway said: %s",
               err.text);
  machine->told_odd = true;
}

void gateway_machine_opened(struct gateway_machine *machine) {
  if (machine->phase == GATEWAY_CONNECTING) machine->phase_due_ms = gateway_now_ms(machine) + HELLO_MS;
}

static void word_end(const struct websocket_end *end, char out[static GATEWAY_WHY_MAX]) {
  char reason[WEBSOCKET_REASON_MAX];
  text_clean(reason, sizeof reason, end->reason);
  if (end->code != 0) {
    (void)text_fmt(out, GATEWAY_WHY_MAX, "Discord closed the connection (%d%s%s)", end->code, *reason != '\0' ? ", " : "",
                   reason);
  } else {
    (void)text_copy(out, GATEWAY_WHY_MAX, "Discord closed the connection");
  }
}

/* RESUME is tried once: a close code in answer to it is a no. */
void gateway_machine_closed(struct gateway_machine *machine, const struct websocket_end *end) {
  char why[GATEWAY_WHY_MAX];
  const struct gateway_close close = gateway_close_of(end->code);
  if (!gateway_is_online(machine)) return;
  word_end(end, why);
  if (close.meaning == GATEWAY_FATAL) {
    char sentence[ERR_TEXT_MAX];
    (void)text_fmt(sentence, sizeof sentence, "%s (%d)", close.sentence, end->code);
    gateway_line_fail(machine, sentence, close.hint);
    return;
  }
  if (close.meaning == GATEWAY_ENDED || (end->code != 0 && machine->phase == GATEWAY_RESUMING))
    gateway_session_forget(&machine->memory.session);
  if (end->code == 0 && end->err.code != ERR_NONE) {
    gateway_line_lost_by(machine, 0, &end->err);
  } else {
    gateway_line_lost(machine, 0, why);
  }
}

void gateway_machine_kept(struct gateway_machine *machine) {
  bool again = machine->keep_again;
  machine->keeping = false;
  if (again) gateway_keep(machine);
  if (machine->phase == GATEWAY_NOTING && !machine->keeping) identify(machine);
}

/* --- time ---------------------------------------------------------------------------------------------------------- */

int64_t gateway_machine_due_ms(const struct gateway_machine *machine) {
  const int64_t dues[] = {machine->phase_due_ms, machine->beat_due_ms, machine->owe_due_ms, machine->proof_due_ms,
                          machine->lost_due_ms,  machine->keep_due_ms, machine->show_due_ms};
  int64_t first_ms = GATEWAY_NEVER;
  for (size_t i = 0; i < sizeof dues / sizeof *dues; i++) {
    if (dues[i] < first_ms) first_ms = dues[i];
  }
  return first_ms;
}

static void be_late(struct gateway_machine *machine) {
  switch (machine->phase) {
  case GATEWAY_WAITING: gateway_line_try(machine); break;
  case GATEWAY_CONNECTING: gateway_line_cut(machine, 0, "Discord's gateway did not say hello"); break;
  case GATEWAY_NOTING: gateway_line_cut(machine, 0, "the store does not take the session's note"); break;
  case GATEWAY_IDENTIFYING:
  case GATEWAY_RESUMING: gateway_line_cut(machine, 0, "Discord's gateway did not open the session"); break;
  case GATEWAY_OFF:
  case GATEWAY_ASKING:
  case GATEWAY_READY:
  case GATEWAY_FAILED: machine->phase_due_ms = GATEWAY_NEVER; break;
  }
}

static void beat(struct gateway_machine *machine) {
  if (!machine->acknowledged) {
    gateway_line_cut(machine, 0, "Discord's gateway did not answer a heartbeat");
    return;
  }
  bool sent = send_beat(machine, SENDS_MUST);
  machine->acknowledged = !sent;
  machine->beat_due_ms = gateway_now_ms(machine) + (sent ? machine->interval_ms : OWED_MS);
}

static void pay_beat(struct gateway_machine *machine) {
  machine->owe_due_ms = GATEWAY_NEVER;
  answer_beat(machine);
}

void gateway_machine_tick(struct gateway_machine *machine) {
  int64_t now_ms = gateway_now_ms(machine);
  if (now_ms >= machine->phase_due_ms) be_late(machine);
  if (now_ms >= machine->beat_due_ms) beat(machine);
  if (now_ms >= machine->owe_due_ms) pay_beat(machine);
  if (now_ms >= machine->proof_due_ms) gateway_line_proved(machine);
  if (now_ms >= machine->lost_due_ms) gateway_line_tell_lost(machine);
  if (now_ms >= machine->keep_due_ms) gateway_keep(machine);
  if (now_ms >= machine->show_due_ms) show(machine);
}
