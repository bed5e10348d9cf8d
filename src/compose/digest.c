/* One calm message about a day, a week or a month: what each account spent, was topped up with, and has left. */
#include <inttypes.h>
#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "words.h"

#define ALL_MAX 20   /* that many accounts all have a line */
#define LINES_MAX 40 /* of many, those with something to tell */

static const char *const titles[] = {
    [DIGEST_NONE] = "Digest",
    [DIGEST_DAILY] = "Daily digest",
    [DIGEST_WEEKLY] = "Weekly digest",
    [DIGEST_MONTHLY] = "Monthly digest",
};

static void add_minute(struct buf *out, const struct zone *zone, int64_t ms) {
  char text[ZONE_TIME_TEXT_MAX];
  time_print_minute(text, zone, ms);
  buf_add(out, text);
}

static void add_title(const struct digest_text *digest, struct buf *out) {
  const struct zone *zone = digest->config->zone;
  buf_addf(out, "📅 " MARK_BOLD "%s" MARK_BOLD_END " · ", titles[digest->kind]);
  add_minute(out, zone, digest->from_ms);
  buf_add(out, " to ");
  add_minute(out, zone, digest->until_ms);
  buf_addf(out, " %s", zone_name(zone));
}

/* --- one account ----------------------------------------------------------------------------------------------------- */

/* "3 h of 24", "2d 3h of 7d"; nothing where it is but moments. */
static void add_unknown(const struct tally *tally, struct buf *out) {
  char gone[48];
  char whole[48];
  const int64_t time_ms = tally->until_ms - tally->since_ms;
  const int64_t hours = (tally->unknown_ms + HOUR_MS / 2) / HOUR_MS;
  if (hours == 0) return;
  if (time_ms < 2 * DAY_MS) {
    buf_addf(out, " · unknown for %" PRId64 " h of %" PRId64, hours, (time_ms + HOUR_MS / 2) / HOUR_MS);
    return;
  }
  text_print_duration(gone, sizeof gone, hours * HOUR_MS);
  text_print_duration(whole, sizeof whole, time_ms);
  buf_addf(out, " · unknown for %s of %s", gone, whole);
}

static void add_left(const struct reading *last, struct buf *out) {
  buf_add(out, " · ");
  words_add_amount(out, last);
  if (words_shape(last) == SHAPE_LEFT) buf_add(out, " left");
}

static void add_dry_date(const struct digest_entry *entry, struct buf *out) {
  if (entry->dry_at_ms == 0) return;
  const struct local_time day = zone_local(entry->account->zone, entry->dry_at_ms);
  buf_addf(out, " · empty ~%04d-%02d-%02d", day.year, day.month, day.day);
}

static void add_since(const struct digest_text *digest, const struct digest_entry *entry, struct buf *out) {
  if (entry->tally.since_ms - digest->from_ms < HOUR_MS) return;
  buf_add(out, " · watched since ");
  add_minute(out, digest->config->zone, entry->tally.since_ms);
}

static void add_known(const struct digest_text *digest, const struct digest_entry *entry, struct buf *out) {
  const struct tally *tally = &entry->tally;
  if (tally->spent.known) {
    compose_money(out, tally->spent.nano, tally->last.unit);
    buf_add(out, " spent");
  } else {
    buf_add(out, "spent unknown");
  }
  if (tally->topups > 0) {
    buf_add(out, " · ");
    compose_money(out, tally->topped_up_nano, tally->last.unit);
    buf_add(out, " topped up");
  }
  add_left(&tally->last, out);
  add_dry_date(entry, out);
  add_unknown(tally, out);
  add_since(digest, entry, out);
}

static void add_line(const struct digest_text *digest, const struct digest_entry *entry, struct buf *out) {
  const struct tally *tally = &entry->tally;
  buf_add_char(out, '\n');
  words_add_emoji(out, digest_is_known(entry) ? entry->account->emoji : "❔");
  buf_add(out, MARK_BOLD);
  message_add_foreign(out, entry->account->label);
  buf_add(out, ":" MARK_BOLD_END " ");
  if (digest_is_known(entry)) {
    add_known(digest, entry, out);
  } else if (tally->seen && !reading_is_known(&tally->newest)) {
    words_add_unknown(out, &tally->newest);
    buf_add(out, " all the time");
    if (tally->known) buf_add(out, " — last ");
    if (tally->known) words_add_amount(out, &tally->last);
  } else {
    buf_add(out, "unknown, nobody looked");
  }
  if (entry->account->simulated || tally->newest.simulated) buf_add(out, " · simulated");
}

