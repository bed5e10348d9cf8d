/* What the accounts spent, reckoned from their readings. */
#include <inttypes.h>

#include "lowtide/mem.h"
#include "lowtide/tally.h"
#include "lowtide/text.h"
#include "words.h"

#define DAY_MS 86400000LL
#define BEFORE_MS (3 * DAY_MS)   /* how far back a stretch looks for what it begins with */
#define PATIENCE_MS (2 * DAY_MS) /* of the tally; nothing here tells how long nobody looked */
#define STRETCHES_MAX 3
#define LINES_MAX 20
#define UNITS_MAX 16

struct stretch {
  int64_t from_ms;
  char words[40]; /* "today" */
};

struct spender {
  const struct account *account;
  struct tally tallies[STRETCHES_MAX];
};

struct usage {
  const struct chat_question *question;
  struct stretch stretches[STRETCHES_MAX];
  size_t stretch_count;
  size_t widest;
  struct spender *spenders;
  size_t count;
  size_t next; /* a round's accounts come one after the other */
};

/* --- the stretches --------------------------------------------------------------------------------------------------- */

static int64_t midnight_ms(const struct zone *zone, int64_t now_ms, bool of_month) {
  struct local_time day = zone_local(zone, now_ms);
  day.hour = day.minute = day.second = 0;
  if (of_month) day.day = 1;
  return zone_instant(zone, day, NULL);
}

static void add_stretch(struct usage *usage, int64_t from_ms, const char *words) {
  struct stretch *stretch = &usage->stretches[usage->stretch_count];
  if (from_ms < usage->stretches[usage->widest].from_ms) usage->widest = usage->stretch_count;
  usage->stretch_count++;
  stretch->from_ms = from_ms;
  (void)text_copy(stretch->words, sizeof stretch->words, words);
}

static void choose_stretches(struct usage *usage) {
  const struct chat_question *question = usage->question;
  const struct zone *zone = question->view->config->zone;
  char span[32];
  char words[40];
  if (question->span_ms != 0) {
    text_print_duration(span, sizeof span, question->span_ms);
    (void)text_fmt(words, sizeof words, "in %s", span);
    add_stretch(usage, question->now_ms - question->span_ms, words);
    return;
  }
  add_stretch(usage, midnight_ms(zone, question->now_ms, false), "today");
  add_stretch(usage, question->now_ms - 7 * DAY_MS, "in 7 days");
  add_stretch(usage, midnight_ms(zone, question->now_ms, true), "this month");
}

/* --- what was spent in them ------------------------------------------------------------------------------------------ */

static void begin_spenders(struct usage *usage) {
  const struct config *config = usage->question->view->config;
  const struct account *asked = usage->question->account;
  usage->spenders = mem_new(config->account_count + 1, sizeof *usage->spenders);
  for (size_t i = 0; i < config->account_count; i++) {
    const struct account *account = &config->accounts[i];
    bool wanted = asked == NULL ? account->missing == NULL : text_eq(account->name, asked->name);
    if (!wanted) continue;
    struct spender *spender = &usage->spenders[usage->count++];
    spender->account = account;
    for (size_t k = 0; k < usage->stretch_count; k++)
      spender->tallies[k] = tally_of(usage->stretches[k].from_ms, usage->question->now_ms, PATIENCE_MS);
  }
}

static bool take_row(void *context, const struct history_row *row) {
  struct usage *usage = context;
  for (size_t i = 0; i < usage->count; i++) {
    struct spender *spender = &usage->spenders[(usage->next + i) % usage->count];
    if (!text_eq(spender->account->name, row->account)) continue;
    for (size_t k = 0; k < usage->stretch_count; k++)
      tally_take(&spender->tallies[k], row->provider, &row->reading);
    usage->next += i + 1;
    break;
  }
  return true;
}

static bool read_spenders(struct usage *usage, struct store *store, struct err *err) {
  const char *one[] = {usage->question->account != NULL ? usage->question->account->name : NULL, NULL};
  const struct history_query query = {
      .accounts = one[0] != NULL ? one : NULL,
      .since_ms = usage->stretches[usage->widest].from_ms - BEFORE_MS,
      .until_ms = usage->question->now_ms,
  };
  if (store != NULL && !store_history(store, &query, take_row, usage, err)) return false;
  for (size_t i = 0; i < usage->count; i++) {
    for (size_t k = 0; k < usage->stretch_count; k++)
      tally_end(&usage->spenders[i].tallies[k]);
  }
  return true;
}

/* --- the message ----------------------------------------------------------------------------------------------------- */

static const struct tally *widest(const struct usage *usage, size_t i) {
  return &usage->spenders[i].tallies[usage->widest];
}

