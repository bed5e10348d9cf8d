/* tally: what an account spent and was topped up with within a stretch of time. Pure arithmetic on its readings, each taken
 * once and in order; bounded, whatever their number.
 *
 *     struct tally tally = tally_of(from_ms, until_ms, patience_ms);
 *     tally_take(&tally, provider, &reading);  for each, from some time before from_ms on
 *     tally_end(&tally);
 */
#ifndef LOWTIDE_TALLY_H
#define LOWTIDE_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/reading.h"

struct tally {
  int64_t from_ms;     /* what was read at or before it is what it begins with */
  int64_t until_ms;    /* what was read after it is none of its business */
  int64_t patience_ms; /* nobody looked if the next reading is farther away than that */
  bool seen;           /* there is a reading */
  bool known;          /* there is a known one */
  struct reading newest;
  struct reading last; /* the newest known one */
  struct amount spent; /* not known: there were no two known readings to tell it by */
  int64_t topped_up_nano;
  int topups;
  int64_t since_ms;   /* from_ms, or the first reading if that came later */
  int64_t unknown_ms; /* of the time since then */
  char provider[64];
  int64_t watched_ms;
};

struct tally tally_of(int64_t from_ms, int64_t until_ms, int64_t patience_ms);

/* What was spent between two known readings counts where the later one lies. A fall of what is available is spent; a rise
 * is a top-up (reading_rise), or, if it is less, a correction of what was spent. Where only what is used is told, its rises
 * are spent, and after a reset all of it. Another provider or unit begins anew. */
void tally_take(struct tally *tally, const char *provider, const struct reading *reading);
void tally_end(struct tally *tally);

#endif
