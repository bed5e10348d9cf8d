/* websocket_wire: what the files of the WebSocket client share: a connection, and libwebsockets at arm's length. */
#ifndef LOWTIDE_IO_WEBSOCKET_WIRE_H
#define LOWTIDE_IO_WEBSOCKET_WIRE_H

#include "io/name_lookup.h"
#include "io/nested_loop.h"
#include "io/websocket_target.h"
#include "io/websocket_trust.h"
#include "lowtide/buf.h"
#include "lowtide/websocket.h"

#define WEBSOCKET_FRAME_ROOM 32 /* lws writes a frame's head in front of its bytes */

struct websockets {
  struct loop *loop;
  struct nested_loop *nested; /* lws's; NULL until the first connection */
  struct lws_context *lws;
  struct websocket_trust *trusts;
  struct websocket *first;
  uintptr_t last_wire;
};

enum websocket_state {
  WEBSOCKET_STARTING,
  WEBSOCKET_LOOKING, /* the name up, and reading the trusted certificates */
  WEBSOCKET_CONNECTING,
  WEBSOCKET_OPEN,
  WEBSOCKET_CLOSING, /* we wish to; nothing is heard any more */
  WEBSOCKET_LEAVING, /* the other side sent its close frame */
  WEBSOCKET_ENDED,   /* closed is called in the loop's next turn, outside lws */
  WEBSOCKET_TELLING, /* closed is being called */
};

enum websocket_frame_kind { WEBSOCKET_TEXT, WEBSOCKET_PING, WEBSOCKET_CLOSE };

struct websocket_frame {
  struct websocket_frame *next;
  size_t cost;
  enum websocket_frame_kind kind;
  size_t length;
  unsigned char bytes[]; /* WEBSOCKET_FRAME_ROOM, then the payload */
};

/* Wiped first: it may have been a token. */
void websocket_frame_free(struct websocket_frame *frame);

struct websocket {
  struct websockets *all;
  struct websocket *next;
  struct websocket_hooks hooks;
  struct websocket_target target;
  char *ca_file;
  int64_t ping_ms;
  int64_t silence_ms;
  enum websocket_state state;
  struct timer *timer;
  int64_t deadline_ms; /* until it is open; then, until it is closed */

  struct name_lookup *lookup;
  struct websocket_trust_load *load;
  X509_STORE *store;             /* until the handshake */
  struct websocket_trust *trust; /* while shaking hands */
  struct name_addresses addresses;
  size_t tried;
  int64_t attempt_ms; /* until when this address may keep the others waiting */

  /* lws tells of a connection after it said that it is gone, and forgets to tell that it is: every attempt has a number of
   * its own, and one that is let go of has none. */
  uintptr_t wire;
  struct lws *lws;
  bool connected;          /* by TCP */
  bool asked;              /* for the upgrade */
  int status;              /* of the HTTP answer */
  long certificate;        /* OpenSSL's complaint about it */
  unsigned long tls_error; /* OpenSSL's, of the handshake */

  struct websocket_frame *frames; /* to be sent */
  struct websocket_frame **frames_end;
  size_t queued; /* what they cost */
  int close_code;
  bool close_sent;
  struct buf message; /* so far */
  int64_t heard_ms;
  int64_t pinged_ms;
  struct websocket_end end;
};

/* --- websocket_wire.c: what is asked of lws */

/* Starts to connect to an address; false if that has failed already. */
bool websocket_wire_connect(struct websocket *socket, const char *address, struct err *err) MUST_CHECK;
/* Lets go of the connection, which lws then ends. */
void websocket_wire_cut(struct websocket *socket);
/* Sends a close frame, and lets go when it is answered; not from inside what lws tells. */
void websocket_wire_close(struct websocket *socket, int code);
/* There are frames to be sent. */
void websocket_wire_write(struct websocket *socket);
/* How long ago the last byte came. */
int64_t websocket_wire_silence_ms(const struct websocket *socket);
/* After the last connection was let go of. */
void websocket_wire_end(struct websockets *all);

/* --- websocket.c: what lws tells. Each may free the socket, if it says so. */

void websocket_hear_open(struct websocket *socket);                                     /* may free it */
void websocket_hear_message(struct websocket *socket, const char *text, size_t length); /* may free it */
void websocket_hear_close(struct websocket *socket, int code, const char *reason, size_t length);
/* The connection is no good: why, for the other side too. */
void websocket_hear_breach(struct websocket *socket, int code, const char *why);
/* What remains to be sent is a close frame. */
void websocket_hear_drained(struct websocket *socket);
/* There is none any more; err tells why if nothing else did. */
void websocket_hear_gone(struct websocket *socket, const struct err *err);

#endif
