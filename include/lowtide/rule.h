/* rule: what was and what is in, alerts out. Pure. A rule is one file and one line in the list of src/rule/list.c. */
#ifndef LOWTIDE_RULE_H
#define LOWTIDE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/reading.h"

/* What a rule sees of one account. */
struct rule_view {
  enum level alerted; /* told and not yet recovered from */
  struct reading reading;
  enum level level;
  struct thresholds thresholds;
};

enum rule_event { RULE_NOTHING, RULE_CROSSED, RULE_RECOVERED };

struct rule_outcome {
  enum rule_event event;
  enum level alerted; /* what is told from now on */
};

/* Low: one crossing is one alert. Into warning or critical: CROSSED. A level re-arms once the amount is 5 % above it (used
 * and percent: below their limit), so that hovering does not flap; all re-armed after an alert: RECOVERED. Unknown changes
 * nothing. */
struct rule_outcome rule_low(const struct rule_view *view);

struct rule {
  const char *name; /* the first word of its alerts' keys */
  struct rule_outcome (*judge)(const struct rule_view *view);
};

extern const struct rule rules[]; /* ends with a NULL name */

#endif
