#include <inttypes.h>
#include <string.h>

#include "lowtide/text.h"
#include "provider/recipe_parts.h"

#define EARLY_MS 1000 /* a round of a schedule of just that period may come a little early */

struct gathering {
  const struct account *account;
  int64_t now_ms;
  const struct provider_plug *plug; /* or a recipe */
  void *plug_state;
  struct recipe_run run;
  const struct recipe_listener *listener;
  struct err *first; /* why a fallback is under way; NULL: none is */
  int asks_made;
  bool looks_back;
  struct ask *held;  /* what to ask if the last reading may not stand; NULL: it is not being looked at */
  uint32_t ask_mark; /* 0: the recipe has no `every` */
  uint32_t salt;     /* goes into ask_mark */
};

static void start_plug(struct gathering *gathering) {
  const struct provider_plug *plug = gathering->plug;
  if (plug == NULL) return;
  gathering->plug_state = mem_new(1, plug->state_size);
  if (plug->start != NULL) plug->start(gathering->plug_state, gathering->account, gathering->now_ms);
}

struct gathering *gathering_new(const struct account *account, int64_t now_ms) {
  struct gathering *gathering = mem_new(1, sizeof *gathering);
  gathering->account = account;
  gathering->now_ms = now_ms;
  if (account->recipe != NULL) {
    run_start(&gathering->run, account->recipe, account, now_ms);
  } else {
    gathering->plug = provider_find(account->provider);
    start_plug(gathering);
  }
  return gathering;
}

void gathering_look_back(struct gathering *gathering) {
  const struct provider_plug *plug = gathering->plug;
  gathering->looks_back = true;
  if (plug != NULL && plug->look_back != NULL) plug->look_back(gathering->plug_state);
}

void gathering_salt(struct gathering *gathering, uint32_t salt) {
  gathering->salt = salt;
}

static void drop_held(struct gathering *gathering) {
  if (gathering->held == NULL) return;
  ask_done(gathering->held);
  mem_free(gathering->held);
  gathering->held = NULL;
}

static void end_plug(struct gathering *gathering) {
  const struct provider_plug *plug = gathering->plug;
  if (plug == NULL) return;
  if (plug->end != NULL) plug->end(gathering->plug_state);
  if (gathering->plug_state != NULL) explicit_bzero(gathering->plug_state, plug->state_size);
  mem_free(gathering->plug_state);
}

void gathering_free(struct gathering *gathering) {
  if (gathering == NULL) return;
  drop_held(gathering);
  mem_free(gathering->first);
  if (gathering->account->recipe != NULL) run_done(&gathering->run);
  end_plug(gathering);
  mem_free(gathering);
}

void gathering_listen(struct gathering *gathering, const struct recipe_listener *listener) {
  gathering->listener = listener;
  gathering->run.listener = listener;
}

/* A budget is in the account's unit, or in what its recipe tells the cost in. */
static void take_budget(const struct gathering *gathering, struct reading *reading) {
  const struct account *account = gathering->account;
  const char *unit = account->recipe != NULL ? gathering->run.unit : account->unit;
  bool takes = reading->code == ERR_NONE && reading->kind == READING_SPEND && !reading->limit.known;
  if (!takes || !account->budget.known) return;
  if (text_is_blank(unit) || text_eq(unit, reading->unit)) {
    reading->limit = account->budget;
    return;
  }
  struct err err = {0};
  (void)err_set(&err, ERR_NOT_CONFIGURED, "the cost is in %s, the budget in %s", reading->unit, unit);
  (void)err_hint(&err, "write `unit = %s` into [account %s], and the budget in that", reading->unit, account->name);
  *reading = reading_unknown(gathering->now_ms, &err);
}

