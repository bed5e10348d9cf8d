/* loop_uv: the libuv loop under a loop, for the files of this room. */
#ifndef LOWTIDE_IO_LOOP_UV_H
#define LOWTIDE_IO_LOOP_UV_H

#include <uv.h>

#include "lowtide/loop.h"

uv_loop_t *loop_uv(struct loop *loop);

#endif
