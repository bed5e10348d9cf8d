#include <stdio.h>

#include "command.h"
#include "engine.h"
#include "lowtide/gather.h"
#include "lowtide/mem.h"
#include "lowtide/message.h"
#include "lowtide/provider.h"
#include "lowtide/runway.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"
#include "outcome.h"
#include "terminal.h"

struct check {
  const struct invocation *invocation;
  struct config *config;
  const struct account **accounts;
  size_t count;
  struct engine engine;
  struct gather *gather;
  struct standing *standings;
};

/* A vendor's bytes on their way to somebody's terminal, which obeys control characters. */
static void print_bytes(FILE *to, const char *bytes) {
  char *shown = mem_dup(bytes);
  (void)secret_blot(shown);
  for (char *p = shown; *p != '\0'; p++) {
    bool layout = *p == '\n' || *p == '\t';
    if (((unsigned char)*p < 0x20 && !layout) || *p == 0x7F) *p = ' ';
  }
  (void)fprintf(to, "%s%s", shown, text_ends(shown, "\n") ? "" : "\n");
  mem_free(shown);
}

/* The vendor's own answer, keys blotted out, before anything is made of it; beside JSON on stderr. */
static void show_raw(void *context, const struct account *account, const struct answer *answer) {
  const struct check *check = context;
  FILE *to = invocation_has(check->invocation, "json") ? stderr : stdout;
  const char *body = answer->program.output != NULL ? answer->program.output : answer->http.body;
  if (answer->err.code != ERR_NONE) {
    (void)fprintf(to, "--- %s: %s\n", account->name, answer->err.text);
    return;
  }
  (void)fprintf(to, "--- %s", account->name);
  if (answer->http.status != 0) (void)fprintf(to, ": HTTP %d", answer->http.status);
  (void)fprintf(to, "\n");
  for (size_t i = 0; i < answer->sql.columns; i++) {
    print_bytes(to, answer->sql.null[i] ? "NULL" : answer->sql.field[i]);
  }
  if (body != NULL) print_bytes(to, body);
}

static void gather_all(struct check *check) {
  engine_heard *heard = invocation_has(check->invocation, "raw") ? show_raw : NULL;
  check->gather = engine_gather(&check->engine, check->accounts, check->count, heard, check);
}

/* As a round would claim it, had it recorded this reading. */
static void forecast(struct store *reader, const struct account_key *key, struct standing *standing, int64_t now_ms) {
  struct trend trend = {0};
  struct err none = {0};
  if (reader == NULL || !reading_is_known(&standing->reading)) return;
  if (!store_trend(reader, key, now_ms, &trend, &none)) return;
  trend_update(&trend, &standing->reading);
  const struct runway runway = runway_of(&trend, now_ms, 0);
  standing_lasts(standing, runway_claimed_ms(&runway));
}

static void judge_all(struct check *check) {
  int64_t now_ms = loop_wall_ms();
  check->standings = mem_new(check->count, sizeof *check->standings);
  for (size_t i = 0; i < check->count; i++) {
    const struct account *account = check->accounts[i];
    const struct account_key key = {.account = account->name, .provider = account->provider};
    struct account_state state = {0};
    struct err none = {0};
    bool known = check->engine.real.reader != NULL && store_account_state(check->engine.real.reader, &key, &state, &none) &&
                 state.known;
    struct reading reading = reading_fresh(*gather_reading(check->gather, i), account->stale_after_ms, now_ms);
    check->standings[i] = standing_of(account, &reading, known ? &state.last_known : NULL, state.known_level);
    forecast(check->engine.real.reader, &key, &check->standings[i], now_ms);
  }
}

static int print_parts(const struct check *check) {
  struct buf marked;
  struct buf out;
  buf_init(&marked, MESSAGE_TEXT_MAX);
  buf_init(&out, MESSAGE_TEXT_MAX);
  compose_parts(&check->standings[0], check->config->zone, loop_wall_ms(), &marked);
  message_print_plain(&out, buf_text(&marked), terminal_is_rich());
  int result = command_print(buf_text(&out));
  buf_done(&marked);
  buf_done(&out);
  return result;
}

/* A vendor that was not asked has no answer of its own to show. */
static void tell_reused(const struct check *check) {
  FILE *to = invocation_has(check->invocation, "json") ? stderr : stdout;
  char age[32];
  char every[32];
  for (size_t i = 0; i < check->count; i++) {
    const struct account *account = check->accounts[i];
    const struct reading *reading = gather_reading(check->gather, i);
    if (!reading->reused) continue;
    text_print_duration(age, sizeof age, loop_wall_ms() - reading->asked_ms);
    text_print_duration(every, sizeof every, recipe_about(account->recipe)->every_ms);
    (void)fprintf(to, "--- %s: not asked again: asked %s ago, and %s is to lie between\n", account->name, age, every);
  }
}

static int print_result(const struct check *check) {
  const struct summary summary = {
      .config = check->config,
      .standings = check->standings,
      .count = check->count,
      .now_ms = loop_wall_ms(),
      .channel_id = "",
  };
  outcome_tell_missing(check->config, check->accounts, check->count);
  if (invocation_has(check->invocation, "raw")) tell_reused(check);
  bool one = check->invocation->arg_count == 1 && !invocation_has(check->invocation, "json");
  if (invocation_has(check->invocation, "raw") && !invocation_has(check->invocation, "json")) (void)printf("\n");
  int printed = one ? print_parts(check) : outcome_print(check->invocation, &summary);
  return printed != EXIT_FINE ? printed : outcome_exit(check->standings, check->count);
}

static int check_run(const struct invocation *invocation) {
  struct err err = {0};
  struct check check = {.invocation = invocation, .config = invocation_config(invocation)};
  int result = EXIT_TROUBLE;
  if (check.config == NULL) return EXIT_TROUBLE;
  command_warn(check.config);
  check.accounts = invocation_accounts(invocation, check.config, &check.count);
  if (check.accounts != NULL && check.count == 0) {
    result = outcome_explain_emptiness(check.config);
  } else if (check.accounts != NULL && engine_start(&check.engine, check.config, ENGINE_READS, &err)) {
    gather_all(&check);
    judge_all(&check);
    result = print_result(&check);
    gather_free(check.gather);
    engine_stop(&check.engine);
  } else if (check.accounts != NULL) {
    result = command_fail(&err);
  }
  mem_free(check.standings);
  mem_free(check.accounts);
  config_release(check.config);
  return result;
}

static const struct flag flags[] = {
    {"json", NULL, "print the balances as JSON"},
    {"raw", NULL, "print the providers' own answers too, keys blotted out"},
    {0},
};

const struct command command_check = {
    .name = "check",
    .usage = "[ACCOUNT…]",
    .about = "ask for the balances once and print them; records and posts nothing",
    .more = "With one ACCOUNT it prints the parts of its balance.\n"
            "Exit code: 2 a balance is below its warning level, 1 one is unknown, 0 all are fine.",
    .args_max = COMMAND_ANY_NUMBER,
    .flags = flags,
    .run = check_run,
};
