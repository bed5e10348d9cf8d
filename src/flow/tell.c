/* What a channel is told of a round's alerts: one message for those that need attention, one for what is over, one for
 * top-ups, however many accounts they are of. */
#include <inttypes.h>

#include "judge.h"
#include "lowtide/mem.h"
#include "lowtide/notifier.h"
#include "lowtide/text.h"

#define NEWS_LINE_MAX 4096

struct sort {
  const char *name; /* of the message's key */
  enum message_kind kind;
  unsigned sends;
};

static const struct sort sorts[] = {
    {"alert", MESSAGE_ALERT, SENDS_ALERTS},
    {"recovery", MESSAGE_RECOVERY, SENDS_RECOVERIES},
    {"topup", MESSAGE_TOPUP, SENDS_TOPUPS},
};

static enum message_kind kind_of(const struct alert *alert) {
  if (alert->kind == ALERT_TOPUP) return MESSAGE_TOPUP;
  return alert->event == ALERT_OVER ? MESSAGE_RECOVERY : MESSAGE_ALERT;
}

/* Who was not told that it was low is not told that it is over. */
static enum level level_of_alert(const struct alert *alert) {
  if (alert->kind == ALERT_STALE) return LEVEL_UNKNOWN;
  return alert->rank == RANK_CRITICAL ? LEVEL_CRITICAL : LEVEL_WARNING;
}

/* A recovery says what there is now: that it was topped up need not be said as well. */
static bool is_said_by_recovery(const struct channel *channel, const struct judged *judged) {
  for (int i = 0; i < judged->alerts.count; i++) {
    const struct alert *alert = &judged->alerts.list[i];
    if (alert->event == ALERT_OVER && alert->kind == ALERT_LOW) return (channel->sends & SENDS_RECOVERIES) != 0;
  }
  return false;
}

static unsigned sends_of(const struct alert *alert) {
  size_t i = 0;
  while (sorts[i].kind != kind_of(alert))
    i++;
  return sorts[i].sends;
}

bool judge_is_for(const struct channel *channel, const struct judged *judged, const struct alert *alert) {
  if (channel->missing != NULL || (channel->sends & sends_of(alert)) == 0) return false;
  if (alert->fate != ALERT_TOLD || !channel_wants_account(channel, judged->standing->account->name)) return false;
  if (alert->kind == ALERT_TOPUP) return !is_said_by_recovery(channel, judged);
  return level_of_alert(alert) >= channel->min_level;
}

struct telling {
  struct store *store;
  const struct dispatch *dispatch;
  const struct channel *channel;
  const struct sort *sort;
  char key[48];
  struct news *news;
  size_t count;
};

/* The line is kept with what is told. *fresh: the channel was not told of it yet. */
static bool keep_told(const struct telling *telling, const struct news *news, bool *fresh, struct err *err) {
  struct buf line;
  char key[ALERT_KEY_MAX];
  buf_init(&line, NEWS_LINE_MAX);
  alert_key(key, news->alert, news->standing->account->name);
  compose_alert(news, telling->dispatch->turn->started_ms, &line);
  const struct told_alert told = {
      .channel = telling->channel->name,
      .alert = key,
      .account = news->standing->account->name,
      .message = telling->key,
      .told_ms = telling->dispatch->turn->started_ms,
      .line = buf_text(&line),
  };
  bool ok = store_alert_told(telling->store, &told, fresh, err);
  buf_done(&line);
  return ok;
}

static bool take_news(struct telling *telling, const struct judged *judged, const struct alert *alert, struct err *err) {
  const struct news news = {.standing = judged->standing, .alert = alert};
  bool fresh = false;
  if (kind_of(alert) != telling->sort->kind || !judge_is_for(telling->channel, judged, alert)) return true;
  if (!keep_told(telling, &news, &fresh, err)) return false;
  if (!fresh) return true;
  telling->news = mem_grow(telling->news, telling->count + 1, sizeof *telling->news);
  telling->news[telling->count++] = news;
  return true;
}

static bool collect(struct telling *telling, struct err *err) {
  for (size_t i = 0; i < telling->dispatch->count; i++) {
    const struct judged *judged = &telling->dispatch->judged[i];
    for (int k = 0; k < judged->alerts.count; k++) {
      if (!take_news(telling, judged, &judged->alerts.list[k], err)) return false;
    }
  }
  return true;
}

static bool is_critical(const struct telling *telling) {
  for (size_t i = 0; i < telling->count; i++) {
    if (telling->news[i].alert->rank == RANK_CRITICAL) return true;
  }
  return false;
}

/* Of several accounts one is chosen, of one there is something to do. */
static void add_buttons(const struct telling *telling, struct message *message) {
  const struct news *news = telling->news;
  bool needs = telling->sort->kind == MESSAGE_ALERT;
  size_t accounts = 1;
  if (telling->channel->plug->answers == NULL || !telling->channel->plug->answers(telling->dispatch->config)) return;
  for (size_t i = 1; i < telling->count; i++)
    accounts += news[i].standing != news[i - 1].standing ? 1 : 0;
  if (accounts == 1) {
    compose_buttons(news[0].standing->account, BUTTON_REFRESH | BUTTON_HISTORY | (needs ? BUTTON_MUTE : 0U), message);
    return;
  }
  for (size_t i = 0; i < telling->count; i++) {
    if (i == 0 || news[i].standing != news[i - 1].standing) compose_choice(news[i].standing->account, message);
  }
}

static bool queue_news(const struct telling *telling, struct err *err) {
  struct message message;
  message_init(&message, telling->sort->kind);
  if (telling->sort->kind == MESSAGE_ALERT && is_critical(telling)) message.mention = telling->channel->mention;
  message.time_ms = telling->dispatch->turn->started_ms;
  for (size_t i = 0; i < telling->count; i++) {
    const struct standing *standing = telling->news[i].standing;
    if (i == 0 || standing != telling->news[i - 1].standing)
      dispatch_tell_account(telling->dispatch, telling->channel, standing, &message);
  }
  add_buttons(telling, &message);
  compose_news(telling->news, telling->count, telling->dispatch->turn->started_ms, &message.text);
  bool ok = dispatch_queue(telling->store, telling->dispatch, telling->channel, &message, telling->key, err);
  message_done(&message);
  return ok;
}

bool dispatch_alerts(struct store *store, const struct dispatch *dispatch, const struct channel *channel, struct err *err) {
  bool ok = true;
  for (size_t i = 0; ok && i < sizeof sorts / sizeof sorts[0]; i++) {
    if ((channel->sends & sorts[i].sends) == 0) continue;
    struct telling telling = {.store = store, .dispatch = dispatch, .channel = channel, .sort = &sorts[i]};
    (void)text_fmt(telling.key, sizeof telling.key, "%s:%" PRId64, sorts[i].name, dispatch->turn->id);
    ok = collect(&telling, err) && (telling.count == 0 || queue_news(&telling, err));
    mem_free(telling.news);
  }
  return ok;
}
