#include "lowtide/deliver.h"

#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "sender.h"

bool deliver_is_disabled(const struct channel *channel, const struct channel_state *state) {
  char mark[NOTIFIER_MARK_MAX];
  if (state->disabled_ms == 0) return false;
  notifier_mark(channel, mark);
  return text_eq(mark, state->disabled_mark);
}

struct deliver *deliver_new(const struct world *world, struct config *config, const struct deliver *before,
                            bool print_local) {
  struct deliver *deliver = mem_new(1, sizeof *deliver + config->channel_count * sizeof deliver->senders[0]);
  deliver->world = *world;
  deliver->print_local = print_local;
  deliver->config = config_keep(config);
  deliver->pace = pace_new(config->channels, config->channel_count, before != NULL ? before->pace : NULL);
  for (size_t i = 0; i < config->channel_count; i++) {
    if (config->channels[i].missing == NULL) sender_init(&deliver->senders[deliver->count++], deliver, i);
  }
  return deliver;
}

void deliver_wake(struct deliver *deliver) {
  for (size_t i = 0; i < deliver->count; i++)
    sender_look(&deliver->senders[i]);
}

bool deliver_is_busy(const struct deliver *deliver) {
  for (size_t i = 0; i < deliver->count; i++) {
    if (deliver->senders[i].busy || deliver->senders[i].logging) return true;
  }
  return false;
}

void deliver_stop(struct deliver *deliver) {
  deliver->stopped = true;
  for (size_t i = 0; i < deliver->count; i++)
    sender_stop(&deliver->senders[i]);
}

void deliver_give_up(struct deliver *deliver) {
  deliver->stopped = true;
  for (size_t i = 0; i < deliver->count; i++)
    sender_give_up(&deliver->senders[i]);
}

void deliver_free(struct deliver *deliver) {
  if (deliver == NULL) return;
  for (size_t i = 0; i < deliver->count; i++)
    sender_done(&deliver->senders[i]);
  pace_free(deliver->pace);
  config_release(deliver->config);
  mem_free(deliver);
}
