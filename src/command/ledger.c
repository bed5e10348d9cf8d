#include "ledger.h"

#include <inttypes.h>

#include "engine.h"
#include "lowtide/gather.h"
#include "lowtide/ledger.h"
#include "lowtide/provider.h"
#include "lowtide/text.h"

static void gathered(void *context) {
  struct engine *engine = context;
  loop_stop(engine->real.loop);
}

/* costs[0] is since today, costs[1], if there are two, since the note before. */
static void ask_costs(struct engine *engine, const struct account *costs, size_t count, struct reading *readings) {
  const struct account *asked[2] = {&costs[0], &costs[1]};
  const struct gather_hooks hooks = {.done = gathered, .context = engine};
  struct gather *gather = gather_start(&engine->world, asked, count, &hooks);
  loop_run(engine->real.loop);
  for (size_t i = 0; i < count; i++)
    readings[i] = *gather_reading(gather, i);
  gather_free(gather);
}

static const char *unit_of(const struct account *account) {
  return *account->unit != '\0' ? account->unit : "USD";
}

static void fail_look(struct ledger_look *look, const struct err *err) {
  look->before = look->then = reading_unknown(0, err);
}

/* What is left of a balance, or the reason why nobody knows. */
static struct amount reckon(const struct ledger *ledger, const struct reading *cost, struct reading *why) {
  struct err err = {0};
  int64_t nano;
  if (ledger_left(ledger, cost, &nano, &err)) return amount_of(nano);
  *why = reading_unknown(0, &err);
  return (struct amount){0};
}

static void look_with(struct engine *engine, const struct account *account, int64_t now_ms, struct ledger_look *look) {
  struct note_answer note = {0};
  struct err err = {0};
  struct store *reader = engine->real.reader;
  bool read = reader != NULL && store_note_balance(reader, account->name, unit_of(account), &note, &err);
  look->had_note = read && note.noted;
  look->noted_ms = note.noted_ms;
  struct reading readings[2] = {{0}};
  const struct account costs[2] = {
      provider_cost_account(account, ledger_since_ms(now_ms)),
      provider_cost_account(account, ledger_since_ms(note.noted_ms)),
  };
  bool same_day = costs[0].since_ms == costs[1].since_ms;
  ask_costs(engine, costs, look->had_note && !same_day ? 2 : 1, readings);
  const struct ledger nothing = {.unit = unit_of(account)};
  struct amount owed = reckon(&nothing, &readings[0], &look->before);
  if (owed.known) look->spent_before = readings[0].used;
  const struct ledger old = {
      .unit = unit_of(account),
      .balance_nano = note.balance.nano,
      .spent_before = note.spent_before,
  };
  if (look->had_note) look->said = reckon(&old, &readings[same_day ? 0 : 1], &look->then);
}

void ledger_look(const struct config *config, const struct account *account, int64_t now_ms, struct ledger_look *look) {
  struct engine engine;
  struct err err = {0};
  *look = (struct ledger_look){0};
  if (!engine_start(&engine, config, ENGINE_READS, &err)) {
    fail_look(look, &err);
    return;
  }
  look_with(&engine, account, now_ms, look);
  engine_stop(&engine);
}

static void print_span(char *out, size_t size, int64_t ms) {
  int64_t days = ms / DAY_MS;
  if (days < 1) {
    text_print_duration(out, size, ms);
  } else {
    (void)text_fmt(out, size, "%" PRId64 " day%s", days, text_plural(days));
  }
}

void ledger_print_drift(struct buf *out, const struct ledger_look *look, const struct note *note) {
  char said[MONEY_TEXT_MAX];
  char noted[MONEY_TEXT_MAX];
  char drift[MONEY_TEXT_MAX];
  char span[MONEY_TEXT_MAX];
  int64_t off = 0;
  if (!look->had_note) return;
  if (!look->said.known) {
    buf_addf(out, "what the ledger said before is not known (%s)\n", look->then.detail);
    return;
  }
  if (__builtin_sub_overflow(look->said.nano, note->nano, &off) || off == INT64_MIN) return;
  money_print(said, sizeof said, look->said.nano, note->unit);
  money_print(noted, sizeof noted, note->nano, note->unit);
  money_print(drift, sizeof drift, off < 0 ? -off : off, note->unit);
  print_span(span, sizeof span, note->time_ms - look->noted_ms);
  if (off == 0) {
    buf_addf(out, "the ledger said ≈ %s too, after %s\n", said, span);
  } else {
    buf_addf(out, "the ledger said ≈ %s, you noted %s: off by %s in %s\n", said, noted, drift, span);
  }
}

void ledger_print_doubt(struct buf *out, const struct ledger_look *look) {
  if (look->spent_before.known) return;
  buf_addf(out, "what today cost before this note is not known (%s): the whole day's cost will be taken off\n",
           look->before.detail);
  if (*look->before.hint != '\0') buf_addf(out, "  → %s\n", look->before.hint);
}
