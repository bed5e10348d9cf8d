/* terminal: colours, and a line that shows slow work going on, only where a person looks. Private to the room. */
#ifndef LOWTIDE_COMMAND_TERMINAL_H
#define LOWTIDE_COMMAND_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "lowtide/loop.h"

/* Standard output is a terminal that wants bold and colours (NO_COLOR and TERM=dumb say no). */
bool terminal_is_rich(void);

/* "asking: 3 of 5 …" on stderr, if it is a terminal, once the work has taken half a second. NULL where nobody looks. */
struct progress;
struct progress *progress_new(struct loop *loop, const char *what, size_t (*done)(const void *work), const void *work,
                              size_t total);
void progress_free(struct progress *progress); /* takes the line away; NULL is fine */

#endif
