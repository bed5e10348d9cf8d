/* ledger: what `lowtide set` asks of a ledger's recipe at the moment of the note. Private to the room. */
#ifndef LOWTIDE_COMMAND_LEDGER_H
#define LOWTIDE_COMMAND_LEDGER_H

#include "lowtide/buf.h"
#include "lowtide/config.h"
#include "lowtide/store.h"

struct ledger_look {
  struct amount spent_before; /* today, so far */
  struct reading before;      /* why that is not known */
  bool had_note;
  int64_t noted_ms;    /* of the note that is replaced */
  struct amount said;  /* what was left by that note */
  struct reading then; /* why that is not known */
};

/* Asks the recipe once or twice: since today's midnight, and since that of the note before. What fails is told in look. */
void ledger_look(const struct config *config, const struct account *account, int64_t now_ms, struct ledger_look *look);

/* How far the old note was off, on one line; nothing without one. */
void ledger_print_drift(struct buf *out, const struct ledger_look *look, const struct note *note);
/* What it means that the day's cost is not known; nothing if it is. */
void ledger_print_doubt(struct buf *out, const struct ledger_look *look);

#endif
