#include "lowtide/deliver.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/notifier.h"
#include "lowtide/text.h"
#include "lowtide/textlog.h"

#define SEND_DEADLINE_MS 15000
#define LEASE_MS 60000
#define BACKOFF_FIRST_MS 1000
#define BACKOFF_LONGEST_MS 3600000
#define GIVE_UP_AFTER_MS (72 * 3600000LL)
#define STORE_TROUBLE_MS 5000

/* One channel's sender: idle, or with one row between claim and settlement. */
struct sender {
  struct deliver *deliver;
  const struct channel *channel;
  bool busy;
  bool wanted;    /* woken while busy: look again */
  bool released;  /* the summary's first part was accepted: the logs say so */
  bool goes_on;   /* the settling job claims the next row too */
  bool unsettled; /* the verdict could not be stored yet */
  bool logging;
  struct outbox_row row;
  struct verdict verdict;
  struct outbox_settlement settlement;
  struct textlog_report textlog;
  int64_t held_from_ms; /* the platform said when to come again: nothing of this channel goes out from here */
  int64_t held_until_ms;
  int64_t next_ms; /* when the next row of anybody is due, as of the last look; 0: none */
  void *asked;
  void *alarm;
};

struct deliver {
  struct world world;
  struct config *config;
  bool print_local;
  bool stopped;
  size_t count;
  struct sender senders[];
};

static int64_t wall_ms(const struct sender *sender) {
  return sender->deliver->world.wall_ms(sender->deliver->world.context);
}

static void wait_for_due(struct sender *sender, int64_t due_ms) {
  int64_t delay_ms = due_ms - wall_ms(sender);
  sender->deliver->world.alarm_set(sender->alarm, delay_ms > 0 ? delay_ms : 0);
}

/* After a step of the clock into the past it is not believed. */
static bool is_held(const struct sender *sender) {
  int64_t now_ms = wall_ms(sender);
  return now_ms >= sender->held_from_ms && now_ms < sender->held_until_ms;
}

static void rest(struct sender *sender) {
  sender->busy = false;
  mem_free(sender->row.payload);
  sender->row = (struct outbox_row){0};
}

static void take_on(struct sender *sender);

static bool write_posted_lines(struct store *store, void *context, struct err *err) {
  struct sender *sender = context;
  return textlog_write(store, &sender->textlog, err);
}

/* What the text logs refuse stays queued; the next round tells it. */
static void posted_lines_written(void *context, const struct err *err) {
  struct sender *sender = context;
  sender->logging = false;
  if (err->code != ERR_NONE) log_error("textlog", "%s", err->text);
}

static void give_up_for_now(struct sender *sender, const char *what, const struct err *err) {
  log_error("deliver", "%s: %s channel=%s", what, err->text, sender->channel->name);
  rest(sender);
  wait_for_due(sender, wall_ms(sender) + STORE_TROUBLE_MS);
}

/* What the channel has taken must not go out again because a disk was full meanwhile. */
static void settle_later(struct sender *sender, const struct err *err) {
  const struct world *world = &sender->deliver->world;
  log_error("deliver", "the verdict on a message could not be stored: %s channel=%s", err->text, sender->channel->name);
  if (sender->deliver->stopped) {
    rest(sender);
    return;
  }
  sender->unsettled = true;
  world->alarm_set(sender->alarm, STORE_TROUBLE_MS);
}

static void settled(void *context, const struct err *err) {
  struct sender *sender = context;
  const struct world *world = &sender->deliver->world;
  if (err->code != ERR_NONE) {
    settle_later(sender, err);
    return;
  }
  if (sender->released && !sender->logging) {
    sender->logging = true;
    world->commit(world->context, write_posted_lines, posted_lines_written, sender);
  }
  take_on(sender);
}

static bool claim_row(struct store *store, struct sender *sender, struct err *err) {
  int64_t now_ms = wall_ms(sender);
  mem_free(sender->row.payload);
  sender->row = (struct outbox_row){0};
  if (!store_outbox_claim(store, sender->channel->name, now_ms, now_ms + LEASE_MS, &sender->row, err)) return false;
  return sender->row.id != 0 || store_outbox_next(store, sender->channel->name, &sender->next_ms, err);
}

static bool settle_job(struct store *store, void *context, struct err *err) {
  struct sender *sender = context;
  if (!store_outbox_settle(store, &sender->settlement, err)) return false;
  if (sender->goes_on) return claim_row(store, sender, err);
  sender->row.id = 0;
  return true;
}

