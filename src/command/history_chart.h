/* history_chart: `history --chart FILE.png`. Private to the room. */
#ifndef LOWTIDE_COMMAND_HISTORY_CHART_H
#define LOWTIDE_COMMAND_HISTORY_CHART_H

#include "command.h"

/* Draws the one account that is named, or that there is, since_ms back. Answers the exit code. */
int history_chart_run(const struct invocation *invocation, const struct config *config, int64_t since_ms);

#endif
