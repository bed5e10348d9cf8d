/* plain: a marked text without a platform's markup: as it is read, or in HTML. Foreign text stays on its line and acts
 * nowhere. */
#ifndef LOWTIDE_NOTIFIER_PLAIN_H
#define LOWTIDE_NOTIFIER_PLAIN_H

#include <stdbool.h>

#include "lowtide/buf.h"
#include "lowtide/err.h"
#include "lowtide/message.h"

/* Without bold; Discord's own emoji as ":moon:". */
void plain_text(const char *marked, struct buf *out);

/* The same of a message; ERR_USAGE if there is nothing to read in it. out is begun here, and the caller's to end. */
bool plain_message(const struct message *message, struct buf *out, struct err *err) MUST_CHECK;

/* Within a paragraph: bold as <b>, line breaks as <br>. */
void plain_html(const char *marked, struct buf *out);

/* The first line of a plain text, cut at whole characters to at most size bytes with its NUL. */
void plain_title(const char *text, char *out, size_t size);

#endif
