/* list: every command there is. Private to the room. */
#ifndef LOWTIDE_COMMAND_LIST_H
#define LOWTIDE_COMMAND_LIST_H

#include "command.h"

extern const struct command command_check;
extern const struct command command_update;
extern const struct command command_run;
extern const struct command command_status;
extern const struct command command_history;
extern const struct command command_set;
extern const struct command command_topup;
extern const struct command command_import;
extern const struct command command_cleanup;
extern const struct command command_doctor;
extern const struct command command_providers;
extern const struct command command_test;

#endif
