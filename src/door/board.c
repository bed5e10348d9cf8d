#include "board.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lowtide/json.h"
#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

#define MEMO "doors"
#define FIRST_LOOK_MS 1000
#define LOOK_MS 3000       /* what is the same at two looks lasts */
#define CALM_LOOK_MS 30000 /* all stands still, and is noted: the daemon wakes as often by itself */
#define NOTE_EVERY_MS 10000
#define RETELL_EVERY_MS 60000 /* the same, for another reason */

struct notice {
  const char *name;
  const char *word;
  struct way_state state;
  int64_t since_ms; /* wall clock */
  bool was_open;
  enum way_standing next; /* what it has become, if that lasts */
  int64_t next_ms;        /* since when; 0: nothing else */
  bool seen;
};

struct board {
  struct world world;
  void (*look)(void *context, struct board *board);
  void *context;
  void *alarm;
  struct notice notices[DOORS_MAX];
  size_t count;
  struct buf noted; /* not touched while it is being written */
  bool noting;
  bool news;        /* another state, not only another reason */
  bool written;     /* once at least */
  int64_t noted_ms; /* monotonic */
  bool shut;
};

/* --- noting -------------------------------------------------------------------------------------------------------- */

static void write_notices(const struct board *board, struct buf *out) {
  buf_addf(out, "{\"pid\":%d,\"doors\":[", (int)getpid());
  for (size_t i = 0; i < board->count; i++) {
    const struct notice *notice = &board->notices[i];
    buf_add(out, i > 0 ? ",{\"name\":" : "{\"name\":");
    buf_add_json(out, notice->name);
    buf_add(out, ",\"state\":");
    buf_add_json(out, notice->word);
    buf_addf(out, ",\"since_ms\":%" PRId64 ",\"why\":", notice->since_ms);
    buf_add_json(out, notice->state.why);
    buf_add_char(out, '}');
  }
  buf_add(out, "]}");
}

static bool note_job(struct store *store, void *context, struct err *err) {
  const struct board *board = context;
  return store_memo_put(store, MEMO, buf_text(&board->noted), err);
}

static void noted(void *context, const struct err *err);

static void note(struct board *board, const struct buf *text) {
  buf_clear(&board->noted);
  if (text != NULL) buf_add(&board->noted, buf_text(text));
  board->noting = true;
  board->written = text != NULL;
  board->news = false;
  board->noted_ms = board->world.mono_ms(board->world.context);
  board->world.commit(board->world.context, note_job, noted, board);
}

/* What could not be noted is another text than that of the next look. */
static void noted(void *context, const struct err *err) {
  struct board *board = context;
  board->noting = false;
  if (err->code != ERR_NONE) {
    log_debug("door", "how the doors stand is not noted: %s", err->text);
    buf_clear(&board->noted);
  }
  if (board->shut && board->written) note(board, NULL);
}

static void note_if_due(struct board *board) {
  int64_t past_ms = board->world.mono_ms(board->world.context) - board->noted_ms;
  bool due = !board->written || past_ms >= (board->news ? NOTE_EVERY_MS : RETELL_EVERY_MS);
  struct buf text;
  if (board->noting || !due) return;
  buf_init(&text, STORE_MEMO_MAX - 1);
  write_notices(board, &text);
  bool same = text_eq(buf_text(&text), buf_text(&board->noted));
  if (same) board->news = false;
  if (buf_ok(&text) && !same) note(board, &text);
  buf_done(&text);
}

/* --- looking ------------------------------------------------------------------------------------------------------- */

static void adopt(struct board *board, struct notice *notice, const char *open, const struct way_state *state,
                  int64_t since_ms) {
  notice->state = *state;
  notice->since_ms = since_ms;
  notice->next_ms = 0;
  switch (state->standing) {
  case WAY_OPENING: notice->word = notice->was_open ? "reconnecting" : "connecting"; break;
  case WAY_OPEN: notice->word = open; break;
  case WAY_STOPPED: notice->word = "stopped"; break;
  }
  if (state->standing == WAY_OPEN) notice->was_open = true;
  board->news = true;
}

static struct notice *find(struct board *board, const char *name) {
  for (size_t i = 0; i < board->count; i++) {
    if (text_eq(board->notices[i].name, name)) return &board->notices[i];
  }
  return NULL;
}

