/* command: what `lowtide NAME` does. A command is one file and one line in the list of list.c, which yields dispatch,
 * argument checks and help. Private to the room. */
#ifndef LOWTIDE_COMMAND_COMMAND_H
#define LOWTIDE_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "lowtide/config.h"
#include "lowtide/err.h"
#include "lowtide/money.h"

#define EXIT_FINE 0
#define EXIT_TROUBLE 1
#define EXIT_LOW 2

#define COMMAND_ANY_NUMBER 100000

/* An option: "--since 24h". */
struct flag {
  const char *name;
  const char *value; /* what stands for its value in help; NULL: it takes none */
  const char *about;
};

struct chat_command;
struct invocation;

struct command {
  const struct chat_command *chat; /* it can be asked in a chat, too: what is NULL here is written there */
  const char *name;
  const char *alias; /* NULL: none */
  const char *usage; /* its arguments, for help */
  const char *about; /* one line */
  const char *more;  /* a paragraph for its own help; NULL: none */
  int args_min;
  int args_max;
  const struct flag *flags; /* ends with a NULL name; NULL: none of its own */
  int (*run)(const struct invocation *invocation);
};

#define INVOCATION_FLAGS_MAX 96 /* 40 answers with a status each */

struct invocation {
  const struct command *command;
  const char *const *args; /* NULL-terminated */
  int arg_count;
  struct {
    const char *name;
    const char *value;
  } flags[INVOCATION_FLAGS_MAX];
  int flag_count;
};

extern const struct command *const commands[]; /* NULL at its end */
extern const struct flag command_common_flags[];

const struct command *command_find(const char *name);
const char *command_name(const struct command *command);
const char *command_about(const struct command *command);
/* "ACCOUNT [SPAN]" */
void command_print_usage(const struct command *command, struct buf *out);
/* Tells that there is no such command, and the nearest. Always answers EXIT_TROUBLE. */
int command_unknown(const char *name);

/* Fills the invocation; tells what is wrong and answers false if the words do not fit the command. */
bool invocation_parse(const struct command *command, int argc, char *const *argv, struct invocation *out);
/* The flag's value, "" for one that takes none, NULL if it was not given. */
const char *invocation_flag(const struct invocation *invocation, const char *name);
bool invocation_has(const struct invocation *invocation, const char *name);

/* EXIT_TROUBLE, and told, if standard output does not take it. */
int help_overview(void);
int help_command(const struct command *command);

/* Loads the config that the invocation names. NULL and told if it cannot. */
struct config *invocation_config(const struct invocation *invocation);
/* What in the config is worth a warning, on stderr. */
void command_warn(const struct config *config);
/* The accounts that are named, or all; NULL and told if there is no such account. Free with mem_free. */
const struct account **invocation_accounts(const struct invocation *invocation, const struct config *config, size_t *count);
/* The account of that name; NULL and told if there is none. */
const struct account *command_account(const struct config *config, const char *name);

/* "24h", or a bare number of hours, after --since. */
bool command_since(const char *text, int64_t *ms, struct err *err) MUST_CHECK;
/* money_read, with an error that says how to write it. */
bool command_amount(const char *text, int64_t *nano, char said[static MONEY_SAID_MAX], struct err *err) MUST_CHECK;

/* "lowtide: what is wrong" and the mend on stderr, blotted. Always answers EXIT_TROUBLE. */
int command_fail(const struct err *err);

/* Writes the text to standard output, with a line break at its end; EXIT_TROUBLE, and told, if it does not take it. */
int command_print(const char *text);
/* The same of what was printed already. */
int command_printed(void);

#endif
