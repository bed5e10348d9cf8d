/* push: a balance that is handed in with `lowtide push`. */
#include "lowtide/text.h"
#include "provider/plugs.h"

static enum gathering_step read_push(const struct account *account, const struct note_answer *note,
                                     struct reading *reading) {
  struct err err = {0};
  if (!note->pushed || !note->push.available.known) {
    (void)err_set(&err, ERR_NOT_CONFIGURED, "nothing handed in yet");
    (void)err_hint(&err, "echo AMOUNT | lowtide push %s", account->name);
    return plug_fail(reading, &err);
  }
  *reading = (struct reading){
      .kind = READING_PREPAID,
      .time_ms = note->push.time_ms,
      .available = note->push.available,
      .cash = note->push.cash,
      .voucher = note->push.voucher,
  };
  (void)text_copy(reading->unit, sizeof reading->unit, account_unit(account));
  return GATHERING_DONE;
}

static enum gathering_step push_next(void *state, const struct account *account, const struct answer *answer,
                                     struct ask *ask, struct reading *reading) {
  (void)state;
  if (answer != NULL) return read_push(account, &answer->note, reading);
  ask->kind = ASK_NOTE;
  ask->note = (struct note_ask){.account = account->name, .unit = account_unit(account)};
  return GATHERING_ASK;
}

static const struct setting push_settings[] = {{.name = NULL}};

const struct provider_plug provider_push = {
    .name = "push",
    .about = "what a program of your own hands in with `lowtide push`",
    .label = "Push",
    .emoji = "📥",
    .settings = push_settings,
    .stale_after_ms = 7 * DAY_MS,
    .next = push_next,
};
