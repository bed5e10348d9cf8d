/* HTTP as a way in: where it listens, over reloads. */
#include "door/http_door.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

static bool is_wanted(const struct config *config) {
  return config->http.listen[0] != '\0';
}

static void tell_place(const struct http_door *door) {
  log_info("http", "listening on %s port=%u", http_server_where(door->server), http_server_port(door->server));
}

static void http_free(void *context) {
  struct http_door *door = context;
  http_server_free(door->server);
  slack_answers_free(door->slack);
  signed_replay_free(door->replay);
  mem_free(door);
}

static void *http_open(const struct hall *hall, struct err *err) {
  struct http_door *door = mem_new(1, sizeof *door);
  door->hall = hall;
  door->slack = slack_answers_new(hall->world, hall->answering, hall->config);
  door->replay = signed_replay_new();
  door->server = http_server_new(hall->loop, hall->config->http.listen, http_door_serve, door, err);
  if (door->server != NULL) {
    tell_place(door);
    return door;
  }
  http_free(door);
  return NULL;
}

/* Where it cannot listen as it should it stays: somebody may be calling there. */
static bool http_reload(void *context, struct config *config, struct err *err) {
  struct http_door *door = context;
  bool moves = !text_eq(http_server_where(door->server), config->http.listen);
  slack_answers_reload(door->slack, config);
  door->stuck = (struct err){0};
  if (http_server_move(door->server, config->http.listen, &door->stuck)) {
    if (moves) tell_place(door);
    return true;
  }
  (void)err_wrap(&door->stuck, "HTTP stays at %s", http_server_where(door->server));
  *err = door->stuck;
  return false;
}

static void http_state(const void *context, struct way_state *out) {
  const struct http_door *door = context;
  out->standing = WAY_OPEN;
  (void)text_copy(out->why, sizeof out->why, door->stuck.text);
}

static void http_shut(void *context) {
  struct http_door *door = context;
  door->shut = true;
  slack_answers_shut(door->slack);
  http_server_vacate(door->server);
}

static bool http_is_busy(const void *context) {
  const struct http_door *door = context;
  return http_server_is_busy(door->server) || slack_answers_are_busy(door->slack);
}

extern const struct way_in way_http;
const struct way_in way_http = {
    .name = "HTTP",
    .title = "HTTP",
    .open_word = "listening",
    .is_wanted = is_wanted,
    .open = http_open,
    .reload = http_reload,
    .state = http_state,
    .shut = http_shut,
    .is_busy = http_is_busy,
    .free = http_free,
};
