#include "own_world.h"

#include "lowtide/mem.h"

#define REST_AFTER_MS 120000 /* curl itself uses a connection no more that has been idle for so long */

struct own_world {
  struct world world;
  const struct world *shared;
  struct asker *asker;
  void *quiet; /* an alarm: nobody has asked for a while */
};

/* A crowd leaves hundreds of handles and connections behind. */
static void rest(void *context) {
  const struct own_world *own = context;
  asker_rest(own->asker);
}

static int64_t own_wall_ms(void *context) {
  const struct own_world *own = context;
  return own->shared->wall_ms(own->shared->context);
}

static int64_t own_mono_ms(void *context) {
  const struct own_world *own = context;
  return own->shared->mono_ms(own->shared->context);
}

static uint64_t own_chance(void *context) {
  const struct own_world *own = context;
  return own->shared->chance(own->shared->context);
}

static void *own_ask(void *context, struct ask *ask, int64_t deadline_ms, asker_done *done, void *done_context) {
  const struct own_world *own = context;
  own->shared->alarm_set(own->quiet, REST_AFTER_MS);
  return asker_ask(own->asker, ask, deadline_ms, done, done_context);
}

static bool own_unask(void *context, void *asked) {
  (void)context;
  return asker_cancel(asked);
}

static void own_rest(void *context) {
  (void)context;
}

static void own_commit(void *context, store_job *job, void (*done)(void *, const struct err *), void *job_context) {
  const struct own_world *own = context;
  own->shared->commit(own->shared->context, job, done, job_context);
}

static void own_work(void *context, void (*run)(void *), void (*done)(void *), void *work_context) {
  const struct own_world *own = context;
  own->shared->work(own->shared->context, run, done, work_context);
}

static void *own_alarm_new(void *context, void (*fire)(void *), void *fire_context) {
  const struct own_world *own = context;
  return own->shared->alarm_new(own->shared->context, fire, fire_context);
}

struct own_world *own_world_new(struct loop *loop, const struct world *world, struct err *err) {
  struct asker *asker = asker_new(loop, err);
  if (asker == NULL) return NULL;
  struct own_world *own = mem_new(1, sizeof *own);
  own->asker = asker;
  own->shared = world;
  own->quiet = world->alarm_new(world->context, rest, own);
  own->world = *world;
  own->world.context = own;
  own->world.wall_ms = own_wall_ms;
  own->world.mono_ms = own_mono_ms;
  own->world.chance = own_chance;
  own->world.ask = own_ask;
  own->world.unask = own_unask;
  own->world.rest = own_rest;
  own->world.commit = own_commit;
  own->world.work = own_work;
  own->world.alarm_new = own_alarm_new;
  return own;
}

const struct world *own_world(const struct own_world *own) {
  return &own->world;
}

void own_world_free(struct own_world *own) {
  if (own == NULL) return;
  own->shared->alarm_free(own->quiet);
  asker_free(own->asker);
  mem_free(own);
}
