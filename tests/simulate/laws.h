/* The laws. What the store queued for a turn is what the oracle expects of it, no more and no less; what a channel takes
 * is what was queued for it: once, in order, in words that are true. */
#ifndef LOWTIDE_TESTS_SIMULATE_LAWS_H
#define LOWTIDE_TESTS_SIMULATE_LAWS_H

#include "lowtide/json.h"
#include "oracle.h"
#include "people.h"

#define LAW_CLOCKS_LOSE_NOTHING 1 /* a message is given up after 72 h of trying, not because the clock says so */

#define REPEAT_MARK "(possible repeat)"
#define TAKEN_MAX 65536
#define SORTS 3
#define LINES_SHOWN 20
#define NAMES_SHOWN 20

enum sort { SORT_ALERT, SORT_RECOVERY, SORT_TOPUP };

static const char *const sort_names[] = {"alert", "recovery", "topup"};

/* A message that a channel must get. */
struct owed {
  char key[40];
  int channel;
  int64_t turn;
  struct item *items;
  int count;
  int parts;  /* taken */
  bool doubt; /* somebody may have heard it, and we could not know */
  int repeats;
  bool refused; /* by its channel */
  bool closed;
  char *text; /* as far as it was taken */
  char nonce[32];
  int64_t made_mono_ms;
  int64_t taken_mono_ms; /* first */
};

struct unsaid {
  char key[24]; /* "low:A07" */
  const char *why;
};

struct laws {
  struct belief beliefs[ACCOUNTS_MAX];
  int64_t turn;
  struct owed *owed;
  size_t count;
  size_t first_open;
  struct unsaid *unsaid;
  size_t unsaid_count;
  int64_t readings;
  int64_t raised;
  int64_t told;
  int64_t repeats;
  int64_t refused;
  int64_t kept_back;
};

/* --- what is owed to whom ---------------------------------------------------------------------------------------- */

static enum sort sort_of(const struct item *item) {
  if (item->kind == ITEM_TOPUP) return SORT_TOPUP;
  return item->event == ITEM_OVER ? SORT_RECOVERY : SORT_ALERT;
}

static bool laws_wants(const struct channel *channel, const struct account *account, const struct outcome *outcome,
                       const struct item *item) {
  static const unsigned bits[] = {SENDS_ALERTS, SENDS_RECOVERIES, SENDS_TOPUPS};
  enum sort sort = sort_of(item);
  if (item->event == ITEM_HELD || item->event == ITEM_DROPPED) return false;
  if ((channel->sends & bits[sort]) == 0 || !channel_wants_account(channel, account->name)) return false;
  if (sort == SORT_TOPUP) { /* its recovery says what there is now */
    for (int i = 0; i < outcome->count; i++) {
      const struct item *other = &outcome->items[i];
      if (other->kind == ITEM_LOW && other->event == ITEM_OVER && (channel->sends & SENDS_RECOVERIES) != 0) return false;
    }
    return true;
  }
  return item->kind == ITEM_STALE || item->rank >= (int)channel->min_level;
}

static struct owed *laws_owed(struct sim *sim, int channel, int64_t turn, enum sort sort) {
  struct laws *laws = sim->laws;
  char key[40];
  (void)text_fmt(key, sizeof key, "%s:%" PRId64, sort_names[sort], turn);
  for (size_t i = laws->count; i > 0 && laws->owed[i - 1].turn == turn; i--) {
    if (laws->owed[i - 1].channel == channel && text_eq(laws->owed[i - 1].key, key)) return &laws->owed[i - 1];
  }
  laws->owed = mem_grow(laws->owed, laws->count + 1, sizeof *laws->owed);
  struct owed *owed = &laws->owed[laws->count++];
  *owed = (struct owed){.channel = channel, .turn = turn, .made_mono_ms = sim->fake.mono_ms};
  (void)text_copy(owed->key, sizeof owed->key, key);
  return owed;
}

static void laws_owe(struct sim *sim, int64_t turn, const struct account *account, const struct outcome *outcome) {
  for (int i = 0; i < outcome->count; i++) {
    const struct item *item = &outcome->items[i];
    for (int c = 0; c < sim->hook_count; c++) {
      const struct channel *channel = config_channel(sim->config, sim->hooks[c].name);
      if (channel == NULL || !laws_wants(channel, account, outcome, item)) continue;
      struct owed *owed = laws_owed(sim, c, turn, sort_of(item));
      owed->items = mem_grow(owed->items, (size_t)owed->count + 1, sizeof *owed->items);
      owed->items[owed->count++] = *item;
    }
  }
}

