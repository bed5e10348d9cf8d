#include "door/slack_answer.h"

#include <string.h>

#include "door/slack_delivery.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/reply.h"
#include "lowtide/text.h"

#define ROOM "slack"
#define ASK_DEADLINE_MS 10000
#define PICTURES_MAX 4 /* on their way at once, of 2 MiB at most */
#define ASK_AGAIN(why) "{\"response_type\":\"ephemeral\",\"text\":\"Lowtide " why ": please ask again in a minute.\"}"
#define STOPPING ASK_AGAIN("is just being restarted")
#define BUSY ASK_AGAIN("is asked too much at once")
#define IN_PUBLIC "{\"response_type\":\"in_channel\"}" /* shows the channel what was asked */

/* One knock, until its last word is said. */
struct slack_reply {
  struct slack_answers *answers; /* NULL: they are gone, and only answering still knows it */
  struct slack_reply *next;
  struct slack_reply *previous;
  struct slack_ack ack;
  bool acked;
  bool ended; /* answering is done with it */
  bool posting;
  bool pictured; /* a picture of it is on its way */
  struct slack_delivery delivery;
  struct config *config; /* whose settings the delivery borrows */
  struct ask ask;        /* the next one, while it waits */
  void *asked;
  void *alarm; /* the acknowledgement's, then the next ask's */
};

struct slack_answers {
  struct world world;
  struct answering *answering;
  struct config *config;
  struct slack_reply *replies;
  size_t count;
  size_t pictures;
  bool shut;
  char told[ERR_TEXT_MAX]; /* the trouble that was logged last */
};

/* --- a reply's life ------------------------------------------------------------------------------------------------ */

static bool acknowledge(struct slack_reply *reply, const char *message) {
  if (reply->acked) return false;
  reply->acked = true;
  reply->answers->world.alarm_stop(reply->alarm);
  return reply->ack.acknowledge(reply->ack.context, message);
}

static void leave(struct slack_reply *reply) {
  struct slack_answers *answers = reply->answers;
  const struct world *world = &answers->world;
  (void)acknowledge(reply, "");
  if (reply->asked != NULL) (void)world->unask(world->context, reply->asked);
  reply->asked = NULL;
  world->alarm_free(reply->alarm);
  if (reply->next != NULL) reply->next->previous = reply->previous;
  if (reply->previous != NULL) reply->previous->next = reply->next;
  if (answers->replies == reply) answers->replies = reply->next;
  answers->count--;
  if (reply->pictured) answers->pictures--;
  reply->answers = NULL;
  ask_done(&reply->ask);
  slack_delivery_done(&reply->delivery);
  config_release(reply->config);
}

static void free_if_over(struct slack_reply *reply) {
  if (reply->ended && !reply->posting && reply->answers != NULL) leave(reply);
  if (reply->ended && reply->answers == NULL) mem_free(reply);
}

/* --- posting ------------------------------------------------------------------------------------------------------- */

static void tell(struct slack_answers *answers, const struct err *err) {
  if (text_eq(answers->told, err->text)) return;
  (void)text_copy(answers->told, sizeof answers->told, err->text);
  log_warning(ROOM, "an answer did not reach Slack: %s", err->text);
}

static void step(struct slack_reply *reply, const struct answer *answer);

static void heard(void *context, const struct answer *answer) {
  struct slack_reply *reply = context;
  reply->asked = NULL;
  step(reply, answer);
}

static void ask_now(struct slack_reply *reply) {
  const struct world *world = &reply->answers->world;
  reply->asked = world->ask(world->context, &reply->ask, ASK_DEADLINE_MS, heard, reply);
  ask_done(&reply->ask);
}

static void step(struct slack_reply *reply, const struct answer *answer) {
  int64_t wait_ms = 0;
  switch (slack_delivery_next(&reply->delivery, answer, &reply->ask, &wait_ms)) {
  case SLACK_DELIVERY_ASK:
    if (wait_ms == 0) {
      ask_now(reply);
    } else {
      reply->answers->world.alarm_set(reply->alarm, wait_ms);
    }
    return;
  case SLACK_DELIVERY_FAILED: tell(reply->answers, &reply->delivery.failure); break;
  case SLACK_DELIVERY_DONE: *reply->answers->told = '\0'; break;
  }
  reply->posting = false;
  free_if_over(reply);
}

static void on_alarm(void *context) {
  struct slack_reply *reply = context;
  if (reply->posting) {
    ask_now(reply);
  } else {
    (void)acknowledge(reply, "");
  }
}

/* --- the way back -------------------------------------------------------------------------------------------------- */

static void way_defer(void *context, bool in_public) {
  struct slack_reply *reply = context;
  if (reply->answers == NULL) return;
  (void)acknowledge(reply, in_public && reply->ack.takes_message ? IN_PUBLIC : "");
}

