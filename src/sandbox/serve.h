/* serve: one request to the simulated vendors, whichever server it came to. */
#ifndef LOWTIDE_SANDBOX_SERVE_H
#define LOWTIDE_SANDBOX_SERVE_H

#include "lowtide/local_server.h"

/* Another answerer for paths that are no vendor's; answers the status, or 0 if the path is not its own either. */
typedef int serve_other(const struct local_request *request, const char *target, struct buf *body);

struct serving {
  uint64_t seed;
  int64_t latency_ms;
  serve_other *other; /* NULL: none */
};

void serve_request(const struct serving *serving, const struct local_request *request, int64_t now_ms,
                   struct local_script *script);

#endif
