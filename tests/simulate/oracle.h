/* What must come of the readings, written from the contract (sections 4 and 6) and from nothing in src/rule: for each turn,
 * what is raised, reminded of, over, kept back and dropped. */
#ifndef LOWTIDE_TESTS_SIMULATE_ORACLE_H
#define LOWTIDE_TESTS_SIMULATE_ORACLE_H

#include "sim.h"

/* A round comes some moments before or after its hour: so much before the end of a wait counts as its end. */
#define ORACLE_SLACK_MS 30000
#define ORACLE_ITEMS 8

enum item_kind { ITEM_LOW, ITEM_STALE, ITEM_TOPUP };
enum item_event { ITEM_RAISED, ITEM_REMINDED, ITEM_OVER, ITEM_NOTICED, ITEM_HELD, ITEM_DROPPED };

struct item {
  int account;
  enum item_kind kind;
  enum item_event event;
  int rank;   /* 1 warning or unknown, 2 critical; of what is over the worst of it */
  bool first; /* not kept back before */
  const char *why;
  int64_t cents;
};

/* A condition: too low, or unknown for too long. */
struct watch {
  int told;
  int worst;
  int seen; /* acknowledged */
  int held;
  int64_t told_ms;
  int reminders;
};

struct belief {
  struct watch low;
  struct watch stale;
  int last_rank;
  int64_t last_ms; /* of the account's newest alert */
  int64_t muted_ms;
  int muted;
  bool known; /* there was a known reading */
  int64_t known_cents;
  int64_t known_ms;
  int64_t unknown_ms; /* since */
  bool doubted;
  int64_t doubted_cents;
  int64_t doubted_ms;
  struct trend trend;
  int raised; /* ALERT lines that the text log must have */
};

/* One account's reading of a turn, as it stands in the store. */
struct fact {
  int account;
  int64_t now_ms; /* of the turn */
  int64_t time_ms;
  int64_t asked_ms;
  char code[32];
  bool amount;
  int64_t nano;
  char unit[UNIT_MAX];
};

struct outcome {
  struct item items[ORACLE_ITEMS];
  int count;
};

static struct item *oracle_add(struct outcome *out, enum item_kind kind, enum item_event event, int rank) {
  struct item *item = &out->items[out->count < ORACLE_ITEMS ? out->count++ : ORACLE_ITEMS - 1];
  *item = (struct item){.kind = kind, .event = event, .rank = rank, .first = true};
  return item;
}

/* --- a fall that is not believed at once ------------------------------------------------------------------------------ */

/* "to 0, or by more than 90 %", read again; "if both agree it is believed". */
static bool oracle_believes(struct belief *belief, int64_t cents, int64_t asked_ms) {
  bool falls = belief->known && belief->known_cents > 0 && (cents <= 0 || cents * 10 < belief->known_cents);
  if (!falls) {
    belief->doubted = false;
    return true;
  }
  int64_t apart_ms = asked_ms - belief->doubted_ms;
  bool second = belief->doubted && (apart_ms >= 10000 || apart_ms < 0);
  if (second && llabs(cents - belief->doubted_cents) * 20 <= belief->known_cents) {
    belief->doubted = false;
    return true;
  }
  if (second || !belief->doubted) {
    belief->doubted = true;
    belief->doubted_cents = cents;
    belief->doubted_ms = asked_ms;
  }
  return false;
}

/* --- levels ----------------------------------------------------------------------------------------------------------- */

