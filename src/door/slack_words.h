/* slack_words: a typed line in words, as people type on phones. Private to the room. */
#ifndef LOWTIDE_DOOR_SLACK_WORDS_H
#define LOWTIDE_DOOR_SLACK_WORDS_H

#include <stddef.h>

/* Splits in place, and answers how many words there are; what is beyond max is left out. Every kind of space parts them,
 * invisible characters go, quotes of every shape hold several together if they are closed, and Slack's markup becomes what
 * was seen: <@U1|peter> is @peter, &amp; is &. */
size_t slack_words_split(char *text, const char **words, size_t max);

#endif
