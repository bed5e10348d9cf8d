#include <string.h>
#include <strings.h>

#include "lowtide/text.h"
#include "words.h"

#define SHOWN_LABEL_MAX 41
#define SHOWN_AMOUNT_MAX 40

/* How well it fits what is typed. */
enum fit { FIT_START, FIT_WITHIN, FIT_NONE };

static enum fit fit_of(const char *text, const char *typed) {
  size_t length = strlen(typed);
  if (strncasecmp(text, typed, length) == 0) return FIT_START;
  return strcasestr(text, typed) != NULL ? FIT_WITHIN : FIT_NONE;
}

static enum fit account_fit(const struct account *account, const char *typed) {
  enum fit name = fit_of(account->name, typed);
  enum fit label = fit_of(account->label, typed);
  return name < label ? name : label;
}

/* "Kimi (kimi) · $4.20" */
static void add_account(const struct standing *standing, struct chat_choices *out) {
  const struct account *account = standing->account;
  char label[SHOWN_LABEL_MAX];
  char amount[SHOWN_AMOUNT_MAX];
  char *name = out->name[out->count];
  text_clean(label, sizeof label, account->label);
  compose_amount(standing, amount, sizeof amount);
  if (!text_copy(out->value[out->count], CHAT_CHOICE_MAX, account->name)) return;
  if (strcasecmp(account->label, account->name) == 0) {
    (void)text_fmt(name, CHAT_CHOICE_MAX, "%s · %s", label, amount);
  } else {
    (void)text_fmt(name, CHAT_CHOICE_MAX, "%s (%s) · %s", label, account->name, amount);
  }
  out->count++;
}

struct typing {
  const struct chat_command *command;
  const struct view *view;
  const char *typed;
};

/* Those of that level. */
static void add_accounts(const struct typing *typing, enum fit fit, int calm, struct chat_choices *out) {
  const struct view *view = typing->view;
  for (size_t i = 0; i < view->count && out->count < CHAT_CHOICES_MAX; i++) {
    const struct standing *standing = &view->standings[i];
    const struct account *account = standing->account;
    if (typing->command->is_for != NULL && !typing->command->is_for(account)) continue;
    if (words_calm(standing->level) == calm && account_fit(account, typing->typed) == fit) add_account(standing, out);
  }
}

static void complete_account(const struct typing *typing, struct chat_choices *out) {
  for (int calm = 0; calm <= WORDS_CALMEST; calm++)
    add_accounts(typing, FIT_START, calm, out);
  for (int calm = 0; calm <= WORDS_CALMEST; calm++)
    add_accounts(typing, FIT_WITHIN, calm, out);
}

static void complete_span(const char *typed, struct chat_choices *out) {
  static const char *const spans[][2] = {{"1 hour", "1h"}, {"6 hours", "6h"}, {"1 day", "1d"},
                                         {"3 days", "3d"}, {"7 days", "7d"},  {"30 days", "30d"}};
  for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
    if (!text_starts(spans[i][1], typed)) continue;
    (void)text_copy(out->name[out->count], CHAT_CHOICE_MAX, spans[i][0]);
    (void)text_copy(out->value[out->count++], CHAT_CHOICE_MAX, spans[i][1]);
  }
}

static const struct chat_argument *argument_of(const struct chat_command *command, const char *name) {
  const struct chat_argument *argument = command->arguments;
  while (argument->name != NULL && !text_eq(argument->name, name))
    argument++;
  return argument->name != NULL ? argument : NULL;
}

void chat_complete(const struct chat_command *command, const struct view *view, const char *argument, const char *typed,
                   struct chat_choices *out) {
  const struct chat_argument *found = argument_of(command, argument);
  out->count = 0;
  while (*typed == ' ')
    typed++;
  if (found == NULL) return;
  const struct typing typing = {.command = command, .view = view, .typed = typed};
  switch (found->kind) {
  case CHAT_ACCOUNT: complete_account(&typing, out); break;
  case CHAT_SPAN: complete_span(typed, out); break;
  case CHAT_AMOUNT:
  case CHAT_DATE:
  case CHAT_PUBLIC: break;
  }
}
