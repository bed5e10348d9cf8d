/* nested_loop: a libuv loop inside the loop, for a library that cannot be trusted with ours: what it forgets stays in
 * there, and it can be run to its end without waking anybody else. */
#ifndef LOWTIDE_IO_NESTED_LOOP_H
#define LOWTIDE_IO_NESTED_LOOP_H

#include <uv.h>

#include "lowtide/loop.h"

struct nested_loop;

struct nested_loop *nested_loop_new(struct loop *outer, struct err *err) MUST_CHECK;
uv_loop_t *nested_loop_uv(struct nested_loop *nested);

/* Something in it was changed from outside: it is run soon, never from inside this call. */
void nested_loop_stir(struct nested_loop *nested);

/* Runs it, and only it, until nothing is left in it that closes; not from inside one of its callbacks. */
void nested_loop_settle(struct nested_loop *nested);

/* Closes what is left in it. NULL is fine. */
void nested_loop_free(struct nested_loop *nested);

#endif
