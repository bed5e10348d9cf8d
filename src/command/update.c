#include <inttypes.h>
#include <stdio.h>

#include "command.h"
#include "engine.h"
#include "lowtide/bulletin.h"
#include "lowtide/mem.h"
#include "lowtide/round.h"
#include "outcome.h"
#include "posting.h"
#include "terminal.h"

struct update {
  const struct invocation *invocation;
  struct config *config;
  struct engine engine;
  struct round *round;
  struct posting *posting;
  struct progress *progress;
  const struct account **doubtful; /* to be read again: what was read is not believed yet */
  size_t doubtful_count;
  bool second; /* look */
  struct bulletin *digest;
  int64_t digest_turn_id; /* 0: nothing was queued */
  int64_t waiting;        /* messages that were not taken */
  int64_t refused;
  struct err err;
  struct err log_err;
  int disabled; /* channels */
  int result;
};

static size_t answered(const void *work) {
  return round_answered(work);
}

static void keep_doubtful(struct update *update, const struct round_report *report) {
  update->doubtful = mem_new(report->summary.count, sizeof(const struct account *));
  for (size_t i = 0; i < report->summary.count; i++) {
    if (report->summary.standings[i].reading.code != ERR_IMPLAUSIBLE || report->looks[i].at_ms == 0) continue;
    update->doubtful[update->doubtful_count++] = report->looks[i].account;
  }
}

static void tell_first(struct update *update, const struct round_report *report) {
  bool json = invocation_has(update->invocation, "json");
  update->disabled = report->disabled;
  update->result = outcome_exit(report->summary.standings, report->summary.count);
  if (json || !outcome_has_console(update->config)) {
    int printed = outcome_print(update->invocation, &report->summary);
    if (printed != EXIT_FINE) update->result = printed;
  }
  if (report->doubts) keep_doubtful(update, report);
}

/* The summary is told; that a fall is real may be worse news than it told. */
static void tell_second(struct update *update, const struct round_report *report) {
  int result = outcome_exit(report->summary.standings, report->summary.count);
  if (result > update->result) update->result = result;
}

static void round_recorded(void *context, const struct round_report *report) {
  struct update *update = context;
  progress_free(update->progress);
  update->progress = NULL;
  update->err = report->err;
  if (report->err.code != ERR_NONE) return;
  state_lock_nudge(update->config->state_dir);
  (update->second ? tell_second : tell_first)(update, report);
  bool prints = !invocation_has(update->invocation, "json");
  update->posting = posting_start(&update->engine, update->config, report->turn_id, prints);
}

static void round_over(void *context, const struct round_report *report) {
  struct update *update = context;
  update->log_err = report->log_err;
  if (update->posting == NULL) loop_stop(update->engine.real.loop);
}

/* One round of these accounts and its messages. */
static void run_round(struct update *update, const struct account **accounts, size_t count) {
  const struct turn slot = {.schedule = "update"};
  const struct round_request request = {
      .config = update->config,
      .accounts = accounts,
      .count = count,
      .slots = &slot,
      .slot_count = 1,
      .posts = update->second ? ROUND_POSTS_ALERTS : ROUND_POSTS_ALL,
  };
  const struct round_hooks hooks = {.recorded = round_recorded, .done = round_over, .context = update};
  update->round = round_start(&update->engine.world, &request, &hooks);
  update->progress = progress_new(update->engine.real.loop, "asking", answered, update->round, count);
  loop_run(update->engine.real.loop);
}

static void look_now(void *context) {
  struct update *update = context;
  loop_stop(update->engine.real.loop);
}

static int64_t until_second_look_ms(const struct update *update) {
  int64_t wait_ms = 0;
  for (size_t i = 0; i < update->doubtful_count; i++) {
    int64_t look_ms = round_second_look_ms(update->doubtful[i]);
    if (look_ms > wait_ms) wait_ms = look_ms;
  }
  return wait_ms;
}

static void look_again(struct update *update) {
  int64_t wait_ms = until_second_look_ms(update);
  (void)fprintf(stderr, "lowtide: %s%s fell so far that it is read again in %" PRId64 " s\n", update->doubtful[0]->label,
                update->doubtful_count > 1 ? " and others" : "", wait_ms / 1000);
  posting_free(update->posting);
  round_free(update->round);
  update->posting = NULL;
  update->round = NULL;
  update->second = true;
  struct timer *timer = timer_new(update->engine.real.loop, look_now, update);
  timer_set(timer, wait_ms);
  loop_run(update->engine.real.loop);
  timer_free(timer);
  run_round(update, update->doubtful, update->doubtful_count);
}

