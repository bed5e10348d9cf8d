/* words: what the commands and their parser share. Private to the room. */
#ifndef LOWTIDE_CHAT_WORDS_H
#define LOWTIDE_CHAT_WORDS_H

#include "lowtide/chat.h"

/* The arguments that most commands take. */
#define ARGUMENT_ACCOUNT_NEEDED                                                                                            \
  { .name = "account", .kind = CHAT_ACCOUNT, .needed = true, .about = "which account" }
#define ARGUMENT_ACCOUNT                                                                                                   \
  { .name = "account", .kind = CHAT_ACCOUNT, .about = "which account; all without it" }
#define ARGUMENT_PUBLIC                                                                                                    \
  { .name = "public", .kind = CHAT_PUBLIC, .about = "whether everybody here may see the answer" }

/* As it stands in a usage line: "ACCOUNT", "[SPAN]", "[public]". */
void words_argument(char *out, size_t size, const struct chat_argument *argument);

/* The account of that name; or of that label, if no other has it. NULL if there is none; two that share the label are told
 * in err. */
const struct account *words_account(const struct config *config, const char *word, struct err *err);

/* "7 days", "24 hours", "1m 30s" */
void words_span(char *out, size_t size, int64_t ms);

/* The button that ends a mute, or begins one where the level gives a reason; 0: neither. */
unsigned words_mute_button(const struct standing *standing, int64_t now_ms);

/* How old is what the answer tells of the account, or of all: "\n🕘 as of 12 min ago". Nothing where nobody has looked yet.
 */
void words_add_ages(const struct chat_question *question, struct buf *out);

/* Until when the account is muted, or those of all that are: "\n🔕 muted until 2026-01-29 15:00 UTC". Nothing where none is.
 */
void words_add_mutes(const struct chat_question *question, struct buf *out);

/* Of an account that lacks something nothing else is to be told: true, and it is said. */
bool words_not_configured(const struct chat_question *question, struct chat_answer *answer);

/* Those that need somebody come first: 0 is critical, WORDS_CALMEST fine. */
#define WORDS_CALMEST 3
int words_calm(enum level level);

/* The answer begins anew: a job may be run twice. */
struct buf *words_begin(struct chat_answer *answer);

/* How the account that is asked about stands, or all of them. */
void balance_answer(const struct chat_question *question, struct chat_answer *answer);

#endif
