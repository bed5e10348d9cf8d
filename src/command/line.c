#include "lowtide/command_line.h"

#include "command.h"
#include "lowtide/text.h"

static int run(const struct command *command, int argc, char *const *argv) {
  struct invocation invocation;
  if (!invocation_parse(command, argc, argv, &invocation)) return EXIT_TROUBLE;
  return invocation_has(&invocation, "help") ? help_command(command) : command->run(&invocation);
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c) {
  return text_eq(word, a) || text_eq(word, b) || text_eq(word, c);
}

/* "lowtide --config FILE status" is as good as "lowtide status --config FILE". */
static int find_command(int argc, char *const *argv) {
  int at = 1;
  while (at < argc && argv[at][0] == '-') {
    at += text_eq(argv[at], "--config") ? 2 : 1;
  }
  return at < argc && command_find(argv[at]) != NULL ? at : 0;
}

static int run_at(int at, int argc, char **argv) {
  const struct command *command = command_find(argv[at]);
  for (int i = at; i + 1 < argc; i++) {
    argv[i] = argv[i + 1];
  }
  return run(command, argc - 2, argv + 1);
}

/* "lowtide help mute" is as good as "lowtide mute --help". */
static int help(const char *name) {
  if (name == NULL || is_one_of(name, "help", "--help", "-h")) return help_overview();
  const struct command *command = command_find(name);
  return command != NULL ? help_command(command) : command_unknown(name);
}

int command_line(int argc, char **argv) {
  const char *first = argc > 1 ? argv[1] : "";
  if (is_one_of(first, "--version", "-V", "version")) return command_print("lowtide " LOWTIDE_VERSION);
  if (is_one_of(first, "--help", "-h", "help")) return help(argv[2]);
  int at = find_command(argc, argv);
  if (at > 0) return run_at(at, argc, argv);
  if (argc < 2 || first[0] == '-') return run(command_find("check"), argc - 1, argv + 1);
  return command_unknown(first);
}
