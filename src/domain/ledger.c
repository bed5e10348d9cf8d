#include "lowtide/ledger.h"

#include "lowtide/text.h"
#include "lowtide/zone.h"

int64_t ledger_since_ms(int64_t noted_ms) {
  return noted_ms - ((noted_ms % DAY_MS) + DAY_MS) % DAY_MS;
}

static bool check_cost(const struct ledger *ledger, const struct reading *cost, struct err *err) {
  if (!reading_is_known(cost)) {
    (void)err_set(err, cost->code, "%s", cost->detail);
    return *cost->hint == '\0' ? false : err_hint(err, "%s", cost->hint);
  }
  if (!cost->used.known) return err_set(err, ERR_MALFORMED, "the vendor told no cost");
  if (text_eq(cost->unit, ledger->unit)) return true;
  (void)err_set(err, ERR_NOT_CONFIGURED, "the cost is in %s, the note in %s", cost->unit, ledger->unit);
  return err_hint(err, "write `unit = %s` into the account's section, and note the balance in that", cost->unit);
}

bool ledger_left(const struct ledger *ledger, const struct reading *cost, int64_t *left_nano, struct err *err) {
  int64_t before = ledger->spent_before.known ? ledger->spent_before.nano : 0;
  int64_t spent;
  int64_t left;
  if (!check_cost(ledger, cost, err)) return false;
  if (__builtin_sub_overflow(cost->used.nano, before, &spent) ||
      __builtin_sub_overflow(ledger->balance_nano, spent, &left)) {
    return err_set(err, ERR_MALFORMED, "the cost is more than fits");
  }
  *left_nano = left;
  return true;
}
