/* slack_answer: Slack's side of an answer: what goes back in the acknowledgement, what is posted to the response_url later,
 * and how a picture gets there. Whatever way the knock came, it is acknowledged at once. Private to the room.
 *
 *     static bool acknowledge(void *context, const char *message) {
 *       http_exchange_answer(context, 200, "application/json", message, strlen(message));
 *       return true;
 *     }
 *     if (!slack_answers_take_form(answers, body, length, &(struct slack_ack){acknowledge, true, exchange}, &err))
 * refuse();
 */
#ifndef LOWTIDE_DOOR_SLACK_ANSWER_H
#define LOWTIDE_DOOR_SLACK_ANSWER_H

#include <stdbool.h>

#include "door/answering.h"
#include "door/slack_payload.h"
#include "lowtide/config.h"
#include "lowtide/world.h"

#define SLACK_ACK_MS 2000      /* an acknowledgement goes out by then, whatever answering does; Slack waits 3 s */
#define SLACK_REPLIES_MAX 2048 /* under way; who asks beyond them is told to ask again */

struct slack_answers;

/* world is copied; its ask is the doors' own, so that no round of balances delays it. config is kept. answering outlives
 * it. */
struct slack_answers *slack_answers_new(const struct world *world, struct answering *answering, struct config *config);
void slack_answers_reload(struct slack_answers *answers, struct config *config);

/* How one knock is acknowledged: exactly once, perhaps from inside the call that takes it. */
struct slack_ack {
  /* message: "" for no more than that it has come, else what the person reads. False: it cannot be delivered any more. */
  bool (*acknowledge)(void *context, const char *message);
  bool takes_message;
  void *context;
};

/* ERR_MALFORMED, and no acknowledgement, if Slack sends no such thing. */
bool slack_answers_take_form(struct slack_answers *answers, const char *body, size_t length, const struct slack_ack *ack,
                             struct err *err) MUST_CHECK;
bool slack_answers_take_envelope(struct slack_answers *answers, const struct slack_envelope *envelope,
                                 const struct slack_ack *ack, struct err *err) MUST_CHECK;

/* From now on everything is acknowledged with a word that Lowtide is stopping. */
void slack_answers_shut(struct slack_answers *answers);
bool slack_answers_are_busy(const struct slack_answers *answers); /* something is being answered */
/* What is not acknowledged is acknowledged; what is being posted is cut. Before answering_free. NULL is fine. */
void slack_answers_free(struct slack_answers *answers);

#endif
