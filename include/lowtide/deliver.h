/* deliver: takes the outbox to the channels. One sender a channel, so that none delays another; a row leaves by a verdict:
 * SENT, RETRY or REFUSED; no platform is asked oftener than it likes. An alert that is refused is told on another channel;
 * what may have arrived is said again, and says so, or, a summary, is left. Nothing else in the program sends. */
#ifndef LOWTIDE_DELIVER_H
#define LOWTIDE_DELIVER_H

#include <stdbool.h>

#include "lowtide/config.h"
#include "lowtide/world.h"

struct deliver;

/* Whether the channel's address is known to be void, as the store has it: nothing is sent there. Another address, or a
 * `lowtide test` that comes through, is the mend. */
bool deliver_is_disabled(const struct channel *channel, const struct channel_state *state);

/* Keeps the config; knows what its forerunner (NULL: none) knew of the platforms' limits. Without print_local, payloads of
 * local channels count as sent without being printed: their reader gets the same in another form. */
struct deliver *deliver_new(const struct world *world, struct config *config, const struct deliver *before,
                            bool print_local);

/* Something may wait in the outbox. Cheap. */
void deliver_wake(struct deliver *deliver);

/* A request is on its way or being settled. */
bool deliver_is_busy(const struct deliver *deliver);

/* Takes no more rows; what is under way is settled. */
void deliver_stop(struct deliver *deliver);

/* Lets go of what is under way: what has not left is as if it had not been tried. It is busy until that is stored. */
void deliver_give_up(struct deliver *deliver);

/* Only when not busy, or after the writer has ended. */
void deliver_free(struct deliver *deliver);

#endif
