#include "lowtide/bulletin.h"

#include <inttypes.h>
#include <string.h>

#include "judge.h"
#include "lowtide/mem.h"
#include "lowtide/provider.h"
#include "lowtide/runway.h"
#include "lowtide/tally.h"
#include "lowtide/text.h"

#define BEFORE_MS (3 * DAY_MS) /* how far back a period looks for what it begins with */
#define SLOT_GRACE_MS 60000    /* the round of the same moment belongs to the period that ends */
#define MISSED_SLOTS 3         /* so many without a reading, and nobody looked */

struct bulletin {
  struct world world;
  struct config *config;
  enum digest kind;
  struct turn turn;
  int64_t from_ms;
  int64_t next_ms; /* up to where the history is read */
  struct digest_entry *entries;
  struct tally *before; /* a job may be run twice: it begins with these */
  size_t count;
  struct bulletin_report report;
  void (*done)(void *context, const struct bulletin_report *report);
  void *context;
};

/* --- when ------------------------------------------------------------------------------------------------------------ */

static const struct {
  const char *schedule;
  const char *cron;
} slots[] = {
    [DIGEST_NONE] = {"digest:none", ""},
    [DIGEST_DAILY] = {"digest:daily", "0 9 * * *"},
    [DIGEST_WEEKLY] = {"digest:weekly", "0 9 * * 1"},
    [DIGEST_MONTHLY] = {"digest:monthly", "0 9 1 * *"},
};

static bool is_told(const struct channel *channel, const struct account *account, enum digest kind) {
  return channel->missing == NULL && (channel->sends & SENDS_DIGEST) != 0 && account->missing == NULL &&
         account->alerts.digest == kind && channel_wants_account(channel, account->name);
}

static bool is_wanted(const struct config *config, enum digest kind) {
  for (size_t i = 0; i < config->channel_count; i++) {
    for (size_t k = 0; k < config->account_count; k++) {
      if (is_told(&config->channels[i], &config->accounts[k], kind)) return true;
    }
  }
  return false;
}

int64_t bulletin_due(const struct config *config, enum digest kind, int64_t now_ms) {
  struct cron cron;
  struct err none = {0};
  if (kind == DIGEST_NONE || !is_wanted(config, kind) || !cron_parse(slots[kind].cron, &cron, &none)) return 0;
  int64_t slot_ms = cron_previous(&cron, config->zone, now_ms);
  int64_t next_ms = cron_next(&cron, config->zone, slot_ms);
  return slot_ms != 0 && now_ms - slot_ms <= (next_ms - slot_ms) / 2 ? slot_ms : 0;
}

static int64_t slot_before(const struct config *config, enum digest kind, int64_t slot_ms) {
  struct cron cron;
  struct err none = {0};
  return cron_parse(slots[kind].cron, &cron, &none) ? cron_previous(&cron, config->zone, slot_ms - 1) : slot_ms;
}

/* --- what the period holds --------------------------------------------------------------------------------------- */

/* An account that is asked once a day is not unknown in between. */
static int64_t patience_of(const struct config *config, const struct account *account, int64_t slot_ms) {
  const struct cron *cron = account->schedule != NULL ? account->schedule : &config->schedule;
  int64_t next_ms = cron_next(cron, config->zone, slot_ms);
  int64_t after_ms = next_ms != 0 ? cron_next(cron, config->zone, next_ms) : 0;
  int64_t every_ms = after_ms != 0 ? after_ms - next_ms : 0;
  if (every_ms < provider_every_ms(account)) every_ms = provider_every_ms(account);
  int64_t patience_ms = MISSED_SLOTS * every_ms;
  return patience_ms > account->stale_after_ms ? patience_ms : account->stale_after_ms;
}

static void begin_entries(struct bulletin *run) {
  const struct config *config = run->config;
  run->entries = mem_new(config->account_count, sizeof *run->entries);
  run->before = mem_new(config->account_count, sizeof *run->before);
  for (size_t i = 0; i < config->account_count; i++) {
    const struct account *account = &config->accounts[i];
    if (account->alerts.digest != run->kind || account->missing != NULL) continue;
    struct digest_entry *entry = &run->entries[run->count++];
    entry->account = account;
    entry->tally = tally_of(run->from_ms + SLOT_GRACE_MS, run->turn.slot_ms + SLOT_GRACE_MS,
                            patience_of(config, account, run->turn.slot_ms));
  }
  for (size_t i = 0; i < run->count; i++)
    run->before[i] = run->entries[i].tally;
}

struct reading_of {
  struct bulletin *run;
  size_t next; /* a round's accounts come one after the other */
};

static bool take_row(void *context, const struct history_row *row) {
  struct reading_of *reading_of = context;
  struct bulletin *run = reading_of->run;
  for (size_t i = 0; i < run->count; i++) {
    size_t at = (reading_of->next + i) % run->count;
    if (!text_eq(run->entries[at].account->name, row->account)) continue;
    tally_take(&run->entries[at].tally, row->provider, &row->reading);
    reading_of->next = at + 1;
    break;
  }
  return true;
}

static bool read_day(struct store *store, void *context, struct err *err) {
  struct bulletin *run = context;
  struct reading_of reading_of = {.run = run};
  const struct history_query query = {.since_ms = run->next_ms, .until_ms = run->next_ms + DAY_MS - 1};
  for (size_t i = 0; i < run->count; i++)
    run->entries[i].tally = run->before[i];
  return store_history(store, &query, take_row, &reading_of, err);
}