/* --- bulletins: those who call this from cron expect them, too --------------------------------------------------- */

static void digest_over(void *context, const struct bulletin_report *report) {
  struct update *update = context;
  if (report->err.code != ERR_NONE) (void)command_fail(&report->err);
  update->digest_turn_id = report->err.code == ERR_NONE && report->queued > 0 ? report->turn_id : 0;
  loop_stop(update->engine.real.loop);
}

static void add_unsent(struct update *update) {
  int64_t waiting = posting_waiting(update->posting);
  update->waiting += waiting < 0 ? 1 : waiting;
  update->refused += posting_refused(update->posting);
}

static void send_digest(struct update *update, enum digest kind, int64_t slot_ms) {
  struct loop *loop = update->engine.real.loop;
  update->digest_turn_id = 0;
  update->digest = bulletin_start(&update->engine.world, update->config, kind, slot_ms, digest_over, update);
  loop_run(loop);
  bulletin_free(update->digest);
  update->digest = NULL;
  if (update->digest_turn_id == 0) return;
  add_unsent(update);
  posting_free(update->posting);
  bool prints = !invocation_has(update->invocation, "json");
  update->posting = posting_start(&update->engine, update->config, update->digest_turn_id, prints);
  loop_run(loop);
}

static void send_digests(struct update *update) {
  for (enum digest kind = DIGEST_DAILY; kind <= DIGEST_MONTHLY; kind++) {
    int64_t slot_ms = bulletin_due(update->config, kind, loop_wall_ms());
    if (slot_ms != 0) send_digest(update, kind, slot_ms);
  }
}

static void run_update(struct update *update) {
  size_t count = update->config->account_count;
  const struct account **accounts = mem_new(count, sizeof(const struct account *));
  for (size_t i = 0; i < count; i++)
    accounts[i] = &update->config->accounts[i];
  outcome_tell_missing(update->config, accounts, count);
  run_round(update, accounts, count);
  mem_free(accounts);
  bool settled = update->err.code == ERR_NONE && posting_waiting(update->posting) == 0;
  if (settled && update->doubtful_count > 0) look_again(update);
  if (update->err.code == ERR_NONE && update->posting != NULL) send_digests(update);
}

/* Low outranks trouble: a script that asks "is there money" must hear it. */
static int end(struct update *update) {
  int result = update->result;
  if (update->err.code != ERR_NONE) return command_fail(&update->err);
  if (update->log_err.code != ERR_NONE) (void)command_fail(&update->log_err);
  add_unsent(update);
  int64_t waiting = update->waiting;
  int64_t refused = update->refused;
  if (waiting != 0) (void)fputs("lowtide: a message was not taken yet; it stays queued (see `lowtide status`)\n", stderr);
  if (update->disabled != 0)
    (void)fputs("lowtide: a channel is disabled and gets no summary; `lowtide doctor` names the mend\n", stderr);
  if (refused != 0) (void)fputs("lowtide: a message was refused; `lowtide doctor` names the mend\n", stderr);
  bool trouble = waiting != 0 || refused != 0 || update->disabled != 0 || update->log_err.code != ERR_NONE;
  return trouble && result == EXIT_FINE ? EXIT_TROUBLE : result;
}

static int update_run(const struct invocation *invocation) {
  struct err err = {0};
  struct update update = {.invocation = invocation, .config = invocation_config(invocation)};
  if (update.config == NULL) return EXIT_TROUBLE;
  command_warn(update.config);
  if (update.config->account_count == 0) {
    int result = outcome_explain_emptiness(update.config);
    config_release(update.config);
    return result;
  }
  if (!engine_start(&update.engine, update.config, ENGINE_WRITES, &err)) {
    config_release(update.config);
    return command_fail(&err);
  }
  run_update(&update);
  engine_end_writer(&update.engine);
  int result = end(&update);
  posting_free(update.posting);
  round_free(update.round);
  mem_free(update.doubtful);
  engine_stop(&update.engine);
  config_release(update.config);
  return result;
}

static const struct flag flags[] = {
    {"json", NULL, "print the balances as JSON"},
    {0},
};

const struct command command_update = {
    .name = "update",
    .usage = "",
    .about = "one full round: ask, record, log, post; for cron",
    .more = "Waits up to 30 seconds for its messages to be accepted; what is not stays queued for the next.\n"
            "Exit code: 2 a balance is below its warning level, 1 one is unknown or a message was not taken, 0 all fine.",
    .flags = flags,
    .run = update_run,
};
