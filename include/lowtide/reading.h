/* reading: what one check of one account found; levels; and how both are judged. Plain values, copied with `=`.
 * A failed check is a reading too: code and detail say why, and no amount is known. */
#ifndef LOWTIDE_READING_H
#define LOWTIDE_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/err.h"
#include "lowtide/money.h"

#define UNIT_MAX 16
#define DETAIL_MAX 160

/* What kind of balance the vendor tells (contract, section 4's lines). */
enum reading_kind {
  READING_PREPAID, /* available, perhaps split into cash and voucher */
  READING_SPEND,   /* used this month, against a limit (a budget), or ever, against none */
  READING_QUOTA    /* used of a limit, until resets_at where that is known */
};

struct reading {
  enum reading_kind kind;
  int64_t asked_ms; /* when the round asked */
  int64_t time_ms;  /* as of when the vendor or the note says; asked_ms where nobody says */
  struct amount available;
  struct amount cash;
  struct amount voucher;
  struct amount used;
  struct amount limit;
  int64_t resets_ms; /* 0: not known */
  int64_t noted_ms;  /* when a person noted what it is reckoned from; 0: time_ms */
  char unit[UNIT_MAX];
  bool estimated;          /* noted by hand or carried forward, shown with "≈" */
  bool simulated;          /* from the sandbox */
  bool reused;             /* recorded by a round before: it stands for a question that the vendor does not want so soon */
  uint32_t ask_mark;       /* tells what was asked from anything else; 0: may not be reused */
  enum err_code code;      /* ERR_NONE for a good reading */
  char detail[DETAIL_MAX]; /* short and fit for a message: "HTTP 503", "timed out after 10 s" */
  char hint[ERR_HINT_MAX]; /* what a person can do, "" where nothing is known; never in a message */
};

static inline bool reading_is_known(const struct reading *reading) {
  return reading->code == ERR_NONE;
}

/* Its place in history. */
static inline int64_t reading_at_ms(const struct reading *reading) {
  return reading->asked_ms != 0 ? reading->asked_ms : reading->time_ms;
}

/* A limit of 0 is how some vendors say that there is none. */
static inline bool reading_is_limited(const struct reading *reading) {
  return reading->limit.known && reading->limit.nano > 0;
}

/* An unknown reading for the reason in err. */
struct reading reading_unknown(int64_t asked_ms, const struct err *err);

/* The same reading, or unknown with ERR_STALE if what it tells is older than stale_after_ms at now_ms. */
struct reading reading_fresh(struct reading reading, int64_t stale_after_ms, int64_t now_ms);

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_UNKNOWN };

const char *level_name(enum level level);

/* One level's limits. What is not known does not apply. Percents are in nano too: 80 % is 80 * MONEY_NANO. */
struct limits {
  struct amount left;
  struct amount used;
  struct amount percent;
  int64_t runway_ms; /* 0: none */
};

/* One of an amount at least applies. */
static inline bool limits_amounts(const struct limits *limits) {
  return limits->left.known || limits->used.known || limits->percent.known;
}

struct thresholds {
  struct limits warning;
  struct limits critical;
};

/* What an account says itself, and what [lowtide] says for all. */
struct threshold_settings {
  struct thresholds own;
  struct thresholds inherited; /* applies where the account says nothing, amounts left only to currencies */
};

/* What applies to this reading: the account's own limits; else the inherited ones, `left` and `used` only for a
 * currency, `left` only where `available` is known; where no amount then applies and the limit is known, 80 and 95 % used.
 * An inherited critical that is not below the account's warning becomes a fifth of it. */
struct thresholds thresholds_for(const struct threshold_settings *settings, const struct reading *reading);

/* Strictly below warning is LEVEL_WARNING, strictly below critical LEVEL_CRITICAL; at or above a used or percent limit
 * likewise; an unknown reading is LEVEL_UNKNOWN. */
enum level level_of(const struct reading *reading, const struct thresholds *thresholds);

/* The level of the amounts, made worse by a runway (-1: not known) that is no longer than its limit. */
enum level level_with_runway(enum level level, const struct thresholds *thresholds, int64_t runway_ms);

/* What can still be spent: what is available, else the limit less what is used of it; else nobody knows. */
struct amount reading_left(const struct reading *reading);

/* By how much what is available rose, if that is a top-up and no refund or correction of cents: 5 % of what was there, and
 * 1 unit at least, of a prepaid balance. */
bool reading_rise(const struct reading *before, const struct reading *after, int64_t *nano);

/* Whether a script may go on spending. */
enum guard { GUARD_ENOUGH, GUARD_TOO_LOW, GUARD_UNKNOWN };

/* Against what is needed; where that is not known, against the critical level: below it is too low, and so is nothing left
 * where there is no such level. */
enum guard guard_of(const struct reading *reading, enum level level, const struct thresholds *thresholds,
                    struct amount need);

#endif
