#include "undelivered.h"

#include <inttypes.h>
#include <string.h>

#include "judge.h"
#include "lowtide/deliver.h"
#include "lowtide/message.h"
#include "lowtide/notifier.h"
#include "lowtide/text.h"

#define FRONT "undelivered:"
#define LINES_MAX 20

static bool can_tell(struct store *store, const struct undelivered *undelivered, const struct channel *other, bool *can,
                     struct err *err) {
  struct channel_state state = {0};
  *can = false;
  if (other->missing != NULL || (other->sends & SENDS_ALERTS) == 0 || text_eq(other->name, undelivered->channel->name))
    return true;
  if (!store_channel_kept(store, other->name, &state, err)) return false;
  *can = !deliver_is_disabled(other, &state);
  return true;
}

/* Whoever reads the console sees the log anyway: it comes last. */
static bool find_other(struct store *store, struct undelivered *undelivered, struct err *err) {
  const struct config *config = undelivered->config;
  for (int local = 0; local <= 1; local++) {
    for (size_t i = 0; i < config->channel_count && undelivered->told == NULL; i++) {
      const struct channel *other = &config->channels[i];
      bool can = false;
      if (other->plug->local != (local == 1)) continue;
      if (!can_tell(store, undelivered, other, &can, err)) return false;
      if (can) undelivered->told = other;
    }
  }
  return true;
}

struct lines {
  struct buf *text;
  size_t count;
  bool critical;
};

static bool add_line(void *context, const struct told_alert *told) {
  struct lines *lines = context;
  if (lines->count++ < LINES_MAX) buf_addf(lines->text, "\n%s", told->line);
  lines->critical = lines->critical || strstr(told->alert, ":critical") != NULL;
  return true;
}

static bool compose(struct store *store, const struct undelivered *undelivered, struct message *message, struct err *err) {
  struct lines lines = {.text = &message->text};
  buf_add(&message->text, "Could not be told on ");
  message_add_foreign(&message->text, undelivered->channel->name);
  buf_add(&message->text, " (");
  message_add_foreign(&message->text, undelivered->why);
  buf_add(&message->text, "):");
  if (!store_alerts_of(store, undelivered->channel->name, undelivered->key, add_line, &lines, err)) return false;
  if (lines.count > LINES_MAX) buf_addf(&message->text, "\n… and %zu more", lines.count - LINES_MAX);
  if (lines.critical) message->mention = undelivered->told->mention;
  return true;
}

static void print_key(char *out, size_t size, const struct undelivered *undelivered) {
  const char *channel = undelivered->channel->name;
  const char *key = undelivered->key;
  if (text_fmt(out, size, FRONT "%s:%s", channel, key)) return;
  uint64_t hash = text_hash(channel, strlen(channel)) * 31U + text_hash(key, strlen(key));
  (void)text_fmt(out, size, FRONT "%016" PRIx64, hash);
}

bool undelivered_queue(struct store *store, struct undelivered *undelivered, struct err *err) {
  undelivered->told = NULL;
  if (text_starts(undelivered->key, FRONT)) return true;
  if (!find_other(store, undelivered, err)) return false;
  if (undelivered->told == NULL) return true;
  const struct turn turn = {.id = undelivered->turn_id, .started_ms = undelivered->now_ms};
  const struct dispatch dispatch = {.config = undelivered->config, .turn = &turn};
  struct message message;
  char key[sizeof undelivered->key];
  message_init(&message, MESSAGE_ALERT);
  message.time_ms = undelivered->now_ms;
  print_key(key, sizeof key, undelivered);
  bool ok =
      compose(store, undelivered, &message, err) && dispatch_queue(store, &dispatch, undelivered->told, &message, key, err);
  message_done(&message);
  return ok;
}