/* --- what is told ------------------------------------------------------------------------------------------------ */

static bool forecast(struct store *store, struct bulletin *run, struct err *err) {
  for (size_t i = 0; i < run->count; i++) {
    struct digest_entry *entry = &run->entries[i];
    const struct account_key key = {.account = entry->account->name, .provider = entry->account->provider};
    struct trend trend = {0};
    entry->dry_at_ms = 0;
    if (!digest_is_known(entry)) continue;
    if (!store_trend(store, &key, run->turn.started_ms, &trend, err)) return false;
    const struct runway runway = runway_of(&trend, run->turn.started_ms, 0);
    if (runway_claimed_ms(&runway) >= 0) entry->dry_at_ms = runway.dry_at_ms;
  }
  return true;
}

static bool queue(struct store *store, struct bulletin *run, const struct channel *channel, struct err *err) {
  const struct dispatch dispatch = {.config = run->config, .turn = &run->turn};
  struct digest_entry *told = mem_new(run->count, sizeof *told);
  struct digest_text text = {
      .config = run->config, .kind = run->kind, .from_ms = run->from_ms, .until_ms = run->turn.slot_ms, .entries = told};
  bool any = false;
  bool ok = true;
  for (size_t i = 0; i < run->count; i++) {
    if (!is_told(channel, run->entries[i].account, run->kind)) continue;
    told[text.count++] = run->entries[i];
    any = any || run->entries[i].tally.seen;
  }
  if (any) {
    struct message message;
    char key[80];
    message_init(&message, MESSAGE_DIGEST);
    message.silent = true;
    compose_digest(&text, &message.text);
    (void)text_fmt(key, sizeof key, "%s:%" PRId64, slots[run->kind].schedule, run->turn.slot_ms);
    ok = dispatch_queue(store, &dispatch, channel, &message, key, err);
    message_done(&message);
    if (ok) run->report.queued++;
  }
  mem_free(told);
  return ok;
}

static bool tell(struct store *store, void *context, struct err *err) {
  struct bulletin *run = context;
  run->report.queued = 0;
  if (!store_turn_add(store, &run->turn, &run->report.fresh, err)) return false;
  run->report.turn_id = run->turn.id;
  if (!run->report.fresh) return true;
  if (!forecast(store, run, err)) return false;
  for (size_t i = 0; i < run->config->channel_count; i++) {
    const struct channel *channel = &run->config->channels[i];
    bool wants = channel->missing == NULL && (channel->sends & SENDS_DIGEST) != 0;
    if (wants && !queue(store, run, channel, err)) return false;
  }
  return true;
}

/* --- one job after the other ------------------------------------------------------------------------------------- */

static void finish(struct bulletin *run, const struct err *err) {
  run->report.err = *err;
  run->done(run->context, &run->report);
}

static void told(void *context, const struct err *err) {
  finish(context, err);
}

static void day_is_read(void *context, const struct err *err) {
  struct bulletin *run = context;
  const struct world *world = &run->world;
  if (err->code != ERR_NONE) {
    finish(run, err);
    return;
  }
  for (size_t i = 0; i < run->count; i++)
    run->before[i] = run->entries[i].tally;
  run->next_ms += DAY_MS;
  if (run->next_ms <= run->turn.slot_ms + SLOT_GRACE_MS) {
    world->commit(world->context, read_day, day_is_read, run);
    return;
  }
  for (size_t i = 0; i < run->count; i++)
    tally_end(&run->entries[i].tally);
  run->turn.started_ms = world->wall_ms(world->context);
  world->commit(world->context, tell, told, run);
}

static bool is_there(struct store *store, void *context, struct err *err) {
  struct bulletin *run = context;
  bool exists = false;
  if (!store_turn_exists(store, run->turn.schedule, run->turn.slot_ms, &exists, err)) return false;
  run->report.fresh = !exists;
  return true;
}

static void looked(void *context, const struct err *err) {
  struct bulletin *run = context;
  if (err->code != ERR_NONE || !run->report.fresh) {
    finish(run, err);
  } else {
    run->world.commit(run->world.context, read_day, day_is_read, run);
  }
}

struct bulletin *bulletin_start(const struct world *world, struct config *config, enum digest kind, int64_t slot_ms,
                                void (*done)(void *context, const struct bulletin_report *report), void *context) {
  struct bulletin *run = mem_new(1, sizeof *run);
  *run = (struct bulletin){.world = *world,
                           .config = config_keep(config),
                           .kind = kind,
                           .turn = {.slot_ms = slot_ms},
                           .from_ms = slot_before(config, kind, slot_ms),
                           .done = done,
                           .context = context};
  (void)text_copy(run->turn.schedule, sizeof run->turn.schedule, slots[kind].schedule);
  run->next_ms = run->from_ms - BEFORE_MS;
  begin_entries(run);
  world->commit(world->context, is_there, looked, run);
  return run;
}

void bulletin_free(struct bulletin *run) {
  if (run == NULL) return;
  config_release(run->config);
  mem_free(run->entries);
  mem_free(run->before);
  mem_free(run);
}
