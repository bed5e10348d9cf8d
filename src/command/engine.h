/* engine: loop, network and store put together for one command. Private to the room. */
#ifndef LOWTIDE_COMMAND_ENGINE_H
#define LOWTIDE_COMMAND_ENGINE_H

#include "lowtide/config.h"
#include "lowtide/gather.h"
#include "lowtide/world.h"

enum engine_store {
  ENGINE_READS, /* the store is read if there is one */
  ENGINE_WRITES
};

struct engine {
  struct real_world real;
  struct world world;
};

bool engine_start(struct engine *engine, const struct config *config, enum engine_store store, struct err *err) MUST_CHECK;
/* Asks all of them and waits, while a line on a terminal shows how far it is. heard is told of each answer as it comes;
 * NULL: nobody is. The readings are there until gather_free. */
typedef void engine_heard(void *context, const struct account *account, const struct answer *answer);
struct gather *engine_gather(struct engine *engine, const struct account *const *accounts, size_t count,
                             engine_heard *heard, void *context);

/* The writer ends first: what is queued is done. */
void engine_end_writer(struct engine *engine);
void engine_stop(struct engine *engine);

#endif
