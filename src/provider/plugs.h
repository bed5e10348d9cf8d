/* The providers in C: one file and one line in list.c each. */
#ifndef LOWTIDE_PROVIDER_PLUGS_H
#define LOWTIDE_PROVIDER_PLUGS_H

#include "lowtide/provider.h"

extern const struct provider_plug provider_command;
extern const struct provider_plug provider_manual;
extern const struct provider_plug provider_postgres;

/* Ends a plug's gathering with the reason that err tells. */
static inline enum gathering_step plug_fail(struct reading *reading, const struct err *err) {
  *reading = reading_unknown(0, err);
  return GATHERING_DONE;
}

/* A word that may stand behind a number: letters only, since vendors and programs say it too. */
bool unit_is_fit(const char *text);

/* The unit that the account assumes: USD unless it says another. */
static inline const char *plug_unit(const struct account *account) {
  return account->unit == NULL || *account->unit == '\0' ? "USD" : account->unit;
}

#endif
