#include "lowtide/rule.h"
#include "silence.h"
#include "words.h"

#define USUAL_MS (6 * HOUR_MS)
#define LONGEST_MS (365 * DAY_MS)

static void mute(const struct chat_question *question, struct alert_memory *memory, struct chat_answer *answer) {
  (void)alert_mute(memory, question->now_ms + (question->span_ms != 0 ? question->span_ms : USUAL_MS));
  compose_muted(question->account, memory, words_begin(answer));
  compose_buttons(question->account, BUTTON_UNMUTE | BUTTON_HISTORY, &answer->message);
}

static bool mute_change(struct store *store, const struct chat_question *question, struct chat_answer *answer,
                        struct err *err) {
  if (question->span_ms > LONGEST_MS) {
    (void)err_set(err, ERR_USAGE, "a mute lasts a year at most");
    return err_hint(err, "an account that nobody wants to hear of can be left out of a channel's `accounts`");
  }
  return silence_change(store, question, mute, answer, err);
}

static const struct chat_argument arguments[] = {
    ARGUMENT_ACCOUNT_NEEDED,
    {.name = "span", .kind = CHAT_SPAN, .about = "for how long, such as 6h or 3d; 6h without it"},
    {0},
};

extern const struct chat_command chat_mute;
const struct chat_command chat_mute = {
    .name = "mute",
    .about = "silence an account's alerts for a while, such as 6h or 3d",
    .arguments = arguments,
    .changes = true,
    .change = mute_change,
};
