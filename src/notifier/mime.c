#include "notifier/mime.h"

#include <ctype.h>
#include <string.h>

#include "lowtide/text.h"
#include "lowtide/zone.h"
#include "notifier/plain.h"

#define CRLF "\r\n"
#define LINE_MAX_CHARS 76
#define WORD_BYTES_MAX 45 /* of text in an encoded word: 60 digits and "=?UTF-8?B?" "?=" are 72 */
#define SUBJECT_MAX 256
#define PLAIN_MAX ((size_t)1 << 20)

/* --- addresses ------------------------------------------------------------------------------------------------------ */

/* A careful subset of RFC 5321: what nobody can read as anything else. */
static bool is_address(const char *text) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
  static const char local[] = "!#$%&'*+/=?^_`{|}~ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
  size_t front = strspn(text, local);
  if (front == 0 || text[front] != '@' || text[0] == '.' || text[0] == '-') return false;
  const char *host = text + front + 1;
  size_t length = strspn(host, plain);
  return length > 0 && host[length] == '\0' && *host != '.' && *host != '-' && host[length - 1] != '.';
}

static void trim(const char **text, size_t *length) {
  while (*length > 0 && **text == ' ') {
    (*text)++;
    (*length)--;
  }
  while (*length > 0 && (*text)[*length - 1] == ' ')
    (*length)--;
}

static void unquote(const char **text, size_t *length) {
  if (*length < 2 || **text != '"' || (*text)[*length - 1] != '"') return;
  (*text)++;
  *length -= 2;
}

bool mime_mailbox_read(const char *text, size_t length, struct mime_mailbox *out, struct err *err) {
  struct mime_mailbox mailbox = {.name = ""};
  char name[MIME_NAME_MAX];
  const char *open = memchr(text, '<', length);
  const char *address = open != NULL ? open + 1 : text;
  size_t size = (size_t)(text + length - address);
  trim(&address, &size);
  bool closed = open == NULL || (size > 0 && address[size - 1] == '>');
  if (open != NULL && closed) size--;
  bool fits = text_fmt(mailbox.address, sizeof mailbox.address, "%.*s", (int)size, address);
  if (!closed || !fits || !is_address(mailbox.address)) {
    text_fmt(name, sizeof name, "%.*s", (int)length, text);
    text_clean(mailbox.name, sizeof mailbox.name, name);
    return err_set(err, ERR_CONFIG, "\"%.80s\" is not a mail address", mailbox.name);
  }
  if (open != NULL) {
    const char *front = text;
    size_t front_length = (size_t)(open - text);
    trim(&front, &front_length);
    unquote(&front, &front_length);
    (void)text_fmt(name, sizeof name, "%.*s", (int)front_length, front);
    text_clean(mailbox.name, sizeof mailbox.name, name);
  }
  *out = mailbox;
  return true;
}

size_t mime_mailbox_length(const char *text) {
  bool quoted = false;
  size_t at = 0;
  for (; text[at] != '\0' && (quoted || text[at] != ','); at++)
    quoted = quoted != (text[at] == '"');
  return at;
}

/* --- headers -------------------------------------------------------------------------------------------------------- */

static bool is_plain_ascii(const char *text) {
  for (; *text != '\0'; text++) {
    if (*text < ' ' || *text > '~') return false;
  }
  return true;
}

/* RFC 2047, in words of whole characters, a line each. */
static void add_encoded(const char *text, struct buf *out) {
  size_t left = strlen(text);
  while (left > 0) {
    size_t taken = 0;
    while (taken < left) {
      size_t step = text_utf8_length(text + taken, left - taken);
      step = step > 0 ? step : 1;
      if (taken + step > WORD_BYTES_MAX) break;
      taken += step;
    }
    buf_add(out, "=?UTF-8?B?");
    buf_add_base64(out, text, taken);
    buf_add(out, "?=");
    text += taken;
    left -= taken;
    if (left > 0) buf_add(out, CRLF " ");
  }
}

/* Text that is shown: as it stands where it is short and cannot be taken for an encoded word. */
static void add_words(const char *text, struct buf *out) {
  bool as_is = is_plain_ascii(text) && strlen(text) <= 60 && strstr(text, "=?") == NULL;
  if (as_is) {
    buf_add(out, text);
  } else {
    add_encoded(text, out);
  }
}