static void laws_expect_log(struct sim *sim, const struct account *account, const struct outcome *outcome) {
  static const char *const kinds[] = {"low", "stale", "topup"};
  struct laws *laws = sim->laws;
  for (int i = 0; i < outcome->count; i++) {
    const struct item *item = &outcome->items[i];
    if (item->event == ITEM_RAISED || item->event == ITEM_HELD) laws->raised++;
    if (item->event != ITEM_HELD && item->event != ITEM_DROPPED) continue;
    laws->kept_back++;
    laws->unsaid = mem_grow(laws->unsaid, laws->unsaid_count + 1, sizeof *laws->unsaid);
    struct unsaid *unsaid = &laws->unsaid[laws->unsaid_count++];
    unsaid->why = item->why;
    (void)text_fmt(unsaid->key, sizeof unsaid->key, "%s:%s:", kinds[item->kind], account->name);
  }
}

/* --- a turn that is committed ------------------------------------------------------------------------------------ */

/* What stands in the store is what the vendor said, or unknown; and unknown has no amount. */
static void laws_reading(struct sim *sim, const struct fact *fact) {
  struct vendor *vendor = &sim->vendors[fact->account];
  struct belief *belief = &sim->laws->beliefs[fact->account];
  if (fact->code[0] != '\0' && fact->amount) sim_broken(sim, "%s is unknown and has an amount", vendor->name);
  if (fact->code[0] == '\0' && !fact->amount) sim_broken(sim, "%s is known and has no amount", vendor->name);
  if (!vendor->told && fact->amount) sim_broken(sim, "%s did not answer and is known", vendor->name);
  if (!vendor->told || text_eq(fact->code, "timeout")) return;
  bool believed = oracle_believes(belief, vendor->told_cents, fact->now_ms);
  if (!believed && !text_eq(fact->code, "implausible"))
    sim_broken(sim, "%s fell to %" PRId64 " cents, which is believed at once", vendor->name, vendor->told_cents);
  if (believed && fact->code[0] != '\0')
    sim_broken(sim, "%s has %" PRId64 " cents and is unknown (%s)", vendor->name, vendor->told_cents, fact->code);
  if (believed && fact->nano != vendor->told_cents * 10000000)
    sim_broken(sim, "%s has %" PRId64 " cents, not %" PRId64 " nano", vendor->name, vendor->told_cents, fact->nano);
}

static bool laws_fact(sqlite3_stmt *row, struct fact *fact) {
  if (sqlite3_step(row) != SQLITE_ROW) return false;
  *fact = (struct fact){.account = (int)strtol(sim_text(row, 0) + 1, NULL, 10)};
  fact->asked_ms = sqlite3_column_int64(row, 1);
  fact->time_ms = sqlite3_column_int64(row, 2);
  (void)text_copy(fact->code, sizeof fact->code, sim_text(row, 3));
  fact->amount = sqlite3_column_type(row, 4) != SQLITE_NULL;
  fact->nano = sqlite3_column_int64(row, 4);
  (void)text_copy(fact->unit, sizeof fact->unit, sim_text(row, 5));
  fact->now_ms = sqlite3_column_int64(row, 6);
  return true;
}

/* Nothing else is queued than what is owed, and all of that is. */
static void laws_queue(struct sim *sim, int64_t turn, size_t first) {
  struct laws *laws = sim->laws;
  size_t queued = 0;
  sqlite3_stmt *rows = sim_query(sim, SQL_QUEUED,
                                 "SELECT DISTINCT key, channel FROM outbox WHERE turn_id = ? AND"
                                 " kind IN ('alert', 'recovery', 'topup')");
  (void)sqlite3_bind_int64(rows, 1, turn);
  while (sqlite3_step(rows) == SQLITE_ROW) {
    bool found = false;
    for (size_t i = first; i < laws->count && !found; i++)
      found = text_eq(laws->owed[i].key, sim_text(rows, 0)) &&
              text_eq(sim->hooks[laws->owed[i].channel].name, sim_text(rows, 1));
    if (!found) sim_broken(sim, "%s is told what did not happen: %s", sim_text(rows, 1), sim_text(rows, 0));
    queued++;
  }
  sim_done(rows);
  if (queued == laws->count - first) return;
  for (size_t i = first; i < laws->count; i++)
    sim_say(sim, "owed: %s to %s", laws->owed[i].key, sim->hooks[laws->owed[i].channel].name);
  const struct item *item = &laws->owed[first].items[0];
  sim_broken(sim, "turn %" PRId64 ": %zu messages are owed, %zu are queued; the first, %s, is of %s (%d, rank %d)", turn,
             laws->count - first, queued, laws->owed[first].key, sim->vendors[item->account].name, (int)item->event,
             item->rank);
}

