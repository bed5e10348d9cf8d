/* What people type: a question that is whole, or a sentence that fits on one line; and choices within Discord's limits. The
 * first byte is the command; "@name=value" is a named word. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lowtide/chat.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define ACCOUNTS                                                                                                           \
  "[account kimi]\nprovider = manual\nlabel = Kimi\n[account 6h]\nprovider = manual\nlabel = Kimi the Old\n"               \
  "[account c-2]\nprovider = manual\nlabel = Claude: work\n[account c_3]\nprovider = manual\nlabel = クロード\n"

static const char *fuzz_getenv(const char *name) {
  return text_eq(name, "HOME") ? "/h" : NULL;
}

static struct view *view_of_four(void) {
  static struct view view;
  static struct standing standings[4];
  const struct config_source source = {.getenv = fuzz_getenv, .sealed = true};
  struct err err = {0};
  if (view.config != NULL) return &view;
  view.config = config_parse("c.ini", ACCOUNTS, sizeof ACCOUNTS - 1, &source, &err);
  assert(view.config != NULL && view.config->account_count == 4);
  for (size_t i = 0; i < 4; i++) {
    const struct reading reading = {.asked_ms = 1, .available = amount_of((int64_t)i), .unit = "USD"};
    standings[i] = standing_of(&view.config->accounts[i], &reading, NULL, LEVEL_UNKNOWN);
  }
  view.standings = standings;
  view.count = 4;
  return &view;
}

static size_t split(char *text, struct chat_word *words) {
  size_t count = 0;
  while (*text != '\0' && count < CHAT_WORDS_MAX + 2) {
    char *equals = *text == '@' ? strchr(text, '=') : NULL;
    char *end = text + strcspn(text, " ");
    bool last = *end == '\0';
    *end = '\0';
    words[count] = (struct chat_word){.value = text};
    if (equals != NULL && equals < end) {
      *equals = '\0';
      words[count] = (struct chat_word){.name = text + 1, .value = equals + 1};
    }
    count++;
    text = last ? end : end + 1;
  }
  return count;
}

static void check_question(const struct chat_question *question) {
  for (const struct chat_argument *argument = question->command->arguments; argument->name != NULL; argument++) {
    if (!argument->needed) continue;
    assert(argument->kind != CHAT_ACCOUNT || question->account != NULL);
    assert(argument->kind != CHAT_AMOUNT || question->amount.known);
  }
  assert(question->span_ms >= 0);
}

static void check_refusal(const struct err *err) {
  assert(err->code == ERR_USAGE && err->text[0] != '\0' && strchr(err->text, '\n') == NULL);
  assert(text_is_utf8(err->text, strlen(err->text)) && text_starts(err->hint, "/"));
}

static void check_choices(const struct chat_command *command, const struct view *view, const char *typed) {
  static struct chat_choices choices;
  for (const struct chat_argument *argument = command->arguments; argument->name != NULL; argument++) {
    chat_complete(command, view, argument->name, typed, &choices);
    assert(choices.count <= CHAT_CHOICES_MAX);
    for (size_t i = 0; i < choices.count; i++)
      assert(choices.name[i][0] != '\0' && choices.value[i][0] != '\0');
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct view *view = view_of_four();
  struct chat_word words[CHAT_WORDS_MAX + 2];
  struct chat_question question = {.view = view};
  struct err err = {0};
  size_t commands = 0;
  if (size == 0) return 0;
  while (chat_commands[commands] != NULL)
    commands++;
  const struct chat_command *command = chat_commands[data[0] % commands];
  char *text = mem_new(size, 1);
  memcpy(text, data + 1, size - 1);
  check_choices(command, view, text);
  if (chat_parse(command, view->config, words, split(text, words), &question, &err)) {
    check_question(&question);
  } else {
    check_refusal(&err);
  }
  mem_free(text);
  return 0;
}
