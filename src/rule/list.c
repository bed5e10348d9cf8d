#include <stddef.h>

#include "lowtide/rule.h"

const struct rule rules[] = {
    {"low", rule_low},
    {NULL, NULL},
};
