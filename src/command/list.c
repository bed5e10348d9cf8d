#include "list.h"

#include "lowtide/text.h"

#define COMMANDS_MAX 32

const struct command *const commands[] = {
    &command_check,  &command_update,  &command_run,    &command_status,    &command_history, &command_set, &command_topup,
    &command_import, &command_cleanup, &command_doctor, &command_providers, &command_test,    NULL,
};

const struct command *command_find(const char *name) {
  for (const struct command *const *command = commands; *command != NULL; command++) {
    if (text_eq((*command)->name, name) || text_eq((*command)->alias, name)) return *command;
  }
  return NULL;
}

int command_unknown(const char *name) {
  const char *names[COMMANDS_MAX] = {0};
  for (size_t i = 0; commands[i] != NULL; i++)
    names[i] = commands[i]->name;
  const char *near = text_nearest(name, names);
  struct err err = {0};
  err_set(&err, ERR_USAGE, "there is no command \"%s\"%s%s%s", name, near != NULL ? " (did you mean \"" : "",
          near != NULL ? near : "", near != NULL ? "\"?)" : "");
  err_hint(&err, "`lowtide --help` lists the commands");
  return command_fail(&err);
}
