/* email: a message as a mail with text and HTML, by SMTP. */
#include <stdlib.h>
#include <string.h>

#include "lowtide/json.h"
#include "lowtide/text.h"
#include "notifier/mime.h"
#include "notifier/parts.h"
#include "notifier/plain.h"
#include "notifier/post.h"

#define DEADLINE_MS 40000
#define MARKED_MAX ((size_t)6 * MESSAGE_TEXT_MAX)
#define RECIPIENTS_MAX 20
#define PORT_OPEN "587" /* submission, RFC 6409 */
#define PORT_TLS "465"  /* RFC 8314 */

/* --- payloads: the text as it was composed, since HTML and plain are made of it when it is sent ---------------------- */

static bool email_render(const struct message *message, const struct channel *channel, struct parts *out, struct err *err) {
  (void)channel;
  struct buf text;
  struct buf *part = parts_next(out, err);
  if (part == NULL) return false;
  bool said = plain_message(message, &text, err);
  buf_done(&text);
  if (!said) return false;
  buf_init(part, MARKED_MAX + 64);
  buf_addf(part, "{\"kind\":\"%s\",\"marked\":", message_kind_name(message->kind));
  buf_add_json(part, buf_text(&message->text));
  buf_add_char(part, '}');
  return buf_ok(part) ? true : err_set(err, ERR_LIMIT, "the message is too long");
}

static bool email_mark_repeat(const char *payload, struct buf *out, struct err *err) {
  static const char *const openings[] = {",\"marked\":\"", NULL};
  return post_mark_repeat(payload, openings, out, err);
}

/* --- addresses ------------------------------------------------------------------------------------------------------ */

static bool read_port(const char *text, size_t length) {
  size_t value = 0;
  if (length == 0 || length > 5) return false;
  for (size_t i = 0; i < length; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (size_t)(text[i] - '0');
  }
  return value > 0 && value <= 65535;
}

/* smtp://host[:port] or smtps://host[:port], and nothing behind it. */
static bool add_server(const char *smtp, struct buf *out, struct err *err) {
  bool secure = text_starts(smtp, "smtps://");
  if (!secure && !text_starts(smtp, "smtp://"))
    return err_set(err, ERR_CONFIG, "smtp is neither smtp://HOST nor smtps://HOST");
  const char *host = smtp + (secure ? 8 : 7);
  size_t length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
  const char *port = host + length;
  bool named = length > 0 && strcspn(host, "@?# %\\\"<>\t\r\n") >= length && (*host != '[' || host[length - 1] == ']');
  if (!named || (*host != '[' && strspn(host, ".-") == length)) return err_set(err, ERR_CONFIG, "smtp has no host");
  size_t digits = *port == ':' ? strcspn(port + 1, "/") : 0;
  const char *rest = port + (*port == ':' ? 1 + digits : 0);
  if (*port == ':' && !read_port(port + 1, digits)) return err_set(err, ERR_CONFIG, "smtp has no port that can be one");
  if (*rest != '\0' && !text_eq(rest, "/")) return err_set(err, ERR_CONFIG, "smtp has something behind its host and port");
  buf_addf(out, "%s%.*s:", secure ? "smtps://" : "smtp://", (int)length, host);
  if (*port == ':') return buf_add_n(out, port + 1, digits);
  return buf_add(out, secure ? PORT_TLS : PORT_OPEN);
}

/* Whose the mail is: from, or a user that is an address. */
static bool read_sender(const struct channel *channel, struct mime_mailbox *from, struct err *err) {
  const char *text = channel_value(channel, "from");
  const char *user = channel_value(channel, "user");
  if (text_is_blank(text) && user != NULL && strchr(user, '@') != NULL) text = user;
  if (text_is_blank(text)) return err_set(err, ERR_CONFIG, "from is missing");
  return mime_mailbox_read(text, strlen(text), from, err) || err_wrap(err, "from");
}

static bool add_recipients(const struct channel *channel, struct mime_mail *mail, struct buf *envelope, struct err *err) {
  const char *text = channel_value(channel, "to");
  text = text != NULL ? text : "";
  while (*(text += strspn(text, ", ")) != '\0') {
    size_t length = mime_mailbox_length(text);
    struct mime_mailbox *to = &mail->to[mail->to_count];
    if (mail->to_count == RECIPIENTS_MAX) return err_set(err, ERR_CONFIG, "to has more than %d addresses", RECIPIENTS_MAX);
    if (!mime_mailbox_read(text, length, to, err)) return err_wrap(err, "to");
    buf_addf(envelope, "%s%s", mail->to_count > 0 ? "\n" : "", to->address);
    mail->to_count++;
    text += length;
  }
  return mail->to_count > 0 ? true : err_set(err, ERR_CONFIG, "to names nobody");
}

/* --- asks ------------------------------------------------------------------------------------------------------------ */

