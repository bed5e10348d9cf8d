/* doctor: what its files share. Private to the room. */
#ifndef LOWTIDE_COMMAND_DOCTOR_H
#define LOWTIDE_COMMAND_DOCTOR_H

#include "engine.h"
#include "lowtide/config.h"

struct doctor;

enum finding { FINDING_FINE, FINDING_FAULT, FINDING_NOTE };

/* One line, with the mend; "": there is none. */
void doctor_say(struct doctor *doctor, enum finding finding, const char *what, const char *said, const char *mend);

/* How people ask: tokens, registered commands, the place of the HTTP server. Opens no connection that questions come on. */
void doctor_chat(struct doctor *doctor, const struct config *config, struct engine *engine);

#endif
