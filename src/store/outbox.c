/* Messages on their way: pending -> sending (claimed) -> sent, refused, superseded or doubtful. */
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "outbox_row.h"

#define SUMMARY "summary"
/* What lies further ahead was written while the clock was wrong: nobody waits or sends that long. */
#define DUE_AHEAD_MS (48 * HOUR_MS)
#define LEASE_AHEAD_MS HOUR_MS
#define ANY_TIME INT64_MIN

static bool insert(struct store *store, const struct outbox_row *row, int64_t *id, struct err *err) {
  QUERY query = {0};
  bool added = false;
  if (!query_start(
          &query, store,
          "INSERT INTO outbox (kind, key, turn_id, channel, part, payload, state, attempts, created_ms, due_ms,"
          " settled_ms, owner, fence, lease_ms, why) VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?, 0, '', 0, 0, '')"
          " ON CONFLICT DO NOTHING RETURNING id",
          err))
    return false;
  query_text(&query, row->kind);
  query_text(&query, row->key);
  query_int(&query, row->turn_id);
  query_text(&query, row->channel);
  query_int(&query, row->part);
  query_text(&query, row->payload != NULL ? row->payload : "");
  query_int(&query, row->created_ms);
  query_int(&query, row->due_ms);
  if (!query_next(&query, &added, err)) return false;
  *id = added ? query_get_int(&query) : 0;
  return true;
}

static bool lease_holds(int64_t lease_ms, int64_t now_ms) {
  return now_ms == ANY_TIME || (lease_ms > now_ms && lease_ms <= now_ms + LEASE_AHEAD_MS);
}

bool outbox_free_claims(struct store *store, const char *channel, int64_t now_ms, bool *claimed, struct err *err) {
  QUERY query = {0};
  QUERY update = {0};
  bool found = false;
  *claimed = false;
  if (!query_start(&query, store,
                   "SELECT id, owner, lease_ms FROM outbox WHERE channel = ? AND settled_ms = 0 AND state = 'sending'",
                   err))
    return false;
  query_text(&query, channel);
  if (!query_next(&query, &found, err)) return false;
  while (found) {
    char owner[PROCESS_NAME_MAX];
    int64_t id = query_get_int(&query);
    query_get_text(&query, owner, sizeof owner);
    bool valid = lease_holds(query_get_int(&query), now_ms) && process_state_of(owner) != PROCESS_GONE;
    *claimed = *claimed || valid;
    if (!valid) {
      if (!query_start(&update, store, "UPDATE outbox SET state = 'pending', doubt = 1 WHERE id = ?", err)) return false;
      query_int(&update, id);
      if (!query_run(&update, err)) return false;
    }
    if (!query_next(&query, &found, err)) return false;
  }
  return true;
}

#define GIVE_WAY(state, doubt)                                                                                             \
  "UPDATE outbox SET state = '" state "', settled_ms = ?, payload = '' WHERE channel = ? AND settled_ms = 0"               \
  " AND kind = '" SUMMARY "' AND id < ? AND key <> ? AND doubt = " doubt " AND NOT EXISTS (SELECT 1 FROM outbox s"         \
  " WHERE s.key = outbox.key AND s.channel = outbox.channel AND s.state IN ('sent', 'sending'))"

static bool give_way(struct store *store, const char *sql, const struct outbox_row *row, int64_t id, int64_t *changed,
                     struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store, sql, err)) return false;
  query_int(&query, row->created_ms != 0 ? row->created_ms : 1);
  query_text(&query, row->channel);
  query_int(&query, id);
  query_text(&query, row->key);
  if (!query_run(&query, err)) return false;
  *changed = sqlite3_changes(store->db);
  return true;
}

/* A message of which something is out already is finished; the others give way. */
static bool supersede_older(struct store *store, const struct outbox_row *row, int64_t id, struct err *err) {
  static const char in_doubt[] = GIVE_WAY("doubtful", "1");
  static const char waiting[] = GIVE_WAY("superseded", "0");
  bool claimed = false;
  int64_t doubtful = 0;
  int64_t superseded = 0;
  /* A claim counts here while its process lives, whatever its lease: now is not known. */
  if (!outbox_free_claims(store, row->channel, ANY_TIME, &claimed, err)) return false;
  if (!give_way(store, in_doubt, row, id, &doubtful, err) || !give_way(store, waiting, row, id, &superseded, err) ||
      !channel_count_doubtful(store, row->channel, doubtful, err))
    return false;
  return doubtful + superseded == 0 || log_drop_orphans(store, row->turn_id, err);
}

bool store_outbox_add(struct store *store, const struct outbox_row *row, bool *fresh, struct err *err) {
  int64_t id = 0;
  if (!db_in_job(store, err) || !insert(store, row, &id, err)) return false;
  bool newest_summary = id != 0 && row->part == 0 && text_eq(row->kind, SUMMARY);
  if (newest_summary && !supersede_older(store, row, id, err)) return false;
  *fresh = id != 0;
  return true;
}

#define EARLIER_PART_OPEN                                                                                                  \
  "EXISTS (SELECT 1 FROM outbox e WHERE e.key = o.key AND e.channel = o.channel AND e.part < o.part AND e.state <> "       \
  "'sent')"

