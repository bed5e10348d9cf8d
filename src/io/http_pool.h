/* http_pool: a curl multi handle on the loop: its sockets, its timer, its connections. */
#ifndef LOWTIDE_IO_HTTP_POOL_H
#define LOWTIDE_IO_HTTP_POOL_H

#include <curl/curl.h>

#include "lowtide/loop.h"

struct http_pool;

/* connections_per_host 0: as many as are asked for. over(context, easy, result) is called for each transfer that has ended,
 * settled(context) when a turn of work is done. */
struct http_pool *http_pool_new(struct loop *loop, long connections_per_host,
                                void (*over)(void *context, CURL *easy, CURLcode result), void (*settled)(void *context),
                                void *context);
/* No transfer may be in it. NULL is fine. */
void http_pool_free(struct http_pool *pool);

bool http_pool_add(struct http_pool *pool, CURL *easy);
void http_pool_take(struct http_pool *pool, CURL *easy);

/* Has settled called soon. */
void http_pool_wake(struct http_pool *pool);
/* Closes the idle connections; no transfer may be in it. */
void http_pool_rest(struct http_pool *pool);

#endif
