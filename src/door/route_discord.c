/* https://discord.com/developers/docs/interactions/overview (2026-08) */
#include <string.h>

#include "door/signed.h"
#include "lowtide/text.h"

#define PONG "{\"type\":1}"

static bool is_expected(const struct config *config) {
  return config->discord.commands == COMMANDS_HTTP;
}

static bool is_let_in(struct http_door *door, struct http_exchange *exchange) {
  const struct world *world = door->hall->world;
  const char *key = door->hall->config->discord.public_key;
  const struct signed_text text = signed_text_of(exchange, "X-Signature-Timestamp", "X-Signature-Ed25519");
  return signature_is_discord(&text, key, world->wall_ms(world->context)) ||
         signed_refuse(door, exchange, "discord", &text);
}

const struct http_caller http_from_discord = {.is_expected = is_expected, .is_let_in = is_let_in};

static void say(void *context, const char *json, size_t length) {
  http_exchange_answer(context, 200, "application/json", json != NULL ? json : "", json != NULL ? length : 0);
}

static bool is_ping(const struct json *interaction) {
  return text_eq(json_number_text(json_member(interaction, "type")), "1");
}

/* What has no id is none of the desk's either. */
static bool is_repeated(struct http_door *door, const struct json *interaction) {
  const char *id = json_string(json_member(interaction, "id"));
  return id != NULL && signed_is_repeated(door, "discord", id);
}

static void take(struct http_door *door, struct http_exchange *exchange, const struct json *interaction) {
  const struct hall *hall = door->hall;
  const struct discord_first first = {.say = say, .context = exchange};
  struct err err = {0};
  if (is_ping(interaction)) {
    http_exchange_answer(exchange, 200, "application/json", PONG, strlen(PONG));
  } else if (door->shut) {
    http_exchange_fail(exchange, 503, "Lowtide is stopping");
  } else if (is_repeated(door, interaction)) {
    http_exchange_answer(exchange, 200, NULL, "", 0);
  } else if (!discord_desk_take(hall->desk, hall->config, interaction, &first, &err)) {
    http_exchange_fail(exchange, 400, err.text);
  }
}

void http_serve_discord_interactions(struct http_door *door, struct http_exchange *exchange) {
  size_t length;
  const char *body = http_exchange_body(exchange, &length);
  struct err err = {0};
  struct json *interaction = json_parse(body, length, &err);
  if (interaction == NULL) {
    http_exchange_fail(exchange, 400, err.text);
    return;
  }
  take(door, exchange, interaction);
  json_free(interaction);
}
