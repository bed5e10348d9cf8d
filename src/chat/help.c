#include "words.h"

/* "refresh, mute and topup" */
static void add_changing(struct buf *out) {
  const struct chat_command *last = NULL;
  bool first = true;
  for (const struct chat_command *const *command = chat_commands; *command != NULL; command++) {
    if (!(*command)->changes) continue;
    if (last != NULL) buf_addf(out, "%s%s", first ? "" : ", ", last->name);
    first = first && last == NULL;
    last = *command;
  }
  if (last != NULL) buf_addf(out, " and %s", last->name);
}

static void help_answer(const struct chat_question *question, struct chat_answer *answer) {
  (void)question;
  struct buf *out = words_begin(answer);
  buf_add(out, "📖 " MARK_BOLD "What can be asked" MARK_BOLD_END);
  for (const struct chat_command *const *command = chat_commands; *command != NULL; command++) {
    buf_add(out, "\n" MARK_BOLD);
    chat_print_usage(*command, out);
    buf_addf(out, MARK_BOLD_END " — %s", (*command)->about);
  }
  buf_add(out,
          "\n\nACCOUNT is a name or a label, SPAN such as 6h or 7d, AMOUNT 12.50, EXPIRES 2026-12-31. Answers are for you "
          "alone unless you say public. ");
  add_changing(out);
  buf_add(out, " are for those who may change something.");
}

static const struct chat_argument arguments[] = {{0}};

extern const struct chat_command chat_help;
const struct chat_command chat_help = {
    .name = "help",
    .about = "what can be asked",
    .arguments = arguments,
    .answer = help_answer,
};
