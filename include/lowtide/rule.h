/* rule: what is remembered and what is in, what to tell now out. Pure. A rule is one file and one line in the list of
 * src/rule/list.c.
 *
 * One crossing is one alert. `cooldown` after any alert of the account keeps back what is no worse than it; `quiet` keeps
 * back what is not critical; `mute` keeps back what is no worse than what it silenced. What is kept back is told when that
 * ends, if it still holds. A recovery waits for nothing.
 */
#ifndef LOWTIDE_RULE_H
#define LOWTIDE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/alert.h"
#include "lowtide/reading.h"

/* What a rule sees of one account. */
struct rule_view {
  const struct alert_policy *policy;
  const struct zone *zone;
  int64_t now_ms;
  int64_t stale_after_ms;
  struct reading reading;
  enum level level;
  struct thresholds thresholds;
  int64_t runway_ms;                /* -1: not known */
  const struct reading *last_known; /* of the same unit and provider, before this one; NULL: there is none */
  struct grant *grants;             /* that run out, the first first; told_days is moved on */
  size_t grant_count;
};

struct rule {
  enum alert_kind kind;
  void (*judge)(const struct rule_view *view, struct alert_memory *memory, struct alerts *out);
};

/* All rules, in the order of the list. memory is moved on; out is filled from the start. */
void rules_judge(const struct rule_view *view, struct alert_memory *memory, struct alerts *out);

/* A person's words. Both answer what was silenced: nothing is told until it gets worse (or until_ms is over). */
enum alert_rank alert_mute(struct alert_memory *memory, int64_t until_ms);
enum alert_rank alert_ack(struct alert_memory *memory);
void alert_unmute(struct alert_memory *memory);

/* --- a fall that is not believed at once --------------------------------------------------------------------------- */

#define SECOND_LOOK_MS 20000

/* The reading as it may be told: as it is; or unknown with ERR_IMPLAUSIBLE if it is a fall to 0 or by more than 90 % from
 * last_known (NULL: there was none) that no second look has confirmed yet. *again: it is to be read again in
 * SECOND_LOOK_MS. Estimated readings are believed. */
struct reading reading_plausible(const struct reading *reading, const struct reading *last_known,
                                 struct alert_memory *memory, bool *again);

#endif
