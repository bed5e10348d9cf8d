/* timetable: which slots of which schedules are to be run now, for which accounts. Pure; private to flow. */
#ifndef LOWTIDE_FLOW_TIMETABLE_H
#define LOWTIDE_FLOW_TIMETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/config.h"
#include "lowtide/round.h"
#include "lowtide/store.h"

/* A slot that was missed while nobody looked is still run if it is younger than half its period and than this. */
#define SLOT_YOUNG_MS (5 * 60000LL)

struct slot_clock {
  const struct cron *cron; /* NULL: the account follows the config's schedule */
  const struct zone *zone;
  int64_t handled_ms; /* the slot that was run, or found too old, last */
};

struct timetable {
  struct config *config; /* kept */
  struct slot_clock main;
  struct slot_clock *own; /* one an account */
  size_t *in_flight;      /* one an account: rounds that are asking it */
  int64_t *look_ms;       /* one an account: when to look again although no slot is due; 0: not */
};

struct timetable timetable_of(struct config *config);
void timetable_done(struct timetable *table);

/* A round of this config, or of one before, begins or ends to ask this account. By name where the config is another: an
 * account that is in it no more is passed over. */
void timetable_mark(struct timetable *table, const struct config *config, const struct account *account, bool begins);

/* Whether there is a slot to run at now_ms. While someone looked in steadily (awake) any slot up to a period old counts.
 * handled_ms moves on either way: that a slot is run only once is the store's to say, not this clock's. */
bool slot_is_due(struct slot_clock *clock, int64_t now_ms, bool awake, int64_t *slot_ms);

struct due {
  const struct account **accounts; /* due, and not in flight already */
  size_t account_count;
  struct turn *slots;
  size_t slot_count;
};

void timetable_due(struct timetable *table, int64_t now_ms, bool awake, struct due *due);
void due_done(struct due *due);

size_t timetable_index(const struct timetable *table, const struct config *config, const struct account *account);

/* The accounts that are to be looked at again by now_ms, and not in flight. Each is asked for once: the round that looks
 * says when to look next. No slots. */
void timetable_looks(struct timetable *table, int64_t now_ms, struct due *due);
/* What a round said of when to look at an account of that config. */
void timetable_plan(struct timetable *table, const struct config *config, const struct round_look *look);
/* Plans of a table before are kept, by name. */
void timetable_take_plans(struct timetable *table, const struct timetable *before);

/* The next slot of any schedule, or look, after now_ms; 0 if there is none. */
int64_t timetable_next(const struct timetable *table, int64_t now_ms);

/* Leaves all slots up to now_ms behind. */
void timetable_catch_up(struct timetable *table, int64_t now_ms);

#endif
