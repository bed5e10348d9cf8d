/* A world for tests: time that jumps from event to event, a network that answers as a script says, and a real store in a
 * folder of its own. Header only: a test program includes it once. */
#ifndef LOWTIDE_TESTS_FAKE_WORLD_H
#define LOWTIDE_TESTS_FAKE_WORLD_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lowtide/mem.h"
#include "lowtide/store.h"
#include "lowtide/text.h"
#include "lowtide/world.h"

#define FAKE_START_MS 1769677200000LL /* 2026-01-29 09:00:00 UTC, a Thursday */

struct fake_event {
  struct fake_event *next;
  int64_t at_ms; /* monotonic */
  uint64_t order;
  void (*fire)(void *context);
  void *context;
  bool is_alarm; /* belongs to its owner; else freed after firing */
  bool set;
};

struct fake_world;

/* What comes back for one ask; the body is borrowed. */
struct fake_answer {
  int64_t delay_ms;
  enum err_code code; /* ERR_NONE: the status counts */
  int status;
  int64_t retry_after_ms;
  const char *body;
  struct http_rate rate;
  bool written; /* of a failure: the other side may have heard of it */
};

struct fake_world {
  struct world world;
  struct store *store;
  char folder[64];
  int64_t wall_ms;
  int64_t mono_ms;
  uint64_t order;
  uint64_t seed;
  struct fake_event *events;
  struct fake_answer (*answer)(struct fake_world *fake, const struct ask *ask);
  int asks;
  int commits;
  int rests;
  bool store_is_broken;
  int64_t work_ms;     /* how long the pool takes for anything */
  bool writer_is_gone; /* what it finished last is told to nobody */
  char sent[64][8192]; /* bodies of the POSTs, in order */
  char sent_to[64][256];
  int sent_count;
  void *test; /* for the answer function */
};

/* No variable is set but where a home is. */
__attribute__((unused)) static const char *fake_getenv(const char *name) {
  return text_eq(name, "HOME") ? "/nonexistent" : NULL;
}

static void fake_insert(struct fake_world *fake, struct fake_event *event, int64_t delay_ms) {
  struct fake_event **link = &fake->events;
  event->at_ms = fake->mono_ms + (delay_ms > 0 ? delay_ms : 0);
  event->order = fake->order++;
  event->set = true;
  while (*link != NULL && (*link)->at_ms <= event->at_ms)
    link = &(*link)->next;
  event->next = *link;
  *link = event;
}

static void fake_take_out(struct fake_world *fake, struct fake_event *event) {
  struct fake_event **link = &fake->events;
  while (*link != NULL && *link != event)
    link = &(*link)->next;
  if (*link == event) *link = event->next;
  event->set = false;
}

static void fake_post(struct fake_world *fake, int64_t delay_ms, void (*fire)(void *), void *context) {
  struct fake_event *event = mem_new(1, sizeof *event);
  event->fire = fire;
  event->context = context;
  fake_insert(fake, event, delay_ms);
}

/* Runs the next event if it is due within the horizon; the clock jumps there. */
static bool fake_step(struct fake_world *fake, int64_t until_mono_ms) {
  struct fake_event *event = fake->events;
  if (event == NULL || event->at_ms > until_mono_ms) return false;
  fake->events = event->next;
  fake->wall_ms += event->at_ms - fake->mono_ms;
  fake->mono_ms = event->at_ms;
  event->set = false;
  void (*fire)(void *) = event->fire;
  void *context = event->context;
  if (!event->is_alarm) mem_free(event);
  fire(context);
  return true;
}

static void fake_run(struct fake_world *fake, int64_t for_ms) {
  int64_t until_ms = fake->mono_ms + for_ms;
  while (fake_step(fake, until_ms)) {
  }
  fake->wall_ms += until_ms - fake->mono_ms;
  fake->mono_ms = until_ms;
}

static int64_t fake_wall(void *context) {
  return ((struct fake_world *)context)->wall_ms;
}

static int64_t fake_mono(void *context) {
  return ((struct fake_world *)context)->mono_ms;
}

