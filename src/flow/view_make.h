/* view_make: how a view comes from the one before. Private to flow. */
#ifndef LOWTIDE_FLOW_VIEW_MAKE_H
#define LOWTIDE_FLOW_VIEW_MAKE_H

#include <stdbool.h>

#include "lowtide/view.h"

/* All accounts of the config: as in the view before where it knows them (by name and provider), else not asked yet. */
struct view *view_new(struct config *config, const struct view *before);

/* What is known anew, by a round or by the store. */
struct view_news {
  const struct config *config; /* whose accounts they are of */
  const struct standing *standings;
  size_t count;
  int64_t now_ms;  /* when they were judged */
  bool only_newer; /* than what the view has */
};

/* The view with the news in it. Takes the caller's reference: where nobody else has one, nothing is copied. */
struct view *view_learn(struct view *view, const struct view_news *news);

#endif
