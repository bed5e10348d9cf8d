/* http_place: the socket at which connections are taken. */
#ifndef LOWTIDE_IO_HTTP_PLACE_H
#define LOWTIDE_IO_HTTP_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "lowtide/err.h"

struct http_place {
  int fd;
  uint16_t port;                                        /* 0: a unix socket */
  char path[sizeof((struct sockaddr_un *)0)->sun_path]; /* of the unix socket that was made here; "" */
  dev_t device;
  ino_t inode;
};

/* listen as for http_server_new. before: one that is listened on, and whose address may overlap; NULL: none. ERR_NETWORK
 * with the mend. */
bool http_place_open(const char *listen, const struct http_place *before, struct http_place *out,
                     struct err *err) MUST_CHECK;
/* Whether the file of a unix socket is still the one that was made; true of all others. */
bool http_place_is_found(const struct http_place *place);
/* Takes that file away, if it is. */
void http_place_close(struct http_place *place);

#endif
