#include "command.h"
#include "lowtide/buf.h"
#include "lowtide/chat.h"
#include "lowtide/compose.h"
#include "lowtide/text.h"

#define HELP_MAX 16384
#define CALL_MAX 128

static int print_text(struct buf *out) {
  int result = command_print(buf_text(out));
  buf_done(out);
  return result;
}

/* What the same program answers in Discord and Slack. */
static void add_chat(struct buf *out) {
  struct table *table = table_new(NULL, 2);
  buf_add(out, "\nIn a chat (Discord, Slack):\n");
  for (const struct chat_command *const *command = chat_commands; *command != NULL; command++) {
    struct buf call;
    buf_init(&call, CALL_MAX);
    buf_add(&call, "  ");
    chat_print_usage(*command, &call);
    const char *const cells[] = {buf_text(&call), (*command)->about};
    table_add(table, cells);
    buf_done(&call);
  }
  table_print(table, out, false);
  table_free(table);
}

int help_overview(void) {
  struct table *table = table_new(NULL, 2);
  struct buf out;
  buf_init(&out, HELP_MAX);
  buf_add(&out,
          "lowtide watches prepaid AI-API balances, tells a channel how they stand, and pings before one runs dry.\n\n"
          "usage: lowtide [COMMAND] [ARGUMENTS]     without a command: check\n\n");
  for (const struct command *const *command = commands; *command != NULL; command++) {
    struct buf call;
    buf_init(&call, CALL_MAX);
    buf_addf(&call, "  %s ", command_name(*command));
    command_print_usage(*command, &call);
    const char *const cells[] = {buf_text(&call), command_about(*command)};
    table_add(table, cells);
    buf_done(&call);
  }
  table_print(table, &out, false);
  table_free(table);
  add_chat(&out);
  buf_add(&out, "\n`lowtide COMMAND --help` says more; `lowtide --version` says which this is.\n"
                "Exit codes of check and update: 0 fine, 2 a balance is below its warning level,\n"
                "1 a balance is unknown, a channel has not taken its message, or the config is wrong.\n");
  return print_text(&out);
}

static void add_flags(struct table *table, const struct flag *flags) {
  for (; flags != NULL && flags->name != NULL; flags++) {
    char call[64];
    (void)text_fmt(call, sizeof call, "  --%s %s", flags->name, flags->value != NULL ? flags->value : "");
    const char *const cells[] = {call, flags->about};
    table_add(table, cells);
  }
}

int help_command(const struct command *command) {
  struct table *table = table_new(NULL, 2);
  struct buf out;
  buf_init(&out, HELP_MAX);
  struct buf usage;
  buf_init(&usage, CALL_MAX);
  command_print_usage(command, &usage);
  buf_addf(&out, "usage: lowtide %s [OPTIONS]%s%s\n", command_name(command), usage.len > 0 ? " " : "", buf_text(&usage));
  buf_done(&usage);
  if (command->alias != NULL) buf_addf(&out, "also:  lowtide %s\n", command->alias);
  buf_addf(&out, "\n%s\n\n", command_about(command));
  if (command->more != NULL) buf_addf(&out, "%s\n\n", command->more);
  add_flags(table, command->flags);
  add_flags(table, command_common_flags);
  table_print(table, &out, false);
  table_free(table);
  return print_text(&out);
}
