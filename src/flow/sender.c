#include "sender.h"

#include <inttypes.h>
#include <string.h>

#include "lowtide/log.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define LEASE_MS 60000
#define STORE_TROUBLE_MS 5000

static int64_t wall_ms(const struct sender *sender) {
  return sender->deliver->world.wall_ms(sender->deliver->world.context);
}

static int64_t mono_ms(const struct sender *sender) {
  return sender->deliver->world.mono_ms(sender->deliver->world.context);
}

bool sender_has_summary(const struct sender *sender) {
  return text_eq(sender->row.kind, message_kind_name(MESSAGE_SUMMARY));
}

/* --- the pace ------------------------------------------------------------------------------------------------------ */

static int64_t pace_of(const struct sender *sender) {
  if (sender->channel->plug->local) return 0;
  return pace_wait(sender->deliver->pace, sender->index, mono_ms(sender));
}

/* Taken before the claim: two senders of a platform do not both see its last place free. */
static void take_place(struct sender *sender) {
  if (sender->channel->plug->local) return;
  sender->taken_mono_ms = mono_ms(sender);
  pace_take(sender->deliver->pace, sender->index, sender->taken_mono_ms);
}

static void give_place_back(struct sender *sender) {
  if (sender->taken_mono_ms == 0) return;
  pace_give_back(sender->deliver->pace, sender->index, sender->taken_mono_ms);
  sender->taken_mono_ms = 0;
}

/* --- rest ------------------------------------------------------------------------------------------------------------ */

static void wait_until(struct sender *sender, int64_t due_ms) {
  int64_t delay_ms = due_ms - wall_ms(sender);
  int64_t pace_ms = pace_of(sender);
  if (delay_ms < pace_ms) delay_ms = pace_ms;
  sender->deliver->world.alarm_set(sender->alarm, delay_ms > 0 ? delay_ms : 0);
}

static void rest(struct sender *sender) {
  give_place_back(sender);
  sender->busy = false;
  mem_free(sender->row.payload);
  sender->row = (struct outbox_row){0};
}

static void give_up_for_now(struct sender *sender, const char *what, const struct err *err) {
  log_error("deliver", "%s: %s channel=%s", what, err->text, sender->channel->name);
  rest(sender);
  wait_until(sender, wall_ms(sender) + STORE_TROUBLE_MS);
}

/* --- settling ------------------------------------------------------------------------------------------------------ */

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

static bool is_refused_alert(const struct sender *sender) {
  return sender->settlement.verdict == OUTBOX_REFUSED && sender->undelivered.key[0] != '\0';
}

static void tell_undelivered(struct sender *sender) {
  const struct channel *told = sender->undelivered.told;
  const char *name = sender->channel->name;
  if (told != NULL) {
    log_warning("deliver", "the alert is told on %s instead channel=%s", told->name, name);
    deliver_wake(sender->deliver);
  } else {
    log_error("deliver", "the alert could be told nowhere channel=%s", name);
  }
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
  if (is_refused_alert(sender) && sender->settled) tell_undelivered(sender);
  take_on(sender);
}

static bool claim_row(struct store *store, struct sender *sender, struct err *err) {
  const char *channel = sender->channel->name;
  int64_t now_ms = wall_ms(sender);
  mem_free(sender->row.payload);
  sender->row = (struct outbox_row){0};
  if (!store_outbox_claim(store, channel, now_ms, now_ms + LEASE_MS, &sender->row, err)) return false;
  if (sender->row.id == 0) return store_outbox_next(store, channel, &sender->next_ms, err);
  return store_channel_kept(store, channel, &sender->kept, err);
}

static bool settle_job(struct store *store, void *context, struct err *err) {
  struct sender *sender = context;
  if (!store_outbox_settle(store, &sender->settlement, &sender->settled, err)) return false;
  if (is_refused_alert(sender) && sender->settled && !undelivered_queue(store, &sender->undelivered, err)) return false;
  if (sender->goes_on) return claim_row(store, sender, err);
  sender->row.id = 0;
  return store_outbox_next(store, sender->channel->name, &sender->next_ms, err);
}

static void commit_settlement(struct sender *sender) {
  const struct world *world = &sender->deliver->world;
  sender->unsettled = false;
  sender->goes_on = !sender->deliver->stopped && pace_of(sender) == 0;
  if (sender->goes_on) take_place(sender);
  world->commit(world->context, settle_job, settled, sender);
}

static void tell_outcome(const struct sender *sender) {
  const struct outbox_settlement *settlement = &sender->settlement;
  const char *name = sender->channel->name;
  const char *kind = sender->row.kind;
  switch (settlement->verdict) {
  case OUTBOX_SENT:
    log_info("deliver", "sent %s%s channel=%s part=%d", kind, settlement->repeated ? " (possible repeat)" : "", name,
             sender->row.part);
    if (settlement->why[0] != '\0') log_warning("deliver", "%s channel=%s", settlement->why, name);
    break;
  case OUTBOX_RETRY:
    log_warning("deliver", "%s is not sent yet: %s channel=%s again_in_s=%" PRId64, kind, settlement->why, name,
                (settlement->due_ms - settlement->now_ms + 999) / 1000);
    break;
  case OUTBOX_REFUSED: log_error("deliver", "%s is refused: %s channel=%s", kind, settlement->why, name); break;
  case OUTBOX_DOUBTFUL: log_warning("deliver", "%s is in doubt: %s channel=%s", kind, settlement->why, name); break;
  }
}

