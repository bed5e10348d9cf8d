#include <string.h>

#include "lowtide/text.h"
#include "notifier/slack.h"

#define NEW_WEBHOOK "make a new one and set SLACK_WEBHOOK_URL"

/* ---- requests ---- */

static bool slack_request(const struct sending *sending, struct ask *out, struct err *err) {
  return post_url(sending->channel, "", true, &out->http.url, err) &&
         post_json(sending->channel, sending->payload, &out->http, err);
}

/* ---- verdicts ---- */

/* Slack's own words count, whatever status they come with. */
static const struct {
  const char *word;
  const char *why;
} complaints[] = {
    {"invalid_payload", "Slack could not read the message (invalid_payload)"},
    {"no_text", "Slack could not read the message (no_text)"},
    {"too_many_attachments", "Slack could not read the message (too_many_attachments)"},
    {"user_not_found", "who is mentioned does not exist in Slack: correct the channel's mention"},
    {"channel_not_found", "the webhook's channel does not exist any more: " NEW_WEBHOOK},
    {"channel_is_archived", "the webhook's channel is archived: unarchive it, or " NEW_WEBHOOK},
    {"action_prohibited", "a rule of the Slack workspace forbids the post: ask its administrator"},
    {"posting_to_general_channel_denied", "the Slack workspace forbids posts to its general channel: use another"},
    {"invalid_token", "the webhook is not valid any more: " NEW_WEBHOOK},
    {"no_active_hooks", "the webhook is switched off: " NEW_WEBHOOK},
    {"no_service", "the webhook does not exist any more: " NEW_WEBHOOK},
    {"no_service_id", "the webhook's url is not whole: copy it again and set SLACK_WEBHOOK_URL"},
    {"no_team", "the Slack workspace does not exist any more: " NEW_WEBHOOK},
    {"team_disabled", "the Slack workspace is switched off: " NEW_WEBHOOK},
};

static const char *known_complaint(const char *body) {
  size_t length = strcspn(body, " \r\n\t");
  for (size_t i = 0; i < sizeof complaints / sizeof *complaints; i++) {
    if (strlen(complaints[i].word) == length && strncmp(body, complaints[i].word, length) == 0) return complaints[i].why;
  }
  return NULL;
}

/* What has NEW_WEBHOOK for its mend is void, and so is an address that is not there. */
static struct verdict verdict_of_4xx(const struct http_answer *http) {
  struct verdict verdict = {.kind = VERDICT_REFUSED};
  const char *why = known_complaint(http->body);
  bool lost = http->status == 404 || http->status == 410;
  bool forbidden = http->status == 401 || http->status == 403;
  if (why == NULL && lost) why = "the webhook does not exist any more: " NEW_WEBHOOK;
  if (why == NULL && forbidden) why = "Slack does not let this webhook post: " NEW_WEBHOOK;
  if (why != NULL) {
    verdict = verdict_refused(why);
  } else {
    text_fmt(verdict.why, sizeof verdict.why, "Slack refused the message (HTTP %d): check the webhook's url", http->status);
  }
  verdict.disabled = lost || text_ends(verdict.why, NEW_WEBHOOK);
  return verdict;
}

static struct verdict slack_verdict(const struct answer *answer) {
  const struct http_answer *http = &answer->http;
  struct verdict verdict;
  return post_verdict(http, "the webhook's url", &verdict) ? verdict : verdict_of_4xx(http);
}

static const struct setting slack_settings[] = {{.name = "url",
                                                 .type = SETTING_SECRET,
                                                 .required = true,
                                                 .about = "the webhook's address, https://hooks.slack.com/services/T/B/X"},
                                                {0}};

extern const struct notifier_plug slack_webhook_plug;
/* No probe: Slack documents no request to a webhook that says nothing. */
const struct notifier_plug slack_webhook_plug = {
    .name = "slack-webhook",
    .about = "a Slack channel, by an incoming webhook",
    .settings = slack_settings,
    .render = slack_render,
    .request = slack_request,
    .verdict = slack_verdict,
    .platform = &slack_platform,
    .limit = SLACK_LIMIT,
    .mark_repeat = slack_mark_repeat,
};
