/* message: what people read, in a form that no platform's markup has touched yet. The text is ours but for stretches
 * between marks, which each notifier turns into its own: bold, escaped, or left alone. */
#ifndef LOWTIDE_MESSAGE_H
#define LOWTIDE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
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

enum message_kind {
  MESSAGE_SUMMARY,
  MESSAGE_ALERT,
  MESSAGE_RECOVERY,
  MESSAGE_TOPUP,
  MESSAGE_DIGEST,
  MESSAGE_TEST,
  MESSAGE_ANSWER /* to a question in a chat; never queued */
};

const char *message_kind_name(enum message_kind kind);

/* Said twice rather than not at all, if nobody knows whether it was heard; a summary is not: the next one comes soon. */
bool message_may_repeat(enum message_kind kind);

#define MESSAGE_BUTTONS_MAX 5
#define MESSAGE_BUTTON_LABEL_MAX 80 /* bytes; Discord takes 80 characters, Slack 75 */
#define MESSAGE_BUTTON_WORDS_MAX 100
#define MESSAGE_CHOICES_MAX 25 /* Discord's limit for a select */

/* A button under a message: pressing it asks the words (chat.h), "mute kimi 6h". */
struct message_button {
  char label[MESSAGE_BUTTON_LABEL_MAX];
  char words[MESSAGE_BUTTON_WORDS_MAX];
};

struct message {
  enum message_kind kind;
  struct buf text;     /* lines with marks, no line break at the end */
  bool silent;         /* does not notify: summaries and recoveries */
  const char *mention; /* "" or who is pinged: role:1234 user:1 group:S1 here everyone; borrowed */
  int64_t time_ms;     /* when it was composed; 0: not told */
  struct message_button buttons[MESSAGE_BUTTONS_MAX]; /* shown by bots whose commands are on; nowhere else */
  size_t button_count;
  char choose[MESSAGE_BUTTON_LABEL_MAX];              /* what the choices are: "History of …" */
  struct message_button choices[MESSAGE_CHOICES_MAX]; /* one of many: a select under the message, shown where buttons are */
  size_t choice_count;
  struct buf accounts; /* for programs: what it tells of, compose_account_json's objects with commas between */
};

void message_init(struct message *message, enum message_kind kind);
void message_done(struct message *message);

/* A button or a choice more, if there is room for it and its words fit: a part of them would be another question. */
void message_add_button(struct message *message, const char *label, const char *words);
void message_add_choice(struct message *message, const char *label, const char *words);

/* Foreign text with its marks; control characters and line breaks become spaces. */
void message_add_foreign(struct buf *text, const char *foreign);

/* The text with its marks turned into `**` or, on a terminal, into bold; foreign text as it is. */
void message_print_plain(struct buf *out, const char *marked, bool terminal);

#endif
