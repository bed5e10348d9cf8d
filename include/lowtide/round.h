/* round: one turn of the pipeline: gather, then one job that records, judges, composes and queues, then text logs. What is
 * to be sent is in the outbox when it is over; deliver takes it from there. */
#ifndef LOWTIDE_ROUND_H
#define LOWTIDE_ROUND_H

#include <stdbool.h>
#include <stddef.h>

#include "lowtide/compose.h"
#include "lowtide/config.h"
#include "lowtide/store.h"
#include "lowtide/world.h"

enum round_posts {
  ROUND_POSTS_ALL,
  ROUND_POSTS_NEW,   /* only to channels that this store has never posted to, and none to a local one: it was printed */
  ROUND_POSTS_ALERTS /* no summary: somebody looks again */
};

/* When an account is to be looked at again although no slot is due: something kept back may be to be told then. */
struct round_look {
  const struct account *account;
  int64_t at_ms; /* 0: not */
};

struct round_request {
  struct config *config;                 /* kept until the round is over */
  const struct account *const *accounts; /* due now; copied */
  size_t count;
  const struct turn *slots; /* schedule and slot_ms of each schedule that made them due, one at least; copied */
  size_t slot_count;
  enum round_posts posts;
};

struct round_report {
  struct err err; /* why nothing was recorded; ERR_NONE if all was */
  bool fresh;     /* false: another process has run this slot already */
  int64_t turn_id;
  struct summary summary;         /* of the configured ones among the accounts */
  const struct round_look *looks; /* one each */
  bool doubts;                    /* one at least is an implausible fall that is looked at again */
  int disabled;                   /* channels that get no summary: their address is void */
  struct err log_err;             /* the first text log that could not be written */
};

/* How long after an implausible fall the account is looked at again: a vendor that is asked once a minute at most would
 * only say the same before. */
int64_t round_second_look_ms(const struct account *account);

struct round;

struct round_hooks {
  /* The job is committed, or has failed: what it queued can be sent while the text logs are written. NULL: nobody waits. */
  void (*recorded)(void *context, const struct round_report *report);
  /* All is over, once, after `recorded`. round_free from inside it, or later. */
  void (*done)(void *context, const struct round_report *report);
  void *context;
};

/* The reports live as long as the calls. */
struct round *round_start(const struct world *world, const struct round_request *request, const struct round_hooks *hooks);
/* Of those under way, how many accounts have answered. */
size_t round_answered(const struct round *round);
/* Those that it asks: the given ones that are configured. */
const struct account *const *round_accounts(const struct round *round);
size_t round_account_count(const struct round *round);
/* Only before done if nothing of it is with the writer, i.e. after the writer has ended. */
void round_free(struct round *round);

#endif
