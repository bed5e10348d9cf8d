#include "door/slack_request.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "lowtide/host.h"
#include "lowtide/secret.h"
#include "lowtide/text.h"

#define HOST "https://slack.com"
#define FILE_NAME "lowtide.png"
#define JSON_TYPE "Content-Type: application/json; charset=utf-8"
#define FORM_TYPE "Content-Type: application/x-www-form-urlencoded"

/* --- addresses ----------------------------------------------------------------------------------------------------- */

struct address {
  bool secure;
  char host[256];
  bool port; /* one is told */
  size_t origin;
};

static bool has_odd_characters(const char *text) {
  for (; *text != '\0'; text++) {
    if (*text <= ' ' || *text >= 0x7F || strchr("\"<>\\^`{|}", *text) != NULL) return true;
  }
  return false;
}

/* SECURE://HOST[:PORT]… or PLAIN://… to this machine. */
static bool read_address(const char *url, const char *secure, const char *plain, struct address *out) {
  out->secure = strncasecmp(url, secure, strlen(secure)) == 0;
  const char *scheme = out->secure ? secure : plain;
  if (has_odd_characters(url) || strncasecmp(url, scheme, strlen(scheme)) != 0) return false;
  const char *host = url + strlen(scheme);
  size_t length = strcspn(host, "/?#");
  if (memchr(host, '@', length) != NULL) return false;
  const char *bracket = *host == '[' ? memchr(host, ']', length) : NULL;
  const char *colon = bracket != NULL ? bracket + 1 : memchr(host, ':', length);
  if (colon != NULL && (colon == host + length || *colon != ':')) colon = NULL;
  size_t name = colon != NULL ? (size_t)(colon - host) : length;
  if (name == 0 || !text_fmt(out->host, sizeof out->host, "%.*s", (int)name, host)) return false;
  out->port = colon != NULL;
  out->origin = (size_t)(host - url) + length;
  return out->secure || host_is_loopback(out->host);
}

static bool is_slacks(const char *host) {
  static const char *const ends[] = {".slack.com", ".slack-gov.com"};
  size_t length = strlen(host);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    size_t tail = strlen(ends[i]);
    if (strcasecmp(host, ends[i] + 1) == 0) return true;
    if (length > tail && strcasecmp(host + length - tail, ends[i]) == 0) return true;
  }
  return false;
}

bool slack_request_may_go(const char *url, const struct slack_settings *settings) {
  struct address address;
  struct address base;
  if (!read_address(url, "https://", "http://", &address)) return false;
  if (address.secure && !address.port && is_slacks(address.host)) return true;
  return settings->base_url != NULL && read_address(settings->base_url, "https://", "http://", &base) &&
         base.origin == address.origin && strncasecmp(url, settings->base_url, base.origin) == 0;
}

bool slack_request_may_open(const char *url) {
  struct address address;
  return read_address(url, "wss://", "ws://", &address);
}

/* --- requests ------------------------------------------------------------------------------------------------------ */

static bool is_whole(const struct http_request *http, struct err *err) {
  return buf_ok(&http->url) && buf_ok(&http->body) ? true : err_set(err, ERR_LIMIT, "the request is too long");
}

static bool begin(const struct slack_settings *settings, const char *method, const struct secret *token,
                  struct http_request *http, struct err *err) {
  const char *base = settings->base_url != NULL ? settings->base_url : HOST;
  struct address address;
  size_t length = strlen(base);
  if (!read_address(base, "https://", "http://", &address))
    return err_set(err, ERR_CONFIG, "base_url of [slack] is no https address");
  while (length > 0 && base[length - 1] == '/')
    length--;
  (void)text_copy(http->method, sizeof http->method, "POST");
  buf_add_n(&http->url, base, length);
  buf_addf(&http->url, "/api/%s", method);
  return http_request_header(http, err, "Authorization: Bearer %s", secret_expose(token));
}

bool slack_request_connection(const struct slack_settings *settings, struct ask *out, struct err *err) {
  return begin(settings, "apps.connections.open", settings->app_token, &out->http, err) &&
         http_request_header(&out->http, err, FORM_TYPE) && is_whole(&out->http, err);
}

