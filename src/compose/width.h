/* width: how many columns of a terminal a text takes. libc's wcwidth needs a locale, and there is none. Private to the
 * room. */
#ifndef LOWTIDE_COMPOSE_WIDTH_H
#define LOWTIDE_COMPOSE_WIDTH_H

#include <stddef.h>

size_t width_of(const char *text);

#endif