static void laws_turn(struct sim *sim, int64_t turn) {
  struct laws *laws = sim->laws;
  size_t first = laws->count;
  struct fact fact;
  sqlite3_stmt *row = sim_query(sim, SQL_FACTS,
                                "SELECT a.account, r.asked_ms, r.time_ms, r.code, r.available, s.unit, t.started_ms"
                                " FROM turn t CROSS JOIN account_state a CROSS JOIN reading r CROSS JOIN series s"
                                " WHERE t.id = ? AND r.seq = a.last_seq AND r.account_id = a.id AND r.turn_id = t.id"
                                " AND s.id = r.series_id ORDER BY a.account");
  (void)sqlite3_bind_int64(row, 1, turn);
  while (laws_fact(row, &fact)) {
    struct outcome outcome;
    const struct account *account = config_account(sim->config, sim->vendors[fact.account].name);
    struct belief *belief = &laws->beliefs[fact.account];
    laws->readings++;
    laws_reading(sim, &fact);
    oracle_judge(account, belief, &fact, &outcome);
    for (int i = 0; i < outcome.count; i++)
      sim_say(sim, "turn %" PRId64 ": %s kind %d event %d rank %d %s", turn, account->name, (int)outcome.items[i].kind,
              (int)outcome.items[i].event, outcome.items[i].rank, outcome.items[i].why != NULL ? outcome.items[i].why : "");
    laws_owe(sim, turn, account, &outcome);
    laws_expect_log(sim, account, &outcome);
  }
  sim_done(row);
  laws_queue(sim, turn, first);
}

/* --- what the program says of what it does not tell
 * ----------------------------------------------------------------------- */

static void laws_log_line(struct sim *sim, const char *line) {
  struct laws *laws = sim->laws;
  const char *at = strstr(line, " alert: ");
  bool unsaid = at != NULL && (strstr(at, " is kept back: ") != NULL || strstr(at, " is dropped: ") != NULL);
  if (!unsaid) return;
  for (size_t i = 0; i < laws->unsaid_count; i++) {
    const struct unsaid *known = &laws->unsaid[i];
    if (strncmp(at + 8, known->key, strlen(known->key)) != 0 || strstr(at, known->why) == NULL) continue;
    laws->unsaid[i] = laws->unsaid[--laws->unsaid_count];
    return;
  }
  sim_broken(sim, "this was to be told, and is not: %.200s", at + 8);
}

static void laws_log(struct sim *sim) {
  char text[16384];
  ssize_t n = pread(sim->log_fd, text, sizeof text - 1, sim->log_read);
  while (n > 0) {
    text[n] = '\0';
    char *line = text;
    for (char *end = strchr(line, '\n'); end != NULL; end = strchr(line, '\n')) {
      *end = '\0';
      laws_log_line(sim, line);
      line = end + 1;
    }
    if (line == text) break;
    sim->log_read += line - text;
    n = pread(sim->log_fd, text, sizeof text - 1, sim->log_read);
  }
}

static void laws_look(struct sim *sim) {
  struct laws *laws = sim->laws;
  int64_t turn = 0;
  if (!sim->dirty) return;
  sim->dirty = false;
  if (!sim_has_changed(sim)) return;
  sqlite3_stmt *row = sim_query(sim, SQL_TURN, "SELECT MAX(id) FROM turn");
  if (sqlite3_step(row) == SQLITE_ROW) turn = sqlite3_column_int64(row, 0);
  sim_done(row);
  while (laws->turn < turn)
    laws_turn(sim, ++laws->turn);
  laws_log(sim);
}

#include "taking.h"

#endif
