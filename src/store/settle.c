/* How a claim ends, and what a turn looks like afterwards. */
#include "outbox_row.h"

struct claimed {
  bool is_summary;
  char key[96];
  char channel[OUTBOX_CHANNEL_MAX];
  int64_t turn_id;
  int part;
  bool doubt; /* an earlier try may have arrived */
};

/* A row that lost its lease but that nobody claimed since is still this claim's to settle. */
static bool find_claimed(struct store *store, const struct outbox_settlement *settlement, struct claimed *claimed,
                         bool *found, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store,
                   "SELECT kind = 'summary', key, channel, turn_id, part, doubt FROM outbox"
                   " WHERE id = ? AND fence = ? AND fence > 0 AND settled_ms = 0",
                   err))
    return false;
  query_int(&query, settlement->id);
  query_int(&query, settlement->fence);
  if (!query_next(&query, found, err)) return false;
  if (!*found) return true;
  claimed->is_summary = query_get_bool(&query);
  query_get_text(&query, claimed->key, sizeof claimed->key);
  query_get_text(&query, claimed->channel, sizeof claimed->channel);
  claimed->turn_id = query_get_int(&query);
  claimed->part = (int)query_get_int(&query);
  claimed->doubt = query_get_bool(&query);
  return true;
}

static bool end_row(struct store *store, int64_t id, const char *state, int64_t now_ms, const char *why, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store,
                   "UPDATE outbox SET state = ?, settled_ms = ?, why = ?, owner = '', payload = '' WHERE id = ?", err))
    return false;
  query_text(&query, state);
  query_int(&query, now_ms != 0 ? now_ms : 1);
  query_text(&query, why);
  query_int(&query, id);
  return query_run(&query, err);
}

static bool settle_sent(struct store *store, const struct outbox_settlement *settlement, const struct claimed *claimed,
                        struct err *err) {
  if (!end_row(store, settlement->id, "sent", settlement->now_ms, "", err)) return false;
  if (!channel_tell(store, claimed->channel, settlement->now_ms, "", err)) return false;
  if (!channel_enable(store, claimed->channel, err)) return false;
  if (settlement->repeated && !channel_count_repeated(store, claimed->channel, err)) return false;
  bool releases = claimed->is_summary && claimed->part == 0;
  if (releases && settlement->message_id != NULL &&
      !channel_remember_message(store, claimed->channel, settlement->message_id, settlement->message_mark, err))
    return false;
  return !releases || log_release(store, claimed->turn_id, settlement->now_ms, err);
}

/* A newer summary was queued while this one was being tried, and nothing of this one is out yet. */
static bool is_overtaken(struct store *store, const struct outbox_settlement *settlement, const struct claimed *claimed,
                         bool *overtaken, struct err *err) {
  QUERY query = {0};
  int64_t newer = 0;
  *overtaken = false;
  if (!claimed->is_summary || claimed->part != 0) return true;
  if (!query_start(&query, store,
                   "SELECT COUNT(*) FROM outbox WHERE channel = ? AND kind = 'summary' AND part = 0 AND id > ?"
                   " AND state <> 'refused'",
                   err))
    return false;
  query_text(&query, claimed->channel);
  query_int(&query, settlement->id);
  if (!query_number(&query, &newer, err)) return false;
  *overtaken = newer > 0;
  return true;
}

static bool put_back(struct store *store, const struct outbox_settlement *settlement, const char *why, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store,
                   "UPDATE outbox SET state = 'pending', due_ms = ?, why = ?, owner = '', doubt = CASE ? WHEN 0 THEN doubt "
                   "ELSE 1 END,"
                   " attempts = attempts - ? WHERE id = ?",
                   err))
    return false;
  query_int(&query, settlement->due_ms);
  query_text(&query, why);
  query_int(&query, settlement->doubt);
  query_int(&query, settlement->untried);
  query_int(&query, settlement->id);
  return query_run(&query, err);
}

