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
  return store_note_add(store, note, err) && store_note_balance(store, note->account, note->unit, &noting->balance, err);
}

static bool is_noted_by_hand(const struct account *account, struct err *err) {
  if (account_is_noted(account)) return true;
  err_set(err, ERR_USAGE, "%s is read from %s, not noted by hand", account->name, account->provider);
  return err_hint(err, "set and topup are for accounts with `provider = manual` or `ledger`");
}

static bool take_amount(const char *text, const struct account *account, struct note *note, struct err *err) {
  char said[MONEY_SAID_MAX];
  return command_amount(text, &note->nano, said, err) && unit_accept(account->name, note->unit, said, err);
}

static bool record(const struct config *config, struct noting *noting, struct err *err) {
  struct store *store = store_open(config->state_dir, STORE_WRITE, err);
  if (store == NULL) return false;
  bool ok = store_do(store, note_job, noting, err);
  store_close(store);
  if (ok) state_lock_nudge(config->state_dir);
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
  if (noting->is_ledger) {
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
  if (noting->is_ledger) {
    ledger_look(config, account, noting->note.time_ms, &noting->look);
    noting->note.spent_before = noting->look.spent_before;
  }
  return record(config, noting, err);
}

static int set_run(const struct invocation *invocation) {
  struct err err = {0};
  struct config *config = invocation_config(invocation);
  if (config == NULL) return EXIT_TROUBLE;
  const struct account *account = command_account(config, invocation->args[0]);
  int result = EXIT_TROUBLE;
  if (account != NULL) {
    struct noting noting = {.note = {.account = account->name, .kind = NOTE_SET, .time_ms = loop_wall_ms()}};
    noting.is_ledger = text_eq(account->provider, "ledger");
    noting.note.unit = account_unit(account);
    bool ok = is_noted_by_hand(account, &err) && take_amount(invocation->args[1], account, &noting.note, &err) &&
              note_it(config, account, &noting, &err);
    result = ok ? tell(&noting, account) : command_fail(&err);
  }
  config_release(config);
  return result;
}

const struct command command_set = {
    .name = "set",
    .usage = "ACCOUNT AMOUNT",
    .about = "note the balance of an account that is kept by hand",
    .more = "For a ledger it asks what was spent, too, and tells how far the ledger was off.\n"
            "A running daemon sees it at once.",
    .args_min = 2,
    .args_max = 2,
    .run = set_run,
};