/* What an account's people are told stays in order: an alert that waits holds back what comes after it of that account. */
#define ACCOUNT_WAITS                                                                                                      \
  "EXISTS (SELECT 1 FROM outbox e JOIN outbox_alert ea ON ea.channel = e.channel AND ea.message = e.key"                   \
  " JOIN outbox_alert oa ON oa.channel = o.channel AND oa.message = o.key AND oa.account = ea.account"                     \
  " WHERE e.channel = o.channel AND e.settled_ms = 0 AND e.id < o.id AND e.key <> o.key)"

static bool find_due(struct store *store, const char *channel, int64_t now_ms, struct outbox_row *row, struct err *err) {
  QUERY query = {0};
  bool found = false;
  if (!query_start(&query, store,
                   "SELECT id, kind, key, turn_id, channel, part, payload, attempts, created_ms, due_ms, fence, doubt,"
                   " tried_ms"
                   " FROM outbox o WHERE channel = ? AND settled_ms = 0 AND state = 'pending'"
                   " AND (due_ms <= ? OR due_ms > ? OR lease_ms > ?)"
                   " AND NOT " EARLIER_PART_OPEN " AND NOT " ACCOUNT_WAITS " ORDER BY id LIMIT 1",
                   err))
    return false;
  query_text(&query, channel);
  query_int(&query, now_ms);
  query_int(&query, now_ms + DUE_AHEAD_MS);
  query_int(&query, now_ms + LEASE_AHEAD_MS); /* tried last in the future: the clock was set back since */
  if (!query_next(&query, &found, err)) return false;
  *row = (struct outbox_row){0};
  if (!found) return true;
  row->id = query_get_int(&query);
  query_get_text(&query, row->kind, sizeof row->kind);
  query_get_text(&query, row->key, sizeof row->key);
  row->turn_id = query_get_int(&query);
  query_get_text(&query, row->channel, sizeof row->channel);
  row->part = (int)query_get_int(&query);
  row->payload = query_get_copy(&query);
  row->attempts = (int)query_get_int(&query) + 1;
  row->created_ms = query_get_int(&query);
  row->due_ms = query_get_int(&query);
  row->fence = query_get_int(&query) + 1;
  row->doubt = query_get_bool(&query);
  if (row->doubt) row->doubtful_ms = query_get_int(&query);
  return true;
}

static bool claim(struct store *store, const struct outbox_row *row, int64_t now_ms, int64_t lease_ms, struct err *err) {
  QUERY query = {0};
  if (!query_start(&query, store,
                   "UPDATE outbox SET state = 'sending', owner = ?, lease_ms = ?, fence = ?, attempts = ?,"
                   " tried_ms = CASE doubt WHEN 0 THEN ? ELSE tried_ms END WHERE id = ?",
                   err))
    return false;
  query_text(&query, store->owner);
  query_int(&query, lease_ms);
  query_int(&query, row->fence);
  query_int(&query, row->attempts);
  query_int(&query, now_ms);
  query_int(&query, row->id);
  return query_run(&query, err);
}

bool store_outbox_claim(struct store *store, const char *channel, int64_t now_ms, int64_t lease_ms, struct outbox_row *row,
                        struct err *err) {
  struct outbox_row due = {0};
  bool claimed = false;
  if (!db_in_job(store, err) || !outbox_free_claims(store, channel, now_ms, &claimed, err)) return false;
  if (!claimed && !find_due(store, channel, now_ms, &due, err)) return false;
  if (due.id != 0 && !claim(store, &due, now_ms, lease_ms, err)) {
    mem_free(due.payload);
    return false;
  }
  *row = due;
  return true;
}

bool store_outbox_next(struct store *store, const char *channel, int64_t *due_ms, struct err *err) {
  QUERY query = {0};
  bool found = false;
  int64_t next_ms = 0;
  /* The one being sent comes first: the others wait for it. */
  if (!query_start(&query, store,
                   "SELECT state, owner, lease_ms, due_ms FROM outbox o WHERE channel = ? AND settled_ms = 0"
                   " AND NOT " EARLIER_PART_OPEN " AND NOT " ACCOUNT_WAITS
                   " ORDER BY CASE state WHEN 'sending' THEN 0 ELSE 1 END, due_ms",
                   err))
    return false;
  query_text(&query, channel);
  if (!query_next(&query, &found, err)) return false;
  while (found) {
    char state[16];
    char owner[PROCESS_NAME_MAX];
    query_get_text(&query, state, sizeof state);
    query_get_text(&query, owner, sizeof owner);
    int64_t lease_ms = query_get_int(&query);
    int64_t row_due_ms = query_get_int(&query);
    if (text_eq(state, "sending") && process_state_of(owner) != PROCESS_GONE) {
      *due_ms = lease_ms;
      return true;
    }
    if (next_ms == 0 || row_due_ms < next_ms) next_ms = row_due_ms;
    if (text_eq(state, "pending")) break; /* in order of due_ms */
    if (!query_next(&query, &found, err)) return false;
  }
  *due_ms = next_ms;
  return true;
}
