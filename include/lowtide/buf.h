/* buf: growing text, born with a limit. What does not fit is dropped whole and `full` stays set: check buf_ok before
 * using what was built.
 *
 *     struct buf line;
 *     buf_init(&line, 4096);
 *     buf_addf(&line, "%s: %d", name, n);
 *     if (buf_ok(&line)) write_out(line.data, line.len);
 *     buf_done(&line);
 */
#ifndef LOWTIDE_BUF_H
#define LOWTIDE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "lowtide/err.h"

struct buf {
  char *data; /* always NUL-terminated once something was added; NULL before */
  size_t len;
  size_t cap;
  size_t limit;
  bool full; /* something did not fit */
};

/* limit is what it may hold, without the NUL at the end. */
void buf_init(struct buf *buf, size_t limit);
void buf_done(struct buf *buf);

/* Empties it and keeps the memory. */
void buf_clear(struct buf *buf);

/* Overwrites the memory before freeing it: for what held a secret. */
void buf_wipe(struct buf *buf);

/* Each answers false when the piece did not fit. */
bool buf_add(struct buf *buf, const char *text);
bool buf_add_n(struct buf *buf, const char *bytes, size_t length);
bool buf_add_char(struct buf *buf, char c);
bool buf_addf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
bool buf_addv(struct buf *buf, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD. */
bool buf_add_json(struct buf *buf, const char *text);

/* As a part of an address: what is no letter, digit or one of - . _ ~ becomes %XX. */
bool buf_add_percent(struct buf *buf, const char *text);
bool buf_add_base64(struct buf *buf, const char *bytes, size_t length);

bool buf_ok(const struct buf *buf);

/* The text so far, "" before anything was added. */
const char *buf_text(const struct buf *buf);

#endif