static void add_line(const struct usage *usage, size_t i, struct buf *out) {
  const struct spender *spender = &usage->spenders[i];
  buf_add_char(out, '\n');
  compose_name(spender->account, out);
  for (size_t k = 0; k < usage->stretch_count; k++) {
    const struct tally *tally = &spender->tallies[k];
    if (k > 0) buf_add(out, " · ");
    if (tally->spent.known) compose_money(out, tally->spent.nano, tally->last.unit);
    buf_addf(out, "%s %s", tally->spent.known ? "" : "not known", usage->stretches[k].words);
  }
  if (widest(usage, i)->topups > 0) {
    buf_add(out, " · ");
    compose_money(out, widest(usage, i)->topped_up_nano, widest(usage, i)->last.unit);
    buf_add(out, " topped up");
  }
  if (spender->account->simulated) buf_add(out, " · simulated");
}

struct total {
  money_wide spent[STRETCHES_MAX];
  size_t accounts;
  char unit[UNIT_MAX];
};

static struct total *total_of(struct total *totals, size_t *count, const char *unit) {
  for (size_t i = 0; i < *count; i++) {
    if (text_eq(totals[i].unit, unit)) return &totals[i];
  }
  if (*count == UNITS_MAX) return NULL;
  struct total *total = &totals[(*count)++];
  *total = (struct total){0};
  (void)text_copy(total->unit, sizeof total->unit, unit);
  return total;
}

static void add_total(const struct usage *usage, const struct total *total, struct buf *out) {
  buf_add(out, "\nTogether: ");
  for (size_t k = 0; k < usage->stretch_count; k++) {
    if (k > 0) buf_add(out, " · ");
    compose_sum(out, total->spent[k], total->unit);
    buf_addf(out, " %s", usage->stretches[k].words);
  }
}

/* Whoever reads a sum must hear what is not in it. */
static void add_missing(const struct usage *usage, struct buf *out) {
  const struct account **missing = mem_new(usage->count, sizeof(const struct account *));
  size_t count = 0;
  for (size_t i = 0; i < usage->count; i++) {
    if (!widest(usage, i)->spent.known) missing[count++] = usage->spenders[i].account;
  }
  compose_left_out(out, missing, count);
  mem_free(missing);
}

/* A sum of one is on its line already. Units are never added up. */
static void add_totals(const struct usage *usage, struct buf *out) {
  struct total totals[UNITS_MAX];
  size_t count = 0;
  bool any = false;
  for (size_t i = 0; i < usage->count; i++) {
    const struct tally *tally = widest(usage, i);
    struct total *total = tally->spent.known ? total_of(totals, &count, tally->last.unit) : NULL;
    if (total == NULL) continue;
    total->accounts++;
    for (size_t k = 0; k < usage->stretch_count; k++)
      total->spent[k] += usage->spenders[i].tallies[k].spent.known ? usage->spenders[i].tallies[k].spent.nano : 0;
  }
  for (size_t i = 0; i < count; i++) {
    if (totals[i].accounts < 2) continue;
    if (!any) buf_add_char(out, '\n');
    add_total(usage, &totals[i], out);
    any = true;
  }
  if (any) add_missing(usage, out);
}

/* Of many, those that spent something. */
static bool has_line(const struct usage *usage, size_t i) {
  const struct tally *tally = widest(usage, i);
  return usage->count <= LINES_MAX || (tally->spent.known && tally->spent.nano != 0);
}

static void tell(const struct usage *usage, struct buf *out) {
  size_t lines = 0;
  buf_add(out, "💸 " MARK_BOLD "Spent" MARK_BOLD_END "\n");
  for (size_t i = 0; i < usage->count; i++) {
    if (lines == LINES_MAX || !has_line(usage, i)) continue;
    add_line(usage, i, out);
    lines++;
  }
  if (lines < usage->count) buf_addf(out, "\n… and %zu more", usage->count - lines);
  if (usage->count == 0) buf_add(out, "\nNo account is configured.");
  add_totals(usage, out);
}

static bool usage_look(struct store *store, const struct chat_question *question, struct chat_answer *answer,
                       struct err *err) {
  struct usage usage = {.question = question};
  choose_stretches(&usage);
  begin_spenders(&usage);
  bool ok = read_spenders(&usage, store, err);
  if (ok) tell(&usage, words_begin(answer));
  if (ok && usage.count == 1) compose_buttons(usage.spenders[0].account, BUTTON_HISTORY, &answer->message);
  mem_free(usage.spenders);
  return ok;
}

static const struct chat_argument arguments[] = {
    ARGUMENT_ACCOUNT,
    {.name = "span",
     .kind = CHAT_SPAN,
     .about = "how far back, such as 12h or 30d; today, 7 days and this month without it"},
    ARGUMENT_PUBLIC,
    {0},
};

extern const struct chat_command chat_usage;
const struct chat_command chat_usage = {
    .name = "usage",
    .about = "what was spent today, in 7 days and this month",
    .arguments = arguments,
    .look = usage_look,
};
