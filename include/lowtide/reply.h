/* reply: an answer to a question in a chat, as the platforms take it. Pure, and beside the notifiers, whose escaping and
 * limits it shares; the doors put it on its way. */
#ifndef LOWTIDE_REPLY_H
#define LOWTIDE_REPLY_H

#include <stdbool.h>

#include "lowtide/buf.h"
#include "lowtide/message.h"

#define REPLY_PARTS_MAX 8 /* what is longer than that many messages is cut, and says so */

struct reply_parts {
  struct buf part[REPLY_PARTS_MAX];
  int count;
};
void reply_parts_init(struct reply_parts *parts);
void reply_parts_done(struct reply_parts *parts);

/* Discord's message object, {"content":…,"components":…,"allowed_mentions":{"parse":[]},"flags":64}: nobody is ever
 * pinged. The buttons hang on the last part; components is there even if it is empty, so that an edit takes old ones away.
 */
bool reply_discord(const struct message *message, bool in_public, struct reply_parts *out, struct err *err) MUST_CHECK;

/* Slack's, {"response_type":"ephemeral","text":…,"blocks":[…]}. */
bool reply_slack(const struct message *message, bool in_public, struct reply_parts *out, struct err *err) MUST_CHECK;
/* A part of reply_slack's with a picture above its buttons: a file that was uploaded, and words for those who cannot see
 * it. */
bool reply_slack_picture(const char *part, const char *file_id, const char *words, struct buf *out,
                         struct err *err) MUST_CHECK;
/* The same with a sentence in small print. */
bool reply_slack_note(const char *part, const char *sentence, struct buf *out, struct err *err) MUST_CHECK;

#endif
