/* retention: once a day, by a clock that was steady for an hour, deletes readings older than the config keeps, in small
 * jobs between the others. Private to flow.
 */
#ifndef LOWTIDE_FLOW_RETENTION_H
#define LOWTIDE_FLOW_RETENTION_H

#include "lowtide/config.h"
#include "lowtide/world.h"

struct retention;

struct retention *retention_new(const struct world *world);
void retention_tick(struct retention *retention, const struct config *config);
void retention_free(struct retention *retention);

#endif
