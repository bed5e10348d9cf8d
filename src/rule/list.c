#include <stddef.h>

#include "lowtide/rule.h"

/* A new rule is its file and its line here. Each file defines `const struct rule rule_NAME`. */
#define RULES(X) X(low)

#define DECLARE(name) extern const struct rule rule_##name;
#define ADDRESS(name) &rule_##name,

RULES(DECLARE)

static const struct rule *const rules[] = {RULES(ADDRESS)};

struct rule_outcome rules_judge(const struct rule_view *view) {
  struct rule_outcome outcome = {.alerted = LEVEL_OK, .rule = rules[0]->name};
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    enum level level = rules[i]->level(view);
    if (level <= outcome.alerted) continue;
    outcome.alerted = level;
    outcome.rule = rules[i]->name;
  }
  if (outcome.alerted > view->alerted) outcome.event = RULE_CROSSED;
  if (outcome.alerted == LEVEL_OK && view->alerted != LEVEL_OK) outcome.event = RULE_RECOVERED;
  return outcome;
}
