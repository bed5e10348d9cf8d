#include "lowtide/round.h"

#include <string.h>

#include "judge.h"
#include "lowtide/gather.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/provider.h"
#include "lowtide/textlog.h"

#define ROUND_SLACK_MS 1000 /* for the end of a gather and its commit */

struct round {
  struct world world;
  struct round_request request;
  struct gather *gather;
  struct round_hooks hooks;
  struct turn *slots;
  const struct account **accounts; /* the configured ones among those asked for */
  size_t count;
  struct judged *judged;
  struct standing *standings;
  struct round_look *looks;
  struct round_report report;
  struct textlog_report textlog;
};

/* A slow vendor is not asked twice at once: its round swallows the slots of a short schedule, and nobody is away. */
static int64_t longest_round_ms(const struct round *round) {
  int64_t longest_ms = 0;
  for (size_t i = 0; i < round->count; i++) {
    if (round->accounts[i]->deadline_ms > longest_ms) longest_ms = round->accounts[i]->deadline_ms;
  }
  return longest_ms + ROUND_SLACK_MS;
}

/* The time between the slot before and this one, if slots of this schedule were missed in between. */
static bool find_away(struct store *store, const struct round *round, int64_t *away_ms, struct err *err) {
  const struct config *config = round->request.config;
  const struct turn *slot = &round->slots[0];
  struct turn last = {0};
  *away_ms = 0;
  if (slot->slot_ms == 0) return true;
  if (!store_turn_last(store, slot->schedule, &last, err)) return false;
  if (last.id == 0 || last.slot_ms == 0 || strcmp(slot->schedule, config->schedule_text) != 0) return true;
  int64_t next_ms = cron_next(&config->schedule, config->zone, last.slot_ms);
  if (next_ms > 0 && slot->slot_ms - next_ms > longest_round_ms(round)) *away_ms = slot->slot_ms - last.slot_ms;
  return true;
}

/* A slot that another process has run already is not run again, unless another schedule's brought us here too. */
static bool add_turns(struct store *store, struct round *round, struct turn *turn, struct err *err) {
  round->report.fresh = false;
  for (size_t i = 0; i < round->request.slot_count; i++) {
    struct turn slot = round->slots[i];
    bool fresh = false;
    slot.started_ms = turn->started_ms;
    if (!store_turn_add(store, &slot, &fresh, err)) return false;
    if (fresh && !round->report.fresh) *turn = slot;
    if (fresh) round->report.fresh = true;
  }
  round->report.turn_id = turn->id;
  return true;
}

int64_t round_second_look_ms(const struct account *account) {
  int64_t every_ms = provider_every_ms(account);
  return every_ms > SECOND_LOOK_MS ? every_ms : SECOND_LOOK_MS;
}

static void plan_look(struct round *round, size_t index, const struct turn *turn) {
  const struct judged *judged = &round->judged[index];
  const struct account *account = round->accounts[index];
  struct round_look *look = &round->looks[index];
  *look = (struct round_look){.account = account, .at_ms = judged->alerts.look_ms};
  if (!judged->again) return;
  int64_t again_ms = turn->started_ms + round_second_look_ms(account);
  if (look->at_ms == 0 || look->at_ms > again_ms) look->at_ms = again_ms;
  round->report.doubts = true;
}

static bool judge_all(struct store *store, struct round *round, const struct turn *turn, struct err *err) {
  for (size_t i = 0; i < round->count; i++) {
    const struct account *account = round->accounts[i];
    struct reading reading = reading_fresh(*gather_reading(round->gather, i), account->stale_after_ms, turn->started_ms);
    round->standings[i] = (struct standing){0};
    round->judged[i] = (struct judged){.standing = &round->standings[i]};
    if (!judge_account(store, account, turn, reading, &round->judged[i], err)) return false;
    plan_look(round, i, turn);
  }
  return true;
}

static bool run_dispatch(struct store *store, struct round *round, const struct dispatch *dispatch, struct err *err) {
  struct dispatched dispatched;
  if (!dispatch_messages(store, dispatch, &dispatched, err)) return false;
  round->report.disabled = dispatched.disabled;
  return dispatch_log_lines(store, dispatch, dispatched.summaries > 0, err);
}

