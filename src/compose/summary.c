#include <stdint.h>

#include "footer.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "words.h"

#define LINES_MAX 20

/* The account of the shortest runway that is not shown yet; the first of the config where they are equal. */
static size_t next_shortest(const struct summary *summary, const bool *shown) {
  size_t best = summary->count;
  int64_t best_ms = INT64_MAX;
  for (size_t i = 0; i < summary->count; i++) {
    int64_t runway_ms = summary->standings[i].runway_ms;
    if (runway_ms < 0) runway_ms = INT64_MAX;
    if (shown[i] || (best < summary->count && runway_ms >= best_ms)) continue;
    best = i;
    best_ms = runway_ms;
  }
  return best;
}

/* Marks what has a line, and answers how many have none. */
static size_t choose_lines(const struct summary *summary, bool *shown) {
  size_t lines = 0;
  for (size_t i = 0; i < summary->count; i++) {
    shown[i] = summary->count <= LINES_MAX || summary->standings[i].level != LEVEL_OK;
    if (shown[i]) lines++;
  }
  for (; lines < LINES_MAX && lines < summary->count; lines++)
    shown[next_shortest(summary, shown)] = true;
  return summary->count - lines;
}

static void add_lines(const struct summary *summary, struct buf *out) {
  bool *shown = mem_new(summary->count, sizeof *shown);
  size_t hidden = choose_lines(summary, shown);
  for (size_t i = 0; i < summary->count; i++) {
    if (!shown[i]) continue;
    buf_add(out, "\n");
    compose_line(&summary->standings[i], summary->config->zone, summary->now_ms, out);
  }
  if (hidden > 0) buf_addf(out, "\n… and %zu more, all fine", hidden);
  if (summary->count == 0) buf_add(out, "\nNo account is configured.");
  mem_free(shown);
}

/* What is not known now is not called low, even if it was. */
static void add_low_lines(const struct summary *summary, struct buf *out) {
  const char *before = "\n\n";
  for (size_t i = 0; i < summary->count; i++) {
    const struct standing *standing = &summary->standings[i];
    const char *mark = words_mark(standing->level);
    if (*mark == '\0') continue;
    buf_add(out, before);
    words_add_emoji(out, standing->account->emoji);
    buf_addf(out, "%s ", mark);
    words_add_low(out, standing);
    before = "\n";
  }
}

static void add_title(const struct summary *summary, struct buf *out) {
  bool simulated = false;
  for (size_t i = 0; i < summary->count; i++)
    simulated = simulated || words_is_simulated(&summary->standings[i]);
  buf_add(out, "📊 " MARK_BOLD);
  message_add_foreign(out, summary->config->title);
  buf_addf(out, "%s" MARK_BOLD_END "\n", simulated ? " (simulated)" : "");
}

void compose_summary(const struct summary *summary, struct buf *out) {
  add_title(summary, out);
  add_lines(summary, out);
  add_low_lines(summary, out);
  if (summary->away_ms > 0) {
    char away[32];
    text_print_duration(away, sizeof away, summary->away_ms);
    buf_addf(out, "\n\n⏸️ Lowtide was away for %s; the rounds in between were not run.", away);
  }
  footer_add(out, summary);
}