static bool take_picture(struct slack_reply *reply, const struct chat_answer *answer) {
  struct slack_answers *answers = reply->answers;
  if (!slack_delivery_has_picture(&reply->delivery, &answer->picture, &answer->picture_words)) return false;
  reply->pictured = answers->pictures < PICTURES_MAX;
  if (reply->pictured) {
    answers->pictures++;
  } else {
    slack_delivery_drop_picture(&reply->delivery, "too many are asked for at once");
  }
  return reply->pictured;
}

/* The first part, if it is for the acknowledgement, is said there. */
static void say_in_ack(struct slack_reply *reply) {
  struct err err = {0};
  struct buf message;
  buf_init(&message, HTTP_REQUEST_BODY_MAX);
  if (slack_delivery_part(&reply->delivery, &message, &err) && acknowledge(reply, buf_text(&message)))
    reply->delivery.next++;
  buf_done(&message);
}

static void way_answer(void *context, const struct chat_answer *answer, bool in_public) {
  struct slack_reply *reply = context;
  struct err err = {0};
  if (reply->answers == NULL) return;
  reply->delivery.in_public = in_public;
  if (!reply_slack(&answer->message, in_public, &reply->delivery.parts, &err)) {
    tell(reply->answers, &err);
    return;
  }
  bool picture = take_picture(reply, answer);
  if (!reply->acked && reply->ack.takes_message && !picture) say_in_ack(reply);
  (void)acknowledge(reply, "");
  reply->posting = true;
  step(reply, NULL);
}

/* Slack completes nothing. */
static void way_complete(void *context, const struct chat_choices *choices) {
  (void)context;
  (void)choices;
}

static void way_end(void *context) {
  struct slack_reply *reply = context;
  reply->ended = true;
  free_if_over(reply);
}

static const struct way_back way_back = {
    .defer = way_defer, .answer = way_answer, .complete = way_complete, .end = way_end};

/* --- knocks -------------------------------------------------------------------------------------------------------- */

static void begin_reply(struct slack_answers *answers, const struct slack_call *call, const struct slack_ack *ack) {
  const struct world *world = &answers->world;
  struct slack_reply *reply = mem_new(1, sizeof *reply);
  reply->answers = answers;
  reply->ack = *ack;
  reply->config = config_keep(answers->config);
  reply->alarm = world->alarm_new(world->context, on_alarm, reply);
  reply->next = answers->replies;
  if (reply->next != NULL) reply->next->previous = reply;
  answers->replies = reply;
  answers->count++;
  ask_init(&reply->ask);
  slack_delivery_init(&reply->delivery, &reply->config->slack);
  (void)text_copy(reply->delivery.url, sizeof reply->delivery.url, call->response_url);
  (void)text_copy(reply->delivery.thread, sizeof reply->delivery.thread, call->thread);
  reply->delivery.beside = call->knock.kind == KNOCK_PRESSED;
  if (reply->delivery.beside) {
    (void)acknowledge(reply, "");
  } else {
    world->alarm_set(reply->alarm, SLACK_ACK_MS);
  }
  answering_begin(answers->answering, &call->knock, &way_back, reply);
}

static void take(struct slack_answers *answers, const struct slack_call *call, const struct slack_ack *ack) {
  bool knock = call->kind == SLACK_CALL_KNOCK;
  if (knock && !answers->shut && answers->count < SLACK_REPLIES_MAX) {
    begin_reply(answers, call, ack);
  } else {
    bool says = knock && ack->takes_message && call->knock.kind == KNOCK_QUESTION;
    const char *why = answers->shut ? STOPPING : BUSY;
    (void)ack->acknowledge(ack->context, says ? why : "");
  }
}

bool slack_answers_take_form(struct slack_answers *answers, const char *body, size_t length, const struct slack_ack *ack,
                             struct err *err) {
  struct slack_call call;
  if (!slack_payload_form(body, length, &answers->config->slack, &call, err)) return false;
  take(answers, &call, ack);
  return true;
}

bool slack_answers_take_envelope(struct slack_answers *answers, const struct slack_envelope *envelope,
                                 const struct slack_ack *ack, struct err *err) {
  struct slack_call call;
  if (!slack_payload_envelope(envelope, &answers->config->slack, &call, err)) return false;
  take(answers, &call, ack);
  return true;
}

/* --- all of them --------------------------------------------------------------------------------------------------- */

struct slack_answers *slack_answers_new(const struct world *world, struct answering *answering, struct config *config) {
  struct slack_answers *answers = mem_new(1, sizeof *answers);
  answers->world = *world;
  answers->answering = answering;
  answers->config = config_keep(config);
  return answers;
}

void slack_answers_reload(struct slack_answers *answers, struct config *config) {
  struct config *old = answers->config;
  answers->config = config_keep(config);
  config_release(old);
}

void slack_answers_shut(struct slack_answers *answers) {
  answers->shut = true;
}

bool slack_answers_are_busy(const struct slack_answers *answers) {
  return answers->replies != NULL;
}

void slack_answers_free(struct slack_answers *answers) {
  if (answers == NULL) return;
  while (answers->replies != NULL) {
    struct slack_reply *reply = answers->replies;
    leave(reply);
    free_if_over(reply);
  }
  config_release(answers->config);
  mem_free(answers);
}
