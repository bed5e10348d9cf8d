#include "lowtide/rule.h"
#include "silence.h"
#include "words.h"

static void unmute(const struct chat_question *question, struct alert_memory *memory, struct chat_answer *answer) {
  bool was_muted = alert_is_muted(memory, question->now_ms);
  alert_unmute(memory);
  compose_unmuted(question->account, memory, was_muted, words_begin(answer));
  compose_buttons(question->account, BUTTON_HISTORY | BUTTON_MUTE, &answer->message);
}

static bool unmute_change(struct store *store, const struct chat_question *question, struct chat_answer *answer,
                          struct err *err) {
  return silence_change(store, question, unmute, answer, err);
}

static const struct chat_argument arguments[] = {ARGUMENT_ACCOUNT_NEEDED, {0}};

extern const struct chat_command chat_unmute;
const struct chat_command chat_unmute = {
    .name = "unmute",
    .about = "hear an account's alerts again",
    .arguments = arguments,
    .changes = true,
    .refreshes = true,
    .change = unmute_change,
};
