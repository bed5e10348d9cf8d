#include <inttypes.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "usage.h"

#define LINES_MAX 20
#define LATE_MS HOUR_MS /* readings that begin that much later than what was asked for do not tell all of it */

static const struct tally *widest(const struct usage *usage, size_t i) {
  return &usage->spenders[i].tallies[usage->widest];
}

/* --- for people ------------------------------------------------------------------------------------------------------ */

static void add_stretches(const struct usage *usage, const struct spender *spender, struct buf *out) {
  for (size_t k = 0; k < usage->stretch_count; k++) {
    const struct tally *tally = &spender->tallies[k];
    if (k > 0) buf_add(out, " · ");
    if (tally->spent.known) compose_money(out, tally->spent.nano, tally->last.unit);
    buf_addf(out, "%s %s", tally->spent.known ? "" : "unknown", usage->stretches[k].words);
  }
}

static void add_since(const struct usage *usage, const struct tally *tally, struct buf *out) {
  char since[ZONE_TIME_TEXT_MAX];
  if (tally->since_ms - tally->from_ms < LATE_MS) return;
  time_print_minute(since, usage->question->view->config->zone, tally->since_ms);
  buf_addf(out, " · watched since %s", since);
}

static void add_line(const struct usage *usage, size_t i, struct buf *out) {
  const struct spender *spender = &usage->spenders[i];
  const struct tally *tally = widest(usage, i);
  buf_add_char(out, '\n');
  compose_name(spender->account, out);
  if (tally->spent.known) {
    add_stretches(usage, spender, out);
    if (tally->topups > 0) buf_add(out, " · ");
    if (tally->topups > 0) compose_money(out, tally->topped_up_nano, tally->last.unit);
    if (tally->topups > 0) buf_add(out, " topped up");
    add_since(usage, tally, out);
  } else {
    buf_add(out, "unknown (too few readings)");
  }
  if (spender->account->simulated) buf_add(out, " · simulated");
}

static void add_sum(const struct usage *usage, const struct unit_sum *sum, struct buf *out) {
  buf_add(out, "\nTogether: ");
  for (size_t k = 0; k < usage->stretch_count; k++) {
    if (k > 0) buf_add(out, " · ");
    if (sum->lacks[k]) buf_add(out, "at least ");
    compose_sum(out, sum->part[k], sum->unit);
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

/* A sum of one is on its line already. */
static void add_sums(const struct usage *usage, struct buf *out) {
  bool any = false;
  for (size_t i = 0; i < usage->sums.count; i++) {
    if (usage->sums.units[i].accounts < 2) continue;
    if (!any) buf_add_char(out, '\n');
    add_sum(usage, &usage->sums.units[i], out);
    any = true;
  }
  if (any) add_missing(usage, out);
}

static bool has_spent(const struct usage *usage, size_t i) {
  return widest(usage, i)->spent.known && widest(usage, i)->spent.nano != 0;
}

/* "… and 40 more that spent nothing", "… and 40 more: 30 spent nothing, 8 are unknown" */
static void add_rest(const struct usage *usage, size_t hidden, struct buf *out) {
  size_t unknown = 0;
  size_t nothing = 0;
  if (hidden == 0) return;
  for (size_t i = 0; i < usage->count; i++) {
    bool known = widest(usage, i)->spent.known;
    unknown += known ? 0 : 1;
    nothing += known && !has_spent(usage, i) ? 1 : 0;
  }
  buf_addf(out, "\n… and %zu more", hidden);
  if (nothing == hidden) {
    buf_add(out, " that spent nothing");
  } else if (unknown == hidden) {
    buf_add(out, ", unknown (too few readings)");
  } else if (nothing + unknown > 0) {
    buf_addf(out, ": %zu spent nothing, %zu unknown", nothing, unknown);
  }
}

/* Of many, those that spent something. */
void usage_tell(const struct usage *usage, struct buf *out) {
  bool many = usage->count > LINES_MAX;
  size_t lines = 0;
  buf_add(out, "💸 " MARK_BOLD "Spent" MARK_BOLD_END "\n");
  for (size_t i = 0; i < usage->count; i++) {
    if (many && (lines == LINES_MAX || !has_spent(usage, i))) continue;
    add_line(usage, i, out);
    lines++;
  }
  add_rest(usage, usage->count - lines, out);
  if (usage->count == 0) buf_add(out, "\nNo account is configured.");
  add_sums(usage, out);
}

/* --- for programs ---------------------------------------------------------------------------------------------------- */

static void add_amount_json(const char *name, bool known, money_wide nano, struct buf *out) {
  char text[MONEY_TEXT_MAX];
  bool fits = known && nano <= INT64_MAX && nano >= INT64_MIN;
  if (fits) money_print_exact(text, (int64_t)nano);
  buf_addf(out, fits ? ",\"%s\":\"%s\"" : ",\"%s\":null", name, fits ? text : "");
}

static void add_stretch_json(const struct stretch *stretch, const struct tally *tally, struct buf *out) {
  char since[ZONE_TIME_TEXT_MAX];
  time_print_rfc3339(since, tally->since_ms - tally->since_ms % 1000);
  buf_addf(out, ",\"%s\":{\"since\":\"%s\"", stretch->name, since);
  add_amount_json("spent", tally->spent.known, tally->spent.nano, out);
  add_amount_json("topped_up", tally->spent.known, tally->topped_up_nano, out);
  buf_add_char(out, '}');
}

static void add_unit_json(const char *unit, struct buf *out) {
  buf_add(out, "\"unit\":");
  if (*unit != '\0') buf_add_json(out, unit);
  if (*unit == '\0') buf_add(out, "null");
}

static void add_spender_json(const struct usage *usage, size_t i, struct buf *out) {
  const struct spender *spender = &usage->spenders[i];
  const struct tally *tally = widest(usage, i);
  buf_add(out, "{\"account\":");
  buf_add_json(out, spender->account->name);
  buf_add_char(out, ',');
  add_unit_json(tally->known ? tally->last.unit : spender->account->unit, out);
  buf_addf(out, ",\"simulated\":%s", spender->account->simulated ? "true" : "false");
  for (size_t k = 0; k < usage->stretch_count; k++)
    add_stretch_json(&usage->stretches[k], &spender->tallies[k], out);
  buf_add_char(out, '}');
}

static void add_sum_json(const struct usage *usage, const struct unit_sum *sum, struct buf *out) {
  buf_add_char(out, '{');
  add_unit_json(sum->unit, out);
  buf_addf(out, ",\"accounts\":%zu", sum->accounts);
  for (size_t k = 0; k < usage->stretch_count; k++)
    add_amount_json(usage->stretches[k].name, sum->has[k], sum->part[k], out);
  buf_add_char(out, '}');
}

void usage_tell_json(const struct usage *usage, struct buf *out) {
  char now[ZONE_TIME_TEXT_MAX];
  time_print_rfc3339(now, usage->question->now_ms - usage->question->now_ms % 1000);
  buf_addf(out, "{\"time\":\"%s\",\"accounts\":[", now);
  for (size_t i = 0; i < usage->count; i++) {
    if (i > 0) buf_add_char(out, ',');
    add_spender_json(usage, i, out);
  }
  buf_add(out, "],\"sums\":[");
  for (size_t i = 0; i < usage->sums.count; i++) {
    if (i > 0) buf_add_char(out, ',');
    add_sum_json(usage, &usage->sums.units[i], out);
  }
  buf_add(out, "]}");
}
