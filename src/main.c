#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "command/command.h"
#include "lowtide/text.h"

static int run(const struct command *command, int argc, char *const *argv) {
  struct invocation invocation;
  if (!invocation_parse(command, argc, argv, &invocation)) return EXIT_TROUBLE;
  if (!invocation_has(&invocation, "help")) return command->run(&invocation);
  help_command(command);
  return EXIT_FINE;
}

static bool is_option(const char *word) {
  return word[0] == '-';
}

/* lowtide [COMMAND] [ARGUMENTS]: options alone, or nothing, mean `check`. */
int main(int argc, char **argv) {
  const char *first = argc > 1 ? argv[1] : "";
  (void)signal(SIGPIPE, SIG_IGN);
  (void)umask(077);
  if (text_eq(first, "--version") || text_eq(first, "-V")) return command_print("lowtide " LOWTIDE_VERSION);
  if (text_eq(first, "--help") || text_eq(first, "-h") || text_eq(first, "help")) {
    help_overview();
    return EXIT_FINE;
  }
  if (argc < 2 || is_option(first)) return run(command_find("check"), argc - 1, argv + 1);
  const struct command *command = command_find(first);
  return command != NULL ? run(command, argc - 2, argv + 2) : command_unknown(first);
}
