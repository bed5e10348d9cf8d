/* ladder: when a condition that holds is told, told again, kept back, or over. Private to the room. */
#ifndef LOWTIDE_RULE_LADDER_H
#define LOWTIDE_RULE_LADDER_H

#include "lowtide/rule.h"

/* The rank that holds now, hysteresis included, is compared with what the ladder remembers. */
void ladder_judge(const struct rule_view *view, enum alert_kind kind, enum alert_rank now, struct ladder *ladder,
                  struct alert_memory *memory, struct alerts *out);

/* Why an alert of that rank is to wait, and until when; false: it need not. */
bool alert_waits(const struct rule_view *view, const struct alert_memory *memory, enum alert_rank rank,
                 struct alert *alert);

/* One more alert for the list; the caller fills it. */
struct alert *alerts_add(struct alerts *out, enum alert_kind kind, enum alert_event event);
/* Asks for a look at that time, unless an earlier one is asked for. */
void alerts_look(struct alerts *out, int64_t at_ms);

#endif