static int oracle_level(const struct account *account, int64_t nano, int64_t runway_ms, bool leaving) {
  const struct threshold_settings *settings = &account->thresholds;
  const struct limits *own[] = {&settings->own.warning, &settings->own.critical};
  const struct limits *all[] = {&settings->inherited.warning, &settings->inherited.critical};
  struct amount left[2];
  int level = 0;
  for (int i = 0; i < 2; i++)
    left[i] = own[i]->left.known ? own[i]->left : all[i]->left;
  if (!own[1]->left.known && left[0].known && left[1].known && left[1].nano >= left[0].nano)
    left[1].nano = left[0].nano / 5;
  for (int i = 0; i < 2; i++) {
    int64_t lasts_ms = own[i]->runway_ms != 0 ? own[i]->runway_ms : all[i]->runway_ms;
    int64_t limit = left[i].nano;
    if (leaving) limit += (limit * 5 + 99) / 100;
    if (leaving) lasts_ms += (lasts_ms * 50 + 99) / 100;
    if (left[i].known && nano < limit) level = i + 1;
    if (lasts_ms > 0 && runway_ms >= 0 && runway_ms <= lasts_ms) level = i + 1;
  }
  return level;
}

/* --- when something waits ---------------------------------------------------------------------------------------- */

static const char *oracle_waits(const struct account *account, const struct belief *belief, int rank, int64_t now_ms,
                                bool cools) {
  int64_t cool_ms = belief->last_ms + account->alerts.cooldown_ms - ORACLE_SLACK_MS;
  bool told = belief->last_ms > 0 && belief->last_ms <= now_ms; /* else the clock was wrong */
  if (now_ms < belief->muted_ms && rank <= belief->muted) return "muted";
  if (rank < 2 && quiet_until(&account->alerts.quiet, account->zone, now_ms) > now_ms) return "quiet hours";
  if (cools && told && rank <= belief->last_rank && cool_ms > now_ms) return "cooldown";
  return NULL;
}

static void oracle_told(struct belief *belief, struct watch *watch, int rank, int64_t now_ms) {
  watch->told_ms = now_ms;
  belief->last_ms = now_ms;
  belief->last_rank = rank;
}

static int64_t oracle_remind_ms(const struct account *account, const struct watch *watch) {
  int doublings = watch->reminders < 9 ? watch->reminders : 9;
  switch (account->alerts.remind) {
  case REMIND_ONCE: return 0;
  case REMIND_EVERY: return account->alerts.remind_ms;
  case REMIND_DIMINISHING: break;
  }
  return HOUR << doublings;
}

struct moment {
  const struct account *account;
  struct belief *belief;
  enum item_kind kind;
  int64_t now_ms;
  struct outcome *out;
};

static void oracle_crosses(const struct moment *m, struct watch *watch, int level) {
  const char *why = oracle_waits(m->account, m->belief, level, m->now_ms, true);
  bool first = watch->held < level;
  if (first) m->belief->raised++;
  if (why != NULL) {
    if (first) oracle_add(m->out, m->kind, ITEM_HELD, level)->why = why;
    watch->held = level;
    return;
  }
  oracle_add(m->out, m->kind, ITEM_RAISED, level)->first = first;
  watch->told = level;
  if (watch->worst < level) watch->worst = level;
  watch->held = 0;
  watch->reminders = 0;
  oracle_told(m->belief, watch, level, m->now_ms);
}

static void oracle_reminds(const struct moment *m, struct watch *watch) {
  int64_t after_ms = oracle_remind_ms(m->account, watch);
  if (after_ms == 0 || watch->seen >= watch->told) return;
  if (watch->told_ms > m->now_ms) watch->told_ms = m->now_ms;
  if (m->now_ms < watch->told_ms + after_ms - ORACLE_SLACK_MS) return;
  if (oracle_waits(m->account, m->belief, watch->told, m->now_ms, false) != NULL) return;
  (void)oracle_add(m->out, m->kind, ITEM_REMINDED, watch->told);
  watch->reminders++;
  oracle_told(m->belief, watch, watch->told, m->now_ms);
}

static void oracle_watches(const struct moment *m, struct watch *watch, int level) {
  if (watch->held > level) {
    oracle_add(m->out, m->kind, ITEM_DROPPED, watch->held)->why = "over before it was told";
    watch->held = 0;
  }
  if (level > watch->told) {
    oracle_crosses(m, watch, level);
  } else if (level < watch->told) {
    if (level == 0) (void)oracle_add(m->out, m->kind, ITEM_OVER, watch->worst);
    if (level == 0) watch->worst = 0;
    watch->told = level;
    watch->reminders = 0;
    if (watch->seen > level) watch->seen = level;
  } else if (level > 0) {
    oracle_reminds(m, watch);
  }
}

