#include "lowtide/compose.h"
#include "lowtide/text.h"

static const struct {
  enum button button;
  const char *label;
  const char *command;
  const char *rest;
} buttons[] = {
    {BUTTON_REFRESH, "Refresh", "refresh", ""},
    {BUTTON_HISTORY, "History", "history", ""},
    {BUTTON_MUTE, "Mute 6 h", "mute", " 6h"},
    {BUTTON_UNMUTE, "Unmute", "unmute", ""},
};

void compose_buttons(const struct account *account, unsigned which, struct message *message) {
  for (size_t i = 0; i < sizeof buttons / sizeof buttons[0]; i++) {
    char words[2 * MESSAGE_BUTTON_WORDS_MAX];
    if ((which & buttons[i].button) == 0) continue;
    (void)text_fmt(words, sizeof words, "%s %s%s", buttons[i].command, account->name, buttons[i].rest);
    message_add_button(message, buttons[i].label, words);
  }
}

void compose_choice(const struct account *account, struct message *message) {
  char words[2 * MESSAGE_BUTTON_WORDS_MAX];
  (void)text_copy(message->choose, sizeof message->choose, "History of …");
  (void)text_fmt(words, sizeof words, "history %s", account->name);
  message_add_choice(message, account->label, words);
}