static bool run_job(struct store *store, void *context, struct err *err) {
  struct round *round = context;
  struct turn turn = {.started_ms = round->report.summary.now_ms};
  struct dispatch dispatch = {
      .config = round->request.config,
      .judged = round->judged,
      .count = round->count,
      .turn = &turn,
      .posts = round->request.posts,
  };
  if (!find_away(store, round, &dispatch.away_ms, err)) return false;
  if (!add_turns(store, round, &turn, err)) return false;
  if (!round->report.fresh) return true;
  round->report.summary.away_ms = dispatch.away_ms;
  return judge_all(store, round, &turn, err) && run_dispatch(store, round, &dispatch, err);
}

static void finish(struct round *round) {
  round->hooks.done(round->hooks.context, &round->report);
}

static bool write_logs(struct store *store, void *context, struct err *err) {
  struct round *round = context;
  return textlog_write(store, &round->textlog, err);
}

static void logged(void *context, const struct err *err) {
  struct round *round = context;
  round->report.log_err = err->code != ERR_NONE ? *err : round->textlog.err;
  finish(round);
}

static void log_unsaid(const struct alert *alert, const char *account) {
  char key[ALERT_KEY_MAX];
  char until[ZONE_TIME_TEXT_MAX];
  alert_key(key, alert, account);
  time_print_rfc3339(until, alert->until_ms);
  switch (alert->fate) {
  case ALERT_TOLD: return;
  case ALERT_HELD: log_info("alert", "%s is kept back: %s until=%s", key, alert->why, until); return;
  case ALERT_DROPPED: log_info("alert", "%s is dropped: %s", key, alert->why); return;
  }
}

/* What is not told now, or never, is said here: nothing vanishes. */
static void log_all_unsaid(const struct round *round) {
  for (size_t i = 0; i < round->count; i++) {
    const struct alerts *alerts = &round->judged[i].alerts;
    for (int k = 0; k < alerts->count; k++)
      log_unsaid(&alerts->list[k], round->accounts[i]->name);
  }
}

static void recorded(void *context, const struct err *err) {
  struct round *round = context;
  bool logs = err->code == ERR_NONE && round->report.fresh;
  round->report.err = *err;
  if (logs) log_all_unsaid(round);
  /* Queued before anything that the hook may queue: a log has its reading before it says POSTED. */
  if (logs) round->world.commit(round->world.context, write_logs, logged, round);
  if (round->hooks.recorded != NULL) round->hooks.recorded(round->hooks.context, &round->report);
  if (!logs) finish(round);
}

/* Without the accounts that lack their secret: they are in no record and no post. What they are judged with is made only
 * now, where the requests were before. */
static void gathered(void *context) {
  struct round *round = context;
  round->standings = mem_new(round->count, sizeof *round->standings);
  round->judged = mem_new(round->count, sizeof *round->judged);
  round->looks = mem_new(round->count, sizeof *round->looks);
  round->report.summary.count = round->count;
  round->report.summary.standings = round->standings;
  round->report.looks = round->looks;
  round->world.commit(round->world.context, run_job, recorded, round);
}

struct round *round_start(const struct world *world, const struct round_request *request,
                          const struct round_hooks *round_hooks) {
  struct round *round = mem_new(1, sizeof *round);
  const struct gather_hooks hooks = {.done = gathered, .context = round};
  round->world = *world;
  round->request = *request;
  round->request.config = config_keep(request->config);
  round->hooks = *round_hooks;
  round->slots = mem_new(request->slot_count, sizeof *round->slots);
  memcpy(round->slots, request->slots, request->slot_count * sizeof *round->slots);
  round->accounts = mem_new(request->count, sizeof(const struct account *));
  for (size_t i = 0; i < request->count; i++) {
    if (request->accounts[i]->missing == NULL) round->accounts[round->count++] = request->accounts[i];
  }
  round->report.summary =
      (struct summary){.config = round->request.config, .now_ms = world->wall_ms(world->context), .channel_id = ""};
  round->gather = gather_start(world, round->accounts, round->count, &hooks);
  return round;
}

size_t round_answered(const struct round *round) {
  return gather_answered(round->gather);
}

const struct account *const *round_accounts(const struct round *round) {
  return round->accounts;
}

size_t round_account_count(const struct round *round) {
  return round->count;
}

void round_free(struct round *round) {
  if (round == NULL) return;
  gather_free(round->gather);
  config_release(round->request.config);
  mem_free(round->slots);
  mem_free(round->accounts);
  mem_free(round->judged);
  mem_free(round->standings);
  mem_free(round->looks);
  mem_free(round);
}
