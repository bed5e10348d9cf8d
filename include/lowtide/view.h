/* view: how all accounts stand by their last readings, as one immutable, counted value. Questions are answered from it
 * without waiting for a disk or a provider. Its counting belongs to the loop's thread; what is kept for another thread may
 * be read there. */
#ifndef LOWTIDE_VIEW_H
#define LOWTIDE_VIEW_H

#include <stddef.h>

#include "lowtide/compose.h"
#include "lowtide/config.h"

struct view {
  struct config *config;
  /* One for each account of the config, in its order, as of its reading's asked_ms (0: none yet); standing_now tells how it
   * is now. */
  const struct standing *standings;
  size_t count;
  int references; /* of view_keep and view_release */
};

struct view *view_keep(struct view *view);
void view_release(struct view *view); /* NULL is fine */

/* NULL if there is no such account. */
const struct standing *view_standing(const struct view *view, const char *account);

#endif