/* --- together -------------------------------------------------------------------------------------------------------- */

enum part { PART_SPENT, PART_TOPPED_UP, PART_LEFT };

static void add_up(struct unit_sum *sum, const struct tally *tally) {
  sum->accounts++;
  sum_add(sum, PART_SPENT, tally->spent);
  if (tally->topups > 0) sum_add(sum, PART_TOPPED_UP, amount_of(tally->topped_up_nano));
  if (!tally->last.available.known) return;
  sum_add(sum, PART_LEFT, tally->last.available);
  sum->estimated = sum->estimated || tally->last.estimated;
}

static void add_part(const struct unit_sum *sum, enum part part, const char *what, struct buf *out) {
  if (!sum->has[part]) return;
  if (part != PART_SPENT) buf_add(out, " · ");
  if (part == PART_LEFT && sum->estimated) buf_add(out, "≈ ");
  compose_sum(out, sum->part[part], sum->unit);
  buf_addf(out, " %s", what);
}

static void add_sum(const struct unit_sum *sum, struct buf *out) {
  buf_add(out, "\nTogether: ");
  add_part(sum, PART_SPENT, "spent", out);
  add_part(sum, PART_TOPPED_UP, "topped up", out);
  add_part(sum, PART_LEFT, "left", out);
}

static bool is_in_sum(const struct digest_entry *entry) {
  return digest_is_known(entry) && entry->tally.spent.known;
}

/* Whoever reads a sum must hear what is not in it. */
static void add_missing(const struct digest_text *digest, struct buf *out) {
  const struct account **missing = mem_new(digest->count, sizeof(const struct account *));
  size_t count = 0;
  for (size_t i = 0; i < digest->count; i++) {
    if (!is_in_sum(&digest->entries[i])) missing[count++] = digest->entries[i].account;
  }
  compose_left_out(out, missing, count);
  mem_free(missing);
}

/* A sum of one is on its line already. */
static void add_sums(const struct digest_text *digest, struct buf *out) {
  struct sums sums = {.count = 0};
  bool any = false;
  for (size_t i = 0; i < digest->count; i++) {
    const struct tally *tally = &digest->entries[i].tally;
    struct unit_sum *sum = is_in_sum(&digest->entries[i]) ? sums_of(&sums, tally->last.unit) : NULL;
    if (sum != NULL) add_up(sum, tally);
  }
  for (size_t i = 0; i < sums.count; i++) {
    if (sums.units[i].accounts < 2) continue;
    if (!any) buf_add_char(out, '\n');
    add_sum(&sums.units[i], out);
    any = true;
  }
  if (any) add_missing(digest, out);
}

/* --- the message ----------------------------------------------------------------------------------------------------- */

bool digest_is_known(const struct digest_entry *entry) {
  return entry->tally.known && entry->tally.watched_ms > 0;
}

static bool has_news(const struct digest_entry *entry) {
  return !digest_is_known(entry) || entry->tally.spent.nano != 0 || entry->tally.topups > 0;
}

static void add_rest(const struct digest_text *digest, size_t lines, struct buf *out) {
  size_t quiet = 0;
  if (lines == digest->count) return;
  for (size_t i = 0; i < digest->count; i++)
    quiet += has_news(&digest->entries[i]) ? 0 : 1;
  buf_addf(out, "\n… and %zu more", digest->count - lines);
  if (quiet == digest->count - lines) {
    buf_add(out, " that spent nothing");
  } else if (quiet > 0) {
    buf_addf(out, ", %zu of which spent nothing", quiet);
  }
}

void compose_digest(const struct digest_text *digest, struct buf *out) {
  size_t lines = 0;
  add_title(digest, out);
  buf_add_char(out, '\n');
  for (size_t i = 0; i < digest->count; i++) {
    if (digest->count > ALL_MAX && (lines == LINES_MAX || !has_news(&digest->entries[i]))) continue;
    add_line(digest, &digest->entries[i], out);
    lines++;
  }
  add_rest(digest, lines, out);
  add_sums(digest, out);
}
