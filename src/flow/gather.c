#include "lowtide/gather.h"

#include <inttypes.h>
#include <stdlib.h>

#include "inquiry.h"
#include "lowtide/mem.h"
#include "lowtide/provider.h"
#include "lowtide/secret.h"

#define LEFT_FOR_A_TRY_MS 500
#define GRACE_MS 250

/* One account under way. */
struct errand {
  struct inquirer inquirer;
  struct gather *gather;
  const struct account *account;
  struct gathering *gathering;
  void *alarm;     /* of its own deadline, while it waits with another that has longer */
  bool looks_back; /* asks the store, not the vendor */
  bool tried_twice;
  struct reading *reading; /* NULL until it is over: those that are being asked are many */
};

struct gather {
  struct world world;
  struct gather_hooks hooks;
  int64_t asked_ms;
  int64_t started_mono_ms;
  void *end;
  struct inquiries *inquiries;
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
  errand->reading = mem_new(1, sizeof *errand->reading);
  *errand->reading = reading->code == ERR_TIMEOUT ? timed_out(errand) : *reading;
  errand->reading->simulated = errand->account->simulated;
  /* It may say what the other side says, and goes into the store and into messages. */
  if (errand->reading->code != ERR_NONE) (void)secret_blot(errand->reading->detail);
  gathering_free(errand->gathering);
  errand->gathering = NULL;
  drop_alarm(errand);
  gather->answered++;
  if (gather->answered == gather->count) gather->world.alarm_set(gather->end, 0);
}

static void give_up(void *context);

/* Whom it joined may be waited for longer than it can wait itself. */
static void watch_deadline(struct errand *errand, int64_t left_ms) {
  const struct world *world = &errand->gather->world;
  errand->alarm = world->alarm_new(world->context, give_up, errand);
  world->alarm_set(errand->alarm, left_ms);
}

static void advance(struct errand *errand, const struct answer *answer) {
  struct gather *gather = errand->gather;
  struct ask ask;
  struct reading reading = {0};
  ask_init(&ask);
  int64_t until_ms = gather->started_mono_ms + errand->account->deadline_ms;
  int64_t left_ms = time_left(errand);
  enum gathering_step step = gathering_next(errand->gathering, answer, &ask, &reading);
  errand->looks_back = ask.kind == ASK_LAST;
  if (step == GATHERING_ASK && left_ms > 0) {
    if (inquiry_ask(gather->inquiries, &ask, until_ms, &errand->inquirer) > until_ms) watch_deadline(errand, left_ms);
  } else {
    if (step == GATHERING_ASK) reading = timed_out(errand);
    settle(errand, &reading);
  }
  ask_done(&ask);
}

static struct gathering *gathering_of(const struct gather *gather, const struct account *account) {
  struct gathering *gathering = gathering_new(account, gather->asked_ms);
  gathering_look_back(gathering);
  return gathering;
}

static void try_again(struct inquirer *inquirer) {
  struct errand *errand = (struct errand *)inquirer;
  gathering_free(errand->gathering);
  errand->gathering = gathering_of(errand->gather, errand->account);
  advance(errand, NULL);
}

/* A vendor that says how often it wants to be asked is not asked again at once, unless it allows it or has not heard of it.
 */
static bool may_repeat(const struct account *account, const struct answer *answer) {
  bool unheard = answer->http.err.code != ERR_NONE && !answer->http.written;
  return provider_every_ms(account) == 0 || answer->http.retry_after_ms > 0 || unheard;
}

static bool answered(struct inquirer *inquirer, const struct answer *answer, int64_t again_in_ms) {
  struct errand *errand = (struct errand *)inquirer;
  struct gather *gather = errand->gather;
  drop_alarm(errand);
  bool of_vendor = !errand->looks_back;
  if (of_vendor && gather->hooks.answered != NULL) gather->hooks.answered(gather->hooks.context, errand->account, answer);
  bool fits = again_in_ms >= 0 && again_in_ms + LEFT_FOR_A_TRY_MS <= time_left(errand);
  bool again = of_vendor && fits && !errand->tried_twice && may_repeat(errand->account, answer);
  if (again) {
    errand->tried_twice = true;
  } else {
    advance(errand, answer);
  }
  return again;
}

static const struct inquiry_hooks inquiry_hooks = {.answered = answered, .again = try_again};

static void give_up(void *context) {
  struct errand *errand = context;
  inquiry_leave(&errand->inquirer);
  struct reading reading = timed_out(errand);
  settle(errand, &reading);
}

/* All have answered, or the last deadline has passed and the rest is given up. */
static void end(void *context) {
  struct gather *gather = context;
  for (size_t i = 0; i < gather->count; i++) {
    struct errand *errand = &gather->errands[i];
    if (errand->reading == NULL) give_up(errand);
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

/* Those with the longest deadline first: the others can join what they ask. */
static int by_deadline(const void *a, const void *b) {
  const struct errand *const *left = a;
  const struct errand *const *right = b;
  int64_t left_ms = (*left)->account->deadline_ms;
  int64_t right_ms = (*right)->account->deadline_ms;
  if (left_ms != right_ms) return left_ms > right_ms ? -1 : 1;
  return *left < *right ? -1 : 1;
}

static void set_out(struct gather *gather) {
  struct errand **order = mem_new(gather->count, sizeof(struct errand *));
  for (size_t i = 0; i < gather->count; i++)
    order[i] = &gather->errands[i];
  qsort(order, gather->count, sizeof(struct errand *), by_deadline);
  for (size_t i = 0; i < gather->count; i++)
    advance(order[i], NULL);
  mem_free(order);
}

struct gather *gather_start(const struct world *world, const struct account *const *accounts, size_t count,
                            const struct gather_hooks *hooks) {
  struct gather *gather = mem_new(1, sizeof *gather + count * sizeof gather->errands[0]);
  gather->world = *world;
  gather->hooks = *hooks;
  gather->count = count;
  gather->asked_ms = world->wall_ms(world->context);
  gather->started_mono_ms = world->mono_ms(world->context);
  gather->inquiries = inquiries_new(world, count, &inquiry_hooks);
  gather->end = world->alarm_new(world->context, end, gather);
  world->alarm_set(gather->end, count > 0 ? longest_deadline_ms(accounts, count) + GRACE_MS : 0);
  for (size_t i = 0; i < count; i++) {
    struct errand *errand = &gather->errands[i];
    errand->gather = gather;
    errand->account = accounts[i];
    errand->gathering = gathering_of(gather, accounts[i]);
  }
  set_out(gather);
  return gather;
}

const struct reading *gather_reading(const struct gather *gather, size_t index) {
  return gather->errands[index].reading;
}

size_t gather_answered(const struct gather *gather) {
  return gather->answered;
}

void gather_free(struct gather *gather) {
  if (gather == NULL) return;
  for (size_t i = 0; i < gather->count; i++) {
    inquiry_leave(&gather->errands[i].inquirer);
    drop_alarm(&gather->errands[i]);
    gathering_free(gather->errands[i].gathering);
    mem_free(gather->errands[i].reading);
  }
  inquiries_free(gather->inquiries);
  gather->world.alarm_free(gather->end);
  mem_free(gather);
}
