#include "io/mail_talk.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/ca_bundle.h"
#include "io/http_transfer.h"
#include "lowtide/host.h"
#include "lowtide/text.h"

#define DEADLINE_SLACK_MS 1000 /* the caller says it first, in its own words */

/* --- what is said on the wire -------------------------------------------------------------------------------------- */

static bool begins(const char *line, size_t length, const char *word) {
  return length >= strlen(word) && strncasecmp(line, word, strlen(word)) == 0;
}

/* Nobody waits for the answer to QUIT: there is none to come once nothing more is read. */
static int on_said(CURL *easy, curl_infotype type, char *bytes, size_t length, void *context) {
  (void)easy;
  struct mail_talk *talk = context;
  if (type != CURLINFO_HEADER_OUT) return 0;
  talk->to_whom = begins(bytes, length, "RCPT TO:");
  for (int i = 0; i < MAIL_SOCKETS_MAX && begins(bytes, length, "QUIT"); i++) {
    if (talk->sockets[i] >= 0) (void)shutdown(talk->sockets[i], SHUT_RD);
  }
  return 0;
}

/* "550 5.1.1 No such user", the last line of a reply; "550-…" are the lines before. */
static size_t on_reply(char *line, size_t size, size_t count, void *context) {
  struct mail_talk *talk = context;
  size_t length = size * count;
  char text[MAIL_REPLY_MAX];
  bool whole = length >= 3 && strspn(line, "0123456789") >= 3 && (length == 3 || line[3] != '-');
  if (!whole || *line < '4' || *line > '5') return length;
  (void)text_fmt(text, sizeof text, "%.*s", (int)length, line);
  text_clean(talk->answer.reply, sizeof talk->answer.reply, text);
  for (size_t end = strlen(talk->answer.reply); end > 0 && talk->answer.reply[end - 1] == ' '; end--)
    talk->answer.reply[end - 1] = '\0';
  talk->answer.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (talk->to_whom) talk->answer.refused++;
  return length;
}

static size_t on_room(char *room, size_t size, size_t count, void *context) {
  struct mail_talk *talk = context;
  const struct buf *text = &talk->ask.text;
  size_t left = text->len - talk->read;
  size_t length = size * count < left ? size * count : left;
  memcpy(room, text->data + talk->read, length);
  talk->read += length;
  /* From the last byte on the server may have all of it, whatever it says then. */
  if (talk->read == text->len) atomic_store(&talk->written, true);
  return length;
}

/* curl's type; called once a second at least. */
static int on_progress(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up) {
  (void)down_all;
  (void)down;
  (void)up_all;
  (void)up;
  const struct mail_talk *talk = context;
  return atomic_load(&talk->abandoned) ? 1 : 0;
}

/* curl's type, so not const. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
  (void)bytes;
  (void)context;
  return size * count;
}

static bool put_socket(struct mail_talk *talk, int old, int new) {
  for (int i = 0; i < MAIL_SOCKETS_MAX; i++) {
    if (talk->sockets[i] != old) continue;
    talk->sockets[i] = new;
    return true;
  }
  return false;
}

/* curl's own sockets would be inherited by programs that are started. */
static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)purpose;
  int fd = socket(address->family, address->socktype, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (put_socket(context, -1, fd)) return fd;
  (void)close(fd);
  return CURL_SOCKET_BAD;
}

static int on_close(void *context, curl_socket_t fd) {
  (void)put_socket(context, fd, -1);
  return close(fd);
}

/* --- options ------------------------------------------------------------------------------------------------------- */

static bool is_local(const char *url) {
  char host[256];
  const char *start = strstr(url, "://");
  start = start != NULL ? start + 3 : url;
  size_t length = *start == '[' ? strcspn(start, "]") + 1 : strcspn(start, ":/");
  return text_fmt(host, sizeof host, "%.*s", (int)length, start) && host_is_loopback(host);
}

static void set_tls(CURL *easy, const struct buf *ca_file, bool lenient) {
  const char *bundle = ca_file->len > 0 ? ca_file->data : ca_bundle_path();
  (void)curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)(lenient ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  if (bundle != NULL) (void)curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);
  (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, lenient ? 0L : 1L);
  (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, lenient ? 0L : 2L);
}

