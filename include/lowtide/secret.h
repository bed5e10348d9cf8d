/* secret: a key, token, password or webhook address. It has a type of its own so that no format can print it; its
 * memory is wiped when it goes. Every live secret is known to secret_blot, through which all text goes that leaves the
 * program for people: log, errors, `check --raw`. */
#ifndef LOWTIDE_SECRET_H
#define LOWTIDE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "lowtide/buf.h"

struct secret; /* opaque */

/* Copies the text. NULL for NULL or "". Free with secret_free, which wipes. */
struct secret *secret_new(const char *text);
void secret_free(struct secret *secret);

/* The text itself, to be put into a request and nowhere else. "" for NULL. */
const char *secret_expose(const struct secret *secret);

/* Replaces each occurrence of a live secret of 6 characters or more, as it stands, percent-encoded or in base64 (also
 * within a longer text, as "user:password" is for HTTP), and each of these with JSON's escapes ("\/", "\u002d", also twice
 * and three times escaped), by "***", in place; answers whether there was any. Safe from every thread. */
bool secret_blot(char *text);

/* The same for text that may hold NULs, keeping the length: each byte of a secret becomes '*'. */
bool secret_blot_n(char *bytes, size_t length);

#endif
