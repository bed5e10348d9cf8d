/* message: what people read, in a form that no platform's markup has touched yet. The text is ours but for stretches
 * between marks, which each notifier turns into its own: bold, escaped, or left alone. */
#ifndef LOWTIDE_MESSAGE_H
#define LOWTIDE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lowtide/buf.h"

/* Bold: "\x01…\x02". Foreign text, from a label, a vendor or a person, escaped and unable to mention anybody:
 * "\x03…\x04". Raw platform markup such as <#123> or <:moon:456>: "\x05…\x06". They do not nest, but for foreign or
 * raw inside bold. */
#define MARK_BOLD "\x01"
#define MARK_BOLD_END "\x02"
#define MARK_FOREIGN "\x03"
#define MARK_FOREIGN_END "\x04"
#define MARK_RAW "\x05"
#define MARK_RAW_END "\x06"

#define MESSAGE_TEXT_MAX 262144      /* 256 KiB */
#define MESSAGE_ACCOUNTS_MAX 1048576 /* 1 MiB */

enum message_kind { MESSAGE_SUMMARY, MESSAGE_ALERT, MESSAGE_RECOVERY, MESSAGE_TOPUP, MESSAGE_DIGEST, MESSAGE_TEST };

const char *message_kind_name(enum message_kind kind);

/* Said twice rather than not at all, if nobody knows whether it was heard; a summary is not: the next one comes soon. */
bool message_may_repeat(enum message_kind kind);

struct message {
  enum message_kind kind;
  struct buf text;     /* lines with marks, no line break at the end */
  bool silent;         /* does not notify: summaries and recoveries */
  const char *mention; /* "" or who is pinged: role:1234 user:1 group:S1 here everyone; borrowed */
  int64_t time_ms;     /* when it was composed; 0: not told */
  struct buf accounts; /* for programs: what it tells of, compose_account_json's objects with commas between */
};

void message_init(struct message *message, enum message_kind kind);
void message_done(struct message *message);

/* Foreign text with its marks; control characters and line breaks become spaces. */
void message_add_foreign(struct buf *text, const char *foreign);

/* The text with its marks turned into `**` or, on a terminal, into bold; foreign text as it is. */
void message_print_plain(struct buf *out, const char *marked, bool terminal);

#endif
