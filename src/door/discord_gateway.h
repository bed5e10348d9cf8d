/* discord_gateway: the outbound WebSocket to Discord on which interactions come in. It finds its way back by itself, for
 * ever, unless a person must mend something first; then it stops and says so once. Private to the room.
 *
 *     struct discord_gateway *gateway = discord_gateway_new(&(struct discord_gateway_setup){
 *         .world = &own, .websockets = websockets, .config = config, .interaction = begin, .context = doors});
 */
#ifndef LOWTIDE_DOOR_DISCORD_GATEWAY_H
#define LOWTIDE_DOOR_DISCORD_GATEWAY_H

#include <stdbool.h>

#include "board.h"
#include "lowtide/config.h"
#include "lowtide/json.h"
#include "lowtide/view.h"
#include "lowtide/websocket.h"
#include "lowtide/world.h"

struct discord_gateway;

struct discord_gateway_setup {
  const struct world *world;     /* copied; its ask is the doors' own, so that no round of balances delays it */
  struct websockets *websockets; /* outlives the gateway */
  struct config *config;         /* kept; its discord.token is set */
  /* INTERACTION_CREATE's `d`, borrowed for the call. May come twice for one interaction: a resumed session replays. */
  void (*interaction)(void *context, const struct json *interaction);
  void *context;
};

/* Begins with what the store remembers. Calls nothing back from inside. */
struct discord_gateway *discord_gateway_new(const struct discord_gateway_setup *setup);

/* Whether that config asks for this very gateway: then it may stay, with discord_gateway_reload. One that has stopped never
 * does: it is begun anew. */
bool discord_gateway_fits(const struct discord_gateway *gateway, const struct config *config);
void discord_gateway_reload(struct discord_gateway *gateway, struct config *config);

/* Readings have changed: what the presence shows. Cheap if it is off. */
void discord_gateway_look(struct discord_gateway *gateway, const struct view *view);

void discord_gateway_standing(const struct discord_gateway *gateway, struct way_state *out);

/* Hangs up, in a way that lets the session be resumed after a restart, and notes it. No interaction comes any more. */
void discord_gateway_shut(struct discord_gateway *gateway);
bool discord_gateway_is_busy(const struct discord_gateway *gateway); /* still hanging up or noting */

/* After the writer's end, or while nothing of it is busy. NULL is fine. */
void discord_gateway_free(struct discord_gateway *gateway);

#endif
