/* The one file that knows libwebsockets. Its traps, measured on 4.1.6, are in comments where they are dealt with. */
#include "io/websocket_wire.h"

#include <assert.h>
#include <libwebsockets.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "io/certificate_fault.h"
#include "lowtide/text.h"

#define CONNECTIONS_MAX 64 /* those that are being let go of, too */
#define PIECE_BYTES 4096
#define LWS_PATIENCE_S 3600 /* we have timers of our own */
/* lws's buffer for a request, which it writes without looking; its own texts and the longest address are less than half. */
#define REQUEST_BYTES 8192
#define ANSWER_HEAD_BYTES 16384

static_assert(WEBSOCKET_FRAME_ROOM >= LWS_PRE, "lws writes a frame's head in front of it");

static struct websocket *socket_of(struct lws *lws) {
  struct websockets *all = lws_context_user(lws_get_context(lws));
  uintptr_t wire = (uintptr_t)lws_get_opaque_user_data(lws);
  for (struct websocket *socket = all->first; socket != NULL; socket = socket->next) {
    if (wire != 0 && socket->wire == wire) return socket;
  }
  return NULL;
}

/* --- why it did not work */

static void tls_fault(const struct websocket *socket, struct err *err) {
  const char *reason = ERR_reason_error_string(socket->tls_error);
  if (socket->certificate != X509_V_OK) {
    certificate_fault(socket->certificate, err);
  } else if (reason == NULL || strstr(reason, "unexpected eof") != NULL) {
    err_set(err, ERR_NETWORK, "connection cut short during the TLS handshake");
  } else {
    err_set(err, ERR_TLS, "TLS handshake failed: %s", reason);
    if (strstr(reason, "wrong version number") != NULL) {
      err_hint(err, "the other side does not speak TLS on this port");
    }
  }
}

/* words: lws's, for its log. */
static void connect_fault(const struct websocket *socket, const char *words, struct err *err) {
  if (socket->status != 0 && socket->status != 101) {
    err_set(err, ERR_MALFORMED, "no WebSocket there: HTTP %d", socket->status);
  } else if (text_starts(words, "connect S")) {
    tls_fault(socket, err);
  } else if (text_starts(words, "HS: ")) {
    err_set(err, ERR_MALFORMED, "no WebSocket there: %s", words + strlen("HS: "));
  } else if (text_starts(words, "problems parsing")) {
    err_set(err, ERR_MALFORMED, "the answer is not HTTP");
  } else if (!socket->connected) {
    err_set(err, ERR_NETWORK, "no connection: refused, or no way there");
  } else if (socket->target.tls && !socket->asked) {
    err_set(err, ERR_NETWORK, "connection cut short during the TLS handshake");
  } else {
    err_set(err, ERR_NETWORK, "connection closed without an answer");
  }
}

/* lws clears OpenSSL's errors before anybody can read them, so they are read when OpenSSL gives up. */
static void on_tls(const SSL *tls, int where, int result) {
  if ((where & SSL_CB_EXIT) == 0 || result > 0) return;
  const struct websockets *all = SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls));
  for (struct websocket *socket = all->first; socket != NULL; socket = socket->next) {
    if (socket->lws != NULL && lws_get_ssl(socket->lws) == tls) socket->tls_error = ERR_peek_last_error();
  }
}

/* --- what lws tells */

static void on_connected(struct lws *lws) {
  struct websocket *socket = socket_of(lws);
  if (socket != NULL) socket->connected = true;
}

static int add_user_agent(struct lws *lws, unsigned char **at, size_t room) {
  struct websocket *socket = socket_of(lws);
  if (socket != NULL) socket->asked = true;
  static const unsigned char words[] = "lowtide/" LOWTIDE_VERSION;
  return lws_add_http_header_by_token(lws, WSI_TOKEN_HTTP_USER_AGENT, words, sizeof words - 1, at, *at + room);
}

static int on_answer(struct lws *lws) {
  struct websocket *socket = socket_of(lws);
  if (socket == NULL) return -1;
  socket->status = (int)lws_http_client_http_response(lws);
  return socket->status == 101 ? 0 : -1;
}

