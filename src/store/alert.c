/* What the rules remember of an account, and the alerts that a message tells. */
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "query.h"

_Static_assert(RANK_NONE == 0 && RANK_WARNING == 1 && RANK_CRITICAL == 2, "stored");

#define LADDER_COLUMNS(name)                                                                                               \
  name "_told, " name "_peak, " name "_acked, " name "_held, " name "_episode, " name "_told_ms, " name "_reminders"
#define MEMORY_COLUMNS                                                                                                     \
  "provider, " LADDER_COLUMNS("low") ", " LADDER_COLUMNS("stale") ", last_rank, last_told_ms, muted_until_ms, muted,"      \
                                                                  " unknown_since_ms, topups, suspect, suspect_ms"

static struct ladder read_ladder(struct query *query) {
  struct ladder ladder = {.told = (enum alert_rank)query_get_int(query)};
  ladder.peak = (enum alert_rank)query_get_int(query);
  ladder.acked = (enum alert_rank)query_get_int(query);
  ladder.held = (enum alert_rank)query_get_int(query);
  ladder.episode = query_get_int(query);
  ladder.told_ms = query_get_int(query);
  ladder.reminders = (int)query_get_int(query);
  return ladder;
}

static void bind_ladder(struct query *query, const struct ladder *ladder) {
  query_int(query, (int64_t)ladder->told);
  query_int(query, (int64_t)ladder->peak);
  query_int(query, (int64_t)ladder->acked);
  query_int(query, (int64_t)ladder->held);
  query_int(query, ladder->episode);
  query_int(query, ladder->told_ms);
  query_int(query, ladder->reminders);
}

/* Episodes and top-ups are counted on: the keys of what was told hold them. A mute is a person's. */
static struct alert_memory of_another_provider(const struct alert_memory *memory) {
  return (struct alert_memory){
      .low = {.episode = memory->low.episode},
      .stale = {.episode = memory->stale.episode},
      .muted_until_ms = memory->muted_until_ms,
      .muted = memory->muted,
      .topups = memory->topups,
  };
}

bool store_alert_memory(struct store *store, const struct account_key *key, struct alert_memory *memory, struct err *err) {
  QUERY query = {0};
  struct alert_memory read = {0};
  char provider[64];
  bool found = false;
  if (!query_start(&query, store, "SELECT " MEMORY_COLUMNS " FROM alert_memory WHERE account = ?", err)) return false;
  query_text(&query, key->account);
  if (!query_next(&query, &found, err)) return false;
  if (found) {
    query_get_text(&query, provider, sizeof provider);
    read.low = read_ladder(&query);
    read.stale = read_ladder(&query);
    read.last_rank = (enum alert_rank)query_get_int(&query);
    read.last_told_ms = query_get_int(&query);
    read.muted_until_ms = query_get_int(&query);
    read.muted = (enum alert_rank)query_get_int(&query);
    read.unknown_since_ms = query_get_int(&query);
    read.topups = query_get_int(&query);
    read.suspect = query_get_amount(&query);
    read.suspect_ms = query_get_int(&query);
    if (!text_eq(provider, key->provider)) read = of_another_provider(&read);
  }
  *memory = read;
  return true;
}

bool store_alert_memory_put(struct store *store, const struct account_key *key, const struct alert_memory *memory,
                            struct err *err) {
  QUERY query = {0};
  if (!db_in_job(store, err)) return false;
  if (!query_start(&query, store,
                   "INSERT OR REPLACE INTO alert_memory (" MEMORY_COLUMNS ", account)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   err))
    return false;
  query_text(&query, key->provider);
  bind_ladder(&query, &memory->low);
  bind_ladder(&query, &memory->stale);
  query_int(&query, (int64_t)memory->last_rank);
  query_int(&query, memory->last_told_ms);
  query_int(&query, memory->muted_until_ms);
  query_int(&query, (int64_t)memory->muted);
  query_int(&query, memory->unknown_since_ms);
  query_int(&query, memory->topups);
  query_amount(&query, memory->suspect);
  query_int(&query, memory->suspect_ms);
  query_text(&query, key->account);
  return query_run(&query, err);
}

bool store_alert_told(struct store *store, const struct told_alert *told, bool *fresh, struct err *err) {
  QUERY query = {0};
  bool added = false;
  if (!db_in_job(store, err)) return false;
  if (!query_start(&query, store,
                   "INSERT INTO outbox_alert (channel, alert, account, message, told_ms, line) VALUES (?, ?, ?, ?, ?, ?)"
                   " ON CONFLICT DO NOTHING RETURNING told_ms",
                   err))
    return false;
  query_text(&query, told->channel);
  query_text(&query, told->alert);
  query_text(&query, told->account);
  query_text(&query, told->message);
  query_int(&query, told->told_ms);
  query_text(&query, told->line);
  if (!query_next(&query, &added, err)) return false;
  *fresh = added;
  return true;
}

bool store_alerts_of(struct store *store, const char *channel, const char *message,
                     bool (*each)(void *context, const struct told_alert *told), void *context, struct err *err) {
  QUERY query = {0};
  bool found = false;
  if (!query_start(&query, store,
                   "SELECT alert, account, told_ms, line FROM outbox_alert WHERE channel = ? AND message = ?"
                   " ORDER BY rowid",
                   err))
    return false;
  query_text(&query, channel);
  query_text(&query, message);
  if (!query_next(&query, &found, err)) return false;
  while (found) {
    char alert[ALERT_KEY_MAX];
    char account[64];
    query_get_text(&query, alert, sizeof alert);
    query_get_text(&query, account, sizeof account);
    struct told_alert told = {.channel = channel, .alert = alert, .account = account, .message = message};
    told.told_ms = query_get_int(&query);
    char *line = query_get_copy(&query);
    told.line = line;
    bool more = each(context, &told);
    mem_free(line);
    if (!more) return true;
    if (!query_next(&query, &found, err)) return false;
  }
  return true;
}

static struct grant read_grant(struct query *query) {
  struct grant grant = {.id = query_get_int(query)};
  grant.nano = query_get_int(query);
  grant.noted_ms = query_get_int(query);
  grant.expires_ms = query_get_int(query);
  grant.told_days = (int)query_get_int(query);
  return grant;
}

bool store_grants(struct store *store, const char *account, const char *unit, int64_t now_ms, struct grants *grants,
                  struct err *err) {
  QUERY query = {0};
  bool found = false;
  grants->count = 0;
  if (!query_start(&query, store,
                   "SELECT id, nano, time_ms, expires_ms, told_days FROM note WHERE account = ? AND unit = ?"
                   " AND expires_ms > ? ORDER BY expires_ms, id",
                   err))
    return false;
  query_text(&query, account);
  query_text(&query, unit);
  query_int(&query, now_ms);
  if (!query_next(&query, &found, err)) return false;
  while (found && grants->count < GRANTS_MAX) {
    grants->list[grants->count++] = read_grant(&query);
    if (!query_next(&query, &found, err)) return false;
  }
  return true;
}

bool store_grant_told(struct store *store, int64_t id, int days, struct err *err) {
  QUERY query = {0};
  if (!db_in_job(store, err)) return false;
  if (!query_start(&query, store, "UPDATE note SET told_days = ? WHERE id = ?", err)) return false;
  query_int(&query, days);
  query_int(&query, id);
  return query_run(&query, err);
}
