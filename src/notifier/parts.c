#include "notifier/parts.h"

void parts_init(struct parts *parts) {
  parts->count = 0;
  for (int i = 0; i < NOTIFIER_PARTS_MAX; i++)
    buf_init(&parts->part[i], HTTP_REQUEST_BODY_MAX);
}

void parts_done(struct parts *parts) {
  for (int i = 0; i < NOTIFIER_PARTS_MAX; i++)
    buf_done(&parts->part[i]);
  parts->count = 0;
}

struct buf *parts_next(struct parts *parts, struct err *err) {
  if (parts->count == NOTIFIER_PARTS_MAX) {
    err_set(err, ERR_LIMIT, "the message needs more than %d posts", NOTIFIER_PARTS_MAX);
    return NULL;
  }
  return &parts->part[parts->count++];
}
