/* signed_replay: what has come in the last minutes, so that a request that is sent again has no effect. Effects are also
 * kept once for each key by the store, over restarts. */
#ifndef LOWTIDE_DOOR_SIGNED_REPLAY_H
#define LOWTIDE_DOOR_SIGNED_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGNED_REPLAY_MS 660000 /* longer than any timestamp is taken: SIGNATURE_WINDOW_MS to both sides */
#define SIGNED_REPLAY_MAX 4096  /* 400 KB; the oldest go first */
#define SIGNED_KEY_MAX 88

struct signed_replay;

struct signed_replay *signed_replay_new(void);
void signed_replay_free(struct signed_replay *replay); /* NULL is fine */

/* Whether it is new; from now on it is not. now_ms is monotonic. */
bool signed_replay_is_new(struct signed_replay *replay, const char *key, int64_t now_ms);
size_t signed_replay_count(const struct signed_replay *replay);

#endif
