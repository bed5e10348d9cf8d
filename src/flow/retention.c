#include "retention.h"

#include <inttypes.h>

#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define EVERY_MS (24 * HOUR_MS)
#define MONTH_MS (31 * DAY_MS)
#define CHUNK 1000

struct retention {
  struct world world;
  int64_t clock_offset_ms; /* of the wall clock from the monotonic one, as long as it is steady */
  int64_t due_mono_ms;     /* 0: never looked yet */
  struct cleanup_chunk chunk;
  int64_t total;
  bool limited; /* the chunk, by what there is */
  bool busy;
};

struct retention *retention_new(const struct world *world) {
  struct retention *retention = mem_new(1, sizeof *retention);
  retention->world = *world;
  return retention;
}

/* A month at most goes in a day, so that a clock that stays in 2038 for hours takes no more than that. */
static bool limit_month(struct store *store, struct cleanup_chunk *chunk, struct err *err) {
  int64_t oldest_ms = 0;
  if (!store_oldest_reading(store, &oldest_ms, err)) return false;
  if (oldest_ms < INT64_MAX - MONTH_MS && chunk->before_ms > oldest_ms + MONTH_MS) chunk->before_ms = oldest_ms + MONTH_MS;
  return true;
}

static bool delete_chunk(struct store *store, void *context, struct err *err) {
  struct retention *retention = context;
  bool first = !retention->limited;
  retention->limited = true;
  return (!first || limit_month(store, &retention->chunk, err)) && store_cleanup(store, &retention->chunk, err);
}

static void chunk_deleted(void *context, const struct err *err) {
  struct retention *retention = context;
  if (err->code != ERR_NONE) {
    log_error("retention", "old readings could not be deleted: %s", err->text);
    retention->busy = false;
    return;
  }
  retention->total += retention->chunk.deleted;
  retention->busy = retention->chunk.more;
  if (retention->busy) {
    retention->world.commit(retention->world.context, delete_chunk, chunk_deleted, retention);
  } else if (retention->total > 0) {
    log_info("retention", "deleted %" PRId64 " old reading%s", retention->total, text_plural(retention->total));
  }
}

/* A clock that starts in 2038, or goes there for a minute, must not take the whole history along: what is deleted is
 * decided by a clock that has been steady for an hour. */
static bool is_due(struct retention *retention, int64_t mono_ms, int64_t wall_ms) {
  int64_t offset_ms = wall_ms - mono_ms;
  int64_t step_ms = offset_ms - retention->clock_offset_ms;
  if (retention->due_mono_ms == 0 || step_ms > HOUR_MS || step_ms < -HOUR_MS) {
    retention->clock_offset_ms = offset_ms;
    retention->due_mono_ms = mono_ms + HOUR_MS;
  }
  return !retention->busy && mono_ms >= retention->due_mono_ms;
}

void retention_tick(struct retention *retention, const struct config *config) {
  const struct world *world = &retention->world;
  int64_t mono_ms = world->mono_ms(world->context);
  int64_t wall_ms = world->wall_ms(world->context);
  if (!is_due(retention, mono_ms, wall_ms)) return;
  retention->due_mono_ms = mono_ms + EVERY_MS;
  retention->chunk = (struct cleanup_chunk){.before_ms = wall_ms - config->keep_ms, .limit = CHUNK};
  retention->total = 0;
  retention->limited = false;
  retention->busy = true;
  world->commit(world->context, delete_chunk, chunk_deleted, retention);
}

void retention_free(struct retention *retention) {
  mem_free(retention);
}
