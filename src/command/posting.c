#include "posting.h"

#include "lowtide/deliver.h"
#include "lowtide/mem.h"

#define LOOK_EVERY_MS 5
#define GIVING_UP_MS 3000

struct posting {
  struct engine *engine;
  struct deliver *deliver;
  struct timer *timer;
  int64_t turn_id;
  int64_t started_ms;
  int64_t waiting;
  int64_t refused;
};

static bool count_job(struct store *store, void *context, struct err *err) {
  struct posting *posting = context;
  return store_turn_unsent(store, posting->turn_id, &posting->waiting, &posting->refused, err);
}

static void counted(void *context, const struct err *err) {
  struct posting *posting = context;
  bool idle = !deliver_is_busy(posting->deliver);
  bool over = err->code == ERR_NONE && posting->waiting == 0 && idle;
  int64_t late_ms = loop_mono_ms() - posting->started_ms - POSTING_PATIENCE_MS;
  if (late_ms > 0 && !idle) deliver_give_up(posting->deliver);
  if (over || (late_ms > 0 && idle) || late_ms > GIVING_UP_MS) {
    loop_stop(posting->engine->real.loop);
  } else {
    timer_set(posting->timer, LOOK_EVERY_MS);
  }
}

static void look(void *context) {
  struct posting *posting = context;
  writer_do(posting->engine->real.writer, count_job, counted, posting);
}

struct posting *posting_start(struct engine *engine, struct config *config, int64_t turn_id, bool print_local) {
  struct posting *posting = mem_new(1, sizeof *posting);
  *posting = (struct posting){.engine = engine, .turn_id = turn_id, .started_ms = loop_mono_ms(), .waiting = -1};
  posting->deliver = deliver_new(&engine->world, config, NULL, print_local);
  posting->timer = timer_new(engine->real.loop, look, posting);
  deliver_wake(posting->deliver);
  look(posting);
  return posting;
}

int64_t posting_waiting(const struct posting *posting) {
  return posting->waiting;
}

int64_t posting_refused(const struct posting *posting) {
  return posting->refused;
}

void posting_free(struct posting *posting) {
  if (posting == NULL) return;
  deliver_free(posting->deliver);
  timer_free(posting->timer);
  mem_free(posting);
}
