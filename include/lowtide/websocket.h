/* websocket: the client's side of RFC 6455, text messages only, without extensions. On the loop; names are looked up off
 * it, no proxy is used, and TLS (wss) is verified against the name in the address; plain ws is for this machine only.
 *
 *     const struct websocket_hooks hooks = {.opened = …, .text = …, .closed = …, .context = door};
 *     struct websocket *socket = websocket_open(websockets, &(struct websocket_ask){.url = "wss://…"}, &hooks);
 */
#ifndef LOWTIDE_WEBSOCKET_H
#define LOWTIDE_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/err.h"
#include "lowtide/loop.h"

#define WEBSOCKET_MESSAGE_MAX (16 * 1024 * 1024) /* the most that one may ask for, all fragments together */
#define WEBSOCKET_URL_MAX 2000                   /* with its NUL; lws cuts a request's first line at 2 KiB without a word */
#define WEBSOCKET_REASON_MAX 124
#define WEBSOCKET_QUEUE_MAX 1048576 /* 1 MiB of messages not yet sent */

struct websockets; /* what all connections of a loop share */
struct websocket;

struct websockets *websockets_new(struct loop *loop, struct err *err) MUST_CHECK;
void websockets_free(struct websockets *websockets); /* drops all connections; before loop_free. NULL is fine */

struct websocket_ask {
  const char *url;     /* copied */
  const char *ca_file; /* NULL: the system's */
  int64_t connect_ms;  /* name, TCP, TLS and upgrade together; 0: 10 s */
  int64_t ping_ms;     /* after so long without a byte from the other side a ping is sent; 0: never */
  int64_t silence_ms;  /* after so long without a byte the connection is given up; 0: never */
  size_t message_max;  /* 0: WEBSOCKET_MESSAGE_MAX */
};

struct websocket_end {
  struct err err; /* what ended it: ERR_NETWORK (cut, refused, no name), ERR_TLS, ERR_TIMEOUT, ERR_MALFORMED (not UTF-8, too
                     big, no upgrade: "HTTP 403"); ERR_NONE after a close frame of either side */
  bool opened;    /* it was open once */
  int code;       /* of the other side's close frame; 0: it had none, or answered ours. 4.1.6 tells 1012 to 1014 as 1002 */
  char reason[WEBSOCKET_REASON_MAX];
};

struct websocket_hooks {
  void (*opened)(void *context);
  /* One whole message, valid UTF-8, NUL-terminated; borrowed for the call. Never before opened. */
  void (*text)(void *context, const char *text, size_t length);
  /* Exactly once, and nothing after it; the websocket is gone when it returns. */
  void (*closed)(void *context, const struct websocket_end *end);
  void *context;
};

/* Hooks are never called from inside it. */
struct websocket *websocket_open(struct websockets *websockets, const struct websocket_ask *ask,
                                 const struct websocket_hooks *hooks);
/* Queues a message; false if the connection is not open or WEBSOCKET_QUEUE_MAX is reached. */
bool websocket_send(struct websocket *socket, const char *text, size_t length);
/* Sends what is queued, then a close frame; if the other side does not answer in 2 s the connection is cut. closed follows.
 */
void websocket_close(struct websocket *socket, int code);
/* Cuts it. No hook is called any more, and the websocket is gone. NULL is fine. May be called from inside opened and text.
 */
void websocket_drop(struct websocket *socket);

#endif
