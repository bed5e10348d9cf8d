/* rule: what was told and what is in, what to tell now out. Pure. A rule is one file and one line in the list of
 * src/rule/list.c. */
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

/* Which level is to be told from now on, as far as this rule can see; view->alerted as long as it cannot. */
struct rule {
  const char *name; /* the first word of its alerts' keys */
  enum level (*level)(const struct rule_view *view);
};

enum rule_event { RULE_NOTHING, RULE_CROSSED, RULE_RECOVERED };

struct rule_outcome {
  enum rule_event event;
  enum level alerted; /* what is told from now on */
  const char *rule;   /* the name of the one that says so */
};

/* All rules, of which the one with the worst level counts. One crossing is one alert: into warning or critical is CROSSED,
 * out of both RECOVERED; from critical into warning is NOTHING, and critical may be told again. */
struct rule_outcome rules_judge(const struct rule_view *view);

#endif
