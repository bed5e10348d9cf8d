/* `mute`, `unmute` and `ack`: a person's words to the rules, written beside a daemon as a job of one's own. */
#include "asking.h"

extern const struct chat_command chat_mute;
extern const struct chat_command chat_unmute;
extern const struct chat_command chat_ack;

const struct command command_mute = {
    .chat = &chat_mute,
    .more = "What gets worse than it is, a critical level above all, is told all the same, and so is a recovery. What was "
            "kept\n"
            "back is told when the mute ends, if it still holds. Works beside a running daemon.",
    .args_max = CHAT_WORDS_MAX,
    .run = asking_run,
};

const struct command command_unmute = {
    .chat = &chat_unmute,
    .more = "What was kept back and still holds is told at once by a running daemon, else by the next `lowtide update`.",
    .args_max = CHAT_WORDS_MAX,
    .run = asking_run,
};

const struct command command_ack = {
    .chat = &chat_ack,
    .args_max = CHAT_WORDS_MAX,
    .run = asking_run,
};
