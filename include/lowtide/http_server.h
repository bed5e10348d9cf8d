/* http_server: HTTP/1.1 for those who call us. On the loop's thread. It takes whole requests within bounds, hands each to
 * one handler, and sends the answer, at once or later. What is asked there is the handler's business.
 *
 *     static void serve(void *context, struct http_exchange *exchange) {
 *       http_exchange_answer(exchange, 200, "text/plain", "ok\n", 3);
 *     }
 */
#ifndef LOWTIDE_HTTP_SERVER_H
#define LOWTIDE_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/err.h"
#include "lowtide/loop.h"

#define HTTP_SERVER_BODY_MAX 1048576    /* 1 MiB; more is 413 */
#define HTTP_SERVER_CONNECTIONS_MAX 256 /* more wait */
#define HTTP_SERVER_PATIENCE_MS 10000   /* for a whole request, and between two */

struct http_server;
struct http_exchange; /* one request and the answer that it waits for */

typedef void http_handler(void *context, struct http_exchange *exchange);

/* listen: "127.0.0.1:8787", "[::1]:8787", "0.0.0.0:80", port 0 for any, or a unix socket's path (has a '/'; made 0600 in
 * place of a dead one's). NULL with ERR_NETWORK and the mend if it cannot. A socket handed over by a service manager
 * (LISTEN_FDS) takes its place. */
struct http_server *http_server_new(struct loop *loop, const char *listen, http_handler *handler, void *context,
                                    struct err *err) MUST_CHECK;
/* Takes connections there instead, without a pause, and those that are there go on. The same place is fine. False, with the
 * mend, if it cannot: then it stays where it is. */
bool http_server_move(struct http_server *server, const char *listen, struct err *err) MUST_CHECK;
const char *http_server_where(const struct http_server *server); /* as `listen` has it */
uint16_t http_server_port(const struct http_server *server);     /* 0 for a unix socket */
/* Takes no more connections, and leaves its place to another server; those that are there go on. It moves no more. */
void http_server_vacate(struct http_server *server);
bool http_server_is_busy(const struct http_server *server); /* somebody waits for an answer */
/* Takes no more connections; exchanges under way are answered 503 or cut, and whoever holds one answers it all the same,
 * so that it goes. Not from inside the handler; before loop_free. NULL is fine. */
void http_server_free(struct http_server *server);

/* All borrowed until the exchange is answered. */
const char *http_exchange_method(const struct http_exchange *exchange);
const char *http_exchange_path(const struct http_exchange *exchange);                     /* decoded, without the query */
const char *http_exchange_query(const struct http_exchange *exchange, const char *name);  /* decoded; NULL: not there */
const char *http_exchange_header(const struct http_exchange *exchange, const char *name); /* case does not matter */
const char *http_exchange_body(const struct http_exchange *exchange, size_t *length);     /* raw bytes, NUL after them */
bool http_exchange_is_local(
    const struct http_exchange *exchange); /* over a unix socket or from loopback, by the peer's address */

/* Exactly one of these, once, from inside the handler or later; the exchange is gone afterwards. An exchange that is not
 * answered while its peer leaves stays until it is. The body is copied. */
void http_exchange_answer(struct http_exchange *exchange, int status, const char *content_type, const char *body,
                          size_t length);
/* application/problem+json: {"type":"about:blank","title":"Not Found","status":404,"detail":DETAIL} */
void http_exchange_fail(struct http_exchange *exchange, int status, const char *detail);
/* Before the answer: one header more, of eight. */
void http_exchange_add_header(struct http_exchange *exchange, const char *name, const char *value);

#endif
