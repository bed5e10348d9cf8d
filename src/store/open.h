/* open: store_open with other steps of the schema. Tests bring theirs. */
#ifndef LOWTIDE_STORE_OPEN_H
#define LOWTIDE_STORE_OPEN_H

#include "lowtide/store.h"

bool store_open_with(const char *state_dir, enum store_mode mode, const char *const *steps, struct store **opened,
                     struct err *err) MUST_CHECK;

#endif