bool slack_request_post(const char *url, const char *message, struct ask *out, struct err *err) {
  (void)text_copy(out->http.method, sizeof out->http.method, "POST");
  buf_add(&out->http.url, url);
  buf_add(&out->http.body, message);
  return http_request_header(&out->http, err, JSON_TYPE) && is_whole(&out->http, err);
}

bool slack_request_upload_place(const struct slack_settings *settings, const struct buf *picture, const char *words,
                                struct ask *out, struct err *err) {
  if (!begin(settings, "files.getUploadURLExternal", settings->bot_token, &out->http, err)) return false;
  buf_addf(&out->http.body, "filename=" FILE_NAME "&length=%zu", picture->len);
  if (!text_is_blank(words)) {
    buf_add(&out->http.body, "&alt_txt=");
    buf_add_percent(&out->http.body, words);
  }
  return http_request_header(&out->http, err, FORM_TYPE) && is_whole(&out->http, err);
}

bool slack_request_upload(const char *url, const struct buf *picture, struct ask *out, struct err *err) {
  (void)text_copy(out->http.method, sizeof out->http.method, "POST");
  buf_add(&out->http.url, url);
  buf_done(&out->http.body);
  buf_init(&out->http.body, picture->len);
  buf_add_n(&out->http.body, buf_text(picture), picture->len);
  return http_request_header(&out->http, err, "Content-Type: application/octet-stream") && is_whole(&out->http, err);
}

bool slack_request_upload_end(const struct slack_settings *settings, const char *file_id, struct ask *out,
                              struct err *err) {
  if (!begin(settings, "files.completeUploadExternal", settings->bot_token, &out->http, err)) return false;
  buf_add(&out->http.body, "{\"files\":[{\"id\":");
  buf_add_json(&out->http.body, file_id);
  buf_add(&out->http.body, ",\"title\":\"" FILE_NAME "\"}]}");
  return http_request_header(&out->http, err, JSON_TYPE) && is_whole(&out->http, err);
}

/* --- answers ------------------------------------------------------------------------------------------------------- */

/* Slack says them inside HTTP 200. */
static bool is_passing(const char *word) {
  static const char *const passing[] = {
      "ratelimited", "rate_limited", "internal_error", "fatal_error", "request_timeout", "service_unavailable", NULL};
  for (const char *const *each = passing; *each != NULL; each++) {
    if (text_eq(*each, word)) return true;
  }
  return false;
}

/* What is none may hold what we have sent, and a key that is cut is not known as one any more. */
static const char *as_word(const char *error) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  bool fits = error != NULL && strlen(error) < SLACK_WORD_MAX && error[strspn(error, letters)] == '\0';
  return fits ? error : "";
}

static void hear_no(const char *error, const struct http_answer *http, struct slack_said *said) {
  said->ok = false;
  (void)text_copy(said->word, sizeof said->word, as_word(error));
  said->again = said->again || is_passing(said->word);
  if (said->err.code != ERR_NONE && *said->word == '\0') return;
  (void)err_set(&said->err, said->again ? ERR_SERVER : ERR_FORBIDDEN, "Slack says %s",
                *said->word != '\0' ? said->word : "no");
  if (http->status == 429) said->err.code = ERR_RATE_LIMITED;
}

struct slack_said slack_request_heard(const struct answer *answer, struct json **root) {
  const struct http_answer *http = &answer->http;
  struct slack_said said = {.ok = true};
  struct err ignored = {0};
  if (root != NULL) *root = NULL;
  if (http->err.code != ERR_NONE) {
    said = (struct slack_said){.again = err_is_transient(http->err.code), .in_doubt = http->written, .err = http->err};
    return said;
  }
  said.ok = http_status_err(http->status, &said.err);
  said.again = http->status == 408 || http->status == 429 || http->status >= 500;
  if (http->retry_after_ms > 0) said.after_ms = http->retry_after_ms;
  struct json *body = json_parse(http->body, http->length, &ignored);
  bool refused = json_type(json_member(body, "ok")) == JSON_FALSE;
  if (refused || !said.ok) hear_no(json_string(json_member(body, "error")), http, &said);
  if (root != NULL) {
    *root = body;
  } else {
    json_free(body);
  }
  return said;
}
