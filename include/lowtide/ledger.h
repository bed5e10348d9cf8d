/* ledger: what is left of a balance that a person noted, once what was spent since is taken off. Pure arithmetic. Vendors
 * tell costs by the UTC day, so the day of the note is asked for whole; what it had cost before the note was asked then. */
#ifndef LOWTIDE_LEDGER_H
#define LOWTIDE_LEDGER_H

#include <stdint.h>

#include "lowtide/reading.h"

struct ledger {
  const char *unit;
  int64_t balance_nano;       /* as noted, with what was topped up since */
  struct amount spent_before; /* on the day of the note, before it; not known: that whole day is taken off */
};

/* The UTC midnight from which on costs are asked for. */
int64_t ledger_since_ms(int64_t noted_ms);

/* cost tells in `used` what was spent since that midnight. If it is unknown, so is what is left, for the same reason; so it
 * is if the cost comes in another unit. */
bool ledger_left(const struct ledger *ledger, const struct reading *cost, int64_t *left_nano, struct err *err) MUST_CHECK;

#endif
