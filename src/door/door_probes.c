#include "lowtide/door.h"

/* A new question is its file and its line here. */
#define PROBES(X)                                                                                                          \
  X(discord_gateway)                                                                                                       \
  X(slack_socket)

#define DECLARE(name) extern const struct door_probe probe_##name;
#define ADDRESS(name) &probe_##name,

PROBES(DECLARE)

const struct door_probe *const door_probes[] = {PROBES(ADDRESS) NULL};
