#include "lowtide/runway.h"

#include <stdlib.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "words.h"

#define LINES_MAX 20
#define AMOUNT_MAX 96

struct forecast {
  const struct account *account;
  struct runway runway;
  char amount[AMOUNT_MAX]; /* as it stands now */
  char unit[UNIT_MAX];
};

static void add_lasts(const struct forecast *forecast, struct buf *out) {
  const struct runway *runway = &forecast->runway;
  char between[3][32];
  if (runway->state != RUNWAY_KNOWN) {
    buf_add(out, runway_state_name(runway->state));
  } else if (runway->runway_ms >= RUNWAY_TOLD_MS) {
    buf_add(out, "lasts more than 60 days");
  } else if (runway->runway_ms == 0) {
    buf_add(out, "nothing left");
  } else {
    struct local_time dry = zone_local(forecast->account->zone, runway->dry_at_ms);
    text_print_duration(between[0], sizeof between[0], runway->runway_ms);
    text_print_duration(between[1], sizeof between[1], runway->low_ms);
    text_print_duration(between[2], sizeof between[2], runway->high_ms);
    buf_addf(out, "~%s left (%s to %s) · empty ~%04d-%02d-%02d", between[0], between[1], between[2], dry.year, dry.month,
             dry.day);
  }
}

static void add_line(const struct forecast *forecast, struct buf *out) {
  compose_name(forecast->account, out);
  message_add_foreign(out, forecast->amount);
  buf_add(out, " · ");
  if (forecast->runway.burn_known) {
    compose_money(out, forecast->runway.burn_nano_per_day, forecast->unit);
    buf_add(out, " a day · ");
  }
  add_lasts(forecast, out);
  if (forecast->account->simulated) buf_add(out, " · simulated");
}

static bool read_forecast(struct store *store, const struct chat_question *question, const struct account *account,
                          struct forecast *forecast, struct err *err) {
  struct trend trend = {0};
  const int64_t now_ms = question->now_ms;
  const struct standing now = standing_now(view_standing(question->view, account->name), now_ms);
  const struct account_key key = {.account = account->name, .provider = account->provider};
  *forecast = (struct forecast){.account = account};
  if (store != NULL && !store_trend(store, &key, now_ms, &trend, err)) return false;
  forecast->runway = runway_of(&trend, now_ms, 0);
  compose_amount(&now, forecast->amount, sizeof forecast->amount);
  (void)text_copy(forecast->unit, sizeof forecast->unit, trend.unit);
  return true;
}

/* The shortest first, then what nobody can tell, in the config's order. */
static int by_runway(const void *a, const void *b) {
  const struct forecast *first = a;
  const struct forecast *second = b;
  bool known[] = {first->runway.state == RUNWAY_KNOWN, second->runway.state == RUNWAY_KNOWN};
  if (known[0] != known[1]) return known[0] ? -1 : 1;
  if (known[0] && first->runway.runway_ms != second->runway.runway_ms)
    return first->runway.runway_ms < second->runway.runway_ms ? -1 : 1;
  return first->account < second->account ? -1 : 1;
}

static void tell(struct forecast *forecasts, size_t count, struct buf *out) {
  if (count > 1) qsort(forecasts, count, sizeof *forecasts, by_runway);
  buf_add(out, "⏳ " MARK_BOLD "How long it lasts" MARK_BOLD_END "\n");
  for (size_t i = 0; i < count && i < LINES_MAX; i++) {
    buf_add_char(out, '\n');
    add_line(&forecasts[i], out);
  }
  if (count > LINES_MAX) buf_addf(out, "\n… and %zu more", count - LINES_MAX);
  if (count == 0) buf_add(out, "\nNo account is configured.");
}

static bool runway_look(struct store *store, const struct chat_question *question, struct chat_answer *answer,
                        struct err *err) {
  if (words_not_configured(question, answer)) return true;
  const struct config *config = question->view->config;
  struct forecast *forecasts = mem_new(config->account_count + 1, sizeof *forecasts);
  size_t count = 0;
  bool ok = true;
  for (size_t i = 0; ok && i < config->account_count; i++) {
    const struct account *account = &config->accounts[i];
    bool wanted = question->account == NULL ? account->missing == NULL : text_eq(account->name, question->account->name);
    if (wanted) ok = read_forecast(store, question, account, &forecasts[count++], err);
  }
  if (ok) tell(forecasts, count, words_begin(answer));
  if (ok) words_add_ages(question, &answer->message.text);
  if (ok && count == 1) compose_buttons(forecasts[0].account, BUTTON_REFRESH | BUTTON_HISTORY, &answer->message);
  mem_free(forecasts);
  return ok;
}

static const struct chat_argument arguments[] = {ARGUMENT_ACCOUNT, ARGUMENT_PUBLIC, {0}};

extern const struct chat_command chat_runway;
const struct chat_command chat_runway = {
    .name = "runway",
    .about = "what is spent a day, and how long the balances last",
    .arguments = arguments,
    .look = runway_look,
};
