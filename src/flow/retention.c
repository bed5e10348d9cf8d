#include "retention.h"

#include <inttypes.h>

#include "lowtide/log.h"
#include "lowtide/mem.h"

#define EVERY_MS (24 * 3600000LL)
#define CHUNK 1000

struct retention {
  struct world world;
  int64_t last_mono_ms; /* 0: not yet */
  int64_t before_ms;
  int64_t chunk;
  int64_t total;
  bool busy;
};

struct retention *retention_new(const struct world *world) {
  struct retention *retention = mem_new(1, sizeof *retention);
  retention->world = *world;
  return retention;
}

static bool delete_chunk(struct store *store, void *context, struct err *err) {
  struct retention *retention = context;
  return store_cleanup(store, retention->before_ms, CHUNK, &retention->chunk, err);
}

static void chunk_deleted(void *context, const struct err *err) {
  struct retention *retention = context;
  if (err->code != ERR_NONE) {
    log_error("retention", "old readings could not be deleted: %s", err->text);
    retention->busy = false;
    return;
  }
  retention->total += retention->chunk;
  retention->busy = retention->chunk == CHUNK;
  if (retention->busy) {
    retention->world.commit(retention->world.context, delete_chunk, chunk_deleted, retention);
  } else if (retention->total > 0) {
    log_info("retention", "deleted %" PRId64 " old readings", retention->total);
  }
}

void retention_tick(struct retention *retention, const struct config *config) {
  const struct world *world = &retention->world;
  int64_t mono_ms = world->mono_ms(world->context);
  if (retention->busy || (retention->last_mono_ms != 0 && mono_ms - retention->last_mono_ms < EVERY_MS)) return;
  retention->last_mono_ms = mono_ms;
  retention->before_ms = world->wall_ms(world->context) - config->keep_ms;
  retention->total = 0;
  retention->busy = true;
  world->commit(world->context, delete_chunk, chunk_deleted, retention);
}

void retention_free(struct retention *retention) {
  mem_free(retention);
}