static void commit_settlement(struct sender *sender) {
  const struct world *world = &sender->deliver->world;
  sender->unsettled = false;
  sender->goes_on = !sender->deliver->stopped && !is_held(sender);
  if (is_held(sender)) sender->next_ms = sender->held_until_ms;
  world->commit(world->context, settle_job, settled, sender);
}

/* Full jitter: anything between nothing and the doubled wait, so that many do not come back at once. */
static int64_t back_off_ms(const struct sender *sender) {
  const struct world *world = &sender->deliver->world;
  int doublings = sender->row.attempts < 12 ? sender->row.attempts : 12;
  int64_t ceiling_ms = BACKOFF_FIRST_MS << doublings;
  if (ceiling_ms > BACKOFF_LONGEST_MS) ceiling_ms = BACKOFF_LONGEST_MS;
  return BACKOFF_FIRST_MS + (int64_t)(world->chance(world->context) % (uint64_t)ceiling_ms);
}

static void tell_verdict(const struct sender *sender) {
  const char *name = sender->channel->name;
  switch (sender->settlement.verdict) {
  case OUTBOX_SENT:
    log_info("deliver", "sent %s channel=%s part=%d", sender->row.kind, name, sender->row.part);
    if (sender->verdict.why[0] != '\0') log_warning("deliver", "%s channel=%s", sender->verdict.why, name);
    break;
  case OUTBOX_RETRY:
    log_warning("deliver", "%s is not sent yet: %s channel=%s again_in_s=%" PRId64, sender->row.kind, sender->verdict.why,
                name, (sender->settlement.due_ms - sender->settlement.now_ms + 999) / 1000);
    break;
  case OUTBOX_REFUSED:
    log_error("deliver", "%s is refused: %s channel=%s", sender->row.kind, sender->verdict.why, name);
    break;
  }
}

static void settle(struct sender *sender) {
  struct outbox_settlement *settlement = &sender->settlement;
  *settlement = (struct outbox_settlement){
      .id = sender->row.id, .fence = sender->row.fence, .now_ms = wall_ms(sender), .why = sender->verdict.why};
  switch (sender->verdict.kind) {
  case VERDICT_SENT: settlement->verdict = OUTBOX_SENT; break;
  case VERDICT_REFUSED: settlement->verdict = OUTBOX_REFUSED; break;
  case VERDICT_RETRY: {
    int64_t wait_ms = back_off_ms(sender);
    if (wait_ms < sender->verdict.after_ms) wait_ms = sender->verdict.after_ms;
    settlement->verdict = OUTBOX_RETRY;
    settlement->due_ms = settlement->now_ms + wait_ms;
    sender->held_from_ms = settlement->now_ms;
    sender->held_until_ms = settlement->now_ms + sender->verdict.after_ms;
    if (settlement->now_ms - sender->row.created_ms > GIVE_UP_AFTER_MS) settlement->verdict = OUTBOX_REFUSED;
    break;
  }
  }
  tell_verdict(sender);
  sender->released = settlement->verdict == OUTBOX_SENT && sender->row.part == 0 &&
                     text_eq(sender->row.kind, message_kind_name(MESSAGE_SUMMARY));
  commit_settlement(sender);
}

static void answered(void *context, const struct answer *answer) {
  struct sender *sender = context;
  sender->asked = NULL;
  sender->verdict = notifier_judge(sender->channel->plug, answer);
  settle(sender);
}

static struct verdict print_payload(const struct sender *sender) {
  struct verdict verdict = {.kind = VERDICT_SENT};
  if (!sender->deliver->print_local) return verdict;
  if (printf("%s\n", sender->row.payload) < 0 || fflush(stdout) != 0) {
    clearerr(stdout);
    verdict.kind = VERDICT_RETRY;
    (void)text_copy(verdict.why, sizeof verdict.why, "standard output does not take it");
  }
  return verdict;
}

/* A short hash of the row's key: the same at each try, another for each message (FNV-1a). */
static void print_nonce(char out[static 24], const struct outbox_row *row) {
  uint64_t hash = 0xCBF29CE484222325U;
  const char *texts[] = {row->key, "|", row->channel};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    for (const char *p = texts[i]; *p != '\0'; p++)
      hash = (hash ^ (unsigned char)*p) * 0x100000001B3U;
  }
  (void)text_fmt(out, 24, "%016" PRIx64 "%02x", hash, (unsigned)row->part & 0xFFU);
}

