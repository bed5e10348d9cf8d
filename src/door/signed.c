#include "door/signed.h"

#include <stdlib.h>

#include "lowtide/text.h"

struct signed_text signed_text_of(const struct http_exchange *exchange, const char *timestamp, const char *signature) {
  struct signed_text text = {.timestamp = http_exchange_header(exchange, timestamp),
                             .signature = http_exchange_header(exchange, signature)};
  text.body = http_exchange_body(exchange, &text.length);
  return text;
}

static const char *fault_of(const struct signed_text *text, int64_t now_ms) {
  if (text->signature == NULL || text->timestamp == NULL) return "it has no signature";
  int64_t off_ms = now_ms - strtol(text->timestamp, NULL, 10) % INT64_C(1000000000000) * 1000;
  bool fresh = off_ms >= -SIGNATURE_WINDOW_MS && off_ms <= SIGNATURE_WINDOW_MS;
  return fresh ? "its signature is wrong" : "its timestamp is stale, or this machine's clock is wrong";
}

bool signed_refuse(struct http_door *door, struct http_exchange *exchange, const char *platform,
                   const struct signed_text *text) {
  const struct world *world = door->hall->world;
  char what[32];
  (void)text_fmt(what, sizeof what, "%s's door", platform);
  http_door_tell_refusal(door, what, fault_of(text, world->wall_ms(world->context)));
  http_exchange_fail(exchange, 401, "the signature is missing or wrong, or its timestamp is off by more than 5 minutes");
  return false;
}

bool signed_is_repeated(struct http_door *door, const char *platform, const char *id) {
  const struct world *world = door->hall->world;
  char key[SIGNED_KEY_MAX];
  bool fits = text_fmt(key, sizeof key, "%s:%s", platform, id);
  return fits && !signed_replay_is_new(door->replay, key, world->mono_ms(world->context));
}
