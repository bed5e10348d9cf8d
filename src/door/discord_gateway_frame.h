/* gateway_frame: what goes over Discord's gateway, as texts and values (docs: events/gateway, events/gateway-events,
 * topics/opcodes-and-status-codes, 2026-08). Pure, and private to the room. */
#ifndef LOWTIDE_DOOR_DISCORD_GATEWAY_FRAME_H
#define LOWTIDE_DOOR_DISCORD_GATEWAY_FRAME_H

#include "discord_gateway_memory.h"
#include "lowtide/err.h"

#define GATEWAY_PAYLOAD_MAX 4096 /* Discord closes with 4002 on more */

enum gateway_op {
  GATEWAY_DISPATCH = 0,
  GATEWAY_HEARTBEAT = 1,
  GATEWAY_IDENTIFY = 2,
  GATEWAY_PRESENCE = 3,
  GATEWAY_RESUME = 6,
  GATEWAY_RECONNECT = 7,
  GATEWAY_INVALID_SESSION = 9,
  GATEWAY_HELLO = 10,
  GATEWAY_ACK = 11
};

struct gateway_frame {
  struct json *root;    /* owned */
  int64_t op;           /* of enum gateway_op, or what we do not know */
  const struct json *d; /* NULL: not there */
  int64_t sequence;     /* -1: none */
  const char *event;    /* "" */
};

/* ERR_MALFORMED if it is no JSON object with an op. Free with gateway_frame_done. */
bool gateway_frame_read(const char *text, size_t length, struct gateway_frame *frame, struct err *err) MUST_CHECK;
void gateway_frame_done(struct gateway_frame *frame);

/* Those with a token in them are to be wiped. */
void gateway_write_heartbeat(int64_t sequence, struct buf *out);
void gateway_write_identify(const char *token, struct buf *out);
void gateway_write_resume(const char *token, const struct gateway_session *session, struct buf *out);
void gateway_write_presence(const char *text, struct buf *out); /* "": none */

/* What Discord means by a close code. */
enum gateway_meaning {
  GATEWAY_RESUMABLE, /* the session may go on */
  GATEWAY_ENDED,     /* a new session is needed */
  GATEWAY_FATAL      /* a person must mend something: trying again is forbidden */
};
struct gateway_close {
  enum gateway_meaning meaning;
  const char *sentence; /* FATAL: what is wrong */
  const char *hint;     /* and the mend */
};
struct gateway_close gateway_close_of(int code);

#endif
