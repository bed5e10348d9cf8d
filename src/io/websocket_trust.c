#include "io/websocket_trust.h"

#include "io/ca_bundle.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

struct websocket_trust *websocket_trust_of(struct websocket_trust **all, const char *file, struct err *err) {
  for (struct websocket_trust *trust = *all; trust != NULL; trust = trust->next) {
    if (text_eq(trust->file, file)) return trust;
  }
  SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
  if (tls == NULL) {
    err_set(err, ERR_TLS, "OpenSSL gives no TLS");
    return NULL;
  }
  (void)SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
  (void)SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  struct websocket_trust *trust = mem_new(1, sizeof *trust);
  *trust = (struct websocket_trust){.next = *all, .file = file != NULL ? mem_dup(file) : NULL, .tls = tls};
  *all = trust;
  return trust;
}

void websocket_trust_free_all(struct websocket_trust **all) {
  while (*all != NULL) {
    struct websocket_trust *trust = *all;
    *all = trust->next;
    SSL_CTX_free(trust->tls);
    mem_free(trust->file);
    mem_free(trust);
  }
}

static void set_store(struct websocket_trust *trust, X509_STORE *store) {
  if (store != NULL) SSL_CTX_set_cert_store(trust->tls, store);
}

bool websocket_trust_enter(struct websocket_trust *trust, struct err *err) {
  if (trust->handshakes == 0) {
    const char *file = trust->file != NULL ? trust->file : ca_bundle_path();
    X509_STORE *store = X509_STORE_new();
    if (file == NULL || store == NULL || X509_STORE_load_file(store, file) != 1) {
      X509_STORE_free(store);
      ERR_clear_error();
      err_set(err, ERR_TLS, "the file of trusted certificates cannot be read");
      return err_hint(err, "look at ca_file, or install ca-certificates");
    }
    set_store(trust, store);
  }
  trust->handshakes++;
  return true;
}

void websocket_trust_leave(struct websocket_trust *trust) {
  if (--trust->handshakes == 0) set_store(trust, X509_STORE_new());
}
