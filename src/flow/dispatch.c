#include <inttypes.h>
#include <string.h>

#include "judge.h"
#include "lowtide/deliver.h"
#include "lowtide/mem.h"
#include "lowtide/message.h"
#include "lowtide/notifier.h"
#include "lowtide/text.h"

#define LOG_LINE_MAX 1024

#define CUT_MARK "\n…"

static size_t count_lines(const struct buf *text) {
  size_t lines = 1;
  for (const char *at = strchr(buf_text(text), '\n'); at != NULL; at = strchr(at + 1, '\n'))
    lines++;
  return lines;
}

static void keep_lines(const struct buf *whole, size_t lines, struct buf *out) {
  const char *text = buf_text(whole);
  size_t length = strcspn(text, "\n");
  while (--lines > 0 && text[length] != '\0')
    length += 1 + strcspn(text + length + 1, "\n");
  buf_clear(out);
  buf_add_n(out, text, length);
  if (text[length] != '\0') buf_add(out, CUT_MARK);
}

static bool render_anew(const struct channel *channel, const struct message *message, struct parts *parts,
                        struct err *err) {
  parts_done(parts);
  parts_init(parts);
  return channel->plug->render(message, channel, parts, err);
}

/* As many lines as fit. */
static bool render_cut(const struct channel *channel, struct message *message, int max_parts, struct parts *parts,
                       struct err *err) {
  struct buf whole = message->text;
  size_t fitting = 1;
  size_t too_many = count_lines(&whole);
  buf_init(&message->text, MESSAGE_TEXT_MAX);
  while (too_many - fitting > 1) {
    struct err ignored = {0};
    size_t lines = fitting + (too_many - fitting) / 2;
    keep_lines(&whole, lines, &message->text);
    bool fits = render_anew(channel, message, parts, &ignored) && parts->count <= max_parts;
    *(fits ? &fitting : &too_many) = lines;
  }
  keep_lines(&whole, fitting, &message->text);
  bool ok = render_anew(channel, message, parts, err);
  buf_done(&whole);
  return ok;
}

/* One message that is edited has no second part. A text that no channel could take must not cost a round. */
static bool render(const struct channel *channel, struct message *message, struct parts *parts, struct err *err) {
  bool edits = message->kind == MESSAGE_SUMMARY && channel->mode == CHANNEL_EDIT && channel->plug->edit != NULL;
  int max_parts = edits ? 1 : NOTIFIER_PARTS_MAX;
  bool ok = render_anew(channel, message, parts, err);
  if (ok ? parts->count <= max_parts : err->code != ERR_LIMIT) return ok;
  *err = (struct err){0};
  return render_cut(channel, message, max_parts, parts, err);
}

bool dispatch_queue(struct store *store, const struct dispatch *dispatch, const struct channel *channel,
                    struct message *message, const char *key, struct err *err) {
  struct parts parts;
  parts_init(&parts);
  bool ok = render(channel, message, &parts, err);
  for (int i = 0; ok && i < parts.count; i++) {
    struct outbox_row row = {
        .turn_id = dispatch->turn->id,
        .part = i,
        .payload = parts.part[i].data,
        .created_ms = dispatch->turn->started_ms,
        .due_ms = dispatch->turn->started_ms,
    };
    bool fresh = false;
    (void)text_copy(row.kind, sizeof row.kind, message_kind_name(message->kind));
    (void)text_copy(row.key, sizeof row.key, key);
    (void)text_copy(row.channel, sizeof row.channel, channel->name);
    ok = store_outbox_add(store, &row, &fresh, err);
  }
  parts_done(&parts);
  return ok || err_wrap(err, "channel %s", channel->name);
}

void dispatch_tell_account(const struct dispatch *dispatch, const struct channel *channel, const struct standing *standing,
                           struct message *message) {
  if (!channel->plug->tells_accounts) return;
  if (message->accounts.len > 0) buf_add_char(&message->accounts, ',');
  compose_account_json(standing, dispatch->turn->started_ms, &message->accounts);
}

/* A channel whose address is void gets no summary; its alerts are told elsewhere. */
static bool has_new_to_say(struct store *store, const struct channel *channel, enum round_posts posts, bool *wanted,
                           bool *disabled, struct err *err) {
  struct channel_state state = {0};
  *wanted = posts == ROUND_POSTS_ALL;
  if (posts == ROUND_POSTS_ALERTS || (channel->sends & SENDS_SUMMARY) == 0) return true;
  if (!store_channel_kept(store, channel->name, &state, err)) return false;
  *disabled = deliver_is_disabled(channel, &state);
  *wanted = *wanted && !*disabled;
  if (posts != ROUND_POSTS_NEW) return true;
  if (!store_channel_state(store, channel->name, &state, err)) return false;
  *wanted = !*disabled && !channel->plug->local && !state.posted && state.waiting == 0;
  return true;
}

