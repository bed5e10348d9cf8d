#include "door/signed.h"

#include <stdlib.h>
#include <string.h>

#include "door/signed_parts.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define REFUSALS_TOLD_MS 60000
#define SHOWN_HOST_MAX 80

/* --- refusals --------------------------------------------------------------------------------------------------------- */

static void tell_refusal(struct signed_door *door, const char *what, const char *why) {
  struct signed_refusals *refusals = &door->refusals;
  int64_t now_ms = door->world.mono_ms(door->world.context);
  refusals->untold++;
  if (refusals->told_ms != 0 && now_ms - refusals->told_ms < REFUSALS_TOLD_MS) return;
  log_info("http", "a request to %s was refused: %s refused=%u", what, why, refusals->untold);
  *refusals = (struct signed_refusals){.told_ms = now_ms > 0 ? now_ms : 1};
}

/* Whoever puts a proxy in front sees only that the platform is not content. */
static void tell_foreign_host(struct signed_door *door, const char *host) {
  char name[SHOWN_HOST_MAX];
  text_clean(name, sizeof name, host);
  tell_refusal(door, name, "if that is a name of this server, it belongs into hosts of [http]");
}

/* --- routes ----------------------------------------------------------------------------------------------------------- */

struct route {
  const char *path;
  const char *method;
  const char *allow; /* as the header has it */
  bool (*is_open)(const struct signed_door *door);
  void (*serve)(struct signed_door *door, struct http_exchange *exchange);
};

static bool is_always_open(const struct signed_door *door) {
  (void)door;
  return true;
}

static bool is_open_to_discord(const struct signed_door *door) {
  return door->config->discord.commands == COMMANDS_HTTP && door->desk != NULL;
}

static bool is_open_to_slack(const struct signed_door *door) {
  return door->config->slack.commands == COMMANDS_HTTP && door->slack != NULL;
}

static void serve_health(struct signed_door *door, struct http_exchange *exchange) {
  (void)door;
  http_exchange_add_header(exchange, "Cache-Control", "no-store");
  http_exchange_answer(exchange, 200, "text/plain", "ok\n", 3);
}

static const struct route routes[] = {
    {"/healthz", "GET", "GET, HEAD", is_always_open, serve_health},
    {"/discord/interactions", "POST", "POST", is_open_to_discord, signed_discord_serve},
    {"/slack/commands", "POST", "POST", is_open_to_slack, signed_slack_serve},
    {"/slack/interactivity", "POST", "POST", is_open_to_slack, signed_slack_serve},
};

static const struct route *route_of(const struct signed_door *door, const char *path) {
  for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
    if (text_eq(routes[i].path, path) && routes[i].is_open(door)) return &routes[i];
  }
  return NULL;
}

static bool is_method_of(const struct route *route, const char *method) {
  return text_eq(method, route->method) || (text_eq(method, "HEAD") && text_eq(route->method, "GET"));
}

static void serve(void *context, struct http_exchange *exchange) {
  struct signed_door *door = context;
  const struct route *route = route_of(door, http_exchange_path(exchange));
  const char *host = http_exchange_header(exchange, "Host");
  if (!signed_host_is_ours(&door->config->http, host)) {
    tell_foreign_host(door, host);
    http_exchange_fail(exchange, 403, "this Host is not answered; its name belongs into hosts of [http]");
  } else if (route == NULL) {
    http_exchange_fail(exchange, 404, "there is nothing here");
  } else if (route->serve == signed_slack_serve && signed_slack_is_probe(exchange)) {
    http_exchange_answer(exchange, 200, NULL, "", 0);
  } else if (!is_method_of(route, http_exchange_method(exchange))) {
    http_exchange_add_header(exchange, "Allow", route->allow);
    http_exchange_fail(exchange, 405, "this is asked in another way");
  } else {
    route->serve(door, exchange);
  }
}

/* For people, who want to know which it is; signature.h has refused it already. */
const char *signed_fault(const struct signed_text *text, int64_t now_ms) {
  if (text->signature == NULL || text->timestamp == NULL) return "it has no signature";
  int64_t off_ms = now_ms - strtol(text->timestamp, NULL, 10) % INT64_C(1000000000000) * 1000;
  bool fresh = off_ms >= -SIGNATURE_WINDOW_MS && off_ms <= SIGNATURE_WINDOW_MS;
  return fresh ? "its signature is wrong" : "its timestamp is stale, or this machine's clock is wrong";
}

void signed_refuse(struct signed_door *door, struct http_exchange *exchange, const char *platform, const char *why) {
  char what[32];
  (void)text_fmt(what, sizeof what, "%s's door", platform);
  tell_refusal(door, what, why);
  http_exchange_fail(exchange, 401, "the signature is missing or wrong, or its timestamp is off by more than 5 minutes");
}

/* --- opening and shutting --------------------------------------------------------------------------------------------- */

struct signed_door *signed_door_open(const struct signed_door_setup *setup, struct err *err) {
  struct signed_door *door = mem_new(1, sizeof *door);
  door->server = http_server_new(setup->loop, setup->config->http.listen, serve, door, err);
  if (door->server == NULL) {
    mem_free(door);
    return NULL;
  }
  door->world = *setup->world;
  door->config = config_keep(setup->config);
  door->desk = setup->desk;
  door->slack = setup->slack;
  door->replay = signed_replay_new();
  log_info("http", "listening on %s port=%u", setup->config->http.listen, http_server_port(door->server));
  return door;
}

bool signed_door_fits(const struct signed_door *door, const struct config *config) {
  return text_eq(door->config->http.listen, config->http.listen);
}

void signed_door_reload(struct signed_door *door, struct config *config) {
  struct config *old = door->config;
  door->config = config_keep(config);
  config_release(old);
}

uint16_t signed_door_port(const struct signed_door *door) {
  return http_server_port(door->server);
}

void signed_door_shut(struct signed_door *door) {
  door->shut = true;
}

void signed_door_vacate(struct signed_door *door) {
  http_server_vacate(door->server);
}

void signed_door_free(struct signed_door *door) {
  if (door == NULL) return;
  http_server_free(door->server);
  signed_replay_free(door->replay);
  config_release(door->config);
  mem_free(door);
}
