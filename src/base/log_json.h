/* log_json: an event as one line of JSON. */
#ifndef LOG_JSON_H
#define LOG_JSON_H

#include "lowtide/buf.h"

/* {"time":…,"level":…,"room":…,"message":…} and a line break. The key=value pairs at the sentence's end become members of
 * their own, all of them text, and leave the message. */
void log_json_add(struct buf *line, const char *time, const char *level, const char *room, const char *sentence);

#endif
