#include "words.h"

static const struct chat_argument arguments[] = {ARGUMENT_ACCOUNT, ARGUMENT_PUBLIC, {0}};

extern const struct chat_command chat_refresh;
const struct chat_command chat_refresh = {
    .name = "refresh",
    .about = "ask the provider now, and tell what it says",
    .arguments = arguments,
    .changes = true,
    .refreshes = true,
    .answer = balance_answer,
};
