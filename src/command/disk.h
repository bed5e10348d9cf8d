/* disk: whether a place takes what is to be written there, found out by writing. For `doctor`. */
#ifndef COMMAND_DISK_H
#define COMMAND_DISK_H

#include "lowtide/err.h"

/* Writes a little into the folder, or into the nearest one above that is there, and takes it away again. ERR_FILE with the
 * mend; setting is what could lead elsewhere. */
bool disk_takes_files(const char *folder, const char *setting, struct err *err) MUST_CHECK;

/* Whether a text log can be appended to, or made; it is not touched. */
bool disk_takes_log(const char *path, struct err *err) MUST_CHECK;

#endif
