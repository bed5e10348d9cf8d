/* How a balance went: as a picture and in words; of all accounts, a line each. */
#include "lowtide/chart.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "words.h"

#define USUAL_MS (7 * DAY_MS)
#define LINES_MAX 20
#define ONE_WIDTH 28
#define LINE_WIDTH 14

struct drawn {
  const struct standing *standing;
  struct chart *chart;
};

struct history {
  const struct chat_question *question;
  struct drawn drawn[LINES_MAX];
  size_t count;
  size_t hidden;
};

/* --- which accounts -------------------------------------------------------------------------------------------------- */

static int64_t span_ms(const struct chat_question *question) {
  return question->span_ms != 0 ? question->span_ms : USUAL_MS;
}

static void add_account(struct history *history, const struct standing *standing) {
  const struct chart_frame frame = {
      .account = standing->account,
      .from_ms = history->question->now_ms - span_ms(history->question),
      .now_ms = history->question->now_ms,
  };
  history->drawn[history->count++] = (struct drawn){.standing = standing, .chart = chart_new(&frame)};
}

static void add_accounts(struct history *history, int calm) {
  const struct view *view = history->question->view;
  for (size_t i = 0; i < view->count; i++) {
    const struct standing *standing = &view->standings[i];
    if (words_calm(standing->level) != calm || standing->account->missing != NULL) continue;
    if (history->count < LINES_MAX) {
      add_account(history, standing);
    } else {
      history->hidden++;
    }
  }
}

/* Of all, those that need somebody first. */
static void choose_accounts(struct history *history) {
  const struct account *asked = history->question->account;
  const struct standing *one = asked != NULL ? view_standing(history->question->view, asked->name) : NULL;
  if (one != NULL) add_account(history, one);
  for (int calm = 0; asked == NULL && calm <= WORDS_CALMEST; calm++)
    add_accounts(history, calm);
}

/* --- what is known of them ------------------------------------------------------------------------------------------- */

/* Another provider's readings are another series. */
static bool take_row(void *context, const struct history_row *row) {
  struct history *history = context;
  for (size_t i = 0; i < history->count; i++) {
    const struct account *account = history->drawn[i].standing->account;
    if (!text_eq(account->name, row->account)) continue;
    if (text_eq(account->provider, row->provider)) chart_take(history->drawn[i].chart, &row->reading);
    break;
  }
  return true;
}

static bool read_history(struct history *history, struct store *store, struct err *err) {
  const char *names[LINES_MAX + 1] = {0};
  for (size_t i = 0; i < history->count; i++)
    names[i] = history->drawn[i].standing->account->name;
  const struct history_query query = {
      .accounts = names,
      .since_ms = history->question->now_ms - span_ms(history->question),
      .until_ms = history->question->now_ms,
  };
  return store == NULL || history->count == 0 || store_history(store, &query, take_row, history, err);
}

static bool project(const struct history *history, struct store *store, struct err *err) {
  const struct account *account = history->drawn[0].standing->account;
  const struct account_key key = {.account = account->name, .provider = account->provider};
  struct trend trend = {0};
  if (store == NULL) return true;
  if (!store_trend(store, &key, history->question->now_ms, &trend, err)) return false;
  const struct runway runway = runway_of(&trend, history->question->now_ms, 0);
  chart_project(history->drawn[0].chart, &runway);
  return true;
}

/* --- the message ----------------------------------------------------------------------------------------------------- */

static void add_head(const struct history *history, struct buf *out) {
  char span[32];
  words_span(span, sizeof span, span_ms(history->question));
  buf_addf(out, "📈 " MARK_BOLD "Last %s" MARK_BOLD_END, span);
}

/* The picture is for those who can see it: the words say the same. */
static void tell_one(const struct history *history, struct chat_answer *answer) {
  const struct drawn *drawn = &history->drawn[0];
  struct buf *out = words_begin(answer);
  struct err ignored = {0};
  add_head(history, out);
  buf_add_char(out, ' ');
  chart_sparkline(drawn->chart, ONE_WIDTH, out);
  buf_add_char(out, '\n');
  chart_alt(drawn->chart, &answer->picture_words);
  message_add_foreign(out, buf_text(&answer->picture_words));
  words_add_mutes(history->question, out);
  words_add_ages(history->question, out);
  if (!chart_is_drawn() || !chart_png(drawn->chart, CHART_DARK, &answer->picture, &ignored)) buf_clear(&answer->picture);
  compose_buttons(drawn->standing->account, BUTTON_REFRESH | words_mute_button(drawn->standing, history->question->now_ms),
                  &answer->message);
}

static void tell_all(const struct history *history, struct chat_answer *answer) {
  struct buf *out = words_begin(answer);
  add_head(history, out);
  buf_add_char(out, '\n');
  for (size_t i = 0; i < history->count; i++) {
    char amount[64];
    const struct drawn *drawn = &history->drawn[i];
    buf_add_char(out, '\n');
    compose_name(drawn->standing->account, out);
    const struct standing now = standing_now(drawn->standing, history->question->now_ms);
    compose_amount(&now, amount, sizeof amount);
    message_add_foreign(out, amount);
    buf_add_char(out, ' ');
    chart_sparkline(drawn->chart, LINE_WIDTH, out);
    compose_choice(drawn->standing->account, &answer->message);
  }
  if (history->hidden > 0) buf_addf(out, "\n… and %zu more", history->hidden);
  if (history->count == 0) buf_add(out, "\nNo account is configured.");
  words_add_ages(history->question, out);
}

static bool history_look(struct store *store, const struct chat_question *question, struct chat_answer *answer,
                         struct err *err) {
  struct history history = {.question = question};
  if (words_not_configured(question, answer)) return true;
  choose_accounts(&history);
  bool one = question->account != NULL && history.count == 1;
  bool ok = read_history(&history, store, err) && (!one || project(&history, store, err));
  if (ok && one) tell_one(&history, answer);
  if (ok && !one) tell_all(&history, answer);
  for (size_t i = 0; i < history.count; i++)
    chart_free(history.drawn[i].chart);
  return ok;
}

static const struct chat_argument arguments[] = {
    ARGUMENT_ACCOUNT,
    {.name = "span", .kind = CHAT_SPAN, .about = "how far back, such as 24h or 30d; 7d without it"},
    ARGUMENT_PUBLIC,
    {0},
};

extern const struct chat_command chat_history;
const struct chat_command chat_history = {
    .name = "history",
    .about = "how a balance went, as a chart and in words",
    .arguments = arguments,
    .look = history_look,
};
