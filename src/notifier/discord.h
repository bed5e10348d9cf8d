/* discord: what a message and an answer look like there, whether a webhook or a bot talks. */
#ifndef LOWTIDE_NOTIFIER_DISCORD_H
#define LOWTIDE_NOTIFIER_DISCORD_H

#include "notifier/post.h"
#include "notifier/split.h"

/* Discord's markdown, and the most that one message holds. */
extern const struct dialect discord_markdown;

/* Payloads {"content","allowed_mentions","flags"}, each within Discord's limit. */
extern const struct notifier_platform discord_platform;

bool discord_render(const struct message *message, const struct channel *channel, struct parts *out, struct err *err);

bool discord_mark_repeat(const char *payload, struct buf *out, struct err *err);

/* The message's buttons and its select as Discord's components, "[…]"; "[]" without any. What is pressed comes back as the
 * custom_id, what is chosen as a value: the words. */
void discord_add_components(const struct message *message, struct buf *out);

/* The User-Agent in the form that Discord asks for; it may block others. */
bool discord_agent(struct http_request *out, struct err *err) MUST_CHECK;

/* A snowflake: digits. */
bool discord_is_id(const char *text);

/* The payload as an edit takes it: without flags, which belong to a new message, and pinging nobody. */
bool discord_edited(const char *payload, struct buf *out, struct err *err) MUST_CHECK;

/* What Discord says in a body, cleaned; "" where it says nothing, as when Cloudflare answers. */
struct discord_complaint {
  char code[16];
  char message[80];
};

/* The verdict, with the message's id, the wait and the rate. False: it is a 4xx that the caller may know better; *verdict
 * is a refusal that says what Discord said. */
bool discord_verdict(const struct http_answer *answer, const char *where, struct discord_complaint *complaint,
                     struct verdict *verdict) MUST_CHECK;

#endif