static uint64_t fake_chance(void *context) {
  struct fake_world *fake = context;
  fake->seed = fake->seed * 6364136223846793005U + 1442695040888963407U;
  return fake->seed >> 11;
}

struct fake_asked {
  struct fake_world *fake;
  struct fake_answer answer;
  struct answer note;
  bool is_note;
  bool timed_out;
  asker_done *done; /* NULL: cancelled */
  void *context;
};

static void fake_deliver(void *context) {
  struct fake_asked *asked = context;
  struct answer answer = {0};
  answer.http.retry_after_ms = asked->answer.retry_after_ms > 0 ? asked->answer.retry_after_ms : -1;
  answer.http.body = asked->answer.body != NULL ? asked->answer.body : "";
  answer.http.length = strlen(answer.http.body);
  answer.http.status = asked->answer.status;
  answer.http.written = asked->answer.written;
  answer.http.rate = asked->answer.rate;
  if (asked->is_note) answer = asked->note;
  if (asked->answer.code != ERR_NONE) {
    err_set(&answer.err, asked->answer.code, "%s", err_code_name(asked->answer.code));
    answer.http.status = 0;
  }
  if (asked->timed_out) err_set(&answer.err, ERR_TIMEOUT, "timed out");
  answer.http.err = answer.err;
  if (asked->done != NULL) asked->done(asked->context, &answer);
  mem_free(asked);
}

static void fake_remember(struct fake_world *fake, const struct ask *ask) {
  if (strcmp(ask->http.method, "POST") != 0 || fake->sent_count >= 64) return;
  (void)text_copy(fake->sent[fake->sent_count], sizeof fake->sent[0], buf_text(&ask->http.body));
  (void)text_copy(fake->sent_to[fake->sent_count], sizeof fake->sent_to[0], buf_text(&ask->http.url));
  fake->sent_count++;
}

static void *fake_ask(void *context, struct ask *ask, int64_t deadline_ms, asker_done *done, void *done_context) {
  struct fake_world *fake = context;
  struct fake_asked *asked = mem_new(1, sizeof *asked);
  asked->fake = fake;
  asked->done = done;
  asked->context = done_context;
  if (ask->kind != ASK_LAST) fake->asks++;
  if (ask->kind == ASK_LAST) {
    const struct account_key key = {.account = ask->last.account, .provider = ask->last.provider};
    asked->is_note = true;
    if (!store_last_answer(fake->store, &key, &asked->note.last, &asked->note.err)) abort();
  } else if (ask->kind == ASK_NOTE) {
    asked->is_note = true;
    if (!store_note_balance(fake->store, ask->note.account, ask->note.unit, &asked->note.note, &asked->note.err)) abort();
  } else {
    fake_remember(fake, ask);
    asked->answer = fake->answer(fake, ask);
  }
  asked->timed_out = asked->answer.delay_ms >= deadline_ms;
  fake_post(fake, asked->timed_out ? deadline_ms : asked->answer.delay_ms, fake_deliver, asked);
  return asked;
}

static bool fake_unask(void *context, void *handle) {
  (void)context;
  struct fake_asked *asked = handle;
  asked->done = NULL;
  return asked->answer.written;
}

static void fake_rest(void *context) {
  ((struct fake_world *)context)->rests++;
}

struct fake_commit {
  struct fake_world *fake;
  struct err err;
  void (*done)(void *context, const struct err *err);
  void *context;
};

static void fake_committed(void *context) {
  struct fake_commit *commit = context;
  if (!commit->fake->writer_is_gone) commit->done(commit->context, &commit->err);
  mem_free(commit);
}

static void fake_do(void *context, store_job *job, void (*done)(void *, const struct err *), void *job_context) {
  struct fake_world *fake = context;
  struct fake_commit *commit = mem_new(1, sizeof *commit);
  commit->fake = fake;
  commit->done = done;
  commit->context = job_context;
  fake->commits++;
  if (fake->store_is_broken) {
    err_set(&commit->err, ERR_STORE, "the disk is full");
  } else if (!store_do(fake->store, job, job_context, &commit->err) && commit->err.code == ERR_NONE) {
    err_set(&commit->err, ERR_STORE, "a job failed and did not say why");
  }
  fake_post(fake, 1, fake_committed, commit);
}

