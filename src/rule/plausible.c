#include "lowtide/rule.h"
#include "lowtide/text.h"

#define FALL_PART 10        /* what is left of it after a fall by 90 % */
#define AGREE_PART 20       /* two looks agree within 5 % of what was there before the fall */
#define LOOK_APART_MS 10000 /* what is read within the same moments is the same look */

static bool falls(const struct reading *reading, const struct reading *before) {
  if (!reading_is_known(reading) || reading->estimated || before == NULL) return false;
  if (!reading->available.known || !before->available.known || before->available.nano <= 0) return false;
  if (!text_eq(reading->unit, before->unit)) return false;
  return reading->available.nano <= 0 || (money_wide)reading->available.nano * FALL_PART < before->available.nano;
}

static bool is_second_look(const struct reading *reading, const struct alert_memory *memory) {
  int64_t apart_ms = reading->asked_ms - memory->suspect_ms;
  return memory->suspect.known && (apart_ms >= LOOK_APART_MS || apart_ms < 0); /* < 0: the clock was set back */
}

static bool agrees(const struct reading *reading, const struct reading *before, const struct alert_memory *memory) {
  money_wide apart = (money_wide)reading->available.nano - memory->suspect.nano;
  return (apart < 0 ? -apart : apart) * AGREE_PART <= before->available.nano;
}

static struct reading doubted(const struct reading *reading) {
  struct err err = {0};
  char amount[MONEY_TEXT_MAX];
  money_print(amount, sizeof amount, reading->available.nano, reading->unit);
  (void)err_set(&err, ERR_IMPLAUSIBLE, "%s not confirmed yet", amount);
  (void)err_hint(&err, "so deep a fall is believed once a second look agrees");
  struct reading unknown = reading_unknown(reading->asked_ms, &err);
  unknown.kind = reading->kind;
  unknown.time_ms = reading->time_ms;
  unknown.simulated = reading->simulated;
  (void)text_copy(unknown.unit, sizeof unknown.unit, reading->unit);
  return unknown;
}

/* Two looks that both fall but disagree leave it unknown: the newer is then what the next look has to agree with. */
struct reading reading_plausible(const struct reading *reading, const struct reading *last_known,
                                 struct alert_memory *memory, bool *again) {
  *again = false;
  if (!falls(reading, last_known)) {
    if (reading_is_known(reading)) memory->suspect = (struct amount){0};
    return *reading;
  }
  bool second = is_second_look(reading, memory);
  if (second && agrees(reading, last_known, memory)) {
    memory->suspect = (struct amount){0};
    return *reading;
  }
  *again = !memory->suspect.known;
  if (second || *again) {
    memory->suspect = reading->available;
    memory->suspect_ms = reading->asked_ms;
  }
  return doubted(reading);
}
