#include <strings.h>

#include "lowtide/chat.h"
#include "lowtide/text.h"

#define NAMES_MAX 32

/* A new command is its file and its line here, in the order of help. Each defines `const struct chat_command chat_NAME`. */
#define CHATS(X)                                                                                                           \
  X(balance)                                                                                                               \
  X(history)                                                                                                               \
  X(runway)                                                                                                                \
  X(refresh)                                                                                                               \
  X(mute)                                                                                                                  \
  X(unmute)                                                                                                                \
  X(ack)                                                                                                                   \
  X(topup)                                                                                                                 \
  X(usage)                                                                                                                 \
  X(help)

#define DECLARE(name) extern const struct chat_command chat_##name;
#define ADDRESS(name) &chat_##name,

CHATS(DECLARE)

const struct chat_command *const chat_commands[] = {CHATS(ADDRESS) NULL};

const struct chat_command *chat_find(const char *name) {
  for (const struct chat_command *const *command = chat_commands; *command != NULL; command++) {
    if (strcasecmp((*command)->name, name) == 0) return *command;
  }
  return NULL;
}

bool chat_unknown(const char *name, struct err *err) {
  const char *names[NAMES_MAX] = {0};
  size_t count = 0;
  for (const struct chat_command *const *command = chat_commands; *command != NULL && count + 1 < NAMES_MAX; command++)
    names[count++] = (*command)->name;
  (void)err_set(err, ERR_USAGE, "there is no command \"%.60s\"", name);
  (void)err_suggest(err, name, names);
  return err_hint(err, "/lowtide help lists them");
}
