/* signed: the doors for those who prefer a public address to an outbound connection: POST /discord/interactions,
 * /slack/commands and /slack/interactivity, each open only where the config says `commands = http`, and GET /healthz. What
 * is not signed by the platform, or too long ago, is 401; what was sent before is 200 and has no effect. Private to the
 * room.
 *
 *     struct signed_door *door = signed_door_open(&(struct signed_door_setup){
 *         .loop = loop, .world = &world, .config = config, .desk = desk, .slack = slack_answers}, &err);
 */
#ifndef LOWTIDE_DOOR_SIGNED_H
#define LOWTIDE_DOOR_SIGNED_H

#include <stdbool.h>
#include <stdint.h>

#include "door/discord_desk.h"
#include "door/slack_answer.h"
#include "lowtide/config.h"
#include "lowtide/err.h"
#include "lowtide/loop.h"
#include "lowtide/world.h"

struct signed_door;

struct signed_door_setup {
  struct loop *loop;
  const struct world *world; /* copied */
  struct config *config;     /* kept; its http.listen is set */
  struct discord_desk *desk; /* NULL where Discord does not come this way; these two outlive the door */
  struct slack_answers *slack;
};

/* NULL if it cannot listen there. */
struct signed_door *signed_door_open(const struct signed_door_setup *setup, struct err *err) MUST_CHECK;

/* Whether that config listens at the same place: then it may stay, with signed_door_reload. */
bool signed_door_fits(const struct signed_door *door, const struct config *config);
void signed_door_reload(struct signed_door *door, struct config *config);

uint16_t signed_door_port(const struct signed_door *door); /* 0 for a unix socket */

/* From now on Discord is told 503, and Slack what its answers say; those under way are answered. */
void signed_door_shut(struct signed_door *door);
/* Takes no more connections: its place is another's. */
void signed_door_vacate(struct signed_door *door);
/* What is not answered yet is told 503; the desk and Slack's answers, which must still be there, answer into the void.
 * NULL is fine. */
void signed_door_free(struct signed_door *door);

#endif
