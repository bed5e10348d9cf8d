/* textlog_file: one file of a text log. */
#ifndef LOWTIDE_FLOW_TEXTLOG_FILE_H
#define LOWTIDE_FLOW_TEXTLOG_FILE_H

#include "lowtide/store.h"

/* Appends the lines in one write, whole or not at all; those that are not fresh and stand at the file's end already are
 * left out. */
bool textlog_append(const char *path, const struct log_entry *const *lines, int count, struct err *err) MUST_CHECK;

#endif
