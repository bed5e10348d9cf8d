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
#include <stddef.h>
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

/* --- sums of several accounts ---------------------------------------------------------------------------------------- */
/* Units are never added up: each has sums of its own, of up to three amounts such as spent, topped up and left. */
#define SUM_UNITS_MAX 16
#define SUM_PARTS_MAX 3

struct unit_sum {
  char unit[UNIT_MAX];
  size_t accounts; /* counted by the caller */
  money_wide part[SUM_PARTS_MAX];
  bool has[SUM_PARTS_MAX];   /* a known amount is in it */
  bool lacks[SUM_PARTS_MAX]; /* one was not known */
  bool estimated;            /* for the caller */
};

struct sums {
  struct unit_sum units[SUM_UNITS_MAX];
  size_t count;
};

/* The unit's sums, at nothing if it is new; NULL if there is no room for one more. */
struct unit_sum *sums_of(struct sums *sums, const char *unit);
void sum_add(struct unit_sum *sum, int part, struct amount amount);

#endif
