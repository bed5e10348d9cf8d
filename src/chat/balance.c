#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "words.h"

#define LASTS_TOLD_MS (60 * 86400000LL)
#define MOMENT_MS 60000
#define SAME_ROUND_MS 600000 /* readings that are no farther apart have one age */
#define OLDER_MAX 5

static void add_lasts(const struct standing *standing, struct buf *out) {
  char lasts[40];
  if (standing->runway_ms < 0 || standing->runway_ms >= LASTS_TOLD_MS) return;
  text_print_duration(lasts, sizeof lasts, standing->runway_ms);
  buf_addf(out, "\n⏳ Lasts: ~%s", lasts);
}

static void add_age(struct buf *out, const char *before, const struct standing *standing, int64_t now_ms) {
  char age[32];
  int64_t age_ms = now_ms - standing->reading.asked_ms;
  if (standing->reading.asked_ms == 0 || age_ms < MOMENT_MS) return;
  compose_age(age, sizeof age, age_ms);
  buf_addf(out, "%sas of %s", before, age);
}

static void answer_one(const struct chat_question *question, const struct standing *standing, struct chat_answer *answer) {
  struct buf *out = words_begin(answer);
  unsigned buttons = BUTTON_REFRESH | BUTTON_HISTORY;
  if (standing->account->missing != NULL) {
    buf_add(out, "❔ ");
    message_add_foreign(out, standing->account->label);
    buf_add(out, " is not configured; `lowtide doctor` says what is missing");
    return;
  }
  compose_parts(standing, question->view->config->zone, question->now_ms, out);
  add_lasts(standing, out);
  add_age(out, "\n🕘 ", standing, question->now_ms);
  if (standing->level != LEVEL_OK) buttons |= BUTTON_MUTE;
  compose_buttons(standing->account, buttons, &answer->message);
}

/* What is told of each is as old as its reading. Most are of the same round. */
static void add_ages(const struct summary *summary, struct buf *out) {
  const struct standing *newest = &summary->standings[0];
  int older = 0;
  for (size_t i = 1; i < summary->count; i++) {
    if (summary->standings[i].reading.asked_ms > newest->reading.asked_ms) newest = &summary->standings[i];
  }
  add_age(out, "\n\n🕘 ", newest, summary->now_ms);
  for (size_t i = 0; i < summary->count && older < OLDER_MAX; i++) {
    const struct standing *standing = &summary->standings[i];
    if (standing->reading.asked_ms == 0 || newest->reading.asked_ms - standing->reading.asked_ms < SAME_ROUND_MS) continue;
    buf_add(out, "\n🕘 ");
    message_add_foreign(out, standing->account->label);
    add_age(out, " ", standing, summary->now_ms);
    older++;
  }
}

static void add_choices(const struct summary *summary, struct message *message) {
  for (int calm = 0; calm <= WORDS_CALMEST; calm++) {
    for (size_t i = 0; i < summary->count; i++) {
      if (words_calm(summary->standings[i].level) == calm) compose_choice(summary->standings[i].account, message);
    }
  }
}

static void answer_all(const struct chat_question *question, struct chat_answer *answer) {
  const struct view *view = question->view;
  struct standing *standings = mem_new(view->count, sizeof *standings);
  struct summary summary = {.config = view->config, .standings = standings, .now_ms = question->now_ms, .channel_id = ""};
  struct buf *out = words_begin(answer);
  for (size_t i = 0; i < view->count; i++) {
    if (view->standings[i].account->missing == NULL)
      standings[summary.count++] = standing_now(&view->standings[i], question->now_ms);
  }
  compose_summary(&summary, out);
  if (summary.count > 0) add_ages(&summary, out);
  if (summary.count > 1) add_choices(&summary, &answer->message);
  if (summary.count == 1) compose_buttons(standings[0].account, BUTTON_REFRESH | BUTTON_HISTORY, &answer->message);
  mem_free(standings);
}

void balance_answer(const struct chat_question *question, struct chat_answer *answer) {
  const char *name = question->account != NULL ? question->account->name : "";
  const struct standing *standing = view_standing(question->view, name);
  if (standing != NULL) {
    const struct standing now = standing_now(standing, question->now_ms);
    answer_one(question, &now, answer);
  } else {
    answer_all(question, answer);
  }
}

static const struct chat_argument arguments[] = {ARGUMENT_ACCOUNT, ARGUMENT_PUBLIC, {0}};

extern const struct chat_command chat_balance;
const struct chat_command chat_balance = {
    .name = "balance",
    .about = "what is left, of one account or of all",
    .arguments = arguments,
    .alone = true,
    .answer = balance_answer,
};
