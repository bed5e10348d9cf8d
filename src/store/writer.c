/* The writer thread: jobs in order, those that wait together under one commit, each within a SAVEPOINT of its own. */
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "db.h"
#include "lowtide/mem.h"

#define BATCH_MAX 64
#define BUSY_STEP_MS 250 /* short, so that it is seen when the writer is to end */
#define BUSY_LONGEST_MS 30000
#define BUSY_AT_END_MS 500 /* in all: a program that is to end has ten seconds, of which its last words take the most */

struct job {
  store_job *run;
  void (*done)(void *context, const struct err *err);
  void *context;
  struct err err;
  struct job *next;
};

struct writer {
  struct loop *loop;
  char *state_dir;
  struct store *store; /* NULL after a failed commit, until it opens again */
  int waited_at_end_ms;
  pthread_t thread;
  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t wake;
  struct job *first;
  struct job **end;
  bool stopped;
};

static void fail_if_well(struct job *jobs, const struct err *why) {
  for (struct job *job = jobs; job != NULL; job = job->next) {
    if (job->err.code == ERR_NONE) job->err = *why;
  }
}

/* It has waited a step. */
static bool may_wait_on(struct writer *writer, int waited_ms) {
  (void)pthread_mutex_lock(&writer->mutex);
  bool ends = writer->stopped;
  (void)pthread_mutex_unlock(&writer->mutex);
  if (!ends) return waited_ms < BUSY_LONGEST_MS;
  writer->waited_at_end_ms += BUSY_STEP_MS;
  return writer->waited_at_end_ms < BUSY_AT_END_MS;
}

static bool begin(struct writer *writer, struct err *err) {
  bool busy = false;
  /* Into a deleted file one could write for months, and nobody would see it. */
  if (writer->store != NULL && db_is_gone(writer->store)) {
    store_close(writer->store);
    writer->store = NULL;
  }
  if (writer->store == NULL) writer->store = store_open(writer->state_dir, STORE_WRITE, err);
  if (writer->store == NULL) return false;
  int waited_ms = 0;
  (void)sqlite3_busy_timeout(writer->store->db, writer->waited_at_end_ms < BUSY_AT_END_MS ? BUSY_STEP_MS : 0);
  do {
    if (db_begin(writer->store, &busy, err)) return true;
    waited_ms += BUSY_STEP_MS;
  } while (busy && may_wait_on(writer, waited_ms));
  return false;
}

/* False if the whole transaction is lost. */
static bool run_job(struct store *store, struct job *job, struct err *err) {
  if (!db_exec(store, "SAVEPOINT job", err)) return false;
  bool ok = job->run(store, job->context, &job->err);
  if (ok) {
    job->err = (struct err){0};
    return db_exec(store, "RELEASE job", err);
  }
  if (job->err.code == ERR_NONE) err_set(&job->err, ERR_STORE, "the job failed without a word");
  *err = job->err;
  db_forget_lines(store);
  /* A full disk makes SQLite roll everything back by itself. */
  return sqlite3_get_autocommit(store->db) == 0 && db_exec(store, "ROLLBACK TO job; RELEASE job", err);
}

static void run_batch(struct writer *writer, struct job *jobs) {
  struct err err = {0};
  if (!begin(writer, &err)) {
    fail_if_well(jobs, &err);
    return;
  }
  bool ok = true;
  for (struct job *job = jobs; job != NULL && ok; job = job->next) {
    ok = run_job(writer->store, job, &err);
  }
  if (ok && db_commit(writer->store, &err)) return;
  db_roll_back(writer->store);
  fail_if_well(jobs, &err);
  /* After a failed fsync nobody knows what is on disk: only a new connection reads it anew. */
  store_close(writer->store);
  writer->store = NULL;
}

static void answer(void *context) {
  struct job *job = context;
  while (job != NULL) {
    struct job *next = job->next;
    if (job->done != NULL) job->done(job->context, &job->err);
    mem_free(job);
    job = next;
  }
}

/* Waits for jobs; NULL: it is over. */
static struct job *take_batch(struct writer *writer) {
  (void)pthread_mutex_lock(&writer->mutex);
  while (writer->first == NULL && !writer->stopped) {
    (void)pthread_cond_wait(&writer->wake, &writer->mutex);
  }
  struct job *jobs = writer->first;
  struct job *last = jobs;
  for (int i = 1; i < BATCH_MAX && last != NULL && last->next != NULL; i++) {
    last = last->next;
  }
  writer->first = last != NULL ? last->next : NULL;
  if (writer->first == NULL) writer->end = &writer->first;
  if (last != NULL) last->next = NULL;
  (void)pthread_mutex_unlock(&writer->mutex);
  return jobs;
}

static void *work(void *context) {
  struct writer *writer = context;
  for (struct job *jobs = take_batch(writer); jobs != NULL; jobs = take_batch(writer)) {
    run_batch(writer, jobs);
    loop_post(writer->loop, answer, jobs);
  }
  return NULL;
}

/* Signals are the loop's. */
static int start_thread(struct writer *writer) {
  sigset_t all;
  sigset_t before;
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = pthread_create(&writer->thread, NULL, work, writer);
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return failed;
}

static void drop(struct writer *writer) {
  store_close(writer->store);
  (void)pthread_cond_destroy(&writer->wake);
  (void)pthread_mutex_destroy(&writer->mutex);
  mem_free(writer->state_dir);
  mem_free(writer);
}

struct writer *writer_new(struct loop *loop, const char *state_dir, struct err *err) {
  struct store *store = store_open(state_dir, STORE_WRITE, err);
  if (store == NULL) return NULL;
  struct writer *writer = mem_new(1, sizeof *writer);
  writer->loop = loop;
  writer->store = store;
  writer->state_dir = mem_dup(state_dir);
  writer->end = &writer->first;
  (void)pthread_mutex_init(&writer->mutex, NULL);
  (void)pthread_cond_init(&writer->wake, NULL);
  int failed = start_thread(writer);
  if (failed == 0) return writer;
  err_set(err, ERR_STORE, "cannot start the writer thread: %s", strerror(failed));
  drop(writer);
  return NULL;
}

void writer_do(struct writer *writer, store_job *job, void (*done)(void *context, const struct err *err), void *context) {
  struct job *queued = mem_new(1, sizeof *queued);
  *queued = (struct job){.run = job, .done = done, .context = context};
  (void)pthread_mutex_lock(&writer->mutex);
  *writer->end = queued;
  writer->end = &queued->next;
  (void)pthread_cond_signal(&writer->wake);
  (void)pthread_mutex_unlock(&writer->mutex);
}

void writer_free(struct writer *writer) {
  if (writer == NULL) return;
  (void)pthread_mutex_lock(&writer->mutex);
  writer->stopped = true;
  (void)pthread_cond_signal(&writer->wake);
  (void)pthread_mutex_unlock(&writer->mutex);
  (void)pthread_join(writer->thread, NULL);
  drop(writer);
}
