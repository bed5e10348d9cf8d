#include "io/mail_client.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/ca_bundle.h"
#include "io/http_transfer.h"
#include "lowtide/host.h"
#include "lowtide/mem.h"
#include "lowtide/text.h"

#define DEADLINE_SLACK_MS 1000 /* the caller says it first, in its own words */
#define SOCKETS_MAX 8          /* a name with several addresses is tried at some of them at once */

struct mail_client {
  struct loop *loop;
  struct mail_transfer *first;
};

/* The thread has it all but next, previous, client, done and context, which are the loop's, and abandoned and written,
 * which are both's. */
struct mail_transfer {
  struct mail_client *client; /* NULL: gone */
  struct mail_transfer *next;
  struct mail_transfer *previous;
  mail_done *done; /* NULL: cancelled */
  void *context;
  struct loop *loop;
  pthread_t thread;
  bool joined;
  atomic_bool abandoned;
  atomic_bool written;
  struct mail_ask ask;
  struct buf user;
  struct buf password;
  struct buf ca_file;
  int64_t deadline_ms;
  CURL *easy;
  CURLcode result;
  struct err err;
  struct curl_slist *recipients;
  size_t read;              /* of the text */
  int sockets[SOCKETS_MAX]; /* open ones; -1: a free place */
  bool to_whom;
  struct mail_answer answer;
  char words[CURL_ERROR_SIZE];
};

/* --- what is said on the wire -------------------------------------------------------------------------------------- */

static bool begins(const char *line, size_t length, const char *word) {
  return length >= strlen(word) && strncasecmp(line, word, strlen(word)) == 0;
}

/* Nobody waits for the answer to QUIT: there is none to come once nothing more is read. */
static int on_said(CURL *easy, curl_infotype type, char *bytes, size_t length, void *context) {
  (void)easy;
  struct mail_transfer *transfer = context;
  if (type != CURLINFO_HEADER_OUT) return 0;
  transfer->to_whom = begins(bytes, length, "RCPT TO:");
  for (int i = 0; i < SOCKETS_MAX && begins(bytes, length, "QUIT"); i++) {
    if (transfer->sockets[i] >= 0) (void)shutdown(transfer->sockets[i], SHUT_RD);
  }
  return 0;
}

/* "550 5.1.1 No such user", the last line of a reply; "550-…" are the lines before. */
static size_t on_reply(char *line, size_t size, size_t count, void *context) {
  struct mail_transfer *transfer = context;
  size_t length = size * count;
  char text[MAIL_REPLY_MAX];
  bool whole = length >= 3 && strspn(line, "0123456789") >= 3 && (length == 3 || line[3] != '-');
  if (!whole || *line < '4' || *line > '5') return length;
  (void)text_fmt(text, sizeof text, "%.*s", (int)length, line);
  text_clean(transfer->answer.reply, sizeof transfer->answer.reply, text);
  for (size_t end = strlen(transfer->answer.reply); end > 0 && transfer->answer.reply[end - 1] == ' '; end--)
    transfer->answer.reply[end - 1] = '\0';
  transfer->answer.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (transfer->to_whom) transfer->answer.refused++;
  return length;
}

static size_t on_room(char *room, size_t size, size_t count, void *context) {
  struct mail_transfer *transfer = context;
  const struct buf *text = &transfer->ask.text;
  size_t left = text->len - transfer->read;
  size_t length = size * count < left ? size * count : left;
  memcpy(room, text->data + transfer->read, length);
  transfer->read += length;
  /* From the last byte on the server may have all of it, whatever it says then. */
  if (transfer->read == text->len) atomic_store(&transfer->written, true);
  return length;
}

/* curl's type; called once a second at least. */
static int on_progress(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up) {
  (void)down_all;
  (void)down;
  (void)up_all;
  (void)up;
  const struct mail_transfer *transfer = context;
  return atomic_load(&transfer->abandoned) ? 1 : 0;
}

