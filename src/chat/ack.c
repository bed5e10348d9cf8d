#include "lowtide/rule.h"
#include "silence.h"
#include "words.h"

static void acknowledge(const struct chat_question *question, struct alert_memory *memory, struct chat_answer *answer) {
  (void)alert_ack(memory);
  compose_acked(question->account, memory, words_begin(answer));
  compose_buttons(question->account, BUTTON_HISTORY | BUTTON_MUTE, &answer->message);
}

static bool ack_change(struct store *store, const struct chat_question *question, struct chat_answer *answer,
                       struct err *err) {
  return silence_change(store, question, acknowledge, answer, err);
}

static const struct chat_argument arguments[] = {ARGUMENT_ACCOUNT_NEEDED, {0}};

extern const struct chat_command chat_ack;
const struct chat_command chat_ack = {
    .name = "ack",
    .about = "acknowledge what is told of an account: no reminders until it gets worse",
    .arguments = arguments,
    .changes = true,
    .change = ack_change,
};
