/* daemon_parts: what the daemon's files share: its state, its rounds, its view, and those who wait for an early turn.
 * Private to flow. */
#ifndef LOWTIDE_FLOW_DAEMON_PARTS_H
#define LOWTIDE_FLOW_DAEMON_PARTS_H

#include "bulletins.h"
#include "lowtide/daemon.h"
#include "lowtide/deliver.h"
#include "lowtide/textlog.h"
#include "retention.h"
#include "timetable.h"

/* What a question counts as fresh: nobody's button makes a provider be asked faster than that. */
#define REFRESH_YOUNG_MS 10000

struct refresh;

/* Somebody waits for what a round records. */
struct awaiting {
  struct awaiting *next;
  struct refresh *refresh;
};

/* A round under way and what it keeps from being asked twice. */
struct running {
  struct daemon *daemon;
  struct running *next;
  struct round *round;
  struct config *config;
  struct awaiting *awaited;
  bool recorded; /* its readings are in the view, its text logs may not be written yet */
  bool first;
  bool of_slot;
};

/* The senders of a config before, until their last message is settled. */
struct leaving {
  struct leaving *next;
  struct deliver *deliver;
};

struct daemon {
  struct world world;
  struct daemon_hooks hooks;
  struct timetable table;
  struct deliver *deliver;
  struct leaving *leaving;
  struct running *running;
  struct retention *retention;
  struct bulletins *bulletins;
  struct view *view; /* of the table's config */
  struct view_load *load;
  bool load_again;
  void *nudge;            /* NULL until the first */
  bool nudged;            /* another process has written: the next load finds out what */
  bool nudge_after_round; /* what was written came in the middle of one */
  struct refresh *refreshes;
  void *tick;
  void *patience;
  int64_t ticked_ms;
  int64_t next_told_ms;
  struct turn newest_slot; /* asked about at the start */
  bool newest_slot_run;
  struct textlog_report left;     /* lines that the process before left behind */
  char log_trouble[ERR_TEXT_MAX]; /* told already */
  bool worked;                    /* since the last rest */
  bool stopping;
  bool ended;
};

void daemon_sleep_on(struct daemon *daemon);
void daemon_end_if_idle(struct daemon *daemon);

/* --- daemon_round.c */
struct running *daemon_begin_round(struct daemon *daemon, const struct round_request *request, bool first);
/* The accounts that it asks are in flight, or are so no more. */
void daemon_mark(struct daemon *daemon, const struct running *running, bool begins);
void daemon_begin_bulletin(struct daemon *daemon);
void daemon_free_running(struct running *running);
/* A log that cannot be written is told once, not every hour. */
void daemon_tell_log_trouble(struct daemon *daemon, const struct err *err);

/* --- daemon_view.c */
/* Makes the view one of the table's config, and has the store looked at for what it does not know. */
void daemon_view_begin(struct daemon *daemon);
void daemon_view_take(struct daemon *daemon, const struct running *running, const struct round_report *report);
/* One under way, and one more after it. */
void daemon_view_load(struct daemon *daemon);
void daemon_view_end(struct daemon *daemon);

/* --- daemon_nudge.c */
/* In a job: when to look at the account for what another process may have written; 0: not. */
bool daemon_nudge_look(struct store *store, const struct account *account, const struct account_state *state,
                       int64_t now_ms, int64_t *at_ms, struct err *err) MUST_CHECK;
/* Accounts of that config. What is planned for a time before stays so. */
void daemon_nudge_plan(struct daemon *daemon, const struct config *config, const struct round_look *looks, size_t count);
void daemon_nudge_after_round(struct daemon *daemon);
void daemon_nudge_end(struct daemon *daemon);

/* --- daemon_refresh.c */
/* Those who wait for this round hear how it went. */
void daemon_refresh_recorded(struct running *running, const struct err *err);
/* Those who still wait hear that it comes to nothing. */
void daemon_refresh_end(struct daemon *daemon);

#endif
