/* http_client: HTTP on the loop through one pool of connections. Never redirected by curl, always verified, bounded. */
#ifndef LOWTIDE_IO_HTTP_CLIENT_H
#define LOWTIDE_IO_HTTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/http.h"
#include "lowtide/loop.h"

struct http_client;
struct http_transfer;

typedef void http_done(void *context, const struct http_answer *answer);

struct http_client *http_client_new(struct loop *loop, struct err *err) MUST_CHECK;
/* No transfer may be under way. NULL is fine. */
void http_client_free(struct http_client *client);

/* The request is borrowed until done, which is called once and never from inside this call, or until cancelled. The caller
 * watches the deadline; deadline_ms only shares the time out over the addresses of a name. */
struct http_transfer *http_client_send(struct http_client *client, const struct http_request *request, int64_t deadline_ms,
                                       http_done *done, void *context);

/* done is not called any more. Answers whether the request may have left. */
bool http_transfer_cancel(struct http_transfer *transfer);

/* Closes idle connections and gives pooled handles back, as soon as nothing is under way. */
void http_client_rest(struct http_client *client);

#endif
