/* simulation: the sandbox as `lowtide run --or-sandbox DIR` uses it: own state, own vendors, the console only. Private to
 * the room. */
#ifndef LOWTIDE_COMMAND_SIMULATION_H
#define LOWTIDE_COMMAND_SIMULATION_H

#include "lowtide/config.h"
#include "lowtide/loop.h"

struct simulation;

/* Finds a free port and makes the config; nothing else yet. */
struct simulation *simulation_new(const char *state_dir, struct err *err) MUST_CHECK;
struct config *simulation_config(const struct simulation *simulation);

/* Puts a month of history into its store, unless there is some already. */
bool simulation_fill(const struct simulation *simulation, struct err *err) MUST_CHECK;

/* The simulated vendors answer on this loop from now on. */
bool simulation_serve(struct simulation *simulation, struct loop *loop, struct err *err) MUST_CHECK;
void simulation_stop(struct simulation *simulation); /* before its loop goes; NULL is fine */
void simulation_free(struct simulation *simulation);

#endif
