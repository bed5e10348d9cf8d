/* notifier: how a message reaches a channel. A plug is one file and one line in the list of src/notifier/list.c, and pure:
 * a message in, payloads out; a payload in, a request out; an answer in, a verdict out. Only flow/deliver sends. */
#ifndef LOWTIDE_NOTIFIER_H
#define LOWTIDE_NOTIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/config.h"
#include "lowtide/http.h"
#include "lowtide/message.h"
#include "lowtide/setting.h"

#define NOTIFIER_PARTS_MAX 64
#define NOTIFIER_WHY_MAX 200

/* The payloads of one message, each within the channel's limits, without secrets: these are what the outbox keeps. */
struct parts {
  struct buf part[NOTIFIER_PARTS_MAX];
  int count;
};

void parts_init(struct parts *parts);
void parts_done(struct parts *parts);

enum verdict_kind { VERDICT_SENT, VERDICT_RETRY, VERDICT_REFUSED };

struct verdict {
  enum verdict_kind kind;
  int64_t after_ms;           /* RETRY: not before that many ms from now; 0 where nobody said */
  char why[NOTIFIER_WHY_MAX]; /* RETRY, REFUSED: what happened and, for REFUSED, what a person must do */
};

struct notifier_plug {
  const char *name; /* of `type =` */
  const char *about;
  const struct setting *settings; /* ends with a NULL name */
  bool local;                     /* the payload is text for standard output; there is no request */
  bool (*render)(const struct message *message, const struct channel *channel, struct parts *out, struct err *err);
  /* nonce is a short hash of the outbox row's key, the same at each try. */
  bool (*request)(const struct channel *channel, const char *payload, const char *nonce, struct http_request *out,
                  struct err *err);
  struct verdict (*verdict)(const struct http_answer *answer);
  /* A request that shows whether the channel exists and says nothing in it, for `doctor`; NULL: there is none. */
  bool (*probe)(const struct channel *channel, struct http_request *out, struct err *err);
};

extern const struct notifier_plug *const notifier_plugs[]; /* NULL at its end */
const struct notifier_plug *notifier_find(const char *name);

#endif
