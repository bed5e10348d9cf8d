/* posting: waits until what one turn queued has left, or time is up. Private to the room. */
#ifndef LOWTIDE_COMMAND_POSTING_H
#define LOWTIDE_COMMAND_POSTING_H

#include "engine.h"

#define POSTING_PATIENCE_MS 30000

struct posting;

/* Begins to send what is in the outbox; calls loop_stop once nothing of the turn waits any more or patience is out. */
struct posting *posting_start(struct engine *engine, struct config *config, int64_t turn_id, bool print_local);

/* Afterwards: rows of the turn that still wait, and that were refused. */
int64_t posting_waiting(const struct posting *posting);
int64_t posting_refused(const struct posting *posting);

/* After the writer has ended. */
void posting_free(struct posting *posting);

#endif
