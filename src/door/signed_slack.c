/* https://docs.slack.dev/authentication/verifying-requests-from-slack (2026-08) */
#include <string.h>

#include "door/signed_parts.h"
#include "lowtide/text.h"

bool signed_slack_is_probe(const struct http_exchange *exchange) {
  static const char field[] = "ssl_check=1";
  size_t length;
  if (text_eq(http_exchange_query(exchange, "ssl_check"), "1")) return true;
  const char *body = http_exchange_body(exchange, &length);
  const char *found = strstr(body, field);
  if (found == NULL || (found != body && found[-1] != '&')) return false;
  char after = found[sizeof field - 1];
  return after == '\0' || after == '&';
}

static bool acknowledge(void *context, const char *message) {
  http_exchange_answer(context, 200, *message != '\0' ? "application/json" : NULL, message, strlen(message));
  return true;
}

/* A signature belongs to one body and one second, and Slack sends nothing twice. */
static bool is_repeated(struct signed_door *door, const char *signature) {
  char key[SIGNED_KEY_MAX];
  (void)text_fmt(key, sizeof key, "slack:%s", signature);
  return !signed_replay_is_new(door->replay, key, door->world.mono_ms(door->world.context));
}

static void take(struct signed_door *door, struct http_exchange *exchange, const struct signed_text *text) {
  const struct slack_ack ack = {.acknowledge = acknowledge, .takes_message = true, .context = exchange};
  struct err err = {0};
  if (!slack_answers_take_form(door->slack, text->body, text->length, &ack, &err)) {
    http_exchange_fail(exchange, 400, err.text);
  }
}

void signed_slack_serve(struct signed_door *door, struct http_exchange *exchange) {
  struct signed_text text = {.timestamp = http_exchange_header(exchange, "X-Slack-Request-Timestamp"),
                             .signature = http_exchange_header(exchange, "X-Slack-Signature")};
  const char *secret = secret_expose(door->config->slack.signing_secret);
  const struct digest_key key = {.bytes = secret, .length = strlen(secret)};
  int64_t now_ms = door->world.wall_ms(door->world.context);
  text.body = http_exchange_body(exchange, &text.length);
  if (!signature_is_slack(&text, &key, now_ms)) {
    signed_refuse(door, exchange, "slack", signed_fault(&text, now_ms));
  } else if (is_repeated(door, text.signature)) {
    http_exchange_answer(exchange, 200, NULL, "", 0);
  } else {
    take(door, exchange, &text);
  }
}
