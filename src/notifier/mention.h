/* mention: who a message pings, "role:1234 user:1 group:S1 here everyone", taken apart. */
#ifndef LOWTIDE_NOTIFIER_MENTION_H
#define LOWTIDE_NOTIFIER_MENTION_H

#include <stdbool.h>
#include <stddef.h>

#define MENTION_ID_MAX 32
#define MENTIONS_MAX 16

enum mention_kind { MENTION_USER, MENTION_ROLE, MENTION_GROUP, MENTION_HERE, MENTION_EVERYONE };

struct mention {
  enum mention_kind kind;
  char id[MENTION_ID_MAX]; /* letters and digits only; "" for here and everyone */
};

/* Fills at most MENTIONS_MAX and answers how many. A word that is no mention is left out: better an alert that pings
 * nobody than none. */
size_t mention_read(const char *text, struct mention mentions[static MENTIONS_MAX]);

bool mention_is_number(const struct mention *mention);

#endif
