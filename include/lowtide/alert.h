/* alert: what an account's person wants told and when, what is remembered of it between rounds, and what a round makes of
 * it. Plain values, copied with `=`. */
#ifndef LOWTIDE_ALERT_H
#define LOWTIDE_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/err.h"
#include "lowtide/money.h"
#include "lowtide/zone.h"

/* --- what is wanted ------------------------------------------------------------------------------------------------ */

enum remind { REMIND_ONCE, REMIND_EVERY, REMIND_DIMINISHING /* after 1, 2, 4, 8 … hours */ };

/* Hours in which only critical alerts are told, as minutes of the local day; from > to goes over midnight. */
struct quiet {
  bool set;
  int from_minute;
  int to_minute;
};

enum digest { DIGEST_NONE, DIGEST_DAILY, DIGEST_WEEKLY, DIGEST_MONTHLY };

struct alert_policy {
  enum remind remind;
  int64_t remind_ms;   /* REMIND_EVERY */
  int64_t cooldown_ms; /* 0: none */
  struct quiet quiet;
  enum digest digest;
};

/* "once", "daily", "diminishing", "90m". */
bool remind_parse(const char *text, enum remind *remind, int64_t *remind_ms, struct err *err) MUST_CHECK;
/* "22:00-07:00", from and to differ; "none". */
bool quiet_parse(const char *text, struct quiet *quiet, struct err *err) MUST_CHECK;
/* When the quiet hours around now_ms end; 0 outside of them. An hour that DST skips ends with the gap. */
int64_t quiet_until(const struct quiet *quiet, const struct zone *zone, int64_t now_ms);

/* --- what is remembered -------------------------------------------------------------------------------------------- */

/* Levels here rank ok < warning and unknown < critical. */
enum alert_rank { RANK_NONE, RANK_WARNING, RANK_CRITICAL };

/* One condition that is told when it begins, may be told again while it holds, and is over some day. */
struct ladder {
  enum alert_rank told;  /* and not yet recovered from */
  enum alert_rank peak;  /* the worst told since it began */
  enum alert_rank acked; /* somebody has seen that: no reminders until it gets worse */
  enum alert_rank held;  /* crossed, and not told yet */
  int64_t episode;       /* counts; an episode tells each rank once */
  int64_t told_ms;       /* raised or reminded last */
  int reminders;         /* of this episode's rank */
};

struct alert_memory {
  struct ladder low;
  struct ladder stale;
  enum alert_rank last_rank; /* of the account's newest alert, for the cooldown */
  int64_t last_told_ms;
  int64_t muted_until_ms; /* 0: not muted */
  enum alert_rank muted;  /* what is worse is told all the same */
  int64_t unknown_since_ms;
  int64_t topups;        /* counts those noticed */
  struct amount suspect; /* what a first look at an implausible fall saw */
  int64_t suspect_ms;
};

/* At now_ms somebody wants to hear nothing but worse. */
bool alert_is_muted(const struct alert_memory *memory, int64_t now_ms);
/* Something is told, and all that is was acknowledged. */
bool alert_is_acked(const struct alert_memory *memory);

/* A grant that runs out, as noted with `topup --expires`. */
struct grant {
  int64_t id;
  int64_t nano; /* at most that much of it is left: what expires first is spent first */
  int64_t noted_ms;
  int64_t expires_ms;
  int told_days; /* the smallest of 30, 7 and 1 that was told; 0: none */
};

#define GRANTS_MAX 32
struct grants {
  struct grant list[GRANTS_MAX];
  int count;
};

bool alert_memory_same(const struct alert_memory *a, const struct alert_memory *b);

/* --- what comes of it ---------------------------------------------------------------------------------------------- */

enum alert_kind { ALERT_LOW, ALERT_STALE, ALERT_TOPUP, ALERT_EXPIRY };
enum alert_event { ALERT_RAISED, ALERT_REMINDED, ALERT_OVER, ALERT_NOTICED /* a top-up, an expiry: no ladder */ };
enum alert_fate {
  ALERT_TOLD,
  ALERT_HELD,   /* told later if it still holds: why and until_ms say more */
  ALERT_DROPPED /* never told: why */
};

/* Named as in its key: "low", "stale", "topup", "expiry". */
const char *alert_kind_name(enum alert_kind kind);

#define ALERT_KEY_MAX 112
#define ALERTS_MAX 8

struct alert {
  enum alert_kind kind;
  enum alert_event event;
  enum alert_fate fate;
  enum alert_rank rank; /* OVER: the worst of what is over */
  bool first;           /* RAISED: not held before */
  int64_t episode;      /* of the ladder; TOPUP: which one; EXPIRY: the grant's id */
  int step;             /* REMINDED: the how manieth; EXPIRY: days, 30, 7 or 1 */
  struct amount amount; /* TOPUP: by how much it rose; EXPIRY: what runs out */
  int64_t at_ms;        /* EXPIRY: when; OVER of STALE: unknown since */
  int64_t until_ms;     /* HELD */
  const char *why;      /* HELD, DROPPED: a few words; "" else */
};

struct alerts {
  struct alert list[ALERTS_MAX];
  int count;
  int64_t look_ms; /* when something may be to be told although no round is due; 0: never */
};

/* Unique for what is told once: "low:kimi:3:warning", "low:kimi:3:warning:r2", "low:kimi:3:over", "topup:kimi:5",
 * "expiry:kimi:12:7". */
void alert_key(char out[static ALERT_KEY_MAX], const struct alert *alert, const char *account);

#endif
