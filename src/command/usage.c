#include "asking.h"

extern const struct chat_command chat_usage;

static const struct flag flags[] = {
    {"json", NULL, "print it as JSON"},
    {0},
};

const struct command command_usage = {
    .chat = &chat_usage,
    .more = "From the recorded readings: what an account has less than before, and no top-up. SPAN is a stretch of time "
            "such as\n"
            "12h or 30d.",
    .args_max = CHAT_WORDS_MAX,
    .flags = flags,
    .run = asking_run,
};
