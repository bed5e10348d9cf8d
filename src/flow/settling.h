/* settling: what to do with a claimed message, and what becomes of it after a try. Pure: the time and the dice are given.
 * Private to flow. */
#ifndef LOWTIDE_FLOW_SETTLING_H
#define LOWTIDE_FLOW_SETTLING_H

#include "lowtide/notifier.h"
#include "lowtide/store.h"

enum settling_plan {
  SETTLING_SEND,
  SETTLING_SEND_MARKED, /* it may have arrived already: say so */
  SETTLING_LEAVE        /* it may have arrived already, and is not worth saying twice */
};

struct attempt {
  const struct outbox_row *row;
  const struct notifier_plug *plug;
  int64_t now_ms;
  const char *edits; /* the message that is changed: the same again changes nothing; NULL: a new one */
};

enum settling_plan settling_plan(const struct attempt *attempt);
/* What SETTLING_LEAVE comes to. */
struct outbox_settlement settling_leave(const struct attempt *attempt);

struct outcome {
  const struct verdict *verdict;
  bool unheard; /* there was no answer, although the request may have arrived */
  bool marked;
  const char *address_mark; /* of the channel, as notifier_mark has it */
  uint64_t payload_mark;
  uint64_t chance;
};

#define SETTLING_WHY_MAX (NOTIFIER_WHY_MAX + 64)
/* Texts in it are borrowed: from the attempt, the outcome and why. */
struct outbox_settlement settling_of(const struct attempt *attempt, const struct outcome *outcome,
                                     char why[static SETTLING_WHY_MAX]);

#endif
