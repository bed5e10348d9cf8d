/* log: one line an event on stderr, "2026-01-29T09:00:00Z info gather: kimi did not answer code=timeout". Only flow, door,
 * command and main may log. Secrets are blotted out on the way. Under systemd (JOURNAL_STREAM) the time is left out and the
 * level is written as "<6>". On request a line is JSON, with the key=value pairs of the sentence's end as members:
 * {"time":"2026-01-29T09:00:00Z","level":"info","room":"gather","message":"kimi did not answer","code":"timeout"}. */
#ifndef LOWTIDE_LOG_H
#define LOWTIDE_LOG_H

#include <stdbool.h>

#include "lowtide/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_lines { LOG_LINES_TEXT, LOG_LINES_JSON };

void log_set_level(enum log_level level);
void log_set_lines(enum log_lines lines);

/* Whether a line of that level would be written: for what is dear to word. */
bool log_shows(enum log_level level);

/* The sentence may carry key=value, or key="several words", at its end. */
void log_write(enum log_level level, const char *room, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_error(room, ...) log_write(LOG_LEVEL_ERROR, room, __VA_ARGS__)
#define log_warning(room, ...) log_write(LOG_LEVEL_WARNING, room, __VA_ARGS__)
#define log_info(room, ...) log_write(LOG_LEVEL_INFO, room, __VA_ARGS__)
#define log_debug(room, ...) log_write(LOG_LEVEL_DEBUG, room, __VA_ARGS__)

#endif
