/* discord_errand: one interaction's messages on their way to Discord, one after the other. Private to the desk. */
#ifndef LOWTIDE_DOOR_DISCORD_ERRAND_H
#define LOWTIDE_DOOR_DISCORD_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/buf.h"
#include "lowtide/secret.h"
#include "lowtide/world.h"

#define DISCORD_FIRST_MS 3000      /* from the knock: then the token is dead if nothing was said */
#define DISCORD_TOKEN_MS 840000    /* a minute less than the token lives */
#define DISCORD_FIRST_ASK_MS 2500  /* one try to say the first word */
#define DISCORD_LATER_ASK_MS 15000 /* one try of anything else: it may carry a picture */
#define DISCORD_AFTER_FIRST_MS 100 /* until an answer given in HTTP has surely arrived */

enum errand_step { ERRAND_CALLBACK, ERRAND_EDIT, ERRAND_FOLLOW };

/* Where it goes; copied. */
struct errand_place {
  const char *base_url;
  const char *interaction;
  const char *application;
  const char *token;
};

struct errand;

/* idle: nothing is left to do, perhaps for now. Never called from inside errand_add. */
struct errand *errand_new(const struct world *world, const struct errand_place *place, void (*idle)(void *context),
                          void *context);
/* Nothing goes out before so long has passed. */
void errand_hold(struct errand *errand, int64_t delay_ms);
/* JSON, borrowed. With a picture (NULL: none) and words for those who cannot see it; without it if Discord does not want
 * it. */
void errand_add(struct errand *errand, enum errand_step kind, const char *json);
void errand_add_picture(struct errand *errand, const char *json, const struct buf *picture, const char *words);
bool errand_is_idle(const struct errand *errand);
void errand_free(struct errand *errand);

#endif