/* curl's type, so not const. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
  (void)bytes;
  (void)context;
  return size * count;
}

static bool put_socket(struct mail_transfer *transfer, int old, int new) {
  for (int i = 0; i < SOCKETS_MAX; i++) {
    if (transfer->sockets[i] != old) continue;
    transfer->sockets[i] = new;
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

static void set_callbacks(CURL *easy, struct mail_transfer *transfer) {
  (void)curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  (void)curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  (void)curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
  (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->words);
  (void)curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L); /* for on_said alone: it prints nothing */
  (void)curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_said);
  (void)curl_easy_setopt(easy, CURLOPT_DEBUGDATA, transfer);
  (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply);
  (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  (void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_room);
  (void)curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
  (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
  (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
  (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  (void)curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfer);
}

static void set_bounds(CURL *easy, int64_t deadline_ms) {
  (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* as in http_transfer.c */
  (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)deadline_ms + DEADLINE_SLACK_MS);
  (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

static bool add_recipients(struct mail_transfer *transfer) {
  char line[512];
  for (const char *at = buf_text(&transfer->ask.to); *at != '\0';) {
    size_t length = strcspn(at, "\n");
    if (!text_fmt(line, sizeof line, "<%.*s>", (int)length, at)) return false;
    struct curl_slist *longer = curl_slist_append(transfer->recipients, line);
    if (longer == NULL) return false;
    transfer->recipients = longer;
    at += length + (at[length] == '\n' ? 1 : 0);
  }
  return transfer->recipients != NULL;
}

static bool set_mail(CURL *easy, struct mail_transfer *transfer) {
  char from[512];
  if (transfer->ask.text.len == 0) {
    (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "NOOP") == CURLE_OK;
  }
  if (!text_fmt(from, sizeof from, "<%s>", buf_text(&transfer->ask.from)) || !add_recipients(transfer)) return false;
  (void)curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->ask.text.len);
  (void)curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, transfer->recipients);
  /* One address that is gone must not keep an alert from the others. */
  (void)curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  return curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from) == CURLE_OK;
}

static bool prepare(struct mail_transfer *transfer) {
  CURL *easy = transfer->easy;
  const struct mail_ask *ask = &transfer->ask;
  bool local = is_local(buf_text(&ask->url));
  set_callbacks(easy, transfer);
  set_bounds(easy, transfer->deadline_ms);
  set_tls(easy, &transfer->ca_file, local && transfer->ca_file.len == 0);
  if (local) (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (transfer->user.len > 0) {
    (void)curl_easy_setopt(easy, CURLOPT_USERNAME, transfer->user.data);
    (void)curl_easy_setopt(easy, CURLOPT_PASSWORD, buf_text(&transfer->password));
  }
  return curl_easy_setopt(easy, CURLOPT_URL, buf_text(&ask->url)) == CURLE_OK && set_mail(easy, transfer);
}

/* --- how it ends --------------------------------------------------------------------------------------------------- */

/* A no of the server; what is left are the connection's own failures. */
static bool is_no(const struct mail_transfer *transfer, CURLcode result) {
  return transfer->answer.code != 0 && (result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR ||
                                        result == CURLE_WEIRD_SERVER_REPLY || result == CURLE_REMOTE_ACCESS_DENIED);
}

static void fault(struct mail_transfer *transfer, CURLcode result, struct err *err) {
  const struct mail_answer *answer = &transfer->answer;
  if (result == CURLE_LOGIN_DENIED) {
    const char *said = answer->code != 0 ? answer->reply : "it offers no login that we know";
    err_set(err, ERR_AUTH, "the mail server refuses the login: %.150s", said);
  } else if (is_no(transfer, result)) {
    err_set(err, ERR_SERVER, "the mail server says %.150s", answer->reply);
  } else if (result == CURLE_USE_SSL_FAILED) {
    err_set(err, ERR_TLS, "the mail server offers no TLS");
    err_hint(err, "try smtps:// and port 465, or another server");
  } else if (result == CURLE_WEIRD_SERVER_REPLY) {
    err_set(err, ERR_NETWORK, "the answer is not SMTP");
  } else {
    struct http_transfer shell = {.easy = transfer->easy};
    memcpy(shell.words, transfer->words, sizeof shell.words);
    transfer_fault(&shell, result, err);
  }
}

static void perform(struct mail_transfer *transfer) {
  transfer->easy = curl_easy_init();
  transfer->result = transfer->easy != NULL && prepare(transfer) ? curl_easy_perform(transfer->easy) : CURLE_FAILED_INIT;
  if (transfer->result != CURLE_OK) fault(transfer, transfer->result, &transfer->err);
  if (transfer->result == CURLE_OK && transfer->answer.refused == 0) transfer->answer.reply[0] = '\0';
  curl_easy_cleanup(transfer->easy);
  curl_slist_free_all(transfer->recipients);
}

/* --- on the loop --------------------------------------------------------------------------------------------------- */

static void leave_client(struct mail_transfer *transfer) {
  if (transfer->client == NULL) return;
  if (transfer->next != NULL) transfer->next->previous = transfer->previous;
  if (transfer->previous != NULL) transfer->previous->next = transfer->next;
  if (transfer->client->first == transfer) transfer->client->first = transfer->next;
  transfer->client = NULL;
}

static void free_transfer(struct mail_transfer *transfer) {
  leave_client(transfer);
  buf_wipe(&transfer->ask.url);
  buf_wipe(&transfer->ask.from);
  buf_wipe(&transfer->ask.to);
  buf_wipe(&transfer->ask.text);
  buf_wipe(&transfer->user);
  buf_wipe(&transfer->password);
  buf_wipe(&transfer->ca_file);
  mem_free(transfer);
}

static void on_over(void *context) {
  struct mail_transfer *transfer = context;
  if (!transfer->joined) (void)pthread_join(transfer->thread, NULL);
  transfer->answer.written = atomic_load(&transfer->written);
  if (transfer->done != NULL) transfer->done(transfer->context, &transfer->err, &transfer->answer);
  free_transfer(transfer);
}

static void *run(void *context) {
  struct mail_transfer *transfer = context;
  perform(transfer);
  loop_post(transfer->loop, on_over, transfer);
  return NULL;
}

struct mail_client *mail_client_new(struct loop *loop) {
  struct mail_client *client = mem_new(1, sizeof *client);
  client->loop = loop;
  return client;
}

/* Their threads have posted their end by then, which the loop comes to when it is freed at the latest. */
void mail_client_free(struct mail_client *client) {
  if (client == NULL) return;
  for (struct mail_transfer *transfer = client->first; transfer != NULL; transfer = transfer->next) {
    transfer->done = NULL;
    atomic_store(&transfer->abandoned, true);
  }
  while (client->first != NULL) {
    struct mail_transfer *transfer = client->first;
    transfer->joined = true;
    leave_client(transfer);
    (void)pthread_join(transfer->thread, NULL);
  }
  mem_free(client);
}

static void copy(struct buf *out, const char *text) {
  buf_init(out, text != NULL ? strlen(text) : 0);
  if (text != NULL) buf_add(out, text);
}

static void take_ask(struct mail_transfer *transfer, struct mail_ask *ask) {
  copy(&transfer->user, ask->user);
  copy(&transfer->password, ask->password);
  copy(&transfer->ca_file, ask->ca_file);
  transfer->ask = *ask;
  buf_init(&ask->url, ask->url.limit);
  buf_init(&ask->from, ask->from.limit);
  buf_init(&ask->to, ask->to.limit);
  buf_init(&ask->text, ask->text.limit);
}

static void enter_client(struct mail_transfer *transfer, struct mail_client *client) {
  transfer->client = client;
  transfer->loop = client->loop;
  transfer->next = client->first;
  if (client->first != NULL) client->first->previous = transfer;
  client->first = transfer;
}

/* Signals are the loop's. */
static bool begin_thread(struct mail_transfer *transfer) {
  sigset_t all;
  sigset_t before;
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  bool began = pthread_create(&transfer->thread, NULL, run, transfer) == 0;
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return began;
}

struct mail_transfer *mail_client_send(struct mail_client *client, struct mail_ask *ask, int64_t deadline_ms,
                                       mail_done *done, void *context) {
  struct mail_transfer *transfer = mem_new(1, sizeof *transfer);
  take_ask(transfer, ask);
  transfer->deadline_ms = deadline_ms;
  transfer->done = done;
  transfer->context = context;
  for (int i = 0; i < SOCKETS_MAX; i++)
    transfer->sockets[i] = -1;
  enter_client(transfer, client);
  if (begin_thread(transfer)) return transfer;
  free_transfer(transfer);
  return NULL;
}

bool mail_transfer_cancel(struct mail_transfer *transfer) {
  transfer->done = NULL;
  atomic_store(&transfer->abandoned, true);
  return atomic_load(&transfer->written);
}