static int on_open(struct lws *lws) {
  struct websocket *socket = socket_of(lws);
  if (socket == NULL) return -1;
  socket->lws = lws;
  socket->heard_ms = loop_mono_ms();
  websocket_hear_open(socket);
  return socket_of(lws) != NULL ? 0 : -1;
}

/* A piece is a part of a frame, and a frame a part of a message. lws does not look whether they fit. */
static void hear_piece(struct lws *lws, struct websocket *socket, const char *bytes, size_t length) {
  size_t known = socket->message.len + length;
  bool last = lws_is_final_fragment(lws) != 0;
  if (lws_frame_is_binary(lws) != 0) {
    websocket_hear_breach(socket, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "a message that is not text");
  } else if (known > socket->message.limit || lws_remaining_packet_payload(lws) > socket->message.limit - known) {
    websocket_hear_breach(socket, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "a message that is too big");
  } else if (last && socket->message.len == 0) {
    websocket_hear_message(socket, length > 0 ? bytes : "", length); /* lws puts a NUL behind it */
  } else {
    (void)buf_add_n(&socket->message, bytes, length);
    if (last) websocket_hear_message(socket, socket->message.data, socket->message.len);
  }
}

static int on_piece(struct lws *lws, const char *bytes, size_t length) {
  struct websocket *socket = socket_of(lws);
  if (socket == NULL) return -1;
  socket->heard_ms = loop_mono_ms();
  if (socket->state != WEBSOCKET_OPEN) return 0;
  hear_piece(lws, socket, bytes, length);
  return socket_of(lws) != NULL ? 0 : -1;
}

/* One write a call. What lws cannot get rid of at once it keeps, and asks for no more until it could. */
static int on_writeable(struct lws *lws) {
  struct websocket *socket = socket_of(lws);
  if (socket == NULL) return -1;
  struct websocket_frame *frame = socket->frames;
  if (frame == NULL) return 0;
  if (frame->kind == WEBSOCKET_CLOSE) {
    websocket_hear_drained(socket);
    return 0;
  }
  socket->frames = frame->next;
  socket->queued -= frame->cost;
  if (frame->next == NULL) socket->frames_end = &socket->frames;
  bool is_text = frame->kind == WEBSOCKET_TEXT;
  int sent = lws_write(lws, frame->bytes + WEBSOCKET_FRAME_ROOM, frame->length, is_text ? LWS_WRITE_TEXT : LWS_WRITE_PING);
  websocket_frame_free(frame);
  if (sent < 0) return -1;
  if (socket->frames != NULL) (void)lws_callback_on_writable(lws);
  return 0;
}

static int on_close_frame(struct lws *lws, const unsigned char *bytes, size_t length) {
  struct websocket *socket = socket_of(lws);
  if (socket == NULL) return -1;
  int code = length >= 2 ? bytes[0] << 8 | bytes[1] : 0;
  websocket_hear_close(socket, code, length > 2 ? (const char *)bytes + 2 : "", length > 2 ? length - 2 : 0);
  return 0; /* lws answers it, and goes */
}

/* CONNECTION_ERROR does not always come, nor does CLOSED: this does, as long as lws has told of a connection at all. */
static void on_gone(struct lws *lws) {
  struct websocket *socket = socket_of(lws);
  if (socket == NULL) return;
  struct err err = {0};
  if (socket->state >= WEBSOCKET_OPEN) {
    err_set(&err, ERR_NETWORK, "connection cut short");
  } else {
    connect_fault(socket, "", &err);
  }
  socket->wire = 0;
  socket->lws = NULL;
  websocket_hear_gone(socket, &err);
}

static bool ask_tcp(struct lws *lws, struct tcp_info *info) {
  socklen_t size = sizeof *info;
  return lws != NULL && getsockopt(lws_get_socket_fd(lws), IPPROTO_TCP, TCP_INFO, info, &size) == 0;
}

/* The other side is still there, so it is lws that had enough: an opcode, a bit or a length that must not be. */
static bool is_breach(struct lws *lws) {
  struct tcp_info info;
  const SSL *tls = lws_get_ssl(lws);
  if (tls != NULL && SSL_get_shutdown(tls) != 0) return false;
  return ask_tcp(lws, &info) && info.tcpi_state == TCP_ESTABLISHED;
}

