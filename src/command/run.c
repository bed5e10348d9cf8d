#include <inttypes.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>

#include "command.h"
#include "engine.h"
#include "lowtide/daemon.h"
#include "lowtide/door.h"
#include "lowtide/log.h"
#include "lowtide/notifier.h"
#include "lowtide/secret.h"
#include "lowtide/service.h"
#include "lowtide/text.h"
#include "outcome.h"
#include "simulation.h"

#define STATUS_MAX 512
#define FAREWELL_MS 8500 /* SIGTERM to the end, whoever is still being answered; the writer may need a second more */
#define FAREWELL_STEP_MS 20
#define LARGE_BYTES 131072
#define ARENAS_MAX 2

struct run {
  const struct invocation *invocation;
  struct config *config;
  struct simulation *simulation; /* NULL: the world is real */
  struct state_lock *lock;
  struct engine engine;
  struct daemon *daemon;
  struct doors *doors; /* NULL: not yet */
  struct timer *farewell;
  int64_t stopped_ms; /* 0: nobody has asked for that */
  int result;
  struct timer *watchdog;
  int64_t watchdog_ms;
};

static void tell_next_round(const struct config *config) {
  char when[ZONE_TIME_TEXT_MAX] = "never";
  int64_t next_ms = cron_next(&config->schedule, config->zone, loop_wall_ms());
  if (next_ms > 0) time_print(when, config->zone, next_ms);
  log_info("schedule", "waiting for the next round at %s %s schedule=\"%s\"", when, zone_name(config->zone),
           config->schedule_text);
}

/* A slot's round goes to the console channel by itself. */
static void ready(void *context, const struct round_report *report, bool was_slot) {
  struct run *run = context;
  bool printed = was_slot && outcome_has_console(run->config);
  if (report->err.code == ERR_NONE && report->fresh && !printed) (void)outcome_print(run->invocation, &report->summary);
  service_notify("READY=1");
  tell_next_round(run->config);
}

/* What `systemctl status` shows: what cannot be recorded is not posted either, but people look here. */
static void tell_status(const struct run *run, const struct round_report *report) {
  char status[STATUS_MAX];
  char when[ZONE_TIME_TEXT_MAX];
  size_t unknown = 0;
  time_print(when, run->config->zone, report->summary.now_ms);
  for (size_t i = 0; i < report->summary.count; i++)
    unknown += reading_is_known(&report->summary.standings[i].reading) ? 0 : 1;
  if (report->err.code != ERR_NONE) {
    (void)text_fmt(status, sizeof status, "STATUS=%s: nothing was recorded and nothing is posted: %s", when,
                   report->err.text);
  } else if (report->log_err.code != ERR_NONE) {
    (void)text_fmt(status, sizeof status, "STATUS=%s: %s", when, report->log_err.text);
  } else {
    (void)text_fmt(status, sizeof status, "STATUS=%s: checked %zu account%s, %zu unknown", when, report->summary.count,
                   text_plural((int64_t)report->summary.count), unknown);
  }
  (void)secret_blot(status);
  service_notify(status);
}

static void round_over(void *context, const struct round_report *report) {
  struct run *run = context;
  tell_status(run, report);
  if (run->doors != NULL) doors_look(run->doors);
}

static void tell_warnings(const struct config *config) {
  for (const char *const *warning = config->warnings; *warning != NULL; warning++) {
    log_warning("config", "%s", *warning);
  }
}

/* The daemon has settled all that it had; the chats may still wait for a last word. */
static void say_farewell(void *context) {
  struct run *run = context;
  int64_t waited_ms = loop_mono_ms() - run->stopped_ms;
  bool busy = run->doors != NULL && doors_are_busy(run->doors);
  if (busy && waited_ms >= DAEMON_PATIENCE_MS) doors_give_up(run->doors);
  if (busy && waited_ms < FAREWELL_MS) {
    timer_set(run->farewell, FAREWELL_STEP_MS);
  } else {
    loop_stop(run->engine.real.loop);
  }
}

static void on_stop(void *context) {
  struct run *run = context;
  if (run->stopped_ms != 0) return;
  run->stopped_ms = loop_mono_ms();
  log_info("run", "stopping: finishing what is in flight");
  service_notify("STOPPING=1");
  if (run->doors != NULL) doors_shut(run->doors);
  daemon_stop(run->daemon);
}

/* The state folder is locked by this process: another one needs a restart. */
static bool is_reloadable(const struct run *run, const struct config *config, struct err *err) {
  if (text_eq(run->config->state_dir, config->state_dir)) return true;
  err_set(err, ERR_CONFIG, "state_dir has changed");
  return err_hint(err, "restart lowtide to move its state");
}

/* A door that cannot be opened stays shut; the rest goes on. */
static void reload_doors(struct run *run, struct config *config) {
  struct err err = {0};
  if (run->doors != NULL && !doors_reload(run->doors, config, &err))
    log_error("door", "%s%s%s", err.text, err.hint[0] != '\0' ? "; " : "", err.hint);
}

static void on_reload(void *context) {
  struct run *run = context;
  struct err err = {0};
  const struct config_source source = {.path = invocation_flag(run->invocation, "config")};
  if (run->simulation != NULL) return;
  service_notify("RELOADING=1");
  struct config *config = config_load(&source, &err);
  if (config == NULL || !is_reloadable(run, config, &err)) {
    log_error("config", "the old config stays: %s%s%s", err.text, err.hint[0] != '\0' ? "; " : "", err.hint);
    config_release(config);
  } else {
    config_release(run->config);
    run->config = config;
    log_set_level(config->log_level);
    log_set_lines(config->log_lines);
    tell_warnings(config);
    daemon_reload(run->daemon, config);
    reload_doors(run, config);
    log_info("config", "reloaded accounts=%zu channels=%zu", config->account_count, config->channel_count);
    tell_next_round(config);
  }
  service_notify("READY=1");
}

