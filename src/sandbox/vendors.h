/* vendors: answers in the shapes of the real ones. Pure. */
#ifndef LOWTIDE_SANDBOX_VENDORS_H
#define LOWTIDE_SANDBOX_VENDORS_H

#include <stdint.h>

#include "lowtide/buf.h"

struct vendor_ask {
  const char *method;
  const char *path; /* without a query */
  const char *key;  /* of "Authorization: Bearer KEY"; "" if there is none */
  uint64_t seed;
  int64_t now_ms;
};

/* Writes the body and answers the status. */
int vendor_answer(const struct vendor_ask *ask, struct buf *body);

#endif