/* --- one reading ------------------------------------------------------------------------------------------------- */

static void oracle_unknown(struct moment *m, const struct fact *fact) {
  struct belief *belief = m->belief;
  int64_t since_ms = belief->unknown_ms;
  if (since_ms <= 0 || since_ms > fact->now_ms)
    since_ms = belief->known && belief->known_ms <= fact->now_ms ? belief->known_ms : fact->now_ms;
  belief->unknown_ms = since_ms;
  bool stale = fact->now_ms - since_ms >= m->account->stale_after_ms;
  m->kind = ITEM_STALE;
  oracle_watches(m, &belief->stale, stale ? 1 : belief->stale.told);
}

#define ORACLE_NO_FORECAST (-1)
#define ORACLE_NO_LIMIT (-2)

static bool oracle_rises(const struct belief *belief, int64_t cents) {
  int64_t rise = cents - belief->known_cents;
  return belief->known && rise > 0 && rise * 20 >= belief->known_cents;
}

static int64_t oracle_runway_ms(const struct moment *m, const struct reading *reading) {
  const struct threshold_settings *settings = &m->account->thresholds;
  trend_update(&m->belief->trend, reading);
  if (settings->own.warning.runway_ms == 0 && settings->inherited.warning.runway_ms == 0) return ORACLE_NO_LIMIT;
  const struct runway runway = runway_of(&m->belief->trend, m->now_ms, 0);
  return runway_claimed_ms(&runway);
}

static void oracle_known(struct moment *m, const struct fact *fact) {
  struct belief *belief = m->belief;
  struct reading reading = {.asked_ms = fact->asked_ms, .time_ms = fact->time_ms, .available = amount_of(fact->nano)};
  (void)text_copy(reading.unit, sizeof reading.unit, fact->unit);
  int64_t runway_ms = oracle_runway_ms(m, &reading);
  int64_t cents = fact->nano / 10000000;
  int level = oracle_level(m->account, fact->nano, runway_ms, false);
  if (level <= belief->low.told) {
    int held = oracle_level(m->account, fact->nano, runway_ms, true);
    level = held < belief->low.told ? held : belief->low.told;
  }
  bool silent = runway_ms == ORACLE_NO_FORECAST && !oracle_rises(belief, cents);
  if (!silent || (level >= belief->low.told && level >= belief->low.held)) oracle_watches(m, &belief->low, level);
  m->kind = ITEM_STALE;
  belief->unknown_ms = 0;
  oracle_watches(m, &belief->stale, 0);
  int64_t rise = cents - belief->known_cents;
  if (belief->known && rise >= 100 && rise >= belief->known_cents / 20)
    (void)oracle_add(m->out, ITEM_TOPUP, ITEM_NOTICED, 0);
  belief->known = true;
  belief->known_cents = cents;
  belief->known_ms = fact->time_ms;
}

static void oracle_judge(const struct account *account, struct belief *belief, const struct fact *fact,
                         struct outcome *out) {
  struct moment m = {.account = account, .belief = belief, .kind = ITEM_LOW, .now_ms = fact->now_ms, .out = out};
  *out = (struct outcome){0};
  if (fact->amount) {
    oracle_known(&m, fact);
  } else {
    oracle_unknown(&m, fact);
  }
  for (int i = 0; i < out->count; i++) {
    out->items[i].account = fact->account;
    out->items[i].cents = fact->nano / 10000000;
  }
}

/* --- people ------------------------------------------------------------------------------------------------------ */

static void oracle_mute(struct belief *belief, int64_t until_ms) {
  int told = belief->low.told > belief->stale.told ? belief->low.told : belief->stale.told;
  belief->muted_ms = until_ms;
  belief->muted = told > 1 ? told : 1;
}

static void oracle_ack(struct belief *belief) {
  belief->low.seen = belief->low.told;
  belief->stale.seen = belief->stale.told;
}

#endif
