/* plugs: what the providers, in C or by recipe, have in common. Private to the room. */
#ifndef LOWTIDE_PROVIDER_PLUGS_H
#define LOWTIDE_PROVIDER_PLUGS_H

#include <string.h>

#include "lowtide/provider.h"

/* Ends a plug's gathering with the reason that err tells. */
static inline enum gathering_step plug_fail(struct reading *reading, const struct err *err) {
  *reading = reading_unknown(0, err);
  return GATHERING_DONE;
}

/* A word that may stand behind a number: letters only, since vendors and programs say it too. */
static inline bool unit_is_fit(const char *text) {
  size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  return length > 0 && length < UNIT_MAX && text[length] == '\0';
}

#endif
