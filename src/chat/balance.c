#include "lowtide/mem.h"
#include "lowtide/runway.h"
#include "lowtide/text.h"
#include "words.h"

static void add_lasts(const struct standing *standing, struct buf *out) {
  char lasts[40];
  if (standing->runway_ms <= 0 || standing->runway_ms >= RUNWAY_TOLD_MS) return;
  text_print_duration(lasts, sizeof lasts, standing->runway_ms);
  buf_addf(out, "\n⏳ Lasts: ~%s", lasts);
}

static void add_buttons(const struct standing *standing, int64_t now_ms, struct message *message) {
  compose_buttons(standing->account, BUTTON_REFRESH | BUTTON_HISTORY | words_mute_button(standing, now_ms), message);
}

static void answer_one(const struct chat_question *question, const struct standing *standing, struct chat_answer *answer) {
  struct buf *out = words_begin(answer);
  compose_parts(standing, question->view->config->zone, question->now_ms, out);
  add_lasts(standing, out);
  words_add_mutes(question, out);
  words_add_ages(question, out);
  add_buttons(standing, question->now_ms, &answer->message);
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
  words_add_mutes(question, out);
  words_add_ages(question, out);
  if (summary.count > 1) add_choices(&summary, &answer->message);
  if (summary.count == 1) add_buttons(&standings[0], question->now_ms, &answer->message);
  mem_free(standings);
}

void balance_answer(const struct chat_question *question, struct chat_answer *answer) {
  if (words_not_configured(question, answer)) return;
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
