/* log_import: reads one line of a text log, in both formats of the contract's section 5, back into a reading. Pure. */
#ifndef LOWTIDE_LOG_IMPORT_H
#define LOWTIDE_LOG_IMPORT_H

#include "lowtide/reading.h"

#define LOG_IMPORT_LABEL_MAX 128

enum log_import_kind {
  LOG_IMPORT_READING,
  LOG_IMPORT_NOTHING, /* blank, POSTED, ALERT, simulated: nothing to take */
  LOG_IMPORT_STRANGE  /* not a line of such a log */
};

struct log_import {
  char label[LOG_IMPORT_LABEL_MAX]; /* "" in the detailed format, which bears none */
  struct reading reading;           /* asked_ms and time_ms are the line's time; unit "" where the line has none */
};

/* The line without its line break. *out is set for LOG_IMPORT_READING only. An unknown line is a reading too. What a line
 * rounds away is lost: "<$0.01" is taken as half a cent, estimated; "¥" as CNY. */
enum log_import_kind log_import_line(const char *line, struct log_import *out);

#endif
