/* http_exchange: one request as the server keeps it, from its head to the last byte of its answer. */
#ifndef LOWTIDE_IO_HTTP_EXCHANGE_H
#define LOWTIDE_IO_HTTP_EXCHANGE_H

#include <microhttpd.h>

#include "lowtide/buf.h"
#include "lowtide/http_server.h"

#define HTTP_DISCARD_MAX                                                                                                   \
  (8 * 1024 * 1024)                        /* of a body that is too big: the answer is only heard by who has sent it all   \
                                            */
#define HTTP_BODIES_MAX (16 * 1024 * 1024) /* of all exchanges together; more is 503 */
#define HTTP_HEADERS_MAX 8

extern int64_t http_server_patience_ms; /* whole seconds; tests have less of it */

struct http_header {
  char *name;
  char *value;
};

struct http_exchange {
  struct http_server *server;
  struct MHD_Connection *connection; /* NULL: it is gone */
  struct http_exchange *next;        /* among those that the handler has not answered yet */
  struct http_exchange *previous;
  const char *method; /* MHD's, as long as the connection is there */
  const char *path;
  struct buf body;
  size_t discarded;
  int refusal; /* what it gets without the handler's help; 0: nothing */
  const char *refusal_detail;
  bool handed;    /* the handler has seen it, and owes an answer */
  bool suspended; /* until it is answered */
  bool answered;
  struct http_header headers[HTTP_HEADERS_MAX];
  size_t header_count;
  struct MHD_Response *response; /* NULL: not yet, it is sent, or there was no memory for it */
  unsigned status;
};

struct http_exchange *http_exchange_new(struct http_server *server, struct MHD_Connection *connection);
void http_exchange_free(struct http_exchange *exchange);

/* By its head alone: a body that is beyond the bounds, or whose end two readers could see in two places. Version: MHD's. */
void http_exchange_judge(struct http_exchange *exchange, const char *version);
/* false: it is hopeless, cut the connection. */
bool http_exchange_take(struct http_exchange *exchange, const char *bytes, size_t length);

/* The answer becomes a response; whatever was answered before goes. */
void http_exchange_respond(struct http_exchange *exchange, int status, const char *content_type, const char *body,
                           size_t length);
void http_exchange_respond_problem(struct http_exchange *exchange, int status, const char *detail);
/* Hands the response to MHD. */
enum MHD_Result http_exchange_send(struct http_exchange *exchange);

/* Of the server: the handler has answered. */
void http_server_answered(struct http_exchange *exchange);
/* So many bytes more, or fewer, are kept for bodies; false: that is more than HTTP_BODIES_MAX. */
bool http_server_keeps(struct http_server *server, size_t more);
void http_server_gives_back(struct http_server *server, size_t bytes);

#endif