static bool begin(const struct channel *channel, struct mime_mail *mail, struct ask *out, struct err *err) {
  const char *smtp = channel_value(channel, "smtp");
  const char *user = channel_value(channel, "user");
  const char *password = channel_value(channel, "password");
  out->kind = ASK_MAIL;
  if (!add_server(smtp != NULL ? smtp : "", &out->mail.url, err) || !read_sender(channel, &mail->from, err) ||
      !add_recipients(channel, mail, &out->mail.to, err))
    return false;
  if (text_is_blank(user) && !text_is_blank(password)) return err_set(err, ERR_CONFIG, "there is a password, but no user");
  if (!text_is_blank(user) && text_is_blank(password))
    return err_set(err, ERR_NOT_CONFIGURED, "there is a user, but no password");
  if (!text_is_blank(user)) {
    out->mail.user = user;
    out->mail.password = password;
  }
  out->mail.ca_file = channel->ca_file;
  buf_add(&out->mail.from, mail->from.address);
  return buf_ok(&out->mail.from) && buf_ok(&out->mail.to) ? true : err_set(err, ERR_LIMIT, "the addresses are too long");
}

static bool write_mail(const struct sending *sending, struct mime_mail *mail, struct buf *out, struct err *err) {
  struct err ignored = {0};
  struct json *root = json_parse(sending->payload, strlen(sending->payload), &ignored);
  const char *marked = json_string(json_member(root, "marked"));
  const char *kind = json_string(json_member(root, "kind"));
  mail->marked = marked;
  mail->kind = kind != NULL ? kind : "message";
  mail->nonce = sending->nonce;
  mail->date_ms = sending->created_ms;
  if (marked != NULL) mime_write(mail, out);
  json_free(root);
  if (marked == NULL && *sending->payload != '\0') return err_set(err, ERR_MALFORMED, "the stored message is not a mail's");
  return buf_ok(out) ? true : err_set(err, ERR_LIMIT, "the mail is too long");
}

static bool email_request(const struct sending *sending, struct ask *out, struct err *err) {
  struct mime_mail mail = {.nonce = ""};
  return begin(sending->channel, &mail, out, err) && write_mail(sending, &mail, &out->mail.text, err);
}

static bool email_probe(const struct channel *channel, struct ask *out, struct err *err) {
  struct mime_mail mail = {.nonce = ""};
  return begin(channel, &mail, out, err);
}

/* --- verdicts ---------------------------------------------------------------------------------------------------- */

static struct verdict refused_because(const char *what, const struct mail_answer *mail, const char *mend) {
  struct verdict verdict = {.kind = VERDICT_REFUSED};
  text_fmt(verdict.why, sizeof verdict.why, "%s%s%.100s%s%s", what, mail->reply[0] != '\0' ? ": " : "", mail->reply,
           *mend != '\0' ? ": " : "", mend);
  return verdict;
}

static struct verdict verdict_of_no(const struct err *err, const struct mail_answer *mail) {
  if (mail->code >= 400 && mail->code < 500) {
    struct verdict verdict = verdict_retry(0, "");
    text_fmt(verdict.why, sizeof verdict.why, "the mail server says later: %.120s", mail->reply);
    return verdict;
  }
  if (err->code == ERR_AUTH) {
    struct verdict verdict = refused_because("the mail server refuses the login", mail, "check user and password");
    verdict.disabled = true;
    return verdict;
  }
  if (mail->code >= 500) return refused_because("the mail server refuses the mail", mail, "");
  return verdict_retry(0, err->text);
}

static struct verdict email_verdict(const struct answer *answer) {
  const struct mail_answer *mail = &answer->mail;
  if (answer->err.code == ERR_MALFORMED) return verdict_refused(answer->err.text);
  if (answer->err.code != ERR_NONE) return verdict_of_no(&answer->err, mail);
  struct verdict verdict = verdict_sent();
  if (mail->refused > 0)
    text_fmt(verdict.why, sizeof verdict.why, "the mail server did not take %d of the recipients: %.120s", mail->refused,
             mail->reply);
  return verdict;
}

static const struct setting email_settings[] = {
    {.name = "smtp",
     .type = SETTING_TEXT,
     .required = true,
     .about = "the mail server: smtp://HOST:587 (TLS by STARTTLS) or smtps://HOST:465"},
    {.name = "user", .type = SETTING_TEXT, .about = "who logs in there"},
    {.name = "password", .type = SETTING_SECRET, .about = "and with what"},
    {.name = "from", .type = SETTING_TEXT, .about = "the sender, an address or \"Name <address>\"; the user by default"},
    {.name = "to", .type = SETTING_TEXT, .required = true, .about = "who gets it, separated by commas"},
    {0}};

extern const struct notifier_plug email_plug;
const struct notifier_plug email_plug = {
    .name = "email",
    .about = "mail, with text and HTML, by SMTP",
    .settings = email_settings,
    .deadline_ms = DEADLINE_MS,
    .render = email_render,
    .request = email_request,
    .verdict = email_verdict,
    .mark_repeat = email_mark_repeat,
    .probe = email_probe,
};
