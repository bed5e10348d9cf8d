/* discord_desk: takes Discord's interactions, whichever way they came in, and sees to it that what is answered gets there:
 * the first word by a callback (or in the HTTP answer to the request that brought it), what follows by edits and further
 * messages, each tried again as long as Discord would take it. Private to the room. */
#ifndef LOWTIDE_DOOR_DISCORD_DESK_H
#define LOWTIDE_DOOR_DISCORD_DESK_H

#include <stdbool.h>
#include <stddef.h>

#include "answering.h"
#include "lowtide/config.h"
#include "lowtide/json.h"
#include "lowtide/world.h"

struct discord_desk;

/* Where the first word goes if not by a callback: into the answer of the HTTP request that brought the interaction. */
struct discord_first {
  /* Once, never from inside discord_desk_take: the JSON to answer with. NULL: nothing is to be said, since it was before.
   */
  void (*say)(void *context, const char *json, size_t length);
  void *context;
};

/* world: its ask is the doors' own. */
struct discord_desk *discord_desk_new(const struct world *world, struct answering *answering);
/* Takes an interaction of type 2, 3 or 4, borrowed for the call; one that came twice is answered once. first NULL: by a
 * callback. False with ERR_MALFORMED or ERR_UNSUPPORTED if it is none of these; first is not called then. */
bool discord_desk_take(struct discord_desk *desk, const struct config *config, const struct json *interaction,
                       const struct discord_first *first, struct err *err) MUST_CHECK;
/* Something is still on its way. */
bool discord_desk_is_busy(const struct discord_desk *desk);
/* Drops what is on its way. After the answering, which ends what it has begun. NULL is fine. */
void discord_desk_free(struct discord_desk *desk);

#endif
