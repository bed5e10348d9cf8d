/* bulletins: the daemon's digests, one after the other. Private to flow. */
#ifndef LOWTIDE_FLOW_BULLETINS_H
#define LOWTIDE_FLOW_BULLETINS_H

#include "lowtide/bulletin.h"

struct bulletins;

/* queued is called when something was. */
struct bulletins *bulletins_new(const struct world *world, void (*queued)(void *context), void *context);
/* Begins one that is due. Busy: a round is under way, which it waits for a while, since that belongs to the period. */
void bulletins_tick(struct bulletins *bulletins, struct config *config, bool busy);
/* After the writer has ended. */
void bulletins_free(struct bulletins *bulletins);

#endif
