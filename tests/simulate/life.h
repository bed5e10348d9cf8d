/* The daemon's life in the simulated world: jobs that take a moment and may fail, starts, stops, and sudden ends. */
#ifndef LOWTIDE_TESTS_SIMULATE_LIFE_H
#define LOWTIDE_TESTS_SIMULATE_LIFE_H

#include "sim.h"

/* --- jobs: in order, after a moment, whole or not at all ------------------------------------------------------------- */

struct life_job {
  struct sim *sim;
  store_job *job;
  void (*done)(void *context, const struct err *err);
  void *context;
  struct err err;
  bool full;
};

static bool life_run_job(struct store *store, void *context, struct err *err) {
  struct life_job *job = context;
  if (!job->job(store, job->context, err)) return false;
  return job->full ? err_set(err, ERR_STORE, "the disk is full") : true; /* found out at the commit */
}

static void life_job_done(void *context) {
  struct life_job *job = context;
  job->done(job->context, &job->err);
  mem_free(job);
}

static void life_job_runs(void *context) {
  struct life_job *job = context;
  struct sim *sim = job->sim;
  job->full = sim->fake.mono_ms < sim->store_until_ms;
  if (!store_do(sim->fake.store, life_run_job, job, &job->err)) {
    if (!job->full) sim_broken(sim, "a job failed: %s", job->err.text);
  } else {
    sim->dirty = true;
  }
  fake_post(&sim->fake, 1, life_job_done, job);
}

static void life_commit(void *context, store_job *job, void (*done)(void *, const struct err *), void *job_context) {
  struct sim *sim = (struct sim *)((struct fake_world *)context)->test;
  struct life_job *new_job = mem_new(1, sizeof *new_job);
  *new_job = (struct life_job){.sim = sim, .job = job, .done = done, .context = job_context};
  int64_t at_ms = sim->fake.mono_ms + 1;
  if (at_ms < sim->jobs_until_ms) at_ms = sim->jobs_until_ms;
  sim->jobs_until_ms = at_ms;
  fake_post(&sim->fake, at_ms - sim->fake.mono_ms, life_job_runs, new_job);
}

/* --- starts and ends ------------------------------------------------------------------------------------------------- */

static void life_ready(void *context, const struct round_report *report, bool was_slot) {
  (void)context;
  (void)report;
  (void)was_slot;
}

static void life_ended(void *context) {
  ((struct sim *)context)->ended = true;
}

static void life_start(struct sim *sim) {
  const struct daemon_hooks hooks = {.ready = life_ready, .ended = life_ended, .context = sim};
  sim->ended = false;
  sim->daemon = daemon_start(&sim->fake.world, sim->config, &hooks);
}

/* What was under way is with nobody any more: jobs that had not run never will. */
static void life_forget(struct sim *sim) {
  struct fake_event *next = NULL;
  for (struct fake_event *event = sim->fake.events; event != NULL; event = next) {
    next = event->next;
    if (event->is_alarm) continue;
    mem_free(event->context);
    mem_free(event);
  }
  sim->fake.events = NULL;
  sim->jobs_until_ms = 0;
}

static void life_open_store(struct sim *sim) {
  struct err err = {0};
  sim->fake.store = store_open(sim->fake.folder, STORE_WRITE, &err);
  if (sim->fake.store == NULL) sim_broken(sim, "the store does not open: %s", err.text);
}

static void life_drop(struct sim *sim) {
  daemon_free(sim->daemon);
  sim->daemon = NULL;
  life_forget(sim);
  store_close(sim->fake.store);
  life_open_store(sim);
}

static const char *life_getenv(const char *name) {
  return fake_getenv(name);
}

static struct config *life_config(struct sim *sim) {
  struct err err = {0};
  const struct config_source source = {.getenv = life_getenv};
  struct config *config = config_parse("simulated.ini", sim->config_text, strlen(sim->config_text), &source, &err);
  if (config == NULL) sim_broken(sim, "the config is wrong: %s", err.text);
  return config;
}

/* What the program says of itself, for the law that what is kept back is logged. */
static void life_open_log(struct sim *sim) {
  sim->log_fd = memfd_create("log", MFD_CLOEXEC);
  if (sim->log_fd < 0) abort();
  if (!sim->plan.loud) (void)dup2(sim->log_fd, STDERR_FILENO);
  log_set_level(LOG_LEVEL_INFO);
}

static void life_begin(struct sim *sim) {
  char path[128];
  fake_world_init(&sim->fake);
  sim->fake.test = sim;
  sim->fake.sent_count = 64; /* remembers no bodies */
  sim->fake.seed = sim->seed;
  sim->fake.world.commit = life_commit;
  (void)text_fmt(path, sizeof path, "%s/lowtide.db", sim->fake.folder);
  if (sqlite3_open_v2(path, &sim->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) abort();
  (void)sqlite3_busy_timeout(sim->db, 5000);
  (void)text_fmt(path, sizeof path, "%s/lowtide.db-shm", sim->fake.folder);
  int index_fd = open(path, O_RDONLY | O_CLOEXEC);
  sim->index = mmap(NULL, SIM_INDEX_HEADER, PROT_READ, MAP_SHARED, index_fd, 0);
  if (sim->index == MAP_FAILED) abort();
  (void)close(index_fd);
  sim->begin_mono_ms = sim->fake.mono_ms;
}

static void life_end(struct sim *sim) {
  daemon_free(sim->daemon);
  life_forget(sim);
  for (int i = 0; i < SQL_COUNT; i++)
    (void)sqlite3_finalize(sim->statements[i]);
  (void)sqlite3_close(sim->db);
  (void)munmap((void *)(uintptr_t)sim->index, SIM_INDEX_HEADER);
  config_release(sim->config);
  fake_world_done(&sim->fake);
}

#endif
