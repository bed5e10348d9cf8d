/* mime: a mail as the wire has it: RFC 5322 headers, RFC 2047 words in them, text and HTML as RFC 2046's alternatives.
 * ASCII only, lines of 76 characters at most that end in CRLF. No value can begin a header of its own. */
#ifndef LOWTIDE_NOTIFIER_MIME_H
#define LOWTIDE_NOTIFIER_MIME_H

#include <stdint.h>

#include "lowtide/buf.h"

#define MIME_ADDRESS_MAX 255
#define MIME_NAME_MAX 200
#define MIME_RECIPIENTS_MAX 20

struct mime_mailbox {
  char name[MIME_NAME_MAX]; /* "" if there is none */
  char address[MIME_ADDRESS_MAX];
};

/* "someone@example.com" or "Some One <someone@example.com>"; ERR_CONFIG. */
bool mime_mailbox_read(const char *text, size_t length, struct mime_mailbox *out, struct err *err) MUST_CHECK;

/* How far the first of some mailboxes separated by commas goes. */
size_t mime_mailbox_length(const char *text);

struct mime_mail {
  struct mime_mailbox from;
  struct mime_mailbox to[MIME_RECIPIENTS_MAX];
  size_t to_count;
  const char *marked; /* the message */
  const char *kind;   /* summary, alert, … */
  const char *nonce;  /* makes the Message-ID: the same mail has the same */
  int64_t date_ms;
};

void mime_write(const struct mime_mail *mail, struct buf *out);

#endif
