/* notifier: how a message reaches a channel. A plug is one file and one line in the list of src/notifier/list.c, and pure:
 * a message in, payloads out; a payload in, an ask out; an answer in, a verdict out. Only flow/deliver sends. */
#ifndef LOWTIDE_NOTIFIER_H
#define LOWTIDE_NOTIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/ask.h"
#include "lowtide/config.h"
#include "lowtide/message.h"
#include "lowtide/setting.h"

#define NOTIFIER_PARTS_MAX 64
#define NOTIFIER_WHY_MAX 200
#define NOTIFIER_MESSAGE_ID_MAX 64

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
  char why[NOTIFIER_WHY_MAX]; /* RETRY, REFUSED: what happened and, for REFUSED, what a person must do. SENT: "", or what
                                 was not as it should be */
  char message_id[NOTIFIER_MESSAGE_ID_MAX]; /* SENT: what sending.message_id takes to edit it; "": not told */
  struct http_rate rate;                    /* as the answer's headers told it */
  bool disabled; /* REFUSED, and so will be all that follows: the address or the login itself is void */
  bool gone;     /* REFUSED, of an edit: the message cannot be edited any more; post it anew */
};

/* One try to send a payload. */
struct sending {
  const struct channel *channel;
  const char *payload;
  const char *nonce;      /* a short hash of the outbox row's key, the same at each try; letters and digits, 25 at most */
  int64_t created_ms;     /* when the message was queued */
  int64_t now_ms;         /* of this try */
  const char *message_id; /* edit: of the message that is changed */
};

/* So many requests in any stretch of that length; count 0: as many as one likes. */
struct notifier_limit {
  int count;
  int64_t per_ms;
};

/* What the channels of a platform share: it counts their wrong requests together, and holds all of them at once. */
struct notifier_platform {
  const char *name;
  struct notifier_limit limit; /* of all of them together */
};

#define NOTIFIER_ALWAYS INT64_MAX
#define NOTIFIER_REPEAT_MARK "(possible repeat) "
#define NOTIFIER_REPEAT_UNITS 18 /* that an alert leaves free in a payload for the mark */

struct notifier_plug {
  const char *name; /* of `type =` */
  const char *about;
  const struct setting *settings; /* ends with a NULL name */
  bool local;                     /* the payload is text for standard output; there is no request */
  /* Whether this config has what is pressed under its messages answered; NULL: there is nothing to press. */
  bool (*answers)(const struct config *config);
  bool tells_accounts; /* message.accounts goes into the payload */
  int64_t deadline_ms; /* how long a try may take; 0: as long as others */
  bool (*render)(const struct message *message, const struct channel *channel, struct parts *out, struct err *err);
  /* The ask that sends it, ask_init'ed before and ask_done after by the caller. Made once with an empty payload when the
   * config is read, to find what can never work. */
  bool (*request)(const struct sending *sending, struct ask *out, struct err *err);
  /* The ask that puts the payload in place of what sending->message_id says; NULL: the channel knows no such thing. */
  bool (*edit)(const struct sending *sending, struct ask *out, struct err *err);
  /* Of what request, edit or probe asked. Through notifier_judge, which keeps secrets out of it. */
  struct verdict (*verdict)(const struct answer *answer);
  /* An ask that shows whether the channel exists and says nothing in it, for `doctor`; NULL: there is none. */
  bool (*probe)(const struct channel *channel, struct ask *out, struct err *err);
  const struct notifier_platform *platform; /* NULL: it shares nothing with others */
  struct notifier_limit limit;              /* of one channel, where answers do not tell it */
  int64_t repeat_safe_ms; /* after a first try, the same nonce makes no second message for that long; NOTIFIER_ALWAYS */
  /* The payload of an alert, a recovery or a top-up with NOTIFIER_REPEAT_MARK in front of its text, still within the
   * limits. NULL: it goes out as it is. */
  bool (*mark_repeat)(const char *payload, struct buf *out, struct err *err);
};

/* The plug's verdict on an answer in which live secrets are blotted out: some of its words may stand in the store and in
 * the log, cut short. */
struct verdict notifier_judge(const struct notifier_plug *plug, const struct answer *answer);

#define NOTIFIER_MARK_MAX 9
/* Tells one address and login from another, and nothing of them: what was void may be set anew. */
void notifier_mark(const struct channel *channel, char out[static NOTIFIER_MARK_MAX]);

extern const struct notifier_plug *const notifier_plugs[]; /* NULL at its end */
const struct notifier_plug *notifier_find(const char *name);

#endif