static enum gathering_step finish(const struct gathering *gathering, struct reading result, struct reading *reading) {
  const struct account *account = gathering->account;
  if (result.reused) { /* by what the plug asks */
    *reading = result;
    return GATHERING_DONE;
  }
  result.asked_ms = gathering->now_ms;
  if (result.time_ms == 0) result.time_ms = gathering->now_ms;
  result.simulated = account->simulated;
  if (gathering->ask_mark != 0) result.ask_mark = gathering->ask_mark;
  take_budget(gathering, &result);
  *reading = result;
  return GATHERING_DONE;
}

static enum gathering_step fail(const struct gathering *gathering, const struct err *err, struct reading *reading) {
  return finish(gathering, reading_unknown(gathering->now_ms, err), reading);
}

/* The recipe knows its vendor better than the table of statuses does; what is wrong with a shape is said where it is seen.
 */
static void add_hint(const struct recipe *recipe, struct err *err) {
  if (err->code == ERR_MALFORMED && *err->hint != '\0') return;
  for (const struct recipe_hint *hint = recipe->hints; hint != NULL; hint = hint->next) {
    if (hint->code == err->code) (void)err_hint(err, "%s", hint->text);
  }
}

static enum gathering_step ask_for(const struct gathering *gathering, struct ask *ask) {
  ask->who = gathering->account->name;
  return GATHERING_ASK;
}

/* What the fallback found stands, with the hint of what would be better; if it found nothing, the first fault counts,
 * but for one that another try may mend. */
static enum gathering_step fall_back(struct gathering *gathering, struct err *err, struct ask *ask,
                                     struct reading *reading) {
  const struct recipe *recipe = gathering->run.recipe;
  add_hint(recipe, err);
  if (gathering->first != NULL) {
    return fail(gathering, err_is_transient(err->code) ? err : gathering->first, reading);
  }
  if (recipe->fallback == NULL || (recipe->fallback_codes & 1U << err->code) == 0) return fail(gathering, err, reading);
  gathering->first = mem_new(1, sizeof *gathering->first);
  *gathering->first = *err;
  gathering->run.key = "fallback";
  tell_result(&gathering->run, err->text, "%s", recipe->fallback_name);
  run_done(&gathering->run);
  run_start(&gathering->run, recipe->fallback, gathering->account, gathering->now_ms);
  gathering->run.listener = gathering->listener;
  return gathering_next(gathering, NULL, ask, reading);
}

/* --- the last reading in place of an ask --------------------------------------------------------------------------- */

/* Of all that the result depends on. It goes into the store, so it is short: 32 bits of a key tell nothing about it. */
static uint32_t mark_of(const struct account *account, const struct ask *ask, uint32_t salt) {
  struct buf all;
  buf_init(&all, 2 * HTTP_IDENTITY_MAX);
  http_request_identity(&ask->http, &all);
  buf_addf(&all, "%s %d %" PRId64 " %" PRIu32, account->unit, account->budget.known, account->budget.nano, salt);
  for (size_t i = 0; i < account->value_count; i++) {
    const struct account_value *value = &account->values[i];
    if (value->text != NULL) buf_addf(&all, " %s=%s", value->name, value->text);
  }
  uint64_t hash = text_hash(buf_text(&all), all.len);
  buf_wipe(&all);
  uint32_t mark = (uint32_t)(hash ^ hash >> 32);
  return mark != 0 ? mark : 1;
}

static bool may_stand(const struct gathering *gathering, const struct answer *answer) {
  const struct reading *last = &answer->last.reading;
  int64_t age_ms = gathering->now_ms - last->asked_ms;
  bool told = last->code == ERR_NONE || last->code == ERR_RATE_LIMITED;
  return answer->err.code == ERR_NONE && answer->last.found && told && last->ask_mark == gathering->ask_mark &&
         age_ms >= 0 && age_ms < gathering->run.recipe->about.every_ms - EARLY_MS;
}

