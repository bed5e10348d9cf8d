/* usage: what accounts spent in some stretches of time, and how that is told. Private to the room. */
#ifndef LOWTIDE_CHAT_USAGE_H
#define LOWTIDE_CHAT_USAGE_H

#include "lowtide/tally.h"
#include "words.h"

#define STRETCHES_MAX SUM_PARTS_MAX

struct stretch {
  int64_t from_ms;
  const char *name; /* for programs: "today" */
  char words[40];   /* "in 7 days" */
};

struct spender {
  const struct account *account;
  struct tally tallies[STRETCHES_MAX];
};

struct usage {
  const struct chat_question *question;
  struct stretch stretches[STRETCHES_MAX];
  size_t stretch_count;
  size_t widest;
  struct spender *spenders;
  size_t count;
  size_t next; /* a round's accounts come one after the other */
  struct sums sums;
};

void usage_tell(const struct usage *usage, struct buf *out);
void usage_tell_json(const struct usage *usage, struct buf *out);

#endif
