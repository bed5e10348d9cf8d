#include "io/http_exchange.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"

#define PROBLEM_MAX 4096

struct http_exchange *http_exchange_new(struct http_server *server, struct MHD_Connection *connection) {
  struct http_exchange *exchange = mem_new(1, sizeof *exchange);
  exchange->server = server;
  exchange->connection = connection;
  buf_init(&exchange->body, HTTP_SERVER_BODY_MAX);
  return exchange;
}

static void drop_body(struct http_exchange *exchange) {
  if (exchange->server != NULL) http_server_gives_back(exchange->server, exchange->body.cap);
  buf_done(&exchange->body);
}

void http_exchange_free(struct http_exchange *exchange) {
  drop_body(exchange);
  for (size_t i = 0; i < exchange->header_count; i++) {
    mem_free(exchange->headers[i].name);
    mem_free(exchange->headers[i].value);
  }
  if (exchange->response != NULL) MHD_destroy_response(exchange->response);
  mem_free(exchange);
}

/* --- the request ------------------------------------------------------------------------------------------------------ */

static void refuse(struct http_exchange *exchange, int status, const char *detail) {
  if (exchange->refusal != 0) return;
  exchange->refusal = status;
  exchange->refusal_detail = detail;
}

/* What of a head says where its request ends, and whom it is for. */
struct bearings {
  unsigned lengths;
  unsigned encodings;
  unsigned hosts;
  const char *length;
  const char *encoding;
};

static enum MHD_Result take_bearing(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
  (void)kind;
  struct bearings *bearings = context;
  if (strcasecmp(name, "Content-Length") == 0) {
    bearings->lengths++;
    bearings->length = value;
  } else if (strcasecmp(name, "Transfer-Encoding") == 0) {
    bearings->encodings++;
    bearings->encoding = value;
  } else if (strcasecmp(name, "Host") == 0) {
    bearings->hosts++;
  }
  return MHD_YES;
}

static bool is_token(const char *name) {
  return *name != '\0' && name[strcspn(name, " \t\"(),/:;<=>?@[\\]{}")] == '\0';
}

/* MHD before 1.0 adds a folded line to the name above it, ends a head at a line that begins with ':' or NUL, and a value at
 * a NUL. It leaves the bytes in their place, with NULs for CR, LF and the colon behind a name: from the end of the request
 * line on they must be "NAME\0VALUE\0\0" each, and "\0\0" at last. */
static bool is_plain_head(const char *at, const char *end) {
  while (end - at > 4 && at[0] == '\0' && at[1] == '\0' && is_token(at + 2)) {
    at += 2 + strlen(at + 2) + 1;
    size_t length = strnlen(at, (size_t)(end - at));
    if (memchr(at, '\r', length) != NULL) return false;
    at += length;
  }
  return end - at == 4 && memcmp(at, "\0\0\0", 4) == 0;
}

static bool is_plain(const struct http_exchange *exchange, const char *version) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return MHD_VERSION >= 0x01000000 ||
         (info != NULL && is_plain_head(version + strlen(version), exchange->method + info->header_size));
}

static bool is_chunked(const struct bearings *bearings) {
  return bearings->encodings == 1 && bearings->encoding != NULL && strcasecmp(bearings->encoding, "chunked") == 0;
}

void http_exchange_judge(struct http_exchange *exchange, const char *version) {
  struct bearings found = {0};
  (void)MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, take_bearing, &found);
  if (found.encodings > 0 && !is_chunked(&found)) refuse(exchange, 501, "of transfer encodings only chunked is known here");
  if (found.lengths > 1 || (found.lengths == 1 && found.encodings > 0)) {
    refuse(exchange, 400, "the length of the body is told in two ways");
  }
  if (found.hosts > 1) refuse(exchange, 400, "there are two Host headers");
  if (found.encodings > 0 && text_eq(version, "HTTP/1.0")) refuse(exchange, 400, "HTTP/1.0 knows no transfer encodings");
  if (!is_plain(exchange, version)) refuse(exchange, 400, "a header is broken");
  if (found.length != NULL && strtoull(found.length, NULL, 10) > HTTP_DISCARD_MAX) {
    refuse(exchange, 413, "the body is larger than 1 MiB");
  }
  /* MHD ends a chunk's line at any LF, others at CRLF: nobody else's request may follow. */
  if (found.encodings > 0) http_exchange_add_header(exchange, "Connection", "close");
}

