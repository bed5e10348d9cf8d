/* The laws of what a channel takes. Included by laws.h. */
#ifndef LOWTIDE_TESTS_SIMULATE_TAKING_H
#define LOWTIDE_TESTS_SIMULATE_TAKING_H

#define PATIENCE_MS (36 * HOUR)
#define NONCE_HOLDS_MS (3 * MINUTE) /* Discord knows a nonce again for some minutes */

struct sent_row {
  char key[96];
  int part;
  int parts;
};

/* The row that is on its way to the channel. */
static bool laws_row(struct sim *sim, const struct hook *hook, struct sent_row *sent) {
  bool found = false;
  sqlite3_stmt *row = sim_query(sim, SQL_SENDING,
                                "SELECT key, part, (SELECT COUNT(*) FROM outbox p WHERE p.key = o.key AND p.channel ="
                                " o.channel) FROM outbox o WHERE channel = ? AND state = 'sending' AND settled_ms = 0"
                                " ORDER BY id");
  sim_bind(row, 1, hook->name);
  while (sqlite3_step(row) == SQLITE_ROW) {
    if (found) sim_broken(sim, "%s is sent two messages at once", hook->name);
    found = true;
    (void)text_copy(sent->key, sizeof sent->key, sim_text(row, 0));
    sent->part = sqlite3_column_int(row, 1);
    sent->parts = sqlite3_column_int(row, 2);
  }
  sim_done(row);
  return found;
}

static void laws_add_text(const struct json *value, char *out) {
  const char *text = json_string(value);
  size_t length = strlen(out);
  if (text != NULL) (void)text_fmt(out + length, TAKEN_MAX - length, "%s\n", text);
}

/* What people read of a payload. */
static void laws_words(struct sim *sim, const struct ask *ask, char out[TAKEN_MAX]) {
  struct err err = {0};
  struct json *root = json_parse(buf_text(&ask->http.body), ask->http.body.len, &err);
  if (root == NULL) sim_broken(sim, "a payload is no JSON: %s", err.text);
  const struct json *blocks = json_member(root, "blocks");
  out[0] = '\0';
  laws_add_text(json_member(root, "content"), out);
  if (blocks == NULL) laws_add_text(json_member(root, "text"), out);
  for (const struct json *block = json_first(blocks); block != NULL; block = json_next(block))
    laws_add_text(json_at(block, "/text/text"), out);
  json_free(root);
}

/* --- words
 * ---------------------------------------------------------------------------------------------------------------- */

static int laws_count(const char *text, const char *words) {
  int count = 0;
  for (const char *at = strstr(text, words); at != NULL; at = strstr(at + 1, words))
    count++;
  return count;
}

static void laws_phrase(struct sim *sim, const struct item *item, char out[128]) {
  const char *name = sim->vendors[item->account].name;
  const char *level = item->rank == 2 ? "critical" : "low";
  const char *still = item->event == ITEM_REMINDED ? "still " : "";
  char money[32];
  (void)text_fmt(money, sizeof money, "$%" PRId64 ".%02d", item->cents / 100, (int)(item->cents % 100));
  switch (item->kind) {
  case ITEM_LOW:
    if (item->event == ITEM_OVER) {
      (void)text_fmt(out, 128, "%s credits recovered. Available: %s", name, money);
    } else {
      (void)text_fmt(out, 128, "%s credits %s%s! Available: %s", name, still, level, money);
    }
    return;
  case ITEM_STALE:
    (void)text_fmt(out, 128, item->event == ITEM_OVER ? "%s can be read again." : "%s has %sbeen ", name, still);
    return;
  case ITEM_TOPUP: (void)text_fmt(out, 128, "%s topped up by ", name); return;
  }
}

