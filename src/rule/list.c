#include "lowtide/rule.h"

/* A new rule is its file and its line here. Each file defines `const struct rule rule_NAME`. */
#define RULES(X)                                                                                                           \
  X(low)                                                                                                                   \
  X(stale)                                                                                                                 \
  X(topup)                                                                                                                 \
  X(expiry)

#define DECLARE(name) extern const struct rule rule_##name;
#define ADDRESS(name) &rule_##name,

RULES(DECLARE)

static const struct rule *const rules[] = {RULES(ADDRESS)};

void rules_judge(const struct rule_view *view, struct alert_memory *memory, struct alerts *out) {
  *out = (struct alerts){0};
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
    rules[i]->judge(view, memory, out);
}
