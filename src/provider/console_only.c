#include "lowtide/provider.h"

const struct console_only console_only_vendors[] = {
    {.env = "OPENAI_API_KEY",
     .label = "OpenAI",
     .page = "https://platform.openai.com/settings/organization/billing",
     .instead = "provider = ledger, or a budget, both with an admin key"},
    {.env = "ANTHROPIC_API_KEY",
     .label = "Anthropic",
     .page = "https://console.anthropic.com/settings/billing",
     .instead = "provider = ledger, or a budget, both with an admin key"},
    {.env = "XAI_API_KEY",
     .label = "xAI",
     .page = "https://console.x.ai",
     .instead = "provider = manual or push, or a management key and the team's id"},
    {.env = "TOGETHER_API_KEY",
     .label = "Together",
     .page = "https://api.together.ai/settings/billing",
     .instead = "provider = together once your organization has the usage report (beta), or manual"},
    {.env = NULL},
};
