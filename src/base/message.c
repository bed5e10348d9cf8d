#include "lowtide/message.h"

#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"

const char *message_kind_name(enum message_kind kind) {
  switch (kind) {
  case MESSAGE_SUMMARY: return "summary";
  case MESSAGE_ALERT: return "alert";
  case MESSAGE_RECOVERY: return "recovery";
  case MESSAGE_TOPUP: return "topup";
  case MESSAGE_DIGEST: return "digest";
  case MESSAGE_ANSWER: return "answer";
  case MESSAGE_TEST: break;
  }
  return "test";
}

bool message_may_repeat(enum message_kind kind) {
  return kind == MESSAGE_ALERT || kind == MESSAGE_RECOVERY || kind == MESSAGE_TOPUP;
}

void message_init(struct message *message, enum message_kind kind) {
  *message = (struct message){.kind = kind, .mention = ""};
  message->silent = kind != MESSAGE_ALERT && kind != MESSAGE_TEST;
  buf_init(&message->text, MESSAGE_TEXT_MAX);
  buf_init(&message->accounts, MESSAGE_ACCOUNTS_MAX);
}

void message_done(struct message *message) {
  buf_done(&message->text);
  buf_done(&message->accounts);
}

void message_add_foreign(struct buf *text, const char *foreign) {
  size_t size = strlen(foreign) + 1;
  if (size == 1) return;
  char *clean = mem_new(size, 1);
  text_clean(clean, size, foreign);
  buf_addf(text, MARK_FOREIGN "%s" MARK_FOREIGN_END, clean);
  mem_free(clean);
}

void message_print_plain(struct buf *out, const char *marked, bool terminal) {
  static const char marks[] = MARK_BOLD MARK_BOLD_END MARK_FOREIGN MARK_FOREIGN_END MARK_RAW MARK_RAW_END;
  while (*marked != '\0') {
    size_t plain = strcspn(marked, marks);
    buf_add_n(out, marked, plain);
    marked += plain;
    if (*marked == MARK_BOLD[0]) buf_add(out, terminal ? "\033[1m" : "**");
    if (*marked == MARK_BOLD_END[0]) buf_add(out, terminal ? "\033[22m" : "**");
    if (*marked != '\0') marked++;
  }
}

static bool button_fill(struct message_button *button, const char *label, const char *words) {
  text_clean(button->label, sizeof button->label, label);
  return *label != '\0' && text_copy(button->words, sizeof button->words, words);
}

void message_add_button(struct message *message, const char *label, const char *words) {
  if (message->button_count == MESSAGE_BUTTONS_MAX) return;
  if (button_fill(&message->buttons[message->button_count], label, words)) message->button_count++;
}

void message_add_choice(struct message *message, const char *label, const char *words) {
  if (message->choice_count == MESSAGE_CHOICES_MAX) return;
  if (button_fill(&message->choices[message->choice_count], label, words)) message->choice_count++;
}
