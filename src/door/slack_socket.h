/* slack_socket: Slack's Socket Mode: the outbound WebSocket on which commands and buttons come in, and their answers. It
 * finds its way back by itself, for ever, unless a person must mend something first; then it stops and says so once.
 * Private to the room.
 *
 *     struct slack_door *door = slack_door_open(&(struct slack_door_setup){
 *         .world = &own, .websockets = websockets, .answering = answering, .config = config});
 */
#ifndef LOWTIDE_DOOR_SLACK_SOCKET_H
#define LOWTIDE_DOOR_SLACK_SOCKET_H

#include <stdbool.h>

#include "door/answering.h"
#include "door/board.h"
#include "lowtide/buf.h"
#include "lowtide/config.h"
#include "lowtide/websocket.h"
#include "lowtide/world.h"

struct slack_door;

struct slack_door_setup {
  const struct world *world;     /* copied; its ask is the doors' own, so that no round of balances delays it */
  struct websockets *websockets; /* outlives the door, as answering does */
  struct answering *answering;
  struct config *config; /* kept; its slack.app_token is set */
};

/* Calls nothing back from inside. */
struct slack_door *slack_door_open(const struct slack_door_setup *setup);

/* Whether that config asks for this very connection: then it may stay, with slack_door_reload. */
bool slack_door_fits(const struct slack_door *door, const struct config *config);
void slack_door_reload(struct slack_door *door, struct config *config);

/* "connected", "waiting 12 s: connection refused", "stopped: Socket Mode is switched off" */
void slack_door_state(const struct slack_door *door, struct buf *out);
void slack_door_standing(const struct slack_door *door, struct way_state *out);

/* Takes no more questions; what is being answered is, and then it hangs up. */
void slack_door_shut(struct slack_door *door);
bool slack_door_is_busy(const struct slack_door *door);
/* Before answering_free and websockets_free. NULL is fine. */
void slack_door_free(struct slack_door *door);

#endif
