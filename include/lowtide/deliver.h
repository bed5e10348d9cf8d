/* deliver: takes the outbox to the channels. One sender a channel, so that none delays another; a row leaves by a verdict:
 * SENT, RETRY or REFUSED; a platform that says when to come again gets nothing of that channel before. Nothing else in the
 * program sends. */
#ifndef LOWTIDE_DELIVER_H
#define LOWTIDE_DELIVER_H

#include <stdbool.h>

#include "lowtide/config.h"
#include "lowtide/world.h"

struct deliver;

/* Keeps the config. Without print_local, payloads of local channels count as sent without being printed: their reader gets
 * the same in another form. */
struct deliver *deliver_new(const struct world *world, struct config *config, bool print_local);

/* Something may wait in the outbox. Cheap. */
void deliver_wake(struct deliver *deliver);

/* A request is on its way or being settled. */
bool deliver_is_busy(const struct deliver *deliver);

/* Takes no more rows; what is under way is settled. */
void deliver_stop(struct deliver *deliver);

/* Only when not busy, or after the writer has ended. */
void deliver_free(struct deliver *deliver);

#endif