static void on_closed(struct lws *lws) {
  struct websocket *socket = socket_of(lws);
  if (socket == NULL || socket->state != WEBSOCKET_OPEN || socket->end.err.code != ERR_NONE) return;
  if (is_breach(lws)) err_set(&socket->end.err, ERR_MALFORMED, "the other side broke the rules of WebSocket");
}

static void on_connect_fault(struct lws *lws, const char *bytes, size_t length) {
  struct websocket *socket = socket_of(lws);
  if (socket == NULL || socket->end.err.code != ERR_NONE) return;
  char words[80];
  (void)text_fmt(words, sizeof words, "%.*s", (int)length, bytes != NULL ? bytes : "");
  connect_fault(socket, words, &socket->end.err);
}

static int on_certificate(struct lws *lws, X509_STORE_CTX *check, bool good) {
  struct websocket *socket = socket_of(lws);
  if (socket != NULL && !good) socket->certificate = X509_STORE_CTX_get_error(check);
  return 0;
}

/* When a connection fails, lws 4.1.6 closes the descriptor and forgets the handle that watches it. */
static void free_forgotten(uv_handle_t *handle, void *lws) {
  if (handle->type != UV_POLL || handle->data != lws || uv_is_closing(handle)) return;
  uv_close(handle, (uv_close_cb)free);
}

static void sweep(struct lws *lws) {
  const struct websockets *all = lws_context_user(lws_get_context(lws));
  uv_walk(nested_loop_uv(all->nested), free_forgotten, lws);
}

static int on_event(struct lws *lws, enum lws_callback_reasons reason, void *user, void *in, size_t length) {
  switch (reason) {
  case LWS_CALLBACK_WSI_CREATE: on_connected(lws); return 0;
  case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: return add_user_agent(lws, in, length);
  case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION: return on_certificate(lws, user, length != 0);
  case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP: return on_answer(lws);
  case LWS_CALLBACK_CLIENT_ESTABLISHED: return on_open(lws);
  case LWS_CALLBACK_CLIENT_RECEIVE: return on_piece(lws, in, length);
  case LWS_CALLBACK_CLIENT_WRITEABLE: return on_writeable(lws);
  case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: return on_close_frame(lws, in, length);
  case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: on_connect_fault(lws, in, length); return 0;
  case LWS_CALLBACK_CLIENT_CLOSED: on_closed(lws); return 0;
  case LWS_CALLBACK_WSI_DESTROY:
    sweep(lws);
    on_gone(lws);
    return 0;
  default: return 0;
  }
}

/* --- what is asked of lws */

static const struct lws_protocols protocols[] = {
    {.name = "lowtide", .callback = on_event, .rx_buffer_size = PIECE_BYTES},
    {0},
};

/* Extensions stay unset everywhere: permessage-deflate of 4.1.6 aborts the process. */
static bool begin(struct websockets *all, struct err *err) {
  if (all->lws != NULL) return true;
  if (all->nested == NULL) all->nested = nested_loop_new(all->loop, err);
  if (all->nested == NULL) return false;
  void *loops[] = {nested_loop_uv(all->nested)};
  const struct lws_context_creation_info info = {
      .port = CONTEXT_PORT_NO_LISTEN,
      .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                 LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
      .foreign_loops = loops,
      .user = all,
      .pcontext = &all->lws,
      .gid = -1,
      .uid = -1,
      .timeout_secs = LWS_PATIENCE_S,
      .fd_limit_per_thread = CONNECTIONS_MAX,
      .pt_serv_buf_size = REQUEST_BYTES,
      .max_http_header_data2 = ANSWER_HEAD_BYTES,
  };
  lws_set_log_level(0, NULL);
  all->lws = lws_create_context(&info);
  if (all->lws != NULL) return true;
  err_set(err, ERR_LIMIT, "libwebsockets does not start");
  return err_hint(err, "install libwebsockets-evlib-uv");
}

static struct lws_vhost *vhost_of(struct websockets *all, struct websocket_trust *trust) {
  if (trust->vhost != NULL) return trust->vhost;
  SSL_CTX_set_app_data(trust->tls, all);
  SSL_CTX_set_info_callback(trust->tls, on_tls);
  const struct lws_context_creation_info info = {
      .port = CONTEXT_PORT_NO_LISTEN,
      .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
      .protocols = protocols,
      .vhost_name = "lowtide",
      .connect_timeout_secs = LWS_PATIENCE_S,
      .provided_client_ssl_ctx = trust->tls,
      .http_proxy_address = ":0", /* or it takes $http_proxy's */
  };
  trust->vhost = lws_create_vhost(all->lws, &info);
  return trust->vhost;
}

