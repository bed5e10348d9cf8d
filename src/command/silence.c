/* `mute`, `unmute` and `ack`: a person's words to the rules, written beside a daemon as a job of one's own. */
#include "command.h"
#include "lowtide/compose.h"
#include "lowtide/loop.h"
#include "lowtide/message.h"
#include "lowtide/rule.h"
#include "lowtide/store.h"
#include "lowtide/text.h"
#include "terminal.h"

#define LONGEST_MS (365 * 86400000LL)
#define LINE_LIMIT 1024

enum word { WORD_MUTE, WORD_UNMUTE, WORD_ACK };

struct silencing {
  const struct account *account;
  enum word word;
  int64_t now_ms;
  int64_t for_ms; /* MUTE */
  bool was_muted;
  struct alert_memory memory; /* as it is afterwards */
};

static void obey(struct silencing *silencing) {
  struct alert_memory *memory = &silencing->memory;
  switch (silencing->word) {
  case WORD_MUTE: (void)alert_mute(memory, silencing->now_ms + silencing->for_ms); break;
  case WORD_UNMUTE: alert_unmute(memory); break;
  case WORD_ACK: (void)alert_ack(memory); break;
  }
}

static bool silence_job(struct store *store, void *context, struct err *err) {
  struct silencing *silencing = context;
  const struct account_key key = {.account = silencing->account->name, .provider = silencing->account->provider};
  if (!store_alert_memory(store, &key, &silencing->memory, err)) return false;
  silencing->was_muted = alert_is_muted(&silencing->memory, silencing->now_ms);
  obey(silencing);
  return store_alert_memory_put(store, &key, &silencing->memory, err);
}

static bool record(const struct config *config, struct silencing *silencing, struct err *err) {
  struct store *store = store_open(config->state_dir, STORE_WRITE, err);
  bool ok = store != NULL && store_do(store, silence_job, silencing, err);
  store_close(store);
  return ok;
}

static bool parse_span(const char *text, int64_t *ms, struct err *err) {
  if (!text_duration(text, ms, err)) return false;
  if (*ms <= LONGEST_MS) return true;
  (void)err_set(err, ERR_USAGE, "a mute lasts a year at most");
  return err_hint(err, "an account that nobody wants to hear of can be left out of a channel's `accounts`");
}

static int tell(const struct silencing *silencing) {
  struct buf marked;
  struct buf line;
  buf_init(&marked, LINE_LIMIT);
  buf_init(&line, LINE_LIMIT);
  switch (silencing->word) {
  case WORD_MUTE: compose_muted(silencing->account, &silencing->memory, &marked); break;
  case WORD_UNMUTE: compose_unmuted(silencing->account, &silencing->memory, silencing->was_muted, &marked); break;
  case WORD_ACK: compose_acked(silencing->account, &silencing->memory, &marked); break;
  }
  message_print_plain(&line, buf_text(&marked), terminal_is_rich());
  int result = command_print(buf_text(&line));
  buf_done(&marked);
  buf_done(&line);
  return result;
}

static int silence_run(const struct invocation *invocation, enum word word) {
  struct err err = {0};
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  int result = EXIT_TROUBLE;
  struct silencing silencing = {.word = word, .now_ms = loop_wall_ms()};
  silencing.account = command_account(config, invocation->args[0]);
  if (silencing.account != NULL) {
    bool ok = word != WORD_MUTE || parse_span(invocation->args[1], &silencing.for_ms, &err);
    ok = ok && record(config, &silencing, &err);
    result = ok ? tell(&silencing) : command_fail(&err);
  }
  config_release(config);
  return result;
}

static int mute_run(const struct invocation *invocation) {
  return silence_run(invocation, WORD_MUTE);
}

static int unmute_run(const struct invocation *invocation) {
  return silence_run(invocation, WORD_UNMUTE);
}

static int ack_run(const struct invocation *invocation) {
  return silence_run(invocation, WORD_ACK);
}

const struct command command_mute = {
    .name = "mute",
    .usage = "ACCOUNT DURATION",
    .about = "silence an account's alerts for a while, such as 6h or 3d",
    .more = "What gets worse than it is, a critical level above all, is told all the same, and so is a recovery. What was "
            "kept\n"
            "back is told when the mute ends, if it still holds. Works beside a running daemon.",
    .args_min = 2,
    .args_max = 2,
    .run = mute_run,
};

const struct command command_unmute = {
    .name = "unmute",
    .usage = "ACCOUNT",
    .about = "hear an account's alerts again",
    .more = "What was kept back and still holds is told at the next round; `lowtide update` makes one at once.",
    .args_min = 1,
    .args_max = 1,
    .run = unmute_run,
};

const struct command command_ack = {
    .name = "ack",
    .usage = "ACCOUNT",
    .about = "acknowledge what is told of an account: no reminders until it gets worse",
    .args_min = 1,
    .args_max = 1,
    .run = ack_run,
};
