/* board: how the doors stand, noted in the store for whoever looks from outside (door_states). What lasts for some seconds
 * is noted, at most every ten seconds. Private to the room.
 *
 *     static void look(void *context, struct board *board) { board_show(board, &state); }
 *     struct board *board = board_new(world, look, doors);
 */
#ifndef LOWTIDE_DOOR_BOARD_H
#define LOWTIDE_DOOR_BOARD_H

#include <stdbool.h>

#include "lowtide/door.h"
#include "lowtide/world.h"

enum way_standing { WAY_OPENING, WAY_OPEN, WAY_STOPPED };

struct way_state {
  enum way_standing standing;
  char why[DOOR_WHY_MAX]; /* it is not open; "" */
};

struct board;

/* world is copied. Calls nothing back from inside. */
struct board *board_new(const struct world *world, void (*look)(void *context, struct board *board), void *context);
/* From inside look. Both names outlive the board; open: what it is called while the door is open. */
void board_show(struct board *board, const char *name, const char *open, const struct way_state *state);
/* Looks no more, and takes down what it has noted. */
void board_shut(struct board *board);
bool board_is_busy(const struct board *board);
void board_free(struct board *board); /* not while it is busy, unless the writer has ended; NULL is fine */

#endif