static void add_name(const char *name, struct buf *out) {
  bool safe = is_plain_ascii(name) && strlen(name) <= 60 && strpbrk(name, "\"\\") == NULL && strstr(name, "=?") == NULL;
  if (safe) {
    buf_addf(out, "\"%s\"", name);
  } else {
    add_encoded(name, out);
  }
}

static void add_mailbox(const struct mime_mailbox *mailbox, struct buf *out) {
  if (mailbox->name[0] == '\0') {
    buf_add(out, mailbox->address);
    return;
  }
  add_name(mailbox->name, out);
  buf_addf(out, CRLF " <%s>", mailbox->address);
}

static void add_recipients(const struct mime_mail *mail, struct buf *out) {
  buf_add(out, "To: ");
  for (size_t i = 0; i < mail->to_count; i++) {
    if (i > 0) buf_add(out, "," CRLF " ");
    add_mailbox(&mail->to[i], out);
  }
  buf_add(out, CRLF);
}

/* RFC 5322, 3.3: "Thu, 29 Jan 2026 09:00:00 +0000" */
static void add_date(int64_t ms, struct buf *out) {
  const struct local_time at = zone_local(NULL, ms);
  buf_addf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000" CRLF, date_weekday_name(at.weekday), at.day,
           date_month_name(at.month), at.year, at.hour, at.minute, at.second);
}

static void add_headers(const struct mime_mail *mail, const char *subject, struct buf *out) {
  const char *host = strchr(mail->from.address, '@');
  buf_add(out, "From: ");
  add_mailbox(&mail->from, out);
  buf_add(out, CRLF);
  add_recipients(mail, out);
  buf_add(out, "Subject: ");
  add_words(subject, out);
  buf_add(out, CRLF);
  add_date(mail->date_ms, out);
  buf_addf(out, "Message-ID: <%s.lowtide%s>" CRLF, mail->nonce, host != NULL ? host : "@localhost");
  /* RFC 3834: no holiday note comes back. */
  buf_add(out, "Auto-Submitted: auto-generated" CRLF "MIME-Version: 1.0" CRLF);
  buf_addf(out, "X-Lowtide-Kind: %s" CRLF, mail->kind);
  buf_addf(out, "Content-Type: multipart/alternative; boundary=\"=_%s\"" CRLF, mail->nonce);
}

/* --- bodies --------------------------------------------------------------------------------------------------------- */

/* RFC 2045, 6.7. "=_" of the boundary cannot come up: every '=' in it is followed by two hexadecimal digits or a break. */
static void add_quoted_printable(const char *text, struct buf *out) {
  size_t column = 0;
  for (; *text != '\0'; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '\n') {
      buf_add(out, CRLF);
      column = 0;
      continue;
    }
    bool trailing = (c == ' ' || c == '\t') && (text[1] == '\n' || text[1] == '\0');
    bool plain = c >= ' ' && c <= '~' && c != '=' && !trailing;
    size_t width = plain ? 1 : 3;
    if (column + width > LINE_MAX_CHARS - 1) {
      buf_add(out, "=" CRLF);
      column = 0;
    }
    if (plain) {
      buf_add_char(out, (char)c);
    } else {
      buf_addf(out, "=%02X", c);
    }
    column += width;
  }
  buf_add(out, CRLF);
}

static void add_part(const char *nonce, const char *type, const char *text, struct buf *out) {
  buf_addf(out, CRLF "--=_%s" CRLF "Content-Type: %s; charset=utf-8" CRLF, nonce, type);
  buf_add(out, "Content-Transfer-Encoding: quoted-printable" CRLF CRLF);
  add_quoted_printable(text, out);
}

void mime_write(const struct mime_mail *mail, struct buf *out) {
  struct buf text;
  char subject[SUBJECT_MAX];
  buf_init(&text, PLAIN_MAX);
  plain_text(mail->marked, &text);
  plain_title(buf_text(&text), subject, sizeof subject);
  add_headers(mail, subject, out);
  add_part(mail->nonce, "text/plain", buf_text(&text), out);
  buf_clear(&text);
  buf_add(&text, "<!DOCTYPE html>\n<html><body><p>");
  plain_html(mail->marked, &text);
  buf_add(&text, "</p></body></html>");
  add_part(mail->nonce, "text/html", buf_text(&text), out);
  buf_addf(out, CRLF "--=_%s--" CRLF, mail->nonce);
  if (!buf_ok(&text)) out->full = true;
  buf_done(&text);
}
