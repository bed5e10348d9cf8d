/* daemon: runs the rounds when they are due, keeps the channels served and the history short, until it is told to stop. */
#ifndef LOWTIDE_DAEMON_H
#define LOWTIDE_DAEMON_H

#include "lowtide/round.h"
#include "lowtide/world.h"

struct daemon;

struct daemon_hooks {
  /* The first round is over; whether it was a slot's (and so went to every channel). */
  void (*ready)(void *context, const struct round_report *report, bool was_slot);
  /* A round is over, with its text logs. NULL: nobody listens. */
  void (*round)(void *context, const struct round_report *report);
  /* All that was in flight is settled, or was given up after DAEMON_PATIENCE_MS. */
  void (*ended)(void *context);
  void *context;
};

#define DAEMON_PATIENCE_MS 8000
#define DAEMON_SLEEP_MAX_MS 30000

/* Keeps the config. Starts with a round of all accounts, or with the newest slot's if that is young and was not run. */
struct daemon *daemon_start(const struct world *world, struct config *config, const struct daemon_hooks *hooks);

/* From now on this config; what is under way keeps its own. */
void daemon_reload(struct daemon *daemon, struct config *config);

/* Begins no round any more; `ended` follows. */
void daemon_stop(struct daemon *daemon);

/* After `ended` and the end of the writer. */
void daemon_free(struct daemon *daemon);

#endif