/* Each is said in true words, and nothing else is. */
static void laws_said(struct sim *sim, const struct owed *owed, const char *name) {
  static const char *const words[] = {
      " credits low!", " credits critical!", " credits still low!", " credits still critical!",
      " has been ",    " has still been ",   " credits recovered.", " can be read again.",
      " topped up by "};
  int lines = 0;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    lines += laws_count(owed->text, words[i]);
  if (lines != (owed->count < LINES_SHOWN ? owed->count : LINES_SHOWN))
    sim_broken(sim, "%s: %s tells %d and says %d: %.300s", name, owed->key, owed->count, lines, owed->text);
  for (int i = 0; i < owed->count; i++) {
    char phrase[128];
    laws_phrase(sim, &owed->items[i], phrase);
    bool said = strstr(owed->text, phrase) != NULL;
    bool named = owed->count > LINES_SHOWN && strstr(owed->text, sim->vendors[owed->items[i].account].name) != NULL;
    if (!said && !named && owed->count <= LINES_SHOWN + NAMES_SHOWN)
      sim_broken(sim, "%s: %s does not say \"%s\": %.300s", name, owed->key, phrase, owed->text);
  }
}

/* --- order, repeats
 * --------------------------------------------------------------------------------------------------------- */

static bool laws_share(const struct owed *a, const struct owed *b) {
  for (int i = 0; i < a->count; i++) {
    for (int k = 0; k < b->count; k++) {
      if (a->items[i].account == b->items[k].account) return true;
    }
  }
  return false;
}

/* Because its channel is gone, or after three days of trying; a clock that was wrong for a while makes no three days. */
static bool laws_given_up(struct sim *sim, struct owed *owed) {
  sqlite3_stmt *row =
      sim_query(sim, SQL_GIVEN_UP, "SELECT COUNT(*), SUM(state = 'refused') FROM outbox WHERE key = ? AND channel = ?");
  sim_bind(row, 1, owed->key);
  sim_bind(row, 2, sim->hooks[owed->channel].name);
  bool gone = sim->hooks[owed->channel].was_gone; /* retention may have taken the row */
  bool refused =
      sqlite3_step(row) == SQLITE_ROW && (sqlite3_column_int(row, 1) > 0 || (gone && sqlite3_column_int(row, 0) == 0));
  sim_done(row);
  if (refused && !gone && LAW_CLOCKS_LOSE_NOTHING && sim->fake.mono_ms - owed->made_mono_ms < PATIENCE_MS)
    sim_broken(sim, "%s to %s is given up too early", owed->key, sim->hooks[owed->channel].name);
  owed->closed = refused;
  return refused;
}

/* Nothing of these accounts that came before still waits. */
static void laws_order(struct sim *sim, const struct owed *owed) {
  struct laws *laws = sim->laws;
  while (laws->first_open < laws->count && laws->owed[laws->first_open].closed)
    laws->first_open++;
  for (size_t i = laws->first_open; i < laws->count; i++) {
    struct owed *before = &laws->owed[i];
    if (before->turn > owed->turn || before == owed) break;
    if (before->closed || before->channel != owed->channel || before->turn == owed->turn) continue;
    if (laws_share(before, owed) && !laws_given_up(sim, before))
      sim_broken(sim, "%s gets %s before %s", sim->hooks[owed->channel].name, owed->key, before->key);
  }
}

/* The platform, or the receiver, knows it again. */
static bool laws_known_again(const struct sim *sim, const struct hook *hook, const struct owed *owed) {
  if (hook->type == HOOK_WEBHOOK) return true;
  return hook->type == HOOK_DISCORD_BOT && sim->fake.mono_ms - owed->taken_mono_ms < NONCE_HOLDS_MS;
}

static void laws_repeat(struct sim *sim, struct owed *owed, const char *text) {
  const char *name = sim->hooks[owed->channel].name;
  if (!owed->doubt) sim_broken(sim, "%s is told twice: %s", name, owed->key);
  if (strstr(text, REPEAT_MARK) == NULL) sim_broken(sim, "%s is told again without a word of it: %s", name, owed->key);
  owed->doubt = false;
  owed->repeats++;
  sim->laws->repeats++;
}

