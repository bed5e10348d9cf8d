/* judge: what happens to a round's readings inside its one job. Private to flow. */
#ifndef LOWTIDE_FLOW_JUDGE_H
#define LOWTIDE_FLOW_JUDGE_H

#include "lowtide/compose.h"
#include "lowtide/judge.h"
#include "lowtide/message.h"
#include "lowtide/round.h"
#include "lowtide/store.h"

/* Fills judged from the reading and what the store remembers, and records both. */
bool judge_account(struct store *store, const struct account *account, const struct turn *turn, struct reading reading,
                   struct judged *judged, struct err *err) MUST_CHECK;

/* What a job queues. */
struct dispatch {
  const struct config *config;
  const struct judged *judged;
  size_t count;
  const struct turn *turn;
  int64_t away_ms;
  enum round_posts posts;
};

struct dispatched {
  int summaries; /* queued */
  int disabled;  /* channels that got none: their address is void */
};

/* Alerts, recoveries and top-ups, then the summary, for each channel that wants them. */
bool dispatch_messages(struct store *store, const struct dispatch *dispatch, struct dispatched *dispatched,
                       struct err *err) MUST_CHECK;

/* Queues what a channel is to be told of the alerts: one message of each sort, however many there are. */
bool dispatch_alerts(struct store *store, const struct dispatch *dispatch, const struct channel *channel,
                     struct err *err) MUST_CHECK;

/* Puts the account into the message, for channels that tell programs. */
void dispatch_tell_account(const struct dispatch *dispatch, const struct channel *channel, const struct standing *standing,
                           struct message *message);

/* Renders the message for the channel, cut where there is too much of it, and queues its parts under that key. */
bool dispatch_queue(struct store *store, const struct dispatch *dispatch, const struct channel *channel,
                    struct message *message, const char *key, struct err *err) MUST_CHECK;

/* The text logs' lines; those that say POSTED are held until a summary is accepted. */
bool dispatch_log_lines(struct store *store, const struct dispatch *dispatch, bool summary_queued,
                        struct err *err) MUST_CHECK;

#endif
