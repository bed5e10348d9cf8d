#include "io/http_transfer.h"

#include <fcntl.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <string.h>
#include <strings.h>

#include "io/ca_bundle.h"
#include "io/http_gate.h"
#include "lowtide/host.h"
#include "lowtide/money.h"
#include "lowtide/text.h"

/* Small, since 512 of them are alive at once; a balance is a few hundred bytes. But a whole frame of HTTP/2: if less fits
 * in, curl 7.88 stops reading the connection until that transfer has gone on, and may forget to go on with another. */
#define RECEIVE_BYTES 1024L
#define RECEIVE_FRAME_BYTES 16384L
#define UPLOAD_BYTES 16384L
#define CONNECT_SLACK_MS 1000L

void transfer_list_add(struct transfer_list *list, struct http_transfer *transfer) {
  transfer->list = list;
  transfer->next = NULL;
  transfer->previous = list->last;
  if (list->last != NULL) list->last->next = transfer;
  list->last = transfer;
  if (list->first == NULL) list->first = transfer;
}

void transfer_list_take(struct http_transfer *transfer) {
  struct transfer_list *list = transfer->list;
  if (list == NULL) return;
  if (transfer->next != NULL) transfer->next->previous = transfer->previous;
  if (transfer->previous != NULL) transfer->previous->next = transfer->next;
  if (list->first == transfer) list->first = transfer->next;
  if (list->last == transfer) list->last = transfer->previous;
  transfer->list = NULL;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
  struct http_transfer *transfer = context;
  size_t length = size * count;
  if (buf_add_n(&transfer->body, bytes, length)) return length;
  transfer->too_big = true;
  return 0;
}

/* The value of a header line of that name, cut at size; false if it is another's. */
static bool header_value(const char *line, size_t length, const char *name, char *out, size_t size) {
  size_t name_length = strlen(name);
  if (length <= name_length || line[name_length] != ':' || strncasecmp(line, name, name_length) != 0) return false;
  const char *value = line + name_length + 1;
  const char *end = line + length;
  while (value < end && (*value == ' ' || *value == '\t'))
    value++;
  while (end > value && (end[-1] == '\n' || end[-1] == '\r' || end[-1] == ' '))
    end--;
  return text_fmt(out, size, "%.*s", (int)(end - value), value);
}

/* Whole or decimal: a bucket with a fraction of a request left is empty. */
static bool take_count(const char *text, int *count) {
  int64_t nano = 0;
  struct err ignored = {0};
  if (!money_parse(text, &nano, &ignored) || nano < 0 || nano / MONEY_NANO > INT_MAX) return false;
  *count = (int)(nano / MONEY_NANO);
  return true;
}

static void take_rate(struct http_rate *rate, const char *line, size_t length) {
  char value[HTTP_BUCKET_MAX];
  if (header_value(line, length, "X-RateLimit-Remaining", value, sizeof value)) {
    rate->remaining_told = take_count(value, &rate->remaining);
  } else if (header_value(line, length, "X-RateLimit-Reset-After", value, sizeof value)) {
    rate->reset_told = http_seconds(value, &rate->reset_after_ms);
  } else if (header_value(line, length, "X-RateLimit-Bucket", value, sizeof value)) {
    text_clean(rate->bucket, sizeof rate->bucket, value);
  } else if (header_value(line, length, "X-RateLimit-Global", value, sizeof value)) {
    rate->global = true;
  } else if (header_value(line, length, "X-RateLimit-Scope", value, sizeof value)) {
    rate->global = rate->global || text_eq(value, "global");
    rate->shared = text_eq(value, "shared");
  }
}

static size_t on_header(char *line, size_t size, size_t count, void *context) {
  struct http_transfer *transfer = context;
  char date[64];
  size_t length = size * count;
  transfer->head_length += length;
  if (transfer->head_length > HTTP_ANSWER_HEAD_MAX) {
    transfer->too_big = true;
    return 0;
  }
  if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) { /* after a 100 Continue all begins anew */
    http_gate_heard(transfer, length >= 6 && line[5] == '2');
    transfer->date_ms = 0;
    transfer->retry_told = false;
    transfer->rate = (struct http_rate){0};
  } else if (header_value(line, length, "Retry-After", transfer->retry_after, sizeof transfer->retry_after)) {
    transfer->retry_told = true;
  } else if (header_value(line, length, "Date", date, sizeof date)) {
    time_t seconds = curl_getdate(date, NULL);
    transfer->date_ms = seconds > 0 ? (int64_t)seconds * 1000 : 0;
  } else {
    take_rate(&transfer->rate, line, length);
  }
  return length;
}

