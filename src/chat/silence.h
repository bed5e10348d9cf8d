/* silence: a person's words to the rules. Private to the room. */
#ifndef LOWTIDE_CHAT_SILENCE_H
#define LOWTIDE_CHAT_SILENCE_H

#include "lowtide/chat.h"

/* Changes what is remembered of the account, and answers. */
typedef void silence_word(const struct chat_question *question, struct alert_memory *memory, struct chat_answer *answer);

/* In a job: has the word change what the store remembers of the question's account. */
bool silence_change(struct store *store, const struct chat_question *question, silence_word *word,
                    struct chat_answer *answer, struct err *err) MUST_CHECK;

#endif
