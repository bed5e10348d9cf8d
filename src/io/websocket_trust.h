/* websocket_trust: which certificates are trusted, one OpenSSL context a file of them. The system's bundle is most of a
 * megabyte in memory, so it is there only while somebody shakes hands. */
#ifndef LOWTIDE_IO_WEBSOCKET_TRUST_H
#define LOWTIDE_IO_WEBSOCKET_TRUST_H

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "lowtide/err.h"
#include "lowtide/loop.h"

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

/* A handshake begins, with what is trusted in it. The store is taken. */
void websocket_trust_enter(struct websocket_trust *trust, X509_STORE *store);
/* It is over. */
void websocket_trust_leave(struct websocket_trust *trust);

/* --- reading a file of certificates: 40 ms of work for the system's, so a few at a time. Not on a thread: what is
 * allocated there stays there, a third of a megabyte for each thread of the pool. */

struct websocket_trust_load;

/* store: the callee's; NULL if the file cannot be read. */
typedef void websocket_trust_loaded(void *context, X509_STORE *store);

/* loaded is called once, never from inside this call; the load is gone after it. file NULL: the system's. */
struct websocket_trust_load *websocket_trust_load(struct loop *loop, const char *file, websocket_trust_loaded *loaded,
                                                  void *context);
/* loaded is not called any more. NULL is fine. */
void websocket_trust_cancel(struct websocket_trust_load *load);

#endif
