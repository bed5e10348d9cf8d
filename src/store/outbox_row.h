/* outbox_row: what claiming and settling share. */
#ifndef LOWTIDE_STORE_OUTBOX_ROW_H
#define LOWTIDE_STORE_OUTBOX_ROW_H

#include "lowtide/mem.h"
#include "query.h"

/* Puts back claims whose process is gone or whose lease is over; *claimed: one that holds is left. */
bool outbox_free_claims(struct store *store, const char *channel, int64_t now_ms, bool *claimed,
                        struct err *err) MUST_CHECK;

#endif