void sender_settle(struct sender *sender) {
  give_place_back(sender);
  tell_outcome(sender);
  sender->released = sender->settlement.verdict == OUTBOX_SENT && sender->row.part == 0 && sender_has_summary(sender);
  sender->undelivered = (struct undelivered){0};
  if (sender->settlement.verdict == OUTBOX_REFUSED && text_eq(sender->row.kind, message_kind_name(MESSAGE_ALERT))) {
    sender->undelivered = (struct undelivered){.config = sender->deliver->config,
                                               .channel = sender->channel,
                                               .turn_id = sender->row.turn_id,
                                               .why = sender->settlement.why,
                                               .now_ms = sender->settlement.now_ms};
    (void)text_copy(sender->undelivered.key, sizeof sender->undelivered.key, sender->row.key);
  }
  commit_settlement(sender);
}

struct attempt sender_attempt(const struct sender *sender) {
  return (struct attempt){
      .row = &sender->row,
      .plug = sender->channel->plug,
      .now_ms = wall_ms(sender),
      .edits = sender->edits ? sender->kept.message_id : NULL,
  };
}

void sender_settle_verdict(struct sender *sender, bool unheard) {
  const struct world *world = &sender->deliver->world;
  const struct attempt attempt = sender_attempt(sender);
  const struct outcome outcome = {
      .verdict = &sender->verdict,
      .unheard = unheard,
      .marked = sender->marked,
      .address_mark = sender->address_mark,
      .payload_mark = text_hash(sender->row.payload, strlen(sender->row.payload)),
      .chance = world->chance(world->context),
  };
  sender->settlement = settling_of(&attempt, &outcome, sender->why);
  sender_settle(sender);
}

/* --- claiming ------------------------------------------------------------------------------------------------------ */

static void take_on(struct sender *sender) {
  if (sender->letting_go) return; /* the row is the job's that puts it back */
  if (sender->row.id != 0) {
    sender_try(sender);
    return;
  }
  rest(sender);
  if (sender->next_ms > 0 && !sender->deliver->stopped) wait_until(sender, sender->next_ms);
  if (sender->wanted) sender_look(sender);
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
  take_place(sender);
  world->alarm_stop(sender->alarm);
  world->commit(world->context, claim_job, claimed, sender);
}

void sender_look(struct sender *sender) {
  if (sender->unsettled) {
    commit_settlement(sender);
    return;
  }
  sender->wanted = sender->busy;
  if (sender->busy || sender->deliver->stopped) return;
  if (pace_of(sender) > 0) {
    wait_until(sender, wall_ms(sender));
  } else {
    claim(sender);
  }
}

static void look(void *context) {
  sender_look(context);
}

void sender_init(struct sender *sender, struct deliver *deliver, size_t index) {
  sender->deliver = deliver;
  sender->index = index;
  sender->channel = &deliver->config->channels[index];
  notifier_mark(sender->channel, sender->address_mark);
  sender->alarm = deliver->world.alarm_new(deliver->world.context, look, sender);
}

/* --- the end --------------------------------------------------------------------------------------------------------- */

void sender_stop(struct sender *sender) {
  sender->deliver->world.alarm_stop(sender->alarm);
  if (sender->unsettled) commit_settlement(sender);
}

/* After the jobs before it: a claim that they made is given back. */
static bool let_go_job(struct store *store, void *context, struct err *err) {
  const struct sender *sender = context;
  int64_t now_ms = wall_ms(sender);
  const struct outbox_settlement untried = {.id = sender->row.id,
                                            .fence = sender->row.fence,
                                            .verdict = OUTBOX_RETRY,
                                            .now_ms = now_ms,
                                            .due_ms = now_ms,
                                            .untried = true};
  bool ours = false;
  return untried.id == 0 || store_outbox_settle(store, &untried, &ours, err);
}

static void let_go(void *context, const struct err *err) {
  struct sender *sender = context;
  if (err->code != ERR_NONE) log_error("deliver", "%s channel=%s", err->text, sender->channel->name);
  sender->letting_go = false;
  rest(sender);
}

void sender_give_up(struct sender *sender) {
  const struct world *world = &sender->deliver->world;
  if (!sender->busy || sender->unsettled || sender->letting_go) return;
  if (sender->asked != NULL && world->unask(world->context, sender->asked)) {
    sender->verdict = (struct verdict){.kind = VERDICT_RETRY};
    (void)text_copy(sender->verdict.why, sizeof sender->verdict.why, "the program ended while it was sent");
    sender->asked = NULL;
    sender_settle_verdict(sender, true);
    return;
  }
  sender->asked = NULL;
  sender->letting_go = true;
  world->commit(world->context, let_go_job, let_go, sender);
}

void sender_done(struct sender *sender) {
  const struct world *world = &sender->deliver->world;
  if (sender->asked != NULL) (void)world->unask(world->context, sender->asked);
  world->alarm_free(sender->alarm);
  rest(sender);
}