/* The message's parts that are still open share its end. */
static bool end_message(struct store *store, const struct claimed *claimed, const char *state,
                        const struct outbox_settlement *settlement, const char *why, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store,
                   "UPDATE outbox SET state = ?, settled_ms = ?, why = ?, owner = '', payload = ''"
                   " WHERE key = ? AND channel = ? AND settled_ms = 0",
                   err))
    return false;
  query_text(&query, state);
  query_int(&query, settlement->now_ms != 0 ? settlement->now_ms : 1);
  query_text(&query, why);
  query_text(&query, claimed->key);
  query_text(&query, claimed->channel);
  return query_run(&query, err) && (!claimed->is_summary || log_drop_orphans(store, 0, err));
}

static bool settle_doubtful(struct store *store, const struct outbox_settlement *settlement, const struct claimed *claimed,
                            const char *why, struct err *err) {
  return channel_tell(store, claimed->channel, 0, why, err) && channel_count_doubtful(store, claimed->channel, 1, err) &&
         end_message(store, claimed, "doubtful", settlement, why, err);
}

static bool settle_retry(struct store *store, const struct outbox_settlement *settlement, const struct claimed *claimed,
                         const char *why, struct err *err) {
  bool overtaken = false;
  if (!settlement->untried && !channel_tell(store, claimed->channel, 0, why, err)) return false;
  if (settlement->message_id != NULL &&
      !channel_remember_message(store, claimed->channel, settlement->message_id, settlement->message_mark, err))
    return false;
  if (!is_overtaken(store, settlement, claimed, &overtaken, err)) return false;
  if (!overtaken) return put_back(store, settlement, why, err);
  if (settlement->doubt || claimed->doubt) return settle_doubtful(store, settlement, claimed, why, err);
  return end_message(store, claimed, "superseded", settlement, why, err);
}

static bool settle_refused(struct store *store, const struct outbox_settlement *settlement, const struct claimed *claimed,
                           const char *why, struct err *err) {
  if (!channel_tell(store, claimed->channel, 0, why, err)) return false;
  if (settlement->disabled_mark != NULL &&
      !channel_disable(store, claimed->channel, settlement->now_ms, settlement->disabled_mark, err))
    return false;
  return end_message(store, claimed, "refused", settlement, why, err);
}

bool store_outbox_settle(struct store *store, const struct outbox_settlement *settlement, bool *settled, struct err *err) {
  const char *why = settlement->why != NULL ? settlement->why : "";
  struct claimed claimed = {0};
  if (!db_in_job(store, err) || !find_claimed(store, settlement, &claimed, settled, err)) return false;
  if (!*settled) return true;
  switch (settlement->verdict) {
  case OUTBOX_SENT: return settle_sent(store, settlement, &claimed, err);
  case OUTBOX_RETRY: return settle_retry(store, settlement, &claimed, why, err);
  case OUTBOX_REFUSED: return settle_refused(store, settlement, &claimed, why, err);
  case OUTBOX_DOUBTFUL: return settle_doubtful(store, settlement, &claimed, why, err);
  }
  return true;
}

bool store_turn_unsent(struct store *store, int64_t turn_id, int64_t *waiting, int64_t *refused, struct err *err) {
  QUERY query = {0};
  bool found = false;
  int64_t open = 0;
  if (!query_start(
          &query, store,
          "SELECT COALESCE(SUM(CASE WHEN settled_ms = 0 THEN 1 ELSE 0 END), 0),"
          " COALESCE(SUM(CASE WHEN state IN ('refused', 'doubtful') THEN 1 ELSE 0 END), 0) FROM outbox WHERE turn_id = ?",
          err))
    return false;
  query_int(&query, turn_id);
  if (!query_next(&query, &found, err)) return false;
  open = query_get_int(&query);
  *refused = query_get_int(&query);
  *waiting = open;
  return true;
}
