/* Signed HTTP as a way in, for both platforms. */
#include "lowtide/mem.h"
#include "signed.h"
#include "way_in.h"

struct signed_way {
  struct signed_door *door;
  struct slack_answers *slack;
  const struct discord_desk *desk;
};

static bool is_wanted(const struct config *config) {
  bool asked = config->discord.commands == COMMANDS_HTTP || config->slack.commands == COMMANDS_HTTP;
  return asked && config->http.listen[0] != '\0';
}

static void free_way(void *context) {
  struct signed_way *way = context;
  signed_door_free(way->door);
  slack_answers_free(way->slack);
  mem_free(way);
}

static void *open_way(const struct hall *hall, struct err *err) {
  struct signed_way *way = mem_new(1, sizeof *way);
  way->desk = hall->desk;
  way->slack = slack_answers_new(hall->world, hall->answering, hall->config);
  const struct signed_door_setup setup = {
      .loop = hall->loop, .world = hall->world, .config = hall->config, .desk = hall->desk, .slack = way->slack};
  way->door = signed_door_open(&setup, err);
  if (way->door != NULL) return way;
  free_way(way);
  return NULL;
}

static bool fits(const void *context, const struct config *config) {
  const struct signed_way *way = context;
  return signed_door_fits(way->door, config);
}

static void reload(void *context, struct config *config) {
  struct signed_way *way = context;
  slack_answers_reload(way->slack, config);
  signed_door_reload(way->door, config);
}

static void state(const void *context, struct way_state *out) {
  (void)context;
  out->standing = WAY_OPEN;
}

/* Whoever asks on Slack is told why. */
static void shut(void *context) {
  struct signed_way *way = context;
  signed_door_shut(way->door);
  slack_answers_shut(way->slack);
}

static void vacate(void *context) {
  const struct signed_way *way = context;
  signed_door_vacate(way->door);
}

static bool is_busy(const void *context) {
  const struct signed_way *way = context;
  return slack_answers_are_busy(way->slack) || discord_desk_is_busy(way->desk);
}

extern const struct way_in way_signed_http;
const struct way_in way_signed_http = {
    .name = "signed HTTP",
    .title = "Signed HTTP",
    .open_word = "listening",
    .is_wanted = is_wanted,
    .open = open_way,
    .fits = fits,
    .reload = reload,
    .state = state,
    .shut = shut,
    .vacate = vacate,
    .is_busy = is_busy,
    .free = free_way,
};
