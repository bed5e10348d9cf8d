/* slack: what a message looks like there, whether a webhook or a bot talks. */
#ifndef LOWTIDE_NOTIFIER_SLACK_H
#define LOWTIDE_NOTIFIER_SLACK_H

#include "notifier/post.h"

/* How every payload ends: links are not unfolded. */
#define SLACK_PAYLOAD_END ",\"unfurl_links\":false,\"unfurl_media\":false}"

/* Payloads {"text","blocks",…}, each within Slack's limits. */
bool slack_render(const struct message *message, const struct channel *channel, struct parts *out, struct err *err);
bool slack_mark_repeat(const char *payload, struct buf *out, struct err *err);

extern const struct notifier_platform slack_platform;
/* https://docs.slack.dev/apis/web-api/rate-limits/: one message a second in a channel. */
#define SLACK_LIMIT                                                                                                        \
  { .count = 1, .per_ms = 1000 }

#endif
