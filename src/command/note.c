#include <stdio.h>

#include "command.h"
#include "ledger.h"
#include "lowtide/loop.h"
#include "lowtide/secret.h"
#include "lowtide/store.h"
#include "lowtide/text.h"

#define TOLD_MAX 1024

/* What a person notes, and what stands afterwards. */
struct noting {
  struct note note;
  bool is_ledger;
  struct ledger_look look;
  struct note_answer balance;
};

static bool note_job(struct store *store, void *context, struct err *err) {
  struct noting *noting = context;
  const struct note *note = &noting->note;
  if (noting->is_ledger && note->kind == NOTE_TOPUP) {
    if (!store_note_balance(store, note->account, note->unit, &noting->balance, err)) return false;
    if (!noting->balance.noted) {
      (void)err_set(err, ERR_USAGE, "%s has no balance noted that a top-up could add to", note->account);
      return err_hint(err, "lowtide set %s AMOUNT", note->account);
    }
  }
  return store_note_add(store, &noting->note, err) &&
         store_note_balance(store, noting->note.account, noting->note.unit, &noting->balance, err);
}

static bool is_noted_by_hand(const struct account *account, struct err *err) {
  if (text_eq(account->provider, "manual") || text_eq(account->provider, "ledger")) return true;
  err_set(err, ERR_USAGE, "%s is read from %s, not noted by hand", account->name, account->provider);
  return err_hint(err, "set and topup are for accounts with `provider = manual` or `ledger`");
}

static bool parse(const struct invocation *invocation, const struct account *account, struct note *note, struct err *err) {
  const char *expires = invocation_flag(invocation, "expires");
  if (!is_noted_by_hand(account, err)) return false;
  if (!command_amount(invocation->args[1], &note->nano, err)) return false;
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

/* What the recipe failed with may hold what its vendor said. */
static int print_blotted(FILE *to, struct buf *text) {
  if (text->len > 0) (void)secret_blot(text->data);
  if (to == stdout) return command_print(buf_text(text));
  (void)fputs(buf_text(text), to);
  return EXIT_FINE;
}

static int tell(const struct noting *noting, const struct account *account) {
  char balance[64];
  struct buf told;
  struct buf doubt;
  buf_init(&told, TOLD_MAX);
  buf_init(&doubt, TOLD_MAX);
  money_print(balance, sizeof balance, noting->balance.balance.nano, noting->note.unit);
  buf_addf(&told, "%s: %s noted\n", account->label, balance);
  if (noting->is_ledger && noting->note.kind == NOTE_SET) {
    ledger_print_drift(&told, &noting->look, &noting->note);
    ledger_print_doubt(&doubt, &noting->look);
  }
  int result = print_blotted(stdout, &told);
  (void)print_blotted(stderr, &doubt);
  buf_done(&told);
  buf_done(&doubt);
  return result;
}

static bool note_it(const struct config *config, const struct account *account, struct noting *noting, struct err *err) {
  if (noting->is_ledger && noting->note.kind == NOTE_SET) {
    ledger_look(config, account, noting->note.time_ms, &noting->look);
    noting->note.spent_before = noting->look.spent_before;
  }
  return record(config, noting, err);
}

static int note_run(const struct invocation *invocation, enum note_kind kind) {
  struct err err = {0};
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  const struct account *account = command_account(config, invocation->args[0]);
  int result = EXIT_TROUBLE;
  if (account != NULL) {
    struct noting noting = {.note = {.account = account->name, .kind = kind, .time_ms = loop_wall_ms()}};
    noting.is_ledger = text_eq(account->provider, "ledger");
    noting.note.unit = *account->unit != '\0' ? account->unit : "USD";
    bool ok = parse(invocation, account, &noting.note, &err) && note_it(config, account, &noting, &err);
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
    .more = "For a ledger it asks what was spent, too, and tells how far the ledger was off.\n"
            "A running daemon sees it at its next round.",
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
