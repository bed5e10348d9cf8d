#include "lowtide/gather.h"

#include <inttypes.h>

#include "lowtide/mem.h"
#include "lowtide/provider.h"
#include "lowtide/secret.h"

#define SECOND_TRY_MS 250 /* plus as much again by chance: those cut off together do not come back together */
#define LEFT_FOR_A_TRY_MS 500
#define GRACE_MS 250

/* One account under way. */
struct errand {
  struct gather *gather;
  const struct account *account;
  struct gathering *gathering;
  void *asked;
  void *alarm; /* of the second try, while it is waited for */
  bool tried_twice;
  bool over;
  struct reading reading;
};

struct gather {
  struct world world;
  struct gather_hooks hooks;
  int64_t asked_ms;
  int64_t started_mono_ms;
  void *end;
  size_t count;
  size_t answered;
  struct errand errands[];
};

static int64_t time_left(const struct errand *errand) {
  const struct gather *gather = errand->gather;
  int64_t gone_ms = gather->world.mono_ms(gather->world.context) - gather->started_mono_ms;
  return errand->account->deadline_ms - gone_ms;
}

static void drop_alarm(struct errand *errand) {
  if (errand->alarm == NULL) return;
  errand->gather->world.alarm_free(errand->alarm);
  errand->alarm = NULL;
}

/* The second try has a shorter time than the first: people are told the whole. */
static struct reading timed_out(const struct errand *errand) {
  struct err err = {0};
  err_set(&err, ERR_TIMEOUT, "timed out after %" PRId64 " s", (errand->account->deadline_ms + 999) / 1000);
  err_hint(&err, "if this host is always slow, raise the account's `deadline`");
  return reading_unknown(errand->gather->asked_ms, &err);
}

static void settle(struct errand *errand, const struct reading *reading) {
  struct gather *gather = errand->gather;
  errand->reading = reading->code == ERR_TIMEOUT ? timed_out(errand) : *reading;
  errand->reading.simulated = errand->account->simulated;
  /* It may say what the other side says, and goes into the store and into messages. */
  if (errand->reading.code != ERR_NONE) (void)secret_blot(errand->reading.detail);
  errand->over = true;
  gathering_free(errand->gathering);
  errand->gathering = NULL;
  drop_alarm(errand);
  gather->answered++;
  if (gather->answered == gather->count) gather->world.alarm_set(gather->end, 0);
}

static void answered(void *context, const struct answer *answer);

static void advance(struct errand *errand, const struct answer *answer) {
  struct gather *gather = errand->gather;
  struct ask ask;
  struct reading reading = timed_out(errand);
  ask_init(&ask);
  int64_t left_ms = time_left(errand);
  enum gathering_step step = gathering_next(errand->gathering, answer, &ask, &reading);
  if (step == GATHERING_ASK && left_ms > 0) {
    errand->asked = gather->world.ask(gather->world.context, &ask, left_ms, answered, errand);
  } else {
    settle(errand, &reading);
  }
  ask_done(&ask);
}

static void try_again(void *context) {
  struct errand *errand = context;
  drop_alarm(errand);
  gathering_free(errand->gathering);
  errand->gathering = gathering_new(errand->account, errand->gather->asked_ms);
  advance(errand, NULL);
}

/* How long to wait before a second try; -1 if it cannot help or does not fit into the deadline. */
static int64_t second_try_in(const struct errand *errand, const struct answer *answer) {
  const struct world *world = &errand->gather->world;
  struct err err = answer->err;
  if (err.code == ERR_NONE && answer->http.status != 0) (void)http_status_err(answer->http.status, &err);
  if (errand->tried_twice || !err_is_transient(err.code)) return -1;
  int64_t wait_ms = answer->http.retry_after_ms;
  if (wait_ms <= 0) wait_ms = SECOND_TRY_MS + (int64_t)(world->chance(world->context) % SECOND_TRY_MS);
  return wait_ms + LEFT_FOR_A_TRY_MS <= time_left(errand) ? wait_ms : -1;
}

static void answered(void *context, const struct answer *answer) {
  struct errand *errand = context;
  struct gather *gather = errand->gather;
  errand->asked = NULL;
  if (gather->hooks.answered != NULL) gather->hooks.answered(gather->hooks.context, errand->account, answer);
  int64_t wait_ms = second_try_in(errand, answer);
  if (wait_ms < 0) {
    advance(errand, answer);
    return;
  }
  errand->tried_twice = true;
  errand->alarm = gather->world.alarm_new(gather->world.context, try_again, errand);
  gather->world.alarm_set(errand->alarm, wait_ms);
}

static void abandon(struct errand *errand) {
  const struct world *world = &errand->gather->world;
  if (errand->asked != NULL) world->unask(world->context, errand->asked);
  errand->asked = NULL;
  drop_alarm(errand);
}

/* All have answered, or the last deadline has passed and the rest is given up. */
static void end(void *context) {
  struct gather *gather = context;
  for (size_t i = 0; i < gather->count; i++) {
    struct errand *errand = &gather->errands[i];
    if (errand->over) continue;
    abandon(errand);
    struct reading reading = timed_out(errand);
    settle(errand, &reading);
  }
  gather->world.alarm_stop(gather->end);
  gather->hooks.done(gather->hooks.context);
}

static int64_t longest_deadline_ms(const struct account *const *accounts, size_t count) {
  int64_t longest_ms = 0;
  for (size_t i = 0; i < count; i++) {
    if (accounts[i]->deadline_ms > longest_ms) longest_ms = accounts[i]->deadline_ms;
  }
  return longest_ms;
}

struct gather *gather_start(const struct world *world, const struct account *const *accounts, size_t count,
                            const struct gather_hooks *hooks) {
  struct gather *gather = mem_new(1, sizeof *gather + count * sizeof gather->errands[0]);
  gather->world = *world;
  gather->hooks = *hooks;
  gather->count = count;
  gather->asked_ms = world->wall_ms(world->context);
  gather->started_mono_ms = world->mono_ms(world->context);
  gather->end = world->alarm_new(world->context, end, gather);
  world->alarm_set(gather->end, count > 0 ? longest_deadline_ms(accounts, count) + GRACE_MS : 0);
  for (size_t i = 0; i < count; i++) {
    struct errand *errand = &gather->errands[i];
    errand->gather = gather;
    errand->account = accounts[i];
    errand->gathering = gathering_new(accounts[i], gather->asked_ms);
    advance(errand, NULL);
  }
  return gather;
}

const struct reading *gather_reading(const struct gather *gather, size_t index) {
  return &gather->errands[index].reading;
}

size_t gather_answered(const struct gather *gather) {
  return gather->answered;
}

void gather_free(struct gather *gather) {
  if (gather == NULL) return;
  for (size_t i = 0; i < gather->count; i++) {
    abandon(&gather->errands[i]);
    gathering_free(gather->errands[i].gathering);
  }
  gather->world.alarm_free(gather->end);
  mem_free(gather);
}
