/* manual: a balance that people note with `lowtide set` and `lowtide topup`. */
#include "lowtide/text.h"
#include "provider/plugs.h"

static enum gathering_step read_note(const struct account *account, const struct note_answer *note,
                                     struct reading *reading) {
  struct err err = {0};
  if (!note->noted || !note->balance.known) {
    (void)err_set(&err, ERR_NOT_CONFIGURED, "nothing noted yet");
    (void)err_hint(&err, "lowtide set %s AMOUNT", account->name);
    return plug_fail(reading, &err);
  }
  *reading =
      (struct reading){.kind = READING_PREPAID, .time_ms = note->time_ms, .available = note->balance, .estimated = true};
  (void)text_copy(reading->unit, sizeof reading->unit, account_unit(account));
  return GATHERING_DONE;
}

static enum gathering_step manual_next(void *state, const struct account *account, const struct answer *answer,
                                       struct ask *ask, struct reading *reading) {
  (void)state;
  if (answer != NULL) return read_note(account, &answer->note, reading);
  ask->kind = ASK_NOTE;
  ask->note = (struct note_ask){.account = account->name, .unit = account_unit(account)};
  return GATHERING_ASK;
}

static const struct setting manual_settings[] = {{.name = NULL}};

const struct provider_plug provider_manual = {
    .name = "manual",
    .about = "what people note with `lowtide set` and `lowtide topup`",
    .label = "Manual",
    .emoji = "📝",
    .settings = manual_settings,
    .stale_after_ms = 7 * DAY_MS,
    .next = manual_next,
};