static bool is_told(const struct channel *channel, const struct standing *standing) {
  return standing->level >= channel->min_level && channel_wants_account(channel, standing->account->name);
}

static bool is_worth_a_summary(const struct channel *channel, const struct judged *judged) {
  switch (channel->summary_when) {
  case SUMMARY_ALWAYS: return true;
  case SUMMARY_CHANGE: return judged->changed;
  case SUMMARY_LOW: return judged->standing->level != LEVEL_OK;
  }
  return true;
}

static bool queue_summary(struct store *store, const struct dispatch *dispatch, const struct channel *channel, bool *queued,
                          struct err *err) {
  struct standing *told = mem_new(dispatch->count, sizeof *told);
  struct summary summary = {
      .config = dispatch->config,
      .standings = told,
      .now_ms = dispatch->turn->started_ms,
      .away_ms = dispatch->away_ms,
      .channel_id = "",
  };
  bool worth = false;
  for (size_t i = 0; i < dispatch->count; i++) {
    const struct judged *judged = &dispatch->judged[i];
    if (!is_told(channel, judged->standing)) continue;
    told[summary.count++] = *judged->standing;
    worth = worth || is_worth_a_summary(channel, judged);
  }
  bool ok = true;
  if (worth) {
    struct message message;
    char key[48];
    message_init(&message, MESSAGE_SUMMARY);
    message.silent = true;
    message.time_ms = summary.now_ms;
    compose_summary(&summary, &message.text);
    for (size_t i = 0; i < summary.count; i++)
      dispatch_tell_account(dispatch, channel, &told[i], &message);
    (void)text_fmt(key, sizeof key, "summary:%" PRId64, dispatch->turn->id);
    ok = dispatch_queue(store, dispatch, channel, &message, key, err);
    message_done(&message);
  }
  mem_free(told);
  *queued = ok && worth;
  return ok;
}

bool dispatch_messages(struct store *store, const struct dispatch *dispatch, struct dispatched *dispatched,
                       struct err *err) {
  const struct config *config = dispatch->config;
  *dispatched = (struct dispatched){0};
  for (size_t i = 0; i < config->channel_count; i++) {
    const struct channel *channel = &config->channels[i];
    bool wanted = false;
    bool queued = false;
    bool disabled = false;
    if (channel->missing != NULL) continue;
    /* asked first: an alert that waits would count as a message of before */
    if (!has_new_to_say(store, channel, dispatch->posts, &wanted, &disabled, err)) return false;
    if (!dispatch_alerts(store, dispatch, channel, err)) return false;
    if ((channel->sends & SENDS_SUMMARY) == 0) continue;
    if (wanted && !queue_summary(store, dispatch, channel, &queued, err)) return false;
    if (queued) dispatched->summaries++;
    if (disabled) dispatched->disabled++;
  }
  return true;
}

static bool add_line(struct store *store, const struct dispatch *dispatch, const struct account *account,
                     const struct buf *line, bool held, struct err *err) {
  return store_log_add(store, dispatch->turn->id, account->log_path, buf_text(line), held, err);
}

/* Raised is raised, told at once or not. */
static bool is_logged(const struct alert *alert) {
  if (alert->kind == ALERT_EXPIRY) return true;
  return alert->event == ALERT_RAISED && alert->fate != ALERT_DROPPED && alert->first;
}

static bool add_alert_lines(struct store *store, const struct dispatch *dispatch, const struct judged *judged,
                            struct buf *line, struct err *err) {
  for (int i = 0; i < judged->alerts.count; i++) {
    const struct news news = {.standing = judged->standing, .alert = &judged->alerts.list[i]};
    if (!is_logged(news.alert)) continue;
    buf_clear(line);
    compose_log_stamp(dispatch->turn->started_ms, line);
    compose_log_alert(&news, line);
    if (!add_line(store, dispatch, judged->standing->account, line, false, err)) return false;
  }
  return true;
}

bool dispatch_log_lines(struct store *store, const struct dispatch *dispatch, bool summary_queued, struct err *err) {
  struct buf line;
  bool ok = true;
  buf_init(&line, LOG_LINE_MAX);
  for (size_t i = 0; ok && i < dispatch->count; i++) {
    const struct judged *judged = &dispatch->judged[i];
    const struct account *account = judged->standing->account;
    if (account->log_path == NULL) continue;
    if (!judged->standing->reading.reused) { /* its line is there already */
      buf_clear(&line);
      compose_log_line(judged->standing, dispatch->turn->started_ms, &line);
      ok = add_line(store, dispatch, account, &line, false, err);
    }
    ok = ok && add_alert_lines(store, dispatch, judged, &line, err);
    if (ok && summary_queued && reading_is_known(&judged->standing->reading)) {
      buf_clear(&line);
      compose_log_posted(judged->standing, &line);
      ok = add_line(store, dispatch, account, &line, true, err);
    }
  }
  buf_done(&line);
  return ok;
}
