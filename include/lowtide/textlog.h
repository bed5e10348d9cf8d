/* textlog: writes the queued lines of the text logs (contract, section 5) to their files.
 *
 * The lines were queued in a turn's job (store_log_add); this runs as a job of its own after that commit, so that nothing
 * is in a file that is not in the store. Its transaction is also the lock that keeps two processes off the same lines.
 *
 *     struct textlog_report report;
 *     writer_do(writer, textlog_write, done, &report);
 */
#ifndef LOWTIDE_TEXTLOG_H
#define LOWTIDE_TEXTLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/store.h"

#define TEXTLOG_WAITING_MAX 10000 /* lines that wait for one path; the oldest beyond are dropped */

struct textlog_report {
  int written;     /* lines */
  int paths;       /* that could not be written; their lines stay queued */
  int64_t dropped; /* lines given up, see TEXTLOG_WAITING_MAX */
  struct err err;  /* of the first of those paths, ERR_NONE if there is none; the same sentence again is the same trouble */
};

/* A store_job; context is a struct textlog_report, which it sets. False only if the store failed: a path that cannot be
 * written is in the report and stops no other. Files and folders that are missing are made (0600, 0700); all lines of one
 * file go out in one write and are there whole or not at all; lines that a crash may have left written are compared with
 * the end of the file first. */
bool textlog_write(struct store *store, void *context, struct err *err) MUST_CHECK;

#endif