static enum gathering_step ask_last(struct gathering *gathering, struct ask *ask) {
  gathering->held = mem_new(1, sizeof *gathering->held);
  *gathering->held = *ask;
  ask_init(ask);
  ask->kind = ASK_LAST;
  ask->last = (struct last_ask){.account = gathering->account->name, .provider = gathering->account->provider};
  return ask_for(gathering, ask);
}

static enum gathering_step take_last(struct gathering *gathering, const struct answer *answer, struct ask *ask,
                                     struct reading *reading) {
  if (may_stand(gathering, answer)) {
    *reading = answer->last.reading;
    reading->reused = true;
    return GATHERING_DONE;
  }
  *ask = *gathering->held;
  ask_init(gathering->held);
  drop_held(gathering);
  return ask_for(gathering, ask);
}

static enum gathering_step ask_of_recipe(struct gathering *gathering, struct ask *ask) {
  bool is_first = gathering->ask_mark == 0 && gathering->run.recipe->about.every_ms > 0;
  if (is_first) gathering->ask_mark = mark_of(gathering->account, ask, gathering->salt);
  return is_first && gathering->looks_back ? ask_last(gathering, ask) : ask_for(gathering, ask);
}

static enum gathering_step next_of_recipe(struct gathering *gathering, const struct answer *answer, struct ask *ask,
                                          struct reading *reading) {
  struct err err = {0};
  struct reading result;
  bool asks = false;
  if (gathering->held != NULL && answer != NULL) return take_last(gathering, answer, ask, reading);
  if (answer != NULL && !run_take(&gathering->run, answer, &err)) return fall_back(gathering, &err, ask, reading);
  if (!run_next(&gathering->run, ask, &asks, &err)) return fail(gathering, &err, reading);
  if (asks && ++gathering->asks_made <= GATHERING_ASKS_MAX) return ask_of_recipe(gathering, ask);
  if (asks) {
    ask_done(ask);
    (void)err_set(&err, ERR_MALFORMED, "more than %d asks", GATHERING_ASKS_MAX);
    return fail(gathering, &err, reading);
  }
  if (!run_result(&gathering->run, &result, &err)) return fall_back(gathering, &err, ask, reading);
  if (gathering->first != NULL) (void)text_copy(result.hint, sizeof result.hint, gathering->first->hint);
  return finish(gathering, result, reading);
}

static enum gathering_step next_of_plug(struct gathering *gathering, const struct answer *answer, struct ask *ask,
                                        struct reading *reading) {
  const struct provider_plug *plug = gathering->plug;
  struct reading result = {0};
  bool failed = answer != NULL && answer->err.code != ERR_NONE;
  if (failed && !plug->hears_failures) return fail(gathering, &answer->err, reading);
  if (answer == NULL) ask_init(ask);
  enum gathering_step step = plug->next(gathering->plug_state, gathering->account, answer, ask, &result);
  if (step == GATHERING_ASK) return ask_for(gathering, ask);
  return finish(gathering, result, reading);
}

enum gathering_step gathering_next(struct gathering *gathering, const struct answer *answer, struct ask *ask,
                                   struct reading *reading) {
  const struct account *account = gathering->account;
  struct err err = {0};
  if (account->missing != NULL) {
    bool is_file = strchr(account->missing, '/') != NULL;
    (void)err_set(&err, ERR_NOT_CONFIGURED, "%s", account->missing_why);
    if (is_file) {
      (void)err_hint(&err, "its first line is to be the value; lowtide must be allowed to read it");
    } else {
      (void)err_hint(&err, "set %s, or name the value in [account %s]", account->missing, account->name);
    }
    return fail(gathering, &err, reading);
  }
  if (account->recipe != NULL) return next_of_recipe(gathering, answer, ask, reading);
  if (gathering->plug != NULL) return next_of_plug(gathering, answer, ask, reading);
  (void)err_set(&err, ERR_NOT_CONFIGURED, "there is no provider \"%s\"", account->provider);
  return fail(gathering, &err, reading);
}
