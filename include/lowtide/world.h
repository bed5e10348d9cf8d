/* world: time, chance, asking and storing, as the pipeline sees them. The daemon brings the real one; a test or a
 * simulation brings its own and lives a month in a second. */
#ifndef LOWTIDE_WORLD_H
#define LOWTIDE_WORLD_H

#include <stdint.h>

#include "lowtide/asker.h"
#include "lowtide/loop.h"
#include "lowtide/store.h"

struct world {
  void *context; /* first argument of those that take one */
  int64_t (*wall_ms)(void *context);
  int64_t (*mono_ms)(void *context);
  uint64_t (*chance)(void *context); /* evenly spread over all 64 bits */
  /* As asker_ask and asker_cancel; ASK_NOTE and ASK_LAST too. */
  void *(*ask)(void *context, struct ask *ask, int64_t deadline_ms, asker_done *done, void *done_context);
  bool (*unask)(void *context, void *asked);
  /* Nothing will be asked for a while: as asker_rest. */
  void (*rest)(void *context);
  /* As writer_do. */
  void (*commit)(void *context, store_job *job, void (*done)(void *job_context, const struct err *err), void *job_context);
  /* As loop_work. */
  void (*work)(void *context, void (*run)(void *work_context), void (*done)(void *work_context), void *work_context);
  /* As the timers of loop.h. */
  void *(*alarm_new)(void *context, void (*fire)(void *fire_context), void *fire_context);
  void (*alarm_set)(void *alarm, int64_t delay_ms);
  void (*alarm_stop)(void *alarm);
  void (*alarm_free)(void *alarm);
};

/* The real one. Notes and readings are read through the writer, or, without one, from the reader (NULL: no store yet).
 * Whoever frees the writer sets it to NULL: what it finished last is told to nobody then. */
struct real_world {
  struct loop *loop;
  struct asker *asker;
  struct writer *writer;
  struct store *reader;
};

/* real must outlive the world, and its loop. */
struct world world_real(struct real_world *real);

#endif
