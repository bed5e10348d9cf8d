/* judge: what is made of a reading, given what is remembered of its account. Pure: a round and a replay judge alike. */
#ifndef LOWTIDE_JUDGE_H
#define LOWTIDE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/compose.h"
#include "lowtide/rule.h"
#include "lowtide/runway.h"
#include "lowtide/store.h"

/* All that one account's readings before have left behind. */
struct remembered {
  struct account_state state;
  struct alert_memory memory;
  struct trend trend;   /* only looked at if the reading is known */
  struct grants grants; /* as they were granted; only looked at if the reading is estimated */
};

/* A reading's place in the summary and what the rules made of it. */
struct judged {
  struct standing *standing; /* borrowed, and filled by judge_reading */
  bool changed;              /* another level than last time */
  bool again;                /* an implausible fall: to be read again soon */
  struct alerts alerts;
};

/* remembered is moved on; a reading that is reused was taken into state and trend before. */
void judge_reading(const struct account *account, int64_t now_ms, struct reading reading, struct remembered *remembered,
                   struct judged *judged);

/* Whether the channel is to be told of that alert. */
bool judge_is_for(const struct channel *channel, const struct judged *judged, const struct alert *alert);

/* --- replay: the rules run over what is recorded of one account ----------------------------------------------------- */

struct replay_event {
  const struct account *account;
  int64_t at_ms;
  const struct judged *judged;
  const struct alert *alert;
};

/* Begins with an empty memory. grants: of the account, as they were granted; copied. each hears of all that would have been
 * told, held or dropped. */
struct replay;
struct replay *replay_new(const struct account *account, const struct grants *grants,
                          void (*each)(void *context, const struct replay_event *event), void *context);
/* A recorded reading, in the order of history. Another provider's are passed over: their amounts are not this one's. */
void replay_take(struct replay *replay, const char *provider, const struct reading *reading);
/* History ends at now_ms: looks until then are made. */
void replay_end(struct replay *replay, int64_t now_ms);
void replay_free(struct replay *replay);

#endif
