/* What other processes write: the view takes it, and where something is to be told because of it, the account is looked
 * at. */
#include "daemon_parts.h"
#include "lowtide/judge.h"
#include "lowtide/text.h"

#define GATHER_MS 100 /* a script writes often; whoever waits for one word does not feel it */

static void begin(void *context) {
  struct daemon *daemon = context;
  if (daemon->nudged && !daemon->stopping) daemon_view_load(daemon);
}

void daemon_nudge(struct daemon *daemon) {
  if (daemon->stopping || daemon->nudged) return;
  daemon->nudged = true;
  if (daemon->nudge == NULL) daemon->nudge = daemon->world.alarm_new(daemon->world.context, begin, daemon);
  daemon->world.alarm_set(daemon->nudge, GATHER_MS);
}

void daemon_nudge_end(struct daemon *daemon) {
  if (daemon->nudge != NULL) daemon->world.alarm_free(daemon->nudge);
}

/* --- what is to be looked at ---------------------------------------------------------------------------------------- */

static bool is_push(const struct account *account) {
  return text_eq(account->provider, "push");
}

/* A note bears the time at which its command began, so the contents count, not only the times. */
static bool is_news(const struct account *account, const struct note_answer *note, const struct reading *last) {
  bool push = is_push(account);
  int64_t time_ms = push ? note->push.time_ms : note->time_ms;
  struct amount noted = push ? note->push.available : note->balance;
  if (!(push ? note->pushed : note->noted)) return false;
  if (!reading_is_known(last)) return last->code == ERR_NOT_CONFIGURED || time_ms > last->asked_ms;
  if (text_eq(account->provider, "ledger")) return note->noted_ms != last->noted_ms || time_ms > last->asked_ms;
  return time_ms != last->time_ms || noted.nano != last->available.nano;
}

static bool find_news(struct store *store, const struct account *account, const struct reading *last, bool *news,
                      struct err *err) {
  struct note_answer note = {0};
  if (!store_note_balance(store, account->name, account_unit(account), &note, err)) return false;
  *news = is_news(account, &note, last);
  return true;
}

/* When the rules would tell what they keep back, were this what the account says; 0: not. */
static int64_t told_ms(const struct account *account, const struct remembered *remembered, const struct reading *reading,
                       int64_t now_ms) {
  struct remembered moved = *remembered;
  struct reading again = *reading;
  struct standing standing;
  struct judged judged = {.standing = &standing};
  again.reused = true;
  judge_reading(account, now_ms, again, &moved, &judged);
  for (int i = 0; i < judged.alerts.count; i++) {
    if (judged.alerts.list[i].fate == ALERT_TOLD) return now_ms;
  }
  return judged.alerts.look_ms;
}

static int64_t first_of(int64_t a_ms, int64_t b_ms) {
  return a_ms == 0 || (b_ms != 0 && b_ms < a_ms) ? b_ms : a_ms;
}

/* A vendor that is silent now may have an answer next time. */
static int64_t held_until_ms(const struct account *account, const struct remembered *remembered, int64_t now_ms) {
  const struct account_state *state = &remembered->state;
  const struct alert_memory *memory = &remembered->memory;
  if (memory->low.held == RANK_NONE && memory->stale.held == RANK_NONE) return 0;
  int64_t at_ms = told_ms(account, remembered, &state->last, now_ms);
  if (reading_is_known(&state->last) || !state->known) return at_ms;
  return first_of(at_ms, told_ms(account, remembered, &state->last_known, now_ms));
}

bool daemon_nudge_look(struct store *store, const struct account *account, const struct account_state *state,
                       int64_t now_ms, int64_t *at_ms, struct err *err) {
  const struct account_key key = {.account = account->name, .provider = account->provider};
  struct remembered remembered = {.state = *state};
  bool news = false;
  if ((is_push(account) || account_is_noted(account)) && !find_news(store, account, &state->last, &news, err)) return false;
  if (!store_alert_memory(store, &key, &remembered.memory, err)) return false;
  bool holds = remembered.memory.low.held != RANK_NONE || remembered.memory.stale.held != RANK_NONE;
  if (holds && !store_trend(store, &key, now_ms, &remembered.trend, err)) return false;
  *at_ms = news ? now_ms : held_until_ms(account, &remembered, now_ms);
  return true;
}

/* --- and is ------------------------------------------------------------------------------------------------------ */

/* What a round under way has asked, it may have asked before the note: it is seen to once that is over. */
void daemon_nudge_plan(struct daemon *daemon, const struct config *config, const struct round_look *looks, size_t count) {
  struct timetable *table = &daemon->table;
  for (size_t i = 0; i < count; i++) {
    size_t index = timetable_index(table, config, looks[i].account);
    if (index == table->config->account_count) continue;
    if (table->in_flight[index] != 0) daemon->nudge_after_round = true;
    const struct round_look look = {.account = looks[i].account, .at_ms = first_of(table->look_ms[index], looks[i].at_ms)};
    timetable_plan(table, config, &look);
  }
  if (count > 0) daemon->world.alarm_set(daemon->tick, 0);
}

void daemon_nudge_after_round(struct daemon *daemon) {
  if (!daemon->nudge_after_round) return;
  daemon->nudge_after_round = false;
  daemon_nudge(daemon);
}
