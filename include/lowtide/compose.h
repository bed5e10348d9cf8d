/* compose: values in, words out. Pure: the time is an argument. */
#ifndef LOWTIDE_COMPOSE_H
#define LOWTIDE_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lowtide/alert.h"
#include "lowtide/config.h"
#include "lowtide/message.h"
#include "lowtide/reading.h"
#include "lowtide/tally.h"

/* One account's place in a summary. */
struct standing {
  const struct account *account;
  struct reading reading;
  enum level level;
  enum level last_level;     /* of the last known reading; LEVEL_UNKNOWN: there was none */
  struct reading last_known; /* code ERR_NOT_CONFIGURED: there was none */
  struct thresholds thresholds;
  int64_t runway_ms;      /* -1: nothing is claimed */
  int64_t muted_until_ms; /* its alerts are; 0, or in the past: they are not, or nobody has looked */
};

/* Judges the reading by the account's thresholds. last_known NULL: there was none. */
struct standing standing_of(const struct account *account, const struct reading *reading, const struct reading *last_known,
                            enum level last_level);
/* With how long it lasts (-1: nothing is claimed): the level may be worse for it. */
void standing_lasts(struct standing *standing, int64_t runway_ms);
/* A view's standing as it is to be told at now_ms: what was read may be too old by then, and lasts less long. */
struct standing standing_now(const struct standing *standing, int64_t now_ms);

struct summary {
  const struct config *config;
  const struct standing *standings; /* without accounts that are not configured */
  size_t count;
  int64_t now_ms;
  int64_t away_ms;        /* > 0: the daemon was away for that long, and the summary says so */
  const char *channel_id; /* "" where it is not known; for footer = full */
};

/* Section 4's summary, byte for byte: title, a line an account, the low lines, the footer. */
void compose_summary(const struct summary *summary, struct buf *out);

/* "💳 **Claude:** $8.07 (threshold: $5.00)" with marks. */
void compose_line(const struct standing *standing, const struct zone *zone, int64_t now_ms, struct buf *out);

/* "🌙 **Kimi:** " with marks. */
void compose_name(const struct account *account, struct buf *out);
/* "$12.34", "58,770 characters"; a unit that a vendor named is foreign text. */
void compose_money(struct buf *out, int64_t nano, const char *unit);
/* The same of a sum: "more than …" where it does not fit. */
void compose_sum(struct buf *out, money_wide nano, const char *unit);
/* What a sum lacks: "\nNot in it, for it is not known: A, B and 3 more"; nothing of none. */
void compose_left_out(struct buf *out, const struct account *const *accounts, size_t count);
/* In a word or two, without marks: "$12.34", "82 % used", "≈ $15.29", "unknown". */
void compose_amount(const struct standing *standing, char *out, size_t size);

/* `check ACCOUNT`: "✅ Kimi Balance Check" and its parts. */
void compose_parts(const struct standing *standing, const struct zone *zone, int64_t now_ms, struct buf *out);

/* An alert of an account. */
struct news {
  const struct standing *standing;
  const struct alert *alert;
};

/* "⚠️ Kimi credits low! Available: $4.20 (voucher: $1.00, cash: $3.20)": one line that says all. */
void compose_alert(const struct news *news, int64_t now_ms, struct buf *out);
/* One or many of a sort as one message: critical ones first; beyond 20 lines, names. */
void compose_news(const struct news *news, size_t count, int64_t now_ms, struct buf *out);

/* What is to be pressed under a message about an account, as bits. */
enum button { BUTTON_REFRESH = 1, BUTTON_HISTORY = 2, BUTTON_MUTE = 4, BUTTON_UNMUTE = 8 };
void compose_buttons(const struct account *account, unsigned which, struct message *message);
/* Under a message about many: "History of …". */
void compose_choice(const struct account *account, struct message *message);

/* What `mute`, `unmute` and `ack` answer: one line that says what it means. memory is as it is afterwards. */
void compose_muted(const struct account *account, const struct alert_memory *memory, struct buf *out);
void compose_unmuted(const struct account *account, const struct alert_memory *memory, bool was_muted, struct buf *out);
void compose_acked(const struct account *account, const struct alert_memory *memory, struct buf *out);
/* "muted until 2026-01-29 15:00", "acknowledged"; nothing if neither is true. */
void compose_silence(const struct account *account, const struct alert_memory *memory, int64_t now_ms, struct buf *out);

/* One account's period in a digest. */
struct digest_entry {
  const struct account *account;
  struct tally tally; /* ended */
  int64_t dry_at_ms;  /* 0: nothing is claimed */
};

struct digest_text {
  const struct config *config;
  enum digest kind;
  int64_t from_ms;
  int64_t until_ms;
  const struct digest_entry *entries;
  size_t count;
};

/* Its balance was known at some time of the period. */
bool digest_is_known(const struct digest_entry *entry);

/* Spent, topped up, left and dry date of each, then the sum of each unit that several have. */
void compose_digest(const struct digest_text *digest, struct buf *out);

struct guarded {
  const struct standing *standing;
  struct amount need; /* not known: the critical level counts */
  enum guard guard;
};

/* "✅ Kimi: $12.34 is enough (needed: $2.50)" */
void compose_guard(const struct guarded *guarded, int64_t now_ms, struct buf *out);
/* {"verdict":"enough","need":"2.5","account":{…}}, the account as in section 3. */
void compose_guard_json(const struct guarded *guarded, int64_t now_ms, struct buf *out);

/* Section 5's lines, without a line break at the end. The last two lack their "[time] ", which compose_log_stamp puts in
 * front when they are written. */
void compose_log_line(const struct standing *standing, int64_t time_ms, struct buf *out);
void compose_log_stamp(int64_t time_ms, struct buf *out); /* "[2026-01-29 09:00:00] " */
void compose_log_posted(const struct standing *standing, struct buf *out);
void compose_log_alert(const struct news *news, struct buf *out);

/* Section 3's JSON, {"title","time","accounts":[…]}, in one line. */
void compose_balances_json(const struct summary *summary, struct buf *out);
/* One of its accounts. */
void compose_account_json(const struct standing *standing, int64_t now_ms, struct buf *out);

#define PRESENCE_CHARACTERS 128 /* what Discord shows under a bot's name */
#define PRESENCE_MAX (PRESENCE_CHARACTERS * 4 + 1)
/* "Kimi $4.20 · Claude unknown": the lowest first, as many as fit; "" as long as nothing was asked. */
void compose_presence(const struct standing *standings, size_t count, char out[static PRESENCE_MAX]);

/* "just now", "2 h ago", "3 d ago" */
void compose_age(char *out, size_t size, int64_t age_ms);

/* Rows of columns, aligned by what a terminal shows (wide and combining characters counted right). */
struct table;
struct table *table_new(const char *const *headings, int columns);
void table_add(struct table *table, const char *const *cells);
void table_align_right(struct table *table, int column);
void table_print(const struct table *table, struct buf *out, bool bold_headings);
void table_free(struct table *table);

#endif
