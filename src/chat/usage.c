/* What the accounts spent, reckoned from their readings. */
#include "usage.h"

#include "lowtide/mem.h"
#include "lowtide/text.h"

#define BEFORE_MS (3 * DAY_MS)   /* how far back a stretch looks for what it begins with */
#define PATIENCE_MS (2 * DAY_MS) /* of the tally; nothing here tells how long nobody looked */

/* --- the stretches --------------------------------------------------------------------------------------------------- */

static int64_t midnight_ms(const struct zone *zone, int64_t now_ms, bool of_month) {
  struct local_time day = zone_local(zone, now_ms);
  day.hour = day.minute = day.second = 0;
  if (of_month) day.day = 1;
  return zone_instant(zone, day, NULL);
}

static void add_stretch(struct usage *usage, int64_t from_ms, const char *name, const char *words) {
  struct stretch *stretch = &usage->stretches[usage->stretch_count];
  if (from_ms < usage->stretches[usage->widest].from_ms) usage->widest = usage->stretch_count;
  usage->stretch_count++;
  stretch->from_ms = from_ms;
  stretch->name = name;
  (void)text_copy(stretch->words, sizeof stretch->words, words);
}

static void choose_stretches(struct usage *usage) {
  const struct chat_question *question = usage->question;
  const struct zone *zone = question->view->config->zone;
  char span[32];
  char words[40];
  if (question->span_ms != 0) {
    words_span(span, sizeof span, question->span_ms);
    (void)text_fmt(words, sizeof words, "in %s", span);
    add_stretch(usage, question->now_ms - question->span_ms, "span", words);
    return;
  }
  add_stretch(usage, midnight_ms(zone, question->now_ms, false), "today", "today");
  add_stretch(usage, question->now_ms - 7 * DAY_MS, "week", "in 7 days");
  add_stretch(usage, midnight_ms(zone, question->now_ms, true), "month", "this month");
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

static void add_up(struct usage *usage, const struct spender *spender) {
  const struct tally *widest = &spender->tallies[usage->widest];
  struct unit_sum *sum = widest->spent.known ? sums_of(&usage->sums, widest->last.unit) : NULL;
  if (sum == NULL) return;
  sum->accounts++;
  for (size_t k = 0; k < usage->stretch_count; k++)
    sum_add(sum, (int)k, spender->tallies[k].spent);
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
    add_up(usage, &usage->spenders[i]);
  }
  return true;
}

/* Free the spenders, also where it fails. */
static bool look_up(struct usage *usage, struct store *store, struct err *err) {
  choose_stretches(usage);
  begin_spenders(usage);
  return read_spenders(usage, store, err);
}

static bool usage_look(struct store *store, const struct chat_question *question, struct chat_answer *answer,
                       struct err *err) {
  struct usage usage = {.question = question};
  if (words_not_configured(question, answer)) return true;
  bool ok = look_up(&usage, store, err);
  if (ok) usage_tell(&usage, words_begin(answer));
  if (ok) words_add_ages(question, &answer->message.text);
  if (ok && usage.count == 1) compose_buttons(usage.spenders[0].account, BUTTON_HISTORY, &answer->message);
  mem_free(usage.spenders);
  return ok;
}

static bool usage_json(struct store *store, const struct chat_question *question, struct buf *out, struct err *err) {
  struct usage usage = {.question = question};
  bool ok = look_up(&usage, store, err);
  if (ok) usage_tell_json(&usage, out);
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
    .json = usage_json,
};
