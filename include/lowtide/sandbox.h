/* sandbox: simulated vendors behind a real HTTP server on loopback, and a month of history, all from a seed. What it makes
 * is marked as simulated everywhere. The same server serves `make run` without keys, the tests and the benchmarks. */
#ifndef LOWTIDE_SANDBOX_H
#define LOWTIDE_SANDBOX_H

#include <stdint.h>

#include "lowtide/buf.h"
#include "lowtide/loop.h"
#include "lowtide/reading.h"

struct sandbox;

struct sandbox_options {
  uint64_t seed;
  uint16_t port;      /* 0: any free one */
  int64_t latency_ms; /* before each answer */
};

/* Serves on 127.0.0.1 on this loop. NULL with ERR_NETWORK if the port is taken. */
struct sandbox *sandbox_new(struct loop *loop, const struct sandbox_options *options, struct err *err) MUST_CHECK;
uint16_t sandbox_port(const struct sandbox *sandbox);
void sandbox_free(struct sandbox *sandbox);

/* The config text of its simulated accounts: real recipes, base_url on this port, keys that are no keys, the console. */
void sandbox_config(struct buf *out, uint16_t port, const char *state_dir);

/* What each of its accounts would have read hourly over the month before now_ms, oldest first. */
struct sandbox_point {
  const char *account;
  const char *provider;
  struct reading reading;
};
void sandbox_history(uint64_t seed, int64_t now_ms, void (*each)(void *context, const struct sandbox_point *point),
                     void *context);

#endif
