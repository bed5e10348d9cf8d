/* runway: how fast an account burns, and when it will be empty. Pure arithmetic on a bounded value.
 *
 * `struct trend` is what is remembered of an account's spending: four weeks in blocks of two hours, each with what was
 * spent in it and how much of it was watched. It is updated with each reading and is a plain value, copied with `=`. Rules
 * and messages see it, not raw history.
 *
 *     struct trend trend = {0};
 *     trend_update(&trend, &reading);  for each reading, in order
 *     struct runway runway = runway_of(&trend, now_ms, 0);
 *     if (runway.state == RUNWAY_KNOWN) …
 */
#ifndef LOWTIDE_RUNWAY_H
#define LOWTIDE_RUNWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/buf.h"
#include "lowtide/reading.h"
#include "lowtide/zone.h"

#define TREND_DAYS 28
#define TREND_BLOCK_MS (2 * HOUR_MS)
#define TREND_DAY_BLOCKS 12
#define TREND_BLOCKS (TREND_DAYS * TREND_DAY_BLOCKS)
#define TREND_TEXT_MAX 16384

#define RUNWAY_TOLD_MS (60 * DAY_MS) /* from there on no date is claimed: only the order of magnitude is worth telling */

struct trend {
  bool begun; /* there was a known reading */
  enum reading_kind kind;
  char unit[UNIT_MAX];
  struct amount left; /* of the newest reading; where only a limit and what is used of it are told, their difference */
  struct amount used;
  int64_t time_ms;      /* of the newest reading */
  int64_t until_ms;     /* the blocks are told up to here; later than time_ms after the clock was set back */
  int64_t resets_ms;    /* of a quota; 0: not known */
  int64_t quantum_nano; /* the step in which the amounts move, at most a cent or one whole credit */
  int64_t topup_ms;     /* when the amount last rose; 0: never */
  int64_t topup_nano;   /* and by how much, as far as it can be told */
  /* A ring: the block of a time is that of (time / TREND_BLOCK_MS) % TREND_BLOCKS. */
  int64_t spent_nano[TREND_BLOCKS];
  uint16_t watched_s[TREND_BLOCKS]; /* 0: nothing is known of this block */
};

/* Takes one reading. A rise is a top-up (or a quota's reset): it cuts, and is never counted as negative spending; only a
 * rise within the noise of coarse amounts and corrections is. Unknown readings change nothing: what was spent until the
 * next known one is spread evenly over the time between. Time at or below zero is not idle time, since nothing can be spent
 * there. A reading that is not newer than the last is not counted twice, whatever the clock did; a step back by more than a
 * day forgets what came after it. Another unit or kind begins anew. */
void trend_update(struct trend *trend, const struct reading *reading);

/* One line of text for a store, and back: a decoded trend is one that trend_update could have made, ERR_MALFORMED if the
 * text is not, and *trend is untouched then. */
void trend_encode(const struct trend *trend, struct buf *out);
bool trend_decode(const char *text, struct trend *trend, struct err *err) MUST_CHECK;

enum runway_state {
  RUNWAY_NOT_ENOUGH, /* the history does not allow a claim */
  RUNWAY_IDLE,       /* nothing is being spent, or so little that it lasts for years */
  RUNWAY_RESETS,     /* a quota that lasts until it resets */
  RUNWAY_KNOWN
};

struct runway {
  enum runway_state state;
  bool burn_known;           /* also without a limit to run into */
  int64_t burn_nano_per_day; /* of the days to come, rounded to nano; 0 if it is not known */
  /* RUNWAY_KNOWN only, else 0. From now until the amount left reaches the floor, at least 0; in four of five cases it is
   * between low and high. */
  int64_t runway_ms;
  int64_t low_ms;
  int64_t high_ms;
  int64_t dry_at_ms; /* now_ms + runway_ms */
};

/* How long the amount left will be above floor_nano (0, or a level). */
struct runway runway_of(const struct trend *trend, int64_t now_ms, int64_t floor_nano);

/* runway_ms for a message or a rule: -1 where nothing is to be claimed. */
int64_t runway_claimed_ms(const struct runway *runway);

const char *runway_state_name(enum runway_state state);

#endif
