/* undelivered: an alert that its channel does not take is told on another one. Private to flow. */
#ifndef LOWTIDE_FLOW_UNDELIVERED_H
#define LOWTIDE_FLOW_UNDELIVERED_H

#include "lowtide/config.h"
#include "lowtide/store.h"

struct undelivered {
  const struct config *config;
  const struct channel *channel;                    /* that refused it */
  char key[sizeof((struct outbox_row *)NULL)->key]; /* of the message; "": nothing is to be told */
  int64_t turn_id;
  const char *why;
  int64_t now_ms;
  const struct channel *told; /* out: where it is told; NULL: nowhere */
};

/* In a job. What is itself told for another channel goes no further: it is told nowhere. */
bool undelivered_queue(struct store *store, struct undelivered *undelivered, struct err *err) MUST_CHECK;

#endif
