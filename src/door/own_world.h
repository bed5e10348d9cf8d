/* own_world: the daemon's world with an asker of the doors' own, which carries nothing else and is never rested: five
 * hundred balances on their way delay no acknowledgement. Private to the room. */
#ifndef LOWTIDE_DOOR_OWN_WORLD_H
#define LOWTIDE_DOOR_OWN_WORLD_H

#include "lowtide/world.h"

struct own_world;

/* world must outlive it. */
struct own_world *own_world_new(struct loop *loop, const struct world *world, struct err *err) MUST_CHECK;
const struct world *own_world(const struct own_world *own);
void own_world_free(struct own_world *own); /* NULL is fine */

#endif
