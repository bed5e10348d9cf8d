/* Whether Slack would open Socket Mode, for `doctor`. */
#include "door/slack_link.h"
#include "lowtide/door.h"
#include "lowtide/text.h"

static bool is_wanted(const struct config *config) {
  return config->slack.commands == COMMANDS_SOCKET && config->slack.app_token != NULL;
}

static bool probe_request(const struct config *config, struct ask *out, struct err *err) {
  return slack_request_connection(&config->slack, out, err);
}

/* The address that Slack tells is a ticket, and goes no further. */
static bool probe_judge(const struct answer *answer, char said[static DOOR_SAID_MAX], struct err *err) {
  struct json *root = NULL;
  struct slack_said heard = slack_request_heard(answer, &root);
  const char *url = json_string(json_member(root, "url"));
  const char *mend = slack_link_mend(heard.word);
  bool opens = url != NULL && slack_request_may_open(url);
  json_free(root);
  if (heard.ok && opens) return text_copy(said, DOOR_SAID_MAX, "knows app_token");
  if (heard.ok) return err_set(err, ERR_MALFORMED, "Slack told no wss:// address to connect to");
  *err = heard.err;
  if (mend != NULL) return err_set(err, ERR_AUTH, "%s", mend);
  if (*heard.word == '\0' || heard.again) return false;
  return err_hint(err, "look whether Socket Mode is switched on in the Slack app's settings (api.slack.com/apps)");
}

extern const struct door_probe probe_slack_socket;
const struct door_probe probe_slack_socket = {
    .name = "Slack's Socket Mode", .is_wanted = is_wanted, .request = probe_request, .judge = probe_judge};
