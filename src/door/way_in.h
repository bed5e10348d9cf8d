/* way_in: what doors.c asks of each way in, and what it gives to it. A new one is its file and its line in doors.c.
 * Private to the room. */
#ifndef LOWTIDE_DOOR_WAY_IN_H
#define LOWTIDE_DOOR_WAY_IN_H

#include <stdbool.h>

#include "answering.h"
#include "board.h"
#include "discord_desk.h"
#include "lowtide/config.h"
#include "lowtide/websocket.h"
#include "lowtide/world.h"

/* What all ways share; outlives each. */
struct hall {
  struct loop *loop;
  const struct world *world; /* its ask is the doors' own */
  struct daemon *daemon;
  struct answering *answering;
  struct discord_desk *desk;
  struct websockets *websockets;
  struct config *config; /* of now */
};

struct way_in {
  const char *name;
  const char *title;     /* for `status`: "Discord" */
  const char *open_word; /* what it is while it is open: "connected" */
  bool (*is_wanted)(const struct config *config);
  /* NULL with a sentence if it cannot be opened at all. */
  void *(*open)(const struct hall *hall, struct err *err);
  /* Whether it may stay for that config; then it is reloaded. NULL: it always may. */
  bool (*fits)(const void *way, const struct config *config);
  /* False, with a sentence, if something of it cannot be had; the rest is. */
  bool (*reload)(void *way, struct config *config, struct err *err);
  void (*look)(void *way, const struct view *view);      /* NULL: readings are nothing to it */
  void (*state)(const void *way, struct way_state *out); /* zeroed before */
  void (*shut)(void *way);                               /* takes no more questions, and leaves its place to another */
  bool (*is_busy)(const void *way);
  void (*free)(void *way); /* not while it is busy, unless the writer has ended */
};

#endif
