/* One try to send the message that a sender has claimed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lowtide/log.h"
#include "lowtide/text.h"
#include "sender.h"

#define SEND_DEADLINE_MS 15000
#define MARKED_MAX 2097152 /* 2 MiB */

static void settle_refused(struct sender *sender, const char *why) {
  sender->verdict = (struct verdict){.kind = VERDICT_REFUSED};
  (void)text_copy(sender->verdict.why, sizeof sender->verdict.why, why);
  sender_settle_verdict(sender, false);
}

/* A program that was stopped at its deadline may have done its work. */
static bool is_unheard(enum ask_kind kind, const struct answer *answer) {
  switch (answer->err.code) {
  case ERR_NETWORK:
  case ERR_TLS:
  case ERR_TIMEOUT: break;
  default: return false;
  }
  switch (kind) {
  case ASK_HTTP: return answer->http.written;
  case ASK_MAIL: return answer->mail.written;
  case ASK_PROGRAM: return answer->err.code == ERR_TIMEOUT;
  case ASK_SQL:
  case ASK_NOTE:
  case ASK_LAST: break;
  }
  return false;
}

static void answered(void *context, const struct answer *answer) {
  struct sender *sender = context;
  const struct world *world = &sender->deliver->world;
  const struct notifier_plug *plug = sender->channel->plug;
  sender->asked = NULL;
  sender->verdict = notifier_judge(plug, answer);
  if (pace_hear(sender->deliver->pace, sender->index, world->mono_ms(world->context), &answer->http, &sender->verdict))
    log_error("deliver", "%s has refused %d requests in 10 minutes: it gets no more until they have passed",
              plug->platform->name, PACE_INVALID_MAX);
  sender_settle_verdict(sender, is_unheard(sender->kind, answer));
}

static void print_payload(struct sender *sender, const char *payload) {
  sender->verdict = (struct verdict){.kind = VERDICT_SENT};
  if (sender->deliver->print_local && (printf("%s\n", payload) < 0 || fflush(stdout) != 0)) {
    clearerr(stdout);
    sender->verdict.kind = VERDICT_RETRY;
    (void)text_copy(sender->verdict.why, sizeof sender->verdict.why, "standard output does not take it");
  }
  sender_settle_verdict(sender, false);
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

static void request(struct sender *sender, const char *payload) {
  const struct world *world = &sender->deliver->world;
  const struct notifier_plug *plug = sender->channel->plug;
  struct ask ask;
  struct err err = {0};
  char nonce[24];
  const struct sending sending = {
      .channel = sender->channel,
      .payload = payload,
      .nonce = nonce,
      .created_ms = sender->row.created_ms,
      .now_ms = world->wall_ms(world->context),
      .message_id = sender->edits ? sender->kept.message_id : NULL,
  };
  print_nonce(nonce, &sender->row);
  ask_init(&ask);
  if (sender->edits ? plug->edit(&sending, &ask, &err) : plug->request(&sending, &ask, &err)) {
    int64_t deadline_ms = plug->deadline_ms > 0 ? plug->deadline_ms : SEND_DEADLINE_MS;
    sender->taken_mono_ms = 0; /* used */
    sender->kind = ask.kind;
    sender->asked = world->ask(world->context, &ask, deadline_ms, answered, sender);
  } else {
    settle_refused(sender, err.text);
  }
  ask_done(&ask);
}

static void send_row(struct sender *sender) {
  const struct notifier_plug *plug = sender->channel->plug;
  const char *payload = sender->row.payload;
  struct err err = {0};
  struct buf marked;
  buf_init(&marked, MARKED_MAX);
  sender->marked = sender->marked && plug->mark_repeat != NULL && plug->mark_repeat(payload, &marked, &err);
  if (sender->marked) payload = buf_text(&marked);
  if (plug->local) {
    print_payload(sender, payload);
  } else {
    request(sender, payload);
  }
  buf_done(&marked);
}

/* The message that is there says the same already. */
static bool is_unchanged(const struct sender *sender) {
  return sender->edits && sender->kept.message_mark == text_hash(sender->row.payload, strlen(sender->row.payload));
}

static bool edits(const struct sender *sender) {
  return sender->channel->mode == CHANNEL_EDIT && sender->channel->plug->edit != NULL && sender_has_summary(sender) &&
         sender->row.part == 0 && sender->kept.message_id[0] != '\0';
}

void sender_try(struct sender *sender) {
  sender->edits = edits(sender);
  const struct attempt attempt = sender_attempt(sender);
  enum settling_plan plan = settling_plan(&attempt);
  bool is_test = text_eq(sender->row.kind, message_kind_name(MESSAGE_TEST));
  sender->marked = plan == SETTLING_SEND_MARKED;
  if (deliver_is_disabled(sender->channel, &sender->kept) && !is_test) {
    settle_refused(sender, sender->kept.last_why);
  } else if (plan == SETTLING_LEAVE) {
    sender->settlement = settling_leave(&attempt);
    sender_settle(sender);
  } else if (is_unchanged(sender)) {
    sender->verdict = (struct verdict){.kind = VERDICT_SENT};
    sender_settle_verdict(sender, false);
  } else {
    send_row(sender);
  }
}
