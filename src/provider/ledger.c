/* ledger: a balance that a person notes with `lowtide set` and `lowtide topup`, less what a recipe says was spent since. */
#include "lowtide/ledger.h"

#include <inttypes.h>

#include "lowtide/text.h"
#include "provider/plugs.h"

struct ledger_state {
  int64_t now_ms;
  bool looks_back;
  struct note_answer note;
  struct account cost; /* whose recipe tells what was spent */
  struct gathering *gathering;
};

struct account provider_cost_account(const struct account *ledger, int64_t since_ms) {
  struct account cost = *ledger;
  cost.recipe = ledger->spend;
  cost.spend = NULL;
  cost.since_ms = since_ms;
  cost.budget = (struct amount){0};
  /* What the person assumes must not hide in what unit the recipe tells the cost. */
  if (*recipe_about(cost.recipe)->unit != '\0') cost.unit = "";
  return cost;
}

int64_t provider_every_ms(const struct account *account) {
  const struct recipe *recipe = account->recipe != NULL ? account->recipe : account->spend;
  return recipe != NULL ? recipe_about(recipe)->every_ms : 0;
}

static void ledger_start(void *state, const struct account *account, int64_t now_ms) {
  struct ledger_state *ledger = state;
  (void)account;
  ledger->now_ms = now_ms;
}

static void ledger_look_back(void *state) {
  struct ledger_state *ledger = state;
  ledger->looks_back = true;
}

static void ledger_end(void *state) {
  struct ledger_state *ledger = state;
  gathering_free(ledger->gathering);
}

static enum gathering_step take_off(const struct ledger_state *state, const struct account *account,
                                    const struct reading *cost, struct reading *reading) {
  struct err err = {0};
  int64_t left_nano;
  const struct ledger ledger = {
      .unit = account_unit(account),
      .balance_nano = state->note.balance.nano,
      .spent_before = state->note.spent_before,
  };
  if (!ledger_left(&ledger, cost, &left_nano, &err)) return plug_fail(reading, &err);
  *reading = (struct reading){
      .kind = READING_PREPAID,
      .available = amount_of(left_nano),
      .noted_ms = state->note.noted_ms,
      .estimated = true,
      .ask_mark = cost->ask_mark,
  };
  (void)text_copy(reading->unit, sizeof reading->unit, ledger.unit);
  (void)text_copy(reading->hint, sizeof reading->hint, cost->hint);
  return GATHERING_DONE;
}

static enum gathering_step ask_cost(struct ledger_state *state, const struct account *account, const struct answer *answer,
                                    struct ask *ask, struct reading *reading) {
  struct reading cost;
  if (gathering_next(state->gathering, answer, ask, &cost) == GATHERING_ASK) return GATHERING_ASK;
  if (cost.reused) { /* the ledger's own last one, for that is what is recorded under its name */
    *reading = cost;
    return GATHERING_DONE;
  }
  return take_off(state, account, &cost, reading);
}

static uint32_t salt_of(const struct note_answer *note) {
  char text[128];
  (void)text_fmt(text, sizeof text, "%" PRId64 " %" PRId64 " %" PRId64 " %d %" PRId64, note->balance.nano, note->noted_ms,
                 note->time_ms, note->spent_before.known, note->spent_before.nano);
  uint64_t hash = text_hash(text, strlen(text));
  return (uint32_t)(hash ^ hash >> 32);
}

static enum gathering_step take_note(struct ledger_state *state, const struct account *account, const struct answer *answer,
                                     struct ask *ask, struct reading *reading) {
  struct err err = {0};
  if (answer->err.code != ERR_NONE) return plug_fail(reading, &answer->err);
  if (!answer->note.noted || !answer->note.balance.known) {
    (void)err_set(&err, ERR_NOT_CONFIGURED, "nothing noted yet");
    (void)err_hint(&err, "lowtide set %s AMOUNT", account->name);
    return plug_fail(reading, &err);
  }
  state->note = answer->note;
  state->cost = provider_cost_account(account, ledger_since_ms(answer->note.noted_ms));
  state->gathering = gathering_new(&state->cost, state->now_ms);
  gathering_salt(state->gathering, salt_of(&answer->note));
  if (state->looks_back) gathering_look_back(state->gathering);
  return ask_cost(state, account, NULL, ask, reading);
}

static enum gathering_step ledger_next(void *state, const struct account *account, const struct answer *answer,
                                       struct ask *ask, struct reading *reading) {
  struct ledger_state *ledger = state;
  if (ledger->gathering != NULL) return ask_cost(ledger, account, answer, ask, reading);
  if (answer != NULL) return take_note(ledger, account, answer, ask, reading);
  ask->kind = ASK_NOTE;
  ask->note = (struct note_ask){.account = account->name, .unit = account_unit(account)};
  return GATHERING_ASK;
}

static const struct setting ledger_settings[] = {
    {.name = "spend",
     .type = SETTING_TEXT,
     .about = "the recipe that tells what was spent since; its own values (key, …) stand beside it",
     .required = true},
    {.name = NULL},
};

const struct provider_plug provider_ledger = {
    .name = "ledger",
    .about = "what people note with `lowtide set`, less what a cost report says was spent since",
    .label = "Ledger",
    .emoji = "📒",
    .settings = ledger_settings,
    .stale_after_ms = 7 * DAY_MS,
    .state_size = sizeof(struct ledger_state),
    .hears_failures = true,
    .start = ledger_start,
    .look_back = ledger_look_back,
    .next = ledger_next,
    .end = ledger_end,
};
