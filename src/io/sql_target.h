/* sql_target: where a query goes, as libpq's keywords and values, with every host name turned into addresses beforehand:
 * libpq would look names up on the loop. */
#ifndef LOWTIDE_IO_SQL_TARGET_H
#define LOWTIDE_IO_SQL_TARGET_H

#include "lowtide/ask.h"

#define SQL_KEYS_MAX 64
#define SQL_HOSTS_MAX 8
#define SQL_HOST_MAX 256

/* One of the hosts that a query may go to, in the order in which they are tried. */
struct sql_host {
  char name[SQL_HOST_MAX];
  char port[8];
  bool needs_lookup; /* neither a socket's folder nor an address */
};

struct sql_target {
  const char *keys[SQL_KEYS_MAX + 1]; /* the literals of libpq, or of `own` */
  const char *values[SQL_KEYS_MAX + 1];
  size_t count;
  struct sql_host hosts[SQL_HOSTS_MAX];
  size_t host_count;
  size_t listed;
  struct buf host_list; /* parallel comma-separated lists, as libpq wants them */
  struct buf address_list;
  struct buf port_list;
  void *parsed; /* libpq's, that values point into */
};

/* ERR_DATABASE if the dsn is not one. */
bool sql_target_init(struct sql_target *target, const struct sql_ask *ask, struct err *err) MUST_CHECK;
void sql_target_done(struct sql_target *target);

/* Adds a host as it is (address NULL) or one of the addresses of its name. */
void sql_target_address(struct sql_target *target, const struct sql_host *host, const char *address);
/* After the last address: the lists become keys. */
void sql_target_close(struct sql_target *target);

#endif