static void laws_taken_alert(struct sim *sim, struct hook *hook, struct owed *owed, const struct sent_row *sent,
                             const char *text) {
  if (sent->part < owed->parts) {
    if (!laws_known_again(sim, hook, owed)) laws_repeat(sim, owed, text);
    return;
  }
  if (sent->part > owed->parts) sim_broken(sim, "%s gets part %d of %s too early", hook->name, sent->part, owed->key);
  if (sent->part == 0) laws_order(sim, owed);
  size_t before = owed->text != NULL ? strlen(owed->text) : 0;
  owed->text = mem_grow(owed->text, before + strlen(text) + 1, 1);
  memcpy(owed->text + before, text, strlen(text) + 1);
  owed->parts++;
  owed->taken_mono_ms = sim->fake.mono_ms;
  if (owed->parts < sent->parts) return;
  laws_said(sim, owed, hook->name);
  owed->closed = true;
  sim->laws->told += owed->count;
  mem_free(owed->text);
  owed->text = NULL;
}

static struct owed *laws_find(struct sim *sim, const struct hook *hook, const char *key) {
  struct laws *laws = sim->laws;
  for (size_t i = laws->count; i > 0; i--) {
    struct owed *owed = &laws->owed[i - 1];
    if (text_eq(owed->key, key) && &sim->hooks[owed->channel] == hook) return owed;
  }
  return NULL;
}

/* A late summary gives way to the newer one. */
static void laws_summary(struct sim *sim, struct hook *hook, const struct sent_row *sent) {
  int64_t turn = strtoll(strchr(sent->key, ':') + 1, NULL, 10);
  if (turn < hook->summary_turn)
    sim_broken(sim, "%s gets the summary of turn %" PRId64 " after that of %" PRId64, hook->name, turn, hook->summary_turn);
  hook->summary_turn = turn;
}

/* --- a try
 * -------------------------------------------------------------------------------------------------------------------- */

static void laws_asked(struct sim *sim, struct hook *hook) {
  bool webhook = hook->type == HOOK_DISCORD_WEBHOOK || hook->type == HOOK_SLACK_WEBHOOK;
  if (hook->gone && hook->heard && webhook) sim_broken(sim, "%s was gone, and gets a message", hook->name);
  if (sim->fake.mono_ms < hook->not_before_ms && sim->crashes == 0)
    sim_broken(sim, "%s said when to come again, and is asked before", hook->name);
}

static bool fault_takes(enum hook_fault fault) {
  return fault == HOOK_FINE || fault == HOOK_CUT_AFTER || fault == HOOK_SLOW;
}

static bool fault_is_doubtful(enum hook_fault fault) {
  return fault == HOOK_CUT_AFTER || fault == HOOK_SLOW || fault == HOOK_CUT_LOST;
}

/* What is said again is known by the same nonce. */
static void laws_nonce(struct sim *sim, const struct hook *hook, struct owed *owed, const struct sent_row *sent,
                       const struct ask *ask) {
  struct err err = {0};
  if (sent->part > 0 || (hook->type != HOOK_WEBHOOK && hook->type != HOOK_DISCORD_BOT)) return;
  struct json *root = json_parse(buf_text(&ask->http.body), ask->http.body.len, &err);
  const char *nonce = json_string(json_member(root, hook->type == HOOK_WEBHOOK ? "id" : "nonce"));
  if (nonce == NULL) sim_broken(sim, "%s: %s has no nonce", hook->name, owed->key);
  if (owed->nonce[0] != '\0' && !text_eq(owed->nonce, nonce))
    sim_broken(sim, "%s: %s has a new nonce", hook->name, owed->key);
  (void)text_copy(owed->nonce, sizeof owed->nonce, nonce);
  json_free(root);
}

