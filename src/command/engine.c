#include "engine.h"

#include "terminal.h"

static bool open_store(struct engine *engine, const struct config *config, enum engine_store store, struct err *err) {
  if (store == ENGINE_WRITES) {
    engine->real.writer = writer_new(engine->real.loop, config->state_dir, err);
    return engine->real.writer != NULL;
  }
  struct err none = {0};
  engine->real.reader = store_open(config->state_dir, STORE_READ, &none);
  return true;
}

bool engine_start(struct engine *engine, const struct config *config, enum engine_store store, struct err *err) {
  *engine = (struct engine){0};
  engine->real.loop = loop_new(err);
  if (engine->real.loop == NULL) return false;
  engine->real.asker = asker_new(engine->real.loop, err);
  if (engine->real.asker == NULL || !open_store(engine, config, store, err)) {
    engine_stop(engine);
    return false;
  }
  engine->world = world_real(&engine->real);
  return true;
}

struct gathering_here {
  struct loop *loop;
  engine_heard *heard;
  void *context;
};

static void gathered(void *context) {
  const struct gathering_here *here = context;
  loop_stop(here->loop);
}

static void answered(void *context, const struct account *account, const struct answer *answer) {
  const struct gathering_here *here = context;
  if (here->heard != NULL) here->heard(here->context, account, answer);
}

static size_t count_answered(const void *work) {
  return gather_answered(work);
}

struct gather *engine_gather(struct engine *engine, const struct account *const *accounts, size_t count,
                             engine_heard *heard, void *context) {
  struct gathering_here here = {engine->real.loop, heard, context};
  const struct gather_hooks hooks = {.done = gathered, .answered = answered, .context = &here};
  struct gather *gather = gather_start(&engine->world, accounts, count, &hooks);
  struct progress *progress = progress_new(here.loop, "asking", count_answered, gather, count);
  loop_run(here.loop);
  progress_free(progress);
  return gather;
}

void engine_end_writer(struct engine *engine) {
  if (engine->real.writer != NULL) writer_free(engine->real.writer);
  engine->real.writer = NULL;
}

void engine_stop(struct engine *engine) {
  engine_end_writer(engine);
  store_close(engine->real.reader);
  if (engine->real.asker != NULL) asker_free(engine->real.asker);
  if (engine->real.loop != NULL) loop_free(engine->real.loop);
  engine->real = (struct real_world){0};
}
