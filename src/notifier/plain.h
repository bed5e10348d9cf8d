/* plain: a marked text without a platform's markup: as it is read, or in HTML. Foreign text stays on its line and acts
 * nowhere. */
#ifndef LOWTIDE_NOTIFIER_PLAIN_H
#define LOWTIDE_NOTIFIER_PLAIN_H

#include "lowtide/buf.h"

/* Without bold; Discord's own emoji as ":moon:". */
void plain_text(const char *marked, struct buf *out);

/* Within a paragraph: bold as <b>, line breaks as <br>. */
void plain_html(const char *marked, struct buf *out);

/* The first line of a plain text, cut at whole characters to at most size bytes with its NUL. */
void plain_title(const char *text, char *out, size_t size);

#endif
