#include <stdlib.h>
#include <string.h>

#include "lowtide/mem.h"
#include "lowtide/text.h"
#include "words.h"

#define BETWEEN " · "

struct candidate {
  const struct standing *standing;
};

/* A known balance that is low comes first, then what nobody knows, then the rest. */
static int rank_of(const struct standing *standing) {
  switch (standing->level) {
  case LEVEL_CRITICAL: return 0;
  case LEVEL_WARNING: return 1;
  case LEVEL_UNKNOWN: return 2;
  case LEVEL_OK: break;
  }
  return 3;
}

/* What is left, in thresholds: the measure that all units share. */
static bool has_share(const struct standing *standing) {
  const struct amount *warning = &standing->thresholds.warning.left;
  return reading_is_known(&standing->reading) && standing->reading.available.known && warning->known && warning->nano > 0;
}

static int compare_shares(const struct standing *a, const struct standing *b) {
  money_wide left = (money_wide)a->reading.available.nano * b->thresholds.warning.left.nano;
  money_wide right = (money_wide)b->reading.available.nano * a->thresholds.warning.left.nano;
  return left < right ? -1 : left > right;
}

/* In the config's order where nothing else tells them apart. */
static int compare(const void *one, const void *other) {
  const struct standing *a = ((const struct candidate *)one)->standing;
  const struct standing *b = ((const struct candidate *)other)->standing;
  if (rank_of(a) != rank_of(b)) return rank_of(a) - rank_of(b);
  if (has_share(a) != has_share(b)) return has_share(a) ? -1 : 1;
  int by_share = has_share(a) ? compare_shares(a, b) : 0;
  if (by_share != 0) return by_share;
  return a < b ? -1 : a > b;
}

static void add_piece(const struct standing *standing, struct buf *out) {
  struct buf marked;
  buf_init(&marked, out->limit);
  message_add_foreign(&marked, standing->account->label);
  buf_add_char(&marked, ' ');
  if (reading_is_known(&standing->reading)) {
    words_add_amount(&marked, &standing->reading);
  } else {
    buf_add(&marked, "unknown");
  }
  message_print_plain(out, buf_text(&marked), false);
  buf_done(&marked);
}

/* Bytes of the text's first characters, at most so many. */
static size_t first_characters(const char *text, size_t length, size_t most) {
  size_t used = 0;
  for (size_t count = 0; used < length && count < most; count++)
    used += text_utf8_length(text + used, length - used);
  return used;
}

/* Whole pieces as long as they fit; the first one is cut rather than left out. */
static void join(const struct candidate *candidates, size_t count, char out[static PRESENCE_MAX]) {
  struct buf text;
  buf_init(&text, PRESENCE_MAX * 4);
  for (size_t i = 0; i < count; i++) {
    size_t before = text.len;
    if (i > 0) buf_add(&text, BETWEEN);
    add_piece(candidates[i].standing, &text);
    if (first_characters(buf_text(&text), text.len, PRESENCE_CHARACTERS) == text.len) continue;
    if (i > 0) text.data[before] = '\0';
    break;
  }
  const char *joined = buf_text(&text);
  size_t length = first_characters(joined, strlen(joined), PRESENCE_CHARACTERS);
  (void)text_fmt(out, PRESENCE_MAX, "%.*s", (int)length, joined);
  buf_done(&text);
}

void compose_presence(const struct standing *standings, size_t count, char out[static PRESENCE_MAX]) {
  struct candidate *shown = mem_new(count + 1, sizeof *shown);
  size_t used = 0;
  for (size_t i = 0; i < count; i++) {
    bool asked = standings[i].reading.asked_ms != 0 && standings[i].account->missing == NULL;
    if (asked) shown[used++].standing = &standings[i];
  }
  qsort(shown, used, sizeof *shown, compare);
  join(shown, used, out);
  mem_free(shown);
}
