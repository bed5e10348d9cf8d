#include "simulation.h"

#include <stdlib.h>

#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/sandbox.h"
#include "lowtide/store.h"

#define SEED 20260129
#define CONFIG_MAX (64 * 1024)

struct simulation {
  struct config *config;
  uint16_t port;
  struct sandbox *sandbox;
};

/* The config names the port before the loop that serves it exists: a free one is found first, and taken again at once. */
static bool find_port(uint16_t *port, struct err *err) {
  const struct sandbox_options options = {.seed = SEED};
  struct loop *loop = loop_new(err);
  if (loop == NULL) return false;
  struct sandbox *sandbox = sandbox_new(loop, &options, err);
  if (sandbox != NULL) *port = sandbox_port(sandbox);
  bool found = sandbox != NULL;
  if (found) sandbox_free(sandbox);
  loop_free(loop);
  return found;
}

/* Only what the sandbox's own text says: no variable of the environment must bring a real key or channel in. */
static const char *no_variable(const char *name) {
  (void)name;
  return NULL;
}

struct simulation *simulation_new(const char *state_dir, struct err *err) {
  uint16_t port = 0;
  if (!find_port(&port, err)) return NULL;
  struct buf text;
  buf_init(&text, CONFIG_MAX);
  sandbox_config(&text, port, state_dir);
  const struct config_source source = {.getenv = no_variable, .simulated = true};
  struct config *config = config_parse("sandbox", buf_text(&text), text.len, &source, err);
  buf_done(&text);
  if (config == NULL) return NULL;
  struct simulation *simulation = mem_new(1, sizeof *simulation);
  *simulation = (struct simulation){.config = config, .port = port};
  return simulation;
}

struct config *simulation_config(const struct simulation *simulation) {
  return simulation->config;
}

struct filling {
  const struct config *config;
  struct store *store;
  struct err *err;
  bool ok;
  int64_t count;
};

static void add_point(void *context, const struct sandbox_point *point) {
  struct filling *filling = context;
  const struct account_key key = {.account = point->account, .provider = point->provider};
  bool fresh = false;
  const struct account *account = config_account(filling->config, point->account);
  if (!filling->ok || account == NULL) return;
  const struct thresholds thresholds = thresholds_for(&account->thresholds, &point->reading);
  enum level level = level_of(&point->reading, &thresholds);
  filling->ok = store_import_add(filling->store, &key, &point->reading, level, &fresh, filling->err);
  filling->count++;
}

static bool fill_job(struct store *store, void *context, struct err *err) {
  struct filling *filling = context;
  struct turn last = {0};
  if (!store_turn_last(store, NULL, &last, err)) return false;
  if (last.id != 0) return true;
  filling->store = store;
  filling->err = err;
  filling->ok = true;
  filling->count = 0;
  sandbox_history(SEED, loop_wall_ms(), add_point, filling);
  return filling->ok;
}

bool simulation_fill(const struct simulation *simulation, struct err *err) {
  struct filling filling = {.config = simulation->config};
  struct store *store = store_open(simulation->config->state_dir, STORE_WRITE, err);
  if (store == NULL) return false;
  bool ok = store_do(store, fill_job, &filling, err);
  store_close(store);
  if (ok) log_info("sandbox", "nothing is configured: these accounts are SIMULATED; write config.ini to watch real ones");
  return ok;
}

bool simulation_serve(struct simulation *simulation, struct loop *loop, struct err *err) {
  const struct sandbox_options options = {.seed = SEED, .port = simulation->port};
  simulation->sandbox = sandbox_new(loop, &options, err);
  return simulation->sandbox != NULL;
}

void simulation_stop(struct simulation *simulation) {
  if (simulation == NULL || simulation->sandbox == NULL) return;
  sandbox_free(simulation->sandbox);
  simulation->sandbox = NULL;
}

void simulation_free(struct simulation *simulation) {
  if (simulation == NULL) return;
  config_release(simulation->config);
  mem_free(simulation);
}