static int on_lookup(void *resolver, void *reserved, void *context) {
  (void)resolver;
  (void)reserved;
  http_gate_lookup(context);
  return 0;
}

/* curl's own sockets would be inherited by programs that are started. */
static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)purpose;
  struct http_transfer *transfer = context;
  int fd = socket(address->family, address->socktype, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  http_gate_open(transfer);
  return fd;
}

/* What was agreed on while shaking hands is known a whole round trip before the answer says it. Without TLS, or with
 * another library under curl, the answer has to say it. */
static void hear_agreement(struct http_transfer *transfer) {
  const struct curl_tlssessioninfo *session = NULL;
  const unsigned char *protocol = NULL;
  unsigned length = 0;
  if (curl_easy_getinfo(transfer->easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == NULL) return;
  if (session->backend != CURLSSLBACKEND_OPENSSL || session->internals == NULL) return;
  SSL_get0_alpn_selected(session->internals, &protocol, &length);
  http_gate_heard(transfer, length == 2 && memcmp(protocol, "h2", 2) == 0);
}

/* curl's type, so not const. NOLINTNEXTLINE(readability-non-const-parameter) */
static int on_connected(void *context, char *remote, char *local, int remote_port, int local_port) {
  (void)remote;
  (void)local;
  (void)remote_port;
  (void)local_port;
  struct http_transfer *transfer = context;
  transfer->written = true;
  http_gate_open(transfer);
  hear_agreement(transfer);
  return CURL_PREREQFUNC_OK;
}

/* The few questions about an address. */
struct address {
  char scheme[8];
  char host[256];
  char port[8];
  bool user;
};

static bool take_part(CURLU *parsed, CURLUPart part, char *out, size_t size) {
  char *text = NULL;
  if (curl_url_get(parsed, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return false;
  bool fits = text_copy(out, size, text);
  curl_free(text);
  return fits;
}

static bool parse_address(const char *url, struct address *address) {
  char user[2] = "";
  *address = (struct address){.user = false};
  CURLU *parsed = curl_url();
  bool good = parsed != NULL && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
              take_part(parsed, CURLUPART_SCHEME, address->scheme, sizeof address->scheme) &&
              take_part(parsed, CURLUPART_HOST, address->host, sizeof address->host) &&
              take_part(parsed, CURLUPART_PORT, address->port, sizeof address->port);
  if (good) address->user = take_part(parsed, CURLUPART_USER, user, sizeof user) || user[0] != '\0';
  curl_url_cleanup(parsed);
  return good;
}

static void set_callbacks(CURL *easy, struct http_transfer *transfer) {
  (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
  (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  (void)curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, on_lookup);
  (void)curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, transfer);
  (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
  (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
  (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
  (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
  (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->words);
}

static void set_bounds(CURL *easy, int64_t deadline_ms) {
  (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* else a hanging look-up blocks the loop when it is given up */
  (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  (void)curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)HTTP_ANSWER_BODY_MAX);
  (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
  (void)curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BYTES);
  /* Only shares the time out over a name's addresses: the caller's deadline comes first. */
  (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)deadline_ms + CONNECT_SLACK_MS);
  (void)curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, (long)HTTP_NAMES_KEPT_S);
  (void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "lowtide/" LOWTIDE_VERSION);
}

/* Debian's default CApath would switch curl's cache of the parsed bundle off: 10 ms a connection. */
static void set_tls(CURL *easy, const char *ca_file) {
  const char *bundle = ca_file != NULL ? ca_file : ca_bundle_path();
  (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  if (bundle != NULL) (void)curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);
  (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

static bool add_line(struct http_transfer *transfer, const char *line) {
  struct curl_slist *longer = curl_slist_append(transfer->lines, line);
  if (longer == NULL) return false;
  transfer->lines = longer;
  return true;
}

static bool set_request(CURL *easy, struct http_transfer *transfer) {
  const struct http_request *request = transfer->request;
  bool get = text_eq(request->method, "GET");
  bool typed = false;
  for (size_t i = 0; i < request->header_count; i++) {
    const char *line = buf_text(&request->headers[i]);
    if (strncasecmp(line, "Content-Type:", 13) == 0) typed = true;
    if (!add_line(transfer, line)) return false;
  }
  if (!get) {
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, buf_text(&request->body));
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body.len);
    (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    /* On a kept connection that dies curl sends again by itself: a message could come twice. */
    (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->harmless ? 0L : 1L);
    if (!add_line(transfer, "Expect:") || (!typed && !add_line(transfer, "Content-Type:"))) return false;
  }
  (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->lines);
  return curl_easy_setopt(easy, CURLOPT_URL, buf_text(&request->url)) == CURLE_OK;
}

bool transfer_prepare(struct http_transfer *transfer, CURLSH *share) {
  struct address address;
  CURL *easy = transfer->easy;
  set_callbacks(easy, transfer);
  set_bounds(easy, transfer->deadline_ms);
  (void)curl_easy_setopt(easy, CURLOPT_SHARE, share);
  if (!parse_address(buf_text(&transfer->request->url), &address)) return set_request(easy, transfer);
  if (host_is_loopback(address.host)) (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (strcasecmp(address.scheme, "https") == 0) {
    set_tls(easy, transfer->request->ca_file);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_FRAME_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_PIPEWAIT, http_gate_speech(transfer) == SPEECH_HTTP2 ? 1L : 0L);
  } else {
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  }
  return set_request(easy, transfer);
}

void transfer_release(struct http_transfer *transfer) {
  for (struct curl_slist *line = transfer->lines; line != NULL; line = line->next)
    explicit_bzero(line->data, strlen(line->data));
  curl_slist_free_all(transfer->lines);
  transfer->lines = NULL;
}

static bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool same_place(const struct address *a, const struct address *b) {
  return strcasecmp(a->scheme, b->scheme) == 0 && strcasecmp(a->host, b->host) == 0 && text_eq(a->port, b->port) &&
         !b->user;
}

/* Only a GET to the same scheme, host and port goes on: keys never travel elsewhere. */
static enum transfer_next follow_redirect(struct http_transfer *transfer, const char *target, struct err *err) {
  struct address from;
  struct address to;
  char host[256];
  const char *old = NULL;
  (void)curl_easy_getinfo(transfer->easy, CURLINFO_EFFECTIVE_URL, &old);
  if (!parse_address(target, &to) || old == NULL || !parse_address(old, &from)) {
    err_set(err, ERR_MALFORMED, "a redirect to nowhere");
    return TRANSFER_DONE;
  }
  if (!text_eq(transfer->request->method, "GET") || !same_place(&from, &to)) {
    text_clean(host, sizeof host, to.host);
    err_set(err, ERR_MALFORMED, "redirect to %.200s", host);
    err_hint(err, "the key is not sent there; if this is the right place, put it into base_url");
    return TRANSFER_DONE;
  }
  if (transfer->redirects == HTTP_REDIRECTS_MAX) {
    err_set(err, ERR_MALFORMED, "redirected more than %d times", HTTP_REDIRECTS_MAX);
    return TRANSFER_DONE;
  }
  transfer->redirects++;
  buf_clear(&transfer->body);
  transfer->head_length = 0;
  return curl_easy_setopt(transfer->easy, CURLOPT_URL, target) == CURLE_OK ? TRANSFER_AGAIN : TRANSFER_DONE;
}

enum transfer_next transfer_conclude(struct http_transfer *transfer, CURLcode result, struct http_answer *answer) {
  long status = 0;
  const char *target = NULL;
  *answer = (struct http_answer){.retry_after_ms = -1, .body = "", .written = transfer->written};
  if (result != CURLE_OK) {
    transfer_fault(transfer, result, &answer->err);
    return TRANSFER_DONE;
  }
  (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  (void)curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &target);
  if (is_redirect(status) && target != NULL) return follow_redirect(transfer, target, &answer->err);
  answer->status = (int)status;
  answer->date_ms = transfer->date_ms;
  answer->rate = transfer->rate;
  if (transfer->retry_told) {
    answer->retry_after_ms = http_retry_after_ms(transfer->retry_after, transfer->date_ms, loop_wall_ms());
  }
  answer->body = buf_text(&transfer->body);
  answer->length = transfer->body.len;
  return TRANSFER_DONE;
}
