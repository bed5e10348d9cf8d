/* https://docs.slack.dev/authentication/verifying-requests-from-slack (2026-08) */
#include <string.h>

#include "door/signed.h"
#include "lowtide/text.h"

#define SIGNATURE "X-Slack-Signature"

static bool is_expected(const struct config *config) {
  return config->slack.commands == COMMANDS_HTTP;
}

/* Slack looks whether the address has a right certificate: by GET or POST, and not always signed. */
static bool is_probe(const struct http_exchange *exchange) {
  static const char field[] = "ssl_check=1";
  size_t length;
  if (text_eq(http_exchange_query(exchange, "ssl_check"), "1")) return true;
  const char *body = http_exchange_body(exchange, &length);
  const char *found = strstr(body, field);
  if (found == NULL || (found != body && found[-1] != '&')) return false;
  char after = found[sizeof field - 1];
  return after == '\0' || after == '&';
}

static bool is_let_in(struct http_door *door, struct http_exchange *exchange) {
  const struct world *world = door->hall->world;
  const char *secret = secret_expose(door->hall->config->slack.signing_secret);
  const struct digest_key key = {.bytes = secret, .length = strlen(secret)};
  const struct signed_text text = signed_text_of(exchange, "X-Slack-Request-Timestamp", SIGNATURE);
  return signature_is_slack(&text, &key, world->wall_ms(world->context)) || signed_refuse(door, exchange, "slack", &text);
}

const struct http_caller http_from_slack = {.is_expected = is_expected, .is_probe = is_probe, .is_let_in = is_let_in};

static bool acknowledge(void *context, const char *message) {
  http_exchange_answer(context, 200, *message != '\0' ? "application/json" : NULL, message, strlen(message));
  return true;
}

/* A signature belongs to one body and one second, and Slack sends nothing twice. */
static void take(struct http_door *door, struct http_exchange *exchange) {
  const struct slack_ack ack = {.acknowledge = acknowledge, .takes_message = true, .context = exchange};
  size_t length;
  const char *body = http_exchange_body(exchange, &length);
  struct err err = {0};
  if (signed_is_repeated(door, "slack", http_exchange_header(exchange, SIGNATURE))) {
    http_exchange_answer(exchange, 200, NULL, "", 0);
  } else if (!slack_answers_take_form(door->slack, body, length, &ack, &err)) {
    http_exchange_fail(exchange, 400, err.text);
  }
}

void http_serve_slack_commands(struct http_door *door, struct http_exchange *exchange) {
  take(door, exchange);
}

void http_serve_slack_interactivity(struct http_door *door, struct http_exchange *exchange) {
  take(door, exchange);
}