static void laws_taken(struct sim *sim, struct hook *hook, const struct ask *ask, enum hook_fault fault) {
  static char text[TAKEN_MAX];
  struct sent_row sent = {0};
  laws_look(sim);
  if (!laws_row(sim, hook, &sent)) sim_broken(sim, "%s is sent something that is not in the outbox", hook->name);
  laws_words(sim, ask, text);
  sim_say(sim, "%s: %s part %d of %d, fault %d", hook->name, sent.key, sent.part, sent.parts, (int)fault);
  bool summary = text_starts(sent.key, "summary:");
  bool ours = text_starts(sent.key, "alert:") || text_starts(sent.key, "recovery:") || text_starts(sent.key, "topup:");
  if (summary && fault_takes(fault)) laws_summary(sim, hook, &sent);
  if (!ours) return;
  struct owed *owed = laws_find(sim, hook, sent.key);
  if (owed == NULL) sim_broken(sim, "%s is told what nobody expected: %s", hook->name, sent.key);
  laws_nonce(sim, hook, owed, &sent, ask);
  if (fault_takes(fault)) laws_taken_alert(sim, hook, owed, &sent, text);
  if (fault_is_doubtful(fault)) owed->doubt = true;
  if (fault != HOOK_BAD && fault != HOOK_GONE) return;
  owed->refused = true;
  if (!owed->closed) sim->laws->refused += owed->count;
  owed->closed = true;
}

/* The daemon dies: what is on its way is in doubt. */
static void laws_died(struct sim *sim) {
  laws_look(sim);
  sqlite3_stmt *row =
      sim_query(sim, SQL_DYING, "SELECT key, channel FROM outbox WHERE state = 'sending' AND settled_ms = 0");
  while (sqlite3_step(row) == SQLITE_ROW) {
    for (int c = 0; c < sim->hook_count; c++) {
      if (!text_eq(sim->hooks[c].name, sim_text(row, 1))) continue;
      sim->hooks[c].heard = false; /* its answer is lost too */
      struct owed *owed = laws_find(sim, &sim->hooks[c], sim_text(row, 0));
      if (owed != NULL) owed->doubt = true;
    }
  }
  sim_done(row);
  sim->crashes++;
  laws_log(sim);
  sim->laws->unsaid_count = 0; /* what was not logged yet was lost with the process */
}

/* --- the end
 * -------------------------------------------------------------------------------------------------------------------- */

static int laws_log_lines(struct sim *sim, const char *account) {
  char path[160];
  char line[2048];
  int count = 0;
  (void)text_fmt(path, sizeof path, "%s/logs/%s.log", sim->fake.folder, account);
  FILE *file = fopen(path, "re");
  if (file == NULL) return 0;
  while (fgets(line, sizeof line, file) != NULL) {
    if (strchr(line, '\n') == NULL) sim_broken(sim, "%s has a torn line: %s", path, line);
    if (strstr(line, "] ALERT: ") != NULL) count++;
  }
  (void)fclose(file);
  return count;
}

/* All faults are off, and all has had its time. */
static void laws_end(struct sim *sim) {
  struct laws *laws = sim->laws;
  laws_look(sim);
  laws_log(sim);
  sqlite3_stmt *row = sim_query(sim, SQL_LEFT, "SELECT key, channel, state, why FROM outbox WHERE settled_ms = 0");
  if (sqlite3_step(row) == SQLITE_ROW)
    sim_broken(sim, "after the drain %s to %s is still %s: %s", sim_text(row, 0), sim_text(row, 1), sim_text(row, 2),
               sim_text(row, 3));
  sim_done(row);
  for (size_t i = 0; i < laws->count; i++) {
    struct owed *owed = &laws->owed[i];
    if (!owed->closed && !laws_given_up(sim, owed))
      sim_broken(sim, "%s was never told %s", sim->hooks[owed->channel].name, owed->key);
  }
  if (laws->unsaid_count > 0)
    sim_broken(sim, "the log does not say what became of %s (%s)", laws->unsaid[0].key, laws->unsaid[0].why);
  for (int i = 0; i < sim->vendor_count; i++) {
    const struct account *account = config_account(sim->config, sim->vendors[i].name);
    if (account->log_path == NULL) continue;
    int lines = laws_log_lines(sim, account->name);
    if (lines != laws->beliefs[i].raised)
      sim_broken(sim, "the text log of %s has %d alerts, not %d", account->name, lines, laws->beliefs[i].raised);
  }
}

#endif
