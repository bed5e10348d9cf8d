/* words: pieces that more than one composer needs. All of them write marked text. Private to the room. */
#ifndef LOWTIDE_COMPOSE_WORDS_H
#define LOWTIDE_COMPOSE_WORDS_H

#include "lowtide/compose.h"

#define WEEKDAY_TOLD_MS (6 * DAY_MS) /* further ahead a weekday could be another week's */

/* What a known reading is told by. */
enum shape {
  SHAPE_LEFT,   /* "$12.34" */
  SHAPE_SPENT,  /* "$34.71 of $50.00", "$292.02 used" */
  SHAPE_QUOTA,  /* "82 %" */
  SHAPE_NOTHING /* it tells no amount */
};

enum shape words_shape(const struct reading *reading);

/* "⚠️" or "🚨"; "" for the other levels. */
const char *words_mark(enum level level);

bool words_is_simulated(const struct standing *standing);

/* What applies to the account, also while its reading is unknown: then as to its last known one. */
struct thresholds words_thresholds(const struct standing *standing);
/* The unit that goes with them. */
const char *words_unit(const struct standing *standing);
/* Since when an estimated amount is reckoned. */
int64_t words_noted_ms(const struct reading *reading);

/* "💳 ", with the space; nothing if there is none. */
void words_add_emoji(struct buf *out, const char *emoji);
/* "$34.71 of $50.00", "41,000 of 50,000 characters"; "$34.71" without a limit. */
void words_add_used(struct buf *out, const struct reading *reading);
/* "82 %" */
void words_add_percent(struct buf *out, const struct reading *reading);
/* In a word or two: "$12.34", "$34.71 of $50.00", "$292.02 used", "82 % used", "≈ $15.29". */
void words_add_amount(struct buf *out, const struct reading *reading);
/* "Available: $4.20 (voucher: $1.00, cash: $3.20)", "Used: 82 %" */
void words_add_holding(struct buf *out, const struct reading *reading);
/* " (voucher: $1.00, cash: $3.20)", nothing where neither is known. */
void words_add_split(struct buf *out, const struct reading *reading);
/* "unknown (HTTP 503)" */
void words_add_unknown(struct buf *out, const struct reading *reading);
/* " — last $12.34, 2 h ago"; nothing where there was none. */
void words_add_last(struct buf *out, const struct standing *standing, int64_t now_ms);
/* "Thu 14:00", "2026-02-08" if that is more than six days away. */
void words_add_reset(struct buf *out, int64_t resets_ms, const struct zone *zone, int64_t now_ms);
/* " · ~3d 4h left", " · simulated" where they are true. */
void words_add_tail(struct buf *out, const struct standing *standing);
/* "Kimi credits low!", "Kimi credits critical!" */
void words_add_low(struct buf *out, const struct standing *standing);

#endif
