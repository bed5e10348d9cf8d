/* websocket_target: where a WebSocket goes, out of its address. */
#ifndef LOWTIDE_IO_WEBSOCKET_TARGET_H
#define LOWTIDE_IO_WEBSOCKET_TARGET_H

#include <stdint.h>

#include "lowtide/websocket.h"

/* lws writes the Host header into 128 bytes, cutting it. */
#define WEBSOCKET_HOST_MAX 104

struct websocket_target {
  bool tls;
  char name[WEBSOCKET_HOST_MAX];     /* a name or an address, without brackets */
  char host[WEBSOCKET_HOST_MAX + 8]; /* for the Host header: with brackets, and the port where it is not the usual one */
  uint16_t port;
  char path[WEBSOCKET_URL_MAX]; /* with the query, "/" at least */
};

/* ERR_MALFORMED, or ERR_CONFIG where it must not be asked. */
bool websocket_target_parse(struct websocket_target *target, const char *url, struct err *err) MUST_CHECK;

#endif
