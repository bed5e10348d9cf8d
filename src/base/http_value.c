#include <stdarg.h>
#include <string.h>

#include "lowtide/http.h"
#include "lowtide/mem.h"
#include "lowtide/money.h"
#include "lowtide/zone.h"

#define LONGEST_WAIT_MS DAY_MS
#define NANO_PER_MS 1000000

void http_request_init(struct http_request *request) {
  *request = (struct http_request){0};
  buf_init(&request->url, HTTP_URL_MAX);
  buf_init(&request->body, HTTP_REQUEST_BODY_MAX);
}

void http_request_done(struct http_request *request) {
  buf_wipe(&request->url);
  buf_wipe(&request->body);
  for (size_t i = 0; i < request->header_count; i++)
    buf_wipe(&request->headers[i]);
  mem_free(request->headers);
  http_request_init(request);
}

bool http_request_header(struct http_request *request, struct err *err, const char *format, ...) {
  if (request->header_count == HTTP_HEADERS_MAX) {
    return err_set(err, ERR_LIMIT, "a request takes at most %d headers", HTTP_HEADERS_MAX);
  }
  struct buf line;
  buf_init(&line, HTTP_HEADER_MAX);
  va_list args;
  va_start(args, format);
  bool fits = buf_addv(&line, format, args);
  va_end(args);
  bool whole = fits && strpbrk(line.data, "\r\n") == NULL;
  if (!whole) {
    /* The value may be a secret: neither is it shown nor does it stay. */
    buf_wipe(&line);
    return fits ? err_set(err, ERR_LIMIT, "a header's value has a line break in it")
                : err_set(err, ERR_LIMIT, "a header is longer than %d bytes", HTTP_HEADER_MAX);
  }
  request->headers = mem_grow(request->headers, request->header_count + 1, sizeof line);
  request->headers[request->header_count++] = line;
  return true;
}

/* With its length in front, so that no two rows of pieces read alike. */
static void add_piece(struct buf *out, const char *bytes, size_t length) {
  buf_addf(out, "%zu:", length);
  buf_add_n(out, bytes, length);
}

void http_request_identity(const struct http_request *request, struct buf *out) {
  const char *ca_file = request->ca_file != NULL ? request->ca_file : "";
  add_piece(out, request->method, strlen(request->method));
  add_piece(out, ca_file, strlen(ca_file));
  add_piece(out, buf_text(&request->url), request->url.len);
  for (size_t i = 0; i < request->header_count; i++)
    add_piece(out, buf_text(&request->headers[i]), request->headers[i].len);
  add_piece(out, buf_text(&request->body), request->body.len);
}

bool http_seconds(const char *text, int64_t *ms) {
  int64_t nano = 0;
  struct err ignored = {0};
  if (text == NULL || !money_parse(text, &nano, &ignored) || nano < 0) return false;
  int64_t whole_ms = nano / NANO_PER_MS + (nano % NANO_PER_MS > 0 ? 1 : 0);
  *ms = whole_ms < LONGEST_WAIT_MS ? whole_ms : LONGEST_WAIT_MS;
  return true;
}

static const struct status_meaning {
  int status;
  enum err_code code;
  const char *hint;
} meanings[] = {
    {401, ERR_AUTH, "the key is wrong, expired or revoked"},
    {402, ERR_FORBIDDEN, "the vendor wants a payment before it answers"},
    {403, ERR_FORBIDDEN, "the key may not read this: it may be of the wrong kind"},
    {404, ERR_UNSUPPORTED, "the vendor does not answer this here: look at base_url and the key's kind"},
    {410, ERR_UNSUPPORTED, "the vendor does not answer this any more"},
    {429, ERR_RATE_LIMITED, "the vendor asks for fewer questions"},
};

bool http_status_err(int status, struct err *err) {
  if (status >= 200 && status <= 299) {
    *err = (struct err){.code = ERR_NONE};
    return true;
  }
  for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
    if (meanings[i].status != status) continue;
    (void)err_set(err, meanings[i].code, "HTTP %d", status);
    return err_hint(err, "%s", meanings[i].hint);
  }
  return err_set(err, ERR_SERVER, "HTTP %d", status);
}
