#include "io/websocket_trust.h"

#include "io/ca_bundle.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define CERTIFICATES_A_TURN 4 /* a millisecond of work */

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

void websocket_trust_enter(struct websocket_trust *trust, X509_STORE *store) {
  SSL_CTX_set_cert_store(trust->tls, store);
  trust->handshakes++;
}

void websocket_trust_leave(struct websocket_trust *trust) {
  X509_STORE *empty = --trust->handshakes == 0 ? X509_STORE_new() : NULL;
  if (empty != NULL) SSL_CTX_set_cert_store(trust->tls, empty);
}

struct websocket_trust_load {
  struct timer *timer;
  BIO *file;
  X509_STORE *store;
  size_t count;
  websocket_trust_loaded *loaded;
  void *context;
};

void websocket_trust_cancel(struct websocket_trust_load *load) {
  if (load == NULL) return;
  timer_free(load->timer);
  (void)BIO_free(load->file);
  X509_STORE_free(load->store);
  mem_free(load);
}

static bool load_next(struct websocket_trust_load *load) {
  if (load->file == NULL || load->store == NULL) return false;
  X509 *certificate = PEM_read_bio_X509_AUX(load->file, NULL, NULL, (char[]){""}); /* or it asks for a passphrase */
  if (certificate == NULL) return false;
  (void)X509_STORE_add_cert(load->store, certificate);
  X509_free(certificate);
  load->count++;
  return true;
}

static void load_some(void *context) {
  struct websocket_trust_load *load = context;
  for (int i = 0; i < CERTIFICATES_A_TURN; i++) {
    if (load_next(load)) continue;
    bool is_whole = load->count > 0 && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    X509_STORE *store = is_whole ? load->store : NULL;
    if (is_whole) load->store = NULL;
    ERR_clear_error();
    load->loaded(load->context, store);
    websocket_trust_cancel(load);
    return;
  }
  timer_set(load->timer, 0);
}

struct websocket_trust_load *websocket_trust_load(struct loop *loop, const char *file, websocket_trust_loaded *loaded,
                                                  void *context) {
  struct websocket_trust_load *load = mem_new(1, sizeof *load);
  const char *path = file != NULL ? file : ca_bundle_path();
  load->loaded = loaded;
  load->context = context;
  load->file = path != NULL ? BIO_new_file(path, "re") : NULL;
  load->store = X509_STORE_new();
  load->timer = timer_new(loop, load_some, load);
  timer_set(load->timer, 0);
  return load;
}
