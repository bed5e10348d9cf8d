#include "lowtide/text.h"
#include "words.h"

static bool check(const struct chat_question *question, struct err *err) {
  const struct account *account = question->account;
  if (!account_is_noted(account)) {
    (void)err_set(err, ERR_USAGE, "%s is read from %s, not noted by hand", account->name, account->provider);
    return err_hint(err, "topup is for accounts with `provider = manual` or `ledger`");
  }
  if (!unit_accept(account->name, account_unit(account), question->said, err)) return false;
  if (question->amount.nano <= 0) {
    (void)err_set(err, ERR_USAGE, "a top-up adds something");
    return err_hint(err, "to note a lower balance, use `lowtide set %s AMOUNT`", account->name);
  }
  if (question->expires_ms == 0 || question->expires_ms > question->now_ms) return true;
  (void)err_set(err, ERR_USAGE, "expires: that day is over");
  return err_hint(err, "name a day to come, or leave it out");
}

/* A ledger takes costs off a balance: it must have one. */
static bool has_balance(struct store *store, const struct note *note, struct err *err) {
  struct note_answer balance = {0};
  if (!store_note_balance(store, note->account, note->unit, &balance, err)) return false;
  if (balance.noted) return true;
  (void)err_set(err, ERR_USAGE, "%s has no balance noted that a top-up could add to", note->account);
  return err_hint(err, "lowtide set %s AMOUNT", note->account);
}

static void tell(const struct account *account, const struct note *note, const struct note_answer *balance,
                 struct chat_answer *answer) {
  struct buf *out = words_begin(answer);
  buf_add(out, "💰 ");
  message_add_foreign(out, account->label);
  buf_add(out, " topped up by ");
  compose_money(out, note->nano, note->unit);
  buf_add(out, ": ");
  compose_money(out, balance->balance.nano, note->unit);
  buf_add(out, " noted");
  if (note->expires_ms != 0) {
    char day[ZONE_TIME_TEXT_MAX];
    time_print_minute(day, NULL, note->expires_ms);
    buf_addf(out, " · what is new expires %.10s", day);
  }
  compose_buttons(account, BUTTON_REFRESH | BUTTON_HISTORY, &answer->message);
}

static bool topup_change(struct store *store, const struct chat_question *question, struct chat_answer *answer,
                         struct err *err) {
  const struct account *account = question->account;
  struct note_answer balance = {0};
  const struct note note = {
      .account = account->name,
      .unit = account_unit(account),
      .kind = NOTE_TOPUP,
      .nano = question->amount.nano,
      .time_ms = question->now_ms,
      .expires_ms = question->expires_ms,
  };
  if (!check(question, err)) return false;
  if (text_eq(account->provider, "ledger") && !has_balance(store, &note, err)) return false;
  if (!store_note_add(store, &note, err)) return false;
  if (!store_note_balance(store, note.account, note.unit, &balance, err)) return false;
  tell(account, &note, &balance, answer);
  return true;
}

static const struct chat_argument arguments[] = {
    ARGUMENT_ACCOUNT_NEEDED,
    {.name = "amount", .kind = CHAT_AMOUNT, .needed = true, .about = "by how much, 12.50"},
    {.name = "expires", .kind = CHAT_DATE, .about = "the day on which what was bought runs out, 2026-12-31"},
    {0},
};

extern const struct chat_command chat_topup;
const struct chat_command chat_topup = {
    .name = "topup",
    .about = "note that an account kept by hand was topped up",
    .arguments = arguments,
    .changes = true,
    .refreshes = true,
    .is_for = account_is_noted,
    .change = topup_change,
};
