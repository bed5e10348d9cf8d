#include "command.h"
#include "lowtide/loop.h"
#include "lowtide/store.h"
#include "lowtide/text.h"

/* What a person notes, and what stands afterwards. */
struct noting {
  struct note note;
  struct note_answer balance;
};

static bool note_job(struct store *store, void *context, struct err *err) {
  struct noting *noting = context;
  return store_note_add(store, &noting->note, err) &&
         store_note_balance(store, noting->note.account, noting->note.unit, &noting->balance, err);
}

static bool is_noted_by_hand(const struct account *account, struct err *err) {
  if (text_eq(account->provider, "manual")) return true;
  err_set(err, ERR_USAGE, "%s is read from %s, not noted by hand", account->name, account->provider);
  return err_hint(err, "set and topup are for accounts with `provider = manual`");
}

/* "$12.50", "12.50" or "12.50 USD" is what people type. */
static bool parse_amount(const char *text, int64_t *nano, struct err *err) {
  while (*text == '$' || *text == ' ')
    text++;
  if (money_parse(text, nano, err)) return true;
  err_set(err, ERR_USAGE, "\"%.40s\" is not an amount", text);
  return err_hint(err, "write it as 12.50");
}

static bool parse(const struct invocation *invocation, const struct account *account, struct note *note, struct err *err) {
  const char *expires = invocation_flag(invocation, "expires");
  if (!is_noted_by_hand(account, err)) return false;
  if (!parse_amount(invocation->args[1], &note->nano, err)) return false;
  if (note->kind == NOTE_TOPUP && note->nano <= 0) {
    err_set(err, ERR_USAGE, "a top-up adds something");
    return err_hint(err, "to note a lower balance, use `lowtide set %s AMOUNT`", account->name);
  }
  if (expires == NULL) return true;
  if (!time_parse(expires, &note->expires_ms, err)) {
    err_set(err, ERR_USAGE, "--expires: \"%.40s\" is not a date", expires);
    return err_hint(err, "write it as 2026-12-31");
  }
  if (note->expires_ms <= note->time_ms) return err_set(err, ERR_USAGE, "--expires: that day is over");
  return true;
}

static bool record(const struct config *config, struct noting *noting, struct err *err) {
  struct store *store = store_open(config->state_dir, STORE_WRITE, err);
  if (store == NULL) return false;
  bool ok = store_do(store, note_job, noting, err);
  store_close(store);
  return ok;
}

static int tell(const struct noting *noting, const struct account *account) {
  char balance[64];
  char line[256];
  money_print(balance, sizeof balance, noting->balance.balance.nano, noting->note.unit);
  (void)text_fmt(line, sizeof line, "%s: %s noted", account->label, balance);
  return command_print(line);
}

static int note_run(const struct invocation *invocation, enum note_kind kind) {
  struct err err = {0};
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  const struct account *account = command_account(config, invocation->args[0]);
  int result = EXIT_TROUBLE;
  if (account != NULL) {
    struct noting noting = {.note = {.account = account->name, .kind = kind, .time_ms = loop_wall_ms()}};
    noting.note.unit = *account->unit != '\0' ? account->unit : "USD";
    bool ok = parse(invocation, account, &noting.note, &err) && record(config, &noting, &err);
    result = ok ? tell(&noting, account) : command_fail(&err);
  }
  config_release(config);
  return result;
}

static int set_run(const struct invocation *invocation) {
  return note_run(invocation, NOTE_SET);
}

static int topup_run(const struct invocation *invocation) {
  return note_run(invocation, NOTE_TOPUP);
}

const struct command command_set = {
    .name = "set",
    .usage = "ACCOUNT AMOUNT",
    .about = "note the balance of an account that is kept by hand",
    .more = "A running daemon sees it at its next round.",
    .args_min = 2,
    .args_max = 2,
    .run = set_run,
};

static const struct flag topup_flags[] = {
    {"expires", "DATE", "the day on which what was bought runs out, 2026-12-31"},
    {0},
};

const struct command command_topup = {
    .name = "topup",
    .usage = "ACCOUNT AMOUNT",
    .about = "note that an account kept by hand was topped up",
    .more = "Adds to the balance noted last. A running daemon sees it at its next round.",
    .args_min = 2,
    .args_max = 2,
    .flags = topup_flags,
    .run = topup_run,
};
