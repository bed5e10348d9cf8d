/* asking: a command that can be asked in a chat, too: the same words, the same work, the same sentences. Private to the
 * room. */
#ifndef LOWTIDE_COMMAND_ASKING_H
#define LOWTIDE_COMMAND_ASKING_H

#include "command.h"
#include "lowtide/chat.h"

/* Of a command with `chat`, which looks or changes. A flag of an argument's name is that argument;
 * --json, of a command whose chat has it, prints what is found for programs. */
int asking_run(const struct invocation *invocation);

#endif
