/* daemon: runs the rounds when they are due, keeps the channels served and the history short, until it is told to stop. */
#ifndef LOWTIDE_DAEMON_H
#define LOWTIDE_DAEMON_H

#include "lowtide/round.h"
#include "lowtide/view.h"
#include "lowtide/world.h"

struct daemon;

struct daemon_hooks {
  /* The first round is over; whether it was a slot's (and so went to every channel). */
  void (*ready)(void *context, const struct round_report *report, bool was_slot);
  /* A round is over, with its text logs. NULL: nobody listens. */
  void (*round)(void *context, const struct round_report *report);
  /* The view has what another process wrote. NULL: nobody listens. */
  void (*seen)(void *context);
  /* All that was in flight is settled, or was given up after DAEMON_PATIENCE_MS. */
  void (*ended)(void *context);
  void *context;
};

#define DAEMON_PATIENCE_MS 8000
#define DAEMON_SLEEP_MAX_MS 30000

/* Keeps the config. Starts with a round of all accounts, or with the newest slot's if that is young and was not run. */
struct daemon *daemon_start(const struct world *world, struct config *config, const struct daemon_hooks *hooks);

/* How things stand by the last readings; keep it if it is to last beyond this turn of the loop. Never NULL. */
struct view *daemon_view(struct daemon *daemon);

/* An early turn for these accounts (copied; of the daemon's config), told to nobody but by alerts. done is called once,
 * never from inside: when their fresh readings are in the view, or with err where that failed. Accounts that are being
 * asked already are not asked twice. */
void daemon_refresh(struct daemon *daemon, const struct account *const *accounts, size_t count,
                    void (*done)(void *context, const struct err *err), void *context);

/* Looks at the account again at once, young as its reading may be: what is to be told of it has changed. By its name,
 * whichever config it is of. */
void daemon_look(struct daemon *daemon, const struct account *account);

/* Another process, or somebody in a chat, has written to the store: the view soon has what it recorded, accounts whose
 * notes changed are read anew, and what was kept back is told where it may be now. Many at once are as one. */
void daemon_nudge(struct daemon *daemon);

/* From now on this config; what is under way keeps its own. */
void daemon_reload(struct daemon *daemon, struct config *config);

/* Begins no round any more; `ended` follows. */
void daemon_stop(struct daemon *daemon);

/* After `ended` and the end of the writer. */
void daemon_free(struct daemon *daemon);

#endif
