/* text: the few questions about strings that more than one room asks. */
#ifndef LOWTIDE_TEXT_H
#define LOWTIDE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/err.h"

/* snprintf that says whether all of it fitted; what does not fit is cut at a whole UTF-8 character. */
bool text_fmt(char *out, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
bool text_fmtv(char *out, size_t size, const char *format, va_list args) PRINTF_LIKE(3, 0);
bool text_copy(char *out, size_t size, const char *text);

bool text_eq(const char *a, const char *b); /* NULL equals NULL only */
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
bool text_is_blank(const char *text); /* NULL, "" or white space */

int text_hex_digit(char c); /* 0 to 15; -1: it is none */

/* Tells texts apart and no more (FNV-1a): what is alike is to be compared. */
uint64_t text_hash(const char *bytes, size_t length);

const char *text_plural(int64_t count); /* "s", "" for one: "%zu account%s" */

/* Bytes of the well-formed UTF-8 character at text (at most left bytes), 0 if it is not one. */
size_t text_utf8_length(const char *text, size_t left);
bool text_is_utf8(const char *text, size_t length);

/* Copies with control characters, line breaks and broken UTF-8 replaced by a space: what comes from outside and is
 * shown to people on one line. Cut at size. */
void text_clean(char *out, size_t size, const char *text);

/* The name of names (NULL-terminated) nearest to what was typed, or NULL if none is near enough to be meant. */
const char *text_nearest(const char *typed, const char *const *names);

/* "90s 15m 6h 3d 2w 1y" (a year is 365 days) to milliseconds, 1 s at least. */
bool text_duration(const char *text, int64_t *ms, struct err *err) MUST_CHECK;

/* The two largest units of a duration: "3d 4h", "0s" for nothing. */
void text_print_duration(char *out, size_t size, int64_t ms);

#endif
