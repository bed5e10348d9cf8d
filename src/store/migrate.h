/* migrate: a store's schema, brought up to date by whoever is alone with it. */
#ifndef LOWTIDE_STORE_MIGRATE_H
#define LOWTIDE_STORE_MIGRATE_H

#include "db.h"

extern const char *const migrate_steps[]; /* NULL at the end */

/* Readers: ERR_STORE if the schema is not the newest of these steps. */
bool migrate_with(struct store *store, enum store_mode mode, const char *const *steps, struct err *err) MUST_CHECK;

#endif
