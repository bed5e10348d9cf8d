#include "command.h"
#include "lowtide/chat.h"
#include "lowtide/text.h"

#define COMMANDS_MAX 32

/* A new command is its file and its line here, in the order of help. Each defines `const struct command command_NAME`. */
#define COMMANDS(X)                                                                                                        \
  X(check)                                                                                                                 \
  X(update)                                                                                                                \
  X(run)                                                                                                                   \
  X(status)                                                                                                                \
  X(history)                                                                                                               \
  X(forecast)                                                                                                              \
  X(set)                                                                                                                   \
  X(topup)                                                                                                                 \
  X(push)                                                                                                                  \
  X(replay)                                                                                                                \
  X(guard)                                                                                                                 \
  X(mute)                                                                                                                  \
  X(unmute)                                                                                                                \
  X(ack)                                                                                                                   \
  X(usage)                                                                                                                 \
  X(import)                                                                                                                \
  X(cleanup)                                                                                                               \
  X(register)                                                                                                              \
  X(doctor)                                                                                                                \
  X(providers)                                                                                                             \
  X(test)

#define DECLARE(name) extern const struct command command_##name;
#define ADDRESS(name) &command_##name,

COMMANDS(DECLARE)

const struct command *const commands[] = {COMMANDS(ADDRESS) NULL};

const char *command_name(const struct command *command) {
  return command->name != NULL ? command->name : command->chat->name;
}

const char *command_about(const struct command *command) {
  return command->about != NULL ? command->about : command->chat->about;
}

void command_print_usage(const struct command *command, struct buf *out) {
  if (command->usage != NULL) buf_add(out, command->usage);
  if (command->usage == NULL) chat_print_arguments(command->chat, CHAT_ON_A_LINE, out);
}

const struct command *command_find(const char *name) {
  for (const struct command *const *command = commands; *command != NULL; command++) {
    if (text_eq(command_name(*command), name) || text_eq((*command)->alias, name)) return *command;
  }
  return NULL;
}

int command_unknown(const char *name) {
  const char *names[COMMANDS_MAX] = {0};
  for (size_t i = 0; commands[i] != NULL; i++)
    names[i] = command_name(commands[i]);
  struct err err = {0};
  err_set(&err, ERR_USAGE, "there is no command \"%.60s\"", name);
  (void)err_suggest(&err, name, names);
  err_hint(&err, "`lowtide --help` lists the commands");
  return command_fail(&err);
}
