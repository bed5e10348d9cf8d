/* footer: what stands under a summary, worded from the config. Private to the room. */
#ifndef LOWTIDE_COMPOSE_FOOTER_H
#define LOWTIDE_COMPOSE_FOOTER_H

#include "lowtide/compose.h"

/* With the blank line before it; nothing for FOOTER_NONE. */
void footer_add(struct buf *out, const struct summary *summary);

#endif