static void send_row(struct sender *sender) {
  const struct world *world = &sender->deliver->world;
  const struct notifier_plug *plug = sender->channel->plug;
  struct ask ask;
  struct err err = {0};
  char nonce[24];
  const struct sending sending = {
      .channel = sender->channel,
      .payload = sender->row.payload,
      .nonce = nonce,
      .created_ms = sender->row.created_ms,
      .now_ms = wall_ms(sender),
  };
  print_nonce(nonce, &sender->row);
  ask_init(&ask);
  if (plug->request(&sending, &ask, &err)) {
    int64_t deadline_ms = plug->deadline_ms > 0 ? plug->deadline_ms : SEND_DEADLINE_MS;
    sender->asked = world->ask(world->context, &ask, deadline_ms, answered, sender);
  } else {
    sender->verdict = (struct verdict){.kind = VERDICT_REFUSED};
    (void)text_copy(sender->verdict.why, sizeof sender->verdict.why, err.text);
    settle(sender);
  }
  ask_done(&ask);
}

static void take_on(struct sender *sender) {
  if (sender->row.id == 0) {
    rest(sender);
    if (sender->next_ms > 0 && !sender->deliver->stopped) wait_for_due(sender, sender->next_ms);
    if (sender->wanted) deliver_wake(sender->deliver);
  } else if (sender->channel->plug->local) {
    sender->verdict = print_payload(sender);
    settle(sender);
  } else {
    send_row(sender);
  }
}

static void claimed(void *context, const struct err *err) {
  struct sender *sender = context;
  if (err->code != ERR_NONE) {
    give_up_for_now(sender, "the outbox cannot be read", err);
  } else {
    take_on(sender);
  }
}

static bool claim_job(struct store *store, void *context, struct err *err) {
  return claim_row(store, context, err);
}

static void claim(struct sender *sender) {
  const struct world *world = &sender->deliver->world;
  sender->busy = true;
  sender->wanted = false;
  world->alarm_stop(sender->alarm);
  world->commit(world->context, claim_job, claimed, sender);
}

static void look(void *context) {
  struct sender *sender = context;
  if (sender->unsettled) {
    commit_settlement(sender);
    return;
  }
  sender->wanted = sender->busy;
  if (sender->busy || sender->deliver->stopped) return;
  if (is_held(sender)) {
    wait_for_due(sender, sender->held_until_ms);
  } else {
    claim(sender);
  }
}

struct deliver *deliver_new(const struct world *world, struct config *config, bool print_local) {
  struct deliver *deliver = mem_new(1, sizeof *deliver + config->channel_count * sizeof deliver->senders[0]);
  deliver->world = *world;
  deliver->print_local = print_local;
  deliver->config = config_keep(config);
  for (size_t i = 0; i < config->channel_count; i++) {
    if (config->channels[i].missing != NULL) continue;
    struct sender *sender = &deliver->senders[deliver->count++];
    sender->deliver = deliver;
    sender->channel = &config->channels[i];
    sender->alarm = world->alarm_new(world->context, look, sender);
  }
  return deliver;
}

void deliver_wake(struct deliver *deliver) {
  for (size_t i = 0; i < deliver->count; i++)
    look(&deliver->senders[i]);
}

bool deliver_is_busy(const struct deliver *deliver) {
  for (size_t i = 0; i < deliver->count; i++) {
    if (deliver->senders[i].busy || deliver->senders[i].logging) return true;
  }
  return false;
}

void deliver_stop(struct deliver *deliver) {
  deliver->stopped = true;
  for (size_t i = 0; i < deliver->count; i++) {
    struct sender *sender = &deliver->senders[i];
    deliver->world.alarm_stop(sender->alarm);
    if (sender->unsettled) commit_settlement(sender);
  }
}

void deliver_free(struct deliver *deliver) {
  if (deliver == NULL) return;
  for (size_t i = 0; i < deliver->count; i++) {
    struct sender *sender = &deliver->senders[i];
    if (sender->asked != NULL) deliver->world.unask(deliver->world.context, sender->asked);
    deliver->world.alarm_free(sender->alarm);
    rest(sender);
  }
  config_release(deliver->config);
  mem_free(deliver);
}
