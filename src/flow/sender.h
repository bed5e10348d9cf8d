/* sender: takes one channel's messages out of the outbox, one at a time: claim, ask, settle. Private to flow. */
#ifndef LOWTIDE_FLOW_SENDER_H
#define LOWTIDE_FLOW_SENDER_H

#include "lowtide/deliver.h"
#include "lowtide/notifier.h"
#include "lowtide/textlog.h"
#include "pace.h"
#include "settling.h"
#include "undelivered.h"

/* Idle, or with one row between claim and settlement. */
struct sender {
  struct deliver *deliver;
  const struct channel *channel;
  size_t index; /* of the channel in its config */
  char address_mark[NOTIFIER_MARK_MAX];
  bool busy;
  bool wanted;    /* woken while busy: look again */
  bool released;  /* the summary's first part was accepted: the logs say so */
  bool goes_on;   /* the settling job claims the next row too */
  bool unsettled; /* the verdict could not be stored yet */
  bool settled;   /* it was this sender's to say */
  bool letting_go;
  bool logging;
  struct outbox_row row;
  struct channel_state kept; /* as of the claim */
  struct verdict verdict;
  struct outbox_settlement settlement;
  char why[SETTLING_WHY_MAX]; /* the settlement's */
  struct undelivered undelivered;
  struct textlog_report textlog;
  int64_t next_ms;       /* when the next row of anybody is due, as of the last look; 0: none */
  int64_t taken_mono_ms; /* a place in the pace, for a request that has not gone out; 0: none */
  bool marked;           /* the request says that it may be a repeat */
  bool edits;            /* it changes kept.message_id */
  enum ask_kind kind;
  void *asked;
  void *alarm;
};

struct deliver {
  struct world world;
  struct config *config;
  struct pace *pace;
  bool print_local;
  bool stopped;
  size_t count;
  struct sender senders[];
};

void sender_init(struct sender *sender, struct deliver *deliver, size_t index);
/* Something may wait. */
void sender_look(struct sender *sender);
/* What could not be stored is tried once more. */
void sender_stop(struct sender *sender);
/* Lets go of what is under way, so that nobody doubts what never left. */
void sender_give_up(struct sender *sender);
void sender_done(struct sender *sender);

/* Between its files: the claimed row is tried, and how it went is settled. */
void sender_try(struct sender *sender);
bool sender_has_summary(const struct sender *sender);
struct attempt sender_attempt(const struct sender *sender);
/* By sender->verdict; unheard: there was no answer, although the request may have arrived. */
void sender_settle_verdict(struct sender *sender, bool unheard);
void sender_settle(struct sender *sender);

#endif
