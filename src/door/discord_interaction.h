/* discord_interaction: an interaction of Discord's as a knock, and the JSON of what is said first. Pure, whichever way it
 * came in. Private to the room. (docs: interactions/receiving-and-responding, 2026-08) */
#ifndef LOWTIDE_DOOR_DISCORD_INTERACTION_H
#define LOWTIDE_DOOR_DISCORD_INTERACTION_H

#include <stdbool.h>

#include "answering.h"
#include "lowtide/buf.h"
#include "lowtide/config.h"
#include "lowtide/json.h"

#define DISCORD_WORDS_MAX 512 /* of a button and what was selected */

/* All borrowed from the JSON, or from itself: it is not to be moved. */
struct discord_interaction {
  struct knock knock;
  const char *id;
  const char *application_id;
  const char *token; /* a secret: whoever has it can speak for us for 15 minutes */
  char key[CHAT_KEY_MAX];
  char words[DISCORD_WORDS_MAX];
};

/* ERR_MALFORMED if it is none, ERR_UNSUPPORTED if it is one of a type that nobody here has asked for. */
bool discord_interaction_read(const struct json *json, const struct discord_settings *settings,
                              struct discord_interaction *out, struct err *err) MUST_CHECK;

/* What a callback says. payload: reply_discord's. */
void discord_callback_defer(bool in_public, struct buf *out);
void discord_callback_answer(const char *payload, struct buf *out);
void discord_callback_choices(const struct chat_choices *choices, struct buf *out);

#endif