/* What a thread of the pool would do: it takes work_ms, and is all done at its end. */
struct fake_work {
  void (*run)(void *context);
  void (*done)(void *context);
  void *context;
};

static void fake_worked(void *context) {
  struct fake_work *work = context;
  work->run(work->context);
  work->done(work->context);
  mem_free(work);
}

static void fake_work(void *context, void (*run)(void *), void (*done)(void *), void *work_context) {
  struct fake_world *fake = context;
  struct fake_work *work = mem_new(1, sizeof *work);
  *work = (struct fake_work){.run = run, .done = done, .context = work_context};
  fake_post(fake, fake->work_ms, fake_worked, work);
}

struct fake_alarm {
  struct fake_event event; /* first: the alarm is its event */
  struct fake_world *fake;
};

static void *fake_alarm_new(void *context, void (*fire)(void *), void *fire_context) {
  struct fake_alarm *alarm = mem_new(1, sizeof *alarm);
  alarm->fake = context;
  alarm->event.fire = fire;
  alarm->event.context = fire_context;
  alarm->event.is_alarm = true;
  return alarm;
}

static void fake_alarm_stop(void *handle) {
  struct fake_alarm *alarm = handle;
  fake_take_out(alarm->fake, &alarm->event);
}

static void fake_alarm_set(void *handle, int64_t delay_ms) {
  struct fake_alarm *alarm = handle;
  fake_alarm_stop(alarm);
  fake_insert(alarm->fake, &alarm->event, delay_ms);
}

static void fake_alarm_free(void *handle) {
  fake_alarm_stop(handle);
  mem_free(handle);
}

static void fake_world_init(struct fake_world *fake) {
  struct err err = {0};
  memset(fake, 0, sizeof *fake);
  /* in memory where that is possible: nothing here tests the disk, and each commit waits for it */
  bool in_memory = access("/dev/shm", W_OK | X_OK) == 0;
  (void)text_fmt(fake->folder, sizeof fake->folder, "%s/lowtide-flow-XXXXXX", in_memory ? "/dev/shm" : "/tmp");
  if (mkdtemp(fake->folder) == NULL) abort();
  fake->store = store_open(fake->folder, STORE_WRITE, &err);
  if (fake->store == NULL) {
    (void)fprintf(stderr, "%s\n", err.text);
    abort();
  }
  fake->wall_ms = FAKE_START_MS;
  fake->mono_ms = 1000;
  fake->work_ms = 2;
  fake->seed = 7;
  fake->world = (struct world){
      .context = fake,
      .wall_ms = fake_wall,
      .mono_ms = fake_mono,
      .chance = fake_chance,
      .ask = fake_ask,
      .unask = fake_unask,
      .rest = fake_rest,
      .commit = fake_do,
      .work = fake_work,
      .alarm_new = fake_alarm_new,
      .alarm_set = fake_alarm_set,
      .alarm_stop = fake_alarm_stop,
      .alarm_free = fake_alarm_free,
  };
}

static int fake_remove(const char *path, const struct stat *info, int type, struct FTW *place) {
  (void)info;
  (void)type;
  (void)place;
  return remove(path);
}

/* Lets what was cancelled come back and be dropped, then takes the folder away. */
static void fake_world_done(struct fake_world *fake) {
  while (fake->events != NULL) {
    struct fake_event *event = fake->events;
    fake->events = event->next;
    if (event->is_alarm) continue;
    if (event->fire == fake_deliver) mem_free(event->context);
    if (event->fire == fake_committed) mem_free(event->context);
    if (event->fire == fake_worked) fake_worked(event->context); /* a loop does not end before its pool */
    mem_free(event);
  }
  store_close(fake->store);
  (void)nftw(fake->folder, fake_remove, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