bool http_exchange_take(struct http_exchange *exchange, const char *bytes, size_t length) {
  struct buf *body = &exchange->body;
  size_t had = body->cap;
  if (exchange->refusal == 0 && !buf_add_n(body, bytes, length)) refuse(exchange, 413, "the body is larger than 1 MiB");
  if (body->cap > had && !http_server_keeps(exchange->server, body->cap - had)) {
    refuse(exchange, 503, "too much is being sent here at once; try again in a while");
  }
  if (exchange->refusal == 0) return true;
  drop_body(exchange);
  exchange->discarded += length;
  return exchange->discarded <= HTTP_DISCARD_MAX;
}

const char *http_exchange_method(const struct http_exchange *exchange) {
  return exchange->method;
}

const char *http_exchange_path(const struct http_exchange *exchange) {
  return exchange->path;
}

static const char *look_up(const struct http_exchange *exchange, enum MHD_ValueKind kind, const char *name) {
  const char *value = NULL;
  if (exchange->connection == NULL) return NULL;
  if (MHD_lookup_connection_value_n(exchange->connection, kind, name, strlen(name), &value, NULL) == MHD_NO) return NULL;
  return value != NULL ? value : "";
}

const char *http_exchange_query(const struct http_exchange *exchange, const char *name) {
  return look_up(exchange, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_exchange_header(const struct http_exchange *exchange, const char *name) {
  return look_up(exchange, MHD_HEADER_KIND, name);
}

const char *http_exchange_body(const struct http_exchange *exchange, size_t *length) {
  *length = exchange->body.len;
  return buf_text(&exchange->body);
}

static bool is_loopback(const struct sockaddr *address) {
  const void *bytes = address;
  if (address->sa_family == AF_UNIX) return true;
  if (address->sa_family == AF_INET)
    return ntohl(((const struct sockaddr_in *)bytes)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  if (address->sa_family != AF_INET6) return false;
  const struct in6_addr *six = &((const struct sockaddr_in6 *)bytes)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == IN_LOOPBACKNET);
}

bool http_exchange_is_local(const struct http_exchange *exchange) {
  if (exchange->connection == NULL) return false;
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info != NULL && info->client_addr != NULL && is_loopback(info->client_addr);
}

/* --- the answer ------------------------------------------------------------------------------------------------------- */

void http_exchange_add_header(struct http_exchange *exchange, const char *name, const char *value) {
  if (exchange->header_count == HTTP_HEADERS_MAX) return;
  exchange->headers[exchange->header_count++] = (struct http_header){.name = mem_dup(name), .value = mem_dup(value)};
}

void http_exchange_respond(struct http_exchange *exchange, int status, const char *content_type, const char *body,
                           size_t length) {
  static char nothing[1];
  char *copied = length > 0 ? (char *)(uintptr_t)body : nothing; /* MHD only reads it */
  if (exchange->response != NULL) MHD_destroy_response(exchange->response);
  exchange->status = (unsigned)status;
  exchange->response = MHD_create_response_from_buffer(length, copied, MHD_RESPMEM_MUST_COPY);
  if (exchange->response == NULL) return;
  if (content_type != NULL) (void)MHD_add_response_header(exchange->response, "Content-Type", content_type);
  for (size_t i = 0; i < exchange->header_count; i++)
    (void)MHD_add_response_header(exchange->response, exchange->headers[i].name, exchange->headers[i].value);
}

void http_exchange_respond_problem(struct http_exchange *exchange, int status, const char *detail) {
  struct buf body;
  buf_init(&body, PROBLEM_MAX);
  buf_add(&body, "{\"type\":\"about:blank\",\"title\":");
  buf_add_json(&body, MHD_get_reason_phrase_for((unsigned)status));
  buf_addf(&body, ",\"status\":%d,\"detail\":", status);
  buf_add_json(&body, detail);
  buf_add(&body, "}\n");
  http_exchange_respond(exchange, status, "application/problem+json", buf_text(&body), body.len);
  buf_done(&body);
}

enum MHD_Result http_exchange_send(struct http_exchange *exchange) {
  struct MHD_Response *response = exchange->response;
  if (response == NULL) return MHD_NO;
  exchange->response = NULL;
  enum MHD_Result sent = MHD_queue_response(exchange->connection, exchange->status, response);
  MHD_destroy_response(response); /* MHD counts its own */
  return sent;
}

void http_exchange_answer(struct http_exchange *exchange, int status, const char *content_type, const char *body,
                          size_t length) {
  if (exchange->connection != NULL) http_exchange_respond(exchange, status, content_type, body, length);
  http_server_answered(exchange);
}

void http_exchange_fail(struct http_exchange *exchange, int status, const char *detail) {
  if (exchange->connection != NULL) http_exchange_respond_problem(exchange, status, detail);
  http_server_answered(exchange);
}
