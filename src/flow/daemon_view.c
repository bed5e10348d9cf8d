/* The view that the daemon keeps: of each account the newest reading, from the store at first, then from round to round. */
#include "daemon_parts.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "view_make.h"

/* A look into the store, by the writer: the first round's job reads the same pages. */
struct view_load {
  struct daemon *daemon;
  struct config *config;
  struct standing *standings;
  size_t count;
  int64_t now_ms;
  bool nudged;
  struct round_look *looks;
  size_t look_count;
};

static bool load_standing(struct store *store, const struct account *account, const struct account_state *state,
                          int64_t now_ms, struct standing *standing, struct err *err) {
  const struct account_key key = {.account = account->name, .provider = account->provider};
  struct trend trend = {0};
  *standing = standing_of(account, &state->last, state->known ? &state->last_known : NULL, state->known_level);
  if (!reading_is_known(&state->last)) return true;
  if (!store_trend(store, &key, now_ms, &trend, err)) return false;
  const struct runway runway = runway_of(&trend, now_ms, 0);
  standing_lasts(standing, runway_claimed_ms(&runway));
  return true;
}

static bool load_account(struct store *store, struct view_load *load, const struct account *account, struct err *err) {
  const struct account_key key = {.account = account->name, .provider = account->provider};
  struct account_state state;
  struct alert_memory memory = {0};
  struct round_look look = {.account = account};
  if (!store_account_state(store, &key, &state, err)) return false;
  if (!state.seen) return true;
  if (!load_standing(store, account, &state, load->now_ms, &load->standings[load->count], err)) return false;
  if (!store_alert_memory(store, &key, &memory, err)) return false;
  load->standings[load->count++].muted_until_ms = memory.muted_until_ms;
  if (load->nudged && !daemon_nudge_look(store, account, &state, load->now_ms, &look.at_ms, err)) return false;
  if (look.at_ms != 0) load->looks[load->look_count++] = look;
  return true;
}

static bool load_all(struct store *store, void *context, struct err *err) {
  struct view_load *load = context;
  load->count = load->look_count = 0;
  for (size_t i = 0; i < load->config->account_count; i++) {
    const struct account *account = &load->config->accounts[i];
    if (account->missing == NULL && !load_account(store, load, account, err)) return false;
  }
  return true;
}

static void free_load(struct view_load *load) {
  if (load == NULL) return;
  config_release(load->config);
  mem_free(load->standings);
  mem_free(load->looks);
  mem_free(load);
}

static void loaded(void *context, const struct err *err) {
  struct view_load *load = context;
  struct daemon *daemon = load->daemon;
  const struct view_news news = {.config = load->config,
                                 .standings = load->standings,
                                 .count = load->count,
                                 .now_ms = load->now_ms,
                                 .only_newer = true};
  if (err->code == ERR_NONE) {
    daemon->view = view_learn(daemon->view, &news);
    if (!daemon->stopping) daemon_nudge_plan(daemon, load->config, load->looks, load->look_count);
    if (load->nudged && daemon->hooks.seen != NULL) daemon->hooks.seen(daemon->hooks.context);
  } else {
    log_warning("view", "the last readings cannot be read: %s", err->text);
  }
  free_load(load);
  daemon->load = NULL;
  if (daemon->load_again && !daemon->stopping) daemon_view_load(daemon);
}

void daemon_view_load(struct daemon *daemon) {
  daemon->load_again = daemon->load != NULL;
  if (daemon->load != NULL) return;
  struct view_load *load = mem_new(1, sizeof *load);
  load->daemon = daemon;
  load->config = config_keep(daemon->table.config);
  load->standings = mem_new(load->config->account_count, sizeof *load->standings);
  load->looks = mem_new(load->config->account_count, sizeof *load->looks);
  load->nudged = daemon->nudged;
  daemon->nudged = false;
  load->now_ms = daemon->world.wall_ms(daemon->world.context);
  daemon->load = load;
  daemon->world.commit(daemon->world.context, load_all, loaded, load);
}

void daemon_view_begin(struct daemon *daemon) {
  struct view *view = view_new(daemon->table.config, daemon->view);
  view_release(daemon->view);
  daemon->view = view;
  daemon_view_load(daemon);
}

void daemon_view_take(struct daemon *daemon, const struct running *running, const struct round_report *report) {
  const struct view_news news = {.config = running->config,
                                 .standings = report->summary.standings,
                                 .count = report->summary.count,
                                 .now_ms = report->summary.now_ms};
  if (report->err.code != ERR_NONE) return;
  if (report->fresh) {
    daemon->view = view_learn(daemon->view, &news);
  } else {
    daemon_view_load(daemon); /* another process has run this slot, and recorded what it read */
  }
}

void daemon_view_end(struct daemon *daemon) {
  free_load(daemon->load);
  view_release(daemon->view);
}

struct view *daemon_view(struct daemon *daemon) {
  return daemon->view;
}
