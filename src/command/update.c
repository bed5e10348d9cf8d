#include <inttypes.h>
#include <stdio.h>

#include "command.h"
#include "engine.h"
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
  struct err err;
  struct err log_err;
  int result;
};

static size_t answered(const void *work) {
  return round_answered(work);
}

static void round_recorded(void *context, const struct round_report *report) {
  struct update *update = context;
  bool json = invocation_has(update->invocation, "json");
  progress_free(update->progress);
  update->progress = NULL;
  update->err = report->err;
  if (report->err.code != ERR_NONE) return;
  update->result = outcome_exit(report->summary.standings, report->summary.count);
  if (json || !outcome_has_console(update->config)) {
    int printed = outcome_print(update->invocation, &report->summary);
    if (printed != EXIT_FINE) update->result = printed;
  }
  update->posting = posting_start(&update->engine, update->config, report->turn_id, !json);
}

static void round_over(void *context, const struct round_report *report) {
  struct update *update = context;
  update->log_err = report->log_err;
  if (update->posting == NULL) loop_stop(update->engine.real.loop);
}

static void begin(struct update *update) {
  size_t count = update->config->account_count;
  const struct account **accounts = mem_new(count, sizeof(const struct account *));
  const struct turn slot = {.schedule = "update"};
  const struct round_request request = {
      .config = update->config,
      .accounts = accounts,
      .count = count,
      .slots = &slot,
      .slot_count = 1,
      .posts = ROUND_POSTS_ALL,
  };
  for (size_t i = 0; i < count; i++)
    accounts[i] = &update->config->accounts[i];
  outcome_tell_missing(update->config, accounts, count);
  const struct round_hooks hooks = {.recorded = round_recorded, .done = round_over, .context = update};
  update->round = round_start(&update->engine.world, &request, &hooks);
  update->progress = progress_new(update->engine.real.loop, "asking", answered, update->round, count);
  mem_free(accounts);
}

/* Low outranks trouble: a script that asks "is there money" must hear it. */
static int end(struct update *update) {
  int result = update->result;
  if (update->err.code != ERR_NONE) return command_fail(&update->err);
  if (update->log_err.code != ERR_NONE) (void)command_fail(&update->log_err);
  int64_t waiting = posting_waiting(update->posting);
  int64_t refused = posting_refused(update->posting);
  if (waiting != 0) (void)fputs("lowtide: a message was not taken yet; it stays queued (see `lowtide status`)\n", stderr);
  if (refused != 0) (void)fputs("lowtide: a message was refused; `lowtide doctor` names the mend\n", stderr);
  bool trouble = waiting != 0 || refused != 0 || update->log_err.code != ERR_NONE;
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
  begin(&update);
  loop_run(update.engine.real.loop);
  engine_end_writer(&update.engine);
  int result = end(&update);
  posting_free(update.posting);
  round_free(update.round);
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
