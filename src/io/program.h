/* program: runs a program for its output, and feeds it; no shell, four variables of environment, a process group that is
 * ended whole. */
#ifndef LOWTIDE_IO_PROGRAM_H
#define LOWTIDE_IO_PROGRAM_H

#include "lowtide/ask.h"
#include "lowtide/loop.h"

struct program;

/* Where programs are run, and those that were told to go and have not yet gone. */
struct program_yard {
  struct loop *loop;
  struct program *leaving;
};

typedef void program_done(void *context, const struct err *err, const struct program_answer *answer);

/* NULL with ERR_COMMAND if it does not start. done is called once, never from inside this call, with the output or with
 * ERR_COMMAND (it printed too much). */
struct program *program_start(struct program_yard *yard, const struct program_ask *ask, program_done *done, void *context,
                              struct err *err) MUST_CHECK;

/* done is not called any more. The whole group gets SIGTERM, and SIGKILL a second later. */
void program_cancel(struct program *program);

/* Ends at once all that are leaving: before the loop goes. */
void program_yard_clear(struct program_yard *yard);

#endif