/* A command beside this daemon has written to the store. */
static void on_nudge(void *context) {
  const struct run *run = context;
  daemon_nudge(run->daemon);
}

static void view_changed(void *context) {
  const struct run *run = context;
  if (run->doors != NULL) doors_look(run->doors);
}

/* Whoever is there may be sent these, which end a program that does not listen: held back, they wait. */
static void hold_wishes(bool hold) {
  sigset_t wishes;
  (void)sigemptyset(&wishes);
  (void)sigaddset(&wishes, SIGUSR1);
  (void)sigaddset(&wishes, SIGHUP);
  (void)sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &wishes, NULL);
}

static void on_watchdog(void *context) {
  struct run *run = context;
  service_notify("WATCHDOG=1");
  timer_set(run->watchdog, run->watchdog_ms);
}

static void open_doors(struct run *run) {
  struct err err = {0};
  const struct doors_setup setup = {
      .loop = run->engine.real.loop, .world = &run->engine.world, .daemon = run->daemon, .config = run->config};
  run->doors = doors_new(&setup);
  if (doors_open(run->doors, &err)) return;
  run->result = command_fail(&err);
  on_stop(run);
}

static void serve(struct run *run) {
  struct loop *loop = run->engine.real.loop;
  const struct daemon_hooks hooks = {
      .ready = ready, .round = round_over, .seen = view_changed, .ended = say_farewell, .context = run};
  struct signal_watch *watches[] = {
      signal_watch_new(loop, SIGTERM, on_stop, run),
      signal_watch_new(loop, SIGINT, on_stop, run),
      signal_watch_new(loop, SIGHUP, on_reload, run),
      signal_watch_new(loop, SIGUSR1, on_nudge, run),
  };
  hold_wishes(false);
  run->watchdog = timer_new(loop, on_watchdog, run);
  run->farewell = timer_new(loop, say_farewell, run);
  run->watchdog_ms = service_watchdog_ms();
  if (run->watchdog_ms > 0) on_watchdog(run);
  run->daemon = daemon_start(&run->engine.world, run->config, &hooks);
  open_doors(run);
  loop_run(loop);
  engine_end_writer(&run->engine);
  doors_free(run->doors);
  daemon_free(run->daemon);
  hold_wishes(true);
  timer_free(run->farewell);
  timer_free(run->watchdog);
  for (size_t i = 0; i < sizeof watches / sizeof watches[0]; i++)
    signal_watch_free(watches[i]);
  log_info("run", "stopped");
}

static bool has_nothing_to_watch(const struct config *config) {
  for (size_t i = 0; i < config->channel_count; i++) {
    if (!config->channels[i].plug->local) return false;
  }
  return config->account_count == 0;
}

static bool is_sandbox(const struct run *run) {
  return invocation_has(run->invocation, "or-sandbox") && has_nothing_to_watch(run->config);
}

/* Lock first: a second daemon must not even migrate the store. */
static bool prepare(struct run *run, struct err *err) {
  const char *sandbox_dir = invocation_flag(run->invocation, "or-sandbox");
  if (is_sandbox(run)) {
    run->simulation = simulation_new(sandbox_dir, err);
    if (run->simulation == NULL) return false;
    config_release(run->config);
    run->config = config_keep(simulation_config(run->simulation));
  }
  run->lock = state_lock_take(run->config->state_dir, err);
  if (run->lock == NULL) return false;
  if (run->simulation != NULL && !simulation_fill(run->simulation, err)) return false;
  if (!engine_start(&run->engine, run->config, ENGINE_WRITES, err)) return false;
  return run->simulation == NULL || simulation_serve(run->simulation, run->engine.real.loop, err);
}

/* glibc would raise its bound for what is given back at once to the size of the first picture, and have each thread of the
 * pool keep some: 30 MiB after a few histories. */
static void keep_little_memory(void) {
#ifdef __GLIBC__
  (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
  (void)mallopt(M_ARENA_MAX, ARENAS_MAX);
#endif
}

static int run_run(const struct invocation *invocation) {
  struct err err = {0};
  struct run run = {.invocation = invocation, .config = invocation_config(invocation), .result = EXIT_FINE};
  int result = EXIT_FINE;
  if (run.config == NULL) return EXIT_TROUBLE;
  keep_little_memory();
  hold_wishes(true);
  log_set_level(run.config->log_level);
  tell_warnings(run.config);
  if (run.config->account_count == 0 && !is_sandbox(&run)) {
    result = outcome_explain_emptiness(run.config);
  } else if (prepare(&run, &err)) {
    log_info("run", "lowtide %s watches %zu account%s config=%s state=%s", LOWTIDE_VERSION, run.config->account_count,
             text_plural((int64_t)run.config->account_count), run.config->path != NULL ? run.config->path : "environment",
             run.config->state_dir);
    serve(&run);
    result = run.result;
  } else {
    result = command_fail(&err);
  }
  simulation_stop(run.simulation);
  engine_stop(&run.engine);
  state_lock_free(run.lock);
  config_release(run.config);
  simulation_free(run.simulation);
  return result;
}

static const struct flag flags[] = {
    {"or-sandbox", "DIR", "with nothing configured, watch simulated accounts, keeping their state in DIR"},
    {0},
};

const struct command command_run = {
    .name = "run",
    .alias = "monitor",
    .usage = "",
    .about = "the daemon, in the foreground: rounds on schedule, messages, logs",
    .more = "SIGHUP reloads the config (a broken one keeps the old), SIGTERM finishes what is in flight and stops.\n"
            "SIGUSR1 has it look into the store; commands beside it send that.",
    .flags = flags,
    .run = run_run,
};
