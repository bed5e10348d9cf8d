/* http_listen: the socket that a server takes connections from. */
#ifndef LOWTIDE_IO_HTTP_LISTEN_H
#define LOWTIDE_IO_HTTP_LISTEN_H

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

/* listen as for http_server_new. ERR_NETWORK with the mend. */
bool http_listen_open(const char *listen, struct http_place *out, struct err *err) MUST_CHECK;

/* Takes the file of a unix socket away, if it is still the one that was made. Whoever has the fd closes it. A second time
 * is fine. */
void http_listen_forget(struct http_place *place);

#endif
