#include "lowtide/reply.h"

#include "lowtide/http.h"

void reply_parts_init(struct reply_parts *parts) {
  parts->count = 0;
  for (int i = 0; i < REPLY_PARTS_MAX; i++)
    buf_init(&parts->part[i], HTTP_REQUEST_BODY_MAX);
}

void reply_parts_done(struct reply_parts *parts) {
  for (int i = 0; i < REPLY_PARTS_MAX; i++)
    buf_done(&parts->part[i]);
  parts->count = 0;
}
