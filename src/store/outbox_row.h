/* outbox_row: what queueing, claiming and settling share. */
#ifndef LOWTIDE_STORE_OUTBOX_ROW_H
#define LOWTIDE_STORE_OUTBOX_ROW_H

#include "query.h"

/* Puts back claims whose process is gone or whose lease is over, as being in doubt; *claimed: one that holds is left. */
bool outbox_free_claims(struct store *store, const char *channel, int64_t now_ms, bool *claimed,
                        struct err *err) MUST_CHECK;

/* What is remembered of a channel. posted_ms 0: nothing was accepted now. Those below channel_count_doubtful want
 * channel_tell to have been called for that channel some day. */
bool channel_tell(struct store *store, const char *channel, int64_t posted_ms, const char *why, struct err *err) MUST_CHECK;
bool channel_count_doubtful(struct store *store, const char *channel, int64_t more, struct err *err) MUST_CHECK;
bool channel_count_repeated(struct store *store, const char *channel, struct err *err) MUST_CHECK;
bool channel_disable(struct store *store, const char *channel, int64_t now_ms, const char *mark,
                     struct err *err) MUST_CHECK;
bool channel_enable(struct store *store, const char *channel, struct err *err) MUST_CHECK;
bool channel_remember_message(struct store *store, const char *channel, const char *id, uint64_t mark,
                              struct err *err) MUST_CHECK;

#endif
