#include "lowtide/door.h"

#include "board.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "own_world.h"
#include "way_in.h"

/* A new way in is its file and its line here. */
#define WAYS_IN(X)                                                                                                         \
  X(discord_gateway)                                                                                                       \
  X(slack_socket)                                                                                                          \
  X(http)

#define DECLARE(name) extern const struct way_in way_##name;
#define ADDRESS(name) &way_##name,

WAYS_IN(DECLARE)

static const struct way_in *const ways_in[] = {WAYS_IN(ADDRESS) NULL};

/* One that is shut, until nothing of it is busy. */
struct leaving {
  struct leaving *next;
  const struct way_in *kind;
  void *way;
};

struct doors {
  struct doors_setup setup;
  struct hall hall; /* answering NULL: no door was ever wanted */
  struct own_world *own;
  struct board *board;
  void *open[sizeof ways_in / sizeof ways_in[0]]; /* as in ways_in; NULL: shut */
  struct leaving *leaving;
  bool shut;
};

/* --- what all ways share --------------------------------------------------------------------------------------------- */

static void show_ways(void *context, struct board *board) {
  const struct doors *doors = context;
  for (size_t i = 0; ways_in[i] != NULL; i++) {
    struct way_state state = {.standing = WAY_STOPPED, .why = "it cannot be opened; the log says why"};
    if (doors->open[i] != NULL) {
      state = (struct way_state){0};
      ways_in[i]->state(doors->open[i], &state);
    }
    if (doors->open[i] != NULL || ways_in[i]->is_wanted(doors->hall.config))
      board_show(board, ways_in[i]->title, ways_in[i]->open_word, &state);
  }
}

static bool build_hall(struct doors *doors, struct err *err) {
  struct hall *hall = &doors->hall;
  if (hall->answering != NULL) return true;
  if (doors->own == NULL) doors->own = own_world_new(doors->setup.loop, doors->setup.world, err);
  if (doors->own == NULL) return false;
  hall->websockets = websockets_new(doors->setup.loop, err);
  if (hall->websockets == NULL) return false;
  hall->loop = doors->setup.loop;
  hall->world = own_world(doors->own);
  hall->daemon = doors->setup.daemon;
  hall->answering = answering_new(hall->world, hall->daemon, chat_commands);
  hall->desk = discord_desk_new(hall->world, hall->answering);
  doors->board = board_new(hall->world, show_ways, doors);
  return true;
}

/* --- open, stay, leave ------------------------------------------------------------------------------------------------ */

static void free_those_who_left(struct doors *doors, bool all) {
  for (struct leaving **link = &doors->leaving; *link != NULL;) {
    struct leaving *leaving = *link;
    if (!all && leaving->kind->is_busy(leaving->way)) {
      link = &leaving->next;
      continue;
    }
    *link = leaving->next;
    leaving->kind->free(leaving->way);
    mem_free(leaving);
  }
}

static void leave(struct doors *doors, size_t index) {
  struct leaving *leaving = mem_new(1, sizeof *leaving);
  *leaving = (struct leaving){.next = doors->leaving, .kind = ways_in[index], .way = doors->open[index]};
  doors->leaving = leaving;
  doors->open[index] = NULL;
  leaving->kind->shut(leaving->way);
}

static bool open_way(struct doors *doors, size_t index, struct err *err) {
  if (!build_hall(doors, err)) return false;
  doors->open[index] = ways_in[index]->open(&doors->hall, err);
  if (doors->open[index] == NULL) return false;
  log_debug("door", "%s is open", ways_in[index]->name);
  return true;
}

static bool fit(struct doors *doors, size_t index, struct err *err) {
  const struct way_in *kind = ways_in[index];
  struct config *config = doors->hall.config;
  void *way = doors->open[index];
  bool wanted = kind->is_wanted(config);
  bool stays = wanted && way != NULL && (kind->fits == NULL || kind->fits(way, config));
  if (stays) return kind->reload(way, config, err);
  if (way != NULL) leave(doors, index);
  return !wanted || open_way(doors, index, err);
}

/* The others are tried even if one cannot be opened. */
static bool fit_all(struct doors *doors, struct err *err) {
  bool fine = true;
  for (size_t i = 0; ways_in[i] != NULL; i++) {
    struct err fault = {0};
    if (fit(doors, i, &fault)) continue;
    if (fine) *err = fault;
    fine = false;
  }
  free_those_who_left(doors, false);
  return fine;
}

bool doors_reload(struct doors *doors, struct config *config, struct err *err) {
  config_release(doors->hall.config);
  doors->hall.config = config_keep(config);
  return doors->shut || fit_all(doors, err);
}

struct doors *doors_new(const struct doors_setup *setup) {
  struct doors *doors = mem_new(1, sizeof *doors);
  doors->setup = *setup;
  doors->hall.config = config_keep(setup->config);
  return doors;
}

bool doors_open(struct doors *doors, struct err *err) {
  return fit_all(doors, err);
}

void doors_look(struct doors *doors) {
  const struct view *view = daemon_view(doors->setup.daemon);
  for (size_t i = 0; ways_in[i] != NULL; i++) {
    if (doors->open[i] != NULL && ways_in[i]->look != NULL) ways_in[i]->look(doors->open[i], view);
  }
  free_those_who_left(doors, false);
}

void doors_shut(struct doors *doors) {
  doors->shut = true;
  if (doors->board != NULL) board_shut(doors->board);
  for (size_t i = 0; ways_in[i] != NULL; i++) {
    if (doors->open[i] != NULL) leave(doors, i);
  }
}

bool doors_are_busy(const struct doors *doors) {
  const struct hall *hall = &doors->hall;
  for (const struct leaving *leaving = doors->leaving; leaving != NULL; leaving = leaving->next) {
    if (leaving->kind->is_busy(leaving->way)) return true;
  }
  return hall->answering != NULL &&
         (answering_is_busy(hall->answering) || discord_desk_is_busy(hall->desk) || board_is_busy(doors->board));
}

void doors_give_up(struct doors *doors) {
  if (doors->hall.answering != NULL) answering_give_up(doors->hall.answering);
}

void doors_free(struct doors *doors) {
  if (doors == NULL) return;
  doors_shut(doors);
  free_those_who_left(doors, true);
  board_free(doors->board);
  answering_free(doors->hall.answering);
  discord_desk_free(doors->hall.desk);
  websockets_free(doors->hall.websockets);
  own_world_free(doors->own);
  config_release(doors->hall.config);
  mem_free(doors);
}
