/* parts: the next free payload of a message. */
#ifndef LOWTIDE_NOTIFIER_PARTS_H
#define LOWTIDE_NOTIFIER_PARTS_H

#include "lowtide/notifier.h"

/* NULL with ERR_LIMIT if the message has too many already. */
struct buf *parts_next(struct parts *parts, struct err *err) MUST_CHECK;

#endif
