/* Slack's Socket Mode as a way in. */
#include "slack_socket.h"
#include "way_in.h"

static bool is_wanted(const struct config *config) {
  return config->slack.commands == COMMANDS_SOCKET && config->slack.app_token != NULL;
}

static void *socket_open(const struct hall *hall, struct err *err) {
  (void)err;
  return slack_door_open(&(struct slack_door_setup){
      .world = hall->world, .websockets = hall->websockets, .answering = hall->answering, .config = hall->config});
}

static bool socket_fits(const void *door, const struct config *config) {
  return slack_door_fits(door, config);
}

static bool socket_reload(void *door, struct config *config, struct err *err) {
  (void)err;
  slack_door_reload(door, config);
  return true;
}

static void socket_state(const void *door, struct way_state *out) {
  slack_door_standing(door, out);
}

static void socket_shut(void *door) {
  slack_door_shut(door);
}

static bool socket_is_busy(const void *door) {
  return slack_door_is_busy(door);
}

static void socket_free(void *door) {
  slack_door_free(door);
}

extern const struct way_in way_slack_socket;
const struct way_in way_slack_socket = {
    .name = "Slack's Socket Mode",
    .title = "Slack",
    .open_word = "connected",
    .is_wanted = is_wanted,
    .open = socket_open,
    .fits = socket_fits,
    .reload = socket_reload,
    .state = socket_state,
    .shut = socket_shut,
    .is_busy = socket_is_busy,
    .free = socket_free,
};
