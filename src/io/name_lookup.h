/* name_lookup: one host name's addresses, found in a thread of its own, so that a DNS that hangs holds up neither the loop
 * nor (as libuv's pool would) the program's end. */
#ifndef LOWTIDE_IO_NAME_LOOKUP_H
#define LOWTIDE_IO_NAME_LOOKUP_H

#include <stddef.h>

#include "lowtide/loop.h"

#define NAME_ADDRESSES_MAX 4
#define NAME_ADDRESS_MAX 64

struct name_lookup;

struct name_addresses {
  size_t count; /* 0: not found */
  char address[NAME_ADDRESSES_MAX][NAME_ADDRESS_MAX];
};

typedef void name_found(void *context, const struct name_addresses *found);

/* NULL if there is no thread or descriptor left. found is called once, never from inside this call; the look-up is gone
 * after it. */
struct name_lookup *name_lookup_start(struct loop *loop, const char *name, name_found *found, void *context);

/* found is not called any more. */
void name_lookup_cancel(struct name_lookup *lookup);

#endif
