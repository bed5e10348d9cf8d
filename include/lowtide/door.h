/* door: everything that knocks: Discord's gateway, Slack's Socket Mode, HTTP. A door turns what comes into a
 * question, the question is answered within the platforms' three seconds, and the door takes the answer back. */
#ifndef LOWTIDE_DOOR_H
#define LOWTIDE_DOOR_H

#include <stdbool.h>

#include "lowtide/ask.h"
#include "lowtide/config.h"
#include "lowtide/daemon.h"
#include "lowtide/loop.h"
#include "lowtide/store.h"
#include "lowtide/world.h"

struct doors;

struct doors_setup {
  struct loop *loop;
  const struct world *world;
  struct daemon *daemon;
  struct config *config; /* kept */
};

/* None is open yet. */
struct doors *doors_new(const struct doors_setup *setup);
/* Opens the doors that the config wants. False if one cannot be opened at all, such as a port that is taken: the others are
 * open all the same. A platform that does not answer is tried again for ever. */
bool doors_open(struct doors *doors, struct err *err) MUST_CHECK;
/* From now on this config; connections whose settings are the same stay. */
bool doors_reload(struct doors *doors, struct config *config, struct err *err) MUST_CHECK;
/* Readings have changed. */
void doors_look(struct doors *doors);
/* Takes no more questions; what is being answered is. */
void doors_shut(struct doors *doors);
bool doors_are_busy(const struct doors *doors);
/* Whoever still waits is told so, and waits no longer. */
void doors_give_up(struct doors *doors);
/* Before the loop and the daemon end. NULL is fine. */
void doors_free(struct doors *doors);

#define DOOR_SAID_MAX 160

/* What `doctor` asks of a platform, without opening anything. */
struct door_probe {
  const char *name;
  bool (*is_wanted)(const struct config *config);
  bool (*request)(const struct config *config, struct ask *out, struct err *err);
  /* What is worth knowing; false with what is wrong, and the mend. */
  bool (*judge)(const struct answer *answer, char said[static DOOR_SAID_MAX], struct err *err);
};
extern const struct door_probe *const door_probes[]; /* NULL at its end */

/* --- how they stand, for whoever looks from outside ------------------------------------------------------------------ */
#define DOORS_MAX 8
#define DOOR_WHY_MAX 400

struct door_state {
  char name[24];  /* "Discord" */
  char state[16]; /* "connected", "listening", "connecting", "reconnecting", "stopped" */
  int64_t since_ms;
  char why[DOOR_WHY_MAX]; /* one line; "" */
};

/* What the daemon of that pid has noted; none if it has no doors. Some seconds old. */
bool door_states(struct store *store, int pid, struct door_state out[static DOORS_MAX], size_t *count,
                 struct err *err) MUST_CHECK;

#endif