void board_show(struct board *board, const char *name, const char *open, const struct way_state *state) {
  int64_t now_ms = board->world.wall_ms(board->world.context);
  struct notice *notice = find(board, name);
  struct way_state shown = {.standing = state->standing};
  text_clean(shown.why, sizeof shown.why, state->why);
  (void)secret_blot(shown.why);
  if (notice == NULL && board->count == DOORS_MAX) return;
  if (notice == NULL) {
    notice = &board->notices[board->count++];
    *notice = (struct notice){.name = name};
    adopt(board, notice, open, &shown, now_ms);
  } else if (notice->state.standing == shown.standing) {
    notice->state = shown;
    notice->next_ms = 0;
  } else if (notice->next_ms != 0 && notice->next == shown.standing) {
    adopt(board, notice, open, &shown, notice->next_ms);
  } else {
    notice->next = shown.standing;
    notice->next_ms = now_ms;
  }
  notice->seen = true;
}

static void forget_unseen(struct board *board) {
  size_t kept = 0;
  for (size_t i = 0; i < board->count; i++) {
    if (board->notices[i].seen) board->notices[kept++] = board->notices[i];
  }
  if (kept < board->count) board->news = true;
  board->count = kept;
}

static bool is_calm(const struct board *board) {
  bool calm = !board->noting && !board->news;
  for (size_t i = 0; i < board->count; i++)
    calm = calm && board->notices[i].state.standing != WAY_OPENING && board->notices[i].next_ms == 0;
  return calm;
}

static void look(void *context) {
  struct board *board = context;
  for (size_t i = 0; i < board->count; i++)
    board->notices[i].seen = false;
  board->look(board->context, board);
  forget_unseen(board);
  note_if_due(board);
  board->world.alarm_set(board->alarm, is_calm(board) ? CALM_LOOK_MS : LOOK_MS);
}

/* --- its life ------------------------------------------------------------------------------------------------------ */

struct board *board_new(const struct world *world, void (*look_at)(void *context, struct board *board), void *context) {
  struct board *board = mem_new(1, sizeof *board);
  board->world = *world;
  board->look = look_at;
  board->context = context;
  buf_init(&board->noted, STORE_MEMO_MAX - 1);
  board->alarm = board->world.alarm_new(board->world.context, look, board);
  board->world.alarm_set(board->alarm, FIRST_LOOK_MS);
  return board;
}

void board_shut(struct board *board) {
  if (board->shut) return;
  board->shut = true;
  board->world.alarm_stop(board->alarm);
  if (board->written && !board->noting) note(board, NULL);
}

bool board_is_busy(const struct board *board) {
  return board->noting;
}

void board_free(struct board *board) {
  if (board == NULL) return;
  board->world.alarm_free(board->alarm);
  buf_done(&board->noted);
  mem_free(board);
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

static bool read_one(const struct json *door, struct door_state *out) {
  const char *name = json_string(json_member(door, "name"));
  const char *state = json_string(json_member(door, "state"));
  const char *why = json_string(json_member(door, "why"));
  *out = (struct door_state){0};
  if (name == NULL || state == NULL || !json_whole(json_member(door, "since_ms"), &out->since_ms)) return false;
  if (why != NULL) (void)text_copy(out->why, sizeof out->why, why);
  return text_copy(out->name, sizeof out->name, name) && text_copy(out->state, sizeof out->state, state);
}

bool door_states(struct store *store, int pid, struct door_state out[static DOORS_MAX], size_t *count, struct err *err) {
  char memo[STORE_MEMO_MAX];
  char mine[24];
  struct err ignored = {0};
  if (!store_memo(store, MEMO, memo, err)) return false;
  struct json *root = json_parse(memo, strlen(memo), &ignored);
  *count = 0;
  (void)text_fmt(mine, sizeof mine, "%d", pid);
  bool theirs = pid != 0 && text_eq(json_number_text(json_member(root, "pid")), mine);
  const struct json *door = theirs ? json_first(json_member(root, "doors")) : NULL;
  for (; door != NULL && *count < DOORS_MAX; door = json_next(door)) {
    if (read_one(door, &out[*count])) (*count)++;
  }
  json_free(root);
  return true;
}
