/* pace: when the next request may go to a channel, so that no platform has to say no. Counts what is sent, remembers what
 * the answers said. Pure: times are monotonic milliseconds, given by the caller. Private to flow. */
#ifndef LOWTIDE_FLOW_PACE_H
#define LOWTIDE_FLOW_PACE_H

#include "lowtide/notifier.h"

/* https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans bans an address at
 * 10,000 in 10 minutes; whoever sees 100 is doing something wrong. */
#define PACE_INVALID_MAX 100
#define PACE_INVALID_PER_MS 600000

struct pace;

/* What several paces in a row know of the same channels: a reload forgets nothing. before may be NULL. */
struct pace *pace_new(const struct channel *channels, size_t count, const struct pace *before);
void pace_free(struct pace *pace);

/* For how long nothing may go to channels[index]; 0: now. */
int64_t pace_wait(const struct pace *pace, size_t index, int64_t now_ms);
/* A request goes out, or will at once. */
void pace_take(struct pace *pace, size_t index, int64_t now_ms);
/* It did not, after all. */
void pace_give_back(struct pace *pace, size_t index, int64_t taken_ms);

/* What came back. Answers true the moment that a platform has had so many wrong requests that it gets no more for a
 * while. */
bool pace_hear(struct pace *pace, size_t index, int64_t now_ms, const struct http_answer *answer,
               const struct verdict *verdict);

#endif
