/* Discord's gateway as a way in. */
#include "discord_gateway.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "way_in.h"

struct gateway_way {
  const struct hall *hall;
  struct discord_gateway *gateway;
};

static bool is_wanted(const struct config *config) {
  return config->discord.commands == COMMANDS_SOCKET && config->discord.token != NULL;
}

static void take(void *context, const struct json *interaction) {
  const struct gateway_way *way = context;
  struct err err = {0};
  if (!discord_desk_take(way->hall->desk, way->hall->config, interaction, NULL, &err))
    log_debug("discord", "an interaction is passed over: %s", err.text);
}

static void *gateway_open(const struct hall *hall, struct err *err) {
  (void)err;
  struct gateway_way *way = mem_new(1, sizeof *way);
  way->hall = hall;
  way->gateway = discord_gateway_new(&(struct discord_gateway_setup){
      .world = hall->world, .websockets = hall->websockets, .config = hall->config, .interaction = take, .context = way});
  return way;
}

static bool gateway_fits(const void *context, const struct config *config) {
  const struct gateway_way *way = context;
  return discord_gateway_fits(way->gateway, config);
}

static bool gateway_reload(void *context, struct config *config, struct err *err) {
  (void)err;
  const struct gateway_way *way = context;
  discord_gateway_reload(way->gateway, config);
  return true;
}

static void gateway_look(void *context, const struct view *view) {
  const struct gateway_way *way = context;
  discord_gateway_look(way->gateway, view);
}

static void gateway_state(const void *context, struct way_state *out) {
  const struct gateway_way *way = context;
  discord_gateway_standing(way->gateway, out);
}

static void gateway_shut(void *context) {
  const struct gateway_way *way = context;
  discord_gateway_shut(way->gateway);
}

static bool gateway_is_busy(const void *context) {
  const struct gateway_way *way = context;
  return discord_gateway_is_busy(way->gateway);
}

static void gateway_free(void *context) {
  struct gateway_way *way = context;
  discord_gateway_free(way->gateway);
  mem_free(way);
}

extern const struct way_in way_discord_gateway;
const struct way_in way_discord_gateway = {
    .name = "discord's gateway",
    .title = "Discord",
    .open_word = "connected",
    .is_wanted = is_wanted,
    .open = gateway_open,
    .fits = gateway_fits,
    .reload = gateway_reload,
    .look = gateway_look,
    .state = gateway_state,
    .shut = gateway_shut,
    .is_busy = gateway_is_busy,
    .free = gateway_free,
};