/* lws's own pings would end a connection that does not answer them after 310 s. */
static const lws_retry_bo_t no_pings = {0};

static bool start(struct websocket *socket, const char *address, struct lws_vhost *vhost) {
  struct websockets *all = socket->all;
  uintptr_t wire = ++all->last_wire;
  const struct lws_client_connect_info info = {
      .context = all->lws,
      .vhost = vhost,
      .address = address, /* never a name: lws would look it up on the loop */
      .host = socket->target.host,
      .port = socket->target.port,
      .path = socket->target.path,
      .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (socket->target.tls ? LCCSCF_USE_SSL : 0),
      .alpn = "http/1.1",
      .ietf_version_or_minus_one = -1,
      .retry_and_idle_policy = &no_pings,
      .opaque_user_data = (void *)wire,
  };
  socket->wire = wire;
  struct lws *lws = lws_client_connect_via_info(&info);
  if (socket->wire == wire) socket->lws = lws;
  if (lws == NULL) socket->wire = 0;
  nested_loop_stir(all->nested);
  return socket->lws != NULL;
}

bool websocket_wire_connect(struct websocket *socket, const char *address, struct err *err) {
  struct websockets *all = socket->all;
  socket->connected = false;
  socket->asked = false;
  socket->status = 0;
  socket->certificate = X509_V_OK;
  socket->tls_error = 0;
  if (!begin(all, err)) return false;
  struct websocket_trust *trust = websocket_trust_of(&all->trusts, socket->ca_file, err);
  if (trust == NULL) return false;
  struct lws_vhost *vhost = vhost_of(all, trust);
  if (vhost == NULL) return err_set(err, ERR_LIMIT, "libwebsockets does not start");
  if (socket->store != NULL) {
    websocket_trust_enter(trust, socket->store);
    socket->store = NULL;
    socket->trust = trust;
  }
  if (start(socket, address, vhost)) return true;
  return err_set(err, ERR_NETWORK, "no connection: refused, or no way there");
}

void websocket_wire_cut(struct websocket *socket) {
  struct lws *lws = socket->lws;
  socket->wire = 0;
  socket->lws = NULL;
  if (lws == NULL) return;
  /* It may be one of its callbacks that we are in; and lws looks at its timers only after something else has happened. */
  lws_set_timeout(lws, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
  lws_cancel_service(socket->all->lws);
  nested_loop_stir(socket->all->nested);
}

/* Not from its callback: Debian's 4.1.6 is built with _DEBUG, and then, under libuv, it closes twice what a callback wants
 * closed, and the second time without a word. */
void websocket_wire_close(struct websocket *socket, int code) {
  if (socket->lws == NULL) return;
  lws_close_reason(socket->lws, (enum lws_close_status)code, NULL, 0);
  lws_set_timeout(socket->lws, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
  nested_loop_stir(socket->all->nested);
}

void websocket_wire_write(struct websocket *socket) {
  (void)lws_callback_on_writable(socket->lws);
  nested_loop_stir(socket->all->nested);
}

/* lws tells of whole pieces, and keeps the other side's pings to itself. */
int64_t websocket_wire_silence_ms(const struct websocket *socket) {
  struct tcp_info info;
  int64_t silence_ms = loop_mono_ms() - socket->heard_ms;
  if (ask_tcp(socket->lws, &info) && info.tcpi_last_data_recv < silence_ms) return info.tcpi_last_data_recv;
  return silence_ms;
}

void websocket_wire_end(struct websockets *all) {
  if (all->nested == NULL) return;
  /* Twice, since the first call only begins to close, and not in a row: it must be heard that all is closed. */
  lws_context_destroy(all->lws);
  nested_loop_settle(all->nested);
  if (all->lws != NULL) lws_context_destroy(all->lws);
  all->lws = NULL;
  nested_loop_free(all->nested);
  websocket_trust_free_all(&all->trusts);
}
