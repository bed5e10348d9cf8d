/* asker: the real world's side of an ask: HTTP through one connection pool, SQL on other people's servers, mail, programs.
 * All on the loop; nothing here blocks it. Notes and readings are the store's, not this one's. */
#ifndef LOWTIDE_ASKER_H
#define LOWTIDE_ASKER_H

#include <stdint.h>

#include "lowtide/ask.h"
#include "lowtide/loop.h"

#define ASKER_IN_FLIGHT_MAX 512

struct asker;
struct asked; /* one ask under way */

typedef void asker_done(void *context, const struct answer *answer);

struct asker *asker_new(struct loop *loop, struct err *err) MUST_CHECK;
/* Ends everything under way without calling done. Not from inside a done. NULL is fine. */
void asker_free(struct asker *asker);

/* Takes the ask's content (ask_init'ed again afterwards); what it borrows must last until done. deadline_ms counts from
 * now. done is called exactly once, never from inside this call; at the deadline with ERR_TIMEOUT ("timed out after 10 s").
 * At most ASKER_IN_FLIGHT_MAX requests at once (64 queries, 64 programs, 16 mails), the others wait their turn within their
 * deadline. Kinds: ASK_HTTP, ASK_SQL, ASK_PROGRAM, ASK_MAIL. */
struct asked *asker_ask(struct asker *asker, struct ask *ask, int64_t deadline_ms, asker_done *done, void *context);
/* done is not called any more. Answers whether the request may have reached the other side. */
bool asker_cancel(struct asked *asked);

/* Closes idle connections and gives memory back to the system; after a round. */
void asker_rest(struct asker *asker);

#endif
