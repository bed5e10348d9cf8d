/* fonts: the letters of the charts, embedded at build from src/compose/fonts/. Private to the room. */
#ifndef LOWTIDE_COMPOSE_FONTS_H
#define LOWTIDE_COMPOSE_FONTS_H

#include <stddef.h>

struct font_file {
  const unsigned char *bytes;
  size_t length;
};

extern const struct font_file font_regular;
extern const struct font_file font_bold;

#endif
