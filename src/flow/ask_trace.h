/* ask_trace: what `log_level = debug` tells of an ask and of what came back: who, where, how long. Of an address host and
 * path only, of a channel's the host only; never headers, bodies, queries or arguments. */
#ifndef ASK_TRACE_H
#define ASK_TRACE_H

#include "lowtide/ask.h"

/* One line, "kimi asks GET api.example.com/balance". NULL if nothing is to be told; ends with one of the two below. */
struct ask_trace *ask_trace_new(const struct ask *ask);

/* "kimi has an answer from GET api.example.com/balance status=200 bytes=120 ms=231"; NULL is fine. */
void ask_trace_answered(struct ask_trace *trace, const struct answer *answer);
void ask_trace_given_up(struct ask_trace *trace);

#endif