static void set_callbacks(CURL *easy, struct mail_talk *talk) {
  (void)curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  (void)curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  (void)curl_easy_setopt(easy, CURLOPT_XFERINFODATA, talk);
  (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, talk->words);
  (void)curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L); /* for on_said alone: it prints nothing */
  (void)curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_said);
  (void)curl_easy_setopt(easy, CURLOPT_DEBUGDATA, talk);
  (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply);
  (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, talk);
  (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  (void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_room);
  (void)curl_easy_setopt(easy, CURLOPT_READDATA, talk);
  (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
  (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, talk);
  (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, talk);
}

static void set_bounds(CURL *easy, int64_t deadline_ms) {
  (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* as in http_transfer.c */
  (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)deadline_ms + DEADLINE_SLACK_MS);
  (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

static bool add_recipients(struct mail_talk *talk) {
  char line[512];
  for (const char *at = buf_text(&talk->ask.to); *at != '\0';) {
    size_t length = strcspn(at, "\n");
    if (!text_fmt(line, sizeof line, "<%.*s>", (int)length, at)) return false;
    struct curl_slist *longer = curl_slist_append(talk->recipients, line);
    if (longer == NULL) return false;
    talk->recipients = longer;
    at += length + (at[length] == '\n' ? 1 : 0);
  }
  return talk->recipients != NULL;
}

static bool set_mail(CURL *easy, struct mail_talk *talk) {
  char from[512];
  if (talk->ask.text.len == 0) {
    (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "NOOP") == CURLE_OK;
  }
  if (!text_fmt(from, sizeof from, "<%s>", buf_text(&talk->ask.from)) || !add_recipients(talk)) return false;
  (void)curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)talk->ask.text.len);
  (void)curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, talk->recipients);
  /* One address that is gone must not keep an alert from the others. */
  (void)curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  return curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from) == CURLE_OK;
}

static bool prepare(struct mail_talk *talk) {
  CURL *easy = talk->easy;
  const struct mail_ask *ask = &talk->ask;
  bool local = is_local(buf_text(&ask->url));
  set_callbacks(easy, talk);
  set_bounds(easy, talk->deadline_ms);
  set_tls(easy, &talk->ca_file, local && talk->ca_file.len == 0);
  if (local) (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (talk->user.len > 0) {
    (void)curl_easy_setopt(easy, CURLOPT_USERNAME, talk->user.data);
    (void)curl_easy_setopt(easy, CURLOPT_PASSWORD, buf_text(&talk->password));
  }
  return curl_easy_setopt(easy, CURLOPT_URL, buf_text(&ask->url)) == CURLE_OK && set_mail(easy, talk);
}

/* --- how it ends --------------------------------------------------------------------------------------------------- */

/* A no of the server; what is left are the connection's own failures. */
static bool is_no(const struct mail_talk *talk, CURLcode result) {
  return talk->answer.code != 0 && (result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR ||
                                    result == CURLE_WEIRD_SERVER_REPLY || result == CURLE_REMOTE_ACCESS_DENIED);
}

static void fault(struct mail_talk *talk, CURLcode result, struct err *err) {
  const struct mail_answer *answer = &talk->answer;
  if (result == CURLE_LOGIN_DENIED) {
    const char *said = answer->code != 0 ? answer->reply : "it offers no login that we know";
    err_set(err, ERR_AUTH, "the mail server refuses the login: %.150s", said);
  } else if (is_no(talk, result)) {
    err_set(err, ERR_SERVER, "the mail server says %.150s", answer->reply);
  } else if (result == CURLE_USE_SSL_FAILED) {
    err_set(err, ERR_TLS, "the mail server offers no TLS");
    err_hint(err, "try smtps:// and port 465, or another server");
  } else if (result == CURLE_WEIRD_SERVER_REPLY) {
    err_set(err, ERR_NETWORK, "the answer is not SMTP");
  } else {
    struct http_transfer shell = {.easy = talk->easy};
    memcpy(shell.words, talk->words, sizeof shell.words);
    transfer_fault(&shell, result, err);
  }
}

void mail_talk_perform(struct mail_talk *talk) {
  for (int i = 0; i < MAIL_SOCKETS_MAX; i++)
    talk->sockets[i] = -1;
  talk->easy = curl_easy_init();
  CURLcode result = talk->easy != NULL && prepare(talk) ? curl_easy_perform(talk->easy) : CURLE_FAILED_INIT;
  if (result != CURLE_OK) fault(talk, result, &talk->err);
  if (result == CURLE_OK && talk->answer.refused == 0) talk->answer.reply[0] = '\0';
  curl_easy_cleanup(talk->easy);
  curl_slist_free_all(talk->recipients);
}
