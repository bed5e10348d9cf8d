/* report: a message as JSON, for programs: what a webhook is sent and a command reads.
 *
 *     {"id","kind","time","title","text","silent","accounts":[as in `check --json`]}
 *
 * id is the same however often a message is tried; kind is summary, alert, recovery, …; time is RFC 3339 in UTC or null;
 * title is text's first line; accounts are those that it tells of. Where they would make it too long, they are left out and
 * "accounts_left_out":true says so. */
#ifndef LOWTIDE_NOTIFIER_REPORT_H
#define LOWTIDE_NOTIFIER_REPORT_H

#include "lowtide/notifier.h"

#define REPORT_MAX ((size_t)1 << 20) /* 1 MiB */

/* One payload, without the id. */
bool report_render(const struct message *message, const struct channel *channel, struct parts *out, struct err *err);

bool report_mark_repeat(const char *payload, struct buf *out, struct err *err);

/* The payload with its id. */
bool report_body(const struct sending *sending, struct buf *out, struct err *err) MUST_CHECK;

#endif
