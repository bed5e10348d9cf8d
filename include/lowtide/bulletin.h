/* bulletin: writes a digest: one calm message a period and channel about what was spent, topped up and is left. Each kind
 * has a slot of its own, so that it is told once: 09:00 by the config's timezone, of each day, each Monday, each month's
 * first. */
#ifndef LOWTIDE_BULLETIN_H
#define LOWTIDE_BULLETIN_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/config.h"
#include "lowtide/world.h"

/* The newest slot of that kind if it is to be told at now_ms unless its row is there already: some account and some channel
 * want it, and it is younger than half a period. Else 0. */
int64_t bulletin_due(const struct config *config, enum digest kind, int64_t now_ms);

struct bulletin_report {
  struct err err; /* why nothing was queued */
  bool fresh;     /* false: it was told before */
  int64_t turn_id;
  int queued; /* channels */
};

struct bulletin;

/* Reads the period's history, a day a job, and queues the messages in one job. done is called once, never from inside; the
 * config is kept until bulletin_free, which may be called from it. */
struct bulletin *bulletin_start(const struct world *world, struct config *config, enum digest kind, int64_t slot_ms,
                                void (*done)(void *context, const struct bulletin_report *report), void *context);
/* Before done only after the writer has ended. NULL is fine. */
void bulletin_free(struct bulletin *run);

#endif
