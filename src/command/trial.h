/* trial: `lowtide providers test`: a recipe reads answers that somebody saved, and tells each step. Private to the room. */
#ifndef LOWTIDE_COMMAND_TRIAL_H
#define LOWTIDE_COMMAND_TRIAL_H

#include "command.h"
#include "lowtide/compose.h"
#include "lowtide/provider.h"

/* The whole command. */
int trial_run(const struct invocation *invocation);

/* --- its steps, kept until they are printed ------------------------------------------------------------------------- */

struct trial_step {
  char *key;
  char *formula;
  char *found;
  bool is_result;
  size_t more; /* like this one, and not kept */
};

struct trial_steps {
  struct trial_step *steps;
  size_t count;
};

void trial_steps_add(struct trial_steps *steps, const struct recipe_step *step);
void trial_steps_done(struct trial_steps *steps);
/* Aligned, what came of a single pointer beside it; then what the account would show. */
void trial_print(struct buf *out, const struct trial_steps *steps, const struct standing *standing);
void trial_print_json(struct buf *out, const struct trial_steps *steps, const struct standing *standing);

#endif
