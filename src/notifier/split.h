/* split: lays a marked text into pieces that each fit a platform's limit. Pieces end between lines where they can, else
 * between words, else between characters; never inside a mark, an escape or a UTF-8 character. Bold that a cut falls into
 * is closed before it and opened again behind it. White space at a cut, and at the ends of lines, is dropped. */
#ifndef LOWTIDE_NOTIFIER_SPLIT_H
#define LOWTIDE_NOTIFIER_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "lowtide/buf.h"
#include "lowtide/err.h"

/* A run of foreign text. A character's escape may depend on its neighbours. */
struct stretch {
  const char *text;
  size_t length;
};

/* How a platform writes. What one call adds is never cut. */
struct dialect {
  const char *bold; /* opens and closes */
  size_t limit;     /* of a piece, in UTF-16 units: what JavaScript counts, and never less than there are characters */
  void (*own)(const char *character, size_t length, struct buf *out);
  void (*foreign)(const struct stretch *stretch, size_t at, size_t length, struct buf *out);
  void (*raw)(const struct stretch *markup, struct buf *out);
};

typedef bool split_piece(void *context, const char *piece, struct err *err);

/* Calls each with every piece in order until it answers false. first is put in front of the first piece as it stands,
 * "" for nothing. A text without a visible character is ERR_USAGE. */
bool split_text(const char *marked, const char *first, const struct dialect *dialect, split_piece *each, void *context,
                struct err *err) MUST_CHECK;

/* What a text counts against a limit. */
size_t split_units(const char *text, size_t length);

/* The letter, digit or other byte next to text[at] in its stretch, '\0' where it ends. */
char stretch_before(const struct stretch *stretch, size_t at);
char stretch_after(const struct stretch *stretch, size_t at);

#endif
