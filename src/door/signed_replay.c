#include "door/signed_replay.h"

#include "lowtide/mem.h"
#include "lowtide/text.h"

#define FIRST_ROOM 16

struct seen {
  int64_t seen_ms;
  char key[SIGNED_KEY_MAX];
};

/* A ring: the oldest at first. */
struct signed_replay {
  struct seen *seen;
  size_t room;
  size_t first;
  size_t count;
};

struct signed_replay *signed_replay_new(void) {
  return mem_new(1, sizeof(struct signed_replay));
}

void signed_replay_free(struct signed_replay *replay) {
  if (replay == NULL) return;
  mem_free(replay->seen);
  mem_free(replay);
}

static struct seen *at(const struct signed_replay *replay, size_t place) {
  size_t index = replay->first + place;
  return &replay->seen[index < replay->room ? index : index - replay->room];
}

static void drop_oldest(struct signed_replay *replay) {
  replay->first = replay->first + 1 < replay->room ? replay->first + 1 : 0;
  replay->count--;
}

static void grow(struct signed_replay *replay) {
  struct signed_replay larger = {.room = replay->room > 0 ? replay->room * 2 : FIRST_ROOM, .count = replay->count};
  larger.seen = mem_new(larger.room, sizeof larger.seen[0]);
  for (size_t i = 0; i < replay->count; i++)
    larger.seen[i] = *at(replay, i);
  mem_free(replay->seen);
  *replay = larger;
}

static void forget_old(struct signed_replay *replay, int64_t now_ms) {
  while (replay->count > 0 && now_ms - at(replay, 0)->seen_ms > SIGNED_REPLAY_MS)
    drop_oldest(replay);
}

bool signed_replay_is_new(struct signed_replay *replay, const char *key, int64_t now_ms) {
  forget_old(replay, now_ms);
  for (size_t i = 0; i < replay->count; i++) {
    if (text_eq(at(replay, i)->key, key)) return false;
  }
  if (replay->count == SIGNED_REPLAY_MAX) drop_oldest(replay);
  if (replay->count == replay->room) grow(replay);
  struct seen *seen = at(replay, replay->count++);
  seen->seen_ms = now_ms;
  (void)text_copy(seen->key, sizeof seen->key, key);
  return true;
}

size_t signed_replay_count(const struct signed_replay *replay) {
  return replay->count;
}
