/* command_line: everything that `lowtide` understands, from its words to its exit code. */
#ifndef LOWTIDE_COMMAND_LINE_H
#define LOWTIDE_COMMAND_LINE_H

/* lowtide [COMMAND] [ARGUMENTS]: options alone, or nothing, mean `check`. */
int command_line(int argc, char **argv);

#endif
