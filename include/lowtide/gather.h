/* gather: asks all given accounts at once and ends with a reading for each, at the latest at its account's deadline. What
 * fails in passing (a cut connection, a 503, a 429) is tried a second time within the same deadline. */
#ifndef LOWTIDE_GATHER_H
#define LOWTIDE_GATHER_H

#include <stddef.h>

#include "lowtide/account.h"
#include "lowtide/ask.h"
#include "lowtide/world.h"

struct gather;

struct gather_hooks {
  void (*done)(void *context); /* once, never from inside gather_start; gather_free may be called from it */
  /* Each answer as it comes, for `check --raw`; NULL: nobody looks. */
  void (*answered)(void *context, const struct account *account, const struct answer *answer);
  void *context;
};

/* The accounts (their array is copied) must outlive it. */
struct gather *gather_start(const struct world *world, const struct account *const *accounts, size_t count,
                            const struct gather_hooks *hooks);

/* One a given account, in the given order, once all is done; not answered ones are ERR_TIMEOUT. */
const struct reading *gather_reading(const struct gather *gather, size_t index);
size_t gather_answered(const struct gather *gather);

/* Ends what is under way. */
void gather_free(struct gather *gather);

#endif
