#include "bulletins.h"

#include <inttypes.h>

#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define ROUND_PATIENCE_MS 60000
#define AGAIN_MS 600000 /* after a failure */

struct bulletins {
  struct world world;
  void (*queued)(void *context);
  void *context;
  struct bulletin *run;
  enum digest kind;                       /* of the run */
  int64_t handled_ms[DIGEST_MONTHLY + 1]; /* the slot of each kind that was looked at last */
  int64_t again_mono_ms;                  /* not before, after a failure */
};

struct bulletins *bulletins_new(const struct world *world, void (*queued)(void *context), void *context) {
  struct bulletins *bulletins = mem_new(1, sizeof *bulletins);
  *bulletins = (struct bulletins){.world = *world, .queued = queued, .context = context};
  return bulletins;
}

static void over(void *context, const struct bulletin_report *report) {
  struct bulletins *bulletins = context;
  if (report->err.code != ERR_NONE) {
    log_error("digest", "it was not written: %s%s%s", report->err.text, report->err.hint[0] != '\0' ? "; " : "",
              report->err.hint);
    bulletins->handled_ms[bulletins->kind] = 0;
    bulletins->again_mono_ms = bulletins->world.mono_ms(bulletins->world.context) + AGAIN_MS;
  } else if (report->fresh) {
    log_info("digest", "for %d channel%s turn=%" PRId64, report->queued, text_plural(report->queued), report->turn_id);
  }
  bool queued = report->err.code == ERR_NONE && report->queued > 0;
  bulletin_free(bulletins->run); /* and the report with it */
  bulletins->run = NULL;
  if (queued) bulletins->queued(bulletins->context);
}

void bulletins_tick(struct bulletins *bulletins, struct config *config, bool busy) {
  const struct world *world = &bulletins->world;
  int64_t now_ms = world->wall_ms(world->context);
  if (bulletins->run != NULL || world->mono_ms(world->context) < bulletins->again_mono_ms) return;
  for (enum digest kind = DIGEST_DAILY; kind <= DIGEST_MONTHLY; kind++) {
    int64_t slot_ms = bulletin_due(config, kind, now_ms);
    if (slot_ms == 0 || slot_ms == bulletins->handled_ms[kind]) continue;
    if (busy && now_ms - slot_ms < ROUND_PATIENCE_MS) continue;
    bulletins->handled_ms[kind] = slot_ms;
    bulletins->kind = kind;
    bulletins->run = bulletin_start(world, config, kind, slot_ms, over, bulletins);
    return;
  }
}

void bulletins_free(struct bulletins *bulletins) {
  bulletin_free(bulletins->run);
  mem_free(bulletins);
}
