/* slack: what a message looks like there, whether a webhook or a bot talks. */
#ifndef LOWTIDE_NOTIFIER_SLACK_H
#define LOWTIDE_NOTIFIER_SLACK_H

#include "notifier/post.h"
#include "notifier/split.h"

/* How every payload ends: links are not unfolded. */
#define SLACK_PAYLOAD_END ",\"unfurl_links\":false,\"unfurl_media\":false}"

extern const struct dialect slack_mrkdwn; /* a piece fits a section */

/* A section block with a piece of slack_mrkdwn's. */
void slack_add_section(struct buf *out, const char *piece);

/* How the block of the buttons begins; nothing in a text can look so, its quotes being escaped. */
#define SLACK_ACTIONS "{\"type\":\"actions\",\"elements\":["
/* The block of the message's buttons and its select, whose words come back as value and as selected_option's value; false,
 * and nothing added, if it has none. */
bool slack_add_buttons(struct buf *out, const struct message *message);

/* Payloads {"text","blocks",…}, each within Slack's limits. */
bool slack_render(const struct message *message, const struct channel *channel, struct parts *out, struct err *err);
bool slack_mark_repeat(const char *payload, struct buf *out, struct err *err);

extern const struct notifier_platform slack_platform;
/* https://docs.slack.dev/apis/web-api/rate-limits/: one message a second in a channel. */
#define SLACK_LIMIT                                                                                                        \
  { .count = 1, .per_ms = 1000 }

#endif
