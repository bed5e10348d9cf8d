#include "asking.h"

extern const struct chat_command chat_topup;

static const struct flag flags[] = {
    {"expires", "DATE", "the day on which what was bought runs out, 2026-12-31"},
    {0},
};

const struct command command_topup = {
    .chat = &chat_topup,
    .more = "Adds to the balance noted last. A running daemon sees it at once.",
    .args_max = CHAT_WORDS_MAX,
    .flags = flags,
    .run = asking_run,
};
