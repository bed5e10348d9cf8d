#include "lowtide/world.h"

#include <sys/random.h>

#include "ask_trace.h"
#include "lowtide/mem.h"

static int64_t real_wall_ms(void *context) {
  (void)context;
  return loop_wall_ms();
}

static int64_t real_mono_ms(void *context) {
  (void)context;
  return loop_mono_ms();
}

static uint64_t real_chance(void *context) {
  (void)context;
  uint64_t bits = 0;
  if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits) bits = (uint64_t)loop_mono_ms() * 0x9E3779B97F4A7C15U;
  return bits;
}

/* One ask under way: with the asker, or a look into the store. */
struct real_asked {
  struct asked *asked; /* NULL for a look into the store */
  asker_done *done;    /* NULL: nobody waits any more */
  void *done_context;
  char *account;
  char *unit;     /* of notes */
  char *provider; /* of the last reading */
  struct ask_trace *trace;
  struct answer *answer; /* of the store */
};

static void forget(struct real_asked *asked) {
  mem_free(asked->account);
  mem_free(asked->unit);
  mem_free(asked->provider);
  mem_free(asked->answer);
  mem_free(asked);
}

static void real_answered(void *context, const struct answer *answer) {
  struct real_asked *asked = context;
  asker_done *done = asked->done;
  void *done_context = asked->done_context;
  ask_trace_answered(asked->trace, answer);
  forget(asked);
  done(done_context, answer);
}

static bool look_up(struct store *store, void *context, struct err *err) {
  struct real_asked *asked = context;
  if (asked->provider != NULL) {
    const struct account_key key = {.account = asked->account, .provider = asked->provider};
    return store_last_answer(store, &key, &asked->answer->last, err);
  }
  return store_note_balance(store, asked->account, asked->unit, &asked->answer->note, err);
}

static void found(void *context, const struct err *err) {
  struct real_asked *asked = context;
  asked->answer->err = *err;
  if (asked->done != NULL) asked->done(asked->done_context, asked->answer);
  forget(asked);
}

static void looked_up(void *context) {
  struct real_asked *asked = context;
  struct err err = asked->answer->err;
  found(asked, &err);
}

/* Through the writer, or, where a command only looks, past it. */
static void ask_store(struct real_world *real, const struct ask *ask, struct real_asked *asked) {
  asked->answer = mem_new(1, sizeof *asked->answer);
  if (ask->kind == ASK_LAST) {
    asked->account = mem_dup(ask->last.account);
    asked->provider = mem_dup(ask->last.provider);
  } else {
    asked->account = mem_dup(ask->note.account);
    asked->unit = mem_dup(ask->note.unit);
  }
  if (real->writer != NULL) {
    writer_do(real->writer, look_up, found, asked);
    return;
  }
  if (real->reader != NULL) (void)look_up(real->reader, asked, &asked->answer->err);
  loop_post(real->loop, looked_up, asked);
}

static void *real_ask(void *context, struct ask *ask, int64_t deadline_ms, asker_done *done, void *done_context) {
  struct real_world *real = context;
  struct real_asked *asked = mem_new(1, sizeof *asked);
  asked->done = done;
  asked->done_context = done_context;
  if (ask->kind == ASK_NOTE || ask->kind == ASK_LAST) {
    ask_store(real, ask, asked);
  } else {
    asked->trace = ask_trace_new(ask);
    asked->asked = asker_ask(real->asker, ask, deadline_ms, real_answered, asked);
  }
  return asked;
}

static bool real_unask(void *context, void *handle) {
  (void)context;
  struct real_asked *asked = handle;
  asked->done = NULL;
  if (asked->asked == NULL) return false; /* the look into the store comes back and is dropped then */
  bool written = asker_cancel(asked->asked);
  ask_trace_given_up(asked->trace);
  forget(asked);
  return written;
}

static void real_rest(void *context) {
  struct real_world *real = context;
  asker_rest(real->asker);
}

struct real_commit {
  struct real_world *real;
  store_job *job;
  void (*done)(void *context, const struct err *err);
  void *context;
};

static bool do_commit(struct store *store, void *context, struct err *err) {
  const struct real_commit *commit = context;
  return commit->job(store, commit->context, err);
}

/* What the writer finished at its end comes back when the loop is freed: whoever asked for it is gone by then. */
static void committed(void *context, const struct err *err) {
  struct real_commit *commit = context;
  if (commit->real->writer != NULL) commit->done(commit->context, err);
  mem_free(commit);
}

static void real_commit(void *context, store_job *job, void (*done)(void *, const struct err *), void *job_context) {
  struct real_world *real = context;
  struct real_commit *commit = mem_new(1, sizeof *commit);
  *commit = (struct real_commit){.real = real, .job = job, .done = done, .context = job_context};
  writer_do(real->writer, do_commit, committed, commit);
}

static void real_work(void *context, void (*run)(void *), void (*done)(void *), void *work_context) {
  struct real_world *real = context;
  loop_work(real->loop, run, done, work_context);
}

static void *real_alarm_new(void *context, void (*fire)(void *), void *fire_context) {
  struct real_world *real = context;
  return timer_new(real->loop, fire, fire_context);
}

static void real_alarm_set(void *alarm, int64_t delay_ms) {
  timer_set(alarm, delay_ms);
}

static void real_alarm_stop(void *alarm) {
  timer_stop(alarm);
}

static void real_alarm_free(void *alarm) {
  timer_free(alarm);
}

struct world world_real(struct real_world *real) {
  return (struct world){
      .context = real,
      .wall_ms = real_wall_ms,
      .mono_ms = real_mono_ms,
      .chance = real_chance,
      .ask = real_ask,
      .unask = real_unask,
      .rest = real_rest,
      .commit = real_commit,
      .work = real_work,
      .alarm_new = real_alarm_new,
      .alarm_set = real_alarm_set,
      .alarm_stop = real_alarm_stop,
      .alarm_free = real_alarm_free,
  };
}
