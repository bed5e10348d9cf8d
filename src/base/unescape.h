/* unescape: a text as JSON reads it, and where each byte of that came from: for finding what is spelt otherwise. */
#ifndef UNESCAPE_H
#define UNESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
  char *text;
  uint32_t *from; /* length + 1 places in the first text of all: byte i stands for from[i] up to from[i + 1] */
  size_t length;
};

/* The text as it stands. False if it is too long to be numbered. */
bool view_of(struct view *view, const char *text, size_t length);

/* Reads one level of backslashes; what is no escape stays as it is. False if there was nothing to read: the view stays. */
bool view_unescape(struct view *view);

void view_done(struct view *view); /* wipes */

#endif
