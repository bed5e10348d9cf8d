/* https://discord.com/developers/docs/interactions/overview (2026-08) */
#include <inttypes.h>
#include <string.h>

#include "door/signed_parts.h"
#include "lowtide/text.h"

#define PONG "{\"type\":1}"

static void say(void *context, const char *json, size_t length) {
  http_exchange_answer(context, 200, "application/json", json != NULL ? json : "", json != NULL ? length : 0);
}

static bool is_ping(const struct json *interaction) {
  return text_eq(json_number_text(json_member(interaction, "type")), "1");
}

/* True if it was here before. What has no id is none of the desk's either. */
static bool is_repeated(struct signed_door *door, const struct json *interaction) {
  const char *id = json_string(json_member(interaction, "id"));
  char key[SIGNED_KEY_MAX];
  if (id == NULL || !text_fmt(key, sizeof key, "discord:%s", id)) return false;
  return !signed_replay_is_new(door->replay, key, door->world.mono_ms(door->world.context));
}

static void take(struct signed_door *door, struct http_exchange *exchange, const struct json *interaction) {
  const struct discord_first first = {.say = say, .context = exchange};
  struct err err = {0};
  if (is_ping(interaction)) {
    http_exchange_answer(exchange, 200, "application/json", PONG, strlen(PONG));
  } else if (door->shut) {
    http_exchange_fail(exchange, 503, "Lowtide is stopping");
  } else if (is_repeated(door, interaction)) {
    http_exchange_answer(exchange, 200, NULL, "", 0);
  } else if (!discord_desk_take(door->desk, door->config, interaction, &first, &err)) {
    http_exchange_fail(exchange, 400, err.text);
  }
}

void signed_discord_serve(struct signed_door *door, struct http_exchange *exchange) {
  struct signed_text text = {.timestamp = http_exchange_header(exchange, "X-Signature-Timestamp"),
                             .signature = http_exchange_header(exchange, "X-Signature-Ed25519")};
  int64_t now_ms = door->world.wall_ms(door->world.context);
  text.body = http_exchange_body(exchange, &text.length);
  if (!signature_is_discord(&text, door->config->discord.public_key, now_ms)) {
    signed_refuse(door, exchange, "discord", signed_fault(&text, now_ms));
    return;
  }
  struct err err = {0};
  struct json *interaction = json_parse(text.body, text.length, &err);
  if (interaction == NULL) {
    http_exchange_fail(exchange, 400, err.text);
    return;
  }
  take(door, exchange, interaction);
  json_free(interaction);
}
