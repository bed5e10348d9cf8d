/* websocket_trust: which certificates are trusted, one OpenSSL context a file of them. The system's bundle is most of a
 * megabyte in memory, so it is there only while somebody shakes hands. */
#ifndef LOWTIDE_IO_WEBSOCKET_TRUST_H
#define LOWTIDE_IO_WEBSOCKET_TRUST_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lowtide/err.h"

struct websocket_trust {
  struct websocket_trust *next;
  char *file; /* NULL: the system's */
  SSL_CTX *tls;
  unsigned handshakes;
  void *vhost; /* lws's, that uses it */
};

/* The one of that file (NULL: the system's), made where there is none yet. */
struct websocket_trust *websocket_trust_of(struct websocket_trust **all, const char *file, struct err *err) MUST_CHECK;
void websocket_trust_free_all(struct websocket_trust **all);

/* A handshake begins: ERR_TLS if the file cannot be read. */
bool websocket_trust_enter(struct websocket_trust *trust, struct err *err) MUST_CHECK;
/* It is over. */
void websocket_trust_leave(struct websocket_trust *trust);

#endif
