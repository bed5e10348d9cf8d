#include "command.h"
#include "engine.h"
#include "lowtide/compose.h"
#include "lowtide/gather.h"
#include "lowtide/message.h"
#include "lowtide/rule.h"
#include "lowtide/runway.h"
#include "lowtide/text.h"
#include "terminal.h"

#define EXIT_UNKNOWN 3
#define MAX_AGE_MS (10 * 60000LL)
#define OUT_MAX 8192

struct guarding {
  const struct invocation *invocation;
  struct config *config;
  const struct account *account;
  struct amount need;
  char need_said[MONEY_SAID_MAX]; /* in what unit, if that was said */
  int64_t max_age_ms;
  int64_t now_ms;
  struct engine engine;
  struct account_state state;
  struct alert_memory memory;
};

/* A store that is not there yet remembers nothing. */
static bool remember(struct guarding *guarding, struct err *err) {
  const struct account_key key = {.account = guarding->account->name, .provider = guarding->account->provider};
  struct store *reader = guarding->engine.real.reader;
  return reader == NULL || (store_account_state(reader, &key, &guarding->state, err) &&
                            store_alert_memory(reader, &key, &guarding->memory, err));
}

/* What was read a moment ago is good enough; what bears a time to come was read by a clock that went wrong. */
static bool is_young(const struct guarding *guarding) {
  const struct reading *last = &guarding->state.last;
  int64_t asked_age_ms = guarding->now_ms - last->asked_ms;
  int64_t age_ms = guarding->now_ms - last->time_ms;
  return guarding->state.seen && reading_is_known(last) && asked_age_ms >= 0 && asked_age_ms <= guarding->max_age_ms &&
         age_ms <= guarding->max_age_ms;
}

static struct reading ask_anew(struct guarding *guarding) {
  struct gather *gather = engine_gather(&guarding->engine, &guarding->account, 1, NULL, NULL);
  struct reading reading = *gather_reading(gather, 0);
  gather_free(gather);
  guarding->now_ms = loop_wall_ms();
  return reading_fresh(reading, guarding->account->stale_after_ms, guarding->now_ms);
}

/* As a round would judge it: so deep a fall needs a second look here, too. */
static struct standing judge(struct guarding *guarding) {
  const struct account_state *state = &guarding->state;
  const struct account_key key = {.account = guarding->account->name, .provider = guarding->account->provider};
  struct store *reader = guarding->engine.real.reader;
  bool again = false;
  struct trend trend = {0};
  struct err none = {0};
  struct reading reading = is_young(guarding) ? state->last : ask_anew(guarding);
  reading = reading_plausible(&reading, state->known ? &state->last_known : NULL, &guarding->memory, &again);
  struct standing standing =
      standing_of(guarding->account, &reading, state->known ? &state->last_known : NULL, state->known_level);
  if (!reading_is_known(&reading) || reader == NULL || !store_trend(reader, &key, guarding->now_ms, &trend, &none))
    return standing;
  trend_update(&trend, &reading);
  const struct runway runway = runway_of(&trend, guarding->now_ms, 0);
  standing_lasts(&standing, runway_claimed_ms(&runway));
  return standing;
}

static int print(const struct guarding *guarding, const struct guarded *guarded) {
  struct buf marked;
  struct buf out;
  buf_init(&marked, OUT_MAX);
  buf_init(&out, OUT_MAX);
  if (invocation_has(guarding->invocation, "json")) {
    compose_guard_json(guarded, guarding->now_ms, &out);
  } else {
    compose_guard(guarded, guarding->now_ms, &marked);
    message_print_plain(&out, buf_text(&marked), terminal_is_rich());
  }
  int result = command_print(buf_text(&out));
  buf_done(&marked);
  buf_done(&out);
  return result;
}

static int answer(struct guarding *guarding) {
  static const int exits[] = {[GUARD_ENOUGH] = EXIT_FINE, [GUARD_TOO_LOW] = EXIT_LOW, [GUARD_UNKNOWN] = EXIT_UNKNOWN};
  struct err err = {0};
  const struct standing standing = judge(guarding);
  const struct reading *reading = &standing.reading;
  if (reading_is_known(reading) && !unit_accept(guarding->account->name, reading->unit, guarding->need_said, &err))
    return command_fail(&err);
  const struct guarded guarded = {
      .standing = &standing,
      .need = guarding->need,
      .guard = guard_of(reading, standing.level, &standing.thresholds, guarding->need),
  };
  int printed = print(guarding, &guarded);
  return printed != EXIT_FINE ? printed : exits[guarded.guard];
}

static bool parse(struct guarding *guarding, struct err *err) {
  const char *need = invocation_flag(guarding->invocation, "need");
  const char *age = invocation_flag(guarding->invocation, "max-age");
  if (need != NULL) {
    if (!command_amount(need, &guarding->need.nano, guarding->need_said, err)) return err_wrap(err, "--need");
    guarding->need.known = true;
    if (guarding->need.nano < 0) return err_set(err, ERR_USAGE, "--need: nobody needs less than nothing");
  }
  return age == NULL || text_duration(age, &guarding->max_age_ms, err) || err_wrap(err, "--max-age");
}

static int guard_run(const struct invocation *invocation) {
  struct err err = {0};
  struct guarding guarding = {.invocation = invocation, .max_age_ms = MAX_AGE_MS, .now_ms = loop_wall_ms()};
  if (!parse(&guarding, &err)) return command_fail(&err);
  guarding.config = invocation_config(invocation);
  if (guarding.config == NULL) return EXIT_TROUBLE;
  int result = EXIT_TROUBLE;
  guarding.account = command_account(guarding.config, invocation->args[0]);
  if (guarding.account != NULL) {
    bool ok = engine_start(&guarding.engine, guarding.config, ENGINE_READS, &err) && remember(&guarding, &err);
    result = ok ? answer(&guarding) : command_fail(&err);
    engine_stop(&guarding.engine);
  }
  config_release(guarding.config);
  return result;
}

static const struct flag flags[] = {
    {"need", "AMOUNT", "what has to be left; without it, the account's critical level"},
    {"max-age", "10m", "ask anew if the newest reading is older than that"},
    {"json", NULL, "print it as JSON"},
    {0},
};

const struct command command_guard = {
    .name = "guard",
    .usage = "ACCOUNT",
    .about = "for scripts: is there enough left to go on?",
    .more = "Exit code: 0 enough, 2 too low (without --need: below critical, or empty), 3 unknown, 1 an error.\n"
            "Records and posts nothing.",
    .args_min = 1,
    .args_max = 1,
    .flags = flags,
    .run = guard_run,
};
