/* http_listener: takes connections at a place and hands them over, on the loop's thread.
 *
 *     const struct http_taker taker = {.has_room = has_room, .take = take, .context = server};
 *     struct http_listener *listener = http_listener_new(loop, "127.0.0.1:8787", NULL, &taker, &err);
 */
#ifndef LOWTIDE_IO_HTTP_LISTENER_H
#define LOWTIDE_IO_HTTP_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lowtide/err.h"
#include "lowtide/loop.h"

struct http_listener;

struct http_taker {
  bool (*has_room)(void *context); /* false: those who call wait until http_listener_go_on */
  void (*take)(void *context, int fd, const struct sockaddr *from, socklen_t size); /* fd is the taker's */
  void *context;
};

/* where as for http_server_new. before: the one that it will take the place of, which goes on meanwhile, and whose address
 * may overlap with where; NULL: none. */
struct http_listener *http_listener_new(struct loop *loop, const char *where, const struct http_listener *before,
                                        const struct http_taker *taker, struct err *err) MUST_CHECK;
void http_listener_go_on(struct http_listener *listener);
uint16_t http_listener_port(const struct http_listener *listener); /* 0: a unix socket */
/* Whether somebody who calls there comes here: the file of a unix socket may have been taken away. */
bool http_listener_is_found(const struct http_listener *listener);
/* Hands over who has called already, and leaves the place. NULL is fine. */
void http_listener_free(struct http_listener *listener);

#endif
